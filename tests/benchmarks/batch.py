"""How fast a batch is, and how much memory it holds: ratios, each of two things measured in turn in one run.

    python tests/benchmarks/batch.py           by hand, about 20 minutes on an idle computer with two processors
    python tests/benchmarks/batch.py --small   a minute, in CI, lest this script rot: only the engine's figure means something

What is measured, and against what:

1. calendar: `titrate batch --format json,ics`, whole command with `--jobs 1` and with `--jobs 2`, seconds a row made; against one process
   in which the icalendar package builds and serialises the same events from ready Python values (dates, texts), seconds a calendar.
   Ours also reads the roster, plans, screens, writes JSON and two files. Its bytes are compared with ours first. Limit 1.30.
2. handout: `--format pdf` with `--jobs 1` and with `--jobs 2`, whole commands, rows a second. Limit: 1.7 times.
3. memory: the most that any worker held, in MB, for few rows and for many. Limit: flat.
4. engine: `make_plan` alone in one process, plans a second, best of many short runs. Limit: 10,000.

Rounds alternate, so that a change of the machine's speed meets both; the median of the rounds' ratios is printed.

Figures of 2026-11-28, Python 3.11.7, icalendar 7.3.2, on two processors with more to do, so of seconds of the processor, all processes
together, not of the clock: calendar 1.13 to 1.48 with --jobs 1, 1.22 to 2.03 with --jobs 2, which the clock of an idle computer would
halve; in one process, without reading and writing, json and ics take 1.0 to 1.2 of icalendar alone; memory 29 and 31 MB a worker,
31 and 31 MB in the parent, for 500 and 5,000 rows of json,ics; 100 and 103 MB a worker, 60 and 61 MB in the parent, for 50 and 200
handouts; engine 7,400 to 14,100 plans a second.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import icalendar

sys.path.insert(0, str(Path(__file__).parent.parent))

from command import CREATED, ID, begun, clinic, ran, settings

from titrate.batch.row import plan_row, read_inputs
from titrate.engine.plan import make_plan
from titrate.evidence import reader
from titrate.inputs.roster import Header, Row

Component = tuple[str, list[tuple[str, Any, dict[str, str]]], list[Any]]  # name; properties as Python values; parts


class Sizes(NamedTuple):
    """How much is measured."""

    calendar_rows: int
    calendars: int
    pdf_rows: int
    few: int
    many: int
    plans: int
    rounds: int


FULL = Sizes(calendar_rows=4_000, calendars=300, pdf_rows=1_000, few=1_000, many=100_000, plans=3_000, rounds=3)
SMALL = Sizes(calendar_rows=400, calendars=20, pdf_rows=16, few=100, many=400, plans=2_000, rounds=1)


def facts(component: Any) -> Component:
    """Return a parsed component as what a program would have before it builds one: names and plain Python values."""
    values = []
    for name, value in component.items():
        parameters = {key: word for key, word in value.params.items() if key not in ("TZID", "VALUE")}
        plain = getattr(value, "dt", getattr(value, "td", value))
        if isinstance(value, icalendar.vRecur):
            plain = {key: [*part] for key, part in value.items()}
        elif isinstance(value, icalendar.vText):
            plain = str(value)
        elif isinstance(value, icalendar.vInt):
            plain = int(value)
        elif hasattr(value, "cats"):
            plain = [str(word) for word in value.cats]
        values.append((name, plain, parameters))
    return component.name, values, [facts(part) for part in component.subcomponents]


def build(ready: Component) -> Any:
    """Build a component with icalendar."""
    name, values, parts = ready
    component = icalendar.Calendar.get_component_class(name)()
    for key, value, parameters in values:
        component.add(key, value, parameters=parameters)
    for part in parts:
        component.add_component(build(part))
    return component


def calendars(count: int) -> list[tuple[bytes, Component]]:
    """Return the calendars of the first rows that give a plan, as our bytes and as values for icalendar."""
    lines = [tuple(line.split(",")) for line in clinic(count * 2).splitlines()]
    shared = settings(",".join(lines[0]), formats=("ics",))
    made = (plan_row(Row(number, cells), shared) for number, cells in enumerate(lines[1:], 2))
    files = [one.files[0].data for one in made if one.files][:count]
    return [(data, facts(icalendar.Calendar.from_ical(data))) for data in files]


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that work takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def command(folder: Path, rows: int, *words: str) -> float:
    """Return the seconds that a batch takes, whole command."""
    (folder / "roster.csv").write_text(clinic(rows))
    out = tempfile.mkdtemp(dir=folder)
    seconds = timed(lambda: ran("roster.csv", "--out", out, "--id", ID, *words, folder=folder))
    made = sum(",made," in line for line in (Path(out) / "manifest.csv").open(encoding="utf-8"))
    return seconds / made


def calendar(folder: Path, sizes: Sizes) -> None:
    """Print 1."""
    ready = calendars(sizes.calendars)
    for data, values in ready:
        theirs = build(values).to_ical(sorted=False)
        same = theirs.replace(b"TRIGGER:P0D", b"TRIGGER:PT0S") == data
        if not same:
            raise SystemExit("icalendar writes other bytes from the same values")
    alone, one, two = [], [], []
    words = ("--format", "json,ics", "--jobs")
    for _ in range(sizes.rounds):
        alone.append(timed(lambda: [build(values).to_ical(sorted=False) for _, values in ready]) / len(ready))
        one.append(command(folder, sizes.calendar_rows, *words, "1"))
        two.append(command(folder, sizes.calendar_rows, *words, "2"))
    for jobs, ours in ((1, one), (2, two)):
        ratio = statistics.median(mine / theirs for mine, theirs in zip(ours, alone, strict=True))
        print(
            f"1. calendar, --jobs {jobs}: {ratio:.2f} of icalendar alone ({statistics.median(ours) * 1e3:.2f} ms a row made, "
            f"{statistics.median(alone) * 1e3:.2f} ms a calendar)"
        )


def handout(folder: Path, sizes: Sizes) -> None:
    """Print 2."""
    ratios, rates = [], []
    for _ in range(sizes.rounds):
        one = command(folder, sizes.pdf_rows, "--format", "pdf", "--jobs", "1")
        two = command(folder, sizes.pdf_rows, "--format", "pdf", "--jobs", "2")
        ratios.append(one / two)
        rates.append(1 / two)
    print(
        f"2. handout: two processes {statistics.median(ratios):.2f} times one ({statistics.median(rates):.1f} a second)"
    )


def most_held(folder: Path, rows: int, *words: str) -> tuple[int, int]:
    """Return the most that a worker and the parent held, in MB: read from /proc while they run."""
    (folder / "roster.csv").write_text(clinic(rows))
    process = begun("roster.csv", "--out", tempfile.mkdtemp(dir=folder), "--jobs", "2", *words, folder=folder)
    drain = threading.Thread(target=process.communicate)
    drain.start()
    held: dict[int, int] = {}
    while drain.is_alive():
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        try:
            for one in (process.pid, *map(int, children.read_text().split())):
                status = Path(f"/proc/{one}/status").read_text()
                held[one] = max(held.get(one, 0), int(status.partition("VmHWM:")[2].split()[0]) // 1024)
        except (OSError, IndexError):  # it has just ended
            pass
        time.sleep(0.05)
    parent = held.pop(process.pid)
    return max(held.values(), default=0), parent


def memory(folder: Path, sizes: Sizes) -> None:
    """Print 3."""
    for words, most in ((("--format", "json,ics"), sizes.many), (("--format", "pdf"), sizes.pdf_rows)):
        few, parent_few = most_held(folder, min(sizes.few, most // 4), *words)
        many, parent_many = most_held(folder, most, *words)
        print(f"3. memory, {words[1]}: {few} MB a worker for {min(sizes.few, most // 4)} rows, {many} MB for {most}; "
              f"the parent {parent_few} and {parent_many} MB")  # fmt: skip


def engine(sizes: Sizes) -> None:
    """Print 4."""
    row = {"id": "p1", "start": "2026-12-01", "egfr": "85", "age": "40", "taking": "none"}
    shared = settings(",".join(row))._replace(header=Header(",", tuple(row), tuple(row)))
    gc.collect()
    gc.freeze()  # what the packages measured above have left in memory is not the engine's to sweep
    inputs = read_inputs(row, shared)
    evidence = reader.evidence(inputs.patient)
    each = [
        timed(lambda: make_plan(evidence, inputs, id=ID, created=CREATED)) for _ in range(sizes.plans * sizes.rounds)
    ]
    best = [sum(each[at : at + 100]) for at in range(0, len(each), 100)]
    print(f"4. engine: {100 / min(best):.0f} plans a second")


def main() -> None:
    """Measure what was asked for, or all."""
    reader = argparse.ArgumentParser(description="Ratios of batch speed; see the notes in the file.")
    reader.add_argument("--small", action="store_true")
    reader.add_argument("--only", choices=["calendar", "handout", "memory", "engine"])
    asked = reader.parse_args()
    sizes = SMALL if asked.small else FULL
    print(
        f"Python {sys.version.split()[0]}, icalendar {icalendar.__version__}, {'small' if asked.small else 'full'} sizes"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for what in ("calendar", "handout", "memory", "engine"):
            if asked.only in (None, what):
                if what == "engine":
                    engine(sizes)
                else:
                    {"calendar": calendar, "handout": handout, "memory": memory}[what](folder, sizes)


if __name__ == "__main__":
    main()
