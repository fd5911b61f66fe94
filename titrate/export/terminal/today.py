"""What a saved plan has for one day, in a patient's words for a terminal: the next dose first, then what else matters today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table

from titrate.export.agenda import total
from titrate.export.day_in_words import after_the_doses, change, dose, heading, missed, next_dose, stay
from titrate.export.terminal.blocks import INDENT, FirstThatFits, Phrase, column, framed, indented, paragraphs
from titrate.export.terminal.staircase import Staircase
from titrate.wording import words
from titrate.wording.phrases import amount

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType

    from titrate.export.agenda import Agenda
    from titrate.model import Plan
    from titrate.wording import Words

DOSE_COLUMN = 20  # in a narrower column a dose and its tablets would be a tower of words


def layout(plan: Plan, agenda: Agenda, *, chart: bool = False) -> RenderableType:
    """Return the day for a terminal of any width: no dose or time is ever shortened or dropped.

    `chart`: with the staircase and the day's place in it, where there is room.
    """
    say = words()
    return Group(
        *([_box("urgent", say.say("for_you.urgent"), agenda.urgent)] if agenda.urgent else []),
        *_first(plan, agenda, say),
        paragraphs(*heading(plan, agenda, say)),
        *([indented(paragraphs(*late))] if (late := [*missed(agenda, say)]) else []),
        *_doses(agenda, say),
        *([indented(paragraphs(*agenda.for_you))] if agenda.for_you else []),
        paragraphs(*after_the_doses(plan, agenda, say)),
        *([Staircase(plan, today=agenda.date)] if chart and plan.days else []),
    )


def _first(plan: Plan, agenda: Agenda, say: Words) -> Iterator[RenderableType]:
    """What to do next, in a box: the next dose, or, where none is planned, whom to call."""
    if agenda.state == "suspended":
        drug = plan.protocol.drug
        why = (say.say("suspended.kidneys", drug=drug), say.say("suspended.doctor"), say.say("suspended.not_alone"))
        yield _box("urgent", say.say("suspended.now"), why)
    elif agenda.state == "after" and agenda.stay:
        yield _box("title", say.say("today.ended", date=say.day(plan.days[-1].date)), stay(agenda, say))
    elif agenda.next:
        yield _box("title", say.say("today.next_dose"), next_dose(agenda.next, agenda.date, say))


def _box(style: str, title: str, lines: Iterable[str]) -> RenderableType:
    return framed(style, title, *(Phrase(line, style) for line in lines))


def _doses(agenda: Agenda, say: Words) -> Iterator[RenderableType]:
    takings = agenda.doses or (agenda.stay if agenda.state == "after" else ())
    if not takings:
        return
    name = "today.doses" if agenda.doses else "today.stay_doses"
    yield paragraphs(say.say(name, total=amount(total(takings))))
    grid = Table.grid(column(), column(), column(min_width=DOSE_COLUMN), padding=(0, INDENT, 0, 0))
    past = say.say("today.past")
    rows = [
        (
            f"{taking.time:%H:%M}",
            say.say(f"slot.{taking.slot}"),
            f"{dose(taking, say)} {past}" if taking.past else dose(taking, say),
        )
        for taking in takings
    ]
    for row in rows:
        grid.add_row(*row)
    yield indented(FirstThatFits(grid, paragraphs(*map(" ".join, rows))))
    if agenda.change:
        yield indented(paragraphs(*change(agenda.change, agenda.date, say)))
