"""A plan goes on as the rules say, is screened again at every revision, and nothing that it once did is undone."""

from __future__ import annotations

import csv
import time
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from oracle import RefusedError, Turn, band_of, follow
from saved_plans import DOCTOR, START, again, cases, codes, course_of, drafts, first_plans, make, revise

from titrate import course
from titrate.admission import MOST_REVISIONS
from titrate.errors import BadInput, Refused, TitrateError
from titrate.export import render
from titrate.model import Plan, Revision

ROWS = list(csv.DictReader((Path(__file__).parent / "vectors" / "courses.csv").read_text("utf-8").splitlines()))
WELL = make(age=40)


def on(day: int) -> date:
    return START + timedelta(days=day - 1)


def found(plan: Plan) -> dict[str, str]:
    return {finding.code: finding.severity for finding in plan.findings}


def totals(plan: Plan) -> list[int]:
    return [int(day.total) for day in plan.days]


def follow_row(row: dict[str, str]) -> Plan:
    egfr, *target = row["inputs"].split(" target ")
    plan = make(egfr, age=40, target=Decimal(target[0]) if target else None)
    for order in row["revisions"].split("; "):
        day, action, *to = order.split()
        facts: dict[str, Any] = {}
        if action == "hold":
            facts = {"days": int(to[0])}
        elif action == "target":
            facts = {"target": Decimal(to[0])}
        elif action == "egfr":
            action, facts = "kidney", {"egfr": to[0]}
        plan = revise(plan, date.fromisoformat(day), action, **facts)
    return plan


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["source"])
def test_every_course_copied_by_hand_from_the_rules_gives_its_days_review_and_supply(row: dict[str, str]) -> None:
    plan = follow_row(row)
    runs, day = [], 1
    for total, run in groupby(totals(plan)):
        length = len(list(run))
        runs.append(f"{day}-{day + length - 1} {total}")
        day += length
    assert ("; ".join(runs), plan.ending) == (row["runs"], row["ending"])
    assert (plan.review.date.isoformat() if plan.review else "") == row["review"]
    assert "".join(f"{one.tablets} of 5" for one in plan.supply if one.tablet_mg == 5) == row["supply"]


def test_a_kidney_result_of_41_is_screened_for_age_and_no_target_brings_15_mg_back() -> None:
    old = make(age=70)
    plan = revise(old, on(12), "kidney", egfr="41")
    assert found(plan)["beers-kidney"] == "confirm"
    assert found(plan)["kidney-fall"] == "caution"
    assert plan.revisions[0].no_rise
    assert (plan.ceiling, plan.target) == (10, 10)
    with pytest.raises(Refused, match="above the ceiling of 10 mg for kidney band G3b"):
        revise(plan, on(14), "target", target=Decimal(15))


# --- Screening again ---

LOWERING = (
    ("hold", {"days": 3}),
    ("step-back", {}),
    ("stop", {}),
    ("target", {"target": Decimal(5)}),
    ("kidney", {"egfr": "41"}),
    ("kidney", {"egfr": "20"}),
    ("kidney", {"egfr": "10"}),
)
SPEAKS_AGAINST = ({"taking": ("codeine",)}, {"conditions": ("epilepsy",)}, {"pregnant": True}, {"age": 90}, {"age": 17})


@pytest.mark.parametrize("facts", SPEAKS_AGAINST, ids=str)
@pytest.mark.parametrize(("action", "what"), LOWERING, ids=str)
def test_what_only_lowers_is_never_blocked_whatever_is_found(action: str, what: dict[str, Any], facts: Any) -> None:
    plan = revise(make(egfr="85"), on(12), action, **what, **facts)
    assert course.forbids_rise(plan.findings)
    assert plan.revisions[-1].no_rise
    after = totals(plan)[10:]
    assert all(then <= now for now, then in pairwise(after))


@pytest.mark.parametrize("facts", SPEAKS_AGAINST[:3], ids=str)
@pytest.mark.parametrize("day", [2, 5, 9])
def test_what_raises_is_refused_while_something_forbids_it(facts: Any, day: int) -> None:
    with pytest.raises(Refused) as refused:
        revise(WELL, on(day), "target", target=Decimal(20), **facts)
    assert str(refused.value).startswith("no rise")
    assert (refused.value.if_confirmed is None) == ("pregnant" in facts)
    stepped_back = revise(WELL, on(12), "step-back")
    with pytest.raises(Refused):
        revise(stepped_back, on(13), "resume", **facts)


