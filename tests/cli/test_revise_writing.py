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


def revising(days: int, *more: str) -> subprocess.Popen[str]:
    words = ["revise", "plan.json", "--from", "2026-12-05", "--hold", str(days), *more]
    return subprocess.Popen(
        [sys.executable, "-m", "titrate", *words], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )


def test_processes_that_revise_at_once_do_so_one_after_the_other_and_none_is_lost(desk: Desk) -> None:
    runs = [revising(days) for days in (1, 2, 3, 4)]
    told = [run.communicate()[1] for run in runs]
    assert [run.returncode for run in runs] == [0] * 4, told
    saved = json.loads(desk.read("plan.json"))["revisions"]
    assert sorted(row["days"] for row in saved) == [1, 2, 3, 4]
    assert [row["number"] for row in saved] == [1, 2, 3, 4]
    versions = [json.loads(desk.read(f"plan.json.{number}.bak"))["revisions"] for number in (1, 2, 3, 4)]
    assert versions == [saved[:number] for number in range(4)]
    assert len(desk.files()) == 5


def test_two_revisions_of_one_plan_to_the_same_other_file_are_not_both_believed(desk: Desk) -> None:
    runs = [revising(days, "-o", "new.json") for days in (1, 2)]
    told = [run.communicate()[1] for run in runs]
    codes = [run.returncode for run in runs]
    assert sorted(codes) == [0, 1]
    assert "holds a revised plan (1 change), which would be lost" in told[codes.index(1)]
    (row,) = json.loads(desk.read("new.json"))["revisions"]
    assert row["days"] == 1 + codes.index(0)


