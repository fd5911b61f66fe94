"""Medicines and conditions that matter, as values: every listed name, by its plain spelling, with the class that it belongs to.

Each `..._of` makes the values of one validated file out of its tables.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from titrate.evidence.protocol import FindingText, finding_text

if TYPE_CHECKING:
    from collections.abc import Mapping

Table = dict[str, Any]


class MedicineClass(NamedTuple):
    """Medicines that matter for one reason.

    `finding` says what they raise, with {typed} for the medicine as typed; None where nothing is raised.
    `kidney_risk`: they can change kidney function, so that a blood test is old sooner.
    """

    id: str
    name: str
    finding: FindingText | None
    kidney_risk: bool
    codes: tuple[str, ...]
    not_codes: tuple[str, ...]

    def has_code(self, code: str) -> bool:
        """Whether an ATC code, or any medicine of the group that it names, belongs to the class.

        A class that raises nothing takes no group that reaches beyond it.
        """
        if code.startswith(self.not_codes):
            return False
        reaches_beyond = any(own.startswith(code) for own in self.codes)
        return code.startswith(self.codes) or (self.finding is not None and reaches_beyond)


class LowDose(NamedTuple):
    """A medicine that belongs to another class when taken once a day in at most `most_mg`."""

    most_mg: Decimal
    class_id: str
    words: tuple[str, ...]


class Formulary(NamedTuple):
    """The medicines that matter; `names` leads from plain spellings to generic names."""

    classes: tuple[MedicineClass, ...]
    names: Mapping[str, tuple[str, ...]]
    members: Mapping[str, frozenset[str]]  # a generic name, or a class's own: the ids of its classes
    spelled: Mapping[str, str]
    low_dose: Mapping[str, LowDose]
    plain: frozenset[str]
    often: frozenset[str]
    salts: frozenset[str]
    longest: int  # words in the longest name


class Condition(NamedTuple):
    """A condition that matters: its names, plainly spelled, and the finding it raises, with {typed}."""

    id: str
    name: str
    finding: FindingText
    names: frozenset[str]


def conditions_of(data: Table) -> tuple[Condition, ...]:
    """Return the conditions that the tables of a file say."""
    return tuple(
        Condition(row["id"], row["name"], finding_text(row), frozenset(map(plain, names_of(row))))
        for row in data["condition"]
    )


def names_of(row: Table) -> tuple[str, ...]:
    """Return every name of a condition as its table writes it."""
    return (row["id"], row["name"], *row["also"])


def formulary_of(data: Table) -> Formulary:
    """Return the medicines that the tables of a file say."""
    members: dict[str, set[str]] = {}
    for row in data["class"]:
        for name in (*row["generic"], *row.get("also", ())):
            members.setdefault(name, set()).add(row["id"])
    names = {name: (name,) for name in members} | other_names(data)
    plain_names = {plain(name): name for name in names}
    low_dose = {
        name: LowDose(Decimal(row["most_mg"]), row["class"], tuple(row["words"]))
        for name, row in data["low_dose"].items()
    }
    return Formulary(
        classes=tuple(map(_medicine_class, data["class"])),
        names=MappingProxyType({spelling: names[name] for spelling, name in plain_names.items()}),
        members=MappingProxyType({name: frozenset(ids) for name, ids in members.items()}),
        spelled=MappingProxyType(plain_names),
        low_dose=MappingProxyType(low_dose),
        plain=frozenset(data["words"]["plain"]),
        often=frozenset(data["words"]["often"]),
        salts=frozenset(data["words"]["salts"]),
        longest=max(len(spelling.split()) for spelling in plain_names),
    )


def other_names(data: Table) -> dict[str, tuple[str, ...]]:
    """Return each synonym and each combination with the generic names that it stands for."""
    synonyms = {name: (generic,) for name, generic in data["synonyms"].items() if name != "cite"}
    return synonyms | {name: tuple(parts) for name, parts in data["combinations"].items() if name != "cite"}


def plain(text: str) -> str:
    """Return a spelling without capitals, accents, hyphens, apostrophes and double spaces.

    >>> plain(" Co‑Codamol  Diazépam Parkinson’s")
    'co codamol diazepam parkinsons'
    """
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join(re.sub(r"['’`ʼ]", "", re.sub(r"[-‐-―−_]", " ", bare)).casefold().split())


def _medicine_class(row: Table) -> MedicineClass:
    return MedicineClass(
        row["id"],
        row["name"],
        None if row["severity"] == "none" else finding_text(row),
        row.get("kidney_risk", False),
        tuple(code.lower() for code in row["atc"]),
        tuple(code.lower() for code in row.get("not_atc", ())),
    )
