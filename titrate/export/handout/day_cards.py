"""What the page on a phone shows when: a card for each day, with the instants between which each part of it holds.

The plan's time is cut wherever something may change, and each piece is looked at in its middle, as `titrate today` would. So the
page's script knows no dose and does no sum: it shows what holds now. An instant is written as JavaScript reads it,
`2026-12-01T19:00Z`, or without the Z for the clock of the phone where the plan goes with it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from titrate.engine.settings import due, local
from titrate.evidence.zones import zone
from titrate.export import day_in_words, sentences
from titrate.export.agenda import DAY, MORNING_ENDS, NIGHT_ENDS, agenda, at_moment, total
from titrate.export.handout.patient import Now
from titrate.export.handout.steps import slot_dose
from titrate.wording.phrases import amount, place_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from titrate.export.agenda import Agenda, Moment, Next, Taking
    from titrate.export.handout.patient import SlotDose, View
    from titrate.model import Plan, Settings
    from titrate.wording import Words

Shown = TypeVar("Shown")


class Span(NamedTuple):
    """The instants after which and until which something holds; an empty one is open."""

    since: str
    until: str


class TimedNow(NamedTuple):
    """The next dose, and when it is that; `key` is the name of its tick, empty where more than one dose is told."""

    span: Span
    now: Now
    key: str = ""


class Late(NamedTuple):
    """What to do about doses whose time is past, if they were not taken: one by one, then for all; and when that holds."""

    span: Span
    doses: tuple[Tick, ...]
    lines: tuple[str, ...]


class Tick(NamedTuple):
    """A dose to tick: the name under which the tick is kept, and what stands beside it."""

    key: str
    label: str


class DayCard(NamedTuple):
    """What the page shows on one day, or before or after the plan; `date` is ISO, and empty where no day of the plan is shown."""

    span: Span
    date: str
    heading: tuple[str, ...]
    next: tuple[TimedNow, ...]
    late: tuple[Late, ...]
    doses: str
    ticks: tuple[Tick, ...]
    lines: tuple[str, ...]


def key_of(day: date, slot: str) -> str:
    """Return the name under which the tick of a dose is kept."""
    return f"{day.isoformat()}.{slot}"


def day_cards(ahead: View) -> tuple[DayCard, ...]:
    """Return a card for each day ahead, and for the time before and after; none for a suspended plan, which says it at once."""
    if ahead.suspended:
        return ()
    plan, cuts = ahead.plan, _cuts(ahead)
    pieces = [(since, until, _local(plan, since + (until - since) / 2)) for since, until in pairwise(cuts)]
    days = [_day_card(ahead, day, [*group]) for day, group in groupby(pieces, key=lambda piece: piece[2].date())]
    *_, end = days
    # From the last day that is looked at on nothing changes any more.
    open_end = Span(end.span.since, "")
    after = end._replace(span=open_end, next=tuple(box._replace(span=open_end) for box in end.next), late=())
    return (_before(ahead, cuts[0]), *days[:-1], after)


def _cuts(ahead: View) -> tuple[datetime, ...]:
    """The instants at which something may change, from the first day ahead to a day on which all is over."""
    plan, rules = ahead.plan, ahead.plan.protocol.rules
    begin = ahead.first - DAY if ahead.first == plan.inputs.start else ahead.first
    over = plan.days[-1].date + (rules.check_in_days if plan.ending == "taper" else 1) * DAY
    skip = timedelta(hours=rules.missed_skip_hours)
    found = set()
    for day in (begin + count * DAY for count in range((over - begin).days + 3)):
        for settings in plan.settings:
            for clock in (time(0), NIGHT_ENDS, MORNING_ENDS):
                found.add(datetime.combine(day, clock, zone(settings.zone)).astimezone(UTC))
        doses = next((each.doses for each in plan.days if each.date == day), plan.days[-1].doses)
        for dose in doses:
            moment = due(plan.settings_on(day), day, dose.slot)
            found |= {moment, moment - skip}
    start = datetime.combine(begin, time(0), zone(plan.settings_on(begin).zone)).astimezone(UTC)
    return tuple(sorted(moment for moment in found if moment >= start))


def _local(plan: Plan, moment: datetime) -> datetime:
    """A moment on the clock that the plan has then."""
    return moment.astimezone(zone(local(plan.settings, moment)[0].zone))


def _span(plan: Plan, since: datetime, until: datetime) -> Span:
    return Span(_instant(plan, since), _instant(plan, until))


def _instant(plan: Plan, moment: datetime) -> str:
    """An instant as JavaScript reads it."""
    settings = local(plan.settings, moment)[0]
    if settings.floating:
        return f"{moment.astimezone(zone(settings.zone)):%Y-%m-%dT%H:%M}"
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def _before(ahead: View, until: datetime) -> DayCard:
    """What is shown on the days before those of the plan: when it starts, or that the phone's date is wrong."""
    plan, words = ahead.plan, ahead.words
    span = Span("", _instant(plan, until))
    if ahead.first != plan.inputs.start:
        return DayCard(span, "", (words.say("pocket.early"),), (), (), "", (), ())
    long_before = datetime.combine(plan.inputs.start, time(0), zone(plan.settings[0].zone)) - 100 * DAY
    following = at_moment(plan, long_before).next
    starts = words.say("pocket.starts", date=words.day(plan.inputs.start))
    boxes = (TimedNow(span, _next(following, long_before.date(), words)),) if following else ()
    return DayCard(span, "", (starts, *_times(plan.settings[0], words)), boxes, (), "", (), ())