def test_a_plan_that_is_shown_into_itself_beside_a_revision_never_undoes_it(desk: Desk) -> None:
    words = [sys.executable, "-m", "titrate", "show", "plan.json", "-o", "plan.json"]
    runs = [
        revising(3),
        subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True),
        revising(4),
    ]
    told = [run.communicate()[1] for run in runs]
    assert [run.returncode for run in runs] == [0] * 3, told
    saved = json.loads(desk.read("plan.json"))
    assert [revision["days"] for revision in saved["revisions"]] in ([3, 4], [4, 3])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_full_standard_output_is_no_failure_once_the_plan_is_written(desk: Desk) -> None:
    with Path("/dev/full").open("wb") as full:
        run = subprocess.run(
            [sys.executable, "-m", "titrate", "revise", "plan.json", "--from", "2026-12-05", "--hold", "7"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert run.returncode == 0
    assert run.stderr.splitlines()[:3] == [
        "From Sat 5 Dec 2026: hold the dose for 7 days.",
        "titrate: standard output: cannot be written: No space left on device; the files were written",
        "wrote plan.json; the plan before is kept in plan.json.1.bak",
    ]
    assert run.stderr.splitlines()[-1] == CALENDAR
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


POSIX = pytest.mark.skipif(os.name == "nt", reason="links, modes and users of a POSIX system")


@POSIX
def test_a_link_to_the_plan_is_not_revised_and_the_plan_is_named(desk: Desk) -> None:
    (desk.folder / "folder").mkdir()
    (desk.folder / "plan.json").rename("folder/real.json")
    (desk.folder / "plan.json").symlink_to("folder/real.json")
    told = desk.titrate("revise plan.json --from today --hold 7")
    assert told.code == 1
    assert "plan.json: this is a link to folder/real.json; name folder/real.json itself" in told.err
    assert len(doses(desk)) == 28
    assert desk.titrate("revise folder/real.json --from today --hold 7").code == 0
    assert (desk.folder / "plan.json").is_symlink()
    assert len(doses(desk)) == 29


@POSIX
@pytest.mark.parametrize("name", ["plan.json.1.bak", ".titrate.journal"])
def test_a_link_at_the_name_of_a_kept_version_or_of_the_journal_changes_no_other_file(name: str, desk: Desk) -> None:
    (desk.folder / "precious.txt").write_text("precious")
    (desk.folder / name).symlink_to("precious.txt")
    desk.titrate("revise plan.json --from today --hold 7")
    assert desk.read("precious.txt") == b"precious"


@POSIX
@pytest.mark.parametrize(("mode", "told"), [(0o000, "cannot be read"), (0o444, "is write-protected")])
@pytest.mark.parametrize("more", ["", "--force"])
def test_a_guarded_plan_is_not_replaced_by_any_command(mode: int, told: str, more: str, desk: Desk) -> None:
    assert desk.titrate("show plan.json -o other.json").code == 0
    before = desk.read("plan.json")
    (desk.folder / "plan.json").chmod(mode)
    for line in (FIRST, "show other.json -o plan.json", "revise other.json --from today --hold 7 -o plan.json"):
        ran = desk.titrate(f"{line} {more}")
        assert (ran.code, told in ran.err) == (1, True), ran.err
    if mode == 0o444:
        assert desk.titrate(f"revise plan.json --from today --hold 7 {more}").code == 1
    (desk.folder / "plan.json").chmod(0o600)
    assert desk.read("plan.json") == before
    assert desk.files() == ["other.json", "plan.json"]


# --- Whose the files are ---


def mode(desk: Desk, name: str) -> int:
    return (desk.folder / name).stat().st_mode & 0o777


@POSIX
def test_what_is_written_beside_a_private_plan_is_as_private(desk: Desk) -> None:
    (desk.folder / "plan.json").chmod(0o600)
    (desk.folder / "plan.csv").touch(0o644)
    told = desk.titrate("revise plan.json --from today --hold 7 -o plan.ics -o plan.csv")
    assert desk.titrate("show plan.json -o plan.md -o copy.json").code == 0
    names = ("plan.json", "plan.json.1.bak", "plan.ics", "plan.csv", "plan.md", "copy.json")
    assert {name: mode(desk, name) for name in names} == dict.fromkeys(names, 0o600)
    assert "plan.csv: may now be read by nobody who may not read the plan" in told.err
    (desk.folder / "plan.json").chmod(0o644)
    assert desk.titrate("show plan.json -o again.ics").code == 0
    assert mode(desk, "again.ics") == 0o666 & ~umask()


def umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@POSIX
@pytest.mark.parametrize("rights", [0o640, 0o664, 0o600, 0o606])
def test_a_revised_plan_has_the_mode_of_the_one_before(rights: int, desk: Desk) -> None:
    (desk.folder / "plan.json").chmod(rights)
    desk.titrate("revise plan.json --from today --hold 7")
    assert [mode(desk, "plan.json"), mode(desk, "plan.json.1.bak")] == [rights, rights]


# --- A file where another plan stands ---


def test_a_revised_plan_is_replaced_only_by_a_change_of_it_or_by_force_and_then_kept(desk: Desk) -> None:
    desk.titrate("revise plan.json --from today --hold 7")
    revised = desk.read("plan.json")
    told = desk.titrate(f"{FIRST} -o plan.ics")
    assert told.code == 1
    assert "titrate: plan.json: holds a revised plan (1 change), which would be lost; give another name" in told.err
    assert desk.read("plan.json") == revised
    assert "plan.ics" not in desk.files()
    assert desk.titrate("show plan.json.1.bak -o plan.json").code == 1
    assert desk.titrate("revise plan.json --discreet -o plan.json").code == 0  # the same plan, changed
    assert len(doses(desk)) == 29
    assert desk.titrate("revise plan.json --from 2026-12-06 --hold 1 -o next.json").code == 0
    assert desk.titrate("revise plan.json --from 2026-12-06 --hold 2 -o next.json").code == 1
    told = desk.titrate("revise plan.json --from 2026-12-06 --hold 2 -o next.json --force")
    assert "wrote next.json; the plan before is kept in next.json.1.bak" in told.err
    told = desk.titrate(f"{FIRST} --force")
    assert "wrote plan.json; the plan before is kept in plan.json.3.bak" in told.err
    assert len(doses(desk)) == 28
    told = desk.titrate("show next.json -o plan.json --force")
    assert "wrote plan.json; the plan before is kept in plan.json.4.bak" in told.err


def test_a_plan_without_changes_may_be_made_again_and_is_kept(desk: Desk) -> None:
    before = desk.read("plan.json")
    told = desk.titrate(FIRST)
    assert "wrote plan.json; the plan before is kept in plan.json.1.bak" in told.err
    assert desk.read("plan.json.1.bak") == before
    assert desk.titrate("show plan.json -o plan.json").err == "wrote plan.json\n"  # the same bytes
    assert desk.files() == ["plan.json", "plan.json.1.bak"]


@pytest.mark.parametrize("other", ["no plan at all", "[1]", '{"schema": "mine", "revisions": [1]}', "", "[" * 9999])
def test_a_file_that_is_no_plan_is_replaced_only_by_force_and_then_kept(other: str, desk: Desk) -> None:
    (desk.folder / "plan.json").write_text(other)
    assert "plan.json: holds no plan that can be read; give another name" in desk.titrate(FIRST).err
    assert desk.read("plan.json") == other.encode()
    assert desk.titrate(f"{FIRST} --force").code == 0
    assert desk.read("plan.json.1.bak") == other.encode()


def test_a_plan_of_a_newer_titrate_with_changes_is_not_lost(desk: Desk) -> None:
    (desk.folder / "plan.json").write_text('{"schema": "titrate/plan/9", "revisions": [1, 2]}')
    assert "(2 changes)" in desk.titrate(FIRST).err


def test_only_plan_hints_that_a_calendar_alone_cannot_be_revised(desk: Desk) -> None:
    hint = "hint: add -o plan.json too"
    assert hint in desk.titrate("plan --start 2026-12-01 --egfr 85 --age 44 -o a.ics").err
    assert hint not in desk.titrate("plan --start 2026-12-01 --egfr 85 --age 44 -o a.ics -o a.json").err
    assert hint not in desk.titrate("show plan.json -o a.ics").err
