"""The console: what a person's terminal can show is what it is given, and nothing is lost on the way."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import make

from titrate.export.summary import Line
from titrate.export.terminal.blocks import summary_lines
from titrate.export.terminal.console import console, rendered
from titrate.export.terminal.plan import layout


def stream(encoding: str, *, terminal: bool = False) -> io.TextIOWrapper:
    opened = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    opened.isatty = lambda: terminal  # type: ignore[method-assign]
    return opened


@pytest.fixture(autouse=True)
def _a_plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def test_a_half_is_spelled_before_the_columns_are_laid_out_where_the_encoding_lacks_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = console(stream("ascii")).drawn(layout(make(tablets=(10,))))
    assert text.isascii()
    table = [line for line in text.splitlines() if "|" in line]
    assert sum(line.count("0.5 x 10") for line in table) == 6
    assert len({tuple(match.start() for match in re.finditer(r"\|", line)) for line in table}) == 1
    assert "½ x 10" in console(stream("utf-8")).drawn(layout(make(tablets=(10,))))


def test_colour_goes_to_a_terminal_alone_or_to_whoever_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    line = summary_lines([Line("Stop", "why", "stop")])
    assert "\x1b[1;31mStop" in console(stream("utf-8", terminal=True)).drawn(line)
    assert "\x1b" not in console(stream("utf-8")).drawn(line)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[1;31mStop" in console(stream("utf-8")).drawn(line)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "31m" not in console(stream("utf-8")).drawn(line)
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in console(stream("utf-8")).drawn(line)


@pytest.mark.parametrize(("columns", "width"), [("0", 20), ("1", 20), ("64", 64), ("many", 80)])
@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_the_width_is_what_the_environment_says_and_never_nothing(
    columns: str, width: int, term: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr("os.get_terminal_size", lambda _: (_ for _ in ()).throw(OSError))
    assert console(stream("utf-8", terminal=True)).width == width


def test_text_is_shown_as_it_is_but_for_what_a_terminal_would_obey() -> None:
    typed = "[bold]x[/bold] :smile: [link=http://e]y[/link] \\[z] 'a' 12 True"
    assert rendered(typed, summary_lines([Line("Contact", typed)])) == f"{typed}\nContact    {typed}\n"
    assert rendered("Dr\x1b[31m A.\x07\u202e Smith\ue000Jones\n") == "Dr A. Smith Jones\n"


@given(
    st.integers(20, 120),
    st.lists(st.sampled_from(["take", "5 mg", "2.5 mg a day", "1½ tablets", "30 mg,"]), max_size=30),
)
def test_no_line_ends_between_a_number_and_its_unit_and_no_word_is_lost(width: int, words: list[str]) -> None:
    text = rendered(summary_lines([Line("Dose", " ".join(words))]), width=width)
    assert text.split() == ["Dose" if width >= 50 else "Dose:", *" ".join(words).split()]
    assert all(not re.search(r"[\d½]$", line) for line in text.splitlines())
    assert max(map(len, text.splitlines())) <= width
