"""The plan as GitHub Markdown, to paste into a record: what the table says, in the same order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from titrate.export import summary
from titrate.wording.phrases import stamp

if TYPE_CHECKING:
    from titrate.model import Plan

# Whatever could start a cell, link, tag, heading or emphasis; prose keeps its dots, dashes and brackets.
MARKUP = re.compile(r"([\\`*_\[\]<>|#~&])")


def render(plan: Plan) -> bytes:
    """Return the plan as a Markdown document, UTF-8; what a user typed marks up nothing."""
    findings = summary.finding_lines(plan.findings)
    parts = [
        f"# {_text(summary.heading(plan))}\n\n{_text(summary.subheading(plan))}\n",
        _table(plan),
        _list([f"**{line.label}:** {_text(line.text)}" for line in findings if line.weight != "note"]),
        _list([f"**{line.label}:** {_text(line.text)}" for line in summary.facts(plan)]),
        *(f"{line.label}: {_text(line.text)}\n" for line in findings if line.weight == "note"),
        f"{_text(summary.small_print(plan))}\n",
        f"Plan {plan.id}, made {stamp(plan.created)} with titrate {_text(plan.version)}.\n",
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
    aligned = ["--:", "---", "---", "---", "--:", "--:", "--:", "--:", "---"]
    lines = [headers, aligned]
    for row in rows:
        cells = [_text(_cell(parts)) for parts in row.cells]
        lines.append([row.number, row.days, row.first, row.last, *cells, row.total, _text(row.gate)])
    key = summary.key(plan)
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines) if rows else ""
    return table + (f"\n{'; '.join(key)}.\n" if key else "")


def _cell(parts: tuple[str, ...]) -> str:
    if not parts:
        return summary.NO_DOSE
    return f"{parts[0]} ({' + '.join(parts[1:])})" if parts[1:] else parts[0]


def _list(items: list[str]) -> str:
    return "".join(f"- {item}\n" for item in items)


def _text(text: str) -> str:
    return MARKUP.sub(r"\\\1", text)
