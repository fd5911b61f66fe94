"""Where each value comes from that decides a dose or a warning, with its unit, its line and its ground: what a prescriber signs.

`entries` lists a protocol's own file; `files` those beside it, which are signed with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple

from titrate.evidence import reader
from titrate.evidence.claims import Ground, Source, ground_of
from titrate.evidence.lexicon import listed, meanings
from titrate.evidence.places import Keys, line_of
from titrate.model import Protocol

Table = Mapping[str, Any]


class Value(NamedTuple):
    """One value of a file: what it is called, where it stands in the file, and its unit ("" for none)."""

    name: str
    path: Keys
    value: Any
    unit: str = ""


class Entry(NamedTuple):
    """The values that share one ground, and the line of the file on which they begin."""

    group: str
    name: str
    values: tuple[Value, ...]
    ground: Ground
    line: int


class File(NamedTuple):
    """A file that decides doses or warnings beside the protocol: `sha256` is that of its bytes."""

    name: str
    sha256: str
    entries: tuple[Entry, ...]


class Part(NamedTuple):
    """A table of a file that has a cite: the group it belongs to, its name, its path, and its values."""

    group: str
    name: str
    table: Table
    path: Keys
    values: tuple[Value, ...]


def entries(protocol: Protocol, sources: Mapping[str, Source]) -> tuple[Entry, ...]:
    """Return every value of the protocol's file, grouped by ground, in the order of the file."""
    text = protocol.raw.decode()
    return tuple(
        Entry(part.group, part.name, part.values, _ground(part, sources), line_of(text, part.values[0].path))
        for part in _protocol(reader.parse(protocol.raw), reader.labels())
    )


def files(sources: Mapping[str, Source]) -> tuple[File, ...]:
    """Return the files that a signature covers beside the protocol's own, each with all that has a cite in it.

    The equations, what each finding says, the medicines (their names are only counted) and the conditions.
    """
    return tuple(_file(name, parts, sources) for name, parts in FILES.items())


def _file(name: str, parts: Callable[[Table, Table], Iterator[Part]], sources: Mapping[str, Source]) -> File:
    raw = reader.read(name)
    text = raw.decode()
    listed = (
        Entry(f"{part.group} ({name})", part.name, part.values, _ground(part, sources), line_of(text, part.path))
        for part in parts(reader.parse(raw), reader.labels()["values"])
    )
    return File(name, sha256(raw).hexdigest(), tuple(listed))


def _ground(part: Part, sources: Mapping[str, Source]) -> Ground:
    return ground_of(part.table["cite"], sources)


def _values(table: Table, path: Keys, labels: Table) -> tuple[Value, ...]:
    """Each value of a table under its label; of a table in it each value under its key, and of a list only how long it is."""
    values = []
    for key, value in table.items():
        label, unit = labels.get(key, {}).get("label", key), labels.get(key, {}).get("unit", "")
        if isinstance(value, dict) and key != "cite":
            values += [Value(inner, (*path, key, inner), value[inner], unit) for inner in value]
        elif key not in {"id", "name", "cite"}:
            values.append(Value(label, (*path, key), len(value) if isinstance(value, (list, tuple)) else value, unit))
    return tuple(values)


def _protocol(data: Table, labels: Table) -> Iterator[Part]:
    groups, named = labels["groups"], labels["values"]
    for kind in ("step", "extension"):
        for index, row in enumerate(data[kind]):
            name = f"Step {index + 1}" if kind == "step" else f"{sum(row['doses_mg'].values())} mg a day"
            yield Part(groups[kind], name, row, (kind, index), _values(row, (kind, index), named))
    for name, row in data["gates"].items():
        yield Part(groups["gates"], f"Gate: {name}", row, ("gates", name), _values(row, ("gates", name), named))
    yield Part(groups["slots"], "Slots", data["slots"], ("slots",), _values(data["slots"], ("slots",), named))
    for index, row in enumerate(data["band"]):
        yield Part(groups["band"], f"Band {row['name']}", row, ("band", index), _values(row, ("band", index), named))
    for index, row in enumerate(data["tablet"]):
        name = f"Tablet of {row['mg']} mg"
        yield Part(groups["tablet"], name, row, ("tablet", index), _values(row, ("tablet", index), named))
    for rule, row in data["rules"].items():
        value = Value(rule, ("rules", rule, "value"), row["value"], row["unit"])
        yield Part(row["group"], row["label"], row, ("rules", rule), (value,))


