"""Each rule raises its finding if and only if the condition of the clinical rules holds, restated here by hand."""

from __future__ import annotations

import string
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from oracle import CEILING, DEFAULT, band_of
from plans import CREATED, START, TARGETS, inputs, make, revise

from titrate.engine import screening
from titrate.engine.plan import make_plan, screen_start
from titrate.errors import Refused
from titrate.evidence import reader

MADE = CREATED.date()

# Copied by hand from the table of severities.
SEVERITY = {
    "under-18": "stop",
    "kidney-failure": "stop",
    "target-above-ceiling": "stop",
    "dose-not-makeable": "stop",
    "beers-kidney": "confirm",
    "kidney-severe": "confirm",
    "weight-needed": "confirm",
    "age-65-plus": "confirm",
    "age-not-given": "confirm",
    "egfr-implausible": "confirm",
    "kidney-reduced": "caution",
    "kidney-target": "caution",
    "near-cut-off": "caution",
    "high-target": "caution",
    "short-plan": "caution",
    "start-past": "caution",
    "start-far": "caution",
    "test-old": "caution",
    "off-label": "note",
    "weak-evidence": "note",
    "tool-cap": "note",
    "not-reviewed": "note",
    "test-date-not-given": "note",
    "medicines-not-given": "caution",
    "weight-not-used": "note",
}


def found(egfr, **facts):
    """Return what was found, and the plan or None where there is none."""
    try:
        made = make(egfr, **{"confirmed": (), **facts})
    except Refused as refused:
        return refused.findings, refused.if_confirmed
    return made.findings, made


def codes(egfr, **facts):
    return {(finding.code, finding.severity) for finding in found(egfr, **facts)[0]}


def expected(text, age, target, days, weight, tested, start, taking):
    """The table of findings, read as a person reads it."""
    bound = text.startswith(">")
    value = Decimal(text.removeprefix(">"))
    band = band_of(value)
    aim = DEFAULT[band] if target is None else target
    said = {"off-label", "weak-evidence", "tool-cap", "not-reviewed"}
    if age is not None and age < 18:
        said.add("under-18")
    if value < 15:
        said.add("kidney-failure")
    if value >= 15 and aim > CEILING[band]:
        said.add("target-above-ceiling")
    if 15 <= value < 30:
        said.add("kidney-severe")
    if age is not None and age >= 65:
        said.add("age-65-plus")
        if value < 60:
            said.add("beers-kidney")
    if age is not None and age >= 75:
        said.add("weight-needed")  # an eGFR alone never gives a clearance
    if 30 <= value < 80:
        said.add("kidney-reduced")
    if value >= 15 and aim > DEFAULT[band]:
        said.add("kidney-target")
    if not bound and (age is None or age >= 18) and value > most_plausible(age):
        said.add("egfr-implausible")
    if age is None and value >= 15:
        said.add("age-not-given")
    if not bound and any(abs(value - cut) <= 3 for cut in (15, 30, 45, 60, *([80] if aim > 20 else []))):
        said.add("near-cut-off")
    if aim > 20:
        said.add("high-target")
    if start < MADE:
        said.add("start-past")
    if (start - MADE).days > 365:
        said.add("start-far")
    if tested is None:
        said.add("test-date-not-given")
    elif (MADE - tested).days > (30 if taking and "ibuprofen" in taking else 90):
        said.add("test-old")
    if taking is None:
        said.add("medicines-not-given")
    if weight is not None:
        said.add("weight-not-used")
    planned = not said & {"kidney-failure", "target-above-ceiling"}
    if planned and days is not None:
        last_change = {5: 1, 10: 8 if band == "G3b" else 4, 15: 8, 20: 15, 25: 22, 30: 29}
        rises = [last_change[mg] for mg in TARGETS if mg <= aim and last_change[mg] <= days]
        if days < max(rises) + 14:
            said.add("short-plan")
    return {(code, SEVERITY[code]) for code in said}


def most_plausible(age):
    """CKD-EPI 2021 at 0.5 mg/dL for a man or a woman of that age, whichever is higher; at most 130."""
    if age is None:
        return 130
    woman = 142 * (0.5 / 0.7) ** -0.241 * 0.9938**age * 1.012
    man = 142 * (0.5 / 0.9) ** -0.302 * 0.9938**age
    return min(130, max(woman, man))


