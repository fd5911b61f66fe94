"""The command that a refusal prints: a real shell splits it into the words that were typed, and pasted it makes that very plan."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from command import Desk
from hypothesis import example, given, settings
from hypothesis import strategies as st

from titrate.cli import batch, plan, revise
from titrate.cli.command_line import CommandLine, typed

BASH = shutil.which("bash")
VALUED = frozenset({"--start", "--tested", "--from", "--taking", "--contact", "--prescriber", "-o"})
NEVER = st.characters(
    exclude_characters="\0", exclude_categories=("Cs",)
)  # no system gives a program a word with U+0000
WORDS = st.lists(st.text(NEVER, max_size=12), min_size=1, max_size=6)
ENCODINGS = st.sampled_from(("ascii", "latin-1", "cp1252", "utf-8"))
ENVIRONMENT = {"PATH": os.environ["PATH"], "SOURCE_DATE_EPOCH": "1796040000", "TZ": "Europe/Berlin"}
# 25 names without a space between them, 360 letters; what matters stands last.
LONG = ",".join((*(f"paracetamol {number} mg".replace(" ", "") for number in range(24)), "diazepam"))


def command(*words: str) -> CommandLine:
    return CommandLine(words, VALUED)


def split(line: str) -> list[str]:
    """The words that bash makes of a line, without the first."""
    script = f"titrate() {{ printf '%s\\0' \"$@\"; }}\n{line}\n"
    done = subprocess.run([BASH or "bash"], input=script.encode(), capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]


@pytest.fixture
def desk(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, capfd, monkeypatch)


def printed(err: str) -> str:
    """The command that a refusal ends with."""
    return err.splitlines()[-1].removeprefix("  ")


# --- The words ---


@pytest.mark.skipif(BASH is None, reason="no bash to split the line")
@given(WORDS, ENCODINGS)
@example(["--contact", "O’Neil; touch ran", "it's", "`touch ran`", "$(touch ran)", "!x", "=ls", "~", "*"], "ascii")
@example(["a\nb", "\t", "\u202e", "\u00a0", "diazepam\u00a05 mg", "\udcff"], "ascii")
@settings(max_examples=60, deadline=None)
def test_bash_splits_the_line_into_exactly_the_words_in_every_encoding(words: list[str], encoding: str) -> None:
    line = command(*words).quoted(encoding, windows=False)
    assert line is not None
    assert "\n" not in line
    assert line.isprintable()
    assert line.encode(encoding).decode(encoding) == line
    assert split(line) == words


@pytest.mark.skipif(shutil.which("dash") is None, reason="no dash")
@given(st.text(NEVER, max_size=12))
@example("O’Neil's; touch ran")
@settings(max_examples=40, deadline=None)
def test_a_shell_without_dollar_quotes_runs_nothing_of_a_word(word: str) -> None:
    line = command(word).quoted("ascii", windows=False)
    script = f"titrate() {{ printf '%s' $#; }}\n{line}\n"
    done = subprocess.run(["dash"], input=script.encode(), capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"1", b"")


def test_both_shells_of_windows_take_the_line_or_none_is_given() -> None:
    words = ("--taking", "codeine,lithium", "--contact", "Ward 3 & 4 | x", "-o", "C:\\my plans\\")
    line = 'titrate --taking "codeine,lithium" --contact "Ward 3 & 4 | x" -o "C:\\my plans\\\\"'
    assert command(*words).quoted("utf-8", windows=True) == line
    for sign in '"%!$`“”„\n\u202e':
        assert command(f"a{sign}b").quoted("utf-8", windows=True) is None
    assert command("O’Neil").quoted("ascii", windows=True) is None


# --- Dates, and what is added ---


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("plan", "--start", "tomorrow"), ("plan", "--start", "2026-12-01", "--confirm", "x")),
        (("plan", "--start=tomorrow"), ("plan", "--start=2026-12-01", "--confirm", "x")),
        (
            ("plan", "--tested=today", "--start", "+1d"),
            ("plan", "--tested=2026-11-30", "--start", "2026-12-01", "--confirm", "x"),
        ),
        (("plan", "--contact", "--start", "now"), ("plan", "--contact", "--start", "now", "--confirm", "x")),
        (("plan", "--contact=--start", "now"), ("plan", "--contact=--start", "now", "--confirm", "x")),
        (
            ("revise", "--from", "monday", "--", "--start"),
            ("revise", "--from", "2026-12-07", "--confirm", "x", "--", "--start"),
        ),
        (("revise", "--contact", "--", "p.json"), ("revise", "--contact", "--", "p.json", "--confirm", "x")),
        (("revise", "-"), ("revise", "-", "--confirm", "x")),
    ],
)
def test_dates_are_frozen_and_options_added_where_they_are_options(
    words: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    days = {"--start": date(2026, 12, 1), "--tested": date(2026, 11, 30), "--from": date(2026, 12, 7)}
    assert command(*words).dated(days).plus("--confirm", "x").words == expected


def test_a_date_that_was_not_given_is_not_made_up() -> None:
    assert (
        command("plan", "--start", "tomorrow").dated({"--tested": None, "--from": date(2026, 12, 1)}).words[-1]
        == "tomorrow"
    )


def test_an_option_is_known_from_the_value_of_another() -> None:
    assert command("plan", "--prescriber=Dr A").gives("--prescriber")
    assert not command("plan", "--contact", "--prescriber").gives("--prescriber")
    assert not command("revise", "--", "--prescriber").gives("--prescriber")


def test_every_option_with_a_value_is_known_and_no_flag_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["titrate", "--", "plan", "--dialysis"])
    line = typed(plan.app)
    assert line.words == ("plan", "--dialysis")
    assert {"--start", "--tested", "--taking", "--contact", "-o", "--output"} <= line.valued
    assert not {"--dialysis", "--pregnant", "--discreet", "--help"} & line.valued
    assert {"--from", "--reason"} <= typed(revise.app).valued
    assert "--dry-run" not in typed(revise.app).valued
    assert {"--out", "--id"} <= typed(batch.app).valued
    assert "--resume" not in typed(batch.app).valued


# --- What a person pastes ---


def test_a_long_list_of_medicines_keeps_its_end(desk: Desk) -> None:
    refused = desk.titrate(f"plan --start 2026-12-01 --egfr 85 --age 44 --taking {LONG}")
    assert (len(LONG) > 300, refused.code) == (True, 3)
    words = f"titrate plan --start 2026-12-01 --egfr 85 --age 44 --taking {LONG}"
    assert printed(refused.err) == f"{words} --confirm cns-depressant --prescriber NAME"


def test_days_in_words_are_frozen(desk: Desk) -> None:
    refused = desk.titrate("plan --start tomorrow --egfr 24 --age 61 --tested=today --taking none")
    assert printed(refused.err) == (
        "titrate plan --start 2026-12-01 --egfr 24 --age 61 --tested=2026-11-30 --taking none"
        " --confirm kidney-severe --prescriber NAME"
    )


def test_days_of_a_revision_in_words_are_frozen(desk: Desk) -> None:
    assert desk.titrate("plan --start 2026-12-01 --egfr 85 --age 44 --taking none -o plan.json").code == 0
    refused = desk.titrate("revise plan.json --from=+20d --target 20 --taking diazepam --tested today")
    assert refused.code == 3
    assert printed(refused.err) == (
        "titrate revise plan.json --from=2026-12-20 --target 20 --taking diazepam --tested 2026-11-30"
        " --confirm cns-depressant --prescriber NAME"
    )


@pytest.mark.skipif(BASH is None, reason="no bash to paste into")
@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
@pytest.mark.parametrize("contact", ["O’Neil", "O'Neil; touch ran", "two\nlines", "’; touch ran; ’"])
def test_pasted_it_makes_the_plan_of_the_same_inputs_and_runs_nothing_else(
    tmp_path: Path, encoding: str, contact: str
) -> None:
    options = [
        "--start",
        "tomorrow",
        "--egfr",
        "24",
        "--age",
        "61",
        "--tested=today",
        "--taking",
        LONG.replace("diazepam", "x"),
    ]
    words = ["plan", *options, "--contact", contact, "--prescriber", "Dr A. Müller", "-o", "plan.json"]
    environment = {
        **ENVIRONMENT,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONIOENCODING": encoding,
        "COLUMNS": "40",
    }
    refused = subprocess.run(
        [sys.executable, "-m", "titrate", *words], cwd=tmp_path, env=environment, capture_output=True, check=False
    )
    assert refused.returncode == 3
    pasted = printed(refused.stderr.decode(encoding))
    later = {**environment, "SOURCE_DATE_EPOCH": "1796126400"}  # the day after: `tomorrow` is another day
    script = f'titrate() {{ "{sys.executable}" -m titrate "$@"; }}\n{pasted}\n'
    done = subprocess.run(
        [BASH or "bash"], input=script.encode(), cwd=tmp_path, env=later, capture_output=True, check=False
    )
    assert (done.returncode, sorted(path.name for path in tmp_path.iterdir())) == (0, ["plan.json"]), done.stderr
    inputs = json.loads((tmp_path / "plan.json").read_text("utf-8"))["inputs"]
    assert (inputs["start"], inputs["tested"], inputs["contact"]) == ("2026-12-01", "2026-11-30", contact)
    assert inputs["prescriber"] == "Dr A. Müller"
    assert inputs["taking"] == LONG.replace("diazepam", "x").split(",")


def test_the_command_in_json_is_the_same_command(desk: Desk) -> None:
    refused = desk.titrate(f"plan --start tomorrow --egfr 85 --age 44 --taking {LONG} --contact 'O’Neil' --format json")
    assert refused.document["confirm_with"] == printed(refused.err)
