"""One row of a roster: the plan that `titrate plan` would make of it, or every fault in it, named by its column."""

from __future__ import annotations

import json
import pickle
from decimal import Decimal
from uuid import uuid5

import pytest
from command import CREATED, ID, planned, settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from titrate.batch import row
from titrate.batch.row import FAULTY, MADE, REFUSED, RowResult, plan_row
from titrate.engine.plan import make_plan
from titrate.evidence import reader
from titrate.evidence.zones import zone
from titrate.export import render
from titrate.inputs import planfile
from titrate.inputs.cells import harmless
from titrate.inputs.roster import COLUMNS, Fault, Row
from titrate.model import Inputs, Patient

FULL = {
    "egfr": "",
    "creatinine": "88 µmol/L",
    "age": "54",
    "sex": "Female",
    "weight": "62.5",
    "tested": "2026-11-20",
    "taking": "ibuprofen; amlodipine",
    "conditions": "lupus",
    "target": "10",
    "days": "30",
    "tablet": "5 10",
    "morning": "7:30",
    "midday": "13:00",
    "evening": "21:15",
    "tz": "America/New_York",
    "floating": "no",
    "discreet": "YES",
    "label": "Vitamin",
    "alarm": "10",
    "paper": "letter",
    "large_print": "x",
    "for": "patient",
    "contact": "Dr. A, +1 555",
}

BAD = Fault("", "quotes", "it has quotation marks that do not pair")
CELLS = st.text(max_size=20) | st.sampled_from(["85", "yes", "none", "today", "2026-12-01", "10"])


def told(made: RowResult) -> dict[str, tuple[str, str]]:
    return {fault.column: (fault.code, fault.message) for fault in made.faults}


def saved(made: RowResult) -> dict[str, object]:
    assert made.outcome == MADE, made.faults
    return json.loads(made.files[0].data, parse_float=Decimal)


def test_a_row_gives_the_plan_that_the_same_options_give() -> None:
    made = planned(formats=("json", "ics"), age="54")
    patient = Patient(egfr="85", age=54)
    evidence = reader.evidence(patient)
    inputs = Inputs(CREATED.date().replace(2026, 12, 1), patient, evidence.protocol.slots, zone="Europe/Berlin")
    plan = make_plan(evidence, inputs, id=uuid5(ID, "p1"), created=CREATED.astimezone(zone("Europe/Berlin")))
    assert made.plan == uuid5(ID, "p1")
    assert [(file.name, file.data) for file in made.files] == [
        ("p1.json", render(plan, "json")),
        ("p1.ics", render(plan, "ics")),
    ]


def test_every_option_of_plan_has_its_column() -> None:
    assert set(COLUMNS) == {*planfile.INPUTS, "id"}
    inputs = saved(planned(**FULL))["inputs"]
    assert inputs == {
        "start": "2026-12-01",
        "creatinine": "88 µmol/L",
        "age": 54,
        "sex": "female",
        "weight": Decimal("62.5"),
        "target": 10,
        "days": 30,
        "morning": "07:30",
        "midday": "13:00",
        "evening": "21:15",
        "tz": "America/New_York",
        "tested": "2026-11-20",
        "taking": ["ibuprofen", "amlodipine"],
        "condition": ["lupus"],
        "tablet": [5, 10],
        "discreet": True,
        "label": "Vitamin",
        "alarm": 10,
        "paper": "letter",
        "large-print": True,
        "for": "patient",
        "contact": "Dr. A, +1 555",
    }


def test_a_row_and_what_becomes_of_it_can_be_sent_to_another_machine() -> None:
    row, shared = Row(2, ("p1", "2026-12-01", "85", "40")), settings()
    made = plan_row(row, shared)
    assert plan_row(*pickle.loads(pickle.dumps((row, shared)))) == made == pickle.loads(pickle.dumps(made))


def test_a_patient_named_alike_in_another_batch_has_another_plan() -> None:
    row, shared = Row(2, ("p1", "2026-12-01", "85", "40")), settings()
    other = shared._replace(id=uuid5(ID, "another"))
    assert plan_row(row, shared).plan != plan_row(row, other).plan
    assert plan_row(row._replace(cells=("p2", *row.cells[1:])), shared).plan != plan_row(row, shared).plan


def test_days_are_counted_from_the_batch_in_the_zone_of_the_row() -> None:
    starts = {}
    for name in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        starts[name] = saved(planned(start="today", tz=name))["inputs"]["start"]  # type: ignore[index]
    assert starts == {"Pacific/Kiritimati": "2026-12-01", "Pacific/Pago_Pago": "2026-11-30"}


def test_nothing_said_about_medicines_is_not_the_same_as_none() -> None:
    codes = [{finding["code"] for finding in saved(planned(taking=text))["findings"]} for text in ("", " ", "none")]  # type: ignore[attr-defined]
    assert ["medicines-not-given" in found for found in codes] == [True, True, False]