def _equations(data: Table, _: Table) -> Iterator[Part]:
    for key, row in data.items():
        numbers = (
            Value(
                ", ".join(map(str, path)).replace("_", " "), (key, *path), value, row.get("units", {}).get(path[-1], "")
            )
            for path, value in _numbers(row, ())
        )
        yield Part("Kidney equations", row["name"], row, (key,), tuple(numbers))


def _numbers(table: Table, path: Keys) -> Iterator[tuple[Keys, int | Decimal]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _numbers(value, (*path, key))
        elif isinstance(value, (int, Decimal)):
            yield (*path, key), value


def _findings(data: Table, labels: Table) -> Iterator[Part]:
    for key, row in data.items():
        yield Part("What a finding says", key, row, (key,), _values({"code": key, **row}, (key,), labels))


def _medicines(data: Table, labels: Table) -> Iterator[Part]:
    def part(name: str, table: Table, path: Keys, values: Table) -> Part:
        return Part("Medicines", name, table, path, _values(values, path, labels))

    yield part("Codes", data["codes"], ("codes",), data["codes"])
    for index, row in enumerate(data["class"]):
        words = {key: row[key] for key in ("code", "severity", "short", "implies") if key in row}
        flags = {key: row.get(key, False) for key in ("kidney_risk", "brain", "cns")}
        counted = {
            "generic": [*listed(row.get("generic", "")), *listed(row.get("also", ""))],
            "atc": listed(row.get("atc", "")),
        }
        yield part(row["name"], row, ("class", index), {**words, **flags, **counted})
    for index, row in enumerate(data["implied"]):
        yield part(f"Implies {row['condition']}", row, ("implied", index), {"medicines": row["medicines"]})
    for name, row in data["low_dose"].items():
        yield part(f"Low dose of {name}", row, ("low_dose", name), row)
    yield part(
        "Contraindicated with each other", data["nitrate_with_pde5"], ("nitrate_with_pde5",), data["nitrate_with_pde5"]
    )
    yield part("Other reasons", data["other_reasons"], ("other_reasons",), data["other_reasons"])


def _conditions(data: Table, labels: Table) -> Iterator[Part]:
    for index, row in enumerate(data["condition"]):
        path: Keys = ("condition", index)
        values = {key: row[key] for key in ("code", "severity", "short", "stage") if key in row}
        yield Part("Conditions", row["name"], row, path, _values({**values, "also": listed(row["also"])}, path, labels))
    for index, row in enumerate(data["ask"]):
        path = ("ask", index)
        asked = {"question": row["question"], "words": listed(row["words"])}
        yield Part("Conditions", "Words that ask", row, path, _values(asked, path, labels))
    for key, what in (("words", "Words passed over"), ("stages", "Stages")):
        row, path = data[key], (key,)
        names = {name: listed(text) for name, text in row.items() if name not in ("numbers", "cite")}
        numbers = {"numbers": _names(row["numbers"])} if "numbers" in row else {}
        yield Part("Conditions", what, row, path, _values({**names, **numbers}, path, labels))
    row = data["none"]
    yield Part(
        "Conditions", "Raise nothing", row, ("none",), _values({"names": _names(row["names"])}, ("none",), labels)
    )


def _names(text: str) -> tuple[str, ...]:
    """The names in a table `what it stands for: name, name`."""
    return tuple(name for heading, names in meanings(text) for name in (heading, *names))


FILES: Mapping[str, Callable[[Table, Table], Iterator[Part]]] = {
    "kidney.toml": _equations,
    "findings.toml": _findings,
    "medicines.toml": _medicines,
    "conditions.toml": _conditions,
}
