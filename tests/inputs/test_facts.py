"""Every fact is declared once: the options, a roster's columns and the library's arguments follow, errors included."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import titrate
from titrate.cli.options import option
from titrate.errors import BadInput
from titrate.inputs import facts
from titrate.inputs.roster import COLUMNS
from titrate.model import Inputs, Output, Patient, Slots

TODAY = date(2026, 11, 30)


def test_the_facts_are_the_fields_of_a_patient_and_of_what_a_plan_is_made_from() -> None:
    assert tuple(fact.field for fact in facts.FACTS) == Patient._fields
    fields = {*Inputs._fields, *Slots._fields, *Output._fields, *Patient._fields} - {"patient", "slots", "output"}
    assert {fact.field for fact in facts.PLAN} == fields | {"no_alarm"}


def test_a_roster_has_a_column_for_every_fact() -> None:
    assert ("id", *(fact.key for fact in facts.PLAN)) == COLUMNS


def test_every_fact_of_a_patient_has_a_question_and_a_creatinine_that_of_the_egfr() -> None:
    asked = {fact.key for fact in facts.PLAN if fact.question}
    assert asked == {"start", "contact", *(fact.key for fact in facts.FACTS)} - {"creatinine"}
    assert asked == {*facts.QUESTIONS}
    for fact in facts.PLAN:
        assert not fact.question or (fact.question.startswith(f"{fact.label}. ") and fact.question.endswith("."))


def test_a_fact_of_a_patient_stands_in_few_modules() -> None:
    package = Path(titrate.__file__).parent
    modules = {
        str(path.relative_to(package)) for path in package.rglob("*.py") if "breastfeeding" in path.read_text("utf-8")
    }
    assert modules == {"model.py", "inputs/facts.py", "engine/interactions.py", "export/for_you.py"}


def test_what_was_not_typed_is_as_the_model_has_it() -> None:
    assert facts.patient({}, TODAY) == Patient()
    assert facts.patient({"pregnant": None, "taking": [], "age": None}, TODAY) == Patient()
    assert facts.patient({"pregnant": False}, TODAY) == Patient(pregnant=False)  # no is an answer
    assert facts.output({}) == Output()


@pytest.mark.parametrize(
    ("wrong", "in_library", "on_the_command_line"),
    [
        ({"zone": "berlin"}, "zone: there is no", "--tz: there is no"),
        ({"tablets": (7,)}, "tablets: no baclofen tablet", "--tablet: no baclofen tablet"),
        ({"days": 0}, "days: 0 is out of range", "--days: 0 is out of range"),
        ({"patient": Patient(age=40)}, "egfr: a plan needs a kidney result; give egfr N", "--egfr: a plan needs a kidney result; give --egfr N"),
        ({"patient": Patient(egfr=85, age=40, conditions=("epilepsqy",))}, "conditions: epilepsqy is not in our list", "--condition: epilepsqy is not in our list"),
        ({"confirmed": ("x",)}, "confirmed: x was not raised", "--confirm: x was not raised"),
    ],
)  # fmt: skip
def test_each_way_in_names_a_fact_in_its_own_words(
    wrong: dict[str, Any], in_library: str, on_the_command_line: str
) -> None:
    given: dict[str, Any] = {"patient": Patient(egfr=85), "start": date(2026, 12, 1)} | wrong
    with pytest.raises(BadInput) as refused:
        titrate.plan(**given, id=UUID(int=1), created=datetime(2026, 11, 30, tzinfo=UTC))
    assert str(refused.value).startswith(in_library)
    assert refused.value.worded(option).startswith(on_the_command_line)
