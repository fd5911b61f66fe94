import hashlib
import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from itertools import pairwise
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import CREATED, DOCTOR, PROTOCOL, confirmed, inputs, make, revise

from titrate.errors import Refused
from titrate.evidence import reader
from titrate.export import render
from titrate.export.data.json import refusal
from titrate.inputs.document import document, encoded
from titrate.model import Finding, KidneyFunction, Output, Patient, Revision

SCHEMAS = {
    name: json.loads((files("titrate.export.data") / f"{name}.schema.json").read_text("utf-8"))
    for name in ("plan", "refusal")
}
FINDING = Finding("beers-kidney", "confirm", "Age 70: avoid.", "S-BEERS23, table 6", "age 70")


def read(data: bytes) -> Any:
    return json.loads(data, parse_float=Decimal)


def check(data: bytes, name: str = "plan") -> Any:
    """Validate against the published schema, and against the key order that it documents."""
    value = json.loads(data)
    jsonschema.Draft202012Validator(SCHEMAS[name]).validate(value)
    check_order(value, SCHEMAS[name], SCHEMAS[name])
    return value


def check_order(value: Any, schema: Any, whole: Any) -> None:
    while "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].rpartition("/")[2]]
    for one in schema.get("anyOf", ()):
        if one.get("type") == "object" and isinstance(value, dict):
            schema = one
    if isinstance(value, dict):
        order = [*schema["properties"]]
        places = [order.index(key) for key in value]
        assert places == sorted(places), [*value]
        for key, item in value.items():
            check_order(item, schema["properties"][key], whole)
    elif isinstance(value, list) and "items" in schema:
        for item in value:
            check_order(item, schema["items"], whole)


LATER = datetime(2026, 12, 2, 9, 30, tzinfo=UTC)


def change(action: str, day: int, **more: Any) -> Revision:
    start = date.fromordinal(date(2026, 12, 1).toordinal() + day - 1)
    return Revision(1, LATER, start, action, **more)


def test_the_standard_plan_is_the_published_one() -> None:
    value = check(render(make(), "json"))
    steps = [
        (step["first_day"], step["last_day"], step["doses_mg"], step["total_mg_per_day"]) for step in value["steps"]
    ]
    assert steps == [
        (1, 3, {"evening": 5}, 5),
        (4, 7, {"morning": 5, "evening": 5}, 10),
        (8, 28, {"morning": 5, "midday": 5, "evening": 5}, 15),
    ]
    assert value["supply"][0] == {"tablet_mg": 5, "tablets": 74, "alternative": True}
    assert value["review"] == {"day": 22, "date": "2026-12-22"}
    assert [*value] == [
        "schema", "id", "created", "titrate", "protocol", "inputs", "revisions", "kidney", "ceiling_mg_per_day",
        "target_mg_per_day", "steps", "days", "names", "findings", "review", "supply", "seal",
    ]  # fmt: skip
    assert value["created"] == "2026-11-30T09:15:00Z"
    assert value["protocol"]["sha256"] == hashlib.sha256(PROTOCOL.raw).hexdigest()


def test_the_schemas_are_schemas() -> None:
    for schema in SCHEMAS.values():
        jsonschema.Draft202012Validator.check_schema(schema)


@settings(max_examples=60, deadline=None)
@given(
    egfr=st.one_of(st.decimals(15, 200, places=1), st.integers(15, 200), st.sampled_from((">60", ">90"))),
    target=st.none() | st.just(5),
    days=st.none() | st.integers(1, 60),
    age=st.none() | st.integers(18, 100),
    tablets=st.sampled_from(((), (5,), (10,), (10, 5))),
    taking=st.sampled_from((None, (), ("nifedipine",))),
    tested=st.none() | st.just(date(2026, 11, 1)),
)
def test_every_plan_is_valid_and_reads_back_as_itself(**given: Any) -> None:
    made = make(**given)
    data = render(made, "json")
    value = check(data)
    assert {**document(made), "seal": value["seal"]} == read(data)
    assert value["days"][-1]["date"] == value["steps"][-1]["last_date"]
    for one, following in pairwise(value["steps"]):
        assert following["first_day"] == one["last_day"] + 1


