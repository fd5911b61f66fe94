"""A zone's clock changes as a calendar writes them: a yearly rule where that is true, else each change.

Onsets stand on the clock as it was before the change (RFC 5545, 3.6.5). The first one lies before every
event: some readers take an event before it for UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from titrate.inputs import zones

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

WEEKDAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")  # POSIX counts from Sunday
DAY = timedelta(days=1)
LONG_AGO = 1970

NAME = r"(?:<[^>]+>|[A-Za-z]+)"
OFFSET = r"([+-]?\d+(?::\d+)*)"
CHANGE = r"M(\d+)\.(\d+)\.(\d+)(?:/([+-]?\d+(?::\d+)*))?"
FOOTER = re.compile(rf"{NAME}{OFFSET}{NAME}{OFFSET}?,{CHANGE},{CHANGE}")


class Observance(NamedTuple):
    """From `onset` (on the clock before it) on, UTC plus `after` is the time; `rule` repeats it each year."""

    onset: datetime
    before: timedelta
    after: timedelta
    rule: str | None = None

    @property
    def kind(self) -> str:
        """DAYLIGHT where the clock goes forward: in Dublin too, whose law calls winter the exception."""
        return "DAYLIGHT" if self.after > self.before else "STANDARD"


class Change(NamedTuple):
    """On the `week`th `weekday` (Sunday is 0; week 5 is the last) of `month`, `at` after midnight.

    `at` may be negative or beyond 24 hours; `before` and `after` are offsets from UTC.
    """

    month: int
    week: int
    weekday: int
    at: timedelta
    before: timedelta
    after: timedelta

    def onset(self, year: int) -> datetime:
        """Return the change of that year, on the clock as it was before."""
        first = date(year, self.month, 1)
        days = (self.weekday - first.isoweekday()) % 7 + 7 * (self.week - 1)
        day = first + days * DAY
        while day.month != self.month:
            day -= 7 * DAY
        return datetime(day.year, day.month, day.day) + self.at  # noqa: DTZ001  a wall clock has no zone

    def rule(self) -> str | None:
        """Return the change as a yearly RRULE, or None where its time moves it over a month's end."""
        shift = self.at // DAY
        weekday = WEEKDAYS[(self.weekday + shift) % 7]
        if not shift:
            return f"FREQ=YEARLY;BYDAY={-1 if self.week == 5 else self.week}{weekday};BYMONTH={self.month}"
        last_day = 31 if self.month in (1, 3, 5, 7, 8, 10, 12) else 30
        first = (last_day - 6 if self.week == 5 else 7 * self.week - 6) + shift
        if first < 1 or first + 6 > last_day or self.month == 2:
            return None
        days = ",".join(str(day) for day in range(first, first + 7))
        return f"FREQ=YEARLY;BYDAY={weekday};BYMONTHDAY={days};BYMONTH={self.month}"


def observances(name: str, first: date, last: date) -> tuple[Observance, ...]:
    """Return what the calendar must say of a zone so that every minute from `first` to `last` is right.

    The zone's yearly rule where the zone keeps to it over those days, else each change; earliest first.
    Raises BadInput for an unknown name.
    """
    zone = zones.zone(name)
    start = _offset(zone, _midnight(first))
    changes = tuple(transitions(zone, first, last))
    yearly = _yearly(zones.footer(name))
    if yearly and _promised(yearly, first, last) == (start, changes):
        written = [Observance(c.onset(LONG_AGO), c.before, c.after, c.rule()) for c in yearly]
        if all(observance.rule for observance in written):
            return tuple(sorted(written))
    return (Observance(datetime(LONG_AGO, 1, 1), start, start), *changes)  # noqa: DTZ001


def transitions(zone: ZoneInfo, first: date, last: date) -> Iterator[Observance]:
    """Yield each change of the zone's offset from `first` to the end of `last` (UTC days), to the second."""
    moment, end = _midnight(first), _midnight(last) + DAY
    before = _offset(zone, moment)
    while moment < end:
        after = _offset(zone, moment + DAY)
        if after != before:
            change = _found_between(zone, moment, moment + DAY)
            yield Observance((change + before).replace(tzinfo=None), before, after)
        moment, before = moment + DAY, after


def _found_between(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """Return the first second with the offset of `high`; `low` has another."""
    wanted = _offset(zone, high)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (low, middle) if _offset(zone, middle) == wanted else (middle, high)
    return high


def _promised(yearly: tuple[Change, Change], first: date, last: date) -> tuple[timedelta, tuple[Observance, ...]]:
    """Return what the yearly rule promises for those days: the offset they begin with, and each change."""
    begin, end = _midnight(first), _midnight(last) + DAY
    offset, found = yearly[0].before, []
    years = range(first.year - 1, last.year + 2)
    for change, onset in sorted(((c, c.onset(year)) for year in years for c in yearly), key=lambda pair: pair[1]):
        moment = (onset - change.before).replace(tzinfo=UTC)
        if moment <= begin:
            offset = change.after
        elif moment <= end:
            found.append(Observance(onset, change.before, change.after))
    return offset, tuple(found)


def _yearly(footer: str) -> tuple[Change, Change] | None:
    """Return the two yearly changes of a POSIX rule, or None for a zone that has none."""
    match = FOOTER.fullmatch(footer)
    if not match:
        return None
    standard = -_duration(match[1])  # POSIX counts westward
    other = -_duration(match[2]) if match[2] else standard + timedelta(hours=1)
    return (
        _change(match.groups()[2:6], standard, other),
        _change(match.groups()[6:10], other, standard),
    )


def _change(fields: tuple[str | None, ...], before: timedelta, after: timedelta) -> Change:
    month, week, weekday, at = fields
    return Change(int(month or 0), int(week or 0), int(weekday or 0), _duration(at or "2"), before, after)


def _duration(text: str) -> timedelta:
    """Return `-1`, `3:30` or `02:00:00` as a length of time."""
    hours, minutes, seconds = (*(int(part) for part in text.lstrip("+-").split(":")), 0, 0)[:3]
    length = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return -length if text.startswith("-") else length


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None  # noqa: S101  a ZoneInfo always knows its offset
    return offset
