"""Every event that a plan's calendar ever had, derived from the plan's versions; nothing is stored."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from titrate.export.calendar.appointments import appointments, urgent_call
from titrate.export.calendar.doses import doses
from titrate.export.calendar.event import Clock, Event, Voice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from titrate.model import Plan


class Entry(NamedTuple):
    """An event changed `sequence` times since `created`, last at `changed` by revision `number`."""

    event: Event
    created: datetime
    changed: datetime
    number: int
    sequence: int = 0
    cancelled: bool = False

    def altered(self, event: Event, at: datetime, number: int, *, cancelled: bool = False) -> Entry:
        """Return the entry after a revision changed it."""
        return Entry(event, self.created, at, number, self.sequence + 1, cancelled)


def ledger(plan: Plan) -> tuple[Entry, ...]:
    """Return every event ever issued for the plan, live or cancelled, in the order of their days.

    An event that a revision leaves alone keeps its entry. What a revision drops is cancelled, unless its day
    was over by then: the past stays. All versions are told with the newest plan's zone and output options.
    """
    entries: dict[str, Entry] = {}
    versions = [
        version._replace(inputs=plan.inputs, history=plan.history[:number])
        for number, version in enumerate((*plan.history, plan))
    ]
    for number, version in enumerate(versions):
        revision = version.revisions[-1] if number else None
        at = revision.at if revision else plan.created
        start = revision.start if revision else date.min
        current = {event.key: event for event in _events(version, versions[number - 1])}
        for key, event in current.items():
            old = entries.get(key)
            if old is None:
                entries[key] = Entry(event, at, at, number)
            elif old.cancelled or old.event.says() != event.says():
                entries[key] = old.altered(event, at, number)
        for key, old in entries.items():
            if key not in current and not old.cancelled and old.event.last_date() >= start:
                entries[key] = old.altered(old.event, at, number, cancelled=True)
    return tuple(sorted(entries.values(), key=lambda entry: (f"{entry.event.start:%Y%m%d}", entry.event.key)))


def cancelled(plan: Plan) -> tuple[Event, ...]:
    """Return the events to delete by hand from a calendar that ignores updates."""
    return tuple(entry.event for entry in ledger(plan) if entry.cancelled)


def _events(plan: Plan, before: Plan) -> Iterator[Event]:
    """Yield the events of one version of the plan; `before` is the version that it replaced."""
    voice, floating = Voice.of(plan), plan.inputs.floating
    days = plan.days or before.days
    clock = Clock(plan.inputs.zone, days[0].date, days[-1].date)
    yield from doses(plan, voice, None if floating else clock)
    yield from appointments(plan, voice)
    if plan.ending == "suspended":
        clock = Clock(plan.inputs.zone, before.days[0].date, before.days[-1].date)
        yield urgent_call(plan, before, voice, clock, floating=floating)
