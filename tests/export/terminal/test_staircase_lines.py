"""The staircase in a terminal: its levels, dates and conditions are read back out of the lines."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import START, cases, handouts, make, revise

from titrate.export.staircase import levels
from titrate.export.terminal.console import console, rendered
from titrate.export.terminal.staircase import NARROWEST, Staircase
from titrate.model import Plan
from titrate.wording.phrases import MONTHS

DATE = re.compile(rf"\d+ (?:{'|'.join(MONTHS)})\b")
TWELVE = {
    **{name: plan for name, plan in cases().items() if plan.days},
    "target-30": make("95", target=30),
    "a-year": make("95", target=30, days=366),
    "down-from-30": revise(make("95", target=30), date(2027, 1, 20), "stop"),
}


def read_back(lines: list[str]) -> list[tuple[str, str, bool]]:
    """Return the date, dose and condition of each level, as they stand one above the other."""
    found = []
    while lines:
        at = next((at for at, line in enumerate(lines) if DATE.match(line)), None)
        if at is None:
            break
        top = lines[:at]
        for day in DATE.finditer(lines[at]):
            if not re.fullmatch(rf"(?:{DATE.pattern}\s*)+", lines[at]):
                break
            column = day.start()
            labels = [
                line[column:].lstrip("│ └┐┌─") for line in top if re.match(r"[ │└┐┘|+]{0,2}\d+ mg", line[column:])
            ]
            after = lines[at + 1][column:] if at + 1 < len(lines) else ""
            found.append((day[0], re.match(r"\d+ mg", labels[-1].lstrip(" |+"))[0], after.startswith("if ")))
        lines = lines[at + 1 :]
    return found


def expected(plan: Plan) -> list[tuple[str, str, bool]]:
    return [
        (f"{level.first.day} {MONTHS[level.first.month - 1]}", f"{level.mg:f} mg", level.conditional)
        for level in levels(plan)
    ]


@pytest.mark.parametrize("name", TWELVE)
@pytest.mark.parametrize("width", [60, 80, 100])
def test_levels_dates_and_conditions_are_those_of_the_plan(name: str, width: int) -> None:
    lines = rendered(Staircase(TWELVE[name]), width=width).splitlines()
    assert read_back(lines) == expected(TWELVE[name])
    assert max(map(len, lines)) <= width


@given(st.sampled_from([*TWELVE]), st.integers(NARROWEST, 140))
def test_at_any_width_each_level_has_its_dose_and_its_date(name: str, width: int) -> None:
    assert read_back(rendered(Staircase(TWELVE[name]), width=width).splitlines()) == expected(TWELVE[name])


def test_a_terminal_with_fewer_columns_has_the_words_alone() -> None:
    assert rendered(Staircase(make()), width=NARROWEST - 1) == ""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437"])
def test_an_encoding_without_the_lines_has_plain_signs(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    plain = console(io.TextIOWrapper(io.BytesIO(), encoding=encoding)).drawn(Staircase(TWELVE["stopped"], today=START))
    assert plain.isascii()
    assert "+-" in plain
    assert "* you are here, 1 Dec" in plain
    lines = rendered(Staircase(TWELVE["stopped"], today=START)).splitlines()
    assert [re.sub(r"[^\w ,]", " ", line).rstrip() for line in plain.splitlines()] == [
        re.sub(r"[^\w ,]", " ", line).rstrip() for line in lines
    ]


def test_a_taper_goes_down_at_its_end_and_an_open_plan_does_not() -> None:
    taper, running = (rendered(Staircase(TWELVE[name])).splitlines() for name in ("stopped", "first"))
    assert any(line.endswith("┐") and len(line) == 80 for line in taper)
    assert not any(line.endswith("┐") for line in running)


def test_the_marks_say_review_end_hold_and_last_dose() -> None:
    text = rendered(Staircase(TWELVE["held"], today=date(2026, 12, 6)))
    for words in ("you are here, 6 Dec", "hold 5 Dec to 11 Dec", "review 29 Dec", "ends 29 Dec, not a stop"):
        assert words in text
    assert "last dose 2 Jan" in rendered(Staircase(TWELVE["stopped"]))
    assert "no dose after 11 Dec: call" in rendered(Staircase(TWELVE["suspended"]))


def test_every_plan_of_which_a_handout_is_an_example_can_be_drawn() -> None:
    for plan in handouts().values():
        assert read_back(rendered(Staircase(plan), width=100).splitlines()) == expected(plan)
