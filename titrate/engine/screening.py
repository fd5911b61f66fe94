"""What speaks against a plan: RULES look at one assessment, each alone, and say which findings they raise.

A rule is a function from an `Assessment` to the name of a text in findings.toml and the values that fill it, or None. No rule
sees what another raised, so none can hide another. What a finding says, its severity (`stop`: no plan is made; `confirm`: none
until a prescriber confirms; `caution`, `note`: the plan says it) and its source stand in findings.toml.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Any

from titrate.engine.assessment import Assessment
from titrate.engine.kidney import EXACT, SEXES, ckd_epi_2021, printed, shown
from titrate.evidence.protocol import FindingText
from titrate.model import EGFR_REPORTED, SEVERITIES, Finding, Patient, Rules

Raised = tuple[str, Mapping[str, Any]] | None  # the name of a text and what fills it
Rule = Callable[[Assessment], Raised]


class Each(tuple[str, ...]):
    """Several values of a text, which puts the same word before each: `{known:of}` is `of 5, of 10`."""

    def __format__(self, before: str) -> str:
        return ", ".join(f"{before} {value}" for value in self)


# Urgent, and what they say of is over: no rise is stopped by them.
FALLS = frozenset({"kidney-fall", "large-fall", "no-more-today"})
STOPPING = ("stop", "urgent")
RANKS = {severity: rank for rank, severity in enumerate(SEVERITIES)}


def under_18(assessment: Assessment) -> Raised:
    if assessment.patient.age is None or assessment.patient.age >= assessment.rules.adult_age:
        return None
    return "under-18", {"age": assessment.patient.age, "adult_age": assessment.rules.adult_age}


def kidney_failure(assessment: Assessment) -> Raised:
    if assessment.band.ceiling:
        return None
    named = [read.typed for read in assessment.conditions if read.kidney_failure]
    why = f"kidney value {assessment.value}, band {assessment.band.name}"
    why = "dialysis" if assessment.patient.dialysis else ", ".join(named) or why
    if assessment.change is not None:
        return "kidney-failure-running", {"why": why}
    kidney = assessment.kidney
    if kidney.basis == EGFR_REPORTED and kidney.value and kidney.value < assessment.rules.egfr_questioned_below:
        return "kidney-failure-or-creatinine", {"why": why, "value": assessment.value}
    return "kidney-failure", {"why": why}


def target_above_ceiling(assessment: Assessment) -> Raised:
    if not assessment.band.ceiling or assessment.target <= assessment.band.ceiling:
        return None
    return "target-above-ceiling", _kidney(assessment)


def dose_not_makeable(assessment: Assessment) -> Raised:
    if assessment.unmakeable is None:
        return None
    known = Each(f"{tablet.mg:f}" for tablet in assessment.protocol.tablets if tablet.supply)
    return "dose-not-makeable", {"what": assessment.unmakeable, "known": known}


def kidney_severe(assessment: Assessment) -> Raised:
    lowest = next((band for band in reversed(assessment.protocol.bands) if band.ceiling), None)
    return ("kidney-severe", _kidney(assessment)) if assessment.band == lowest else None


def beers_kidney(assessment: Assessment) -> Raised:
    age, rules = assessment.patient.age, assessment.rules
    if age is None or age < rules.older_age or assessment.kidney.value >= rules.older_kidney_below:
        return None
    below = f"{rules.older_kidney_below:f}"
    return "beers-kidney", {"age": age, "value": assessment.value, "older_age": rules.older_age, "below": below}


def weight_needed(assessment: Assessment) -> Raised:
    age, weight, rules = assessment.patient.age, assessment.patient.weight, assessment.rules
    if assessment.kidney.crcl is not None:
        return None
    if age is not None and age >= rules.weight_needed_age:
        return "weight-needed", {"age": age, "weight_age": rules.weight_needed_age}
    if weight is not None and weight < rules.weight_low_below:
        return "weight-needed-low-weight", {"weight": f"{weight:f}", "below": f"{rules.weight_low_below:f}"}
    return None


def egfr_implausible(assessment: Assessment) -> Raised:
    kidney, age = assessment.kidney, assessment.patient.age
    grown_up = age is None or age >= assessment.rules.adult_age  # the equation holds for adults
    if kidney.basis != EGFR_REPORTED or kidney.at_least or not grown_up:
        return None
    highest = _highest_plausible(assessment)
    if kidney.value <= highest:
        return None
    would_be = _as_creatinine(assessment)
    return "egfr-implausible", {"value": assessment.value, "highest": shown(highest), "would_be": would_be}


def age_not_given(assessment: Assessment) -> Raised:
    if assessment.patient.age is not None or not assessment.band.ceiling:
        return None
    return "age-not-given", {"older_age": assessment.rules.older_age, "weight_age": assessment.rules.weight_needed_age}


def age_65_plus(assessment: Assessment) -> Raised:
    age, older = assessment.patient.age, assessment.rules.older_age
    return ("age-65-plus", {"age": age, "older_age": older}) if age is not None and age >= older else None


def kidney_reduced(assessment: Assessment) -> Raised:
    below = assessment.rules.exposure_caution_below
    if not assessment.band.ceiling or assessment.kidney.value >= below:
        return None
    # Where only exposure differs, the schedule is that of healthy kidneys.
    if assessment.band.default_target == assessment.protocol.bands[0].default_target:
        return "kidney-reduced-mildly", {**_kidney(assessment), "below": f"{below:f}"}
    # The lowest band in which a plan can be made has a finding of its own, kidney-severe.
    return None if kidney_severe(assessment) else ("kidney-reduced", _kidney(assessment))


def kidney_target(assessment: Assessment) -> Raised:
    above = assessment.target > assessment.band.default_target and bool(assessment.band.ceiling)
    return ("kidney-target", _kidney(assessment)) if above else None


def near_cut_off(assessment: Assessment) -> Raised:
    within, usual = assessment.rules.near_cut_off, assessment.protocol.bands[0].default_target
    for band, lower in pairwise(assessment.protocol.bands):
        matters = lower.default_target != usual or assessment.target > lower.ceiling
        if not assessment.kidney.at_least and matters and abs(assessment.kidney.value - band.low) <= within:
            return "near-cut-off", {**_kidney(assessment), "within": f"{within:f}", "cut": f"{band.low:f}"}
    return None


def high_target(assessment: Assessment) -> Raised:
    above = assessment.rules.high_target_above
    return ("high-target", {**_kidney(assessment), "above": f"{above:f}"}) if assessment.target > above else None


def short_plan(assessment: Assessment) -> Raised:
    if assessment.review is None or assessment.last_day is None or assessment.last_day >= assessment.review.day:
        return None
    return "short-plan", {
        "last_day": assessment.last_day,
        "review_day": assessment.review.day,
        "review_date": assessment.review.date,
    }


def start_past(assessment: Assessment) -> Raised:
    past = assessment.change is None and assessment.inputs.start < assessment.screened_on
    return ("start-past", {"start": assessment.inputs.start, "made": assessment.screened_on}) if past else None


def start_far(assessment: Assessment) -> Raised:
    far = (
        assessment.change is None
        and (assessment.inputs.start - assessment.screened_on).days > assessment.rules.start_far_days
    )
    return ("start-far", {"start": assessment.inputs.start, "made": assessment.screened_on}) if far else None


def test_old(assessment: Assessment) -> Raised:
    tested, days = assessment.patient.tested, retest_days(assessment) or assessment.rules.test_old_days
    if tested is None or (assessment.screened_on - tested).days <= days:
        return None
    return "test-old", {"tested": tested, "days": days}


def test_date_not_given(assessment: Assessment) -> Raised:
    return ("test-date-not-given", {}) if assessment.patient.tested is None else None


def medicines_not_given(assessment: Assessment) -> Raised:
    return ("medicines-not-given", {}) if assessment.patient.taking is None else None


def conditions_not_given(assessment: Assessment) -> Raised:
    return ("conditions-not-given", {}) if assessment.patient.conditions is None else None


def pregnancy_not_asked(assessment: Assessment) -> Raised:
    patient = assessment.patient
    missing = patient.pregnant is None and pregnancy_is_possible(patient, assessment.rules)
    return ("pregnancy-not-asked", {}) if missing else None


def weight_not_used(assessment: Assessment) -> Raised:
    unused = assessment.patient.weight is not None and assessment.kidney.crcl is None
    return ("weight-not-used", {}) if unused else None


def kidney_fall(assessment: Assessment) -> Raised:
    if assessment.change is None:
        return None
    before, now, rules = assessment.change.kidney_before, assessment.kidney, assessment.rules
    kinds = (
        ("eGFR", before.egfr, None if now.at_least else now.egfr),
        ("creatinine clearance", before.crcl, now.crcl),
    )
    for kind, old, new in kinds:
        if old is not None and new is not None and (old - new) * rules.kidney_fall_one_in >= old:
            bound = ">" if before.at_least and kind == "eGFR" else ""
            return "kidney-fall", {"kind": kind, "before": f"{bound}{shown(old)}", "now": shown(new)}
    if before.at_least and not now.at_least and now.value < rules.kidney_fall_below:
        return "kidney-fall-unknown", {"before": printed(before), "now": assessment.value}
    return None


def large_fall(assessment: Assessment) -> Raised:
    if assessment.change is None or assessment.change.fall <= assessment.rules.large_fall_mg:
        return None
    return "large-fall", {"fall": f"{assessment.change.fall:f}"}


def no_more_today(assessment: Assessment) -> Raised:
    change = assessment.change
    if change is None or not change.doses_ahead or not (change.fall > 0 or not assessment.band.ceiling):
        return None
    return "no-more-today", {"today": assessment.screened_on}


def off_label(assessment: Assessment) -> Raised:  # noqa: ARG001 - true of every plan
    return "off-label", {}


def weak_evidence(assessment: Assessment) -> Raised:  # noqa: ARG001 - true of every plan
    return "weak-evidence", {}


def tool_cap(assessment: Assessment) -> Raised:
    return "tool-cap", {"cap": f"{assessment.rules.cap_mg_per_day:f}"}


def not_reviewed(assessment: Assessment) -> Raised:
    protocol = assessment.protocol
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
    egfr_implausible,
    age_not_given,
    age_65_plus,
    kidney_reduced,
    kidney_target,
    medicines_not_given,
    conditions_not_given,
    near_cut_off,
    high_target,
    short_plan,
    start_past,
    start_far,
    test_old,
    kidney_fall,
    large_fall,
    no_more_today,
    off_label,
    weak_evidence,
    tool_cap,
    not_reviewed,
    test_date_not_given,
    pregnancy_not_asked,
    weight_not_used,
)


def findings(assessment: Assessment, texts: Mapping[str, FindingText]) -> tuple[Finding, ...]:
    """Return what every rule raises, most severe first; findings that a prescriber confirmed say by whom.

    In a running plan what would stop a start is urgent.
    """
    raised = [(texts[result[0]], result[1]) for rule in RULES if (result := rule(assessment))]
    if assessment.medicines or assessment.conditions:
        from titrate.engine import interactions  # only where there is something to look up

        raised += interactions.raised(assessment, texts)
    findings = [filled(text, tuple(values.items())) for text, values in raised]
    if assessment.change is not None:
        findings = [one._replace(severity="urgent") if one.severity == "stop" else one for one in findings]
    return confirmed(ranked(findings), assessment.confirmations)


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings, most severe first."""
    return tuple(sorted(findings, key=_rank))


