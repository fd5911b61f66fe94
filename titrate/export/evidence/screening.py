"""What screening found, in full, and when the article would try baclofen, as a page.

The JSON document, keys in this order: `schema` ("titrate/screen/1"), `inputs` (options by name), `kidney` (as in a saved
plan), `ceiling_mg_per_day` and `target_mg_per_day` (all three null under 18), `nearest_cut_off` ({value, distance}, or null),
`result` ("stop", "confirm" or "clear": nothing stops a plan or waits for a prescriber's word), `to_confirm` (codes),
`findings` (as in a saved plan), `reasons_to_try` (a list of {id, says, option, given, grade, reason, ground}; `option` and
`given` are null for what is no reason), `sources` (those that are named; see `claims`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from titrate.engine.kidney import nearest_cut, shown
from titrate.evidence.claims import Ground, ReasonToTry, Source
from titrate.export.evidence.claims import document, ground_document, named_sources, sources_of
from titrate.export.evidence.page import Cell, Page, Part, Section, Topic, cell
from titrate.export.summary import OUTCOMES
from titrate.inputs.document import cut_off_document, finding_document, inputs, kidney_document
from titrate.inputs.kinds import exact
from titrate.model import EGFR_COMPUTED, SEVERITIES
from titrate.wording.phrases import amount

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from titrate.engine.assessment import Assessment
    from titrate.model import Finding, KidneyFunction, Name

SCHEMA = "titrate/screen/1"
# Which option says that a reason to try is there; the others are no reasons, and nobody is asked for them.
OPTIONS = {
    "ccb-not-tolerated": "--ccb-not-tolerated",
    "spasticity": "--spasticity",
    "digital-ulcers": "--ulcers-despite-vasodilators",
}
NOT_ASKED = {"first-line": "always", "neuropathic-pain": "unsupported"}
PLANS_ONLY = ("start", "morning", "midday", "evening", "tz")  # inputs that nobody gave here
TITLES = {
    "stop": "Screening: no plan can be made",
    "confirm": "Screening: no plan until a prescriber confirms",
    "clear": "Screening: nothing found that stops a plan",
}
MEANINGS = {
    "stop": "no plan is made",
    "urgent": "the prescriber must know at once",
    "confirm": "no plan until a prescriber confirms",
    "caution": "a plan is made; its reader must know",
    "note": "true of this plan, or not checked",
}
ALWAYS = (
    "What was not given was not checked, and lists of medicines are never complete. "
    "This is something to take to a prescriber; it does not prescribe."
)


def screening(
    assessment: Assessment,
    findings: tuple[Finding, ...],
    names: tuple[Name, ...],
    reasons: tuple[ReasonToTry, ...],
    given: Collection[str],
    sources: Mapping[str, Source],
) -> Topic:
    """Return all findings with their sources and how to confirm them, each name with what came of it, and the reasons to try.

    `given` are the ids of the reasons that are there.
    """
    grounds = [Ground(finding.source, finding.message, quoted=False) for finding in findings]
    named = sources_of([*grounds, *(reason.ground for reason in reasons)], sources)
    page = Page(
        TITLES[result(findings)],
        (*_verdict(findings), ALWAYS),
        (
            Section("Kidney function", lead=_kidney_lines(assessment)),
            *(_section(severity, findings) for severity in SEVERITIES if _of(severity, findings)),
            *((_names(names),) if names else ()),
            _reasons(reasons, given),
            named_sources(named),
        ),
        weight="" if result(findings) == "clear" else result(findings),
    )
    values = {
        **_document(assessment, findings, names),
        "reasons_to_try": [_reason(reason, given, sources) for reason in reasons],
        "sources": document("screen", sources=named)["sources"],
    }
    return Topic(page, values)


def result(findings: tuple[Finding, ...]) -> str:
    """Return "stop", "confirm" where a confirmation is missing, or "clear"."""
    return "stop" if _of("stop", findings) else "confirm" if to_confirm(findings) else "clear"


def to_confirm(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """Return the codes that wait for a prescriber's word, each once."""
    waiting = (finding.code for finding in _of("confirm", findings) if finding.confirmed_by is None)
    return tuple(dict.fromkeys(waiting))


def _of(severity: str, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.severity == severity)


