"""A fact is declared once: from that follow the options of the commands, a roster's columns and the keys of a saved plan."""

from __future__ import annotations

import json
from pathlib import Path

import titrate
from titrate.inputs.facts import FACTS, OUTPUT, PLAN, SLOTS
from titrate.inputs.planfile import INPUTS
from titrate.inputs.roster import COLUMNS
from titrate.model import Inputs, Output, Patient, Slots

SCHEMA = json.loads((Path(titrate.__file__).parent / "export/data/plan.schema.json").read_text("utf-8"))
KEYS = {fact.key for fact in PLAN}


def test_every_fact_is_an_option_a_column_and_a_key_of_a_saved_plan_and_of_its_schema() -> None:
    from typer.main import get_command

    from titrate.cli.plan import app

    options = {name for option in get_command(app).params for name in option.opts}
    assert {fact.option for fact in PLAN} <= options
    assert set(COLUMNS) - {"id"} == KEYS == set(INPUTS)
    assert set(SCHEMA["properties"]["inputs"]["properties"]) == KEYS


def test_every_fact_fills_a_field_of_the_model_and_every_field_of_a_patient_is_a_fact() -> None:
    fields = {*Patient._fields, *Inputs._fields, *Output._fields, *Slots._fields, "no-alarm"}
    assert {fact.field for fact in PLAN} <= fields
    assert [fact.field for fact in FACTS] == list(Patient._fields)
    assert [fact.field for fact in SLOTS] == list(Slots._fields)
    assert {fact.field for fact in OUTPUT} - {"no-alarm"} == set(Output._fields)


def test_no_two_facts_share_a_key_a_field_or_a_column() -> None:
    for names in ([fact.key for fact in PLAN], [fact.field for fact in PLAN], [fact.column for fact in PLAN]):
        assert len(set(names)) == len(names)
