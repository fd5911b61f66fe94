"""What a saved plan has for one day, in a patient's words for a terminal: the next dose first, then what else matters today."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table

from titrate.export import sentences
from titrate.export.agenda import DAY, TAKE
from titrate.export.terminal.blocks import INDENT, FirstThatFits, Phrase, column, framed, indented, paragraphs
from titrate.export.terminal.staircase import Staircase
from titrate.model import PRESCRIBER, Dose
from titrate.wording import words
from titrate.wording.phrases import amount

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType

    from titrate.export.agenda import Agenda, Taking
    from titrate.model import Plan, Step
    from titrate.wording import Words

DOSE_COLUMN = 20  # in a narrower column a dose and its tablets would be a tower of words
LAST_WEEK = 7


def layout(plan: Plan, agenda: Agenda, *, chart: bool = False) -> RenderableType:
    """Return the day for a terminal of any width: no dose or time is ever shortened or dropped.

    `chart`: with the staircase and the day's place in it, where there is room.
    """
    say = words()
    return Group(
        *([_box("urgent", say.say("for_you.urgent"), agenda.urgent)] if agenda.urgent else []),
        *_first(plan, agenda, say),
        paragraphs(*_heading(plan, agenda, say)),
        *([indented(paragraphs(*missed))] if (missed := [*_missed(agenda, say)]) else []),
        *_doses(agenda, say),
        *([indented(paragraphs(*agenda.for_you))] if agenda.for_you else []),
        paragraphs(*_after_the_doses(plan, agenda, say)),
        *([Staircase(plan, today=agenda.date)] if chart and plan.days else []),
    )


def _first(plan: Plan, agenda: Agenda, say: Words) -> Iterator[RenderableType]:
    """What to do next, in a box: the next dose, or, where none is planned, whom to call."""
    if agenda.state == "suspended":
        drug = plan.protocol.drug
        why = (say.say("suspended.kidneys", drug=drug), say.say("suspended.doctor"), say.say("suspended.not_alone"))
        yield _box("urgent", say.say("suspended.now"), why)
    elif agenda.state == "after" and agenda.stay:
        yield _box("title", say.say("today.ended", date=say.day(plan.days[-1].date)), _stay(agenda, say))
    elif agenda.next:
        day, taking, change, call = agenda.next
        when = say.say(f"when.{taking.slot}")
        at = say.say("today.at", time=f"{taking.time:%H:%M}", when=when)
        seen = sentences.day_seen(day, agenda.date, say)
        lines = [say.say("today.next", day=seen, at=at), say.say("change.take", doses=_dose(taking, say))]
        if call:
            lines.append(say.say("today.call_first"))
        if change and change[1].gate:
            lines.append(say.say("gate.up", date=say.day(day), present=amount(change[0].total)))
            lines += [say.say("gate.agreed")] if change[1].gate.name == PRESCRIBER else []
        lines.append(say.say("common.food"))
        yield _box("title", say.say("today.next_dose"), lines)


def _box(style: str, title: str, lines: Iterable[str]) -> RenderableType:
    return framed(style, title, *(Phrase(line, style) for line in lines))


def _heading(plan: Plan, agenda: Agenda, say: Words) -> Iterator[str]:
    today = say.day(agenda.date)
    match agenda.state:
        case "before":
            days = (plan.inputs.start - agenda.date).days
            yield say.say("today.date", date=today)
            name = "today.starts_tomorrow" if days == 1 else "today.starts"
            yield say.say(name, days=days, date=say.day(plan.inputs.start))
        case "running":
            day = (agenda.date - plan.inputs.start).days + 1
            yield say.say("today.day", date=today, day=day, days=len(plan.days))
        case "after" if plan.ending == "taper":
            yield say.say("today.date", date=today)
            yield say.say("today.over", date=say.day(plan.days[-1].date))
        case _:
            yield say.say("today.date", date=today)


def _missed(agenda: Agenda, say: Words) -> Iterator[str]:
    """What to do about the doses whose time is past, if they were not taken."""
    missed = [taking for taking in agenda.doses if taking.advice]
    for name, takings in (("yesterday", agenda.yesterday), ("missed", missed)):
        for taking in takings:
            slot = say.say(f"calendar_dose.{taking.slot}" if name == "yesterday" else f"slot.{taking.slot}")
            do = "take_if_up" if taking.if_up and taking.advice == TAKE else taking.advice
            yield say.say(f"today.{name}_{do}", slot=slot, time=f"{taking.time:%H:%M}")
    if missed or agenda.yesterday:
        yield say.say("common.never_two")
        yield from agenda.call_if


def _doses(agenda: Agenda, say: Words) -> Iterator[RenderableType]:
    takings = agenda.doses or (agenda.stay if agenda.state == "after" else ())
    if not takings:
        return
    total = amount(sum((taking.mg for taking in takings), Decimal(0)))
    yield paragraphs(say.say("today.doses" if agenda.doses else "today.stay_doses", total=total))
    grid = Table.grid(column(), column(), column(min_width=DOSE_COLUMN), padding=(0, INDENT, 0, 0))
    past = say.say("today.past")
    rows = [
        (
            f"{taking.time:%H:%M}",
            say.say(f"slot.{taking.slot}"),
            f"{_dose(taking, say)} {past}" if taking.past else _dose(taking, say),
        )
        for taking in takings
    ]
    for row in rows:
        grid.add_row(*row)
    yield indented(FirstThatFits(grid, paragraphs(*map(" ".join, rows))))
    if agenda.change:
        yield indented(paragraphs(*_change(agenda.change, agenda, say)))


def _after_the_doses(plan: Plan, agenda: Agenda, say: Words) -> Iterator[str]:
    if agenda.watch:
        yield say.say("today.watch")
    if agenda.ends:
        yield from _end(agenda, say)
    elif agenda.change_tomorrow:
        yield from _change(agenda.change_tomorrow, agenda, say)
    elif agenda.state == "running" and plan.ending == "open" and (plan.days[-1].date - agenda.date).days <= LAST_WEEK:
        yield say.say("stop.end", date=say.day(plan.days[-1].date))
    if plan.review and agenda.days_to_review is not None and agenda.state in ("before", "running"):
        name = {0: "today.review_today", 1: "today.review_tomorrow"}.get(agenda.days_to_review, "today.review")
        yield say.say(name, days=agenda.days_to_review, date=say.day(plan.review.date))
    yield from _tablets(plan, agenda, say)
    if agenda.days_to_check_in is not None:
        after = "today.check_in_today" if agenda.days_to_check_in == 0 else "taper.after"
        yield say.say(after, date=say.day(agenda.date + agenda.days_to_check_in * DAY))
        yield say.say("change.worse")
        yield say.say("taper.danger")
    if not (agenda.state == "after" and plan.ending == "taper"):
        yield say.say("common.do_not_stop")


def _change(change: tuple[Step, Step], agenda: Agenda, say: Words) -> Iterator[str]:
    """A change of dose, up or down, on its day or the day before: what it is, its doses, and what to do if not."""
    before, step = change
    when = sentences.day_seen(step.first_date, agenda.date, say)
    yield f"{sentences.change_title(before, step, when, say)}."
    doses = sentences.daily(step.doses, say)
    if step.total > before.total:
        yield say.say("change.if_up", doses=doses)
        yield say.say("gate.if_not", present=amount(before.total))
    else:
        yield say.say("change.take", doses=doses)
        yield say.say("change.worse")


def _end(agenda: Agenda, say: Words) -> Iterator[str]:
    """What comes after the last day with a dose."""
    if agenda.ends == "open":
        yield say.say("today.last_day")
        yield from _stay(agenda, say)
    elif agenda.ends == "taper":
        yield say.say("today.last_dose")
    else:
        yield say.say("today.suspended_tomorrow")
        yield f"{say.say('suspended.now')}."
        yield say.say("suspended.doctor")
        yield say.say("suspended.not_alone")


def _stay(agenda: Agenda, say: Words) -> Iterator[str]:
    total = amount(sum((taking.mg for taking in agenda.stay), Decimal(0)))
    yield say.say("today.stay", total=total, doses=sentences.daily((Dose(t.slot, t.mg) for t in agenda.stay), say))
    yield say.say("today.call")


def _tablets(plan: Plan, agenda: Agenda, say: Words) -> Iterator[str]:
    """How many tablets are left and for how long, or, where nobody knows how many are in hand, how many are needed."""
    if not agenda.left:
        return
    counts = sentences.tablet_counts({count.tablet_mg: count.count for count in agenda.left}, say)
    if plan.current.pack is None:
        yield say.say("today.needed", tablets=counts)
        return
    yield say.say("today.left", tablets=counts)
    if agenda.lasts is None:
        yield say.say("today.lasts_for_the_plan")
        return
    last = say.day(max(agenda.date, plan.inputs.start) + (agenda.lasts - 1) * DAY)
    yield say.say(
        {0: "today.used_up", 1: "today.lasts_today"}.get(agenda.lasts, "today.lasts"), days=agenda.lasts, date=last
    )


def _dose(taking: Taking, say: Words) -> str:
    mg = say.say("dose.mg", mg=amount(taking.mg))
    return say.say("today.dose", dose=mg, tablets=sentences.tablets(taking.tablets, say)) if taking.tablets else mg
