"""What the calendar says of a zone is what the zone does, for every zone in the database."""

from __future__ import annotations

import calendar
from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import pytest
from calendars import ODD_ZONES
from dateutil.rrule import rrulestr

from titrate.evidence import zones
from titrate.export.calendar.time_zone import (
    Change,
    Observance,
    changed_lately,
    former_gaps,
    keeps_to_its_rule,
    observances,
    transitions,
)

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
        ((onset - observance.before).replace(tzinfo=UTC), observance.after)
        for observance in described
        for onset in onsets(observance.onset, observance.rule, last.year)
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
    assert [moment for name in names for moment in differences(name, FIRST, LAST)] == []


def test_every_zone_is_described_as_it_is_for_each_plan_of_a_year() -> None:
    def between(described: tuple[Observance, ...], first: date, last: date) -> list[tuple[datetime, timedelta]]:
        """Return the offset that the days begin with, and each change in them."""
        begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
        read = as_read(described, last)
        before = [offset for instant, offset in read if instant <= begin]
        return [(begin, before[-1]), *(change for change in read if begin < change[0] <= begin + (last - first))]

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


# One zone for each way of writing a rule: whole and half hours, names in letters and in digits, before and after midnight, the
# last and the nth weekday, forward and back in either half of the year, and none at all.
WAYS = (
    *("America/New_York", "America/St_Johns", "America/Havana", "America/Scoresbysund", "America/Asuncion"),
    *("Asia/Beirut", "Asia/Gaza", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Sydney", "Pacific/Chatham"),
    *("Pacific/Easter", "Pacific/Norfolk", "Antarctica/Troll", "Atlantic/Azores", "Europe/Chisinau", "UTC"),
)


@pytest.mark.parametrize("name", WAYS)
def test_a_zone_is_described_as_it_is_whatever_way_its_rule_is_written(name: str) -> None:
    assert differences(name, date(2027, 2, 20), date(2028, 4, 20)) == []


@pytest.mark.parametrize("first", [date(2026, 3, 28), date(2026, 3, 29), date(2026, 3, 30), date(2026, 10, 25)])
@pytest.mark.parametrize("name", ["Europe/Berlin", "Africa/Casablanca", "Africa/Cairo", "America/Nuuk"])
def test_a_zone_is_described_as_it_is_on_the_days_of_a_change(name: str, first: date) -> None:
    for length in (0, 1, 2):
        assert differences(name, first, first + length * DAY) == []


@pytest.mark.parametrize(
    ("name", "day", "moment", "before", "after"),
    [
        ("Africa/Monrovia", date(1972, 1, 7), "1972-01-07 00:00:00", -2670, 0),
        ("America/Caracas", date(2007, 12, 9), "2007-12-09 03:00:00", -14400, -16200),
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30 00:00:00", -36000, 50400),
        ("Asia/Pyongyang", date(2018, 5, 4), "2018-05-04 23:30:00", 30600, 32400),
    ],
)
def test_a_change_is_found_to_the_second(name: str, day: date, moment: str, before: int, after: int) -> None:
    (change,) = transitions(zones.zone(name), day, day)
    assert (f"{change.onset}", change.before, change.after) == (
        moment,
        timedelta(seconds=before),
        timedelta(seconds=after),
    )


def test_no_zone_changes_a_second_earlier_or_later_than_is_found() -> None:
    for name in ("Africa/Monrovia", "Africa/Casablanca", "Asia/Gaza", "Europe/Berlin", "America/St_Johns"):
        zone = zones.zone(name)
        for observance in transitions(zone, date(1971, 1, 1), date(1990, 12, 31)):
            instant = (observance.onset - observance.before).replace(tzinfo=UTC)
            assert (instant - SECOND).astimezone(zone).utcoffset() == observance.before
            assert instant.astimezone(zone).utcoffset() == observance.after


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("Europe/Berlin", (date(2027, 3, 28), date(2027, 10, 31))),
        ("Asia/Jerusalem", (date(2027, 3, 26), date(2027, 10, 31))),  # at midnight UTC
        ("Australia/Sydney", (date(2027, 4, 4), date(2027, 10, 3))),
        ("America/New_York", (date(2027, 3, 14), date(2027, 11, 7))),
        ("Pacific/Auckland", (date(2027, 4, 4), date(2027, 9, 26))),
        ("Australia/Lord_Howe", (date(2027, 4, 4), date(2027, 10, 3))),  # by half an hour
        ("Antarctica/Troll", (date(2027, 3, 28), date(2027, 10, 31))),  # by two
        ("America/St_Johns", (date(2027, 3, 14), date(2027, 11, 7))),
    ],
)
def test_a_zone_that_keeps_to_its_rule_is_two_yearly_rules_on_whatever_day_a_plan_begins_or_ends(
    name: str, changes: tuple[date, date]
) -> None:
    for day in (changes[0] + 60 * DAY, changes[1] + 60 * DAY, *changes):
        for shift in (-2, -1, 0, 1, 2):
            for length in (0, 1, 28, 365):
                begin = day + shift * DAY
                for first, last in ((begin, begin + length * DAY), (begin - length * DAY, begin)):
                    described = observances(name, first, last)
                    assert (first, last, all(observance.rule for observance in described)) == (first, last, True)
                    assert sorted(observance.kind for observance in described) == ["DAYLIGHT", "STANDARD"]
                    assert described[0].onset < described[1].onset


# --- A yearly rule ---

