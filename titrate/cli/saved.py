"""Reading a saved plan from a file or a pipe, also to change it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from titrate.cli import terminal
from titrate.errors import OutputError
from titrate.inputs import planfile, strict_json
from titrate.model import Plan
from titrate.storage import files

STANDARD_INPUT = "-"


def load(path: str) -> tuple[Plan, bytes]:
    """Return the plan saved in `path` (`-` is standard input) and the bytes it was read from.

    What a killed command began beside it is taken back before, and what screening finds otherwise today is said. Raises
    BadInput for a damaged plan, OutputError for an unreadable file.
    """
    if path != STANDARD_INPUT:
        for line in files.recover_left(Path(path)):
            terminal.say(line)
    data = _bytes(path)
    saved = planfile.read(data, "standard input" if path == STANDARD_INPUT else path)
    if not saved.is_sealed:
        made_by = f"this plan was saved by titrate {saved.plan.version}, which wrote no seal"
        terminal.say(f"{made_by}: whether somebody changed it by hand cannot be told")
    for line in saved.screened_since:
        terminal.say(f"since this plan was saved: {line}")
    return saved.plan, data


def load_to_write(path: str, written: Sequence[Path], command: typer.Context) -> tuple[Plan, bytes]:
    """Return the same, read under the lock of all that is to be written, which is held until the command is done.

    Raises OutputError, too, where another titrate holds it for too long.
    """
    for line in command.with_resource(files.locked_for(written)):
        terminal.say(line)
    return load(path)


def _bytes(path: str) -> bytes:
    most = strict_json.LARGEST + 1  # one byte more than is read: enough to refuse a file that is too large
    try:
        if path == STANDARD_INPUT:
            return sys.stdin.buffer.read(most)
        with Path(path).open("rb") as file:
            return file.read(most)
    except OSError as error:
        todo = "give the file written with -o plan.json"
        raise OutputError("", "{path}: cannot be read: {reason}", todo, path=path, reason=error.strerror) from None
