"""How long one run takes, as ratios of whole processes run in turn: `python tests/benchmarks/single.py [RUNS]`.

Measured against what nobody can go below, with the same interpreter and the same versions:

- table: a minimal typer program that prints one rich table; csv, json: one that prints a line of text, without rich;
- ics: the typer + rich table program that also imports icalendar, builds the very same events from ready Python values, and
  writes them to a file; pdf: the same program that imports typst instead and compiles the same page with the same font.

Each pair is run alternately and the median of the pair ratios is printed, so that a machine whose speed drifts does not
matter. Peak memory is the operating system's own figure. How fast the engine is alone: batch.py.

Last figures, 2026-11-23, 15 runs, two idle processors, Python 3.11.7, typer 0.28.0, rich 15.0.0, icalendar 7.3.0, typst 0.15.2:
table 0.97, csv 1.11, json 1.07, ics 0.77, pdf 1.07, --version 0.91, --help 1.03; 21.6 MiB. A typer program is left as Python leaves it;
titrate ends its process at once, a tenth of a small run, so that it can be faster than the program that it is measured against.
"""

from __future__ import annotations

import inspect
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

WITH_TABLE = """
import typer
from rich.console import Console
from rich.table import Table
app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
@app.command()
def main(start: str, egfr: str) -> None:
    table = Table(title="Plan")
    for name in ("Step", "Days", "Dates", "Morning", "Midday", "Evening", "A day"):
        table.add_column(name)
    for step in ("1", "2", "3"):
        table.add_row(step, "1-3", start, "5 mg", "5 mg", "5 mg", egfr)
    Console().print(table)
app()
"""
WITHOUT_RICH = """
import typer
app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
@app.command()
def main(start: str, egfr: str) -> None:
    typer.echo(f"{start},{egfr}")
app()
"""
SAME_EVENTS = """
from pathlib import Path
from built import build
from made_of import MADE_OF
Path("same.ics").write_bytes(build(MADE_OF).to_ical(sorted=False))
"""
SAME_PAGE = """
import typst
from pathlib import Path
from made_of import FONTS
source, data = Path("same.typ").read_bytes(), Path("same.json").read_text(encoding="utf-8")
fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
compiler = typst.Compiler(source, font_paths=fonts)
made = compiler.compile(input=source, format="pdf", sys_inputs={"data": data}, pdf_standards=["ua-1"], timestamp=0)
Path("same.pdf").write_bytes(made)
"""
COMMAND = Path(sys.executable).with_name("titrate")
TITRATE = (str(COMMAND),) if COMMAND.exists() else ("-m", "titrate")
PLAN = (*TITRATE, "plan", "--start", "2026-12-01", "--egfr", "85", "--tz", "Europe/Berlin")
FACTS = ("2026-12-01", "85")


def seconds(command: Sequence[str]) -> float:
    """Return how long a whole process takes."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, *command], check=True, capture_output=True)
    return time.perf_counter() - begin


def ratio(command: Sequence[str], other: Sequence[str], runs: int) -> float:
    """Return the median of `command` / `other`, run in turn after one warm-up each."""
    seconds(command), seconds(other)
    return statistics.median(seconds(command) / seconds(other) for _ in range(runs))


def peak_mib(command: Sequence[str]) -> float:
    """Return the largest resident size of a process, in MiB (Linux and macOS)."""
    import resource

    code = (
        "import resource,subprocess,sys;subprocess.run([sys.executable,*sys.argv[1:]],check=True,capture_output=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    ran = subprocess.run([sys.executable, "-c", code, *command], check=True, capture_output=True, text=True)
    assert resource
    return int(ran.stdout) / (1024 if sys.platform != "darwin" else 1024 * 1024)


def literal(value: Any) -> Any:
    """Return a value as Python's own types, whose repr is code."""
    if isinstance(value, (tuple, list)):
        return type(value)(map(literal, value))
    if isinstance(value, dict):
        return {str(key): literal(part) for key, part in value.items()}
    for kind in (str, int):
        if isinstance(value, kind):
            return kind(value)
    return value


def lay_out_the_same(folder: Path) -> None:
    """Write what the programs that make the same calendar and page are made from: ready values, template, text."""
    import icalendar
    from batch import build, facts

    from titrate import Patient, plan
    from titrate.export import render
    from titrate.export.handout import pdf
    from titrate.export.handout.document import handout

    made = plan(
        Patient(egfr=85),
        date(2026, 12, 1),
        id=UUID(int=1),
        created=datetime(2026, 11, 30, tzinfo=UTC),
        zone="Europe/Berlin",
    )
    events = literal(facts(icalendar.Calendar.from_ical(render(made, ".ics"))))
    values = f"import datetime, zoneinfo\nFONTS = {str(pdf.glyphs.FOLDER)!r}\nMADE_OF = {events!r}\n"
    code = f"from __future__ import annotations\nimport icalendar\n{inspect.getsource(build)}"
    (folder / "built.py").write_text(code, encoding="utf-8")
    (folder / "made_of.py").write_text(values, encoding="utf-8")
    (folder / "same.typ").write_bytes(pdf.TEMPLATE.read_bytes())
    (folder / "same.json").write_text(json.dumps(pdf.plain(handout(made)), ensure_ascii=False), encoding="utf-8")


def main(runs: int) -> None:
    """Print every figure on a line of its own, with its limit."""
    with tempfile.TemporaryDirectory() as folder:
        # Both programs with bytecode, as pip leaves it: where PYTHONDONTWRITEBYTECODE is set, an editable install has none.
        os.environ |= {"NO_COLOR": "1", "COLUMNS": "100", "PYTHONPYCACHEPREFIX": str(Path(folder, "bytecode"))}
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        table, plain = Path(folder, "with_table.py"), Path(folder, "without_rich.py")
        table.write_text(WITH_TABLE)
        plain.write_text(WITHOUT_RICH)
        lay_out_the_same(Path(folder))
        events, page = Path(folder, "with_events.py"), Path(folder, "with_page.py")
        events.write_text(WITH_TABLE.replace("app()\n", "app(standalone_mode=False)\n") + SAME_EVENTS)
        page.write_text(WITH_TABLE.replace("app()\n", "app(standalone_mode=False)\n") + SAME_PAGE)
        os.chdir(folder)
        lines = [
            ("table / typer + rich table", ratio(PLAN, (str(table), *FACTS), runs), "at most 1.10"),
            ("csv / typer without rich", ratio((*PLAN, "--format", "csv"), (str(plain), *FACTS), runs), "at most 1.15"),
            (
                "json / typer without rich",
                ratio((*PLAN, "--format", "json"), (str(plain), *FACTS), runs),
                "at most 1.20",
            ),
            (
                "ics / typer + rich + icalendar",
                ratio((*PLAN, "-o", "plan.ics"), (str(events), *FACTS), runs),
                "at most 1.15",
            ),
            ("pdf / typer + rich + typst", ratio((*PLAN, "-o", "plan.pdf"), (str(page), *FACTS), runs), "at most 1.15"),
            ("--version / bare interpreter", ratio((*TITRATE, "--version"), ("-c", "pass"), runs), "at most 2"),
            ("--help / typer without rich", ratio((*TITRATE, "plan", "--help"), (str(plain), *FACTS), runs), ""),
        ]
        memory = peak_mib(PLAN)
    for name, value, limit in lines:
        sys.stdout.write(f"{name:<32}{value:>8.2f}  {limit}\n")
    sys.stdout.write(f"{'peak memory, table, MiB':<32}{memory:>8.1f}  below 40\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
