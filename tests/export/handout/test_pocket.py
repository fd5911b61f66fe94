"""What the page shows when: at every moment what `titrate today` says for it, of every plan."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import agreed, handouts, revise_in_december

from titrate.engine.settings import due, local
from titrate.evidence.zones import zone
from titrate.export import day_in_words
from titrate.export.agenda import agenda
from titrate.export.handout.day_cards import DayCard, Span
from titrate.export.handout.document import ahead, handout, texts
from titrate.export.handout.pocket import Pocket, pocket
from titrate.export.handout.staircase import WIDE, Labels
from titrate.export.staircase import TODAY, Mark, levels, marks, staircase
from titrate.model import NewSettings, Plan
from titrate.wording import words
from titrate.wording.phrases import amount

DAY = timedelta(days=1)


@cache
def plans() -> dict[str, Plan]:
    """The plans of the handouts, and some whose clock is put forward or back on the way, over a dose and over midnight."""
    before = agreed(tablets=(10,), target=30, days=45)
    moved = {
        zone: revise_in_december(before, 20, "settings", settings=NewSettings(zone=zone, morning=time(9)))
        for zone in ("Asia/Tokyo", "Asia/Kolkata", "Pacific/Honolulu")
    }
    return {**handouts(), **moved}


PLANS = sorted(name for name, plan in plans().items() if plan.current.output.audience != "clinician")
RUNNING = [name for name in PLANS if plans()[name].ending != "suspended"]


@cache
def pocket_of(name: str) -> Pocket:
    plan = plans()[name]
    pages = handout(plan).patient
    assert pages is not None
    return pocket(ahead(plan), pages, None)


def instant(text: str, plan: Plan) -> datetime:
    """An instant of the page; without a Z it is of the phone's clock, which is taken to be the plan's."""
    if text.endswith("Z"):
        return datetime.strptime(text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    return datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=zone(plan.current.zone)).astimezone(UTC)


def holds(span: Span, moment: datetime, plan: Plan) -> bool:
    """Whether something holds at a moment, as the page's script reckons it."""
    since, until = span
    return (not since or instant(since, plan) < moment) and (not until or moment <= instant(until, plan))


def card_at(name: str, moment: datetime) -> DayCard:
    (card,) = (each for each in pocket_of(name).cards if holds(each.span, moment, plans()[name]))
    return card


class LabelsWithToday(Labels):
    """The labels of the drawing, and one for today, which on paper has none."""

    def mark(self, mark: Mark) -> str:
        return "" if mark.kind == TODAY else super().mark(mark)


@st.composite
def moments(draw: st.DrawFn) -> tuple[str, datetime]:
    """A plan, and a moment from the day before what it has ahead to after its end; never one at which something changes."""
    name = draw(st.sampled_from(RUNNING))
    plan = plans()[name]
    first, last = ahead(plan).first, plan.days[-1].date
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC) - DAY
    minutes = draw(st.integers(0, ((last - first).days + 12) * 1440))
    return name, begin + timedelta(minutes=minutes, seconds=30)


@settings(max_examples=600, deadline=None)
@given(moments())
def test_the_page_shows_at_every_moment_what_today_says(drawn: tuple[str, datetime]) -> None:
    name, moment = drawn
    plan, say = plans()[name], words()
    now = moment.astimezone(zone(local(plan.settings, moment)[0].zone))
    card = card_at(name, moment)
    said = agenda(plan, now.date(), now)
    if said.date < ahead(plan).first and said.state != "before":
        assert card.heading == (say.say("pocket.early"),)
        return
    shown = [box.now for box in card.next if holds(box.span, moment, plan)]
    if said.next:
        (box,) = shown
        (dose,) = box.doses
        assert dose.mg == say.say("dose.mg", mg=amount(said.next.taking.mg))
        assert dose.at == say.say("steps.at", time=f"{said.next.taking.time:%H:%M}")
        assert bool(box.gate) == (said.next.call or bool(said.next.change and said.next.change[1].gate))
        assert say.day(said.next.date, "day.date") in box.when
    elif said.stay:
        assert [dose.mg for dose in shown[0].doses] == [say.say("dose.mg", mg=amount(dose.mg)) for dose in said.stay]
    else:
        assert shown == []
    late = [each for each in card.late if holds(each.span, moment, plan)]
    assert [line for each in late for line in (*(dose.label for dose in each.doses), *each.lines)] == [
        *day_in_words.missed(said, say)
    ]
    if said.state == "running":
        assert card.date == now.date().isoformat()
        assert [tick.key for tick in card.ticks] == [f"{now.date()}.{taking.slot}" for taking in said.doses]
        assert card.lines[-1] == say.say("common.do_not_stop")
        assert {*day_in_words.after_the_doses(plan, said, say)} <= {*card.lines}


@settings(max_examples=600, deadline=None)
@given(moments())
def test_the_next_dose_is_the_first_that_is_still_due(drawn: tuple[str, datetime]) -> None:
    name, moment = drawn
    plan = plans()[name]
    dues = sorted(
        (due(plan.settings_on(day.date), day.date, dose.slot), day.date, dose.slot, dose.mg)
        for day in plan.days
        for dose in day.doses
    )
    ahead_of_it = [each for each in dues if each[0] >= moment]
    now = moment.astimezone(zone(local(plan.settings, moment)[0].zone))
    found = agenda(plan, now.date(), now).next
    if found and found.date <= plan.days[-1].date:
        assert (found.date, found.taking.slot, found.taking.mg) == ahead_of_it[0][1:]
    elif ahead_of_it:
        assert found is None
        assert now.date() > plan.days[-1].date


