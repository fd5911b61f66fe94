"""The patient's wall clock over a plan: which instant a time of day is, and on which days that is in doubt."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from titrate.export.calendar.event import DAY, DOSE_MINUTES
from titrate.export.calendar.time_zone import transitions
from titrate.inputs import zones

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


class Clock:
    """The clock of a zone from `first` to `last`."""

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
        return [day for day in self._near_a_change if first <= day <= last and self._is_odd(day, wall)]

    def _is_odd(self, day: date, wall: time) -> bool:
        begin = datetime.combine(day, wall)
        ends = (begin, begin + timedelta(minutes=DOSE_MINUTES))
        offsets = {moment.replace(tzinfo=self.zone, fold=fold).utcoffset() for moment in ends for fold in (0, 1)}
        return len(offsets) > 1
