"""A page of evidence before it is laid out: sections of rows, each cell in parts; and its layouts as Markdown and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from titrate.export.data.markdown_writer import escaped, table

if TYPE_CHECKING:
    from collections.abc import Mapping

BLANK = "________________"


class Part(NamedTuple):
    """A run of words in a cell; `weight` is a grade, "head" or "source", or empty for plain words."""

    text: str
    weight: str = ""


Cell = tuple[Part, ...]


class Section(NamedTuple):
    """A table with its title: `lead` comes before it, and without `columns` is all there is.

    The first column names the row; a row has a cell a column, and an empty cell where there is nothing to say. `weight` is the
    severity of what it is about, or empty.
    """

    title: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    lead: tuple[str, ...] = ()
    weight: str = ""


class Check(NamedTuple):
    """Something to compare and tick: what it is, what it rests on, its numbers, each with a box, and where to look it up."""

    name: str
    ground: str
    boxes: tuple[str, ...]
    look_up: tuple[str, ...] = ()


class Checklist(NamedTuple):
    """What a reviewer ticks, under one title."""

    title: str
    checks: tuple[Check, ...]


class Signature(NamedTuple):
    """Lines to fill in by hand, each with its label."""

    title: str
    labels: tuple[str, ...]


class Page(NamedTuple):
    """What is told about one topic, in the order in which it is read; `weight` is the severity of its title, or empty."""

    title: str
    lead: tuple[str, ...]
    sections: tuple[Section | Checklist | Signature, ...]
    weight: str = ""


class Topic(NamedTuple):
    """A topic of evidence, for a reader (`page`) and for a program (`document`, JSON values and exact numbers)."""

    page: Page
    document: Mapping[str, Any]


def cell(text: str, weight: str = "") -> Cell:
    """Return a cell of one part, or an empty one for no text."""
    return (Part(text, weight),) if text else ()


def json_document(topic: Topic) -> bytes:
    """Return the topic's document as JSON: UTF-8, two-space indent, keys in their own order, final newline."""
    from titrate.inputs.document import encoded  # only for who asks for it

    return encoded(dict(topic.document))


def markdown(topic: Topic) -> bytes:
    """Return the topic's page as GitHub Markdown, UTF-8; no word of it is taken for markup."""
    page = topic.page
    blocks = [f"# {escaped(page.title)}", *map(escaped, page.lead)]
    for section in page.sections:
        blocks.append(f"## {escaped(section.title)}")
        match section:
            case Checklist(checks=checks):
                blocks += map(_check, checks)
            case Signature(labels=labels):
                blocks.append("\n".join(f"- {escaped(label)}: {BLANK * 2}" for label in labels))
            case Section():
                blocks += map(escaped, section.lead)
                if section.columns:
                    rows = (tuple(map(_cell, row)) for row in section.rows)
                    blocks.append(table(tuple(map(escaped, section.columns)), rows))
    return ("\n\n".join(blocks) + "\n").encode()


def _check(check: Check) -> str:
    boxes = "\n".join(f"- [ ] {escaped(box)}" for box in check.boxes)
    look_up = "".join(f"\n\n{escaped(source)}" for source in check.look_up)
    return f"**{escaped(check.name)}** {escaped(check.ground)}{look_up}\n\n{boxes}"


def _cell(parts: Cell) -> str:
    return "<br>".join(_part(part) for part in parts)


def _part(part: Part) -> str:
    text = escaped(part.text)
    return f"**{text}**" if part.weight and part.weight != "source" else text
