"""The reminders of a plan that are no doses: steps, review, blood tests, refill, end, check-in, and the urgent call.

Each is timed and rings as it begins, when the timetable says.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from titrate.engine.tablets import lasts_to
from titrate.export import sentences
from titrate.export.calendar.event import DAY, Event, Message, Style
from titrate.export.calendar.timetable import Timetable
from titrate.export.for_you import for_you
from titrate.model import PRESCRIBER
from titrate.wording.phrases import amount, reviewed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from titrate.export.calendar.clock import Clocks
    from titrate.model import Day, Finding, Plan, Step

NO_CALL = "large-fall"  # the reminder of that step says what to watch for


def appointments(plan: Plan, style: Style, clocks: Clocks) -> Iterator[Event]:
    """Yield every reminder of the plan that is no dose; a suspended plan has none but its steps' days."""
    times = Timetable(plan, clocks)
    yield from _changes(plan, style, times)
    if plan.ending == "suspended" or not plan.days:
        return
    yield from _review(plan, style, times)
    yield from _tests(plan, style, times)
    yield from _refill(plan, style, times)
    yield from (_last_dose if plan.ending == "taper" else _end)(plan, style, times)


def _changes(plan: Plan, style: Style, times: Timetable) -> Iterator[Event]:
    rules, words = plan.protocol.rules, style.words
    for before, step in pairwise(plan.steps):
        if before.total == step.total:
            continue  # the same dose at other times or from other tablets: the doses say it
        day = step.first_date
        since = times.since(lambda version, day=day: _change_on(day, version))  # type: ignore[misc]
        ring = times.day_before(day, since, urgent=before.total - step.total > rules.large_fall_mg)
        if ring is None or (ring.day > step.last_date):
            continue
        when = sentences.since_or_seen(day, ring.day, words)
        lines = (
            *sentences.change_lines(before, step, rules, words),
            *_for_you(day, plan, style),
            words.say("common.do_not_stop"),
            *_small_print(plan, style),
        )
        title = sentences.change_title(before, step, when, words)
        discreet = Message(
            words.say("calendar_change.discreet_title", when=when, step=step.number), _if_up(before, step, style)
        )
        yield style.reminder(f"change/{day}{ring.late}", ring, Message(title, lines), discreet)


def _change_on(day: date, plan: Plan) -> object:
    """What a plan changes on a day; None for no change."""
    pairs = pairwise(plan.steps)
    return next(((old.total, new.doses, new.gate) for old, new in pairs if new.first_date == day), None)


def _for_you(day: date, plan: Plan, style: Style) -> tuple[str, ...]:
    """What this patient has to look out for, by the last version that decides that day: the days before it never change."""
    versions = (*plan.history, plan)
    deciding = next(last for last in reversed(versions) if not last.revisions or last.revisions[-1].start <= day)
    return style.for_you.other if deciding is plan or style.discreet else for_you(deciding, style.words).other


def _if_up(before: Step, step: Step, style: Style) -> tuple[str, ...]:
    """What a discreet calendar says of a rise."""
    if step.total < before.total:
        return ()
    words = style.words
    agreed = "discreet_agreed" if step.gate and step.gate.name == PRESCRIBER else "discreet_going_up"
    if_not = words.say("calendar.discreet_if_not_up", before=before.number)
    return words.say(f"calendar_change.{agreed}"), if_not


def _small_print(plan: Plan, style: Style) -> tuple[str, ...]:
    protocol = plan.protocol
    return style.words.lines(
        "calendar_change.small_print",
        indication=protocol.indication,
        protocol=protocol.id,
        version=protocol.version,
        reviewed_by=reviewed(protocol),
    )


def _twice(
    name: str,
    about: date,
    fact: Callable[[Plan], object],
    times: Timetable,
    message: Callable[[date], tuple[Message, Message]],
    style: Style,
) -> Iterator[Event]:
    """Yield the reminders of a day, a week ahead and the day before; `message` says it, in full and discreetly, as seen on a day.

    `fact` is what they tell of a version of the plan.
    """
    since = times.since(fact)
    for key, ring in ((f"{name}-week", times.week_before(about, since)), (name, times.day_before(about, since))):
        if ring:
            yield style.reminder(f"{key}/{about}{ring.late}", ring, *message(ring.day))


