"""All files of a command are put in place or none, whatever stops it; what is replaced of a plan is kept beside the new one."""

from __future__ import annotations

import errno
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from titrate.errors import BadInput, OutputError
from titrate.storage import files
from titrate.storage.journal import BEGUN, DONE

OLD, NEW, OLDER = b"old " * 3000, b"new " * 4000, b"older\n"
POSIX = pytest.mark.skipif(os.name == "nt", reason="links, rights and signals of a POSIX system")

Tree = dict[str, bytes]


def start(folder: Path) -> Path:
    """A folder with a plan, one that is kept, a calendar, and files of the user's with names like ours."""
    for name, data in STARTED.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    return folder / "plan.json"


STARTED = {
    "plan.json": OLD,
    "plan.json.1.bak": OLDER,
    "plan.ics": OLD,
    ".plan.json.part-notes.txt": b"of the user's",
    ".plan.json.0123abcd.part": b"of the user's too",
    "else/where.csv": OLD,
}


def tree(folder: Path) -> Tree:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def changed(folder: Path) -> files.Written:
    """Write what a revision writes, and a file that is new."""
    plan = folder / "plan.json"
    new = [(plan, NEW), (folder / "plan.ics", NEW), (folder / "plan.csv", NEW)]
    return files.write(new, keep=[plan], unchanged=(plan, OLD))


def in_two_folders(folder: Path) -> files.Written:
    new = [(folder / "else" / "where.csv", NEW), (folder / "else" / "new.csv", NEW), (folder / "plan.json", NEW)]
    return files.write(new, keep=[folder / "plan.json"])


def all_new(folder: Path) -> files.Written:
    return files.write([(folder / "plan.csv", NEW)])


AFTER: dict[Callable[[Path], files.Written], Tree] = {
    changed: {"plan.json": NEW, "plan.ics": NEW, "plan.csv": NEW, "plan.json.2.bak": OLD},
    in_two_folders: {"plan.json": NEW, "else/where.csv": NEW, "else/new.csv": NEW, "plan.json.2.bak": OLD},
    all_new: {"plan.csv": NEW},
}


# --- Kills ---


