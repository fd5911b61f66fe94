"""What a spreadsheet would run is kept from running, and says what it said when it is read again, however often."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from titrate.inputs.cells import harmless, meant, unharmed

TEXTS = st.text(st.sampled_from("'\"=+-@a \t\r\n;,|＝\u00a0"), max_size=12) | st.text(max_size=12)


@settings(max_examples=1_000, deadline=None)
@given(TEXTS)
def test_what_was_made_harmless_is_exactly_what_it_was_once_that_is_taken_off(text: str) -> None:
    assert unharmed(harmless(text)) == text


@settings(max_examples=1_000, deadline=None)
@given(TEXTS)
def test_no_cell_and_no_line_of_one_begins_with_a_sign(text: str) -> None:
    cell = harmless(text)
    assert cell.strip()[:1] not in {*"=+-@＝＋－＠"} - {""}
    for part in re.split(r"[;,|\t\r\n]", cell):
        assert not part or part[0] not in "=+-@＝＋－＠"


@settings(max_examples=1_000, deadline=None)
@given(TEXTS)
def test_a_cell_that_comes_back_again_and_again_says_the_same(text: str) -> None:
    said = meant(text)
    shown = harmless(said)
    assert meant(shown) == said
    assert harmless(meant(shown)) == shown


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("+49 30", "'+49 30"),
        ("Dr. A\n+49 30", "Dr. A\n'+49 30"),
        ("Ward 3,-1", "Ward 3,'-1"),
        ("'=1", "''=1"),
        ("'s Hertogenbosch", "'s Hertogenbosch"),
        ("5-10 mg, a + b", "5-10 mg, a + b"),
    ],
)
def test_only_what_could_run_gets_an_apostrophe(said: str, shown: str) -> None:
    assert harmless(said) == shown
    assert meant(shown) == said
