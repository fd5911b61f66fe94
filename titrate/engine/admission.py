"""Which revisions a plan takes, before anything is computed: BadInput for what is wrong for any plan, Refused for this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from titrate.engine import limits
from titrate.engine.actions import ACTIONS
from titrate.errors import BadInput, Refused

if TYPE_CHECKING:
    from datetime import date

    from titrate.model import Plan, Revision

MOST_REVISIONS = 1000


def check(plan: Plan, revision: Revision) -> None:
    """Raise BadInput or Refused unless `plan` takes `revision` on its date (rules 4, 7, 8, 10 and 12)."""
    _check_shape(revision)
    protocol, longest = plan.protocol, plan.protocol.rules.longest_days
    if plan.ending == "suspended":
        wrong = "the plan is suspended (kidney failure): nothing can be revised"
        raise Refused("", wrong, "the doctor decides; make a new plan after")
    if len(plan.revisions) >= MOST_REVISIONS:
        raise Refused("", f"a plan takes no more than {MOST_REVISIONS} changes", "make a new one with the prescriber")
    _check_date(plan, revision.start, longest)
    if revision.days is not None and not 1 <= revision.days <= longest:
        raise BadInput("hold", f"{revision.days} is out of range", f"give 1 to {longest} days")
    if revision.target is not None:
        limits.check_target(revision.target, protocol)
        if revision.target > plan.ceiling:
            band = protocol.band(plan.kidney.band)
            limit = f"above the ceiling of {plan.ceiling:f} mg for kidney band {band.name}: {{cite}}"
            todo = f"give {plan.ceiling:f} or less"
            raise Refused("target", f"{revision.target:f} mg a day is {limit}", todo, cite=band.cite)
    limits.check_tested(revision.patient, revision.at.date())


def _check_shape(revision: Revision) -> None:
    """Each action has what belongs to it and nothing else."""
    has_result = revision.patient.egfr is not None or revision.patient.creatinine is not None
    for action, given in (
        ("hold", revision.days is not None),
        ("target", revision.target is not None),
        ("kidney", has_result or (revision.action == "kidney" and revision.patient.dialysis)),
    ):
        if given != (revision.action == action):
            wrong = f"revision {revision.number}: {action} needs {ACTIONS[action].needs}, and nothing else may have one"
            raise BadInput("", wrong)


def _check_date(plan: Plan, start: date, longest: int) -> None:
    last = plan.days[-1].date
    if plan.revisions and start < plan.revisions[-1].start:
        raise Refused(
            "from", f"{start} is before the last revision ({plan.revisions[-1].start})", "give that date or a later one"
        )
    if start < plan.inputs.start:
        raise Refused("from", f"{start} is before day 1 ({plan.inputs.start})", "give that date or a later one")
    if start <= last:
        return
    if plan.ending == "taper":
        wrong = f"{start} is after the last dose ({last}): the plan is over"
        raise Refused("from", wrong, "for another start make a new plan")
    bridge = (start - last).days + 1
    if bridge + len(plan.days) - 1 > longest:
        raise Refused(
            "from", f"{start} is long after the plan's last day ({last})", "ask the prescriber for a new plan"
        )
    go_on = f"to go on with its last dose, revise with {{from}} {last} {{hold}} {bridge}"
    end = f"to end it safely, then with {{from}} {start} {{stop}}"
    raise Refused("from", f"{start} is after the plan's last day ({last})", f"{go_on}; {end}")