def test_a_decimal_comma_is_read_where_no_thousands_can_be_meant_and_between_semicolons_always() -> None:
    assert saved(planned(";", weight="62,5"))["inputs"]["weight"] == Decimal("62.5")  # type: ignore[index]
    assert saved(planned(";", egfr="", creatinine="1,2 mg/dL", sex="male"))["inputs"]["creatinine"] == "1.2 mg/dL"  # type: ignore[index]
    assert saved(planned(";", weight="62,125"))["inputs"]["weight"] == Decimal("62.125")  # type: ignore[index]
    for separator in (",", "\t"):
        assert saved(planned(separator, weight="62,5"))["inputs"]["weight"] == Decimal("62.5")  # type: ignore[index]
        made = planned(separator, weight="62,125")
        assert told(made) == {"weight": ("value", "62,125 is not a plain number; give kilograms such as 62 or 62.5")}
    assert planned(";", weight="1.062,5").outcome == FAULTY
    assert planned(";", weight="1,062,5").outcome == FAULTY


@pytest.mark.parametrize("text", ["yes", "Y", "TRUE", "1", "x"])
def test_yes_is_read_as_people_and_spreadsheets_write_it(text: str) -> None:
    assert [fault.code for fault in planned(pregnant=text).faults] == ["pregnancy"]


@pytest.mark.parametrize("text", ["no", "N", "False", "0", "", "  "])
def test_no_is_read_as_people_and_spreadsheets_write_it(text: str) -> None:
    assert planned(pregnant=text).outcome == MADE


ANSWERS = ("pregnant", "breastfeeding", "dialysis")


@pytest.mark.parametrize("column", ANSWERS)
def test_no_is_an_answer_and_an_empty_cell_is_not_asked(column: str) -> None:
    inputs = [saved(planned(**{column: text}))["inputs"] for text in ("no", "", "  ")]
    assert [found.get(column, "not asked") for found in inputs] == [False, "not asked", "not asked"]  # type: ignore[attr-defined]
    assert column not in saved(planned())["inputs"]  # nor is a roster without the column  # type: ignore[operator]


def test_yes_is_an_answer_and_acts_as_the_option_does() -> None:
    found = {column: planned(**{column: "yes"}).faults[0].code for column in ANSWERS}
    assert found == {"pregnant": "pregnancy", "breastfeeding": "breastfeeding", "dialysis": "kidney-failure"}


def test_pregnancy_that_was_not_asked_is_a_note_of_the_plan_and_an_answer_is_none() -> None:
    codes = [{finding["code"] for finding in saved(planned(pregnant=text))["findings"]} for text in ("", "no")]  # type: ignore[attr-defined]
    assert ["pregnancy-not-asked" in found for found in codes] == [True, False]


def test_a_word_that_is_neither_is_no_answer() -> None:
    assert told(planned(dialysis="maybe")) == {
        "dialysis": ("value", "maybe is neither yes nor no; give yes, no or nothing")
    }


def test_every_faulty_cell_of_a_row_is_named_at_once() -> None:
    made = planned(id="../../x", start="03/04/2026", egfr="abc", age="4o", sex="?", weight="9", taking="none, aspirin", target="7",
                   days="0", tablet="7", tz="Berlin", evening="25:00", paper="a5", pregnant="?", alarm="999")  # fmt: skip
    assert made.outcome == FAULTY
    assert [fault.column for fault in made.faults] == [
        *(
            "id",
            "start",
            "egfr",
            "age",
            "sex",
            "weight",
            "taking",
            "target",
            "days",
            "tablet",
            "tz",
            "evening",
            "paper",
        ),
        *("pregnant", "alarm"),
    ]
    assert all(fault.message and "--" not in fault.message for fault in made.faults)


def test_what_cells_say_together_is_told_beside_what_is_wrong_with_one() -> None:
    made = planned(start="", creatinine="88 umol/L", tested="2027-01-01", taking="diazepqm, amlodipne", days="0", pack="28",
                   morning="12:00", label="Tea")  # fmt: skip
    assert [(fault.column, fault.message.partition(";")[0]) for fault in made.faults] == [
        ("start", "it is empty"),
        ("egfr, creatinine", "both are given"),
        ("tested", "2027-01-01 is in the future"),
        ("taking", "diazepqm is not in our list"),
        ("taking", "amlodipne is not in our list"),
        ("days", "0 is out of range"),
        ("pack", "it counts one kind of tablet"),
        ("morning, midday", "12:00 and 14:00 are out of order or less than 4 hours apart"),
        ("label", "it names a dose in a discreet calendar"),
    ]


