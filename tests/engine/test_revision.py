"""A plan goes on as the rules say, is screened again at every revision, and nothing that it once did is undone."""

from __future__ import annotations

import time
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from oracle import RefusedError, Turn, band_of, course
from plans import START, cases, course_of, drafts, first_plans, make, revise, revised, runs
from vectors import rows

from titrate.engine.limits import MOST_REVISIONS
from titrate.engine.patient import known_patient
from titrate.engine.revision import forbids_rise, replay_plan
from titrate.errors import BadInput, Refused, TitrateError
from titrate.model import Plan, Revision

ROWS = rows("courses.csv")
WELL = make(age=40)


def on(day: int) -> date:
    return START + timedelta(days=day - 1)


def found(plan: Plan) -> dict[str, str]:
    return {finding.code: finding.severity for finding in plan.findings}


def totals(plan: Plan) -> list[int]:
    return [int(day.total) for day in plan.days]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["source"])
def test_every_course_copied_by_hand_from_the_rules_gives_its_days_review_and_supply(row: dict[str, str]) -> None:
    egfr, *target = row["inputs"].split(" target ")
    plan = revised(make(egfr, age=40, target=target[0] if target else None), row["revisions"])
    assert (runs(totals(plan)), plan.ending) == (row["runs"], row["ending"])
    assert (plan.review.date.isoformat() if plan.review else "") == row["review"]
    assert "".join(f"{supply.tablets} of 5" for supply in plan.supply if supply.tablet_mg == 5) == row["supply"]


def test_a_kidney_result_of_41_is_screened_for_age_and_no_target_brings_15_mg_back() -> None:
    old = make(age=70)
    plan = revise(old, on(12), "kidney", egfr="41")
    assert found(plan)["beers-kidney"] == "confirm"
    assert found(plan)["kidney-fall"] == "urgent"
    assert plan.revisions[0].no_rise
    assert (plan.ceiling, plan.target) == (10, 10)
    with pytest.raises(Refused, match="above the ceiling of 10 mg for kidney band G3b"):
        revise(plan, on(14), "target", target=Decimal(15))


# --- Dates ---


def test_a_date_before_the_last_revision_or_the_start_or_after_the_end_is_refused_with_the_way_out() -> None:
    held = revise(WELL, on(5), "hold", days=7)
    with pytest.raises(Refused, match="2026-12-04 is before the last revision"):
        revise(held, on(4), "hold", days=1)
    with pytest.raises(Refused, match="2026-11-30 is before day 1"):
        revise(WELL, on(0), "hold", days=1)
    bridged = revise(WELL, on(32), "stop")
    assert totals(bridged)[27:] == [15] * 4 + [10] * 7 + [5] * 7
    with pytest.raises(Refused, match="the plan is over"):
        revise(bridged, date(2027, 2, 1), "hold", days=1)
    with pytest.raises(Refused, match="longer than 366 days"):
        revise(WELL, on(367), "hold", days=1)
    with pytest.raises(BadInput, match="is not after the plan's last day"):
        revise(WELL, on(28), "continue", days=7)


@pytest.mark.parametrize(
    ("action", "facts", "error"),
    [
        ("hold", {"days": 0}, "out of range"),
        ("hold", {"days": 367}, "out of range"),
        ("hold", {}, "hold needs days"),
        ("target", {"target": Decimal(12)}, "not a daily dose"),
        ("target", {"target": Decimal(35)}, "not a daily dose"),
        ("kidney", {"egfr": "85", "creatinine": "88 umol/L"}, "both are given"),
        ("kidney", {"egfr": "201"}, "above 200"),
        ("kidney", {"egfr": "85", "tested": date(2027, 6, 1)}, "is in the future"),
        ("resume", {}, "nothing is held"),
    ],
    ids=str,
)
def test_what_is_wrong_for_any_plan_is_bad_input(action: str, facts: Any, error: str) -> None:
    with pytest.raises(BadInput, match=error):
        revise(WELL, on(5), action, **facts)


