"""What to delete by hand from a calendar that ignores updates: cancelled events, and those that say something else now."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from titrate.export.calendar.event import DAY
from titrate.export.calendar.history import issued_events
from titrate.wording.phrases import plain, weekday_dates

if TYPE_CHECKING:
    from datetime import date

    from titrate.export.calendar.event import Event
    from titrate.model import Plan

NOTHING = "No event was cancelled or changed.\n"
HEADING = "Where the calendar ignores updates, delete these by hand, then import the new file:\n"


class OutdatedEvent(NamedTuple):
    """An event of an earlier version that is wrong from `first` to `last`, both included."""

    event: Event
    first: date
    last: date


def outdated_events(plan: Plan) -> tuple[OutdatedEvent, ...]:
    """Return every event of an earlier version of the plan that must go, in the order of the days on which it is wrong.

    A series that only became shorter is wrong from the day after its new end; one that became longer, or says something else
    now, is wrong as a whole: a calendar that ignores updates has it only once it is deleted and imported again.
    """
    now = {issued.event.key: issued for issued in issued_events(plan)}
    outdated: dict[tuple[str, date, date], OutdatedEvent] = {}
    for number, version in enumerate(plan.history):
        for issued in issued_events(version._replace(history=plan.history[:number])):
            if issued.cancelled:
                continue
            old, new = issued.event, now[issued.event.key]
            first, last = old.first_date(), old.last_date()
            if not new.cancelled and old.content() == new.event.content():
                continue
            if not new.cancelled and old.content()._replace(count=new.event.count) == new.event.content():
                first = new.event.last_date() + DAY if new.event.count < old.count else first
            outdated[old.key, first, last] = OutdatedEvent(old, first, last)
    return tuple(sorted(outdated.values(), key=lambda wrong: (wrong.first, wrong.last, wrong.event.key)))


def deletion_list(plan: Plan) -> str:
    """Return the events to delete by hand in lines for a person, ending in a new line."""
    lines = "".join(
        f"{weekday_dates(wrong.first, wrong.last)}: {plain(wrong.event.title)}\n" for wrong in outdated_events(plan)
    )
    return f"{HEADING}{lines}" if lines else NOTHING
