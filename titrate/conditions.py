"""What a typed condition is: one that is listed, with the finding that it raises, or bad input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from titrate.errors import BadInput
from titrate.medicines import LIKE, finding_of, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from titrate.protocol import FindingText


class Condition(NamedTuple):
    """A condition that matters: its names, plainly spelled, and the finding it raises, with {typed}."""

    id: str
    name: str
    finding: FindingText
    names: frozenset[str]


def listed(data: Mapping[str, Any], cited: Callable[[Any], str]) -> tuple[Condition, ...]:
    """Return what the parsed and checked conditions.toml says; `cited` puts a cite in one line."""
    return tuple(
        Condition(row["id"], row["name"], finding_of(row, cited), frozenset(map(plain, names_of(row))))
        for row in data["condition"]
    )


def names_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return every name of a condition as its table writes it."""
    return (row["id"], row["name"], *row["also"])


def recognise_condition(conditions: tuple[Condition, ...], typed: str) -> Condition:
    """Return the condition of that name.

    Raises BadInput for one that is not listed, with what may have been meant or else all there are: what is
    unknown was not checked, and that must not pass unsaid.
    """
    key = plain(typed)
    for condition in conditions:
        if key in condition.names:
            return condition
    import difflib  # only on the way to an error

    ids = {name: condition.id for condition in conditions for name in condition.names}
    alike = difflib.get_close_matches(key, sorted(ids), cutoff=LIKE)
    near = dict.fromkeys(ids[name] for name in alike)
    every = ", ".join(condition.id for condition in conditions)
    hint = f"did you mean {' or '.join(near)}?" if near else f"the list has {every}"
    raise BadInput(f"--condition {typed}: not in our list, so it was not checked; {hint}")