def test_the_layout_is_that_of_a_two_space_indent_with_a_final_new_line() -> None:
    data = render(make(taking=(), conditions=()), "json").decode()
    assert data == json.dumps(json.loads(data), indent=2, ensure_ascii=False) + "\n"


def test_an_unknown_key_a_missing_one_and_a_wrong_type_are_invalid() -> None:
    value = json.loads(render(make(), "json"))
    validator = jsonschema.Draft202012Validator(SCHEMAS["plan"])
    assert validator.is_valid(value)
    assert not validator.is_valid({**value, "name": "A. Patient"})
    assert not validator.is_valid({**value, "inputs": {**value["inputs"], "name": "A. Patient"}})
    assert not validator.is_valid({key: item for key, item in value.items() if key != "kidney"})
    assert not validator.is_valid({**value, "target_mg_per_day": "15"})


def test_inputs_hold_what_was_given_under_its_option_name_and_nothing_else() -> None:
    assert document(make(conditions=None, pregnant=None))["inputs"] == {
        "start": "2026-12-01",
        "egfr": 85,
        "age": 40,
        "morning": "08:00",
        "midday": "14:00",
        "evening": "20:00",
        "tz": "UTC",
    }
    full = make(
        "52.5",
        age=70,
        weight=Decimal("71.50"),
        sex="female",
        target=15,
        days=40,
        zone="Europe/London",
        floating=True,
        tested=date(2026, 11, 20),
        taking=(),
        conditions=("diabetes",),
        breastfeeding=False,
        dialysis=False,
        tablets=(10, 5),
        pack=28,
        output=Output(
            discreet=True,
            label="Dr | A",
            alarm=None,
            paper="letter",
            large_print=True,
            audience="patient",
            contact="0",
        ),
    )
    check(render(full, "json"))
    assert [*document(full)["inputs"].items()] == [
        ("start", "2026-12-01"),
        ("egfr", Decimal("52.5")),
        ("age", 70),
        ("sex", "female"),
        ("weight", Decimal("71.5")),
        ("target", 15),
        ("days", 40),
        ("morning", "08:00"),
        ("midday", "14:00"),
        ("evening", "20:00"),
        ("tz", "Europe/London"),
        ("floating", True),
        ("tested", "2026-11-20"),
        ("taking", []),
        ("condition", ["diabetes"]),
        ("pregnant", False),
        ("breastfeeding", False),
        ("dialysis", False),
        ("tablet", [10, 5]),
        ("pack", 28),
        ("confirm", list(full.inputs.confirmed)),
        ("prescriber", DOCTOR),
        ("discreet", True),
        ("label", "Dr | A"),
        ("no-alarm", True),
        ("paper", "letter"),
        ("large-print", True),
        ("for", "patient"),
        ("contact", "0"),
    ]


def test_an_alarm_before_the_dose_is_kept_and_one_at_the_dose_is_the_default() -> None:
    assert document(make(output=Output(alarm=10)))["inputs"]["alarm"] == 10
    assert "alarm" not in document(make(output=Output(alarm=0)))["inputs"]


@pytest.mark.parametrize(
    ("given", "written"),
    [("85", b"85"), ("85.0", b"85"), (Decimal("59.50"), b"59.5"), ("> 60", b'">60"'), (">90", b'">90"')],
)
def test_a_reported_egfr_is_written_as_its_number_and_a_bound_as_the_laboratory_prints_it(
    given: Any, written: bytes
) -> None:
    assert b'    "egfr": ' + written + b",\n" in render(make(given), "json")


def test_a_reported_value_keeps_every_digit_where_a_float_would_cross_a_cut_off() -> None:
    digits = "59.99999999999999999"
    assert float(digits) == 60
    data = render(make(digits, age=40), "json")
    assert data.count(digits.encode()) == 3  # the option, the value and the eGFR
    assert read(data)["kidney"]["band"] == "G3a"


