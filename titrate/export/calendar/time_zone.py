"""A zone's clock changes as a calendar writes them: a yearly rule where the zone keeps to it, else each change.

dateutil reckons the yearly rule: `relativedelta` its first onset, `rrule` what it comes to over the plan's days. Onsets stand
on the clock as it was before the change (RFC 5545, 3.6.5). The first one lies before every event: some readers take an event
before it for UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from dateutil.relativedelta import FR, MO, SA, SU, TH, TU, WE, relativedelta
from dateutil.rrule import rrulestr

from titrate.inputs import zones

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

WEEKDAYS = (SU, MO, TU, WE, TH, FR, SA)  # POSIX counts from Sunday
LAST_WEEK = 5  # in POSIX the last of the month
DAY = timedelta(days=1)
MARGIN = 2 * DAY  # a zone is described a little beyond the first and last event
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
        weekday = WEEKDAYS[self.weekday]
        if self.week == LAST_WEEK:
            day = relativedelta(day=31, weekday=weekday(-1))
        else:
            day = relativedelta(day=1, weekday=weekday(self.week))
        return datetime(year, self.month, 1) + day + self.at  # noqa: DTZ001  a wall clock has no zone

    def rule(self) -> str | None:
        """Return the change as a yearly RRULE, or None where its time moves it over a month's end."""
        shift = self.at // DAY
        weekday = WEEKDAYS[(self.weekday + shift) % 7]
        if not shift:
            return f"FREQ=YEARLY;BYDAY={-1 if self.week == LAST_WEEK else self.week}{weekday};BYMONTH={self.month}"
        last_day = (date(LONG_AGO, self.month, 1) + relativedelta(day=31)).day
        first = (last_day - 6 if self.week == LAST_WEEK else 7 * self.week - 6) + shift
        if first < 1 or first + 6 > last_day or self.month == 2:
            return None
        days = ",".join(str(day) for day in range(first, first + 7))
        return f"FREQ=YEARLY;BYDAY={weekday};BYMONTHDAY={days};BYMONTH={self.month}"


Rules = tuple[tuple[Change, str], tuple[Change, str]]  # a zone's two yearly changes, each with its RRULE


def observances(name: str, first: date, last: date) -> tuple[Observance, ...]:
    """Return what the calendar must say of a zone so that every minute from `first` to `last` is right.

    The zone's yearly rule where the zone keeps to it over those days, else each change; earliest first.
    Raises BadInput for an unknown name.
    """
    zone = zones.zone(name)
    start = _offset(zone, _midnight(first))
    changes = tuple(transitions(zone, first, last))
    yearly = _yearly(name)
    if yearly and _over(yearly, first, last) == (start, changes):
        return tuple(sorted(Observance(c.onset(LONG_AGO), c.before, c.after, rule) for c, rule in yearly))
    return (Observance(datetime(LONG_AGO, 1, 1), start, start), *changes)  # noqa: DTZ001


def transitions(zone: ZoneInfo, first: date, last: date) -> Iterator[Observance]:
    """Yield each change of the zone's offset from `first` to the end of `last` (UTC days), to the second."""
    moment, end = _midnight(first), _midnight(last) + DAY
    before = _offset(zone, moment)
    while moment < end:
        after = _offset(zone, moment + DAY)
        if after != before:
            change = _first_second(zone, moment, moment + DAY)
            yield Observance((change + before).replace(tzinfo=None), before, after)
        moment, before = moment + DAY, after


def _first_second(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """Return the first second with the offset of `high`; `low` has another."""
    offset = _offset(zone, high)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (low, middle) if _offset(zone, middle) == offset else (middle, high)
    return high


def _over(yearly: Rules, first: date, last: date) -> tuple[timedelta, tuple[Observance, ...]]:
    """Return what yearly rules come to over those days: the offset they begin with, and each change."""
    begin, end = _midnight(first), _midnight(last) + DAY
    offset, changes = yearly[0][0].before, []
    for change in _expanded(yearly, first.year - 1, last.year + 1):
        moment = (change.onset - change.before).replace(tzinfo=UTC)
        if moment <= begin:
            offset = change.after
        elif moment <= end:
            changes.append(change)
    return offset, tuple(changes)


@lru_cache(maxsize=64)
def _expanded(yearly: Rules, first: int, last: int) -> tuple[Observance, ...]:
    """Return every change of yearly rules in the years `first` to `last`, earliest first."""
    end = datetime(last, 12, 31, 23, 59)  # noqa: DTZ001
    return tuple(
        sorted(
            Observance(onset, change.before, change.after)
            for change, rule in yearly
            for onset in rrulestr(rule, dtstart=change.onset(first)).between(change.onset(first), end, inc=True)
        )
    )


@lru_cache(maxsize=16)
def _yearly(name: str) -> Rules | None:
    """Return the two yearly changes that a zone's file ends with as a POSIX rule, each with its RRULE.

    None for a zone that has no such rule, or one that an RRULE cannot say.
    """
    match = FOOTER.fullmatch(zones.footer(name))
    if not match:
        return None
    standard = -_duration(match[1])  # POSIX counts westward
    other = -_duration(match[2]) if match[2] else standard + timedelta(hours=1)
    to_other = _change(match.groups()[2:6], standard, other)
    to_standard = _change(match.groups()[6:10], other, standard)
    rules = to_other.rule(), to_standard.rule()
    return ((to_other, rules[0]), (to_standard, rules[1])) if rules[0] and rules[1] else None


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
