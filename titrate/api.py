"""The one function that a program needs: facts and a start date in, a `Plan` out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from titrate.engine.plan import make_plan
from titrate.errors import BadInput, TitrateError
from titrate.evidence import reader
from titrate.inputs import facts, zones
from titrate.model import Inputs, Output, Patient, Plan, Slots

ARGUMENTS = {fact.key: fact.field for fact in facts.PLAN}


def plan(
    patient: Patient,
    start: date,
    *,
    id: UUID,
    created: datetime,
    target: int | Decimal | None = None,
    days: int | None = None,
    slots: Slots | None = None,
    zone: str = "UTC",
    floating: bool = False,
    tablets: Sequence[int | Decimal] = (),
    pack: int | None = None,
    confirmed: Sequence[str] = (),
    prescriber: str | None = None,
    output: Output = Output(),
) -> Plan:
    """Return the plan for a patient who starts on `start`.

    `id` names the plan and its calendar events: a new `uuid4()` for each plan. `created` is the moment it is made, aware of
    its time zone: cautions about dates come from it, never from a clock. `target` is in mg a day, `tablets` are strengths in
    mg, `slots` are clock times on the wall of `zone`, an IANA name. What is left out follows the protocol.

    Raises BadInput for what is wrong for any patient, Refused (with `.findings`) where something stops the plan or a
    prescriber must first confirm.

    >>> from datetime import UTC
    >>> made = plan(Patient(egfr=85, age=40), date(2026, 12, 1), id=UUID(int=1), created=datetime(2026, 11, 30, tzinfo=UTC))
    >>> [(step.first_day, step.last_day, int(step.total)) for step in made.steps]
    [(1, 3, 5), (4, 7, 10), (8, 28, 15)]
    """
    if created.tzinfo is None:
        raise BadInput("created", "it has no time zone", "give an aware datetime such as datetime.now(timezone.utc)")
    inputs = Inputs(
        start=start,
        patient=patient,
        slots=slots or reader.protocol().slots,
        target=None if target is None else Decimal(target),
        days=days,
        zone=zone,
        floating=floating,
        tablets=tuple(Decimal(strength) for strength in tablets),
        pack=pack,
        confirmed=tuple(confirmed),
        prescriber=prescriber,
        output=output,
    )
    try:
        return make_plan(reader.evidence(patient), inputs, id=id, created=created.astimezone(zones.zone(zone)))
    except TitrateError as error:
        error.naming = argument
        raise


def argument(name: str) -> str:
    """Return the argument, or the field of `Patient` or `Output`, for the name that an error has for a fact."""
    return ARGUMENTS.get(name, name)
