"""A dose is the sum of its tablets, exactly, in the fewest pieces, or it is refused."""

from __future__ import annotations

import math
from decimal import Decimal
from itertools import combinations, product

import pytest
from plans import PROTOCOL, TARGETS, make

from titrate.engine import tablets
from titrate.errors import Refused
from titrate.model import Tablet

# Copied by hand from the rules: strengths, and which of them may be halved.
STRENGTHS = (5, 10, 15, 20, 25)
HALVED = (10, 20)
SUBSETS = [subset for size in range(1, 6) for subset in combinations(STRENGTHS, size)]


def made(dose, strengths, halved=HALVED):
    """Return {strength: count in halves}, or None where no sum is exact."""
    chosen = tuple(Tablet(Decimal(mg), mg in halved, supply=False) for mg in strengths)
    try:
        counts = tablets.make(Decimal(dose), chosen)
    except tablets.DoseError:
        return None
    return {int(piece.tablet_mg): int(piece.count * 2) for piece in counts}


def every_sum(dose, strengths, halved=HALVED):
    """Return every way to make a dose, in halves of each strength, tried one by one in whole half-mg."""
    ranges = [range(0, 4 * dose // mg + 1, 1 if mg in halved else 2) for mg in strengths]
    return [ways for ways in product(*ranges) if sum(n * mg for n, mg in zip(ways, strengths, strict=True)) == 2 * dose]


def rank(ways, strengths):
    """Fewest pieces (a broken tablet leaves two), fewest halves, then larger strengths."""
    halves = sum(n % 2 for n in ways)
    pieces = sum(n // 2 for n in ways) + 2 * halves
    return pieces, halves, [-n for n, _ in sorted(zip(ways, strengths, strict=True), key=lambda pair: -pair[1])]


def test_the_protocol_knows_the_tablets_that_exist_and_which_may_be_halved():
    assert {int(tablet.mg): tablet.halves for tablet in PROTOCOL.tablets} == {mg: mg in HALVED for mg in STRENGTHS}
    assert [int(tablet.mg) for tablet in PROTOCOL.tablets if tablet.supply] == [5, 10]


@pytest.mark.parametrize("strengths", SUBSETS, ids=str)
def test_any_dose_from_any_tablets_is_exact_and_the_best_there_is_or_refused(strengths):
    for dose in range(1, 31):
        ways = every_sum(dose, strengths)
        found = made(dose, strengths)
        if not ways:
            assert found is None
            continue
        assert sum(n * mg for mg, n in found.items()) == 2 * dose
        assert all(n % 2 == 0 for mg, n in found.items() if mg not in HALVED)
        assert all(n > 0 for n in found.values())
        best = min(ways, key=lambda one: rank(one, strengths))
        assert found == {mg: n for mg, n in zip(strengths, best, strict=True) if n}


@pytest.mark.parametrize(
    ("dose", "strengths", "halves"),
    [
        (5, (5,), {5: 2}),
        (5, (10,), {10: 1}),
        (10, (20,), {20: 1}),
        (15, (10,), {10: 3}),
        (15, (5, 10), {10: 2, 5: 2}),
        (15, (15, 10), {15: 2}),
        (20, (10, 15), {10: 4}),
        (30, (25, 10), {10: 6}),
        (30, (25, 5), {25: 2, 5: 2}),
        (30, (15, 20), {15: 4}),
        (25, (20, 5), {20: 2, 5: 2}),
        (5, (20,), None),
        (5, (15,), None),
        (5, (25,), None),
        (10, (25, 15), None),
        (30, (20,), {20: 3}),
        (3, (5, 10, 15, 20, 25), None),
    ],
)
def test_a_dose_is_made_from_the_tablets_that_a_person_would_take(dose, strengths, halves):
    assert made(dose, strengths) == halves


def test_the_order_in_which_tablets_are_named_changes_nothing():
    for strengths in SUBSETS:
        for dose in TARGETS:
            assert made(dose, strengths) == made(dose, strengths[::-1]) == made(dose, strengths + strengths)


@pytest.mark.parametrize("strengths", [(12, 2), (25, 15, 4), (20, 15, 2)], ids=str)
def test_two_halves_count_as_four_pieces_also_of_tablets_that_nobody_sells_yet(strengths):
    for dose in range(1, 31):
        ways = every_sum(dose, strengths, halved=strengths)
        best = min(ways, key=lambda one: rank(one, strengths), default=None)
        expected = best and {mg: n for mg, n in zip(strengths, best, strict=True) if n}
        assert made(dose, strengths, halved=strengths) == expected


def test_a_refusal_names_the_dose_and_the_strengths():
    chosen = tuple(Tablet(Decimal(mg), mg in HALVED, supply=False) for mg in (20, 25))
    with pytest.raises(tablets.DoseError, match=r"no tablets of 25 mg and 20 mg make a dose of 5 mg"):
        tablets.make(Decimal("5.0"), chosen)


def test_the_tablets_of_a_dose_come_largest_first_and_count_in_halves():
    five, ten = (Tablet(Decimal(mg), mg in HALVED, supply=True) for mg in (5, 10))
    pieces = tablets.make(Decimal(15), (five, ten))
    assert [(piece.tablet_mg, piece.count) for piece in pieces] == [(10, 1), (5, 1)]
    assert tablets.make(Decimal(15), (ten,))[0].count == Decimal("1.5")


# --- In a plan ---


@pytest.mark.parametrize("strengths", SUBSETS, ids=str)
def test_in_every_plan_each_dose_is_the_sum_of_its_tablets_and_supply_is_their_sum(strengths):
    for target in TARGETS:
        if not every_sum(5, strengths):  # every plan holds a dose of 5 mg
            with pytest.raises(Refused) as refused:
                make(target=target, tablets=strengths)
            stop = refused.value.findings[0]
            assert stop.code == "dose-not-makeable"
            assert all(f"{mg} mg" in stop.message for mg in strengths)
            assert refused.value.if_confirmed is None
            continue
        step_plan = make(target=target, tablets=strengths)
        used = dict.fromkeys(strengths, Decimal(0))
        for step in step_plan.steps:
            assert len(step.tablets) == len(step.doses)
            for dose, pieces in zip(step.doses, step.tablets, strict=True):
                assert sum(piece.count * piece.tablet_mg for piece in pieces) == dose.mg
                for piece in pieces:
                    used[int(piece.tablet_mg)] += piece.count * (step.last_day - step.first_day + 1)
        needed = {mg: math.ceil(count) for mg, count in used.items() if count}
        assert {int(row.tablet_mg): row.tablets for row in step_plan.supply} == needed
        assert not any(row.alternative for row in step_plan.supply)


def test_the_standard_plan_takes_74_tablets_of_5_mg_or_37_of_10_mg():
    assert [tuple(map(int, row)) for row in make().supply] == [(5, 74, True), (10, 37, True)]
    assert [tuple(map(int, row)) for row in make(tablets=(5,)).supply] == [(5, 74, False)]
    assert [tuple(map(int, row)) for row in make(tablets=(10,)).supply] == [(10, 37, False)]


def test_a_strength_that_cannot_make_the_plan_does_not_hide_those_after_it():
    fifteen, ten, five = (next(tablet for tablet in PROTOCOL.tablets if tablet.mg == mg) for mg in (15, 10, 5))
    runs = [(make().steps[0].doses, 3)]
    rows = tablets.supply(runs, (), (fifteen, ten, five))
    assert [tuple(map(int, row)) for row in rows] == [(10, 2, True), (5, 3, True)]


def test_half_a_tablet_left_over_makes_a_whole_one_to_have():
    assert [tuple(map(int, row)) for row in make(days=3, tablets=(10,)).supply] == [(10, 2, False)]


def test_without_a_tablet_steps_name_none():
    assert all(step.tablets == () for step in make().steps)


def test_a_tablet_named_twice_counts_once():
    assert make(tablets=(10, 10)).supply == make(tablets=(10,)).supply
