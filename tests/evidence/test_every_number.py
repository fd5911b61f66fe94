"""Every clinical number in the evidence is guarded: change one by one step, and a vector that was copied by hand fails."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import vectors

from titrate.evidence import reader, validate
from titrate.evidence.formulary import formulary_of
from titrate.evidence.protocol import Evidence, equations_of, protocol_of
from titrate.evidence.reader import EVIDENCE

PROTOCOL = EVIDENCE / "protocols" / f"{'-'.join(reader.NEWEST)}.toml"
# The hazard log, which a build puts beside the evidence, has no number that a dose follows from.
# An older protocol is guarded by its digest, in released_protocols.csv.
OLDER = {file for file in (EVIDENCE / "protocols").glob("*.toml") if file != PROTOCOL}
# Lists of names have no number but in a name: the tests of names try them.
NAMES = {"brands.toml", "everyday.toml", "names.toml"}
FILES = tuple(sorted(file for file in {*EVIDENCE.rglob("*.toml")} - OLDER if file.name not in {"hazards.toml", *NAMES}))
# Whatever else is written in words is held against said_numbers.csv: what is said to somebody, the grounds that a cite
# gives, the titles and the quotes of the sources.
LEFT_OUT = {
    "at": "the place in a source: a table, a page, the number of a rule",
    "where": "an address, a volume and its pages, the number of a document",
    "read": "V1 or V2: how a source was read",
    "source": "the id of a source",
    "from": "ids of sources",
    "id": "an id",
    "code": "the code of a finding",
    "also": "what else a medicine or an illness is called: a name, which test_names.py tries",
    "names": "names of illnesses that raise nothing, which test_names.py tries",
    "of": "ids of illnesses",
    "words": "words of names, which test_names.py tries",
    "numbers": "stages of an illness: names, which test_names.py tries",
    "generic": "names of medicines, which test_names.py tries",
    "atc": "codes of medicines: names, which test_names.py tries",
    "not_atc": "codes of medicines: names, which test_names.py tries",
    "schema": "the form of the file",
    "version": "the version of the file",
    "morning": "a clock time: tried above",
    "midday": "a clock time: tried above",
    "evening": "a clock time: tried above",
}
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'|#.*|\b(?:true|false)\b|-?\b\d+(?:\.\d+)?\b')
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
            elif text[0] in "\"'#":
                continue
            yield Number(file, number, start, text)


CITABLE = validate.citable_in(EVIDENCE)


def evidence(file: Path, raw: bytes) -> Evidence | None:
    """Return the evidence with other bytes for one file; None for what has not the form of such a file."""
    shipped, data = vectors.shipped(), reader.parse(raw)
    # What stands against another number is let pass here. Two that agree in their error would be: the vectors must see each alone.
    if validate.form_faults(file.relative_to(EVIDENCE).as_posix(), data, CITABLE):
        return None
    if file == PROTOCOL:
        return shipped._replace(protocol=protocol_of(data, raw))
    if file.name == "kidney.toml":
        return shipped._replace(equations=equations_of(data))
    words, everyday, brands = (reader.parse(reader.read(f"{name}.toml")) for name in ("names", "everyday", "brands"))
    return shipped._replace(formulary=formulary_of(data, words, everyday, lambda: brands))


COMPUTED = [EVIDENCE / "kidney.toml", EVIDENCE / "medicines.toml", PROTOCOL]
NUMBERS = [number for file in COMPUTED for number in numbers(file)]


def test_the_vectors_hold_for_the_evidence_as_it_ships() -> None:
    assert list(vectors.failures(vectors.shipped())) == []


def test_no_vector_was_lost() -> None:
    assert vectors.of() == {
        "first_plans.csv": 29,
        "bands.csv": 11,
        "splits.csv": 6,
        "tablets.csv": 13,
        "limits.csv": 40,
        "findings.csv": 140,
        "flags.csv": 33,
        "courses.csv": 20,
        "ckd_epi_2021.csv": 33,
        "ckd_epi_2021_boundaries.csv": 15,
        "cockcroft_gault.csv": 10,
        "told.csv": 35,
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
def test_a_number_changed_by_one_step_fails_a_vector(number: Number) -> None:
    tried = 0
    for step in steps(number.text):
        changed = evidence(number.file, number.changed(step))
        if changed is not None:  # else no number of that form: a dose of 0, a negative limit
            tried += 1
            assert next(vectors.failures(changed), None) is not None, f"no vector fails when it is {step}"
    assert tried


# --- Numbers in words ---


def said(read: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the place and the value of whatever is not left out."""
    if isinstance(read, dict):
        for key, value in read.items():
            if key not in LEFT_OUT:
                yield from said(value, (*path, key))
    elif isinstance(read, list):
        for number, value in enumerate(read, 1):
            yield from said(value, (*path, _called(value) or str(number)))
    else:
        yield path, read


