"""Command lines that nobody would type, and some that somebody would; what a run of one says, and what it leaves."""

from __future__ import annotations

import gc
import importlib
import io
import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import chdir
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import typer
from hypothesis import strategies as st

from titrate.cli import app, clock
from titrate.sharing import network, server

LONGEST = 2.0  # seconds of work that any run may take: the clock on the wall tells more of the machine
KNOWN_CODES = {0, 1, 2, 3}
ENVIRONMENT = {"TZ": "Europe/Berlin", "COLUMNS": "90"}
NOW = datetime(2026, 11, 30, 9, 15, tzinfo=UTC)
# What a terminal obeys instead of showing, and what turns the direction of writing; tabs and new lines are none.
OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class Outcome(NamedTuple):
    """How a run ended: its code, what it said, the files that it left, and how much work it took."""

    code: int
    out: bytes
    err: str
    left: dict[str, bytes]
    seconds: float


def outcome(argv: Sequence[str], files: dict[str, bytes] | None = None, typed: bytes = b"") -> Outcome:
    """Run a command line in a folder of its own that holds `files`, and say how it ended; nothing is caught."""
    streams = [io.TextIOWrapper(io.BytesIO(data), "utf-8", "surrogateescape") for data in (typed, b"", b"")]
    with tempfile.TemporaryDirectory() as name, chdir(name), patch.dict(os.environ, ENVIRONMENT):
        folder = Path(name)
        for path, data in (files or {}).items():
            (folder / path).write_bytes(data)
        gc.freeze()  # what the fuzzer remembers is not for the program to collect
        begin = time.process_time()
        with (
            patch.object(clock, "utc_now", lambda: NOW),
            patch.object(server, "LIFE", 0),
            patch.object(network, "addresses", lambda: ("127.0.0.1",)),
            patch.object(sys, "argv", ["titrate", *argv]),
            patch.object(sys, "stdin", streams[0]),
            patch.object(sys, "stdout", streams[1]),
            patch.object(sys, "stderr", streams[2]),
        ):
            code = app.run(argv)
            took = time.process_time() - begin
        for stream in streams[1:]:
            stream.flush()
        told = [stream.buffer.getvalue() for stream in streams[1:]]  # type: ignore[attr-defined]
        found = sorted(Path(place, one) for place, _, names in os.walk(folder) for one in names)
        left = {str(path.relative_to(folder)): path.read_bytes() for path in found}
    return Outcome(code, told[0], told[1].decode("utf-8", "surrogateescape"), left, took)


ROSTER = b"id,start,egfr,age,taking\na,2026-12-01,85,40,none\nb,2026-12-01,12,40,none\nc,never,85,,\n"


@cache
def saved() -> bytes:
    """Return a saved plan."""
    return outcome([*["plan", "--start", "2026-12-01", "--egfr", "85", "--age", "40", "-o", "saved.json"]]).left[
        "saved.json"
    ]


def run(argv: Sequence[str]) -> Outcome:
    """Run a command line beside a saved plan and a roster."""
    return outcome(argv, {"saved.json": saved(), "roster.csv": ROSTER})


def new_files(told: Outcome) -> list[str]:
    """Return the files that a run wrote."""
    before = {"saved.json": saved(), "roster.csv": ROSTER}
    return [name for name, data in told.left.items() if before.get(name) != data]


@cache
def options(command: str) -> tuple[tuple[str, bool], ...]:
    """Return every option of a command as its longest name, and whether it stands alone."""
    made = typer.main.get_command(importlib.import_module(f"titrate.cli.{command}").app)
    named = [one for one in made.params if one.opts[0].startswith("-")]
    return tuple((max(one.opts, key=len), bool(getattr(one, "is_flag", False))) for one in named)


# --- What is typed ---

