"""What a person sees at a terminal, run in a terminal of its own: what comes first, the picture, colours, widths, the pager."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path
from typing import NamedTuple

import pytest
from command import at
from terminal_session import all_shown

SEVEN = 1796601600  # 7 Dec 2026, 00:00 UTC
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
PLAN = (
    "plan --start 2026-12-01 --egfr 85 --age 40 --taking amlodipine --condition none --not-pregnant --tz Europe/London"
)


class Seen(NamedTuple):
    """What stood on the screen, with its colours, and the exit code."""

    code: int
    screen: str

    @property
    def text(self) -> str:
        return COLOUR.sub("", self.screen)

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


def seen(line: str, folder: Path, columns: int = 100, rows: int = 50, **environment: str) -> Seen:
    """Run a command line in a terminal of so many columns and rows."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    bare = {
        name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"}
    }
    with subprocess.Popen(
        [*at(SEVEN), *line.split()],
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**bare, "TERM": "xterm-256color", "PYTHONUTF8": "1", **environment},
        start_new_session=True,
    ) as process:
        os.close(theirs)
        data = all_shown(ours)
        code = process.wait(60)
    os.close(ours)
    return Seen(code, data.decode().replace("\r\n", "\n"))


def place(text: str, *parts: str) -> list[int]:
    return [text.index(part) for part in parts]


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_the_picture_stands_under_the_steps_and_the_files_come_last(columns: int, tmp_path: Path) -> None:
    shown = seen(f"{PLAN} -o plan.json -o plan.ics", tmp_path, columns)
    where = place(
        shown.text,
        "Oral baclofen",
        "15 mg",
        "┌────",
        "review 22 Dec",
        "Caution !",
        "Target",
        "Notes: ",
        "wrote plan.json",
    )
    assert where == sorted(where)
    assert max(map(len, shown.lines[1:-6])) <= columns
    assert "\x1b[" in shown.screen


@pytest.mark.parametrize(
    ("option", "columns", "environment"),
    [("--no-chart", 100, {}), ("", 59, {}), ("", 40, {})],
)
def test_no_picture_is_drawn_where_none_is_wanted_or_has_room(
    option: str, columns: int, environment: dict[str, str], tmp_path: Path
) -> None:
    shown = seen(f"{PLAN} {option}", tmp_path, columns, **environment)
    assert shown.code == 0
    assert "┌" not in shown.text
    assert "5 mg" in shown.text


@pytest.mark.parametrize(
    ("environment", "coloured", "lines"),
    [
        ({"NO_COLOR": "1"}, False, "┌──"),
        ({"TERM": "dumb"}, False, "┌──"),
        ({"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}, True, "+--"),
    ],
)
def test_without_colours_or_signs_the_same_is_said(
    environment: dict[str, str], coloured: bool, lines: str, tmp_path: Path
) -> None:
    full, bare = seen(PLAN, tmp_path), seen(PLAN, tmp_path, **environment)
    assert lines in bare.text
    assert bool(re.search(r"\x1b\[[0-9;]*3\d", bare.screen)) is coloured
    words = [re.findall(r"\w+", text) for text in (full.text, bare.text)]
    assert words[0] == words[1]


def test_a_window_that_is_wider_than_can_be_read_is_used_up_to_100_columns(tmp_path: Path) -> None:
    assert max(map(len, seen(PLAN, tmp_path, 180).lines[1:])) == 100


def test_today_says_you_are_here_and_ends_without_the_protocols_state(tmp_path: Path) -> None:
    assert seen(f"{PLAN} -o plan.json", tmp_path).code == 0
    shown = seen("today", tmp_path, 80)
    assert "● you are here, 7 Dec" in shown.text
    assert "reviewed" not in shown.text
    assert "┌" not in seen("today --no-chart", tmp_path, 80).text


def test_a_revision_shows_the_change_first_then_before_and_after_then_files_and_hints(tmp_path: Path) -> None:
    seen(f"{PLAN} -o plan.json", tmp_path)
    shown = seen("revise plan.json --from 2026-12-08 --hold 7 --taking codeine", tmp_path, 80)
    where = place(
        shown.text,
        "hold the dose for 7 days",
        "->",
        "Before",
        "After",
        "hold 8 Dec to 14 Dec",
        "A prescriber must decide",
    )
    assert where == sorted(where)
    ends = place(
        shown.text,
        "A prescriber must decide",
        "To confirm",
        "--prescriber NAME",
        "wrote plan.json",
        "the calendar on the phone",
    )
    assert ends == sorted(ends)
    assert "reviewed" not in shown.text.replace("reviewed by a prescriber. ", "")


def test_what_stops_a_plan_is_red_and_what_needs_a_word_is_yellow(tmp_path: Path) -> None:
    stopped = seen("plan --start 2026-12-02 --egfr 10 --age 40", tmp_path).screen
    asked = seen("plan --start 2026-12-02 --egfr 85 --age 40 --taking codeine", tmp_path).screen
    assert re.search(r"\x1b\[1;31m *Stop", stopped)
    assert re.search(r"\x1b\[1;33m *A prescriber must decide", asked)
    assert re.search(r"\x1b\[33mCaution !", asked)


@pytest.mark.parametrize("columns", [40, 60, 100])
def test_the_command_that_confirms_is_one_line_at_any_width(columns: int, tmp_path: Path) -> None:
    shown = seen(
        "plan --start 2026-12-02 --egfr 85 --age 66 --taking codeine,diazepam --condition copd", tmp_path, columns
    )
    assert shown.code == 3
    (command,) = (line for line in shown.lines if line.startswith("  titrate plan"))
    assert command.endswith("--prescriber NAME")
    assert len(command) > 100
    again = seen(command.strip().removeprefix("titrate ").replace("NAME", "Miller"), tmp_path, columns)
    assert again.code == 0


def test_an_error_is_in_colour_for_a_person_and_its_words_are_those_of_a_script(tmp_path: Path) -> None:
    shown = seen("plan --start 2026-12-02 --egfr 85x", tmp_path)
    assert shown.code == 2
    assert "\x1b[1;31mtitrate" in shown.screen
    script = subprocess.run(
        [*at(SEVEN), "plan", "--start", "2026-12-02", "--egfr", "85x"], capture_output=True, text=True, check=False
    )
    assert shown.text.split() == script.stderr.split()


def test_a_page_that_is_longer_than_the_screen_goes_through_the_pager_and_a_short_one_does_not(tmp_path: Path) -> None:
    pager = tmp_path / "pager"
    pager.write_text("#!/bin/sh\necho PAGED\ncat\n")
    pager.chmod(0o755)
    assert seen("evidence sources", tmp_path, PAGER=str(pager)).text.startswith("PAGED")
    assert "PAGED" not in seen("evidence medicines amlodipine", tmp_path, rows=200, PAGER=str(pager)).text
    piped = subprocess.run(
        [*at(SEVEN), "evidence", "sources"],
        capture_output=True,
        text=True,
        env={**os.environ, "PAGER": str(pager)},
        check=True,
    )
    assert "PAGED" not in piped.stdout
