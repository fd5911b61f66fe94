"""A value of the evidence in words, as a reader says it, and with its ground for a program."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from titrate.evidence.places import place_of
from titrate.export.evidence.claims import ground_document
from titrate.wording.phrases import amount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from titrate.evidence.claims import Source
    from titrate.evidence.review import Entry, Value


def value_words(value: Value) -> str:
    """Return a value with its unit, as a reader says it."""
    if isinstance(value.value, bool):
        return "yes" if value.value else "no"
    if isinstance(value.value, str):
        return value.value.replace("{present} mg a day", "the present dose")
    written = amount(Decimal(value.value))
    return f"{written} ({value.unit})" if value.unit.startswith("a ") else f"{written} {value.unit}".rstrip()


def entry_document(entry: Entry, sources: Mapping[str, Source]) -> dict[str, Any]:
    """Return the values that share one ground for JSON, as `protocol` says."""
    return {
        "group": entry.group,
        "name": entry.name,
        "line": entry.line,
        "values": [_value_document(value) for value in entry.values],
        "ground": ground_document(entry.ground, sources),
    }


def _value_document(value: Value) -> dict[str, Any]:
    exact = Decimal(amount(value.value)) if isinstance(value.value, Decimal) else value.value
    return {"name": value.name, "place": place_of(value.path), "value": exact, "unit": value.unit or None}
