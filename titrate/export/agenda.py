"""What a plan has for one day, as values: the next dose, what to do about a missed one, changes, tablets left."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from titrate.engine.settings import due as due_at
from titrate.engine.tablets import lasts_to, left_on
from titrate.export.for_you import for_you, for_you_from
from titrate.model import TabletCount
from titrate.wording import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from titrate.model import Day, Plan, Step

DAY = timedelta(days=1)
NIGHT_ENDS = time(4)  # until then a dose of the evening before is late and no dose of the day before; a tool rule
MORNING_ENDS = time(12)
TAKE, SKIP, CALL = "take", "skip", "call"
# Urgent, and yet the next dose is taken: stopping at once would be worse.
TAKEN_ALL_THE_SAME = frozenset({"large-fall", "pregnancy"})


class Taking(NamedTuple):
    """One dose of a day; `past` is None where the day is not today.

    `advice` is what to do if it was not taken, where its time is past: "take" it now, "skip" it, or "call" before taking it.
    `if_up`: it is part of the day's rise alone, so that who did not go up does not take it.
    """

    slot: str
    time: time
    mg: Decimal
    tablets: tuple[TabletCount, ...]
    past: bool | None
    advice: str | None = None
    if_up: bool = False


class Next(NamedTuple):
    """The next dose and its day; `change` is the rise or fall that begins then, `call` says to call before it is taken."""

    date: date
    taking: Taking
    change: tuple[Step, Step] | None
    call: bool


class Moment(NamedTuple):
    """What depends on the time of day: the next dose, the doses of the day, past or not, and what to do about missed ones."""

    next: Next | None
    doses: tuple[Taking, ...]
    yesterday: tuple[Taking, ...]
    call_if: tuple[str, ...]


class Agenda(NamedTuple):
    """One day of a plan.

    `state` is "before", "running" or "after" the plan, or "suspended". `next` is the first dose still ahead, None where the
    day is not today. `yesterday` holds the dose of the evening before that is still to be decided about. `change` and
    `change_tomorrow` are the steps from and to which the dose changes on this day and the next. `tomorrow` holds tomorrow's
    doses where they differ; `ends`, on the last day with a dose, says what comes then: "open" (go on and call), "taper" (the
    last dose) or "suspended". `stay` holds the doses that go on after an open plan. `left` is how many of each tablet the plan
    takes from this day on, or, where a pack was named, how many of it are left if all doses were taken; `lasts` for how many
    days, None where nobody knows or they last for the plan. `watch`: it is one of the days after a start or a rise on which to
    watch closely. `call_if`, `urgent` and `for_you` are in the patient's words: when
    to call after missed doses, and what speaks against the plan.
    """

    date: date
    state: str
    next: Next | None
    doses: tuple[Taking, ...]
    yesterday: tuple[Taking, ...]
    call_if: tuple[str, ...]
    change: tuple[Step, Step] | None
    change_tomorrow: tuple[Step, Step] | None
    tomorrow: tuple[Taking, ...] | None
    ends: str | None
    watch: bool
    stay: tuple[Taking, ...]
    days_to_review: int | None
    days_to_check_in: int | None
    left: tuple[TabletCount, ...]
    lasts: int | None
    urgent: tuple[str, ...]
    for_you: tuple[str, ...]


def agenda(plan: Plan, day: date, now: datetime) -> Agenda:
    """Return what the plan has for `day`; `now` is in the plan's zone, and tells what is past and what comes next today."""
    state = _state(plan, day)
    today, following = _day(plan, day), _day(plan, day + DAY if day < date.max else None)
    same = (following.doses if following else ()) == (today.doses if today else ())
    ends = plan.ending if today and today == plan.days[-1] else None
    advice = for_you_from(day, plan, words()) if state == "suspended" else for_you(plan, words(), day)
    coming = state in ("before", "running")
    is_today = day == now.date() and state != "suspended"
    clock = at_moment(plan, now) if is_today else Moment(None, _takings(plan, today, None), (), ())
    enough_to = lasts_to(plan)
    last = plan.days[-1] if plan.days else None
    is_open = plan.ending == "open" and last is not None
    check_in = last.date + plan.protocol.rules.check_in_days * DAY if last and plan.ending == "taper" else date.min
    return Agenda(
        date=day,
        state=state,
        next=clock.next,
        doses=clock.doses,
        yesterday=clock.yesterday,
        call_if=clock.call_if,
        change=_change_on(plan, day),
        change_tomorrow=_change_on(plan, day + DAY) if following else None,
        tomorrow=None if same or ends == "open" else _takings(plan, following, None),
        ends=ends,
        watch=today is not None and _is_watched(plan, day),
        stay=_takings(plan, last, None) if is_open and (state == "after" or ends) else (),
        days_to_review=_days_to(plan.review.date, day) if plan.review else None,
        days_to_check_in=_days_to(check_in, day) if state == "after" else None,
        left=left_on(plan, day) if coming else (),
        lasts=max((enough_to - max(day, plan.inputs.start)).days + 1, 0) if coming and enough_to else None,
        urgent=advice.urgent,
        for_you=advice.other if state != "after" else (),
    )