def _review(plan: Plan, style: Style, times: Timetable) -> Iterator[Event]:
    if plan.review is None:
        return
    day, words = plan.review.date, style.words

    def message(on: date) -> tuple[Message, Message]:
        when = sentences.day_seen(day, on, words)
        lines = words.lines("calendar_review.lines", date=words.day(day))
        full = (*lines, words.say("common.do_not_stop"), *_small_print(plan, style))
        return (
            Message(words.say("calendar_review.title", when=when), full),
            Message(words.say("calendar_review.discreet_title", when=when)),
        )

    if day >= times.since(_review_day).made.date():
        yield from _twice("review", day, _review_day, times, message, style)


def _review_day(plan: Plan) -> date | None:
    return plan.review and plan.review.date


def _tests(plan: Plan, style: Style, times: Timetable) -> Iterator[Event]:
    """Yield a reminder each time that the last known blood test grows old, from the last revision on; at once if it is."""
    tested, say = _tested(plan), style.words.say
    if tested is None:
        return
    lines = style.words.lines("calendar_test.lines", days=_serves(plan), tested=style.words.day(tested))
    full, discreet = Message(say("calendar_test.title"), lines), Message(say("calendar_test.discreet_title"))
    for due in _test_days(plan, times):
        yield style.reminder(f"test/{due}", times.noon(due), full, discreet)


def _test_days(plan: Plan, times: Timetable) -> tuple[date, ...]:
    """The days of the reminders that are set; what has rung for this test is not repeated."""
    coming: tuple[date, ...] = ()
    rung: tuple[date, ...] = ()
    for version in (*plan.history, plan):
        made = times.made(version)
        ahead = times.first_noon(date.min, made)
        rung, coming = (*rung, *(day for day in coming if day < ahead)), tuple(day for day in coming if day >= ahead)
        tested, serves = _tested(version), _serves(version) * DAY
        if tested is None or not version.days:
            coming = ()
            continue
        since = version.revisions[-1].start if version.revisions else version.inputs.start
        # A reminder that comes before a revision acts stays, unless a newer test has made it needless.
        coming = tuple(day for day in coming if tested + serves <= day < since)
        again = max((day for day in (*rung, *coming) if day >= tested + serves), default=tested)
        first = times.first_noon(max(again + serves, since), made)
        count = (version.days[-1].date - first) // serves + 1
        coming = (*coming, *(first + time * serves for time in range(count)))
    return coming


def _tested(plan: Plan) -> date | None:
    known = (plan.inputs.patient, *(revision.patient for revision in plan.standing))
    return next((patient.tested for patient in reversed(known) if patient.tested), None)


def _serves(plan: Plan) -> int:
    return plan.retest_days or plan.protocol.rules.test_old_days


def _refill(plan: Plan, style: Style, times: Timetable) -> Iterator[Event]:
    """Yield the reminders of the last day that the tablets in hand are enough for; none if they last for the plan."""
    last, words = lasts_to(plan), style.words
    if last is None:
        return
    first = max(plan.days[0].date, plan.current.pack_since)
    title, enough = words.say("calendar_refill.title_none_left"), words.say("calendar_refill.none_left")
    if last >= first:
        title = words.say("calendar_refill.title", date=words.day(last, "day.date"))
        enough = words.say("calendar_refill.lasts_to", last=words.day(last))
    had = words.say("calendar_refill.had", pack=plan.current.pack, start=words.day(first))
    full = Message(title, (had, enough, words.say("common.do_not_stop")))
    discreet = Message(words.say("calendar_refill.discreet_title"))
    yield from _twice("refill", max(last, first), lasts_to, times, lambda _: (full, discreet), style)


