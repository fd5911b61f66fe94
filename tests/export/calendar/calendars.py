"""Calendars in tests: plans for each oddity, when they must ring, and the raw bytes of a file, read without any calendar library."""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from dateutil.rrule import rrulestr
from plans import PROTOCOL, make, revise

from titrate.engine.first_day import first_day
from titrate.evidence import zones
from titrate.export.calendar.time_zone import transitions
from titrate.model import Day, Gate, NewSettings, Output, Plan, Review, Revision, Slots, Step

# Libraries that ignore a file's own zones look them up; like the program, the tests give them the newest. Before any
# test runs, because some keep what they have looked up.
zoneinfo.reset_tzpath(())
zoneinfo.ZoneInfo.clear_cache()

DAY = timedelta(days=1)
EVENING_LATE = Slots(time(8), time(14), time(23, 50))
ODD_SLOTS = {
    "0150": Slots(time(1, 50), time(10), time(18)),
    "0200": Slots(time(2), time(10), time(18)),
    "0230": Slots(time(2, 30), time(10), time(18)),
    "0300": Slots(time(3), time(10), time(18)),
    "2350": EVENING_LATE,
}
CLOCK_CHANGES = {
    "Europe/Berlin": (date(2027, 3, 28), date(2027, 10, 31)),
    "America/New_York": (date(2027, 3, 14), date(2027, 11, 7)),
    "Australia/Lord_Howe": (date(2027, 4, 4), date(2027, 10, 3)),
    "Africa/Casablanca": (date(2026, 2, 15), date(2026, 3, 22)),
    "America/Santiago": (date(2027, 4, 4), date(2027, 9, 5)),
}
# Zones whose changes no two kinds of programs read alike: listed one by one, by another length than an hour, by a law that calls
# winter the exception, or lately made new; and two that all read well, and one that has no changes.
HARD_ZONES = (
    *("Africa/Cairo", "Africa/Casablanca", "Africa/El_Aaiun", "America/Havana", "America/Santiago", "Asia/Gaza"),
    *("Australia/Lord_Howe", "Antarctica/Troll", "Europe/Dublin", "Europe/Berlin", "America/New_York"),
    "Asia/Kathmandu",
)
# Changes that a zone no longer makes, at which programs with zones of some years ago still skip an hour.
FORMER_CHANGES = {
    "America/Mexico_City": (date(2027, 4, 4), time(2, 30)),
    "America/Scoresbysund": (date(2027, 3, 28), time(0, 0)),
    "America/Asuncion": (date(2027, 10, 3), time(0, 30)),
}
ODD_ZONES = (
    *("Africa/Casablanca", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago", "Asia/Jerusalem"),
    *("Europe/Dublin", "America/Nuuk", "Pacific/Apia"),
)

Ring = tuple[str, str]  # the instant in UTC, mg


def with_output(before: Plan, **output: Any) -> Plan:
    """Return the plan with other output options."""
    return with_settings(before, output=Output(**output))


def with_settings(before: Plan, **settings: Any) -> Plan:
    """Return a plan that has these settings all along, in each of its versions."""
    changed = before._replace(settings=tuple(each._replace(**settings) for each in before.settings))
    return changed._replace(history=tuple(with_settings(version, **settings) for version in before.history))


def cases() -> dict[str, Plan]:
    """Return the plans that every reader must expand exactly, by a name that says what is odd about them."""
    plans = {
        f"{zone.rpartition('/')[2]}-{change}-{name}": make(
            zone=zone, start=change - 12 * DAY, slots=slots, created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        )
        for zone, changes in CLOCK_CHANGES.items()
        for change in changes
        for name, slots in ODD_SLOTS.items()
    }
    for zone, (day, wall) in FORMER_CHANGES.items():
        slots = Slots(wall, time(10), time(18))
        plans[f"{zone.rpartition('/')[2]}-former"] = make(zone=zone, start=day - 12 * DAY, slots=slots)
    for zone in ODD_ZONES:
        plans[f"{zone.rpartition('/')[2]}-366"] = make(zone=zone, start=date(2026, 1, 10), days=366)
    plans |= {
        "leap-day": make(zone="Europe/Berlin", start=date(2028, 2, 29)),
        "one-day": make(zone="Europe/Berlin", days=1),
        "new-year": make(zone="Pacific/Auckland", start=date(2026, 12, 20), slots=EVENING_LATE),
        "utc": make(zone="UTC"),
        "target-30": make(zone="Asia/Kathmandu", target=30, tablets=(10,), pack=40, tested=date(2026, 11, 1)),
        "G4": make("20", zone="America/St_Johns", days=366, slots=EVENING_LATE),
        "first-day-odd": make(zone="Europe/Berlin", start=date(2027, 3, 28), slots=ODD_SLOTS["0230"]),
        "odd-alone": make(zone="America/Nuuk", start=date(2027, 3, 27), days=1, slots=EVENING_LATE),
        "last-day-odd": make(zone="Europe/Berlin", start=date(2027, 3, 22), days=7, slots=ODD_SLOTS["0230"]),
    }
    return plans | around_changes()


def around_changes() -> dict[str, Plan]:
    """Return plans in each hard zone: over each change of its clock in a year, and over a year from a summer on."""
    plans = {}
    for zone in HARD_ZONES:
        name = zone.rpartition("/")[2]
        plans[f"{name}-from-summer"] = make(zone=zone, start=date(2027, 6, 15), days=366, slots=ODD_SLOTS["0150"])
        for change in transitions(zones.zone(zone), date(2026, 12, 20), date(2027, 12, 20)):
            day = change.onset.date()
            plans[f"{name}-{day}"] = make(zone=zone, start=day - 12 * DAY, slots=ODD_SLOTS["0230"])
    return plans


def rings(of: Plan) -> Counter[Ring]:
    """Return every (instant, mg) of the plan's days.

    A skipped minute takes the offset before the change, of a double one it is the first: `fold=0`.
    """
    expected: Counter[Ring] = Counter()
    for day in of.days:
        now = of.settings_on(day.date)
        for dose in day.doses:
            wall = datetime.combine(day.date, getattr(now.slots, dose.slot), zones.zone(now.zone))
            instant = datetime.combine(day.date, wall.time()) - (wall.utcoffset() or timedelta(0))
            expected[f"{instant:%Y-%m-%dT%H:%M:%SZ}", f"{dose.mg:f}"] += 1
    return expected


def revised(before: Plan, day: int, rungs: str, *, action: str = "hold", ending: str = "open", **facts: Any) -> Plan:
    """Return `before` after a revision from day `day` on; `rungs` is each day's daily dose, `1` for 5 mg.

    Written out and not computed: what a calendar must do with a revised plan does not depend on the rules.
    """
    start = before.inputs.start
    days = tuple(
        Day(number, start + (number - 1) * DAY, PROTOCOL.ladder[int(rung) - 1].doses, int(rung) * 5 * _ONE)
        for number, rung in enumerate(rungs, 1)
    )
    steps: list[Step] = []
    first = 0
    for number, (rung, run) in enumerate(groupby(rungs), 1):
        last, dose = first + len(list(run)) - 1, PROTOCOL.ladder[int(rung) - 1]
        up = bool(steps) and dose.total > steps[-1].total
        gate = Gate(dose.gate.name, dose.gate.text.format(present=f"{steps[-1].total:f}")) if up and dose.gate else None
        dates = (days[first].date, days[last].date)
        steps.append(Step(number, first + 1, last + 1, *dates, dose.doses, dose.total, gate))
        first = last + 1
    changed = [step.first_day for step in steps][-1] if steps else 1
    review = Review(changed + 14, start + (changed + 13) * DAY) if ending == "open" and "review" not in facts else None
    number = len(before.revisions) + 1
    at = facts.pop("at", datetime.combine(start + (day - 2) * DAY, time(18, 30, number), UTC))
    revision = Revision(number, at, start + (day - 1) * DAY, action)
    return before._replace(
        revisions=(*before.revisions, revision),
        steps=tuple(steps),
        days=days,
        review=facts.pop("review", review),
        ending=ending,
        history=(*before.history, before._replace(history=())),
    )


_ONE = PROTOCOL.ladder[0].total / 5
STANDARD = "111" + "2222" + "3" * 21
HELD = "111" + "2" * 11 + "3" * 21  # hold 7 days from day 5; the review moves to day 29


def revisions() -> dict[str, Plan]:
    """Return revised plans by what was done to them."""
    first = make(zone="Europe/Berlin", start=date(2027, 3, 15), slots=ODD_SLOTS["0230"])
    held = revised(first, 5, HELD)
    back = revised(held, 6, STANDARD, action="resume")
    stopping = revised(first, 20, STANDARD[:19] + "2" * 7 + "1" * 7, action="stop", ending="taper")
    stepped_back = revised(first, 10, STANDARD[:9] + "2" * 19, action="step-back")
    return {
        "held": held,
        "held-and-restored": back,
        "stopping": stopping,
        "stop-slowed": revised(stopping, 21, STANDARD[:19] + "2" * 14 + "1" * 7, action="hold", ending="taper"),
        "stepped-back": stepped_back,
        "up-again": revised(stepped_back, 17, STANDARD[:9] + "2" * 7 + "3" * 12, action="resume"),
        "suspended": revised(first, 12, STANDARD[:11], action="kidney", ending="suspended"),
        "suspended-on-day-1": revised(first, 1, "", action="kidney", ending="suspended"),
        **practical(),
    }


def practical() -> dict[str, Plan]:
    """Return plans whose zone, hours or tablets change on the way, over the change of the clocks in both zones; and undone."""
    first = make(zone="America/New_York", start=date(2027, 3, 6), tablets=(5,), pack=40)
    flown = revise(
        first, date(2027, 3, 20), "settings", settings=NewSettings(zone="Europe/Berlin", morning=time(9, 30))
    )
    later = revise(flown, date(2027, 3, 24), "settings", settings=NewSettings(evening=time(21, 30), alarm=10))
    held = revise(later, date(2027, 3, 25), "hold", days=3)
    return {
        "flown-east": flown,
        "other-hours-too": later,
        "held-after": held,
        "back-again": revise(held, first_day(held, "undo", held.revisions[-1].at), "undo"),
        "other-tablets": revise(
            first, date(2027, 3, 15), "settings", settings=NewSettings(tablets=(Decimal(10),), pack=30)
        ),
    }


# --- The bytes of a file, checked against the agreed form ---

LINE = re.compile(r"([A-Z-]+)((?:;[A-Z-]+=[^\";:,]+)*):(.*)", re.DOTALL)
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TRIGGER = re.compile(r"PT0S|-PT(?=\d)(\d+H)?(\d+M)?")
RULE = re.compile(r"FREQ=DAILY;COUNT=([2-9]|[1-9]\d{1,2})")
ZONE_RULE = re.compile(r"FREQ=YEARLY;(BYDAY=(-1|[1-4])[A-Z]{2}|BYDAY=[A-Z]{2};BYMONTHDAY=[\d,]+);BYMONTH=\d+")
UNESCAPED = re.compile(r"(?<!\\)(?:\\\\)*(?:[;,]|\\[^\\;,n])")

OUTER = {"VERSION", "PRODID", "CALSCALE", "NAME", "X-WR-CALNAME", "X-WR-TIMEZONE"}
EVENT = (
    "UID",
    "DTSTAMP",
    "CREATED",
    "LAST-MODIFIED",
    "SEQUENCE",
    "DTSTART",
    "DTEND",
    "SUMMARY",
    "DESCRIPTION",
)
EVENT += ("CLASS", "TRANSP", "STATUS")


class Property(NamedTuple):
    """One content line, unfolded."""

    name: str
    parameters: str
    value: str


class Component(NamedTuple):
    """What stands between BEGIN and END."""

    name: str
    properties: list[Property]
    parts: list[Component]

    def __getitem__(self, name: str) -> str:
        (value,) = [line.value for line in self.properties if line.name == name]
        return value

    def has(self, name: str) -> bool:
        return any(line.name == name for line in self.properties)

    def text(self, name: str) -> str:
        """Return a text property, unescaped."""
        return re.sub(r"\\(.)", lambda escape: "\n" if escape[1] in "nN" else escape[1], self[name])

    def parameter(self, name: str, parameter: str) -> str:
        """Return a parameter of a property, such as the TZID of its time."""
        (parameters,) = [line.parameters for line in self.properties if line.name == name]
        (value,) = re.findall(rf";{parameter}=([^;]+)", parameters)
        return str(value)

    @property
    def lines(self) -> list[str]:
        return self.text("DESCRIPTION").split("\n")


def read(data: bytes) -> Component:
    """Return the calendar in a file; raises ValueError or AssertionError for what is no calendar."""
    root = Component("", [], [])
    open_parts = [root]
    for line in data.decode("utf-8").replace("\r\n ", "").split("\r\n")[:-1]:
        match = LINE.fullmatch(line)
        assert match, f"not a content line: {line!r}"
        name, parameters, value = match.groups()
        if name == "BEGIN":
            part = Component(value, [], [])
            open_parts[-1].parts.append(part)
            open_parts.append(part)
        elif name == "END":
            assert open_parts.pop().name == value, f"END:{value} closes something else"
        else:
            assert not open_parts[-1].parts, f"{name} after a part of {open_parts[-1].name}"
            open_parts[-1].properties.append(Property(name, parameters, value))
    (calendar,) = root.parts
    return calendar


def events(data: bytes) -> list[Component]:
    """Return the events of a calendar file."""
    return [part for part in read(data).parts if part.name == "VEVENT"]


def live(data: bytes) -> list[Component]:
    """Return the events that are not cancelled."""
    return [event for event in events(data) if event["STATUS"] == "CONFIRMED"]


def blocks(data: bytes) -> dict[str, bytes]:
    """Return each event's own bytes by its UID."""
    each = re.findall(rb"BEGIN:VEVENT\r\n.*?END:VEVENT\r\n", data, re.DOTALL)
    return {re.search(rb"UID:(\S+)", block)[1].decode(): block for block in each}


def faults(data: bytes, *, alarms: bool = True, floating: bool = False, discreet: bool = False) -> list[str]:
    """Return everything in which a file departs from the form; an empty list is a good file."""
    return [*_line_faults(data), *_calendar_faults(read(data), alarms, floating, discreet)]


def _line_faults(data: bytes) -> list[str]:
    wrong = []
    if not data.startswith(b"BEGIN:VCALENDAR\r\n") or not data.endswith(b"END:VCALENDAR\r\n"):
        wrong.append("begins or ends otherwise")
    if re.search(rb"(?<!\r)\n|\r(?!\n)", data):
        wrong.append("a bare CR or LF")
    for number, line in enumerate(data.split(b"\r\n"), 1):
        if len(line) > 75:
            wrong.append(f"line {number}: {len(line)} octets")
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            wrong.append(f"line {number}: a fold splits a character")
    text = data.decode("utf-8", "replace").replace("\r\n", "")
    if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in text):
        wrong.append("a control character")
    if unicodedata.normalize("NFC", text) != text:
        wrong.append("not NFC")
    return wrong


