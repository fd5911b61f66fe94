"""A program's arguments are read as the command line reads what is typed, or refused by the argument's name, without a traceback."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from titrate import BadInput, Output, Patient, Refused, Slots, TitrateError, plan, render

ID = UUID("6f1c2a34-5b6d-4e7f-8a9b-0c1d2e3f4a5b")
CREATED = datetime(2026, 11, 30, 9, 15, tzinfo=UTC)
WHOLE = {"start": date(2026, 12, 1), "id": ID, "created": CREATED}


def make(patient: Any = Patient(egfr=85, age=44, taking=()), **arguments: Any) -> Any:
    return plan(patient, **{**WHOLE, **arguments})


def patient(**facts: Any) -> Patient:
    result = {"sex": "male"} if facts.get("creatinine") is not None else {"egfr": 85}
    return Patient(**{**result, "age": 44, "taking": (), **facts})


# --- Read as the command line reads it ---


@pytest.mark.parametrize(
    "taking", ["diazepam", ["diazepam"], ("diazepam",), "paracetamol, diazepam", "diazepam\u00a05 mg"]
)
def test_a_medicine_is_never_read_as_letters(taking: object) -> None:
    with pytest.raises(Refused) as refused:
        make(patient(taking=taking))
    assert "cns-depressant" in {finding.code for finding in refused.value.findings}


def test_a_text_of_conditions_is_a_comma_list() -> None:
    with pytest.raises(Refused) as refused:
        make(patient(conditions="diabetes, epilepsy"))
    assert {"epilepsy", "diabetes"} <= {finding.code for finding in refused.value.findings}


@pytest.mark.parametrize("taking", [(), [], "none", ["none"]])
def test_none_is_an_answer_and_none_at_all_is_not(taking: object) -> None:
    assert make(patient(taking=taking)).inputs.patient.taking == ()
    assert make(patient(taking=None)).inputs.patient.taking is None


@pytest.mark.parametrize(
    ("name", "value", "read_as"),
    [
        ("egfr", 85.5, "85.5"),
        ("egfr", Decimal("85.50"), "85.50"),
        ("egfr", "85,5", "85.5"),
        ("egfr", ">= 60", ">60"),
        ("age", "44", 44),
        ("age", 44.0, 44),
        ("weight", 62.5, Decimal("62.5")),
        ("weight", "62,5", Decimal("62.5")),
        ("tested", "2026-11-20", date(2026, 11, 20)),
        ("sex", " Female ", "female"),
    ],
)
def test_a_fact_is_read_exactly(name: str, value: object, read_as: object) -> None:
    made = make(patient(**{name: value}))
    assert getattr(made.inputs.patient, name) == read_as
    assert render(made, "json") == render(make(patient(**{name: read_as})), "json")


@pytest.mark.parametrize(
    ("name", "value", "read_as"),
    [
        ("target", 10.0, Decimal(10)),
        ("target", "10", Decimal(10)),
        ("days", "35", 35),
        ("tablets", 10, (Decimal(10),)),
        ("tablets", "10", (Decimal(10),)),
        ("tablets", [5, 10.0], (Decimal(5), Decimal(10))),
        ("start", "2026-12-02", date(2026, 12, 2)),
        ("start", "tomorrow", date(2026, 12, 1)),
        ("slots", ["07:00", time(13), "19:30"], Slots(time(7), time(13), time(19, 30))),
    ],
)
def test_an_argument_is_read_exactly(name: str, value: object, read_as: object) -> None:
    assert getattr(make(**{name: value}).inputs, name) == read_as


def test_an_id_is_read_from_its_text() -> None:
    assert make(id=str(ID)).id == ID


def test_what_makes_no_plan_on_the_command_line_makes_none_here() -> None:
    with pytest.raises(BadInput, match=r"^pack: it counts one kind of tablet; give exactly one tablets with it"):
        make(pack=28)
    with pytest.raises(BadInput, match=r"^alarm: 121 is out of range"):
        make(output=Output(alarm=121))
    with pytest.raises(BadInput, match=r"^label: it names a dose in a discreet calendar; give discreet with it"):
        make(output=Output(label="tea"))
    with pytest.raises(BadInput, match=r"^contact: it holds control characters"):
        make(output=Output(contact="a\x07b"))


# --- Refused by name ---

FACTS = (
    "egfr",
    "creatinine",
    "age",
    "sex",
    "weight",
    "tested",
    "taking",
    "conditions",
    "pregnant",
    "breastfeeding",
    "dialysis",
)
ARGUMENTS = (
    "start",
    "id",
    "created",
    "target",
    "days",
    "slots",
    "zone",
    "floating",
    "tablets",
    "pack",
    "confirmed",
    "prescriber",
)
OUTPUT = ("discreet", "label", "alarm", "paper", "large_print", "audience", "contact")
ODD = (object(), {"a": 1}, {1, 2}, b"85", lambda: 1, [None], [[1]], complex(1))


def make_with(name: str, value: object) -> Any:
    """The plan of which one fact, argument or choice of output is this value."""
    if name in FACTS:
        return make(patient(**{name: value}))
    if name in OUTPUT:
        return make(output=Output(**{name: value}))  # type: ignore[arg-type]
    return make(value) if name == "patient" else make(**{name: value})


def refusal(name: str, value: object) -> BadInput:
    with pytest.raises(BadInput) as refused:
        make_with(name, value)
    return refused.value


@pytest.mark.parametrize("name", [*FACTS, *ARGUMENTS, *OUTPUT, "patient", "output"])
def test_a_value_of_no_known_type_is_refused_by_the_name_of_its_argument(name: str) -> None:
    for value in ODD:
        message = str(refusal(name, value))
        assert message.startswith(f"{name}: a value of type "), message
        assert "; give " in message


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("egfr", True, "egfr: a value of type bool is not read; give a number or its text"),
        ("egfr", float("nan"), "egfr: 'NaN' is not a kidney result; give a number such as 85 or 59.5, or >60 or >90"),
        ("egfr", Decimal("1E+999999"), None),
        (
            "creatinine",
            88,
            "creatinine: 88 has no unit; give it with its unit as the laboratory printed it, such as 88 umol/L or 1.0 mg/dL",
        ),
        ("age", 44.5, "age: 44.5 is not a whole number; give completed years such as 54"),
        ("weight", 0.1 + 62.2, None),
        ("weight", float("inf"), "weight: Infinity is not a plain number; give kilograms such as 62 or 62.5"),
        (
            "tested",
            CREATED,
            "tested: a value of type datetime is not read; give a date such as date(2026, 12, 1) or '2026-12-01'",
        ),
        (
            "start",
            CREATED,
            "start: a value of type datetime is not read; give a date such as date(2026, 12, 1) or '2026-12-01'",
        ),
        ("pregnant", "no", "pregnant: a value of type str is not read; give True or False"),
        ("taking", [""], "taking: the name is empty; give a name, or none"),
        (
            "zone",
            "Europe/Berln",
            "zone: there is no time zone 'Europe/Berln'; did you mean Europe/Berlin or Europe/Dublin or Europe/Belfast?",
        ),
        ("zone", None, "zone: it is not given; give a name such as Europe/Berlin"),
        ("start", None, "start: it is not given; give a first day such as date(2026, 12, 1)"),
        ("created", CREATED.replace(tzinfo=None), None),
        ("created", datetime.max.replace(tzinfo=UTC), None),
        (
            "slots",
            (time(8), time(14)),
            "slots: a value of type tuple is not read; give Slots(morning, midday, evening)",
        ),
        ("id", "no id", "id: no id is no UUID; give 32 hexadecimal digits, or leave it out for a new one"),
        ("tablets", "5,10", "tablets: 5,10 is not a plain number; give a strength in mg such as 10"),
    ],
)
def test_a_value_that_cannot_be_read_exactly_is_refused_by_name(name: str, value: object, message: str | None) -> None:
    if name == "created" and isinstance(value, datetime) and value.tzinfo:
        with pytest.raises(BadInput, match=r"^created: "):
            make(created=value, zone="Pacific/Kiritimati")
        return
    error = str(refusal(name, value))
    assert error == message if message else error.startswith(f"{name}: ")


def test_a_number_too_long_to_write_out_is_refused() -> None:
    for name in ("egfr", "age", "weight", "creatinine"):
        assert str(refusal(name, 10**5000)).startswith(f"{name}: ")


def test_a_clock_time_with_seconds_or_a_zone_is_refused() -> None:
    for odd in (time(8, 0, 30), time(8, tzinfo=UTC)):
        with pytest.raises(BadInput, match=r"^morning: a value of type time is not read; give hours and minutes"):
            make(slots=Slots(odd, time(14), time(20)))


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.decimals(), st.text(max_size=8), st.dates(), st.datetimes(), st.times(),
    st.lists(st.one_of(st.text(max_size=4), st.integers()), max_size=2), st.binary(max_size=2),
)  # fmt: skip


@given(st.sampled_from((*FACTS, *ARGUMENTS, *OUTPUT)), VALUES)
@example("taking", "diazepam")
@settings(max_examples=300, deadline=None)
def test_any_value_makes_a_plan_or_is_refused_in_words(name: str, value: object) -> None:
    try:
        made = make_with(name, value)
    except TitrateError as error:
        assert str(error)
    else:
        assert render(made, "json")
