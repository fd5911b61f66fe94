"""The two books of a batch: the manifest, a line for every row, and the rejected rows as they came, with the reason.

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
from typing import BinaryIO

from titrate.batch import row_ids
from titrate.batch.folder import PART, Kept, writing
from titrate.batch.row import MADE, OUTCOMES, Made
from titrate.errors import OutputError
from titrate.inputs.cells import harmless, meant
from titrate.inputs.roster import NOTES, Header, Row
from titrate.storage.files import sync

MANIFEST, REJECTED = "manifest.csv", "rejected.csv"
COLUMNS = ("row", "id", "outcome", "plan", "files", "sha256")
NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
NUMBER = re.compile(r"[0-9]{1,12}")
DIGEST = re.compile(r"[0-9a-f]{64}")


def kept(folder: Path, formats: Sequence[str]) -> Iterator[Kept]:
    """Return the rows that the manifest of an earlier run says were made, in order, up to where it was cut off.

    Raises OutputError for a manifest that cannot be read.
    """
    path = next((path for path in (folder / MANIFEST, folder / f"{MANIFEST}{PART}") if path.exists()), None)
    if path is None:
        return
    try:
        yield from _kept(path, formats)
    except OSError as error:
        way_out = "move it away and run this again"
        raise OutputError(f"{path}: cannot be read: {error.strerror}; {way_out}") from None


def _kept(path: Path, formats: Sequence[str]) -> Iterator[Kept]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file, suppress(csv.Error):
        last = 1
        for line in csv.reader(file):
            if tuple(line) == COLUMNS:
                continue
            if len(line) != len(COLUMNS) or not NUMBER.fullmatch(line[0]) or int(line[0]) <= last:
                return
            row, id, outcome, _, names, digests = line
            last = int(row)
            if outcome != MADE:
                continue
            files = tuple(zip(names.split(), digests.split(), strict=False))
            if row_ids.wrong_with(id) or [name for name, _ in files] != [f"{id}.{one}" for one in formats]:
                return
            if not all(DIGEST.fullmatch(digest) for _, digest in files):
                return
            yield Kept(last, id, files)


class Books:
    """Both books of a batch, filled in the order of the roster; in place only when they are whole."""

    def __init__(self, folder: Path, header: Header) -> None:
        self.counts = dict.fromkeys(OUTCOMES, 0)
        self._folder, self._separator, self._noted = folder, header.separator, header.noted
        self._manifest = _opened(folder / MANIFEST, COLUMNS, ",", header)
        try:
            self._rejected = _opened(folder / REJECTED, (*NOTES, *self._said(header.names)), header.separator, header)
        except OutputError:
            self._manifest.close()
            raise

    def add(self, rows: Iterable[Row], made: Iterable[Made]) -> None:
        """Write what became of the next rows, through to the disk."""
        done, rejected = [], []
        for row, one in zip(rows, made, strict=True):
            self.counts[one.outcome] += 1
            done.append(_line(one))
            if one.outcome != MADE:
                rejected.append((*_why(one), *self._said(row.cells)))
        with writing(self._folder / REJECTED):
            _append(self._rejected, rejected, self._separator)
        with writing(self._folder / MANIFEST):
            _append(self._manifest, done, ",")
            os.fsync(self._manifest.fileno())

    def finish(self) -> None:
        """Put both in place, after everything that they speak of is on the disk."""
        with writing(self._folder / MANIFEST):
            self.close(whole=True)
            if hasattr(os, "sync"):
                os.sync()
            for name in (REJECTED, MANIFEST):
                (self._folder / f"{name}{PART}").replace(self._folder / name)
        sync(self._folder)

    def close(self, *, whole: bool = False) -> None:
        """Leave both to be continued; once whole, without anything that stood behind them."""
        for file in (self._manifest, self._rejected):
            if whole:
                file.truncate()
                file.close()
            else:
                with suppress(OSError):  # what could not be written was told already
                    file.close()

    def _said(self, cells: Sequence[str]) -> list[str]:
        """What the cells of a row say, but for the notes that an earlier rejected.csv added: however often it comes back."""
        return [_shown(meant(cell)) for cell in cells[self._noted :] or cells]


def _line(one: Made) -> tuple[str, ...]:
    id = _shown(" ".join(one.id.split())[: row_ids.LONGEST])
    names, digests = (
        " ".join(words) for words in ([file.name for file in one.files], [file.sha256 for file in one.files])
    )
    return (str(one.row), id, one.outcome, str(one.plan or ""), names, digests)


def _why(one: Made) -> tuple[str, ...]:
    columns, codes, messages = (
        dict.fromkeys(part for part in parts if part) for parts in zip(*one.faults, strict=True)
    )
    return (
        str(one.row),
        one.outcome,
        _shown(", ".join(columns)),
        " ".join(codes),
        _shown(" | ".join(_told(one))) if messages else "",
    )


def _told(one: Made) -> list[str]:
    return [f"{fault.column}: {fault.message}" if fault.column else fault.message for fault in one.faults]


def _shown(text: str) -> str:
    """A text for a cell: without what is no text, and without what a spreadsheet would run."""
    return harmless(NO_TEXT.sub("\ufffd", text))


def _opened(path: Path, columns: Sequence[str], separator: str, header: Header) -> BinaryIO:
    """A book to write from its beginning, over what is there: a run that is killed again loses no line of it."""
    part = path.with_name(f"{path.name}{PART}")
    with writing(path):
        book = part.open("r+b" if part.exists() else "w+b")
        try:
            if header.marked:  # what reads the roster right reads the books right
                book.write(BOM_UTF8)
            _append(book, [columns], separator)
        except OSError:
            with suppress(OSError):  # what is left in its buffer is lost with the disk's room
                book.close()
            raise
    return book


def _append(book: BinaryIO, rows: Iterable[Sequence[str]], separator: str) -> None:
    text = StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(rows)
    book.write(text.getvalue().encode())
    book.flush()
