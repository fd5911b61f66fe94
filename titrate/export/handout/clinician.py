"""The clinician's page as values: what went in, what the kidneys allow, the findings, each step with its grounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from titrate.engine.actions import sentence
from titrate.engine.kidney import printed, shown
from titrate.export.handout.steps import ordinal
from titrate.export.summary import names_text
from titrate.inputs.facts import FACTS
from titrate.inputs.kinds import FLAG
from titrate.model import SEVERITIES
from titrate.wording.phrases import amount, reviewed, supply

if TYPE_CHECKING:
    from titrate.model import Finding, Patient, Plan, Revision, Settings, Step
    from titrate.wording import Words

TITLE = "For the prescriber"
INTRODUCTION = "Read before signing. Protocol {title}, version {version}: {reviewed_by}."
PATIENT = ("Patient's name", "Patient's date of birth")
SIGN = ("Prescriber's name", "Signature", "Date")
AGREE = "I have checked this plan for this patient."
SEVERITY_WORDS = {"stop": "Stop", "urgent": "Urgent", "confirm": "Confirm", "caution": "Caution", "note": "Note"}

ANSWERS = {True: "yes", False: "no", None: None}
FLAGS = tuple(fact for fact in FACTS if fact.kind is FLAG)  # pregnant and the like


class Fact(NamedTuple):
    """A labelled line."""

    label: str
    text: str


class PrintedFinding(NamedTuple):
    """A finding in full: its severity in a word, code, message, source, and who confirmed it."""

    severity: str
    code: str
    message: str
    source: str
    confirmed: str


class StepRow(NamedTuple):
    """One step: its place in words, its dose, the gate with where the dose comes from, and its dates.

    In this order no number stands before a dose.
    """

    cells: tuple[str, ...]


class ClinicianPage(NamedTuple):
    """The clinician's page, in reading order."""

    title: str
    introduction: str
    facts_heading: str
    facts: tuple[Fact, ...]
    steps_heading: str
    steps_header: tuple[str, ...]
    steps: tuple[StepRow, ...]
    findings_heading: str
    findings: tuple[PrintedFinding, ...]
    taper_heading: str
    taper: tuple[str, ...]
    agree: str
    patient: tuple[str, ...]
    sign: tuple[str, ...]


def page(plan: Plan, words: Words) -> ClinicianPage:
    """Return the clinician's page of a plan; dates in words, as the patient reads them."""
    protocol = plan.protocol
    return ClinicianPage(
        title=TITLE,
        introduction=INTRODUCTION.format(
            title=protocol.title, version=protocol.version, reviewed_by=reviewed(protocol)
        ),
        facts_heading="What this plan was made from",
        facts=(*_inputs(plan, words), *_names(plan), *_kidney(plan), *_changes(plan, words), *_outcome(plan, words)),
        steps_heading="Steps",
        steps_header=("Step", "Dose", "Gate and grounds", "Dates"),
        steps=tuple(_step(step, plan, words) for step in plan.steps),
        findings_heading="Findings",
        findings=tuple(
            _finding(finding) for finding in sorted(plan.findings, key=lambda f: SEVERITIES.index(f.severity))
        ),
        taper_heading="Stopping",
        taper=_taper(plan),
        agree=AGREE,
        patient=PATIENT,
        sign=SIGN,
    )


def _inputs(plan: Plan, words: Words) -> tuple[Fact, ...]:
    first, now = plan.inputs.settings, plan.current
    facts = [
        Fact("Start", f"{words.day(plan.inputs.start)}; {_times(first)}"),
        Fact("Patient", "; ".join(_facts_of(plan.inputs.patient, words, every=True))),
    ]
    if first.tablets:
        facts.append(Fact("Tablets", _strengths(first)))
    if (first.slots, first.zone, first.floating, first.tablets) != (now.slots, now.zone, now.floating, now.tablets):
        tablets = f"; tablets of {_strengths(now)}" if now.tablets else ""
        facts.append(Fact("Now", f"from {words.day(now.since)}: {_times(now)}{tablets}"))
    return tuple(facts)


def _times(settings: Settings) -> str:
    times = ", ".join(f"{slot} {time:%H:%M}" for slot, time in settings.slots._asdict().items())
    return f"{times} ({settings.zone}, follows the phone)" if settings.floating else f"{times} ({settings.zone})"


def _strengths(settings: Settings) -> str:
    return ", ".join(f"{amount(mg)} mg" for mg in settings.tablets)


def _facts_of(patient: Patient, words: Words, *, every: bool) -> list[str]:
    """The facts given of a patient, each with its label; with `every`, also those not given."""
    result = patient.creatinine or (f"eGFR {patient.egfr}" if patient.egfr is not None else None)
    asked = (
        ("other medicines", patient.taking),
        ("conditions", patient.conditions),
    )
    facts = (
        ("age", None if patient.age is None else f"{patient.age}"),
        ("sex", patient.sex),
        ("weight", None if patient.weight is None else f"{patient.weight} kg"),
        ("kidney result", result),
        ("blood taken", None if patient.tested is None else words.day(patient.tested)),
        *((label, None if names is None else ", ".join(names) or "none") for label, names in asked),
        *((fact.key, ANSWERS[getattr(patient, fact.field)]) for fact in FLAGS),
    )
    questions = {label for label, _ in asked} | {fact.key for fact in FLAGS}
    return [
        f"{label} {text or ('not asked' if label in questions else 'not given')}"
        for label, text in facts
        if text or every
    ]


