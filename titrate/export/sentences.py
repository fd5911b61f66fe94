"""What a patient is told alike on the phone and in `today`: a day seen from another, a change of dose, doses, tablets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from titrate.model import PRESCRIBER, TabletCount
from titrate.wording.phrases import amount

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from decimal import Decimal

    from titrate.model import Dose, Rules, Step
    from titrate.wording import Words

WEEK = 7
SEEN = {0: "day.today", 1: "day.tomorrow", WEEK: "day.in_a_week"}


def day_seen(day: date, seen_on: date, words: Words) -> str:
    """Return a day as it is told on another: `Tomorrow, Friday 4 December`."""
    away = (day - seen_on).days
    return words.say(SEEN.get(away, "day.on"), date=words.day(day, "day.date"))


def since_or_seen(day: date, seen_on: date, words: Words) -> str:
    """Return the first day of a dose as it is told on another day: one that is over is `Since Friday 4 December`."""
    if day >= seen_on:
        return day_seen(day, seen_on, words)
    return words.say("day.since", date=words.day(day, "day.date"))


def change_title(before: Step, step: Step, when: str, words: Words) -> str:
    """Return a change of dose in one line: a rise with its condition, a fall with what it was."""
    name = "change.down"
    if step.total > before.total:
        name = "change.up_agreed" if step.gate and step.gate.name == PRESCRIBER else "change.up"
    return words.say(name, when=when, total=amount(step.total), present=amount(before.total))


def change_lines(before: Step, step: Step, rules: Rules, words: Words) -> tuple[str, ...]:
    """Return what a change of dose asks for: both branches of a rise, or what a fall is, with the doses in words."""
    present, day, doses = amount(before.total), words.day(step.first_date), daily(step.doses, words)
    if step.total > before.total:
        agreed = (words.say("gate.agreed"),) if step.gate and step.gate.name == PRESCRIBER else ()
        return (
            words.say("gate.up", date=day, present=present),
            *agreed,
            words.say("change.if_up", doses=doses),
            words.say("gate.if_not", present=present),
            words.say("change.watch", days=rules.watch_days),
        )
    large = (words.say("gate.large_fall"),) if before.total - step.total > rules.large_fall_mg else ()
    return (
        *large,
        words.say("gate.down", date=day, present=present, total=amount(step.total)),
        words.say("change.take", doses=doses),
        words.say("change.worse"),
    )


def daily(doses: Iterable[Dose], words: Words) -> str:
    """Return the doses of a day in words: `5 mg in the morning and 5 mg in the evening`."""
    return words.listed(
        [words.say("change.dose", mg=amount(dose.mg), when=words.say(f"when.{dose.slot}")) for dose in doses]
    )


def tablets(counts: Iterable[TabletCount], words: Words) -> str:
    """Return the tablets of a dose in words: `half a 10 mg tablet`."""
    return words.say("language.and").join(_tablets(count, words) for count in counts)


def _tablets(count: TabletCount, words: Words) -> str:
    whole, half = whole_and_half(count.count)
    name = {(0, True): "half", (1, False): "one", (1, True): "one_and_half"}.get(
        (whole, half), "more_and_half" if half else "more"
    )
    return words.say(f"dose.{name}", mg=amount(count.tablet_mg), count=whole)


def tablet_counts(counts: Mapping[Decimal, Decimal], words: Words) -> str:
    """Return how many tablets of each strength are needed, in words."""
    return words.listed([_tablets(TabletCount(*row), words) for row in sorted(counts.items())])


def whole_and_half(count: Decimal) -> tuple[int, bool]:
    """Return how many whole tablets a count is, and whether a half comes to them."""
    return int(count), bool(count % 1)
