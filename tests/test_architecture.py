"""The house stands as it was drawn: imports point one way, and the engine knows no clock, no file and no float."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "titrate").rglob("*.py"))

# From the ground up: a module imports from its own floor or from below. A new module is given its floor here.
FLOORS = (
    ("errors", "model", "protocol", "equations", "claims"),
    ("shape", "typed", "ids", "zones", "kept", "wording", "formulas"),
    ("forms", "fields", "roster", "scrutiny"),
    ("grounds",),
    ("kidney", "tablets", "medicines", "conditions"),
    ("case", "company", "screen"),
    ("machine", "bounds", "inputs", "outline", "admission"),
    ("shelf", "hazards", "library", "provenance", "schedule", "course"),
    ("export", "planfile"),
    ("api", "batch"),
    ("cli",),
    ("__main__",),
)
FLOOR = {name: height for height, names in enumerate(FLOORS) for name in names}
ENGINE = {
    *("errors", "model", "protocol", "equations", "case", "company", "conditions"),
    *("kidney", "tablets", "screen", "machine", "schedule", "course", "outline", "bounds", "admission"),
}
# Who may import what from outside the standard library, and what costs too much to load unasked.
HOMES = {
    "typer": ("cli",),
    "rich": ("cli", "export"),
    "typst": ("export.pdf",),
    "fontpkg_noto_sans": ("export.glyphs",),
    "tzdata": ("zones",),
    "tzlocal": ("zones",),
}
SMALLEST = {"typing", "collections", "decimal", "datetime", "functools", "itertools", "enum", "re", "types", "uuid"}


def name_of(file: Path) -> str:
    """Return `schedule` or `export.csv`, without the package's own name; a package is its folder."""
    parts = file.relative_to(ROOT / "titrate").with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


MODULES = {name_of(file) for file in FILES}
TREES = {name_of(file): ast.parse(file.read_text("utf-8"), str(file)) for file in FILES}


def imports(tree: ast.AST, *, typing_too: bool = False, anywhere: bool = True) -> set[str]:
    """Return the dotted names that a module imports; without `anywhere` only those it loads when it is loaded."""
    names: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            if typing_too:
                names |= imports(ast.Module(node.body, []), typing_too=True, anywhere=anywhere)
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "write imports in full"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif anywhere or not isinstance(node, (ast.FunctionDef, ast.Lambda)):
            names |= imports(node, typing_too=typing_too, anywhere=anywhere)
    return names


def own(names: set[str]) -> set[str]:
    """Return those of this package, as modules: `titrate.model.Plan` is `model`."""
    found = set()
    for name in names:
        parts = name.split(".")
        if parts[0] != "titrate":
            continue
        while len(parts) > 1 and ".".join(parts[1:]) not in MODULES:
            parts.pop()
        found.add(".".join(parts[1:]))
    return found - {""}


def room(module: str) -> str:
    return module.split(".")[0]


def test_every_module_has_a_floor():
    assert {room(module) for module in MODULES} - {""} == set(FLOOR)


@pytest.mark.parametrize("module", sorted(MODULES - {""}))
def test_a_module_imports_from_its_own_floor_or_from_below(module):
    for imported in own(imports(TREES[module])):
        assert FLOOR[room(imported)] <= FLOOR[room(module)], f"{module} imports {imported}"


def test_no_two_modules_need_each_other_to_load():
    loads = {module: own(imports(tree, anywhere=False)) for module, tree in TREES.items()}
    tuple(TopologicalSorter(loads).static_order())  # raises CycleError


def test_export_never_sees_what_makes_a_plan_nor_who_asked_for_it():
    makers = {"schedule", "course", "machine", "library", "planfile", "batch", "api", "cli"}
    for module in MODULES:
        if room(module) == "export":
            seen = {room(name) for name in own(imports(TREES[module], typing_too=True))}
            assert not seen & makers, module


