"""The dose over the days as a picture: one geometry, which the terminal, the HTML page and the PDF each draw with their own lines.

Whoever draws says how wide the picture is and how wide a letter, and writes the labels; here follows where everything stands,
in whole units of that width, so that no label meets another. Heights are in mg a day.
"""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple

from titrate.model import PRESCRIBER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from decimal import Decimal
    from typing import Protocol

    from titrate.model import Plan, Step

    class Labels(Protocol):
        """What a drawing writes, in its own language."""

        def dose(self, level: Level) -> str:
            """Return what stands above a level: its dose a day."""

        def below(self, level: Level) -> Sequence[str]:
            """Return the lines below the left end of a level: its first date, then its condition if it has one."""

        def mark(self, mark: Mark) -> str:
            """Return what stands beside a mark."""


# How a level is reached: the plan begins with it, it went on from before, up if well, up if the prescriber agrees too, down.
START, ON, UP, AGREED, DOWN = "start", "on", "up", "agreed", "down"
# What is marked below the levels; the first has the highest lane that is free.
TODAY, HOLD, REVIEW, END, LAST_DOSE, SUSPENDED = "today", "hold", "review", "end", "last-dose", "suspended"


class Level(NamedTuple):
    """A run of days with one daily dose, first and last included; `turn` is how it is reached, one of those above."""

    first: date
    last: date
    mg: Decimal
    turn: str

    @property
    def days(self) -> int:
        """How many days it lasts."""
        return (self.last - self.first).days + 1

    @property
    def conditional(self) -> bool:
        """Whether it is reached by a gate: a condition, not a promise."""
        return self.turn in (UP, AGREED)


class Mark(NamedTuple):
    """A day, or a run of days, first and last included, that is marked; `kind` is one of those above."""

    kind: str
    first: date
    last: date


class PlacedLevel(NamedTuple):
    """A level from `left` to `right`; `before` is the dose in mg before it, 0 at the start of the plan."""

    level: Level
    left: int
    right: int
    before: Decimal | int


class PlacedMark(NamedTuple):
    """A mark from `left` to `right` (equal for a day) in a lane, 0 the highest; its text reaches from `text` to `text_end`."""

    mark: Mark
    left: int
    right: int
    lane: int
    text: int
    text_end: int


class Part(NamedTuple):
    """Levels and marks side by side; a plan of more levels than have room goes on in the next part."""

    levels: tuple[PlacedLevel, ...]
    marks: tuple[PlacedMark, ...]

    @property
    def lanes(self) -> int:
        """How many lines the marks take."""
        return max((placed.lane + 1 for placed in self.marks), default=0)


def levels(plan: Plan, since: date | None = None) -> tuple[Level, ...]:
    """Return the daily doses of a plan, or of its days from `since` on; neighbours with one dose are one level."""
    runs = [[*steps] for _, steps in groupby(plan.steps, key=lambda step: step.total)]
    turns = [START, *(_turn(before[-1], step) for before, (step, *_) in pairwise(runs))]
    every = [
        Level(run[0].first_date, run[-1].last_date, run[0].total, turn)
        for run, turn in zip(runs, turns, strict=False)  # a plan without a day has no run
    ]
    if since is None:
        return tuple(every)
    ahead = (level for level in every if level.last >= since)
    return tuple(level if level.first >= since else level._replace(first=since, turn=ON) for level in ahead)


def _turn(before: Step, step: Step) -> str:
    if step.total < before.total:
        return DOWN
    return AGREED if step.gate and step.gate.name == PRESCRIBER else UP


def marks(plan: Plan, since: date | None = None, today: date | None = None) -> tuple[Mark, ...]:
    """Return what is marked in a plan, or in its days from `since` on: holds, the review, the end, and today if it is given."""
    if not plan.days:
        return ()
    first, last = plan.days[0].date, plan.days[-1].date
    since = max(since or first, first)
    ending = {"open": END, "taper": LAST_DOSE}.get(plan.ending, SUSPENDED)
    dates = [plan.days[number - 1].date for number in plan.held if number <= len(plan.days)]
    # Days in a row have one difference between their date and their place in the list.
    runs = [
        [day for _, day in run] for _, run in groupby(enumerate(dates), key=lambda pair: pair[1].toordinal() - pair[0])
    ]
    every = [
        *([Mark(TODAY, today, today)] if today else []),
        *(Mark(HOLD, max(run[0], since), run[-1]) for run in runs if run[-1] >= since),
        *([Mark(REVIEW, plan.review.date, plan.review.date)] if plan.review else []),
        Mark(ending, last, last),
    ]
    return tuple(mark for mark in every if since <= mark.first <= last)


