"""The files of one command: what may be replaced, put in place all or none, and said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from titrate.cli import terminal
from titrate.errors import OutputError
from titrate.inputs.document import revision
from titrate.inputs.unchecked import saved_plan
from titrate.storage import files
from titrate.storage.stops import stops_held

if TYPE_CHECKING:
    from titrate.model import Plan

ANOTHER_NAME = "give another name, or --force to replace it all the same, which keeps it beside"


def write_files(
    outputs: Sequence[tuple[Path, bytes]],
    plan: Plan | None = None,
    *,
    force: bool = False,
    private: Path | None = None,
    unchanged: tuple[Path, bytes] | None = None,
) -> tuple[str, ...]:
    """Put the files in place, all or none, keep beside them the plans that they replace, and return what to say of both.

    `plan`: the one that they show. `force`: whatever they replace is replaced, and kept. `private`: the saved plan that they
    belong to. `unchanged`: a file, with the bytes that were read from it. Raises OutputError, with every file as it was, where
    a plan would be lost or a file cannot be written.
    """
    paths = [path for path, _ in outputs]
    with files.locked_for(paths) as lines:
        for line in lines:
            terminal.say(line)
        keep = [path for path in paths if path.suffix.lower() == ".json" and _is_to_keep(path, plan, force=force)]
        with stops_held():  # what is in place by then is what the exit code tells
            written = files.write(outputs, keep=keep, private=private, unchanged=unchanged)
            kept = f"; the plan before is kept in {', '.join(map(str, written.kept))}" if written.kept else ""
            line = f"wrote {', '.join(map(str, paths))}{kept}"
            terminal.in_place.append(line)
    return (line, *written.lines)


def _is_to_keep(path: Path, plan: Plan | None, *, force: bool) -> bool:
    """Whether a file at a place for JSON stays beside the new one; OutputError where it is not to be replaced unasked."""
    files.check_replaceable(path)
    if not path.exists():
        return False
    if force:
        return True
    saved = saved_plan(path)
    if plan is None:
        if saved:
            raise OutputError(path, "holds a plan", "give another name")
        return False
    if saved is None:
        raise OutputError(path, "holds no plan that can be read", ANOTHER_NAME)
    changes, mine = saved["revisions"], [revision(change) for change in plan.revisions]
    if changes and not (saved.get("id") == str(plan.id) and changes == mine[: len(changes)]):
        counted = f"{len(changes)} {'change' if len(changes) == 1 else 'changes'}"
        raise OutputError(path, "holds a revised plan ({counted}), which would be lost", ANOTHER_NAME, counted=counted)
    return True
