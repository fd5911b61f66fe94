"""What a plan has for one day, as values and as JSON: the doses and their times, what comes next, how long tablets last."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from titrate.export.for_you import for_you
from titrate.model import TabletCount
from titrate.wording import words

if TYPE_CHECKING:
    from titrate.model import Day, Plan, Step


class Taking(NamedTuple):
    """One dose of the day; `past` is None where the day is not today."""

    slot: str
    time: time
    mg: Decimal
    tablets: tuple[TabletCount, ...]
    past: bool | None


class Agenda(NamedTuple):
    """One day of a plan.

    `state` is "before", "running" or "after" the plan, or "suspended". `tomorrow` holds tomorrow's doses where they differ;
    `ends`, on the last day with a dose, says what comes then: "open" (go on and call), "taper" (the last dose) or "suspended".
    `gate` is the condition where today is a rise; `left` how many of each tablet the plan takes from this day on, or, where a
    pack was named, how many of it are left if all doses were taken. `urgent` and `for_you` are what speaks against the plan, in
    the patient's words.
    """

    date: date
    state: str
    doses: tuple[Taking, ...]
    tomorrow: tuple[Taking, ...] | None
    ends: str | None
    gate: str | None
    days_to_review: int | None
    left: tuple[TabletCount, ...]
    urgent: tuple[str, ...]
    for_you: tuple[str, ...]


def agenda(plan: Plan, day: date, now: datetime) -> Agenda:
    """Return what the plan has for `day`; `now` is in the plan's zone, and tells which of today's doses are past."""
    by_date = {planned.date: planned for planned in plan.days}
    state = _state(plan, day)
    today = by_date.get(day)
    following = by_date.get(day + timedelta(days=1)) if day < date.max else None
    clock = now.time() if day == now.date() else None
    step = _step(plan, day)
    same = (following.doses if following else ()) == (today.doses if today else ())
    ends = plan.ending if today and today == plan.days[-1] else None
    advice = for_you(plan, words())
    to_review = (plan.review.date - day).days if plan.review and plan.review.date >= day else None
    return Agenda(
        date=day,
        state=state,
        doses=_takings(plan, today, clock),
        tomorrow=None if same or ends == "open" else _takings(plan, following, None),
        ends=ends,
        gate=step.gate.text if step and step.gate and step.first_date == day else None,
        days_to_review=to_review,
        left=_left(plan, day) if state in ("before", "running") else (),
        urgent=() if state == "suspended" else advice.urgent,  # then nothing else is said
        for_you=advice.other if state in ("before", "running") else (),
    )


def document(plan: Plan, day: Agenda) -> dict[str, Any]:
    """Return the agenda of a day as JSON values, `titrate/today/1`; mg and counts are exact numbers."""
    protocol = plan.protocol
    return {
        "schema": "titrate/today/1",
        "protocol": {"id": protocol.id, "version": protocol.version, "reviewed_by": protocol.reviewed_by},
        "date": day.date.isoformat(),
        "state": day.state,
        "urgent": list(day.urgent),
        "doses": [_taking(taking) for taking in day.doses],
        "tomorrow": None if day.tomorrow is None else [_taking(taking) for taking in day.tomorrow],
        "ends": day.ends,
        "gate": day.gate,
        "for_you": list(day.for_you),
        "days_to_review": day.days_to_review,
        "tablets_left": [{"tablet_mg": count.tablet_mg, "count": count.count} for count in day.left],
    }


def _state(plan: Plan, day: date) -> str:
    if plan.ending == "suspended" and (not plan.days or day >= plan.revisions[-1].start):
        return "suspended"
    if day < plan.inputs.start:
        return "before"
    return "running" if plan.days and day <= plan.days[-1].date else "after"


def _step(plan: Plan, day: date) -> Step | None:
    return next((step for step in plan.steps if step.first_date <= day <= step.last_date), None)


def _takings(plan: Plan, day: Day | None, clock: time | None) -> tuple[Taking, ...]:
    if day is None:
        return ()
    step = _step(plan, day.date)
    pieces = step.tablets if step and step.tablets else ((),) * len(day.doses)
    times = plan.inputs.slots._asdict()
    return tuple(
        Taking(dose.slot, times[dose.slot], dose.mg, tuple(counts), None if clock is None else times[dose.slot] < clock)
        for dose, counts in zip(day.doses, pieces, strict=True)
    )


def _left(plan: Plan, day: date) -> tuple[TabletCount, ...]:
    if not plan.inputs.tablets:
        return ()
    before: dict[Decimal, Decimal] = {}
    after: dict[Decimal, Decimal] = {}
    for planned in plan.days:
        side = before if planned.date < day else after
        for taking in _takings(plan, planned, None):
            for count in taking.tablets:
                side[count.tablet_mg] = side.get(count.tablet_mg, Decimal(0)) + count.count
    if plan.inputs.pack:
        mg = plan.inputs.tablets[0]
        return (TabletCount(mg, max(Decimal(0), plan.inputs.pack - before.get(mg, Decimal(0)))),)
    return tuple(TabletCount(mg, count) for mg, count in sorted(after.items()))


def _taking(taking: Taking) -> dict[str, Any]:
    return {
        "slot": taking.slot,
        "time": f"{taking.time:%H:%M}",
        "dose_mg": taking.mg,
        "tablets": [{"tablet_mg": count.tablet_mg, "count": count.count} for count in taking.tablets],
        "past": taking.past,
    }
