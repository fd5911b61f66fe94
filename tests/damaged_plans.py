"""Saved plans taken apart and put together again wrongly, for the tests of reading them."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import pytest
from saved_plans import cases

from titrate.errors import BadInput
from titrate.export import render
from titrate.inputs.document import encoded
from titrate.inputs.planfile import read
from titrate.inputs.schema import MOST_FAULTS


def saved(name: str = "held") -> bytes:
    return render(cases()[name], "json")


def document(name: str = "held") -> dict[str, Any]:
    return json.loads(saved(name), parse_float=Decimal)


def refusal(data: bytes) -> str:
    with pytest.raises(BadInput) as refused:
        read(data, "my.json")
    assert str(refused.value).startswith("my.json: ")
    lines = str(refused.value).split("\n")
    assert len(lines[0]) < 1000
    assert len(lines) <= MOST_FAULTS + 2
    assert all(line.startswith("  ") and len(line) < 200 for line in lines[1:])
    return str(refused.value)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every number and text."""
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in places(inner, (*path, key))]
    if isinstance(value, list):
        return [found for index, inner in enumerate(value) for found in places(inner, (*path, index))]
    return [path]


def put(value: dict[str, Any], path: tuple[Any, ...], new: Any) -> bytes:
    changed: Any = copy.deepcopy(value)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = new
    return encoded(changed)


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value
