"""What a revision does to a calendar: nothing to what it leaves alone, and nothing is ever lost."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import calendars
import pytest
from calendars import STANDARD, by_title, cases, doses, revised, revisions, rings, starts, with_output
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import PROTOCOL, actions, make, revise

from titrate.errors import TitrateError
from titrate.evidence import zones
from titrate.export.calendar.ics import render
from titrate.export.calendar.outdated import outdated_events
from titrate.model import Plan

PLANS = cases() | revisions()


def versions(plan: Plan) -> list[Plan]:
    return [version._replace(history=plan.history[:number]) for number, version in enumerate((*plan.history, plan))]


@pytest.mark.parametrize("name", revisions())
def test_the_live_series_of_a_revised_plan_are_its_doses_exactly(name: str) -> None:
    plan = PLANS[name]
    in_file: Counter[tuple[str, str]] = Counter()
    for event in doses(render(plan)):
        for start in starts(event):
            at = start if start.tzinfo else start.replace(tzinfo=zones.zone(event.parameter("DTSTART", "TZID")))
            in_file[f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", event["SUMMARY"].split()[1]] += 1
    assert in_file == rings(plan)


@pytest.mark.parametrize("name", revisions())
def test_each_revision_keeps_every_uid_and_raises_stamps_and_sequence_of_changed_events_only(name: str) -> None:
    files = [render(version) for version in versions(PLANS[name])]
    for number, (before, after) in enumerate(zip(files, files[1:], strict=False), 1):
        old, new = calendars.blocks(before), calendars.blocks(after)
        assert set(old) <= set(new)
        at = f"{PLANS[name].revisions[number - 1].at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        earlier = {event["UID"]: event for event in calendars.events(before)}
        for event in calendars.events(after):
            uid = event["UID"]
            if uid not in old:
                assert (event["CREATED"], event["SEQUENCE"]) == (at, "0")
            elif old[uid] != new[uid]:
                assert event["LAST-MODIFIED"] == event["DTSTAMP"] == at
                assert event["CREATED"] == earlier[uid]["CREATED"]
                assert int(event["SEQUENCE"]) == int(earlier[uid]["SEQUENCE"]) + 1
                assert event.lines[0].startswith(f"Plan rev {number}")
                assert (
                    any(
                        line != earlier[uid].properties[place]
                        and line.name in ("DTSTART", "RRULE", "SUMMARY", "DESCRIPTION", "STATUS")
                        for place, line in enumerate(event.properties)
                        if place < len(earlier[uid].properties)
                    )
                    or event["STATUS"] != earlier[uid]["STATUS"]
                )


def test_a_revision_leaves_the_bytes_of_what_it_does_not_change() -> None:
    first, second = versions(PLANS["held"])
    old, new = calendars.blocks(render(first)), calendars.blocks(render(second))
    same = [uid for uid in old if old[uid] == new[uid]]
    assert len(same) == 2  # the doses of step 1, and the day on which step 2 begins


def test_a_running_series_is_shortened_and_not_cancelled() -> None:
    first, second = versions(PLANS["stepped-back"])
    running = {event["UID"]: event for event in doses(render(first)) if event.has("RRULE")}
    shorter = [
        event
        for event in doses(render(second))
        if event["UID"] in running and event["DTSTART"] == running[event["UID"]]["DTSTART"] and event["SEQUENCE"] == "1"
    ]
    assert [event["RRULE"] for event in shorter] == ["FREQ=DAILY;COUNT=2"] * 3


def test_a_dropped_event_is_cancelled_at_its_old_time_without_rule_or_alarm() -> None:
    first, second = versions(PLANS["held"])
    before = {event["UID"]: event for event in calendars.events(render(first))}
    dropped = [event for event in calendars.events(render(second)) if event["STATUS"] == "CANCELLED"]
    assert dropped
    for event in dropped:
        assert event["DTSTART"] == before[event["UID"]]["DTSTART"]
        assert event.text("SUMMARY") == f"CANCELLED, do not take: {before[event['UID']].text('SUMMARY')}"
        assert not event.has("RRULE")
        assert not event.parts
        assert event["SEQUENCE"] == "1"


def test_a_restored_step_gets_its_uids_back_with_a_higher_sequence() -> None:
    first, held, back = versions(PLANS["held-and-restored"])
    gone = {event["UID"] for event in calendars.events(render(held)) if event["STATUS"] == "CANCELLED"}
    returned = {event["UID"]: event for event in calendars.live(render(back)) if event["UID"] in gone}
    assert set(returned) == gone
    assert {event["SEQUENCE"] for event in returned.values()} == {"2"}
    live = {event["UID"]: event["DTSTART"] for event in calendars.live(render(first))}
    assert {uid: event["DTSTART"] for uid, event in returned.items()} == {uid: live[uid] for uid in gone}


def test_a_suspended_plan_cancels_every_later_event_and_has_one_urgent_call_at_the_next_dose() -> None:
    plan = PLANS["suspended"]
    start = plan.revisions[-1].start
    later = [event for event in calendars.live(render(plan)) if event["DTSTART"][:8] >= f"{start:%Y%m%d}"]
    assert [event.text("SUMMARY") for event in later] == ["URGENT: call before the next dose"]
    assert later[0]["DTSTART"] == f"{start:%Y%m%d}T023000"
    assert later[0].parts[0]["TRIGGER"] == "PT0S"
    assert "Do not go on alone and do not stop alone." in later[0].lines


def test_the_urgent_call_of_a_plan_suspended_at_noon_is_at_the_next_dose_and_not_at_a_past_one() -> None:
    first = PLANS["suspended"].history[0]
    noon = datetime(2027, 3, 26, 11, 0, tzinfo=UTC)
    plan = revised(first, 12, STANDARD[:11], action="kidney", ending="suspended", at=noon)
    assert by_title(render(plan))["URGENT: call before the next dose"]["DTSTART"] == "20270326T180000"


def test_the_urgent_call_of_a_plan_without_a_dose_still_to_come_is_on_the_day_itself() -> None:
    first = PLANS["suspended"].history[0]
    late = datetime(2027, 4, 11, 20, 0, tzinfo=UTC)
    plan = revised(first, 28, STANDARD[:27], action="kidney", ending="suspended", at=late)
    event = by_title(render(plan))["URGENT: call before the next dose"]
    assert (event["DTSTART"], event.parts[0]["TRIGGER"]) == ("20270411T221500", "PT0S")  # in a quarter of an hour


def test_a_review_that_is_past_when_the_plan_is_revised_stays() -> None:
    first = make(days=60)
    assert first.review
    changed = revised(first, 40, STANDARD + "3" * 11 + "2" * 21, action="step-back")
    before, after = render(first), render(changed)
    told = [event["UID"] for event in calendars.live(before) if "review" in event["SUMMARY"]]
    assert len(told) == 2
    assert {uid: calendars.blocks(after)[uid] for uid in told} == {uid: calendars.blocks(before)[uid] for uid in told}
    assert sum("review" in event["SUMMARY"] for event in calendars.live(after)) == 4


def test_what_has_rung_is_neither_rewritten_nor_moved_nor_cancelled() -> None:
    zone = zones.zone("Europe/Berlin")
    for name in revisions():
        files = [render(version) for version in versions(PLANS[name])]
        for number, (before, after) in enumerate(zip(files, files[1:], strict=False)):
            at, kept = PLANS[name].revisions[number].at, calendars.blocks(after)
            for event in calendars.live(before):
                start = starts(event)[0]
                rung = (start if start.tzinfo else start.replace(tzinfo=zone)) <= at
                if rung and not event["SUMMARY"].startswith("Baclofen "):
                    assert kept[event["UID"]] == calendars.blocks(before)[event["UID"]], event.text("SUMMARY")


def test_a_step_that_is_changed_after_its_reminder_rang_is_told_again_under_another_uid() -> None:
    first = make(zone="Europe/Berlin", age=40, taking=())
    evening = datetime(2026, 12, 7, 17, tzinfo=UTC)
    lower = revise(first, 8, "step-back", at=evening)
    by_titles = by_title(render(lower))
    rise = by_titles["Tomorrow, Tuesday 8 December: up to 15 mg a day, only if you feel well on 10 mg"]
    fall = by_titles["Tomorrow, Tuesday 8 December: 5 mg a day instead of 10 mg"]
    assert (rise["DTSTART"], fall["DTSTART"]) == ("20261207T120000", "20261207T200000")
    assert rise["STATUS"] == fall["STATUS"] == "CONFIRMED"
    assert rise["UID"] != fall["UID"]
    again = revise(lower, 8, "news", taking=("ramipril",), at=datetime(2026, 12, 7, 17, 30, tzinfo=UTC))
    same = by_title(render(again))["Tomorrow, Tuesday 8 December: 5 mg a day instead of 10 mg"]
    assert (same["UID"], same["DTSTART"]) == (fall["UID"], fall["DTSTART"])
    assert "You take ramipril too. Stand up slowly: you may feel dizzy." in same.lines


def test_a_second_call_rings_although_the_first_of_that_day_has_rung() -> None:
    first = make("95", zone="Europe/Berlin", age=40, taking=())
    fallen = revise(first, 12, "kidney", egfr="50", at=datetime(2026, 12, 12, 7, 30, tzinfo=UTC))
    failed = revise(fallen, 12, "kidney", egfr="12", at=datetime(2026, 12, 12, 15, tzinfo=UTC))
    urgent = [event for event in calendars.live(render(failed)) if event["SUMMARY"].startswith("URGENT")]
    assert [(event["SUMMARY"], event["DTSTART"]) for event in urgent] == [
        ("URGENT: call the prescriber today", "20261212T140000"),
        ("URGENT: call before the next dose", "20261212T200000"),
    ]


def test_showing_a_revised_plan_otherwise_changes_no_sequence() -> None:
    def sequences(plan: Plan) -> dict[str, str]:
        return {event["UID"]: event["SEQUENCE"] for event in calendars.events(render(plan))}

    plan = PLANS["held"]
    assert sequences(with_output(plan, alarm=30)) == sequences(plan) == sequences(with_output(plan, discreet=True))


def test_cancelled_events_can_be_listed_for_deleting_by_hand() -> None:
    plan = PLANS["held"]
    listed = Counter(f"CANCELLED, do not take: {wrong.event.title}" for wrong in outdated_events(plan))
    in_file = Counter(e.text("SUMMARY") for e in calendars.events(render(plan)) if e["STATUS"] == "CANCELLED")
    assert in_file
    assert in_file <= listed
    assert outdated_events(PLANS["one-day"]) == ()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 20), st.integers(1, 6)), min_size=1, max_size=4))
def test_any_run_of_revisions_leaves_exactly_the_newest_plans_doses(turns: list[tuple[int, int]]) -> None:
    plan = PLANS["Berlin-2027-03-28-0230"]
    day = 1
    for later, rung in turns:
        day += later
        now = "".join(str(int(d.total / PROTOCOL.ladder[0].total)) for d in plan.days)
        plan = revised(plan, day, now[: day - 1].ljust(day - 1, "3") + str(rung) * 28)
    days = Counter(start.date() for event in doses(render(plan)) for start in starts(event))
    assert days == Counter(day.date for day in plan.days for _ in day.doses)


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from((15, 20, 30)),
    st.sampled_from(((), (10,))),
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 40), actions), min_size=1, max_size=5),
)
def test_after_any_revisions_each_step_ahead_is_told_once_and_what_has_rung_stays(
    target: int, tablets: tuple[int, ...], drawn: list[tuple[int, int, tuple[str, dict[str, Any]]]]
) -> None:
    zone = zones.zone("Europe/Berlin")
    plan = make("95", zone="Europe/Berlin", taking=(), target=target, tablets=tablets, pack=30 if tablets else None)
    day, before = plan.inputs.start, calendars.blocks(render(plan))
    for later, hours, (action, facts) in drawn:
        day += later * calendars.DAY
        last = plan.revisions[-1].at if plan.revisions else plan.created
        made = max(datetime.combine(day, time(23), UTC) - timedelta(hours=hours), last + timedelta(minutes=20))
        live = {event["UID"]: event for event in calendars.live(render(plan))}
        try:
            plan = revise(plan, day, action, at=made, **facts)
        except TitrateError:
            continue
        data = render(plan)
        assert calendars.faults(data) == []
        after = calendars.blocks(data)
        for uid, event in live.items():
            start = starts(event)[0]
            rung = (start if start.tzinfo else start.replace(tzinfo=zone)) <= made
            if rung and not event["SUMMARY"].startswith("Baclofen "):
                assert after[uid] == before[uid]
        before = after
        told = [event for event in calendars.live(data) if event.text("DESCRIPTION").startswith("Plan rev")]
        for old, new in pairwise(plan.steps):
            if new.first_date <= made.astimezone(zone).date():
                continue
            words = f"{new.first_date:%A} {new.first_date.day} {new.first_date:%B}: "
            rise = f"up to {new.total} mg a day, only if you feel well on {old.total} mg"
            fall = f"{new.total} mg a day instead of {old.total} mg"
            change = rise if new.total > old.total else fall
            mine = [event for event in told if f", {words}{change}" in event.text("SUMMARY")]
            assert len(mine) == 1, (words, change)
            assert starts(mine[0])[0].date() in (new.first_date, new.first_date - calendars.DAY)
