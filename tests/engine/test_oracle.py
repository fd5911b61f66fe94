"""The engine and the oracle, which share nothing but the rules, say the same of every day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from oracle import CEILING, SPLIT, Known, RefusedError, Turn, band_of, course, first_plan, learn, screened
from plans import DOCTOR, START, TARGETS, make, revise, runs
from test_daily_dose import ROWS, begin, drafts, first_orders, live_on, mg, turn_of, turns_of

from titrate.errors import TitrateError
from titrate.model import SLOTS, Plan


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
            make(egfr, target=target, days=days)
        return
    expected = first_plan(band, target, days)
    made = make(egfr, target=target, days=days, age=40)
    assert doses(made) == [SPLIT[total] for total in expected.mg]
    assert made.review.day == expected.review
    assert made.target == expected.target
    assert made.ceiling == expected.ceilings[0]


def test_every_egfr_in_steps_of_a_tenth_falls_into_the_band_of_the_printed_table():
    from titrate.engine import kidney
    from titrate.evidence import reader

    protocol = reader.protocol()
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
    story, found = begin(*order), course(*order)
    turns, stopped = (), False
    day, band = 1, order[0]
    for draft in drawn:
        turn = turn_of(draft, day, band)
        too_high = turn.what == "target" and turn.to > CEILING[band]
        over = found.ending == "taper" and turn.day > len(found.mg)
        over = over or (turn.what == "continue" and turn.day <= len(found.mg))
        if turn.day < day or found.ending == "suspended" or too_high or over:
            continue  # the machine is never asked: `limits` refuses the date and the target
        try:
            expected = course(*order, (*turns, turn))
        except RefusedError:
            with pytest.raises(TitrateError):
                live_on(story, turn)
            continue
        story, found, turns = live_on(story, turn), expected, (*turns, turn)
        day, stopped = turn.day, stopped or turn.what == "stop"
        band = str(turn.to) if turn.what == "band" else band
        length = min(len(found.mg), len(story.life.rungs))
        assert mg(story.life)[:length] == found.mg[:length]
        assert story.life.ending == found.ending
        if not stopped or found.ending != "open":  # how far a resumed taper runs is left to the engine
            assert len(story.life.rungs) == len(found.mg)
            assert story.life.target * 5 + 5 == found.target or found.ending == "suspended"
            assert found.review in {None, story.life.last_change + 14}


# --- Revisions of real plans, as they are typed ---


class Draft(NamedTuple):
    """A revision `later` days after the last: `to` is its days, mg or eGFR; the patient may turn out to be ill, and agreed to."""

    later: int
    action: str
    to: int | str | None = None
    ill: bool = False
    confirms: bool = False


EGFRS = (">60", "85", "60", "59.99", "58", "45", "44.9", "41", "33", "30", "29.99", "20", "15", "14.99")
REQUESTS = {
    "hold": (1, 2, 3, 7, 30),
    "continue": (1, 14),
    "target": (*TARGETS, 10, 15),
    "kidney": EGFRS,
    "step-back": (None,),
    "resume": (None,),
    "stop": (None,),
}
CLEARANCE = 50  # mL/min: what `50` below means, (140 - 40) x 36 / (72 x 1)
real_orders = st.tuples(
    st.sampled_from((">60", "85", "62", "47", "44.9", "31", "29.99", "18", CLEARANCE)),
    st.sampled_from((None, None, *TARGETS)),
    st.sampled_from((None, None, None, 1, 5, 20, 60)),
)


def _draft(action: str) -> st.SearchStrategy[Draft]:
    return st.builds(
        Draft,
        st.sampled_from((0, 0, 1, 1, 2, 3, 4, 5, 7, 8, 14, 40)),
        st.just(action),
        st.sampled_from(REQUESTS[action]),
        st.sampled_from((False, False, False, False, False, True)),
        st.booleans(),
    )


# One after the other, and the pairs in which the second asks for what the first took away.
real_drafts = st.lists(
    st.one_of(
        *(st.tuples(_draft(action)) for action in REQUESTS),
        *(st.tuples(_draft(first), _draft("resume")) for first in ("hold", "step-back", "stop")),
        *(st.tuples(_draft("kidney"), _draft(then)) for then in ("target", "target", "kidney")),
    ),
    max_size=5,
).map(lambda parts: [draft for part in parts for draft in part])


def real_plan(egfr: str | int, target: int | None = None, days: int | None = None) -> Plan:
    """Return the first plan of a patient of 40; CLEARANCE stands for one whose creatinine clearance decides."""
    facts: dict[str, Any] = {"target": target, "days": days, "age": 40, "taking": (), "tested": date(2026, 11, 20)}
    if egfr == CLEARANCE:
        return make(None, creatinine="1 mg/dL", sex="male", weight=Decimal(36), **facts)
    return make(egfr, **facts)


def asked(draft: Draft, band: str, *, ill: bool) -> dict[str, Any]:
    """Return what a draft means as the keywords of a revision of a plan that then stands in `band`."""
    facts: dict[str, Any] = {"conditions": ("epilepsy",)} if draft.ill else {}
    if draft.action in ("hold", "continue"):
        facts["days"] = draft.to
    elif draft.action == "target":
        facts["target"] = Decimal(draft.to or 0)
    elif draft.action == "kidney":
        facts["egfr"] = draft.to
    codes = (("epilepsy",) if ill else ()) + (("kidney-severe",) if band == "G4" else ())
    return facts | ({"confirmed": codes, "prescriber": DOCTOR} if draft.confirms and codes else {})


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(("85", None, None), [Draft(1, "kidney", "40"), Draft(0, "target", 10)])
@example(("31", None, None), [Draft(1, "kidney", "85"), Draft(0, "target", 10)])
@example(("85", None, None), [Draft(1, "hold", 1, ill=True, confirms=True), Draft(1, "kidney", "58")])
@example(("85", 20, None), [Draft(9, "hold", 20), Draft(20, "target", 15)])
@given(real_orders, real_drafts)
def test_any_sequence_of_revisions_of_a_real_plan_gives_the_doses_of_the_oracle(order, drawn):
    egfr, target, days = order
    known = Known(CLEARANCE, CLEARANCE) if egfr == CLEARANCE else learn(Known(0), egfr)[0]
    order = (band_of(known.value), target, days)
    if target is not None and target > CEILING[order[0]]:
        return
    made, found, turns = real_plan(egfr, target, days), course(*order), ()
    review = found.review
    same(made, found, known, review)
    for draft in drawn:
        day = (turns[-1].day if turns else 1) + draft.later
        result = draft.to if draft.action == "kidney" else None
        ill = known.ill or draft.ill
        then, better = learn(known, result, ill=draft.ill, agreed=draft.confirms and ill)
        what, to = ("band", band_of(then.value)) if result else (draft.action, draft.to)
        turn = Turn(day, what, to, better=bool(result) and better)
        told = asked(draft, band_of(then.value), ill=then.ill)
        try:
            expected, turn = screened(order, turns, turn, then, found)
        except RefusedError:
            with pytest.raises(TitrateError):
                revise(made, START + timedelta(day - 1), draft.action, **told)
            continue
        made = revise(made, START + timedelta(day - 1), draft.action, **told)
        found, known, turns = expected, then, (*turns, turn)
        stays = review is not None and found.review is not None and found.review < day  # a review before it stays
        review = review if stays else found.review
        if "stop" in {turn.what for turn in turns} and found.ending == "open" and len(made.days) != len(found.mg):
            both = min(len(made.days), len(found.mg))  # how far a resumed taper runs is left to the engine
            assert doses(made)[:both] == [SPLIT[total] for total in found.mg[:both]]
            return
        same(made, found, known, review)


def same(made, found, known, review):
    """Assert that a plan is what the oracle says, day by day."""
    assert doses(made) == [SPLIT[total] for total in found.mg]
    assert [day.date for day in made.days] == [START + timedelta(day) for day in range(len(found.mg))]
    assert made.ending == found.ending
    assert made.ceiling == CEILING[band_of(known.value)]
    assert (made.review and made.review.day) == review
    assert made.target == found.target or found.ending == "suspended"
