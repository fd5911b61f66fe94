"""A page of evidence for a terminal: tables where every column has room for its words, labelled lines where not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.console import Group
from rich.constrain import Constrain
from rich.rule import Rule
from rich.table import Table

from titrate.export.evidence.page import Cell, Check, Checklist, Section, Signature, Topic
from titrate.export.terminal.blocks import (
    INDENT,
    FirstThatFits,
    Hanging,
    Labelled,
    Phrase,
    column,
    framed,
    indented,
    spaced,
    table,
)
from titrate.export.terminal.console import unbroken
from titrate.export.terminal.findings import TITLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

READABLE = 24  # a narrower column of sentences is a tower of words; cells that all fit are never wrapped
HAND = 60  # columns are enough to write a name by hand
NUMBERED = re.compile(r"\d+\. ")


def layout(topic: Topic) -> RenderableType:
    """Return the topic's page for a terminal of any width: no cell is ever shortened or dropped."""
    page = topic.page
    return spaced(
        Group(Phrase(page.title, page.weight or "title"), *_paragraphs(page.lead)), *map(_section, page.sections)
    )


def _section(section: Section | Checklist | Signature) -> RenderableType:
    weight = section.weight if isinstance(section, Section) else ""
    title = Phrase(section.title, weight or "section")
    ruled = Group(title, Rule(style="none"))
    match section:
        case Checklist(checks=checks):
            return spaced(ruled, *map(_check, checks))
        case Signature(labels=labels):
            return spaced(ruled, _lines_to_write_on(labels))
        case Section(columns=()):
            return Group(ruled, *_paragraphs(section.lead))
        case Section():
            lead = [*_paragraphs(section.lead)]
            apart = [""] if lead else []
            head = title if section.weight in TITLES else ruled
            layouts = (
                (title, *lead, _table(section, wrapped=False)),
                (title, *lead, _table(section, wrapped=True)),
                (head, *lead, *apart, spaced(*(_list(section, row) for row in section.rows))),
            )
            return FirstThatFits(*(_in_panel(section.weight, blocks) for blocks in layouts))


def _in_panel(weight: str, blocks: tuple[RenderableType, ...]) -> RenderableType:
    """What stops a plan, or waits for a word, between rules of its colour; anything else as it is."""
    return framed(weight, *blocks) if weight in TITLES else Group(*blocks)


def _paragraphs(lines: Iterable[str]) -> Iterable[RenderableType]:
    return (Hanging(Phrase(line)) if NUMBERED.match(line) else line for line in lines)


def _table(section: Section, *, wrapped: bool) -> Table:
    """The rows as a table; of `wrapped` columns, which hold sentences, one that only names the row is kept narrow."""
    columns = tuple(zip(*section.rows, strict=True)) or ((),) * len(section.columns)
    sentences = [wrapped and any(_wraps(part.text) for parts in cells for part in parts) for cells in columns]
    names = all(len(row[0]) == 1 for row in section.rows)
    rows = table(
        *(
            column(
                header if wraps else unbroken(header),
                min_width=READABLE if wraps else None,
                max_width=READABLE if wraps and names and index == 0 else None,
            )
            for index, (header, wraps) in enumerate(zip(section.columns, sentences, strict=True))
        ),
        leading=int(wrapped or any(len(parts) > 1 for cells in columns for parts in cells)),
    )
    for row in section.rows:
        rows.add_row(*(_cell(parts, wraps) for parts, wraps in zip(row, sentences, strict=True)))
    return rows


def _wraps(text: str) -> bool:
    return len(text) > READABLE and " " in text


def _cell(parts: Cell, wraps: bool) -> RenderableType:
    return Group(*(Phrase(part.text if wraps else unbroken(part.text), part.weight) for part in parts))


def _list(section: Section, row: tuple[Cell, ...]) -> RenderableType:
    """A row as its name and a labelled line a cell."""
    lines = [
        (Phrase("" if number else label), Phrase(part.text, part.weight))
        for label, parts in zip(section.columns[1:], row[1:], strict=True)
        for number, part in enumerate(parts)
    ]
    return Group(*(Phrase(*part) for part in row[0]), indented(Labelled(lines)))


def _check(check: Check) -> RenderableType:
    boxes = Table.grid(column(), column(), padding=(0, 1, 0, 0))
    for text in check.boxes:
        boxes.add_row(unbroken("[ ]"), text)
    look_up = (Hanging(Phrase(source, "source")) for source in check.look_up)
    return Group(Phrase(check.name, "head"), indented(check.ground, *look_up, boxes))


def _lines_to_write_on(labels: Iterable[str]) -> RenderableType:
    lines = Table.grid(column(), column(ratio=1), padding=(0, INDENT, 1, 0), expand=True)
    for label in labels:
        lines.add_row(label, Rule(characters="_", style="none"))
    return Constrain(lines, HAND)
