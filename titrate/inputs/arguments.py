"""A program's arguments as a person would type them, so that one set of readers, limits and refusals guards both ways in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from titrate.errors import BadInput
from titrate.inputs.facts import PLAN, Fact
from titrate.inputs.kinds import DATE, NAMES, STRENGTHS, TIME

MOST_DIGITS = 20  # before and after the point; what has more is out of range for every fact
WAYS = {
    DATE: "give a date such as date(2026, 12, 1) or '2026-12-01'",
    TIME: "give hours and minutes such as time(8, 0) or '08:00'",
}


def typed(values: Mapping[str, object]) -> dict[str, Any]:
    """Return values, by the fields of the model, as what was typed, by the keys of the facts; BadInput names the fact.

    A number is written out in full, a float in the shortest form that is that float (85.5 is 85.5), a date as ISO.
    """
    return {fact.key: _typed(fact, values[fact.field]) for fact in PLAN if fact.field in values}


def wrong_type(name: str, value: object, todo: str) -> BadInput:
    """Return the error for an argument whose type nobody reads."""
    return BadInput(name, "a value of type {type} is not read", todo, type=type(value).__name__)


def _typed(fact: Fact, value: object) -> object:
    if value is None or (isinstance(value, (list, tuple)) and not value and fact.default == ()):
        return None
    if fact.kind.form is bool:
        if not isinstance(value, bool):
            raise wrong_type(fact.key, value, "give True or False")
        return value
    if fact.kind.form is list:
        values = value if isinstance(value, (list, tuple)) else (value,)
        texts = [_text(fact, item) for item in values]
        return texts or (["none"] if fact.kind is NAMES else None)  # asked, and there are none
    return _text(fact, value)


def _text(fact: Fact, value: object) -> str:
    kind = fact.kind
    if isinstance(value, str):
        return value
    if kind is DATE and isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if kind is TIME and isinstance(value, time) and value == time(value.hour, value.minute):
        return f"{value:%H:%M}"
    numeric = kind.numeric or kind is STRENGTHS
    if numeric and isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return _number(value)
    way = "give a number or its text" if numeric else "give a text"
    if kind.form is list:
        way += f", or a list or tuple of {'them' if numeric else 'texts'}"
    raise wrong_type(fact.key, value, WAYS.get(kind, way))


def _number(value: float | Decimal) -> str:
    number = Decimal(float.__repr__(value)) if isinstance(value, float) else Decimal(value)
    written_out = number.is_finite() and -MOST_DIGITS < number.adjusted() < MOST_DIGITS
    return f"{number:f}" if written_out else f"{number:.6}"
