"""Whatever is typed: no traceback, no hang, one of four exit codes, no file after a refusal, nothing that a terminal obeys.

Run by hand with more of it, in parts, since a fuzzer remembers all it tried:
for part in 1 2 3 4 5 6 7 8 9 10; do FUZZ_EXAMPLES=10000 pytest tests/cli/test_command_lines.py --hypothesis-seed=$part; done
On 2026-11-23 parts 1 to 5: 50,000 command lines, 50,000 hostile texts and 50,000 dates, and nothing found.
"""

from __future__ import annotations

import os
import re
from datetime import date

import pytest
from fuzz.lines import HOSTILE, KNOWN_CODES, LONGEST, OBEYED, WHOLE, lines, new_files, options, run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from titrate.cli.app import COMMANDS
from titrate.errors import BadInput
from titrate.inputs.parse import read_date

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "250"))
often = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@often
@given(lines())
def test_whatever_is_typed_ends_in_a_known_way_and_a_refusal_leaves_no_file(argv: list[str]) -> None:
    told = run(argv)
    assert told.code in KNOWN_CODES
    assert "Traceback" not in told.err
    assert told.seconds < LONGEST
    if told.code and argv[0] != "batch":  # a batch makes the rows that are right
        assert new_files(told) == []
    assert not [name for name in told.left if name.endswith(".part")]
    assert OBEYED.search(told.err) is None
    assert told.code == 0 or told.err.strip() or told.out.strip()


def test_every_option_of_every_command_is_tried() -> None:
    assert set(WHOLE) == set(COMMANDS) - {"help"}  # which takes none
    assert {name for name, _ in options("plan")} > {"--start", "--egfr", "--contact", "--output", "--dialysis"}
    assert all(options(command) for command in WHOLE)


TEXTS = {
    "a medicine": ["plan", *WHOLE["plan"], "--taking", "{}"],
    "a condition": ["plan", *WHOLE["plan"], "--condition", "{}"],
    "a prescriber": [
        "plan",
        *WHOLE["plan"],
        "--taking",
        "codeine",
        "--confirm",
        "cns-depressant",
        "--prescriber",
        "{}",
    ],
    "a label": ["plan", *WHOLE["plan"], "--discreet", "--label", "{}"],
    "a contact": ["plan", *WHOLE["plan"], "--contact", "{}"],
    "a medicine, screened": ["screen", *WHOLE["screen"], "--taking", "{}"],
    "a refused medicine": ["plan", "--start", "2026-12-01", "--egfr", "10", "--taking", "{}"],
    "a date": ["plan", "--start", "{}", "--egfr", "85"],
    "a kidney result": ["plan", "--start", "2026-12-01", "--egfr", "{}"],
    "a creatinine": ["kidney", "--creatinine", "{}", "--age", "40", "--sex", "female"],
    "a zone": ["plan", *WHOLE["plan"], "--tz", "{}"],
    "a code": ["plan", *WHOLE["plan"], "--confirm", "{}", "--prescriber", "Dr. A"],
    "an id": ["plan", *WHOLE["plan"], "--id", "{}"],
    "a format": ["plan", *WHOLE["plan"], "--format", "{}"],
    "a file": ["plan", *WHOLE["plan"], "-o", "{}"],
    "a file with a suffix": ["plan", *WHOLE["plan"], "-o", "{}.json"],
    "a plan file": ["show", "{}"],
    "a reason": ["revise", "saved.json", "--from", "2026-12-05", "--hold", "3", "--dry-run", "--reason", "{}"],
    "a day explained": ["show", "saved.json", "--explain", "{}"],
    "today": ["today", "saved.json", "--date", "{}"],
    "a roster": ["batch", "{}", "--out", "plans"],
    "a folder": ["batch", "none.csv", "--out", "{}"],
    "a topic": ["evidence", "{}"],
    "an option": ["plan", "{}"],
    "a command": ["{}"],
}
WITH_JSON = ("plan", "show", "revise", "today", "screen", "kidney", "evidence")
OBEYED_TEXTS = (
    "\x1b[2Jx",
    "x\x1b]0;t\x07y",
    "a\x9b31mb",
    "a\rb",
    "a\x08b",
    "a\u202eb",
    "a\u2066b",
    "x\x7f",
    "a\u2028b",
    "a\x85b",
    "\u061cx",
)


@pytest.mark.parametrize("place", TEXTS)
def test_no_control_or_escape_sequence_reaches_a_terminal_by_any_way(place: str) -> None:
    for typed in OBEYED_TEXTS:
        argv = [word.replace("{}", typed) for word in TEXTS[place]]
        in_json = [] if "--format" in argv or argv[0] not in WITH_JSON else [[*argv, "--format", "json"]]
        for told in map(run, [argv, *in_json]):
            assert told.code in KNOWN_CODES
            assert OBEYED.search(told.err) is None, (typed, told.err)
            assert OBEYED.search(told.out.decode()) is None, (typed, told.out)


@often
@given(st.sampled_from(sorted(TEXTS)), HOSTILE)
def test_no_hostile_text_reaches_a_terminal_as_anything_but_text(place: str, typed: str) -> None:
    told = run([word.replace("{}", typed) for word in TEXTS[place]])
    assert told.code in KNOWN_CODES
    assert told.seconds < LONGEST
    assert OBEYED.search(told.err) is None
    assert OBEYED.search(told.out.decode("utf-8", "surrogateescape")) is None


@settings(max_examples=EXAMPLES)
@given(
    st.one_of(
        st.text(max_size=12),
        st.from_regex(r"[0-9٣]{1,5}[-/.][0-9]{1,2}[-/.][0-9]{1,4}", fullmatch=True),
        st.from_regex(r"[0-9]{1,2} {1,2}(jan|feb|March|apr|may|June?|JUL|sept?|dec[a-z]*) [0-9]{2,4}", fullmatch=True),
        st.dates().map(str),
    )
)
def test_a_date_is_read_as_everybody_reads_it_or_refused(typed: str) -> None:
    today = date(2026, 11, 30)
    try:
        read = read_date(typed, today, "--start")
    except BadInput as refused:
        assert str(refused).startswith("--start: ")
        return
    text = typed.strip().lower()
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        assert read.isoformat() == text
    elif re.fullmatch(r"[0-9]+ +[a-z]+ +[0-9]{4}", text):
        assert f"{read.day} {read:%b} {read.year:04}".lower() == re.sub(
            r"^0|(?<=[a-z]{3})[a-z]+", "", " ".join(text.split())
        )
    else:
        assert re.fullmatch(r"today|tomorrow|yesterday|\+[0-9]{1,4}[dw]|(mon|tues|wednes|thurs|fri|satur|sun)day", text)
        assert read >= today or text == "yesterday"
