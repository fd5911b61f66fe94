"""Calendar programs that we did not write expand the exported files: every (instant, mg) is the plan's."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from calendars import DAY, Component, Ring, around_changes, cases, read, revisions, rings, starts
from calendars import doses as dose_events
from command import READERS, from_npm, need, package, program
from dateutil.rrule import rrulestr

from titrate.export.calendar.ics import render

if TYPE_CHECKING:
    from collections.abc import Callable

PLANS = cases() | revisions()
IN_KHAL = (
    *(
        "Berlin-2027-03-28-0230",
        "Berlin-2027-10-31-0200",
        "New_York-2027-11-07-0150",
        "Lord_Howe-2027-04-04-0200",
    ),
    *(name for name in around_changes() if name.startswith(("Lord_Howe-2", "Troll-2", "Cairo-2"))),
    "Mexico_City-former",
    *("Casablanca-2026-02-15-0230", "Santiago-2027-09-05-0300", "leap-day", "one-day", "held", "stopping"),
)


class Seen(NamedTuple):
    """One occurrence as a reader tells it; `start` in UTC."""

    uid: str
    status: str
    start: str
    title: str
    alarms: int


Expanded = dict[str, list[Seen]]


def doses(seen: list[Seen]) -> Counter[Ring]:
    """Return the (instant, mg) of the doses that still hold."""
    return Counter(
        (event.start, event.title.split()[1])
        for event in seen
        if event.status == "CONFIRMED" and event.title.startswith("Baclofen")
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("calendars")
    for name, plan in PLANS.items():
        (folder / f"{name}.ics").write_bytes(render(plan))
    return {name: folder / f"{name}.ics" for name in PLANS}


@pytest.fixture(scope="module")
def ical_js(files: dict[str, Path]) -> Expanded:
    node = program("node")
    from_npm("node_modules/ical.js")
    command = [node, str(READERS / "expand.mjs"), *map(str, files.values())]
    output = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    expanded: Expanded = defaultdict(list)
    for line in output.stdout.splitlines():
        path, *seen = json.loads(line)
        expanded[Path(path).stem].append(Seen(*seen))
    return expanded


@pytest.fixture(scope="module")
def libical(files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Expanded:
    flags = subprocess.run(
        [program("pkg-config"), "--cflags", "--libs", "libical"], capture_output=True, text=True, check=False
    )
    need(flags.returncode == 0, "libical-dev")
    expand = tmp_path_factory.mktemp("libical") / "expand"
    options = ["-Wall", "-Werror", "-o", str(expand), str(READERS / "expand.c"), *flags.stdout.split()]
    subprocess.run([program("gcc"), *options], check=True)
    output = subprocess.run(
        [str(expand), *map(str, files.values())], capture_output=True, encoding="utf-8", check=False
    )
    assert output.returncode == 0, output.stderr
    expanded: Expanded = defaultdict(list)
    for line in output.stdout.splitlines():
        path, uid, status, start, title, alarms = line.split("\t")
        if "T" in start:
            start = f"{datetime.strptime(start, '%Y%m%dT%H%M%SZ'):%Y-%m-%dT%H:%M:%SZ}"  # noqa: DTZ007
        expanded[Path(path).stem].append(Seen(uid, status, start, title, int(alarms)))
    return expanded


@pytest.fixture(scope="module")
def recurring_ical_events(files: dict[str, Path]) -> Callable[[str], list[Seen]]:
    package("recurring_ical_events")
    import icalendar
    import recurring_ical_events as library

    def expand(name: str) -> list[Seen]:
        calendar = icalendar.Calendar.from_ical(files[name].read_bytes())
        expanded = []
        for event in library.of(calendar).between((2026, 1, 1), (2029, 12, 31)):
            start = event["DTSTART"].dt
            if isinstance(start, datetime):
                start = f"{start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
            seen = Seen(event["UID"], event["STATUS"], str(start), event["SUMMARY"], len(event.walk("VALARM")))
            expanded.append(seen)
        return expanded

    return expand


@pytest.fixture
def khal(tmp_path: Path) -> Callable[[date, list[Path]], list[Seen]]:
    """Return a function that imports files, one after the other, and lists 90 days from a date on."""
    calendar = program("khal")
    config = tmp_path / "config"
    config.write_text(
        f"[calendars]\n[[plan]]\npath = {tmp_path / 'plan'}\ntype = calendar\n"
        "[locale]\nlocal_timezone = UTC\ndefault_timezone = UTC\ntimeformat = %H:%M\n"
        "dateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
        "datetimeformat = %Y-%m-%dT%H:%M\nlongdatetimeformat = %Y-%m-%dT%H:%M:00Z\n"
        f"[default]\ndefault_calendar = plan\n[sqlite]\npath = {tmp_path / 'database'}\n",
        encoding="utf-8",
    )
    (tmp_path / "plan").mkdir()
    home = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}

    def run(*arguments: str) -> list[str]:
        command = [calendar, "-c", str(config), *arguments]
        ran = subprocess.run(command, check=True, env=home, capture_output=True, encoding="utf-8")
        return ran.stdout.splitlines()

    def expand(first: date, paths: list[Path]) -> list[Seen]:
        for path in paths:
            run("import", "--batch", "-a", "plan", str(path))
        form = "{uid}\t{status}\t{start-long-full}\t{title}"
        listed = run("list", "--format", form, "--day-format", "", str(first), "90d")
        return [Seen(*(part.strip() for part in line.split("\t")), alarms=-1) for line in listed]

    return expand


@pytest.mark.parametrize("name", PLANS)
def test_ical_js_rings_at_every_dose_of_the_plan_and_at_no_other_minute(name: str, ical_js: Expanded) -> None:
    assert doses(ical_js[name]) == rings(PLANS[name])


@pytest.mark.parametrize("name", PLANS)
def test_libical_rings_at_every_dose_of_the_plan_and_at_no_other_minute(name: str, libical: Expanded) -> None:
    assert doses(libical[name]) == rings(PLANS[name])


@pytest.mark.parametrize("name", PLANS)
def test_recurring_ical_events_rings_at_every_dose_of_the_plan_and_at_no_other_minute(
    name: str, recurring_ical_events: Callable[[str], list[Seen]]
) -> None:
    assert doses(recurring_ical_events(name)) == rings(PLANS[name])


# --- A reader that takes STANDARD and DAYLIGHT at their word ---


def at_its_word(data: bytes, now: datetime) -> Counter[Ring]:
    """Return the doses as ical4j 3 reads them at a moment, on the clock of the phone.

    The zone's offset is that of the STANDARD which began last, none where none has begun, and an hour more in a DAYLIGHT
    whatever that says of itself (`TimeZone.getRawOffset` and `inDaylightTime`, and java.util.TimeZone on top of them). Whether a
    time is in daylight is asked of the instant that it would be in standard time, as java.util.GregorianCalendar does.
    """
    zones = {part["TZID"]: part.parts for part in read(data).parts if part.name == "VTIMEZONE"}
    seen: Counter[Ring] = Counter()
    for event in dose_events(data):
        for start in starts(event):
            instant = start
            if not start.tzinfo:
                observances = zones[event.parameter("DTSTART", "TZID")]
                instant = (start - raw_offset(observances, now)).replace(tzinfo=UTC)
                onsets = {onset: part.name for part in observances if (onset := last_onset(part, instant))}
                instant -= timedelta(hours=onsets[max(onsets)] == "DAYLIGHT")
            seen[f"{instant:%Y-%m-%dT%H:%M:%SZ}", event["SUMMARY"].split()[1]] += 1
    return seen


def raw_offset(observances: list[Component], now: datetime) -> timedelta:
    """Return what such a reader takes for a zone's standard time at a moment."""
    standard = [part for part in observances if part.name == "STANDARD"]
    begun = {onset: part for part in standard if (onset := last_onset(part, now))}
    (latest,) = standard if len(standard) == 1 else [begun[max(begun)]] if begun else [None]
    return offset(latest["TZOFFSETTO"]) if latest else timedelta(0)


