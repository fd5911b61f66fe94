"""The plan for a terminal: a row a step, or a line a step where no table fits; then what to know."""

from typing import TYPE_CHECKING, Literal, NamedTuple

from titrate.export import summary
from titrate.export.terminal.findings import NARROW, STAY, Line, finding_lines, styled, text_of, wrapped

if TYPE_CHECKING:
    from titrate.model import Plan

GATE_COLUMN = 44  # a narrower column would make a gate a tower of words: then gates stand below the table

TOTAL = 6  # the column of the daily dose
RIGHT = (0, 3, 4, 5, TOTAL)  # the columns of numbers


class Shape(NamedTuple):
    """How wide each column is, and the gap between two.

    `one_line` puts both dates of a step on one line; `gates` gives them a column of their own, the last one.
    """

    widths: tuple[int, ...]
    gap: int
    one_line: bool
    gates: bool


def render(plan: "Plan", *, width: int = 80, color: bool = False) -> bytes:
    """Return the plan as text for a terminal of `width` columns, UTF-8; no escape sequence without `color`.

    No dose is ever shortened or dropped: where no table fits, a step is a line, wrapped between words.
    """
    found = finding_lines(plan.findings)
    notes = [line for line in found if line.weight == "note"]
    blocks = [
        _title(plan, width, color),
        _steps(plan, width, color),
        text_of([line for line in found if line.weight != "note"], width, color),
        text_of(summary.facts(plan), width, color),
        text_of([*notes, Line("Always", summary.small_print(plan), "note")], width, color),
    ]
    return "\n".join(block for block in blocks if block).encode()


def _title(plan: "Plan", width: int, color: bool) -> str:
    title = wrapped(summary.heading(plan), width)
    return "".join(f"{styled(line, '', color)}\n" for line in title) + "".join(
        f"{line}\n" for line in wrapped(summary.subheading(plan), width)
    )


def _steps(plan: "Plan", width: int, color: bool) -> str:
    rows = summary.rows(plan)
    if not rows:
        return ""
    shape = _shape(plan, rows, width)
    drawn = _table(plan, rows, shape, color) if shape else _list(plan, rows, width)
    if key := summary.key(plan):
        drawn += "".join(f"{line}\n" for line in wrapped(f"{'; '.join(key)}.", width))
    if shape and not shape.gates:
        gates = [Line(f"To step {row.number}", row.gate) for row in rows if row.gate]
        drawn += f"\n{text_of(gates, width, color)}" if gates else ""
    return drawn


def _shape(plan: "Plan", rows: tuple[summary.Row, ...], width: int) -> Shape | None:
    """Return the widest table that fits, or None."""
    slots = [
        max(len(text) for text in (*header, *(part for row in rows for part in row.cells[index])))
        for index, header in enumerate(summary.slot_headers(plan))
    ]
    days = max(len("Days"), *(len(row.days) for row in rows))
    totals = max(len("A day"), *(len(row.total) for row in rows))
    gate = max(len(row.gate) for row in rows)
    for one_line, gap in ((True, 2), (True, 1), (False, 2), (False, 1)):
        dates = max(len(line) for row in rows for line in _dates(row, one_line).split("\n"))
        widths = (len("Step"), days, dates, *slots, totals)
        rest = width - sum(widths) - gap * (len(widths) - 1)
        if gate and rest >= gap + GATE_COLUMN:
            return Shape((*widths, min(gate, rest - gap)), gap, one_line, gates=True)
        if rest >= 0:
            return Shape(widths, gap, one_line, gates=False)
    return None


def _dates(row: summary.Row, one_line: bool) -> str:
    if row.first == row.last:
        return row.first
    return f"{row.first} to {row.last}" if one_line else f"{row.first} to\n{row.last}"


def _table(plan: "Plan", rows: tuple[summary.Row, ...], shape: Shape, color: bool) -> str:
    from io import StringIO

    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, shape.gap - 1, 0, 0),
        header_style="bold",
    )
    headers = ["Step", "Days", "Dates", *("\n".join(header) for header in summary.slot_headers(plan)), "A day"]
    if shape.gates:
        headers.append("Gate")
    for index, header in enumerate(headers):
        side: Literal["left", "right"] = "right" if index in RIGHT else "left"
        table.add_column(header, width=shape.widths[index], justify=side, overflow="fold")
    for row in rows:
        cells = ["\n".join(parts) if parts else summary.NO_DOSE for parts in row.cells]
        texts = [row.number, row.days, _dates(row, shape.one_line), *cells, row.total, row.gate][: len(headers)]
        table.add_row(*(Text(text, "bold" if index == TOTAL else "") for index, text in enumerate(texts)))
    out = StringIO()
    Console(
        file=out,
        width=1000,  # the columns are fixed; the console never has a reason to shorten one
        force_terminal=color,
        color_system="standard" if color else None,
        legacy_windows=False,
        _environ={},
    ).print(table)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines() if line.strip())


def _list(plan: "Plan", rows: tuple[summary.Row, ...], width: int) -> str:
    headers = summary.slot_headers(plan)
    lines = []
    for row in rows:
        days = f"{'day' if row.first == row.last else 'days'}{STAY}{row.days}"
        doses = ", ".join(
            f"{parts[0]} {name.lower()} {clock}".replace(" ", STAY) + _tablets(parts[1:])
            for (name, clock), parts in zip(headers, row.cells, strict=True)
            if parts
        )
        gate = f" Gate: {row.gate}." if row.gate else ""
        dates = _dates(row, one_line=True)
        text = f"Step{STAY}{row.number}, {days}, {dates}, {row.total} a day: {doses}.{gate}"
        lines += wrapped(text, width, hang=1 if width < NARROW else 2)
    return "".join(f"{line}\n" for line in lines)


def _tablets(parts: tuple[str, ...]) -> str:
    return f" ({' + '.join(part.replace(' ', STAY) for part in parts)})" if parts else ""
