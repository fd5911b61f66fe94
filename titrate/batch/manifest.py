"""The two tables of a batch: the manifest, a line for every row, and the rejected rows as they came, with the reason.

A row's line follows from the batch and the row alone. So a batch that was stopped is continued by going through the
roster again: rows whose files stand as the manifest says are left as they are, and the same lines are written over
themselves.
"""

from __future__ import annotations

import csv
import os
import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

from titrate.batch import row_ids
from titrate.batch.row import MADE, OUTCOMES, RowResult
from titrate.errors import OutputError
from titrate.inputs.cells import harmless, meant
from titrate.inputs.roster import CONTROL, NOTES, Header, Row
from titrate.storage.files import output_errors, sync
from titrate.storage.journal import PART

MANIFEST, REJECTED = "manifest.csv", "rejected.csv"
# The digests stand last: a line that is cut off has one that is none.
COLUMNS = ("row", "id", "outcome", "plan", "findings", "names", "files", "sha256")
NUMBER = re.compile(r"[0-9]{1,12}")
DIGEST = re.compile(r"[0-9a-f]{64}")


class ManifestRow(NamedTuple):
    """A row whose plan an earlier run made: its number, its id, its files, each with its sha256, and what was found."""

    row: int
    id: str
    files: tuple[tuple[str, str], ...]
    findings: str
    names: str


def read_manifest(folder: Path, formats: Sequence[str]) -> Iterator[ManifestRow]:
    """Return the rows whose plans an earlier run made, in order, up to where its manifest was cut off.

    Raises OutputError for a manifest that cannot be read.
    """
    path = next((path for path in (folder / MANIFEST, folder / f"{MANIFEST}{PART}") if path.exists()), None)
    if path is None:
        return
    with output_errors(path, "cannot be read", "move it away and run this again"):
        yield from _planned_rows(path, formats)


def _planned_rows(path: Path, formats: Sequence[str]) -> Iterator[ManifestRow]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file, suppress(csv.Error):
        last = 1
        for line in csv.reader(file):
            if tuple(line) == COLUMNS:
                continue
            if len(line) != len(COLUMNS) or not NUMBER.fullmatch(line[0]) or int(line[0]) <= last:
                return
            row, id, outcome, _, findings, names, file_names, digests = line
            last = int(row)
            if outcome != MADE:
                continue
            files = tuple(zip(file_names.split(), digests.split(), strict=False))
            if row_ids.wrong_with(id) or [name for name, _ in files] != [f"{id}.{format}" for format in formats]:
                return
            if not all(DIGEST.fullmatch(digest) for _, digest in files):
                return
            yield ManifestRow(last, id, files, findings, names)


class Manifest:
    """Writes the manifest and the rejected rows in the order of the roster; both are in place only when they are whole."""

    def __init__(self, folder: Path, header: Header) -> None:
        self.counts = dict.fromkeys(OUTCOMES, 0)
        self._folder, self._separator, self._notes = folder, header.separator, header.noted
        self._manifest = _opened(folder / MANIFEST, COLUMNS, ",", header)
        try:
            columns = (*NOTES, *self._own_cells(header.names))
            self._rejected = _opened(folder / REJECTED, columns, header.separator, header)
        except OutputError:
            self._manifest.close()
            raise

    def add(self, rows: Iterable[Row], results: Iterable[RowResult]) -> None:
        """Write what became of the next rows, through to the disk."""
        lines, rejected = [], []
        for row, result in zip(rows, results, strict=True):
            self.counts[result.outcome] += 1
            lines.append(_manifest_line(result))
            if result.outcome != MADE:
                rejected.append((*_notes(result), *self._own_cells(row.cells)))
        with output_errors(self._folder / REJECTED, "cannot be written"):
            _append(self._rejected, rejected, self._separator)
        with output_errors(self._folder / MANIFEST, "cannot be written"):
            _append(self._manifest, lines, ",")
            os.fsync(self._manifest.fileno())

    def finish(self) -> None:
        """Put both in place, after everything that they speak of is on the disk."""
        with output_errors(self._folder / MANIFEST, "cannot be written"):
            for file in (self._manifest, self._rejected):
                file.truncate()  # what an earlier run wrote behind the end
                file.close()
            if hasattr(os, "sync"):
                os.sync()
            for name in (REJECTED, MANIFEST):
                (self._folder / f"{name}{PART}").replace(self._folder / name)
        sync(self._folder)

    def close(self) -> None:
        """Leave both to be continued, where they are not finished."""
        for file in (self._manifest, self._rejected):
            with suppress(OSError):  # what could not be written was reported already
                file.close()

    def _own_cells(self, cells: Sequence[str]) -> list[str]:
        """The text of a row's cells, without the notes that an earlier rejected.csv added, however often it comes back."""
        return [_printable(meant(cell)) for cell in cells[self._notes :] or cells]


def _manifest_line(result: RowResult) -> tuple[str, ...]:
    id = _printable(" ".join(result.id.split())[: row_ids.LONGEST])
    files, digests = " ".join(file.name for file in result.files), " ".join(file.sha256 for file in result.files)
    findings = result.findings or " ".join(dict.fromkeys(fault.code for fault in result.faults if fault.code))
    told = (_printable(findings), _printable(result.names))
    return (str(result.row), id, result.outcome, str(result.plan or ""), *told, files, digests)


def _notes(result: RowResult) -> tuple[str, ...]:
    """The cells under NOTES: each column and code once, and every message."""
    columns = dict.fromkeys(fault.column for fault in result.faults if fault.column)
    codes = dict.fromkeys(fault.code for fault in result.faults if fault.code)
    messages = (f"{fault.column}: {fault.message}" if fault.column else fault.message for fault in result.faults)
    return (
        *(str(result.row), result.outcome, _printable(", ".join(columns)), " ".join(codes)),
        _printable(" | ".join(messages)),
    )


def _printable(text: str) -> str:
    """A text for a cell: without what is no text, and without what a spreadsheet would run."""
    return harmless(CONTROL.sub("\ufffd", text))


def _opened(path: Path, columns: Sequence[str], separator: str, header: Header) -> BinaryIO:
    """A table to write from its beginning, over what is there: a run that is killed again loses no line of it."""
    part = path.with_name(f"{path.name}{PART}")
    with output_errors(path, "cannot be written"):
        file = part.open("r+b" if part.exists() else "w+b")
        try:
            if header.marked:  # what reads the roster right reads these right
                file.write(BOM_UTF8)
            _append(file, [columns], separator)
        except OSError:
            with suppress(OSError):  # what is left in its buffer is lost with the disk's room
                file.close()
            raise
    return file


def _append(file: BinaryIO, rows: Iterable[Sequence[str]], separator: str) -> None:
    text = StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(rows)
    file.write(text.getvalue().encode())
    file.flush()
