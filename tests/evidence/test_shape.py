"""A data file that is not what it must be is refused, every fault at once, each with its line and what to do."""

from __future__ import annotations

import tomllib
from decimal import Decimal

import pytest

from titrate.errors import BadInput
from titrate.evidence.shape import CITE, Flag, Many, Named, Number, Rows, Table, Text, check, line_of

SOURCES = frozenset({"TOOL", "S-ONE", "S-TWO"})
QUOTES = {"S-ONE": frozenset({"words"})}
FROM = "needs from = [sources] if and only if the source is TOOL"
SHAPE = Table(
    {
        "name": Text(("red", "green")),
        "code": Text(pattern="[a-z]+"),
        "on": Flag(),
        "words": Many(Text(), least=1),
        "amount": Table({"value": Number(1, 10), "whole": Number(1, 10, whole=True), "cite": CITE}),
        "row": Rows(Table({"mg": Number(0, 5), "cite": CITE})),
        "named": Named(Table({"text": Text()})),
        "fixed": Named(Table({"text": Text()}), names=("one", "two")),
    },
    optional=frozenset({"code"}),
)
GOOD = """\
name = "red"
code = "abc"
on = true
words = ["a", "b"]

[amount]
value = 1.5
whole = 3
cite = { source = "S-ONE", at = "page 1", quote = "words" }

[[row]]
mg = 1
cite = { source = "TOOL", at = "rules", rule = "because", from = ["S-ONE", "S-TWO"] }

[[row]]
mg = 2
cite = { source = "S-TWO", at = "page 2", rule = "a fact" }

[named.any]
text = "x"

[fixed.one]
text = "y"

[fixed.two]
text = "z"
"""


def faults(text, quotes=QUOTES):
    """Return what is wrong, a line each."""
    data = tomllib.loads(text, parse_float=Decimal)
    try:
        check(data, SHAPE, file="file.toml", text=text, sources=SOURCES, quotes=quotes)
    except BadInput as error:
        return str(error).split("\n")
    return []


def test_a_file_of_the_right_shape_is_accepted():
    assert faults(GOOD) == []
    assert faults(GOOD.replace('code = "abc"\n', "")) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "red"', 'name = "gren"', "1: name: needs one of red, green, has gren; did you mean green?"),
        ('name = "red"', "name = 7", "1: name: needs text"),
        ('name = "red"', 'name = "  "', "1: name: needs text"),
        ('code = "abc"', 'code = "abC"', "2: code: needs the form [a-z]+, has abC"),
        ("on = true", "on = 1", "3: on: needs true or false"),
        ("on = true", 'on = "true"', "3: on: needs true or false"),
        ('words = ["a", "b"]', "words = []", "4: words: needs a list of at least 1"),
        ('words = ["a", "b"]', 'words = "a"', "4: words: needs a list of at least 1"),
        ('words = ["a", "b"]', 'words = ["a", ""]', "4: words[2]: needs text"),
        ("value = 1.5", 'value = "1.5"', "7: amount.value: needs a number, has text"),
        ("value = 1.5", "value = true", "7: amount.value: needs a number, has true or false"),
        ("value = 1.5", "value = [1]", "7: amount.value: needs a number, has a list"),
        ("value = 1.5", "value = { a = 1 }", "7: amount.value: needs a number, has a table"),
        ("value = 1.5", "value = 2026-12-01", "7: amount.value: needs a number, has a date"),
        ("value = 1.5", "value = nan", "7: amount.value: needs a finite number"),
        ("value = 1.5", "value = -inf", "7: amount.value: needs a finite number"),
        ("value = 1.5", "value = 0.999", "7: amount.value: needs 1 to 10, has 0.999"),
        ("value = 1.5", "value = 10.01", "7: amount.value: needs 1 to 10, has 10.01"),
        ("whole = 3", "whole = 3.5", "8: amount.whole: needs a whole number, has 3.5"),
        ("whole = 3\n", "", "6: amount: missing key whole; add it"),
        ("whole = 3", "whole = 3\nwhol = 4", "9: amount.whol: unknown key; did you mean whole?; remove or rename it"),
        ("whole = 3", "whole = 3\nzzz = 4", "9: amount.zzz: unknown key; remove or rename it"),
        ("on = true", "", "1: top level: missing key on; add it"),
        ('[named.any]\ntext = "x"', "[named]\nany = 5", "20: named.any: needs a table, has a number"),
        ('[fixed.two]\ntext = "z"\n', "", "22: fixed: missing key two; add it"),
        ("[fixed.two]", "[fixed.tow]", "25: fixed.tow: unknown key; did you mean two?; remove or rename it"),
        ("mg = 2", "mg = 6", "16: row[2].mg: needs 0 to 5, has 6"),
        ("mg = 1", "mg = -1", "12: row[1].mg: needs 0 to 5, has -1"),
        ("mg = 2", "", "15: row[2]: missing key mg; add it"),
    ],
)
def test_each_fault_is_named_with_its_line_and_place(old, new, said):
    assert f"file.toml:{said}" in faults(GOOD.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (', quote = "words"', "", "9: amount.cite: needs either a quote or a rule"),
        ('quote = "words"', 'quote = "words", rule = "r"', "9: amount.cite: needs either a quote or a rule"),
        ('quote = "words"', 'quote = "word"', "9: amount.cite: S-ONE has no quote word; did you mean words?"),
        ('"S-TWO", at = "page 2", rule = "a fact"', '"S-TWO", at = "p", quote = "q"', "17: row[2].cite: S-TWO has no quote q"),
        ('source = "S-ONE"', 'source = "S-ONES"', "9: amount.cite: source S-ONES is not in sources.toml; did you mean S-ONE?"),
        ('"S-ONE", "S-TWO"]', '"S-XXXXXX"]', "13: row[1].cite: source S-XXXXXX is not in sources.toml"),
        ('rule = "because", from = ["S-ONE", "S-TWO"]', 'rule = "because"', "13: row[1].cite: " + FROM),
        ('rule = "a fact"', 'rule = "a fact", from = ["S-ONE"]', "17: row[2].cite: " + FROM),
        ('at = "page 1", ', "", "9: amount.cite: missing key at; add it"),
        ('at = "page 1"', 'at = ""', "9: amount.cite.at: needs text"),
        ('at = "page 1"', 'at = "page 1", url = "x"', "9: amount.cite.url: unknown key; remove or rename it"),
    ],
)  # fmt: skip
def test_each_fault_of_a_cite_is_named(old, new, said):
    assert f"file.toml:{said}" in faults(GOOD.replace(old, new, 1))


