"""Every rule of screening is guarded: without it, or with another side of an edge, a vector that was copied by hand fails."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import pytest
import vectors

from titrate.engine import interactions, kidney, limits, plan, screening
from titrate.evidence import reader

OTHER_SIDE = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
SHIPPED = vectors.shipped()
RULES = screening.RULES


def first_failure() -> str | None:
    return next(vectors.failures(SHIPPED), None)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_that_is_taken_out_fails_a_vector(rule: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screening, "RULES", tuple(one for one in RULES if one is not rule))
    assert first_failure() is not None


class Edge(NamedTuple):
    """One comparison in a module: the function that holds it, its place, and how it reads."""

    module: ModuleType
    function: str
    number: int  # of the comparisons in the module, in the order of the source
    operator: int  # of the operators in that comparison
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.module.__name__.rpartition('.')[2]}.py:{self.line} {self.text}"


def tree(module: ModuleType) -> ast.Module:
    return ast.parse(Path(module.__file__ or "").read_text("utf-8"))


def comparisons(node: ast.AST) -> Iterator[ast.Compare]:
    return (one for one in ast.walk(node) if isinstance(one, ast.Compare))


def edges(module: ModuleType, *functions: str) -> Iterator[Edge]:
    """Yield every comparison of size in the functions of a module, or in those named."""
    for function in tree(module).body:
        if not isinstance(function, ast.FunctionDef) or (functions and function.name not in functions):
            continue
        for number, compare in enumerate(comparisons(function)):
            for index, operator in enumerate(compare.ops):
                if type(operator) in OTHER_SIDE:
                    yield Edge(module, function.name, number, index, compare.lineno, ast.unparse(compare))


def turned(edge: Edge) -> FunctionType:
    """Return the function with `<` for `<=`, or the other way round, at that edge."""
    named = (one for one in tree(edge.module).body if isinstance(one, ast.FunctionDef) and one.name == edge.function)
    function = next(named)
    function.decorator_list = []
    compare = list(comparisons(function))[edge.number]
    compare.ops[edge.operator] = OTHER_SIDE[type(compare.ops[edge.operator])]()  # type: ignore[abstract]
    compiled = compile(ast.Module([function], []), str(edge), "exec")
    names = dict(vars(edge.module))
    exec(compiled, names)
    made: FunctionType = names[edge.function]
    return FunctionType(made.__code__, vars(edge.module), edge.function, made.__defaults__, made.__closure__)


# Where the other side changes nothing that anybody could see.
SAME = {
    "low <= value <= high": "it chooses a hint: in which unit the number would be plausible",
    "0 < target <= band.ceiling": "a target of 0 stands only in the band whose ceiling is 0; the finding stops the plan either way",
}
EDGES = (
    *edges(screening),
    *edges(interactions, "_in_this_patient", "_together", "_stages"),
    *edges(kidney, "band_of", "assess", "check", "read_egfr", "read_creatinine"),
    *edges(limits, "check_inputs", "check_tested", "check_slots"),
    *edges(plan, "first_plan"),
)


def test_the_edges_of_the_rules_were_found() -> None:
    found = {edge.function for edge in EDGES}
    assert found >= {"beers_kidney", "near_cut_off", "kidney_fall", "large_fall", "band_of", "check", "check_slots"}
    assert len([edge for edge in EDGES if edge.module is screening]) >= 17


def test_what_is_left_out_stands_in_the_code_and_says_why() -> None:
    assert {edge.text for edge in EDGES} >= set(SAME)
    assert all(SAME.values())


GUARDED = [edge for edge in EDGES if edge.text not in SAME or (edge.text.startswith("0 <") and edge.operator == 1)]


@pytest.mark.parametrize("edge", GUARDED, ids=str)
def test_another_side_of_an_edge_fails_a_vector(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    other = turned(edge)
    if edge.module is screening:
        monkeypatch.setattr(screening, "RULES", tuple(other if one.__name__ == edge.function else one for one in RULES))
    monkeypatch.setattr(edge.module, edge.function, other)
    assert first_failure() is not None


def test_a_band_begins_with_its_lower_edge() -> None:
    cuts = [band.low for band in reader.protocol().bands]
    below_and_at = {(row["egfr"], row["band"]) for row in vectors.rows("bands.csv")}
    for cut in cuts[:-2]:
        assert any(egfr == f"{cut:f}" for egfr, _ in below_and_at)
        assert any(egfr == f"{cut - 1:f}.99" for egfr, _ in below_and_at)
