"""A file that takes the place of another is as open and as closed as that one was, or a line says what it lacks."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from titrate.storage import files
from titrate.storage.rights import ACL, rights_of

pytestmark = pytest.mark.skipif(os.name == "nt", reason="rights of a POSIX system")
ROOT = pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root may be everybody")
ALICE, BOB, CLINIC = 4711, 4712, 4713
READ, WRITE = 4, 2


def access_list(mode: int, **users: int) -> bytes:
    """An access list as Linux stores it: owner, users by number, group, the most that those may do, all others."""
    named = [(2, right, int(number.removeprefix("u"))) for number, right in users.items()]
    nobody = 0xFFFFFFFF
    rows = [(1, mode >> 6 & 7, nobody), *named, (4, mode >> 3 & 7, nobody), (16, 7, nobody), (32, mode & 7, nobody)]
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *row) for row in rows)


def with_list(path: Path, name: str, value: bytes) -> None:
    """Give a file or folder an access list, or skip where the file system has none."""
    try:
        os.setxattr(path, name, value)
    except OSError:
        pytest.skip("no access lists here")


def replaced(folder: Path) -> tuple[str, ...]:
    plan = folder / "plan.json"
    return files.write([(plan, b"new"), (folder / "plan.ics", b"new")], keep=[plan]).lines


@ROOT
def test_root_gives_the_new_plan_to_whom_the_old_one_belonged(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_bytes(b"old")
    plan.chmod(0o640)
    os.chown(plan, ALICE, CLINIC)
    before = rights_of(plan)
    assert replaced(tmp_path) == ()
    assert rights_of(plan) == rights_of(tmp_path / "plan.json.1.bak") == rights_of(tmp_path / "plan.ics") == before


def test_an_access_list_is_kept_and_none_is_gained(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_bytes(b"old")
    with_list(plan, ACL, access_list(0o640, u4712=READ | WRITE))
    before = rights_of(plan)
    assert before and before.acl
    assert replaced(tmp_path) == ()
    assert rights_of(plan) == rights_of(tmp_path / "plan.json.1.bak") == before
    ics = rights_of(tmp_path / "plan.ics")
    assert ics and ics.acl
    assert ics.mode & ~before.mode == 0
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "plan.json").write_bytes(b"old")
    (bare / "plan.json").chmod(0o640)
    with_list(bare, "system.posix_acl_default", access_list(0o770, u4712=READ | WRITE))
    before = rights_of(bare / "plan.json")
    replaced(bare)
    assert rights_of(bare / "plan.json") == before  # not what the folder gives to new files


BOB_REVISES = f"""
import fcntl, grp, os, pwd, sys  # which bob may not be able to load
from pathlib import Path
from titrate.errors import OutputError
from titrate.storage import files
os.setgroups([int(group) for group in sys.argv[2].split(",")])
os.setresgid({BOB}, {BOB}, {BOB})
os.setresuid({BOB}, {BOB}, {BOB})
folder = Path(sys.argv[1])
plan = folder / "plan.json"
try:
    written = files.write([(plan, b"new"), (folder / "plan.ics", b"new")], keep=[plan])
    print(*written.lines, sep="\\n")
except OutputError as error:
    print(error)
"""


def bob_revises(folder: Path, *groups: int) -> list[str]:
    words = [sys.executable, "-c", BOB_REVISES, str(folder), ",".join(map(str, groups))]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.replace(str(folder) + "/", "").split("\n")[:-1]


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder of a clinic, with a plan that belongs to alice; not pytest's, which only its owner may enter."""
    folder = Path(tempfile.mkdtemp())
    os.chown(folder, ALICE, CLINIC)
    folder.chmod(0o2775)
    (folder / "plan.json").write_bytes(b"old")
    (folder / "plan.json").chmod(0o660)
    os.chown(folder / "plan.json", ALICE, CLINIC)
    yield folder
    shutil.rmtree(folder)


@ROOT
def test_a_colleague_who_revises_leaves_the_plan_to_the_group_and_says_whose_it_is_no_more(shared: Path) -> None:
    assert bob_revises(shared, CLINIC) == [f"plan.json: its owner {ALICE} could not be kept"]
    now = {path.name: rights_of(path) for path in shared.iterdir()}
    assert {name: (right and (right.owner, right.group, right.mode)) for name, right in now.items()} == {
        "plan.json": (BOB, CLINIC, 0o660),
        "plan.json.1.bak": (ALICE, CLINIC, 0o660),
        "plan.ics": (BOB, CLINIC, 0o660 & ~0o022),
    }


@ROOT
def test_a_group_that_cannot_be_kept_opens_the_plan_to_no_other_group(shared: Path) -> None:
    (shared / "plan.json").chmod(0o664)
    shared.chmod(0o777)
    assert bob_revises(shared, BOB) == [f"plan.json: its group {CLINIC}, owner {ALICE} could not be kept"]
    plan = rights_of(shared / "plan.json")
    assert plan
    assert (plan.owner, plan.group, plan.mode) == (BOB, BOB, 0o604)


@ROOT
def test_a_folder_that_cannot_be_written_is_told_and_the_plan_stays(shared: Path) -> None:
    shared.chmod(0o755)
    assert bob_revises(shared, CLINIC) == [
        "plan.json: cannot be written: Permission denied; what stood there still stands"
    ]
    assert {path.name: path.read_bytes() for path in shared.iterdir()} == {"plan.json": b"old"}


@ROOT
def test_a_plan_that_somebody_may_not_read_is_not_replaced_by_them(shared: Path) -> None:
    (shared / "plan.json").chmod(0o600)
    (line,) = bob_revises(shared, CLINIC)
    assert line.startswith("plan.json: this file cannot be read, so what it holds could be lost")
    assert (shared / "plan.json").read_bytes() == b"old"
