"""Running the program in tests, in this process and in one of its own: command lines, rosters, and what a test needs from outside."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from decimal import Decimal
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from titrate.batch.row import RowResult, Settings, plan_row
from titrate.cli.app import run
from titrate.inputs.roster import Header, Row

# --- A command line in this process ---


class Told:
    """What a run said: its exit code and the text on stdout and stderr."""

    def __init__(self, code: int, out: bytes, err: bytes) -> None:
        self.code, self.data = code, out
        self.out, self.err = out.decode(), err.decode()

    @property
    def document(self) -> Any:
        return json.loads(self.out, parse_float=Decimal)


class Desk:
    """A folder to work in, at a moment that only the test moves on."""

    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.folder, self._capfd, self._patch = folder, capfd, patch
        patch.chdir(folder)
        patch.setenv("COLUMNS", "100")
        patch.setenv("TZ", "Europe/Berlin")
        patch.delenv("SOURCE_DATE_EPOCH", raising=False)
        self.now(2026, 11, 30, 9, 15)

    def now(self, *moment: int) -> None:
        """Set the clock, in UTC."""
        instant = datetime(*moment, tzinfo=UTC)  # type: ignore[misc,arg-type]
        self._patch.setattr("titrate.cli.clock.utc_now", lambda: instant)

    def titrate(self, line: str) -> Told:
        """Run a command line, written without the program's name."""
        argv = shlex.split(line)
        self._patch.setattr("sys.argv", ["titrate", *argv])
        code = run(argv)
        read = self._capfd.readouterr()
        return Told(code, read.out.encode("utf-8", "surrogateescape"), read.err.encode("utf-8", "surrogateescape"))

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()


# --- The program in a process of its own, at a moment that the test sets ---


def at(seconds: int, before: str = "") -> list[str]:
    """Return the first words of a command that runs the program with its clock so many seconds after 1970."""
    code = f"""
import sys
{before}
sys.argv[0] = "titrate"
from datetime import UTC, datetime
from titrate.__main__ import program
from titrate.cli import app, clock
clock.utc_now = lambda: datetime.fromtimestamp({seconds}, UTC)
program()
"""
    return [sys.executable, "-c", code]


# --- A batch in a process of its own ---

ID = UUID("00000000-0000-4000-8000-000000000007")
EPOCH = 1796040000
CREATED = datetime.fromtimestamp(EPOCH, UTC)
CLINIC = ("id", "start", "egfr", "creatinine", "age", "sex", "weight", "taking", "tablet", "tz")


def clinic(rows: int) -> str:
    """Return a roster in which 3 of 100 rows are faulty, 5 are refused and 92 give a plan; the first 100 have all kinds."""
    return "\n".join((",".join(CLINIC), *(",".join(_patient(number)) for number in range(rows)), ""))


