"""What to take on one day: the next dose, what to do about a missed one, what changes, and what is left.

The whole text of each day of the plans in `plans.lived` stands in the folder `today` beside this file. It is written anew by
`TITRATE_WRITE_TODAY=1 pytest tests/export/terminal/test_today.py`; read what changed before it is committed.
"""

from __future__ import annotations

import csv
import os
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import START, cases, lived, make, revise, revise_in_december

from titrate.export.agenda import Agenda, agenda
from titrate.export.data.today import document
from titrate.export.terminal.console import rendered
from titrate.export.terminal.today import layout
from titrate.model import Plan, Slots

BERLIN = ZoneInfo("Europe/Berlin")
FAR = datetime(2020, 1, 1, 12, tzinfo=BERLIN)
PLANS = cases()
GOLDEN = Path(__file__).parent / "today"
IN_DETAIL = ("standard", "target-30", "taper", "urgent-fall")
HOURS = (time(0, 30), time(7), time(13), time(15), time(21))
VECTORS = Path(__file__).parents[2] / "vectors" / "missed_doses.csv"


def on(day: int) -> date:
    return START + timedelta(days=day - 1)


def at(day: int, clock: time) -> datetime:
    return datetime.combine(on(day), clock, BERLIN)


def look(plan: Plan, day: int, now: datetime | time = FAR) -> Agenda:
    """What a day has, seen from afar, or from a moment, or from a time on the day itself."""
    return agenda(plan, on(day), at(day, now) if isinstance(now, time) else now)


def lines(plan: Plan, day: int, now: datetime | time = FAR) -> list[str]:
    """The lines of a day, without the rules of panels."""
    told = rendered(layout(plan, look(plan, day, now)), width=200).splitlines()
    return [line.rstrip() for line in told if not line.startswith(" ──")]


# --- The whole text ---


def whole(name: str) -> str:
    """Every day from the day before a plan to the fifth day after it; of some plans the days of a change at five hours."""
    plan = lived()[name]
    last = len(plan.days) or 1
    pages = []
    for day in range(last + 6):
        turning = day in (1, last, last + 1) or look(plan, day).change
        for clock in HOURS if turning and name in IN_DETAIL else (time(15),):
            page = rendered(layout(plan, look(plan, day, clock)), width=80)
            pages.append(f"=== {on(day):%a} {on(day)} at {clock:%H:%M} ===\n{page}")
    return "\n".join(pages)


@pytest.mark.parametrize("name", lived())
def test_each_day_of_a_plan_reads_as_it_was_read_through(name: str) -> None:
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("TITRATE_WRITE_TODAY"):
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(whole(name), encoding="utf-8")
    assert whole(name) == file.read_text("utf-8")


def test_no_text_is_kept_of_a_plan_that_is_none() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == set(lived())


# --- The next dose ---


def test_the_next_dose_stands_first_with_its_tablets_in_words() -> None:
    told = lines(make(zone="Europe/Berlin", taking=(), tablets=(10,)), 9, time(12))
    assert told[:4] == [
        "  Next dose",
        "  Today, Wednesday 9 December, 14:00, at midday",
        "  Take 5 mg (half a 10 mg tablet).",
        "  Take it with food or after food.",
    ]
    assert not any("½" in line or "1/2" in line for line in told)


@pytest.mark.parametrize(
    ("day", "clock", "next_dose"),
    [
        (0, time(9), (1, "evening")),
        (1, time(19, 59), (1, "evening")),
        (1, time(20), (1, "evening")),  # it is its minute
        (1, time(20, 1), (2, "evening")),
        (3, time(21), (4, "morning")),
        (9, time(9), (9, "midday")),
        (28, time(21), (29, "morning")),  # the end of an open plan is no stop
    ],
)
def test_the_next_dose_is_the_first_that_is_not_past(day: int, clock: time, next_dose: tuple[int, str]) -> None:
    found = look(PLANS["first"], day, clock).next
    assert found
    assert (found.date, found.taking.slot) == (on(next_dose[0]), next_dose[1])


