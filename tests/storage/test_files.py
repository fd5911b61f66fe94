"""A file is whole or not there, whatever stops the write; a plan that is replaced is kept beside the new one."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from titrate.errors import BadInput, OutputError
from titrate.storage import files

OLD, NEW, OLDER = b"old " * 3000, b"new " * 4000, b"older\n"

# Runs `work` and dies, like a kill -9, at the n-th system call of its files; a write is three: half, the rest, flush.
KILLED = """
import os, sys
from pathlib import Path
n, folder = int(sys.argv[1]), Path(sys.argv[2])
from titrate.storage import files
count = 0

def step():
    global count
    count += 1
    if count == n:
        os._exit(9)

class Slow:
    def __init__(self, file): self.file = file
    def __enter__(self): return self
    def __exit__(self, *stop): step(); self.file.close()
    def fileno(self): return self.file.fileno()
    def flush(self): step(); self.file.flush()
    def write(self, data):
        step(); self.file.write(data[:len(data) // 2]); self.file.flush()
        step(); self.file.write(data[len(data) // 2:])

def counted(name):
    real = getattr(os, name)
    def call(*given, **named):
        step()
        return Slow(real(*given, **named)) if name == "fdopen" else real(*given, **named)
    setattr(os, name, call)

for name in ("open", "close", "replace", "unlink", "fsync", "chmod", "fdopen"):
    counted(name)
plan = folder / "plan.json"
old, new = b"old " * 3000, b"new " * 4000
WORK
print(count)
"""
REPLACE = 'files.replace(plan, old, [(plan, new), (folder / "plan.ics", new)])'
WRITE = "files.write([(plan, new)])"


def start(folder: Path) -> Path:
    plan = folder / "plan.json"
    plan.write_bytes(OLD)
    plan.with_name("plan.json.bak").write_bytes(OLDER)
    return plan


def run(work: str, at: int, folder: Path) -> subprocess.CompletedProcess[str]:
    script = KILLED.replace("WORK", work)
    return subprocess.run(
        [sys.executable, "-c", script, str(at), str(folder)], capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(os.name == "nt", reason="counts the system calls of a POSIX system")
@pytest.mark.parametrize("work", [REPLACE, WRITE], ids=["replace", "write"])
def test_a_kill_at_any_moment_leaves_the_old_plan_or_the_new_one_never_half(work: str, tmp_path: Path) -> None:
    plan = start(tmp_path)
    calls = int(run(work, -1, tmp_path).stdout)
    assert calls > 10
    assert plan.read_bytes() == NEW
    seen = set()
    for at in range(1, calls + 1):
        plan = start(tmp_path)
        killed = run(work, at, tmp_path)
        assert killed.returncode == 9, killed.stderr
        now, kept = plan.read_bytes(), plan.with_name("plan.json.bak").read_bytes()
        assert now in {OLD, NEW}
        assert kept in {OLDER, OLD}
        if work == REPLACE and now == NEW:
            assert kept == OLD  # the plan before is never lost
        seen.add((now == NEW, kept == OLD))
        for left in tmp_path.iterdir():
            if left.suffix == ".part":
                left.unlink()
    assert len(seen) == (3 if work == REPLACE else 2)


@pytest.mark.parametrize("name", ["open", "replace", "fsync"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_failing_disk_is_told_and_leaves_everything_as_it_was(
    name: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = start(tmp_path)

    def fails(*given: object, **named: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(files.os, name, fails)
    with pytest.raises(OutputError, match=r"plan\.json.*cannot be (written|opened again)"):
        files.replace(plan, OLD, [(plan, NEW)])
    monkeypatch.undo()
    assert plan.read_bytes() == OLD
    assert plan.with_name("plan.json.bak").read_bytes() == OLDER
    assert len(list(tmp_path.iterdir())) == 2  # and no rubbish


def test_a_full_disk_half_way_through_leaves_everything_as_it_was(tmp_path: Path) -> None:
    start(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(OLD) + 1000, hard))  # enough for the .bak, not for the new plan
    try:
        with pytest.raises(OutputError, match="cannot be written"):
            files.replace(tmp_path / "plan.json", OLD, [(tmp_path / "plan.json", NEW)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"plan.json": OLD, "plan.json.bak": OLDER}


def test_all_files_are_complete_before_the_first_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(tmp_path)
    missing = tmp_path / "gone" / "b.ics"
    with pytest.raises(OutputError, match=r"b\.ics"):
        files.write([(tmp_path / "plan.json", NEW), (missing, NEW)])
    assert (tmp_path / "plan.json").read_bytes() == OLD
    assert len(list(tmp_path.iterdir())) == 2


def test_a_file_changed_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    plan = start(tmp_path)
    with pytest.raises(OutputError, match="somebody else changed it meanwhile; nothing was written"):
        files.replace(plan, b"what was read", [(plan, NEW)])
    assert plan.read_bytes() == OLD
    plan.unlink()
    with pytest.raises(OutputError, match="cannot be opened again"):
        files.replace(plan, OLD, [(plan, NEW)])


@pytest.mark.skipif(os.name == "nt", reason="locks of a POSIX system")
def test_a_file_that_another_process_has_locked_is_not_replaced(tmp_path: Path) -> None:
    plan = start(tmp_path)
    holder = (
        "import fcntl, os, sys; handle = os.open(sys.argv[1], os.O_RDONLY); fcntl.flock(handle, fcntl.LOCK_EX)\n"
        "print(1, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(plan)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(OutputError, match="another titrate is changing it"):
            files.replace(plan, OLD, [(plan, NEW)])
        process.communicate(b"")
    files.replace(plan, OLD, [(plan, NEW)])  # the lock ended with its process
    assert plan.read_bytes() == NEW


@pytest.mark.skipif(os.name == "nt", reason="locks of a POSIX system")
def test_a_file_system_without_locks_is_written_to_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    def none(*given: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    plan = start(tmp_path)
    files.replace(plan, OLD, [(plan, NEW)])
    assert plan.read_bytes() == NEW


@pytest.mark.skipif(os.name == "nt", reason="links and rights of a POSIX system")
def test_a_link_stays_a_link_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    plan = start(tmp_path / "real")
    link = tmp_path / "link.json"
    link.symlink_to(plan)
    files.replace(link, OLD, [(link, NEW)])
    assert link.is_symlink()
    assert plan.read_bytes() == NEW
    assert link.with_name("link.json.bak").read_bytes() == OLD


@pytest.mark.skipif(os.name == "nt", reason="links and rights of a POSIX system")
def test_the_plan_before_is_readable_by_nobody_who_could_not_read_the_plan(tmp_path: Path) -> None:
    plan = start(tmp_path)
    plan.chmod(0o600)
    files.replace(plan, OLD, [(plan, NEW)])
    assert plan.stat().st_mode & 0o777 == 0o600
    assert plan.with_name("plan.json.bak").stat().st_mode & 0o777 == 0o600


NOBODY = """
import fcntl, os, sys, tempfile
from pathlib import Path
from titrate.storage import files
from titrate.errors import OutputError
folder = Path(tempfile.mkdtemp())
plan = folder / "plan.json"
plan.write_bytes(b"old")
plan.chmod(0o644)
folder.chmod(0o555)
if os.geteuid() == 0:  # who may write everywhere
    os.setegid(65534)
    os.seteuid(65534)
try:
    files.replace(plan, b"old", [(plan, b"new")])
except OutputError as error:
    print(error)
print(plan.read_bytes())
os.seteuid(os.getuid())
folder.chmod(0o755)
plan.unlink()
folder.rmdir()
"""


@pytest.mark.skipif(os.name == "nt", reason="links and rights of a POSIX system")
def test_a_folder_that_cannot_be_written_is_told() -> None:
    told = subprocess.run([sys.executable, "-c", NOBODY], capture_output=True, text=True, check=False)
    assert "plan.json.bak: cannot be written: Permission denied; what stood there still stands" in told.stdout, told
    assert told.stdout.endswith("b'old'\n")


# --- Names ---


def test_names_are_checked_before_any_work(tmp_path: Path) -> None:
    name = str(tmp_path / "plan.json")
    assert files.check_paths([name]) == (Path(name),)
    with pytest.raises(BadInput, match="are the same file"):
        files.check_paths([name, str(tmp_path / "." / "plan.json")])
    with pytest.raises(OutputError, match="no folder"):
        files.check_paths([str(tmp_path / "none" / "plan.json")])
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(OutputError, match="this is a folder"):
        files.check_paths([str(tmp_path / "folder.csv")])


def test_a_place_that_may_not_be_looked_at_is_told_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OutputError):
        files.check_paths([str(tmp_path / ("x" * 300) / "plan.json")])

    def locked(self: Path, **_: object) -> bool:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))

    monkeypatch.setattr(Path, "is_dir", locked)
    with pytest.raises(OutputError, match=r"plan\.json: cannot be written: .*; give another name or folder"):
        files.check_paths([str(tmp_path / "plan.json")])


@pytest.mark.skipif(os.name == "nt", reason="devices of a POSIX system")
def test_a_device_or_a_pipe_is_never_replaced_by_a_file(tmp_path: Path) -> None:
    link = tmp_path / "full.json"
    link.symlink_to("/dev/full")
    os.mkfifo(tmp_path / "pipe.csv")
    for name in ("full.json", "pipe.csv"):
        with pytest.raises(OutputError, match="a pipe or a device"):
            files.check_paths([str(tmp_path / name)])


@pytest.mark.parametrize("failing", [1, 2, 3, 4])
@pytest.mark.parametrize("links", [True, False])
def test_a_rename_that_fails_puts_back_what_the_ones_before_it_replaced(
    failing: int, links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = start(tmp_path)
    (tmp_path / "plan.ics").write_bytes(OLD)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    replace, count = os.replace, 0

    def sometimes(source: str, target: Path) -> None:
        nonlocal count
        count += 1
        if count == failing:
            raise PermissionError(errno.EPERM, "Operation not permitted")
        replace(source, target)

    def no_link(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "no links here")

    monkeypatch.setattr(files.os, "replace", sometimes)
    if not links:
        monkeypatch.setattr(files.os, "link", no_link)
    new = [(plan, NEW), (tmp_path / "plan.ics", NEW), (tmp_path / "plan.csv", NEW)]
    with pytest.raises(OutputError, match="Operation not permitted; what stood there still stands"):
        files.replace(plan, OLD, new)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_cannot_be_put_back_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = start(tmp_path)
    replace, count = os.replace, 0

    def once(source: str, target: Path) -> None:
        nonlocal count
        count += 1
        if count > 1:
            raise OSError(errno.EIO, "Input/output error")
        replace(source, target)

    def stuck(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(files.os, "replace", once)
    monkeypatch.setattr(Path, "replace", stuck)
    with pytest.raises(OutputError, match=r"Input/output error; new all the same: .*plan\.json$"):
        files.write([(plan, NEW), (tmp_path / "plan.ics", NEW)])
    assert plan.read_bytes() == NEW


def test_what_a_killed_run_left_is_removed_by_the_next_and_what_is_being_written_is_not(tmp_path: Path) -> None:
    plan = start(tmp_path)
    old, young, other = (
        tmp_path / name for name in (".plan.json.k1.part", ".plan.json.k2.part", ".another.json.k3.part")
    )
    for left in (old, young, other):
        left.write_bytes(b"half")
    for left in (old, other):
        os.utime(left, (0, 0))
    files.write([(plan, NEW)])
    assert [left.exists() for left in (old, young, other)] == [False, True, True]
