"""What speaks against this patient's plan, in the patient's own words: for paper, for the phone and for `today`.

Each code of a finding has a sentence here, or a reason why the patient is told nothing. The sentences stand in the words of a
language; one that fits several findings is said once, naming all medicines or illnesses that it is about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from titrate.engine.settings import local
from titrate.model import OTHER

if TYPE_CHECKING:
    from collections.abc import Container, Iterable
    from datetime import date

    from titrate.model import Finding, Plan
    from titrate.wording import Words

SENTENCES = {
    # urgent, in a running plan
    "kidney-failure": "for_you.kidneys_fail",
    "kidney-fall": "for_you.kidneys_fell",
    "large-fall": "gate.large_fall",
    "no-more-today": "for_you.no_more_today",
    "pregnancy": "for_you.pregnant",
    "hypersensitivity": "for_you.allergy",
    "active-peptic-ulcer": "for_you.ulcer",
    "already-on-baclofen": "for_you.same_drug",
    # kidneys
    "kidney-severe": "for_you.kidneys",
    "kidney-reduced": "for_you.kidneys",
    "beers-kidney": "for_you.kidneys",
    "chronic-kidney-disease": "for_you.kidneys",
    "kidney-transplant": "for_you.kidneys",
    "test-old": "for_you.test",
    "systemic-sclerosis": "for_you.test",
    "lupus": "for_you.test",
    "nsaid": "for_you.strain",
    "kidney-harming": "for_you.strain",
    # sleep, breathing, falls, thinking
    "cns-depressant": "for_you.sleepy",
    "several-cns-depressants": "for_you.sleepy",
    "gabapentinoid": "for_you.sleepy",
    "antipsychotic": "for_you.sleepy",
    "sedating-antihistamine": "for_you.sleepy",
    "sedating-antidepressant": "for_you.sleepy",
    "mild-sedative": "for_you.sleepy",
    "tricyclic": "for_you.sleepy",
    "antiseizure": "for_you.sleepy",
    "cannabinoid": "for_you.sleepy",
    "cns-active-three": "for_you.unsteady",
    "age-65-plus": "for_you.unsteady",
    "dementia": "for_you.unsteady",
    "falls": "for_you.unsteady",
    "respiratory-impairment": "for_you.breathing",
    "sleep-apnoea": "for_you.breathing",
    "asthma": "for_you.breathing",
    "maoi": "for_you.confused",
    "lithium": "for_you.confused",
    "levodopa": "for_you.confused",
    "dopamine-agonist": "for_you.confused",
    "memantine": "for_you.confused",
    "alcohol": "living.alcohol",
    # blood pressure, attacks
    "calcium-channel-blocker": "for_you.stand_up",
    "bp-lowering": "for_you.stand_up",
    "pde5-inhibitor": "for_you.stand_up",
    "nitrate": "for_you.stand_up",
    "prostacyclin": "for_you.stand_up",
    "hypotension": "for_you.dizzy",
    "nitrate-with-pde5": "for_you.not_together",
    "raynaud-provoking": "for_you.attacks",
    # illnesses
    "epilepsy": "for_you.fits",
    "psychiatric-illness": "for_you.mood",
    "suicide-risk": "for_you.mood",
    "stroke": "for_you.muscles",
    "uses-spasticity-for-posture": "for_you.muscles",
    "diabetes": "for_you.sugar",
    "operation-soon": "for_you.operation",
    "breastfeeding": "for_you.baby",
    "planning-pregnancy": "for_you.wish",
    **dict.fromkeys(
        (
            "parkinson",
            "porphyria",
            "autonomic-dysreflexia",
            "past-peptic-ulcer",
            "opioid-use-disorder",
            "hypertension",
            "heart-failure",
            "hepatic-impairment",
            "urinary-retention",
            "ovarian-cyst",
        ),
        "for_you.illness",
    ),
    # what nobody has looked at
    "medicine-not-recognised": "for_you.unknown_medicine",
    "condition-not-recognised": "for_you.unknown_illness",
    "medicines-not-given": "for_you.ask_medicines",
    "conditions-not-given": "for_you.ask_illnesses",
    # the dose
    "high-target": "for_you.tired",
}
OF_THAT_DAY = frozenset({"no-more-today"})  # on which the plan was revised
# What a suspended plan says first and in other words: to call before the next dose.
SAID_BY_SUSPENSION = frozenset({"kidney-failure", "kidney-fall", *OF_THAT_DAY})
NOT_TOLD = {
    "under-18": "no plan is made",
    "target-above-ceiling": "no plan is made",
    "dose-not-makeable": "no plan is made",
    **dict.fromkeys(
        ("weight-needed", "egfr-implausible", "age-not-given", "illness-implied", "near-cut-off", "kidney-target"),
        "the prescriber's to weigh: the patient can do nothing about it",
    ),
    **dict.fromkeys(
        ("short-plan", "start-past", "start-far"), "of the plan's dates, and said to whoever makes the plan"
    ),
}


class ForYou(NamedTuple):
    """Sentences for the patient, the most pressing first: what cannot wait, and what to look out for."""

    urgent: tuple[str, ...]
    other: tuple[str, ...]


def for_you(plan: Plan, words: Words, on: date | None = None) -> ForYou:
    """Return what the findings of a plan mean for its patient; each sentence once, with the names as they were typed.

    `on` is the day on which it is read, where that is known: what is of another day alone is left out.
    """
    urgent = [finding for finding in plan.findings if finding.severity == "urgent"]
    if on not in (None, made_on(plan)):
        urgent = [finding for finding in urgent if finding.code not in OF_THAT_DAY]
    urgent.sort(key=lambda finding: finding.code not in OF_THAT_DAY)  # first what stops a dose of today
    other = [finding for finding in plan.findings if finding.severity in {"confirm", "caution"}]
    if on is not None:
        high = plan.in_force.rules.high_target_above
        is_high = any(day.total > high for day in plan.days if day.date == on)
        other = [finding for finding in other if is_high or finding.code != "high-target"]
    first = _sentences(plan, urgent, words, unforeseen="for_you.check")
    return ForYou(first, tuple(text for text in _sentences(plan, other, words) if text not in first))


def for_you_from(first: date, plan: Plan, words: Words) -> ForYou:
    """Return the same for who reads it from the day `first` on: nothing about a dose that is over.

    Where the plan is suspended what is left still matters: the drug is in the body, and stopping has its own dangers.
    """
    suspended, high = plan.ending == "suspended", plan.in_force.rules.high_target_above
    is_high = not suspended and any(day.total > high for day in plan.days if day.date >= first)
    left_out = (SAID_BY_SUSPENSION if suspended else frozenset()) | (frozenset() if is_high else {"high-target"})
    return for_you(_without(left_out, plan), words)


def _without(codes: Container[str], plan: Plan) -> Plan:
    """A plan with its findings but for some."""
    return plan._replace(findings=tuple(finding for finding in plan.findings if finding.code not in codes))


def _sentences(plan: Plan, findings: Iterable[Finding], words: Words, unforeseen: str = "") -> tuple[str, ...]:
    """The sentences of these findings, in their order; one that nobody foresaw has the sentence `unforeseen`, or none."""
    names: dict[str, list[str]] = {}
    taken_for = {name.typed: name.taken_for for name in plan.names}
    for finding in findings:
        if sentence := SENTENCES.get(finding.code, "" if finding.code in NOT_TOLD else unforeseen):
            names.setdefault(sentence, []).extend(_named(typed, taken_for.get(typed)) for typed in finding.names)
    drug, today = plan.protocol.drug, made_on(plan)
    return tuple(
        words.say(sentence, drug=drug, day=words.day(today), names=words.listed(tuple(dict.fromkeys(about))))
        for sentence, about in names.items()
    )


def made_on(plan: Plan) -> date:
    """Return the day on which the plan, or its last revision, was made, where the patient lives."""
    return local(plan.settings, plan.made_at)[1]


def _named(typed: str, taken_for: str | None) -> str:
    """A name as the patient knows it; without the numbers of its dose, which could be read as one of this medicine."""
    return taken_for if taken_for and any(map(str.isdigit, typed)) else typed.removeprefix(OTHER)