def test_another_day_than_today_has_its_doses_and_nothing_that_is_past_or_next() -> None:
    found = look(PLANS["first"], 9)
    assert (found.next, found.yesterday, found.call_if) == (None, (), ())
    assert [(taking.past, taking.advice) for taking in found.doses] == [(None, None)] * 3
    assert lines(PLANS["first"], 9)[0] == "Wednesday 9 December 2026. This is day 9 of 28."


def test_nothing_comes_next_after_the_last_dose_of_a_taper_nor_on_a_suspended_plan() -> None:
    assert look(PLANS["stopped"], 33, time(21)).next is None
    assert look(PLANS["suspended"], 11, time(21)).next is None
    assert look(PLANS["suspended"], 12, time(9)).next is None


# --- Missed doses ---


@pytest.mark.parametrize("row", [*csv.DictReader(VECTORS.read_text("utf-8").splitlines())], ids=lambda row: row["rule"])
def test_a_missed_dose_is_told_as_the_rules_say(row: dict[str, str]) -> None:
    day, clock = int(row["plan_day"]), time.fromisoformat(row["now"])
    found = look(PLANS["first"], day, clock)
    slots = [
        taking.slot for taking in (found.doses if row["whose"] == "today" else look(PLANS["first"], day - 1).doses)
    ]
    a_day = {"one": ["evening"], "two": ["morning", "evening"], "three": ["morning", "midday", "evening"]}
    assert slots == a_day[row["doses"].split()[0]]
    takings = found.doses if row["whose"] == "today" else found.yesterday
    advice = {taking.slot: taking.advice for taking in takings}.get(row["slot"])
    assert advice == (row["advice"] or None)
    slot = row["slot"].capitalize() if row["whose"] == "today" else f"Yesterday {row['slot']},"
    mine = [line for line in lines(PLANS["first"], day, clock) if line.startswith(f"  {slot}")]
    assert [line.rpartition("? ")[2] for line in mine] == {"take": ["Take it now."], "skip": ["Skip it."], "": []}[
        row["advice"]
    ]


def test_a_missed_dose_comes_with_when_to_call() -> None:
    one, more = lines(PLANS["first"], 2, time(21)), lines(PLANS["first"], 9, time(9))
    assert "  Call before you start again if you missed 2 evenings in a row on one dose a day." in one
    assert "  Call before you start again if you missed every dose for 24 hours." in more
    for told in (one, more):
        assert "  Never take two doses at once." in told
    assert not any("missed" in line for line in lines(PLANS["first"], 9, time(7)))


def test_hours_to_the_next_dose_are_counted_across_a_clock_change() -> None:
    slots = Slots(time(3, 30), time(11), time(19))
    plan = make(zone="Europe/Berlin", start=date(2027, 3, 10), slots=slots)
    day = date(2027, 3, 28)  # 02:00 is 03:00: from 01:15 it is an hour and a quarter to 03:30
    for before, advice in ((day, "skip"), (day - timedelta(days=1), "take")):
        (late,) = agenda(plan, before, datetime.combine(before, time(1, 15), BERLIN)).yesterday
        assert (late.slot, late.advice) == ("evening", advice)


def test_a_dose_of_a_rise_is_taken_late_only_by_who_went_up() -> None:
    told = lines(PLANS["first"], 8, time(15))
    assert "  Midday 14:00, not taken? If you went up, take it now." in told
    assert "  Midday 14:00, not taken? Take it now." in lines(PLANS["first"], 9, time(15))
    assert "  Morning 08:00, not taken? Take it now." in lines(PLANS["first"], 8, time(9))  # it was taken before too


def test_what_cannot_wait_is_called_about_before_a_dose_is_taken() -> None:
    told = lines(lived()["urgent-fall"], 20, time(21))
    assert "  Evening 20:00, not taken? Call before you take it." in told
    assert told.index("  Read this first") < told.index("  Next dose") < told.index("  Call before you take it.")
    pregnant = lines(lived()["pregnant"], 6, time(21))  # who must never stop at once
    assert "  Evening 20:00, not taken? Take it now." in pregnant
    assert "  Call before you take it." not in pregnant


# --- Rises and falls ---


