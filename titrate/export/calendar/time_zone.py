"""A zone's clock changes as a calendar writes them: a yearly rule where the zone keeps to it, else each change.

Onsets stand on the clock as it was before the change (RFC 5545, 3.6.5). The first one lies before every event: some readers
take an event before it for UTC. ical4j, which Android programs use, reads no offset of a DAYLIGHT: to it that is an hour more
than the last STANDARD that has begun. So STANDARD is always the lesser of the two offsets, and one of it stands first.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from dateutil.relativedelta import FR, MO, SA, SU, TH, TU, WE, relativedelta

from titrate.evidence import zones

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

WEEKDAYS = (SU, MO, TU, WE, TH, FR, SA)  # POSIX counts from Sunday
LAST_WEEK = 5  # in POSIX the last of the month
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
MARGIN = 2 * DAY  # a zone is described a little beyond the first and last event
LONG_AGO = 1970
HOUR = timedelta(hours=1)
FAR_AHEAD = datetime(9999, 1, 1, tzinfo=UTC)
# How old the zones of a program in use may be: libical in Debian 12, which is kept up to 2028, has those of 2022.
YEARS_BEHIND = 6
# The nth weekday of a month is less than ten days from where it is in another year.
YEAR, NEAR = 365 * DAY, 10 * DAY

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


Rules = tuple[Change, Change]  # a zone's two yearly changes


def observances(name: str, first: date, last: date) -> tuple[Observance, ...]:
    """Return what the calendar must say of a zone so that every minute from `first` to `last` is right.

    The zone's yearly rule where the zone keeps to it over those days, else each change; earliest first.
    Raises BadInput for an unknown name.
    """
    zone, yearly = zones.zone(name), _yearly(name)
    if yearly and all(change.rule() for change in yearly) and keeps_to_its_rule(name, first, last):
        return tuple(sorted(Observance(each.onset(LONG_AGO), each.before, each.after, each.rule()) for each in yearly))
    start, changes = _offset(zone, _midnight(first)), tuple(transitions(zone, first, last))
    least = min([start, *(change.after for change in changes)])
    begin = datetime(LONG_AGO, 1, 1)  # noqa: DTZ001  a wall clock has no zone
    summer = () if start == least else (Observance(begin + DAY, least, start),)
    return (Observance(begin, least, least), *summer, *changes)


def is_hourly(changes: Iterable[Observance]) -> bool:
    """Return whether there are no other offsets than one and an hour more, which is all that ical4j reads right."""
    offsets = sorted({offset for change in changes for offset in (change.before, change.after)})
    return len(offsets) < 2 or (len(offsets) == 2 and offsets[1] - offsets[0] == HOUR)


def keeps_to_its_rule(name: str, first: date, last: date, step: timedelta = DAY) -> bool:
    """Return whether a zone does from `first` to `last` what its last rule says, which may be never to change."""
    zone, yearly = zones.zone(name), _yearly(name)
    expected = _over(yearly, first, last) if yearly else (_offset(zone, FAR_AHEAD), ())
    return expected == (_offset(zone, _midnight(first)), tuple(transitions(zone, first, last, step)))


@lru_cache(maxsize=64)
def changed_lately(name: str, first: int, last: int) -> bool:
    """Return whether a zone whose rule holds soon after the year `last` did otherwise in the YEARS_BEHIND before `first`, or since.

    A zone that never keeps to a rule, as where the clocks follow Ramadan, has not changed.
    """
    return keeps_to_its_rule(name, date(last + 2, 1, 1), date(last + 3, 12, 31), WEEK) and not keeps_to_its_rule(
        name, date(first - YEARS_BEHIND, 1, 1), date(last, 12, 31), WEEK
    )


def old_zones_differ(name: str, first: date, last: date) -> bool:
    """Return whether on a day from `first` to `last` a zone has an offset that it had not in one of the last years."""
    if not changed_lately(name, first.year, last.year):
        return False
    zone = zones.zone(name)
    return any(
        _offset(zone, noon) not in {_offset(zone, noon - years * YEAR + shift * NEAR) for shift in (-1, 0, 1)}
        for noon in (_midnight(first + day * DAY) + 12 * HOUR for day in range((last - first).days + 1))
        for years in range(1, YEARS_BEHIND + 1)
    )


def former_gaps(name: str, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
    """Yield, on the wall, from when to when an old rule of a zone would skip time near `first` to `last`; none if it still holds.

    The same weekday before and after the date of each such change of the last years: it is not known which of them the rule meant.
    """
    if not changed_lately(name, first.year, last.year):
        return
    for change in transitions(zones.zone(name), date(first.year - YEARS_BEHIND, 1, 1), first, WEEK):
        weekday = WEEKDAYS[change.onset.isoweekday() % 7]
        for year in range(first.year, last.year + 1) if change.after > change.before else ():
            for nearest in (-1, 1):
                begin = change.onset + relativedelta(year=year, weekday=weekday(nearest))
                yield begin, begin + change.after - change.before


def transitions(zone: ZoneInfo, first: date, last: date, step: timedelta = DAY) -> Iterator[Observance]:
    """Yield each change of the zone's offset from `first` to the end of `last` (UTC days), to the second.

    Two that undo each other within a `step` are missed: none does in a week, which serves for the years around a plan.
    """
    moment, end = _midnight(first), _midnight(last) + DAY
    before = _offset(zone, moment)
    while moment < end:
        following = min(moment + step, end)
        after = _offset(zone, following)
        if after != before:
            change = _first_second(zone, moment, following)
            yield Observance((change + before).replace(tzinfo=None), before, after)
        moment, before = following, after


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
    offset, changes = yearly[0].before, []
    years = range(first.year - 1, last.year + 2)
    for change in sorted(Observance(each.onset(year), each.before, each.after) for each in yearly for year in years):
        moment = (change.onset - change.before).replace(tzinfo=UTC)
        if moment <= begin:
            offset = change.after
        elif moment <= end:
            changes.append(change)
    return offset, tuple(changes)


@lru_cache(maxsize=16)
def _yearly(name: str) -> Rules | None:
    """Return the two yearly changes that a zone's file ends with as a POSIX rule; None for a zone that has no such rule."""
    match = FOOTER.fullmatch(zones.footer(name))
    if not match:
        return None
    standard = -_duration(match[1])  # POSIX counts westward
    other = -_duration(match[2]) if match[2] else standard + HOUR
    return _change(match.groups()[2:6], standard, other), _change(match.groups()[6:10], other, standard)


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
