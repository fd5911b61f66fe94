"""The only maker of a `Plan`: inputs and evidence in, every dose of every day out. No clock, no files, no rounding.

`plan` makes one, `revise` changes one, `replay` makes a saved one again. All three live the same `machine`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from titrate import __version__
from titrate.engine import kidney, limits, screening, tablets
from titrate.engine.assessment import Case
from titrate.engine.machine import Life
from titrate.engine.steps import climb, outline
from titrate.errors import Refused
from titrate.model import Finding, Inputs, KidneyFunction, Patient, Plan, Review, Revision

if TYPE_CHECKING:
    from titrate.evidence.protocol import Evidence
    from titrate.model import Protocol, Tablet


class Frame(NamedTuple):
    """What stays the same while a plan is made from its days."""

    evidence: Evidence
    inputs: Inputs
    id: UUID
    created: datetime
    version: str = __version__

    @property
    def protocol(self) -> Protocol:
        """The protocol that the plan follows."""
        return self.evidence.protocol


def plan(evidence: Evidence, inputs: Inputs, *, id: UUID, created: datetime) -> Plan:
    """Return the plan that follows from `inputs`; the same arguments give the same plan.

    `id` names the plan and its calendar events; `created` is the moment it was made, aware, in the plan's zone: cautions
    about dates come from it. Raises BadInput for what is wrong for any patient; Refused, with findings, where something
    stops the plan or a prescriber must first confirm.
    """
    limits.check_inputs(inputs, evidence.protocol, created.date())
    made = first(Frame(evidence, inputs, id, created))
    if any(finding.severity == "stop" for finding in made.findings):
        raise refusal(made.findings)
    limits.check_confirmations(inputs.confirmed, inputs.prescriber, made.findings)
    if screening.unconfirmed(made.findings):
        raise refusal(made.findings, made)
    return made


def first(frame: Frame) -> Plan:
    """Return the plan as first made, with its findings, whether or not they forbid it.

    Raises Refused only where no schedule can be made at all.
    """
    inputs, protocol = frame.inputs, frame.protocol
    case = first_case(frame.evidence, inputs, kidney.assess(inputs.patient, frame.evidence), frame.created.date())
    band, target = case.band, case.target
    if not 0 < target <= band.ceiling:
        raise refusal(screening.findings(case, frame.evidence.texts))
    life = climb(protocol, target, band, inputs.days)
    review = review_of(life, inputs.start, protocol)
    unmakeable = _unmakeable(life, protocol, limits.chosen_tablets(inputs, protocol))
    case = case._replace(last_day=len(life.rungs), review=review, unmakeable=unmakeable)
    found = screening.findings(case, frame.evidence.texts)
    if unmakeable:
        raise refusal(found)
    return build(frame, life, case, found)


def screened(evidence: Evidence, inputs: Inputs, *, created: datetime) -> tuple[Case, tuple[Finding, ...]]:
    """Return what screening looks at before a start and all that it finds, without making a schedule.

    Whatever is found, nothing is refused. Raises BadInput for what is wrong for any patient, and for a confirmation that
    nothing here needs; where something stops, confirmations are not looked at, as in `plan`.
    """
    limits.check_inputs(inputs, evidence.protocol, created.date())
    case = first_case(evidence, inputs, kidney.assess(inputs.patient, evidence), created.date())
    found = screening.findings(case, evidence.texts)
    if not any(finding.severity == "stop" for finding in found):
        limits.check_confirmations(inputs.confirmed, inputs.prescriber, found)
    return case, found


def first_case(evidence: Evidence, inputs: Inputs, result: KidneyFunction, made: date) -> Case:
    """Return what screening looks at before any day is planned; `made` is the day on which it is."""
    by = inputs.prescriber or ""
    band = evidence.protocol.band(result.band)
    case = Case(
        protocol=evidence.protocol,
        inputs=inputs,
        patient=inputs.patient,
        kidney=result,
        band=band,
        target=band.default_target if inputs.target is None else inputs.target.normalize(),  # 20.0 is said as 20
        made=made,
        confirmations=dict.fromkeys(inputs.confirmed, by) if by else {},
    )
    return with_company(case, inputs.patient, evidence)


def with_company(case: Case, patient: Patient, evidence: Evidence) -> Case:
    """Return the case with the patient's other medicines and conditions, recognised."""
    if not patient.to_look_up:
        return case
    from titrate.engine import interactions  # and the lists that it needs, only where there are any

    return case._replace(
        medicines=interactions.medicines(patient, evidence), conditions=interactions.conditions(patient, evidence)
    )


def refusal(found: tuple[Finding, ...], if_confirmed: Plan | None = None) -> Refused:
    """Return what to raise when findings forbid a plan, or a rise."""
    stops = [finding.code for finding in found if finding.severity == "stop"]
    if stops:
        return Refused("", f"no plan: {', '.join(dict.fromkeys(stops))}", findings=found)
    codes = ", ".join(dict.fromkeys(finding.code for finding in screening.unconfirmed(found)))
    return Refused("", f"no plan until a prescriber confirms: {codes}", findings=found, if_confirmed=if_confirmed)


def build(
    frame: Frame,
    life: Life,
    case: Case,
    found: tuple[Finding, ...],
    *,
    revisions: tuple[Revision, ...] = (),
    history: tuple[Plan, ...] = (),
    supply_from: int = 1,
) -> Plan:
    """Return the plan of a lived life, for a case as it was screened; supply counts from day `supply_from`."""
    protocol, inputs = frame.protocol, frame.inputs
    told = outline(protocol, life, limits.chosen_tablets(inputs, protocol), supply_from)
    return Plan(
        id=frame.id,
        created=frame.created,
        version=frame.version,
        protocol=protocol,
        inputs=inputs,
        revisions=revisions,
        kidney=case.kidney,
        ceiling=told.ceiling,
        target=told.target,
        steps=told.steps_from(inputs.start),
        days=told.days_from(inputs.start),
        findings=found,
        review=case.review,
        supply=told.supply,
        ending=life.ending,
        history=history,
        retest_days=screening.retest_days(case),
    )


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
