"""Every revision is screened again: what lowers is never blocked, what raises waits until each finding is confirmed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from plans import DOCTOR, START, again, codes, make, revise

from titrate.engine.revision import forbids_rise
from titrate.errors import BadInput, Refused
from titrate.export import render
from titrate.model import Plan

WELL = make(age=40)


def on(day: int) -> date:
    return START + timedelta(days=day - 1)


def found(plan: Plan) -> dict[str, str]:
    return {finding.code: finding.severity for finding in plan.findings}


def totals(plan: Plan) -> list[int]:
    return [int(day.total) for day in plan.days]


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
    assert forbids_rise(plan.findings)
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
    again_ = revise(worse, on(7), "hold", days=1, confirmed=("beers-kidney", "age-65-plus"), prescriber=DOCTOR)
    assert not again_.revisions[2].no_rise


def test_a_confirmation_that_was_not_raised_or_is_by_nobody_is_refused() -> None:
    with pytest.raises(BadInput, match="was not raised"):
        revise(WELL, on(5), "hold", days=1, confirmed=("epilepsy",), prescriber=DOCTOR)
    with pytest.raises(BadInput, match="needs the prescriber's name"):
        revise(WELL, on(5), "hold", days=1, conditions=("epilepsy",), confirmed=("epilepsy",))


def test_pregnancy_in_a_running_plan_plans_no_rise_and_no_sudden_stop() -> None:
    plan = revise(WELL, on(5), "hold", days=1, pregnant=True)
    assert found(plan)["pregnancy"] == "urgent"
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
    with pytest.raises(BadInput, match="it says none, but ramipril is on the list"):
        revise(plan, on(6), "hold", days=1, taking=())


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
    with pytest.raises(BadInput, match="age"):
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


def test_a_confirmation_does_not_cover_a_medicine_that_came_later() -> None:
    confirmed = make(age=40, taking=("diazepam",), confirmed=("cns-depressant",), prescriber=DOCTOR)
    with pytest.raises(Refused) as refused:
        revise(confirmed, on(15), "target", target=Decimal(20), taking=("morphine",))
    assert {finding.confirmed_by for finding in refused.value.findings if finding.code == "cns-depressant"} == {None}
    again_confirmed = {"confirmed": ("cns-depressant", "several-cns-depressants"), "prescriber": "Dr B"}
    risen = revise(confirmed, on(15), "target", target=Decimal(20), taking=("morphine",), **again_confirmed)
    assert {finding.confirmed_by for finding in risen.findings if finding.code == "cns-depressant"} == {"Dr B"}


def test_a_confirmation_still_covers_what_it_was_given_for() -> None:
    confirmed = make(age=40, taking=("diazepam",), confirmed=("cns-depressant",), prescriber=DOCTOR)
    for facts in ({}, {"taking": ("diazepam",)}, {"taking": ("nifedipine",)}, {"conditions": ("diabetes",)}):
        risen = revise(confirmed, on(15), "target", target=Decimal(20), **facts)
        assert {finding.confirmed_by for finding in risen.findings if finding.code == "cns-depressant"} == {DOCTOR}


# --- News: facts alone, by which no dose rises ---

LEARNED = (
    {"taking": ("codeine",)},
    {"taking": ("ibuprofen",)},
    {"conditions": ("epilepsy",)},
    {"conditions": ()},
    {"pregnant": True},
    {"pregnant": False},
    {"breastfeeding": True},
    {"dialysis": False},
    {"age": 67},
    {"weight": Decimal(48)},
    {"tested": date(2026, 11, 29)},
)


@pytest.mark.parametrize("facts", LEARNED, ids=str)
@pytest.mark.parametrize("day", [1, 5, 12])
def test_what_is_learned_alone_is_a_revision_and_no_dose_rises_by_it(facts: Any, day: int) -> None:
    plan = revise(WELL, on(day), "news", **facts)
    assert plan.revisions[-1].action == "news"
    assert totals(plan)[: day - 1] == totals(WELL)[: day - 1]
    assert all(then <= now for now, then in zip(totals(WELL), totals(plan), strict=True))
    if forbids_rise(plan.findings):
        before = day - 1 if day > 1 else 1
        assert set(totals(plan)[day - 1 :]) == {totals(WELL)[before - 1]}
    else:
        assert plan.days == WELL.days


def test_news_without_a_fact_is_bad_input() -> None:
    with pytest.raises(BadInput, match="news needs a fact"):
        revise(WELL, on(5), "news")


def test_pregnancy_learned_alone_is_urgent_and_says_never_to_stop_at_once() -> None:
    plan = revise(WELL, on(5), "news", pregnant=True)
    assert plan.findings[0].code == "pregnancy"
    assert plan.findings[0].severity == "urgent"
    assert "Do not stop at once" in plan.findings[0].message
    assert set(totals(plan)[3:]) == {10}
    assert plan.ending == "open"


def test_kidney_failure_learned_alone_suspends_the_plan() -> None:
    for facts in ({"dialysis": True}, {"conditions": ("acute-kidney-injury",)}):
        plan = revise(WELL, on(12), "news", **facts)
        assert (plan.ending, len(plan.days), plan.findings[0].code) == ("suspended", 11, "kidney-failure")
        assert plan.findings[0].severity == "urgent"


def test_a_medicine_no_longer_taken_lifts_its_finding_and_no_rise_follows_until_it_is_asked_for() -> None:
    waiting = revise(WELL, on(5), "hold", days=1, taking=("Codeine", "ramipril"))
    stopped = revise(waiting, on(8), "news", stopped=("codeine",))
    assert "cns-depressant" not in found(stopped)
    assert "bp-lowering" in found(stopped)  # what is still taken stays
    assert stopped.days == waiting.days
    later = revise(stopped, on(9), "news", conditions=())
    assert later.days == waiting.days  # nor by what is learned after that
    asked = revise(later, on(12), "target", target=Decimal(15))
    assert totals(asked)[11] == 15


def test_not_pregnant_any_more_lifts_the_finding_and_no_rise_follows_until_it_is_asked_for() -> None:
    waiting = revise(WELL, on(5), "news", pregnant=True)
    after = revise(waiting, on(20), "news", pregnant=False)
    assert "pregnancy" not in found(after)
    assert set(totals(after)[3:]) == {10}
    assert totals(revise(after, on(21), "target", target=Decimal(15)))[20] == 15


def test_one_finding_gone_and_another_come_is_news_and_not_refused() -> None:
    waiting = revise(WELL, on(5), "hold", days=1, taking=("codeine",))
    plan = revise(waiting, on(8), "news", stopped=("codeine",), conditions=("epilepsy",))
    assert (found(plan)["epilepsy"], "cns-depressant" in found(plan)) == ("confirm", False)
    assert plan.days == waiting.days


def test_a_medicine_that_is_not_on_the_list_cannot_be_no_longer_taken() -> None:
    taking = revise(WELL, on(5), "news", taking=("ramipril",))
    with pytest.raises(BadInput, match=r"codeine is not on the list of medicines \(it has ramipril\)"):
        revise(taking, on(6), "news", stopped=("codeine",))
    with pytest.raises(BadInput, match="it is empty"):
        revise(WELL, on(6), "news", stopped=("codeine",))
    with pytest.raises(BadInput, match="contradict each other about ramipril"):
        revise(taking, on(6), "news", taking=("ramipril",), stopped=("Ramipril",))
    gone = revise(taking, on(6), "hold", days=1, stopped=("ramipril",))  # beside another action too
    assert "bp-lowering" not in found(gone)
    with pytest.raises(BadInput, match="not on the list"):
        revise(gone, on(7), "news", stopped=("ramipril",))


def test_a_weight_that_a_creatinine_waited_for_gives_a_clearance_that_may_lower_the_dose() -> None:
    waiting = make(None, creatinine="88 umol/L", age=60, sex="female")
    assert (waiting.kidney.basis, waiting.kidney.crcl, waiting.target) == ("eGFR computed", None, 15)
    weighed = revise(waiting, on(12), "news", weight=Decimal(40))
    assert (weighed.kidney.basis, weighed.kidney.band) == ("CrCl computed", "G3b")
    assert (weighed.ceiling, set(totals(weighed)[11:])) == (10, {10})


def test_a_clearance_of_a_new_weight_takes_the_place_of_the_old_one_and_no_egfr_raises_it() -> None:
    first = make(None, creatinine="88 umol/L", age=60, sex="female", weight=Decimal(80))
    light = revise(first, on(12), "news", weight=Decimal(40))
    assert light.kidney.crcl == light.kidney.value < 38
    fall = next(one for one in light.findings if one.code == "kidney-fall")
    assert "creatinine clearance fell from 75.9 to 37.95" in fall.message  # a typing error, or it is true
    up = revise(light, on(13), "kidney", egfr="90")
    assert (up.kidney.value, up.kidney.band) == (light.kidney.value, "G3b")
    heavier = revise(light, on(13), "news", weight=Decimal(80))  # the typing error is taken back, and no dose rises
    assert heavier.kidney == first.kidney
    assert totals(heavier) == totals(light)


# --- What is urgent ---


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"egfr": "54"}, {"egfr": "28"}, "The eGFR fell from 54 to 28, by a third or more"),
        ({"egfr": ">90"}, {"egfr": "60"}, "The eGFR fell from >90 to 60, by a third or more"),
        ({"egfr": ">60"}, {"egfr": "41"}, "The kidney value is 41 after >60; how far it fell is not known"),
        (
            {"egfr": None, "creatinine": "0.6 mg/dL", "sex": "female", "weight": Decimal(42), "age": 88},
            {"egfr": "57"},
            "The eGFR fell from 86.28 to 57, by a third or more",
        ),
        (
            {"egfr": None, "creatinine": "88 umol/L", "sex": "female", "weight": Decimal(80), "age": 60},
            {"creatinine": "150 umol/L"},
            "The eGFR fell from 64.85 to 34.19, by a third or more",
        ),
    ],
    ids=str,
)
def test_a_fall_of_the_kidneys_stands_first_and_names_like_with_like(before: Any, after: Any, words: str) -> None:
    plan = revise(make(**before), on(12), "kidney", **after)
    first = plan.findings[0]
    assert (first.code, first.severity) == ("kidney-fall", "urgent")
    assert words in first.message
    assert "before the next dose" in first.message


def test_a_clearance_is_never_compared_with_an_egfr() -> None:
    frail = make(None, creatinine="0.6 mg/dL", sex="female", weight=Decimal(42), age=88)
    assert frail.kidney.value < 43  # 28 would be a third less
    assert "kidney-fall" not in found(revise(frail, on(12), "kidney", egfr="58"))
    reported = make("86", sex="female", weight=Decimal(60), age=60)
    computed = revise(reported, on(12), "kidney", creatinine="88 umol/L")  # 64.85, and a clearance of its own
    assert "kidney-fall" not in found(computed)


def test_what_would_stop_a_start_is_urgent_in_a_running_plan_whatever_it_is() -> None:
    for facts, code in (
        ({"conditions": ("hypersensitivity",)}, "hypersensitivity"),
        ({"conditions": ("active-peptic-ulcer",)}, "active-peptic-ulcer"),
        ({"pregnant": True}, "pregnancy"),
        ({"age": 17}, "under-18"),
        ({"dialysis": True}, "kidney-failure"),
    ):
        assert found(revise(WELL, on(12), "news", **facts))[code] == "urgent"
        with pytest.raises(Refused):
            make(**facts)


def test_a_fall_that_is_over_forbids_no_rise() -> None:
    fell = revise(make(age=40, target=Decimal(25)), on(26), "kidney", egfr="41")
    assert {found(fell)["kidney-fall"], found(fell)["large-fall"]} == {"urgent"}
    assert not forbids_rise(fell.findings)
