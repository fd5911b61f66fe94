"""What the calendar says of a zone is what the zone does, for every zone in the database."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import pytest
from calendar_plans import ODD_ZONES
from dateutil.rrule import rrulestr

from titrate import zones
from titrate.export.vtimezone import Observance, observances

FIRST, LAST = date(2025, 1, 1), date(2035, 12, 31)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
NAMES = sorted(zones.names())


def distinct() -> dict[bytes, str]:
    """Return one name for each zone file that differs: most of the 600 names are links."""
    return {(zones.FOLDER.joinpath("zoneinfo", *name.split("/"))).read_bytes(): name for name in NAMES}


@lru_cache(maxsize=256)
def onsets(onset: datetime, rule: str | None, last_year: int) -> tuple[datetime, ...]:
    """Return every onset that a line of the calendar stands for, expanded by dateutil."""
    if rule is None:
        return (onset,)
    return tuple(rrulestr(rule, dtstart=onset).between(onset, onset.replace(year=last_year + 1), inc=True))


def as_read(described: tuple[Observance, ...], last: date) -> list[tuple[datetime, timedelta]]:
    """Return the instants and offsets that a reader derives: each onset on the clock before it (RFC 5545, 3.6.5)."""
    changes = [
        ((onset - one.before).replace(tzinfo=UTC), one.after)
        for one in described
        for onset in onsets(one.onset, one.rule, last.year)
    ]
    return sorted(changes)


def differences(name: str, first: date, last: date) -> list[str]:
    """Return the moments at which the calendar's zone and `zoneinfo` disagree."""
    read = as_read(observances(name, first, last), last)
    instants = [instant for instant, _ in read]
    zone = zones.zone(name)
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
    end = datetime(last.year, last.month, last.day, 23, 59, 59, tzinfo=UTC)
    moments = [begin + days * DAY for days in range((last - first).days + 1)]
    moments += [near for instant in instants for near in (instant - SECOND, instant) if begin <= near <= end]
    return [
        f"{name} {moment}"
        for moment in moments
        if moment.astimezone(zone).utcoffset() != read[bisect_right(instants, moment) - 1][1]
    ]


def test_every_zone_in_the_database_is_described_as_it_is_from_2025_to_2035() -> None:
    names = distinct().values()
    assert len(names) > 300
    assert [found for name in names for found in differences(name, FIRST, LAST)] == []


def test_every_zone_is_described_as_it_is_for_each_plan_of_a_year() -> None:
    def between(described: tuple[Observance, ...], first: date, last: date) -> list[tuple[datetime, timedelta]]:
        """Return the offset that the days begin with, and each change in them."""
        begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
        read = as_read(described, last)
        before = [offset for instant, offset in read if instant <= begin]
        return [(begin, before[-1]), *(one for one in read if begin < one[0] <= begin + (last - first))]

    wrong = []
    for name in distinct().values():
        whole = observances(name, FIRST, LAST)  # held to be true by the test above
        for year in range(2025, 2035) if len(whole) > 1 else ():
            first, last = date(year, 7, 1), date(year + 1, 7, 2)
            if between(observances(name, first, last), first, last) != between(whole, first, last):
                wrong.append((name, year))
    assert wrong == []


@pytest.mark.parametrize("name", ODD_ZONES)
def test_an_odd_zone_is_described_as_it_is(name: str) -> None:
    assert differences(name, FIRST, LAST) == []


def test_the_first_onset_lies_before_every_event() -> None:
    days = date(2026, 12, 1), date(2027, 1, 1)
    assert {observances(name, *days)[0].onset.year for name in NAMES} == {1970}


def test_berlin_is_two_yearly_rules_with_onsets_on_the_clock_before_the_change() -> None:
    summer, winter = observances("Europe/Berlin", date(2027, 3, 1), date(2027, 4, 1))
    assert (summer.kind, f"{summer.onset}", summer.rule) == (
        "DAYLIGHT",
        "1970-03-29 02:00:00",
        "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
    )
    assert (winter.kind, f"{winter.onset}", winter.rule) == (
        "STANDARD",
        "1970-10-25 03:00:00",
        "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
    )


def test_irish_summer_time_is_daylight_although_the_law_calls_it_standard() -> None:
    kinds = {one.kind: one.after for one in observances("Europe/Dublin", FIRST, LAST)}
    assert kinds == {"DAYLIGHT": timedelta(hours=1), "STANDARD": timedelta(0)}


def test_a_change_before_midnight_of_its_day_has_a_rule_on_the_day_before() -> None:
    rules = {one.rule for one in observances("America/Nuuk", date(2027, 1, 1), date(2027, 12, 31))}
    assert "FREQ=YEARLY;BYDAY=SA;BYMONTHDAY=24,25,26,27,28,29,30;BYMONTH=3" in rules


@pytest.mark.parametrize("name", ["Africa/Casablanca", "Africa/Cairo"])
def test_a_zone_without_a_true_yearly_rule_has_an_entry_for_each_change(name: str) -> None:
    described = observances(name, date(2026, 1, 1), date(2026, 12, 31))
    assert len(described) > 2
    assert {one.rule for one in described} == {None}