def _calendar_faults(calendar: Component, alarms: bool, floating: bool, discreet: bool) -> list[str]:
    wrong = []
    names = [line.name for line in calendar.properties]
    if names[:3] != ["VERSION", "PRODID", "CALSCALE"] or set(names) - OUTER or len(names) != len(set(names)):
        wrong.append(f"calendar properties {names}")
    if ("X-WR-TIMEZONE" in names) != floating:
        wrong.append("X-WR-TIMEZONE")
    kinds = [part.name for part in calendar.parts]
    if sorted(kinds, key=lambda kind: kind != "VTIMEZONE") != kinds or set(kinds) - {"VTIMEZONE", "VEVENT"}:
        wrong.append(f"parts {kinds}")
    zones = {part["TZID"]: part for part in calendar.parts if part.name == "VTIMEZONE"}
    used = set()
    uids: Counter[str] = Counter()
    for event in (part for part in calendar.parts if part.name == "VEVENT"):
        uid = event["UID"]
        uids[uid] += 1
        wrong += [f"{uid}: {fault}" for fault in _event_faults(event, alarms, floating, discreet)]
        used |= {
            line.parameters.removeprefix(";TZID=") for line in event.properties if line.parameters.startswith(";TZID=")
        }
    if used != set(zones):
        wrong.append(f"zones used {used}, described {set(zones)}")
    for zone in zones.values():
        for part in zone.parts:
            if {line.name for line in part.properties} - {"RRULE", "DTSTART", "TZOFFSETFROM", "TZOFFSETTO"}:
                wrong.append(f"{zone['TZID']}: properties")
            if part.has("RRULE") and not ZONE_RULE.fullmatch(part["RRULE"]):
                wrong.append(f"{zone['TZID']}: {part['RRULE']}")
        if min(part["DTSTART"] for part in zone.parts)[:4] > "1970":
            wrong.append(f"{zone['TZID']}: begins late")
    return wrong + [f"{uid} twice" for uid, count in uids.items() if count > 1]


