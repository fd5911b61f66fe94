"""Output files: rendered before anything is opened, all of one command put in place or none, each whole or not there."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from titrate.errors import BadInput, OutputError
from titrate.storage import journal
from titrate.storage.journal import BEFORE, BEGUN, DONE, PART, Entry
from titrate.storage.lock import PATIENCE, locked
from titrate.storage.rights import Rights, give_rights, rights_of
from titrate.storage.stops import stops_held

LEFTOVER = rf"\.(?P<name>.+)\.[a-z0-9_]{{8}}{re.escape(PART)}(?:{re.escape(BEFORE)})?"
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
STANDS = "what stood there still stands"
WAYS_ON = {
    errno.EBUSY: "it is mounted by itself: mount its folder, or give another name",
    errno.EROFS: "give a folder that can be written to",
    errno.ENAMETOOLONG: "give a shorter name",
}


class Written(NamedTuple):
    """What became of a command's files: the names under which the ones before are kept, and what else is to be said."""

    kept: tuple[Path, ...]
    lines: tuple[str, ...]


@contextmanager
def output_errors(path: str | Path, wrong: str, todo: str = "") -> Iterator[None]:
    """Turn an OSError of the block into an OutputError: `path: wrong: the system's reason; todo`."""
    try:
        yield
    except OSError as error:
        raise OutputError(path, f"{wrong}: {{reason}}", todo, reason=error.strerror) from None


def check_paths(paths: Sequence[str]) -> tuple[Path, ...]:
    """Return the files to write, checked before any work is done.

    Raises BadInput for one file named twice, OutputError for a place where no file can stand or whose file is not to be replaced.
    """
    seen: dict[str, str] = {}
    for path in paths:
        if not path.encode(errors="replace").decode().isprintable():
            raise BadInput("output", "{path!r} holds control characters", "give a name without", path=path)
        with output_errors(path, "cannot be written", "give another name or folder"):  # a name that is too long
            check_replaceable(Path(path))
            real = os.path.normcase(_real(Path(path)))
        if real in seen:
            wrong = "{first} and {path} are the same file"
            raise BadInput("output", wrong, "give each output a name of its own", first=seen[real], path=path)
        seen[real] = path
    return tuple(Path(path) for path in paths)


def check_replaceable(path: Path) -> None:
    """Raise OutputError unless a file may be put at this path: in a folder, over nothing or over a file that is not guarded.

    The mode counts, not who we are: whoever may do everything replaces no write-protected file by mistake either.
    """
    if not path.parent.is_dir():
        folder = path.parent.name or path.parent
        raise OutputError(path, "there is no folder {folder}", "make it first", folder=folder)
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISLNK(mode):
        target = path.parent / path.readlink()
        raise OutputError(path, "this is a link to {target}", "name {target} itself", target=target)
    if stat.S_ISDIR(mode):
        raise OutputError(path, "this is a folder", "give a file name")
    if not stat.S_ISREG(mode):
        raise OutputError(path, "this is a pipe or a device, which would be replaced", "give a file name")
    if not (mode & stat.S_IRUSR and os.access(path, os.R_OK)):
        wrong = "this file cannot be read, so what it holds could be lost"
        raise OutputError(path, wrong, "make it readable, or give another name")
    if not mode & stat.S_IWUSR:
        raise OutputError(path, "this file is write-protected", "make it writable, or give another name")


@contextmanager
def locked_for(paths: Collection[Path]) -> Iterator[tuple[str, ...]]:
    """Hold the lock of every folder of these files, in one order everywhere; give a line for what was taken back there.

    Raises OutputError where another titrate holds one for too long, or where a folder cannot be opened.
    """
    with ExitStack() as held:
        lines: list[str] = []
        folders: dict[Path, Path] = {}
        for path in paths:
            folders.setdefault(_real(path).parent, path)
        for folder, path in sorted(folders.items()):
            busy = OutputError(path, "another titrate is writing in its folder", "wait and run the command again")
            with output_errors(path, "its folder cannot be opened", "give another folder"):
                held.enter_context(locked(folder, busy, PATIENCE))
            lines += journal.recover(folder)
        yield tuple(lines)


