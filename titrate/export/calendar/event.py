"""A reminder as a value: what it says, when, how often; its UID; and the style that all reminders of a plan share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID, uuid5

from titrate.evidence import zones
from titrate.export.calendar.text import cut, one_line
from titrate.export.for_you import ForYou, for_you
from titrate.wording import Words, words

if TYPE_CHECKING:
    from datetime import date

    from titrate.model import Plan

DAY = timedelta(days=1)
DOSE_MINUTES = 15
REMINDER_MINUTES = 30
LABEL_UNITS = 160  # keeps a title below Outlook's 255 UTF-16 units whatever stands around the user's word


class Event(NamedTuple):
    """One reminder, or a daily series of `count`.

    `key` names it, the same in every version of the plan. `start` is naive (the wall clock of `zone`, or, `floating`, of
    wherever the phone is) or aware (an instant, in UTC); it lasts `minutes`. `alarm` is minutes before the start, None for
    silent. `place` is the step as `2/3`: it stands in the first line of the description and is no part of the event's content.
    """

    key: str
    start: datetime
    minutes: int
    title: str
    lines: tuple[str, ...]
    alarm: int | None
    zone: str
    floating: bool
    place: str = ""
    count: int = 1  # type: ignore[assignment]  # nobody counts members of this tuple

    def content(self) -> Event:
        """Return what must be equal for the event to count as unchanged."""
        return self._replace(place="")

    def first_date(self) -> date:
        """Return the date on which it first rings."""
        return self.start.date()

    def last_date(self) -> date:
        """Return the date of its last repeat."""
        return self.first_date() + (self.count - 1) * DAY

    def rung(self, at: datetime) -> bool:
        """Return whether it has begun by the moment `at`."""
        return self._instant(self.start) <= at

    def over(self, at: datetime) -> bool:
        """Return whether its last repeat has begun by the moment `at`."""
        return self._instant(self.start + (self.count - 1) * DAY) <= at

    def outlasts(self, other: Event) -> bool:
        """Return whether it is repeated on a later day than another."""
        return self.last_date() > other.last_date()

    def _instant(self, start: datetime) -> datetime:
        return (start if start.tzinfo else start.replace(tzinfo=zones.zone(self.zone))).astimezone(UTC)


def event_uid(plan_id: UUID, key: str) -> str:
    """Return an event's UID: the version 5 UUID of its key in the space of the plan's random id.

    The same in every version of the plan, and without the name of a host.

    >>> event_uid(UUID(int=1), "end/2026-12-28")
    '8e15d8cf-cb83-5a06-842e-8a1f622c44dd'
    """
    return str(uuid5(plan_id, key))


class Message(NamedTuple):
    """The title of a reminder and the lines of its description."""

    title: str
    lines: tuple[str, ...] = ()


class Ring(NamedTuple):
    """When a reminder rings: the day, how its event begins, by which clock, and what is added to its key where noon was past."""

    day: date
    start: datetime
    zone: str
    floating: bool
    late: str = ""


class Style(NamedTuple):
    """How a plan's reminders read: with the drug and all about it, or, discreet, only with steps and the user's own label.

    `for_you` is what this patient has to look out for; a discreet calendar says nothing of it.
    """

    words: Words
    discreet: bool
    drug: str
    label: str  # the user's own, cleaned, or ""
    alarm: int | None  # minutes before the start, None for silent
    for_you: ForYou

    @classmethod
    def of(cls, plan: Plan) -> Style:
        """Return the style that the plan's output options ask for."""
        output, drug = plan.current.output, plan.protocol.drug
        label = cut(one_line(output.label or ""), LABEL_UNITS)
        advice = ForYou((), ()) if output.discreet else for_you(plan, words())
        return cls(words(), output.discreet, drug[:1].upper() + drug[1:], label, output.alarm, advice)

    def reminder(self, key: str, ring: Ring, full: Message, discreet: Message) -> Event:
        """Return a reminder that rings as it begins, with the message that the style asks for."""
        title, lines = discreet if self.discreet else full
        alarm = None if self.alarm is None else 0
        return Event(key, ring.start, REMINDER_MINUTES, title, lines, alarm, ring.zone, ring.floating)
