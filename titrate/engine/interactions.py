"""What the other medicines and illnesses of a patient raise: each alone, and several together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from titrate.engine.names import Recognised, check, recognise, recognise_condition
from titrate.evidence.lexicon import plain
from titrate.model import SEVERITIES, Name

if TYPE_CHECKING:
    from titrate.engine.assessment import Assessment
    from titrate.evidence.protocol import Evidence, FindingText
    from titrate.model import Patient

BREATHING = frozenset({"respiratory-impairment", "sleep-apnoea", "asthma"})
STATES = {"pregnant": "pregnancy", "breastfeeding": "breastfeeding"}  # facts of their own that mean an illness
MEDICINE, CONDITION = "medicine", "condition"
KNOWN, NOT_RECOGNISED = "known", "not recognised"
NITRATE, PDE5, GUANYLATE = range(3)


class Raised(NamedTuple):
    """A finding: its text, and what fills it, the names as typed that it is about among that."""

    text: FindingText
    values: Mapping[str, Any]


def medicines(patient: Patient, evidence: Evidence) -> tuple[Recognised, ...]:
    """Return what each medicine that the patient takes is, in an order that does not depend on how they were typed in."""
    return tuple(recognise(evidence.formulary, typed) for typed in _each_once(patient.taking or ()))


def conditions(patient: Patient, evidence: Evidence) -> tuple[Recognised, ...]:
    """Return what each illness and each state that counts as one is."""
    states = tuple(condition for fact, condition in STATES.items() if getattr(patient, fact))
    typed = _each_once((*(patient.conditions or ()), *states))
    return tuple(recognise_condition(evidence.conditions, name) for name in typed)


def check_names(patient: Patient, evidence: Evidence) -> None:
    """Raise BadInput unless every medicine and every illness is clear: no near miss, no word that means too much."""
    for typed in patient.taking or ():
        check(evidence.formulary.listed, recognise(evidence.formulary, typed), "taking")
    for typed in patient.conditions or ():
        check(evidence.conditions.listed, recognise_condition(evidence.conditions, typed), "condition")


def names(assessment: Assessment, texts: Mapping[str, FindingText]) -> tuple[Name, ...]:
    """Return each name that was typed, what it was taken for, and what came of it: nothing that was typed disappears."""
    found = raised(assessment, texts)
    return (
        *_named(MEDICINE, assessment.patient.taking, assessment.medicines, found),
        *_named(CONDITION, assessment.patient.conditions, assessment.conditions, found),
    )


def _named(
    kind: str, typed: Iterable[str] | None, recognised: Iterable[Recognised], found: list[Raised]
) -> Iterator[Name]:
    by_name = {_key(read.typed): read for read in recognised}
    for name in typed or ():
        read = by_name[_key(name)]
        yield Name(name, kind, "; ".join(read.taken_for) or None, _outcome(read, found))


def _outcome(read: Recognised, found: list[Raised]) -> str:
    """The worst severity of what a name raised, or that nobody knows it, or that it is known and raises nothing."""
    severities = [finding.text.severity for finding in found if read.typed in finding.values["names"]]
    worst = min(severities, key=SEVERITIES.index, default=KNOWN)
    return NOT_RECOGNISED if read.unknown and worst != "stop" else worst


def raised(assessment: Assessment, texts: Mapping[str, FindingText]) -> list[Raised]:
    """Return each finding that medicines and illnesses raise."""
    return [
        *_of_classes(assessment, texts),
        *_of_conditions(assessment, texts),
        *_together(assessment, texts),
        *_implied(assessment, texts),
        *_stages(assessment, texts),
        *(_not_recognised(texts["medicine-not-recognised"], read) for read in assessment.medicines if read.unknown),
        *(_not_recognised(texts["condition-not-recognised"], read) for read in assessment.conditions if read.unknown),
    ]


def _of_classes(assessment: Assessment, texts: Mapping[str, FindingText]) -> list[Raised]:
    """One finding a class of medicines, naming each of its medicines as typed."""
    classes = {matters.id: matters for read in assessment.medicines for matters in read.classes if matters.finding}
    return [
        _in_this_patient(
            assessment, texts, matters.finding, [read.typed for read in assessment.medicines if matters in read.classes]
        )
        for _, matters in sorted(classes.items())
        if matters.finding
    ]


def _in_this_patient(
    assessment: Assessment, texts: Mapping[str, FindingText], text: FindingText, names: list[str]
) -> Raised:
    """A gabapentinoid needs a prescriber's word where kidneys, age or breathing make it worse; else the text as it is."""
    if text.code != "gabapentinoid":
        return _naming(_text(texts, text, running=assessment.change is not None), names)
    rules, age = assessment.rules, assessment.patient.age
    why = [
        *([f"kidney value {assessment.value}"] if assessment.kidney.value < rules.older_kidney_below else []),
        *([f"age {age}"] if age is not None and age >= rules.older_age else []),
        *(
            condition.name
            for read in assessment.conditions
            for condition in read.conditions
            if condition.id in BREATHING
        ),
    ]
    return _naming(texts["gabapentinoid"], names, why=_listed(why)) if why else _naming(text, names)


