"""The only maker of a `Plan`: inputs and evidence in, every dose of every day out. No clock, no files, no rounding.

`make_plan` makes one; in `revision`, `revise_plan` changes one and `replay_plan` makes a saved one again. All three live the same
`daily_dose`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from titrate import __version__
from titrate.engine import kidney, limits, screening, tablets
from titrate.engine.assessment import Assessment
from titrate.engine.daily_dose import Life
from titrate.engine.steps import Period, climb, plan_steps
from titrate.errors import Refused
from titrate.model import Finding, Inputs, KidneyFunction, Name, Patient, Plan, Review, Revision, Settings

if TYPE_CHECKING:
    from titrate.evidence.protocol import Evidence
    from titrate.model import Protocol, Tablet


class Basis(NamedTuple):
    """What stays the same while a plan is made of its days."""

    evidence: Evidence
    inputs: Inputs
    id: UUID
    created: datetime
    version: str = __version__

    @property
    def protocol(self) -> Protocol:
        """The protocol that the plan follows."""
        return self.evidence.protocol


def make_plan(evidence: Evidence, inputs: Inputs, *, id: UUID, created: datetime) -> Plan:
    """Return the plan that follows from `inputs`; the same arguments give the same plan.

    `id` names the plan and its calendar events; `created` is the moment it was made, aware, in the plan's zone: cautions
    about dates come from it. Raises BadInput for what is wrong for any patient; Refused, with findings, where something
    stops the plan or a prescriber must first confirm.
    """
    limits.check_inputs(inputs, evidence.protocol, created.date())
    check_names(inputs.patient, evidence)
    plan = first_plan(Basis(evidence, inputs, id, created))
    if any(finding.severity == "stop" for finding in plan.findings):
        raise refusal(plan.findings, plan.names)
    limits.check_confirmations(inputs.confirmed, inputs.prescriber, plan.findings)
    if screening.unconfirmed(plan.findings):
        raise refusal(plan.findings, plan.names, plan)
    return plan


def first_plan(basis: Basis) -> Plan:
    """Return the plan as first made, with its findings, whether or not they forbid it.

    Raises Refused only where no schedule can be made at all.
    """
    inputs, protocol = basis.inputs, basis.protocol
    assessment = assess_start(
        basis.evidence, inputs, kidney.assess(inputs.patient, basis.evidence), basis.created.date()
    )
    band, target = assessment.band, assessment.target
    if not 0 < target <= band.ceiling:
        raise refusal(screening.findings(assessment, basis.evidence.texts), names_of(assessment, basis.evidence))
    life = climb(protocol, target, band, inputs.days)
    review = review_of(life, inputs.start, protocol)
    unmakeable = _unmakeable(life, protocol, limits.chosen_tablets(inputs.tablets, protocol))
    assessment = assessment._replace(last_day=len(life.rungs), review=review, unmakeable=unmakeable)
    findings = screening.findings(assessment, basis.evidence.texts)
    if unmakeable:
        raise refusal(findings, names_of(assessment, basis.evidence))
    return build_plan(basis, life, assessment, findings)


def screen_start(evidence: Evidence, inputs: Inputs, *, created: datetime) -> tuple[Assessment, tuple[Finding, ...]]:
    """Return what screening looks at before a start and all that it finds, without making a schedule.

    Whatever it finds, nothing is refused. Raises BadInput for what is wrong for any patient, and for a confirmation that
    nothing here needs; where something stops, confirmations are not looked at, as in `make_plan`.
    """
    limits.check_inputs(inputs, evidence.protocol, created.date())
    check_names(inputs.patient, evidence)
    assessment = assess_start(evidence, inputs, kidney.assess(inputs.patient, evidence), created.date())
    findings = screening.findings(assessment, evidence.texts)
    if not any(finding.severity == "stop" for finding in findings):
        limits.check_confirmations(inputs.confirmed, inputs.prescriber, findings)
    return assessment, findings


def assess_start(evidence: Evidence, inputs: Inputs, result: KidneyFunction, today: date) -> Assessment:
    """Return what screening looks at before any day is planned; `today` is the day on which that happens."""
    by = inputs.prescriber or ""
    band = evidence.protocol.band(result.band)
    assessment = Assessment(
        protocol=evidence.protocol,
        inputs=inputs,
        patient=inputs.patient,
        kidney=result,
        band=band,
        target=band.default_target if inputs.target is None else inputs.target.normalize(),  # 20.0 is said as 20
        screened_on=today,
        confirmations=dict.fromkeys(inputs.confirmed, by) if by else {},
        equations=evidence.equations,
    )
    return with_interactions(assessment, inputs.patient, evidence)


def check_names(patient: Patient, evidence: Evidence) -> None:
    """Raise BadInput unless every medicine and illness that was typed is clear: no near miss, no word that means too much."""
    if patient.taking or patient.conditions:
        from titrate.engine import interactions  # and the lists that it needs, only where there are any

        interactions.check_names(patient, evidence)


def with_interactions(assessment: Assessment, patient: Patient, evidence: Evidence) -> Assessment:
    """Return the assessment with the patient's other medicines and illnesses, recognised."""
    if not patient.to_look_up:
        return assessment
    from titrate.engine import interactions  # and the lists that it needs, only where there are any

    return assessment._replace(
        medicines=interactions.medicines(patient, evidence), conditions=interactions.conditions(patient, evidence)
    )