def _names(plan: Plan) -> tuple[Fact, ...]:
    return (Fact("Names as typed", f"{names_text(plan.names)}."),) if plan.names else ()


def _kidney(plan: Plan) -> tuple[Fact, ...]:
    kidney = plan.kidney
    parts = [f"{printed(kidney)} ({kidney.basis})", f"equation: {kidney.equation or 'the laboratory’s own'}"]
    if kidney.egfr is not None and not kidney.at_least:
        parts.append(f"eGFR {shown(kidney.egfr)} mL/min/1.73 m²")
    parts.append(f"CrCl {shown(kidney.crcl)} mL/min" if kidney.crcl is not None else "CrCl not computed")
    band = plan.in_force.band(kidney.band)
    return (
        Fact("Kidney value", "; ".join(parts)),
        Fact("Band and ceiling", f"{band.name}: at most {amount(plan.ceiling)} mg a day. Grounds: {band.cite}"),
    )


def _changes(plan: Plan, words: Words) -> tuple[Fact, ...]:
    return tuple(Fact(f"Revision {change.number}", _change(change, words)) for change in plan.revisions)


def _change(change: Revision, words: Words) -> str:
    parts = [f"from {words.day(change.start)}: {sentence(change)}"]
    parts += _facts_of(change.patient, words, every=False)
    parts += [f"no longer taken {', '.join(change.stopped)}"] if change.stopped else []
    parts += [f"reason: {change.reason}"] if change.reason else []
    parts += [f"confirmed {', '.join(change.confirmed)}"] if change.confirmed else []
    parts += [f"prescriber: {change.prescriber}"] if change.prescriber else []
    return "; ".join(parts)


def _outcome(plan: Plan, words: Words) -> tuple[Fact, ...]:
    facts = [Fact("Target", f"{amount(plan.target)} mg a day")]
    if plan.review:
        facts.append(Fact("Review", f"{words.day(plan.review.date)} (day {plan.review.day})"))
    if plan.supply:
        since = f", from {words.day(plan.revisions[-1].start)}" if plan.revisions else ""
        facts.append(Fact("To dispense", f"{supply(plan.supply, plan.current.pack)}{since}"))
    return tuple(facts)


def _step(step: Step, plan: Plan, words: Words) -> StepRow:
    rung = next(rung for rung in plan.protocol.ladder if rung.total == step.total)
    doses = " + ".join(f"{amount(dose.mg)} mg {dose.slot}" for dose in step.doses)
    gate = step.gate.text if step.gate else _turn(step, plan)
    days = f"day {step.first_day}" if step.first_day == step.last_day else f"days {step.first_day} to {step.last_day}"
    dates = words.day(step.first_date)
    if step.first_day != step.last_day:
        dates = words.say("steps.dates", first=dates, last=words.day(step.last_date))
    return StepRow(
        (
            ordinal(step, words),
            f"{amount(step.total)} mg a day: {doses}",
            f"{gate[0].upper()}{gate[1:]}. Grounds: {rung.cite}",
            f"{days}: {dates}",
        )
    )


def _turn(step: Step, plan: Plan) -> str:
    if step.number == 1:
        return "start"
    return (
        "fall"
        if step.total < plan.steps[step.number - 2].total
        else "the same dose at other times or from other tablets"
    )


def _finding(finding: Finding) -> PrintedFinding:
    confirmed = f"confirmed by {finding.confirmed_by}" if finding.confirmed_by else ""
    word = SEVERITY_WORDS[finding.severity]
    return PrintedFinding(word, finding.code, finding.message, finding.source, confirmed)


def _taper(plan: Plan) -> tuple[str, ...]:
    """How a plan stops, from its target down the ladder, and what is never done."""
    rules = plan.protocol.rules
    down = [rung.total for rung in reversed(plan.protocol.ladder) if rung.total < plan.target]
    weeks = [f"{amount(total)} mg a day for {rules.fall_days} days" for total in down[:-1]]
    last = plan.protocol.ladder[0].total
    weeks.append(f"{amount(last)} mg a day for {rules.taper_last_days} days")
    if plan.ending == "suspended":
        return ("The plan is suspended: no dose is planned. Decide how to stop; never at once without you.",)
    return (
        f"Never at once. From {amount(plan.target)} mg a day: {', then '.join(weeks)}, then none.",
        f"Each fall is {amount(rules.fall_mg)} mg, at least {rules.fall_days} days after the last one.",
        f"Check in {rules.check_in_days} days after the last dose. Make this page again with: titrate revise PLAN.json --stop.",
    )
