"""A person at a terminal: the program on a pseudo-terminal, which is answered question by question."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from command import EPOCH, at, environment

PATIENCE = 60  # seconds
CTRL_C, CTRL_D = b"\x03", b"\x04"
# So that Ctrl-C typed there reaches the program.
# And hears what stops a program, which whatever is started in the background may have been told to ignore.
OWN_TERMINAL = (
    "import fcntl, signal, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "signal.signal(signal.SIGINT, signal.default_int_handler); signal.signal(signal.SIGHUP, signal.SIG_DFL)"
)


class Session(NamedTuple):
    """What a session came to: its exit code, all that stood in the terminal, and what went to standard output where that was none."""

    code: int
    screen: str
    out: bytes

    @property
    def commands(self) -> list[str]:
        """The command lines that were shown to be pasted."""
        return [line.strip() for line in self.screen.splitlines() if line.startswith("  titrate ")]


def session(
    line: Iterable[str],
    answers: Iterable[str | bytes],
    folder: Path,
    *,
    piped: bool = False,
    columns: int = 100,
    **told: str,
) -> Session:
    """Run a command line and give each answer where the last line on the screen waits for one; a bytes answer is sent as it is.

    `piped`: standard output goes elsewhere. `told`: more of the environment. Whatever is asked after the last answer fails.
    """
    ours, theirs = pty.openpty()
    settled: Mapping[str, str] = {**environment(), "TERM": "dumb", "COLUMNS": str(columns), **told}
    with (folder / ".out").open("w+b") as out:
        running = subprocess.Popen(
            [*at(EPOCH, OWN_TERMINAL), *line],
            cwd=folder,
            env=settled,
            stdin=theirs,
            stdout=out if piped else theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        screen, left, deadline = b"", [*answers], time.monotonic() + PATIENCE
        try:
            while part := _read(ours, deadline):
                screen += part
                if screen.endswith(b": ") and not _read(ours, time.monotonic() + 0.02, peek=True):
                    assert left, f"nobody answers: {screen.decode()[-300:]}"
                    answer = left.pop(0)
                    os.write(ours, answer if isinstance(answer, bytes) else f"{answer}\n".encode())
            code = running.wait(PATIENCE)
        finally:
            running.kill()
            os.close(ours)
        out.seek(0)
        written = out.read()
    (folder / ".out").unlink()
    assert not left, f"never asked: {left}\n{screen.decode(errors='replace')}"
    return Session(code, screen.decode(errors="replace").replace("\r\n", "\n"), written)


def all_shown(ours: int) -> bytes:
    """Return all that a pseudo-terminal shows until whoever writes to it has gone."""
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # how Linux says that the other end is closed
        pass
    return shown


def _read(ours: int, deadline: float, *, peek: bool = False) -> bytes:
    """What the terminal shows next; nothing where it is closed, or where nothing comes by the deadline and somebody only looks."""
    ready, _, _ = select.select([ours], [], [], max(0, deadline - time.monotonic()))
    if peek:
        return b"more" if ready else b""
    assert ready, "the program says nothing more"
    try:
        return os.read(ours, 4096)
    except OSError:  # how Linux says that the other end is closed
        return b""