def _called(value: Any) -> str:
    """Return what a row of an array is known by: its id, its name, or the keys that tell a claim from the others."""
    if not isinstance(value, dict):
        return ""
    known = value.get("id") or value.get("name")
    return known or "/".join(value[key] for key in ("therapy", "aspect", "found_by") if key in value)


def told(file: Path, raw: bytes) -> dict[str, str]:
    """Return the numbers of every text of a file that has any, by place; a number by itself too where none is computed with."""
    found: dict[str, str] = {}
    for path, value in said(tomllib.loads(raw.decode())):
        place, by_itself = ".".join(path), type(value) is int and file not in COMPUTED
        if (isinstance(value, str) or by_itself) and DIGITS.search(str(value)):
            before = f"{found[place]}; " if place in found else ""  # two at one place: no vector has that
            found[place] = before + " ".join(DIGITS.findall(str(value)))
    return found


def copied_by_hand(file: Path) -> dict[str, str]:
    """Return the numbers that the texts of a file must have, by place."""
    return {row["place"]: row["numbers"] for row in vectors.rows("said_numbers.csv") if row["file"] == file.name}


def in_words(file: Path) -> Iterator[Number]:
    """Yield every number that stands in a text of a file, and those by themselves of a file that none is computed from."""
    for number, line in enumerate(file.read_text("utf-8").split("\n"), 1):
        key = re.match(r'\s*("[^"]*"|[\w-]+)\s*=', line)
        if line.startswith(("[", "#")) or (key and key[1] in LEFT_OUT):
            continue
        for token in TOKEN.finditer(line, key.end() if key else 0):
            if token[0][0] in "\"'" or (file not in COMPUTED and token[0][0].isdigit()):
                for found in DIGITS.finditer(line, token.start(), token.end()):
                    yield Number(file, number, found.start(), found[0])


def differs_at(read: Any, changed: Any) -> tuple[str, ...]:
    """Return the keys that lead to the one value in which two parsed files differ."""
    if isinstance(read, dict):
        return next((key, *differs_at(read[key], changed[key])) for key in read if read[key] != changed[key])
    if isinstance(read, list):
        return next(differs_at(one, other) for one, other in zip(read, changed, strict=True) if one != other)
    return ()


def test_every_number_in_what_is_said_is_the_one_that_was_copied_by_hand() -> None:
    assert {file.name: told(file, file.read_bytes()) for file in FILES} == {
        file.name: copied_by_hand(file) for file in FILES
    }
    assert {row["file"] for row in vectors.rows("said_numbers.csv")} <= {file.name for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_number_in_words_changed_by_one_step_fails_a_vector(file: Path) -> None:
    vectors, read = copied_by_hand(file), tomllib.loads(file.read_text("utf-8"))
    unnoticed, tried = [], 0
    for number in in_words(file):
        changed = number.changed(f"{Decimal(number.text) + Decimal(1).scaleb(-len(number.text.partition('.')[2])):f}")
        where = differs_at(read, tomllib.loads(changed.decode()))
        if LEFT_OUT.keys().isdisjoint(where):
            tried += 1
            unnoticed += [str(number)] if told(file, changed) == vectors else []
    assert unnoticed == []
    assert tried == sum(len(numbers.split()) for numbers in vectors.values())


def test_no_rule_leaves_out_what_is_not_there() -> None:
    keys = {key for file in FILES for key in re.findall(r"\b([a-z_]+) = ", file.read_text("utf-8"))}
    assert LEFT_OUT.keys() <= keys
