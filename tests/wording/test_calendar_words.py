"""The sentences of a calendar are short and plain, and its hints say what its user must know."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any, ClassVar

import calendars
import pytest
from calendars import cases, revisions, with_output, with_settings
from plans import make, revise

from titrate.export.calendar import event as calendar_event
from titrate.export.calendar.hints import hints
from titrate.export.calendar.ics import render
from titrate.wording import Words, words

FALLEN = revise(make("54", taking=("codeine",)), 6, "kidney", egfr="28")
PLANS = cases() | revisions()


ALL = (make(target=30, tablets=(10,), pack=20, tested=date(2026, 11, 1), days=100), *PLANS.values(), FALLEN)


def every_description() -> set[str]:
    files = [render(with_output(plan, discreet=discreet)) for plan in ALL for discreet in (False, True)]
    return {line for data in files for event in calendars.events(data) for line in event.lines[1:]}


def test_sentences_are_short_and_plain() -> None:
    for line in every_description():
        for sentence in re.split(r"(?<=[.?!])\s+|; |: ", line):
            assert len(sentence.split()) <= 20, sentence
        assert not re.search(
            r"\d(mg|mL)|\d\.0\b|\d+[/.-]\d+[/.-]\d|1/2|\b(BD|TDS|QD|BID|TID|PRN|od|bd|tds|prn)\b", line
        ), line
        assert "{" not in line
        assert line[0].isupper()


class Recorder(Words):
    """Words that remember which of them were used."""

    used: ClassVar[set[str]] = set()

    def _entry(self, name: str, kind: type[Any]) -> Any:
        self.used.add(name)
        return super()._entry(name, kind)


def test_every_sentence_of_the_calendar_stands_in_some_reminder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar_event, "words", lambda: Recorder(*words()))
    by_fives = make(target=30, tablets=(5,), pack=2)
    none_left = with_settings(by_fives, pack=0)  # which no way in lets through
    ended = make(days=5, tablets=(10,), zone="Europe/Berlin")
    later = revise(make(), 10, "step-back", at=datetime(2026, 12, 12, 9, tzinfo=UTC))
    for plan in (*ALL, by_fives, none_left, ended, later):
        for discreet in (False, True):
            render(with_output(plan, discreet=discreet))
    sections = ["when", "day", "change", *(name for name in words().sections if name.startswith("calendar"))]
    listed = {f"{section}.{name}" for section in sections for name in words().sections[section]}
    assert listed - Recorder.used == set()


def test_the_hints_say_where_to_import_and_what_google_drops() -> None:
    text = " ".join(hints(make(zone="Europe/Berlin")))
    assert "new, empty calendar" in text
    assert "Google drops alarms" in text
    assert "Europe/Berlin" in text


def test_a_plan_that_does_not_ring_needs_no_hint_about_alarms() -> None:
    assert "Google" not in " ".join(hints(with_output(make(), alarm=None)))


def test_the_hints_of_a_revised_plan_say_to_delete_the_old_calendar() -> None:
    assert "delete the old calendar" in hints(PLANS["held"])[0]


def test_the_hints_name_a_dose_that_a_clock_change_moves() -> None:
    lines = hints(PLANS["Berlin-2027-03-28-0230"])
    assert "the clocks change: Sunday 28 March 2027, the 02:30 dose rings at 03:30" in lines


def test_the_hints_of_a_floating_plan_warn_of_the_dose_that_programs_disagree_on() -> None:
    plan = PLANS["Berlin-2027-03-28-0230"]
    text = " ".join(hints(with_settings(plan, floating=True)))
    assert "programs disagree on when the 02:30 dose rings" in text


def test_a_zone_without_a_yearly_rule_comes_with_a_hint_about_outlook() -> None:
    assert "Outlook" in " ".join(hints(PLANS["Casablanca-2026-02-15-0230"]))
    assert "Outlook" not in " ".join(hints(PLANS["Berlin-2027-03-28-0230"]))


@pytest.mark.parametrize("name", PLANS)
def test_every_plan_has_hints(name: str) -> None:
    assert len(hints(PLANS[name])) >= 3