def last_onset(observance: Component, moment: datetime) -> datetime | None:
    """Return the last onset of an observance that is not after a moment."""
    before = offset(observance["TZOFFSETFROM"])
    onsets = [(onset - before).replace(tzinfo=UTC) for onset in every_onset(observance["DTSTART"], rule_of(observance))]
    return max((onset for onset in onsets if onset <= moment), default=None)


def rule_of(observance: Component) -> str | None:
    return observance["RRULE"] if observance.has("RRULE") else None


@cache
def every_onset(start: str, rule: str | None) -> tuple[datetime, ...]:
    first = datetime.strptime(start, "%Y%m%dT%H%M%S")  # noqa: DTZ007
    return tuple(rrulestr(rule, dtstart=first).between(first, datetime(2030, 1, 1), inc=True)) if rule else (first,)  # noqa: DTZ001


def offset(text: str) -> timedelta:
    """Return `-0330` as a length of time."""
    length = timedelta(hours=int(text[1:3]), minutes=int(text[3:5]))
    return -length if text[0] == "-" else length


@pytest.mark.parametrize("now", [datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 8, 1, tzinfo=UTC)])
@pytest.mark.parametrize("name", around_changes())
def test_who_takes_standard_and_daylight_at_their_word_rings_at_every_dose_of_the_plan(
    name: str, now: datetime, files: dict[str, Path]
) -> None:
    assert at_its_word(files[name].read_bytes(), now) == rings(PLANS[name])


