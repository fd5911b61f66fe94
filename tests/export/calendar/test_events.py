"""What each reminder of a calendar says, when it rings, and what a discreet or floating one leaves out."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import calendars
import pytest
from calendars import DAY, by_title, cases, doses, revisions, rings, starts, with_output, with_settings
from plans import PROTOCOL, make, revise

from titrate.export.calendar.ics import render
from titrate.model import Plan

PLANS = cases() | revisions()
SECRETS = re.compile(r"baclofen|raynaud|kidney|\bmg\b|tablet|medic|doctor|prescriber|blood|seizure", re.IGNORECASE)


def everything(**output: object) -> list[bytes]:
    rich = make(target=30, tablets=(10,), pack=20, tested=date(2026, 11, 1), days=100)
    return [render(with_output(plan, discreet=True, **output)) for plan in (rich, *PLANS.values())]


# --- Doses ---


def test_28_days_in_berlin_across_a_spring_change_are_74_doses_and_one_alarm_an_event() -> None:
    plan = PLANS["Berlin-2027-03-28-0230"]
    data = render(plan)
    assert sum(len(starts(event)) for event in doses(data)) == rings(plan).total() == 74
    assert {len(event.parts) for event in calendars.events(data)} == {1}


def test_a_dose_on_a_missing_minute_rings_in_utc_at_the_offset_before_the_gap() -> None:
    times = [event["DTSTART"] for event in doses(render(PLANS["Berlin-2027-03-28-0230"]))]
    assert [at for at in times if at.endswith("Z")] == ["20270328T013000Z"]


def test_a_dose_on_a_double_minute_rings_in_utc_at_the_first() -> None:
    times = [event["DTSTART"] for event in doses(render(PLANS["Berlin-2027-10-31-0230"]))]
    assert [at for at in times if at.endswith("Z")] == ["20271031T003000Z"]


@pytest.mark.parametrize("name", [name for name in PLANS if name.endswith("-0300") and "Berlin" in name])
def test_a_dose_when_the_clock_has_just_changed_stays_in_its_series(name: str) -> None:
    assert not [event for event in doses(render(PLANS[name])) if event["DTSTART"].endswith("Z")]


def test_titles_name_drug_dose_and_slot() -> None:
    assert "Baclofen 5 mg, morning" in by_title(render(make()))


def test_titles_name_the_tablets_that_were_given() -> None:
    titles = {event.text("SUMMARY") for event in doses(render(make(target=30, tablets=(10,))))}
    assert "Baclofen 5 mg, morning (half a tablet of 10 mg)" in titles
    assert "Baclofen 10 mg, evening (1 tablet of 10 mg)" in titles
    assert max(map(len, titles)) <= 60


def test_a_dose_says_its_step_the_food_the_missed_dose_rule_and_not_to_stop() -> None:
    rules = PROTOCOL.rules
    by_place = {event.lines[0]: event.lines for event in doses(render(make()))}
    one_a_day, three_a_day = by_place["Plan rev 0, step 1/3"], by_place["Plan rev 0, step 3/3"]
    for lines in (one_a_day, three_a_day):
        assert "Take it with food or after food." in lines
        assert f"If the next dose is less than {rules.missed_skip_hours} hours away, skip the missed one." in lines
        assert lines[-1] == "Do not stop suddenly."
    assert "If you remember it the next morning, skip it." in one_a_day
    assert any(f"{rules.missed_evenings} evenings in a row" in line for line in one_a_day)
    assert any(f"{rules.missed_all_hours} hours" in line for line in three_a_day)


def test_only_a_reminder_that_is_new_at_a_gate_asks_whether_you_went_up() -> None:
    asks = {
        (event.lines[0].rpartition(" ")[2], event.text("SUMMARY").split(", ")[1]): event.lines[2:4]
        for event in doses(render(make(target=20)))
        if any(line.startswith("Only if you went up") for line in event.lines)
    }
    assert set(asks) == {("2/4", "morning"), ("3/4", "midday"), ("4/4", "evening")}
    assert asks["3/4", "midday"] == [
        "Only if you went up to step 3.",
        "If not, stay on 10 mg a day and call your prescriber.",
    ]


@pytest.mark.parametrize(("minutes", "trigger"), [(0, "PT0S"), (5, "-PT5M"), (60, "-PT1H"), (90, "-PT1H30M")])
def test_a_dose_rings_that_many_minutes_before(minutes: int, trigger: str) -> None:
    data = render(with_output(make(), alarm=minutes))
    assert calendars.faults(data) == []
    assert {event.parts[0]["TRIGGER"] for event in doses(data)} == {trigger}


def test_without_alarm_nothing_rings() -> None:
    data = render(with_output(PLANS["held"], alarm=None))
    assert b"VALARM" not in data
    assert calendars.faults(data, alarms=False) == []


# --- Step changes ---


TO_10 = "Tomorrow, Friday 4 December: up to 10 mg a day, only if you feel well on 5 mg"
TO_15 = "Tomorrow, Tuesday 8 December: up to 15 mg a day, only if you feel well on 10 mg"


def reminders(data: bytes) -> dict[str, str]:
    """Return what is no dose and still holds: when each begins, by its title."""
    return {
        event.text("SUMMARY"): event["DTSTART"]
        for event in calendars.live(data)
        if not event["SUMMARY"].startswith("Baclofen ")
    }


def noon(day: date) -> str:
    return f"{day:%Y%m%d}T120000"


def test_a_step_is_told_at_noon_of_the_day_before_with_both_branches_of_its_gate_and_the_small_print() -> None:
    event = by_title(render(make(zone="Europe/Berlin")))[TO_15]
    assert event["DTSTART"], event["DTEND"] == ("20261207T120000", "20261207T123000")
    assert {line.parameters for line in event.properties if line.name.startswith("DT") and line.parameters} == {
        ";TZID=Europe/Berlin"
    }
    assert event.parts[0]["TRIGGER"] == "PT0S"
    assert event.lines[:5] == [
        "Plan rev 0",  # and no number of a step beside a dose
        "Go up on Tuesday 8 December 2026 only if you feel well on 10 mg a day.",
        "If you go up, take 5 mg in the morning, 5 mg at midday and 5 mg in the evening.",
        "If not, stay on 10 mg a day and call your prescriber.",
        f"Watch for sleepiness, dizziness and confusion for the next {PROTOCOL.rules.watch_days} days.",
    ]
    text = " ".join(event.lines)
    assert "off-label" in text
    assert PROTOCOL.reviewed_by in text


def test_above_15_mg_the_reminder_of_a_step_asks_for_the_prescribers_word() -> None:
    data = render(make(target=20))
    event = by_title(data)[
        "Tomorrow, Tuesday 15 December: up to 20 mg a day, only if you feel well on 15 mg and your prescriber says yes"
    ]
    assert "Your prescriber must say yes too." in event.lines
    assert "Your prescriber must say yes too." not in by_title(data)[TO_15].lines
    discreet = by_title(render(with_output(make(target=20), discreet=True)))
    agreed = "Go on to this step only if the last one went well and you have called about it."
    assert agreed in discreet["Tomorrow, Tuesday 15 December: step 4"].lines
    assert agreed not in discreet["Tomorrow, Tuesday 8 December: step 3"].lines


def test_a_fall_is_told_as_a_rise_is_and_has_no_gate() -> None:
    events = by_title(render(PLANS["stopping"]))
    assert (
        events["Today, Saturday 3 April: 10 mg a day instead of 15 mg"]["DTSTART"] == "20270403T023000"
    )  # made at 20:30
    event = events["Tomorrow, Saturday 10 April: 5 mg a day instead of 10 mg"]
    assert event["DTSTART"] == "20270409T120000"
    assert event.lines[1:5] == [
        "Go down on Saturday 10 April 2027, from 10 mg to 5 mg a day.",
        "Take 5 mg in the evening.",
        "Call the same day if you feel worse.",
        "Nobody has checked your other drugs. Show this plan to your pharmacist first.",
    ]
    assert event.lines[5] == "Do not stop suddenly."
    assert "only if" not in event["DESCRIPTION"]


def test_no_step_is_told_on_a_day_that_its_words_do_not_name() -> None:
    for plan in PLANS.values():
        for title, start in reminders(render(plan)).items():
            if not title.startswith(("Tomorrow, ", "Today, ")):
                continue
            rings = datetime.strptime(start[:8], "%Y%m%d").date() + DAY * title.startswith("Tomorrow")  # noqa: DTZ007
            assert title.startswith(f"{title.split(',')[0]}, {rings:%A} {rings.day} {rings:%B}: "), (title, start)


def test_the_doses_of_a_step_say_its_first_day() -> None:
    for event in doses(render(make())):
        firsts = [line for line in event.lines if line.startswith("First day of")]
        assert (
            firsts
            == {
                "1/3": [],
                "2/3": ["First day of 10 mg a day: Friday 4 December."],
                "3/3": ["First day of 15 mg a day: Tuesday 8 December."],
            }[event.lines[0].rpartition(" ")[2]]
        )


def test_only_the_last_dose_of_a_taper_says_that_it_is_the_last() -> None:
    plan = PLANS["stopping"]
    last = plan.days[-1].date
    said = [event for event in doses(render(plan)) if any("last dose of this plan" in line for line in event.lines)]
    assert len(said) == 1
    assert f"The last dose of this plan: {last:%A} {last.day} {last:%B}." in said[0].lines
    assert starts(said[0])[-1].date() == last
    assert not [event for event in doses(render(make())) if "last dose" in event["DESCRIPTION"]]


# --- A moment that is past when the plan is made ---


@pytest.mark.parametrize(
    ("hour", "rings", "when"),
    [
        (10, "20261203T120000", "Tomorrow"),  # 11:00 in Berlin
        (11, "20261203T200000", "Tomorrow"),  # noon itself is past: the dose of that evening
        (18, "20261203T200000", "Tomorrow"),
        (20, "20261204T080000", "Today"),
    ],
)
def test_a_step_whose_noon_is_past_is_told_at_the_next_dose(hour: int, rings: str, when: str) -> None:
    first = make(zone="Europe/Berlin", age=40, taking=(), created=datetime(2026, 12, 3, hour, tzinfo=UTC))
    told = reminders(render(first))
    assert told[TO_10.replace("Tomorrow", when)] == rings
    assert told[TO_15] == "20261207T120000"


def test_a_change_of_today_after_its_last_dose_is_told_in_a_quarter_of_an_hour() -> None:
    first = make(zone="Europe/Berlin", age=40, taking=())
    lower = revise(first, date(2026, 12, 10), "step-back", at=datetime(2026, 12, 10, 19, 30, 20, tzinfo=UTC))
    told = reminders(render(lower))
    assert told["Today, Thursday 10 December: 10 mg a day instead of 15 mg"] == "20261210T204500"
    late = revise(first, date(2026, 12, 10), "step-back", at=datetime(2026, 12, 10, 22, 50, tzinfo=UTC))
    assert reminders(render(late))["Since Thursday 10 December: 10 mg a day instead of 15 mg"] == "20261211T000500"


def test_a_step_that_was_over_when_the_first_plan_was_made_is_not_told() -> None:
    told = reminders(render(make(created=datetime(2026, 12, 9, 9, tzinfo=UTC))))
    assert not [title for title in told if " a day" in title]


def test_a_large_fall_is_told_at_the_first_dose_and_says_what_to_watch_for() -> None:
    high = make("95", age=40, taking=(), target=30, days=90, zone="Europe/Berlin")
    fallen = revise(high, date(2027, 1, 20), "kidney", egfr="20", at=datetime(2027, 1, 19, 9, tzinfo=UTC))
    title = "Tomorrow, Wednesday 20 January: 5 mg a day instead of 30 mg"
    assert reminders(render(fallen))[title] == "20270119T140000"  # made at 10:00 there: the next dose, not noon
    event = by_title(render(fallen))[title]
    assert event.lines[1] == "This is a big step down. Call for help now if you have a fit, a fever, or see things."
    at_once = revise(high, date(2027, 1, 20), "kidney", egfr="20", at=datetime(2027, 1, 20, 15, tzinfo=UTC))
    assert reminders(render(at_once))[title.replace("Tomorrow", "Today")] == "20270120T200000"


# --- Review, blood test, refill, end ---


def test_the_review_is_told_a_week_ahead_and_the_day_before_even_after_the_last_day() -> None:
    plan = make(days=10)
    assert plan.review
    assert plan.review.day > len(plan.days)
    told = reminders(render(plan))
    day = "Tuesday 22 December: review. Does it help?"
    assert told[f"In a week, {day}"] == noon(plan.review.date - 7 * DAY)
    assert told[f"Tomorrow, {day}"] == noon(plan.review.date - DAY)


def test_a_week_that_is_past_is_told_at_the_next_noon_unless_the_day_before_is_as_near() -> None:
    def ends(days: int) -> list[tuple[str, str]]:
        told = reminders(render(make(days=days, created=datetime(2026, 11, 30, 9, 15, tzinfo=UTC)))).items()
        return [(title.partition(":")[0], start) for title, start in told if "last day of this plan" in title]

    assert ends(5) == [
        ("On Saturday 5 December", "20261130T120000"),
        ("Tomorrow, Saturday 5 December", "20261204T120000"),
        ("Today, Saturday 5 December", "20261205T120000"),
    ]
    assert ends(1) == [
        ("Tomorrow, Tuesday 1 December", "20261130T120000"),
        ("Today, Tuesday 1 December", "20261201T120000"),
    ]


def blood_tests(plan: Plan) -> list[str]:
    return [event["DTSTART"] for event in calendars.live(render(plan)) if "Blood" in event["SUMMARY"]]


def test_a_blood_test_is_due_each_time_that_the_last_one_grows_old() -> None:
    plan = make(tested=date(2026, 11, 20), days=366)
    days = PROTOCOL.rules.test_old_days
    assert blood_tests(plan) == [noon(date(2026, 11, 20) + times * days * DAY) for times in range(1, 5)]


def test_a_blood_test_that_is_old_already_is_due_on_day_1() -> None:
    assert blood_tests(make(tested=date(2026, 1, 1))) == ["20261201T120000"]


def test_medicines_that_change_kidney_function_make_a_blood_test_due_sooner() -> None:
    plan = make(tested=date(2026, 11, 20), days=60)._replace(retest_days=30)
    assert blood_tests(plan) == ["20261220T120000", "20270119T120000"]


def test_without_the_day_of_a_blood_test_none_is_announced() -> None:
    assert b"Blood test" not in render(make())


def test_a_blood_test_that_a_revision_makes_overdue_is_due_on_its_first_day_once() -> None:
    first = make(tested=date(2026, 11, 10), age=40, taking=(), days=60)
    assert blood_tests(first) == []  # it serves for 90 days
    risky = revise(
        first, date(2026, 12, 20), "hold", days=1, taking=("ibuprofen",), at=datetime(2026, 12, 19, 9, tzinfo=UTC)
    )
    assert risky.retest_days == 30
    assert blood_tests(risky) == ["20261220T120000", "20270119T120000"]
    held = revise(risky, date(2026, 12, 25), "hold", days=1, at=datetime(2026, 12, 24, 9, tzinfo=UTC))
    assert blood_tests(held) == ["20261220T120000", "20270119T120000"]
    on_4_january = datetime(2027, 1, 4, 9, tzinfo=UTC)
    tested = revise(held, date(2027, 1, 5), "kidney", egfr="80", tested=date(2027, 1, 3), at=on_4_january)
    assert blood_tests(tested) == ["20261220T120000"]  # the next is due after the plan's end


def test_a_blood_test_that_is_overdue_after_noon_is_due_at_the_next_noon() -> None:
    first = make(tested=date(2026, 11, 10), age=40, taking=(), days=60)
    at = datetime(2026, 12, 20, 15, tzinfo=UTC)
    risky = revise(first, date(2026, 12, 20), "news", taking=("ibuprofen",), at=at)
    assert blood_tests(risky) == ["20261221T120000", "20270120T120000"]


def test_a_blood_test_that_comes_before_a_revision_acts_still_rings() -> None:
    first = make(tested=date(2026, 9, 10), age=40, taking=(), days=60)
    assert blood_tests(first) == ["20261209T120000"]
    held = revise(first, date(2026, 12, 12), "hold", days=2, at=datetime(2026, 12, 5, 9, tzinfo=UTC))
    assert blood_tests(held) == ["20261209T120000"]
    newer = revise(
        first,
        date(2026, 12, 12),
        "kidney",
        egfr="85",
        tested=date(2026, 12, 4),
        at=datetime(2026, 12, 5, 9, tzinfo=UTC),
    )
    assert blood_tests(newer) == []


def test_a_blood_test_that_a_revision_tells_of_first_is_announced_from_then_on() -> None:
    first = make(age=40, taking=(), days=60)
    at = datetime(2026, 12, 9, 9, tzinfo=UTC)
    tested = revise(first, date(2026, 12, 10), "kidney", egfr="80", tested=date(2026, 10, 30), at=at)
    assert blood_tests(tested) == [noon(date(2026, 10, 30) + PROTOCOL.rules.test_old_days * DAY)]


def refills(plan: Plan) -> list[tuple[str, str]]:
    told = [event for event in calendars.live(render(plan)) if event["SUMMARY"].startswith("Get more tablets")]
    return [(event["DTSTART"], event.text("SUMMARY").removeprefix("Get more tablets")) for event in told]


@pytest.mark.parametrize(
    ("pack", "lasts_to", "reminder"),
    [
        (28, date(2026, 12, 22), date(2026, 12, 15)),  # 56 halves: 3, 8, then 15 whole days of 3
        (4, date(2026, 12, 5), date(2026, 11, 30)),  # 8 halves: 3, then 2 whole days of 2; a week before is past
    ],
)
def test_a_refill_is_due_a_week_before_the_tablets_in_hand_run_out(pack: int, lasts_to: date, reminder: date) -> None:
    plan = make(tablets=(10,), pack=pack)
    day = f"{lasts_to:%A} {lasts_to.day} December"
    assert refills(plan) == [(noon(at), f": yours last to {day}") for at in (reminder, lasts_to - DAY)]
    for event in calendars.live(render(plan)):
        if event["SUMMARY"].startswith("Get more"):
            assert event.lines[1:] == [
                f"You had {pack} tablets on Tuesday 1 December 2026.",
                f"At the planned doses they last to {day} 2026.",
                "Do not stop suddenly.",
            ]


def test_a_refill_that_has_rung_stays_and_one_that_comes_sooner_rings_anew() -> None:
    first = make(tablets=(10,), pack=28, age=40, taking=())
    before = calendars.blocks(render(first))
    raised = revise(first, date(2026, 12, 17), "target", target=Decimal(30), at=datetime(2026, 12, 16, 9, tzinfo=UTC))
    assert refills(raised) == [
        ("20261215T120000", ": yours last to Tuesday 22 December"),  # it has rung
        ("20261216T120000", ": yours last to Sunday 20 December"),
        ("20261219T120000", ": yours last to Sunday 20 December"),
    ]
    rung = next(event for event in calendars.events(render(first)) if event["DTSTART"] == "20261215T120000")
    assert calendars.blocks(render(raised))[rung["UID"]] == before[rung["UID"]]
    held = revise(raised, date(2026, 12, 18), "hold", days=2, at=datetime(2026, 12, 17, 9, tzinfo=UTC))
    assert ("20261216T120000", ": yours last to Sunday 20 December") in refills(held)


def test_tablets_that_last_for_less_than_a_day_are_told_without_a_date() -> None:
    assert refills(make(tablets=(5,), pack=1)) == [("20261130T120000", ": yours last to Tuesday 1 December")]
    assert refills(make(tablets=(5,), pack=1, created=datetime(2026, 12, 1, 13, tzinfo=UTC))) == [
        ("20261201T200000", ": yours last to Tuesday 1 December")
    ]


def test_no_tablets_in_hand_are_told_as_such() -> None:
    plan = make(tablets=(5,), pack=1)
    event = by_title(render(with_settings(plan, pack=0)))["Get more tablets now"]
    assert event.lines[1:] == [
        "You had 0 tablets on Tuesday 1 December 2026.",
        "At the planned doses they do not last for the first day.",
        "Do not stop suddenly.",
    ]


def test_tablets_that_last_for_the_plan_need_no_refill() -> None:
    assert refills(make(tablets=(5,), pack=73))
    assert refills(make(tablets=(5,), pack=74)) == []


def test_the_last_day_says_to_call_and_not_to_stop() -> None:
    told = {title: start for title, start in reminders(render(make())).items() if "last day" in title}
    call = "Monday 28 December: last day of this plan. Call before your tablets run out. Do not stop."
    assert told == {
        f"In a week, {call}": "20261221T120000",
        f"Tomorrow, {call}": "20261227T120000",
        f"Today, {call}": "20261228T120000",
    }
    for title in told:
        event = by_title(render(make()))[title]
        assert event.lines[1:4] == [
            "The plan ends on Monday 28 December 2026; the medicine does not.",
            "Stay on 15 mg a day and call the prescriber.",
            "Take 5 mg in the morning, 5 mg at midday and 5 mg in the evening.",
        ]
        assert event.lines[-1] == "Do not stop suddenly."
        assert ("Have tablets for the days after it too." in event.lines) == (not title.startswith("Today"))


def test_where_nobody_knows_how_many_tablets_are_in_hand_the_end_says_what_the_rest_takes() -> None:
    def takes(**facts: object) -> list[str]:
        events = by_title(render(make(**facts))).values()
        return [line for event in events for line in event.lines if line.startswith("From ")]

    assert takes(tablets=(10,)) == [  # 8 days, then 2, of 3 halves
        "From Monday 21 December 2026 to the last day the plan takes 12 tablets of 10 mg.",
        "From Sunday 27 December 2026 to the last day the plan takes 3 tablets of 10 mg.",
    ]
    assert takes() == takes(tablets=(10,), pack=100) == []


def test_the_last_reminder_of_a_plan_says_what_to_do_after_it() -> None:
    """Whatever the plan: a call, and no stop, or how things are after a taper."""
    for name, plan in PLANS.items():
        if plan.days and plan.created.date() <= plan.days[-1].date:
            last = max(calendars.live(render(plan)), key=lambda event: event["DTSTART"])
            text = last.text("SUMMARY") + last.text("DESCRIPTION")
            assert "call" in text.lower() or "Talk to the prescriber" in text, name


def test_a_taper_ends_with_a_last_dose_and_a_check_in_and_no_call_for_more_tablets() -> None:
    plan = PLANS["stopping"]
    last = plan.days[-1].date
    told = reminders(render(plan))
    day = f"{last:%A} {last.day} {last:%B}"
    assert told[f"In a week, {day}: the last dose"] == noon(last - 7 * DAY)
    assert told[f"Tomorrow, {day}: the last dose"] == noon(last - DAY)
    after = last + PROTOCOL.rules.check_in_days * DAY
    assert told["Check-in: how are you without baclofen?"] == noon(after)
    assert not [title for title in told if "before your tablets run out" in title]
    for event in calendars.live(render(plan)):
        if event.text("SUMMARY").endswith((": the last dose", "without baclofen?")):
            assert event.lines[-2:] == [
                "Call the same day if you feel worse.",
                "Call now for a seizure, new confusion or seeing things.",
            ]


# --- Discreet, floating ---


def test_a_discreet_call_still_says_neither_to_go_on_nor_to_stop_alone() -> None:
    call = by_title(render(with_output(PLANS["suspended"], discreet=True)))["URGENT: call before the next dose"]
    assert call.lines[1:] == ["Do not go on alone and do not stop alone."]


@pytest.mark.parametrize("label", [None, "Vitamins"])
def test_a_discreet_file_names_no_drug_dose_illness_or_person(label: str | None) -> None:
    for data in everything(label=label):
        assert not SECRETS.search(data.decode().replace("\r\n ", "")), SECRETS.search(data.decode())
        assert calendars.faults(data, discreet=True) == []


def test_a_discreet_dose_says_its_slot_and_step_or_the_users_own_word() -> None:
    assert "Dose midday, step 3" in by_title(render(with_output(make(), discreet=True)))
    assert "Vitamins midday, step 3" in by_title(render(with_output(make(), discreet=True, label="Vitamins")))


def test_a_discreet_gate_still_asks_whether_you_went_up() -> None:
    event = by_title(render(with_output(make(), discreet=True)))["Dose midday, step 3"]
    assert event.lines[1:] == [
        "First day of step 3: Tuesday 8 December.",
        "Only if you went up to step 3.",
        "If not, stay on step 2 and call.",
    ]


@pytest.mark.parametrize("name", ["Berlin-2027-03-28-0230", "held", "suspended", "one-day"])
def test_a_floating_file_has_no_zone_and_every_dose_at_its_wall_clock_time(name: str) -> None:
    plan = with_settings(PLANS[name], floating=True)
    data = render(plan)
    assert calendars.faults(data, floating=True) == []
    assert b"TZID" not in data
    assert Counter(start for event in doses(data) for start in starts(event)) == Counter(
        datetime.combine(day.date, getattr(plan.inputs.slots, dose.slot)) for day in plan.days for dose in day.doses
    )
