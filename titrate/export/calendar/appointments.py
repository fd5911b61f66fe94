"""The reminders of a plan that are no doses: steps, review, blood tests, refill, end, and the urgent call."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from titrate.export.calendar.event import DAY, Event, Message, Style
from titrate.wording.phrases import amount, reviewed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from titrate.export.calendar.clock import Clock
    from titrate.model import Plan, Step

REFILL_LEAD = timedelta(days=7)  # a prescription and a pharmacy's order take days; not a clinical number
CALL_MINUTES = 30


def appointments(plan: Plan, style: Style) -> Iterator[Event]:
    """Yield every reminder of the plan that is no dose; a suspended plan has none but its steps' days."""
    yield from _changes(plan, style)
    if plan.ending == "suspended" or not plan.days:
        return
    if plan.review:
        yield _review(plan, plan.review.date, style)
    yield from _tests(plan, style)
    yield from _refill(plan, style)
    yield from _end(plan, style)


def _changes(plan: Plan, style: Style) -> Iterator[Event]:
    say = style.words.say
    for before, step in pairwise(plan.steps):
        total, up = amount(step.total), step.total > before.total
        lines = (_going_up if up else _going_down)(plan, step, style)
        if_up = say("calendar_change.discreet_going_up"), say("calendar.discreet_if_not_up", before=before.number)
        yield style.all_day(
            f"change/{step.first_date}",
            step.first_date,
            Message(
                say("calendar_change.title", step=step.number, total=total),
                (*lines, *style.for_you.other, say("common.do_not_stop"), *_small_print(plan, style)),
            ),
            Message(say("calendar_change.discreet_title", step=step.number), if_up if up else ()),
            place=f"{step.number}/{len(plan.steps)}",
        )


def _going_up(plan: Plan, step: Step, style: Style) -> tuple[str, ...]:
    say = style.words.say
    gate = (f"{step.gate.text[:1].upper()}{step.gate.text[1:]}.",) if step.gate else ()
    return (
        *gate,
        say("calendar_change.going_up", doses=_daily(step, style)),
        say("calendar_change.watch", watch_days=plan.protocol.rules.watch_days),
    )


def _going_down(_: Plan, step: Step, style: Style) -> tuple[str, ...]:
    less = style.words.lines("calendar_change.going_down", total=amount(step.total), doses=_daily(step, style))
    return (*less, style.words.say("calendar.worse"))


def _daily(step: Step, style: Style) -> str:
    """Return what a step's day is, in words: `5 mg in the morning and 5 mg in the evening`."""
    say = style.words.say
    doses = [say("calendar_change.dose", mg=amount(dose.mg), when=say(f"when.{dose.slot}")) for dose in step.doses]
    return style.words.listed(doses)


def _review(plan: Plan, day: date, style: Style) -> Event:
    say = style.words.say
    lines = (*style.words.lines("calendar_review.lines"), say("common.do_not_stop"), *_small_print(plan, style))
    full, discreet = Message(say("calendar_review.title"), lines), Message(say("calendar_review.discreet_title"))
    return style.all_day(f"review/{day}", day, full, discreet)


def _small_print(plan: Plan, style: Style) -> tuple[str, ...]:
    protocol = plan.protocol
    return style.words.lines(
        "calendar_change.small_print",
        indication=protocol.indication,
        protocol=protocol.id,
        version=protocol.version,
        reviewed_by=reviewed(protocol),
    )


def _tests(plan: Plan, style: Style) -> Iterator[Event]:
    """Yield a reminder each time that the last known blood test grows old, from the last revision on; at once if it is."""
    tested, say = _tested(plan), style.words.say
    if tested is None:
        return
    lines = style.words.lines("calendar_test.lines", days=_serves(plan), tested=style.words.day(tested))
    full, discreet = Message(say("calendar_test.title"), lines), Message(say("calendar_test.discreet_title"))
    for due in _test_days(plan):
        yield style.all_day(f"test/{due}", due, full, discreet)


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


def _refill(plan: Plan, style: Style) -> Iterator[Event]:
    """Yield a reminder some days before the tablets in hand are used up; none if they last for the plan."""
    lasts_to, day = _lasts_to(plan), _refill_day(plan)
    if lasts_to is None or day is None:
        return
    say, start, lead = style.words.say, plan.days[0].date, (lasts_to - day).days
    lines = [
        say("calendar_refill.had", pack=plan.inputs.pack, start=style.words.day(start)),
        say("calendar_refill.lasts_to", last=style.words.day(lasts_to))
        if lasts_to >= start
        else say("calendar_refill.none_left"),
    ]
    if lead > 0:
        days = say("calendar.day" if lead == 1 else "calendar.days", count=lead)
        lines.append(say("calendar_refill.lead", lead=days))
    full = Message(say("calendar_refill.title"), (*lines, say("common.do_not_stop")))
    yield style.all_day("refill/1", day, full, Message(say("calendar_refill.discreet_title")))


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


def _end(plan: Plan, style: Style) -> Iterator[Event]:
    say, lines = style.words.say, style.words.lines
    last, after = plan.days[-1], plan.protocol.rules.check_in_days
    if plan.ending != "taper":
        stay = (*lines("calendar_end.lines", total=amount(last.total)), say("common.do_not_stop"))
        full, discreet = Message(say("calendar_end.title"), stay), Message(say("calendar_end.discreet_title"))
        yield style.all_day(f"end/{last.date}", last.date, full, discreet)
        return
    title, danger = say("calendar_last_dose.title"), (say("calendar.worse"), say("calendar.withdrawal"))
    full = Message(title, (*lines("calendar_last_dose.lines", check_in_days=after), *danger))
    yield style.all_day(f"end/{last.date}", last.date, full, Message(title))
    check_in = last.date + after * DAY
    yield style.all_day(
        f"check-in/{check_in}",
        check_in,
        Message(
            say("calendar_check_in.title", drug=plan.protocol.drug),
            (say("calendar_check_in.ago", check_in_days=after), *danger),
        ),
        Message(say("calendar_check_in.discreet_title")),
    )


def urgent_call(plan: Plan, before: Plan, style: Style, clock: Clock, *, floating: bool) -> Event:
    """Return the reminder of what cannot wait, at the time of the first dose that is due after the plan was revised.

    `plan` is the plan as its last revision left it; where that suspended it, the doses are those that `before` still had.
    """
    revision, words = plan.revisions[-1], style.words
    suspended = plan.ending == "suspended"
    if suspended:
        why = () if style.discreet else words.lines("calendar_urgent.lines", drug=plan.protocol.drug)
        message = Message(words.say("calendar_urgent.title"), (*why, words.say("calendar_urgent.not_alone")))
    else:
        message = Message(
            words.say("calendar_urgent.running"), (*style.for_you.urgent, words.say("common.do_not_stop"))
        )
    key = f"call/{revision.start}"
    for day in (before if suspended else plan).days:
        for dose in day.doses if day.date >= revision.start else ():
            wall = getattr(plan.inputs.slots, dose.slot)
            instant = clock.instant(day.date, wall)
            if instant > revision.at:
                odd = not floating and clock.odd_days(day.date, day.date, wall)
                start = instant if odd else datetime.combine(day.date, wall)
                return Event(key, start, CALL_MINUTES, *message, None if style.alarm is None else 0)
    return style.all_day(key, revision.start, message, message)
