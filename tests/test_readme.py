"""The README tells the truth: its commands run, what it shows is what they print, its table has every option."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from command import at
from test_examples import examples

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def turns(block: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with what it is said to print."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("block", blocks("console"), ids=lambda block: block[2:50].strip())
def test_a_console_block_prints_what_it_shows(block: str, tmp_path: Path) -> None:
    for command, shown in turns(block):
        program, *words = shlex.split(command)
        assert program == "titrate"
        ran = subprocess.run(
            [*at(int(examples.SETTING["SOURCE_DATE_EPOCH"])), *words],
            cwd=tmp_path,
            env={name: value for name, value in examples.settled().items() if name != "SOURCE_DATE_EPOCH"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        assert ran.returncode in (0, 3), ran.stdout
        said = "\n".join(line.rstrip() for line in ran.stdout.splitlines())
        assert shown.strip() in ("", said.strip()), f"README shows something else for: {command}\n{said}"


@pytest.mark.parametrize("block", blocks("python"))
def test_a_python_block_runs(block: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(block, "README.md", "exec"), {})
    assert "15 mg a day" in capsys.readouterr().out


def test_the_cited_number_stands_in_the_protocol_as_shown() -> None:
    (block,) = blocks("toml")
    assert block in (ROOT / "titrate/evidence/data/protocols/raynaud-2026.12.toml").read_text("utf-8")


def test_every_option_of_plan_is_explained() -> None:
    from typer.main import get_command

    from titrate.cli.plan import app

    options = {name for one in get_command(app).params for name in one.opts if name.startswith("--")} - {
        "--output",
        "--help",
    }
    missing = sorted(name for name in options if f"{name} " not in README and f"{name}`" not in README)
    assert not missing


def test_every_link_leads_somewhere() -> None:
    headings = {
        re.sub(r"[^\w -]", "", line.strip("# ")).lower().replace(" ", "-")
        for line in README.splitlines()
        if line.startswith("#")
    }
    for target in re.findall(r"\]\(([^)]+)\)", README):
        if target.startswith("#"):
            assert target[1:] in headings
        elif not target.startswith("https://"):
            assert (ROOT / target).exists(), target


def test_the_two_commands_are_the_ones_that_were_tried_on_a_bare_machine() -> None:
    start = "\npython3 -m venv .venv && .venv/bin/pip install"
    assert f"{start} -q . && .venv/bin/titrate plan --start tomorrow --egfr 85 --age 44\n" in README
    assert f"{start} -qe '.[dev]' && .venv/bin/pytest\n" in README
    assert "README.md" in (ROOT / ".ci/run").read_text("utf-8")
