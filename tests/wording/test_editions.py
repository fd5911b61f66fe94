"""Whoever changes what a calendar event says adds an edition, since only then do phones take the new words."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path

import pytest
from vectors import rows

from titrate import wording
from titrate.wording import Words, edition, edition_of, words

FOLDER = Path(wording.__file__).parent
READ_THERE = ("calendar", "change", "common", "day", "dose", "for_you", "gate", "language", "when")


def said(language: Words) -> str:
    """Return the sha256 of every sentence that an event can say."""
    sections = {
        name: table
        for name, table in sorted(language.sections.items())
        if name in READ_THERE or name.startswith("calendar_")
    }
    return hashlib.sha256(json.dumps(sections, sort_keys=True).encode()).hexdigest()


@pytest.mark.parametrize("language", [path.stem for path in FOLDER.glob("*.toml") if path.stem != "editions"])
def test_the_sentences_of_the_calendar_are_those_of_the_newest_edition(language: str) -> None:
    """A new sentence needs a new edition in editions.toml and its digest in calendar_editions.csv; before a release the last one may change."""
    newest = edition(language)
    known = {(row["language"], int(row["edition"])): row["sha256"] for row in rows("calendar_editions.csv")}
    assert known[language, newest.number] == said(words(language))


def test_editions_are_numbered_from_1_and_none_is_older_than_the_one_before() -> None:
    for editions in tomllib.loads((FOLDER / "editions.toml").read_text(encoding="utf-8")).values():
        assert [each["number"] for each in editions] == list(range(1, len(editions) + 1))
        assert [each["date"] for each in editions] == sorted(each["date"] for each in editions)


@pytest.mark.parametrize(
    ("version", "number"), [("0.1.0", 1), ("0.2.0", 2), ("0.2.0.dev1", 2), ("0.10.0", 2), ("x", 1)]
)
def test_the_edition_of_a_version_is_the_last_that_it_had(version: str, number: int) -> None:
    assert edition_of(version).number == number
