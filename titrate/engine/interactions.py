"""What the other medicines and conditions of a patient raise: findings about interactions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from titrate.engine.names import Recognised, recognise, recognise_condition
from titrate.evidence.formulary import Condition

if TYPE_CHECKING:
    from titrate.engine.assessment import Assessment
    from titrate.evidence.protocol import Evidence, FindingText
    from titrate.model import Patient

BREATHING = frozenset({"respiratory-impairment", "sleep-apnoea"})
FLAGS = {"pregnant": "pregnancy", "breastfeeding": "breastfeeding"}  # facts of their own that mean a condition

Raised = tuple["FindingText", Mapping[str, Any]]


def medicines(patient: Patient, evidence: Evidence) -> tuple[Recognised, ...]:
    """Return what each medicine that the patient takes is, in an order that does not depend on how they were typed in."""
    return tuple(recognise(evidence.formulary, typed) for typed in _each_once(patient.taking or ()))


def conditions(patient: Patient, evidence: Evidence) -> tuple[tuple[str, Condition], ...]:
    """Return each condition as typed and what it is; BadInput for one that is not listed."""
    flagged = tuple(condition for fact, condition in FLAGS.items() if getattr(patient, fact))
    return tuple(
        (typed, recognise_condition(evidence.conditions, typed))
        for typed in _each_once((*(patient.conditions or ()), *flagged))
    )


def raised(assessment: Assessment, texts: Mapping[str, FindingText]) -> list[Raised]:
    """Return one finding a class of medicines or condition, naming what was typed, and one a medicine that nobody knows."""
    raised_texts: list[Raised] = []
    by_class: dict[str, list[str]] = {}
    classes = {
        medicine_class.id: medicine_class for medicine in assessment.medicines for medicine_class in medicine.classes
    }
    for medicine in assessment.medicines:
        for medicine_class in medicine.classes:
            by_class.setdefault(medicine_class.id, []).append(medicine.typed)
    for id in sorted(by_class):
        class_text = classes[id].finding
        if class_text is not None:
            raised_texts.append(_risen(assessment, texts, class_text, {"typed": _listed(by_class[id])}))
    by_condition: dict[str, list[str]] = {}
    known = {condition.id: condition for _, condition in assessment.conditions}
    for typed, condition in assessment.conditions:
        by_condition.setdefault(condition.id, []).append(typed)
    for id in sorted(by_condition):
        text = known[id].finding
        if text.code == "pregnancy" and assessment.change is not None:
            text = texts["pregnancy-running"]
        raised_texts.append((text, {"typed": _listed(by_condition[id])}))
    for medicine in assessment.medicines:
        if medicine.unknown:
            near = f" (did you mean {' or '.join(medicine.near)}?)" if medicine.near else ""
            what = f"{_listed(medicine.unknown)} in {medicine.typed}" if medicine.classes else medicine.typed
            raised_texts.append((texts["medicine-not-recognised"], {"typed": what, "near": near}))
    return raised_texts


def _risen(
    assessment: Assessment, texts: Mapping[str, FindingText], text: FindingText, values: Mapping[str, Any]
) -> Raised:
    """A gabapentinoid needs a prescriber's word where kidneys, age or breathing make it worse; else the text as it is."""
    if text.code != "gabapentinoid":
        return text, values
    rules, age = assessment.rules, assessment.patient.age
    why = [
        *([f"kidney value {assessment.value}"] if assessment.kidney.value < rules.older_kidney_below else []),
        *([f"age {age}"] if age is not None and age >= rules.older_age else []),
        *(condition.name for _, condition in assessment.conditions if condition.finding.code in BREATHING),
    ]
    return (texts["gabapentinoid"], {**values, "why": _listed(why)}) if why else (text, values)


def _each_once(names: Iterable[str]) -> list[str]:
    return sorted({name.casefold(): name for name in sorted(names)}.values(), key=lambda name: (name.casefold(), name))


def _listed(names: Iterable[str]) -> str:
    """Join names as a person would.

    >>> _listed(["a"]), _listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    *most, last = dict.fromkeys(names)
    return f"{', '.join(most)} and {last}" if most else last
