"""The plan for a terminal: a row a step, or a line a step where no table fits; then what to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group

from titrate.export import summary
from titrate.export.summary import Line
from titrate.export.terminal import findings
from titrate.export.terminal.blocks import INDENT, InFull, Phrase, column, paragraphs, spaced, summary_lines, table
from titrate.export.terminal.console import rendered, unbroken
from titrate.export.terminal.staircase import Staircase

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.table import Table

    from titrate.model import Plan

GATE_COLUMN = 44  # in a narrower column a gate would be a tower of words: then gates stand below the table


def render(plan: Plan) -> bytes:
    """Return the plan as text of 80 columns, UTF-8, without one escape sequence."""
    return rendered(layout(plan)).encode()


def layout(plan: Plan, *, chart: bool = False) -> RenderableType:
    """Return the plan for a terminal of any width: no dose, date or gate is ever shortened or dropped.

    `chart`: with the staircase under the steps, where there is room for it.
    """
    return spaced(
        Group(Phrase(summary.heading(plan), "title"), summary.subheading(plan)),
        *findings.stopping(plan.findings),
        *([Group(_Steps(plan), *([Staircase(plan)] if chart else []))] if plan.steps else []),
        *findings.unconfirmed(plan.findings),
        *findings.lines(plan.findings),
        summary_lines(summary.facts(plan)),
        *findings.notes(plan.findings, summary.small_print(plan)),
    )


class _Steps:
    """The steps in the widest layout that fits: gates in a column of their own, gates below, or no table at all."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.rows = plan, summary.rows(plan)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        gates = [Line(f"To step {row.number}", row.gate) for row in self.rows if row.gate]
        steps = InFull(console, options, _table(self.plan, self.rows))
        if steps.room < 0:
            steps = InFull(console, options, _table(self.plan, self.rows, dates_in=2))
        if gates and steps.room >= INDENT + GATE_COLUMN:
            yield _table(self.plan, self.rows, with_gates=True)
            gates = []
        elif steps.room >= 0:
            yield steps
        else:
            yield paragraphs(*(_sentence(self.plan, row) for row in self.rows))
            gates = []
        if meanings := summary.key(self.plan):
            yield f"{'; '.join(meanings)}."
        if gates:
            yield ""
            yield summary_lines(gates)


def _table(plan: Plan, rows: tuple[summary.StepLine, ...], *, dates_in: int = 1, with_gates: bool = False) -> Table:
    """A row a step; its two dates in one line or in two."""
    steps = table(
        column("Step", justify="right"),
        column("Days"),
        column("Dates"),
        *(column(Group(name, clock), justify="right") for name, clock in summary.slot_headers(plan)),
        column(unbroken("A day"), justify="right", style="bold"),
        *([column("Gate")] if with_gates else []),
    )
    for row in rows:
        doses = [_stacked(parts or (summary.NO_DOSE,)) for parts in row.cells]
        gate = [row.gate] if with_gates else []
        steps.add_row(row.number, row.days, _dates(row, dates_in), *doses, unbroken(row.total), *gate)
    return steps


def _dates(row: summary.StepLine, lines: int) -> RenderableType:
    if row.first == row.last:
        return unbroken(row.first)
    first = f"{row.first} to"
    return _stacked((first, row.last) if lines == 2 else (f"{first} {row.last}",))


def _stacked(parts: tuple[str, ...]) -> RenderableType:
    return Group(*map(unbroken, parts)) if parts[1:] else unbroken(parts[0])


def _sentence(plan: Plan, row: summary.StepLine) -> str:
    days = unbroken(f"{'day' if row.first == row.last else 'days'} {row.days}")
    dates = row.first if row.first == row.last else f"{row.first} to {row.last}"
    doses = ", ".join(
        f"{parts[0]} {name.lower()} {clock}".rstrip() + _tablets(parts[1:])
        for (name, clock), parts in zip(summary.slot_headers(plan), row.cells, strict=True)
        if parts
    )
    gate = f" Gate: {row.gate}." if row.gate else ""
    return f"{unbroken(f'Step {row.number}')}, {days}, {dates}, {row.total} a day: {doses}.{gate}"


def _tablets(parts: tuple[str, ...]) -> str:
    return f" ({' + '.join(map(unbroken, parts))})" if parts else ""