@pytest.mark.parametrize(
    ("cells", "column", "said"),
    [
        ({"start": ""}, "start", "it is empty; give the first day, such as 2026-12-01"),
        ({"egfr": ""}, "egfr", "a plan needs a kidney result; give egfr N, or creatinine with age and sex"),
        (
            {"creatinine": "88 umol/L"},
            "egfr, creatinine",
            "both are given; give one, since creatinine computes the eGFR",
        ),
        ({"egfr": "300"}, "egfr", "300 is above 200; give the eGFR in mL/min/1.73 m2, not the creatinine"),
        ({"pack": "28"}, "pack", "it counts one kind of tablet; give exactly one tablet with it"),
        ({"label": "Tea"}, "label", "it names a dose in a discreet calendar; give discreet with it"),
        ({"alarm": "5", "no_alarm": "yes"}, "alarm, no-alarm", "they contradict each other; give one"),
        ({"confirm": "epilepsy"}, "confirm", "epilepsy was not raised; leave it out (nothing here needs it)"),
        ({"morning": "12:00"}, "morning, midday", "12:00 and 14:00 are out of order or less than 4 hours apart"),
        ({"tz": "berlin"}, "tz", "there is no time zone 'berlin'; did you mean Europe/Berlin?"),
    ],
)
def test_a_fault_is_told_in_the_words_of_the_roster(cells: dict[str, str], column: str, said: str) -> None:
    made = planned(**cells)
    assert made.outcome == FAULTY
    assert {name: text.startswith(said) for name, (_, text) in told(made).items()} == {column: True}, made.faults


def test_what_a_prescriber_must_confirm_is_refused_by_code_until_it_is_confirmed() -> None:
    made = planned(egfr="20")
    assert made.outcome == REFUSED
    assert made.files == ()
    assert [fault.code for fault in made.faults] == ["kidney-severe", ""]
    assert "put kidney-severe into confirm, the name into prescriber" in made.faults[1].message
    assert planned(egfr="20", confirm="Kidney-Severe", prescriber="Dr. A").outcome == MADE


def test_what_nothing_can_confirm_is_refused_without_a_way() -> None:
    made = planned(egfr="10", age="17")
    assert made.outcome == REFUSED
    assert {fault.code for fault in made.faults} == {"under-18", "kidney-failure"}


def test_an_apostrophe_that_kept_a_formula_from_running_is_taken_off_again() -> None:
    assert saved(planned(contact=harmless("+49 30 123")))["inputs"]["contact"] == "+49 30 123"  # type: ignore[index]
    assert saved(planned(contact="'s Hertogenbosch"))["inputs"]["contact"] == "'s Hertogenbosch"  # type: ignore[index]


def test_defaults_are_used_where_a_cell_is_empty_and_only_there() -> None:
    shared = settings("id,start,egfr,age,paper")
    shared = shared._replace(defaults=(*shared.defaults, ("paper", "letter"), ("contact", "Clinic")))
    for paper, kept in (("", "letter"), ("a4", None)):
        made = plan_row(Row(2, ("p1", "monday", "85", "40", paper)), shared)
        inputs = saved(made)["inputs"]
        assert (inputs.get("paper"), inputs["contact"]) == (kept, "Clinic")  # type: ignore[attr-defined,index]


@hypothesis_settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(COLUMNS), st.text(max_size=20) | st.sampled_from(["85", "yes", "none", "today"]), max_size=6
    )
)
def test_whatever_stands_in_the_cells_a_row_ends_in_one_of_three_ways(cells: dict[str, str]) -> None:
    made = planned(**cells)
    assert made.outcome in row.OUTCOMES
    assert bool(made.files) == (made.outcome == MADE) == (not made.faults)


@given(st.text(max_size=40))
def test_no_cell_of_our_tables_begins_as_a_formula(text: str) -> None:
    told = harmless(text)
    assert told.strip()[:1] not in tuple("=+-@") or not told.strip()
    assert told[:1] not in tuple("\t\r\n") or not told
    for separator in ";,\t\r\n|":
        assert all(
            part.lstrip("\"'")[:1] not in tuple("=+-@") or part[:1] == "'" for part in told.split(separator)[1:] if part
        )


@pytest.mark.parametrize(
    ("column", "text"), [("contact", "山田"), ("prescriber", "Dr 山田"), ("taking", "山田"), ("conditions", "山田")]
)
def test_letters_that_the_pdf_s_font_lacks_are_a_fault_of_their_column(column: str, text: str) -> None:
    unknown = {"taking": " medicine-not-recognised", "conditions": " condition-not-recognised"}.get(column, "")
    facts = {"egfr": "20", "confirm": f"kidney-severe{unknown}", "prescriber": "Dr. A", column: text}
    made = planned(formats=("pdf",), **facts)
    assert told(made)[column][1].startswith("the PDF's font has no letters for 山 田"), made.faults


@pytest.mark.parametrize(
    ("row", "id"),
    [
        (Row(2, ("p1", "monday", "85", "40", "more"), BAD), "p1"),
        (Row(2, ("p1", "monday"), BAD), "p1"),
        (Row(2, ("p1",), BAD), ""),
        (Row(2, ('p1,monday,"85',), BAD), "p1"),
        (Row(2, ("../x,monday,85,40",), BAD), ""),
        (Row(2, ('"p1,monday',), BAD), ""),
    ],
)
def test_a_row_that_could_not_be_read_is_known_by_its_id_where_that_is_sure(row: Row, id: str) -> None:
    assert (plan_row(row, settings()).id, plan_row(row, settings()).faults) == (id, (BAD,))
