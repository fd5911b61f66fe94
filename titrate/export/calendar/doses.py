"""The dose reminders: a daily series a step and slot, cut where a clock change puts a minute in doubt."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING

from titrate.export.calendar import words
from titrate.export.calendar.event import DAY, DOSE_MINUTES, Clock, Event, Voice, listed
from titrate.wording.phrases import amount, tablets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from titrate.model import Dose, Plan, Step

MOST_REPEATS = 999  # Outlook reads a count of three digits


def doses(plan: Plan, voice: Voice, clock: Clock | None) -> Iterator[Event]:
    """Yield every dose of the plan exactly once; without a clock (`--floating`) no series is cut."""
    before: Step | None = None
    for step in plan.steps:
        for index, dose in enumerate(step.doses):
            wall: time = getattr(plan.inputs.slots, dose.slot)
            title = _title(step, index, voice)
            lines = _lines(plan, step, dose, before, voice)
            key = f"dose/{step.first_date}/{dose.slot}"
            place = f"{step.number}/{len(plan.steps)}"
            for part, (start, count) in enumerate(runs(step.first_date, step.last_date, wall, clock), 1):
                yield Event(f"{key}/{part}", start, DOSE_MINUTES, title, lines, voice.alarm, place, count)
        before = step


def runs(first: date, last: date, wall: time, clock: Clock | None) -> Iterator[tuple[datetime, int]]:
    """Yield start and days of each run from `first` to `last`; a day in doubt is one alone, in UTC."""
    odd = clock.odd_days(first, last, wall) if clock else []
    day = first
    for stop in (*odd, last + DAY):
        while day < stop:
            count = min((stop - day).days, MOST_REPEATS)
            yield datetime.combine(day, wall), count
            day += count * DAY
        if clock and stop <= last:
            yield clock.instant(stop, wall), 1
            day += DAY


def daily(step: Step) -> str:
    """Return what a step's day is, in words: `5 mg in the morning and 5 mg in the evening`."""
    return listed([f"{amount(dose.mg)} mg {words.AT[dose.slot]}" for dose in step.doses])


def _title(step: Step, index: int, voice: Voice) -> str:
    dose = step.doses[index]
    if voice.discreet:
        word = voice.word or words.HIDDEN_WORDS[1]
        return words.HIDDEN_DOSE.format(word=word, slot=dose.slot, step=step.number)
    if not step.tablets:
        return words.DOSE.format(drug=voice.drug, mg=amount(dose.mg), slot=dose.slot)
    pieces = listed([tablets(count) for count in step.tablets[index]])
    return words.DOSE_WITH_TABLETS.format(drug=voice.drug, mg=amount(dose.mg), slot=dose.slot, tablets=pieces)


def _lines(plan: Plan, step: Step, dose: Dose, before: Step | None, voice: Voice) -> tuple[str, ...]:
    rules = plan.protocol.rules
    gate: tuple[str, ...] = ()
    if before and step.gate and dose not in before.doses:
        said = words.HIDDEN_ONLY_IF_UP if voice.discreet else words.ONLY_IF_UP
        gate = tuple(line.format(step=step.number, present=amount(before.total), before=before.number) for line in said)
    if voice.discreet:
        return gate
    one_a_day = len(step.doses) == 1
    missed = words.MISSED + (words.MISSED_ONE_A_DAY if one_a_day else words.MISSED_MORE_A_DAY)
    return (
        *gate,
        words.FOOD,
        *(
            line.format(
                skip_hours=rules.missed_skip_hours,
                all_hours=rules.missed_all_hours,
                evenings=rules.missed_evenings,
            )
            for line in missed
        ),
        words.DO_NOT_STOP,
    )
