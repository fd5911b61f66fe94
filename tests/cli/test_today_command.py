"""`titrate today` from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import Desk

FIRST = "plan --start 2026-12-01 --egfr 85 --age 40 --tablet 10"


@pytest.fixture
def desk(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk(tmp_path, capfd, monkeypatch)
    desk.titrate(f"{FIRST} -o plan.json")
    return desk


def test_today_is_the_day_in_the_plans_zone_and_the_clock_says_what_is_past(desk: Desk) -> None:
    desk.now(2026, 12, 7, 23, 30)  # already the 8th in Berlin
    told = desk.titrate("today plan.json")
    assert (told.code, told.err) == (0, "")
    lines = told.out.splitlines()
    assert "  Today, Tuesday 8 December, 08:00, in the morning" in [line.rstrip() for line in lines]
    doses = lines.index("The doses of this day, 15 mg in all:")
    assert lines[doses + 1 : doses + 4] == [
        "  08:00  Morning  5 mg (half a 10 mg tablet)",
        "  14:00  Midday   5 mg (half a 10 mg tablet)",
        "  20:00  Evening  5 mg (half a 10 mg tablet)",
    ]
    assert "  Yesterday evening, 20:00, not taken? Take it now." in lines
    desk.now(2026, 12, 8, 13, 30)
    assert desk.titrate("today plan.json").out.count("this time is past") == 2


def test_another_date_may_be_asked_for(desk: Desk) -> None:
    assert desk.titrate("today plan.json --date 2026-12-08").out.startswith("Tuesday 8 December 2026. This is day 8")
    assert desk.titrate("today plan.json --date tomorrow").out.startswith("Tuesday 1 December 2026. This is day 1")
    assert desk.titrate("today plan.json --date +99999d").code == 2


def test_before_the_start_and_after_the_end_it_says_so_and_is_done(desk: Desk) -> None:
    before, after = desk.titrate("today plan.json"), desk.titrate("today plan.json --date 2027-02-01")
    assert (before.code, after.code) == (0, 0)
    assert "The plan has not started." in before.out
    assert "This plan ended on Monday 28 December 2026. That was not a stop." in after.out
    assert "Stay on 15 mg a day: 5 mg in the morning, 5 mg at midday and 5 mg in the evening." in after.out


def test_json_says_the_same(desk: Desk) -> None:
    document = desk.titrate("today plan.json --date 2026-12-08 --format json").document
    assert (document["schema"], document["date"], document["state"]) == ("titrate/today/1", "2026-12-08", "running")
    assert [row["dose_mg"] for row in document["doses"]] == [5, 5, 5]
    assert document["gate"].startswith("go up only if well tolerated")
    told = desk.titrate("today plan.json --format ics")
    assert (told.code, told.out) == (2, "")


def test_the_first_and_the_last_date_there_is_are_no_trouble(desk: Desk) -> None:
    for day in ("0001-01-01", "9999-12-31"):
        told = desk.titrate(f"today plan.json --date {day}")
        assert told.code == 0, told.err


# --- The one plan in the folder ---


def test_without_a_file_it_takes_the_one_plan_in_the_folder_and_names_it(desk: Desk) -> None:
    (desk.folder / "package.json").write_text('{"name": "something else"}')
    (desk.folder / "plan.json.1.bak").write_bytes(desk.read("plan.json"))
    (desk.folder / ".plan.json").write_bytes(desk.read("plan.json"))
    (desk.folder / "folder.json").mkdir()
    told, named = desk.titrate("today"), desk.titrate("today plan.json")
    assert (told.code, told.out) == (0, named.out)
    assert told.err == "the plan in this folder: plan.json\n"
    assert desk.titrate("today --date 2026-12-08 --format json").document["date"] == "2026-12-08"


def test_of_several_plans_in_the_folder_the_first_ones_are_named_and_what_to_type(desk: Desk) -> None:
    for number in range(7):
        (desk.folder / f"p{number}.json").write_bytes(desk.read("plan.json"))
    told = desk.titrate("today")
    assert (told.code, told.out) == (2, "")
    assert told.err == (
        "titrate: today: 8 saved plans are in this folder: p0.json, p1.json, p2.json, p3.json, p4.json and 3 more; "
        "give one, as in titrate today p0.json\n"
    )


def test_a_damaged_plan_in_the_folder_is_not_passed_over(desk: Desk) -> None:
    (desk.folder / "plan.json").write_bytes(desk.read("plan.json")[:900])
    told = desk.titrate("today")
    assert (told.code, told.out) == (2, "")
    assert "plan.json: no whole JSON" in told.err


def test_a_folder_that_is_gone_has_no_plan(desk: Desk) -> None:
    gone = desk.folder / "gone"
    gone.mkdir()
    desk._patch.chdir(gone)
    gone.rmdir()
    told = desk.titrate("today")
    desk._patch.chdir(desk.folder)
    assert (told.code, told.out) == (2, "")
    assert told.err == (
        "titrate: today: no saved plan is in this folder; give its file, as in titrate today plan.json\n"
    )


# --- A dose whose time is past when a plan is made or changed ---


def test_whoever_makes_a_plan_after_its_first_dose_is_told(desk: Desk) -> None:
    desk.now(2026, 12, 1, 21, 30)
    told = desk.titrate(f"{FIRST} -o late.json")
    past = "today's 20:00 dose is already past: see titrate today, or make the plan with --start tomorrow"
    assert past in told.err.splitlines()
    assert "Evening 20:00, not taken? Take it now." in desk.titrate("today late.json").out
    desk.now(2026, 12, 1, 18, 30)
    assert "already past" not in desk.titrate(f"{FIRST} -o early.json").err
    desk.now(2026, 12, 3, 21, 30)
    assert "today's 20:00 dose is already past: see titrate today\n" in desk.titrate(f"{FIRST} -o later.json").err


def test_whoever_changes_a_dose_of_today_that_is_past_is_told(desk: Desk) -> None:
    desk.titrate(f"{FIRST} --target 30 --days 60 -o high.json")
    desk.now(2026, 12, 29, 8)  # 09:00 in Berlin, on the day of the rise at midday
    told = desk.titrate("revise high.json --from today --hold 3 -o held.json")
    assert (told.code, "already past" in told.err) == (0, False)  # the dose of the morning is the same
    told = desk.titrate("revise high.json --from today --step-back -o lower.json")
    assert "today's 08:00 dose is already past: what was taken stays as it was\n" in told.err
    assert "today's 14:00 dose" not in told.err