def at_moment(plan: Plan, now: datetime) -> Moment:
    """Return what depends on the clock at `now`, in the plan's zone."""
    day = now.date()
    state = _state(plan, day)
    if state == "suspended":
        return Moment(None, (), (), ())
    today, before = (_day(plan, each) for each in (day, day - DAY if day > date.min else None))
    doses = _takings(plan, today, now)
    yesterday = _late(plan, before, now)
    missed = any(taking.advice for taking in doses)
    return Moment(
        next=_next(plan, now) if state in ("before", "running") else None,
        doses=doses,
        yesterday=yesterday,
        call_if=_call_if(plan, today if missed else before) if missed or yesterday else (),
    )


def total(takings: Iterable[Taking]) -> Decimal:
    """Return how many mg some doses are in all."""
    return sum((taking.mg for taking in takings), Decimal(0))


def past_today(plan: Plan, now: datetime) -> tuple[Taking, ...]:
    """Return the doses of today whose time is past; `now` is in the plan's zone."""
    return tuple(taking for taking in at_moment(plan, now).doses if taking.past)


def _state(plan: Plan, day: date) -> str:
    if plan.ending == "suspended" and (not plan.days or day >= plan.revisions[-1].start):
        return "suspended"
    if day < plan.inputs.start:
        return "before"
    return "running" if plan.days and day <= plan.days[-1].date else "after"


def _days_to(day: date, today: date) -> int | None:
    return (day - today).days if day >= today else None


def _day(plan: Plan, day: date | None) -> Day | None:
    """The planned day of a date, or None; a plan's days are in order."""
    if day is None:
        return None
    place = bisect_left(plan.days, day, key=lambda planned: planned.date)
    return plan.days[place] if place < len(plan.days) and plan.days[place].date == day else None


def _step(plan: Plan, day: date) -> Step | None:
    return next((step for step in plan.steps if step.first_date <= day <= step.last_date), None)


def _is_watched(plan: Plan, day: date) -> bool:
    """Whether it is one of the first days of the plan or of a rise."""
    rises = (step.first_date for before, step in pairwise(plan.steps) if step.total > before.total)
    return any(0 <= (day - first).days < plan.protocol.rules.watch_days for first in (plan.inputs.start, *rises))


def _change_on(plan: Plan, day: date) -> tuple[Step, Step] | None:
    changes = ((before, step) for before, step in pairwise(plan.steps) if before.total != step.total)
    return next((pair for pair in changes if pair[1].first_date == day), None)


# --- The clock: what is past, what comes next, what to do about a dose that was not taken ---