class Slow:
    """A file that is written in two halves, between which a kill may come."""

    def __init__(self, file: Any, step: Callable[[], None]) -> None:
        self.file, self.step = file, step

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def read(self, size: int) -> bytes:
        return self.file.read(size)

    def flush(self) -> None:
        self.file.flush()

    def write(self, data: bytes) -> None:
        for half in (data[: len(data) // 2], data[len(data) // 2 :]):
            self.step()
            self.file.write(half)
            self.file.flush()


class Killed(BaseException):
    """The process is no more."""


def killed(work: Callable[[], object], at: int, *, links: bool = True) -> bool:
    """Run `work` as in a process that is killed before its `at`-th call to the system, so that none has an effect any more.

    Returns whether it was. Handles are closed, as the system does for a process that is killed.
    """
    calls = count(1)

    def step() -> None:
        if next(calls) >= at:
            raise Killed

    def counted(name: str) -> Callable[..., Any]:
        real = getattr(os, name)

        def call(*given: Any, **named: Any) -> Any:
            try:
                step()
            except Killed:
                if name in {"close", "fdopen"}:
                    close(given[0])
                raise
            if name == "fsync":  # a kill is no power cut
                return None
            if name == "link" and not links:
                raise OSError(errno.EOPNOTSUPP, "no links here")
            return Slow(real(*given, **named), step) if name == "fdopen" else real(*given, **named)

        return call

    close = os.close
    names = ("open", "close", "replace", "rename", "link", "unlink", "fsync", "chmod", "fchmod", "fdopen")
    with pytest.MonkeyPatch.context() as patch:
        for name, call in [(name, counted(name)) for name in names]:
            patch.setattr(os, name, call)
        try:
            work()
        except Killed:
            return True
    return False


@POSIX
@pytest.mark.parametrize(
    ("work", "links"), [(changed, True), (changed, False), (in_two_folders, True), (all_new, True)]
)
def test_a_kill_at_any_moment_leaves_each_file_old_or_new_and_the_next_command_makes_all_old_or_all_new(
    work: Callable[[Path], files.Written], links: bool, tmp_path: Path
) -> None:
    done = STARTED | AFTER[work]
    seen, met = set(), set()
    for at in count(1):
        folder = tmp_path / str(at)
        folder.mkdir()
        plan = start(folder)
        if not killed(lambda folder=folder: work(folder), at, links=links):
            assert at > 10
            assert tree(folder) == done
            break
        left = tree(folder)
        for name, data in done.items():
            assert left.get(name, STARTED.get(name)) in {data, STARTED.get(name)}, name
        state = frozenset((re.sub(r"[0-9a-f]{8}", "", name), data) for name, data in left.items())
        # The next command may be killed too, wherever it is, and so may the one after it: tried once for what each step leaves.
        for again in count(1) if state not in met else ():
            if not killed(lambda plan=plan: files.recover_left(plan), again, links=links):
                break
            for name, data in done.items():
                assert tree(folder).get(name, STARTED.get(name)) in {data, STARTED.get(name)}, name
        met.add(state)
        files.recover_left(plan)
        now = tree(folder)
        assert now in (STARTED, done)
        seen.add(now == done)
    assert seen == {True, False}


def is_in_place(folder: Path) -> bool:
    return (folder / "plan.json").read_bytes() == NEW


def killed_once(
    folder: Path,
    work: Callable[[Path], object] = changed,
    reached: Callable[[Path], bool] = is_in_place,
    *,
    links: bool = True,
) -> Path:
    """Return the plan of a folder in which a command was killed as soon as that state was reached: the new plan in its place."""
    for at in count(1):
        plan = start(folder)
        assert killed(lambda: work(folder), at, links=links)
        if reached(folder):
            return plan
        files.recover_left(plan)
    raise AssertionError("the state was never reached")


@POSIX
def test_what_a_killed_command_began_is_taken_back_in_one_line(tmp_path: Path) -> None:
    plan = killed_once(tmp_path)
    assert files.recover_left(plan) == ("took back what a stopped titrate had begun: plan.json, plan.ics, plan.csv",)
    assert files.recover_left(plan) == ()
    assert tree(tmp_path) == STARTED


@POSIX
def test_a_file_that_somebody_changed_after_a_kill_is_left_with_the_version_before_beside_it(tmp_path: Path) -> None:
    plan = killed_once(tmp_path)
    plan.write_bytes(b"by hand")
    files.recover_left(plan)
    assert tree(tmp_path) == STARTED | {"plan.json": b"by hand", "plan.json.2.bak": OLD}


@pytest.mark.parametrize(
    "text", ["mine", "{}", '{"schema": "titrate/journal/1", "files": [["../x", "0123abcd", "", true, true]]}\n', "[[]]"]
)
@pytest.mark.parametrize("name", [BEGUN, DONE])
def test_a_file_of_the_users_with_the_journals_name_is_neither_obeyed_nor_removed(
    text: str, name: str, tmp_path: Path
) -> None:
    start(tmp_path)
    (tmp_path / name).write_text(text)
    before = tree(tmp_path)
    with pytest.raises(OutputError, match="none of titrate's and is in the way; move it away"):
        changed(tmp_path)
    assert files.recover_left(tmp_path / "plan.json") == ()
    assert tree(tmp_path) == before


@POSIX
def test_a_journal_of_another_user_reaches_no_other_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = killed_once(tmp_path, in_two_folders)
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    files.recover_left(plan)
    assert plan.read_bytes() == OLD
    assert (tmp_path / "else" / "where.csv").read_bytes() == NEW


# --- What fails ---


@pytest.mark.parametrize("name", ["open", "replace", "fsync"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS])
def test_a_failing_disk_is_told_and_leaves_everything_as_it_was(
    name: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(tmp_path)
    real = getattr(os, name)

    def fails(*given: Any, **named: Any) -> Any:
        if name == "open" and not given[1] & os.O_CREAT:
            return real(*given, **named)
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(files.os, name, fails)
        with pytest.raises(
            OutputError, match=r"plan\.json: cannot be written: .*what stood there still stands"
        ) as told:
            changed(tmp_path)
    assert ("give a folder that can be written to" in str(told.value)) == (code == errno.EROFS)
    assert tree(tmp_path) == STARTED


@pytest.mark.parametrize("failing", [1, 2, 3, 4])
@pytest.mark.parametrize("links", [True, False])
def test_a_rename_that_fails_puts_back_what_the_ones_before_it_replaced(
    failing: int, links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(tmp_path)
    replace, calls = os.replace, count(1)

    def sometimes(source: Path, target: Path) -> None:
        if next(calls) == failing:
            raise PermissionError(errno.EPERM, "Operation not permitted")
        replace(source, target)

    def no_link(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "no links here")

    monkeypatch.setattr(files.os, "replace", sometimes)
    if not links:
        monkeypatch.setattr(files.os, "link", no_link)
    with pytest.raises(OutputError, match="Operation not permitted; what stood there still stands"):
        changed(tmp_path)
    assert tree(tmp_path) == STARTED


def test_what_cannot_be_put_back_at_once_is_told_and_taken_back_by_the_next_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = start(tmp_path)
    replace, calls = os.replace, count(1)

    def once(source: Path, target: Path) -> None:
        if next(calls) > 1:
            raise OSError(errno.EIO, "Input/output error")
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(files.os, "replace", once)
        with pytest.raises(
            OutputError, match=r"plan\.ics: cannot be written: Input/output error; not all could be put back"
        ):
            changed(tmp_path)
    assert plan.read_bytes() == NEW
    assert len(files.recover_left(plan)) == 1
    assert tree(tmp_path) == STARTED


def test_a_full_disk_half_way_through_leaves_everything_as_it_was(tmp_path: Path) -> None:
    start(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(OLD) + 1000, hard))  # enough for the journal, not for the new plan
    try:
        with pytest.raises(OutputError, match=r"plan\.json: cannot be written: File too large"):
            changed(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert tree(tmp_path) == STARTED


def test_all_files_are_complete_before_the_first_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(tmp_path)
    replace = os.replace
    complete = []

    def look(source: Path, target: Path) -> None:
        complete.append([path.read_bytes() for path in tmp_path.glob(".*.part") if path.name not in STARTED])
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", look)
    changed(tmp_path)
    assert complete == [[NEW] * 3, [NEW] * 2, [NEW], []]


@POSIX
def test_a_file_that_is_mounted_by_itself_is_told_with_the_way_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(tmp_path)

    def busy(*_: object) -> None:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    monkeypatch.setattr(files.os, "replace", busy)
    with pytest.raises(
        OutputError, match="busy; it is mounted by itself: mount its folder, or give another name; what"
    ):
        changed(tmp_path)
    assert tree(tmp_path) == STARTED


# --- Versions that are kept ---


def test_each_version_is_kept_under_the_next_number_and_no_file_is_ever_replaced_by_one(tmp_path: Path) -> None:
    plan = start(tmp_path)
    (tmp_path / "plan.json.6.bak").write_bytes(b"of the user's")
    (tmp_path / "plan.json.7.bak").symlink_to("nowhere")
    (tmp_path / "plan.json.x.bak").mkdir()
    kept = [files.write([(plan, data)], keep=[plan]).kept for data in (NEW, b"third", b"fourth")]
    assert [[path.name for path in paths] for paths in kept] == [[f"plan.json.{number}.bak"] for number in (8, 9, 10)]
    now = tree(tmp_path)
    assert [now[f"plan.json.{number}.bak"] for number in (1, 6, 8, 9, 10)] == [
        OLDER,
        b"of the user's",
        OLD,
        NEW,
        b"third",
    ]


def test_a_name_that_is_taken_at_the_last_moment_is_left_to_whoever_took_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = start(tmp_path)
    link = os.link

    def late(source: Path, target: Path) -> None:
        if target.name == "plan.json.2.bak" and not target.exists():
            target.write_bytes(b"of the user's")
        link(source, target)

    monkeypatch.setattr(files.os, "link", late)
    assert [path.name for path in changed(tmp_path).kept] == ["plan.json.3.bak"]
    assert plan.with_name("plan.json.2.bak").read_bytes() == b"of the user's"


def test_the_same_bytes_again_keep_nothing_and_leave_the_file_alone(tmp_path: Path) -> None:
    plan = start(tmp_path)
    before = plan.stat()
    assert files.write([(plan, OLD)], keep=[plan]) == files.Written((), ())
    assert (plan.stat().st_ino, plan.stat().st_mtime_ns, tree(tmp_path)) == (before.st_ino, before.st_mtime_ns, STARTED)


def test_a_plan_whose_name_leaves_no_room_for_a_number_is_not_replaced(tmp_path: Path) -> None:
    plan = tmp_path / f"{'x' * 245}.json"
    plan.write_bytes(OLD)
    with pytest.raises(
        OutputError, match="what stands there cannot be kept beside it: File name too long; give a shorter"
    ):
        files.write([(plan, NEW)], keep=[plan])
    assert tree(tmp_path) == {plan.name: OLD}
    files.write([(plan, NEW)])
    assert tree(tmp_path) == {plan.name: NEW}


TAKEN = ["plan.json.2.bak", ".plan.json.00000000.part", ".plan.json.00000000.part.before"]


@POSIX
@pytest.mark.parametrize("name", [*TAKEN, BEGUN, DONE])
def test_nothing_is_written_through_a_link_at_any_of_our_names(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(tmp_path)
    precious = tmp_path / "precious.txt"
    precious.write_bytes(b"precious")
    (tmp_path / name).symlink_to(precious)
    tokens = iter([bytes(4), b"next"])
    monkeypatch.setattr(files.os, "urandom", lambda _: next(tokens))
    if name in TAKEN:
        assert files.write([(tmp_path / "plan.json", NEW)], keep=[tmp_path / "plan.json"]).kept
    else:
        with pytest.raises(OutputError, match=r"journal.* (way|cannot be)"):
            files.write([(tmp_path / "plan.json", NEW)], keep=[tmp_path / "plan.json"])
    assert precious.read_bytes() == b"precious"
    assert (tmp_path / name).is_symlink()


@pytest.mark.parametrize("name", TAKEN)
def test_a_file_of_the_users_at_any_of_our_names_is_neither_changed_nor_removed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(tmp_path)
    (tmp_path / name).write_bytes(b"of the user's")
    tokens = iter([bytes(4), b"next"])
    monkeypatch.setattr(files.os, "urandom", lambda _: next(tokens))
    assert files.write([(tmp_path / "plan.json", NEW)], keep=[tmp_path / "plan.json"]).kept
    assert (tmp_path / name).read_bytes() == b"of the user's"


@POSIX
def test_half_a_copy_is_never_kept_as_a_version(tmp_path: Path) -> None:
    def half_kept(folder: Path) -> bool:
        return any(0 < len(data) < len(OLD) for name, data in tree(folder).items() if name.endswith(".before"))

    plan = killed_once(tmp_path, reached=half_kept, links=False)
    plan.write_bytes(b"by hand")
    files.recover_left(plan)
    assert tree(tmp_path) == STARTED | {"plan.json": b"by hand"}


# --- The lock ---


def test_a_file_changed_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    plan = start(tmp_path)
    with pytest.raises(OutputError, match="somebody else changed it meanwhile; nothing was written"):
        files.write([(plan, NEW)], unchanged=(plan, b"what was read"))
    assert tree(tmp_path) == STARTED
    plan.unlink()
    with pytest.raises(OutputError, match="cannot be read again"):
        files.write([(plan, NEW)], unchanged=(plan, OLD))


HOLDER = """
import sys
from pathlib import Path
from titrate.storage.files import locked_for
with locked_for([Path(sys.argv[1])]):
    print(1, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds the lock of a plan until its input ends."""
    words = [sys.executable, "-c", HOLDER, str(start(tmp_path))]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_a_folder_in_which_another_process_writes_is_waited_for_and_then_told(
    holder: subprocess.Popen[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("titrate.storage.files.PATIENCE", 0.3)
    with pytest.raises(OutputError, match=r"another titrate is writing in its folder; wait and run the command again"):
        changed(tmp_path)
    assert tree(tmp_path) == STARTED
    holder.kill()
    holder.wait()
    assert changed(tmp_path).kept  # the lock ended with its process


def test_a_lock_that_is_given_up_in_time_costs_only_the_wait(holder: subprocess.Popen[bytes], tmp_path: Path) -> None:
    assert holder.stdin is not None
    holder.stdin.close()
    assert changed(tmp_path).kept


@POSIX
def test_a_file_system_without_locks_is_written_to_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    def none(*given: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    start(tmp_path)
    changed(tmp_path)
    assert tree(tmp_path) == STARTED | AFTER[changed]


def test_the_lock_outlives_the_file_that_is_replaced_under_it_and_leaves_nothing(tmp_path: Path) -> None:
    start(tmp_path)
    with files.locked_for([tmp_path / "plan.json"]):
        changed(tmp_path)
        busy = subprocess.run(
            [
                sys.executable,
                "-c",
                f"from titrate.storage import files; files.PATIENCE = 0\n{HOLDER}".replace(
                    "locked_for([", "files.locked_for(["
                ),
                str(tmp_path / "plan.json"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    assert "another titrate is writing" in busy.stderr
    assert tree(tmp_path) == STARTED | AFTER[changed]


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
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(OutputError, match="a pipe or a device"):
        files.check_paths([str(tmp_path / "pipe.csv")])


@POSIX
@pytest.mark.parametrize("target", ["real.json", "nowhere.json", "/dev/full"])
def test_a_link_is_never_written_through_and_its_target_is_named(target: str, tmp_path: Path) -> None:
    (tmp_path / "real.json").write_bytes(OLD)
    link = tmp_path / "link.json"
    link.symlink_to(target)
    for write in (lambda: files.check_paths([str(link)]), lambda: files.write([(link, NEW)])):
        with pytest.raises(OutputError, match=f"link.json: this is a link to .*{target}; name .*{target} itself"):
            write()
    assert (tmp_path / "real.json").read_bytes() == OLD
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.json", "real.json"]


@POSIX
@pytest.mark.parametrize(
    ("mode", "told"), [(0o000, "cannot be read"), (0o444, "is write-protected"), (0o577, "is write-protected")]
)
def test_a_file_that_is_guarded_by_its_mode_is_not_replaced_whoever_asks(mode: int, told: str, tmp_path: Path) -> None:
    plan = start(tmp_path)
    plan.chmod(mode)
    for write in (lambda: files.check_paths([str(plan)]), lambda: changed(tmp_path)):
        with pytest.raises(OutputError, match=f"plan.json: this file {told}.*; make it .*, or give another name"):
            write()
    plan.chmod(0o600)
    assert tree(tmp_path) == STARTED


def test_a_folder_that_is_gone_is_told_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    for write in (lambda: files.check_paths(["plan.json"]), lambda: files.write([(Path("plan.json"), NEW)])):
        with pytest.raises(OutputError, match=r"plan\.json: the folder that you are in is gone; change to another"):
            write()
