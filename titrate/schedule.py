"""The only maker of a `Plan`: inputs and evidence in, every dose of every day out. No clock, no files, no rounding.

`plan` makes one, `revise` changes one, `replay` makes a saved one again. All three live the same `machine`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from titrate import __version__, bounds, kidney, screen, tablets
from titrate.case import Case
from titrate.errors import Refused
from titrate.machine import NONE, Life, Machine
from titrate.model import Day, Dose, Finding, Inputs, KidneyFunction, Patient, Plan, Review, Step, TabletCount

if TYPE_CHECKING:
    from decimal import Decimal

    from titrate.protocol import Evidence, Protocol, Tablet


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
    bounds.check_inputs(inputs, evidence.protocol, created.date())
    made = first(Frame(evidence, inputs, id, created))
    if any(finding.severity == "stop" for finding in made.findings):
        raise refusal(made.findings)
    bounds.check_confirmations(inputs.confirmed, inputs.prescriber, made.findings)
    if screen.unconfirmed(made.findings):
        raise refusal(made.findings, made)
    return made


def first(frame: Frame) -> Plan:
    """Return the plan as first made, with its findings, whether or not they forbid it.

    Raises Refused only where no schedule can be made at all.
    """
    inputs, protocol = frame.inputs, frame.protocol
    result = kidney.assess(inputs.patient, frame.evidence)
    case = first_case(frame.evidence, inputs, result, frame.created.date())
    band, target = case.band, case.target
    if not 0 < target <= band.ceiling:
        raise refusal(screen.findings(case, frame.evidence.texts))
    machine = Machine(
        protocol,
        target=rung_of(target, protocol),
        ceiling=rung_of(band.ceiling, protocol),
        slow=band.slow_start,
        days=inputs.days,
    )
    life = machine.live({})
    review = review_of(life, inputs.start, protocol)
    unmakeable = _unmakeable(life, protocol, bounds.chosen_tablets(inputs, protocol))
    case = case._replace(last_day=len(life.rungs), review=review, unmakeable=unmakeable)
    found = screen.findings(case, frame.evidence.texts)
    if unmakeable:
        raise refusal(found)
    return build(frame, life, result, found, review)._replace(retest_days=screen.retest_days(case))


def screened(evidence: Evidence, inputs: Inputs, *, created: datetime) -> tuple[Case, tuple[Finding, ...]]:
    """Return what screening looks at before a start and all that it finds, without making a schedule.

    Whatever is found, nothing is refused. Raises BadInput for what is wrong for any patient, and for a confirmation that
    nothing here needs; where something stops, confirmations are not looked at, as in `plan`.
    """
    bounds.check_inputs(inputs, evidence.protocol, created.date())
    case = first_case(evidence, inputs, kidney.assess(inputs.patient, evidence), created.date())
    found = screen.findings(case, evidence.texts)
    if not any(finding.severity == "stop" for finding in found):
        bounds.check_confirmations(inputs.confirmed, inputs.prescriber, found)
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
    if not (patient.taking or patient.conditions or patient.pregnant or patient.breastfeeding):
        return case
    from titrate import company  # and the lists that it needs, only where there are any

    return case._replace(
        medicines=company.medicines(patient, evidence), conditions=company.conditions(patient, evidence)
    )


def refusal(found: tuple[Finding, ...], if_confirmed: Plan | None = None) -> Refused:
    """Return what to raise when findings forbid a plan, or a rise."""
    stops = [finding.code for finding in found if finding.severity == "stop"]
    if stops:
        return Refused(f"no plan: {', '.join(dict.fromkeys(stops))}", found)
    codes = ", ".join(dict.fromkeys(finding.code for finding in screen.unconfirmed(found)))
    return Refused(f"no plan until a prescriber confirms: {codes}", found, if_confirmed)


def build(
    frame: Frame,
    life: Life,
    result: KidneyFunction,
    found: tuple[Finding, ...],
    review: Review | None,
    history: tuple[Plan, ...] = (),
    supply_from: int = 1,
) -> Plan:
    """Return the plan of a lived life; supply counts from day `supply_from`."""
    protocol, inputs = frame.protocol, frame.inputs
    chosen = bounds.chosen_tablets(inputs, protocol)
    days = _days(life, inputs.start, protocol)
    steps = _steps(life, days, protocol, chosen)
    runs = [
        (step.doses, step.last_day - max(step.first_day, supply_from) + 1)
        for step in steps
        if step.last_day >= supply_from
    ]
    return Plan(
        id=frame.id,
        created=frame.created,
        version=frame.version,
        protocol=protocol,
        inputs=inputs,
        revisions=(),
        kidney=result,
        ceiling=_mg(life.ceiling, protocol),
        target=_mg(life.target, protocol),
        steps=steps,
        days=days,
        findings=found,
        review=review,
        supply=tablets.supply(runs, chosen, (tablet for tablet in protocol.tablets if tablet.supply)),
        ending=life.ending,
        history=history,
    )


def rung_of(total: Decimal, protocol: Protocol) -> int:
    """Return the index on the ladder of a daily dose in mg; NONE for no dose."""
    return next((index for index, rung in enumerate(protocol.ladder) if rung.total == total), NONE)


def review_of(life: Life, start: date, protocol: Protocol) -> Review:
    """Return the day on which the plan looks again, counted from the last planned change of dose."""
    number = life.last_change + protocol.rules.review_days
    return Review(number, start + timedelta(days=number - 1))


def _mg(rung: int, protocol: Protocol) -> Decimal:
    return protocol.ladder[rung].total if rung != NONE else protocol.bands[-1].ceiling


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


def _days(life: Life, start: date, protocol: Protocol) -> tuple[Day, ...]:
    doses = [protocol.ladder[rung].doses for rung in life.rungs]
    totals = [protocol.ladder[rung].total for rung in life.rungs]
    first_day = start.toordinal()
    dates = map(date.fromordinal, range(first_day, first_day + len(doses)))
    return tuple(map(Day, range(1, len(doses) + 1), dates, doses, totals))


def _steps(life: Life, days: tuple[Day, ...], protocol: Protocol, chosen: tuple[Tablet, ...]) -> tuple[Step, ...]:
    """The runs of one daily dose; a rise carries its gate, a fall none."""
    steps: list[Step] = []
    before, first_index = NONE, 0
    for number, (rung, run) in enumerate(groupby(life.rungs), 1):
        last_index = first_index + len(list(run)) - 1
        dose = protocol.ladder[rung]
        rises = before != NONE and rung > before
        gate = dose.gate.format(present=f"{protocol.ladder[before].total:f}") if rises and dose.gate else None
        steps.append(
            Step(
                number=number,
                first_day=first_index + 1,
                last_day=last_index + 1,
                first_date=days[first_index].date,
                last_date=days[last_index].date,
                doses=dose.doses,
                total=dose.total,
                gate=gate,
                tablets=_tablets(dose.doses, chosen),
            )
        )
        before, first_index = rung, last_index + 1
    return tuple(steps)


def _tablets(doses: Sequence[Dose], chosen: tuple[Tablet, ...]) -> tuple[tuple[TabletCount, ...], ...]:
    return tuple(tablets.make(dose.mg, chosen) for dose in doses) if chosen else ()
