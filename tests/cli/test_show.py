"""`titrate show` from the command line: a saved plan told again, to the byte, and what a calendar must lose."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from pathlib import Path

import pytest
from command import Desk
from plans import resealed

from titrate.export import formats

FORMATS = formats()
FIRST = "plan --start 2026-12-01 --egfr 85 --age 40 --tested 2026-11-20 --taking none"
OPTIONS = {
    "as it is": "",
    "zone": "--tz Pacific/Auckland",
    "floating": "--floating",
    "discreet": "--discreet --label Tea",
    "alarm": "--alarm 15",
    "silent": "--no-alarm",
    "paper": "--paper letter --large-print --for patient --contact '020 7946 0123'",
    "times": "--morning 07:30 --midday 13:00 --evening 21:45",
    "tablets": "--tablet 10.0 --pack 40 --target 20.0",
    "medicines": "--taking ibuprofen,codeine --confirm cns-depressant --prescriber 'Dr A. Müller'",
}


@pytest.fixture
def desk(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, capfd, monkeypatch)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_every_format_is_byte_for_byte_what_plan_wrote(
    options: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = FIRST.replace("--taking none", "") if "--taking" in options else FIRST
    made = desk.titrate(f"{first} {options} --id 6f1c2a34-5b6d-4e7f-8a9b-0c1d2e3f4a5b -o plan.json")
    assert made.code == 0, made.err
    printed = {
        name: desk.titrate(f"{first} {options} --id 6f1c2a34-5b6d-4e7f-8a9b-0c1d2e3f4a5b --format {name}")
        for name in FORMATS
    }
    desk.now(2027, 3, 1)  # another day, another clinic, another place
    monkeypatch.setenv("TZ", "America/New_York")
    monkeypatch.setenv("TITRATE_CONTACT", "somebody else")
    monkeypatch.setenv("TITRATE_PAPER", "letter")
    monkeypatch.setenv("TITRATE_EVENING", "22:22")
    assert desk.titrate("show plan.json").data == made.data
    for name, before in printed.items():
        shown = desk.titrate(f"show plan.json --format {name}")
        assert (shown.code, shown.data == before.data) == (0, True), name
    assert desk.titrate("show plan.json -o again.json").code == 0
    assert desk.read("again.json") == desk.read("plan.json")


def test_a_revised_plan_is_shown_as_revise_wrote_it(desk: Desk) -> None:
    desk.titrate(f"{FIRST} -o plan.json")
    revised = desk.titrate("revise plan.json --from 2026-12-05 --hold 7 --format table -o one.ics -o one.csv -o one.md")
    desk.now(2027, 3, 1)
    shown = desk.titrate("show plan.json -o two.ics -o two.csv -o two.md")
    assert shown.data == revised.data
    for suffix in ("ics", "csv", "md"):
        assert desk.read(f"one.{suffix}") == desk.read(f"two.{suffix}")


def test_output_options_change_how_it_is_told_and_not_the_file(desk: Desk) -> None:
    desk.titrate(f"{FIRST} -o plan.json")
    before = desk.read("plan.json")
    large = desk.titrate("show plan.json --format html --large-print --for patient --paper letter").out
    assert large != desk.titrate("show plan.json --format html").out
    desk.titrate("show plan.json --large-print -o same.json")
    assert desk.read("same.json") == desk.read("plan.json") == before


@pytest.mark.parametrize(
    ("options", "command"),
    [
        ("--discreet --label 'my tea'", "titrate revise plan.json --discreet --label 'my tea'"),
        ("--alarm 15", "titrate revise plan.json --alarm 15"),
        ("--no-alarm", "titrate revise plan.json --no-alarm"),
        ("--tz Asia/Tokyo --morning 09:00", "titrate revise plan.json --tz Asia/Tokyo --morning 09:00"),
        ("--tablet 10 --tablet 5", "titrate revise plan.json --tablet 10 --tablet 5"),
        ("--not-discreet", "titrate revise plan.json --not-discreet"),
        ("--contact 020", "titrate revise plan.json --contact 020"),
    ],
)
def test_a_calendar_says_what_the_plan_says_and_show_names_the_command_that_changes_it(
    options: str, command: str, desk: Desk
) -> None:
    desk.titrate(f"{FIRST} -o plan.json")
    refused = desk.titrate(f"show plan.json --format ics {options}")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.strip().endswith(f"what is written is what the plan says; change the plan: {command}")
    assert desk.titrate(command.removeprefix("titrate ")).code == 0


def test_a_plan_comes_from_standard_input_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.titrate(f"{FIRST} -o plan.json")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(desk.read("plan.json"))))
    assert desk.titrate("show - --format json").data == desk.read("plan.json")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"{")))
    told = desk.titrate("show -")
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("titrate: standard input: no whole JSON at line 1")


@pytest.mark.parametrize(
    ("make", "code", "told"),
    [
        (lambda path: None, 1, "plan.json: cannot be read: No such file or directory; give the file written with -o"),
        (lambda path: path.mkdir(), 1, "cannot be read: Is a directory"),
        (lambda path: path.write_bytes(b""), 2, "no whole JSON"),
        (lambda path: path.write_bytes(b"\xff\xfe"), 2, "not UTF-8 at byte 0"),
    ],
    ids=["missing", "folder", "empty", "binary"],
)
def test_a_file_that_is_no_plan_is_refused_in_one_line(make: object, code: int, told: str, desk: Desk) -> None:
    make(desk.folder / "plan.json")  # type: ignore[operator]
    for command in ("show plan.json", "today plan.json", "revise plan.json --from today --stop"):
        run = desk.titrate(command)
        assert (run.code, run.out) == (code, "")
        assert told in run.err
        assert run.err.count("\n") == 1


def test_a_file_of_100_mb_is_refused_without_being_read_whole(desk: Desk) -> None:
    with (desk.folder / "plan.json").open("wb") as file:
        file.truncate(100_000_000)
    run = desk.titrate("show plan.json")
    assert run.code == 2
    assert "more than 10000000 bytes are too many for a plan" in run.err


def test_what_screening_finds_otherwise_is_said(desk: Desk) -> None:
    desk.titrate(f"{FIRST} -o plan.json")
    value = json.loads(desk.read("plan.json"), parse_float=Decimal)
    value["inputs"]["age"] = 70
    (desk.folder / "plan.json").write_bytes(resealed(value))
    told = desk.titrate("show plan.json")
    assert told.code == 0
    assert "since this plan was saved: new finding: age-65-plus: " in told.err


# --- Why, and what to delete ---


def test_why_a_dose_is_given_is_explained(desk: Desk) -> None:
    desk.titrate(f"{FIRST} -o plan.json")
    told = desk.titrate("show plan.json --explain 2026-12-08")
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("Tue 8 Dec 2026, day 8: 15 mg")
    assert desk.titrate("show plan.json --explain tomorrow").out.startswith("Tue 1 Dec 2026, day 1")
    assert desk.titrate("show plan.json --explain 2027-12-08").code == 2
    assert desk.titrate("show plan.json --explain 8.12.").code == 2


def test_options_that_print_their_own_text_do_not_silently_drop_others(desk: Desk) -> None:
    desk.titrate(f"{FIRST} -o plan.json")
    for options in ("--explain today -o a.csv", "--cancelled-list --format json", "--explain today --cancelled-list"):
        told = desk.titrate(f"show plan.json {options}")
        assert (told.code, told.out) == (2, "")
        assert "prints its own text" in told.err
    assert desk.files() == ["plan.json"]


def test_the_events_to_delete_by_hand_are_named_with_the_days_on_which_they_are_wrong(desk: Desk) -> None:
    desk.titrate(f"{FIRST} -o plan.json")
    assert desk.titrate("show plan.json --cancelled-list").out == "No event was cancelled or changed.\n"
    desk.titrate("revise plan.json --from 2026-12-20 --stop")
    listed = desk.titrate("show plan.json --cancelled-list").out.replace("\n  ", " ").splitlines()
    end = "Monday 28 December: last day of this plan. Call before your tablets run out. Do not stop."
    assert " ".join(listed) == " ".join(
        (
            "Where the calendar ignores updates, delete these by hand, then import the new file:",
            "Tue 15 Dec 2026: In a week, Tuesday 22 December: review. Does it help?",
            "Sun 20 Dec 2026 to Mon 28 Dec 2026: Baclofen 5 mg, evening",
            "Sun 20 Dec 2026 to Mon 28 Dec 2026: Baclofen 5 mg, midday",
            "Sun 20 Dec 2026 to Mon 28 Dec 2026: Baclofen 5 mg, morning",
            f"Mon 21 Dec 2026: In a week, {end}",
            "Mon 21 Dec 2026: Tomorrow, Tuesday 22 December: review. Does it help?",
            f"Sun 27 Dec 2026: Tomorrow, {end}",
            f"Mon 28 Dec 2026: Today, {end}",
        )
    )


def test_what_is_left_after_deleting_by_hand_is_the_new_plan(desk: Desk) -> None:
    """A calendar that ignores updates: what was there, less what is listed, plus the events that were new to it."""
    from datetime import datetime, timedelta

    from plans import cases

    from titrate.export.calendar.history import issued_events
    from titrate.export.calendar.outdated import outdated_events

    for plan in cases().values():
        versions = (*plan.history, plan)
        wanted, told = (
            set(),
            {(one.event.key, one.event.content(), one.first, one.last) for one in outdated_events(plan)},
        )
        for number, version in enumerate(versions):
            for entry in issued_events(version._replace(history=plan.history[:number])):
                event = entry.event
                first = event.start.date() if isinstance(event.start, datetime) else event.start
                days = {
                    (event.key, event.content()._replace(count=1), first + timedelta(n)) for n in range(event.count)
                }
                if number == len(versions) - 1 and not entry.cancelled:
                    wanted |= days
                elif not entry.cancelled:
                    gone = [(a, b) for key, says, a, b in told if key == event.key and says == event.content()]
                    kept = {one for one in days if not any(a <= one[2] <= b for a, b in gone)}
                    assert kept <= {
                        (one.event.key, one.event.content()._replace(count=1), day)
                        for one in issued_events(plan)
                        if not one.cancelled
                        for day in (
                            (one.event.start.date() if isinstance(one.event.start, datetime) else one.event.start)
                            + timedelta(n)
                            for n in range(one.event.count)
                        )
                    }
        assert wanted or plan.ending == "suspended"