# --- Any sequence ---


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first_plans, drafts)
def test_any_course_keeps_its_past_its_ceilings_and_its_word(first: Plan, drawn: Any) -> None:
    plan = course_of(first, drawn)
    versions = (*plan.history, plan)
    assert len(versions) == len(plan.revisions) + 1
    for before, after in pairwise(versions):
        revision = after.revisions[-1]
        past = (revision.start - first.inputs.start).days
        lived = [*before.days, *before.days[-1:] * past][:past]  # after the end the last dose went on
        assert [day.doses for day in after.days[:past]] == [day.doses for day in lived]
        if revision.action == "step-back":  # who asks for less never gets more than was planned, on any later day
            planned = [*totals(before), *totals(before)[-1:] * len(after.days)]
            assert all(mg <= was for mg, was in zip(totals(after), planned, strict=False))
        ahead = after.days[max(past - 1, 0) :]
        assert all(day.total <= after.ceiling for day in after.days[past:])
        if revision.no_rise:
            assert all(then.total <= now.total for now, then in pairwise(ahead))
        if revision.action == "news":  # nor does what it takes away let anything rise
            assert all(then.total <= now.total for now, then in zip(before.days, after.days, strict=False))
            forbidden = any(one.no_rise for one in before.revisions[-1:])
            assert revision.no_rise == (forbidden or forbids_rise(after.findings))
        else:
            assert revision.no_rise == forbids_rise(after.findings)
        assert [step.first_day for step in after.steps] == [1, *(step.last_day + 1 for step in after.steps[:-1])][
            : len(after.steps)
        ]
    if plan.ending == "taper":
        assert totals(plan)[-7:] == [5] * 7


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first_plans, drafts)
def test_any_course_is_lived_as_the_oracle_lives_it(first: Plan, drawn: Any) -> None:
    plan = course_of(first, drawn)
    target = None if first.inputs.target is None else int(first.inputs.target)
    band, turns = band_of(float(first.kidney.value)), []
    expected = course(band, target, first.inputs.days)
    for before, after in pairwise((*plan.history, plan)):
        revision = after.revisions[-1]
        what, to = revision.action, revision.days or (int(revision.target) if revision.target else None)
        better = False
        if what == "kidney" or after.kidney.band == "G5":
            what, to = "band", after.kidney.band
            better = not after.kidney.value < before.kidney.value or after.kidney.at_least
        day = (revision.start - first.inputs.start).days + 1
        turns.append(Turn(day, what, to, better, not revision.no_rise))
        expected = course(band, target, first.inputs.days, tuple(turns))
        length = min(len(after.days), len(expected.mg))
        assert tuple(totals(after))[:length] == expected.mg[:length]
        assert after.ending == expected.ending
        if not any(turn.what == "stop" for turn in turns) or expected.ending != "open":
            assert len(after.days) == len(expected.mg)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first_plans, drafts)
def test_what_the_oracle_refuses_is_refused(first: Plan, drawn: Any) -> None:
    """The other direction: a turn that the rules alone refuse is never taken."""
    plan, day = first, first.inputs.start
    band = band_of(float(first.kidney.value))
    turns: tuple[Turn, ...] = ()
    for later, (action, facts), _, _ in drawn:
        start = day + timedelta(days=later)
        number = (start - first.inputs.start).days + 1
        what, to, better = action, facts.get("days") or facts.get("target"), False
        if action == "kidney":
            value = float(str(facts["egfr"]).strip(">"))
            what, to = "band", band_of(value)
            better = value >= float(plan.kidney.value) or ">" in str(facts["egfr"])
        try:
            after = revise(plan, start, action, **facts)
        except TitrateError:
            after = None
        may_rise = after is None or not after.revisions[-1].no_rise
        turn = Turn(number, what, None if to is None else to if isinstance(to, str) else int(to), better, may_rise)
        try:
            course(band, None, first.inputs.days, (*turns, turn))
        except RefusedError:
            assert after is None
            continue
        if after is not None:
            plan, day, turns = after, start, (*turns, turn)


def test_as_many_revisions_as_a_plan_may_have_are_made_again_in_seconds() -> None:
    plan = WELL
    changes = [
        Revision(
            number, plan.created + timedelta(seconds=number), on(5), "target", target=Decimal(15 + 5 * (number % 2))
        )
        for number in range(1, MOST_REVISIONS + 1)
    ]
    begun = time.process_time()
    made = replay_plan(course_evidence(plan), plan.inputs, changes, id=plan.id, created=plan.created)
    assert made == replay_plan(course_evidence(plan), plan.inputs, changes, id=plan.id, created=plan.created)
    assert time.process_time() - begun < 20
    with pytest.raises(Refused, match="more than 1000 changes"):
        revise(made, on(5), "hold", days=1)


def test_revising_and_reading_back_make_the_same_plan() -> None:
    for plan in cases().values():
        assert (
            replay_plan(
                course_evidence(plan),
                plan.inputs,
                plan.revisions,
                id=plan.id,
                created=plan.created,
                version=plan.version,
            )
            == plan
        )


def course_evidence(plan: Plan) -> Any:
    from titrate.evidence import reader

    return reader.evidence(known_patient(plan.inputs, plan.revisions))