def test_a_confirmed_rise_is_planned_and_says_who_confirmed() -> None:
    with pytest.raises(Refused) as refused:
        revise(WELL, on(20), "target", target=Decimal(20), taking=("codeine",))
    plan = refused.value.if_confirmed
    assert plan is not None
    assert totals(plan)[19] == 20
    agreed = revise(
        WELL,
        on(20),
        "target",
        target=Decimal(20),
        taking=("codeine",),
        confirmed=codes(refused.value),
        prescriber=DOCTOR,
    )
    assert agreed.days == plan.days
    assert [finding.confirmed_by for finding in agreed.findings if finding.severity == "confirm"] == [DOCTOR]


def test_no_later_rise_is_planned_until_each_new_finding_is_confirmed() -> None:
    waiting = revise(WELL, on(5), "hold", days=1, taking=("codeine",), conditions=("epilepsy",))
    assert set(totals(waiting)[3:]) == {10}
    half = revise(waiting, on(6), "target", target=Decimal(15), confirmed=("cns-depressant",), prescriber=DOCTOR)
    assert set(totals(half)[3:]) == {10}
    both = revise(half, on(9), "target", target=Decimal(15), confirmed=("epilepsy",), prescriber=DOCTOR)
    assert totals(both)[:8] == totals(half)[:8]
    assert totals(both)[8] == 15  # the days at 10 mg count while it waited


def test_a_confirmation_holds_until_the_band_worsens() -> None:
    first = make("58", age=70)
    assert found(first)["beers-kidney"] == "confirm"
    same = revise(first, on(5), "kidney", egfr="50")
    assert not same.revisions[0].no_rise
    assert next(one for one in same.findings if one.code == "beers-kidney").confirmed_by == DOCTOR
    worse = revise(same, on(6), "kidney", egfr="44")
    assert worse.revisions[1].no_rise
    assert next(one for one in worse.findings if one.code == "beers-kidney").confirmed_by is None
    again_ = revise(worse, on(7), "hold", days=1, confirmed=("beers-kidney",), prescriber=DOCTOR)
    assert not again_.revisions[2].no_rise


def test_a_confirmation_that_was_not_raised_or_is_by_nobody_is_refused() -> None:
    with pytest.raises(BadInput, match="was not raised"):
        revise(WELL, on(5), "hold", days=1, confirmed=("epilepsy",), prescriber=DOCTOR)
    with pytest.raises(BadInput, match="needs the prescriber's name"):
        revise(WELL, on(5), "hold", days=1, conditions=("epilepsy",), confirmed=("epilepsy",))


def test_pregnancy_in_a_running_plan_plans_no_rise_and_no_sudden_stop() -> None:
    plan = revise(WELL, on(5), "hold", days=1, pregnant=True)
    assert found(plan)["pregnancy"] == "stop"
    assert set(totals(plan)[3:]) == {10}
    assert plan.ending == "open"
    text = next(one.message for one in plan.findings if one.code == "pregnancy")
    assert "the same day" in text
    assert "Do not stop at once" in text
    later = revise(plan, on(9), "hold", days=1)
    assert later.revisions[1].no_rise
    with pytest.raises(BadInput, match="was not raised"):
        revise(plan, on(9), "target", target=Decimal(15), confirmed=("pregnancy",), prescriber=DOCTOR)
    assert totals(revise(plan, on(9), "stop"))[8:] == [5] * 14 or totals(revise(plan, on(9), "stop"))[-7:] == [5] * 7


def test_what_a_revision_learned_is_known_to_every_later_one() -> None:
    plan = revise(WELL, on(5), "hold", days=1, taking=("ramipril",), age=67)
    later = revise(plan, on(6), "hold", days=1, taking=("naproxen",), conditions=("diabetes",))
    assert {"bp-lowering", "nsaid", "diabetes", "age-65-plus"} <= set(found(later))
    none = revise(plan, on(6), "hold", days=1, taking=())
    assert "bp-lowering" in found(none)


def test_blood_tests_are_due_every_30_days_from_a_medicine_that_can_hurt_the_kidneys() -> None:
    first = make(age=40, tested=date(2026, 11, 28), taking=(), days=90)
    assert first.retest_days is None
    assert make(age=40, taking=("ibuprofen",)).retest_days == 30
    plan = revise(first, on(5), "hold", days=1, taking=("ibuprofen",))
    assert plan.retest_days == 30
    assert b"test/" not in render(plan, "ics")  # UIDs hide what they name
    assert render(plan, "ics").count(b"Blood test") > render(first, "ics").count(b"Blood test")


# --- Kidney results ---