def test_a_dose_that_a_clock_put_forward_moves_past_midnight_is_neither_lost_nor_doubled() -> None:
    # From the 20th on in Tokyo: the dose of the evening before is due at 20:00 in London, which is 05:00 there.
    card = card_at("Asia/Tokyo", datetime(2026, 12, 19, 19, 30, tzinfo=UTC))
    (box,) = (
        box for box in card.next if holds(box.span, datetime(2026, 12, 19, 19, 30, tzinfo=UTC), plans()["Asia/Tokyo"])
    )
    assert (box.key, box.now.doses[0].slot, card.date) == ("2026-12-19.evening", "Evening", "2026-12-20")
    (late,) = (
        each
        for each in card.late
        if holds(each.span, datetime(2026, 12, 19, 20, 30, tzinfo=UTC), plans()["Asia/Tokyo"])
    )
    assert [dose.key for dose in late.doses] == ["2026-12-19.evening"]


@pytest.mark.parametrize("name", RUNNING)
def test_at_every_moment_one_card_is_shown_and_none_is_left_out(name: str) -> None:
    cards, plan = pocket_of(name).cards, plans()[name]
    assert cards[0].span.since == cards[-1].span.until == ""
    for before, after in itertools.pairwise(cards):
        assert before.span.until == after.span.since
    for card in cards[1:-1]:
        for one, other in itertools.pairwise(box.span for box in card.next):
            assert one.until == other.since
    assert [card.date for card in cards if card.date] == [
        day.date.isoformat() for day in plan.days if day.date >= ahead(plan).first
    ]


@pytest.mark.parametrize("name", RUNNING)
def test_today_stands_in_the_staircase_where_the_geometry_puts_it(name: str) -> None:
    plan, view = plans()[name], ahead(plans()[name])
    pages = handout(plan).patient
    assert pages
    assert pages.staircase
    drawing = pages.staircase.wide
    runs = levels(plan, view.first)
    days = [level.first + DAY * count for level in runs for count in range(level.days)]
    here = dict(zip(days, pocket_of(name).wide, strict=True))
    for day in (days[0], days[len(days) // 2], days[-1]):
        assert drawing.levels[0].left <= here[day].x <= drawing.width
        level = next(drawn for run, drawn in zip(runs, drawing.levels, strict=True) if run.first <= day <= run.last)
        assert level.left <= here[day].x <= level.right
        assert (here[day].y, here[day].floor) == (level.y, level.floor)
    # The very place that the geometry gives to a mark of that day, where the drawing is made with the same labels.
    labels = LabelsWithToday(words())
    parts = staircase(runs, marks(plan, view.first, days[-1]), labels, width=WIDE.width, letter=WIDE.letter)
    if drawing.width == WIDE.width:
        (mark,) = (mark for part in parts for mark in part.marks if mark.mark.kind == TODAY)
        assert mark.left == here[days[-1]].x


@pytest.mark.parametrize("name", PLANS)
def test_every_dose_of_the_chart_has_a_box_to_tick_under_its_own_name(name: str) -> None:
    plan, pages = plans()[name], handout(plans()[name]).patient
    assert pages
    held = pocket_of(name)
    rows = pages.chart.rows if pages.chart else ()
    assert len(held.dates) == len(held.keys) == len(rows)
    planned = {f"{day.date}.{dose.slot}": amount(dose.mg) for day in plan.days for dose in day.doses}
    ticked = {
        key: box for row, keys in zip(rows, held.keys, strict=True) for key, box in zip(keys, row.boxes, strict=True)
    }
    assert {key: box for key, box in ticked.items() if box} == {
        key: f"{mg} mg" for key, mg in planned.items() if key[:10] in held.dates
    }


def test_a_suspended_plan_has_no_card_and_its_calendar_all_the_same() -> None:
    held = pocket_of("suspended")
    assert held.cards == ()
    assert held.calendar.startswith("data:text/calendar;charset=utf-8;base64,")


def test_a_number_calls_for_help_in_the_countries_that_its_source_names() -> None:
    # Written by hand from the sources: HSE (112 in any EU country; 112 and 999 in Ireland), gov.uk (999 and 112), FCC (911).
    assert {each.number: each.where for each in pocket_of("standard").emergency} == {
        "112": "in the European Union and the United Kingdom",
        "999": "in the United Kingdom and Ireland",
        "911": "in the United States and Canada",
    }


@pytest.mark.parametrize("name", PLANS)
def test_no_text_of_the_cards_reads_a_number_with_a_dose(name: str) -> None:
    for card in pocket_of(name).cards:
        for text in texts((card.heading, card.doses, card.lines, [tick.label for tick in card.ticks])):
            assert ".0 mg" not in text
            assert "1/2" not in text


def test_the_first_day_by_hand() -> None:
    # The example: 85 ml/min, from 1 December 2026, in London, half a 10 mg tablet in the evening.
    card = card_at("halves", datetime(2026, 12, 1, 10, tzinfo=UTC))
    assert card.date == date(2026, 12, 1).isoformat()
    (box,) = (
        box.now for box in card.next if holds(box.span, datetime(2026, 12, 1, 10, tzinfo=UTC), handouts()["halves"])
    )
    assert (box.when, box.doses[0].slot, box.doses[0].mg, box.doses[0].tablets, box.doses[0].at) == (
        "Today, Tuesday 1 December",
        "Evening",
        "5 mg",
        "half a 10 mg tablet",
        "at 20:00",
    )
    assert card.late[0].doses[0].label == "Evening 20:00, not taken? Take it now."
    assert [tick.label for tick in card.ticks] == ["Evening: 5 mg (half a 10 mg tablet)"]
