"""What is run by hand or read by a stranger names files that are there: mutation, fuzz, CONTRIBUTING."""

from __future__ import annotations

import ast
import re
import runpy
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MUTATION = runpy.run_path(str(ROOT / "tests/mutation/run.py"))
SURVIVORS = tomllib.loads((ROOT / "tests/mutation/survivors.toml").read_text("utf-8"))["survivor"]
PATH = re.compile(r"(?:titrate|tests|examples|\.ci|\.github)/[\w./-]*\w/?")


def functions(file: Path) -> dict[str, str]:
    """Return the functions of a file by name, each as one line of code."""
    code = file.read_text("utf-8")
    nodes = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.FunctionDef)]
    return {node.name: " ".join(str(ast.get_source_segment(code, node)).split()) for node in nodes}


@pytest.mark.parametrize("module", MUTATION["MODULES"])
def test_a_module_that_is_mutated_is_there_and_so_are_its_tests(module: str) -> None:
    assert (ROOT / "titrate" / f"{module}.py").is_file()
    for test in MUTATION["MODULES"][module]:
        file, _, function = test.partition("::")
        assert (ROOT / "tests" / file).is_file(), test
        assert not function or function in functions(ROOT / "tests" / file), test


def test_what_is_mutated_unless_asked_otherwise_is_known_and_what_remembers_is_there() -> None:
    assert set(MUTATION["DECIDING"]) <= set(MUTATION["MODULES"])
    for module in MUTATION["REMEMBERS"]:
        assert MUTATION["CACHED"].search((ROOT / "titrate" / f"{module}.py").read_text("utf-8")), module


@pytest.mark.parametrize("row", SURVIVORS, ids=lambda row: f"{row['module']}-{row['function']}")
def test_the_line_of_a_survivor_stands_in_its_function(row: dict[str, str]) -> None:
    assert row["module"] in MUTATION["MODULES"]
    file = ROOT / "titrate" / f"{row['module']}.py"
    assert row["before"] in functions(file)[row["function"].rpartition(".")[2]]
    assert row["reason"].strip()


@pytest.mark.parametrize("file", ["tests/mutation/run.py", "tests/fuzz/run.py", "tests/fuzz/readers.py", "tests/benchmarks/single.py", "tests/benchmarks/batch.py", ".github/CONTRIBUTING.md", ".github/SECURITY.md", ".ci/run"])  # fmt: skip
def test_every_path_that_is_named_exists(file: str) -> None:
    for path in set(PATH.findall((ROOT / file).read_text("utf-8"))):
        assert (ROOT / path).exists(), f"{file} names {path}"


def test_what_contributing_names_in_capitals_stands_in_a_file_of_the_same_section() -> None:
    names = []
    for section in (ROOT / ".github/CONTRIBUTING.md").read_text("utf-8").split("\n## "):
        code = "".join((ROOT / path).read_text("utf-8") for path in set(PATH.findall(section)) if path.endswith(".py"))
        for name in set(re.findall(r"`([A-Z]{4,})`", section)) - {"TOOL"}:
            assert re.search(rf"^{name}\b.* = ", code, re.MULTILINE), name
            names.append(name)
    assert sorted(names) == ["EXPORTERS", "FACTS", "NEWEST", "QUESTIONS", "RULES"]
