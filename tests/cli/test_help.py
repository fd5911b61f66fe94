"""The help: a page for each command, in panels, whole at any width and in any letters, with examples that run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from command import Desk
from typer.main import get_command

from titrate.cli.app import COMMANDS, app
from titrate.cli.command import loaded
from titrate.inputs import facts
from titrate.sharing import network, server

PLAN = "plan --start 2026-12-01 --egfr 85 --age 44 --taking none --condition none"
ROSTER = "id,start,egfr,age\na,2026-12-01,85,40\n"


@pytest.fixture
def desk(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, capfd, monkeypatch)


def page(desk: Desk, line: str, monkeypatch: pytest.MonkeyPatch, columns: int = 80) -> str:
    monkeypatch.setenv("COLUMNS", str(columns))
    told = desk.titrate(line)
    assert (told.code, told.err) == (0, "")
    return told.out


def unwrapped(text: str) -> str:
    """The words of a page, without the lines around them and in one line."""
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", text).split())


def panels(text: str) -> list[str]:
    return re.findall(r"^╭─ (.*?) ─", text, re.MULTILINE)


def panel(text: str, title: str) -> str:
    return unwrapped(text.partition(f"─ {title} ─")[2].partition("╰")[0])


def options(command: str) -> list[str]:
    shown = [option for option in loaded(command).params if not getattr(option, "hidden", False)]
    return [name for option in shown for name in (*option.opts, *option.secondary_opts) if name.startswith("-")]


# --- One page, by whatever way ---


@pytest.mark.parametrize("command", COMMANDS)
def test_three_ways_show_one_page(command: str, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {page(desk, line, monkeypatch) for line in (f"{command} --help", f"{command} -h", f"help {command}")}
    assert len(pages) == 1


def test_the_program_has_a_page_too_and_without_a_word_it_is_told_aside(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = {page(desk, line, monkeypatch) for line in ("--help", "-h", "help")}
    alone = desk.titrate("")
    assert (alone.code, alone.out) == (2, "")
    assert pages == {alone.err}
    assert all(f"{command} " in alone.err for command in COMMANDS)
    told = unwrapped(alone.err)
    assert all(what in told for what in COMMANDS.values())


def test_help_is_shown_beside_whatever_else_is_wrong(desk: Desk) -> None:
    assert desk.titrate("plan --bogus --egfr x --help").code == 0


# --- Whole, at any width, in any letters ---


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 200])
@pytest.mark.parametrize("command", COMMANDS)
def test_no_option_and_no_text_is_cut(command: str, columns: int, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    text = page(desk, f"{command} --help", monkeypatch, columns)
    assert "…" not in text
    body, _, examples = text.partition("\nExample")
    assert max(map(len, body.splitlines())) <= min(columns, 100)
    words = unwrapped(body)
    assert all(name in words for name in options(command))
    for option in loaded(command).params:
        if not getattr(option, "hidden", False):
            assert set(getattr(option, "help", "").split()) <= set(words.split())  # of two columns lines are mixed
    assert f"  titrate {command}" in examples


@pytest.mark.parametrize(
    "setting", [{"PYTHONIOENCODING": "ascii"}, {"TERM": "dumb"}, {"NO_COLOR": "1"}, {"FORCE_COLOR": "1"}]
)
def test_the_page_is_drawn_in_a_pipe_of_any_kind(setting: dict[str, str]) -> None:
    line = [sys.executable, "-m", "titrate", "plan", "--help"]
    bare = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    ran = subprocess.run(line, env={**bare, "COLUMNS": "60", **setting}, capture_output=True, check=True)
    plain = re.sub(rb"\x1b\[[0-9;]*m", b"", ran.stdout)
    assert (plain != ran.stdout) == ("FORCE_COLOR" in setting)
    assert b"--ulcers" not in plain
    assert b"--large-print, --no-large-print" in plain
    if "PYTHONIOENCODING" in setting:
        assert plain.isascii()
        assert b"?" not in plain


# --- Found in one look ---


def test_the_panels_of_plan_stand_in_their_order(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    text = page(desk, "plan --help", monkeypatch)
    assert tuple(panels(text)) == facts.PANELS
    kidneys, handout = panel(text, "Kidneys"), panel(text, "Handout")
    assert "--creatinine RESULT" in kidneys
    assert "88umol/L" in kidneys
    assert "needs --age and --sex" in kidneys
    assert "--large-print" in handout
    assert "-o handout.pdf" in handout


@pytest.mark.parametrize("command", COMMANDS)
def test_an_option_stands_in_the_same_panel_in_every_command(command: str) -> None:
    panel_of = {fact.option: fact.panel for fact in (*facts.PLAN, *facts.REVISION)}
    for option in loaded(command).params:
        named = {panel_of[name] for name in option.opts if name in panel_of and command != "batch"}
        assert named <= {getattr(option, "rich_help_panel", None)}


def test_every_fact_has_a_panel() -> None:
    assert {fact.panel for fact in (*facts.PLAN, *facts.REVISION)} <= set(facts.PANELS)


# --- The examples ---


@pytest.mark.parametrize("command", COMMANDS)
def test_the_examples_run(command: str, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "LIFE", 0)
    monkeypatch.setattr(network, "addresses", lambda: ("127.0.0.1",))
    desk.titrate(f"{PLAN} -o plan.json")
    (desk.folder / "roster.csv").write_text(ROSTER)
    desk.now(2026, 12, 10, 5, 0)
    for line in (loaded(command).epilog or "").splitlines():
        program, *words = shlex.split(line)
        told = desk.titrate(shlex.join(words))
        assert program == "titrate"
        assert told.code == 0, (line, told.err)


def test_the_first_example_is_short_enough_to_be_read_and_runs(desk: Desk) -> None:
    example = get_command(app).epilog or ""
    assert len(example) < 80
    assert desk.titrate(example.removeprefix("titrate ")).code == 0
