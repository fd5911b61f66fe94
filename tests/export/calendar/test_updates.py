"""A calendar on a server follows the plan: each revision is pushed by a real client, and what the server then holds is the plan."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from datetime import time as clock
from typing import Any

import pytest
from calendars import DAY, Ring, rings
from command import package
from icalendar import Calendar, Event
from plans import again, make, revise

from titrate.export import render
from titrate.export.calendar.history import issued_events
from titrate.model import Plan, Slots

START = date(2027, 3, 15)  # Berlin's clocks skip 02:30 on 28 March
SLOTS = Slots(clock(2, 30), clock(10), clock(18))


def on(day: int) -> date:
    return START + (day - 1) * DAY


def versions() -> tuple[Plan, ...]:
    """Return a plan and its revisions: held; the step that is then to come taken out; and the same step restored."""
    first = make(age=40, start=START, slots=SLOTS, zone="Europe/Berlin", tested=date(2026, 11, 20), taking=())
    held = revise(first, on(5), "hold", days=3, at=datetime(2027, 3, 18, 20, tzinfo=UTC))
    lower = revise(held, on(6), "target", target=10, at=datetime(2027, 3, 19, 20, tzinfo=UTC))
    restored = revise(lower, on(7), "target", target=15, at=datetime(2027, 3, 20, 20, tzinfo=UTC))
    return (first, held, lower, restored)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    package("radicale")
    folder = tmp_path_factory.mktemp("radicale")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {
        "server-hosts": f"127.0.0.1:{port}",
        "auth-type": "none",
        "storage-filesystem-folder": str(folder / "collections"),
        "config": "",
    }
    command = [
        sys.executable,
        "-m",
        "radicale",
        *(part for name, value in options.items() for part in (f"--{name}", value)),
    ]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            for _ in range(200):
                with closing(socket.socket()) as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            else:
                pytest.fail((folder / "log").read_text())
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()


class Phone:
    """A CalDAV calendar and the client that an import feeds, one object a UID."""

    def __init__(self, server: str, name: str) -> None:
        import caldav

        self._calendar = caldav.DAVClient(url=server, username="anna", password="").principal().make_calendar(name=name)

    def push(self, plan: Plan) -> None:
        """Import a plan's calendar file: each event is put under its UID, over what stood there."""
        import caldav

        whole = Calendar.from_ical(render(plan, "ics"))
        zones = [part for part in whole.subcomponents if part.name == "VTIMEZONE"]
        for event in whole.walk("VEVENT"):
            single = Calendar()
            single.add("version", "2.0")
            single.add("prodid", str(whole["PRODID"]))
            single.subcomponents += [*zones, event]
            url = self._calendar.url.join(f"{event['UID']}.ics")
            held = caldav.Event(
                client=self._calendar.client, url=url, data=single.to_ical().decode(), parent=self._calendar
            )
            held.save(increase_seqno=False)  # the file's own numbers, as an import keeps them

    def events(self) -> dict[str, Event]:
        """Return what the server holds, by UID; one object for each."""
        events = [event for held in self._calendar.events() for event in held.icalendar_instance.walk("VEVENT")]
        by_uid = {str(event["UID"]): event for event in events}
        assert len(by_uid) == len(events)
        return by_uid

    def rings(self, first: date) -> Counter[Ring]:
        """Return every (instant, mg) of the doses that the server holds and that are not cancelled."""
        import recurring_ical_events

        rung: Counter[Ring] = Counter()
        for held in self._calendar.events():
            for event in recurring_ical_events.of(held.icalendar_instance).between(first - DAY, first + 400 * DAY):
                title = str(event["SUMMARY"]).split()
                if str(event.get("STATUS")) != "CANCELLED" and title[0] == "Baclofen" and title[2].startswith("mg"):
                    rung[f"{event['DTSTART'].dt.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", title[1]] += 1
        return rung


@pytest.fixture
def phone(server: str, request: pytest.FixtureRequest) -> Phone:
    package("caldav")
    package("recurring_ical_events")
    return Phone(server, request.node.name)


