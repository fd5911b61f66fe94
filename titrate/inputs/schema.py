"""The schema of a JSON document: validators of its values for voluptuous, and `checked`, which names every fault with its place.

A validator returns the value as the program uses it (a number as `Decimal`, a date as `date`) and raises `Invalid` with what is
wrong, in the words that follow the place: "needs a whole number".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from voluptuous import All, Invalid, MultipleInvalid, Required, RequiredFieldInvalid, Schema

from titrate.errors import BadInput, did_you_mean
from titrate.inputs import kinds

Validator = Callable[[Any], Any]
MOST_FAULTS = 10  # lines of one message; the first few say what happened to the file
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
LONGEST = 200  # letters of what is wrong


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

    # A key without a mark is optional.
    keys: dict[Any, Any] = {
        Required(key, missing or _wrong_with_nothing(kind)) if key in needed else key: kind
        for key, kind in kinds.items()
    }
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


def value(of_json: Callable[[Any], Any]) -> Validator:
    """Return a validator from a reader of JSON, whose ValueError says what the value needs to be."""

    def read(value: Any) -> Any:
        try:
            return of_json(value)
        except ValueError as error:
            raise Invalid(shown(str(error), LONGEST)) from None

    return read


text, flag, names = value(kinds.text_of), value(kinds.flag_of), value(kinds.names_of)
whole, day = value(kinds.whole_of), value(kinds.day_of)


def choice(*choices: str) -> Validator:
    """Return a validator of a text that is one of `choices`."""
    return value(kinds.choice(*choices).from_json)


def anything(value: Any) -> Any:
    """Return the value, whatever it is."""
    return value


def an_object(value: Any) -> dict[str, Any]:
    """Return an object."""
    if not isinstance(value, dict):
        raise Invalid("needs an object")
    return value


def a_list(value: Any) -> list[Any]:
    """Return a list."""
    if not isinstance(value, list):
        raise Invalid("needs a list")
    return value


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