def refusal(
    findings: tuple[Finding, ...], names: tuple[Name, ...], if_confirmed: Plan | None = None, what: str = "plan"
) -> Refused:
    """Return what to raise when findings forbid a plan, or a rise; `if_confirmed` is what a prescriber may allow."""
    stops = [finding.code for finding in screening.stopping(findings)]
    if stops:
        return Refused("", f"no {what}: {', '.join(dict.fromkeys(stops))}", findings=findings, names=names)
    codes = ", ".join(dict.fromkeys(finding.code for finding in screening.unconfirmed(findings)))
    wrong = f"no {what} until a prescriber confirms: {codes}"
    return Refused("", wrong, findings=findings, names=names, if_confirmed=if_confirmed)


def build_plan(
    basis: Basis,
    life: Life,
    assessment: Assessment,
    findings: tuple[Finding, ...],
    *,
    revisions: tuple[Revision, ...] = (),
    history: tuple[Plan, ...] = (),
    supply_from: int = 1,
    settings: tuple[Settings, ...] = (),
) -> Plan:
    """Return the plan of a lived life, for an assessment as it was screened; supply counts from day `supply_from`."""
    protocol, inputs = basis.protocol, basis.inputs
    settings = settings or (inputs.settings,)
    steps = plan_steps(protocol, life, _periods(settings, inputs.start, protocol), supply_from)
    return Plan(
        id=basis.id,
        created=basis.created,
        version=basis.version,
        protocol=protocol,
        inputs=inputs,
        revisions=revisions,
        kidney=assessment.kidney,
        ceiling=steps.ceiling,
        target=steps.target,
        steps=steps.steps_from(inputs.start),
        days=steps.days_from(inputs.start),
        findings=findings,
        review=assessment.review,
        supply=steps.supply,
        ending=life.ending,
        history=history,
        retest_days=screening.retest_days(assessment),
        names=names_of(assessment, basis.evidence),
        settings=settings,
        held=life.held,
    )


def _periods(settings: tuple[Settings, ...], start: date, protocol: Protocol) -> tuple[Period, ...]:
    """From which day on doses are taken at other hours or from other tablets; days alike have one number."""
    kinds: dict[tuple[object, ...], int] = {}
    periods = []
    for each in settings:
        kind = kinds.setdefault((each.slots, each.zone, each.floating, each.tablets), len(kinds))
        periods.append(Period((each.since - start).days + 1, kind, limits.chosen_tablets(each.tablets, protocol)))
    return tuple(periods)


def names_of(assessment: Assessment, evidence: Evidence) -> tuple[Name, ...]:
    """Return each medicine and illness that was typed, what it was taken for and what came of it."""
    if not assessment.medicines and not assessment.conditions:
        return ()
    from titrate.engine import interactions

    return interactions.names(assessment, evidence.texts)


def review_of(life: Life, start: date, protocol: Protocol) -> Review:
    """Return the day on which the plan looks again, counted from the last planned change of dose."""
    number = life.last_change + protocol.rules.review_days
    return Review(number, start + timedelta(days=number - 1))


def _unmakeable(life: Life, protocol: Protocol, chosen: tuple[Tablet, ...]) -> str | None:
    """What no sum of the chosen tablets makes, or None."""
    if not chosen:
        return None
    try:
        for rung in dict.fromkeys(life.rungs):
            for dose in protocol.ladder[rung].doses:
                tablets.make(dose.mg, chosen)
    except tablets.DoseError as error:
        return str(error)
    return None
