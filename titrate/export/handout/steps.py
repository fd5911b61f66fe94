"""From a plan to the patient's doses as values: what is ahead, the first step, every step with its gate, the day chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from titrate.export.handout.patient import Chart, ChartRow, Now, Picture, SlotDose, StepCard, Steps, View
from titrate.model import PRESCRIBER, SLOTS
from titrate.wording.phrases import amount

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from titrate.model import Dose, Plan, Step, TabletCount
    from titrate.wording import Words


def view(plan: Plan, say: Words, made: date) -> View:
    """Return what is ahead: all of a new plan; a revised one from its change on, or from `made` where that is earlier."""
    first = plan.days[0].date if plan.days else plan.inputs.start
    if plan.revisions and plan.days:
        # The old page is thrown away: the days before a change that lies ahead must be on the new one.
        first = min(max(min(plan.revisions[-1].start, made), first), plan.days[-1].date)
    steps = tuple(step for step in plan.steps if step.last_date >= first)
    used = {dose.slot for step in steps for dose in step.doses}
    return View(plan, say, first, steps, tuple(slot for slot in SLOTS if slot in used))


def suspended(view: View) -> Now:
    """Return the first thing on the page of a suspended plan: no dose, a call."""
    say, drug = view.say, view.plan.protocol.drug
    return Now(
        heading=say.say("now.heading"),
        when=say.say("suspended.now"),
        gate=(),
        up=False,
        doses=(),
        advice=(
            say.say("suspended.kidneys", drug=drug),
            say.say("suspended.doctor"),
            say.say("suspended.not_alone"),
        ),
    )


def now(view: View) -> Now:
    """Return the first thing on the page: the doses of the first step ahead."""
    say, step = view.say, view.steps[0]
    first, last = max(step.first_date, view.first), step.last_date
    span = "now.one_day" if first == last else "now.first_days"
    return Now(
        heading=say.say("now.heading"),
        when=say.say(span, first=say.day(first), last=say.day(last)),
        gate=_gate(step, view),
        up=step.gate is not None,
        doses=tuple(dose for dose in _doses(step, view) if not dose.empty),
        advice=(say.say("common.food"),),
    )


def steps(view: View) -> Steps:
    """Return every step ahead, each with its gate."""
    say = view.say
    advice: tuple[str, ...] = ()
    if not view.plan.inputs.tablets:
        advice = (say.say("steps.no_tablet"),)
    elif any(count.count % 1 for step in view.steps for dose in step.tablets for count in dose):
        advice = (say.say("steps.halves"),)
    return Steps(say.say("steps.heading"), tuple(_card(step, view) for step in view.steps), advice)


def _card(step: Step, view: View) -> StepCard:
    say = view.say
    first = max(step.first_date, view.first)
    first_day = step.first_day + (first - step.first_date).days
    one_day = first == step.last_date
    return StepCard(
        title=say.say("steps.step", number=step.number),
        total=say.say("dose.a_day", mg=amount(step.total)),
        days=say.say("steps.one_day" if one_day else "steps.days", first=first_day, last=step.last_day),
        dates=say.day(first) if one_day else say.say("steps.dates", first=say.day(first), last=say.day(step.last_date)),
        gate=_gate(step, view),
        up=step.gate is not None,
        doses=_doses(step, view),
    )


def _gate(step: Step, view: View) -> tuple[str, ...]:
    """The sentences that stand before a step: both branches of a rise, or what a fall is."""
    if step.number == 1 or step.first_date < view.first:
        return ()
    say, rules = view.say, view.plan.protocol.rules
    before = view.plan.steps[step.number - 2].total
    present, day = amount(before), say.day(step.first_date)
    if step.gate:
        agreed = (say.say("gate.agreed"),) if step.gate.name == PRESCRIBER else ()
        return (
            say.say("gate.up", date=day, present=present),
            *agreed,
            say.say("gate.if_not", present=present),
        )
    down = say.say("gate.down", date=day, present=present, total=amount(step.total))
    return (down, say.say("gate.large_fall")) if before - step.total > rules.large_fall_mg else (down,)


def _doses(step: Step, view: View) -> tuple[SlotDose, ...]:
    return tuple(_dose(slot, step, view) for slot in view.slots)


def _dose(slot: str, step: Step, view: View) -> SlotDose:
    say = view.say
    name, time = say.say(f"slot.{slot}"), _time(slot, view)
    for index, dose in enumerate(step.doses):
        if dose.slot == slot:
            counts = step.tablets[index] if step.tablets else ()
            return SlotDose(
                slot=name,
                time=time,
                mg=say.say("dose.mg", mg=amount(dose.mg)),
                empty=False,
                pictures=tuple(_picture(count, say) for count in counts),
                tablets=say.say("dose.and").join(_tablets(count, say) for count in counts) if counts else "",
            )
    return SlotDose(name, time, say.say("slot.none"), empty=True)


def _time(slot: str, view: View) -> str:
    return f"{getattr(view.plan.inputs.slots, slot):%H:%M}"


def _picture(count: TabletCount, say: Words) -> Picture:
    whole, half = _whole_and_half(count.count)
    alt = say.say("dose.picture", tablets=_tablets(count, say))
    return Picture(amount(count.tablet_mg), whole, half, alt)


def _tablets(count: TabletCount, say: Words) -> str:
    whole, half = _whole_and_half(count.count)
    name = {(0, True): "half", (1, False): "one", (1, True): "one_and_half"}.get(
        (whole, half), "more_and_half" if half else "more"
    )
    return say.say(f"dose.{name}", mg=amount(count.tablet_mg), count=whole)


def _whole_and_half(count: Decimal) -> tuple[int, bool]:
    return int(count), bool(count % 1)


def chart(view: View) -> Chart:
    """Return a row for every day ahead."""
    say, plan = view.say, view.plan
    days = (day for day in plan.days if day.date >= view.first)
    starts = {step.first_day: step for step in view.steps if step.number > 1 and step.first_date >= view.first}
    rows = []
    for day in days:
        step = starts.get(day.number)
        mark = _mark(step, view) if step else ""
        if plan.ending == "taper" and day.number == plan.days[-1].number:
            mark = mark or say.say("chart.mark_last")
        rows.append(
            ChartRow(
                day=str(day.number),
                date=say.day(day.date),
                mark=mark,
                direction="" if step is None else "up" if step.gate else "down",
                changed=step is not None,
                boxes=tuple(_box(slot, day.doses, say) for slot in view.slots),
            )
        )
    changes = (say.say("chart.changed"),) if starts else ()
    return Chart(
        heading=say.say("chart.heading"),
        advice=(
            say.say("chart.tick"),
            *changes,
            *((say.say("chart.not_up"),) if view.rises else ()),
            say.say("chart.rate"),
            say.say("chart.scale"),
            say.say("chart.attacks"),
        ),
        day=say.say("chart.day"),
        date=say.say("chart.date"),
        slots=tuple((say.say(f"slot.{slot}"), _time(slot, view)) for slot in view.slots),
        logs=(say.say("chart.sleepy"), say.say("chart.dizzy"), say.say("chart.attack_count")),
        rows=tuple(rows),
    )


def _mark(step: Step, view: View) -> str:
    name = "mark_down"
    if step.gate:
        name = "mark_up_agreed" if step.gate.name == PRESCRIBER else "mark_up"
    return view.say.say(f"chart.{name}", number=step.number)


def _box(slot: str, doses: tuple[Dose, ...], say: Words) -> str:
    return next((say.say("dose.mg", mg=amount(dose.mg)) for dose in doses if dose.slot == slot), "")
