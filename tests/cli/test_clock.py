"""When and where a command runs: the one clock, what may set it, and the zone that is asked for and shown."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from command import Desk, planned
from plans import make

from titrate import Patient
from titrate import plan as library_plan
from titrate.cli import clock
from titrate.errors import BadInput
from titrate.export import render

PLAN = "plan --start 2026-12-05 --egfr 85 --age 44"
OLD = "1767225600"  # 2026-01-01


@pytest.fixture
def desk(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk(tmp_path, capfd, monkeypatch)
    assert made.titrate(f"{PLAN} -o plan.json").code == 0
    made.now(2026, 12, 6, 9, 15)
    return made


@pytest.fixture
def _set_clock(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", OLD)


# --- The clock ---


def test_the_clock_is_the_computers() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    assert before <= clock.utc_now() <= datetime.now(UTC)
    assert clock.utc_now().microsecond == 0


def set_lines(err: str) -> list[str]:
    return [line for line in err.splitlines() if "SOURCE_DATE_EPOCH" in line]


@pytest.mark.usefixtures("_set_clock")
@pytest.mark.parametrize(
    "line", [f"{PLAN} -o new.json", "show plan.json --explain 2026-12-06", "batch roster.csv --out plans"]
)
def test_plan_show_and_batch_follow_the_clock_that_is_set_and_say_so_once(line: str, desk: Desk) -> None:
    (desk.folder / "roster.csv").write_text("id,start,egfr,age\na,2026-12-05,85,44\n")
    told = desk.titrate(line)
    assert told.code == 0
    assert set_lines(told.err) == ["the clock is set to 2026-01-01 00:00 UTC by SOURCE_DATE_EPOCH"]
    for path in desk.folder.rglob("*.json"):
        if path.name != "plan.json":
            assert b'"created": "2026-01-01T00:00:00Z"' in path.read_bytes()


@pytest.mark.parametrize("epoch", [OLD, "x", "99999999999999999999"])
def test_today_never_follows_a_clock_that_is_set(epoch: str, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    told = desk.titrate("today plan.json --format json")
    assert (told.code, told.document["date"]) == (0, "2026-12-06")
    assert set_lines(told.err) == ["SOURCE_DATE_EPOCH is set, and not followed here: the date is today's"]


@pytest.mark.usefixtures("_set_clock")
def test_a_revision_is_made_on_the_day_that_it_is(desk: Desk) -> None:
    told = desk.titrate("revise plan.json --from tomorrow --hold 3")
    assert told.code == 0
    assert set_lines(told.err) == ["SOURCE_DATE_EPOCH is set, and not followed here: the date is today's"]
    assert b'"from": "2026-12-07"' in desk.read("plan.json")
    assert b'"at": "2026-12-06T09:15:00Z"' in desk.read("plan.json")


@pytest.mark.usefixtures("_set_clock")
def test_a_screening_goes_by_the_day_that_it_is(desk: Desk) -> None:
    # A test that is in the future of the clock that is set.
    told = desk.titrate("screen --egfr 85 --age 44 --tested 2026-12-01")
    assert told.code == 0
    assert len(set_lines(told.err)) == 1


def test_nothing_is_said_of_a_clock_that_is_not_set(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for line in (PLAN, "today plan.json", "show plan.json --explain today"):
        assert set_lines(desk.titrate(line).err) == []
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "")
    for line in (PLAN, "today plan.json", "show plan.json --explain today"):
        assert set_lines(desk.titrate(line).err) == []


@pytest.mark.parametrize("epoch", ["253402300799", "253370764800", "-1", "1e9", "soon"])
def test_a_clock_that_is_set_to_no_day_is_refused_before_anything_is_made(
    epoch: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.folder / "roster.csv").write_text("id,start,egfr,age\na,2026-12-05,85,44\n")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    for line in (f"{PLAN} -o new.json", "show plan.json --explain today", "batch roster.csv --out plans"):
        told = desk.titrate(line)
        wrong = f"titrate: SOURCE_DATE_EPOCH: '{epoch}' is no number of seconds since 1970; unset it or mend it\n"
        assert (told.code, told.err) == (2, wrong)
    assert desk.files() == ["plan.json", "roster.csv"]


# --- The zone ---


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ("", "times in Europe/Berlin (now UTC+01:00), this computer's time zone."),
        ("--tz America/St_Johns", "times in America/St_Johns (now UTC-03:30), as asked."),
        ("--tz UTC", "times in UTC (now UTC), as asked."),
        ("--floating", "times follow the phone."),
    ],
)
def test_the_zone_is_shown_with_its_present_offset(options: str, shown: str, desk: Desk) -> None:
    assert shown in desk.titrate(f"{PLAN} {options}").err


def test_the_offset_is_that_of_now_and_not_of_the_start(desk: Desk) -> None:
    desk.now(2026, 7, 1, 9)
    assert "Europe/Berlin (now UTC+02:00)" in desk.titrate(PLAN).err


@pytest.mark.parametrize("typed", ["GMT+2", "Etc/GMT+2", "EST"])
def test_an_offset_or_abbreviation_is_refused_wherever_a_zone_is_given(
    typed: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = "not the zone of a place; give that of a city: "
    for line in (f"{PLAN} --tz {typed}", f"screen --egfr 85 --tz {typed}"):
        told = desk.titrate(line)
        assert (told.code, told.out) == (2, "")
        assert f"titrate: --tz: '{typed}' is" in told.err
        assert wrong in told.err
    row = planned(tz=typed)
    assert (row.outcome, wrong in str(row)) == ("faulty", True)
    with pytest.raises(BadInput, match=wrong):
        library_plan(Patient(egfr=85, age=44), "2026-12-05", id=UUID(int=1), created=datetime.now(UTC), zone=typed)
    monkeypatch.setenv("TITRATE_TZ", typed)
    assert wrong in desk.titrate(PLAN).err
    (desk.folder / "roster.csv").write_text("id,start,egfr,age\na,2026-12-05,85,44\n")
    told = desk.titrate("batch roster.csv --out plans")
    assert (told.code, told.err.startswith(f"titrate: TITRATE_TZ: '{typed}' is")) == (2, True)
    assert "plans" not in desk.files()


@pytest.mark.parametrize("typed", ["EST", "EST5EDT"])
def test_a_computer_that_is_set_to_an_abbreviation_is_asked_for_a_city(
    typed: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", typed)
    told = desk.titrate(PLAN)
    assert (told.code, "America/New_York" in told.err) == (2, True)


@pytest.mark.parametrize("setting", ["CET-1CEST", ":loop", ":{folder}/loop"])
def test_a_computer_whose_zone_cannot_be_told_is_asked_in_one_line(
    setting: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.folder / "loop").symlink_to(desk.folder / "pool")
    (desk.folder / "pool").symlink_to(desk.folder / "loop")
    (desk.folder / "roster.csv").write_text("id,start,egfr,age\na,2026-12-05,85,44\n")
    monkeypatch.setenv("TZ", setting.format(folder=desk.folder))
    told = desk.titrate(PLAN)
    assert (told.code, told.err.count("\n")) == (2, 1)
    assert told.err.endswith(" is not the name of a time zone; give --tz, for example --tz Europe/Berlin\n")
    told = desk.titrate("batch roster.csv --out plans")
    assert told.err.endswith(" is not the name of a time zone; set it, for example to Europe/Berlin\n")


@pytest.mark.parametrize("zone", ["Etc/GMT+2", "EST5EDT"])
def test_a_plan_that_was_saved_in_such_a_zone_is_shown_revised_and_told_as_before(zone: str, desk: Desk) -> None:
    saved = make(zone=zone)
    (desk.folder / "old.json").write_bytes(render(saved, "json"))
    for line in ("show old.json -o old.ics", "today old.json", "revise old.json --from 2026-12-08 --hold 3"):
        assert desk.titrate(line).code == 0
