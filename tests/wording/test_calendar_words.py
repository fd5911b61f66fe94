"""The sentences of a calendar are short and plain, and its hints say what its user must know."""

from __future__ import annotations

import re
from datetime import date

import ics_bytes
import pytest
from calendar_plans import cases, revisions, told
from plans import plan

from titrate.export.calendar.ics import hints, render

PLANS = cases() | revisions()


def every_description() -> set[str]:
    rich = plan(target=30, tablets=(10,), pack=20, tested=date(2026, 11, 1), days=100)
    said = {line for made in (rich, *PLANS.values()) for e in ics_bytes.events(render(made)) for line in e.lines[1:]}
    discreet = [render(told(made, discreet=True)) for made in (rich, *PLANS.values())]
    return said | {line for data in discreet for e in ics_bytes.events(data) for line in e.lines[1:]}


def test_sentences_are_short_and_plain() -> None:
    for line in every_description():
        for sentence in re.split(r"(?<=[.?!])\s+|; |: ", line):
            assert len(sentence.split()) <= 20, sentence
        assert not re.search(
            r"\d(mg|mL)|\d\.0\b|\d+[/.-]\d+[/.-]\d|1/2|\b(BD|TDS|QD|BID|TID|PRN|od|bd|tds|prn)\b", line
        ), line
        assert "{" not in line
        assert line[0].isupper()


def test_the_hints_say_where_to_import_and_what_google_drops() -> None:
    said = " ".join(hints(plan(zone="Europe/Berlin")))
    assert "new, empty calendar" in said
    assert "Google drops alarms" in said
    assert "Europe/Berlin" in said


def test_a_plan_that_does_not_ring_needs_no_hint_about_alarms() -> None:
    assert "Google" not in " ".join(hints(told(plan(), alarm=None)))


def test_the_hints_of_a_revised_plan_say_to_delete_the_old_calendar() -> None:
    assert "delete the old calendar" in hints(PLANS["held"])[0]


def test_the_hints_name_a_dose_that_a_clock_change_moves() -> None:
    said = hints(PLANS["Berlin-2027-03-28-0230"])
    assert "calendar: the clocks change: Sunday 28 March 2027, the 02:30 dose rings at 03:30" in said


def test_the_hints_of_a_floating_plan_warn_of_the_dose_that_programs_disagree_on() -> None:
    made = PLANS["Berlin-2027-03-28-0230"]
    said = " ".join(hints(made._replace(inputs=made.inputs._replace(floating=True))))
    assert "programs disagree on when the 02:30 dose rings" in said


def test_a_zone_without_a_yearly_rule_comes_with_a_hint_about_outlook() -> None:
    assert "Outlook" in " ".join(hints(PLANS["Casablanca-2026-02-15-0230"]))
    assert "Outlook" not in " ".join(hints(PLANS["Berlin-2027-03-28-0230"]))


@pytest.mark.parametrize("name", PLANS)
def test_every_plan_has_hints(name: str) -> None:
    assert len(hints(PLANS[name])) >= 3
