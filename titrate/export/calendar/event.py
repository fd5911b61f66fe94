"""A reminder as a value: what it says, when, how often; and the clock and voice that a plan's share."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from titrate.export.calendar import words
from titrate.export.calendar.contentlines import cut, one_line
from titrate.export.calendar.time_zone import transitions
from titrate.inputs import zones

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from titrate.model import Plan

DAY = timedelta(days=1)
DOSE_MINUTES = 15
NOON_BEFORE = 12 * 60  # minutes before the midnight that begins an all-day event
LABEL_UNITS = 160  # keeps a title below Outlook's 255 UTF-16 units whatever stands around the user's word


class Event(NamedTuple):
    """One reminder, or a daily series of `count`.

    `key` says what it is, the same in every version of the plan. `start` is a date (all day), a naive
    datetime (the patient's wall clock) or an aware one (an instant, in UTC); it lasts `minutes`, 0 for all
    day. `alarm` is minutes before the start, None for silent. `place` is the step as `2/3`: it stands in the
    stamp and is not what the event says.
    """

    key: str
    start: date
    minutes: int
    title: str
    lines: tuple[str, ...]
    alarm: int | None
    place: str = ""
    count: int = 1  # type: ignore[assignment]  # nobody counts members of this tuple

    def says(self) -> Event:
        """Return what must be equal for the event to count as unchanged."""
        return self._replace(place="")

    def last_date(self) -> date:
        """Return the date of its last repeat."""
        last = self.start + (self.count - 1) * DAY
        return last.date() if isinstance(last, datetime) else last


class Voice(NamedTuple):
    """How a plan is told: the drug and all about it, or, discreet, only steps and the user's own word."""

    discreet: bool
    drug: str
    word: str  # the user's own, cleaned, or nothing
    alarm: int | None

    @classmethod
    def of(cls, plan: Plan) -> Voice:
        """Return the voice that the plan's output options ask for."""
        output, drug = plan.inputs.output, plan.protocol.drug
        word = cut(one_line(output.label or ""), LABEL_UNITS)
        return cls(output.discreet, drug[:1].upper() + drug[1:], word, output.alarm)

    def all_day(
        self,
        key: str,
        day: date,
        told: tuple[str, tuple[str, ...]],
        hidden: tuple[str, tuple[str, ...]],
        place: str = "",
    ) -> Event:
        """Return an all-day event that rings at noon the day before; `told` and `hidden`: title and lines."""
        title, lines = hidden if self.discreet else told
        return Event(key, day, 0, title, lines, None if self.alarm is None else NOON_BEFORE, place)


class Clock:
    """The patient's wall clock over a plan: which instant a time of day is, and where that is in doubt."""

    def __init__(self, zone: str, first: date, last: date) -> None:
        self.zone: ZoneInfo = zones.zone(zone)
        near = set()
        for change in transitions(self.zone, first - DAY, last + DAY):
            near.update({change.onset.date() - DAY, change.onset.date(), change.onset.date() + DAY})
        self._near_a_change = sorted(near)

    def instant(self, day: date, wall: time) -> datetime:
        """Return the instant, in UTC, of a time on a day.

        A minute that the clock skips takes the offset before the change; of a double one it is the first.
        """
        return datetime.combine(day, wall, self.zone).astimezone(UTC)

    def odd_days(self, first: date, last: date, wall: time) -> list[date]:
        """Return the days on which a minute from `wall` to the end of the dose is skipped or double."""
        return [day for day in self._near_a_change if first <= day <= last and self._odd(day, wall)]

    def _odd(self, day: date, wall: time) -> bool:
        begin = datetime.combine(day, wall)
        ends = (begin, begin + timedelta(minutes=DOSE_MINUTES))
        offsets = {moment.replace(tzinfo=self.zone, fold=fold).utcoffset() for moment in ends for fold in (0, 1)}
        return len(offsets) > 1


def in_words(day: date) -> str:
    """Return a date with its month in words.

    >>> in_words(date(2026, 12, 8))
    'Tuesday 8 December 2026'
    """
    return f"{words.WEEKDAYS[day.weekday()]} {day.day} {words.MONTHS[day.month - 1]} {day.year}"


def listed(parts: list[str]) -> str:
    """Return `a, b and c`."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
