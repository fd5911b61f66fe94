"""The rows of a roster, a CSV file, read as a stream; `batch/row.py` makes a patient and a plan of each.

A row that cannot be read says why; the rest go on.

Comma, semicolon or tab, as the header shows; UTF-8, with or without a byte order mark; blank rows, spaces, missing cells
at the end of a row, quoted line breaks and the line `sep=;` are taken as spreadsheets write them.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

from titrate.errors import BadInput, did_you_mean
from titrate.inputs.cells import meant
from titrate.inputs.facts import PLAN
from titrate.storage.files import output_errors

COLUMNS = ("id", *(fact.key for fact in PLAN))
NEEDED = ("id", "start")
ALIASES = {"conditions": "condition", "tablets": "tablet"}
NOTES = ("row", "outcome", "column", "code", "message")  # what rejected.csv adds; mended, it is a roster again
SEPARATORS = (",", ";", "\t")
LONGEST = 65_536  # characters in a row; a quotation mark that is never closed ends there too
MOST_LINES = 100  # in one row
SEP_LINE = re.compile(r'"?sep=([,;\t])"?', re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

MARK = "\ufeff"
UNREADABLE = ("cannot be read", "give a file written as CSV UTF-8")
NO_UTF_8 = re.compile(r"[\ud800-\udfff]")  # how `surrogateescape` keeps such bytes


class Fault(NamedTuple):
    """What is wrong with a row: the column (empty: the row as a whole), a code, and what to do."""

    column: str
    code: str
    message: str


class Row(NamedTuple):
    """One row, numbered as a spreadsheet numbers it, with a cell for each column, as it came.

    The header is 1. A line `sep=;` above it, which spreadsheets hide, has no number. With a `fault` it could not be read:
    its cells are as many as there were, or it is one text, as it came.
    """

    number: int
    cells: tuple[str, ...]
    fault: Fault | None = None


class Header(NamedTuple):
    """The columns of a roster: their names as typed, and the option of `titrate plan` that each is, empty if unread.

    `marked`: the file begins with a byte order mark, by which some spreadsheets know UTF-8. `noted`: how many columns, all
    in front, are those that an earlier rejected.csv added.
    """

    separator: str
    names: tuple[str, ...]
    options: tuple[str, ...]
    marked: bool = False
    noted: int = 0


@contextmanager
def reading(path: Path) -> Iterator[tuple[Header, Iterator[Row]]]:
    """Open a roster and give its header and its rows, blank ones left out, in memory that does not grow with their number.

    Raises BadInput for a header that cannot be read, OutputError for a file that cannot.
    """
    with output_errors(path, *UNREADABLE):
        file = path.open(encoding="utf-8", errors="surrogateescape")
    with file:
        lines = _Lines(file, path)
        header = _header(lines)
        yield header, _rows(lines, header)


class _Lines:
    """The lines of a file, no more than LONGEST characters of any; lines can be put back and are counted in rows."""

    def __init__(self, file: TextIO, path: Path) -> None:
        self._file, self._path = file, path
        self._back: deque[str] = deque()
        self.row = 0

    def next(self) -> str:
        """Return a line with its end, or nothing after the last; a longer one is cut and its rest skipped."""
        if self._back:
            return self._back.popleft()
        with output_errors(self._path, *UNREADABLE):
            line = rest = self._file.readline(LONGEST + 1)
            while len(line) > LONGEST and rest and not rest.endswith("\n"):
                rest = self._file.readline(LONGEST)
        return line

    def put_back(self, lines: Sequence[str]) -> None:
        """Let these lines be read again."""
        self._back.extendleft(reversed(lines))

    def place(self) -> str:
        """Return the file and the row that was read last, for a message."""
        return f"{self._path}: row {self.row}"


def _header(lines: _Lines) -> Header:
    line = lines.next()
    marked = line.startswith(MARK)
    separators: tuple[str, ...] = SEPARATORS
    line, lines.row = line.removeprefix(MARK), 1
    if sep := SEP_LINE.fullmatch(line.strip("\r\n ")):  # only a spreadsheet's first line is hidden
        separators, line = (sep[1],), lines.next()
    while line and not line.strip(' \t\r\n",;'):
        line = lines.next()
        lines.row += 1
    if "\0" in line or line.startswith("\udcff\udcfe"):
        lines.row = 1
        raise BadInput(lines.place(), "this is no UTF-8 text", "save the roster as CSV UTF-8")
    if fault := _line_fault(line):
        raise BadInput(lines.place(), "the header {fault}", fault=fault.message)
    readings = [(_header_cells(line, separator), separator) for separator in separators]
    names, separator = max(readings, key=lambda reading: sum(_option(name) in COLUMNS for name in reading[0]))
    options = tuple(_option(name) for name in names)
    _check_header(options, names, lines.place())
    read = tuple(option if option in COLUMNS else "" for option in options)
    return Header(separator, names, read, marked, len(NOTES) if options[: len(NOTES)] == NOTES else 0)


def _header_cells(line: str, separator: str) -> tuple[str, ...]:
    try:
        cells = next(csv.reader([line], delimiter=separator, strict=True, skipinitialspace=True), [])
        return tuple(meant(cell) for cell in cells)
    except csv.Error:
        return ()


def _option(name: str) -> str:
    plain = re.sub(r"[\s_-]+", "-", name.strip().lstrip("-").lower())
    return ALIASES.get(plain, plain)


def _check_header(options: tuple[str, ...], names: Sequence[str], place: str) -> None:
    """Raise BadInput unless every column is known and stands once, none is missing, and notes stand in front, all of them."""
    if not any(option in COLUMNS for option in options):
        todo = "the first row must name them, such as id,start,egfr,age,taking"
        raise BadInput(place, "no column is known", todo)
    for option, name in zip(options, names, strict=True):
        if option and option not in COLUMNS + NOTES:
            todo = did_you_mean(option[:40], COLUMNS).removeprefix("; ") or "leave it out"
            typed = CONTROL.sub("", name.strip())[:40]
            raise BadInput(place, "there is no column {typed}", todo, typed=typed)
        if option and options.count(option) > 1:
            raise BadInput(place, "the column {column} stands twice", "leave one out", column=option)
    if missing := [name for name in NEEDED if name not in options]:
        raise BadInput(place, "the column {column} is missing", "add it", column=missing[0])
    if options[: len(NOTES)] != NOTES and (notes := [option for option in options if option in NOTES]):
        todo = f"leave it out, or keep all five in front: {', '.join(NOTES)}"
        raise BadInput(place, "the column {column} is one that rejected.csv adds", todo, column=notes[0])


def _rows(lines: _Lines, header: Header) -> Iterator[Row]:
    while line := lines.next():
        lines.row += 1
        if fault := _line_fault(line):
            yield _unread(lines.row, line, fault)
            continue
        cells = _cells(line, header.separator, lines)
        if isinstance(cells, Fault):
            yield _unread(lines.row, line, cells)
        elif any(cell and not cell.isspace() for cell in cells):
            yield _fitted(lines.row, cells, header, ended=line.endswith("\n"))


def _line_fault(line: str) -> Fault | None:
    """Why no cell of a line can be trusted, or None."""
    if len(line) > LONGEST:
        todo = "see whether a line end is missing; what is beyond them is not kept here"
        return Fault("", "too-long", f"is longer than {LONGEST} characters; {todo}")
    if "\0" in line:
        return Fault("", "not-text", "holds a NUL byte: this is not text; save the roster again as CSV UTF-8")
    if not line.isascii() and NO_UTF_8.search(line):
        return Fault("", "not-utf-8", "is not UTF-8; save the roster again as CSV UTF-8")
    return None


def _cells(first: str, separator: str, lines: _Lines) -> tuple[str, ...] | Fault:
    """The cells of the row that `first` begins; further lines are taken only if all of them belong to it."""
    if '"' not in first:
        return tuple(first.rstrip("\n").split(separator))
    taken: list[str] = []

    def row() -> Iterator[str]:
        yield first
        size = len(first)
        while len(taken) < MOST_LINES and (line := lines.next()):
            taken.append(line)
            size += len(line)
            if size > LONGEST or _line_fault(line):
                return
            yield line

    try:
        cells = next(csv.reader(row(), delimiter=separator, strict=True, skipinitialspace=True))
    except csv.Error:
        lines.put_back(taken)
        return Fault("", "quotes", "has quotation marks that do not pair; double one inside a text, and close the text")
    return tuple(cells)


def _fitted(number: int, cells: tuple[str, ...], header: Header, *, ended: bool) -> Row:
    """A row with one cell a column."""
    width = len(header.names)
    if len(cells) > width and "".join(cells[width:]).strip():
        todo = f"put quotation marks around a text with a {header.separator!r}"
        message = f"it has {len(cells)} cells, the header {width}; {todo}"
        return Row(number, cells, Fault("", "too-many-cells", message))
    if len(cells) < width and not ended:
        return Row(number, cells, Fault("", "cut-off", "the file ends inside this row; see whether it is whole"))
    fitted = (*cells[:width], *[""] * (width - len(cells)))
    for cell, name in zip(fitted, header.names, strict=True):
        if not name and cell.strip():
            message = "a cell stands under no heading; name its column or empty it"
            return Row(number, fitted, Fault("", "no-heading", message))
    return Row(number, fitted)


def _unread(number: int, line: str, fault: Fault) -> Row:
    text = CONTROL.sub("\ufffd", line[:LONGEST]).rstrip("\n")
    return Row(number, (text,), fault._replace(message=f"it {fault.message}"))
