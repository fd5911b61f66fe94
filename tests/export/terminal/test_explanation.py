"""Why this dose on this date: step, gate, revision, kidney band and ceiling, each with its source."""

from __future__ import annotations

from datetime import date

import pytest
from plans import cases, make, revise

from titrate.errors import BadInput
from titrate.export.terminal.explanation import lines
from titrate.model import Plan

PLANS = cases()


def explain(plan: Plan, day: date) -> str:
    return "".join(f"{line.label}: {line.text}\n" for line in lines(plan, day))


def test_a_rise_after_a_hold_names_step_gate_revision_band_ceiling_and_sources() -> None:
    told = explain(PLANS["held"], date(2026, 12, 15)).splitlines()
    assert told[0] == "Tue 15 Dec 2026, day 15: 15 mg (5 mg in the morning, 5 mg at midday, 5 mg in the evening)"
    assert told[1] == "Step: 3 of 3, days 15 to 29: up from 10 mg a day on Tue 15 Dec 2026"
    assert told[2].startswith("Dose: from day 8, if well tolerated")
    assert "(S-ARTICLE, dosage list, third item)" in told[2]
    assert told[3] == (
        "Gate: Tue 15 Dec 2026: go up only if well tolerated; if not, stay on 10 mg a day and call the prescriber"
    )
    assert told[4] == "Change 1: from Sat 5 Dec 2026: hold the dose for 7 days (sleepy at work, “worse” in the morning)"
    assert told[5] == "Kidney: 85 (eGFR reported), band G1-G2"
    assert told[6].startswith("Ceiling: 30 mg a day: ")
    assert told[7] == "Target: 15 mg a day; cap 30 mg a day"
    assert told[8].startswith("Protocol: raynaud 2026.12: ")


def test_the_kidney_value_and_limits_are_those_in_force_on_the_day() -> None:
    before, after = (explain(PLANS["kidney"], date(2026, 12, day)) for day in (11, 12))
    assert "Kidney: 85 (eGFR reported), band G1-G2\nCeiling: 30 mg a day" in before
    assert "Changes: none by then; the plan as first made" in before
    assert "Kidney: 41 (eGFR reported), band G3b\nCeiling: 10 mg a day" in after
    assert "down from 15 mg a day on Sat 12 Dec 2026 (revision 1, new kidney result)" in after
    assert "Gate" not in after


def test_the_first_dose_and_every_kind_of_revision_are_named() -> None:
    assert "Step: 1 of 3, days 1 to 3: the first dose" in explain(PLANS["first"], date(2026, 12, 1))
    assert "Change 1: from Sun 20 Dec 2026: new target 20 mg a day" in explain(PLANS["target"], date(2026, 12, 20))
    assert "(revision 1, step back by one dose)" in explain(PLANS["stepped-back"], date(2026, 12, 10))
    one = revise(PLANS["first"], date(2026, 12, 5), "hold", days=1)
    assert "hold the dose for 1 day\n" in explain(one, date(2026, 12, 5))
    held_back = explain(PLANS["unconfirmed"], date(2026, 12, 20))
    assert "hold the dose for 1 day, no rise planned until a later revision: screening forbade it" in held_back


def test_a_laboratorys_bound_is_told_as_printed() -> None:
    assert "Kidney: >60 (eGFR reported)" in explain(make(">60", age=40), date(2026, 12, 1))


def test_a_suspended_day_is_explained_by_the_kidneys() -> None:
    told = explain(PLANS["suspended"], date(2026, 12, 14)).splitlines()
    assert told[0] == "Mon 14 Dec 2026: no dose; the plan is suspended from Sat 12 Dec 2026"
    assert told[1].startswith("Urgent: Kidney failure (kidney value 12, band G5)")
    assert "Call the prescriber before the next dose" in told[1]
    assert "Kidney: 12 (eGFR reported), band G5" in told
    assert "10 mg" in explain(PLANS["suspended"], date(2026, 12, 11)).splitlines()[0]
    assert "no dose" in explain(PLANS["suspended-on-day-1"], date(2026, 12, 1))


def test_a_date_outside_the_plan_is_refused_with_its_days() -> None:
    with pytest.raises(
        BadInput, match="2026-12-29 is not in the plan; give a date from its days, 2026-12-01 to 2026-12-28"
    ):
        explain(PLANS["first"], date(2026, 12, 29))
    with pytest.raises(BadInput, match="from 2026-12-01"):
        explain(PLANS["suspended-on-day-1"], date(2026, 11, 30))


@pytest.mark.parametrize("name", PLANS)
def test_every_day_of_every_plan_is_explained_in_printable_lines(name: str) -> None:
    for day in PLANS[name].days:
        told = explain(PLANS[name], day.date)
        assert f"{day.total} mg" in told.splitlines()[0]
        assert told.replace("\n", "").isprintable()
