"""A kidney result in every form that laboratories print, kept in one, and read back from a saved plan as it was written."""

from __future__ import annotations

import csv
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import PROTOCOL, make

from titrate.engine.kidney import assess, read_egfr
from titrate.errors import BadInput
from titrate.evidence import reader
from titrate.export import render
from titrate.inputs import facts, laboratory
from titrate.inputs.parse import spaced
from titrate.inputs.planfile import read
from titrate.model import Patient

TODAY = date(2026, 12, 1)
# Every space of Unicode 15 but the plain one (its category Zs), by hand.
SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
VECTORS = [*csv.DictReader((Path(__file__).parents[1] / "vectors/laboratory.csv").read_text("utf-8").splitlines())]


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: row["typed"])
def test_each_form_is_kept_as_the_vectors_say(row: dict[str, str]) -> None:
    fact = {"egfr": facts.REPORTED, "creatinine": facts.EQUATION[0]}[row["fact"]]
    assert fact.read({row["fact"]: row["typed"]}, TODAY) == row["kept"]
    for space in SPACES:  # between a number and its unit, or around both
        assert fact.read({row["fact"]: row["typed"].replace(" ", space)}, TODAY) == row["kept"]
        assert fact.read({row["fact"]: f"{space}{row['typed']}{space}"}, TODAY) == row["kept"]


@pytest.mark.parametrize(
    "typed",
    [
        "1,100",
        "59,123",
        "59,9,1",
        "1.100,5",
        "59,",
        ",5",
        ">59",
        ">=59",
        "59+",
        ">61",
        "<60",
        "60-90",
        ">60,0",
        "<14",
        "+60",
    ],
)
def test_a_form_with_another_reading_is_refused(typed: str) -> None:
    with pytest.raises(BadInput, match=r"^egfr: .* is not a kidney result"):
        read_egfr(laboratory.egfr(typed), PROTOCOL)


@pytest.mark.parametrize(
    ("typed", "result"),
    [
        ("0.088 mmol/L", "88 umol/L"),
        ("0,088 mmol/L", "88 umol/L"),
        ("0.0885 MMOL / l", "88.5 umol/L"),
        ("1.768 mmol/L", "1768 umol/L"),
        ("0.018 mmol/L", "18 umol/L"),
        ("10 mg/L", "1 mg/dL"),
        ("11 mg/l", "1.1 mg/dL"),
        ("2 mg/L", "0.2 mg/dL"),
        ("200 mg/L", "20 mg/dL"),
        ("12.345 mg/L", "1.2345 mg/dL"),
    ],
)
def test_a_unit_that_is_not_read_is_refused_with_the_value_in_one_that_is(typed: str, result: str) -> None:
    with pytest.raises(BadInput) as refused:
        laboratory.creatinine(typed)
    assert str(refused.value) == f"creatinine: {typed} is {result}; give that"
    assert laboratory.creatinine(result) == result


@pytest.mark.parametrize("typed", ["88 mmol/L", "0.017 mmol/L", "1.769 mmol/L", "1.9 mg/L", "201 mg/L", "88 nmol/L"])
def test_what_no_adult_has_in_any_unit_is_not_suggested(typed: str) -> None:
    patient = Patient(creatinine=laboratory.creatinine(typed), age=50, sex="male")
    with pytest.raises(BadInput, match=r"is neither in umol/L nor in mg/dL; give it with its unit"):
        assess(patient, reader.evidence(patient))


def test_a_bound_below_15_is_kidney_failure_just_below_the_cut_off() -> None:
    patient = Patient(egfr="<15", age=44)
    kidney = assess(patient, reader.evidence(patient))
    assert (kidney.value, kidney.band, kidney.at_least) == (Decimal("14.99"), "G5", False)


@given(st.integers(0, 200), st.integers(0, 6), st.data())
def test_what_is_read_is_written_and_read_back(whole: int, places: int, data: st.DataObject) -> None:
    digits = data.draw(st.text("0123456789", min_size=places, max_size=places))
    kept = facts.REPORTED.read({"egfr": f"{whole},{digits}" if places else str(whole)}, TODAY)
    if places == 3 and whole:
        assert "," in kept
        return
    assert kept == (f"{whole}.{digits}" if places else str(whole))
    written = json.loads(json.dumps(facts.REPORTED.to_json(kept), default=str), parse_float=Decimal)
    assert Decimal(str(written)) == Decimal(kept)


@pytest.mark.parametrize("egfr", [">60", ">90", "85.000001", "60", "59.99999999999999999"])
def test_a_plan_with_it_reads_back(egfr: str) -> None:
    data = render(make(egfr, age=44), "json")
    assert render(read(data, "plan.json").plan, "json") == data


@pytest.mark.parametrize("space", SPACES)
def test_every_space_is_a_space_in_every_text(space: str) -> None:
    assert spaced(f"a{space}b") == "a b"
    typed = {
        "taking": [f"diazepam{space}5{space}mg"],
        "contact": f"Ward{space}3",
        "weight": f"{space}62",
        "start": f"tomorrow{space}",
    }
    read_as = {fact.key: fact.read(typed, TODAY) for fact in facts.PLAN if fact.key in typed}
    assert read_as == {
        "taking": ("diazepam 5 mg",),
        "contact": "Ward 3",
        "weight": Decimal(62),
        "start": date(2026, 12, 2),
    }