@pytest.mark.parametrize(("day", "when"), [(3, "Tomorrow"), (4, "Today")])
def test_a_rise_is_told_with_its_gate_on_its_day_and_the_day_before(day: int, when: str) -> None:
    told = [line.strip() for line in lines(PLANS["first"], day)]
    rise = told.index(f"{when}, Friday 4 December: up to 10 mg a day, only if you feel well on 5 mg.")
    assert told[rise + 1 : rise + 3] == [
        "If you go up, take 5 mg in the morning and 5 mg in the evening.",
        "If not, stay on 5 mg a day and call your prescriber.",
    ]


def test_a_fall_is_told_as_a_rise_is() -> None:
    stopped = PLANS["stopped"]
    for day, when in ((19, "Tomorrow"), (20, "Today")):
        told = [line.strip() for line in lines(stopped, day)]
        fall = told.index(f"{when}, Sunday 20 December: 10 mg a day instead of 15 mg.")
        assert told[fall + 1 : fall + 3] == [
            "Take 5 mg in the morning and 5 mg in the evening.",
            "Call the same day if you feel worse.",
        ]
    assert not any(look(stopped, day).change for day in (*range(21, 27), *range(28, 34)))


def test_the_gate_stands_in_the_json_of_its_day_and_of_the_day_before_alone() -> None:
    def gates(name: str, key: str) -> list[int]:
        return [day for day in range(1, 34) if document(PLANS[name], look(PLANS[name], day))[key]]

    assert (gates("first", "gate"), gates("first", "gate_tomorrow")) == ([4, 8], [3, 7])
    assert gates("stopped", "gate")[-1] < 20  # a fall needs no gate
    assert (gates("stopped", "change")[-2:], gates("stopped", "change_tomorrow")[-2:]) == ([20, 27], [19, 26])


def test_above_15_mg_the_next_dose_asks_for_the_prescribers_word() -> None:
    told = lines(lived()["target-30"], 14, time(21))
    assert "  Your prescriber must say yes too." not in told  # the next dose, of the morning, is the same as before
    told = lines(lived()["target-30"], 15, time(15))
    assert "  Go up on Tuesday 15 December 2026 only if you feel well on 15 mg a day." in told
    assert "  Your prescriber must say yes too." in told


def test_the_days_to_watch_closely_are_the_first_ones_and_those_after_a_rise() -> None:
    assert [day for day in range(-1, 31) if look(PLANS["first"], day).watch] == [*range(1, 12)]
    g4 = lived()["kidneys-G4"]
    assert [day for day in range(-1, 31) if look(g4, day).watch] == [1, 2, 3, 4]


# --- Before, after, the end ---


def test_before_the_start_it_says_when_the_plan_starts() -> None:
    told = lines(PLANS["first"], 0)
    assert told[:2] == [
        "Monday 30 November 2026.",
        "The plan has not started. It starts tomorrow, Tuesday 1 December 2026.",
    ]
    assert lines(PLANS["first"], -7)[1].endswith("It starts in 8 days, on Tuesday 1 December 2026.")


def test_the_end_of_an_open_plan_is_never_told_as_a_stop() -> None:
    stay = "Stay on 15 mg a day: 5 mg in the morning, 5 mg at midday and 5 mg in the evening."
    last = lines(PLANS["first"], 28)
    end = last.index("This is the last day of this plan. That is not a stop.")
    assert last[end + 1 : end + 3] == [stay, "Call your prescriber."]
    for day in (29, 60, 400):
        after = lines(PLANS["first"], day)
        assert after[:3] == [
            "  This plan ended on Monday 28 December 2026. That was not a stop.",
            f"  {stay}",
            "  Call your prescriber.",
        ]
        assert after[-1] == "Do not stop suddenly."
    assert look(PLANS["first"], 28).tomorrow is None
    assert look(PLANS["first"], 28).ends == "open"
    week = "This plan ends on Monday 28 December 2026. Call before your tablets run out. Do not stop."
    assert [day for day in range(1, 30) if week in lines(PLANS["first"], day)] == [*range(21, 28)]