def confirmed(findings: tuple[Finding, ...], by_code: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return the findings, those that ask for a prescriber's word with the name of who gave it."""
    return tuple(
        finding._replace(confirmed_by=by_code.get(finding.code)) if finding.severity == "confirm" else finding
        for finding in findings
    )


def _rank(finding: Finding) -> int:
    return RANKS[finding.severity]


def pregnancy_is_possible(patient: Patient, rules: Rules) -> bool:
    """Return whether a pregnancy must be asked about: at an age or of a sex that is not known too."""
    if patient.sex == "male":
        return False
    return patient.age is None or rules.pregnancy_age_from <= patient.age <= rules.pregnancy_age_to


def retest_days(assessment: Assessment) -> int | None:
    """Return how many days a blood test serves where a medicine can hurt the kidneys; None where none does."""
    at_risk = any(medicine.kidney_risk for medicine in assessment.medicines)
    return assessment.rules.test_old_days_at_risk if at_risk else None


def stopping(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings that stop a start, and in a running plan every rise."""
    return tuple(one for one in findings if one.severity in STOPPING and one.code not in FALLS)


def unconfirmed(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings that still need a prescriber's word."""
    return tuple(finding for finding in findings if finding.severity == "confirm" and finding.confirmed_by is None)


@lru_cache(maxsize=4096)  # most findings of a roster are alike
def filled(text: FindingText, values: tuple[tuple[str, Any], ...]) -> Finding:
    """Return the finding that a text of findings.toml makes with these values."""
    given = dict(values)
    message, short = text.message.format(**given), text.short.format(**given)
    return Finding(text.code, text.severity, message, text.source, short, None, given.get("names", ()))


def _kidney(assessment: Assessment) -> dict[str, str]:
    """The values that most kidney texts name."""
    return {
        "value": assessment.value,
        "band": assessment.band.name,
        "ceiling": f"{assessment.band.ceiling:f}",
        "default": f"{assessment.band.default_target:f}",
        "target": f"{assessment.target:f}",
        "why": assessment.band.cite,
    }


def _highest_plausible(assessment: Assessment) -> Decimal:
    """The highest eGFR that is believed: what a very low creatinine would give at this age and sex, or for either sex."""
    highest = assessment.rules.egfr_questioned_above
    return min(highest, max(_egfr_at(assessment, assessment.rules.creatinine_questioned_below), default=highest))


def _as_creatinine(assessment: Assessment) -> str:
    """The eGFR that the value would be if it were the creatinine in umol/L, in words; from one sex's to the other's."""
    if assessment.equations is None:
        return "a much lower eGFR"
    values = sorted(_egfr_at(assessment, EXACT.divide(assessment.kidney.value, assessment.equations.umol_per_mg)))
    return f"an eGFR of about {' to '.join(f'{value:.0f}' for value in values)}" if values else "a much lower eGFR"


def _egfr_at(assessment: Assessment, creatinine: Decimal) -> list[Decimal]:
    """What the equation gives at a creatinine in mg/dL, for the patient's sex or for each; nothing where it does not hold."""
    age, sex, equations = assessment.patient.age, assessment.patient.sex, assessment.equations
    if age is None or equations is None:
        return []
    return [ckd_epi_2021(creatinine, age, each, equations) for each in ((sex,) if sex else SEXES)]
