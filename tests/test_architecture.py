"""The folders stand in one order, and each imports only from those to its right; the engine knows no clock, no file, no float."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "titrate").rglob("*.py"))
ORDER = (
    *(
        "__main__",
        "__init__",
        "cli",
        "sharing",
        "batch",
        "api",
        "export",
        "inputs",
        "storage",
        "engine",
        "evidence",
        "wording",
    ),
    *("errors", "model"),
)
# Who may import what from outside the standard library, and what costs too much to load unasked.
HOMES = {
    "typer": ("cli",),
    "rich": ("cli", "export.terminal"),
    "dateutil": ("inputs", "export.calendar", "engine"),
    "icalendar": ("export.calendar",),
    "jinja2": ("export.handout",),
    "markupsafe": ("export.handout",),  # jinja2's own
    "voluptuous": ("inputs", "evidence", "batch.run"),
    "typst": ("export.handout.pdf",),
    "fontpkg_noto_sans": ("export.handout",),
    "tzdata": ("evidence.zones",),
    "tzlocal": ("inputs.system_zone",),
    "segno": ("export.terminal.qr_code",),
}


def name_of(file: Path) -> str:
    """Return `engine.plan` or `export.data.csv`, without the package's own name; a package is its folder."""
    parts = file.relative_to(ROOT / "titrate").with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__" or len(parts) == 1)


TREES = {name_of(file): ast.parse(file.read_text("utf-8"), str(file)) for file in FILES}


def imports(tree: ast.AST, *, when_loaded: bool = False) -> set[str]:
    """Return the dotted names that a module imports, types included; `when_loaded`: only what loading it loads."""
    names: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "write imports in full"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif when_loaded and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        elif not (when_loaded and isinstance(node, (ast.FunctionDef, ast.Lambda))):
            names |= imports(node, when_loaded=when_loaded)
    return names


def own(names: set[str]) -> set[str]:
    """Return those of this package, as modules: `titrate.model.Plan` is `model`, `titrate.__version__` the package itself."""
    found = set()
    for name in names:
        parts = name.split(".")
        if parts[0] != "titrate":
            continue
        while len(parts) > 1 and ".".join(parts[1:]) not in TREES:
            parts.pop()
        found.add(".".join(parts[1:]) or "__init__")
    return found


@pytest.mark.parametrize("module", sorted(TREES))
def test_a_folder_imports_only_from_those_to_its_right(module: str) -> None:
    here = ORDER.index(module.partition(".")[0])
    for imported in own(imports(TREES[module])) - {"__init__"}:
        assert ORDER.index(imported.partition(".")[0]) >= here, f"{module} imports {imported}"


def test_no_two_modules_need_each_other() -> None:
    needs = {module: own(imports(tree)) - {"__init__"} for module, tree in TREES.items() if module != "__init__"}
    tuple(TopologicalSorter(needs).static_order())  # raises CycleError


@pytest.mark.parametrize("package", sorted(HOMES))
def test_a_package_from_outside_is_imported_in_its_home_only(package: str) -> None:
    users = {module for module, tree in TREES.items() if any(n.split(".")[0] == package for n in imports(tree))}
    assert users == {module for module in users if any(f"{module}.".startswith(f"{home}.") for home in HOMES[package])}


# What reaches a network, and the only modules that may import it: those that `titrate share` runs on.
NETWORK = {"socket", "socketserver", "http", "urllib", "ftplib", "smtplib", "ssl", "asyncio", "webbrowser"}
SHARING = {"sharing.network": {"socket"}, "sharing.server": {"socket", "asyncio"}, "cli.phone": {"asyncio"}}


def test_every_package_from_outside_is_known_and_none_reaches_a_network_but_where_a_plan_is_shared() -> None:
    import sys

    outside = {module: {name.split(".")[0] for name in imports(tree)} for module, tree in TREES.items()}
    assert set().union(*outside.values()) - set(sys.stdlib_module_names) - {"titrate"} <= set(HOMES)
    assert {module: names & NETWORK for module, names in outside.items() if names & NETWORK} == SHARING


ENGINE = sorted(module for module in TREES if module.partition(".")[0] in {"engine", "model", "errors"})
# Counts that are no evidence: minutes and hours, how many revisions, the calendar's first year.
COUNTS = {0, 1, 2, 3, 24, 60, 1000, 1971}
COUNTS_OF = {
    "engine.kidney": {34, 9999, 4},
    "engine.names": {16, 60, 1000},
    "engine.near_miss": {4, 6, 8, 40},
    "engine.reading": {5, 7},
    "engine.settings": {30},
}  # digits of a power; parts compared, g in mg; letters of a name; minutes of a time that is suggested


@pytest.mark.parametrize("module", ENGINE)
def test_the_engine_knows_no_clock_no_file_no_float_and_no_clinical_number(module: str) -> None:
    nodes = list(ast.walk(TREES[module]))
    caches = {node.value for node in nodes if isinstance(node, ast.keyword) and node.arg == "maxsize"}
    counts = COUNTS | COUNTS_OF.get(module, set())
    for node in nodes:
        if isinstance(node, ast.Constant) and node not in caches:
            assert not isinstance(node.value, float) or module == "engine.names", (
                f"{module}:{node.lineno}: {node.value}"
            )
            assert type(node.value) is not int or node.value in counts, f"{module}:{node.lineno}: {node.value}"
        if isinstance(node, ast.Name):
            assert node.id not in {"open", "print", "input", "float", "round"}, f"{module}:{node.lineno}: {node.id}"
        if isinstance(node, ast.Attribute):
            clock_or_file = {"now", "today", "utcnow", "fromtimestamp", "open", "read_text", "read_bytes", "environ"}
            assert node.attr not in clock_or_file, f"{module}:{node.lineno}: {node.attr}"
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            assert not isinstance(node.left, ast.Constant), f"{module}:{node.lineno}: / of whole numbers is a float"


def test_evidence_data_holds_no_python() -> None:
    assert not list((ROOT / "titrate" / "evidence" / "data").rglob("*.py"))
