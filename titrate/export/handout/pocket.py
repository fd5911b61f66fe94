"""The handout in a pocket: what the page has more on a phone, as values.

That is what holds now, by the phone's clock; boxes to tick; numbers to call; the calendar. Everything that the page may show is
written here beforehand, with the instants between which it holds; the page's script knows no dose and does no sum: it shows what
holds now. An instant is written as JavaScript reads it, `2026-12-01T19:00Z`, or without the Z for the clock of the phone where
the plan goes with it.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from titrate.engine.settings import due, local
from titrate.evidence import reader
from titrate.evidence.zones import zone
from titrate.export import day_in_words, sentences
from titrate.export.agenda import MORNING_ENDS, NIGHT_ENDS, agenda, at_moment
from titrate.export.handout import phone
from titrate.export.handout.patient import Now, SlotDose
from titrate.export.handout.steps import picture
from titrate.export.staircase import levels
from titrate.wording.phrases import amount, place_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from titrate.export.agenda import Agenda, Moment, Next, Taking
    from titrate.export.handout.patient import Drawing, Pages, View
    from titrate.model import Plan, Settings
    from titrate.wording import Words

DAY = timedelta(days=1)
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


class Here(NamedTuple):
    """The place of a day in the staircase: a line at `x` from `y` to `floor`."""

    span: Span
    x: int
    y: int
    floor: int


class Emergency(NamedTuple):
    """An emergency number and the countries in which it is one."""

    number: str
    where: str


class Pocket(NamedTuple):
    """What the handout has more on a phone.

    `keys` has the name of each box of the day chart, a row a day and a column a slot, and `dates` the ISO date of each row.
    `contact` is the contact's lines in pieces. `calendar` is where the plan's calendar is to be had, and `keep` where a page to
    keep is, or empty where this is it.
    """

    id: str
    cards: tuple[DayCard, ...]
    dates: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...]
    wide: tuple[Here, ...]
    narrow: tuple[Here, ...]
    contact: tuple[tuple[phone.Piece, ...], ...]
    emergency: tuple[Emergency, ...]
    calendar: str
    keep: str


def pocket(ahead: View, pages: Pages, served_at: str | None) -> Pocket:
    """Return what the patient's pages have more on a phone; `served_at` as in html.py."""
    plan, words = ahead.plan, ahead.words
    cards = () if ahead.suspended else _cards(ahead)
    spans = {card.date: card.span for card in cards if card.date}
    days = () if ahead.suspended else tuple(day for day in plan.days if day.date >= ahead.first)
    stairs = pages.staircase
    return Pocket(
        id=str(plan.id),
        cards=cards,
        dates=tuple(day.date.isoformat() for day in days),
        keys=tuple(tuple(_key(day.date, slot) for slot in ahead.slots) for day in days),
        wide=_places(ahead, stairs.wide, spans) if stairs else (),
        narrow=_places(ahead, stairs.narrow, spans) if stairs else (),
        contact=tuple(phone.pieces(line) for line in pages.contact.lines),
        emergency=tuple(
            Emergency(each.number, words.say(f"emergency.{each.id}")) for each in reader.emergency_numbers()
        ),
        calendar=f"{served_at}/plan.ics" if served_at else _held(plan),
        keep=f"{served_at}/handout.html" if served_at else "",
    )


def _key(day: date, slot: str) -> str:
    return f"{day.isoformat()}.{slot}"


def _held(plan: Plan) -> str:
    """The plan's calendar as an address that holds it."""
    from titrate.export.calendar import ics

    return f"data:text/calendar;charset=utf-8;base64,{b64encode(ics.render(plan)).decode()}"


def _places(ahead: View, drawing: Drawing, spans: dict[str, Span]) -> tuple[Here, ...]:
    """Where each day ahead stands in a drawing of the staircase: in the middle of its width."""
    return tuple(
        Here(
            spans[day.isoformat()],
            drawn.left + (2 * number + 1) * (drawn.right - drawn.left) // (2 * level.days),
            drawn.y,
            drawn.floor,
        )
        for level, drawn in zip(levels(ahead.plan, ahead.first), drawing.levels, strict=True)
        for number, day in enumerate(level.first + DAY * count for count in range(level.days))
        if day.isoformat() in spans
    )


# --- What holds when: the plan's time cut wherever something changes, and each piece looked at in its middle ---


def _cards(ahead: View) -> tuple[DayCard, ...]:
    plan = ahead.plan
    cuts = _cuts(ahead)
    pieces = [(since, until, _local(plan, since + (until - since) / 2)) for since, until in pairwise(cuts)]
    days = [
        _day_card(ahead, day, [(since, until) for since, until, _ in group])
        for day, group in groupby(pieces, key=lambda piece: piece[2].date())
    ]
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


def _day_card(ahead: View, day: date, pieces: list[tuple[datetime, datetime]]) -> DayCard:
    plan, words = ahead.plan, ahead.words
    clocks = [(since, until, at_moment(plan, _local(plan, since + (until - since) / 2))) for since, until in pieces]
    # By a clock of another day: what depends on the time of day is told piece by piece.
    whole = agenda(plan, day, datetime.combine(day - 2 * DAY, time(12), zone(plan.current.zone)))
    span = _span(plan, pieces[0][0], pieces[-1][1])
    if whole.state == "after":
        boxes = [TimedNow(span, _ended(plan, whole, words))] if whole.stay else []
    else:
        boxes = [
            TimedNow(span, _next(following, day, words), _key(following.date, following.taking.slot))
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
        doses=words.say("today.doses", total=_total(whole.doses)) if whole.doses else "",
        ticks=tuple(_tick(day, taking, words) for taking in whole.doses),
        lines=(*change, *_after_a_rise(plan, day, words), *day_in_words.after_the_doses(plan, whole, words)),
    )


def _late(day: date, clock: Moment, words: Words) -> tuple[tuple[Tick, ...], tuple[str, ...]]:
    doses = day_in_words.late_doses(clock, words)
    return (
        tuple(Tick(_key(day - days * DAY, slot), line) for days, slot, line in doses),
        tuple(day_in_words.about_late_doses(clock, words)),
    )


def _tick(day: date, taking: Taking, words: Words) -> Tick:
    label = words.say("pocket.tick", slot=words.say(f"slot.{taking.slot}"), dose=day_in_words.dose(taking, words))
    return Tick(_key(day, taking.slot), label)


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
        doses=(_slot_dose(following.taking, words),),
        advice=(words.say("common.food"),),
    )


def _ended(plan: Plan, whole: Agenda, words: Words) -> Now:
    """What goes on after an open plan."""
    return Now(
        heading=words.say("today.ended", date=words.day(plan.days[-1].date)),
        when=words.say("today.stay_doses", total=_total(whole.stay)),
        gate=(),
        up=False,
        doses=tuple(_slot_dose(taking, words) for taking in whole.stay),
        advice=(words.say("today.call"),),
    )


def _slot_dose(taking: Taking, words: Words) -> SlotDose:
    return SlotDose(
        slot=words.say(f"slot.{taking.slot}"),
        mg=words.say("dose.mg", mg=amount(taking.mg)),
        empty=False,
        pictures=tuple(picture(count, words) for count in taking.tablets),
        tablets=sentences.tablets(taking.tablets, words),
        at=words.say("steps.at", time=f"{taking.time:%H:%M}"),
    )


def _total(takings: tuple[Taking, ...]) -> str:
    return amount(sum((taking.mg for taking in takings), Decimal(0)))
