"""A plan as a phone calendar (RFC 5545), in the one form that calendar programs read alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from titrate.export.calendar import words
from titrate.export.calendar.contentlines import content, text
from titrate.export.calendar.event import DAY, Clock, Event, Voice, in_words
from titrate.export.calendar.history import Entry, ledger
from titrate.export.calendar.time_zone import observances

if TYPE_CHECKING:
    from titrate.model import Plan

Lines = Iterator[tuple[str, str]]
MARGIN = 2 * DAY  # the zone is described a little beyond the first and last event


def render(plan: Plan) -> bytes:
    """Return the calendar file of the plan: UTF-8, CRLF.

    The same plan, the same bytes. It holds every event ever issued for the plan, so that a calendar that
    updates by UID comes out right. Times stand in the plan's zone, which the file describes; in a floating
    plan they have none.
    """
    return content(_calendar(plan))


def hints(plan: Plan) -> tuple[str, ...]:
    """Return what its user should hear once about the file: how to import it, what programs will not do."""
    inputs, minutes = plan.inputs, plan.inputs.output.alarm
    said = [words.HINT_AGAIN if plan.revisions else words.HINT_NEW]
    if minutes is not None:
        said.append(words.HINT_GOOGLE.format(minutes=minutes))
    said.append(words.HINT_FLOATING if inputs.floating else words.HINT_ZONE.format(zone=inputs.zone))
    if not plan.days:
        return tuple(said)
    first, last = plan.days[0].date, plan.days[-1].date
    clock = Clock(inputs.zone, first, last)
    for slot, wall in inputs.slots._asdict().items():
        days = {day.date for day in plan.days if any(dose.slot == slot for dose in day.doses)}
        for day in clock.odd_days(first, last, wall):
            rings = clock.instant(day, wall).astimezone(clock.zone)
            if day in days:
                odd = words.HINT_ODD_FLOATING if inputs.floating else words.HINT_ODD_CLOCK
                said.append(odd.format(day=in_words(day), wall=f"{wall:%H:%M}", rings=f"{rings:%H:%M}"))
    rules = () if inputs.floating else observances(inputs.zone, first - MARGIN, last + MARGIN)
    if len(rules) > 1 and not rules[0].rule:
        said.append(words.HINT_ODD_ZONE.format(zone=inputs.zone))
    return tuple(said)


def _calendar(plan: Plan) -> Lines:
    voice, zone = Voice.of(plan), plan.inputs.zone
    entries = ledger(plan)
    walls = [entry.event for entry in entries if entry.event.minutes and _on_wall_clock(entry.event)]
    name = words.CALENDAR.format(drug=voice.drug, number=len(plan.revisions))
    if voice.discreet or voice.word:
        name = words.HIDDEN_CALENDAR.format(word=voice.word or words.HIDDEN_WORDS[0], number=len(plan.revisions))
    yield "BEGIN", "VCALENDAR"
    yield "VERSION", "2.0"
    yield "PRODID", f"-//titrate//titrate {plan.version}//EN"  # the tool's name: no drug, no illness
    yield "CALSCALE", "GREGORIAN"
    yield "NAME", text(name)
    yield "X-WR-CALNAME", text(name)
    if plan.inputs.floating:
        yield "X-WR-TIMEZONE", zone
    elif walls:
        first = min(event.start for event in walls)
        last = max(event.last_date() for event in walls)
        yield from _timezone(zone, _date(first) - MARGIN, last + MARGIN)
    for entry in entries:
        yield from _event(entry, plan.id, None if plan.inputs.floating else zone, voice)
    yield "END", "VCALENDAR"


def _timezone(zone: str, first: date, last: date) -> Lines:
    yield "BEGIN", "VTIMEZONE"
    yield "TZID", zone
    for observance in observances(zone, first, last):
        yield "BEGIN", observance.kind
        yield "DTSTART", _basic(observance.onset)
        if observance.rule:
            yield "RRULE", observance.rule
        yield "TZOFFSETFROM", _offset(observance.before)
        yield "TZOFFSETTO", _offset(observance.after)
        yield "END", observance.kind
    yield "END", "VTIMEZONE"


def _event(entry: Entry, plan_id: UUID, zone: str | None, voice: Voice) -> Lines:
    event, title = entry.event, entry.event.title
    lines = event.lines
    if entry.cancelled:
        title = words.CANCELLED.format(title=title)
        lines = words.HIDDEN_IS_CANCELLED if voice.discreet else words.IS_CANCELLED
    stamp = words.STAMP_STEP if event.place else words.STAMP
    description = "\n".join((stamp.format(number=entry.number, place=event.place), *lines))
    yield "BEGIN", "VEVENT"
    yield "UID", str(uuid5(plan_id, event.key))
    yield "DTSTAMP", _utc(entry.changed)
    yield "CREATED", _utc(entry.created)
    yield "LAST-MODIFIED", _utc(entry.changed)
    yield "SEQUENCE", str(entry.sequence)
    yield _time("DTSTART", event.start, zone)
    yield _time("DTEND", event.start + (timedelta(minutes=event.minutes) or DAY), zone)
    if event.count > 1 and not entry.cancelled:
        yield "RRULE", f"FREQ=DAILY;COUNT={event.count}"
    yield "SUMMARY", text(title)
    yield "DESCRIPTION", text(description)
    if not voice.discreet:
        yield "CATEGORIES", "MEDICATION"
    yield "CLASS", "PRIVATE"
    yield "TRANSP", "TRANSPARENT"
    yield "STATUS", "CANCELLED" if entry.cancelled else "CONFIRMED"
    if event.alarm is not None and not entry.cancelled:
        yield "BEGIN", "VALARM"
        yield "ACTION", "DISPLAY"
        yield "TRIGGER", _trigger(event.alarm)
        yield "DESCRIPTION", text(title)
        yield "END", "VALARM"
    yield "END", "VEVENT"


def _time(name: str, moment: date, zone: str | None) -> tuple[str, str]:
    if not isinstance(moment, datetime):
        return f"{name};VALUE=DATE", _basic(moment)
    if moment.tzinfo:
        return name, _utc(moment)
    return f"{name};TZID={zone}" if zone else name, _basic(moment)


def _on_wall_clock(event: Event) -> bool:
    return isinstance(event.start, datetime) and event.start.tzinfo is None


def _date(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _utc(moment: datetime) -> str:
    return f"{_basic(moment.astimezone(UTC).replace(tzinfo=None, microsecond=0))}Z"


def _basic(moment: date) -> str:
    """Return ISO 8601's basic form; `strftime` drops the zeros of an early year."""
    return moment.isoformat().replace("-", "").replace(":", "")


def _trigger(minutes: int) -> str:
    """Return an alarm's time before its event; never after it, and 0 as Apple writes it."""
    hours, rest = divmod(minutes, 60)
    length = (f"{hours}H" if hours else "") + (f"{rest}M" if rest else "")
    return f"-PT{length}" if length else "PT0S"


def _offset(offset: timedelta) -> str:
    """Return an offset as RFC 5545 writes it: `+0100`, with seconds only where there are any."""
    seconds = abs(int(offset.total_seconds()))
    sign = "-" if offset < timedelta(0) else "+"
    rest = f"{seconds % 60:02}" if seconds % 60 else ""
    return f"{sign}{seconds // 3600:02}{seconds // 60 % 60:02}{rest}"