def recover_left(path: Path) -> tuple[str, ...]:
    """Take back what a killed command began beside a file that is only read; return a line that says so.

    Where another process is writing, or where we may not, it is left: every file there is whole.
    """
    with suppress(OSError, OutputError):
        folder = _real(path).parent
        if journal.is_left(folder):
            with locked(folder, OutputError(folder, "another titrate is writing")), stops_held():
                return journal.recover(folder)
    return ()


def write(
    outputs: Sequence[tuple[Path, bytes]],
    *,
    keep: Collection[Path] = (),
    private: Path | None = None,
    unchanged: tuple[Path, bytes] | None = None,
) -> Written:
    """Put all files in place or none, each through to the disk first; a file that already has its bytes is left as it is.

    What stands at a path of `keep` stays beside the new file. No file gets wider rights than `private`, the plan that it
    belongs to. `unchanged`: a file with the bytes that were read from it.

    Raises OutputError, with every file as it was, when one cannot be written or somebody changed `unchanged`.
    """
    with locked_for([path for path, _ in outputs]) as lines, stops_held():
        typed = {_real(path): path for path, _ in outputs}
        for path in typed.values():
            with output_errors(path, "cannot be written", "give another name or folder"):
                check_replaceable(path)
        if unchanged:
            _check_unchanged(*unchanged)
        new = {real: data for real, (_, data) in zip(typed, outputs, strict=True) if not _has(real, data)}
        if not new:
            return Written((), lines)
        stay = {_real(path) for path in keep}
        entries = [_entry(path, data, kept=path in stay) for path, data in new.items()]
        plan = _real(private) if private else next((path for path in typed if path.suffix.lower() == ".json"), None)
        written = _put(entries, new, typed, plan)
    return written._replace(lines=lines + written.lines)


def write_many(folder: Path, outputs: Sequence[tuple[str, bytes]]) -> None:
    """Write files into a folder, each whole or not there; they last from the next sync of the whole disk on.

    Raises OutputError when one cannot be written; those already in their places are whole.
    """
    token = os.urandom(4).hex()
    beside = [folder / f".{name}.{token}{PART}" for name, _ in outputs]
    try:
        for path, (name, data) in zip(beside, outputs, strict=True):
            with output_errors(folder / name, "cannot be written"), path.open("xb") as file:
                file.write(data)
        for path, (name, _) in zip(beside, outputs, strict=True):
            with output_errors(folder / name, "cannot be written"):
                path.replace(folder / name)
    except OutputError:
        for path in beside:
            with suppress(OSError):
                path.unlink()
        raise
    if outputs:
        sync(folder)


