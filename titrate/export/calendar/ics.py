"""A plan as a phone calendar (RFC 5545), in the one form that calendar programs read alike.

icalendar builds and writes it; this module is imported only where a calendar is written. What it would get wrong is
computed here and handed to it: the zone's onsets, the UIDs and stamps, text without control characters.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

import icalendar
from icalendar.prop import vCategory, vDatetime, vDDDTypes, vDuration, vInt, vRecur, vText, vUTCOffset

from titrate.evidence import zones
from titrate.export.calendar.event import Style, event_uid
from titrate.export.calendar.history import IssuedEvent, issued_events
from titrate.export.calendar.text import clean
from titrate.export.calendar.time_zone import MARGIN, Observance, is_hourly, observances

if TYPE_CHECKING:
    from titrate.model import Plan

# What is the same in every event.
CATEGORIES, CLASS, TRANSP, ACTION = vCategory("MEDICATION"), vText("PRIVATE"), vText("TRANSPARENT"), vText("DISPLAY")


class Text(vText):
    r"""A cleaned text in which `\N` stays what was typed: icalendar would take it for a line break."""

    def to_ical(self) -> bytes:
        r"""Return the escaped text.

        >>> Text(r"C:\New, one").to_ical()
        b'C:\\\\New\\, one'
        """
        return rb"\\N".join(vText(part).to_ical() for part in self.split(r"\N")) if r"\N" in self else super().to_ical()


def render(plan: Plan) -> bytes:
    """Return the calendar file of the plan: UTF-8, CRLF.

    The same plan, the same bytes. It holds every event ever issued for the plan, so that a calendar that
    updates by UID comes out right. Times stand in the plan's zone, which the file describes; in a floating
    plan they have none.
    """
    data: bytes = calendar(plan).to_ical(sorted=False)
    return data


def calendar(plan: Plan) -> icalendar.Calendar:
    """Return the plan's calendar: its zone, then every event ever issued, in the order of their days."""
    style, events = Style.of(plan), issued_events(plan)
    # `Calendar.new` would give it a random UID, for which one server keeps a single event of the file.
    written = icalendar.Calendar()
    written["VERSION"] = vText("2.0")
    written["PRODID"] = vText(f"-//titrate//titrate {plan.version}//EN")  # the tool's name: no drug, no illness
    written["CALSCALE"] = vText("GREGORIAN")
    written["NAME"] = written["X-WR-CALNAME"] = Text(clean(_name(plan, style)))
    if plan.current.floating:
        written["X-WR-TIMEZONE"] = vText(plan.current.zone)
    unread: set[str] = set()
    in_zone = [issued.event for issued in events if not (issued.event.start.tzinfo or issued.event.floating)]
    for zone in sorted({event.zone for event in in_zone}):
        first = min(event.first_date() for event in in_zone if event.zone == zone)
        last = max(event.last_date() for event in in_zone if event.zone == zone)
        described = observances(zone, first - MARGIN, last + MARGIN)
        if is_hourly(described):
            written.add_component(_timezone(zone, described))
        else:  # some programs would misread the zone: every time in UTC, where a series is cut at each change
            unread.add(zone)
    for issued in events:
        written.add_component(_event(_in_utc(issued) if issued.event.zone in unread else issued, plan.id, style))
    return written


def _name(plan: Plan, style: Style) -> str:
    say, number = style.words.say, len(plan.revisions)
    if not style.discreet and not style.label:
        return say("calendar.name", drug=style.drug, number=number)
    label = style.label or say("calendar.discreet_label")
    return say("calendar.discreet_name", label=label, number=number)


