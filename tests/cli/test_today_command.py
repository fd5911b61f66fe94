"""`titrate today` from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import Desk


@pytest.fixture
def desk(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk(tmp_path, capfd, monkeypatch)
    desk.titrate("plan --start 2026-12-01 --egfr 85 --age 40 --tablet 10 -o plan.json")
    return desk


def test_today_is_the_day_in_the_plans_zone_and_the_clock_says_what_is_past(desk: Desk) -> None:
    desk.now(2026, 12, 7, 23, 30)  # already the 8th in Berlin
    told = desk.titrate("today plan.json")
    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines()[:4] == [
        "Tue 8 Dec 2026: day 8 of 28, 15 mg",
        "  08:00  morning  5 mg (half a tablet of 10 mg)",
        "  14:00  midday   5 mg (half a tablet of 10 mg)",
        "  20:00  evening  5 mg (half a tablet of 10 mg)",
    ]
    desk.now(2026, 12, 8, 13, 30)
    assert desk.titrate("today plan.json").out.count("(this time is past)") == 2


def test_another_date_may_be_asked_for(desk: Desk) -> None:
    assert desk.titrate("today plan.json --date 2026-12-08").out.startswith("Tue 8 Dec 2026: day 8 of 28")
    assert desk.titrate("today plan.json --date tomorrow").out.startswith("Tue 1 Dec 2026: day 1 of 28")
    assert desk.titrate("today plan.json --date +99999d").code == 2


def test_before_the_start_and_after_the_end_it_says_so_and_is_done(desk: Desk) -> None:
    before, after = desk.titrate("today plan.json"), desk.titrate("today plan.json --date 2027-02-01")
    assert (before.code, after.code) == (0, 0)
    assert "the plan has not started" in before.out
    assert "the plan ended on Mon 28 Dec 2026. That was not a stop" in after.out


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
