"""The folder of a batch: batch.json first, then each patient's files, every one of them whole or not there."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from hashlib import file_digest
from pathlib import Path
from typing import Any

from titrate.batch import row_ids
from titrate.batch.manifest import ManifestRow
from titrate.batch.row import MADE, File, RowResult, Settings, plan_id, plan_row
from titrate.errors import BadInput, OutputError
from titrate.export import EXPORTERS
from titrate.inputs.cells import unharmed
from titrate.inputs.roster import Row
from titrate.inputs.unchecked import saved_plan
from titrate.storage.files import LEFTOVER, output_errors, write, write_many
from titrate.storage.journal import recover
from titrate.storage.lock import LOCK, locked

BATCH = "batch.json"
SCHEMA = "titrate/batch/1"

Task = tuple[Row, ManifestRow | None]  # a row to plan, with what an earlier run made of it
Chunk = tuple[Task, ...]


def plan_and_write(folder: Path, settings: Settings, chunk: Chunk) -> tuple[RowResult, ...]:
    """Plan the rows of a chunk and write their files; return what became of each, without the bytes.

    A row whose files stand as an earlier run wrote them is left as it is. Raises OutputError when a file cannot be written;
    those already in place are whole.
    """
    return write_files(
        folder, tuple(_standing(folder, settings, row) or plan_row(task, settings) for task, row in chunk)
    )


def write_files(folder: Path, results: Sequence[RowResult]) -> tuple[RowResult, ...]:
    """Write the files of planned rows, those without bytes left as they are; return the results without the bytes.

    Raises OutputError where that would lose a plan that was revised since.
    """
    new = [(file.name, file.data) for result in results for file in result.files if file.data]
    for name, _ in new:
        if name.endswith(".json"):
            _check_not_revised(folder / name)
    write_many(folder, new)
    return tuple(result._replace(files=tuple(file._replace(data=b"") for file in result.files)) for result in results)


@contextmanager
def batch_folder(folder: Path) -> Iterator[dict[str, Any] | None]:
    """Make the folder, keep every other titrate out of it, and give what its batch.json says, None where there is none.

    Raises OutputError for a folder that cannot be used or holds other files, BadInput for a damaged batch.json.
    """
    with output_errors(folder, "cannot be written"):
        if not folder.parent.is_dir():
            raise OutputError(folder, "there is no folder {parent}", "make it first", parent=folder.parent)
        new = not folder.exists()
        folder.mkdir(exist_ok=True)
    try:
        with ExitStack() as held:
            with output_errors(folder, "cannot be written"):
                busy = OutputError(folder, "another titrate is filling it", "wait until it is done")
                held.enter_context(locked(folder, busy))
                recover(folder)
                document = _document(folder)
                _sweep(folder)
            yield document
    finally:
        if new:
            with suppress(OSError):  # refused before anything was written: an empty folder is not left behind
                folder.rmdir()


def write_document(folder: Path, document: Mapping[str, Any]) -> None:
    """Write batch.json: after this the folder is a batch that can be continued."""
    from titrate.inputs.document import encoded

    write([(folder / BATCH, encoded(dict(document)))])


def _standing(folder: Path, settings: Settings, row: ManifestRow | None) -> RowResult | None:
    """The result of a row whose files all stand as an earlier run wrote them, or None."""
    if row is None or not all(_is_written(folder / name, digest) for name, digest in row.files):
        return None
    files = tuple(File(name, digest, b"") for name, digest in row.files)
    plan = plan_id(settings.id, row.id)
    return RowResult(row.row, row.id, MADE, plan, files, findings=unharmed(row.findings), names=unharmed(row.names))


def _is_written(path: Path, digest: str) -> bool:
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest() == digest
    except OSError:
        return False


def _check_not_revised(path: Path) -> None:
    with output_errors(path, "cannot be read", "move it away"):
        saved = saved_plan(path)
    if saved and saved["revisions"]:
        raise OutputError(path, "holds a plan that was revised since", "move it away, or leave this batch as it is")


def _document(folder: Path) -> dict[str, Any] | None:
    path = folder / BATCH
    if not path.exists():
        with os.scandir(folder) as entries:
            if any(entry.name != LOCK and _written_name(entry) != BATCH for entry in entries):
                todo = "give {out} a new or an empty folder"
                raise OutputError(folder, "it holds files that are no batch", todo)
        return None
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise BadInput(path, "it is damaged or of another titrate", "give {out} a new folder")
    return document


def _sweep(folder: Path) -> None:
    """Remove what a killed run was writing, and nothing else; its manifest is continued, not removed."""
    with os.scandir(folder) as entries:
        left = [Path(entry) for entry in entries if _is_ours(_written_name(entry))]
    for path in left:
        path.unlink()


def _written_name(entry: os.DirEntry[str]) -> str:
    """The name that a file was to get which is still half written, or nothing."""
    leftover = re.fullmatch(LEFTOVER, entry.name)
    return leftover["name"] if leftover and entry.is_file(follow_symlinks=False) else ""


def _is_ours(name: str) -> bool:
    id, _, suffix = name.rpartition(".")
    return name == BATCH or (suffix in EXPORTERS and not row_ids.wrong_with(id))
