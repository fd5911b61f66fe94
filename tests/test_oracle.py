"""The engine and the oracle, which share nothing but the rules, say the same of every day."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from oracle import CEILING, SPLIT, RefusedError, band_of, course, first_plan, follow
from plans import TARGETS, begin, drafts, first_orders, mg, plan, revise, turn_of
from test_machine import ROWS, runs, turns_of

from titrate.errors import TitrateError
from titrate.model import SLOTS


def doses(made):
    """Return the (morning, midday, evening) mg of each day of a plan."""
    by_slot = [{dose.slot: int(dose.mg) for dose in day.doses} for day in made.days]
    return [tuple(day.get(slot, 0) for slot in SLOTS) for day in by_slot]


@pytest.mark.parametrize("days", [None, 1, 3, 4, 7, 8, 14, 28, 43, 366])
@pytest.mark.parametrize("target", [None, *TARGETS])
@pytest.mark.parametrize("egfr", ["15", "29.99", "30", "44.99", "45", "59.99", "60", "200"])
def test_every_band_target_and_length_gives_the_doses_of_the_printed_tables(egfr, target, days):
    band = band_of(float(egfr))
    if target is not None and target > CEILING[band]:
        with pytest.raises(TitrateError):
            plan(egfr, target=target, days=days)
        return
    expected = first_plan(band, target, days)
    made = plan(egfr, target=target, days=days, age=40)
    assert doses(made) == [SPLIT[total] for total in expected.mg]
    assert made.review.day == expected.review
    assert made.target == expected.target
    assert made.ceiling == expected.ceilings[0]


def test_every_egfr_in_steps_of_a_tenth_falls_into_the_band_of_the_printed_table():
    from titrate import kidney, library

    protocol = library.protocol()
    for tenths in range(2001):
        assert kidney.band_of(Decimal(tenths) / 10, protocol).name == band_of(tenths / 10)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["source"])
def test_the_oracle_gives_every_revision_copied_by_hand(row):
    target, days = (int(row[name]) if row[name] else None for name in ("target", "days"))
    found = course(row["band"], target, days, turns_of(row["revisions"]))
    assert (runs(found.mg), found.ending) == (row["runs"], row["ending"])


@settings(max_examples=1200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first_orders, drafts)
def test_any_sequence_of_revisions_is_lived_as_the_oracle_lives_it(order, drawn):
    story, found = begin(*order), follow(*order, (), None)
    turns, stopped = (), False
    day, band = 1, order[0]
    for draft in drawn:
        turn = turn_of(draft, day, band)
        too_high = turn.what == "target" and turn.to > CEILING[band]
        if not day <= turn.day <= len(found.mg) or found.ending == "suspended" or too_high:
            continue  # the machine is never asked: schedule refuses the date and the target
        try:
            expected = follow(*order, (*turns, turn), found)
        except RefusedError:
            with pytest.raises(TitrateError):
                revise(story, turn)
            continue
        story, found, turns = revise(story, turn), expected, (*turns, turn)
        day, stopped = turn.day, stopped or turn.what == "stop"
        band = str(turn.to) if turn.what == "band" else band
        length = min(len(found.mg), len(story.life.rungs))
        assert mg(story.life)[:length] == found.mg[:length]
        assert story.life.ending == found.ending
        if not stopped or found.ending != "open":  # how far a resumed taper runs is left to the engine
            assert len(story.life.rungs) == len(found.mg)
            assert story.life.target * 5 + 5 == found.target or found.ending == "suspended"
            assert found.review in {None, story.life.last_change + 14}