@lru_cache(maxsize=32)
def _timezone(zone: str, described: tuple[Observance, ...]) -> icalendar.Timezone:
    """Return the component of a zone; in a batch most rows share it.

    icalendar's own (`Timezone.from_tzinfo`) has onsets on the new clock and misses changes that undo each other soon.
    """
    timezone = icalendar.Timezone()
    timezone["TZID"] = vText(zone)
    for observance in described:
        part = icalendar.TimezoneDaylight() if observance.kind == "DAYLIGHT" else icalendar.TimezoneStandard()
        part["DTSTART"] = vDatetime(observance.onset)
        if observance.rule:
            part["RRULE"] = vRecur.from_ical(observance.rule)
        part["TZOFFSETFROM"] = vUTCOffset(observance.before)
        part["TZOFFSETTO"] = vUTCOffset(observance.after)
        timezone.add_component(part)
    return timezone


def _event(issued: IssuedEvent, plan_id: UUID, style: Style) -> icalendar.Event:
    event = issued.event
    zone = None if event.floating else event.zone
    title, lines = _message(issued, style)
    changed, summary = vDatetime(issued.changed.astimezone(UTC)), Text(clean(title))
    written = icalendar.Event()
    written["UID"] = vText(event_uid(plan_id, event.key))
    written["DTSTAMP"] = changed
    written["CREATED"] = vDatetime(issued.created.astimezone(UTC))
    written["LAST-MODIFIED"] = changed
    written["SEQUENCE"] = vInt(issued.sequence)
    written["DTSTART"] = _time(event.start, zone)
    written["DTEND"] = _time(event.start + timedelta(minutes=event.minutes), zone)
    if event.count > 1 and not issued.cancelled:
        written["RRULE"] = vRecur({"FREQ": "DAILY", "COUNT": event.count})
    written["SUMMARY"] = summary
    written["DESCRIPTION"] = Text(clean("\n".join(lines)))
    if not style.discreet:
        written["CATEGORIES"] = CATEGORIES
    written["CLASS"] = CLASS
    written["TRANSP"] = TRANSP
    written["STATUS"] = vText("CANCELLED" if issued.cancelled else "CONFIRMED")
    if event.alarm is not None and not issued.cancelled:
        written.add_component(_alarm(event.alarm, summary))
    return written


def _message(issued: IssuedEvent, style: Style) -> tuple[str, tuple[str, ...]]:
    """Return the title and the description's lines, the first of which names the revision."""
    event, say = issued.event, style.words.say
    revision = "calendar.revision_and_step" if event.place else "calendar.revision"
    first = say(revision, number=issued.revision, place=event.place)
    if not issued.cancelled:
        return event.title, (first, *event.lines)
    what_to_do = () if style.discreet else style.words.lines("calendar_cancelled.what_to_do")
    title = say("calendar_cancelled.title", title=event.title)
    return title, (first, say("calendar_cancelled.is_cancelled"), *what_to_do)


def _alarm(minutes: int, summary: Text) -> icalendar.Alarm:
    """Return an alarm so many minutes before its event; never after it, which Outlook would take for before."""
    alarm = icalendar.Alarm()
    alarm["ACTION"] = ACTION
    # icalendar writes no time as P0D; PT0S is how Apple writes it.
    alarm["TRIGGER"] = vDuration(timedelta(minutes=-minutes)) if minutes else vText("PT0S")
    alarm["DESCRIPTION"] = summary
    return alarm


def _time(moment: datetime, zone: str | None) -> vDDDTypes:
    """Return an instant in UTC, or a time on the wall clock: of `zone`, or, without one, of wherever the phone is."""
    value = vDDDTypes(moment)
    if zone and not moment.tzinfo:
        # A list of one: icalendar leaves out TZID="UTC" and writes the time with Z, though the file describes that zone too.
        value.params["TZID"] = [zone]
    return value


def _in_utc(issued: IssuedEvent) -> IssuedEvent:
    event = issued.event
    if event.start.tzinfo or event.floating:
        return issued
    start = event.start.replace(tzinfo=zones.zone(event.zone)).astimezone(UTC)
    return issued._replace(event=event._replace(start=start))
