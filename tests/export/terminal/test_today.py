"""What to take on one day: doses with their times, what is past, what comes next, and what is left."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import START, cases, make, revise

from titrate.export.agenda import Agenda, agenda, document
from titrate.export.terminal.console import rendered
from titrate.export.terminal.today import layout
from titrate.model import Plan

BERLIN = ZoneInfo("Europe/Berlin")
FAR = datetime(2020, 1, 1, 12, tzinfo=BERLIN)
PLANS = cases()


def on(day: int) -> date:
    return START + timedelta(days=day - 1)


def look(plan: Plan, day: int, now: datetime = FAR) -> Agenda:
    return agenda(plan, on(day), now)


def lines(plan: Plan, day: int, now: datetime = FAR) -> list[str]:
    """The lines of a day but the last, which says who reviewed the protocol, on any day of any plan."""
    told = rendered(layout(plan, look(plan, day, now)), width=200).splitlines()
    assert told[-1] == "Protocol raynaud 2026.12: not yet reviewed by a prescriber."
    return told[:-1]


def test_a_day_names_its_doses_their_times_tomorrow_and_the_review() -> None:
    assert lines(PLANS["first"], 3) == [
        "Thu 3 Dec 2026: day 3 of 28, 5 mg",
        "  20:00  evening  5 mg",
        "Tomorrow: 08:00 5 mg; 20:00 5 mg",
        "Review: in 19 days (Tue 22 Dec 2026)",
        "Do not stop suddenly.",
    ]


def test_a_signed_protocol_is_told_with_who_signed_it() -> None:
    first = PLANS["first"]
    signed = first._replace(protocol=first.protocol._replace(reviewed_by="Dr. A. Weber, pharmacist, 2026-12-01"))
    told = rendered(layout(signed, look(signed, 3)), width=200).splitlines()
    assert told[-1] == "Protocol raynaud 2026.12: reviewed by Dr. A. Weber, pharmacist, 2026-12-01."


def test_the_gate_is_named_on_its_day_alone() -> None:
    gate = "  Today is a step: go up only if well tolerated; if not, stay on 5 mg a day and call the prescriber."
    assert gate in lines(PLANS["first"], 4)
    assert [day for day in range(1, 29) if look(PLANS["first"], day).gate] == [4, 8]
    assert not any(look(PLANS["stopped"], day).gate for day in range(16, 34))  # a fall needs no gate


def test_a_dose_is_past_from_the_minute_after_its_time_and_only_today() -> None:
    def past(hour: int, minute: int, second: int = 0) -> list[bool | None]:
        found = look(PLANS["first"], 8, datetime(2026, 12, 8, hour, minute, second, tzinfo=BERLIN))
        return [taking.past for taking in found.doses]

    assert past(7, 59) == [False, False, False]
    assert past(8, 0) == [False, False, False]
    assert past(8, 0, 1) == [True, False, False]
    assert past(23, 0) == [True, True, True]
    assert [taking.past for taking in look(PLANS["first"], 8).doses] == [None, None, None]
    at_noon = lines(PLANS["first"], 8, datetime(2026, 12, 8, 12, tzinfo=BERLIN))
    assert at_noon[1] == "  08:00  morning  5 mg (this time is past)"
    assert at_noon[2] == "  14:00  midday   5 mg"


def test_before_the_start_it_says_when_the_plan_starts() -> None:
    assert lines(PLANS["first"], 0)[:2] == [
        "Mon 30 Nov 2026: the plan has not started; it starts in 1 day, on Tue 1 Dec 2026",
        "Tomorrow: 20:00 5 mg",
    ]
    assert lines(PLANS["first"], -7)[0].endswith("it starts in 8 days, on Tue 1 Dec 2026")


def test_the_end_of_an_open_plan_is_never_told_as_a_stop() -> None:
    last = lines(PLANS["first"], 28)
    assert "Tomorrow: the plan ends today. That is not a stop: stay on this dose and call the prescriber." in last
    after = lines(PLANS["first"], 29)
    assert after[0] == (
        "Tue 29 Dec 2026: the plan ended on Mon 28 Dec 2026. That was not a stop: stay on the last dose and call the prescriber."
    )
    assert after[-1] == "Do not stop suddenly."
    assert look(PLANS["first"], 28).tomorrow is None
    assert look(PLANS["first"], 28).ends == "open"


def test_the_last_dose_of_a_taper_is_told_as_the_last() -> None:
    assert lines(PLANS["stopped"], 33)[0].endswith("5 mg, the last planned dose")
    assert "Tomorrow: no dose: today's is the last." in lines(PLANS["stopped"], 33)
    assert lines(PLANS["stopped"], 34) == ["Sun 3 Jan 2027: the plan is over; the last dose was on Sat 2 Jan 2027"]
    assert not any("Review" in line for line in lines(PLANS["stopped"], 21))


def test_a_suspended_plan_has_no_dose_and_says_to_call() -> None:
    assert "Tomorrow: no dose. Call before the next dose" in "\n".join(lines(PLANS["suspended"], 11))
    for day in (12, 13, 400):
        assert "no dose. Call before the next dose; the doctor decides how to stop" in lines(PLANS["suspended"], day)[0]
        assert look(PLANS["suspended"], day).doses == ()
    for day in (0, 1, 2):
        assert look(PLANS["suspended-on-day-1"], day).state == "suspended"


def test_tablets_are_named_and_counted_down_to_nothing() -> None:
    made = make(age=40, tablets=(Decimal(10),))
    assert "  20:00  evening  5 mg (half a tablet of 10 mg)" in lines(made, 1)
    assert "Tablets to the end of the plan: 37 of 10 mg, today's included" in lines(made, 1)
    assert "Tablets to the end of the plan: 1.5 of 10 mg, today's included" in lines(made, 28)
    assert look(made, 29).left == ()
    packed = make(age=40, tablets=(Decimal(10),), pack=3)
    assert "Tablets left in the pack: 3 of 10 mg, today's included" in lines(packed, 0)
    assert "Tablets left in the pack: 1.5 of 10 mg, today's included" in lines(packed, 4)
    assert "Tablets left in the pack: 0 of 10 mg, today's included" in lines(packed, 20)


def test_two_strengths_are_counted_apart_and_together_make_every_dose() -> None:
    made = make(age=40, target=Decimal(30), tablets=(Decimal(5), Decimal(10)))
    for day in made.days:
        left = look(made, day.number).left
        assert sum(one.tablet_mg * one.count for one in left) == sum(
            later.total for later in made.days[day.number - 1 :]
        )


def test_json_holds_exact_numbers_and_every_field() -> None:
    made = make(age=40, tablets=(Decimal(10),))
    assert document(made, look(made, 7)) == {
        "schema": "titrate/today/1",
        "protocol": {"id": "raynaud", "version": "2026.12", "reviewed_by": "not yet reviewed by a prescriber"},
        "date": "2026-12-07",
        "state": "running",
        "urgent": [],
        "for_you": ["Nobody has checked your other drugs. Show this plan to your pharmacist first."],
        "doses": [
            {
                "slot": slot,
                "time": time,
                "dose_mg": 5,
                "tablets": [{"tablet_mg": 10, "count": Decimal("0.5")}],
                "past": None,
            }
            for slot, time in (("morning", "08:00"), ("evening", "20:00"))
        ],
        "tomorrow": [
            {
                "slot": slot,
                "time": time,
                "dose_mg": 5,
                "tablets": [{"tablet_mg": 10, "count": Decimal("0.5")}],
                "past": None,
            }
            for slot, time in (("morning", "08:00"), ("midday", "14:00"), ("evening", "20:00"))
        ],
        "ends": None,
        "gate": None,
        "days_to_review": 15,
        "tablets_left": [{"tablet_mg": 10, "count": Decimal("32.5")}],
    }


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(list(PLANS)), st.integers(-3, 60))
def test_the_doses_of_any_day_are_the_plans_and_tomorrow_is_told_if_and_only_if_it_differs(name: str, day: int) -> None:
    plan = PLANS[name]
    by_date = {one.date: one for one in plan.days}
    today, following = by_date.get(on(day)), by_date.get(on(day + 1))
    found = look(plan, day)
    assert [(one.slot, one.mg) for one in found.doses] == [tuple(dose) for dose in (today.doses if today else ())]
    differs = (today.doses if today else ()) != (following.doses if following else ())
    assert (found.tomorrow is not None or found.ends == "open") == differs
    if found.tomorrow is not None:
        assert [(one.slot, one.mg) for one in found.tomorrow] == [
            tuple(dose) for dose in (following.doses if following else ())
        ]
    assert (found.state == "running") == (today is not None)


def test_the_review_is_counted_down_and_gone_when_it_is_past() -> None:
    assert [look(PLANS["first"], day).days_to_review for day in (21, 22, 23)] == [1, 0, None]
    assert "Review: today (Tue 22 Dec 2026)" in lines(PLANS["first"], 22)
    assert "Review: in 1 day (Tue 22 Dec 2026)" in lines(PLANS["first"], 21)


@pytest.mark.parametrize("name", PLANS)
def test_no_line_speaks_of_stopping_without_saying_how(name: str) -> None:
    for day in range(-1, 40):
        told = lines(PLANS[name], day)
        assert told[-1] == "Do not stop suddenly." or "the plan is over" in told[0]


def test_a_held_day_is_told_as_the_days_around_it() -> None:
    held = revise(PLANS["first"], on(5), "hold", days=7)
    assert look(held, 8).doses == look(held, 7).doses
    assert look(held, 14).tomorrow is not None


@pytest.mark.parametrize("width", [20, 40, 60, 80])
@pytest.mark.parametrize("name", PLANS)
def test_no_dose_time_or_tablet_is_lost_or_broken_at_any_width(name: str, width: int) -> None:
    for day in range(-1, 40):
        found = look(PLANS[name], day)
        narrow = rendered(layout(PLANS[name], found), width=width)
        assert narrow.split() == rendered(layout(PLANS[name], found), width=200).split()
        assert max(map(len, narrow.splitlines())) <= width
        assert all(f"{taking.mg} mg" in narrow for taking in found.doses)