def test_an_egfr_may_lower_what_a_clearance_set_and_never_raise_it() -> None:
    first = make(None, creatinine="150 umol/L", age=60, sex="female", weight=Decimal(60))
    assert first.kidney.basis == "CrCl computed"
    set_by = first.kidney.value
    up = revise(first, on(5), "kidney", egfr="90")
    assert (up.kidney.value, up.kidney.egfr, up.kidney.band) == (set_by, 90, first.kidney.band)
    down = revise(first, on(5), "kidney", egfr="31")
    assert (down.kidney.value, down.kidney.basis) == (31, "eGFR reported")
    again_ = revise(down, on(6), "kidney", egfr="90")
    assert again_.kidney.value == set_by  # not even by way of a lower one
    computed = revise(first, on(5), "kidney", creatinine="80 umol/L")
    assert computed.kidney.value > set_by


def test_a_creatinine_takes_age_sex_and_weight_from_the_plan() -> None:
    plan = revise(make(age=60, sex="female", weight=Decimal(60)), on(5), "kidney", creatinine="150 umol/L")
    assert plan.kidney.basis == "CrCl computed"
    with pytest.raises(BadInput, match="--age"):
        revise(make(), on(5), "kidney", creatinine="150 umol/L")


def test_a_plan_made_from_a_creatinine_goes_on_after_an_egfr_and_can_be_read_again() -> None:
    plan = revise(make(None, creatinine="60 umol/L", age=40, sex="male"), on(5), "kidney", egfr="70")
    assert render(again(render(plan, "json")), "json") == render(plan, "json")


@pytest.mark.parametrize(
    ("old", "new", "fell"), [("90", "60", True), ("90", "61", False), ("90", ">60", False), ("41", "85", False)]
)
def test_a_fall_of_the_value_by_a_third_or_more_is_urgent_if_and_only_if_it_fell(
    old: str, new: str, fell: bool
) -> None:
    plan = revise(make(old, age=40), on(5), "kidney", egfr=new)
    assert ("kidney-fall" in found(plan)) == fell


@pytest.mark.parametrize(
    ("target", "egfr", "urgent"), [(20, "41", False), (25, "41", True), (15, "20", False), (20, "20", True)]
)
def test_more_than_10_mg_less_in_one_day_is_urgent_if_and_only_if_it_is_more(
    target: int, egfr: str, urgent: bool
) -> None:
    plan = revise(make(age=40, target=Decimal(target)), on(26), "kidney", egfr=egfr)
    assert ("large-fall" in found(plan)) == urgent


@pytest.mark.parametrize("facts", [{"dialysis": True}, {"conditions": ("acute-kidney-injury",)}], ids=str)
def test_kidney_failure_suspends_however_it_is_learned_and_then_nothing_can_be_revised(facts: Any) -> None:
    plan = revise(WELL, on(12), "hold", days=3, **facts)
    assert (plan.ending, plan.ceiling, len(plan.days), plan.review, plan.supply) == ("suspended", 0, 11, None, ())
    for action, what in LOWERING:
        with pytest.raises(Refused, match="suspended"):
            revise(plan, on(13), action, **what)


# --- Dates ---


def test_a_date_before_the_last_revision_or_the_start_or_after_the_end_is_refused_with_the_way_out() -> None:
    held = revise(WELL, on(5), "hold", days=7)
    with pytest.raises(Refused, match="2026-12-04 is before the last revision"):
        revise(held, on(4), "hold", days=1)
    with pytest.raises(Refused, match="2026-11-30 is before day 1"):
        revise(WELL, on(0), "hold", days=1)
    with pytest.raises(Refused) as late:
        revise(WELL, on(32), "stop")
    assert "--from 2026-12-28 --hold 5" in str(late.value)
    assert "--from 2027-01-01 --stop" in str(late.value)
    bridged = revise(revise(WELL, date(2026, 12, 28), "hold", days=5), date(2027, 1, 1), "stop")
    assert totals(bridged)[27:] == [15] * 4 + [10] * 7 + [5] * 7
    with pytest.raises(Refused, match="the plan is over"):
        revise(bridged, date(2027, 2, 1), "hold", days=1)
    with pytest.raises(Refused, match="long after the plan's last day"):
        revise(WELL, on(367), "hold", days=1)


@pytest.mark.parametrize(
    ("action", "facts", "error"),
    [
        ("hold", {"days": 0}, "out of range"),
        ("hold", {"days": 367}, "out of range"),
        ("hold", {}, "hold needs days"),
        ("target", {"target": Decimal(12)}, "not a daily dose"),
        ("target", {"target": Decimal(35)}, "not a daily dose"),
        ("kidney", {"egfr": "85", "creatinine": "88 umol/L"}, "both are given"),
        ("kidney", {"egfr": "201"}, "above 200"),
        ("kidney", {"egfr": "85", "tested": date(2027, 6, 1)}, "is in the future"),
        ("resume", {}, "nothing is held"),
    ],
    ids=str,
)
def test_what_is_wrong_for_any_plan_is_bad_input(action: str, facts: Any, error: str) -> None:
    with pytest.raises(BadInput, match=error):
        revise(WELL, on(5), action, **facts)


