"""The staircase: its levels are the plan's days, its conditions are the plan's rises, and nothing in it covers anything else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import DAY, START, cases, changes_of, first_plans, lives, make, revise

from titrate.export import staircase as picture
from titrate.export.staircase import Level, Mark, Part
from titrate.model import Plan


class Labels:
    """Labels as long as a language might have them."""

    def dose(self, level: Level) -> str:
        return f"{level.mg} mg"

    def below(self, level: Level) -> Sequence[str]:
        return (f"{level.first:%d %B}", *(["only if you feel well"] if level.conditional else []))

    def mark(self, mark: Mark) -> str:
        return f"{mark.kind} {mark.first:%d %B} {mark.last:%d %B}"


def drawn(plan: Plan, width: int = 500, letter: int = 4, **days: date | None) -> tuple[Part, ...]:
    return picture.staircase(
        picture.levels(plan, days.get("since")),
        picture.marks(plan, days.get("since"), days.get("today")),
        Labels(),
        width=width,
        letter=letter,
    )


def daily(levels: Sequence[Level]) -> list[tuple[date, Decimal]]:
    return [(level.first + number * DAY, level.mg) for level in levels for number in range(level.days)]


def last_of(first: Plan, drawn: list[Any]) -> Plan:
    return [first, *(after for _, after, _ in changes_of(first, drawn))][-1]


any_plans = st.builds(last_of, first_plans, lives)


@given(any_plans, st.integers(0, 60))
def test_the_levels_are_the_daily_doses_of_the_days_that_are_drawn(plan: Plan, days: int) -> None:
    since = plan.inputs.start + days * DAY
    every = [(day.date, day.total) for day in plan.days]
    assert daily(picture.levels(plan)) == every
    assert daily(picture.levels(plan, since)) == [(day, mg) for day, mg in every if day >= since]
    assert all(
        before.mg != after.mg for before, after in zip(picture.levels(plan), picture.levels(plan)[1:], strict=False)
    )


@given(any_plans)
def test_a_level_is_a_condition_where_the_dose_rises_and_only_there(plan: Plan) -> None:
    totals = {day.date: day.total for day in plan.days}
    for level in picture.levels(plan):
        before = totals.get(level.first - DAY)
        assert level.conditional is (before is not None and before < level.mg)
        assert (level.turn == picture.START) is (before is None)
        assert (level.turn == picture.DOWN) is (before is not None and before > level.mg)


@given(any_plans, st.integers(150, 900))
def test_levels_stand_side_by_side_from_edge_to_edge_each_as_wide_as_its_labels(plan: Plan, width: int) -> None:
    parts = drawn(plan, width)
    assert [placed.level for part in parts for placed in part.levels] == [*picture.levels(plan)]
    before: Decimal | int = 0
    for part in parts:
        edges = [(placed.left, placed.right) for placed in part.levels]
        assert [left for left, _ in edges] == [0, *(right for _, right in edges[:-1])]
        assert edges[-1][1] == width
        for placed in part.levels:
            labels = (Labels().dose(placed.level), *Labels().below(placed.level))
            assert placed.right - placed.left >= 4 * max(map(len, labels))
            assert placed.before == before
            before = placed.level.mg


@given(any_plans, st.integers(250, 900), st.integers(0, 40))
def test_marks_and_their_words_never_meet_in_a_lane_nor_leave_the_picture(plan: Plan, width: int, day: int) -> None:
    today = plan.inputs.start + day * DAY
    parts = drawn(plan, width, today=today)
    for part in parts:
        for lane in range(part.lanes):
            taken = sorted(
                (min(placed.left, placed.text), max(placed.right, placed.text_end))
                for placed in part.marks
                if placed.lane == lane
            )
            assert taken
            assert all(end < start for (_, end), (start, _) in zip(taken, taken[1:], strict=False))
            assert taken[0][0] >= 0
            assert taken[-1][1] <= width
    shown = {placed.mark for part in parts for placed in part.marks}
    assert shown == set(picture.marks(plan, today=today))


@given(any_plans, st.integers(250, 900))
def test_a_mark_stands_under_the_level_of_its_day(plan: Plan, width: int) -> None:
    for part in drawn(plan, width):
        for placed in part.marks:
            above = [level for level in part.levels if level.left <= placed.left < level.right]
            assert [
                level.level.first <= placed.mark.last and placed.mark.first <= level.level.last for level in above
            ] == [True]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("first", [("review", 22, 22), ("end", 28, 28)]),
        ("held", [("hold", 5, 11), ("review", 29, 29), ("end", 29, 29)]),
        ("stopped", [("hold", 5, 11), ("last-dose", 33, 33)]),
        ("suspended", [("hold", 5, 11), ("suspended", 11, 11)]),
    ],
)
def test_holds_review_and_end_are_marked(name: str, expected: list[tuple[str, int, int]]) -> None:
    marks = picture.marks(cases()[name])
    assert [(mark.kind, (mark.first - START).days + 1, (mark.last - START).days + 1) for mark in marks] == expected


def test_a_hold_that_a_step_back_ends_is_marked_as_long_as_it_lasted() -> None:
    plan = revise(revise(make(), 9, "hold", days=14), 12, "step-back")
    holds = [mark for mark in picture.marks(plan) if mark.kind == picture.HOLD]
    assert [(mark.first, mark.last) for mark in holds] == [(date(2026, 12, 9), date(2026, 12, 11))]


def test_two_holds_with_days_between_are_two_marks_and_one_after_the_other_is_one() -> None:
    apart = revise(revise(make(), 5, "hold", days=2), 10, "hold", days=3)
    on = revise(revise(make(), 5, "hold", days=2), 6, "hold", days=3)
    assert [mark.first.day for mark in picture.marks(apart) if mark.kind == picture.HOLD] == [5, 10]
    assert [(mark.first.day, mark.last.day) for mark in picture.marks(on) if mark.kind == picture.HOLD] == [(5, 9)]


def test_today_is_marked_within_the_plan_and_not_outside_it() -> None:
    plan = make()
    kinds = {day: [mark.kind for mark in picture.marks(plan, today=START + day * DAY)] for day in (-1, 0, 27, 28)}
    assert [("today" in kinds[day]) for day in (-1, 0, 27, 28)] == [False, True, True, False]


def test_above_15_mg_a_rise_also_waits_for_the_prescriber() -> None:
    turns = [(level.mg, level.turn) for level in picture.levels(make("95", target=30))]
    assert turns == [(5, "start"), (10, "up"), (15, "up"), (20, "agreed"), (25, "agreed"), (30, "agreed")]


def test_where_every_label_has_room_a_level_is_as_wide_as_its_days() -> None:
    (part,) = drawn(make(), 2800, 1)
    assert [placed.right - placed.left for placed in part.levels] == [300, 400, 2100]


def test_a_plan_without_a_day_has_no_picture() -> None:
    plan = cases()["suspended-on-day-1"]
    assert not plan.days
    assert drawn(plan) == ()
    assert picture.marks(plan, today=START) == ()


def test_a_long_life_goes_on_in_parts_below_each_other() -> None:
    plan = revise(make("95", target=30), START + timedelta(days=50), "stop")
    parts = drawn(plan, 400)
    assert len(parts) > 1
    assert [len(part.levels) for part in parts if not part.levels] == []
