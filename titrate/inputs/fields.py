"""One value at a time out of a parsed JSON object; BadInput names the place of what is not of its kind, and a way out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from titrate.errors import BadInput, did_you_mean

WAY_OUT = "use the copy beside it (.bak), or make the plan again"
STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def known_keys(row: Mapping[str, Any], known: Sequence[str], place: str) -> None:
    """Return nothing if `row` has only `known` keys."""
    for key in row:
        if key not in known:
            raise BadInput(f"{place}{key[:60]}: unknown key{did_you_mean(key, known)}; {WAY_OUT}")


def table(value: Any, place: str) -> dict[str, Any]:
    """Return an object."""
    if not isinstance(value, dict):
        raise BadInput(f"{place}: needs an object; {WAY_OUT}")
    return value


def list_of(value: Any, place: str) -> list[Any]:
    """Return a list."""
    if not isinstance(value, list):
        raise BadInput(f"{place}: needs a list; {WAY_OUT}")
    return value


def text(row: Mapping[str, Any], key: str, place: str = "") -> str:
    """Return a text that is not empty."""
    value = row.get(key)
    if not isinstance(value, str) or not value:
        raise BadInput(f"{place}{key}: needs text; {WAY_OUT}")
    return value


def maybe_text(row: Mapping[str, Any], key: str, place: str) -> str | None:
    """Return a text, or None where the key is absent."""
    return text(row, key, place) if key in row else None


def names(row: Mapping[str, Any], key: str, place: str) -> tuple[str, ...] | None:
    """Return a list of texts as a tuple, or None where the key is absent."""
    if key not in row:
        return None
    names = list_of(row[key], f"{place}{key}")
    if not all(isinstance(name, str) and name for name in names):
        raise BadInput(f"{place}{key}: needs a list of names; {WAY_OUT}")
    return tuple(names)


def flag(row: Mapping[str, Any], key: str, place: str) -> bool:
    """Return true or false; absent is false."""
    value = row.get(key, False)
    if not isinstance(value, bool):
        raise BadInput(f"{place}{key}: needs true or false; {WAY_OUT}")
    return value


def decimal(value: Any, place: str) -> Decimal:
    """Return a number, exactly."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise BadInput(f"{place}: needs a number; {WAY_OUT}")
    return Decimal(value)


def number(row: Mapping[str, Any], key: str, place: str) -> Decimal | None:
    """Return a number, exactly, or None where the key is absent."""
    return decimal(row[key], f"{place}{key}") if key in row else None


def whole(row: Mapping[str, Any], key: str, place: str, low: int | None = None, high: int | None = None) -> int | None:
    """Return a whole number from `low` to `high`, both allowed, or None where the key is absent."""
    value = row.get(key)
    if key not in row:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadInput(f"{place}{key}: needs a whole number; {WAY_OUT}")
    if (low is not None and value < low) or (high is not None and value > high):
        raise BadInput(f"{place}{key}: {value} is out of range; {WAY_OUT}")
    return value


def choice(row: Mapping[str, Any], key: str, choices: Sequence[str], place: str) -> str | None:
    """Return one of the choices, or None where the key is absent."""
    value = maybe_text(row, key, place)
    if value is not None and value not in choices:
        raise BadInput(f"{place}{key}: {value[:60]} is unknown{did_you_mean(value, choices)}; {WAY_OUT}")
    return value


def day(text: str, place: str) -> date:
    """Return a date written as 2026-12-01."""
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadInput(f"{place}: {text[:40]} is no date; {WAY_OUT}")


def clock(text: str, place: str) -> time:
    """Return a clock time written as 08:00."""
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise BadInput(f"{place}: {text[:40]} is no clock time; {WAY_OUT}")
    return time.fromisoformat(text)


def stamp(text: str, place: str) -> datetime:
    """Return a moment written as 2026-12-01T09:15:00Z."""
    try:
        if STAMP.fullmatch(text) and date.min.year < int(text[:4]) < date.max.year:  # in every zone
            return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        pass
    raise BadInput(f"{place}: {text[:40]} is no moment in UTC; {WAY_OUT}")


def uuid(text: str) -> UUID:
    """Return a UUID."""
    try:
        return UUID(text)
    except ValueError:
        raise BadInput(f"id: {text[:40]} is no UUID; {WAY_OUT}") from None