def _patient(number: int) -> tuple[str, ...]:
    kind, age, day = number % 100, str(20 + number % 45), f"2026-12-{1 + number % 28:02}"
    kidney = (
        ("", "70 umol/L", age, "female", "62")
        if number % 7 == 0
        else (("85", "72", ">60", "55")[number % 4], "", age, "", "")
    )
    if kind in (10, 40, 70):
        kidney = (("abc", "", age, "", ""), ("", "1 mg", age, "male", ""), ("85", "", "4o", "", ""))[kind // 30]
    elif kind in (5, 25, 45, 65, 85):
        kidney = ("20", "", age, "", "")
    taking = ("none", "", "paracetamol")[number % 3]
    return (f"p{number:06}", day, *kidney, taking, ("", "5", "10")[number % 3], ("", "America/New_York")[number % 2])


def settings(
    columns: str = "id,start,egfr,age", separator: str = ",", formats: tuple[str, ...] = ("json",)
) -> Settings:
    """Return what the rows of a batch share; the columns are named as typed, options and all."""
    names = tuple(columns.split(","))
    options = tuple({"conditions": "condition"}.get(name.lower(), name.lower()) for name in names)
    return Settings(ID, CREATED, formats, Header(separator, names, options), (("tz", "Europe/Berlin"),))


def planned(separator: str = ",", formats: tuple[str, ...] = ("json",), **cells: str) -> RowResult:
    """Return what becomes of a row with these cells; an underscore in a name is a hyphen."""
    said = {"id": "p1", "start": "2026-12-01", "egfr": "85", "age": "40", **cells}
    names = ",".join(said).replace("_", "-")
    return plan_row(Row(2, tuple(said.values())), settings(names, separator, formats))


class Ran(NamedTuple):
    """What a finished command said, and the most memory that it or one of its processes held, in MB."""

    code: int
    out: bytes
    err: str
    megabytes: int


def environment() -> dict[str, str]:
    """Return an environment in which every run is the same."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("TITRATE_", "SOURCE_DATE"))}
    return bare | {"TZ": "Europe/Berlin", "PYTHONUTF8": "1"}


def begun(*words: object, folder: Path) -> subprocess.Popen[bytes]:
    """Start `titrate batch` in a folder, in a session of its own."""
    command = [*at(EPOCH), "batch", *map(str, words)]
    return subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )


# A process counts as its own what the one that started it held then: so a small one starts and measures it.
MEASURED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[2:]).returncode
open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
"""


def ran(*words: object, folder: Path, **told: str) -> Ran:
    """Run `titrate batch` in a folder, with more told by the environment."""
    with tempfile.TemporaryDirectory() as aside:
        held = Path(aside, "held")
        command = [*at(EPOCH), "batch", *map(str, words)]
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, str(held), *command],
            cwd=folder,
            env=environment() | told,
            capture_output=True,
            check=False,
        )
        unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
        return Ran(done.returncode, done.stdout, done.stderr.decode(), int(held.read_text()) // unit)


def table(path: Path, separator: str = ",") -> list[dict[str, str]]:
    """Return the lines of a table by its headings."""
    with path.open(encoding="utf-8", newline="") as file:
        return [*csv.DictReader(file, delimiter=separator, strict=True)]


def until(folder: Path, lines: int) -> None:
    """Wait until the manifest of a running batch has so many lines."""
    part = folder / "manifest.csv.part"
    deadline = time.monotonic() + 60
    while not part.exists() or part.read_bytes().count(b"\n") < lines:
        assert time.monotonic() < deadline, "the batch does not get on"
        time.sleep(0.01)


def tree(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file, hidden ones included."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


# --- What a test needs from outside: where it is missing, the test is skipped by name; where CI=true, it fails ---

READERS = Path(__file__).parent / "readers"


def need(there: object, what: str) -> None:
    """Skip the test, or fail it where CI=true, unless what it needs is there."""
    if there:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing; .ci/run must install it")
    pytest.skip(f"{what} is not installed")


def program(name: str) -> str:
    """The path of a program."""
    path = shutil.which(name)
    need(path, name)
    return str(path)


def package(name: str) -> None:
    """Need a Python package."""
    need(find_spec(name), f"the package {name}")


def from_npm(path: str) -> Path:
    """A file of an npm package that a package.json under tests/readers names."""
    folder = READERS / path.partition("node_modules")[0]
    file = READERS / path
    need(
        file.exists(),
        f"{path.rpartition('node_modules/')[2]} (npm ci --prefix {folder.relative_to(READERS.parents[1])})",
    )
    return file


# --- A PDF, as poppler reads it ---


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page, as pdftotext reads it, with plain spaces and no marks where a word may break."""
    run = subprocess.run([program("pdftotext"), "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return run.stdout.decode().replace("\u00a0", " ").replace("\u200b", "").removesuffix("\f").split("\f")


class Word(NamedTuple):
    """A word on a page, in points from its upper left corner, and the size of that page."""

    page: int
    left: float
    top: float
    right: float
    bottom: float
    text: str
    width: float
    height: float


def words_of(pdf: bytes) -> list[Word]:
    """Every word with its place, in the order in which it was written."""
    run = subprocess.run([program("pdftotext"), "-bbox", "-", "-"], input=pdf, capture_output=True, check=True)
    words, page, size = list[Word](), 0, (0.0, 0.0)
    for tag, attributes, text in re.findall(r"<(page|word) ([^>]*)>([^<]*)", run.stdout.decode()):
        number = {name: float(value) for name, value in re.findall(r'(\w+)="([^"]*)"', attributes)}
        if tag == "page":
            page, size = page + 1, (number["width"], number["height"])
        else:
            words.append(Word(page, number["xMin"], number["yMin"], number["xMax"], number["yMax"], text, *size))
    return words


def words_outside(pdf: bytes, margin: float) -> list[str]:
    """The words nearer to an edge of their page than `margin` points."""
    return [
        word.text
        for word in words_of(pdf)
        if min(word.left, word.top, word.width - word.right, word.height - word.bottom) < margin
    ]


def words_that_meet(pdf: bytes) -> list[tuple[str, str]]:
    """The pairs of words on a page whose letters cover each other by more than a point.

    A font keeps room over its letters that they do not fill: a quarter of their height.
    """
    meeting = []
    for _, words in groupby(words_of(pdf), key=lambda word: word.page):
        line = sorted(words, key=lambda word: word.left)
        for place, word in enumerate(line):
            for other in line[place + 1 :]:
                if other.left > word.right - 1:
                    break
                tops = [each.top + (each.bottom - each.top) / 4 for each in (word, other)]
                if min(word.bottom, other.bottom) - max(tops) > 1:
                    meeting.append((word.text, other.text))
    return meeting