def test_the_reader_at_its_word_is_an_hour_early_where_summer_is_written_as_standard_time() -> None:
    data = render(PLANS["Cairo-from-summer"])
    assert data.count(b"BEGIN:DAYLIGHT") > 0
    wrong = data.replace(b":DAYLIGHT", b":STANDARD")
    assert at_its_word(wrong, datetime(2027, 8, 1, tzinfo=UTC)) != rings(PLANS["Cairo-from-summer"])


@pytest.mark.parametrize("zone", ["Lord_Howe", "Troll"])
def test_where_the_clocks_change_by_other_than_an_hour_every_time_is_in_utc(zone: str) -> None:
    data = render(PLANS[f"{zone}-from-summer"])
    assert b"VTIMEZONE" not in data
    assert b"TZID" not in data


# --- khal ---


@pytest.mark.parametrize("name", IN_KHAL)
def test_khal_lists_every_dose_of_an_imported_plan_once(
    name: str, khal: Callable[[date, list[Path]], list[Seen]], files: dict[str, Path]
) -> None:
    first = PLANS[name].days[0].date - DAY  # UTC may be a day behind
    assert doses(khal(first, [files[name]])) == rings(PLANS[name])


def test_khal_shows_only_the_newest_plan_when_each_revision_is_imported_over_the_last(
    khal: Callable[[date, list[Path]], list[Seen]], tmp_path: Path
) -> None:
    newest = PLANS["held-and-restored"]
    paths = []
    for number, version in enumerate((*newest.history, newest)):
        paths.append(tmp_path / f"{number}.ics")
        paths[-1].write_bytes(render(version._replace(history=newest.history[:number])))
    seen = khal(newest.days[0].date - DAY, paths)
    assert len(paths) == 3
    assert doses(seen) == rings(newest)
    assert any(event.status == "CANCELLED" for event in seen)


def test_28_days_in_berlin_across_the_spring_change_are_74_doses_with_one_alarm_each(
    ical_js: Expanded, libical: Expanded, recurring_ical_events: Callable[[str], list[Seen]]
) -> None:
    name = "Berlin-2027-03-28-0230"
    for seen in (ical_js[name], libical[name], recurring_ical_events(name)):
        assert doses(seen).total() == 74
        assert {event.alarms for event in seen} == {1}


def test_readers_agree_on_every_event_that_is_no_dose(ical_js: Expanded, libical: Expanded) -> None:
    def reminders(seen: list[Seen]) -> Counter[tuple[str, str, str]]:
        others = (event for event in seen if not re.match(r"(CANCELLED.*)?Baclofen \d", event.title))
        return Counter((event.uid, event.start, event.title) for event in others)

    for name in PLANS:
        assert reminders(ical_js[name]) == reminders(libical[name]) != Counter(), name
