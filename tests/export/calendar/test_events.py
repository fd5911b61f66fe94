"""What each reminder of a calendar says, when it rings, and what a discreet or floating one leaves out."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import calendars
import pytest
from calendars import DAY, by_title, cases, doses, revisions, rings, starts, with_output
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
    titles = set(by_title(render(make(target=30, tablets=(10,)))))
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
        (event.lines[0].rpartition(" ")[2], event.text("SUMMARY").split(", ")[1]): event.lines[1:3]
        for event in doses(render(make(target=20)))
        if any(line.startswith("Only if you went up") for line in event.lines)
    }
    assert set(asks) == {("2/4", "morning"), ("3/4", "midday"), ("4/4", "evening")}
    assert asks["3/4", "midday"] == [
        "Only if you went up to step 3.",
        "If not, stay on 10 mg a day and call the prescriber.",
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


# --- Step changes, review, blood test, refill, end ---


def test_a_step_change_tells_both_branches_of_its_gate_and_the_small_print() -> None:
    event = by_title(render(make()))["From today: step 3, 15 mg a day"]
    assert event["DTSTART"] == "20261208"
    assert event.parts[0]["TRIGGER"] == "-PT12H"
    text = " ".join(event.lines)
    assert "stay on 10 mg a day and call the prescriber" in text
    assert "If you go up, take 5 mg in the morning, 5 mg at midday and 5 mg in the evening." in text
    assert "off-label" in text
    assert PROTOCOL.reviewed_by in text
    assert event.lines[0] == "Plan rev 0, step 3/3"


def test_a_fall_says_that_you_take_less_and_has_no_gate() -> None:
    event = by_title(render(PLANS["stopping"]))["From today: step 4, 10 mg a day"]
    assert event.lines[1:5] == [
        "From today you take less: 10 mg a day.",
        "Take 5 mg in the morning and 5 mg in the evening.",
        "Call the same day if you feel worse.",
        "Nobody has checked your other drugs. Show this plan to your pharmacist first.",
    ]
    assert event.lines[5] == "Do not stop suddenly."
    assert "well tolerated" not in event["DESCRIPTION"]


def test_the_review_is_on_the_protocols_day_even_after_the_last_day() -> None:
    plan = make(days=10)
    assert plan.review
    assert plan.review.day > len(plan.days)
    assert by_title(render(plan))["Review: does it help?"]["DTSTART"] == f"{plan.review.date:%Y%m%d}"


def test_a_blood_test_is_due_each_time_that_the_last_one_grows_old() -> None:
    plan = make(tested=date(2026, 11, 20), days=366)
    days = PROTOCOL.rules.test_old_days
    due = [event["DTSTART"] for event in calendars.events(render(plan)) if "Blood test" in event["SUMMARY"]]
    assert due == [f"{date(2026, 11, 20) + times * days * DAY:%Y%m%d}" for times in range(1, 5)]


def test_a_blood_test_that_is_old_already_is_due_on_day_1() -> None:
    plan = make(tested=date(2026, 1, 1))
    assert by_title(render(plan))["Blood test due (kidneys)"]["DTSTART"] == "20261201"


def test_medicines_that_change_kidney_function_make_a_blood_test_due_sooner() -> None:
    plan = make(tested=date(2026, 11, 20), days=60)._replace(retest_days=30)
    assert [event["DTSTART"] for event in calendars.events(render(plan)) if "Blood" in event["SUMMARY"]] == [
        "20261220",
        "20270119",
    ]


def test_without_the_day_of_a_blood_test_none_is_announced() -> None:
    assert b"Blood test" not in render(make())


def test_a_blood_test_that_a_revision_makes_overdue_is_due_on_its_first_day_once() -> None:
    def blood_tests(plan: Plan) -> list[str]:
        return [event["DTSTART"] for event in calendars.live(render(plan)) if "Blood" in event["SUMMARY"]]

    first = make(tested=date(2026, 11, 10), age=40, taking=(), days=60)
    assert blood_tests(first) == []  # it serves for 90 days
    risky = revise(
        first, date(2026, 12, 20), "hold", days=1, taking=("ibuprofen",), at=datetime(2026, 12, 19, 9, tzinfo=UTC)
    )
    assert risky.retest_days == 30
    assert blood_tests(risky) == ["20261220", "20270119"]
    held = revise(risky, date(2026, 12, 25), "hold", days=1, at=datetime(2026, 12, 24, 9, tzinfo=UTC))
    assert blood_tests(held) == ["20261220", "20270119"]
    on_4_january = datetime(2027, 1, 4, 9, tzinfo=UTC)
    tested = revise(held, date(2027, 1, 5), "kidney", egfr="80", tested=date(2027, 1, 3), at=on_4_january)
    assert blood_tests(tested) == ["20261220"]  # the next is due after the plan's end


def test_a_blood_test_that_a_revision_tells_of_first_is_announced_from_then_on() -> None:
    first = make(age=40, taking=(), days=60)
    at = datetime(2026, 12, 9, 9, tzinfo=UTC)
    tested = revise(first, date(2026, 12, 10), "kidney", egfr="80", tested=date(2026, 10, 30), at=at)
    due = [event["DTSTART"] for event in calendars.live(render(tested)) if "Blood" in event["SUMMARY"]]
    assert due == [f"{date(2026, 10, 30) + PROTOCOL.rules.test_old_days * DAY:%Y%m%d}"]


@pytest.mark.parametrize(
    ("pack", "lasts_to", "reminder"),
    [
        (28, date(2026, 12, 22), date(2026, 12, 15)),  # 56 halves: 3, 8, then 15 whole days of 3
        (4, date(2026, 12, 5), date(2026, 12, 1)),  # 8 halves: 3, then 2 whole days of 2; a week before is past
    ],
)
def test_a_refill_is_due_a_week_before_the_tablets_in_hand_run_out(pack: int, lasts_to: date, reminder: date) -> None:
    event = by_title(render(make(tablets=(10,), pack=pack)))["Get more tablets"]
    assert event["DTSTART"] == f"{reminder:%Y%m%d}"
    assert f"You had {pack} tablets on Tuesday 1 December 2026." in event.lines
    assert any(f"last to {lasts_to:%A} {lasts_to.day} December 2026" in line for line in event.lines)
    assert f"This reminder comes {(lasts_to - reminder).days} days earlier." in event.lines


def test_a_refill_that_a_revision_moves_before_itself_still_rings_and_one_that_has_rung_stays() -> None:
    first = make(tablets=(10,), pack=28, age=40, taking=())
    raised = revise(first, date(2026, 12, 14), "target", target=Decimal(30), at=datetime(2026, 12, 13, 9, tzinfo=UTC))
    event = by_title(render(raised))["Get more tablets"]
    assert event["DTSTART"] == "20261214"  # a week before 20 December is past, and 15 December was still to come
    assert "At the planned doses they last to Sunday 20 December 2026." in event.lines
    assert "This reminder comes 6 days earlier." in event.lines
    held = revise(raised, date(2026, 12, 16), "hold", days=2, at=datetime(2026, 12, 15, 9, tzinfo=UTC))
    assert by_title(render(held))["Get more tablets"]["DTSTART"] == "20261214"


def test_tablets_that_last_for_less_than_a_day_are_told_without_a_lead() -> None:
    event = by_title(render(make(tablets=(5,), pack=1)))["Get more tablets"]
    assert event["DTSTART"] == "20261201"
    assert not [line for line in event.lines if "earlier" in line]


def test_no_tablets_in_hand_are_told_as_such() -> None:
    plan = make(tablets=(5,), pack=1)
    event = by_title(render(plan._replace(inputs=plan.inputs._replace(pack=0))))["Get more tablets"]
    assert event.lines[1:] == [
        "You had 0 tablets on Tuesday 1 December 2026.",
        "At the planned doses they do not last for the first day.",
        "Do not stop suddenly.",
    ]


def test_tablets_that_last_for_the_plan_need_no_refill() -> None:
    assert "Get more tablets" in by_title(render(make(tablets=(5,), pack=73)))
    assert "Get more tablets" not in by_title(render(make(tablets=(5,), pack=74)))


def test_the_last_day_says_to_call_and_not_to_stop() -> None:
    event = by_title(render(make()))["Call before your tablets run out. Do not stop."]
    assert event["DTSTART"] == "20261228"
    assert event.lines[-2:] == ["Stay on 15 mg a day and call the prescriber.", "Do not stop suddenly."]


def test_a_taper_ends_with_a_last_dose_and_a_check_in_and_no_call_for_more_tablets() -> None:
    plan = PLANS["stopping"]
    last = plan.days[-1].date
    live = {event.text("SUMMARY"): event["DTSTART"] for event in calendars.live(render(plan))}
    assert live["Last dose today"] == f"{last:%Y%m%d}"
    after = last + PROTOCOL.rules.check_in_days * DAY
    assert live["Check-in: how are you without baclofen?"] == f"{after:%Y%m%d}"
    assert "Call before your tablets run out. Do not stop." not in live
    for event in calendars.live(render(plan)):
        if event.text("SUMMARY") in ("Last dose today", "Check-in: how are you without baclofen?"):
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
    assert event.lines[1:] == ["Only if you went up to step 3.", "If not, stay on step 2 and call."]


@pytest.mark.parametrize("name", ["Berlin-2027-03-28-0230", "held", "suspended", "one-day"])
def test_a_floating_file_has_no_zone_and_every_dose_at_its_wall_clock_time(name: str) -> None:
    plan = PLANS[name]._replace(inputs=PLANS[name].inputs._replace(floating=True))
    data = render(plan)
    assert calendars.faults(data, floating=True) == []
    assert b"TZID" not in data
    assert Counter(start for event in doses(data) for start in starts(event)) == Counter(
        datetime.combine(day.date, getattr(plan.inputs.slots, dose.slot)) for day in plan.days for dose in day.doses
    )
