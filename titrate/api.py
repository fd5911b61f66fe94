"""The one function that a program needs: facts and a start date in, a `Plan` out.

Every argument is read as the command line reads what is typed, or refused by its name: a text, an exact number, a float as the
shortest number that is this float, a list or a tuple. A comma list of medicines is a list here too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from titrate.engine.plan import make_plan
from titrate.errors import BadInput, TitrateError
from titrate.evidence import reader, zones
from titrate.inputs import arguments, facts
from titrate.inputs.parse import read_id
from titrate.model import SLOTS, Output, Patient, Plan, Slots

ARGUMENTS = {fact.key: fact.field for fact in facts.PLAN}
Number = int | float | Decimal | str


def plan(
    patient: Patient,
    start: date | str,
    *,
    id: UUID | str,
    created: datetime,
    target: Number | None = None,
    days: Number | None = None,
    slots: Slots | None = None,
    zone: str = "UTC",
    floating: bool = False,
    tablets: Sequence[Number] | Number = (),
    pack: Number | None = None,
    confirmed: Sequence[str] | str = (),
    prescriber: str | None = None,
    output: Output = Output(),
) -> Plan:
    """Return the plan for a patient who starts on `start`.

    `id` names the plan and its calendar events: a new `uuid4()` for each plan. `created` is the moment it is made, aware of
    its time zone: cautions about dates and words such as `tomorrow` count from it, never from a clock. `target` is in mg a day,
    `tablets` are strengths in mg, `slots` are clock times on the wall of `zone`, an IANA name. What is left out follows the
    protocol.

    Raises BadInput for what is wrong for any patient, Refused (with `.findings`) where something stops the plan or a
    prescriber must first confirm.

    >>> from datetime import UTC
    >>> made = plan(Patient(egfr=85, age=40), date(2026, 12, 1), id=UUID(int=1), created=datetime(2026, 11, 30, tzinfo=UTC))
    >>> [(step.first_day, step.last_day, int(step.total)) for step in made.steps]
    [(1, 3, 5), (4, 7, 10), (8, 28, 15)]
    """
    try:
        for name, value, kind in (("patient", patient, Patient), ("output", output, Output)):
            if not isinstance(value, kind):
                raise arguments.wrong_type(name, value, f"give {kind.__name__}(...)")
        typed = arguments.typed(
            {
                **patient._asdict(),
                **output._asdict(),
                **_clock_times(slots),
                "start": start,
                "target": target,
                "days": days,
                "zone": zone,
                "floating": floating,
                "tablets": tablets,
                "pack": pack,
                "confirmed": confirmed,
                "prescriber": prescriber,
            }
        )
        typed["no-alarm"] = output.alarm is None
        for name, example in (
            ("start", "a first day such as date(2026, 12, 1)"),
            ("tz", "a name such as Europe/Berlin"),
        ):
            if typed[name] is None:
                raise BadInput(name, "it is not given", f"give {example}")
        moment = _moment(created, typed["tz"])
        today = moment.date()
        known = facts.patient(typed, today)
        inputs = facts.inputs(
            typed,
            start=facts.START.read(typed, today),
            patient=known,
            slots=reader.protocol().slots,
            zone=typed["tz"],
            today=today,
        )
        return make_plan(reader.evidence(known), inputs, id=_id(id), created=moment)
    except TitrateError as error:
        error.naming = argument
        raise


def _clock_times(slots: object) -> dict[str, object]:
    if slots is None:
        return {}
    if not isinstance(slots, (tuple, list)) or len(slots) != len(SLOTS):
        raise arguments.wrong_type("slots", slots, "give Slots(morning, midday, evening)")
    return dict(zip(SLOTS, slots, strict=True))


def _moment(created: object, zone: str) -> datetime:
    """Return `created` on the wall of the zone; BadInput unless it is a moment there."""
    todo = "give an aware datetime such as datetime.now(timezone.utc)"
    if not isinstance(created, datetime):
        raise arguments.wrong_type("created", created, todo)
    if created.utcoffset() is None:
        raise BadInput("created", "it has no time zone", todo)
    wall = zones.place(zone, created)
    try:
        return created.astimezone(wall)
    except OverflowError:
        raise BadInput("created", f"{created.year} is out of range", "check the year") from None


def _id(id: object) -> UUID:
    if isinstance(id, str):
        return read_id(id)
    if not isinstance(id, UUID):
        raise arguments.wrong_type("id", id, "give a uuid.uuid4()")
    return id


def argument(name: str) -> str:
    """Return the argument, or the field of `Patient` or `Output`, for the name that an error has for a fact."""
    return ARGUMENTS.get(name, name)
