"""Are the tests of the modules that decide a dose sharp? mutmut changes one thing at a time in them; a test must notice.

By hand, not in CI, half an hour to an hour: `pip install mutmut` (no dependency of the tests: it brings a terminal of its own), then
`python tests/mutation/run.py`, or with names of modules, such as `engine/kidney engine/screening`. Works on a copy of the project.
A survivor is listed with its reason in survivors.toml beside this file. Ends with 1 where fewer than 95 % are killed of those that
differ at all, where a survivor is not listed, and where a listed one is none any more.

2026-11-23, mutmut 3.8.1, before the modules moved to their folders: the first four as this script prints them;
planfile and time_zone were run once, and their survivors then tried one by one on the tests written for them:

    module                        mutants   killed      %   listed   of those that differ
    engine/kidney                     510      501   98.2        9   100 %
    engine/screening                  337      335   99.4        2   100 %
    engine/plan                       283      282   99.6        1   100 %
    engine/tablets                    136      123   90.4       13   100 %
    inputs/planfile                   883      878   99.4        5   100 %
    export/calendar/time_zone         328      319   97.3        9   99.7 %
    all                              2477     2438   98.4       39   99.9 %

mutmut changes what stands in functions and methods: no constant of a module, no default of a NamedTuple, no property, no f-string's
words. What lru_cache decorates it would leave out too; that decorator is taken off in the copy. Doctests are not among the tests.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SURVIVORS = Path(__file__).with_name("survivors.toml")
LEAST = 95  # per cent
WORKERS = 2  # at a time

# Each module, and the tests that are about it: every mutant is put to those of them that run through its function. One that
# changes the source itself (test_every_rule) cannot be among them.
VECTORS = "evidence/test_every_number.py::test_the_vectors_hold_for_the_evidence_as_it_ships"
MODULES = {
    "engine/kidney": ("engine/test_kidney.py", "cli/test_kidney_command.py"),
    "engine/screening": ("engine/test_screening.py", "engine/test_revision_screening.py", VECTORS),
    "engine/plan": (
        "engine/test_plan.py",
        "engine/test_tablets.py",
        "engine/test_screening.py",
        "engine/test_revision.py",
        VECTORS,
    ),
    "engine/tablets": ("engine/test_tablets.py",),
    "inputs/planfile": ("inputs/test_planfile.py", "inputs/test_planfile_damage.py"),
    "inputs/schema": ("inputs/test_planfile.py", "inputs/test_planfile_damage.py"),
    "inputs/strict_json": ("inputs/test_planfile.py", "inputs/test_planfile_damage.py"),
    "export/calendar/time_zone": ("export/calendar/test_time_zone.py",),
    "engine/daily_dose": ("engine/test_daily_dose.py", "engine/test_plan.py", "engine/test_oracle.py"),
    "engine/limits": ("engine/test_plan.py", "engine/test_screening.py"),
    "evidence/validate": ("evidence/test_validate.py", "evidence/test_data.py"),
    "evidence/contradictions": ("evidence/test_protocol_file.py", "evidence/test_data.py"),
}
# Slow, and others kill the same mutants sooner.
LEFT_OUT = ("byte_for_byte", "for_each_plan_of_a_year")
DECIDING = (
    "engine/kidney",
    "engine/screening",
    "engine/plan",
    "engine/tablets",
    "inputs/planfile",
    "inputs/schema",
    "inputs/strict_json",
    "export/calendar/time_zone",
)

# What is worked out once and remembered would answer for a mutant with what was worked out before it; and mutmut leaves
# out any function that has a decorator.
CACHED = re.compile(r"^@(?:lru_cache\(.*\)|cache)(?:  #.*)?\n", re.MULTILINE)
REMEMBERS = ("engine/steps", "engine/tablets", "engine/screening", "engine/limits")

SETTINGS = """
[tool.mutmut]
source_paths = ["titrate"]
only_mutate = ["titrate/{module}.py"]
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["-p", "no:cacheprovider", "-p", "no:xdist", "-k", "{kept}"]
process_isolation = "forkserver"  # each mutant begins in a process in which no test has run
timeout_multiplier = 6.0
timeout_constant = 3.0
use_git_change_detection = false
"""

# A mutant is killed each time or never: the same examples for all, few, but as many as the seconds allow. And a test that
# takes many times what it took before has met a mutant that never ends.
CONFTEST = """
import json
import signal
from pathlib import Path

import hypothesis
import pytest

FILE = Path("mutmut-stats.json")  # written by the first run, which has no mutant
TIMES = json.loads(FILE.read_text("utf-8"))["duration_by_test"] if FILE.exists() else None


def pytest_collection_modifyitems(items):
    # pytest escapes a made id once more in each run of one process, and then does not find the test by it.
    items[:] = [item for item in items if "\\\\" not in item.nodeid]
    for item in items:
        test = getattr(item, "obj", None)
        if (usual := getattr(test, "_hypothesis_internal_use_settings", None)) is not None:
            test._hypothesis_internal_use_settings = hypothesis.settings(
                usual,
                max_examples=min(usual.max_examples, 30),
                derandomize=True,
                database=None,
                deadline=None,
                phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
            )


def never_ends(*_):
    raise TimeoutError("this test takes too long")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    if TIMES is not None:
        signal.signal(signal.SIGALRM, never_ends)
        signal.alarm(10 + int(6 * TIMES.get(item.nodeid, 0)))
    try:
        return (yield)
    finally:
        signal.alarm(0)