def _end(plan: Plan, style: Style, times: Timetable) -> Iterator[Event]:
    """Yield the reminders of a plan's last day, which is no stop: a week ahead, the day before, and on the day itself."""
    words, last = style.words, plan.days[-1]
    stay = (
        words.say("calendar_end.ends", date=words.day(last.date)),
        words.say("calendar_end.stay", total=amount(last.total)),
        words.say("change.take", doses=sentences.daily(last.doses, words)),
    )

    def message(on: date) -> tuple[Message, Message]:
        when = sentences.day_seen(last.date, on, words)
        more = _to_have(plan, on, style) if on < last.date else ()
        lines = (*stay, *more, words.say("common.do_not_stop"))
        return (
            Message(words.say("calendar_end.title", when=when), lines),
            Message(words.say("calendar_end.discreet_title", when=when)),
        )

    yield from _twice("end", last.date, _last_day, times, message, style)
    since = times.since(_last_day)
    ring = times.noon(last.date)
    if times.first_noon(last.date, since.made) == last.date:
        yield style.reminder(f"last-day/{last.date}", ring, *message(ring.day))


def _to_have(plan: Plan, on: date, style: Style) -> Iterator[str]:
    """Say that tablets are needed after the plan's last day; where nobody knows how many are in hand, what the rest takes."""
    words = style.words
    if plan.current.tablets and plan.current.pack is None:
        needed: dict[Decimal, Decimal] = {}
        for step in plan.steps:
            days = (step.last_date - max(step.first_date, on)).days + 1
            for count in (count for dose in step.tablets for count in dose) if days > 0 else ():
                needed[count.tablet_mg] = needed.get(count.tablet_mg, Decimal(0)) + days * count.count
        tablets = sentences.tablet_counts(needed, words)
        yield words.say("calendar_end.takes", first=words.day(on), tablets=tablets)
    yield words.say("calendar_end.have_more")


def _last_dose(plan: Plan, style: Style, times: Timetable) -> Iterator[Event]:
    """Yield the reminders of a taper's last dose, and the check-in after it."""
    words, last, after = style.words, plan.days[-1].date, plan.protocol.rules.check_in_days
    danger = (words.say("change.worse"), words.say("calendar.withdrawal"))

    def message(on: date) -> tuple[Message, Message]:
        title = words.say("calendar_last_dose.title", when=sentences.day_seen(last, on, words))
        lines = words.lines("calendar_last_dose.lines", check_in_days=after, date=words.day(last))
        return Message(title, (*lines, *danger)), Message(title)

    yield from _twice("end", last, _last_day, times, message, style)
    day = last + after * DAY
    yield style.reminder(
        f"check-in/{day}",
        times.noon(day),
        Message(
            words.say("calendar_check_in.title", drug=plan.protocol.drug),
            (*words.lines("calendar_check_in.lines", check_in_days=after), *danger),
        ),
        Message(words.say("calendar_check_in.discreet_title")),
    )


def _last_day(plan: Plan) -> tuple[Day | None, str]:
    return (plan.days[-1]._replace(number=0) if plan.days else None), plan.ending


def urgent_calls(plan: Plan, style: Style, clocks: Clocks) -> Iterator[Event]:
    """Yield the reminder of what cannot wait, if anything: at the first dose after the plan said so that it decides.

    Where the plan is suspended the doses are those that the version before still had.
    """
    times = Timetable(plan, clocks)
    if not any(_urgent(plan)):
        return
    since, words = times.since(_urgent), style.words
    versions = (*plan.history, plan)
    start = versions[since.number].revisions[-1].start
    if plan.ending == "suspended":
        days = versions[since.number - 1].days
        why = () if style.discreet else words.lines("calendar_urgent.lines", drug=plan.protocol.drug)
        message = Message(words.say("calendar_urgent.title"), (*why, words.say("calendar_urgent.not_alone")))
    else:
        days = plan.days
        lines = (*style.for_you.urgent, words.say("common.do_not_stop"))
        message = Message(words.say("calendar_urgent.running"), lines)
    ring = times.next_dose((day for day in days if day.date >= start), since.made)
    yield style.reminder(f"call/{start}/{since.number}", ring, message, message)


def _urgent(plan: Plan) -> tuple[bool, tuple[Finding, ...]]:
    """What a reminder of its own calls for."""
    urgent = (finding for finding in plan.findings if finding.severity == "urgent" and finding.code != NO_CALL)
    return plan.ending == "suspended", tuple(urgent)
