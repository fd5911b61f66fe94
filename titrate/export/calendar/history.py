"""Every event that a plan's calendar ever had, derived from the plan's versions; nothing is stored."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from titrate.export.calendar.appointments import appointments, urgent_calls
from titrate.export.calendar.clock import Clock
from titrate.export.calendar.doses import DOSE, doses
from titrate.export.calendar.event import Event, Style
from titrate.inputs import zones

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from titrate.model import Plan, Revision


class IssuedEvent(NamedTuple):
    """An event, changed `sequence` times since it was `created`, last at `changed` by that `revision` (0: the first plan)."""

    event: Event
    created: datetime
    changed: datetime
    revision: int
    sequence: int = 0
    cancelled: bool = False

    def altered(self, event: Event, at: datetime, revision: int, *, cancelled: bool = False) -> IssuedEvent:
        """Return the event as a revision left it."""
        return IssuedEvent(event, self.created, at, revision, self.sequence + 1, cancelled)


def issued_events(plan: Plan) -> tuple[IssuedEvent, ...]:
    """Return every event ever issued for the plan, live or cancelled, in the order of their days.

    An event that a revision leaves alone stays as it was. What a revision drops is cancelled, unless it is past by then: the
    past stays. All versions are written with the newest plan's zone and output options.
    """
    issued: dict[str, IssuedEvent] = {}
    zone = zones.zone(plan.inputs.zone)
    versions = [
        version._replace(inputs=plan.inputs, history=plan.history[:number])
        for number, version in enumerate((*plan.history, plan))
    ]
    for number, version in enumerate(versions):
        revision = version.revisions[-1] if number else None
        at = revision.at if revision else plan.created
        current = {event.key: event for event in _events(version, versions[number - 1])}
        for key, event in current.items():
            old = issued.get(key)
            if old is None:
                issued[key] = IssuedEvent(event, at, at, number)
            elif revision and _is_past(old.event, revision, zone) and event.last_date() <= old.event.last_date():
                continue
            elif old.cancelled or old.event.content() != event.content():
                issued[key] = old.altered(event, at, number)
        for key, old in issued.items():
            if key in current or old.cancelled or (revision and _is_past(old.event, revision, zone)):
                continue
            issued[key] = old.altered(old.event, at, number, cancelled=True)
    return tuple(sorted(issued.values(), key=lambda last: (f"{last.event.start:%Y%m%d}", last.event.key)))


def _is_past(event: Event, revision: Revision, zone: tzinfo) -> bool:
    """Whether a revision leaves an event as it was: its doses are all before it acts, or it had rung when it was made."""
    if event.key.startswith(DOSE):
        return event.last_date() < revision.start
    return event.rung(revision.at, zone)


def _events(plan: Plan, before: Plan) -> Iterator[Event]:
    """Yield the events of one version of the plan; `before` is the version that it replaced."""
    style = Style.of(plan)
    days = plan.days or before.days
    clock = Clock(plan.inputs.zone, days[0].date, days[-1].date)
    yield from doses(plan, style, None if plan.inputs.floating else clock)
    yield from appointments(plan, style, clock)
    yield from urgent_calls(plan, style, clock)
