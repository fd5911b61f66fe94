"""What a plan has for a day in a patient's words, a sentence a line: in the terminal by `today`, and on the page for a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from titrate.export import sentences
from titrate.export.agenda import DAY, TAKE, total
from titrate.model import PRESCRIBER, Dose
from titrate.wording.phrases import amount

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from titrate.export.agenda import Agenda, Moment, Next, Taking
    from titrate.model import Plan, Step
    from titrate.wording import Words

LAST_WEEK = 7


def next_dose(next: Next, seen_on: date, say: Words) -> Iterator[str]:
    """Yield when the next dose is, what it is, and the condition on which it is taken."""
    taking = next.taking
    at = say.say("today.at", time=f"{taking.time:%H:%M}", when=say.say(f"when.{taking.slot}"))
    yield say.say("today.next", day=sentences.day_seen(next.date, seen_on, say), at=at)
    yield say.say("change.take", doses=dose(taking, say))
    yield from condition(next, say)
    yield say.say("common.food")


def condition(next: Next, say: Words) -> Iterator[str]:
    """Yield what must be so before the next dose is taken: a call, or that the patient feels well."""
    if next.call:
        yield say.say("today.call_first")
    if next.change and next.change[1].gate:
        before, step = next.change
        yield say.say("gate.up", date=say.day(next.date), present=amount(before.total))
        if step.gate and step.gate.name == PRESCRIBER:
            yield say.say("gate.agreed")


def heading(plan: Plan, agenda: Agenda, say: Words) -> Iterator[str]:
    """Yield which day it is, of the calendar and of the plan."""
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


def missed(clock: Agenda | Moment, say: Words) -> Iterator[str]:
    """Yield what to do about the doses whose time is past, if they were not taken."""
    yield from (line for _, _, line in late_doses(clock, say))
    yield from about_late_doses(clock, say)


def late_doses(clock: Agenda | Moment, say: Words) -> Iterator[tuple[int, str, str]]:
    """Yield each dose whose time is past: how many days ago it was, its slot, and what to do if it was not taken."""
    past = [taking for taking in clock.doses if taking.advice]
    for days, name, takings in ((1, "yesterday", clock.yesterday), (0, "missed", past)):
        for taking in takings:
            slot = say.say(f"calendar_dose.{taking.slot}" if days else f"slot.{taking.slot}")
            do = "take_if_up" if taking.if_up and taking.advice == TAKE else taking.advice
            yield days, taking.slot, say.say(f"today.{name}_{do}", slot=slot, time=f"{taking.time:%H:%M}")


def about_late_doses(clock: Agenda | Moment, say: Words) -> Iterator[str]:
    """Yield what holds for every dose that was not taken, where there may be one."""
    if clock.yesterday or any(taking.advice for taking in clock.doses):
        yield say.say("common.never_two")
        yield from clock.call_if


def after_the_doses(plan: Plan, agenda: Agenda, say: Words) -> Iterator[str]:
    """Yield what comes next: a change tomorrow, the end, the review, whether the tablets last."""
    if agenda.watch:
        yield say.say("today.watch")
    if agenda.ends:
        yield from _end(agenda, say)
    elif agenda.change_tomorrow:
        yield from change(agenda.change_tomorrow, agenda.date, say)
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


def change(steps: tuple[Step, Step], seen_on: date, say: Words) -> Iterator[str]:
    """Yield a change of dose, up or down, on its day or the day before: what it is, its doses, and what to do if not."""
    before, step = steps
    when = sentences.day_seen(step.first_date, seen_on, say)
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
        yield from stay(agenda, say)
    elif agenda.ends == "taper":
        yield say.say("today.last_dose")
    else:
        yield say.say("today.suspended_tomorrow")
        yield f"{say.say('suspended.now')}."
        yield say.say("suspended.doctor")
        yield say.say("suspended.not_alone")


def stay(agenda: Agenda, say: Words) -> Iterator[str]:
    """Yield the doses that go on after an open plan, and that a call is due."""
    yield say.say(
        "today.stay",
        total=amount(total(agenda.stay)),
        doses=sentences.daily((Dose(t.slot, t.mg) for t in agenda.stay), say),
    )
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


def dose(taking: Taking, say: Words) -> str:
    """Return a dose with its tablets: `5 mg (half a 10 mg tablet)`."""
    mg = say.say("dose.mg", mg=amount(taking.mg))
    return say.say("today.dose", dose=mg, tablets=sentences.tablets(taking.tablets, say)) if taking.tablets else mg
