"""What a plan has for one day: the doses with their times, what comes next, and how long the tablets last."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from titrate.wording.phrases import amount, days, review_state, tablets, weekday_date

if TYPE_CHECKING:
    from titrate.model import Day, Plan, Step, TabletCount


AFTER = {
    "open": "the plan ends today. That is not a stop: stay on this dose and call the prescriber.",
    "taper": "no dose: today's is the last.",
    "suspended": "no dose. Call before the next dose; the doctor decides how to stop. Do not go on or stop alone.",
}


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
    pack was named, how many of it are left if all doses were taken.
    """

    date: date
    state: str
    doses: tuple[Taking, ...]
    tomorrow: tuple[Taking, ...] | None
    ends: str | None
    gate: str | None
    days_to_review: int | None
    left: tuple[TabletCount, ...]


def agenda(plan: Plan, day: date, now: datetime) -> Agenda:
    """Return what the plan has for `day`; `now` is in the plan's zone, and tells which of today's doses are past."""
    by_date = {one.date: one for one in plan.days}
    state = _state(plan, day)
    today = by_date.get(day)
    following = by_date.get(day + timedelta(days=1)) if day < date.max else None
    clock = now.time() if day == now.date() else None
    step = _step(plan, day)
    same = (following.doses if following else ()) == (today.doses if today else ())
    ends = plan.ending if today and today == plan.days[-1] else None
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
    )


def text(plan: Plan, found: Agenda) -> str:
    """Return an agenda in lines for a person."""
    lines = [f"{weekday_date(found.date)}: {_headline(plan, found)}"]
    for taking in found.doses:
        past = " (this time is past)" if taking.past else ""
        lines.append(f"  {taking.time:%H:%M}  {taking.slot:<8} {_dose(taking)}{past}")
    if found.gate:
        lines.append(f"  Today is a step: {found.gate}.")
    if found.ends:
        lines.append(f"Tomorrow: {AFTER[found.ends]}")
    elif found.tomorrow is not None:
        lines.append(f"Tomorrow: {'; '.join(f'{taking.time:%H:%M} {_dose(taking)}' for taking in found.tomorrow)}")
    if plan.review and found.days_to_review is not None and found.state != "after":
        when = "today" if not found.days_to_review else f"in {days(found.days_to_review)}"
        lines.append(f"Review: {when} ({weekday_date(plan.review.date)})")
    for count in found.left:
        what = "left in the pack" if plan.inputs.pack else "to the end of the plan"
        lines.append(f"Tablets {what}: {amount(count.count)} of {amount(count.tablet_mg)} mg, today's included")
    if not (found.state == "after" and plan.ending == "taper"):
        lines.append("Do not stop suddenly.")
    lines.append(review_state(plan.protocol))
    return "".join(f"{line}\n" for line in lines)


def document(plan: Plan, found: Agenda) -> dict[str, Any]:
    """Return an agenda as JSON values, `titrate/today/1`; mg and counts are exact numbers."""
    protocol = plan.protocol
    return {
        "schema": "titrate/today/1",
        "protocol": {"id": protocol.id, "version": protocol.version, "reviewed_by": protocol.reviewed_by},
        "date": found.date.isoformat(),
        "state": found.state,
        "doses": [_taking(taking) for taking in found.doses],
        "tomorrow": None if found.tomorrow is None else [_taking(taking) for taking in found.tomorrow],
        "ends": found.ends,
        "gate": found.gate,
        "days_to_review": found.days_to_review,
        "tablets_left": [{"tablet_mg": count.tablet_mg, "count": count.count} for count in found.left],
    }


def _state(plan: Plan, day: date) -> str:
    if plan.ending == "suspended" and (not plan.days or day >= plan.revisions[-1].start):
        return "suspended"
    if day < plan.inputs.start:
        return "before"
    return "running" if plan.days and day <= plan.days[-1].date else "after"


def _headline(plan: Plan, found: Agenda) -> str:
    if found.state == "suspended":
        return AFTER["suspended"]
    last = weekday_date(plan.days[-1].date)
    match found.state:
        case "before":
            away = (plan.inputs.start - found.date).days
            return f"the plan has not started; it starts in {days(away)}, on {weekday_date(plan.inputs.start)}"
        case "after" if plan.ending == "taper":
            return f"the plan is over; the last dose was on {last}"
        case "after":
            return f"the plan ended on {last}. That was not a stop: stay on the last dose and call the prescriber."
    day = (found.date - plan.inputs.start).days + 1
    total = sum((taking.mg for taking in found.doses), Decimal(0))
    final = ", the last planned dose" if plan.ending == "taper" and found.date == plan.days[-1].date else ""
    return f"day {day} of {len(plan.days)}, {amount(total)} mg{final}"


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
    from titrate.model import TabletCount

    if not plan.inputs.tablets:
        return ()
    before: dict[Decimal, Decimal] = {}
    after: dict[Decimal, Decimal] = {}
    for one in plan.days:
        side = before if one.date < day else after
        for taking in _takings(plan, one, None):
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


def _dose(taking: Taking) -> str:
    words = " and ".join(tablets(count) for count in taking.tablets)
    return f"{amount(taking.mg)} mg" + (f" ({words})" if words else "")
