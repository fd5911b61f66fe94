"""Validates the evidence when it changes: `python -m titrate.evidence.validate` names every fault in every file at once.

A fault is `file:line: place: what is wrong; what to do`. Where there is none SHA256SUMS is written: the program reads only what
stands there, so that a file that was changed and not validated is not planned from.
"""

from __future__ import annotations

import sys
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from voluptuous import Invalid, MultipleInvalid, RequiredFieldInvalid, Schema

from titrate.errors import did_you_mean
from titrate.evidence import reader, schema
from titrate.evidence.contradictions import CONTRADICTIONS, NAMES, names_that_contradict
from titrate.evidence.places import line_of, place_of
from titrate.evidence.rules import sections

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from titrate.evidence.places import Fault, Keys

Table = dict[str, Any]


CITES = ("cite", "said_at", "grade_from")  # what holds a cite, or a list of them
KINDS = {  # what voluptuous says of a wrong kind, in our words
    "expected a dictionary": "needs a table or a list",
    "expected str": "needs a table, has a list",
    "expected int": "needs a list, has a table",
}


class Citable(NamedTuple):
    """What a cite may name: the sources, each with the names of its quotes, and the sections of the rule book."""

    quotes: Mapping[str, frozenset[str]]
    sections: frozenset[str]


def main(folder: Path = reader.EVIDENCE) -> int:
    """Print every fault and return 1, or write SHA256SUMS and return 0."""
    if wrong := all_faults(folder):
        sys.stdout.write("\n".join(wrong) + "\n")
        return 1
    sums, file = checksums(folder), folder / reader.SUMS
    words = "".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode()
    if not file.is_file() or file.read_bytes() != words:
        file.write_bytes(words)
    sys.stdout.write(f"{len(sums)} files are right; {reader.SUMS} says so\n")
    return 0