def _takings(plan: Plan, day: Day | None, now: datetime | None) -> tuple[Taking, ...]:
    if day is None:
        return ()
    step = _step(plan, day.date)
    pieces = step.tablets if step and step.tablets else ((),) * len(day.doses)
    times = plan.settings_on(day.date).slots._asdict()
    takings = tuple(
        Taking(dose.slot, times[dose.slot], dose.mg, tuple(counts), None)
        for dose, counts in zip(day.doses, pieces, strict=True)
    )
    return takings if now is None else tuple(_at(plan, day.date, taking, now) for taking in takings)


def _at(plan: Plan, day: date, taking: Taking, now: datetime) -> Taking:
    """The dose as it is at a moment: past or not, and what to do about it if it was not taken."""
    due = due_at(plan.settings_on(day), day, taking.slot)
    if due >= now:
        return taking._replace(past=False)
    following = next((later for later, _, _ in _schedule(plan, day) if later > due), None)
    hours = timedelta(hours=plan.protocol.rules.missed_skip_hours)
    near = following is not None and following - now < hours  # or due already
    change = _change_on(plan, day)
    if_up = bool(change and change[1].gate) and not _was_taken_before(taking, change)
    advice = SKIP if near else CALL if _calls_first(plan) else TAKE
    return taking._replace(past=True, advice=advice, if_up=if_up)


def _was_taken_before(taking: Taking, change: tuple[Step, Step] | None) -> bool:
    """Whether the dose was the same before a change."""
    return change is None or any((dose.slot, dose.mg) == (taking.slot, taking.mg) for dose in change[0].doses)


def _calls_first(plan: Plan) -> bool:
    """Whether something urgent asks for a call before the next dose."""
    urgent = {finding.code for finding in plan.findings if finding.severity == "urgent"}
    return bool(urgent - TAKEN_ALL_THE_SAME)


def _late(plan: Plan, day: Day | None, now: datetime) -> tuple[Taking, ...]:
    """The last dose of the day before, in the night after it; on one dose a day it is to be skipped the next morning.

    Where the clock was put forward between them, a dose of the day before may be due only today, or is still ahead.
    """
    takings = tuple(taking for taking in _takings(plan, day, now) if taking.past)
    if day is None or not takings:
        return ()
    if now.time() < NIGHT_ENDS or _due(plan, day.date, takings[-1], now).date() == now.date():
        return takings[-1:]
    if len(day.doses) == 1 and now.time() < MORNING_ENDS:
        return (takings[0]._replace(advice=SKIP),)
    return ()


def _due(plan: Plan, day: date, taking: Taking, now: datetime) -> datetime:
    """When a dose is due, on the clock of `now`."""
    return due_at(plan.settings_on(day), day, taking.slot).astimezone(now.tzinfo)


def _next(plan: Plan, now: datetime) -> Next | None:
    """The first dose that is still ahead."""
    # A dose of the day before may be ahead where the clock was put forward.
    first = max(now.date() - DAY, plan.inputs.start)
    for due, day, taking in _schedule(plan, first):
        if due >= now:
            change = _change_on(plan, day)
            return Next(day, taking, None if _was_taken_before(taking, change) else change, _calls_first(plan))
    return None


def _schedule(plan: Plan, first: date) -> Iterator[tuple[datetime, date, Taking]]:
    """Yield the doses of a day and of the two after it, with when they are due; an open plan goes on as it ends."""
    days = [(day, planned) for day in (first, first + DAY, first + 2 * DAY) if (planned := _day(plan, day))]
    if plan.ending == "open" and days and plan.days[-1].date == days[-1][0]:
        days.append((days[-1][0] + DAY, plan.days[-1]))
    for day, planned in days:
        for taking in _takings(plan, planned, None):
            yield due_at(plan.settings_on(day), day, taking.slot), day, taking


def _call_if(plan: Plan, day: Day | None) -> tuple[str, ...]:
    """When to call after missed doses: nobody but the patient knows how many there were."""
    rules, say = plan.protocol.rules, words().say
    if day and len(day.doses) == 1:
        return (say("missed.evenings", evenings=rules.missed_evenings),)
    return (say("missed.all_day", hours=rules.missed_all_hours),)