def numbers(event: Event) -> tuple[int, Any, Any]:
    return int(event["SEQUENCE"]), event["LAST-MODIFIED"].dt, event["DTSTAMP"].dt


def test_after_each_revision_the_server_holds_exactly_the_doses_of_the_plan(phone: Phone) -> None:
    for plan in versions():
        phone.push(plan)
        assert phone.rings(START) == rings(plan)
        assert phone.rings(START).total() == sum(len(day.doses) for day in plan.days)


def test_only_changed_events_rise_and_every_uid_ever_issued_stays(phone: Phone) -> None:
    before: dict[str, Event] = {}
    statuses: list[Counter[str]] = []
    for plan in versions():
        phone.push(plan)
        held = phone.events()
        assert set(before) <= set(held)
        assert len(held) == len(issued_events(plan))
        stamp = plan.revisions[-1].at if plan.revisions else plan.created
        for uid, event in held.items():
            old = before.get(uid)
            if old is None:
                assert numbers(event) == (0, stamp, stamp)
            elif event.to_ical() == old.to_ical():
                assert numbers(event) == numbers(old)
            else:
                assert numbers(event) == (numbers(old)[0] + 1, stamp, stamp)
                assert event["CREATED"].dt == old["CREATED"].dt
        unchanged = sum(uid in before and held[uid].to_ical() == before[uid].to_ical() for uid in held)
        assert unchanged or not before
        before = held
        statuses.append(Counter(str(event["STATUS"]) for event in held.values()))
    assert statuses[0]["CANCELLED"] == 0
    assert statuses[2]["CANCELLED"] > statuses[1]["CANCELLED"] > 0


def test_a_cancelled_step_that_is_restored_gets_its_events_back(phone: Phone) -> None:
    first, held, lower, restored = versions()
    assert [step.first_day for step in held.steps] == [step.first_day for step in restored.steps] == [1, 4, 11]
    assert len(lower.steps) == 2
    by_version = []
    for plan in (first, held, lower, restored):
        phone.push(plan)
        by_version.append({uid: str(event["STATUS"]) for uid, event in phone.events().items()})
    came_back = {
        uid for uid, status in by_version[3].items() if status == "CONFIRMED" and by_version[2].get(uid) == "CANCELLED"
    }
    assert len(came_back) >= 4  # three series and the step itself
    events = phone.events()
    for uid in came_back:
        assert int(events[uid]["SEQUENCE"]) == 2
        assert len(events[uid].walk("VALARM")) == 1
    gone = [event for event in events.values() if str(event["STATUS"]) == "CANCELLED"]
    assert gone
    for event in gone:
        assert "RRULE" not in event
        assert not event.walk("VALARM")
        assert str(event["SUMMARY"]).startswith("CANCELLED")


def test_pushing_the_same_file_twice_changes_nothing(phone: Phone) -> None:
    plan = versions()[3]
    phone.push(plan)
    before = {uid: event.to_ical() for uid, event in phone.events().items()}
    phone.push(again(render(plan, "json")))  # the calendar of the plan as it is read back
    assert {uid: event.to_ical() for uid, event in phone.events().items()} == before


@pytest.mark.parametrize("action", ["stop", "kidney", "step-back"])
def test_a_stop_a_suspension_and_a_step_back_are_followed(phone: Phone, action: str) -> None:
    first = versions()[0]
    phone.push(first)
    plan = revise(first, on(12), action, **({"egfr": "12"} if action == "kidney" else {}))
    phone.push(plan)
    assert phone.rings(START) == rings(plan)
    titles = {str(event["SUMMARY"]) for event in phone.events().values() if str(event["STATUS"]) != "CANCELLED"}
    if action == "stop":
        assert any("last dose" in title.lower() for title in titles)
    if action == "kidney":
        assert any("call before the next dose" in title.lower() for title in titles)
        assert max(ring[0] for ring in phone.rings(START)) < f"{on(12)}"


def test_a_phone_that_missed_two_revisions_catches_up(phone: Phone) -> None:
    first, *_, last = versions()
    phone.push(first)
    phone.push(last)
    assert phone.rings(START) == rings(last)
