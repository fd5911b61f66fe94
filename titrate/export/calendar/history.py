"""Every event that a plan's calendar ever had, derived from the plan's versions; nothing is stored."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from titrate.export.calendar.appointments import appointments, urgent_call
from titrate.export.calendar.clock import Clock
from titrate.export.calendar.doses import doses
from titrate.export.calendar.event import Event, Style

if TYPE_CHECKING:
    from collections.abc import Iterator

    from titrate.model import Plan


NO_CALL = "large-fall"  # the reminder of that step says what to watch for


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

    An event that a revision leaves alone stays as it was. What a revision drops is cancelled, unless its day was over by
    then: the past stays. All versions are written with the newest plan's zone and output options.
    """
    issued: dict[str, IssuedEvent] = {}
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
            old = issued.get(key)
            if old is None:
                issued[key] = IssuedEvent(event, at, at, number)
            elif max(old.event.last_date(), event.last_date()) < start:
                continue  # the past stays
            elif old.cancelled or old.event.content() != event.content():
                issued[key] = old.altered(event, at, number)
        for key, old in issued.items():
            if key not in current and not old.cancelled and old.event.last_date() >= start:
                issued[key] = old.altered(old.event, at, number, cancelled=True)
    return tuple(sorted(issued.values(), key=lambda last: (f"{last.event.start:%Y%m%d}", last.event.key)))


def _events(plan: Plan, before: Plan) -> Iterator[Event]:
    """Yield the events of one version of the plan; `before` is the version that it replaced."""
    style, floating = Style.of(plan), plan.inputs.floating
    days = plan.days or before.days
    clock = Clock(plan.inputs.zone, days[0].date, days[-1].date)
    yield from doses(plan, style, None if floating else clock)
    yield from appointments(plan, style)
    if plan.ending == "suspended":
        clock = Clock(plan.inputs.zone, before.days[0].date, before.days[-1].date)
    urgent = {finding.code for finding in plan.findings if finding.severity == "urgent"}
    if plan.ending == "suspended" or urgent - {NO_CALL}:
        yield urgent_call(plan, before, style, clock, floating=floating)
