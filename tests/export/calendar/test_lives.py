"""Whatever is changed on the way, the file has the plan's doses, and so has a phone, by whichever rule it updates its events."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date
from typing import Any

import pytest
from calendars import Component, Ring, blocks, events, rings, starts, with_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plans import changes_of, lives, make, revise

from titrate.evidence import zones
from titrate.export.calendar.ics import render
from titrate.model import NewSettings, Plan

# Each with a first day from which a year of plans goes over every change of its clock.
ZONES = (
    *("Europe/Berlin", "America/New_York", "Pacific/Auckland", "Africa/Casablanca", "Africa/Cairo"),
    *("Australia/Lord_Howe", "America/Santiago", "Europe/Dublin", "Antarctica/Troll"),
)
firsts = st.builds(
    lambda zone, start, target, days: make(zone=zone, start=start, target=target, days=days, tested=date(2026, 11, 20)),
    st.sampled_from(ZONES),
    st.sampled_from((date(2027, 3, 1), date(2027, 3, 26), date(2027, 9, 20), date(2027, 10, 20))),
    st.sampled_from((None, 30)),
    st.sampled_from((None, None, 366)),
)


def held(component: Component, kept: Component | None, rule: str) -> Component:
    """Return what a phone holds of an event that comes again: by its stamp (ICSx5), by its number (iTIP), or the new one."""
    if kept is None or rule == "delete and import again":
        return component
    if rule == "LAST-MODIFIED":
        return component if component["LAST-MODIFIED"] > kept["LAST-MODIFIED"] else kept
    return component if int(component["SEQUENCE"]) > int(kept["SEQUENCE"]) else kept


def seen(phone: dict[str, Component]) -> Counter[Ring]:
    """Return the doses that a phone rings at."""
    counted: Counter[Ring] = Counter()
    for event in phone.values():
        if event["STATUS"] != "CANCELLED" and event["SUMMARY"].startswith("Baclofen "):
            for start in starts(event):
                at = start if start.tzinfo else start.replace(tzinfo=zones.zone(event.parameter("DTSTART", "TZID")))
                counted[f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", event["SUMMARY"].split()[1]] += 1
    return counted


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(firsts, lives)
def test_after_any_changes_the_file_and_each_kind_of_phone_have_the_doses_of_the_plan(first: Plan, drawn: Any) -> None:
    first = with_settings(first, floating=False)
    drawn = [(*draft[:4], draft[4]._replace(discreet=None, floating=None)) for draft in drawn]
    phones: dict[str, dict[str, Component]] = {
        rule: {} for rule in ("LAST-MODIFIED", "SEQUENCE", "delete and import again")
    }
    plan, old = first, {}
    for plan in (
        first,
        *(after for _, after, _ in changes_of(first, [draft for draft in drawn if draft[4] != NewSettings()])),
    ):
        data = render(plan)
        new = {event["UID"]: event for event in events(data)}
        assert seen(new) == rings(plan)
        for rule, phone in phones.items():
            assert set(phone) <= set(new)
            phone.update({uid: held(event, phone.get(uid), rule) for uid, event in new.items()})
            assert seen(phone) == rings(plan), rule
        raw = blocks(data)
        for uid in old.keys() & raw.keys():  # what did not change is the same to the byte, and what did has risen
            before = {event["UID"]: event for event in events(render_before(plan))}[uid]
            changed = raw[uid] != old[uid]
            assert changed == (int(new[uid]["SEQUENCE"]) == int(before["SEQUENCE"]) + 1)
            assert changed == (new[uid]["LAST-MODIFIED"] > before["LAST-MODIFIED"])
        old = raw


def render_before(plan: Plan) -> bytes:
    return render(plan.history[-1]._replace(history=plan.history[:-1]))


@pytest.mark.parametrize(
    "new",
    [
        NewSettings(alarm=10),
        NewSettings(no_alarm=True),
        NewSettings(discreet=True, label="Tea"),
    ],
    ids=str,
)
def test_a_setting_that_every_event_shows_raises_every_event(new: NewSettings) -> None:
    first = make(zone="Europe/Berlin", start=date(2027, 3, 1))
    plan = revise(first, date(2027, 3, 1), "settings", settings=new)
    before = {event["UID"]: event for event in events(render(first))}
    after = {event["UID"]: event for event in events(render(plan))}
    reminders = {uid for uid, event in before.items() if not event["SUMMARY"].startswith("Baclofen ")}
    for uid in before.keys() - (reminders if new.alarm else set()):  # which ring as they begin
        assert after[uid]["SEQUENCE"] == "1"
        assert after[uid]["LAST-MODIFIED"] > before[uid]["LAST-MODIFIED"]


def test_a_calendar_that_becomes_discreet_names_nothing_any_more_of_what_is_past_or_cancelled_either() -> None:
    first = make(zone="Europe/Berlin", start=date(2027, 3, 1), tablets=(10,), pack=20)
    held_on = revise(first, date(2027, 3, 5), "hold", days=5)
    plan = revise(held_on, date(2027, 3, 20), "settings", settings=NewSettings(discreet=True))
    data = render(plan)
    assert {event["UID"] for event in events(render(held_on))} <= {event["UID"] for event in events(data)}
    text = data.decode().replace("\r\n ", "").lower()
    assert not any(word in text for word in ("baclofen", " mg", "tablet", "kidney", "raynaud"))


def test_a_plan_of_an_older_version_is_written_with_events_that_count_as_changed_by_the_newer_words() -> None:
    plan = make(zone="Europe/Berlin")
    older = plan._replace(version="0.1.0")
    for event in events(render(older)):
        assert event["SEQUENCE"] == "1"
        assert event["LAST-MODIFIED"] > event["CREATED"]
    assert {event["SEQUENCE"] for event in events(render(plan))} == {"0"}


def test_a_revision_by_newer_words_raises_what_it_leaves_alone_too() -> None:
    older = make(zone="Europe/Berlin")._replace(version="0.1.0")
    held_on = revise(older, date(2026, 12, 20), "hold", days=1)
    assert held_on.revisions[-1].edition == 2
    assert all(event["SEQUENCE"] == "1" for event in events(render(held_on)) if event["CREATED"] == "20261130T091500Z")