def test_without_quotes_to_compare_a_quote_is_not_looked_up():
    assert faults(GOOD.replace('quote = "words"', 'quote = "word"'), quotes=None) == []


def test_a_missing_cite_is_two_faults_the_key_and_each_number():
    text = GOOD.replace('cite = { source = "S-TWO", at = "page 2", rule = "a fact" }\n', "")
    assert faults(text) == [
        "file.toml:15: row[2]: missing key cite; add it",
        "file.toml:16: row[2].mg: a number without a cite; add cite = { source, at, quote or rule }",
    ]


def test_a_number_where_no_shape_asks_for_one_still_needs_a_cite():
    said = faults(GOOD + "loose = 4\n")
    assert "file.toml:27: fixed.two.loose: a number without a cite; add cite = { source, at, quote or rule }" in said
    assert any("unknown key" in line for line in said)


def test_true_is_no_number_that_needs_a_cite():
    assert not [line for line in faults("on = true") if "without a cite" in line]


def test_an_empty_array_of_tables_is_a_fault():
    without = GOOD[: GOOD.index("[[row]]")] + GOOD[GOOD.index("[named.any]") :]
    assert "file.toml:1: row: needs one [[row]] table or more" in faults("row = []\n" + without)
    assert "file.toml:1: row: needs one [[row]] table or more" in faults("row = 5\n" + without)
    assert "file.toml:1: row[1]: needs a table, has a number" in faults("row = [5]\n" + without)


def test_a_table_that_is_none_is_one_fault():
    text = GOOD[: GOOD.index("[named.any]")].replace("on = true", "on = true\nnamed = 1\nfixed = 'x'")
    assert [line for line in faults(text) if "named" in line or "fixed" in line] == [
        "file.toml:4: named: a number without a cite; add cite = { source, at, quote or rule }",
        "file.toml:4: named: needs a table, has a number",
        "file.toml:5: fixed: needs a table, has text",
    ]


def test_all_faults_are_told_at_once_in_the_order_of_the_lines():
    text = GOOD.replace('"red"', '"blue"').replace("on = true", "on = 0").replace("mg = 2", "mg = 99")
    said = faults(text.replace("[fixed.two]", "[fixed.three]"))
    lines = [int(line.split(":")[1]) for line in said]
    assert lines == sorted(lines)
    assert {1, 3, 16, 25} <= set(lines)
    assert len(said) >= 5


def test_the_edges_of_a_range_are_allowed():
    for value in ("1", "10", "1.0", "10.0"):
        assert faults(GOOD.replace("value = 1.5", f"value = {value}")) == []
    assert faults(GOOD.replace("whole = 3", "whole = 3.0")) == []


def test_the_line_of_a_value_is_where_it_is_written():
    assert line_of(GOOD, ("name",)) == 1
    assert line_of(GOOD, ("amount", "whole")) == 8
    assert line_of(GOOD, ("amount", "cite", "at")) == 9
    assert line_of(GOOD, ("row", 0)) == 11
    assert line_of(GOOD, ("row", 1, "mg")) == 16
    assert line_of(GOOD, ("fixed", "two")) == 25
    assert line_of(GOOD, ("fixed",)) == 22
    assert line_of(GOOD, ("nowhere",)) == 1
    assert line_of('["a b"]\n"c d" = 1', ("a b", "c d")) == 2