# --- Any sequence ---


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first_plans, drafts)
def test_any_course_keeps_its_past_its_ceilings_and_its_word(first: Plan, drawn: Any) -> None:
    plan = course_of(first, drawn)
    versions = (*plan.history, plan)
    assert len(versions) == len(plan.revisions) + 1
    for before, after in pairwise(versions):
        revision = after.revisions[-1]
        past = (revision.start - first.inputs.start).days
        assert after.days[:past] == before.days[:past]
        ahead = after.days[max(past - 1, 0) :]
        assert all(day.total <= after.ceiling for day in after.days[past:])
        if revision.no_rise:
            assert all(then.total <= now.total for now, then in pairwise(ahead))
        assert revision.no_rise == course.forbids_rise(after.findings)
        assert [step.first_day for step in after.steps] == [1, *(step.last_day + 1 for step in after.steps[:-1])][
            : len(after.steps)
        ]
    if plan.ending == "taper":
        assert totals(plan)[-7:] == [5] * 7


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first_plans, drafts)
def test_any_course_is_lived_as_the_oracle_lives_it(first: Plan, drawn: Any) -> None:
    plan = course_of(first, drawn)
    target = None if first.inputs.target is None else int(first.inputs.target)
    band, turns = band_of(float(first.kidney.value)), []
    expected = follow(band, target, first.inputs.days, (), None)
    for before, after in pairwise((*plan.history, plan)):
        revision = after.revisions[-1]
        what, to = revision.action, revision.days or (int(revision.target) if revision.target else None)
        better = False
        if what == "kidney" or after.kidney.band == "G5":
            what, to = "band", after.kidney.band
            better = not after.kidney.value < before.kidney.value or after.kidney.at_least
        day = (revision.start - first.inputs.start).days + 1
        turns.append(Turn(day, what, to, better, not revision.no_rise))
        expected = follow(band, target, first.inputs.days, tuple(turns), expected)
        length = min(len(after.days), len(expected.mg))
        assert tuple(totals(after))[:length] == expected.mg[:length]
        assert after.ending == expected.ending
        if not any(turn.what == "stop" for turn in turns) or expected.ending != "open":
            assert len(after.days) == len(expected.mg)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first_plans, drafts)
def test_what_the_oracle_refuses_is_refused(first: Plan, drawn: Any) -> None:
    """The other direction: a turn that the rules alone refuse is never taken."""
    plan, day = first, first.inputs.start
    band = band_of(float(first.kidney.value))
    turns: tuple[Turn, ...] = ()
    expected = follow(band, None, first.inputs.days, (), None)
    for later, (action, facts), _, _ in drawn:
        start = day + timedelta(days=later)
        number = (start - first.inputs.start).days + 1
        what, to, better = action, facts.get("days") or facts.get("target"), False
        if action == "kidney":
            value = float(str(facts["egfr"]).strip(">"))
            what, to = "band", band_of(value)
            better = value >= float(plan.kidney.value) or ">" in str(facts["egfr"])
        try:
            after = revise(plan, start, action, **facts)
        except TitrateError:
            after = None
        may_rise = after is None or not after.revisions[-1].no_rise
        turn = Turn(number, what, None if to is None else to if isinstance(to, str) else int(to), better, may_rise)
        try:
            then = follow(band, None, first.inputs.days, (*turns, turn), expected)
        except RefusedError:
            assert after is None
            continue
        if after is not None:
            plan, day, turns, expected = after, start, (*turns, turn), then


def test_as_many_revisions_as_a_plan_may_have_are_made_again_in_seconds() -> None:
    plan = WELL
    changes = [
        Revision(
            number, plan.created + timedelta(seconds=number), on(5), "target", target=Decimal(15 + 5 * (number % 2))
        )
        for number in range(1, MOST_REVISIONS + 1)
    ]
    begun = time.process_time()
    made = course.replay(course_evidence(plan), plan.inputs, changes, id=plan.id, created=plan.created)
    assert made == course.replay(course_evidence(plan), plan.inputs, changes, id=plan.id, created=plan.created)
    assert time.process_time() - begun < 20
    with pytest.raises(Refused, match="more than 1000 changes"):
        revise(made, on(5), "hold", days=1)


def test_revising_and_reading_back_make_the_same_plan() -> None:
    for plan in cases().values():
        assert (
            course.replay(
                course_evidence(plan),
                plan.inputs,
                plan.revisions,
                id=plan.id,
                created=plan.created,
                version=plan.version,
            )
            == plan
        )


def course_evidence(plan: Plan) -> Any:
    from titrate import library

    return library.evidence(course.everything_known(plan.inputs, plan.revisions))
