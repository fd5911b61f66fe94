"""A page of evidence for a terminal: tables where every column has room for its words, labelled lines where not."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from titrate.export.evidence.page import Cell, Check, Checklist, Page, Section, Signature, Topic
from titrate.wording.phrases import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.text import Text

GAP = 2
READABLE = 24  # a column of sentences narrower than this is a tower of words
SHORT = 14  # a column whose cells all fit this is never wrapped
NARROW = 50  # below this a column of labels would take the room of the words
BOX = "[ ]"
RULE = "─"
STAY = "\u00a0"  # textwrap never breaks here
UNIT = re.compile(r"(?<=\d) (?=(?:mg|mL|kg)\b|%)")  # a number keeps its unit
NUMBERED = re.compile(r"\d+\. ")

STYLES = {  # by weight: the name in rich, and the code by itself
    "title": ("bold", "1"),
    "section": ("bold cyan", "1;36"),
    "head": ("bold", "1"),
    "source": ("dim", "2"),
    "confirmed": ("green", "32"),
    "disputed": ("bold red", "1;31"),
    "not confirmed": ("yellow", "33"),
    "": ("", ""),
}


def render(topic: Topic, *, width: int = 80, color: bool = False) -> bytes:
    """Return the topic's page as text of `width` columns, UTF-8; without `color` not one escape sequence.

    No cell is ever shortened or dropped and no word broken: a word longer than `width` stands on a line of its own.
    """
    page = topic.page
    blocks = [_title(page, width, color)]
    for section in page.sections:
        title = _wrapped(section.title, width)
        ruled = [*(_styled(line, "section", color) for line in title), RULE * max(map(len, title))]
        match section:
            case Checklist(checks=checks):
                lines = [*ruled, *(line for check in checks for line in _check(check, width, color))]
            case Signature(labels=labels):
                lines = [*ruled, *_signature(labels, width)]
            case Section(columns=()):
                lines = [*ruled, *_paragraphs(section.lead, width)]
            case Section():
                lines = _rows(section, ruled, width, color)
        blocks.append(lines)
    return ("\n\n".join("\n".join(block) for block in blocks) + "\n").encode()


def _title(page: Page, width: int, color: bool) -> list[str]:
    title = [_styled(line, "title", color) for line in _wrapped(page.title, width)]
    return [*title, *_paragraphs(page.lead, width)]


def _paragraphs(texts: Iterable[str], width: int) -> list[str]:
    return [line for text in texts for line in _wrapped(text, width, hang=3 if NUMBERED.match(text) else 0)]


def _rows(section: Section, title: list[str], width: int, color: bool) -> list[str]:
    """A table under its title, or its rows in labelled lines, where the title needs a rule of its own."""
    lead = _paragraphs(section.lead, width)
    if widths := column_widths(section, width):
        return [*title[:-1], *lead, *_table(section, widths, color)]
    return [*title, *lead, *([""] if lead else []), *_list(section, width, color)]


def column_widths(section: Section, width: int) -> tuple[int, ...]:
    """Return how wide each column of a table of `width` columns is, or nothing where the table does not fit."""
    return _shared(section, width, READABLE) or _shared(section, width, SHORT)


def _shared(section: Section, width: int, name: int) -> tuple[int, ...]:
    """The room of a table shared out; its first column, which names the row, has `name` columns if it needs them."""
    columns = [
        [header, *(plain(part.text) for row in section.rows for part in row[index])]
        for index, header in enumerate(section.columns)
    ]
    natural = [max(map(len, texts)) for texts in columns]
    words = [max(len(word) for text in texts for word in text.split()) for texts in columns]
    least = [
        full if full <= SHORT else max(longest, min(full, READABLE))
        for full, longest in zip(natural, words, strict=True)
    ]
    least[0] = min(natural[0], max(words[0], name))
    spare = width - sum(least) - GAP * (len(least) - 1)
    if spare < 0:
        return ()
    letters = [[_letters(parts) for parts in row] for row in section.rows]
    while spare and any(now < full for now, full in zip(least, natural, strict=True)):
        # each spare column goes where it lowers most rows: to the cells that are the tallest of their row now
        heights = [0.0] * len(least)
        for row in letters:
            tall = [full / now for full, now in zip(row, least, strict=True)]
            heights[tall.index(max(tall))] += max(tall)
        widen = max((i for i, full in enumerate(natural) if least[i] < full), key=heights.__getitem__)
        least[widen] += 1
        spare -= 1
    return tuple(least)


def _letters(parts: Cell) -> int:
    return sum(len(part.text) for part in parts)


def _table(section: Section, widths: tuple[int, ...], color: bool) -> list[str]:
    from io import StringIO

    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    tall = any(len(row[i]) > 1 or _letters(row[i]) > widths[i] for row in section.rows for i in range(len(widths)))
    table = Table(
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, GAP - 1, 0, 0),
        header_style="bold",
        leading=1 if tall else 0,
    )
    for header, columns in zip(section.columns, widths, strict=True):
        table.add_column(header, width=columns)
    for row in section.rows:
        table.add_row(*(_text(parts, columns) for parts, columns in zip(row, widths, strict=True)))
    out = StringIO()
    Console(
        file=out,
        width=sum(widths) + GAP * len(widths),  # room for all: the console never has a reason to shorten one
        force_terminal=color,
        color_system="standard" if color else None,
        legacy_windows=False,
        _environ={},
    ).print(table)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def _text(parts: Cell, width: int) -> Text:
    from rich.text import Text

    lines = [(line, part.weight) for part in parts for line in _wrapped(part.text, width)]
    text = Text()
    for index, (line, weight) in enumerate(lines):
        text.append("\n" * bool(index))
        text.append(line, STYLES[weight][0])
    return text


def _list(section: Section, width: int, color: bool) -> list[str]:
    """Each row as its name and a labelled line a cell."""
    narrow = width < NARROW
    column = max(map(len, section.columns[1:]), default=0) + GAP
    lines = []
    for number, row in enumerate(section.rows):
        lines += [""] * bool(number)
        lines += [_styled(line, part.weight, color) for part in row[0] for line in _wrapped(part.text, width, hang=1)]
        for label, parts in zip(section.columns[1:], row[1:], strict=True):
            for index, part in enumerate(parts):
                said = f"{label}:" if index == 0 else ""
                if narrow:
                    lines += _wrapped(f"{said} {part.text}".strip(), width, hang=2, first=2 - bool(said))
                    continue
                first, *rest = _wrapped(part.text, width - column - GAP)
                lines.append(f"{'':{GAP}}{said:<{column}}{_styled(first, part.weight, color)}")
                lines += [f"{'':{GAP + column}}{_styled(line, part.weight, color)}" for line in rest]
    return lines


def _check(check: Check, width: int, color: bool) -> list[str]:
    hang = 1 if width < NARROW else 2
    return [
        "",
        *(_styled(line, "head", color) for line in _wrapped(check.name, width, hang=hang)),
        *_wrapped(check.ground, width, hang=hang, first=hang),
        *(
            _styled(line, "source", color)
            for source in check.look_up
            for line in _wrapped(source, width, hang=2 * hang, first=hang)
        ),
        *(f"{'':{hang}}{line}" for line in _boxes(check.boxes, width - hang)),
    ]


def _boxes(boxes: Iterable[str], width: int) -> list[str]:
    """Boxes side by side while there is room; one that is wider than a line has its lines to itself."""
    lines: list[str] = []
    for box in boxes:
        first, *rest = _wrapped(f"{BOX} {box}", width, hang=len(BOX) + 1)
        if lines and lines[-1].startswith(BOX) and not rest and len(lines[-1]) + GAP + len(first) <= width:
            lines[-1] += f"{'':{GAP}}{first}"
        else:
            lines += [first, *rest]
    return lines


def _signature(labels: Iterable[str], width: int) -> list[str]:
    column = max(map(len, labels), default=0) + GAP
    return [line for label in labels for line in ("", f"{label:<{column}}{'_' * max(4, min(60, width) - column)}")]


def _wrapped(text: str, width: int, hang: int = 0, first: int = 0) -> list[str]:
    """Text in lines of at most `width` columns where its words allow; no word is broken or lost."""
    lines = textwrap.wrap(
        UNIT.sub(STAY, STAY.join(map(plain, text.split(STAY)))),
        max(width, hang + 1),
        initial_indent=" " * first,
        subsequent_indent=" " * hang,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(STAY, " ") for line in lines] or [""]


def _styled(text: str, weight: str, color: bool) -> str:
    return f"\x1b[{STYLES[weight][1]}m{text}\x1b[0m" if color and text and weight else text
