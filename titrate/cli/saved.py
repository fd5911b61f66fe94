"""Reading a saved plan from a file or a pipe, and keeping its revisions from being written over."""

from __future__ import annotations

import sys
from pathlib import Path

from titrate.cli import terminal
from titrate.errors import OutputError
from titrate.inputs import planfile, strict_json
from titrate.model import Plan


def load(path: str) -> tuple[Plan, bytes]:
    """Return the plan saved in `path` (`-` is standard input) and the bytes it was read from.

    What screening finds otherwise today is said. Raises BadInput for a damaged plan, OutputError for an unreadable file.
    """
    data = _bytes(path)
    saved = planfile.read(data, "standard input" if path == "-" else path)
    for line in saved.screened_since:
        terminal.say(f"since this plan was saved: {line}")
    return saved.plan, data


def check_nothing_lost(path: Path, plan: Plan) -> None:
    """Raise OutputError where writing `plan` to `path` would lose a revision that is saved there."""
    import json
    from decimal import Decimal

    from titrate.inputs.document import revision

    try:
        with path.open("rb") as file:
            document = json.loads(file.read(strict_json.LARGEST), parse_float=Decimal)
    except (OSError, ValueError, RecursionError):
        return  # nothing is there, or nothing that could be read as a plan
    if not (isinstance(document, dict) and str(document.get("schema")).startswith("titrate/plan/")):
        return
    saved = document.get("revisions")
    mine = [revision(change) for change in plan.revisions]
    if not isinstance(saved, list) or (document.get("id") == str(plan.id) and saved == mine[: len(saved)]):
        return
    if saved:
        changes = f"{len(saved)} {'change' if len(saved) == 1 else 'changes'}"
        wrong = "{path}: holds a revised plan ({changes}), which would be lost"
        raise OutputError("", wrong, "give another name, or move that file away", path=path, changes=changes)


def _bytes(path: str) -> bytes:
    most = strict_json.LARGEST + 1  # one byte more than is read: enough to refuse a file that is too large
    try:
        if path == "-":
            return sys.stdin.buffer.read(most)
        with Path(path).open("rb") as file:
            return file.read(most)
    except OSError as error:
        todo = "give the file written with -o plan.json"
        raise OutputError("", "{path}: cannot be read: {reason}", todo, path=path, reason=error.strerror) from None
