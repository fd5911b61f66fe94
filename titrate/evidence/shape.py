"""What a data file must look like: kinds of values, and `check`, which names every fault at once, with its line."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from titrate.errors import BadInput, did_you_mean

type_names = {
    str: "text",
    bool: "true or false",
    list: "a list",
    dict: "a table",
    int: "a number",
    Decimal: "a number",
}


class Number(NamedTuple):
    """A number from `low` to `high`, both allowed; `whole` refuses fractions."""

    low: int
    high: int
    whole: bool = False


class Text(NamedTuple):
    """Text that is not empty; one of `choices` where there are any, matching `pattern` where there is one."""

    choices: tuple[str, ...] = ()
    pattern: str = ""


class Flag(NamedTuple):
    """True or false."""

    default: bool = False


class Many(NamedTuple):
    """A list of values of one kind, at least `least` long."""

    of: Any
    least: int = 0


class Table(NamedTuple):
    """A table with these keys, all needed but the `optional` ones, and no others."""

    keys: Mapping[str, Any]
    optional: frozenset[str] = frozenset()


class Rows(NamedTuple):
    """An array of tables of one shape, at least one."""

    of: Table


class Named(NamedTuple):
    """A table of tables, each of one shape; with `names`, exactly those."""

    of: Table
    names: tuple[str, ...] = ()


class Cite(NamedTuple):
    """Where a number or claim comes from: source, at, and a quote or a rule; a tool rule says what it derives `from`."""


CITE = Cite()
TOOL = "TOOL"

Path = tuple[str | int, ...]
Fault = tuple[Path, str]


def check(
    data: Mapping[str, Any],
    shape: Table,
    *,
    file: str,
    text: str,
    sources: frozenset[str],
    quotes: Mapping[str, frozenset[str]] | None = None,
) -> None:
    """Return nothing if `data`, parsed from `text`, has that shape and cites only `sources`.

    With `quotes` (the names under each source) a cited quote must exist.
    Raises BadInput naming every fault as `file:line: place: what is wrong`.
    """
    faults = [*_table(data, shape, (), sources, quotes), *_uncited(data, (), cited=False)]
    if faults:
        lines = sorted((line_of(text, path), _place(path), what) for path, what in faults)
        raise BadInput("\n".join(f"{file}:{line}: {place}: {what}" for line, place, what in lines))


def line_of(text: str, path: Path) -> int:
    """Return the line, from 1, on which the value at `path` is written, or the nearest line that holds it."""
    header: Path = ()
    here: Path
    counts: dict[str, int] = {}
    best, best_depth = 1, 0
    for number, line in enumerate(text.split("\n"), 1):
        if found := re.match(r"\s*\[\[([^\[\]]+)\]\]", line):
            name = found[1].strip()
            counts[name] = counts.get(name, -1) + 1
            here = header = (name, counts[name])
        elif found := re.match(r"\s*\[([^\[\]]+)\]", line):
            header = here = tuple(part.strip().strip("\"'") for part in found[1].split("."))
        elif found := re.match(r"\s*([\w-]+|\"[^\"]*\"|'[^']*')\s*=", line):
            here = (*header, found[1].strip("\"'"))
        else:
            continue
        depth = min(len(here), len(path))
        if depth > best_depth and here[:depth] == path[:depth]:
            best, best_depth = number, depth
    return best


def _place(path: Path) -> str:
    shown = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return shown.lstrip(".") or "top level"


def _table(data: Any, shape: Table, path: Path, sources: frozenset[str], quotes: Any) -> list[Fault]:
    if not isinstance(data, dict):
        return [(path, f"needs a table, has {type_names.get(type(data), 'a date')}")]
    faults: list[Fault] = []
    for key in data:
        if key not in shape.keys:
            faults.append(((*path, key), f"unknown key{did_you_mean(key, shape.keys)}; remove or rename it"))
    for key, kind in shape.keys.items():
        if key in data:
            faults += _value(data[key], kind, (*path, key), sources, quotes)
        elif key not in shape.optional:
            faults.append((path, f"missing key {key}; add it"))
    return faults


def _value(value: Any, kind: Any, path: Path, sources: frozenset[str], quotes: Any) -> list[Fault]:
    match kind:
        case Table():
            return _table(value, kind, path, sources, quotes)
        case Rows(of=row):
            if not isinstance(value, list) or not value:
                return [(path, f"needs one [[{path[-1]}]] table or more")]
            return [f for i, v in enumerate(value) for f in _table(v, row, (*path, i), sources, quotes)]
        case Named(of=table, names=names):
            keys = dict.fromkeys(names or (value if isinstance(value, dict) else ()), table)
            return _table(value, Table(keys), path, sources, quotes)
        case Many(of=of, least=least):
            if not isinstance(value, list) or len(value) < least:
                return [(path, f"needs a list of at least {least}")]
            return [f for i, v in enumerate(value) for f in _value(v, of, (*path, i), sources, quotes)]
        case Cite():
            return _cite(value, path, sources, quotes)
        case Number():
            wrong = _number(value, kind)
        case Text():
            wrong = _text(value, kind)
        case _:
            wrong = "" if isinstance(value, bool) else "needs true or false"
    return [(path, wrong)] if wrong else []


def _number(value: Any, kind: Number) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return f"needs a number, has {type_names.get(type(value), 'a date')}"
    if isinstance(value, Decimal) and not value.is_finite():
        return "needs a finite number"
    if kind.whole and value != int(value):
        return f"needs a whole number, has {value}"
    if not kind.low <= value <= kind.high:
        return f"needs {kind.low} to {kind.high}, has {value}"
    return ""


def _text(value: Any, kind: Text) -> str:
    if not isinstance(value, str) or not value.strip():
        return "needs text"
    if kind.choices and value not in kind.choices:
        return f"needs one of {', '.join(kind.choices)}, has {value}{did_you_mean(value, kind.choices)}"
    if kind.pattern and not re.fullmatch(kind.pattern, value):
        return f"needs the form {kind.pattern}, has {value}"
    return ""


def _cite(value: Any, path: Path, sources: frozenset[str], quotes: Any) -> list[Fault]:
    keys = {"source": Text(), "at": Text(), "quote": Text(), "rule": Text(), "from": Many(Text())}
    faults = _table(value, Table(keys, frozenset({"quote", "rule", "from"})), path, sources, quotes)
    if faults:
        return faults
    if ("quote" in value) == ("rule" in value):
        faults.append((path, "needs either a quote or a rule"))
    if ("from" in value) != (value["source"] == TOOL):
        faults.append((path, f"needs from = [sources] if and only if the source is {TOOL}"))
    for name in (value["source"], *value.get("from", ())):
        if name not in sources:
            faults.append((path, f"source {name} is not in sources.toml{did_you_mean(name, sources)}"))
    if quotes is not None and value.get("quote", "") not in {"", *quotes.get(value["source"], ())}:
        known = quotes.get(value["source"], ())
        faults.append((path, f"{value['source']} has no quote {value['quote']}{did_you_mean(value['quote'], known)}"))
    return faults


def _uncited(data: Any, path: Path, *, cited: bool) -> list[Fault]:
    """Every table that holds a number and has no cite of its own or above it, whatever its shape."""
    if isinstance(data, list):
        return [fault for i, item in enumerate(data) for fault in _uncited(item, (*path, i), cited=cited)]
    if not isinstance(data, dict):
        is_number = isinstance(data, (int, Decimal)) and not isinstance(data, bool)
        return (
            [(path, "a number without a cite; add cite = { source, at, quote or rule }")]
            if is_number and not cited
            else []
        )
    cited = cited or "cite" in data
    return [fault for key, value in data.items() for fault in _uncited(value, (*path, key), cited=cited)]
