"""The readers of files that come from elsewhere, fed with changed files: more of it by hand, tests/fuzz/run.py."""

from __future__ import annotations

import os

import pytest
from fuzz.readers import READERS, WORDS, changed, plans, timed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "100"))
change = st.tuples(st.integers(0, 6), st.integers(0, 2**16 - 1), st.integers(0, 255)).map(
    lambda drawn: bytes([drawn[0]]) + drawn[1].to_bytes(2) + bytes([drawn[2]])
)
recipes = st.one_of(
    st.tuples(st.integers(0, 254), st.lists(change, min_size=1, max_size=6)).map(
        lambda drawn: bytes([drawn[0]]) + b"".join(drawn[1])
    ),
    st.binary(max_size=200).map(lambda drawn: b"\xff" + drawn),
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(recipe=recipes)
@pytest.mark.parametrize("name", READERS)
def test_a_changed_file_is_read_or_refused_by_name_in_time(name: str, recipe: bytes) -> None:
    timed(name, recipe)


@pytest.mark.parametrize("name", READERS)
def test_each_word_put_in_the_place_of_any_other_is_read_or_refused(name: str) -> None:
    for word in range(len(WORDS)):
        timed(name, bytes([0, 0]) + (word * 977).to_bytes(2) + bytes([word]))


def test_a_recipe_changes_a_file_and_an_empty_one_does_not() -> None:
    (seed, *_) = plans()
    assert changed(seed, b"") == seed
    assert changed(seed, bytes([3, 0, 0, 0])) != seed
