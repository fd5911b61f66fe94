"""Every clinical number in the evidence is guarded: change one by one step, and a vector that was copied by hand fails."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import copied
import pytest

from titrate import library, scrutiny, shelf
from titrate.errors import BadInput
from titrate.grounds import EVIDENCE, source_ids
from titrate.protocol import Evidence

PROTOCOL = EVIDENCE / "protocols" / f"{'-'.join(library.NEWEST)}.toml"
FILES = tuple(sorted(file for file in EVIDENCE.rglob("*.toml") if file.name != "sources.toml"))
# What is said to somebody. Cites are left out (they say where a number stands, and no dose follows from them).
SAID = frozenset(
    {
        "short",
        "message",
        "says",
        "dose",
        "people",
        "result",
        "design",
        "answer",
        "reason",
        "why",
        "asks",
        "name",
        "text",
    }
)
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|#.*|\b(?:true|false)\b|-?\b\d+(?:\.\d+)?\b')
DIGITS = re.compile(r"\d+(?:\.\d+)?")


class Number(NamedTuple):
    """A number, a clock time or a yes-or-no in a file, where it stands."""

    file: Path
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        return f"{self.file.name}:{self.line}:{self.column} {self.text}"

    def changed(self, to: str) -> bytes:
        """Return the bytes of the file with this one number changed."""
        lines = self.file.read_text("utf-8").split("\n")
        line = lines[self.line - 1]
        lines[self.line - 1] = line[: self.column] + to + line[self.column + len(self.text) :]
        return "\n".join(lines).encode()


def steps(value: str) -> tuple[str, ...]:
    """Return what stands one step from a value: its last decimal place up and down, and 5 mg for what may be a dose."""
    if value in {"true", "false"}:
        return ("false" if value == "true" else "true",)
    if found := re.fullmatch(r"(\d\d):(\d\d)", value):
        return (f"{found[1]}:{int(found[2]) + 1:02}", f"{int(found[1]) - 1:02}:{found[2]}")
    number = Decimal(value)
    step = Decimal(1).scaleb(int(number.as_tuple().exponent))
    by_five = [number - 5, number + 5] if number in (5, 10, 15, 20, 25, 30) else []
    return tuple(f"{one:f}" for one in (number - step, number + step, *by_five))


def numbers(file: Path) -> Iterator[Number]:
    """Yield every number, clock time and yes-or-no of a file that a program reads."""
    slots = False
    for number, line in enumerate(file.read_text("utf-8").split("\n"), 1):
        slots = line == "[slots]" if line.startswith("[") else slots
        value = line.find("=") + 1
        if line.startswith(("[", "#")) or not value:
            continue
        for token in TOKEN.finditer(line, value):
            start, text = token.start(), token[0]
            if slots and re.fullmatch(r'"\d\d:\d\d"', text):
                start, text = start + 1, text[1:-1]
            elif text[0] in '"#':
                continue
            yield Number(file, number, start, text)


def evidence(file: Path, raw: bytes) -> Evidence:
    """Return the evidence with other bytes for one file; BadInput for what has not the form of such a file."""
    shipped = copied.shipped()
    if file == PROTOCOL:
        return shipped._replace(protocol=library.read_protocol(raw, file.name, source_ids()))
    if file.name == "kidney.toml":
        return shipped._replace(equations=library.read_equations(raw, file.name, source_ids()))
    return shipped._replace(formulary=shelf.read_medicines(raw, file.name, source_ids()))


COMPUTED = [EVIDENCE / "kidney.toml", EVIDENCE / "medicines.toml", PROTOCOL]
NUMBERS = [number for file in COMPUTED for number in numbers(file)]


def test_the_vectors_hold_for_the_evidence_as_it_ships() -> None:
    assert list(copied.failures(copied.shipped())) == []


def test_no_vector_was_lost() -> None:
    assert copied.of() == {
        "first_plans.csv": 28,
        "bands.csv": 8,
        "splits.csv": 6,
        "tablets.csv": 13,
        "limits.csv": 40,
        "findings.csv": 83,
        "courses.csv": 14,
        "ckd_epi_2021.csv": 33,
        "ckd_epi_2021_boundaries.csv": 15,
        "cockcroft_gault.csv": 10,
        "told.csv": 28,
    }


def test_every_number_of_these_files_is_tried() -> None:
    read = [value for file in COMPUTED for value in leaves(tomllib.loads(file.read_text("utf-8"), parse_float=Decimal))]
    assert len(NUMBERS) == len(read)
    assert len(read) >= 115


def leaves(read: Any) -> Iterator[Any]:
    """Yield the numbers, flags and clock times of a parsed file."""
    if isinstance(read, dict):
        for value in read.values():
            yield from leaves(value)
    elif isinstance(read, list):
        for value in read:
            yield from leaves(value)
    elif not isinstance(read, str) or re.fullmatch(r"\d\d:\d\d", read):
        yield read


@pytest.mark.parametrize("number", NUMBERS, ids=str)
def test_a_number_changed_by_one_step_fails_a_vector(number: Number, monkeypatch: pytest.MonkeyPatch) -> None:
    # The loader refuses many of these, since they stand against another number. Two that agree in their error would pass it:
    # so the vectors must see each alone.
    monkeypatch.setattr(scrutiny, "check_consistency", lambda *_: None)
    tried = 0
    for step in steps(number.text):
        try:
            changed = evidence(number.file, number.changed(step))
        except BadInput:  # no number of that form: a dose of 0, a negative limit
            continue
        tried += 1
        assert next(copied.failures(changed), None) is not None, f"no vector fails when it is {step}"
    assert tried


# --- Numbers in what is said ---


def said(read: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Yield the place and the text of whatever is said to somebody."""
    if isinstance(read, dict):
        for key, value in read.items():
            if key not in {"cite", "said_at"}:
                yield from said(value, (*path, key))
    elif isinstance(read, list):
        for number, value in enumerate(read, 1):
            yield from said(value, (*path, _called(value) or str(number)))
    elif path[-1] in SAID:
        yield ".".join(path), str(read)


def _called(value: Any) -> str:
    """Return what a row of an array is known by: its id, its name, or the keys that tell a claim from the others."""
    if not isinstance(value, dict):
        return ""
    known = value.get("id") or value.get("name")
    return known or "/".join(value[key] for key in ("therapy", "aspect", "found_by") if key in value)


@cache
def told() -> dict[tuple[str, str], str]:
    """Return the numbers of every text that has any, by file and place."""
    found: dict[tuple[str, str], str] = {}
    for file in FILES:
        for place, text in said(tomllib.loads(file.read_text("utf-8"))):
            if DIGITS.search(text):
                assert (file.name, place) not in found, "two texts at one place"
                found[file.name, place] = " ".join(DIGITS.findall(text))
    return found


def test_every_number_in_what_is_said_is_the_one_that_was_copied_by_hand() -> None:
    vectors = {(row["file"], row["place"]): row["numbers"] for row in copied.rows("said_numbers.csv")}
    assert told() == vectors
