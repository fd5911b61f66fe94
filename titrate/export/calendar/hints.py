"""What whoever imports a calendar should hear once, in the terminal: how to import it, and what programs will not do."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from titrate.evidence import zones
from titrate.export.calendar.clock import Clock
from titrate.export.calendar.time_zone import MARGIN, is_hourly, observances, old_zones_differ
from titrate.wording import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from titrate.model import Plan, Settings

NEW = "make a new, empty calendar for this plan and import the file into it"
AGAIN = (
    "delete the old calendar of this plan, make a new, empty one and import the file into it; "
    "most programs do not update events"
)
GOOGLE = "Google drops alarms; set that calendar's default notification to {minutes} minutes before"
ZONE = "the times are those of {zone}, {offset} on {day}"
FLOATING = (
    "--floating: the reminders follow the phone when you travel; "
    "some programs take their times for UTC, so check one after importing"
)
ODD_CLOCK = "the clocks change: {day}, the {wall} dose rings at {rings}"
ODD_FLOATING = "the clocks change: {day}, programs disagree on when the {wall} dose rings; leave out --floating"
LISTED_CHANGES = (
    "the calendar lists the clock changes of {zone} one by one; Outlook knows only yearly rules, so check its times"
)
NEW_RULES = (
    "the clock changes of {zone} are others than some years ago; phones and programs with old time zones ring an hour off: "
    "update them, and check one dose after importing"
)


def hints(plan: Plan) -> tuple[str, ...]:
    """Return the hints for the plan's calendar, in the order in which they are needed."""
    now = plan.current
    return (
        AGAIN if plan.revisions else NEW,
        *(() if now.output.alarm is None else (GOOGLE.format(minutes=now.output.alarm),)),
        FLOATING if now.floating else _zone(now),
        *(_clock_changes(plan) if plan.days else ()),
    )


def _zone(now: Settings) -> str:
    offset = zones.offset_text(now.zone, datetime.combine(now.since, now.slots.morning, zones.zone(now.zone)))
    if offset == now.zone:
        return f"the times are those of {offset}"
    return ZONE.format(zone=now.zone, offset=offset, day=words("en").day(now.since))


def _clock_changes(plan: Plan) -> Iterator[str]:
    """Yield what the clocks' changes do to the doses to come: those from the last revision on."""
    now, last = plan.current, plan.days[-1].date
    first = min(max(plan.days[0].date, now.since), last)
    clock = Clock(now.zone, now.floating, first, last)
    for slot, wall in now.slots._asdict().items():
        days = {day.date for day in plan.days if any(dose.slot == slot for dose in day.doses)}
        for day in clock.odd_days(first, last, wall):
            if day in days and clock.in_doubt(day, wall):
                rings = clock.instant(day, wall).astimezone(clock.zone)
                odd = ODD_FLOATING if now.floating else ODD_CLOCK
                yield odd.format(day=words("en").day(day), wall=f"{wall:%H:%M}", rings=f"{rings:%H:%M}")
    if now.floating:
        return
    described = observances(now.zone, first - MARGIN, last + MARGIN)
    if len(described) > 1 and not described[0].rule and is_hourly(described):
        yield LISTED_CHANGES.format(zone=now.zone)
    if old_zones_differ(now.zone, first, last):
        yield NEW_RULES.format(zone=now.zone)
