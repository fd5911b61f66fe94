"""The dose reminders: a daily series a step and slot, cut where a clock change puts a minute in doubt."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, NamedTuple

from titrate.export.calendar.event import DAY, DOSE_MINUTES, Event, Style
from titrate.wording.phrases import HALF, amount, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from titrate.export.calendar.clock import Clock, Clocks
    from titrate.model import Dose, Plan, Step, TabletCount

DOSE = "dose/"  # how the key of every dose begins
MOST_REPEATS = 999  # Outlook reads a count of three digits


class Origin(NamedTuple):
    """The step with which a daily dose began, and the one before it; later steps with that dose have other times or tablets."""

    before: Step | None
    step: Step


def doses(plan: Plan, style: Style, clocks: Clocks) -> Iterator[Event]:
    """Yield every dose of the plan exactly once."""
    origin: Origin | None = None
    last_step: Step | None = None
    since = plan.revisions[-1].start if plan.revisions else plan.inputs.start
    first = style.for_you.other  # said once, by the first reminder that this version of the plan decides
    for step in plan.steps:
        if origin is None or origin.step.total != step.total:
            origin = Origin(last_step, step)
        last_step, clock, slots = step, clocks.on(step.first_date), plan.settings_on(step.first_date).slots
        for index, dose in enumerate(step.doses):
            wall: time = getattr(slots, dose.slot)
            title = _title(step, index, style)
            last = plan.ending == "taper" and step is plan.steps[-1] and index == len(step.doses) - 1
            lines = _lines(plan, step, dose, origin, style, last=last)
            key = f"{DOSE}{step.first_date}/{dose.slot}"
            place = f"{step.number}/{len(plan.steps)}"
            for part, (start, count) in enumerate(series(step.first_date, step.last_date, wall, clock), 1):
                at = clock.name, clock.floating
                event = Event(f"{key}/{part}", start, DOSE_MINUTES, title, lines, style.alarm, *at, place, count)
                if first and event.last_date() >= since:
                    event, first = event._replace(lines=(*first, *lines)), ()
                yield event


def series(first: date, last: date, wall: time, clock: Clock) -> Iterator[tuple[datetime, int]]:
    """Yield the start and the count of each daily series from `first` to `last`; a day in doubt is one alone, in UTC."""
    odd = [] if clock.floating else clock.odd_days(first, last, wall)
    day = first
    for stop in (*odd, last + DAY):
        while day < stop:
            count = min((stop - day).days, MOST_REPEATS)
            yield datetime.combine(day, wall), count
            day += count * DAY
        if stop <= last:
            yield clock.instant(stop, wall), 1
            day += DAY


def _title(step: Step, index: int, style: Style) -> str:
    dose, say = step.doses[index], style.words.say
    slot = say(f"calendar_dose.{dose.slot}")
    if style.discreet:
        label = style.label or say("calendar_dose.discreet_label")
        return say("calendar_dose.discreet_title", label=label, slot=slot, step=step.number)
    mg = amount(dose.mg)
    if not step.tablets:
        return say("calendar_dose.title", drug=style.drug, mg=mg, slot=slot)
    tablets = style.words.listed([_tablets(count, style) for count in step.tablets[index]])
    return say("calendar_dose.title_with_tablets", drug=style.drug, mg=mg, slot=slot, tablets=tablets)


def _tablets(count: TabletCount, style: Style) -> str:
    """Return how many tablets of one strength, in words."""
    name = {HALF: "calendar_dose.half_tablet", 1: "calendar_dose.one_tablet"}.get(count.count, "dose.more")
    return style.words.say(name, count=pieces(count.count), mg=amount(count.tablet_mg))


def _lines(plan: Plan, step: Step, dose: Dose, origin: Origin, style: Style, *, last: bool) -> tuple[str, ...]:
    rules, say, lines, before = plan.protocol.rules, style.words.say, style.words.lines, origin.before
    gate: tuple[str, ...] = ()
    if before and step is origin.step:
        day = style.words.day(step.first_date, "day.date")
        first_day = "calendar_dose.discreet_first_day" if style.discreet else "calendar_dose.first_day"
        gate = (say(first_day, total=amount(step.total), step=step.number, date=day),)
    if before and origin.step.gate and dose not in before.doses:
        if_not_up = "calendar.discreet_if_not_up" if style.discreet else "gate.if_not"
        gate = (
            *gate,
            say("calendar_dose.only_if_up", step=origin.step.number),
            say(if_not_up, present=amount(before.total), before=before.number),
        )
    if last:
        gate = (*gate, say("calendar_dose.last", date=style.words.day(step.last_date, "day.date")))
    if style.discreet:
        return gate
    return (
        *gate,
        say("common.food"),
        *lines("calendar_dose.missed", skip_hours=rules.missed_skip_hours),
        say("common.never_two"),
        *(
            lines("calendar_dose.missed_one_a_day", evenings=rules.missed_evenings)
            if len(step.doses) == 1
            else (say("calendar_dose.missed_more_a_day", all_hours=rules.missed_all_hours),)
        ),
        say("common.do_not_stop"),
    )
