"""All that is listed of medicines and illnesses: one entry a class or an illness, with what it raises and its names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from titrate.evidence.lexicon import EVERYDAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from titrate.evidence.formulary import Condition, Conditions, Formulary, MedicineClass
    from titrate.evidence.lexicon import Listed
    from titrate.evidence.protocol import FindingText


class Known(NamedTuple):
    """A class of medicines, or an illness; `finding` is None where it raises nothing. `names`: as typed, in their order."""

    id: str
    name: str
    finding: FindingText | None
    names: tuple[str, ...]


def medicines(formulary: Formulary) -> tuple[Known, ...]:
    """Return every class of medicines in the list's order; the name of a combination stands in the class of each part."""
    return (*_entries(formulary.listed, formulary.classes.values()), _harmless(formulary.listed))


def conditions(illnesses: Conditions) -> tuple[Known, ...]:
    """Return every illness in the list's order."""
    return (*_entries(illnesses.listed, illnesses.by_id.values()), _harmless(illnesses.listed))


def harmless(names: Iterable[str]) -> Known:
    """Return the entry of names that raise nothing."""
    return Known(EVERYDAY, "raises nothing", None, _in_order(names))


def _entries(listed: Listed, matters: Iterable[MedicineClass | Condition]) -> Iterator[Known]:
    names: dict[str, list[str]] = {}
    for spelling, parts in listed.meanings.items():
        for id in {id for part in parts for id in listed.ids(part)}:
            names.setdefault(id, []).append(listed.spelled[spelling])
    return (Known(one.id, one.name, one.finding, _in_order(names.get(one.id, ()))) for one in matters)


def _harmless(listed: Listed) -> Known:
    return harmless(name for key, name in listed.own.spelled.items() if not listed.ids(key))


def _in_order(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=str.casefold))