EDGES = ["0", "11.99", "12", "14.99", "15", "18", "18.01", "26.99", "27", "29.99", "30", "33", "33.01", "41.99", "42"]
EDGES += [
    "77",
    "83",
    "83.01",
    "130",
    "130.01",
    "44.99",
    "45",
    "48",
    "48.01",
    "56.99",
    "57",
    "59.99",
    "60",
    "63",
    "63.01",
    "79.99",
    "80",
    "200",
    ">60",
    ">90",
]
values = st.sampled_from(EDGES) | st.decimals(0, 200, places=2, allow_nan=False).map(str)
ages = st.none() | st.sampled_from([17, 18, 64, 65, 74, 75, 120]) | st.integers(0, 120)
lengths = st.none() | st.integers(1, 366)
tests = st.none() | st.sampled_from([0, 30, 31, 90, 91]).map(lambda days: MADE - timedelta(days))
starts = st.sampled_from([-1, 0, 1, 365, 366]).map(lambda days: MADE + timedelta(days))


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    text=values,
    age=ages,
    target=st.none() | st.sampled_from(TARGETS),
    days=lengths,
    weight=st.none() | st.just(70),
    tested=tests,
    start=starts,
    taking=st.sampled_from([None, (), ("paracetamol",)]),
)
@example("60", 64, 20, None, None, None, START, None)
def test_every_finding_is_raised_if_and_only_if_its_rule_holds(text, age, target, days, weight, tested, start, taking):
    facts = {"age": age, "target": target, "days": days, "weight": weight, "tested": tested, "start": start}
    assert codes(text, taking=taking, **facts) == expected(text, taking=taking, **facts)


@pytest.mark.parametrize("text", EDGES)
@pytest.mark.parametrize("age", [None, 17, 18, 64, 65, 74, 75, 76])
def test_at_every_edge_exactly_the_findings_of_the_rules_are_raised(text, age):
    assert codes(text, age=age) == expected(text, age, None, None, None, None, START, None)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("text", ["200", "80", "79.99", "60", "59.99", "45", "44.99", "30", "29.99", "15", "14.99"])
def test_at_every_band_edge_each_target_has_exactly_its_findings(text, target):
    assert codes(text, age=40, target=target) == expected(text, 40, target, None, None, None, START, None)


@pytest.mark.parametrize("days", [1, 14, 15, 17, 18, 21, 22, 27, 28, 29])
@pytest.mark.parametrize("target", TARGETS)
def test_a_plan_that_ends_before_its_review_is_said_to_be_short_and_no_other(days, target):
    assert codes("85", age=40, target=target, days=days) == expected("85", 40, target, days, None, None, START, None)


def test_the_message_of_a_short_plan_names_its_last_day_and_its_review():
    short = next(f for f in found("85", age=40, days=21)[0] if f.code == "short-plan")
    assert short.short == "the plan ends on day 21, before its review on day 22"
    assert "2026-12-22" in short.message


@pytest.mark.parametrize(("days", "old"), [(30, False), (31, True), (90, True), (91, True)])
def test_a_blood_test_is_old_after_30_days_with_a_medicine_that_can_hurt_the_kidneys(days, old):
    for medicine in ("ibuprofen", "ramipril", "losartan", "furosemide"):
        said = codes("85", age=40, taking=(medicine,), tested=MADE - timedelta(days))
        assert (("test-old", "caution") in said) == old


def test_a_creatinine_clearance_lifts_weight_needed_and_a_weight_that_served_is_not_called_unused():
    measured = {"creatinine": "70 umol/L", "sex": "female", "age": 75, "weight": 70}
    said = {code for code, _ in codes(None, **measured)}
    assert not said & {"weight-needed", "weight-not-used"}
    without = {code for code, _ in codes(None, **{**measured, "weight": None})}
    assert "weight-needed" in without
    assert "weight-not-used" not in without
    assert {"weight-needed", "weight-not-used"} <= {code for code, _ in codes("85", age=75, weight=70)}


def test_dialysis_is_kidney_failure_whatever_the_value():
    findings, follows = found("85", age=40, dialysis=True)
    assert [(f.code, f.severity) for f in findings if f.severity == "stop"] == [("kidney-failure", "stop")]
    assert findings[0].short == "kidney failure (dialysis): no baclofen by this plan"
    assert follows is None


def test_kidney_failure_names_the_value_and_its_band_and_makes_no_schedule():
    stop = found("14.99", age=40)[0][0]
    assert stop.short == "kidney failure (kidney value 14.99, band G5): no baclofen by this plan"
    assert "No schedule is made" in stop.message


def test_where_no_schedule_can_be_made_nothing_is_said_of_its_length_or_its_tablets():
    said = {code for code, _ in codes("10", age=40, days=1, tablets=(25,))}
    assert "kidney-failure" in said
    assert not said & {"short-plan", "dose-not-makeable"}


@pytest.mark.parametrize(
    ("facts", "why"), [({"egfr": "12"}, "kidney value 12, band G5"), ({"egfr": "50", "dialysis": True}, "dialysis")]
)
def test_kidney_failure_in_a_running_plan_is_urgent_and_says_not_to_stop_alone(facts, why):
    suspended = revise(make("85", age=40), date(2026, 12, 12), "kidney", **facts)
    urgent = suspended.findings[0]
    assert (urgent.code, urgent.severity) == ("kidney-failure", "urgent")
    assert urgent.short == f"kidney failure ({why}): call before the next dose"
    assert "do not stop alone" in urgent.message


def test_tablets_that_cannot_make_a_dose_are_refused_with_those_that_can():
    stop = found("85", age=40, tablets=(25,))[0][0]
    assert stop.code == "dose-not-makeable"
    assert "Name a tablet that can: --tablet 5, --tablet 10." in stop.message


# --- How findings are told ---


