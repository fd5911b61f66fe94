"""The calendar file: its exact bytes, whatever the plan and whatever its user types."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from datetime import date
from pathlib import Path

import calendars
import icalendar
import pytest
from calendars import ODD_SLOTS, cases, revisions, with_output
from hypothesis import example, given, settings
from hypothesis import strategies as st
from plans import make

from titrate.export.calendar.ics import Text, render
from titrate.export.calendar.text import clean, one_line

PLANS = cases() | revisions()
ODD_LABELS = {
    "commas": "one, two; three\\four",
    "newlines": "one\r\ntwo\nthree\rfour\u2028five\x85six",
    "emoji": "💊👩‍👩‍👧‍👦" * 20,
    "300 characters": "x" * 300,
    "300 emoji": "💊" * 300,
    "Arabic": "دواء المساء",
    "CJK": "夜の薬" * 30,
    "control characters": "a\x00b\x07c\x1bd\x7fe\x9ff",
    "turned round": "\u202egnirts\u202c\u2066x\u2069\ufeff",
    "decomposed": "e\u0301" * 40,
    "half a pair": "a\ud800b",
    "capital N": "C:\\New\\\\N",
    "calendar lines": "x\r\nEND:VEVENT\r\nBEGIN:VALARM",
    "only blanks": " \n\t ",
}


@pytest.mark.parametrize("name", PLANS)
def test_every_file_has_the_agreed_form(name: str) -> None:
    assert calendars.faults(render(PLANS[name])) == []


@pytest.mark.parametrize("name", sorted(PLANS.keys() - {"utc"}))  # whose TZID icalendar reads, and writes as Z
def test_icalendar_reads_a_file_and_writes_the_same_bytes(name: str) -> None:
    data = render(PLANS[name])
    written = icalendar.Calendar.from_ical(data).to_ical(sorted=False)
    assert written.replace(b"TRIGGER:P0D", b"TRIGGER:PT0S") == data  # valid both; Apple writes the second


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
@example("\\N, \\\\N; \\n\n")
def test_any_text_is_read_back_as_it_was_cleaned(text: str) -> None:
    calendar, event = icalendar.Calendar(), icalendar.Event()
    event["SUMMARY"] = Text(clean(text))
    calendar.add_component(event)
    data = calendar.to_ical()
    assert max(map(len, data.split(b"\r\n"))) <= 75
    assert [event.text("SUMMARY") for event in calendars.events(data)] == [clean(text)]


def test_a_plan_in_utc_names_its_zone_like_any_other() -> None:
    calendar = calendars.read(render(PLANS["utc"]))
    assert [part["TZID"] for part in calendar.parts if part.name == "VTIMEZONE"] == ["UTC"]
    for event in calendars.doses(render(PLANS["utc"])):
        assert [line.parameters for line in event.properties if line.name in ("DTSTART", "DTEND")] == [";TZID=UTC"] * 2
        assert not event["DTSTART"].endswith("Z")


def test_nothing_that_icalendar_would_add_of_its_own_is_in_a_file() -> None:
    assert {line.name for line in calendars.read(render(PLANS["held"])).properties} == calendars.OUTER - {
        "X-WR-TIMEZONE"
    }


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=400))
def test_any_label_gives_a_file_of_the_agreed_form(label: str) -> None:
    assert calendars.faults(render(with_output(PLANS["one-day"], discreet=True, label=label)), discreet=True) == []


@pytest.mark.parametrize("label", ODD_LABELS.values(), ids=ODD_LABELS)
def test_an_odd_label_is_read_back_whole_or_cut_at_a_character(label: str) -> None:
    data = render(with_output(PLANS["held"], discreet=True, label=label))
    assert calendars.faults(data, discreet=True) == []
    wanted = one_line(label) or "Dose"
    for event in icalendar.Calendar.from_ical(data).walk("VEVENT"):
        title = str(event["SUMMARY"])
        if " evening, step " in title and not title.startswith("CANCELLED"):
            word = title.partition(" evening, step ")[0]
            assert word == wanted or (word.endswith("…") and wanted.startswith(word.removesuffix("…")))


def test_a_file_is_the_same_wherever_and_under_whatever_settings_it_is_written(tmp_path: Path) -> None:
    program = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from calendars import revisions\nfrom titrate.export.calendar.ics import render\n"
        "sys.stdout.buffer.write(render(revisions()['held-and-restored']))"
    )
    folders = [str(Path(__file__).parents[up]) for up in (0, 2, 3)]
    files = set()
    for zone, language, folder, seed in (
        ("Asia/Tokyo", "C", tmp_path, "1"),
        ("America/Nuuk", "de_DE.UTF-8", Path("/"), "2"),
    ):
        environment = os.environ | {"TZ": zone, "LC_ALL": language, "LANG": language, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", program, *folders]
        ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
        files.add(ran.stdout)
    assert files == {render(PLANS["held-and-restored"])}


def test_a_file_names_no_host_user_or_path() -> None:
    for plan in PLANS.values():
        data = render(plan).decode().replace("\r\n ", "")
        assert socket.gethostname() not in data
        assert not re.search(r"@|/home/|/root/|/tmp/|/Users/", data)


def test_366_days_at_the_highest_target_are_under_60_events_and_100_kb() -> None:
    busiest = make(
        zone="Europe/Berlin",
        start=date(2027, 1, 1),
        days=366,
        target=30,
        slots=ODD_SLOTS["0230"],
        tablets=(10,),
        pack=100,
        tested=date(2026, 11, 20),
    )._replace(retest_days=30)
    data = render(busiest)
    assert len(calendars.events(data)) < 60
    assert len(data) < 100_000
