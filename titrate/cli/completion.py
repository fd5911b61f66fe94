"""What a shell offers for the value of an option: read only when a shell asks, from where the program itself reads it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from titrate.evidence.lexicon import Listed
    from titrate.inputs.facts import Fact

ASKS = "_TITRATE_COMPLETE"  # the variable by which a shell asks how a line may go on
Source = Callable[[str], Iterable[str]]  # what may stand for an unfinished value


def of(source: Source) -> Callable[[str], list[str]] | None:
    """Return what typer asks with an unfinished value; None where no shell asks, since typer looks long at each."""

    def values(incomplete: str) -> list[str]:
        return [value for value in source(incomplete) if value.startswith(incomplete)]

    return values if ASKS in os.environ else None


def of_fact(fact: Fact) -> Callable[[str], list[str]] | None:
    """Return the same for a fact; None where its value is a number, a date or free text."""
    if choices := fact.kind.choices:
        return of(lambda _: choices)
    return of(BY_KEY[fact.key]) if fact.key in BY_KEY else None


def listed(source: Source, incomplete: str) -> list[str]:
    """Return what may stand for the last of several values with commas, each with those before it."""
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{value}" for value in source(last) if value not in before.split(",")]


def looked_up(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the medicines or illnesses that may be looked up in the topic that stands before."""
    source = {"medicines": _medicines, "conditions": _conditions}.get(ctx.params.get("topic") or "")
    return [name for name in source(incomplete) if name.startswith(incomplete)] if source else []


def plans(incomplete: str) -> list[str]:
    """Return the files that may be saved plans, and the folders beside them; none where a shell's own files do as well."""
    folder, _, begun = incomplete.rpartition("/")
    try:
        paths = sorted(Path(f"{folder}/" if "/" in incomplete else ".").iterdir())
    except OSError:
        return []
    paths = [path for path in paths if path.name.startswith(begun) and (begun or not path.name.startswith("."))]
    files = [str(path) for path in paths if path.suffix == ".json"]
    return [*files, *(f"{path}/" for path in paths if path.is_dir())] if files else []


def _medicines(_: str) -> Iterable[str]:
    from titrate.evidence import reader

    return _words(reader.medicines().listed)


def _conditions(_: str) -> Iterable[str]:
    from titrate.evidence import reader

    return _words(reader.conditions().listed)


def _words(names: Listed) -> list[str]:
    """The names of a list that are one word, which no shell parts, and `none`."""
    return ["none", *sorted({name for name in names.own.spelled.values() if name.isascii() and " " not in name})]


def _zones(_: str) -> Iterable[str]:
    from titrate.evidence.zones import NO_PLACE, UTC_NAMES, names

    return sorted(name for name in names() if name in UTC_NAMES or not NO_PLACE.fullmatch(name))


def _codes(_: str) -> Iterable[str]:
    from titrate.evidence import known, reader

    listed = (*known.medicines(reader.medicines()), *known.conditions(reader.conditions()))
    texts = (*reader.finding_texts().values(), *(entry.finding for entry in listed if entry.finding))
    return dict.fromkeys(text.code for text in texts if text.severity == "confirm")


BY_KEY: Mapping[str, Source] = {
    "tz": _zones,
    "taking": partial(listed, _medicines),
    "stopped": partial(listed, _medicines),
    "condition": partial(listed, _conditions),
    "confirm": _codes,
}
