"""What to delete by hand from a calendar that ignores updates: cancelled events, and those that say something else now."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from titrate.export.calendar.event import DAY
from titrate.export.calendar.history import ledger
from titrate.wording.phrases import plain, weekday_date

if TYPE_CHECKING:
    from datetime import date

    from titrate.export.calendar.event import Event
    from titrate.model import Plan

NOTHING = "No event was cancelled or changed.\n"
HEADING = "Where the calendar ignores updates, delete these by hand, then import the new file:\n"


class Leftover(NamedTuple):
    """An event of an earlier version that is wrong from `first` to `last`, both included."""

    event: Event
    first: date
    last: date


def leftovers(plan: Plan) -> tuple[Leftover, ...]:
    """Return every event of an earlier version of the plan that must go, in the order of the days on which it is wrong.

    A series that only became shorter is wrong from the day after its new end; one that became longer, or says something else
    now, is wrong as a whole: a calendar that ignores updates has it only once it is deleted and imported again.
    """
    now = {entry.event.key: entry for entry in ledger(plan)}
    found: dict[tuple[str, date, date], Leftover] = {}
    for number, version in enumerate(plan.history):
        for entry in ledger(version._replace(inputs=plan.inputs, history=plan.history[:number])):
            if entry.cancelled:
                continue
            old, new = entry.event, now[entry.event.key]
            first, last = _day(old), old.last_date()
            if not new.cancelled and old.says() == new.event.says():
                continue
            if not new.cancelled and old.says()._replace(count=new.event.count) == new.event.says():
                first = new.event.last_date() + DAY if new.event.count < old.count else first
            found[old.key, first, last] = Leftover(old, first, last)
    return tuple(sorted(found.values(), key=lambda one: (one.first, one.last, one.event.key)))


def text(plan: Plan) -> str:
    """Return the events to delete by hand in lines for a person, ending in a new line."""
    lines = "".join(f"{_span(one)}: {plain(one.event.title)}\n" for one in leftovers(plan))
    return f"{HEADING}{lines}" if lines else NOTHING


def _span(one: Leftover) -> str:
    if one.first == one.last:
        return weekday_date(one.first)
    return f"{weekday_date(one.first)} to {weekday_date(one.last)}"


def _day(event: Event) -> date:
    return event.start.date() if isinstance(event.start, datetime) else event.start
