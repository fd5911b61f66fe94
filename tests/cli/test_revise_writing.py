"""`titrate revise` among other processes, full disks and broken pipes: no change is ever lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command import Desk

FIRST = "plan --start 2026-12-01 --egfr 85 --age 40 --tested 2026-11-20 --taking none -o plan.json"
CALENDAR = "the calendar on the phone is still the old one: write a new one with -o plan.ics, here or with titrate show"


@pytest.fixture
def desk(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk(tmp_path, capfd, monkeypatch)
    assert desk.titrate(FIRST).code == 0
    desk.now(2026, 12, 5, 8, 0)
    return desk


def doses(desk: Desk, name: str = "plan.json") -> list[int]:
    return [day["total_mg"] for day in json.loads(desk.read(name))["days"]]


# --- Two at once, full disks, broken pipes ---


def test_of_two_processes_at_once_one_wins_and_the_other_is_told(desk: Desk) -> None:
    before = desk.read("plan.json")
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "titrate", "revise", "plan.json", "--from", "2026-12-05", "--hold", str(days)],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        for days in range(1, 7)
    ]
    told = [run.communicate()[1] for run in runs]
    codes = [run.returncode for run in runs]
    assert set(codes) <= {0, 1}
    revisions = json.loads(desk.read("plan.json"))["revisions"]
    assert len(revisions) == codes.count(0) >= 1  # nobody's change was lost
    for code, text in zip(codes, told, strict=True):
        if code:
            assert "another titrate is changing it" in text or "somebody else changed it meanwhile" in text
            assert "Traceback" not in text
    kept = json.loads(desk.read("plan.json.bak"))
    assert [len(kept["revisions"]) + 1, desk.files()] == [len(revisions), ["plan.json", "plan.json.bak"]]
    assert codes.count(0) > 1 or desk.read("plan.json.bak") == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_full_standard_output_never_stops_the_plan_from_being_written(desk: Desk) -> None:
    with Path("/dev/full").open("wb") as full:
        run = subprocess.run(
            [sys.executable, "-m", "titrate", "revise", "plan.json", "--from", "2026-12-05", "--hold", "7"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert len(doses(desk)) == 29


@pytest.mark.skipif(os.name == "nt", reason="pipes of a POSIX system")
def test_a_reader_that_has_gone_never_stops_the_plan_from_being_written(desk: Desk) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    run = subprocess.run(
        [sys.executable, "-m", "titrate", "revise", "plan.json", "--from", "2026-12-05", "--hold", "7"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert run.returncode == 0
    assert "Traceback" not in run.stderr
    assert len(doses(desk)) == 29


@pytest.mark.skipif(os.name == "nt", reason="links of a POSIX system")
def test_a_link_to_the_plan_is_followed(desk: Desk) -> None:
    (desk.folder / "folder").mkdir()
    (desk.folder / "plan.json").rename("folder/real.json")
    (desk.folder / "plan.json").symlink_to("folder/real.json")
    assert desk.titrate("revise plan.json --from today --hold 7").code == 0
    assert (desk.folder / "plan.json").is_symlink()
    assert len(doses(desk, "folder/real.json")) == 29


# --- plan -o over a saved plan ---


def test_plan_does_not_overwrite_a_revised_plan(desk: Desk) -> None:
    assert desk.titrate(FIRST).code == 0  # one without revisions may be made again
    desk.titrate("revise plan.json --from today --hold 7")
    revised = desk.read("plan.json")
    told = desk.titrate(f"{FIRST} -o plan.ics")
    assert told.code == 1
    assert (
        "titrate: plan.json: holds a revised plan (1 change), which would be lost; give another name, or move that file away"
        in told.err
    )
    assert desk.read("plan.json") == revised
    assert "plan.ics" not in desk.files()
    assert desk.titrate("show plan.json.bak -o plan.json").code == 1
    assert desk.titrate("show plan.json --discreet -o plan.json").code == 0  # the same plan, told otherwise
    assert len(doses(desk)) == 29
    assert desk.titrate("revise plan.json --from 2026-12-06 --hold 1 -o next.json").code == 0
    assert desk.titrate("revise plan.json --from 2026-12-06 --hold 2 -o next.json").code == 1
    (desk.folder / "plan.json").write_text('{"schema": "titrate/plan/9", "revisions": [1, 2]}')
    assert "(2 changes)" in desk.titrate(FIRST).err
    for other in ("no plan at all", "[1]", '{"schema": "mine", "revisions": [1]}'):
        (desk.folder / "plan.json").write_text(other)
        assert desk.titrate(FIRST).code == 0


def test_only_plan_hints_that_a_calendar_alone_cannot_be_revised(desk: Desk) -> None:
    hint = "hint: add -o plan.json too"
    assert hint in desk.titrate("plan --start 2026-12-01 --egfr 85 --age 44 -o a.ics").err
    assert hint not in desk.titrate("plan --start 2026-12-01 --egfr 85 --age 44 -o a.ics -o a.json").err
    assert hint not in desk.titrate("show plan.json -o a.ics").err
