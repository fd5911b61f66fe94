from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from titrate.evidence import reader, validate
from titrate.evidence.lexicon import listed
from titrate.evidence.protocol import cited
from titrate.evidence.reader import EVIDENCE
from titrate.evidence.review import Entry, entries, files

PROTOCOL = reader.protocol()
TOLD = entries(PROTOCOL, reader.sources())
FILES = {file.name: file for file in files(reader.sources())}
every_file = pytest.mark.parametrize("name", FILES)
# What names the file and its parts; a cite is told as the entry's ground.
NAMES = {"schema", "id", "version", "title", "drug", "indication", "reviewed_by", "cite", "name", "unit", "units"}
NAMES |= {"revision_rules", "group", "label"}


def leaves(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key not in NAMES:
                yield from leaves(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from leaves(value, (*path, index))
    else:
        yield path, data


def test_every_value_of_the_protocol_file_is_told_once_and_as_it_stands() -> None:
    told = [(value.path, value.value) for entry in TOLD for value in entry.values]
    assert len(dict(told)) == len(told)
    assert dict(told) == dict(leaves(tomllib.loads(PROTOCOL.raw.decode())))


def test_the_line_of_an_entry_is_where_its_first_value_is_written() -> None:
    lines = PROTOCOL.raw.decode().splitlines()
    for entry in TOLD:
        first = entry.values[0]
        written = f'"{first.value}"' if isinstance(first.value, str) else str(first.value).lower()
        assert f"{first.path[-1]} = {written}" in lines[entry.line - 1], entry.name


def test_every_rule_stands_with_its_own_unit() -> None:
    data = tomllib.loads(PROTOCOL.raw.decode())["rules"]
    told = {entry.values[0].name: entry.values[0].unit for entry in TOLD if entry.values[0].path[0] == "rules"}
    assert told == {name: row["unit"] for name, row in data.items()}


def changed(old: str, new: str) -> tuple[Entry, ...]:
    raw = PROTOCOL.raw.decode()
    assert old in raw
    return entries(PROTOCOL._replace(raw=raw.replace(old, new, 1).encode()), reader.sources())


def test_a_quote_stands_in_the_words_of_its_source() -> None:
    told = changed('rule = "10 mg tablet; 5 mg is half a tablet"', 'quote = "half"')
    ground = next(entry.ground for entry in told if entry.name == "Tablet of 10 mg")
    assert ground.quoted
    assert ground.words == "5mg (half a tablet)"


def test_no_number_rests_on_sources_that_were_never_opened() -> None:
    recalled = {source.id for source in reader.sources().values() if source.read == "recalled"}
    assert recalled
    for entry in TOLD:
        place = entry.ground.line
        named = {word.strip(",") for word in place.split() if word.startswith("S-")}
        assert not named or not named <= recalled, entry.name


# --- The files that are signed with a protocol ---


def read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = reader.parse((EVIDENCE / name).read_bytes())
    return data


def cites(data: Any) -> Iterator[dict[str, Any]]:
    if isinstance(data, list):
        for item in data:
            yield from cites(item)
    elif isinstance(data, dict):
        if "cite" in data:
            yield data["cite"]
        for key, value in data.items():
            if key != "cite":
                yield from cites(value)


def told(name: str) -> dict[tuple[str | int, ...], Any]:
    return {value.path: value.value for entry in FILES[name].entries for value in entry.values}


def test_a_signature_covers_the_equations_the_findings_the_medicines_and_the_conditions() -> None:
    assert list(FILES) == ["kidney.toml", "findings.toml", "medicines.toml", "conditions.toml"]
    for name, file in FILES.items():
        assert file.sha256 == hashlib.sha256((EVIDENCE / name).read_bytes()).hexdigest()


@every_file
def test_every_cite_of_a_signed_file_is_the_ground_of_one_entry(name: str) -> None:
    grounds = [(entry.ground.line, entry.ground.words, entry.ground.quoted) for entry in FILES[name].entries]
    quotes = {source.id: source.quotes for source in reader.sources().values()}
    assert sorted(grounds) == sorted(
        (cited(cite), cite.get("rule") or quotes[cite["source"]][cite["quote"]], "quote" in cite)
        for cite in cites(read(name))
    )


@every_file
def test_every_number_and_severity_of_a_signed_file_is_told_once_and_as_it_stands(name: str) -> None:
    shown = told(name)
    assert len(shown) == sum(len(entry.values) for entry in FILES[name].entries)
    written = {
        path: value
        for path, value in leaves(read(name))
        if not isinstance(value, str) or path[-1] in {"severity", "short"}
    }
    assert written
    assert {path: shown[path] for path in written} == written


def test_the_equations_are_told_number_by_number() -> None:
    numbers = {entry.name: [str(value.value) for value in entry.values] for entry in FILES["kidney.toml"].entries}
    assert numbers == {
        "CKD-EPI 2021": ["142", "0.7", "0.9", "-0.241", "-0.302", "-1.200", "0.9938", "1.012"],
        "Cockcroft-Gault": ["140", "72", "0.85"],
        "Units of creatinine": ["88.4"],
        "Creatinine that is read at all": ["18", "1768", "0.2", "20"],
    }


def test_a_finding_is_told_in_full_under_its_own_code_or_the_name_of_its_table() -> None:
    shown = told("findings.toml")
    for name, row in read("findings.toml").items():
        assert shown[name, "code"] == row.get("code", name)
        assert shown[name, "message"] == row["message"]


def test_a_class_of_medicines_tells_whether_the_kidneys_are_at_risk_and_how_many_names_it_has() -> None:
    shown = told("medicines.toml")
    for index, row in enumerate(read("medicines.toml")["class"]):
        assert shown["class", index, "code"] == row["code"]
        assert shown["class", index, "kidney_risk"] == row.get("kidney_risk", False)
        assert shown["class", index, "generic"] == len({*listed(row.get("generic", "")), *listed(row.get("also", ""))})
    assert shown["low_dose", "aspirin", "most_mg"] == 100


@every_file
def test_the_line_of_an_entry_is_where_its_table_begins(name: str) -> None:
    lines = (EVIDENCE / name).read_text("utf-8").splitlines()
    for entry in FILES[name].entries:
        assert lines[entry.line - 1].startswith("["), entry.name


@every_file
def test_no_value_of_a_signed_file_rests_on_sources_that_were_never_opened(name: str) -> None:
    recalled = {source.id for source in reader.sources().values() if source.read == "recalled"}
    for cite in cites(read(name)):
        assert not {cite["source"], *cite.get("from", ())} <= recalled


# What is shown beside a number in kidney.toml stands beside it in the file.
UNITS = {"age from": "years", "umol per mg": "umol/L in 1 mg/dL"}


def test_a_number_of_the_equations_has_its_unit() -> None:
    units = {value.name: value.unit for entry in FILES["kidney.toml"].entries for value in entry.values if value.unit}
    assert units == UNITS


# --- Who signed ---

NAME = "protocols/raynaud-2026.12.toml"
CITABLE = validate.citable_in(EVIDENCE)


def with_reviewer(text: str) -> bytes:
    line = f'reviewed_by = "{PROTOCOL.reviewed_by}"'
    assert line in PROTOCOL.raw.decode()
    return PROTOCOL.raw.decode().replace(line, f'reviewed_by = "{text}"').encode()


@pytest.mark.parametrize(
    "text",
    [
        "not yet reviewed by a prescriber",
        "Dr. A. Miller, physician, 2026-12-01",
        "Bo Li, MD, 2028-02-29",
        "Dr Ä. Müller-Ørsted, Fachärztin für Angiologie, 2026-12-31",
    ],
)
def test_a_protocol_is_unsigned_in_one_wording_or_signed_by_name_profession_and_date(text: str) -> None:
    assert validate.faults(NAME, with_reviewer(text), CITABLE) == []


@pytest.mark.parametrize(
    "text",
    [
        "NAME, PROFESSION, YEAR-MONTH-DAY",
        "NAME, PROFESSION, 2026-12-01",
        "Dr. A. Miller, profession, 2026-12-01",
        "name, physician, 2026-12-01",
        "TBD",
        "nobody",
        "Not yet reviewed by a prescriber",
        "not yet reviewed",
        "not yet reviewed by a prescriber.",
        "not yet known, physician, 2026-12-01",
        "Dr. A. Miller",
        "Dr. A. Miller, 2026-12-01",
        "Dr. A. Miller, physician",
        "Dr. A. Miller, physician, 2026-02-30",
        "Dr. A. Miller, physician, 20261201",
        "Dr. A. Miller, physician, 2026-W49-2",
        "Dr. A. Miller, physician, 1 December 2026",
        "Dr. A. Miller, physician, 2026-12-01, again",
        "Dr. A. Miller,physician,2026-12-01",
        " Dr. A. Miller, physician, 2026-12-01",
        "Dr. A. Miller,  physician, 2026-12-01",
        "M, physician, 2026-12-01",
        "M., physician, 2026-12-01",
        "Dr. A. Miller, -, 2026-12-01",
        ", , 2026-12-01",
        "Dr. A. Miller\\u0007, physician, 2026-12-01",
        "Dr. A. Miller, physician, ２０２６-12-01",
    ],
)
def test_what_is_no_signature_is_refused_with_its_line_and_what_to_write(text: str) -> None:
    shown = text.replace("\\u0007", "\a")
    assert validate.faults(NAME, with_reviewer(text), CITABLE) == [
        (
            f"{NAME}:13: reviewed_by: {shown} is no signature; "
            'write "not yet reviewed by a prescriber", or who signed: "name, profession, YYYY-MM-DD" with a real date'
        )
    ]
