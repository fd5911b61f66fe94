"""What no plan and no revision may ask, before anything is computed: BadInput for what is wrong for any patient, Refused for what
this plan cannot take.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from titrate.engine.actions import ACTIONS, CHANGE_NO_DOSE, CONTINUE, NEWS, SETTINGS
from titrate.engine.kidney import band_of
from titrate.engine.settings import local
from titrate.errors import BadInput, Refused, did_you_mean
from titrate.model import SLOTS, UNDO, Finding, Inputs, NewSettings, Patient, Slots

if TYPE_CHECKING:
    from titrate.engine.daily_dose import Life
    from titrate.model import Plan, Protocol, Revision, Tablet

MINUTES_A_DAY = 24 * 60
NOBODY = frozenset({"name", "none", "nobody", "unknown", "prescriber", "tbd", "n/a"})
MOST_REVISIONS = 1000
EARLIEST = date(1971, 1, 1)  # calendars describe time zones from 1970 on


def check_inputs(inputs: Inputs, protocol: Protocol, today: date) -> None:
    """Raise BadInput unless a plan could have these inputs; `today` is the day on which it is made."""
    rules = protocol.rules
    if inputs.target is not None:
        check_target(inputs.target, protocol)
    if inputs.days is not None:
        check_days(inputs.days, protocol)
    check_start(inputs.start, protocol)
    check_tested(inputs.patient, today)
    check_slots(inputs.slots, rules.slot_gap_hours)


def check_days(days: int, protocol: Protocol) -> None:
    """Raise BadInput unless a plan can be so long."""
    longest = protocol.rules.longest_days
    if not 1 <= days <= longest:
        raise BadInput("days", f"{days} is out of range", f"give 1 to {longest}")


def check_start(start: date, protocol: Protocol) -> None:
    """Raise BadInput unless a calendar can have that first day, and the days after it."""
    if start < EARLIEST:
        raise BadInput("start", f"{start} is too early for a calendar", "check the year")
    if date.max - start < timedelta(days=2 * protocol.rules.longest_days):
        raise BadInput("start", f"{start} is too late for a calendar", "check the year")


def check_target(target: Decimal, protocol: Protocol) -> None:
    """Raise BadInput unless the protocol has that daily dose, in mg."""
    if not any(rung.total == target for rung in protocol.ladder):
        known = ", ".join(f"{rung.total:f}" for rung in protocol.ladder)
        raise BadInput("target", f"{target:f} is not a daily dose of this protocol", f"give one of {known} mg")


def check_tested(patient: Patient, today: date) -> None:
    """Raise BadInput unless the blood was taken by then."""
    if patient.tested is not None and patient.tested > today:
        raise BadInput("tested", f"{patient.tested} is in the future", "give the day on which blood was taken")


def check_confirmations(confirmed: tuple[str, ...], prescriber: str | None, findings: tuple[Finding, ...]) -> None:
    """Raise BadInput unless every confirmed code was raised and somebody confirms it."""
    can_confirm = list(dict.fromkeys(finding.code for finding in findings if finding.severity == "confirm"))
    for code in confirmed:
        if code not in can_confirm:
            raised = f"to confirm here: {', '.join(can_confirm)}" if can_confirm else "nothing here needs it"
            todo = f"leave it out ({raised}){did_you_mean(code, can_confirm)}"
            raise BadInput("confirm", "{typed} was not raised", todo, typed=code or "nothing")
    if not confirmed:
        return
    if not (prescriber or "").strip():
        raise BadInput("confirm", "a confirmation needs the prescriber's name", "give {prescriber} NAME")
    if not names_somebody(prescriber):
        todo = "give that of the prescriber who confirms"
        raise BadInput("prescriber", "{typed} is nobody's name", todo, typed=prescriber)


def check_revision(plan: Plan, revision: Revision) -> None:
    """Raise BadInput or Refused unless `plan` takes `revision` on its date (rules 4, 7, 8, 10 and 12)."""
    _check_needs(revision)
    protocol = revision.protocol or plan.protocol
    if protocol.version < plan.in_force.version and revision.action != UNDO:
        wrong = f"revision {revision.number}: protocol {protocol.version} is older than the one before it"
        raise BadInput("", wrong)
    if plan.ending == "suspended" and revision.action != UNDO:
        wrong = "the plan is suspended (kidney failure): nothing can be revised"
        raise Refused("", wrong, "the doctor decides; make a new plan after, or take back a typing error with {undo}")
    if len(plan.revisions) >= MOST_REVISIONS:
        raise Refused("", f"a plan takes no more than {MOST_REVISIONS} changes", "make a new one with the prescriber")
    if revision.action != UNDO:  # which starts where what it takes back did
        _check_first_day(plan, revision)
    if revision.days is not None:
        check_more_days(revision.action, revision.days, protocol)
    if revision.target is not None:
        check_target(revision.target, protocol)
        band = band_of(plan.kidney.value, protocol)
        if revision.target > band.ceiling:
            limit = f"above the ceiling of {band.ceiling:f} mg for kidney band {band.name}: {{cite}}"
            todo = f"give {band.ceiling:f} or less"
            raise Refused("target", f"{revision.target:f} mg a day is {limit}", todo, cite=band.cite)
    check_tested(revision.patient, local(plan.settings, revision.at)[1])


def check_more_days(action: str, days: int, protocol: Protocol) -> None:
    """Raise BadInput unless a hold, or going on, can be asked for so many days."""
    longest = protocol.rules.longest_days
    if not 1 <= days <= longest:
        raise BadInput(action, f"{days} is out of range", f"give 1 to {longest} days")


def _check_needs(revision: Revision) -> None:
    """Raise BadInput unless the action has what belongs to it and nothing else."""
    has_result = revision.patient.egfr is not None or revision.patient.creatinine is not None
    for actions, given in (
        (("hold", CONTINUE), revision.days is not None),
        (("target",), revision.target is not None),
        (("kidney",), has_result or (revision.action == "kidney" and revision.patient.dialysis)),
        ((SETTINGS,), revision.settings != NewSettings()),
    ):
        action = revision.action if revision.action in actions else actions[0]
        if given != (revision.action == action):
            wrong = f"revision {revision.number}: {action} needs {ACTIONS[action].needs}, and nothing else may have one"
            raise BadInput("", wrong)
    says_nothing = revision.patient == Patient() and not revision.stopped and not revision.confirmed
    if revision.action == NEWS and says_nothing:
        raise BadInput("", f"revision {revision.number}: news needs a fact", "give what was learned of the patient")
    if revision.action in CHANGE_NO_DOSE and not says_nothing:
        wrong = f"revision {revision.number}: {revision.action} learns nothing of the patient"
        raise BadInput("", wrong, "give that in a revision of its own")
    if both := {*map(str.casefold, revision.patient.taking or ())} & {*map(str.casefold, revision.stopped)}:
        wrong = "they contradict each other about {typed}"
        raise BadInput(("taking", "stopped"), wrong, "give one", typed=min(both))


def _check_first_day(plan: Plan, revision: Revision) -> None:
    """Raise Refused unless the plan can change on that date."""
    start, first, last = revision.start, plan.inputs.start, plan.days[-1].date if plan.days else plan.inputs.start
    if revision.action == CONTINUE and plan.ending == "taper":
        raise Refused("continue", "the plan is stopping", "use {hold} to slow it, or {resume} first")
    if plan.standing and start < plan.standing[-1].start:
        wrong = f"{start} is before the last revision ({plan.standing[-1].start})"
        raise Refused("from", wrong, "give that date or a later one, or first take that revision back with {undo}")
    today, longest = local(plan.settings, revision.at)[1], plan.in_force.rules.longest_days
    if (start - max(today, first, last)).days > longest:
        raise BadInput("from", f"{start} is more than {longest} days ahead", "check the year")
    if start < first:
        raise Refused("from", f"{start} is before day 1 ({first})", "give that date or a later one")
    if plan.ending == "taper" and start > last:
        wrong = f"{start} is after the last dose ({last}): the plan is over"
        raise Refused("from", wrong, "for another start make a new plan")
    if revision.action == CONTINUE and start <= last:
        wrong = f"{start} is not after the plan's last day ({last}), from which it goes on"
        raise BadInput("from", wrong, "leave it out")


def check_length(action: str, before: int, life: Life, longest: int) -> None:
    """Raise Refused where a revision that asks for more makes a plan of `before` days too long: a hold, days to go on, a rise.

    What lowers, and what is learned, goes past the `longest` plan as far as needed (rule 10).
    """
    longer = action in ("hold", CONTINUE) and len(life.rungs) > max(longest, before)
    if longer or (life.withheld and action in ("resume", "target")):
        wrong = f"the plan would be longer than {longest} days"
        raise Refused("", wrong, "start a new plan with the prescriber")


def names_somebody(prescriber: str | None) -> bool:
    """Return whether a text can be a person's name, and not the word that the help prints in its place.

    >>> names_somebody("Dr. A. Weber"), names_somebody("NAME"), names_somebody("-"), names_somebody(None)
    (True, False, False, False)
    """
    name = (prescriber or "").strip()
    return any(map(str.isalpha, name)) and name.casefold() not in NOBODY


def chosen_tablets(strengths: tuple[Decimal, ...], protocol: Protocol) -> tuple[Tablet, ...]:
    """Return the tablets of these strengths, in mg, each once; BadInput for one that does not exist."""
    if not strengths:
        return ()
    known = {tablet.mg: tablet for tablet in protocol.tablets}
    for mg in strengths:
        if mg not in known:
            names = ", ".join(f"{strength:f}" for strength in known)
            raise BadInput("tablet", f"no baclofen tablet of {mg:f} mg is known", f"give one of {names}")
    return tuple(known[mg] for mg in dict.fromkeys(strengths))


@lru_cache(maxsize=64)  # most plans have the clinic's times
def check_slots(slots: Slots, least: int) -> None:
    """Raise BadInput unless slots keep their order and their distance in hours, evening to the next morning included."""
    times = [time.hour * 60 + time.minute for time in slots]
    for index, slot in enumerate(SLOTS):
        after = (index + 1) % len(SLOTS)
        following = times[after] + (0 if after else MINUTES_A_DAY)
        if following - times[index] < least * 60:
            here, then = slots[index], slots[after]
            wrong = f"{here:%H:%M} and {then:%H:%M} are out of order or less than {least} hours apart"
            todo = f"give morning, midday and evening in this order, at least {least} hours apart"
            raise BadInput((slot, SLOTS[after]), wrong, todo)
