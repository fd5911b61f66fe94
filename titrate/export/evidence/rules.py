"""The rule book to read, section by section.

The JSON document (`Topic.document`), keys in this order: `schema` ("titrate/evidence/1"), `topic` ("rules"), `sections`: a list
of {name, title, text}, the name as a cite of a tool rule gives it and the text in Markdown, and `sources`, which is empty: a rule
names its sources where its number stands.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from titrate.export.evidence.claims import document
from titrate.export.evidence.page import Cell, Page, Section, Topic, cell

if TYPE_CHECKING:
    from titrate.evidence import rules as book


def rules(sections: tuple[book.Section, ...]) -> Topic:
    """Return the book, its first section before all others."""
    first, *others = sections
    page = Page(first.title, _paragraphs(first.text), tuple(map(_section, others)))
    return Topic(page, document("rules", sections=[section._asdict() for section in sections], sources=()))


def _section(section: book.Section) -> Section:
    """A section with its table, if it has one; a table stands last."""
    words, bar, table = section.text.partition("| ")
    if not bar:
        return Section(section.title, lead=_paragraphs(words))
    header, _, *rows = [_cells(line) for line in table.splitlines()]
    columns = tuple(part.text for parts in header for part in parts)
    return Section(section.title, columns, tuple(rows), _paragraphs(words))


def _cells(line: str) -> tuple[Cell, ...]:
    name, *others = (words.strip() for words in line.strip("| ").split("|"))
    return cell(name, "head"), *map(cell, others)


def _paragraphs(text: str) -> tuple[str, ...]:
    """The paragraphs and the items of lists, each on one line, without marks."""
    blocks = re.split(r"\n\n|\n(?=- )", text.replace("`", "").strip())
    return tuple(" ".join(block.split()) for block in blocks if block.strip())
