"""A file of evidence that is not what it must be is refused, every fault at once, each with its line and what to do."""

from __future__ import annotations

import runpy
import shutil
import sys
from pathlib import Path

import pytest
from voluptuous import Optional

from titrate.evidence import reader, schema, validate
from titrate.evidence.places import line_of
from titrate.evidence.schema import CITE, flag, matching, number, one_of, text

SOURCES = {"TOOL": frozenset(), "S-ONE": frozenset({"words"}), "S-TWO": frozenset()}
CITABLE = validate.Citable(SOURCES, frozenset({"rules", "rules: kidney function"}))
FROM = "needs from = [sources] if and only if the source is TOOL"
NEAREST = "13: row[1].cite: rules.md has no section rules: kidney; did you mean rules: kidney function?"
SHAPE: schema.Shape = {
    "name": one_of("red", "green"),
    Optional("code"): matching("[a-z]+"),
    "on": flag,
    "words": {int: text},
    "amount": {"value": number(1, 10), "whole": number(1, 10, whole=True), "cite": CITE},
    "row": {int: {"mg": number(0, 5), "cite": CITE}},
    "named": {str: {"text": text}},
    "fixed": {"one": {"text": text}, "two": {"text": text}},
}
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


def faults(words: str) -> list[str]:
    """Return what is wrong with a file of that shape, a line each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(schema.FILES, "file.toml", SHAPE)
        return validate.faults("file.toml", words.encode(), CITABLE)


def test_a_file_of_the_right_shape_is_accepted() -> None:
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
        ('words = ["a", "b"]', "words = []", "4: words: needs one or more"),
        ('words = ["a", "b"]', 'words = "a"', "4: words: needs a table or a list"),
        ('words = ["a", "b"]', "words = { a = 1 }", "4: words.a: needs a list, has a table"),
        ('words = ["a", "b"]', 'words = ["a", ""]', "4: words[2]: needs text"),
        ("value = 1.5", 'value = "1.5"', "7: amount.value: needs a number, has text"),
        ("value = 1.5", "value = true", "7: amount.value: needs a number, has true or false"),
        ("value = 1.5", "value = [1]", "7: amount.value: needs a number, has a table or a list"),
        ("value = 1.5", "value = { a = 1 }", "7: amount.value: needs a number, has a table or a list"),
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
        ('[named.any]\ntext = "x"', "[named]\nany = 5", "20: named.any: needs a table or a list"),
        ('[fixed.two]\ntext = "z"\n', "", "22: fixed: missing key two; add it"),
        ("[fixed.two]", "[fixed.tow]", "25: fixed.tow: unknown key; did you mean two?; remove or rename it"),
        ("mg = 2", "mg = 6", "16: row[2].mg: needs 0 to 5, has 6"),
        ("mg = 1", "mg = -1", "12: row[1].mg: needs 0 to 5, has -1"),
        ("mg = 2", "", "15: row[2]: missing key mg; add it"),
    ],
)
def test_each_fault_is_named_with_its_line_and_place(old: str, new: str, said: str) -> None:
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
        ('at = "rules"', 'at = "zzz"', "13: row[1].cite: rules.md has no section zzz"),
        ('at = "rules"', 'at = "rules: kidney"', NEAREST),
        ('at = "page 1"', 'at = "page 1", url = "x"', "9: amount.cite.url: unknown key; remove or rename it"),
    ],
)  # fmt: skip
def test_each_fault_of_a_cite_is_named(old: str, new: str, said: str) -> None:
    assert f"file.toml:{said}" in faults(GOOD.replace(old, new, 1))


def test_a_missing_cite_is_two_faults_the_key_and_each_number() -> None:
    words = GOOD.replace('cite = { source = "S-TWO", at = "page 2", rule = "a fact" }\n', "")
    assert faults(words) == [
        "file.toml:15: row[2]: missing key cite; add it",
        "file.toml:16: row[2].mg: a number without a cite; add cite = { source, at, quote or rule }",
    ]


def test_a_number_where_no_shape_asks_for_one_still_needs_a_cite() -> None:
    said = faults(GOOD + "loose = 4\n")
    assert "file.toml:27: fixed.two.loose: a number without a cite; add cite = { source, at, quote or rule }" in said
    assert any("unknown key" in line for line in said)


def test_true_is_no_number_that_needs_a_cite() -> None:
    assert not [line for line in faults("on = true") if "without a cite" in line]


def test_an_empty_array_of_tables_is_a_fault() -> None:
    without = GOOD[: GOOD.index("[[row]]")] + GOOD[GOOD.index("[named.any]") :]
    assert "file.toml:1: row: needs one or more" in faults("row = []\n" + without)
    assert "file.toml:1: row: needs a table or a list" in faults("row = 5\n" + without)
    assert "file.toml:1: row[1]: needs a table or a list" in faults("row = [5]\n" + without)


def test_a_table_that_is_none_is_named() -> None:
    words = GOOD[: GOOD.index("[named.any]")].replace("on = true", "on = true\nnamed = 1\nfixed = 'x'")
    assert [line for line in faults(words) if "named" in line or "fixed" in line] == [
        "file.toml:4: named: a number without a cite; add cite = { source, at, quote or rule }",
        "file.toml:4: named: needs a table or a list",
        "file.toml:5: fixed: needs a table or a list",
    ]
    listed = GOOD[: GOOD.index("[named.any]")] + '[[named]]\ntext = "x"\n' + GOOD[GOOD.index("[fixed.one]") :]
    assert "file.toml:19: named[1]: needs a table, has a list" in faults(listed)


def test_all_faults_are_told_at_once_in_the_order_of_the_lines() -> None:
    words = GOOD.replace('"red"', '"blue"').replace("on = true", "on = 0").replace("mg = 2", "mg = 99")
    said = faults(words.replace("[fixed.two]", "[fixed.three]"))
    lines = [int(line.split(":")[1]) for line in said]
    assert lines == sorted(lines)
    assert {1, 3, 16, 25} <= set(lines)
    assert len(said) >= 5


def test_the_edges_of_a_range_are_allowed() -> None:
    for value in ("1", "10", "1.0", "10.0"):
        assert faults(GOOD.replace("value = 1.5", f"value = {value}")) == []
    assert faults(GOOD.replace("whole = 3", "whole = 3.0")) == []


def test_the_line_of_a_value_is_where_it_is_written() -> None:
    assert line_of(GOOD, ("name",)) == 1
    assert line_of(GOOD, ("amount", "whole")) == 8
    assert line_of(GOOD, ("amount", "cite", "at")) == 9
    assert line_of(GOOD, ("row", 0)) == 11
    assert line_of(GOOD, ("row", 1, "mg")) == 16
    assert line_of(GOOD, ("fixed", "two")) == 25
    assert line_of(GOOD, ("fixed",)) == 22
    assert line_of(GOOD, ("nowhere",)) == 1
    assert line_of('["a b"]\n"c d" = 1', ("a b", "c d")) == 2


def test_what_is_no_toml_is_named_with_the_byte_or_the_line() -> None:
    assert faults("= 1")[0].startswith("file.toml: not TOML: ")
    assert faults("on = " + "[" * 2000) == ["file.toml: not TOML of this kind: it is nested too deep"]
    assert faults("on = " + "9" * 5000)[0].startswith("file.toml: not TOML: ")
    latin = b"a = 1 # \xe9"
    assert validate.faults("trials.toml", latin, CITABLE) == [
        "trials.toml: not UTF-8 at byte 8; save the file as UTF-8"
    ]


# --- The whole folder, as whoever changes it runs it ---


def test_all_the_evidence_that_ships_is_right() -> None:
    assert validate.all_faults(reader.EVIDENCE) == []


def test_each_file_is_the_one_that_was_validated_and_none_is_left_out() -> None:
    assert reader.checksums() == validate.checksums(reader.EVIDENCE), "run python -m titrate.evidence.validate"
    written = {file.name for file in reader.EVIDENCE.rglob("*") if file.is_file()}
    assert written == {Path(name).name for name in reader.checksums()} | {reader.SUMS}


def test_a_change_is_validated_and_then_vouched_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(shutil.copytree(reader.EVIDENCE, tmp_path / "data"))
    (folder / reader.SUMS).unlink()
    assert validate.main(folder) == 0
    assert capsys.readouterr().out == f"{len(reader.checksums())} files are right; SHA256SUMS says so\n"
    assert (folder / reader.SUMS).read_bytes() == (reader.EVIDENCE / reader.SUMS).read_bytes()


def test_it_is_run_as_a_module_and_leaves_alone_what_is_right(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (reader.EVIDENCE / reader.SUMS).stat().st_mtime_ns
    monkeypatch.delitem(sys.modules, "titrate.evidence.validate")
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("titrate.evidence.validate", run_name="__main__")
    assert ended.value.code == 0
    assert f"{len(reader.checksums())} files are right" in capsys.readouterr().out
    assert (reader.EVIDENCE / reader.SUMS).stat().st_mtime_ns == before


def test_the_faults_of_all_files_are_named_at_once_and_nothing_is_vouched_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(reader.EVIDENCE, tmp_path / "data"))
    for name, old, new in (
        ("kidney.toml", "divisor = 72", 'divisor = "72"'),
        ("findings.toml", 'severity = "stop"', 'severity = "halt"'),
        ("trials.toml", "people = 15", "people = 0"),
    ):
        words = (folder / name).read_text("utf-8")
        (folder / name).write_text(words.replace(old, new, 1), "utf-8")
    (folder / "questions.toml").unlink()
    before = (folder / reader.SUMS).read_bytes()
    assert validate.main(folder) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["questions.toml", "findings.toml", "kidney.toml", "trials.toml"]
    assert (folder / reader.SUMS).read_bytes() == before


def test_without_sources_every_cite_is_a_fault(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(reader.EVIDENCE, tmp_path / "data"))
    (folder / "sources.toml").write_text("= 1", "utf-8")
    wrong = validate.all_faults(folder)
    assert any(line.startswith("sources.toml: not TOML") for line in wrong)
    assert any("source S-NKF-EQ is not in sources.toml" in line for line in wrong)
