"""What speaks against a plan: RULES look at one case, each alone, and say which findings they raise.

A rule is a function from a `Case` to the name of a text in findings.toml and the values that fill it, or None. No rule
sees what another raised, so none can hide another. What a finding says, and its source, stand in the evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from titrate.engine.assessment import Case
from titrate.engine.kidney import nearest_cut, shown
from titrate.evidence.protocol import FindingText
from titrate.model import SEVERITIES, Finding

Raised = tuple[str, Mapping[str, Any]] | None  # the name of a text and what fills it
Rule = Callable[[Case], Raised]


class Each(tuple[str, ...]):
    """Several values of a text, which puts the same word before each: `{known:of}` is `of 5, of 10`."""

    def __format__(self, before: str) -> str:
        return ", ".join(f"{before} {value}" for value in self)


RANKS = {severity: rank for rank, severity in enumerate(SEVERITIES)}


def under_18(case: Case) -> Raised:
    if case.patient.age is None or case.patient.age >= case.rules.adult_age:
        return None
    return "under-18", {"age": case.patient.age, "adult_age": case.rules.adult_age}


def kidney_failure(case: Case) -> Raised:
    if case.band.ceiling:
        return None
    why = "dialysis" if case.patient.dialysis else f"kidney value {case.value}, band {case.band.name}"
    return "kidney-failure" if case.change is None else "kidney-failure-running", {"why": why}


def target_above_ceiling(case: Case) -> Raised:
    if not case.band.ceiling or case.target <= case.band.ceiling:
        return None
    return "target-above-ceiling", _kidney(case)


def dose_not_makeable(case: Case) -> Raised:
    if case.unmakeable is None:
        return None
    known = Each(f"{tablet.mg:f}" for tablet in case.protocol.tablets if tablet.supply)
    return "dose-not-makeable", {"what": case.unmakeable, "known": known}


def kidney_severe(case: Case) -> Raised:
    lowest = next((band for band in reversed(case.protocol.bands) if band.ceiling), None)
    return ("kidney-severe", _kidney(case)) if case.band == lowest else None


def beers_kidney(case: Case) -> Raised:
    age, rules = case.patient.age, case.rules
    if age is None or age < rules.older_age or case.kidney.value >= rules.older_kidney_below:
        return None
    below = f"{rules.older_kidney_below:f}"
    return "beers-kidney", {"age": age, "value": case.value, "older_age": rules.older_age, "below": below}


def weight_needed(case: Case) -> Raised:
    age = case.patient.age
    if age is None or age < case.rules.weight_needed_age or case.kidney.crcl is not None:
        return None
    return "weight-needed", {"age": age, "weight_age": case.rules.weight_needed_age}


def age_not_given(case: Case) -> Raised:
    rules = case.rules
    if case.patient.age is not None or not case.band.ceiling:
        return None
    if case.kidney.value < rules.age_matters_below:
        return "age-not-given-weak-kidneys", {"value": case.value, "below": f"{rules.age_matters_below:f}"}
    return "age-not-given", {"older_age": rules.older_age, "weight_age": rules.weight_needed_age}


def age_65_plus(case: Case) -> Raised:
    age, older = case.patient.age, case.rules.older_age
    return ("age-65-plus", {"age": age, "older_age": older}) if age is not None and age >= older else None


def kidney_reduced(case: Case) -> Raised:
    highest, ceiling = case.protocol.bands[0], case.band.ceiling
    if case.band == highest:
        below = case.rules.exposure_caution_below
        return (
            ("kidney-reduced-mildly", {**_kidney(case), "below": f"{below:f}"}) if case.kidney.value < below else None
        )
    # The lowest band in which a plan can be made has a finding of its own, kidney-severe.
    return ("kidney-reduced", _kidney(case)) if ceiling and kidney_severe(case) is None else None


def kidney_target(case: Case) -> Raised:
    above = case.target > case.band.default_target and bool(case.band.ceiling)
    return ("kidney-target", _kidney(case)) if above else None


def near_cut_off(case: Case) -> Raised:
    cut, gap = nearest_cut(case.kidney.value, case.protocol)
    if case.kidney.at_least or gap > case.rules.near_cut_off:
        return None
    return "near-cut-off", {**_kidney(case), "within": f"{case.rules.near_cut_off:f}", "cut": f"{cut:f}"}


def high_target(case: Case) -> Raised:
    above = case.rules.high_target_above
    return ("high-target", {**_kidney(case), "above": f"{above:f}"}) if case.target > above else None


def short_plan(case: Case) -> Raised:
    if case.review is None or case.last_day is None or case.last_day >= case.review.day:
        return None
    return "short-plan", {
        "last_day": case.last_day,
        "review_day": case.review.day,
        "review_date": case.review.date,
    }


def start_past(case: Case) -> Raised:
    past = case.change is None and case.inputs.start < case.made
    return ("start-past", {"start": case.inputs.start, "made": case.made}) if past else None


def start_far(case: Case) -> Raised:
    far = case.change is None and (case.inputs.start - case.made).days > case.rules.start_far_days
    return ("start-far", {"start": case.inputs.start, "made": case.made}) if far else None


def test_old(case: Case) -> Raised:
    tested, days = case.patient.tested, retest_days(case) or case.rules.test_old_days
    if tested is None or (case.made - tested).days <= days:
        return None
    return "test-old", {"tested": tested, "days": days}


def test_date_not_given(case: Case) -> Raised:
    return ("test-date-not-given", {}) if case.patient.tested is None else None


def medicines_not_given(case: Case) -> Raised:
    return ("medicines-not-given", {}) if case.patient.taking is None else None


def weight_not_used(case: Case) -> Raised:
    unused = case.patient.weight is not None and case.kidney.crcl is None
    return ("weight-not-used", {}) if unused else None


def kidney_fall(case: Case) -> Raised:
    if case.change is None:
        return None
    before, now = case.change.kidney_before, case.kidney.value
    if before == 0 or case.kidney.at_least or (before - now) * case.rules.kidney_fall_one_in < before:
        return None
    return "kidney-fall", {"before": shown(before), "value": case.value}


def large_fall(case: Case) -> Raised:
    if case.change is None or case.change.fall <= case.rules.large_fall_mg:
        return None
    return "large-fall", {"fall": f"{case.change.fall:f}"}


def off_label(case: Case) -> Raised:  # noqa: ARG001 - true of every plan
    return "off-label", {}


def weak_evidence(case: Case) -> Raised:  # noqa: ARG001 - true of every plan
    return "weak-evidence", {}


def tool_cap(case: Case) -> Raised:
    return "tool-cap", {"cap": f"{case.rules.cap_mg_per_day:f}"}


def not_reviewed(case: Case) -> Raised:
    protocol = case.protocol
    if protocol.signed:
        return None
    return "not-reviewed", {
        "protocol": f"{protocol.id} {protocol.version}",
        "reviewed_by": protocol.reviewed_by,
    }


RULES: tuple[Rule, ...] = (
    under_18,
    kidney_failure,
    target_above_ceiling,
    dose_not_makeable,
    kidney_severe,
    beers_kidney,
    weight_needed,
    age_not_given,
    age_65_plus,
    kidney_reduced,
    kidney_target,
    near_cut_off,
    high_target,
    short_plan,
    start_past,
    start_far,
    test_old,
    kidney_fall,
    large_fall,
    off_label,
    weak_evidence,
    tool_cap,
    not_reviewed,
    test_date_not_given,
    medicines_not_given,
    weight_not_used,
)


def findings(case: Case, texts: Mapping[str, FindingText]) -> tuple[Finding, ...]:
    """Return what every rule raises, most severe first; findings that a prescriber confirmed say by whom."""
    raised = [(texts[said[0]], said[1]) for rule in RULES if (said := rule(case))]
    if case.medicines or case.conditions:
        from titrate.engine import interactions  # only where there is something to look up

        raised += interactions.raised(case, texts)
    found = [
        _finding(text, tuple(values.items()), case.confirmations.get(text.code) if text.severity == "confirm" else None)
        for text, values in raised
    ]
    return tuple(sorted(found, key=_rank))


def _rank(finding: Finding) -> int:
    return RANKS[finding.severity]


def retest_days(case: Case) -> int | None:
    """Return how many days a blood test serves where a medicine can hurt the kidneys; None where none does."""
    at_risk = any(medicine.kidney_risk for medicine in case.medicines)
    return case.rules.test_old_days_at_risk if at_risk else None


def unconfirmed(found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings that still need a prescriber's word."""
    return tuple(finding for finding in found if finding.severity == "confirm" and finding.confirmed_by is None)


@lru_cache(maxsize=4096)  # most findings of a roster are alike
def _finding(text: FindingText, values: tuple[tuple[str, Any], ...], confirmed_by: str | None) -> Finding:
    filled = dict(values)
    return Finding(
        text.code, text.severity, text.message.format(**filled), text.source, text.short.format(**filled), confirmed_by
    )


def _kidney(case: Case) -> dict[str, str]:
    """The values that most kidney texts name."""
    return {
        "value": case.value,
        "band": case.band.name,
        "ceiling": f"{case.band.ceiling:f}",
        "default": f"{case.band.default_target:f}",
        "target": f"{case.target:f}",
        "why": case.band.cite,
    }
