"""What a plan has for one day, in words for a terminal: what to take and when, what comes tomorrow, what is left."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table

from titrate.export.terminal.blocks import INDENT, FirstThatFits, Phrase, column, indented, paragraphs
from titrate.wording.phrases import amount, days, review_state, tablets, weekday_date

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from titrate.export.agenda import Agenda, Taking
    from titrate.model import Plan

DOSE_COLUMN = 20  # in a narrower column a dose and its tablets would be a tower of words
AFTER = {
    "open": "the plan ends today. That is not a stop: stay on this dose and call the prescriber.",
    "taper": "no dose: today's is the last.",
    "suspended": "no dose. Call before the next dose; the doctor decides how to stop. Do not go on or stop alone.",
}


def layout(plan: Plan, agenda: Agenda) -> RenderableType:
    """Return the day for a terminal of any width: no dose or time is ever shortened or dropped."""
    return Group(
        *(Phrase(text, "urgent") for text in agenda.urgent),
        paragraphs(f"{weekday_date(agenda.date)}: {_headline(plan, agenda)}"),
        *([indented(_doses(agenda.doses))] if agenda.doses else []),
        *([indented(paragraphs(f"Today is a step: {agenda.gate}."))] if agenda.gate else []),
        *([indented(paragraphs(*agenda.for_you))] if agenda.for_you else []),
        paragraphs(*_after_the_doses(plan, agenda)),
    )


def _doses(takings: Iterable[Taking]) -> RenderableType:
    grid = Table.grid(column(), column(), column(min_width=DOSE_COLUMN), padding=(0, INDENT, 0, 0))
    past = " (this time is past)"
    rows = [(f"{taking.time:%H:%M}", taking.slot, _dose(taking) + past * bool(taking.past)) for taking in takings]
    for row in rows:
        grid.add_row(*row)
    return FirstThatFits(grid, paragraphs(*map(" ".join, rows)))


def _after_the_doses(plan: Plan, agenda: Agenda) -> list[str]:
    lines = []
    if agenda.ends:
        lines.append(f"Tomorrow: {AFTER[agenda.ends]}")
    elif agenda.tomorrow is not None:
        lines.append(f"Tomorrow: {'; '.join(f'{taking.time:%H:%M} {_dose(taking)}' for taking in agenda.tomorrow)}")
    if plan.review and agenda.days_to_review is not None and agenda.state != "after":
        when = "today" if not agenda.days_to_review else f"in {days(agenda.days_to_review)}"
        lines.append(f"Review: {when} ({weekday_date(plan.review.date)})")
    for count in agenda.left:
        what = "left in the pack" if plan.inputs.pack else "to the end of the plan"
        lines.append(f"Tablets {what}: {amount(count.count)} of {amount(count.tablet_mg)} mg, today's included")
    if not (agenda.state == "after" and plan.ending == "taper"):
        lines.append("Do not stop suddenly.")
    lines.append(review_state(plan.protocol))
    return lines


def _headline(plan: Plan, agenda: Agenda) -> str:
    if agenda.state == "suspended":
        return AFTER["suspended"]
    last = weekday_date(plan.days[-1].date)
    match agenda.state:
        case "before":
            away = (plan.inputs.start - agenda.date).days
            return f"the plan has not started; it starts in {days(away)}, on {weekday_date(plan.inputs.start)}"
        case "after" if plan.ending == "taper":
            return f"the plan is over; the last dose was on {last}"
        case "after":
            return f"the plan ended on {last}. That was not a stop: stay on the last dose and call the prescriber."
    day = (agenda.date - plan.inputs.start).days + 1
    total = sum((taking.mg for taking in agenda.doses), Decimal(0))
    final = ", the last planned dose" if plan.ending == "taper" and agenda.date == plan.days[-1].date else ""
    return f"day {day} of {len(plan.days)}, {amount(total)} mg{final}"


def _dose(taking: Taking) -> str:
    words = " and ".join(tablets(count) for count in taking.tablets)
    return f"{amount(taking.mg)} mg" + (f" ({words})" if words else "")
