from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from titrate import library, shelf
from titrate.errors import BadInput
from titrate.protocol import Rules
from titrate.provenance import RULES, Entry, entries

PROTOCOL = library.protocol()
TOLD = entries(PROTOCOL, shelf.sources())
# What names the file and its parts; a cite is told as the entry's ground.
NAMES = {"schema", "id", "version", "title", "drug", "indication", "reviewed_by", "cite", "name", "unit"}


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


def test_every_rule_has_a_name_for_the_reviewer() -> None:
    names = [name for group in RULES.values() for name in group]
    assert sorted(names) == sorted(Rules._fields)
    words = [words for group in RULES.values() for words in group.values()]
    assert len(set(words)) == len(words)


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
    return entries(PROTOCOL._replace(raw=raw.replace(old, new, 1).encode()), shelf.sources())


def test_a_quote_stands_in_the_words_of_its_source() -> None:
    told = changed('rule = "10 mg tablet; 5 mg is half a tablet"', 'quote = "half"')
    ground = next(entry.ground for entry in told if entry.name == "Tablet of 10 mg")
    assert ground.quoted
    assert ground.words == "5mg (half a tablet)"


def test_a_quote_that_its_source_does_not_have_is_refused_with_its_line_and_the_nearest() -> None:
    with pytest.raises(
        BadInput, match=r"^raynaud-2026\.11\.toml:\d+: .*S-NHS-HOW has no quote halv; did you mean half\?$"
    ):
        changed('rule = "10 mg tablet; 5 mg is half a tablet"', 'quote = "halv"')


def test_no_number_rests_on_sources_that_were_never_opened() -> None:
    recalled = {source.id for source in shelf.sources().values() if source.read == "recalled"}
    assert recalled
    for entry in TOLD:
        place = entry.ground.line
        named = {word.strip(",") for word in place.split() if word.startswith("S-")}
        assert not named or not named <= recalled, entry.name