def test_the_last_dose_of_a_taper_is_told_as_the_last_and_the_days_to_the_check_in_are_told() -> None:
    stopped = PLANS["stopped"]
    assert "The last dose of this day is the last one of this plan." in lines(stopped, 33)
    assert [look(stopped, day).days_to_check_in for day in (33, 34, 35, 36, 37)] == [None, 2, 1, 0, None]
    for day in (34, 35):
        told = lines(stopped, day)
        assert told[1] == "The plan is over. The last dose was on Saturday 2 January 2027."
        assert (
            "The risk goes on after the last dose. On Tuesday 5 January 2027, tell your prescriber how you are." in told
        )
    assert "The risk goes on after the last dose. Today, tell your prescriber how you are." in lines(stopped, 36)
    assert lines(stopped, 37)[1:] == ["The plan is over. The last dose was on Saturday 2 January 2027."]
    assert not any("review" in line for line in lines(stopped, 21))


def test_a_suspended_plan_has_no_dose_and_says_to_call() -> None:
    suspended = PLANS["suspended"]
    assert "From tomorrow on no dose is planned." in lines(suspended, 11)
    for day in (12, 13, 400):
        told = lines(suspended, day)
        assert told[0] == "  Call before the next dose"
        assert "  Do not go on on your own. Do not stop on your own." in told
        assert look(suspended, day).doses == ()
        assert not any("Take" in line for line in told)
    for day in (0, 1, 2):
        assert look(PLANS["suspended-on-day-1"], day).state == "suspended"


# --- Tablets, review ---


def test_tablets_are_named_and_counted_down_to_nothing() -> None:
    made = make(age=40, tablets=(Decimal(10),))
    assert "  20:00  Evening  5 mg (half a 10 mg tablet)" in lines(made, 1)
    assert "To the end of the plan you need 37 tablets of 10 mg." in lines(made, 1)
    assert "To the end of the plan you need one and a half 10 mg tablets." in lines(made, 28)
    assert look(made, 29).left == ()
    packed = make(age=40, tablets=(Decimal(10),), pack=3)
    for day, left, lasts in (
        (0, "3 tablets of 10 mg", "They last for 4 days, to Friday 4 December 2026."),
        (3, "2 tablets of 10 mg", "They last for 2 days, to Friday 4 December 2026."),
        (4, "one and a half 10 mg tablets", "They last for this day. Get more now."),
        (5, "half a 10 mg tablet", "They are not enough for this day. Get more now."),
        (20, "0 tablets of 10 mg", "They are not enough for this day. Get more now."),
    ):
        told = lines(packed, day)
        assert told[told.index(f"For this day and after you have {left}, if you took every dose.") + 1] == lasts
    assert [look(packed, day).lasts for day in (0, 1, 3, 4, 5, 20)] == [4, 4, 2, 1, 0, 0]
    assert "They last to the end of the plan." in lines(make(tablets=(10,), pack=40), 3)


def test_two_strengths_are_counted_apart_and_together_make_every_dose() -> None:
    made = make(age=40, target=Decimal(30), tablets=(Decimal(5), Decimal(10)))
    for day in made.days:
        left = look(made, day.number).left
        assert sum(one.tablet_mg * one.count for one in left) == sum(
            later.total for later in made.days[day.number - 1 :]
        )


def test_the_review_is_counted_down_and_gone_when_it_is_past() -> None:
    assert [look(PLANS["first"], day).days_to_review for day in (21, 22, 23)] == [1, 0, None]
    assert "Your review is today." in lines(PLANS["first"], 22)
    assert "Your review is tomorrow, Tuesday 22 December 2026." in lines(PLANS["first"], 21)
    assert "Your review is in 2 days, on Tuesday 22 December 2026." in lines(PLANS["first"], 20)


# --- JSON ---


