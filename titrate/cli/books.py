"""The two books of a batch: the manifest, a line for every row, and the rejected rows as they came, with the reason.

A row's line follows from the batch and the row alone. So a batch that was stopped is continued by going through the
roster again: rows whose files stand as the manifest says are left as they are, and the same lines are written over
themselves.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import BinaryIO

from titrate import ids
from titrate.batch import MADE, OUTCOMES, Made
from titrate.cli.files import sync
from titrate.cli.folder import PART, Kept, writing
from titrate.roster import NOTES, Header, Row

MANIFEST, REJECTED = "manifest.csv", "rejected.csv"
COLUMNS = ("row", "id", "outcome", "plan", "files", "sha256")
SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"  # with the wide forms, which spreadsheets read alike
# Also after what another language's spreadsheet takes for the end of a cell.
FORMULA = re.compile(rf"^(?=\s*[{SIGNS}]|[\t\r\n])|(?<=[;,\t\r\n|])(?=[\"']*[{SIGNS}])")
NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
NUMBER = re.compile(r"[0-9]{1,12}")
DIGEST = re.compile(r"[0-9a-f]{64}")


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet runs: an apostrophe stands before what would begin a formula.

    >>> harmless("=cmd|' /C calc'!A0"), harmless("5 mg;=1+1"), harmless("5 mg")
    ("'=cmd|' /C calc'!A0", "5 mg;'=1+1", '5 mg')
    """
    return FORMULA.sub("'", NO_TEXT.sub("\ufffd", cell))


def kept(folder: Path, formats: Sequence[str]) -> Iterator[Kept]:
    """Return the rows that the manifest of an earlier run says were made, in order, up to where it was cut off."""
    path = next((path for path in (folder / MANIFEST, folder / f"{MANIFEST}{PART}") if path.exists()), None)
    if path is None:
        return
    with path.open(encoding="utf-8", errors="replace", newline="") as file, suppress(csv.Error):
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
            if ids.wrong_with(id) or [name for name, _ in files] != [f"{id}.{one}" for one in formats]:
                return
            if not all(DIGEST.fullmatch(digest) for _, digest in files):
                return
            yield Kept(last, id, files)


class Books:
    """Both books of a batch, filled in the order of the roster; in place only when they are whole."""

    def __init__(self, folder: Path, header: Header) -> None:
        self.counts = dict.fromkeys(OUTCOMES, 0)
        self._folder, self._separator = folder, header.separator
        self._mine = [place for place, name in enumerate(header.names) if name.lower() not in NOTES]
        self._manifest, self._rejected = (_opened(folder / f"{name}{PART}") for name in (MANIFEST, REJECTED))
        _append(self._manifest, [COLUMNS], ",")
        _append(self._rejected, [(*NOTES, *self._as_it_came(header.names))], self._separator)

    def add(self, rows: Iterable[Row], made: Iterable[Made]) -> None:
        """Write what became of the next rows, through to the disk."""
        done, rejected = [], []
        for row, one in zip(rows, made, strict=True):
            self.counts[one.outcome] += 1
            done.append(_line(one))
            if one.outcome != MADE:
                rejected.append((*_why(one), *self._as_it_came(row.cells)))
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

    def _as_it_came(self, cells: Sequence[str]) -> list[str]:
        """The cells of a row but the notes that an earlier rejected.csv added."""
        if len(cells) < len(self._mine):
            return [harmless(cell) for cell in cells]
        beyond = range(max(self._mine) + 1, len(cells))
        return [harmless(cells[place]) for place in (*self._mine, *beyond)]


def _line(one: Made) -> tuple[str, ...]:
    id = harmless(" ".join(one.id.split())[: ids.LONGEST])
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
        harmless(", ".join(columns)),
        " ".join(codes),
        harmless(" | ".join(_told(one))) if messages else "",
    )


def _told(one: Made) -> list[str]:
    return [f"{fault.column}: {fault.message}" if fault.column else fault.message for fault in one.faults]


def _opened(path: Path) -> BinaryIO:
    """A book to write from its beginning, over what is there: a run that is killed again loses no line of it."""
    with writing(path):
        return path.open("r+b" if path.exists() else "w+b")


def _append(book: BinaryIO, rows: Iterable[Sequence[str]], separator: str) -> None:
    text = StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(rows)
    book.write(text.getvalue().encode())
    book.flush()
