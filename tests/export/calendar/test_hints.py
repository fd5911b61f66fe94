"""What is said of a zone beside its calendar is true of the zones in use, and of the days of the plan."""

from __future__ import annotations

from datetime import date

import pytest
from calendars import FORMER_CHANGES, around_changes, cases
from plans import make

from titrate.export.calendar.hints import LISTED_CHANGES, NEW_RULES, hints
from titrate.export.calendar.ics import render

OLD = NEW_RULES.partition("{zone}")[2]
LISTED = LISTED_CHANGES.partition("{zone}")[2]


def lines(zone: str, first: date, days: int = 28) -> str:
    return "\n".join(hints(make(zone=zone, start=first, days=days)))


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("Africa/Cairo", date(2027, 6, 1)),  # summer time since 2023
        ("America/Mexico_City", date(2027, 6, 1)),  # none since 2022
        ("America/Scoresbysund", date(2026, 12, 1)),  # an hour further west since 2024
        ("Asia/Almaty", date(2026, 12, 1)),  # the same
    ],
)
def test_where_the_clocks_are_new_the_hint_says_that_old_phones_ring_an_hour_off(zone: str, first: date) -> None:
    assert OLD in lines(zone, first)


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("Africa/Cairo", date(2026, 12, 1)),
        ("America/Mexico_City", date(2026, 12, 1)),
        ("Asia/Almaty", date(2032, 12, 1)),
        ("Europe/Berlin", date(2027, 3, 20)),
        ("America/New_York", date(2027, 10, 20)),
        ("Australia/Lord_Howe", date(2027, 9, 20)),
        ("Asia/Kathmandu", date(2026, 12, 1)),
        ("UTC", date(2026, 12, 1)),
    ],
)
def test_on_days_that_old_phones_have_right_nothing_is_said_of_them(zone: str, first: date) -> None:
    assert OLD not in lines(zone, first)


@pytest.mark.parametrize("name", around_changes())
def test_the_hint_of_listed_changes_stands_where_the_file_lists_them_and_nowhere_else(name: str) -> None:
    plan = around_changes()[name]
    zone = render(plan).partition(b"END:VTIMEZONE")[0]
    listed = zone.count(b"TZOFFSETTO") > 1 and b"FREQ=YEARLY" not in zone
    assert (LISTED in "\n".join(hints(plan))) == listed


def test_a_dose_on_which_only_old_phones_differ_is_not_said_to_be_moved() -> None:
    plans = cases()
    for zone in FORMER_CHANGES:
        plan = plans[f"{zone.rpartition('/')[2]}-former"]
        assert b"Z\r\nDTEND" in render(plan)  # one dose alone, in UTC
        assert "the clocks change" not in "\n".join(hints(plan))
    assert "the clocks change" in "\n".join(hints(plans["Berlin-2027-03-28-0230"]))