"""


FAILED = 255  # mutmut's word for it is a timeout; it is its own failure to run the tests


class Mutant(NamedTuple):
    """One change: in which function, and what the lines were and became."""

    module: str
    function: str
    before: str
    after: str


class Result(NamedTuple):
    """What became of the mutants of a module; `how` counts them by mutmut's words."""

    how: Counter[str]
    survivors: Counter[Mutant]


def project(folder: Path, module: str) -> None:
    """Put a copy of the project there, set up for mutmut to change `module`."""
    for name in ("titrate", "tests", "examples"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("README.md", "CHANGELOG.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
    tests = [f"tests/{name}" for name in MODULES[module]]
    settings = SETTINGS.format(
        module=module, tests=json.dumps(tests), kept=" and ".join(f"not {name}" for name in LEFT_OUT)
    )
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text("utf-8") + settings, "utf-8")
    (folder / "tests" / "conftest.py").write_text(CONFTEST, "utf-8")
    for name in REMEMBERS:
        file = folder / "titrate" / f"{name}.py"
        file.write_text(CACHED.sub("", file.read_text("utf-8")), "utf-8")


def mutate(folder: Path, module: str) -> Result:
    """Return what became of every mutant of `module` in the copy of the project in `folder`."""
    # What Python compiled of one mutant must not serve the next one.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
    command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", str(WORKERS)]
    log = folder / "mutmut.log"
    with log.open("wb") as output:
        subprocess.run(command, cwd=folder, env=environment, stdout=output, stderr=output, check=False)
    kept = folder / "mutants" / "titrate" / f"{module}.py.meta"
    found = json.loads(kept.read_text("utf-8"))["exit_code_by_key"] if kept.exists() else {}
    if not found or {None, FAILED} & set(found.values()):
        raise SystemExit(f"{module}: mutmut did not come to its end\n{log.read_text('utf-8', 'replace')[-3000:]}")
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.stats import status_by_exit_code

    how = Counter(status_by_exit_code[code] for code in found.values())
    survivors: Counter[Mutant] = Counter()
    os.chdir(folder)
    for name, code in found.items():
        if status_by_exit_code[code] not in ("killed", "timeout", "segfault"):
            survivors[read(module, name, get_diff_for_mutant(name, path=f"titrate/{module}.py"))] += 1
    os.chdir(ROOT)
    return Result(how, survivors)


def read(module: str, name: str, diff: str) -> Mutant:
    """Return the mutant that mutmut calls `name`, told by its lines."""
    function = name.rpartition(".")[2].partition("__mutmut_")[0].removeprefix("x_").removeprefix("xǁ")
    lines = diff.splitlines()[2:]
    before, after = (" ".join(" ".join(line[1:] for line in lines if line[:1] == sign).split()) for sign in "-+")
    return Mutant(module, function.replace("ǁ", "."), before, after)


class Listed(NamedTuple):
    """The listed survivors: all of them, and those that change nothing that anybody could see."""

    all: Counter[Mutant]
    equivalent: Counter[Mutant]


def listed(modules: list[str]) -> Listed:
    """Return the listed survivors of these modules; each has a reason, and `equivalent = false` where it does differ."""
    found = Listed(Counter(), Counter())
    for row in tomllib.loads(SURVIVORS.read_text("utf-8")).get("survivor", []):
        if not row["reason"].strip():
            raise SystemExit(f"{SURVIVORS.name}: {row['after']}: no reason")
        if row["module"] in modules:
            mutant = Mutant(*(row[name] for name in Mutant._fields))
            found.all[mutant] += row.get("times", 1)
            found.equivalent[mutant] += row.get("times", 1) if row.get("equivalent", True) else 0
    return found


def shown(mutant: Mutant) -> str:
    """Return a mutant as survivors.toml would list it."""
    fields = "\n".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in mutant._asdict().items())
    return f"\n[[survivor]]\n{fields}"


def main() -> int:
    """Run the modules that were named, or those that decide a dose; print the table and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"one of {', '.join(MODULES)}")
    modules = parser.parse_args().modules or list(DECIDING)
    if unknown := [name for name in modules if name not in MODULES]:
        parser.error(f"unknown: {', '.join(unknown)}")
    known, survivors, bad = listed(modules), Counter[Mutant](), False
    for module in modules:
        with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
            project(Path(folder), module)
            result = mutate(Path(folder), module)
        same = (result.survivors & known.equivalent).total()
        every, alive = result.how.total(), result.survivors.total()
        share, fair = (100 * (every - alive) / many for many in (every, every - same))
        bad |= fair < LEAST
        words = ", ".join(f"{count} {word}" for word, count in result.how.most_common())
        print(
            f"{module}: {every - alive} of {every} killed, {share:.1f} %; {fair:.1f} % of those that differ ({words})",
            flush=True,
        )
        for mutant in (result.survivors - known.all).elements():
            print(f"{shown(mutant)}\nreason = ", flush=True)
        survivors += result.survivors
    for mutant in (known.all - survivors).elements():
        print(f"listed, and no survivor any more:{shown(mutant)}")
    return 1 if bad or survivors != known.all else 0


if __name__ == "__main__":
    sys.exit(main())
