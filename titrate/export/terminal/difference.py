"""What a revision changes, by date: the dose before and after, in runs of days that change alike."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Group

from titrate.export.staircase import levels, marks
from titrate.export.terminal.blocks import paragraphs
from titrate.export.terminal.staircase import Staircase
from titrate.model import SLOTS, Dose
from titrate.wording.phrases import amount, plain, weekday_date, weekday_dates

if TYPE_CHECKING:
    from rich.console import RenderableType

    from titrate.model import Plan

Doses = tuple[Dose, ...]


class Change(NamedTuple):
    """From `first` to `last`, both included, `before` becomes `after`; no doses means that none is planned."""

    first: date
    last: date
    before: Doses
    after: Doses


def difference(before: Plan, after: Plan) -> tuple[Change, ...]:
    """Return every run of days on which the two plans differ, in order."""
    old = {day.date: day.doses for day in before.days}
    new = {day.date: day.doses for day in after.days}
    pairs = [(day, old.get(day, ()), new.get(day, ())) for day in sorted(old | new)]
    runs = groupby(pairs, key=lambda pair: pair[1:])
    changes = []
    for (was, becomes), run in runs:
        days = [pair[0] for pair in run]
        if was != becomes:
            changes.append(Change(days[0], days[-1], was, becomes))
    return tuple(changes)


def layout(before: Plan, after: Plan, *, chart: bool = False, today: date | None = None) -> RenderableType:
    """Return the difference for a terminal of any width; `chart`: with both staircases where they are not alike."""
    text = paragraphs(*lines(before, after))
    if not chart or (levels(before), marks(before)) == (levels(after), marks(after)):
        return text
    return Group(text, Staircase(before, title="Before"), Staircase(after, title="After", today=today))


def lines(before: Plan, after: Plan) -> tuple[str, ...]:
    """Return the difference in lines, one where nothing changes.

    The review, the target, the ceiling and the end are part of it.
    """
    changes = [
        f"{weekday_dates(change.first, change.last)}: {_doses(change.before, before)} -> {_doses(change.after, after)}"
        for change in difference(before, after)
    ]
    if before.review != after.review:
        was, becomes = (weekday_date(plan.review.date) if plan.review else "none" for plan in (before, after))
        changes.append(f"Review: {was} -> {becomes}")
    if before.target != after.target:
        changes.append(f"Target: {amount(before.target)} mg a day -> {amount(after.target)} mg a day")
    if before.ceiling != after.ceiling:
        changes.append(f"Ceiling: {amount(before.ceiling)} mg a day -> {amount(after.ceiling)} mg a day")
    if _end(before) != _end(after):
        changes.append(f"End: {_end(before)} -> {_end(after)}")
    practical = [f"{weekday_date(after.current.since)}: {text}" for text in _settings(before, after)]
    return (*(changes or ["No dose changes."]), *practical)


def _settings(before: Plan, after: Plan) -> list[str]:
    """What of the practical side is otherwise, each with what it was."""
    old, new = before.current, after.current
    rows = [(slot, *(f"{getattr(side.slots, slot):%H:%M}" for side in (old, new))) for slot in SLOTS]
    rows += [
        ("times", *("of the phone" if side.floating else f"in {side.zone}" for side in (old, new))),
        ("tablets", *(" and ".join(f"{amount(mg)} mg" for mg in side.tablets) or "any" for side in (old, new))),
        ("in hand", *("not counted" if side.pack is None else f"{side.pack} tablets" for side in (old, new))),
        ("alarm", *(_alarm(side.output.alarm) for side in (old, new))),
    ]
    words = ("label", "paper", "contact", "audience")
    rows += [(name, *(plain(getattr(side.output, name) or "none") for side in (old, new))) for name in words]
    flags = ("discreet", "large_print")
    rows += [
        (name.replace("_", " "), *("yes" if getattr(side.output, name) else "no" for side in (old, new)))
        for name in flags
    ]
    return [f"{name} {was} -> {becomes}" for name, was, becomes in rows if was != becomes]


def _alarm(minutes: int | None) -> str:
    return "none" if minutes is None else f"{minutes} minutes before" if minutes else "at the dose"


def _end(plan: Plan) -> str:
    if plan.ending == "suspended":
        return "suspended, call the prescriber before the next dose"
    last = weekday_date(plan.days[-1].date)
    return f"last dose {last}" if plan.ending == "taper" else f"{last}, not a stop"


def _doses(doses: Doses, plan: Plan) -> str:
    """The doses of a day; a day without any is past the end of an open plan, or one on which none is to be taken."""
    if not doses:
        return "past the plan's end" if plan.ending == "open" else "no dose"
    total = sum((dose.mg for dose in doses[1:]), doses[0].mg)
    return f"{amount(total)} mg a day ({', '.join(f'{dose.slot} {amount(dose.mg)} mg' for dose in doses)})"