# No NUL, which no system can pass in a command line, and no half of a UTF-16 pair but those that stand for stray bytes.
ALPHABET = st.one_of(
    st.characters(codec="utf-8", exclude_characters="\x00"),
    st.sampled_from(
        "\x07\x08\t\n\r\x1b\x7f\x9b\u061c\u200e\u202e\u2066\u2028\ufeff\U0001f48a٣５½²−,.;:'\"`$\\/%*=+-@<>&|{}[]()"
    ),
    st.sampled_from([chr(0xDC80), chr(0xDCFF)]),  # bytes that are no UTF-8 arrive as these
)
HOSTILE = st.one_of(
    st.text(ALPHABET, max_size=30),
    st.sampled_from(
        (
            *("", " ", "-", "--", "none", "NONE", "nan", "inf", "-0", "1e5", "1_0", "0x10", "٣٤", "１５", "½", "²"),
            *(
                "\x1b[31mred\x1b[0m",
                "\x1b]0;title\x07",
                "\x9b2J",
                "a\rb",
                "a\nb",
                "\u202egnp.exe",
                "{0}",
                "{typed}",
                "%s",
            ),
            *(
                "=1+1",
                "<script>alert(1)</script>",
                "#let x = 1",
                "$x$",
                "../../etc/passwd",
                "/dev/null",
                "con",
                "a" * 11_000,
            ),
            *("9" * 400, "0." + "9" * 400, "1" + "0" * 5000, "\udcff", "2026-02-30", "10000-01-01", "0000-00-00"),
        )
    ),
)
DATES = st.one_of(
    st.dates().map(str),
    st.sampled_from(
        (
            *(
                "today",
                "tomorrow",
                "yesterday",
                "+3d",
                "+9999d",
                "+2w",
                "monday",
                "Sunday ",
                "1 Dec 2026",
                "29 february 2028",
            ),
            *("03/04/2026", "1.12.2026", "2026-1-1", "20261201", "31 Nov 2026", "1 Dec 26"),
        )
    ),
)
NUMBERS = st.one_of(
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.integers(-5, 400).map(str),
    st.sampled_from(
        ("85", "59.99", "15", ">60", ">90", ">30", "< 15", "88 umol/L", "1,0 mg/dL", "88µmol/l", "88", "1.0mg/dl")
    ),
)
NAMES = st.one_of(
    st.sampled_from(
        ("none", "baclofen", "codeine", "gabapentin", "ibuprofen", "xyzzy", "N05BA", "aspirin 75 mg", "none, codeine")
    ),
    st.sampled_from(
        ("epilepsy", "acute-kidney-injury", "pregnancy", "stroke", "sleep apnoea", "kidney-severe", "beers-kidney")
    ),
)
CLOCKS = st.one_of(st.times().map(lambda time: f"{time:%H:%M}"), st.sampled_from(("8:00", "24:00", "08.00", "noon")))
CHOICES = st.sampled_from(
    (
        "table",
        "csv",
        "md",
        "json",
        "ics",
        "html",
        "JSON",
        "xml",
        "a4",
        "letter",
        "patient",
        "both",
        "female",
        "male",
        "UTC",
        "Europe/Berlin",
        "Asia/Kathmandu",
        "local",
        "protocol",
        "sources",
    )
)
FILES = st.sampled_from(
    (
        "plan.json",
        "plan.ics",
        "PLAN.CSV",
        "plan.md",
        "plan.html",
        "plan",
        "a/plan.json",
        "/nowhere/plan.ics",
        "-",
        "plan.json.1.bak",
        "..",
        "~",
    )
)
VALUES = st.one_of(HOSTILE, DATES, NUMBERS, NAMES, CLOCKS, CHOICES, FILES)
LIKELY: dict[str, st.SearchStrategy[str]] = {
    **dict.fromkeys(("--start", "--tested", "--from", "--date", "--explain"), DATES),
    **dict.fromkeys(
        (
            "--egfr",
            "--creatinine",
            "--age",
            "--weight",
            "--target",
            "--days",
            "--tablet",
            "--pack",
            "--alarm",
            "--hold",
        ),
        NUMBERS,
    ),
    **dict.fromkeys(("--taking", "--stopped", "--condition", "--confirm"), NAMES),
    **dict.fromkeys(("--morning", "--midday", "--evening"), CLOCKS),
    **dict.fromkeys(("--format", "--paper", "--for", "--sex", "--tz"), CHOICES),
    "--output": FILES,
}
WHOLE = {  # what lets a run get further than its first check
    "plan": ["--start", "2026-12-01", "--egfr", "85", "--age", "40"],
    "kidney": ["--creatinine", "88 umol/L", "--age", "44", "--sex", "female"],
    "screen": ["--egfr", "85"],
    "show": ["saved.json"],
    "revise": ["saved.json", "--from", "2026-12-05"],
    "today": ["saved.json"],
    "share": ["saved.json"],
    "batch": ["roster.csv", "--out", "plans", "--jobs", "1", "--format", "json"],
    "evidence": ["therapies"],
}


@st.composite
def lines(draw: Any) -> list[str]:
    """Draw a command line: a command, mostly what it needs, and some of its options with likely or hostile values."""
    command = draw(st.sampled_from(sorted(WHOLE)))
    words = [*WHOLE[command]] if draw(st.integers(0, 3)) else draw(st.lists(VALUES, max_size=2))
    for name, alone in draw(st.lists(st.sampled_from(options(command)), max_size=5)):
        if alone:
            words.append(name)
        else:
            value = draw(LIKELY.get(name, VALUES) if draw(st.integers(0, 2)) else VALUES)
            words += [f"{name}={value}"] if draw(st.booleans()) and name.startswith("--") else [name, value]
    if draw(st.integers(0, 9)) == 0:
        words.insert(draw(st.integers(0, len(words))), draw(VALUES))
    return [command, *words]
