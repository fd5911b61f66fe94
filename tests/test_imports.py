"""A run loads what it needs and no more: for each format, the modules that it may import are named here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

RUN = """
import sys
words = sys.argv[1:]
from titrate.cli.app import run
code = run(words)
sys.stdout.flush()
sys.stderr.write("\\nLOADED " + " ".join(sorted(sys.modules)))
sys.exit(code)
"""
PLAN = ("plan", "--start", "2026-12-01", "--egfr", "85", "--age", "44", "--tz", "Europe/Berlin", "--format")

# Our folders that a run of each format needs besides those of every plan.
EVERY_PLAN = {"", "errors", "model", "evidence", "engine", "inputs", "wording", "cli", "export"}
OF_FORMAT = {
    "table": {"export.terminal"},
    "csv": {"export.data"},
    "md": {"export.data"},
    "json": {"export.data"},
    "ics": {"export.calendar"},
    "html": {"export.handout", "export.calendar", "export.agenda", "export.day_in_words"},  # it holds the calendar
    "pdf": {"export.handout"},
}
# What costs something to load, and which formats may.
HEAVY = {
    "rich": {"table"},
    "typst": {"pdf"},
    "fontpkg_noto_sans": {"pdf"},
    "tomllib": {"table", "csv", "md", "json", "ics", "html", "pdf"},
    "jinja2": {"html"},
    "tempfile": {"html"},  # of jinja2
    "tzlocal": set(),
    "sqlite3": set(),
    "multiprocessing": set(),
    "icalendar": {"ics", "html"},
    "socket": set(),
    "asyncio": set(),
    "segno": set(),
    "pydantic": set(),
    "importlib.metadata": set(),
}


def loaded(format: str, folder: Path) -> set[str]:
    """The modules of a second run: the first one lets Python keep what it compiled."""
    settled = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder), "COLUMNS": "100", "NO_COLOR": "1"}
    settled.pop("PYTHONDONTWRITEBYTECODE", None)
    for _ in range(2):
        ran = subprocess.run(
            [sys.executable, "-c", RUN, *PLAN, format],
            env=settled,
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert ran.returncode == 0, ran.stderr.decode()
    return set(ran.stderr.decode().rpartition("LOADED ")[2].split())


@pytest.mark.parametrize("format", OF_FORMAT)
def test_a_plan_loads_only_what_its_format_needs(format: str, tmp_path: Path) -> None:
    modules = loaded(format, tmp_path)
    ours = {name.partition(".")[2] for name in modules if name == "titrate" or name.startswith("titrate.")}
    folders = {".".join(name.split(".")[: 2 if name.startswith("export.") else 1]) for name in ours}
    assert folders - EVERY_PLAN - OF_FORMAT[format] == folders & {
        "export.staircase",
        "export.summary",
        "export.for_you",
        "export.sentences",
    }
    heavy = {name for name, formats in HEAVY.items() if name in modules and format not in formats}
    assert heavy == set(), "something heavy is loaded before it is used"


READ = """
import collections, sys
from titrate.evidence import reader
read, count = reader.read, collections.Counter()
def counted(name):
    count[name] += 1
    return read(name)
reader.read = counted
from titrate.cli.app import run
code = run(sys.argv[1:])
sys.stdout.flush()
sys.stderr.write("\\nREAD " + " ".join(sorted(count.elements())))
sys.exit(code)
"""


def test_a_plan_reads_each_file_of_evidence_once() -> None:
    named = ("--taking", "sertraline,amlodipine", "--condition", "asthma")
    ran = subprocess.run([sys.executable, "-c", READ, *PLAN, "csv", *named], capture_output=True, check=True)
    read = ran.stderr.decode().rpartition("READ ")[2].split()
    lists = ["conditions.toml", "everyday.toml", "findings.toml", "kidney.toml", "medicines.toml", "names.toml"]
    assert read == [*lists, "protocols/raynaud-2026.12.toml"]


def test_the_version_loads_no_command_line() -> None:
    code = (
        "import sys; sys.argv=['titrate','--version']; from titrate.__main__ import main; main(); print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, encoding="utf-8")
    assert not {"typer", "rich", "typing", "decimal"} & set(ran.stdout.split())
