"""All that is listed of medicines and illnesses: one entry a class or an illness, with what it raises and its names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from titrate.evidence.formulary import Condition, Formulary
    from titrate.evidence.protocol import FindingText


class Known(NamedTuple):
    """A class of medicines, or an illness; `finding` is None where it raises nothing. `names`: as typed, in their order."""

    id: str
    name: str
    finding: FindingText | None
    names: tuple[str, ...]


def medicines(formulary: Formulary) -> tuple[Known, ...]:
    """Return every class of medicines in the list's order; the name of a combination stands in the class of each part."""
    names: dict[str, list[str]] = {entry.id: [] for entry in formulary.classes}
    for spelling, generics in formulary.names.items():
        for id in {id for generic in generics for id in formulary.members[generic]}:
            names[id].append(formulary.spelled[spelling])
    return tuple(Known(entry.id, entry.name, entry.finding, _in_order(names[entry.id])) for entry in formulary.classes)


def conditions(illnesses: Iterable[Condition]) -> tuple[Known, ...]:
    """Return every illness in the list's order."""
    return tuple(Known(one.id, one.name, one.finding, _in_order(one.names)) for one in illnesses)


def _in_order(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=str.casefold))
