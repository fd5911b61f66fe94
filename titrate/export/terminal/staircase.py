"""The dose over the days, drawn in a terminal with box lines, or with plain signs where its encoding has no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.text import Text

from titrate.export.staircase import (
    AGREED,
    DOWN,
    END,
    HOLD,
    LAST_DOSE,
    ON,
    REVIEW,
    START,
    SUSPENDED,
    TODAY,
    UP,
    levels,
    marks,
    staircase,
)
from titrate.wording.phrases import MONTHS, amount

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from decimal import Decimal

    from rich.console import Console, ConsoleOptions, RenderResult

    from titrate.export.staircase import Level, Mark, Part, PlacedLevel, PlacedMark
    from titrate.model import Plan

NARROWEST = 60  # columns; in fewer the steps in words say it better
CONDITIONS = {UP: "if well", AGREED: "if agreed"}


class Signs(NamedTuple):
    """What the lines are drawn with: a corner by where it leads, the bracket of a hold, and a sign for each mark."""

    level: str
    riser: str
    up: tuple[str, str]  # the lower and the upper corner of a rise
    down: tuple[str, str]  # the lower and the upper corner of a fall
    hold: tuple[str, str]  # its two ends
    today: str
    review: str
    end: str


LINES = Signs("─", "│", ("┘", "┌"), ("└", "┐"), ("├", "┤"), "●", "▲", "■")
PLAIN = Signs("-", "|", ("+", "+"), ("+", "+"), ("|", "|"), "*", "^", "#")


class Labels:
    """The words of the picture, short: a terminal says the whole dates in the table above."""

    def dose(self, level: Level) -> str:
        """Return the dose of a level, after the riser where it stands beside one."""
        return f"{'  ' if level.turn == DOWN else ''}{amount(level.mg)} mg"

    def below(self, level: Level) -> tuple[str, ...]:
        """Return the first day of a level and the condition on which it is reached."""
        return (_short(level.first), *([CONDITIONS[level.turn]] if level.turn in CONDITIONS else []))

    def mark(self, mark: Mark) -> str:
        """Return what a mark says."""
        day = _short(mark.first)
        return {
            TODAY: f"you are here, {day}",
            HOLD: f"hold {day}" if mark.first == mark.last else f"hold {day} to {_short(mark.last)}",
            REVIEW: f"review {day}",
            END: f"ends {day}, not a stop",
            LAST_DOSE: f"last dose {day}",
            SUSPENDED: f"no dose after {day}: call",
        }[mark.kind]


class Staircase:
    """The picture of a plan after an empty line, as wide as there is room; nothing where there is too little, or no dose."""

    def __init__(self, plan: Plan, *, title: str = "", today: date | None = None) -> None:
        self.levels, self.marks, self.title = levels(plan), marks(plan, today=today), title
        self.unit, self.open = plan.protocol.rules.rise_mg, plan.ending == "open"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        if width < NARROWEST or not self.levels:
            return
        yield ""
        if self.title:
            yield Text(self.title, "section")
        signs = LINES if _shows(console.encoding, LINES) else PLAIN
        parts = staircase(self.levels, self.marks, Labels(), width=width, letter=1)
        for place, part in enumerate(parts):
            if place:
                yield ""
            ended = part is parts[-1] and not self.open
            yield from _drawn(part, signs, self.unit, width, ended=ended)


def _shows(encoding: str, signs: Signs) -> bool:
    try:
        "".join(map("".join, signs)).encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


class Canvas:
    """Lines of so many columns, written on sign by sign."""

    def __init__(self, width: int, height: int) -> None:
        self.lines = [Text(" " * width) for _ in range(height)]

    def write(self, row: int, column: int, text: str, style: str = "") -> None:
        """Write a text; its spaces leave what is there."""
        line = self.lines[row]
        signs = [*line.plain]
        for place, sign in enumerate(text, column):
            if sign != " ":
                signs[place] = sign
        line.plain = "".join(signs)
        if style:
            line.stylize(style, column, column + len(text))


def _drawn(part: Part, signs: Signs, unit: Decimal, width: int, *, ended: bool) -> Iterator[Text]:
    """Yield the lines of a part: its levels from the highest down, the days under them, the marks."""

    def height(mg: Decimal | int) -> int:
        return int(mg / unit)

    top = max(height(max(placed.level.mg, placed.before)) for placed in part.levels)
    labels = Labels()
    below = max(len(labels.below(placed.level)) for placed in part.levels)
    canvas = Canvas(width, top + 1 + below + part.lanes)
    for placed in part.levels:
        _draw_level(canvas, placed, signs, top - height(placed.level.mg) + 1, top - height(placed.before) + 1)
        row = top - height(placed.level.mg)
        canvas.write(row, placed.left, labels.dose(placed.level), "level")
        for line, text in enumerate(labels.below(placed.level), top + 1):
            canvas.write(line, placed.left, text)
    if ended:
        canvas.write(top - height(part.levels[-1].level.mg) + 1, width - 1, signs.down[1], "stairs")
    for mark in part.marks:
        _draw_mark(canvas, mark, signs, top + 1 + below + mark.lane)
    yield from canvas.lines


def _draw_level(canvas: Canvas, placed: PlacedLevel, signs: Signs, row: int, row_before: int) -> None:
    """Draw a level at its row, with the riser from the row of the level before, which ends at the same column."""
    left, length = placed.left, placed.right - placed.left
    turn = placed.level.turn
    corner = signs.level if turn == ON or (left == 0 and placed.before) else signs.up[1]
    if left and turn == DOWN:
        corner = signs.down[0]
    canvas.write(row, left, corner + signs.level * (length - 1), "stairs")
    if left and turn not in (START, ON):
        canvas.write(row_before, left, signs.down[1] if turn == DOWN else signs.up[0], "stairs")
        for between in range(min(row, row_before) + 1, max(row, row_before)):
            canvas.write(between, left, signs.riser, "stairs")


def _draw_mark(canvas: Canvas, placed: PlacedMark, signs: Signs, row: int) -> None:
    mark, style = placed.mark, "here" if placed.mark.kind == TODAY else ""
    if placed.left == placed.right:
        sign = {TODAY: signs.today, REVIEW: signs.review, HOLD: signs.level}.get(mark.kind, signs.end)
        canvas.write(row, placed.left, sign, style)
    else:
        start, end = signs.hold
        canvas.write(row, placed.left, start + signs.level * (placed.right - placed.left - 1) + end, style)
    canvas.write(row, placed.text, Labels().mark(mark), style)


def _short(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]}"
