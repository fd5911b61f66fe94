"""What a shell is offered: the program is run as a shell runs it, with the unfinished line in the environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from titrate.cli.app import COMMANDS
from titrate.cli.completion import listed
from titrate.export import formats

PROGRAM = "import sys; sys.argv = ['titrate']; from titrate.__main__ import program; program()"


def asked(folder: Path, **told: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COMP_", "TITRATE_"))}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=folder,
        env={**environment, **told},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def offered(line: str, folder: Path) -> list[str]:
    """What bash is offered for the last word of a line, which may be empty."""
    ran = asked(folder, _TITRATE_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=str(len(line.split(" ")) - 1))
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout.split()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("titrate pl", ["plan"]),
        ("titrate plan --egf", ["--egfr"]),
        ("titrate plan --start 2026-12-01 --not-pr", ["--not-pregnant"]),
        ("titrate plan --format ", [*formats()]),
        ("titrate kidney --format j", ["json"]),
        ("titrate screen --format ", ["table", "md", "json"]),
        ("titrate plan --tz Europe/Berl", ["Europe/Berlin"]),
        ("titrate plan --sex ", ["female", "male"]),
        ("titrate plan --paper ", ["a4", "letter"]),
        ("titrate show plan.json --for cl", ["clinician"]),
        ("titrate plan --taking diazep", ["diazepam"]),
        ("titrate plan --taking codeine,diazep", ["codeine,diazepam"]),
        ("titrate screen --condition epileps", ["epilepsia", "epilepsie", "epilepsy"]),
        ("titrate revise plan.json --stopped diazep", ["diazepam"]),
        ("titrate plan --confirm cns-dep", ["cns-depressant"]),
        ("titrate evidence next", ["next-steps"]),
        ("titrate evidence medicines diazep", ["diazepam"]),
        ("titrate evidence conditions porph", ["porphyria", "porphyrie"]),
        ("titrate evidence rules diazep", []),
        ("titrate help ", [*COMMANDS]),
        ("titrate batch roster.csv --format json,i", ["json,ics"]),
        ("titrate nosuch --eg", []),
        ("titrate plan -o pl", []),
        ("titrate batch ros", []),
    ],
)
def test_a_shell_is_offered_what_may_follow(line: str, expected: list[str], tmp_path: Path) -> None:
    assert offered(line, tmp_path) == expected


def test_a_repeat_or_a_fault_earlier_in_the_line_stops_no_completion(tmp_path: Path) -> None:
    assert offered("titrate plan --egfr 85 --egfr x --bogus --star", tmp_path) == ["--start"]


def test_every_option_of_every_command_is_offered(tmp_path: Path) -> None:
    for command in ("plan", "revise", "batch"):
        names = offered(f"titrate {command} --", tmp_path)
        assert "--help" in names
        assert len(names) == len(set(names)) >= 6


def test_saved_plans_are_offered_first_and_other_files_are_left_to_the_shell(tmp_path: Path) -> None:
    for name in ("plan.json", "notes.txt", ".hidden.json"):
        (tmp_path / name).touch()
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "plan.json").touch()
    assert offered("titrate show ", tmp_path) == ["plan.json", "old/"]
    assert offered("titrate today p", tmp_path) == ["plan.json"]
    assert offered("titrate revise old/", tmp_path) == ["old/plan.json"]
    assert offered("titrate show o", tmp_path) == []
    assert offered("titrate show nowhere/", tmp_path) == []


def test_a_name_that_stands_there_already_is_not_offered_again() -> None:
    assert listed(lambda _: ["codeine", "lithium"], "codeine,") == ["codeine,lithium"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_offered_the_same(shell: str, tmp_path: Path) -> None:
    ran = asked(
        tmp_path,
        _TITRATE_COMPLETE=f"complete_{shell}",
        _TYPER_COMPLETE_ARGS="titrate plan --sex ",
        _TYPER_COMPLETE_FISH_ACTION="get-args",
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "female" in ran.stdout


@pytest.mark.parametrize("told", [{}, {"COMP_WORDS": "titrate", "COMP_CWORD": "x"}])
def test_a_shell_that_says_nothing_of_the_line_is_told_so(told: dict[str, str], tmp_path: Path) -> None:
    ran = asked(tmp_path, _TITRATE_COMPLETE="complete_bash", **told)
    assert ran.returncode == 1
    assert ran.stderr == (
        "titrate: a shell that asks for completion says with COMP_WORDS and COMP_CWORD what was typed\n"
    )


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_bash_takes_what_is_printed_for_it(tmp_path: Path) -> None:
    program = tmp_path / "titrate"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{PROGRAM}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    source = asked(tmp_path, _TITRATE_COMPLETE="source_bash").stdout
    script = f"""{source}
COMP_WORDS=(titrate plan --tz Europe/Berl)
COMP_CWORD=3
_titrate_completion titrate
echo "${{COMPREPLY[@]}}"
"""
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    ran = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout == "Europe/Berlin\n"
