"""A roster: a CSV file of patients, one a row, read as a stream. A row that cannot be read says why; the rest go on.

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

from titrate.errors import BadInput, OutputError, did_you_mean
from titrate.inputs.cells import meant
from titrate.inputs.facts import PLAN

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
    try:
        file = path.open(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise _unreadable(path, error) from None
    with file:
        lines = _Lines(file, path)
        try:
            header = _header(lines)
        except BadInput as error:
            raise BadInput(f"{path}: {error}") from None
        yield header, _rows(lines, header)


def _unreadable(path: Path, error: OSError) -> OutputError:
    return OutputError(f"{path}: cannot be read: {error.strerror}; give a file written as CSV UTF-8")


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
        try:
            line = rest = self._file.readline(LONGEST + 1)
            while len(line) > LONGEST and rest and not rest.endswith("\n"):
                rest = self._file.readline(LONGEST)
        except OSError as error:
            raise _unreadable(self._path, error) from None
        return line

    def put_back(self, lines: Sequence[str]) -> None:
        """Let these lines be read again."""
        self._back.extendleft(reversed(lines))


def _header(lines: _Lines) -> Header:
    line = lines.next()
    marked = line.startswith(MARK)
    line, told, lines.row = line.removeprefix(MARK), "", 1
    if found := SEP_LINE.fullmatch(line.strip("\r\n ")):  # only a spreadsheet's first line is hidden
        told, line = found[1], lines.next()
    while line and not line.strip(' \t\r\n",;'):
        line = lines.next()
        lines.row += 1
    if "\0" in line or line.startswith("\udcff\udcfe"):
        raise BadInput("row 1: this is no UTF-8 text; save the roster as CSV UTF-8")
    if wrong := _wrong_with(line):
        raise BadInput(f"row {lines.row}: the header {wrong.message}")
    taken = [(_header_cells(line, separator), separator) for separator in (told or SEPARATORS)]
    cells, separator = max(taken, key=lambda one: sum(_option(name) in COLUMNS for name in one[0]))
    options = tuple(_option(name) for name in cells)
    _check_header(options, cells, lines.row)
    read = tuple(option if option in COLUMNS else "" for option in options)
    return Header(separator, cells, read, marked, len(NOTES) if options[: len(NOTES)] == NOTES else 0)


def _header_cells(line: str, separator: str) -> tuple[str, ...]:
    try:
        cells = next(csv.reader([line], delimiter=separator, strict=True, skipinitialspace=True), [])
        return tuple(meant(cell) for cell in cells)
    except csv.Error:
        return ()


def _option(name: str) -> str:
    plain = re.sub(r"[\s_-]+", "-", name.strip().lstrip("-").lower())
    return ALIASES.get(plain, plain)


def _check_header(options: tuple[str, ...], names: Sequence[str], row: int) -> None:
    if not any(option in COLUMNS for option in options):
        raise BadInput(f"row {row}: no column is known; the first row must name them, such as id,start,egfr,age,taking")
    for option, name in zip(options, names, strict=True):
        if option and option not in COLUMNS + NOTES:
            shown = CONTROL.sub("", name.strip())[:40]
            hint = did_you_mean(option[:40], COLUMNS) or "; leave it out"
            raise BadInput(f"row {row}: there is no column {shown}{hint}")
        if option and options.count(option) > 1:
            raise BadInput(f"row {row}: the column {option} stands twice; leave one out")
    if missing := [name for name in NEEDED if name not in options]:
        raise BadInput(f"row {row}: the column {missing[0]} is missing; add it")
    if options[: len(NOTES)] != NOTES and (notes := [option for option in options if option in NOTES]):
        ours = f"leave it out, or keep all five in front: {', '.join(NOTES)}"
        raise BadInput(f"row {row}: the column {notes[0]} is one that rejected.csv adds; {ours}")


def _rows(lines: _Lines, header: Header) -> Iterator[Row]:
    while line := lines.next():
        lines.row += 1
        if wrong := _wrong_with(line):
            yield _unread(lines.row, line, wrong)
            continue
        cells = _cells(line, header.separator, lines)
        if isinstance(cells, Fault):
            yield _unread(lines.row, line, cells)
        elif any(cell and not cell.isspace() for cell in cells):
            yield _fitted(lines.row, cells, header, ended=line.endswith("\n"))


def _wrong_with(line: str) -> Fault | None:
    """Why no cell of a line can be trusted, or None."""
    if len(line) > LONGEST:
        told = f"is longer than {LONGEST} characters; see whether a line end is missing; what is beyond them is not kept here"
        return Fault("", "too-long", told)
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
            if size > LONGEST or _wrong_with(line):
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
        told = f"it has {len(cells)} cells, the header {width}; put quotation marks around a text with a {header.separator!r}"
        return Row(number, cells, Fault("", "too-many-cells", told))
    if len(cells) < width and not ended:
        return Row(number, cells, Fault("", "cut-off", "the file ends inside this row; see whether it is whole"))
    fitted = (*cells[:width], *[""] * (width - len(cells)))
    for cell, name in zip(fitted, header.names, strict=True):
        if not name and cell.strip():
            return Row(
                number, fitted, Fault("", "no-heading", "a cell stands under no heading; name its column or empty it")
            )
    return Row(number, fitted)


def _unread(number: int, line: str, fault: Fault) -> Row:
    text = CONTROL.sub("\ufffd", line[:LONGEST]).rstrip("\n")
    return Row(number, (text,), fault._replace(message=f"it {fault.message}"))
