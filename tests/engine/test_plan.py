"""First plans: what is swallowed on every day, for every kidney value, target and length."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import CEILING, band_of
from plans import CREATED, ID, PROTOCOL, SLOTS, START, TARGETS, inputs, make

from titrate import __version__
from titrate.engine.plan import make_plan, screen_start
from titrate.errors import BadInput, Refused
from titrate.evidence import reader
from titrate.model import Patient, Slots

VECTORS = Path(__file__).parents[1] / "vectors"


def rows(name):
    return list(csv.DictReader((VECTORS / name).read_text("utf-8").splitlines()))


def in_words(made):
    """Write steps as `1-3 5; 4-7 10`."""
    return "; ".join(f"{step.first_day}-{step.last_day} {step.total:f}" for step in made.steps)


def whole(text):
    return int(text) if text else None


# --- Copied by hand ---


@pytest.mark.parametrize("row", rows("first_plans.csv"), ids=lambda row: f"{row['egfr']}-{row['target']}-{row['days']}")
def test_every_first_plan_copied_by_hand_from_the_rules_comes_out(row):
    made = make(row["egfr"], age=40, target=whole(row["target"]), days=whole(row["days"]))
    assert in_words(made) == row["steps"]
    assert made.review.day == int(row["review_day"])
    supply = {int(row.tablet_mg): (row.tablets, row.alternative) for row in made.supply}
    assert supply == {5: (int(row["tablets_5mg"]), True), 10: (int(row["tablets_10mg"]), True)}


@pytest.mark.parametrize("row", rows("splits.csv"), ids=lambda row: row["mg_per_day"])
def test_a_daily_dose_is_always_split_the_same_way(row):
    made = make(target=30)
    split = next(step.doses for step in made.steps if step.total == int(row["mg_per_day"]))
    expected = [(slot, int(row[slot])) for slot in ("morning", "midday", "evening") if int(row[slot])]
    assert [(dose.slot, int(dose.mg)) for dose in split] == expected


def test_the_standard_plan_has_its_dates():
    made = make()
    assert [(step.first_date, step.last_date) for step in made.steps] == [
        (date(2026, 12, 1), date(2026, 12, 3)),
        (date(2026, 12, 4), date(2026, 12, 7)),
        (date(2026, 12, 8), date(2026, 12, 28)),
    ]
    assert made.review == (22, date(2026, 12, 22))
    assert (made.target, made.ceiling, made.ending, made.kidney.band) == (15, 30, "open", "G1-G2")
    assert made.revisions == made.history == ()


def test_every_rise_has_a_gate_and_above_15_mg_it_asks_for_the_prescriber():
    gates = [step.gate and step.gate.text for step in make(target=30).steps]
    assert gates[0] is None
    assert all("only if well tolerated" in gate for gate in gates[1:])
    assert ["prescriber agrees" in gate for gate in gates[1:]] == [False, False, True, True, True]
    assert [gate.split("stay on ")[1].split(" ")[0] for gate in gates[1:]] == ["5", "10", "15", "20", "25"]
    assert all("call the prescriber" in gate for gate in gates[1:])


# --- Every kidney value and target ---


@pytest.mark.parametrize("target", [None, *TARGETS])
def test_no_first_plan_breaks_a_limit_whatever_the_kidney_value(target):
    for tenths in range(2001):
        egfr = Decimal(tenths) / 10
        band = band_of(egfr)
        if band == "G5" or (target or 0) > CEILING[band]:
            with pytest.raises(Refused) as refused:
                make(egfr, age=40, target=target)
            codes = {finding.code for finding in refused.value.findings if finding.severity == "stop"}
            assert codes == {"kidney-failure" if band == "G5" else "target-above-ceiling"}
            assert refused.value.if_confirmed is None
            continue
        made = make(egfr, age=40, target=target)
        assert made.kidney.band == band
        assert made.ceiling == CEILING[band]
        last_rise = None
        for before, step in zip((None, *made.steps), made.steps, strict=False):
            assert 0 < step.total <= min(CEILING[band], 30)
            assert step.total <= made.target
            if before is not None:
                assert step.total == before.total + 5
                assert step.first_day - (last_rise or 1) >= 3
                last_rise = step.first_day
        assert made.steps[-1].total == made.target


def test_each_day_stands_in_the_step_that_holds_its_number():
    for target in TARGETS:
        for days in (None, 1, 5, 40, 366):
            made = make(target=target, days=days)
            assert [day.number for day in made.days] == list(range(1, len(made.days) + 1))
            assert [day.date for day in made.days] == [START + timedelta(n) for n in range(len(made.days))]
            for before, step in zip(made.steps, made.steps[1:], strict=False):
                assert step.first_day == before.last_day + 1
                assert step.number == before.number + 1
            assert (made.steps[0].number, made.steps[0].first_day) == (1, 1)
            assert made.steps[-1].last_day == len(made.days)
            for step in made.steps:
                run = made.days[step.first_day - 1 : step.last_day]
                assert {(day.doses, day.total) for day in run} == {(step.doses, step.total)}
                assert sum(dose.mg for dose in step.doses) == step.total
                assert (step.first_date, step.last_date) == (run[0].date, run[-1].date)


def test_the_same_arguments_give_the_same_plan():
    assert make(target=20, tablets=(10,)) == make(target=20, tablets=(10,))


@given(st.sampled_from(TARGETS), st.none() | st.integers(1, 366))
def test_a_plan_is_as_long_as_asked_or_up_to_its_review(target, days):
    made = make(target=target, days=days)
    assert len(made.days) == (days or max(28, made.review.day))


@given(st.dates(date(2020, 1, 1), date(2090, 1, 1)))
def test_the_start_moves_every_date_and_no_dose(start):
    made = make(start=start)
    assert in_words(made) == "1-3 5; 4-7 10; 8-28 15"
    assert made.days[0].date == start
    assert made.days[-1].date == start + timedelta(27)
    assert made.review.date == start + timedelta(21)


# --- Refused, and what would follow ---


def test_a_target_above_the_ceiling_is_refused_and_names_the_ceiling_and_why():
    with pytest.raises(Refused, match="target-above-ceiling") as refused:
        make("50", target=20, age=40)
    stop = refused.value.findings[0]
    assert (stop.code, stop.severity) == ("target-above-ceiling", "stop")
    assert "ceiling of 15 mg a day" in stop.message
    assert "below 60" in stop.message
    assert "S-MUANDA" in stop.source


def test_a_severe_kidney_disease_is_refused_until_confirmed_and_the_refusal_carries_the_plan_that_follows():
    with pytest.raises(Refused, match="until a prescriber confirms: kidney-severe") as refused:
        make("20", age=40, confirmed=())
    follows = refused.value.if_confirmed
    assert in_words(follows) == "1-28 5"
    assert [finding.code for finding in refused.value.findings if finding.severity == "confirm"] == ["kidney-severe"]
    made = make("20", age=40, confirmed=("kidney-severe",), prescriber="Dr. Ada")
    assert made.days == follows.days
    assert [f.confirmed_by for f in made.findings if f.code == "kidney-severe"] == ["Dr. Ada"]


def test_one_confirmation_of_two_is_not_enough():
    with pytest.raises(Refused, match=r"confirms: beers-kidney, age-65-plus$"):
        make("20", age=70, confirmed=("kidney-severe",), prescriber="Dr. Ada")
    made = make("20", age=70, confirmed=("beers-kidney", "kidney-severe", "age-65-plus"), prescriber="Dr. Ada")
    assert all(finding.confirmed_by == "Dr. Ada" for finding in made.findings if finding.severity == "confirm")


def test_no_confirmation_lifts_a_stop():
    with pytest.raises(Refused, match="no plan: kidney-failure") as refused:
        make("14.99", age=40)
    assert refused.value.if_confirmed is None
    with pytest.raises(Refused, match="no plan: under-18"):
        make("85", age=17)


def test_a_refusal_names_every_code_once_with_a_comma_between():
    with pytest.raises(Refused, match=r"^no plan: under-18, kidney-failure$"):
        make("14.99", age=17)
    with pytest.raises(
        Refused, match=r"^no plan until a prescriber confirms: kidney-severe, beers-kidney, age-65-plus$"
    ):
        make("20", age=70, confirmed=())


def test_where_something_stops_nothing_counts_as_confirmed_without_a_name():
    for prescriber in (None, ""):
        asked = inputs("20", age=17, confirmed=("kidney-severe",), prescriber=prescriber)
        _, found = screen_start(reader.evidence(asked.patient), asked, created=CREATED)
        assert {"under-18", "kidney-severe"} <= {finding.code for finding in found}
        assert {finding.confirmed_by for finding in found} == {None}


def test_screening_refuses_what_is_wrong_for_any_patient_as_a_plan_does():
    for wrong, told in (({"days": 0}, "days: "), ({"tested": CREATED.date() + timedelta(1)}, "tested: ")):
        asked = inputs("85", age=40, **wrong)
        with pytest.raises(BadInput, match=told):
            screen_start(reader.evidence(asked.patient), asked, created=CREATED)


def test_screening_refuses_a_confirmation_that_nothing_needs_unless_something_stops():
    for egfr, age, refused in (("85", 40, True), ("20", 40, False), ("85", 17, False)):
        asked = inputs(egfr, age=age, confirmed=("kidney-severe",), prescriber="Dr. Ada")
        evidence = reader.evidence(asked.patient)
        if refused:
            with pytest.raises(BadInput, match="was not raised"):
                screen_start(evidence, asked, created=CREATED)
        else:
            assert screen_start(evidence, asked, created=CREATED)[1]
    unnamed = inputs("20", age=40, confirmed=("kidney-severe",))
    with pytest.raises(BadInput, match="prescriber NAME"):
        screen_start(reader.evidence(unnamed.patient), unnamed, created=CREATED)


@pytest.mark.parametrize("prescriber", [None, "", "  "])
def test_a_confirmation_needs_a_name(prescriber):
    with pytest.raises(BadInput, match="prescriber NAME"):
        make("20", age=40, confirmed=("kidney-severe",), prescriber=prescriber)


@pytest.mark.parametrize("code", ["kidney-severe", "kidney-failure", "off-label", "nonsense", ""])
def test_a_confirmation_that_was_not_raised_is_bad_input(code):
    with pytest.raises(BadInput, match=r"was not raised.*nothing here needs it"):
        make("85", age=40, confirmed=(code,), prescriber="Dr. Ada")
    with pytest.raises(BadInput, match=r"was not raised.*to confirm here: kidney-severe\)"):
        make("20", age=40, confirmed=(f"x{code}",), prescriber="Dr. Ada")


# --- Wrong for any patient ---


@pytest.mark.parametrize("target", ["0", "-5", "1", "7.5", "12", "14.999", "35", "1000"])
def test_a_target_that_is_no_daily_dose_of_the_protocol_is_bad_input(target):
    with pytest.raises(BadInput, match=r"target: .* 5, 10, 15, 20, 25, 30"):
        make(target=target)
    with pytest.raises(BadInput, match="target: "):
        make("10", target=target)  # also where no plan could be made


@pytest.mark.parametrize("days", [0, -1, 367, 10**6])
def test_a_length_outside_1_to_366_is_bad_input(days):
    with pytest.raises(BadInput, match=r"days: .*1 to 366"):
        make(days=days)


@pytest.mark.parametrize("age", [-1, 121, 999])
def test_an_age_over_120_is_bad_input(age):
    with pytest.raises(BadInput, match=r"age: .*18 to 120"):
        make(age=age)


@pytest.mark.parametrize("weight", [Decimal("24.9"), Decimal("300.1"), 0, -70])
def test_a_weight_outside_25_to_300_kg_is_bad_input(weight):
    with pytest.raises(BadInput, match=r"weight: .*25 to 300"):
        make(weight=weight)


def test_the_edges_of_every_range_are_allowed():
    assert make(age=18).days
    assert make(age=120).days
    assert make(weight=25).days
    assert make(weight=300).days
    assert make("200").days
    assert len(make(days=366).days) == 366
    assert make(tested=CREATED.date()).days


@pytest.mark.parametrize(
    "egfr", ["", "NaN", "inf", "-1", "200.1", "1e2", "85 ml", ">59", ">15", "< 60", "60-90", "8_5", True, 85.0]
)
def test_a_kidney_result_that_is_no_number_in_range_is_bad_input(egfr):
    with pytest.raises(BadInput, match="egfr: "):
        make(egfr)


def test_a_plan_without_a_kidney_result_is_bad_input():
    with pytest.raises(BadInput, match="egfr: a plan needs a kidney result"):
        make(None)


def test_a_blood_test_in_the_future_is_bad_input():
    with pytest.raises(BadInput, match=r"tested: .*future"):
        make(tested=CREATED.date() + timedelta(1))


def test_a_start_at_the_end_of_the_calendar_is_bad_input():
    with pytest.raises(BadInput, match=r"start: .*check the year"):
        make(start=date(9999, 1, 1))


@pytest.mark.parametrize("tablet", ["1", "12.5", "30", "7"])
def test_a_tablet_that_does_not_exist_is_bad_input(tablet):
    with pytest.raises(BadInput, match=r"tablet: no baclofen tablet of .*5, 10, 15, 20, 25"):
        make(tablets=(tablet,))


# --- Slots ---


def minutes(hour, minute=0):
    return hour * 60 + minute


@given(*[st.integers(0, 24 * 60 - 1)] * 3)
def test_slots_are_accepted_if_and_only_if_in_order_and_4_hours_apart_around_the_clock(first, second, third):
    slots = Slots(*(time(*divmod(minute, 60)) for minute in (first, second, third)))
    gaps = (second - first, third - second, first + minutes(24) - third)
    if all(gap >= minutes(4) for gap in gaps):
        assert make(slots=slots).inputs.slots == slots
    else:
        with pytest.raises(BadInput, match="4 hours apart"):
            make(slots=slots)


@pytest.mark.parametrize(
    ("slots", "allowed"),
    [
        ((time(8), time(12), time(16)), True),
        ((time(8), time(11, 59), time(16)), False),
        ((time(8), time(12), time(15, 59)), False),
        ((time(4), time(12), time(23, 59)), True),
        ((time(3, 58), time(12), time(23, 59)), False),
        ((time(20), time(14), time(8)), False),
        ((time(8), time(8), time(8)), False),
    ],
)
def test_slots_exactly_4_hours_apart_are_the_closest(slots, allowed):
    if allowed:
        assert make(slots=Slots(*slots)).days
    else:
        with pytest.raises(BadInput):
            make(slots=Slots(*slots))


def test_a_plan_says_when_the_blood_must_be_tested_again_where_a_medicine_can_hurt_the_kidneys():
    assert make(age=40, taking=("ibuprofen",)).retest_days == 30
    assert make(age=40, taking=("paracetamol",)).retest_days is None


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"taking": ("codeine",)}, "cns-depressant"),
        ({"conditions": ("epilepsy",)}, "epilepsy"),
        ({"breastfeeding": True}, "breastfeeding"),
        ({"pregnant": True}, "pregnancy"),
    ],
    ids=str,
)
def test_each_kind_of_fact_about_a_patient_is_looked_at_alone(facts, code):
    with pytest.raises(Refused, match=f": {code}$"):
        make(age=40, confirmed=(), **facts)


def test_what_a_plan_was_made_from_and_when_stands_in_it():
    made_from = inputs("85", age=40)
    made = make_plan(reader.evidence(made_from.patient), made_from, id=ID, created=CREATED)
    assert (made.inputs, made.created, made.id, made.protocol) == (made_from, CREATED, ID, PROTOCOL)
    assert made.version == __version__
    other = make_plan(
        reader.evidence(Patient(egfr="85")),
        made_from,
        id=UUID(int=2),
        created=datetime(2026, 11, 24, tzinfo=UTC),
    )
    assert other.days == made.days
    assert made.inputs.slots == SLOTS == PROTOCOL.slots
