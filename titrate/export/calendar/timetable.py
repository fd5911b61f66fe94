"""When a reminder rings: at noon of the day before what it is about, or a week ahead of it.

One whose noon was past when the plan first said so rings at the next dose still ahead, or a week ahead at the next noon. It has a
name of its own then, since an earlier one may have rung.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from titrate.export.calendar.event import DAY, REMINDER_MINUTES, Ring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from titrate.export.calendar.clock import Clocks
    from titrate.model import Day, Plan

NOON = time(12)
WEEK = 7 * DAY  # a prescription, a pharmacy's order and an appointment take days; not a clinical number
SOON = timedelta(minutes=15)  # time to import the file


class Version(NamedTuple):
    """The version of a plan that first said something: its number, and when it was made, in the plan's zone."""

    number: int
    made: datetime


class Timetable:
    """When the reminders of a plan ring, on the clock of their days."""

    def __init__(self, plan: Plan, clocks: Clocks) -> None:
        self.plan, self.clocks = plan, clocks

    def noon(self, day: date) -> Ring:
        """Return noon of a day."""
        return self._ring(day, NOON)

    def day_before(self, about: date, since: Version, *, urgent: bool = False) -> Ring | None:
        """Return noon of the day before `about`, or what is left where the plan says so only `since` then.

        None for a day that was over when the first plan was made. What is urgent rings at the first dose of that day before.
        """
        made = since.made
        if not urgent and self._is_ahead(about - DAY, made):
            return self.noon(about - DAY)
        if about < made.date() and not since.number:
            return None
        if urgent and made.date() < about - DAY:
            made = datetime.combine(about - DAY, time(), made.tzinfo)
        days = (day for day in self.plan.days if day.date <= about)
        return self.next_dose(days, made)._replace(late=f"/{since.number}")

    def week_before(self, about: date, since: Version) -> Ring | None:
        """Return noon a week before `about`, or the first noon that is left; None where that of the day before is as near."""
        if self._is_ahead(about - WEEK, since.made):
            return self.noon(about - WEEK)
        first = since.made.date() + (not self._is_ahead(since.made.date(), since.made)) * DAY
        return self.noon(first)._replace(late=f"/{since.number}") if first < about - DAY else None

    def first_noon(self, day: date, since: datetime) -> date:
        """Return the first day from `day` on whose noon is still ahead at `since`."""
        return max(day, since.date() + (not self._is_ahead(since.date(), since)) * DAY)

    def next_dose(self, days: Iterable[Day], after: datetime) -> Ring:
        """Return the first dose of these days after a moment, or a quarter of an hour later than that where none is left."""
        for day in days:
            for dose in day.doses if day.date >= after.date() else ():
                wall = getattr(self.plan.settings_on(day.date).slots, dose.slot)
                if self.clocks.on(day.date).instant(day.date, wall) > after:
                    return self._ring(day.date, wall)
        soon = (after.astimezone(UTC) + SOON).astimezone(self.clocks.at(after).zone).replace(second=0, microsecond=0)
        return self._ring(soon.date(), soon.time())

    def since(self, fact: Callable[[Plan], object]) -> Version:
        """Return the first of the plan's last versions that all have the same `fact`."""
        versions = (*self.plan.history, self.plan)
        number, now = len(versions) - 1, fact(self.plan)
        while number and fact(versions[number - 1]) == now:
            number -= 1
        return Version(number, self.made(versions[number]))

    def made(self, version: Plan) -> datetime:
        """Return when a version of the plan was made, in the plan's zone."""
        return version.made_at.astimezone(self.clocks.at(version.made_at).zone)

    def _ring(self, day: date, wall: time) -> Ring:
        clock = self.clocks.on(day)
        return Ring(day, clock.start(day, wall, REMINDER_MINUTES), clock.name, clock.floating)

    def _is_ahead(self, day: date, moment: datetime) -> bool:
        """Whether noon of a day is still to come."""
        return self.clocks.on(day).instant(day, NOON) > moment