def _day_card(ahead: View, day: date, pieces: Sequence[tuple[datetime, datetime, datetime]]) -> DayCard:
    """The card of a day in pieces, each with when it begins, when it ends and a moment in it."""
    plan, words = ahead.plan, ahead.words
    clocks = [(since, until, at_moment(plan, moment)) for since, until, moment in pieces]
    # By a clock of another day: what depends on the time of day is told piece by piece.
    whole = agenda(plan, day, datetime.combine(day - 2 * DAY, time(12), zone(plan.current.zone)))
    span = _span(plan, pieces[0][0], pieces[-1][1])
    if whole.state == "after":
        boxes = [TimedNow(span, _ended(plan, whole, words))] if whole.stay else []
    else:
        boxes = [
            TimedNow(span, _next(following, day, words), key_of(following.date, following.taking.slot))
            for span, following in _runs(plan, clocks, lambda clock: clock.next)
            if following
        ]
    late = _runs(plan, clocks, lambda clock: _late(day, clock, words))
    change = day_in_words.change(whole.change, day, words) if whole.change else ()
    return DayCard(
        span=span,
        date=day.isoformat() if whole.doses else "",
        heading=_heading(plan, day, words),
        next=tuple(boxes),
        late=tuple(Late(span, *lines) for span, lines in late if lines[0]),
        doses=words.say("today.doses", total=amount(total(whole.doses))) if whole.doses else "",
        ticks=tuple(_tick(day, taking, words) for taking in whole.doses),
        lines=(*change, *_after_a_rise(plan, day, words), *day_in_words.after_the_doses(plan, whole, words)),
    )


def _late(day: date, clock: Moment, words: Words) -> tuple[tuple[Tick, ...], tuple[str, ...]]:
    doses = day_in_words.late_doses(clock, words)
    return (
        tuple(Tick(key_of(day - days * DAY, slot), line) for days, slot, line in doses),
        tuple(day_in_words.about_late_doses(clock, words)),
    )


def _tick(day: date, taking: Taking, words: Words) -> Tick:
    label = words.say("pocket.tick", slot=words.say(f"slot.{taking.slot}"), dose=day_in_words.dose(taking, words))
    return Tick(key_of(day, taking.slot), label)


def _heading(plan: Plan, day: date, words: Words) -> tuple[str, ...]:
    if day < plan.inputs.start:
        return (words.say("pocket.starts", date=words.day(plan.inputs.start)),)
    if day <= plan.days[-1].date:
        number = (day - plan.inputs.start).days + 1
        today = words.say("today.day", date=words.day(day), day=number, days=len(plan.days))
        return (today, *_times(plan.settings_on(day), words))
    return (words.say("today.over", date=words.day(plan.days[-1].date)),) if plan.ending == "taper" else ()


def _times(settings: Settings, words: Words) -> tuple[str, ...]:
    """Whose times they are: a phone may be elsewhere."""
    return () if settings.floating else (words.say("pocket.times", place=place_name(settings.zone)),)


def _after_a_rise(plan: Plan, day: date, words: Words) -> tuple[str, ...]:
    """What holds for who did not go up, on the days after a rise."""
    step = next((step for step in plan.steps if step.first_date < day <= step.last_date), None)
    return (words.say("chart.not_up"),) if step and step.gate else ()


def _runs(
    plan: Plan, clocks: Sequence[tuple[datetime, datetime, Moment]], shown: Callable[[Moment], Shown]
) -> Iterator[tuple[Span, Shown]]:
    """What is shown over the pieces of a day, those that show the same as one."""
    for what, run in groupby(clocks, key=lambda clock: shown(clock[2])):
        pieces = [*run]
        yield _span(plan, pieces[0][0], pieces[-1][1]), what


def _next(following: Next, seen_on: date, words: Words) -> Now:
    change = following.change
    return Now(
        heading=words.say("today.next_dose"),
        when=sentences.day_seen(following.date, seen_on, words),
        gate=tuple(day_in_words.condition(following, words)),
        up=change is not None,
        doses=(_dose(following.taking, words),),
        advice=(words.say("common.food"),),
    )


def _ended(plan: Plan, whole: Agenda, words: Words) -> Now:
    """What goes on after an open plan."""
    return Now(
        heading=words.say("today.ended", date=words.day(plan.days[-1].date)),
        when=words.say("today.stay_doses", total=amount(total(whole.stay))),
        gate=(),
        up=False,
        doses=tuple(_dose(taking, words) for taking in whole.stay),
        advice=(words.say("today.call"),),
    )


def _dose(taking: Taking, words: Words) -> SlotDose:
    return slot_dose(taking.slot, taking.mg, taking.tablets, f"{taking.time:%H:%M}", words)
