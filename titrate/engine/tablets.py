"""A dose from tablets that exist, exactly, or not at all; and how many tablets the planned days take."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import chain, product

from titrate.model import Dose, Plan, Supply, Tablet, TabletCount

HALF = Decimal("0.5")


class DoseError(Exception):
    """No sum of these tablets makes the dose; the message names the dose and the strengths."""


@lru_cache(maxsize=256)
def make(dose: Decimal, tablets: tuple[Tablet, ...]) -> tuple[TabletCount, ...]:
    """Return the tablets that make `dose` mg exactly, largest strength first; each count is whole or ends in .5.

    Fewest pieces, then fewest halves, then larger strengths. A broken tablet counts as two pieces: that is what it leaves
    in the hand, and why 30 mg from 25 and 10 mg tablets is three whole tablets and not one and a half.
    Raises DoseError when no sum is exact.

    >>> ten = Tablet(Decimal(10), halves=True, supply=True)
    >>> make(Decimal(15), (ten,))
    (TabletCount(tablet_mg=Decimal('10'), count=Decimal('1.5')),)
    """
    largest_first = sorted(set(tablets), reverse=True)
    halves = [
        [count * HALF for count in range(int(dose / tablet.mg * 2) + 1) if tablet.halves or count % 2 == 0]
        for tablet in largest_first
    ]
    best: tuple[Decimal, ...] | None = None
    best_rank: tuple[Decimal, ...] = ()
    for counts in product(*halves):
        if sum((count * tablet.mg for count, tablet in zip(counts, largest_first, strict=True)), Decimal(0)) != dose:
            continue
        broken = Decimal(sum(count % 1 != 0 for count in counts))
        pieces = sum((count // 1 for count in counts), Decimal(0)) + 2 * broken
        rank = (pieces, broken, *(-count for count in counts))
        if best is None or rank < best_rank:
            best, best_rank = counts, rank
    if best is None:
        names = " and ".join(f"{tablet.mg.normalize():f} mg" for tablet in largest_first)
        raise DoseError(f"no tablets of {names} make a dose of {dose.normalize():f} mg")
    return tuple(TabletCount(tablet.mg, count) for tablet, count in zip(largest_first, best, strict=True) if count)


def supply(
    runs: Iterable[tuple[tuple[Dose, ...], int]], chosen: tuple[Tablet, ...], shown: Iterable[Tablet]
) -> tuple[Supply, ...]:
    """Return the tablets to have for `runs`: the doses of a day, and for how many days.

    With `chosen` tablets: one row a strength, together enough (a half that is left over is not counted on).
    Without: for each tablet of `shown` that alone can make every dose, how many of it are enough.
    """
    amounts: dict[Decimal, int] = {}
    for doses, days in runs:
        for dose in doses:
            amounts[dose.mg] = amounts.get(dose.mg, 0) + days
    if chosen:
        return tuple(Supply(mg, count, alternative=False) for mg, count in _needed(amounts, chosen))
    rows = []
    for tablet in shown:
        try:
            rows += [Supply(mg, count, alternative=True) for mg, count in _needed(amounts, (tablet,))]
        except DoseError:
            continue  # not a tablet that this plan can be made from
    return tuple(rows)


def _needed(amounts: dict[Decimal, int], tablets: tuple[Tablet, ...]) -> list[tuple[Decimal, int]]:
    total = {tablet.mg: Decimal(0) for tablet in sorted(set(tablets))}
    for mg, times in amounts.items():
        for piece in make(mg, tablets):
            total[piece.tablet_mg] += piece.count * times
    return [(mg, int(count) + (count % 1 != 0)) for mg, count in total.items() if count]


def lasts_to(plan: Plan) -> date | None:
    """Return the last day for which the tablets in hand are enough; None where no pack was named, or they last for the plan.

    Where they are not enough for the day on which they were counted it is the day before that.
    """
    now = plan.current
    if now.pack is None or not now.tablets or not plan.days:
        return None
    day = timedelta(days=1)
    first = max(plan.days[0].date, now.pack_since)
    left, last = Decimal(now.pack), first - day
    for step in plan.steps:
        if step.last_date < first:
            continue
        counts = (tablet for dose in step.tablets for tablet in dose if tablet.tablet_mg in now.tablets)
        a_day = sum((tablet.count for tablet in counts), Decimal(0))
        days = (step.last_date - max(step.first_date, first)).days + 1
        enough = min(left // a_day, Decimal(days)) if a_day else Decimal(days)
        left -= enough * a_day
        last += int(enough) * day
        if last < step.last_date:
            return last
    return None


def left_on(plan: Plan, day: date) -> tuple[TabletCount, ...]:
    """Return the tablets that the plan takes from a day on; where a pack was named, what is left of it if all doses were taken."""
    now = plan.current
    if not now.tablets:
        return ()
    before: dict[Decimal, Decimal] = {}
    after: dict[Decimal, Decimal] = {}
    for step in plan.steps:
        first = max(step.first_date, now.pack_since)
        days = max((step.last_date - first).days + 1, 0)
        past = min(max((day - first).days, 0), days)
        for side, number in ((before, past), (after, days - past)):
            for count in chain.from_iterable(step.tablets if number else ()):
                side[count.tablet_mg] = side.get(count.tablet_mg, Decimal(0)) + count.count * number
    if now.pack:
        mg = now.tablets[0]
        return (TabletCount(mg, max(Decimal(0), now.pack - before.get(mg, Decimal(0)))),)
    return tuple(TabletCount(mg, count) for mg, count in sorted(after.items()))
