"""What is wrong for any patient: a target, a length, a date or clock times that no plan can have. Raises BadInput (exit 2)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from titrate.errors import BadInput
from titrate.model import SLOTS, Finding, Inputs, Patient, Slots

if TYPE_CHECKING:
    from titrate.model import Protocol, Tablet

MINUTES_A_DAY = 24 * 60
NOBODY = frozenset({"name", "none", "nobody", "unknown", "prescriber", "tbd", "n/a"})
EARLIEST = date(1971, 1, 1)  # calendars describe time zones from 1970 on


def check_inputs(inputs: Inputs, protocol: Protocol, made: date) -> None:
    """Raise BadInput unless a plan could have these inputs; `made` is the day on which it is made."""
    rules = protocol.rules
    if inputs.target is not None:
        check_target(inputs.target, protocol)
    if inputs.days is not None and not 1 <= inputs.days <= rules.longest_days:
        raise BadInput("days", f"{inputs.days} is out of range", f"give 1 to {rules.longest_days}")
    if inputs.start < EARLIEST:
        raise BadInput("start", f"{inputs.start} is too early for a calendar", "check the year")
    if date.max - inputs.start < timedelta(days=2 * rules.longest_days):
        raise BadInput("start", f"{inputs.start} is too late for a calendar", "check the year")
    check_tested(inputs.patient, made)
    _check_slots(inputs.slots, rules.slot_gap_hours)


def check_target(target: Decimal, protocol: Protocol) -> None:
    """Raise BadInput unless the protocol has that daily dose, in mg."""
    if not any(rung.total == target for rung in protocol.ladder):
        known = ", ".join(f"{rung.total:f}" for rung in protocol.ladder)
        raise BadInput("target", f"{target:f} is not a daily dose of this protocol", f"give one of {known} mg")


def check_tested(patient: Patient, made: date) -> None:
    """Raise BadInput unless the blood was taken by then."""
    if patient.tested is not None and patient.tested > made:
        raise BadInput("tested", f"{patient.tested} is in the future", "give the day on which blood was taken")


def check_confirmations(confirmed: tuple[str, ...], prescriber: str | None, found: tuple[Finding, ...]) -> None:
    """Raise BadInput unless every confirmed code was raised and somebody confirms it."""
    can_confirm = list(dict.fromkeys(finding.code for finding in found if finding.severity == "confirm"))
    for code in confirmed:
        if code not in can_confirm:
            raised = f"to confirm here: {', '.join(can_confirm)}" if can_confirm else "nothing here needs it"
            raise BadInput("confirm", "{typed} was not raised", f"leave it out ({raised})", typed=code or "nothing")
    if not confirmed:
        return
    if not (prescriber or "").strip():
        raise BadInput("confirm", "a confirmation needs the prescriber's name", "give {prescriber} NAME")
    if not names_somebody(prescriber):
        todo = "give that of the prescriber who confirms"
        raise BadInput("prescriber", "{typed} is nobody's name", todo, typed=prescriber)


def names_somebody(prescriber: str | None) -> bool:
    """Return whether a text can be a person's name, and not the word that the help prints in its place.

    >>> names_somebody("Dr. A. Weber"), names_somebody("NAME"), names_somebody("-"), names_somebody(None)
    (True, False, False, False)
    """
    told = (prescriber or "").strip()
    return any(map(str.isalpha, told)) and told.casefold() not in NOBODY


def chosen_tablets(inputs: Inputs, protocol: Protocol) -> tuple[Tablet, ...]:
    """Return the tablets that were named, each once; BadInput for a strength that does not exist."""
    if not inputs.tablets:
        return ()
    known = {tablet.mg: tablet for tablet in protocol.tablets}
    for mg in inputs.tablets:
        if mg not in known:
            names = ", ".join(f"{strength:f}" for strength in known)
            raise BadInput("tablet", f"no baclofen tablet of {mg:f} mg is known", f"give one of {names}")
    return tuple(known[mg] for mg in dict.fromkeys(inputs.tablets))


@lru_cache(maxsize=64)  # most plans have the clinic's times
def _check_slots(slots: Slots, least: int) -> None:
    """Slots keep their order and their distance in hours, evening to the next morning included."""
    times = [time.hour * 60 + time.minute for time in slots]
    for index, slot in enumerate(SLOTS):
        after = (index + 1) % len(SLOTS)
        following = times[after] + (0 if after else MINUTES_A_DAY)
        if following - times[index] < least * 60:
            here, then = slots[index], slots[after]
            wrong = f"{here:%H:%M} and {then:%H:%M} are out of order or less than {least} hours apart"
            todo = f"give morning, midday and evening in this order, at least {least} hours apart"
            raise BadInput((slot, SLOTS[after]), wrong, todo)
