"""The code is read by another program from a picture of the terminal, whatever its background, colours and letters."""

from __future__ import annotations

import io
from typing import NamedTuple

import pytest
import zxingcpp
from terminal_picture import DARK, LIGHT, Theme, picture, screen

from titrate.export.terminal.console import console
from titrate.export.terminal.qr_code import QrCode

ADDRESS = "http://192.168.1.23:49321/abcdefghijklmnopqrstuvwxyz"
LONG = "http://[fd12:3456:789a:bcde:f012:3456:789a:bcde]:49321/abcdefghijklmnopqrstuvwxyz"
THEMES = {"dark": DARK, "light": LIGHT}


class Terminal(NamedTuple):
    """A terminal: what the environment says of it, the encoding of its streams, its columns."""

    told: dict[str, str]
    encoding: str = "utf-8"
    columns: int = 80


COLOURED = {
    "true colour": Terminal({"TERM": "xterm-256color", "COLORTERM": "truecolor"}),
    "256 colours": Terminal({"TERM": "xterm-256color"}),
    "16 colours": Terminal({"TERM": "linux"}),
    "40 columns": Terminal({"TERM": "xterm-256color"}, columns=40),
    "old Windows letters": Terminal({"TERM": "xterm-256color"}, "cp437"),
    "ASCII": Terminal({"TERM": "xterm-256color"}, "ascii"),
    "ASCII in 16 colours": Terminal({"TERM": "linux"}, "ascii"),
}
PLAIN = {
    "no colours": Terminal({"TERM": "xterm-256color", "NO_COLOR": "1"}),
    "dumb": Terminal({"TERM": "dumb"}),
}


class Screen(io.TextIOWrapper):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _a_plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)


def drawn(terminal: Terminal, patch: pytest.MonkeyPatch, address: str = ADDRESS) -> str:
    for name, value in {**terminal.told, "COLUMNS": str(terminal.columns)}.items():
        patch.setenv(name, value)
    text = console(Screen(io.BytesIO(), encoding=terminal.encoding)).drawn(QrCode(address))
    assert text.encode(terminal.encoding)
    return text


def read(text: str, theme: Theme, columns: int, *, inverted: bool = False) -> list[str]:
    """What zxing-cpp reads in a picture of the terminal; a code in white on black counts only where it is allowed."""
    found = zxingcpp.read_barcodes(
        picture(f"\nas typed before\n{text}{ADDRESS}\n", theme, columns), try_invert=inverted
    )
    return [code.text for code in found]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", COLOURED)
def test_the_code_is_read_on_a_dark_and_on_a_light_background(
    name: str, theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = COLOURED[name]
    assert read(drawn(terminal, monkeypatch), THEMES[theme], terminal.columns) == [ADDRESS]


@pytest.mark.parametrize("address", [ADDRESS, LONG, "http://192.168.178.123:65535/abcdefghijklmnopqrstuvwxyz"])
def test_an_address_of_any_length_is_read(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(drawn(COLOURED["256 colours"], monkeypatch, address), LIGHT, 80) == [address]


@pytest.mark.parametrize("name", PLAIN)
def test_without_colours_it_is_right_on_a_dark_background_and_says_so(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = drawn(PLAIN[name], monkeypatch)
    assert "\x1b" not in text
    assert text.endswith("Without colours the code is right on a dark background only.\n")
    assert read(text, DARK, 80) == [ADDRESS]
    assert read(text, LIGHT, 80) == []
    assert read(text, LIGHT, 80, inverted=True) == [ADDRESS]  # which not every phone does


@pytest.mark.parametrize(("encoding", "columns", "needed"), [("utf-8", 36, 37), ("ascii", 73, 74)])
def test_where_it_has_no_room_it_says_how_much_it_needs(
    encoding: str, columns: int, needed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = COLOURED["256 colours"].told
    text = drawn(Terminal(told, encoding, columns), monkeypatch)
    assert " ".join(text.split()) == (
        f"The code needs {needed} columns: make the window wider and give the command again."
    )
    assert read(drawn(Terminal(told, encoding, needed), monkeypatch), DARK, needed) == [ADDRESS]


def test_without_colours_and_blocks_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    text = drawn(Terminal({"TERM": "dumb"}, "ascii"), monkeypatch)
    assert text == "Without colours and block characters no code can be drawn here.\n"


def test_it_is_drawn_with_the_white_around_it_that_readers_need(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = screen(drawn(COLOURED["256 colours"], monkeypatch), 80)
    lines = [line.rstrip() for line in shown.display]
    code = [row for row in range(60) if shown.buffer[row][0].bg == "ffffff"]
    assert code == list(range(19))  # of 37 modules, two a line
    assert not any(lines[row].strip() for row in (0, 1, 17, 18))
    assert all(line[:4].strip() == line[33:].strip() == "" for line in lines[:19])
    assert all(shown.buffer[row][column].bg == "ffffff" for row in code for column in range(37))
    assert all(shown.buffer[row][37].bg == "default" for row in code)


def test_a_picture_of_something_else_is_read_as_nothing() -> None:
    assert read("no code\n", DARK, 80) == []
