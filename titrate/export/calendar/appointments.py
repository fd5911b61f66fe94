"""The reminders of a plan that are no doses: steps, review, blood tests, refill, end, and the urgent call."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from titrate.export.calendar import words
from titrate.export.calendar.doses import daily
from titrate.export.calendar.event import DAY, Clock, Event, Voice, in_words
from titrate.wording.phrases import amount, days, reviewed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from titrate.model import Plan

REFILL_LEAD = timedelta(days=7)  # a prescription and a pharmacy's order take days; not a clinical number
CALL_MINUTES = 30


def appointments(plan: Plan, voice: Voice) -> Iterator[Event]:
    """Yield every reminder of the plan that is no dose; a suspended plan has none but its steps' days."""
    yield from _changes(plan, voice)
    if plan.ending == "suspended" or not plan.days:
        return
    if plan.review:
        yield _review(plan, plan.review.date, voice)
    yield from _tests(plan, voice)
    yield from _refill(plan, voice)
    yield from _end(plan, voice)


def _changes(plan: Plan, voice: Voice) -> Iterator[Event]:
    for before, step in pairwise(plan.steps):
        if step.total > before.total:
            gate = (f"{step.gate.text[:1].upper()}{step.gate.text[1:]}.",) if step.gate else ()
            lines = (
                *gate,
                words.GOING_UP.format(doses=daily(step)),
                words.WATCH.format(watch_days=plan.protocol.rules.watch_days),
            )
            hidden = tuple(line.format(before=before.number) for line in words.HIDDEN_GOING_UP)
        else:
            going_down = (line.format(total=amount(step.total), doses=daily(step)) for line in words.GOING_DOWN)
            lines, hidden = (*going_down, words.WORSE), ()
        yield voice.all_day(
            f"change/{step.first_date}",
            step.first_date,
            (
                words.CHANGE.format(step=step.number, total=amount(step.total)),
                (*lines, words.DO_NOT_STOP, *_small_print(plan)),
            ),
            (words.HIDDEN_CHANGE.format(step=step.number), hidden),
            place=f"{step.number}/{len(plan.steps)}",
        )


def _review(plan: Plan, day: date, voice: Voice) -> Event:
    told = (*words.REVIEW_LINES, words.DO_NOT_STOP, *_small_print(plan))
    return voice.all_day(f"review/{day}", day, (words.REVIEW, told), (words.HIDDEN_REVIEW, ()))


def _small_print(plan: Plan) -> tuple[str, ...]:
    protocol = plan.protocol
    return tuple(
        line.format(
            indication=protocol.indication,
            protocol=protocol.id,
            version=protocol.version,
            reviewed_by=reviewed(protocol),
        )
        for line in words.SMALL_PRINT
    )


def _tests(plan: Plan, voice: Voice) -> Iterator[Event]:
    """Yield a reminder each time that the last known blood test grows old, from the last revision on; at once if it is."""
    tested = _tested(plan)
    if tested is None:
        return
    lines = tuple(line.format(days=_serves(plan), tested=in_words(tested)) for line in words.TEST_LINES)
    for due in _test_days(plan):
        yield voice.all_day(f"test/{due}", due, (words.TEST, lines), (words.HIDDEN_TEST, ()))


def _test_days(plan: Plan) -> tuple[date, ...]:
    """The days of the reminders that the last revision, or the first plan, sets; what has rung for this test is not repeated."""
    coming: tuple[date, ...] = ()
    rung: tuple[date, ...] = ()
    for version in (*plan.history, plan):
        since = _since(version)
        rung = (*rung, *(day for day in coming if day < since))
        coming, tested = (), _tested(version)
        if tested is None or not version.days:
            continue
        serves = _serves(version) * DAY
        again = max((day for day in rung if day >= tested + serves), default=tested)
        first = max(again + serves, since)
        times = (version.days[-1].date - first) // serves + 1
        coming = tuple(first + time * serves for time in range(times))
    return coming


def _tested(plan: Plan) -> date | None:
    known = (plan.inputs.patient, *(revision.patient for revision in plan.revisions))
    return next((patient.tested for patient in reversed(known) if patient.tested), None)


def _serves(plan: Plan) -> int:
    return plan.retest_days or plan.protocol.rules.test_old_days