def _verdict(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """Say what stops, then what waits for a word, then what has it; cautions are named, so that none is passed over."""
    waiting = to_confirm(findings)
    by = next((finding.confirmed_by for finding in findings if finding.confirmed_by), None)
    confirmed = dict.fromkeys(finding.code for finding in findings if finding.confirmed_by)
    lines = (
        ("Stop", ", ".join(_codes("stop", findings))),
        ("Confirm", ", ".join(waiting)),
        (f"Confirmed by {by}", ", ".join(confirmed)),
        ("Caution", ", ".join(_codes("caution", findings))),
    )
    return tuple(f"{label}: {text}" for label, text in lines if text)


def _codes(severity: str, findings: tuple[Finding, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(finding.code for finding in _of(severity, findings)))


def _section(severity: str, findings: tuple[Finding, ...]) -> Section:
    these = _of(severity, findings)
    return Section(
        f"{severity.capitalize()} ({len(these)}): {MEANINGS[severity]}",
        ("Code", "Finding"),
        tuple((cell(finding.code, "head"), _message(finding)) for finding in these),
        weight=severity,
    )


def _message(finding: Finding) -> Cell:
    message = (Part(finding.message), Part(f"Source: {finding.source}", "source"))
    if finding.severity != "confirm":
        return message
    if finding.confirmed_by is not None:
        return (*message, Part(f"Confirmed by {finding.confirmed_by}.", "head"))
    return (*message, Part(f"To confirm: --confirm {finding.code} --prescriber NAME", "head"))


def _kidney_lines(assessment: Assessment) -> tuple[str, ...]:
    kidney, band = assessment.kidney, assessment.band
    if not _holds(assessment):
        return (f"Not judged: neither the equations nor the bands hold below age {assessment.rules.adult_age}.",)
    if assessment.patient.dialysis:
        return (f"Dialysis: band {band.name} whatever the value, no dose.",)
    if not band.ceiling:
        return (_deciding(kidney), f"Band {band.name}: no dose.")
    limits = f"usual target {amount(band.default_target)} mg a day, ceiling {amount(band.ceiling)} mg a day"
    asked = "" if assessment.inputs.target is None else f"; asked for: {amount(assessment.target)} mg a day"
    return (_deciding(kidney), f"Band {band.name}: {limits}{asked}.", _nearness(assessment))


def _holds(assessment: Assessment) -> bool:
    """Whether the patient is one for whom the equations and the bands were made."""
    return assessment.patient.age is None or assessment.patient.age >= assessment.rules.adult_age


def _deciding(kidney: KidneyFunction) -> str:
    """Say which value decides and how it came about, and the other one where both are known."""
    egfr = f"eGFR {shown(kidney.egfr or kidney.value)} mL/min/1.73 m2"
    if kidney.at_least:
        return f"eGFR as reported: >{shown(kidney.value)} mL/min/1.73 m2, read as {shown(kidney.value)}."
    if kidney.equation is None:
        return f"{egfr}, as reported."
    if kidney.crcl is None:
        return f"{egfr} ({kidney.equation})."
    crcl = f"creatinine clearance {shown(kidney.crcl)} mL/min"
    lower, higher = (egfr, crcl) if kidney.basis == EGFR_COMPUTED else (crcl, egfr)
    return f"The lower of two decides: {lower} ({kidney.equation}); {higher}."


def _nearness(assessment: Assessment) -> str:
    if assessment.kidney.at_least:
        return "How near the next cut-off is cannot be known: the laboratory gave only a bound."
    cut, gap = nearest_cut(assessment.kidney.value, assessment.protocol)
    if not gap:
        return f"The value is exactly on the cut-off {amount(cut)}."
    far = "less than 0.01" if shown(gap) == "0" else shown(gap)
    return (
        f"Nearest cut-off {amount(cut)}: the value is {far} {'below' if assessment.kidney.value < cut else 'above'} it."
    )


def _reasons(reasons: tuple[ReasonToTry, ...], given: Collection[str]) -> Section:
    rows = tuple(
        (
            (Part(reason.says), Part(reason.ground.line, "source")),
            cell(*_here(reason, given)),
            (Part(reason.grade, reason.grade), *cell(reason.reason or "")),
        )
        for reason in reasons
    )
    there = [OPTIONS[reason.id] for reason in reasons if reason.id in OPTIONS and reason.id in given]
    lead = (
        f"Given here: {', '.join(there)}. Any one of the three is a reason for the article."
        if there
        else f"No reason was given; the article would then not try baclofen. Options: {', '.join(OPTIONS.values())}."
    )
    return Section("When the article would try baclofen", ("Reason", "Here", "Grade"), rows, (lead,))


def _here(reason: ReasonToTry, given: Collection[str]) -> tuple[str, str]:
    if reason.id not in OPTIONS:
        return NOT_ASKED[reason.id], ""
    return ("yes", "head") if reason.id in given else ("not given", "")


def _names(names: tuple[Name, ...]) -> Section:
    rows = tuple(
        (cell(name.typed, "head"), cell(name.taken_for or "-"), cell(OUTCOMES[name.outcome])) for name in names
    )
    return Section("Names as they were typed", ("Typed", "Taken for", "Outcome"), rows)


def _document(assessment: Assessment, findings: tuple[Finding, ...], names: tuple[Name, ...]) -> dict[str, Any]:
    kidney, holds = assessment.kidney, _holds(assessment)
    near = holds and assessment.band.ceiling
    return {
        "schema": SCHEMA,
        "inputs": {name: fact for name, fact in inputs(assessment.inputs).items() if name not in PLANS_ONLY},
        "kidney": kidney_document(kidney) if holds else None,
        "ceiling_mg_per_day": exact(assessment.band.ceiling) if holds else None,
        "target_mg_per_day": exact(assessment.target) if holds else None,
        "nearest_cut_off": cut_off_document(kidney, assessment.protocol) if near else None,
        "result": result(findings),
        "to_confirm": list(to_confirm(findings)),
        "names": [name._asdict() for name in names],
        "findings": [finding_document(finding) for finding in findings],
    }


def _reason(reason: ReasonToTry, given: Collection[str], sources: Mapping[str, Source]) -> dict[str, Any]:
    return {
        "id": reason.id,
        "says": reason.says,
        "option": OPTIONS.get(reason.id),
        "given": reason.id in given if reason.id in OPTIONS else None,
        "grade": reason.grade,
        "reason": reason.reason,
        "ground": ground_document(reason.ground, sources),
    }
