"""How long one run takes, as ratios of whole processes run in turn: `python tests/benchmarks/single.py [RUNS]`.

Measured against what nobody can go below, with the same interpreter and the same versions:

- table: a minimal typer program that prints one rich table; csv, json: one that prints a line of text, without rich;
- ics, html, pdf: the typer + rich table program that also imports icalendar, jinja2 or typst, and builds and writes the very same file
  from ready values, literal data that were worked out beforehand: the same events; the same template and style; the same page and font.
  That the files are the same, byte for byte, is looked at first.

Each pair is run alternately and the median of the pair ratios is printed, so that a machine whose speed drifts does not
matter. Peak memory is the operating system's own figure. How fast the engine is alone: batch.py.

Measure in an environment that holds the program's own packages alone (`pip install .`): what others have Python run at every start
(of the development packages coverage and urllib3-future do) is in both times and makes each ratio look smaller than it is.

Figures of 2026-11-28, 15 runs, Python 3.11.7, typer 0.28.0, rich 15.0.0, icalendar 7.3.2, jinja2 3.1.6, typst 0.15.2, on a computer with
more to do, so of seconds of the processor, not of the clock: table 0.96, csv 1.22 (1.09 in a quieter hour), json 1.28 (1.07), ics 1.03,
html 1.03, pdf 1.14, --version 0.86, --help 1.10; 24.9 MiB. By the clock, pdf alone: 1.11.

Where the clock cannot be trusted, instructions can be counted (`valgrind --tool=cachegrind --cache-sim=no`, with PYTHONHASHSEED=0;
two runs differ by less than a thousandth). They leave out what the system does for a process, which is alike in both, and so are
further apart than times: table 1.32, csv 1.52, json 1.55, ics 1.25, html 1.19 in an environment as above.
"""

from __future__ import annotations

import inspect
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
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
import icalendar
from built import build
from ready_events import EVENTS
Path("same.ics").write_bytes(build(EVENTS).to_ical(sorted=False).replace(b"TRIGGER:P0D", b"TRIGGER:PT0S"))
"""
SAME_HTML = """
from base64 import b64encode
from pathlib import Path
import icalendar
from built import build
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markup import FILTERS, finalize
from ready_events import EVENTS
from ready_html import HELD, SECTIONS, VALUES
class Words:
    def say(self, name, **values):
        section, key = name.split(".")
        return SECTIONS[section][key].format_map(values)
    def lines(self, name):
        section, key = name.split(".")
        return SECTIONS[section][key]
calendar = build(EVENTS).to_ical(sorted=False).replace(b"TRIGGER:P0D", b"TRIGGER:PT0S")
VALUES["pocket"] = VALUES["pocket"]._replace(calendar=HELD + b64encode(calendar).decode())
environment = Environment(loader=FileSystemLoader("."), autoescape=True, undefined=StrictUndefined, finalize=finalize,
    trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
environment.filters |= FILTERS
page = environment.get_template("handout.html").render(VALUES, words=Words())
Path("same.html").write_bytes(page.encode())
"""
SAME_PDF = """
from pathlib import Path
import typst
from ready_pdf import DATA, FONTS
source = Path("handout.typ").read_bytes()
fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
page = typst.Compiler(source, font_paths=fonts).compile(
    input=source, format="pdf", sys_inputs={"data": DATA}, pdf_standards=["ua-1"], timestamp=0)
Path("same.pdf").write_bytes(page)
"""
COMMAND = Path(sys.executable).with_name("titrate")
TITRATE = (str(COMMAND),) if COMMAND.exists() else ("-m", "titrate")
PLAN = (*TITRATE, "plan", "--start", "2026-12-01", "--egfr", "85", "--age", "44", "--tz", "Europe/Berlin")
TAKING = ("--taking", "sertraline,amlodipine")
FACTS = ("2026-12-01", "85")


def seconds(command: Sequence[str]) -> float:
    """Return how long a whole process takes."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, *command], check=True, capture_output=True)
    return time.perf_counter() - begin


def seconds_at_a_terminal(command: Sequence[str]) -> float:
    """Return how long a whole process takes that prints to a terminal, where the table has the staircase under it."""
    import pty

    begin = time.perf_counter()
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, *command], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        try:
            while os.read(ours, 65536):
                pass
        except OSError:  # how Linux says that the other end is closed
            pass
        if process.wait():
            raise SystemExit(f"{command} failed")
    os.close(ours)
    return time.perf_counter() - begin


def ratio(
    command: Sequence[str], other: Sequence[str], runs: int, clock: Callable[[Sequence[str]], float] = seconds
) -> float:
    """Return the median of `command` / `other`, run in turn after one warm-up each."""
    clock(command), clock(other)
    return statistics.median(clock(command) / clock(other) for _ in range(runs))


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


def classes(value: Any) -> dict[str, tuple[str, ...]]:
    """Return the fields of every named tuple in a value, by its name."""
    if not isinstance(value, tuple):
        return {}
    own = {type(value).__name__: value._fields} if hasattr(value, "_fields") else {}
    return own | {name: fields for part in value for name, fields in classes(part).items()}


