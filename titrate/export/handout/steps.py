"""From a plan to the patient's doses as values: what is ahead, the first step, every step with its gate, the day chart."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from titrate.export.handout.patient import Chart, ChartRow, Now, Picture, SlotDose, StepCard, Steps, View
from titrate.export.sentences import tablets, whole_and_half
from titrate.model import PRESCRIBER, SLOTS
from titrate.wording.phrases import amount, place_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from decimal import Decimal

    from titrate.model import Dose, Plan, Settings, Step, TabletCount
    from titrate.wording import Words


def view(plan: Plan, words: Words, printed_on: date) -> View:
    """Return what is ahead: all of a new plan; a revised one from its change on, or from `printed_on` where that is earlier."""
    first = plan.days[0].date if plan.days else plan.inputs.start
    if plan.revisions and plan.days:
        # The old page is thrown away: the days before a change that lies ahead must be on the new one.
        first = min(max(min(plan.revisions[-1].start, printed_on), first), plan.days[-1].date)
    steps = tuple(step for step in plan.steps if step.last_date >= first)
    used = {dose.slot for step in steps for dose in step.doses}
    return View(plan, words, first, steps, tuple(slot for slot in SLOTS if slot in used))


def suspended(view: View) -> Now:
    """Return the first thing on the page of a suspended plan: no dose, a call."""
    words, drug = view.words, view.plan.protocol.drug
    return Now(
        heading=words.say("now.heading"),
        when=words.say("suspended.now"),
        gate=(),
        up=False,
        doses=(),
        advice=(
            words.say("suspended.kidneys", drug=drug),
            words.say("suspended.doctor"),
            words.say("suspended.not_alone"),
        ),
    )


def now(view: View) -> Now:
    """Return the first thing on the page: the doses of the first step ahead."""
    words, step = view.words, view.steps[0]
    first, last = max(step.first_date, view.first), step.last_date
    span = "now.one_day" if first == last else "now.first_days"
    changes = [later for before, later in pairwise(view.steps) if later.doses != before.doses][:1]
    return Now(
        heading=words.say("now.heading"),
        when=words.say(span, first=words.day(first), last=words.day(last)),
        gate=_gate(step, view),
        up=step.gate is not None,
        doses=tuple(dose for dose in _doses(step, view) if not dose.empty),
        advice=(
            f"{words.say('common.food')} {words.say('now.worse')}",
            *(
                words.say("now.then", date=words.day(each.first_date, "day.date"), steps=words.say("steps.heading"))
                for each in changes
            ),
        ),
    )


def steps(view: View) -> Steps:
    """Return every step ahead, each with its gate."""
    words = view.words
    advice: tuple[str, ...] = ()
    if not view.plan.current.tablets:
        advice = (words.say("steps.no_tablet"),)
    elif any(count.count % 1 for step in view.steps for dose in step.tablets for count in dose):
        advice = (words.say("steps.halves"),)
    return Steps(words.say("steps.heading"), tuple(_card(step, view) for step in view.steps), advice)


def _card(step: Step, view: View) -> StepCard:
    words = view.words
    first = max(step.first_date, view.first)
    first_day = step.first_day + (first - step.first_date).days
    dates = words.say("steps.dates", first=words.day(first), last=words.day(step.last_date))
    return StepCard(
        title=words.say("steps.step", ordinal=ordinal(step, words), mg=amount(step.total), when=_when(step, words)),
        days=words.say("steps.one_day", first=first_day, dates=words.day(first))
        if first == step.last_date
        else words.say("steps.days", first=first_day, last=step.last_day, dates=dates),
        gate=_gate(step, view),
        up=step.gate is not None,
        doses=_doses(step, view),
    )


def ordinal(step: Step, words: Words) -> str:
    """Return the place of a step in its plan as a word: a number could be read as part of the dose beside it."""
    ordinals = words.lines("steps.ordinals")
    return ordinals[step.number - 1] if step.number <= len(ordinals) else words.say("steps.later")


def _when(step: Step, words: Words) -> str:
    return words.listed([words.say(f"when.{dose.slot}") for dose in step.doses])


def _gate(step: Step, view: View) -> tuple[str, ...]:
    """The sentences that stand before a step: both branches of a rise, or what a fall is."""
    if step.number == 1 or step.first_date < view.first:
        return ()
    words, rules = view.words, view.plan.protocol.rules
    before = view.plan.steps[step.number - 2].total
    present, day = amount(before), words.day(step.first_date)
    if before == step.total:
        return _other(step, view)
    if step.gate:
        agreed = (words.say("gate.agreed"),) if step.gate.name == PRESCRIBER else ()
        return (
            words.say("gate.up", date=day, present=present),
            *agreed,
            words.say("gate.if_not", present=present),
        )
    down = words.say("gate.down", date=day, present=present, total=amount(step.total))
    return (down, words.say("gate.large_fall")) if before - step.total > rules.large_fall_mg else (down,)


def _other(step: Step, view: View) -> tuple[str, ...]:
    """What is new from a day on where the dose stays: the clock, the times, the tablets."""
    words, plan = view.words, view.plan
    old, new = plan.settings_on(plan.steps[step.number - 2].first_date), plan.settings_on(step.first_date)
    lines = [words.say("gate.same_dose", date=words.day(step.first_date))]
    if new.floating and not old.floating:
        lines.append(words.say("gate.times_of_phone"))
    elif (new.zone, new.floating) != (old.zone, old.floating):
        lines.append(words.say("gate.times_of", place=place_name(new.zone)))
    if new.slots != old.slots:
        lines.append(words.say("gate.new_times"))
    if new.tablets != old.tablets:
        lines.append(words.say("gate.new_tablets"))
    return tuple(lines)


def _doses(step: Step, view: View) -> tuple[SlotDose, ...]:
    return tuple(_dose(slot, step, view) for slot in view.slots)


def _dose(slot: str, step: Step, view: View) -> SlotDose:
    words = view.words
    time = _time(slot, view.plan.settings_on(step.first_date))
    for index, dose in enumerate(step.doses):
        if dose.slot == slot:
            return slot_dose(slot, dose.mg, step.tablets[index] if step.tablets else (), time, words)
    return SlotDose(words.say(f"slot.{slot}"), words.say("slot.none"), empty=True)


def slot_dose(slot: str, mg: Decimal, counts: Sequence[TabletCount], time: str, words: Words) -> SlotDose:
    """Return a dose with its tablets and its time, as it is drawn."""
    return SlotDose(
        slot=words.say(f"slot.{slot}"),
        mg=words.say("dose.mg", mg=amount(mg)),
        empty=False,
        pictures=tuple(_picture(count, words) for count in counts),
        tablets=tablets(counts, words),
        at=words.say("steps.at", time=time),
    )


def _time(slot: str, settings: Settings) -> str:
    return f"{getattr(settings.slots, slot):%H:%M}"


def _chart_times(slot: str, view: View) -> str:
    """The hour of a slot where it is the same in every row; else the cards of the steps say it."""
    times = {_time(slot, view.plan.settings_on(step.first_date)) for step in view.steps}
    return times.pop() if len(times) == 1 else ""


def _picture(count: TabletCount, words: Words) -> Picture:
    whole, half = whole_and_half(count.count)
    alt = words.say("dose.picture", tablets=tablets((count,), words))
    return Picture(amount(count.tablet_mg), whole, half, alt)


def chart(view: View) -> Chart:
    """Return a row for every day ahead."""
    words, plan = view.words, view.plan
    days = (day for day in plan.days if day.date >= view.first)
    starts = {step.first_day: step for step in view.steps if step.number > 1 and step.first_date >= view.first}
    rows = []
    for day in days:
        step = starts.get(day.number)
        mark = _mark(step, view) if step else ""
        if plan.ending == "taper" and day.number == plan.days[-1].number:
            mark = mark or words.say("chart.mark_last")
        rows.append(
            ChartRow(
                day=str(day.number),
                weekday=words.lines("language.weekdays")[day.date.weekday()],
                date=words.day(day.date, "chart.day_month"),
                mark=mark,
                direction=_direction(step, view) if step else "",
                changed=step is not None,
                boxes=tuple(_box(slot, day.doses, words) for slot in view.slots),
            )
        )
    changes = (words.say("chart.changed"),) if starts else ()
    return Chart(
        heading=words.say("chart.heading"),
        advice=(
            words.say("chart.tick"),
            *changes,
            *((words.say("chart.not_up"),) if view.rises else ()),
            words.say("chart.rate"),
            words.say("chart.scale"),
            words.say("chart.attacks"),
        ),
        day=words.say("chart.day"),
        date=words.say("chart.date", years=words.listed(_years(view))),
        slots=tuple((words.say(f"slot.{slot}"), _chart_times(slot, view)) for slot in view.slots),
        logs=(words.say("chart.sleepy"), words.say("chart.dizzy"), words.say("chart.attack_count")),
        rows=tuple(rows),
    )


def _years(view: View) -> tuple[str, ...]:
    """The years of the days ahead: said once, since a year at the end of a row would stand beside a dose."""
    return tuple(str(year) for year in range(view.first.year, view.plan.days[-1].date.year + 1))


def _direction(step: Step, view: View) -> str:
    """Whether a step goes up or down, or neither."""
    before = view.plan.steps[step.number - 2].total
    return "up" if step.gate else "down" if step.total < before else ""


def _mark(step: Step, view: View) -> str:
    name = "mark_down" if _direction(step, view) else "mark_other_times"
    if step.gate:
        name = "mark_up_agreed" if step.gate.name == PRESCRIBER else "mark_up"
    return view.words.say(f"chart.{name}")


def _box(slot: str, doses: tuple[Dose, ...], words: Words) -> str:
    return next((words.say("dose.mg", mg=amount(dose.mg)) for dose in doses if dose.slot == slot), "")
