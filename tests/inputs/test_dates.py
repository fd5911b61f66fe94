"""A date is read as everybody reads it, in each form that the help names, or refused with the one that may be meant."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from command import Desk, planned
from hypothesis import given
from hypothesis import strategies as st

from titrate.errors import BadInput
from titrate.inputs import facts
from titrate.inputs.kinds import day_of
from titrate.inputs.parse import near_date, read_date

TODAY = date(2026, 11, 30)  # a Monday
DAYS = [date(2020, 1, 1) + timedelta(days=number) for number in range((date(2041, 1, 1) - date(2020, 1, 1)).days)]
# Copied by hand, and not those of the program.
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


@pytest.fixture
def desk(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, capfd, monkeypatch)


def read(typed: str) -> date:
    return read_date(typed, TODAY, "start")


def refused(typed: str) -> str:
    with pytest.raises(BadInput) as refusal:
        read(typed)
    return str(refusal.value)


def written(day: date) -> list[str]:
    """A day in words, with the month in full and in short."""
    month = MONTHS[day.month - 1]
    return [f"{number} {name} {day.year}" for number in (day.day, f"{day.day:02}") for name in (month, month[:3])]


def test_every_day_of_twenty_years_reads_back_from_each_written_form() -> None:
    for day in DAYS:
        assert {read(typed) for typed in (str(day), *written(day))} == {day}


@given(st.sampled_from(DAYS), st.data())
def test_case_and_spaces_change_no_date(day: date, data: st.DataObject) -> None:
    typed = data.draw(st.sampled_from(written(day)))
    cased = "".join(data.draw(st.sampled_from((sign.lower(), sign.upper()))) for sign in typed)
    gaps = st.text(st.sampled_from(" \u00a0\u202f\u2009"), min_size=1, max_size=3)
    assert read(f" {''.join(data.draw(gaps) if sign == ' ' else sign for sign in cased)} ") == day


@given(st.sampled_from(DAYS), st.data())
def test_a_written_date_with_a_slip_is_refused_or_says_what_it_is_read_as(day: date, data: st.DataObject) -> None:
    typed = data.draw(st.sampled_from(written(day)))
    place = data.draw(st.integers(0, len(typed)))
    sign = data.draw(st.sampled_from(["", *"aejmnoprsuv0123456789 .-/,"]))
    slip = typed[:place] + sign + typed[place + data.draw(st.integers(0, 1)) :]
    try:
        found = read(slip)
    except BadInput:
        return
    assert " ".join(slip.lower().split()) in map(str.lower, written(found))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("today", "2026-11-30"),
        ("Tomorrow", "2026-12-01"),
        ("yesterday", "2026-11-29"),
        ("+0d", "2026-11-30"),
        ("+3d", "2026-12-03"),
        ("+2W", "2026-12-14"),
        ("+52w", "2027-11-29"),
        ("monday", "2026-12-07"),
        ("Sunday", "2026-12-06"),
        ("29 Feb 2028", "2028-02-29"),
    ],
)
def test_words_count_from_today(typed: str, meant: str) -> None:
    assert str(read(typed)) == meant


@pytest.mark.parametrize("typed", ["31 Nov 2026", "29 Feb 2027", "0 Dec 2026", "32 december 2026", "1 Dec 0000", "2026-02-30"])  # fmt: skip
def test_a_day_that_is_in_no_calendar_is_said_to_be_none(typed: str) -> None:
    assert refused(typed) == f"start: there is no date {typed}; give one as 2026-11-30"


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("1 Dec 26", "2026-12-01"),
        ("1st Dec 2026", "2026-12-01"),
        ("1 Dec. 2026", "2026-12-01"),
        ("1-Dec-2026", "2026-12-01"),
        ("1/Dec/26", "2026-12-01"),
        ("1dec2026", "2026-12-01"),
        ("1 Dce 2026", "2026-12-01"),
        ("1 Dezember 2026", "2026-12-01"),
        ("1 Sept 2026", "2026-09-01"),
        ("Dec 1 2026", "2026-12-01"),
        ("December 1st, 2026", "2026-12-01"),
        ("2026 Dec 1", "2026-12-01"),
        ("Tue 1 Dec 2026", "2026-12-01"),
        ("Tuesday, 1 December 2026", "2026-12-01"),
        ("2026/12/1", "2026-12-01"),
        ("2026-12-o1", "2026-12-01"),
        ("yestrday", "yesterday"),
        ("tomorow", "tomorrow"),
        ("thurs", "thursday"),
        ("2w", "+2w"),
        ("+ 3 days", "+3d"),
        ("decembre", "a day in December, such as 2026-12-01"),
    ],
)
def test_what_is_nearly_a_date_is_asked_about_and_never_taken(typed: str, near: str) -> None:
    assert refused(typed) == f"start: {typed} is not a date that everybody reads alike; did you mean {near}?"


@pytest.mark.parametrize(
    "typed",
    [
        *("03/04/2026", "13/04/2026", "1.12.2026", "01-12-2026", "12 2026", "", "1", "soon", "next monday"),
        *("1 Dec", "Dec 2026", "1 Mai 2026", "1 ju 2026", "31 Nov 26", "Wed 1 Dec 2026", "1 Dec 20266", "1 Dec 2026 x"),
        *("+3", "-3d", "-2w", "+1m", "+1y", "+2ww", "+10000w", "1 D\u00e9c 2026", "\u0661 Dec 2026", "1\nDec 2026"),
    ],
)
def test_of_what_nobody_can_tell_nothing_is_suggested_but_the_forms(typed: str) -> None:
    way = "give year-month-day such as 2026-11-30, or 30 Nov 2026, today, tomorrow, +3d, +2w, monday"
    said = f"{typed or 'nothing'} is not a date that everybody reads alike"
    assert refused(typed) == f"start: {said}; {way}"


@given(st.text(max_size=70) | st.from_regex(r"[0-9]{1,4}[-/. ]?[a-z]{1,9}[-/. ]?[0-9]{0,4}", fullmatch=True))
def test_each_date_that_is_suggested_can_be_read(text: str) -> None:
    near = near_date(text.strip().lower(), TODAY)
    assert not near or read(near.rpartition("such as ")[2])


def test_words_at_the_ends_of_the_calendar_are_refused_and_never_an_error_of_the_program() -> None:
    for typed, today in (("yesterday", date.min), ("tomorrow", date.max), ("+9999w", date.max), ("monday", date.max)):
        with pytest.raises(BadInput, match="there is no date"):
            read_date(typed, today, "start")


# --- Every way in ---


def test_a_cell_of_a_roster_is_read_as_the_option_is() -> None:
    for typed in ("1 Dec 2026", "2026-12-01"):
        made = planned(start=typed)
        assert made.plan
        assert made.files[0].data.count(b'"start": "2026-12-01"') == 1
    for typed in ("03/04/2026", "1 Dec 26", "1-Dec-2026", "31 Nov 2026"):
        assert [fault.column for fault in planned(start=typed).faults] == ["start"]


@pytest.mark.parametrize("value", ["1 Dec 2026", "today", "+2w", "20261201", "2026-12-1"])
def test_a_saved_plan_has_its_dates_as_year_month_day_only(value: str) -> None:
    with pytest.raises(ValueError, match="is no date"):
        day_of(value)


def test_every_option_that_is_a_date_takes_the_written_form(desk: Desk) -> None:
    made = desk.titrate("plan --start '1 Dec 2026' --egfr 85 --age 44 --tested '20 nov 2026' -o plan.json")
    assert made.code == 0
    assert "Starts on Tue 1 Dec 2026 (tomorrow)" in made.err
    assert b'"tested": "2026-11-20"' in desk.read("plan.json")
    assert "Sat 5 Dec 2026, day 5" in desk.titrate("show plan.json --explain '5\u00a0December 2026'").out
    assert desk.titrate("today plan.json --date '5 Dec 2026' --format json").document["date"] == "2026-12-05"
    revised = desk.titrate("revise plan.json --from '5 Dec 2026' --hold 3 --tested yesterday --dry-run")
    assert revised.code == 0
    assert "From Sat 5 Dec 2026" in revised.err


def test_a_word_that_looks_back_is_refused_where_a_past_date_is(desk: Desk) -> None:
    assert desk.titrate("plan --start today --egfr 85 --age 44 --tested yesterday -o plan.json").code == 0
    by_word, by_date = (desk.titrate(f"revise plan.json --from {day} --hold 3") for day in ("yesterday", "2026-11-29"))
    assert (by_word.code, by_word.err) == (by_date.code, by_date.err) == (3, by_word.err)
    assert "2026-11-29 is before day 1" in by_word.err
    assert "is in the past" in desk.titrate("plan --start yesterday --egfr 85 --age 44").out


@pytest.mark.parametrize("start", ["'1 Dec 2026'", "'1 december 2026'", "tomorrow", "+1d", "tuesday"])
def test_a_printed_command_holds_each_date_as_year_month_day(start: str, desk: Desk) -> None:
    told = desk.titrate(f"plan --start {start} --egfr 24 --age 61 --tested yesterday --taking none --condition none")
    assert "titrate plan --start 2026-12-01 --egfr 24 --age 61 --tested 2026-11-29 --taking none" in told.err


def test_the_words_of_a_date_that_was_not_quoted_are_told_whole(desk: Desk) -> None:
    said = "--from: a second value stands behind it, Dec 2026; if both are one, write --from '5 Dec 2026'"
    for words in ("--from 5 Dec 2026 plan.json --hold 3", "plan.json --from 5 Dec 2026 --hold 3", "plan.json --hold 3 --from=5 Dec 2026"):  # fmt: skip
        assert desk.titrate(f"revise {words}").err == f"titrate: {said}\n"


def test_each_date_that_the_help_and_the_questions_name_is_read() -> None:
    forms = r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2} [A-Z][a-z]+ [0-9]{4}|\+[0-9][a-z]|today|tomorrow|yesterday|monday"
    for fact in (facts.START, facts.TESTED):
        for text in (fact.help, fact.question):
            assert len([read(form) for form in re.findall(forms, text)]) >= 2, text
