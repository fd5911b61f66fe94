"""The plan as GitHub Markdown, to paste into a record: what the table says, in the same order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from titrate.export import summary
from titrate.export.data.markdown_writer import escaped, table
from titrate.wording.phrases import stamp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from titrate.export.summary import Line
    from titrate.model import Plan


def render(plan: Plan) -> bytes:
    """Return the plan as a Markdown document, UTF-8; what a user typed marks up nothing."""
    urgent, others, notes = summary.finding_groups(plan.findings)
    parts = [
        f"# {escaped(summary.heading(plan))}\n\n{escaped(summary.subheading(plan))}\n",
        _list(urgent),
        _table(plan),
        _list(others),
        _list(summary.facts(plan)),
        *(f"{line.label}: {escaped(line.text)}\n" for line in notes),
        f"{escaped(summary.small_print(plan))}\n",
        f"Plan {plan.id}, made {stamp(plan.created)} with titrate {escaped(plan.version)}.\n",
    ]
    return "\n".join(part for part in parts if part).encode()


def _table(plan: Plan) -> str:
    rows = summary.rows(plan)
    headers = [
        "Step",
        "Days",
        "From",
        "To",
        *(" ".join(header) for header in summary.slot_headers(plan)),
        "A day",
        "Gate",
    ]
    cells = (
        [row.number, row.days, row.first, row.last, *map(_cell, row.cells), row.total, escaped(row.gate)]
        for row in rows
    )
    key = summary.key(plan)
    steps = f"{table(headers, cells, right=(0, 4, 5, 6, 7))}\n" if rows else ""
    return steps + (f"\n{'; '.join(key)}.\n" if key else "")


def _cell(parts: tuple[str, ...]) -> str:
    if not parts:
        return summary.NO_DOSE
    return escaped(f"{parts[0]} ({' + '.join(parts[1:])})" if parts[1:] else parts[0])


def _list(lines: Iterable[Line]) -> str:
    return "".join(f"- **{line.label}:** {escaped(line.text)}\n" for line in lines)
