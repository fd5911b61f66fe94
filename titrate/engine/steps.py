"""Steps, tablets and supply of the days that `daily_dose` gives, still without dates, whatever day the plan starts on.

There are few lives (a band, a target, a length), so each is worked out once; only dates differ from plan to plan.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache, partial
from itertools import groupby
from typing import NamedTuple

from titrate.engine import tablets
from titrate.engine.daily_dose import NONE, Life, Machine
from titrate.model import Band, Day, Dose, Gate, Protocol, Step, Supply, Tablet, TabletCount


class PlanSteps(NamedTuple):
    """A plan without dates: the doses and the total of each day, the steps as (number, first day, last day, rest), limits."""

    doses: tuple[tuple[Dose, ...], ...]
    totals: tuple[Decimal, ...]
    steps: tuple[tuple[int, int, int, tuple[object, ...]], ...]
    supply: tuple[Supply, ...]
    target: Decimal
    ceiling: Decimal

    def days_from(self, start: date) -> tuple[Day, ...]:
        """Return the days of a plan that starts on `start`."""
        first, count = start.toordinal(), len(self.doses)
        dates = map(date.fromordinal, range(first, first + count))
        # A Day is a tuple, and made as one: a year of them by name takes twice as long.
        return tuple(map(_as_day, zip(range(1, count + 1), dates, self.doses, self.totals, strict=True)))

    def steps_from(self, start: date) -> tuple[Step, ...]:
        """Return the steps of a plan that starts on `start`."""
        before = start.toordinal() - 1
        on = date.fromordinal
        return tuple(
            Step(number, first, last, on(before + first), on(before + last), *rest)  # type: ignore[arg-type]
            for number, first, last, rest in self.steps
        )


_as_day = partial(tuple.__new__, Day)


@lru_cache(maxsize=1024)
def climb(protocol: Protocol, target: Decimal, band: Band, days: int | None) -> Life:
    """Return the life of a plan in a kidney band that nobody revises; `target` in mg a day."""
    return machine_at_start(protocol, target, band, days).live({})


def machine_at_start(protocol: Protocol, target: Decimal, band: Band, days: int | None) -> Machine:
    """Return the machine before day 1."""
    return Machine(
        protocol,
        target=rung_of(target, protocol),
        ceiling=rung_of(band.ceiling, protocol),
        slow=band.slow_start,
        days=days,
    )


def rung_of(total: Decimal, protocol: Protocol) -> int:
    """Return the index on the ladder of a daily dose in mg; NONE for no dose."""
    return next((index for index, rung in enumerate(protocol.ladder) if rung.total == total), NONE)


class Period(NamedTuple):
    """From day `since` on doses are taken from these tablets; days with the same hours and tablets have one `kind`."""

    since: int
    kind: int
    tablets: tuple[Tablet, ...]


@lru_cache(maxsize=1024)
def plan_steps(protocol: Protocol, life: Life, periods: tuple[Period, ...], supply_from: int) -> PlanSteps:
    """Return the steps of a lived life; supply counts from day `supply_from`, in the tablets named last, if there are any."""
    days = [protocol.ladder[rung] for rung in life.rungs]
    steps = tuple(_steps(protocol, life, periods))
    runs = [
        (protocol.ladder[life.rungs[first - 1]].doses, last - max(first, supply_from) + 1)
        for _, first, last, _ in steps
        if last >= supply_from
    ]
    return PlanSteps(
        doses=tuple(day.doses for day in days),
        totals=tuple(day.total for day in days),
        steps=steps,
        supply=tablets.supply(runs, periods[-1].tablets, (tablet for tablet in protocol.tablets if tablet.supply)),
        target=_mg(life.target, protocol),
        ceiling=_mg(life.ceiling, protocol),
    )


def _steps(
    protocol: Protocol, life: Life, periods: tuple[Period, ...]
) -> list[tuple[int, int, int, tuple[object, ...]]]:
    """The runs of one daily dose at the same hours from the same tablets; a rise carries its gate, no other does."""
    steps: list[tuple[int, int, int, tuple[object, ...]]] = []
    before, last = NONE, 0
    for number, ((rung, _, in_hand), run) in enumerate(groupby(_days(life, periods)), 1):
        first, last = last + 1, last + len(list(run))
        dose = protocol.ladder[rung]
        rises = before != NONE and rung > before
        gate = _gate(dose.gate, protocol.ladder[before].total) if rises and dose.gate else None
        steps.append((number, first, last, (dose.doses, dose.total, gate, _tablets(dose.doses, in_hand))))
        before = rung
    return steps


def _days(life: Life, periods: tuple[Period, ...]) -> Iterator[tuple[int, int, tuple[Tablet, ...]]]:
    """Yield the rung of each day, which days it is alike, and the tablets in hand."""
    for day, rung in enumerate(life.rungs, 1):
        period = next((period for period in reversed(periods) if period.since <= day), periods[0])
        yield rung, period.kind, period.tablets


def _gate(gate: Gate, present: Decimal) -> Gate:
    """A gate of the protocol with the daily dose so far, in mg, in its text."""
    return gate._replace(text=gate.text.format(present=f"{present:f}"))


def _tablets(doses: tuple[Dose, ...], chosen: tuple[Tablet, ...]) -> tuple[tuple[TabletCount, ...], ...]:
    return tuple(tablets.make(dose.mg, chosen) for dose in doses) if chosen else ()


def _mg(rung: int, protocol: Protocol) -> Decimal:
    return protocol.ladder[rung].total if rung != NONE else protocol.bands[-1].ceiling
