"""The patient's wall clock over a plan: which instant a time of day is, and on which days that is in doubt."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from titrate.engine.settings import local
from titrate.evidence import zones
from titrate.export.calendar.event import DAY, DOSE_MINUTES
from titrate.export.calendar.time_zone import former_gaps, is_hourly, transitions

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from titrate.model import Plan, Settings


class Clocks:
    """The patient's clocks over a plan: that of a day is the one of its settings."""

    def __init__(self, plan: Plan, first: date, last: date) -> None:
        self._plan, self._first, self._last = plan, first, last
        self._by_zone: dict[tuple[str, bool], Clock] = {}

    def on(self, day: date) -> Clock:
        """Return the clock of a day."""
        return self.of(self._plan.settings_on(day))

    def at(self, moment: datetime) -> Clock:
        """Return the clock of a moment."""
        return self.of(local(self._plan.settings, moment)[0])

    def of(self, settings: Settings) -> Clock:
        """Return the clock of these settings."""
        key = settings.zone, settings.floating
        if key not in self._by_zone:
            self._by_zone[key] = Clock(*key, self._first, self._last)
        return self._by_zone[key]


class Clock:
    """The clock of a zone from `first` to `last`; `floating`: of wherever the phone is, so that no time is in doubt here."""

    def __init__(self, zone: str, floating: bool, first: date, last: date) -> None:
        self.name, self.floating = zone, floating
        self.zone: ZoneInfo = zones.zone(zone)
        changes = tuple(transitions(self.zone, first - DAY, last + DAY))
        # In a zone that not all programs can read every time is written in UTC: no series may run on over a change.
        self._cuts = frozenset() if is_hourly(changes) else frozenset(change.onset.date() for change in changes)
        self._former_gaps = tuple(former_gaps(zone, first, last))
        days = {begin.date() for begin, _ in self._former_gaps}
        for change in changes:
            days.update(change.onset.date() + shift * DAY for shift in (-1, 0, 1))
        self._near_a_change = sorted(days)

    def instant(self, day: date, wall: time) -> datetime:
        """Return the instant, in UTC, of a time on a day.

        A minute that the clock skips takes the offset before the change; of a double one it is the first.
        """
        return datetime.combine(day, wall, self.zone).astimezone(UTC)

    def start(self, day: date, wall: time, minutes: int) -> datetime:
        """Return a time on a day as an event of so many minutes begins: on the wall clock, in UTC where that is in doubt."""
        odd = not self.floating and self._is_odd(day, wall, minutes)
        return self.instant(day, wall) if odd else datetime.combine(day, wall)

    def odd_days(self, first: date, last: date, wall: time) -> list[date]:
        """Return the days on which programs may differ over a dose at `wall`.

        The minute is in doubt, or would be skipped by an old rule of the zone, which some programs still follow; in a zone
        that not all can read, the days of a change as well.
        """
        return [day for day in self._near_a_change if first <= day <= last and self._is_odd(day, wall)]

    def _is_odd(self, day: date, wall: time, minutes: int = DOSE_MINUTES) -> bool:
        begin = datetime.combine(day, wall)
        end = begin + timedelta(minutes=minutes)
        was_skipped = any(begin < to and start <= end for start, to in self._former_gaps)
        return was_skipped or day in self._cuts or self.in_doubt(day, wall, minutes)

    def in_doubt(self, day: date, wall: time, minutes: int = DOSE_MINUTES) -> bool:
        """Return whether the clock skips a minute from `wall` to the end of the event, or shows it twice."""
        begin = datetime.combine(day, wall)
        ends = (begin, begin + timedelta(minutes=minutes))
        offsets = {moment.replace(tzinfo=self.zone, fold=fold).utcoffset() for moment in ends for fold in (0, 1)}
        return len(offsets) > 1