HOURS = (-167, -25, -24, -2, 0, 2, 23, 24, 26, 49, 167)  # a rule may say a week less an hour
MONTHS, WEEKS, DAYS = range(1, 13), range(1, 6), range(7)


def change(month: int, week: int, weekday: int, hours: int) -> Change:
    return Change(month, week, weekday, timedelta(hours=hours), timedelta(0), timedelta(hours=1))


@pytest.mark.parametrize("month", MONTHS)
def test_the_nth_or_last_weekday_of_a_month_is_found_in_every_year(month: int) -> None:
    for year in range(2024, 2036):
        weeks = calendar.Calendar(calendar.SUNDAY).monthdayscalendar(year, month)
        for weekday in DAYS:
            days = [row[weekday] for row in weeks if row[weekday]]
            for week in WEEKS:
                day = days[-1] if week == 5 else days[week - 1]
                onset = change(month, week, weekday, 3).onset(year)
                assert (onset.date(), onset.hour) == (date(year, month, day), 3)


@pytest.mark.parametrize("month", MONTHS)
def test_a_yearly_rule_that_is_written_means_every_change_of_it_and_no_other_day(month: int) -> None:
    for week in WEEKS:
        for weekday in DAYS:
            for hours in HOURS:
                yearly = change(month, week, weekday, hours)
                expected = [yearly.onset(year) for year in range(2024, 2036)]
                if rule := yearly.rule():
                    onsets = rrulestr(rule, dtstart=expected[0]).between(
                        expected[0], expected[-1] + 300 * DAY, inc=True
                    )
                    assert (rule, onsets) == (rule, expected)


def test_a_yearly_rule_is_left_out_only_where_the_day_can_leave_its_month() -> None:
    for month in MONTHS:
        for week in WEEKS:
            for hours in HOURS:
                # The day before the change's hour is added, in years that begin on each weekday, leap or not.
                days = [
                    (yearly := change(month, week, 0, hours)).onset(year) - yearly.at + hours // 24 * DAY
                    for year in range(2000, 2028)
                ]
                leaves = any(day.month != month for day in days) or (month == 2 and hours // 24 != 0)
                assert (change(month, week, 0, hours).rule() is None) == leaves


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
    kinds = {observance.kind: observance.after for observance in observances("Europe/Dublin", FIRST, LAST)}
    assert kinds == {"DAYLIGHT": timedelta(hours=1), "STANDARD": timedelta(0)}


def test_a_change_before_midnight_of_its_day_has_a_rule_on_the_day_before() -> None:
    rules = {observance.rule for observance in observances("America/Nuuk", date(2027, 1, 1), date(2027, 12, 31))}
    assert "FREQ=YEARLY;BYDAY=SA;BYMONTHDAY=24,25,26,27,28,29,30;BYMONTH=3" in rules


@pytest.mark.parametrize("name", ["Africa/Casablanca", "Africa/Cairo"])
def test_a_zone_without_a_true_yearly_rule_has_an_entry_for_each_change(name: str) -> None:
    described = observances(name, date(2026, 1, 1), date(2026, 12, 31))
    assert len(described) > 2
    assert {observance.rule for observance in described} == {None}
    assert f"{described[0].onset}" == "1970-01-01 00:00:00"


def test_a_window_that_begins_in_summer_time_is_in_daylight_after_a_standard_time_before_every_event() -> None:
    first, second, *_ = observances("Africa/Cairo", date(2027, 6, 1), date(2027, 12, 1))
    assert [(each.kind, each.onset.year, each.after) for each in (first, second)] == [
        ("STANDARD", 1970, timedelta(hours=2)),
        ("DAYLIGHT", 1970, timedelta(hours=3)),
    ]


# --- What a zone did some years ago ---


def test_no_zone_changes_twice_in_a_week() -> None:
    for name in distinct().values():
        zone, days = zones.zone(name), (date(2019, 1, 1), date(2034, 12, 31))
        assert [*transitions(zone, *days)] == [*transitions(zone, *days, timedelta(weeks=1))], name


@pytest.mark.parametrize("name", ["Africa/Cairo", "Asia/Kathmandu", "Europe/Dublin", "Australia/Lord_Howe", "UTC"])
def test_a_zone_keeps_to_its_rule_though_no_rrule_says_it(name: str) -> None:
    assert keeps_to_its_rule(name, date(2026, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("name", "first", "lately"),
    [
        ("Africa/Cairo", 2027, True),
        ("Africa/Cairo", 2032, False),
        ("America/Mexico_City", 2028, True),
        ("America/Mexico_City", 2029, False),
        ("Europe/Berlin", 2027, False),
        ("UTC", 2027, False),
    ],
)
def test_a_zone_changed_lately_where_its_rule_is_newer_than_six_years(name: str, first: int, lately: bool) -> None:
    assert changed_lately(name, first, first) == lately


def test_an_old_rule_would_skip_its_hour_on_the_weekdays_around_its_date() -> None:
    gaps = {
        f"{begin} {end:%H:%M}"
        for begin, end in former_gaps("America/Mexico_City", date(2027, 3, 20), date(2027, 4, 20))
    }
    assert "2027-04-04 02:00:00 03:00" in gaps
    assert {datetime.fromisoformat(gap[:19]).isoweekday() for gap in gaps} == {7}
    assert [*former_gaps("Europe/Berlin", date(2027, 3, 1), date(2027, 4, 20))] == []