def lay_out_the_same(folder: Path) -> None:
    """Write what the programs that make the same files are made from: ready values, templates, style."""
    import icalendar
    from batch import build, facts

    from titrate import Patient, plan
    from titrate.export import render
    from titrate.export.handout import html, pdf

    created = datetime(2026, 11, 30, tzinfo=UTC)
    shown = plan(Patient(egfr=85, age=44), date(2026, 12, 1), id=UUID(int=1), created=created, zone="Europe/Berlin")
    values = html.filling(shown)
    words = literal(values.pop("words").sections)
    held, _, _ = values["pocket"].calendar.rpartition(",")
    values["pocket"] = values["pocket"]._replace(calendar="")
    named = "".join(
        f"{name} = namedtuple({name!r}, {fields})\n" for name, fields in classes(tuple(values.values())).items()
    )
    markup = "".join(map(inspect.getsource, (html._on_one_line, html._plain)))
    events = literal(facts(icalendar.Calendar.from_ical(render(shown, ".ics"))))
    for name, text in {
        "built.py": f"from __future__ import annotations\nimport icalendar\n{inspect.getsource(build)}",
        "ready_events.py": f"import datetime, zoneinfo\nEVENTS = {events!r}\n",
        "ready_html.py": f"from collections import namedtuple\n{named}"
        f"VALUES = {values!r}\nHELD = {f'{held},'!r}\nSECTIONS = {words!r}\n",
        "ready_pdf.py": f"FONTS = {str(pdf.FONTS)!r}\nDATA = {pdf.filling(shown)!r}\n",
        "markup.py": f"import re\nfrom typing import Any\nfrom markupsafe import escape\nON_ONE_LINE = {html.ON_ONE_LINE!r}\n"
        f"{markup}finalize, FILTERS = _on_one_line, {{'plain': lambda text: escape(_plain(text))}}\n",
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    for name in ("handout.html", "handout.typ"):
        (folder / name).write_bytes((html.FOLDER / name).read_bytes())
    for suffix, program in ((".ics", SAME_EVENTS), (".html", SAME_HTML), (".pdf", SAME_PDF)):
        subprocess.run([sys.executable, "-c", program], cwd=folder, check=True)
        if (folder / f"same{suffix}").read_bytes() != render(shown, suffix):
            raise SystemExit(f"the other program writes another {suffix} file from the same values")


def main(runs: int) -> None:
    """Print every figure on a line of its own, with its limit."""
    with tempfile.TemporaryDirectory() as folder:
        # Both programs with bytecode, as pip leaves it: where PYTHONDONTWRITEBYTECODE is set, an editable install has none.
        os.environ |= {"NO_COLOR": "1", "COLUMNS": "100", "PYTHONPYCACHEPREFIX": str(Path(folder, "bytecode"))}
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        lay_out_the_same(Path(folder))
        os.chdir(folder)
        program = {}
        for name, source in (("table", ""), ("ics", SAME_EVENTS), ("html", SAME_HTML), ("pdf", SAME_PDF)):
            begin = WITH_TABLE if not source else WITH_TABLE.replace("app()\n", "app(standalone_mode=False)\n")
            Path(f"with_{name}.py").write_text(begin + source)
            program[name] = (f"with_{name}.py", *FACTS)
        Path("without_rich.py").write_text(WITHOUT_RICH)
        plain = ("without_rich.py", *FACTS)
        pairs = (
            ("table / typer + rich table", PLAN, program["table"], "at most 1.15"),
            ("table, --taking / the same", (*PLAN, *TAKING), program["table"], "at most 1.30"),
            ("csv / typer without rich", (*PLAN, "--format", "csv"), plain, "at most 1.25"),
            ("json / typer without rich", (*PLAN, "--format", "json"), plain, ""),
            ("ics / typer + rich + icalendar", (*PLAN, "-o", "plan.ics"), program["ics"], "at most 1.15"),
            ("html / typer + rich + jinja2", (*PLAN, "-o", "plan.html"), program["html"], "at most 1.20"),
            ("pdf / typer + rich + typst", (*PLAN, "-o", "plan.pdf"), program["pdf"], "at most 1.15"),
            ("--version / bare interpreter", (*TITRATE, "--version"), ("-c", "pass"), "at most 2"),
            ("--help / typer without rich", (*TITRATE, "plan", "--help"), plain, ""),
        )
        for name, ours, theirs, limit in pairs:
            sys.stdout.write(f"{name:<32}{ratio(ours, theirs, runs):>8.2f}  {limit}\n")
            sys.stdout.flush()
        if os.name == "posix":
            terminal = ratio(PLAN, program["table"], runs, seconds_at_a_terminal)
            sys.stdout.write(f"{'table with staircase, terminal':<32}{terminal:>8.2f}  at most 1.15\n")
        sys.stdout.write(f"{'peak memory, table, MiB':<32}{peak_mib(PLAN):>8.1f}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