def _event_faults(event: Component, alarms: bool, floating: bool, discreet: bool) -> list[str]:
    wrong = []
    names = Counter(line.name for line in event.properties)
    extra = {"RRULE"} if discreet else {"RRULE", "CATEGORIES"}
    if set(names) - extra != set(EVENT) or any(count > 1 for count in names.values()):
        wrong.append(f"properties {sorted(names)}")
        return wrong
    cancelled = event["STATUS"] == "CANCELLED"
    if not UUID.fullmatch(event["UID"]):
        wrong.append("UID is no version 5 UUID")
    if (event["CLASS"], event["TRANSP"]) != ("PRIVATE", "TRANSPARENT") or event["STATUS"] not in (
        "CONFIRMED",
        "CANCELLED",
    ):
        wrong.append("CLASS, TRANSP or STATUS")
    if any(not re.fullmatch(r"\d{8}T\d{6}Z", event[name]) for name in ("DTSTAMP", "CREATED", "LAST-MODIFIED")):
        wrong.append("a stamp is not in UTC")
    if event["DTSTAMP"] != event["LAST-MODIFIED"] or event["CREATED"] > event["DTSTAMP"]:
        wrong.append("stamps disagree")
    if (event["SEQUENCE"] == "0") != (event["CREATED"] == event["DTSTAMP"]):
        wrong.append("SEQUENCE and stamps disagree")
    wrong += _time_faults(event, floating)
    if event.has("RRULE") and (cancelled or not RULE.fullmatch(event["RRULE"])):
        wrong.append(f"RRULE {event['RRULE']}")
    for name, most in (("SUMMARY", 255), ("DESCRIPTION", 1000)):
        if UNESCAPED.search(event[name]):
            wrong.append(f"{name} not escaped")
        if len(event.text(name).encode("utf-16-le")) > 2 * most:
            wrong.append(f"{name} too long")
    if "\n" in event.text("SUMMARY"):
        wrong.append("SUMMARY on two lines")
    if not re.match(r"Plan rev \d+(, step \d+/\d+)?$", event.lines[0]):
        wrong.append(f"first line {event.lines[0]}")
    if cancelled and not event["SUMMARY"].startswith("CANCELLED\\, do not take: "):
        wrong.append("a cancelled title")
    if len(event.parts) != (0 if cancelled or not alarms else 1):
        wrong.append(f"{len(event.parts)} alarms")
    for alarm in event.parts:
        if [line.name for line in alarm.properties] != ["ACTION", "TRIGGER", "DESCRIPTION"]:
            wrong.append("alarm properties")
        elif (
            alarm["ACTION"] != "DISPLAY"
            or alarm["DESCRIPTION"] != event["SUMMARY"]
            or not TRIGGER.fullmatch(alarm["TRIGGER"])
        ):
            wrong.append("an alarm")
    return wrong


