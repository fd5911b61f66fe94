"""Every hazard has its guards: tests that exist, by name."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import command
import pytest

from titrate.cli.app import run
from titrate.evidence import reader, validate
from titrate.evidence.hazards import Hazard
from titrate.export.evidence import hazards as hazard_pages

TESTS = Path(__file__).parents[1]
LOG = reader.hazards()
REQUIRED = {
    "wrong number transcribed": "wrong-number",
    "unit confusion": "unit-confusion",
    "missing kidney result": "missing-kidney-result",
    "band edge rounding": "band-edge",
    "a stop hidden by a caution": "hidden-stop",
    "cap or ceiling exceeded after revision": "above-the-limit",
    "abrupt stop": "abrupt-stop",
    "wrong day from time zone or clock change": "wrong-day",
    "doubled or lost reminder": "doubled-reminder",
    "old calendar left on the phone": "old-calendar",
    "tablets do not make the dose": "dose-not-makeable",
    "half tablet misprinted": "half-tablet",
    "a date misread": "date-misread",
    "page printed without its date or source": "page-without-date",
    "unknown medicine taken for safe": "unknown-medicine",
    "plan file edited or damaged": "plan-file-edited",
    "partial file": "partial-file",
    "patient's identity leaked": "identity-leaked",
    "protocol out of date": "protocol-out-of-date",
    "batch rows mixed up": "rows-mixed-up",
}


@cache
def names_in(file: str) -> frozenset[str]:
    """Return the names of the tests in a file, without running it; no test if there is no file."""
    path = TESTS / file
    if not path.is_file():
        return frozenset()
    return frozenset(
        node.name
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not _skipped(node)
    )


def _skipped(node: ast.FunctionDef) -> bool:
    """Whether a test is always left out: `mark.skip` and `mark.xfail` guard nothing."""
    return any(word in ast.unparse(mark) for mark in node.decorator_list for word in ("mark.skip(", "mark.xfail"))


def missing(control: str) -> bool:
    file, _, name = control.partition("::")
    return name not in names_in(file)


@pytest.mark.parametrize("hazard", LOG.hazards, ids=lambda hazard: hazard.id)
def test_every_control_is_a_test_that_exists(hazard: Hazard) -> None:
    assert [control for control in hazard.controls if missing(control)] == []
    assert len(set(hazard.controls)) == len(hazard.controls)


def test_a_control_that_does_not_exist_is_found_missing() -> None:
    assert missing("evidence/test_hazards.py::test_nothing")
    assert missing("test_nowhere.py::test_every_control_is_a_test_that_exists")
    assert not missing("evidence/test_hazards.py::test_every_control_is_a_test_that_exists")


def test_a_test_whose_tool_is_missing_fails_where_every_test_must_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="a tool is missing"):
        command.need(None, "a tool")
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="a tool is not installed"):
        command.need(None, "a tool")


@pytest.mark.parametrize("required", REQUIRED.values(), ids=REQUIRED)
def test_what_must_be_thought_of_is_in_the_log(required: str) -> None:
    assert required in {hazard.id for hazard in LOG.hazards}


def test_what_can_cost_a_life_has_two_guards_at_least_in_two_files() -> None:
    for hazard in LOG.hazards:
        if hazard.severity == "critical":
            assert len({control.partition("::")[0] for control in hazard.controls}) >= 2 or len(hazard.controls) >= 3, (
                hazard.id
            )


PLANTED = """
[severities]
critical = "a"
serious = "b"
moderate = "c"
minor = "d"

[[hazard]]
id = "one"
hazard = "a"
cause = "b"
effect = "c"
severity = "minor"
controls = ["test_a.py::test_b"]
"""


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('controls = ["test_a.py::test_b"]', "controls = []", "hazard[1].controls: needs one or more"),
        ('["test_a.py::test_b"]', '["by hand"]', "hazard[1].controls[1]"),
        ('severity = "minor"', 'severity = "bad"', "hazard[1].severity"),
        ('cause = "b"\n', "", "missing key cause"),
        ('minor = "d"\n', "", "missing key minor"),
        ('cause = "b"', 'cause = "b"\nnote = "c"', "unknown key"),
        ("[[hazard]]", '[[hazard]]\nid = "two"', "not TOML"),
    ],
)
def test_a_fault_planted_in_the_log_is_named(before: str, after: str, said: str) -> None:
    assert faults(PLANTED) == []
    assert any(said in fault for fault in faults(PLANTED.replace(before, after)))


def faults(text: str) -> list[str]:
    found = validate.faults("hazards.toml", text.encode(), validate.Citable({}, frozenset()))
    assert all(fault.startswith("hazards.toml:") for fault in found)
    return found


def test_a_hazard_that_stands_twice_is_refused() -> None:
    assert faults(PLANTED + PLANTED[PLANTED.index("[[hazard]]") :]) == [
        "hazards.toml:8: hazard: one stands twice; keep one"
    ]


def test_the_log_is_printed_worst_first_with_every_guard_in_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert run(["evidence", "hazards"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert text.index("Critical:") < text.index("Serious:") < text.index("Moderate:") < text.index("Minor:")
    for hazard in LOG.hazards:
        assert hazard.hazard in text
        assert all(hazard_pages.sentence(control) in text for control in hazard.controls)


def test_the_document_names_every_guard_as_pytest_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evidence", "hazards", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert list(document) == ["schema", "topic", "severities", "hazards", "sources"]
    assert [one["id"] for one in document["hazards"]] == [one.id for one in LOG.hazards]
    assert all(one["severity"] in document["severities"] for one in document["hazards"])
    assert [tuple(one["controls"]) for one in document["hazards"]] == [one.controls for one in LOG.hazards]


def test_a_wheel_brings_the_log_with_it(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(TESTS.parent)]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "site")
        assert packed.read("titrate/evidence/data/hazards.toml") == (TESTS / "hazards.toml").read_bytes()
    assert len(_from_the_wheel(tmp_path, "hazards")["hazards"]) == len(LOG.hazards)
    assert _from_the_wheel(tmp_path, "protocol")["sha256"] == reader.protocol().sha256


def _from_the_wheel(folder: Path, topic: str) -> Any:
    printed = subprocess.run(
        [sys.executable, "-c", "from titrate.__main__ import main; main()", "evidence", topic, "--format", "json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "site")},
        check=True,
        capture_output=True,
        timeout=60,
    )
    return json.loads(printed.stdout)
