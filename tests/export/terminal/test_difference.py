"""What a revision changes, by date: every day that differs, in runs, and nothing else."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from plans import START, cases, course_of, drafts, first_plans, revise

from titrate.export.terminal.difference import difference, lines
from titrate.model import Plan

PLANS = cases()


def last(plan: Plan) -> tuple[Plan, Plan]:
    return plan.history[-1], plan


def told_of(plan: Plan) -> str:
    """What the last revision of a plan changes."""
    return "".join(f"{change}\n" for change in lines(*last(plan)))


def test_a_hold_is_told_before_and_after_by_date() -> None:
    assert told_of(PLANS["held"]).splitlines() == [
        (
            "Tue 8 Dec 2026 to Mon 14 Dec 2026: 15 mg a day (morning 5 mg, midday 5 mg, evening 5 mg) "
            "-> 10 mg a day (morning 5 mg, evening 5 mg)"
        ),
        "Tue 29 Dec 2026: past the plan's end -> 15 mg a day (morning 5 mg, midday 5 mg, evening 5 mg)",
        "Review: Tue 22 Dec 2026 -> Tue 29 Dec 2026",
        "End: Mon 28 Dec 2026, not a stop -> Tue 29 Dec 2026, not a stop",
    ]


def test_a_stop_is_told_with_its_last_dose() -> None:
    told = told_of(PLANS["stopped"]).splitlines()
    assert told[-2:] == [
        "Review: Tue 29 Dec 2026 -> none",
        "End: Tue 29 Dec 2026, not a stop -> last dose Sat 2 Jan 2027",
    ]


def test_a_suspended_plan_is_told_as_one_and_never_as_the_plans_end() -> None:
    told = told_of(PLANS["suspended"])
    assert "-> no dose\n" in told
    assert told.endswith("-> suspended, call the prescriber before the next dose\n")
    assert "past the plan's end" not in told


def test_a_kidney_result_tells_the_new_ceiling_and_target() -> None:
    told = told_of(PLANS["kidney"]).splitlines()
    assert "Target: 15 mg a day -> 10 mg a day" in told
    assert "Ceiling: 30 mg a day -> 10 mg a day" in told


def test_where_nothing_changes_that_is_told() -> None:
    first = PLANS["first"]
    assert told_of(revise(first, date(2026, 12, 25), "hold", days=2)) == "No dose changes.\n"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first_plans, drafts)
def test_the_runs_turn_the_old_days_into_the_new_and_are_as_long_as_they_can_be(first: Plan, drawn: Any) -> None:
    plan = course_of(first, drawn)
    days = {day.date: day.doses for day in first.days}
    changes = difference(first, plan)
    for change in changes:
        assert change.before != change.after
        for ahead in range((change.last - change.first).days + 1):
            day = change.first + timedelta(days=ahead)
            assert days.pop(day, ()) == change.before
            if change.after:
                days[day] = change.after
    assert days == {day.date: day.doses for day in plan.days}
    for one, following in zip(changes, changes[1:], strict=False):
        joined = one.last + timedelta(days=1) == following.first
        assert not joined or (one.before, one.after) != (following.before, following.after)
    assert all(change.first >= START for change in changes)
    assert lines(first, plan)