def _since(plan: Plan) -> date:
    """The first day that the last revision, or the first plan, decides."""
    return plan.revisions[-1].start if plan.revisions else plan.inputs.start


def _refill(plan: Plan, voice: Voice) -> Iterator[Event]:
    """Yield a reminder some days before the tablets in hand are used up; none if they last for the plan."""
    lasts_to, day = _lasts_to(plan), _refill_day(plan)
    if lasts_to is None or day is None:
        return
    start, lead = plan.days[0].date, (lasts_to - day).days
    lines = words.REFILL_LINES if lasts_to >= start else (*words.REFILL_LINES[:1], words.REFILL_NONE_LEFT)
    told = (
        *(line.format(pack=plan.inputs.pack, start=in_words(start), last=in_words(lasts_to)) for line in lines),
        *((words.REFILL_LEAD.format(lead=days(lead)),) if lead > 0 else ()),
        words.DO_NOT_STOP,
    )
    yield voice.all_day("refill/1", day, (words.REFILL, told), (words.HIDDEN_REFILL, ()))


def _refill_day(plan: Plan) -> date | None:
    """The day of the reminder: one that a revision moves to before its own first day comes on that day, unless it has rung."""
    day: date | None = None
    for version in (*plan.history, plan):
        lasts_to = _lasts_to(version)
        if lasts_to is None:
            day = None
            continue
        since = _since(version)
        due = lasts_to - REFILL_LEAD
        if due >= since or day is None or day >= since:
            day = max(due, since)
    return day


def _lasts_to(plan: Plan) -> date | None:
    """The last day for which the tablets in hand are enough; None where no pack was named, or they last for the plan."""
    if plan.inputs.pack is None or not plan.inputs.tablets or not plan.days:
        return None
    left, last = Decimal(plan.inputs.pack), plan.days[0].date - DAY
    for step in plan.steps:
        a_day = sum((tablet.count for dose in step.tablets for tablet in dose), Decimal(0))
        enough = min(left // a_day, Decimal(step.last_day - step.first_day + 1))
        left -= enough * a_day
        last += int(enough) * DAY
        if last < step.last_date:
            return last
    return None


def _end(plan: Plan, voice: Voice) -> Iterator[Event]:
    last, after = plan.days[-1], plan.protocol.rules.check_in_days
    if plan.ending != "taper":
        told = tuple(line.format(total=amount(last.total)) for line in words.END_LINES)
        yield voice.all_day(f"end/{last.date}", last.date, (words.END, told), (words.HIDDEN_END, ()))
        return
    told = tuple(line.format(check_in_days=after) for line in words.LAST_DOSE_LINES)
    yield voice.all_day(f"end/{last.date}", last.date, (words.LAST_DOSE, told), (words.LAST_DOSE, ()))
    check_in = last.date + after * DAY
    told = tuple(line.format(check_in_days=after) for line in words.CHECK_IN_LINES)
    yield voice.all_day(
        f"check-in/{check_in}",
        check_in,
        (words.CHECK_IN.format(drug=plan.protocol.drug), told),
        (words.HIDDEN_CHECK_IN, ()),
    )


def urgent_call(plan: Plan, before: Plan, voice: Voice, clock: Clock, *, floating: bool) -> Event:
    """Return the one reminder of a suspended plan, at the time of the first dose that `before` still had.

    `plan` is the plan as its last revision left it; doses that were due when it was made are past.
    """
    revision = plan.revisions[-1]
    lines = words.HIDDEN_URGENT_LINES if voice.discreet else words.URGENT_LINES
    told = (words.URGENT, tuple(line.format(drug=plan.protocol.drug) for line in lines))
    key = f"call/{revision.start}"
    for day in before.days:
        for dose in day.doses if day.date >= revision.start else ():
            wall = getattr(plan.inputs.slots, dose.slot)
            instant = clock.instant(day.date, wall)
            if instant > revision.at:
                odd = not floating and clock.odd_days(day.date, day.date, wall)
                start = instant if odd else datetime.combine(day.date, wall)
                return Event(key, start, CALL_MINUTES, *told, None if voice.alarm is None else 0)
    return voice.all_day(key, revision.start, told, told)
