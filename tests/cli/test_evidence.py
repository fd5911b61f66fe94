from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from titrate.cli.app import run
from titrate.cli.evidence import TOPICS


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_is_printed_in_every_format(topic: str, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["evidence", topic]) == 0
    table, nothing = capsysbinary.readouterr()
    assert run(["evidence", topic, "--format", "md"]) == 0
    assert run(["evidence", topic.upper(), "--format", "JSON"]) == 0
    both = capsysbinary.readouterr().out
    assert nothing == b""
    assert len(table) > 1000
    page, brace, document = both.partition(b"\n{\n")
    assert page.startswith(b"# ")
    assert json.loads(brace + document)["topic"] == topic


@pytest.mark.parametrize(
    ("words", "taken_for", "code", "severity"),
    [
        ("medicines diazepam", "diazepam", "cns-depressant", "confirm"),
        ("medicines Diazepam 5 mg tablets", "diazepam", "cns-depressant", "confirm"),
        ("medicines N05BA01", "benzodiazepine", "cns-depressant", "confirm"),
        ("medicines Lioresal", "baclofen", "already-on-baclofen", "stop"),
        ("medicines meperidine", "pethidine", "cns-depressant", "confirm"),
        ("medicines paracetamol", "paracetamol", None, "none"),
        ("conditions sleep apnoea", "sleep apnoea", "sleep-apnoea", "confirm"),
        ("conditions stomach ulcer", "active ulcer of the stomach or duodenum", "active-peptic-ulcer", "stop"),
    ],
)
def test_a_name_is_looked_up_as_it_is_typed(
    words: str, taken_for: str, code: str | None, severity: str, capsys: pytest.CaptureFixture[str]
) -> None:
    topic, _, typed = words.partition(" ")
    assert run(["evidence", *words.split(), "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["topic"], document["typed"], document["taken_for"]) == (topic, typed, [taken_for])
    assert [(entry["code"], entry["severity"]) for entry in document["entries"]] == [(code, severity)]
    if code:
        assert document["entries"][0]["message"].startswith(typed)
        assert document["sources"]


def test_a_look_up_says_in_words_what_a_name_raises(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evidence", "medicines", "diazepam"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert text.startswith("diazepam Taken for: diazepam. No list is complete.")
    assert "confirm cns-depressant" in text
    assert "Never stop a benzodiazepine suddenly" in text


def test_what_raises_nothing_is_never_called_safe(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evidence", "medicines", "paracetamol"]) == 0
    text = capsys.readouterr().out
    assert "Known; nothing in our list about it beside baclofen." in text
    assert "safe" not in text.lower()


def test_a_word_that_nobody_knows_is_named_beside_what_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evidence", "medicines", "codeine", "qqqqq"]) == 0
    text = capsys.readouterr().out
    assert "Taken for: codeine.\nNot in our list: qqqqq.\n" in text


@pytest.mark.parametrize(
    ("topic", "first", "name"),
    [
        ("medicines", "already-on-baclofen", "diazepam"),
        ("conditions", "hypersensitivity", "sleep apnoea"),
    ],
)
def test_all_that_is_known_is_listed_by_what_it_raises_a_stop_first(
    topic: str, first: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["evidence", topic, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["typed"] is None
    names = [listed for entry in document["entries"] for listed in entry["names"]]
    assert name in names
    assert run(["evidence", topic]) == 0
    text = capsys.readouterr().out
    titles = [text.index(title) for title in ("Stop: no plan", "Confirm: no plan", "Caution: the plan")]
    assert titles == sorted(titles)
    assert titles[0] < text.index(first) < titles[1]
    words = set(text.split())
    assert not [word for listed in names for word in f"{listed},".split() if {word, word.rstrip(",")}.isdisjoint(words)]


def test_the_protocol_says_where_its_cap_comes_from(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert run(["evidence", "protocol"]) == 0
    text = capsys.readouterr().out
    row = next(line for line in text.splitlines() if line.startswith("Most that is ever"))
    assert "30 mg a day" in row
    assert "S-ARTICLE, dosage section" in row


def test_a_review_ends_with_how_to_sign(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evidence", "protocol", "--review"]) == 0
    text = capsys.readouterr().out
    assert (
        text.index("[ ] first day: 1")
        < text.index("Signature   ____")
        < text.index("How to sign")
        < text.index("NEWEST")
    )


def test_a_review_covers_every_file_that_decides_a_dose_or_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evidence", "protocol", "--review", "--format", "json"]) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert [file["file"] for file in files] == ["kidney.toml", "findings.toml", "medicines.toml", "conditions.toml"]
    assert files[0]["entries"][0]["values"][0] == {
        "name": "factor",
        "place": "ckd_epi_2021.factor",
        "value": 142,
        "unit": None,
    }
    assert run(["evidence", "protocol", "--format", "json"]) == 0
    assert "files" not in json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("width", [100, 60])
def test_a_review_fits_the_terminal_but_for_fingerprints_and_addresses(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert run(["evidence", "protocol", "--review"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if len(line) > width and " " in line.strip()] == []
    assert len(lines) > 1000


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            [],
            "evidence: which topic? give therapies, trials, questions, next-steps, medicines, conditions, rules, sources, hazards or protocol",
        ),
        (
            ["terapies"],
            (
                "evidence: there is no topic terapies; give therapies, trials, questions, next-steps, medicines, conditions, rules, sources, hazards or protocol; "
                "did you mean therapies?"
            ),
        ),
        (
            ["xyz"],
            "evidence: there is no topic xyz; give therapies, trials, questions, next-steps, medicines, conditions, rules, sources, hazards or protocol",
        ),
        (
            [""],
            "evidence: there is no topic without a name; give therapies, trials, questions, next-steps, medicines, conditions, rules, sources, hazards or protocol",
        ),
        (
            ["sources", "--format", "jsn"],
            "--format: there is no format jsn; give table, md or json; did you mean json?",
        ),
        (
            ["sources", "--review"],
            "--review: only a protocol is signed, not sources; give titrate evidence protocol --review",
        ),
        (["sources", "-o", "sources.pdf"], "-o sources.pdf: there is no format pdf; give md or json"),
        (["sources", "-o", "table"], "-o table: there is no format table; give md or json"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(
    typed: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["evidence", *typed]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"titrate: {said}\n")
    assert list(tmp_path.iterdir()) == []


def test_files_and_the_terminal_are_both_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, document = tmp_path / "trials.MD", tmp_path / "trials.json"
    assert run(["evidence", "trials", "-o", str(page), "-o", str(document)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Studies that the article names\n")
    assert err == f"wrote {page}, {document}\n"
    assert page.read_text("utf-8").startswith("# Studies that the article names\n")
    assert json.loads(document.read_text("utf-8"))["topic"] == "trials"


def process(*args: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "titrate", "evidence", *args]
    return subprocess.run(command, capture_output=True, env={**os.environ, **env}, check=False, timeout=60)


def test_in_a_pipe_there_is_no_escape_sequence_unless_colour_is_asked_for_and_never_in_data(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert b"\x1b" not in process("questions", COLUMNS="100", TERM="xterm-256color").stdout
    assert b"\x1b[1m" in process("questions", COLUMNS="100", TERM="xterm-256color", FORCE_COLOR="1").stdout
    for name in ("md", "json"):
        assert b"\x1b" not in process("questions", "--format", name, FORCE_COLOR="1").stdout


def test_an_encoding_that_lacks_a_character_is_no_error() -> None:
    done = process("trials", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"Traceback" not in done.stdout
    assert done.stdout.isascii()


def test_a_reader_who_closes_the_pipe_hears_nothing() -> None:
    command = [sys.executable, "-m", "titrate", "evidence", "protocol", "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.readline()
        program.stdout.close()
        assert program.stderr.read() == b""
        assert program.wait(60) == 0


def test_json_and_markdown_are_written_without_loading_rich() -> None:
    check = "import sys; from titrate.cli.app import run; run(sys.argv[1:]); sys.exit('rich' in sys.modules)"
    for name in ("md", "json"):
        command = [sys.executable, "-c", check, "evidence", "protocol", "--format", name]
        assert subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