def checksums(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file of evidence in the folder, by name; the hazard log is not kept there."""
    files = sorted(
        file for file in folder.rglob("*") if file.suffix in {".toml", ".md"} and file.name != "hazards.toml"
    )
    return {file.relative_to(folder).as_posix(): sha256(file.read_bytes()).hexdigest() for file in files}


def all_faults(folder: Path) -> list[str]:
    """Return every fault of every file of evidence in the folder, and of the hazard log."""
    files = {name: (folder / name).read_bytes() for name in checksums(folder) if name.endswith(".toml")}
    files |= {file.name: file.read_bytes() for file in reader.HAZARDS if file.is_file()}
    missing = [f"{name}: is missing; add it" for name in schema.FILES if name not in files]
    citable = citable_in(folder)
    wrong = missing + [fault for name, raw in files.items() for fault in faults(name, raw, citable)]
    return wrong or name_faults(files)


def name_faults(files: Mapping[str, bytes]) -> list[str]:
    """Return every name of a medicine that means two things, or none, in files that are each right alone."""
    named = {f"{name}.toml": reader.parse(files[f"{name}.toml"]) for name in NAMES}
    return [
        f"{file}:{line_of(files[file].decode(), path)}: {place_of(path)}: {what}"
        for file, (path, what) in names_that_contradict(named)
    ]


def citable_in(folder: Path) -> Citable:
    """Return what a cite may name; none where sources.toml is no TOML."""
    try:
        data = reader.parse((folder / "sources.toml").read_bytes())
    except (OSError, ValueError):
        data = {}
    book = sections((folder / "rules.md").read_text("utf-8"))
    quotes = {id: frozenset(row.get("quotes", ())) for id, row in data.items() if isinstance(row, dict)}
    return Citable(quotes, frozenset(section.name for section in book))


def faults(name: str, raw: bytes, citable: Citable) -> list[str]:
    """Return every fault of one file in the order of its lines; what contradicts itself is looked for where the form is right."""
    try:
        data = reader.parse(raw)
    except UnicodeDecodeError as error:
        return [f"{name}: not UTF-8 at byte {error.start}; save the file as UTF-8"]
    except ValueError as error:  # TOMLDecodeError, and a number of more digits than Python reads
        return [f"{name}: not TOML: {error}"]
    except RecursionError:
        return [f"{name}: not TOML of this kind: it is nested too deep"]
    wrong = form_faults(name, data, citable)
    if not wrong and _kind(name) in CONTRADICTIONS:
        wrong = list(CONTRADICTIONS[_kind(name)](data, name))
    lines = sorted((line_of(raw.decode(), path), place_of(path), what) for path, what in wrong)
    return [f"{name}:{line}: {place}: {what}" for line, place, what in lines]


def form_faults(name: str, data: Table, citable: Citable) -> list[Fault]:
    """Return what is wrong with the keys, the values and the cites of a file, each alone."""
    shape = schema.FILES.get(name, schema.PROTOCOL if name == reader.NEWEST_FILE else schema.OLDER_PROTOCOL)
    return [*_shape_faults(data, shape), *_cite_faults(data, citable, (), cited=False)]


def _kind(name: str) -> str:
    return name.partition("/")[0]


# --- The form ---


def _shape_faults(data: Any, shape: schema.Shape) -> list[Fault]:
    try:
        Schema(shape, required=True)(_by_index(data))
    except MultipleInvalid as error:
        return [_fault(each, shape) for each in error.errors]
    return []


def _by_index(value: Any) -> Any:
    """A list as a table by index: voluptuous goes on past a faulty item of a table, and stops at one of a list."""
    if isinstance(value, list):
        return {index: _by_index(item) for index, item in enumerate(value)}
    return {key: _by_index(item) for key, item in value.items()} if isinstance(value, dict) else value


def _fault(error: Invalid, shape: schema.Shape) -> Fault:
    """What voluptuous found, in our words."""
    path: list[Any] = error.path or [""]
    *above, last = path
    if isinstance(error, RequiredFieldInvalid):
        return tuple(above), "needs one or more" if isinstance(last, type) else f"missing key {last}; add it"
    if error.error_message == "extra keys not allowed":
        known = [key for key in map(str, _keys_at(shape, above)) if not key.startswith("<")]
        return (*above, last), f"unknown key{did_you_mean(str(last), known)}; remove or rename it"
    return (*above, last), KINDS.get(error.error_message, error.error_message)


def _keys_at(shape: Any, path: Iterable[str | int]) -> Iterable[Any]:
    """The keys that a table at this place may have."""
    for part in path:
        shape = shape.get(part) or next(value for key, value in shape.items() if str(key) == str(type(part)))
    return shape  # type: ignore[no-any-return]


def _cite_faults(data: Any, citable: Citable, path: Keys, *, cited: bool) -> Iterator[Fault]:
    """Each number without a cite of its own or above it, whatever the shape, and each cite of what is not there."""
    if isinstance(data, list):
        for index, item in enumerate(data):
            yield from _cite_faults(item, citable, (*path, index), cited=cited)
    elif isinstance(data, dict):
        for key, value in data.items():
            if key in CITES:
                for cite in value if isinstance(value, list) else [value]:
                    yield from (((*path, key), what) for what in _cite(cite, citable))
            else:
                yield from _cite_faults(value, citable, (*path, key), cited=cited or "cite" in data)
    elif isinstance(data, (int, Decimal)) and not isinstance(data, bool) and not cited:
        yield path, "a number without a cite; add cite = { source, at, quote or rule }"


def _cite(cite: Any, citable: Citable) -> Iterator[str]:
    if _shape_faults(cite, schema.CITE):
        return  # its form is wrong: that is a fault already
    source, at, quote = cite["source"], cite["at"], cite.get("quote")
    if (quote is None) == ("rule" not in cite):
        yield "needs either a quote or a rule"
    if ("from" in cite) != (source == schema.TOOL):
        yield f"needs from = [sources] if and only if the source is {schema.TOOL}"
    for id in (source, *cite.get("from", ())):
        if id not in citable.quotes:
            yield f"source {id} is not in sources.toml{did_you_mean(id, citable.quotes)}"
    if quote is not None and quote not in (quotes := citable.quotes.get(source, frozenset())):
        yield f"{source} has no quote {quote}{did_you_mean(quote, quotes)}"
    if source == schema.TOOL and at not in citable.sections:
        yield f"rules.md has no section {at}{did_you_mean(at, citable.sections)}"


if __name__ == "__main__":
    sys.exit(main())
