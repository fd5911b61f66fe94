"""The schema of a JSON document: validators of its values for voluptuous, and `checked`, which names every fault with its place.

A validator returns the value as the program uses it (a number as `Decimal`, a date as `date`) and raises `Invalid` with what is
wrong, in the words that follow the place: "needs a whole number".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from voluptuous import All, Invalid, Marker, MultipleInvalid, Optional, Required, RequiredFieldInvalid, Schema

from titrate.errors import BadInput, did_you_mean

Kind = TypeVar("Kind")
Validator = Callable[[Any], Any]
MOST_FAULTS = 10  # lines of one message; the first few say what happened to the file
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


class Fault(NamedTuple):
    """What is wrong at a place such as `revisions[0].at`."""

    place: str
    wrong: str


class UnknownKey(Invalid):
    """A key that does not belong there."""


def checked(document: Any, schema: Schema, todo: str) -> Any:
    """Return the document as the validators of `schema` return it.

    Raises BadInput with every fault and its place, each on a line of its own where there are several; `todo` is said once.
    """
    try:
        return schema(document)
    except MultipleInvalid as error:
        faults = _faults(error.errors)
    if len(faults) == 1:
        raise BadInput("", "{fault}", todo, fault=": ".join(filter(None, faults[0])))
    lines = [f"{fault.place}: {fault.wrong}" for fault in faults[:MOST_FAULTS]]
    if len(faults) > MOST_FAULTS:
        lines.append(f"and {len(faults) - MOST_FAULTS} more")
    raise BadInput("", f"{len(faults)} faults", f"{todo}:{{lines}}", lines="".join(f"\n  {line}" for line in lines))


def _faults(errors: Sequence[Invalid]) -> list[Fault]:
    """The faults in the order of their places; a key that was misspelt is not missing too."""
    unknown = [error.path for error in errors if isinstance(error, UnknownKey)]

    def misspelt(path: Sequence[Any]) -> bool:
        return bool(did_you_mean(str(path[-1]), [str(key) for *above, key in unknown if above == path[:-1]]))

    return [
        Fault(_place(error.path), str(error.msg))
        for error in sorted(
            errors, key=lambda error: [part if isinstance(part, int) else str(part) for part in error.path]
        )
        if not (isinstance(error, RequiredFieldInvalid) and misspelt(error.path))
    ]


def _place(path: Sequence[Any]) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{shown(str(part), 60)}" for part in path)
    return "".join(parts).removeprefix(".")


def shown(text: str, most: int) -> str:
    """Return at most that many letters of a text, on one line."""
    return re.sub(r"\s", " ", text[:most])


# --- Whole documents ---


def table(kinds: Mapping[str, Validator], needed: Collection[str] = (), missing: str = "") -> All:
    """Return a validator of an object with these keys and no others.

    `missing` says what is wrong where a needed key is; without it, what its validator says of nothing.
    """

    def unknown(key: str) -> None:
        raise UnknownKey(f"unknown key{did_you_mean(key, kinds)}")

    def marked(key: str) -> Marker:
        return Required(key, missing or _wrong_with_nothing(kinds[key])) if key in needed else Optional(key)

    keys: dict[Any, Any] = {marked(key): kind for key, kind in kinds.items()}
    return All(an_object, {**keys, unknown: anything})


def _wrong_with_nothing(kind: Validator) -> str:
    try:
        kind(None)
    except Invalid as error:
        return str(error.msg)
    return "is missing"


def rows(row: Any) -> Validator:
    """Return a validator of a list of such rows; voluptuous itself would stop at the first row with a fault inside."""
    schema = Schema(row)

    def read(value: Any) -> tuple[Any, ...]:
        read, errors = [], []
        for index, item in enumerate(a_list(value)):
            try:
                read.append(schema(item))
            except MultipleInvalid as error:
                error.prepend([index])
                errors += error.errors
        if errors:
            raise MultipleInvalid(errors)
        return tuple(read)

    return read


# --- Single values ---


def anything(value: Any) -> Any:
    """Return the value, whatever it is."""
    return value


def an_object(value: Any) -> dict[str, Any]:
    """Return an object."""
    return _of_kind(value, dict, "an object")


def a_list(value: Any) -> list[Any]:
    """Return a list."""
    return _of_kind(value, list, "a list")


def flag(value: Any) -> bool:
    """Return true or false."""
    return _of_kind(value, bool, "true or false")


def text(value: Any) -> str:
    """Return a text that is not empty."""
    return _of_kind(value or None, str, "text")


def names(value: Any) -> tuple[str, ...]:
    """Return a list of texts, none of them empty, as a tuple."""
    if not all(isinstance(name, str) and name for name in a_list(value)):
        raise Invalid("needs a list of names")
    return tuple(value)


def numbers(value: Any) -> tuple[Decimal, ...]:
    """Return a list of numbers as a tuple."""
    return tuple(number(item) for item in a_list(value))


def number(value: Any) -> Decimal:
    """Return a number, exactly."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise Invalid("needs a number")
    return Decimal(value)


def whole(low: int | None = None, high: int | None = None) -> Validator:
    """Return a validator of whole numbers from `low` to `high`, both allowed."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Invalid("needs a whole number")
        if (low is not None and value < low) or (high is not None and value > high):
            raise Invalid(f"{value} is out of range")
        return value

    return read


def choice(*choices: str) -> Validator:
    """Return a validator of a text that is one of `choices`."""

    def read(value: Any) -> str:
        if text(value) not in choices:
            raise Invalid(f"{shown(value, 60)} is unknown{did_you_mean(value, choices)}")
        return str(value)

    return read


def day(value: Any) -> date:
    """Return a date written as 2026-12-01."""
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text(value)):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise Invalid(f"{shown(value, 40)} is no date")


def clock(value: Any) -> time:
    """Return a clock time written as 08:00."""
    if not CLOCK.fullmatch(text(value)):
        raise Invalid(f"{shown(value, 40)} is no clock time")
    return time.fromisoformat(value)


def moment(value: Any) -> datetime:
    """Return a moment written as 2026-12-01T09:15:00Z, in UTC."""
    try:
        if MOMENT.fullmatch(text(value)) and date.min.year < int(value[:4]) < date.max.year:  # in every zone
            return datetime.fromisoformat(value).astimezone(UTC)
    except ValueError:
        pass
    raise Invalid(f"{shown(value, 40)} is no moment in UTC")


def uuid(value: Any) -> UUID:
    """Return a UUID."""
    try:
        return UUID(text(value))
    except ValueError:
        raise Invalid(f"{shown(value, 40)} is no UUID") from None


def _of_kind(value: Any, kind: type[Kind], needed: str) -> Kind:
    if not isinstance(value, kind):
        raise Invalid(f"needs {needed}")
    return value
