"""The blocks that pages for a terminal are built from; each lays itself out for the width that it is given."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from rich.box import HORIZONTALS, SIMPLE_HEAD
from rich.console import Group
from rich.measure import Measurement
from rich.padding import Padding
from rich.panel import Panel
from rich.segment import Segment, SegmentLines
from rich.table import Column, Table
from rich.text import Text

from titrate.export.terminal.console import unbroken

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

    from titrate.export.summary import Line

INDENT = 2
NARROW = 50  # in fewer columns labels would take the room of their words
LABELS = 9  # the least for labels, such as "Confirmed": blocks of labelled lines stand in line with each other
UNLIMITED = 10_000  # columns, to measure in: within fewer rich would not tell that a layout needs more


column = partial(Column, overflow="fold")  # rich would shorten what has no room


class Phrase(NamedTuple):
    """A run of words and the name of their style, empty for plain ones."""

    text: str
    style: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.on(console)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement.get(console, options, self.on(console))

    def on(self, console: Console) -> Text:
        """Return the words as a console shows them."""
        return console.render_str(self.text, style=self.style)


class FirstThatFits:
    """The first of several layouts that has room for each of its words; the last one, where none has."""

    def __init__(self, *layouts: RenderableType) -> None:
        self.layouts = layouts

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        unlimited = options.update_width(UNLIMITED)
        for layout in self.layouts[:-1]:
            if Measurement.get(console, unlimited, layout).minimum <= options.max_width:
                yield layout
                return
        yield self.layouts[-1]


class InFull:
    """A layout as it is drawn where there is room without limit; `room` is what a console has left beside it, or lacks."""

    def __init__(self, console: Console, options: ConsoleOptions, layout: RenderableType) -> None:
        self.lines = console.render_lines(layout, options.update_width(UNLIMITED), pad=False)
        self.room = options.max_width - Segment.get_shape(self.lines)[0]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield SegmentLines(self.lines, new_lines=True)


class Hanging:
    """A paragraph whose lines stand further in after the first one; its words may follow a label, and a source them."""

    def __init__(self, words: Phrase, label: Phrase | None = None, source: Phrase | None = None) -> None:
        self.words, self.label, self.source = words, label, source

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        text = Text()
        if self.label:
            text.append_text(self.label.on(console)).append(": ")
        text.append_text(self.words.on(console))
        if self.source:
            text.append(" ").append_text(self.source.on(console))
        first, *others = text.wrap(console, options.max_width - INDENT, overflow="fold")
        yield first
        for line in others:
            yield indented(line)


class Labelled:
    """Words with their labels in a column of their own, or before the words in a narrow terminal.

    Words whose label is empty belong to the label above them.
    """

    def __init__(self, rows: Iterable[tuple[Phrase, Phrase]]) -> None:
        self.rows = tuple(rows)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if options.max_width < NARROW:
            for label, words in self.rows:
                yield Hanging(words, label) if label.text else indented(words)
            return
        grid = Table.grid(column(min_width=LABELS + INDENT), column())
        for label, words in self.rows:
            name = label._replace(text=unbroken(label.text)).on(console)
            name.pad_right(INDENT)
            grid.add_row(name, words)
        yield grid


def paragraphs(*texts: str) -> Group:
    """Return texts one below the other, each a paragraph."""
    return Group(*(Hanging(Phrase(text)) for text in texts))


def framed(style: str, title: str | RenderableType, *blocks: RenderableType) -> Panel:
    """Return blocks under a title between two rules, both in one style: a title in the rule would be cut where it is narrow."""
    first = Phrase(title, style) if isinstance(title, str) else title
    return Panel(Group(first, *blocks), box=HORIZONTALS, border_style=style)


def indented(*blocks: RenderableType) -> Padding:
    """Return blocks that stand further in."""
    return Padding(Group(*blocks), (0, 0, 0, INDENT))


def spaced(*blocks: RenderableType) -> Group:
    """Return blocks with an empty line between two."""
    return Group(*[part for block in blocks for part in ("", block)][1:])


def table(*columns: Column, leading: int = 0) -> Table:
    """Return a table without rows: a rule under its headers, `leading` empty lines between rows."""
    return Table(
        *columns,
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, INDENT - 1, 0, 0),
        leading=leading,
        header_style="head",
    )


def summary_lines(lines: Iterable[Line]) -> Labelled:
    """Return the labelled lines of a plan's summary, their labels in the style of what they ask for."""
    return Labelled((Phrase(line.label, line.weight or "fact"), Phrase(line.text)) for line in lines)