def sync(folder: str | Path) -> None:
    """Make renames in a folder last; a system that cannot open folders does without."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _put(entries: Sequence[Entry], new: Mapping[Path, bytes], typed: Mapping[Path, Path], plan: Path | None) -> Written:
    """Put each file in its place, with rights no wider than those of `plan`; all of them or none.

    `new`, `typed`: for each path its bytes, and its name as it was given.
    """
    current, lines = entries[0].path, list[str]()
    folders = dict.fromkeys(entry.path.parent for entry in entries)
    first = plan.parent if plan and plan.parent in folders else current.parent
    begun, done = first / BEGUN, first / DONE
    try:
        handle = os.open(begun, NEW, 0o644)
    except OSError as error:
        raise _not_written(typed[current], error, STANDS) from None
    try:
        _fill(handle, journal.text(first, entries))
        for entry in entries:
            current = entry.path
            lines += [f"{typed[current]}: {line}" for line in _prepare(entry, new[current], _rights(current, plan))]
        if len(entries) > 1:
            for folder in folders:
                sync(folder)
        for entry in entries:
            current = entry.path
            os.replace(entry.part, current)  # noqa: PTH105 - as the line below, a system call that a test counts
        for folder in folders:
            if folder != first:
                sync(folder)
        os.replace(begun, done)  # noqa: PTH105
    except BaseException as error:
        stands = _put_back(entries, begun)
        if not isinstance(error, OSError):
            raise
        raise _not_written(typed[current], error, stands) from None
    sync(first)
    kept: list[Path] = []
    try:
        kept = journal.finish(entries, done)
    except OSError as error:  # the next command does it
        lines.append(f"{done}: cannot be cleared away yet: {error.strerror}")
    names = zip((typed[entry.path] for entry in entries if entry.kept), kept, strict=False)
    return Written(tuple(path.with_name(name.name) for path, name in names), tuple(lines))


def _not_written(path: Path, error: OSError, stands: str) -> OutputError:
    """What is said of a file that cannot be written: why, the way on where there is one, and what stands there now."""
    todo = "; ".join(filter(None, (WAYS_ON.get(error.errno or 0), stands)))
    return OutputError(path, "cannot be written: {reason}", todo, reason=error.strerror)


def _put_back(entries: Sequence[Entry], begun: Path) -> str:
    """Take back what was put in place; return what stands now, in words."""
    try:
        journal.take_back(entries, begun)
    except OSError as error:
        return f"not all could be put back ({error.strerror}), which the next titrate in this folder tries again"
    return STANDS


def _prepare(entry: Entry, data: bytes, rights: Rights | None) -> list[str]:
    """Write the new file beside its place and give what stands there a second name; return what its rights lack, in words."""
    handle = os.open(entry.part, NEW, 0o666 if rights is None else 0o600)
    lost = _fill(handle, data, rights)
    before = rights_of(entry.path)
    if before is None:
        os.close(os.open(entry.before, NEW, 0o600))
        return []
    try:
        os.link(entry.path, entry.before)
    except FileExistsError:
        raise
    except OSError:  # a file system without links, or somebody else's file
        _fill(os.open(entry.before, NEW, 0o600), entry.path.read_bytes(), before)
    lines = [f"its {', '.join(lost)} could not be kept"] if lost else []
    if rights and rights.mode != before.mode:
        lines.append("may now be read by nobody who may not read the plan")
    return lines


def _fill(handle: int, data: bytes, rights: Rights | None = None) -> tuple[str, ...]:
    """Write a new file, through to the disk, and close it; return which rights it could not get."""
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        lost = give_rights(handle, rights) if rights else ()
        file.flush()
        os.fsync(handle)
    return lost


def _rights(path: Path, plan: Path | None) -> Rights | None:
    """The rights for a file beside a plan: those of what it replaces, else those of the plan; None: as any new file."""
    own = rights_of(path)
    if plan is None or path == plan or not (private := rights_of(plan)):
        return own
    if own:
        return own._replace(mode=own.mode & private.mode)
    return private._replace(mode=private.mode & 0o666 & ~_umask())


def _check_unchanged(path: Path, before: bytes) -> None:
    with output_errors(path, "cannot be read again", "nothing was written"):
        now = path.read_bytes()
    if now != before:
        changed = "somebody else changed it meanwhile; nothing was written"
        raise OutputError(path, changed, "run the command again")


def _has(path: Path, data: bytes) -> bool:
    """Whether a file has these bytes already."""
    with suppress(FileNotFoundError):
        return path.stat().st_size == len(data) and path.read_bytes() == data
    return False


def _entry(path: Path, data: bytes, *, kept: bool) -> Entry:
    stood, digest = os.path.lexists(path), None
    if kept and stood:
        with output_errors(path, "what stands there cannot be kept beside it", "give a shorter name"):
            digest = sha256(path.read_bytes()).hexdigest()
            with suppress(FileNotFoundError):
                journal.kept_path(path, journal.last_kept(path) + 1).lstat()  # a name that is too long
    while True:
        entry = Entry(path, os.urandom(4).hex(), sha256(data).hexdigest(), stood, digest)
        if not (os.path.lexists(entry.part) or os.path.lexists(entry.before)):
            return entry


def _real(path: Path) -> Path:
    """The path without links in its folders; a link at its end stays one."""
    try:
        return Path(os.path.realpath(path.parent), path.name)
    except FileNotFoundError:  # which it is asked for alone
        raise OutputError(path, "the folder that you are in is gone", "change to another") from None


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