def staircase(
    levels: Sequence[Level], marks: Iterable[Mark], labels: Labels, *, width: int, letter: int
) -> tuple[Part, ...]:
    """Return where levels and marks stand in a picture of `width` units, in which a letter takes `letter` of them at most.

    A level is as wide as its days, to one scale, but never narrower than its labels; what has no room goes on in another part.
    """
    needs = [letter * (1 + max(map(len, (labels.dose(level), *labels.below(level))), default=0)) for level in levels]
    parts: list[tuple[int, int]] = []
    start = 0
    for end in range(1, len(levels) + 1):
        if end == len(levels) or sum(needs[start : end + 1]) > width:
            parts.append((start, end))
            start = end
    placed = []
    waiting = [*marks]
    for start, end in parts:
        shares = _shares([level.days for level in levels[start:end]], needs[start:end], width)
        lefts = [sum(shares[:place]) for place in range(len(shares) + 1)]
        here = tuple(
            PlacedLevel(level, left, right, levels[start + place - 1].mg if start + place else 0)
            for place, (level, (left, right)) in enumerate(zip(levels[start:end], pairwise(lefts), strict=True))
        )
        placed.append(Part(here, _place_marks(waiting, here, labels, width, letter)))
    return tuple(placed)


def _shares(days: Sequence[int], needs: Sequence[int], width: int) -> list[int]:
    """Widths that add up to `width`: by days, but none below its need unless it is alone.

    >>> _shares([3, 4, 21], [10, 10, 10], 56), _shares([3, 4, 359], [10, 10, 10], 60), _shares([5], [80], 60)
    ([10, 10, 36], [10, 10, 40], [60])
    """
    if len(days) == 1:
        return [width]
    shares = [*needs]
    free = set(range(len(days)))
    while True:
        room, total = width - sum(shares[at] for at in range(len(days)) if at not in free), sum(days[at] for at in free)
        short = {at for at in free if days[at] * room < needs[at] * total}
        if not short:
            break
        free -= short
    for at in free:
        shares[at] = days[at] * room // total
    shares[max(range(len(days)), key=lambda at: days[at])] += width - sum(shares)
    return shares


def _place_marks(
    marks: Iterable[Mark], levels: Sequence[PlacedLevel], labels: Labels, width: int, letter: int
) -> tuple[PlacedMark, ...]:
    """The marks whose days are among the levels, each in the first lane that has room for it and its text."""
    lanes: list[list[tuple[int, int]]] = []
    placed = []
    first, last = levels[0].level.first, levels[-1].level.last
    for mark in marks:
        if mark.last < first or mark.first > last:
            continue
        left = _place(max(mark.first, first), levels)
        right = left if mark.first == mark.last else _place(min(mark.last, last), levels)
        size = letter * len(labels.mark(mark))
        text = right + 2 * letter
        if text + size > width:
            text = max(left - letter - size, 0)
        taken = (min(left, text), max(right + letter, text + size))
        lane = next((at for at, others in enumerate(lanes) if _is_free(taken, others, letter)), len(lanes))
        if lane == len(lanes):
            lanes.append([])
        lanes[lane].append(taken)
        placed.append(PlacedMark(mark, left, right, lane, text, text + size))
    return tuple(placed)


def place_in(level: Level, left: int, right: int, day: date) -> int:
    """Return where a day stands in a level that is drawn from `left` to `right`: in the middle of its width."""
    return left + (2 * (day - level.first).days + 1) * (right - left) // (2 * level.days)


def _place(day: date, levels: Sequence[PlacedLevel]) -> int:
    placed = next(placed for placed in levels if day <= placed.level.last)
    return place_in(placed.level, placed.left, placed.right, day)


def _is_free(taken: tuple[int, int], others: Iterable[tuple[int, int]], gap: int) -> bool:
    return all(taken[1] + gap <= left or right + gap <= taken[0] for left, right in others)