def test_nothing_imports_the_command_line_but_its_door():
    for module in MODULES - {"__main__"}:
        if room(module) != "cli":
            assert "cli" not in {room(name) for name in own(imports(TREES[module], typing_too=True))}, module


def test_only_schedule_and_course_run_the_machine():
    runs = {module for module, tree in TREES.items() if "titrate.machine.Machine" in imports(tree)}
    assert runs <= {"schedule", "course", "outline"}


def test_only_schedule_makes_a_plan():
    makers = set()
    for module, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Plan":
                makers.add(module)
    assert makers == {"schedule"}


@pytest.mark.parametrize("module", sorted(ENGINE))
def test_the_engine_has_no_clock_no_file_no_float_and_loads_nothing_heavy(module):
    tree = TREES[module]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            assert not isinstance(node.value, (float, complex)), f"{module}:{node.lineno}: {node.value}"
        if isinstance(node, ast.Name):
            assert node.id not in {"open", "print", "input", "float", "eval", "exec", "round"}, f"{module}: {node.id}"
        if isinstance(node, ast.Attribute):
            clock_or_file = {"now", "today", "utcnow", "fromtimestamp", "open", "read_text", "read_bytes", "environ"}
            assert node.attr not in clock_or_file, f"{module}:{node.lineno}: {node.attr}"
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            assert not isinstance(node.left, ast.Constant), f"{module}:{node.lineno}: / of whole numbers is a float"
    outside = {name.split(".")[0] for name in imports(tree)} - {"titrate", "__future__"}
    assert outside <= SMALLEST | {"difflib", "unicodedata"}, module


@pytest.mark.parametrize("package", sorted(HOMES))
def test_a_package_from_outside_is_imported_in_its_home_only(package):
    users = {module for module, tree in TREES.items() if any(n.split(".")[0] == package for n in imports(tree))}
    at_home = {module for module in users if any(f"{module}.".startswith(f"{home}.") for home in HOMES[package])}
    assert users == at_home


def test_every_package_from_outside_is_known():
    import sys

    outside = {name.split(".")[0] for tree in TREES.values() for name in imports(tree)}
    assert outside - set(sys.stdlib_module_names) - {"titrate"} <= set(HOMES)


def test_nothing_can_reach_a_network():
    forbidden = {"socket", "http", "urllib", "ftplib", "smtplib", "ssl", "requests", "httpx", "asyncio", "webbrowser"}
    for module, tree in TREES.items():
        assert not {name.split(".")[0] for name in imports(tree)} & forbidden, module


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_file_has_at_most_300_lines(file):
    assert len(file.read_text("utf-8").splitlines()) <= 300


def test_no_module_is_a_drawer_for_the_rest():
    drawers = {"utils", "util", "helpers", "helper", "common", "base", "misc", "core", "tools", "shared", "lib"}
    names = {part for module in MODULES for part in module.split(".")}
    assert not names & drawers


def test_the_top_level_holds_what_belongs_there():
    assert {path.name for path in (ROOT / "titrate").iterdir() if path.is_dir() and path.name != "__pycache__"} == {
        "cli",
        "evidence",
        "export",
        "wording",
    }


def test_evidence_holds_no_python():
    assert not list((ROOT / "titrate" / "evidence").rglob("*.py"))


# Counts that are no evidence: minutes and hours, how many revisions, the calendar's first year.
COUNTS = {0, 1, 2, 3, 24, 60, 1000, 1971}


@pytest.mark.parametrize("module", sorted(ENGINE - {"kidney"}))
def test_no_clinical_number_stands_in_the_engine(module):
    nodes = list(ast.walk(TREES[module]))
    caches = {node.value for node in nodes if isinstance(node, ast.keyword) and node.arg == "maxsize"}
    for node in nodes:
        number = isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool)
        if number and node not in caches:
            assert node.value in COUNTS, f"{module}:{node.lineno}: {node.value}"
