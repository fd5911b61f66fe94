"""What the handout has more on a phone, as values: a card for each day, boxes to tick, numbers to call, the calendar."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, NamedTuple

from titrate.evidence import reader
from titrate.export.agenda import DAY
from titrate.export.handout import phone
from titrate.export.handout.day_cards import DayCard, Span, day_cards, key_of
from titrate.export.staircase import levels, place_in

if TYPE_CHECKING:
    from titrate.export.handout.patient import Drawing, Pages, View
    from titrate.model import Plan


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
    cards = day_cards(ahead)
    spans = {card.date: card.span for card in cards if card.date}
    days = () if ahead.suspended else tuple(day for day in plan.days if day.date >= ahead.first)
    stairs = pages.staircase
    return Pocket(
        id=str(plan.id),
        cards=cards,
        dates=tuple(day.date.isoformat() for day in days),
        keys=tuple(tuple(key_of(day.date, slot) for slot in ahead.slots) for day in days),
        wide=_places(ahead, stairs.wide, spans) if stairs else (),
        narrow=_places(ahead, stairs.narrow, spans) if stairs else (),
        contact=tuple(phone.pieces(line) for line in pages.contact.lines),
        emergency=tuple(
            Emergency(each.number, words.say(f"emergency.{each.id}")) for each in reader.emergency_numbers()
        ),
        calendar=f"{served_at}/plan.ics" if served_at else _held(plan),
        keep=f"{served_at}/handout.html" if served_at else "",
    )


def _held(plan: Plan) -> str:
    """The plan's calendar as an address that holds it."""
    from titrate.export.calendar import ics

    return f"data:text/calendar;charset=utf-8;base64,{b64encode(ics.render(plan)).decode()}"


def _places(ahead: View, drawing: Drawing, spans: dict[str, Span]) -> tuple[Here, ...]:
    """Where each day ahead stands in a drawing of the staircase."""
    return tuple(
        Here(spans[day.isoformat()], place_in(level, drawn.left, drawn.right, day), drawn.y, drawn.floor)
        for level, drawn in zip(levels(ahead.plan, ahead.first), drawing.levels, strict=True)
        for day in (level.first + DAY * count for count in range(level.days))
        if day.isoformat() in spans
    )
