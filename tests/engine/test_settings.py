"""The practical side of a running plan changes from a day on, and a change is taken back: no dose changes but as the rules say."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from plans import START, changes_of, first_plans, lives, make, revise

from titrate.engine.first_day import first_day
from titrate.engine.settings import due
from titrate.errors import BadInput, Refused, TitrateError
from titrate.model import NewSettings, Output, Plan, Revision, Slots

BERLIN = make(zone="Europe/Berlin", age=40, tested=date(2026, 11, 20), taking=())
DAY = timedelta(days=1)


def at(day: int, hour: int = 6, minute: int = 0) -> datetime:
    """Return a moment of a December day in UTC; Berlin is an hour ahead."""
    return datetime(2026, 12, 1, hour, minute, tzinfo=UTC) + (day - 1) * DAY


def totals(plan: Plan) -> list[int]:
    return [int(day.total) for day in plan.days]


def set_on(plan: Plan, day: int, **new: Any) -> Plan:
    return revise(plan, day, "settings", settings=NewSettings(**new))


def undo(plan: Plan, moment: datetime | None = None) -> Plan:
    moment = moment or plan.revisions[-1].at + timedelta(seconds=1)
    moment = max(moment, plan.revisions[-1].at + timedelta(seconds=1)) if plan.revisions else moment
    return revise(plan, first_day(plan, "undo", moment), "undo", at=moment)


# --- Settings ---


def test_new_hours_hold_from_their_day_on_and_change_no_dose() -> None:
    plan = set_on(BERLIN, 10, morning=time(9), evening=time(21))
    assert totals(plan) == totals(BERLIN)
    assert [f"{slot:%H:%M}" for slot in plan.settings_on(date(2026, 12, 9)).slots] == ["08:00", "14:00", "20:00"]
    assert [f"{slot:%H:%M}" for slot in plan.settings_on(date(2026, 12, 10)).slots] == ["09:00", "14:00", "21:00"]
    assert [(step.first_day, step.last_day, int(step.total)) for step in plan.steps] == [
        *((1, 3, 5), (4, 7, 10), (8, 9, 15)),
        (10, 28, 15),
    ]
    assert plan.steps[-1].gate is None
    assert plan.revisions[-1].action == "settings"


def test_what_only_looks_otherwise_parts_no_step() -> None:
    plan = set_on(
        BERLIN, 10, contact="Clinic 020", discreet=True, label="Tea", alarm=10, paper="letter", large_print=True
    )
    assert plan.steps == BERLIN.steps
    assert plan.current.output == Output(True, "Tea", 10, "letter", True, "both", "Clinic 020")
    silent = set_on(plan, 11, no_alarm=True, discreet=False)
    assert silent.current.output.alarm is None
    assert not silent.current.output.discreet
    assert set_on(silent, 12, alarm=0).current.output.alarm == 0


def test_a_zone_ends_floating_and_floating_keeps_the_zone_as_a_hint() -> None:
    floating = set_on(BERLIN, 10, floating=True)
    assert (floating.current.zone, floating.current.floating) == ("Europe/Berlin", True)
    tokyo = set_on(floating, 12, zone="Asia/Tokyo", morning=time(15), midday=time(19, 30), evening=time(23, 59))
    assert (tokyo.current.zone, tokyo.current.floating) == ("Asia/Tokyo", False)


def test_two_doses_come_no_closer_than_4_hours_across_a_change_of_zone() -> None:
    # Day 9 ends at 20:00 in Berlin, which is 04:00 of day 10 in Tokyo: its 08:00 is 4 hours later, its 07:45 too early.
    assert set_on(BERLIN, 10, zone="Asia/Tokyo").current.zone == "Asia/Tokyo"
    with pytest.raises(
        Refused, match=r"the dose of 2026-12-10 at 07:45 would come 3.8 hours.*at least 4 hours must pass"
    ):
        set_on(BERLIN, 10, zone="Asia/Tokyo", morning=time(7, 45))
    with pytest.raises(Refused) as early:
        set_on(BERLIN, 10, zone="Pacific/Auckland")  # its 08:00 is 20:00 in Berlin
    assert "{morning} 12:00" in early.value.todo or "morning 12:00" in str(early.value)


def test_a_change_that_works_on_a_later_day_names_that_day() -> None:
    # On days 1 to 3 there is no morning dose: only from day 4 on is the first one too early.
    with pytest.raises(Refused) as refused:
        set_on(BERLIN, 5, zone="Pacific/Auckland", morning=time(8))
    assert "12:00" in str(refused.value)
    evening_only = make("18", zone="Europe/Berlin", age=40)
    assert set_on(evening_only, 5, zone="Pacific/Auckland").current.zone == "Pacific/Auckland"


@pytest.mark.parametrize(
    ("new", "error", "words"),
    [
        ({"morning": time(15)}, BadInput, "out of order"),
        ({"morning": time(11)}, BadInput, "less than 4 hours apart"),
        ({"zone": "Asia/Tokyo", "floating": True}, BadInput, "contradict"),
        ({"alarm": 5, "no_alarm": True}, BadInput, "contradict"),
        ({"label": "Tea"}, BadInput, "discreet"),
        ({"pack": 28}, BadInput, "exactly one"),
        ({"tablets": (Decimal(25),)}, Refused, "give tablet 5, or tablet 10"),
        ({"tablets": (Decimal(20),)}, Refused, "no tablets of 20 mg make a dose of 5 mg"),
        ({"tablets": (Decimal(7),)}, BadInput, "no baclofen tablet of 7 mg"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_with_what_would_work(new: Any, error: type[TitrateError], words: str) -> None:
    with pytest.raises(error, match=words):
        set_on(BERLIN, 10, **new)


def test_new_tablets_must_make_every_dose_down_to_the_first() -> None:
    high = make("95", target=30, age=40, zone="Europe/Berlin")
    with pytest.raises(Refused, match="no tablets of 20 mg make a dose of 5 mg"):
        set_on(high, 40, tablets=(Decimal(20),))  # 10 mg three times a day are halves of it, the way down is not
    assert set_on(high, 40, tablets=(Decimal(10),)).steps[-1].tablets


def test_new_tablets_leave_no_pack_that_was_counted_in_the_old_ones() -> None:
    ten = make(tablets=(10,), pack=40, age=40)
    five = set_on(ten, 10, tablets=(Decimal(5),))
    assert (five.current.tablets, five.current.pack) == ((Decimal(5),), None)
    again = set_on(five, 12, pack=60)
    assert (again.current.pack, again.current.pack_since) == (60, date(2026, 12, 12))
    assert {row.tablet_mg for row in again.supply} == {Decimal(5)}


def test_settings_keep_the_word_that_is_missing_and_the_rises_that_wait_for_it() -> None:
    waiting = revise(BERLIN, 5, "hold", days=1, taking=("codeine",))
    assert waiting.revisions[-1].no_rise
    plan = set_on(waiting, 6, morning=time(9))
    assert plan.revisions[-1].no_rise
    assert totals(plan) == totals(waiting)


def test_settings_keep_the_protocol_that_is_in_force() -> None:
    from titrate.evidence import reader
    from titrate.model import Patient

    old = reader.evidence(Patient(), version="2026.11")
    from plans import CREATED, confirmed, inputs

    first = confirmed(inputs("70", target=30), CREATED, old)
    plan = set_on(first, 10, morning=time(9))
    assert plan.ceiling == first.ceiling == 30
    assert totals(plan) == totals(first)


def test_settings_learn_nothing_of_the_patient() -> None:
    with pytest.raises(BadInput, match="learns nothing"):
        revise(BERLIN, 10, "settings", settings=NewSettings(morning=time(9)), taking=("codeine",))
    with pytest.raises(BadInput, match="settings needs a setting"):
        revise(BERLIN, 10, "settings")
    with pytest.raises(BadInput, match="settings needs a setting"):
        revise(BERLIN, 10, "hold", days=1, settings=NewSettings(morning=time(9)))


# --- The day from which it acts ---


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (at(2, 18, 59), 2),  # 19:59 in Berlin: the only dose of day 2 is at 20:00
        (at(2, 19, 0), 3),
        (at(5, 6, 59), 5),
        (at(5, 7, 0), 6),
        (datetime(2026, 11, 20, tzinfo=UTC), 1),
        (datetime(2027, 1, 10, 6, 59, tzinfo=UTC), 41),  # after the end the last doses go on
        (datetime(2027, 1, 10, 7, 0, tzinfo=UTC), 42),
    ],
    ids=str,
)
def test_without_a_date_a_revision_acts_today_while_the_first_dose_is_ahead(moment: datetime, day: int) -> None:
    assert first_day(BERLIN, "hold", moment) == START + (day - 1) * DAY


def test_what_goes_on_begins_after_the_last_day() -> None:
    assert first_day(BERLIN, "continue", at(10)) == date(2026, 12, 29)
    assert first_day(BERLIN, "continue", datetime(2027, 1, 10, 6, 0, tzinfo=UTC)) == date(2027, 1, 10)


def test_a_kidney_result_that_acts_tomorrow_says_to_take_no_more_today() -> None:
    def codes(plan: Plan) -> dict[str, str]:
        return {finding.code: finding.severity for finding in plan.findings}

    noon, night = at(12, 11), at(12, 20)
    assert codes(revise(BERLIN, 13, "kidney", egfr="41", at=noon))["no-more-today"] == "urgent"
    assert codes(revise(BERLIN, 13, "kidney", egfr="12", at=noon))["no-more-today"] == "urgent"
    assert "no-more-today" not in codes(revise(BERLIN, 13, "kidney", egfr="41", at=night))
    assert "no-more-today" not in codes(revise(BERLIN, 13, "kidney", egfr="84", at=noon))  # the dose stays
    assert "no-more-today" not in codes(revise(BERLIN, 12, "kidney", egfr="41", at=at(12)))  # it acts today
    assert "no-more-today" not in codes(revise(BERLIN, 13, "step-back", at=noon))


# --- Taking back ---


def test_a_change_is_taken_back_until_the_first_dose_that_it_changed_is_due() -> None:
    held = revise(BERLIN, 2, "hold", days=7, at=at(2))  # the first dose that differs is that of the morning of day 4
    back = undo(held, at(4, 6, 59))
    assert totals(back) == totals(BERLIN)
    assert [revision.action for revision in back.revisions] == ["hold", "undo"]
    with pytest.raises(Refused, match=r"has been followed since: .* change it again with"):
        undo(held, at(4, 7, 0))


def test_a_mistyped_result_that_suspended_a_plan_is_taken_back() -> None:
    suspended = revise(BERLIN, 10, "kidney", egfr="8", at=at(10))
    assert suspended.ending == "suspended"
    back = undo(suspended, at(10, 6, 30))
    assert (back.ending, totals(back), back.kidney) == ("open", totals(BERLIN), BERLIN.kidney)
    assert back.inputs == BERLIN.inputs
    assert not any(finding.severity == "urgent" for finding in back.findings)
    with pytest.raises(Refused, match="has been followed"):
        undo(suspended, at(10, 7))


def test_the_last_change_that_stands_is_taken_back_and_then_the_one_before() -> None:
    first = revise(BERLIN, 10, "hold", days=3, at=at(9))
    second = set_on(first, 11, morning=time(9))
    once = undo(second)
    assert (once.current.slots, totals(once)) == (BERLIN.current.slots, totals(first))
    twice = undo(once)
    assert totals(twice) == totals(BERLIN)
    assert [revision.action for revision in twice.revisions] == ["hold", "settings", "undo", "undo"]
    with pytest.raises(Refused, match="no change to take back"):
        undo(twice)


def test_settings_are_taken_back_at_any_time_from_then_on() -> None:
    plan = set_on(BERLIN, 10, morning=time(9))
    back = undo(plan, at(15, 9))
    assert [plan.settings_on(START + (day - 1) * DAY).slots.morning.hour for day in (9, 10, 20)] == [8, 9, 9]
    assert [back.settings_on(START + (day - 1) * DAY).slots.morning.hour for day in (9, 10, 15, 16, 20)] == [
        8,
        9,
        9,
        8,
        8,
    ]


def test_what_was_learned_is_forgotten_with_the_change_that_learned_it() -> None:
    news = revise(BERLIN, 5, "news", taking=("codeine",), at=at(5))
    assert [name.typed for name in news.names] == ["codeine"]
    back = undo(news, at(5, 6, 10))
    assert back.names == BERLIN.names
    assert totals(back) == totals(BERLIN)
    assert not back.revisions[-1].no_rise


def test_taking_back_the_change_that_brought_a_newer_protocol_brings_the_older_one_back() -> None:
    from plans import CREATED, confirmed, inputs

    from titrate.evidence import reader
    from titrate.model import Patient

    first = confirmed(inputs("70", target=30), CREATED, reader.evidence(Patient(), version="2026.11"))
    held = revise(first, 30, "hold", days=1, evidence=reader.evidence(Patient()))
    assert held.in_force.version == "2026.12"
    assert held.ceiling == 20
    back = undo(held)
    assert back.in_force.version == "2026.11"
    assert (back.ceiling, totals(back)) == (first.ceiling, totals(first))


def test_a_late_change_taken_back_leaves_the_days_that_were_lived() -> None:
    late = revise(BERLIN, 40, "kidney", egfr="41", at=datetime(2027, 1, 9, 5, 0, tzinfo=UTC))
    back = undo(late)
    assert totals(back) == [*totals(BERLIN), *[15] * 12]


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(first_plans, lives)
def test_any_life_of_changes_settings_and_undos_keeps_its_past_and_takes_back_what_it_says(
    first: Plan, drawn: Any
) -> None:
    for before, plan, moment in changes_of(first, drawn):
        kind, versions = plan.revisions[-1].action, (*plan.history, plan)
        past = {each.date: each.doses for each in before.days if due_by(before, each.date, moment)}
        assert {each.date: each.doses for each in plan.days if each.date in past} == past
        if kind == "settings":
            assert totals(plan)[: len(before.days)] == totals(before)
            least = timedelta(hours=4)
            times = [
                due(plan.settings_on(each.date), each.date, dose.slot) for each in plan.days for dose in each.doses
            ]
            since = plan.revisions[-1].start
            near = [when for when in times if abs((when.date() - since).days) <= 1]
            assert all(then - now >= least for now, then in pairwise(near))
        if kind == "undo":
            standing: tuple[Revision, ...] = plan.standing
            last = before.standing[-1]
            assert standing == before.standing[:-1]
            was = next(version for version in versions if version.standing == standing)
            if last.action != "settings":
                assert totals(plan)[: len(was.days)] == totals(was)
                assert plan.ending == was.ending
            else:
                assert plan.current._replace(since=START) == was.current._replace(since=START)


def due_by(plan: Plan, day: date, moment: datetime) -> bool:
    """Whether every dose of a day was due by then."""
    planned = next(each for each in plan.days if each.date == day)
    return all(due(plan.settings_on(day), day, dose.slot) <= moment for dose in planned.doses)


# --- What an attack found ---


def test_an_alarm_at_the_dose_is_written_and_read_again() -> None:
    from plans import again

    from titrate.export import render

    plan = set_on(set_on(BERLIN, 10, no_alarm=True), 11, alarm=0)
    assert render(again(render(plan, "json")), "json") == render(plan, "json")


def test_a_change_that_was_taken_back_keeps_no_earlier_one_out() -> None:
    far = revise(BERLIN, 300, "step-back", at=at(9, 9))
    back = undo(far)
    assert (totals(back), back.revisions[-1].start) == (totals(BERLIN), date(2026, 12, 9))
    assert revise(back, 10, "stop", at=at(9, 10)).ending == "taper"
    assert revise(back, 10, "kidney", egfr="12", at=at(9, 10)).ending == "suspended"


def test_settings_that_were_dated_ahead_are_taken_back_from_now_on() -> None:
    back = undo(set_on(BERLIN, 200, morning=time(9)), at(9, 9))
    assert back.settings_on(date(2027, 8, 1)).slots == BERLIN.current.slots
    assert revise(back, 12, "stop", at=at(11)).ending == "taper"


@pytest.mark.parametrize(
    ("first", "new", "moment"),
    [
        ({"zone": "Pacific/Auckland"}, {"zone": "UTC"}, datetime(2026, 12, 12, 21, 58, tzinfo=UTC)),
        (
            {"zone": "Europe/Berlin", "slots": Slots(time(0, 30), time(8), time(16))},
            {"morning": time(7), "midday": time(14), "evening": time(22, 30)},
            datetime(2026, 12, 12, 11, tzinfo=UTC),
        ),
    ],
    ids=["over the date line", "hours"],
)
def test_settings_are_not_taken_back_where_two_doses_would_come_too_close_and_hours_that_work_are_named(
    first: dict[str, Any], new: dict[str, Any], moment: datetime
) -> None:
    plan = make(age=40, **first)
    moved = revise(plan, 9, "settings", settings=NewSettings(**new), at=datetime(2026, 12, 7, 1, tzinfo=UTC))
    with pytest.raises(Refused, match="at least 4 hours must pass") as refused:
        undo(moved, moment)
    hours = NewSettings(zone=first["zone"], **named_hours(refused.value.todo))
    again = revise(moved, first_day(moved, "settings", moment, hours), "settings", settings=hours, at=moment)
    times = [due(again.settings_on(day.date), day.date, dose.slot) for day in again.days for dose in day.doses]
    assert all(then - now >= timedelta(hours=4) for now, then in pairwise(times))


def named_hours(todo: str) -> dict[str, time]:
    """Return the hours that a message names: `... give {morning} 12:00 {midday} 16:00 {evening} 20:00`."""
    words = todo.rpartition("give ")[2].replace("{", "").replace("}", "").split()
    return {slot: time.fromisoformat(clock) for slot, clock in zip(words[::2], words[1::2], strict=True)}


def test_settings_move_no_dose_that_is_due() -> None:
    new = NewSettings(evening=time(22, 30))
    with pytest.raises(Refused, match=r"doses of 2026-12-15 are due already.* give 2026-12-16 or a later day"):
        revise(BERLIN, 15, "settings", settings=new, at=at(15, 19, 30))
    with pytest.raises(Refused, match="doses of 2026-12-05 are due already"):
        revise(BERLIN, 5, "settings", settings=new, at=at(15, 19, 30))
    assert first_day(BERLIN, "settings", at(15, 6), new) == date(2026, 12, 15)
    assert first_day(BERLIN, "settings", at(15, 6), NewSettings(morning=time(6))) == date(
        2026, 12, 16
    )  # 07:00 in Berlin
    assert first_day(BERLIN, "settings", at(15, 6), NewSettings(contact="020")) == date(2026, 12, 15)


def test_over_the_date_line_a_moment_has_the_date_of_the_new_clock() -> None:
    from titrate.engine.settings import local

    plan = make(age=40, zone="Pacific/Auckland")
    west = revise(plan, 11, "settings", settings=NewSettings(zone="Pacific/Honolulu"), at=at(9, 21))
    moment = datetime(2026, 12, 10, 20, tzinfo=UTC)  # the 11th in Auckland, the 10th in Honolulu
    settings_then, today = local(west.settings, moment)
    assert (settings_then.zone, today) == ("Pacific/Honolulu", date(2026, 12, 10))
    assert local(west.settings, datetime(2026, 12, 10, 10, tzinfo=UTC))[0].zone == "Pacific/Auckland"


def test_the_hours_that_are_named_work() -> None:
    for here, there in (("Europe/Berlin", "Pacific/Auckland"), ("Europe/London", "Australia/Sydney")):
        plan = make(age=40, zone=here)
        with pytest.raises(Refused) as refused:
            set_on(plan, 12, zone=there)
        assert set_on(plan, 12, zone=there, **named_hours(refused.value.todo)).current.zone == there
    with pytest.raises(Refused, match="keep the hours of the old clock"):
        set_on(make(age=40, zone="Pacific/Honolulu"), 12, zone="Pacific/Auckland")


def test_after_the_end_a_change_is_taken_back_until_the_first_dose_that_it_changed_is_due() -> None:
    learned_late = revise(BERLIN, date(2026, 12, 30), "news", taking=("codeine",), at=at(30, 6))
    assert undo(learned_late, at(30, 10)).names == BERLIN.names
    stopped = revise(BERLIN, date(2026, 12, 30), "stop", at=at(30, 6))
    with pytest.raises(Refused, match="has been followed since"):
        undo(stopped, at(30, 14))  # the midday dose was left out at 14:00


@pytest.mark.parametrize(("action", "facts"), [("kidney", {"egfr": "8"}), ("stop", {})])
def test_what_cannot_be_taken_back_names_a_way_that_works(action: str, facts: dict[str, Any]) -> None:
    changed = revise(BERLIN, 12, action, at=at(12), **facts)
    with pytest.raises(Refused) as refused:
        undo(changed, at(12, 20))
    assert "target" not in refused.value.todo
    assert "new plan" in refused.value.todo


def test_days_to_go_on_with_are_refused_in_a_taper_for_what_it_is() -> None:
    tapering = revise(BERLIN, 12, "stop", at=at(12))
    start = first_day(tapering, "continue", at(12, 1))
    with pytest.raises(Refused, match="continue: the plan is stopping"):
        revise(tapering, start, "continue", days=5)


def test_a_pack_is_counted_in_its_own_tablets_alone() -> None:
    from titrate.engine.tablets import lasts_to

    five = make(tablets=(5,), pack=60, age=40, zone="Europe/Berlin")
    ten = revise(five, 12, "settings", settings=NewSettings(tablets=(Decimal(10),), pack=30), at=at(11))
    back = undo(ten, at(15, 9))
    # 3 x 1, 4 x 2 and 4 x 3 tablets of 5 mg to day 11, then halves of 10 mg to day 15: 37 are left for day 16 on.
    assert lasts_to(back) == date(2026, 12, 15) + 12 * DAY


def test_a_better_kidney_result_of_the_same_day_takes_the_fall_away() -> None:
    fall = revise(BERLIN, 12, "kidney", egfr="25", at=at(12))
    assert any(finding.code == "kidney-fall" for finding in fall.findings)
    corrected = revise(fall, 12, "kidney", egfr="85", at=at(12, 6, 30))
    assert not any(finding.severity == "urgent" for finding in corrected.findings)


def test_a_date_of_another_year_is_a_slip() -> None:
    with pytest.raises(BadInput, match="more than 366 days ahead; check the year"):
        revise(BERLIN, date(2036, 1, 1), "step-back", at=at(5))


def test_a_later_day_on_which_the_change_works_is_named() -> None:
    tapering = revise(BERLIN, 20, "stop", at=at(19))  # one dose a day, in the evening, from day 27 on
    with pytest.raises(Refused, match=r"give from 2026-12-2[78]") as refused:
        revise(tapering, 22, "settings", settings=NewSettings(zone="Pacific/Auckland"), at=at(21))
    day = date.fromisoformat(refused.value.todo.partition("{from} ")[2][:10])
    assert (
        revise(tapering, day, "settings", settings=NewSettings(zone="Pacific/Auckland"), at=at(21)).current.since == day
    )


def test_what_only_looks_otherwise_is_taken_back_from_today_on() -> None:
    plan = set_on(BERLIN, 10, contact="020")
    assert undo(plan, at(12, 6)).settings_on(date(2026, 12, 12)).output.contact is None
    assert undo(plan, at(12, 6)).revisions[-1].start == date(2026, 12, 12)


def test_days_that_were_lived_after_the_end_stay_when_the_change_that_added_them_is_taken_back() -> None:
    longer = revise(BERLIN, date(2026, 12, 29), "continue", days=10, at=at(28))
    back = undo(longer, datetime(2027, 1, 3, 10, tzinfo=UTC))
    assert totals(back) == [*totals(BERLIN), *[15] * 6]


def test_on_day_1_there_is_no_dose_before_to_be_too_close_to() -> None:
    plan = revise(
        BERLIN, 1, "settings", settings=NewSettings(zone="Pacific/Auckland"), at=datetime(2026, 11, 30, tzinfo=UTC)
    )
    assert plan.settings_on(START).zone == "Pacific/Auckland"