def _of_conditions(assessment: Assessment, texts: Mapping[str, FindingText]) -> list[Raised]:
    """One finding an illness, naming it as typed."""
    running = assessment.change is not None
    known = {condition.id: condition for read in assessment.conditions for condition in read.conditions}
    found = []
    for _, condition in sorted(known.items()):
        names = [read.typed for read in assessment.conditions if condition in read.conditions]
        if running and condition.finding.code == "kidney-failure":
            continue  # the rule of that name says it
        found.append(_naming(_text(texts, condition.finding, running=running), names))
    return found


def _text(texts: Mapping[str, FindingText], text: FindingText, *, running: bool) -> FindingText:
    """What would stop a start has a text of its own in a running plan, which says what to do now."""
    return texts.get(f"{text.code}-running", text) if running else text


def _together(assessment: Assessment, texts: Mapping[str, FindingText]) -> list[Raised]:
    """What several medicines raise together, whatever each raises alone."""
    found = []
    rules, age = assessment.rules, assessment.patient.age
    slowing = {name for read in assessment.medicines for name in read.cns}
    if len(slowing) >= rules.cns_depressants_together:
        found.append(
            _naming(texts["several-cns-depressants"], [read.typed for read in assessment.medicines if read.cns])
        )
    active = {name for read in assessment.medicines for name in read.brain}
    if age is not None and age >= rules.older_age and len(active) + 1 >= rules.cns_active_with:  # baclofen is one more
        these = [read.typed for read in assessment.medicines if read.brain]
        found.append(_naming(texts["cns-active-three"], these, age=age))
    groups = {group for read in assessment.medicines for group in read.groups}
    if {NITRATE, PDE5} <= groups or (GUANYLATE in groups and len(groups) > 1):
        found.append(_naming(texts["nitrate-with-pde5"], [read.typed for read in assessment.medicines if read.groups]))
    return found


def _implied(assessment: Assessment, texts: Mapping[str, FindingText]) -> list[Raised]:
    """One finding an illness that medicines are almost only given for, unless it or another reason is named."""
    given = {condition.id for read in assessment.conditions for condition in read.conditions}
    words = [f" {name} " for read in assessment.conditions for name in read.names]
    by_illness: dict[str, list[str]] = {}
    for read in assessment.medicines:
        for implied in read.implied:
            reasons = [plain(reason) for reason in implied.reasons]
            another = given.intersection(implied.reasons) or any(
                f" {reason} " in name for reason in reasons for name in words
            )
            if implied.illness not in given and not another:
                by_illness.setdefault(implied.illness, []).append(read.typed)
    return [_naming(texts["illness-implied"], names, illness=illness) for illness, names in sorted(by_illness.items())]


def _stages(assessment: Assessment, texts: Mapping[str, FindingText]) -> list[Raised]:
    """What an illness raises whose name claims a worse kidney than the value says."""
    bands = [band.name for band in assessment.protocol.bands]
    found = []
    for read in assessment.conditions:
        stages = [condition.stage for condition in read.conditions if condition.stage in bands]
        if any(bands.index(stage) > bands.index(assessment.band.name) for stage in stages if stage):
            values = {"value": assessment.value, "band": assessment.band.name}
            found.append(_naming(texts["egfr-implausible-stage"], [read.typed], **values))
    return found


def _not_recognised(text: FindingText, read: Recognised) -> Raised:
    return _naming(text, [read.typed])


def _naming(text: FindingText, names: list[str], **values: Any) -> Raised:
    return Raised(text, {"typed": _listed(names), "names": tuple(names), **values})


def _key(name: str) -> str:
    return name.casefold()


def _each_once(names: Iterable[str]) -> list[str]:
    return sorted({_key(name): name for name in sorted(names)}.values(), key=lambda name: (_key(name), name))


def _listed(names: Iterable[str]) -> str:
    """Join names as a person would.

    >>> _listed(["a"]), _listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    *most, last = dict.fromkeys(names)
    return f"{', '.join(most)} and {last}" if most else last
