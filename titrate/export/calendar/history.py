"""Every event that a plan's calendar ever had, derived from the plan's versions; nothing is stored."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from titrate.export.calendar.appointments import appointments, urgent_calls
from titrate.export.calendar.clock import Clocks
from titrate.export.calendar.doses import DOSE, doses
from titrate.export.calendar.event import Event, Style
from titrate.wording import edition, edition_of, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from titrate.model import Plan, Revision


SECOND = timedelta(seconds=1)


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
    past stays. Where the wording has another edition since, every event counts as changed by it.
    """
    issued: dict[str, IssuedEvent] = {}
    versions = [version._replace(history=plan.history[:number]) for number, version in enumerate((*plan.history, plan))]
    words_of = edition_of(plan.version).number
    for number, version in enumerate(versions):
        revision = version.revisions[-1] if number else None
        at = revision.at if revision else plan.created
        before, reworded = versions[number - 1], bool(revision and (revision.edition or words_of) > words_of)
        words_of = (revision and revision.edition) or words_of
        hides = version.current.output.discreet and not before.current.output.discreet
        current = {event.key: event for event in _events(version, before)}
        for key, event in current.items():
            old = issued.get(key)
            if old is None:
                issued[key] = IssuedEvent(event, at, at, number)
            elif revision and not hides and _is_past(old.event, revision) and not event.outlasts(old.event):
                if reworded and not old.cancelled and not old.event.over(at):
                    issued[key] = old.altered(old.event, at, number)
            elif old.cancelled or reworded or old.event.content() != event.content():
                issued[key] = old.altered(event, at, number)
        for key, old in issued.items():
            if key in current:
                continue
            event, past = old.event, revision is not None and _is_past(old.event, revision)
            if hides:  # also what is past, or was cancelled before, names no drug any more
                event = event._replace(title=words().say("calendar.discreet_label"), lines=())
            elif old.cancelled or past:
                continue
            issued[key] = old.altered(event, at, number, cancelled=old.cancelled or not past)
    newest = edition()
    if newest.number > words_of:
        at = max(datetime.combine(newest.date, time(), UTC), versions[-1].made_at + SECOND)
        issued = {key: old.altered(old.event, at, old.revision, cancelled=old.cancelled) for key, old in issued.items()}
    return tuple(sorted(issued.values(), key=lambda last: (f"{last.event.start:%Y%m%d}", last.event.key)))


def _is_past(event: Event, revision: Revision) -> bool:
    """Whether a revision leaves an event as it was: its doses are all before it acts, or it had rung when it was made."""
    if event.key.startswith(DOSE):
        return event.last_date() < revision.start
    return event.rung(revision.at)


def _events(plan: Plan, before: Plan) -> Iterator[Event]:
    """Yield the events of one version of the plan; `before` is the version that it replaced."""
    style = Style.of(plan)
    days = plan.days or before.days
    clocks = Clocks(plan, days[0].date, days[-1].date)
    yield from doses(plan, style, clocks)
    yield from appointments(plan, style, clocks)
    yield from urgent_calls(plan, style, clocks)