def test_the_most_severe_finding_comes_first_and_no_stop_hides_another():
    severities = [finding.severity for finding in found("20", age=80, target=10, start=MADE - timedelta(1))[0]]
    assert severities == sorted(severities, key=["stop", "urgent", "confirm", "caution", "note"].index)
    assert {"target-above-ceiling", "kidney-severe", "beers-kidney", "weight-needed", "start-past"} <= {
        finding.code for finding in found("20", age=80, target=10, start=MADE - timedelta(1))[0]
    }
    both = {finding.code for finding in found("14.99", age=17)[0]}
    assert {"under-18", "kidney-failure"} <= both


def test_every_rule_stands_once_and_every_text_that_it_names_is_there():
    assert len(set(screening.RULES)) == len(screening.RULES)
    texts = reader.finding_texts()
    rules = {rule.__name__.replace("_", "-") for rule in screening.RULES}
    assert rules <= {text.code for text in texts.values()}


def test_no_text_is_left_with_a_blank_to_fill():
    formatter = string.Formatter()
    for key, text in reader.finding_texts().items():
        for words in (text.short, text.message):
            for _, name, *_ in formatter.parse(words):
                assert name is None or name.isidentifier(), key
    for egfr in EDGES:
        for age in (None, 17, 70, 80):
            for finding in found(egfr, age=age, target=30 if egfr == "200" else None, days=1)[0]:
                assert "{" not in finding.short + finding.message
                assert "None" not in finding.short + finding.message
                assert finding.source
                assert "\n" not in finding.short + finding.message


@pytest.mark.parametrize(
    ("egfr", "shown"), [("59.999", "59.99"), ("29.9999", "29.99"), ("44.996", "44.99"), ("14.9999", "14.99")]
)
def test_a_value_just_below_a_cut_off_is_never_shown_as_the_cut_off(egfr, shown):
    for finding in found(egfr, age=70)[0]:
        for text in (finding.short, finding.message):
            if "idney value" in text:
                assert f"value {shown}" in text


def test_a_bound_is_shown_as_the_laboratory_printed_it():
    texts = [finding.message for finding in found(">60", age=40)[0] if finding.code == "kidney-reduced"]
    assert len(texts) == 1
    assert "Kidney value >60 (band G2):" in texts[0]


# --- Confirming ---


def test_a_refusal_that_a_confirmation_lifts_carries_the_plan_and_what_it_lifts():
    for egfr, age in (("20", 40), ("50", 65), ("85", 75), ("50", None), ("20", 80)):
        findings, follows = found(egfr, age=age)
        asked = tuple(dict.fromkeys(f.code for f in findings if f.severity == "confirm"))
        assert asked
        made = make(egfr, age=age, confirmed=asked, prescriber="Dr. Ada")
        assert (made.days, made.steps, made.review) == (follows.days, follows.steps, follows.review)
        assert {f.confirmed_by for f in made.findings if f.severity == "confirm"} == {"Dr. Ada"}
        assert {f.confirmed_by for f in made.findings if f.severity != "confirm"} == {None}
        for one in asked:
            rest = tuple(code for code in asked if code != one)
            with pytest.raises(Refused, match=f"confirms: {one}$"):
                make(egfr, age=age, confirmed=rest, prescriber="Dr. Ada" if rest else None)


def test_only_what_needs_a_confirmation_is_ever_said_to_be_confirmed():
    asked = inputs("20", age=17, confirmed=("kidney-severe", "off-label", "under-18"), prescriber="Dr. Ada")
    _, said = screen_start(reader.evidence(asked.patient), asked, created=CREATED)
    by = {finding.code: finding.confirmed_by for finding in said}
    assert (by["kidney-severe"], by["off-label"], by["under-18"]) == ("Dr. Ada", None, None)


def test_a_stop_beside_a_confirmation_is_lifted_by_nothing():
    findings, follows = found("20", age=17)
    assert {"stop", "confirm"} <= {finding.severity for finding in findings}
    assert follows is None


def test_unconfirmed_are_those_that_nobody_confirmed():
    findings, _ = found("20", age=70)
    assert [finding.code for finding in screening.unconfirmed(findings)] == [
        "kidney-severe",
        "beers-kidney",
        "age-65-plus",
    ]
    made = make("20", age=70)
    assert screening.unconfirmed(made.findings) == ()


def test_screening_alone_finds_what_a_plan_finds_but_for_its_length():
    for egfr in EDGES:
        for age in (None, 17, 40, 70, 80):
            made_from = inputs(egfr, age=age)
            evidence = reader.evidence(made_from.patient)
            alone = screen_start(evidence, made_from, created=CREATED)[1]
            assert {f.code for f in alone} == {f.code for f in found(egfr, age=age)[0]}


def test_a_protocol_that_somebody_signed_is_not_called_unreviewed() -> None:
    evidence = reader.evidence(inputs().patient)
    signed = evidence._replace(protocol=evidence.protocol._replace(reviewed_by="Dr A. Example, pharmacist, 2026-12-01"))
    made = make_plan(signed, inputs(), id=make().id, created=CREATED)
    assert "not-reviewed" not in {finding.code for finding in made.findings}
    assert "not-reviewed" in {finding.code for finding in make().findings}