def _time_faults(event: Component, floating: bool) -> list[str]:
    (start,) = [line for line in event.properties if line.name == "DTSTART"]
    (end,) = [line for line in event.properties if line.name == "DTEND"]
    if start.parameters != end.parameters or end.value <= start.value:
        return ["DTSTART and DTEND"]
    if start.parameters == ";VALUE=DATE":
        form = r"\d{8}"
    elif start.parameters.startswith(";TZID=") and not floating:
        form = r"\d{8}T\d{6}"
    else:
        form = r"\d{8}T\d{6}" if floating else r"\d{8}T\d{6}Z"
    return [] if re.fullmatch(form, start.value) and re.fullmatch(form, end.value) else [f"DTSTART {start}"]


def by_title(data: bytes) -> dict[str, Component]:
    """Return the events of a calendar file by their titles."""
    return {event.text("SUMMARY"): event for event in events(data)}


def doses(data: bytes) -> list[Component]:
    """Return the dose reminders of a calendar file that still hold."""
    return [event for event in live(data) if event["SUMMARY"].startswith("Baclofen ")]


def starts(event: Component) -> list[datetime]:
    """Return every start of an event or series, expanded by dateutil: on the wall clock, or aware where the file says Z."""
    first = datetime.strptime(event["DTSTART"].removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007
    if event["DTSTART"].endswith("Z"):
        first = first.replace(tzinfo=UTC)
    return list(rrulestr(event["RRULE"], dtstart=first)) if event.has("RRULE") else [first]