def computed(value: str, crcl: str | None = None) -> Any:
    kidney = KidneyFunction(Decimal(value), "eGFR computed", "G3a", "CKD-EPI 2021", Decimal(value))
    if crcl is not None:
        kidney = KidneyFunction(Decimal(crcl), "CrCl computed", "G3b", "Cockcroft-Gault", Decimal(value), Decimal(crcl))
    made = make(days=3)
    patient = Patient(creatinine="100 umol/L", age=50, sex="male")
    data = render(made._replace(kidney=kidney, inputs=made.inputs._replace(patient=patient)), "json")
    check(data)
    return data.decode(), read(data)["kidney"]


def test_a_computed_value_has_two_to_four_decimals_and_is_never_rounded_up() -> None:
    assert computed("59.999999999")[1]["value"] == Decimal("59.9999")
    assert '"value": 59.99,' in computed("59.99")[0]
    assert '"value": 60.00,' in computed("60")[0]
    assert '"value": 45.50,' in computed("45.5")[0]


def test_a_creatinine_clearance_that_decides_stands_beside_the_egfr() -> None:
    text, kidney = computed("58.123456", "44.99999")
    assert kidney["value"] == kidney["crcl"] == Decimal("44.9999")
    assert kidney["egfr"] == Decimal("58.1234")
    assert '"basis": "CrCl computed"' in text


def test_tablets_stand_in_a_step_only_when_a_tablet_was_named_and_add_up_to_the_dose() -> None:
    assert all("tablets" not in step for step in document(make())["steps"])
    made = document(make(target=20, tablets=(10,)))
    for step in made["steps"]:
        for slot, pieces in step["tablets"].items():
            assert sum(one["tablet_mg"] * one["count"] for one in pieces) == step["doses_mg"][slot]
    assert made["supply"] == [{"tablet_mg": 10, "tablets": made["supply"][0]["tablets"], "alternative": False}]


def test_a_confirmed_finding_stays_and_says_by_whom() -> None:
    found = {finding["code"]: finding for finding in document(make(20, age=40))["findings"]}
    assert found["kidney-severe"]["severity"] == "confirm"
    assert found["kidney-severe"]["confirmed_by"] == DOCTOR
    assert "confirmed_by" not in found["off-label"]


def test_a_hold_is_written_with_its_days_and_the_plan_stays_valid() -> None:
    held = revise(make(), 5, "hold", days=4, reason="sleepy", at=LATER)
    value = check(render(held, "json"))
    assert [*value["revisions"][0].items()] == [
        ("number", 1),
        ("at", "2026-12-02T09:30:00Z"),
        ("from", "2026-12-05"),
        ("action", "hold"),
        ("days", 4),
        ("reason", "sleepy"),
    ]


def test_a_kidney_result_is_written_with_what_it_learned() -> None:
    learned = Patient(egfr="48.5", taking=("ibuprofen",), tested=date(2026, 12, 4), pregnant=True)
    made = make(age=40)._replace(
        revisions=(change("kidney", 5, patient=learned, confirmed=("pregnancy",), prescriber=DOCTOR),)
    )
    value = check(render(made, "json"))
    assert [*value["revisions"][0].items()][4:] == [
        ("egfr", 48.5),
        ("tested", "2026-12-04"),
        ("taking", ["ibuprofen"]),
        ("pregnant", True),
        ("confirm", ["pregnancy"]),
        ("prescriber", DOCTOR),
    ]


def test_news_is_written_with_what_it_learned_and_what_is_no_longer_taken() -> None:
    taking = make(taking=("codeine", "ramipril"))
    value = check(
        render(revise(taking, 5, "news", stopped=("codeine",), pregnant=True, dialysis=False, at=LATER), "json")
    )
    assert [*value["revisions"][0].items()] == [
        ("number", 1),
        ("at", "2026-12-02T09:30:00Z"),
        ("from", "2026-12-05"),
        ("action", "news"),
        ("pregnant", True),
        ("dialysis", False),
        ("stopped", ["codeine"]),
        ("no-rise", True),
    ]
    assert [row["severity"] for row in value["findings"]][:1] == ["urgent"]