def test_json_holds_exact_numbers_and_every_field() -> None:
    made = make(age=40, tablets=(Decimal(10),), zone="Europe/Berlin")
    half = [{"tablet_mg": 10, "count": Decimal("0.5")}]

    def dose(slot: str, clock: str) -> dict[str, object]:
        return {"slot": slot, "time": clock, "dose_mg": 5, "tablets": half}

    morning, midday, evening = dose("morning", "08:00"), dose("midday", "14:00"), dose("evening", "20:00")
    assert document(made, look(made, 7, time(9))) == {
        "schema": "titrate/today/1",
        "protocol": {"id": "raynaud", "version": "2026.12", "reviewed_by": "not yet reviewed by a prescriber"},
        "date": "2026-12-07",
        "state": "running",
        "urgent": [],
        "next": {"date": "2026-12-07", **evening},
        "doses": [{**morning, "past": True}, {**evening, "past": False}],
        "missed": [{**morning, "advice": "take"}],
        "yesterday": [],
        "call_if": ["Call before you start again if you missed every dose for 24 hours."],
        "change": None,
        "gate": None,
        "tomorrow": [{**taking, "past": None} for taking in (morning, midday, evening)],
        "change_tomorrow": {"from_mg": 10, "to_mg": 15},
        "gate_tomorrow": ("go up only if well tolerated; if not, stay on 10 mg a day and call the prescriber"),
        "ends": None,
        "watch": True,
        "stay": None,
        "for_you": ["Nobody has checked your other drugs. Show this plan to your pharmacist first."],
        "days_to_review": 15,
        "days_to_check_in": None,
        "tablets_left": [{"tablet_mg": 10, "count": Decimal("32.5")}],
        "tablets_last_days": None,
    }
    after = document(made, look(made, 29))
    assert after["stay"] == {"total_mg": 15, "doses": [morning, midday, evening]}
    assert (after["doses"], after["next"]) == ([], None)


# --- Every plan, every day, every width ---


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(list(PLANS)), st.integers(-3, 60), st.times())
def test_the_doses_of_any_day_are_the_plans_and_tomorrow_is_told_if_and_only_if_it_differs(
    name: str, day: int, clock: time
) -> None:
    plan = PLANS[name]
    by_date = {one.date: one for one in plan.days}
    today, following = by_date.get(on(day)), by_date.get(on(day + 1))
    found = look(plan, day, clock)
    assert [(one.slot, one.mg) for one in found.doses] == [tuple(dose) for dose in (today.doses if today else ())]
    differs = (today.doses if today else ()) != (following.doses if following else ())
    assert (found.tomorrow is not None or found.ends == "open") == differs
    if found.tomorrow is not None:
        assert [(one.slot, one.mg) for one in found.tomorrow] == [
            tuple(dose) for dose in (following.doses if following else ())
        ]
    assert (found.state == "running") == (today is not None)
    # Of all doses that are late one at most is still taken, and the next one is never past.
    assert sum(one.advice == "take" for one in (*found.yesterday, *found.doses)) <= 1
    assert all((one.advice is not None) == (one.past is True) for one in found.doses)
    if found.next:
        assert datetime.combine(found.next.date, found.next.taking.time, BERLIN) >= at(day, clock)


@pytest.mark.parametrize("name", PLANS)
def test_no_line_speaks_of_stopping_without_saying_how(name: str) -> None:
    for day in range(-1, 40):
        told = lines(PLANS[name], day)
        assert told[-1] == "Do not stop suddenly." or "The plan is over." in told[1]


def test_a_held_day_is_told_as_the_days_around_it() -> None:
    held = revise(PLANS["first"], on(5), "hold", days=7)
    assert look(held, 8).doses == look(held, 7).doses
    assert look(held, 14).tomorrow is not None


@pytest.mark.parametrize("width", [20, 40, 60, 100])
@pytest.mark.parametrize("name", PLANS | lived())
def test_no_dose_time_or_tablet_is_lost_or_broken_at_any_width(name: str, width: int) -> None:
    plan = (PLANS | lived())[name]
    for day in (0, 1, 3, 4, 8, 12, 14, 20, 28, 29, 33, 36):
        found = look(plan, day, time(15))
        page = layout(plan, found)
        narrow = rendered(page, width=width)
        assert narrow.replace("─", "").split() == rendered(page, width=200).replace("─", "").split()
        assert max(map(len, narrow.splitlines())) <= width
        assert all(f"{taking.mg} mg" in narrow for taking in found.doses)


def test_a_suspended_plan_still_says_what_matters_to_this_patient() -> None:
    plan = revise_in_december(lived()["standard"], 12, "kidney", egfr="12", breastfeeding=True, pregnant=True)
    told = look(plan, 13)
    assert any(sentence.startswith("Watch your baby") for sentence in told.for_you)
    assert [sentence.partition(".")[0] for sentence in told.urgent] == ["You are pregnant, or may be"]