def test_a_revision_of_an_older_plan_is_written_with_the_protocol_that_it_follows_and_stays_valid() -> None:
    old = inputs()
    plan = confirmed(old, CREATED, reader.evidence(old.patient, version="2026.11"))
    value = check(render(revise(plan, 5, "hold", days=1, at=LATER), "json"))
    assert value["protocol"]["version"] == "2026.11"
    assert value["revisions"][0]["protocol"] == "2026.12"


def test_a_taper_has_no_review_and_stays_valid() -> None:
    value = check(render(revise(make(), 20, "stop"), "json"))
    assert value["review"] is None
    assert value["steps"][-1]["total_mg_per_day"] == 5


def test_a_suspended_plan_stays_valid() -> None:
    made = make(age=40)
    value = check(render(revise(made, 5, "kidney", egfr=12), "json"))
    assert value["kidney"]["band"] == "G5"
    assert value["ceiling_mg_per_day"] == 0
    assert value["days"][-1]["day"] == 4


def test_a_plan_suspended_by_dialysis_is_valid() -> None:
    made = make(age=40)
    value = check(render(revise(made, 5, "kidney", dialysis=True), "json"))
    assert value["revisions"][0]["dialysis"] is True
    assert value["kidney"]["band"] == "G5"


def test_a_revision_with_days_but_no_hold_is_invalid() -> None:
    wrong = make()._replace(revisions=(change("resume", 5, days=3),))
    with pytest.raises(jsonschema.ValidationError):
        check(render(wrong, "json"))


def test_a_refusal_says_what_speaks_against_the_plan_and_how_to_confirm_it() -> None:
    with pytest.raises(Refused) as refused:
        make(20, age=40, confirmed=())
    data = refusal(refused.value.findings, "titrate plan --confirm kidney-severe")
    value = check(data, "refusal")
    assert [*value] == ["schema", "findings", "confirm_with"]
    assert "kidney-severe" in {finding["code"] for finding in value["findings"]}
    assert data.endswith(b'"confirm_with": "titrate plan --confirm kidney-severe"\n}\n')


def test_a_refusal_that_no_confirmation_helps_says_null() -> None:
    with pytest.raises(Refused) as refused:
        make(14)
    assert check(refusal(refused.value.findings, None), "refusal")["confirm_with"] is None


def test_text_from_a_user_comes_back_unchanged_whatever_it_holds() -> None:
    label = 'quote " backslash \\ line\nend é 中 \x1b[31m \u2028'
    data = render(make(output=Output(label=label)), "json")
    assert check(data)["inputs"]["label"] == label


def test_a_stray_half_of_a_character_is_escaped_and_reads_back() -> None:
    data = render(make(output=Output(label="a\udc80b")), "json")
    assert json.loads(data.decode("utf-8"))["inputs"]["label"] == "a\udc80b"


def test_a_moment_without_its_zone_is_never_guessed() -> None:
    with pytest.raises(ValueError, match="time zone"):
        render(make()._replace(created=CREATED.replace(tzinfo=None)), "json")


def test_a_moment_in_another_zone_is_written_in_utc() -> None:
    from zoneinfo import ZoneInfo

    made = make()._replace(created=CREATED.astimezone(ZoneInfo("Asia/Kathmandu")))
    assert document(made)["created"] == "2026-11-30T09:15:00Z"


def test_a_computed_kidney_value_says_what_it_was_computed_from() -> None:
    facts = {"creatinine": "1.0 mg/dL", "age": 50, "sex": "male"}
    assert document(make(egfr=None, **facts))["kidney"]["inputs"] == facts
    with_weight = make(egfr=None, **facts, weight=Decimal(80))
    assert document(with_weight)["kidney"]["inputs"] == {**facts, "weight": 80}
    assert "inputs" not in document(make())["kidney"]


def test_what_a_terminal_would_obey_is_escaped_and_reads_back_the_same() -> None:
    told = {"label": "a\x1b[31m\x7f\x9b31m", "contact": "b\u202e\u2066\u061c\u200f\u2028 é 王"}
    data = encoded(told)
    assert json.loads(data) == told
    assert (
        re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]", data.decode()) is None
    )
    assert "é 王" in data.decode()
