"""What a typed medicine is: the classes it belongs to, what nobody knows, and what may have been meant.

A list of medicines is never complete: what is not found is said to be so, and nothing here says "safe".
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from titrate.errors import BadInput
from titrate.evidence.formulary import Condition, Formulary, LowDose, MedicineClass, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

UNIT = r"%|mgs?|milligrams?|g|grams?|mcg|μg|ug|micrograms?|mls?|l|iu|units?|mmol|hrs?|hours?|h"
AMOUNT = re.compile(
    rf"(?<![a-z\d])(\d+(?:[.,/:]\d+)*)\s*((?:{UNIT})(?![a-z]))?"
    r"(?:\s*/\s*(?:\d+\s*)?(?:ml|l|h|hr|hour|day|dose|tablet|actuation)(?![a-z]))?"
)
IN_MG = {"mg": Decimal(1), "milligram": Decimal(1), "g": Decimal(1000), "gram": Decimal(1000)}
GLUED = re.compile(r"(?<=[a-z]{3})(?=\d+(?:[.,]\d+)?\s*(?:mcg|mg|g)(?![a-z]))")  # diazepam5mg
BETWEEN = re.compile(r"[/+&;,|]|\b(?:and|with|plus)\b")
# The levels of an ATC code from the third on; a code cut short names a group.
CODE = re.compile(r"[a-z]\d\d[a-z](?:[a-z]\d{0,2})?")
LIKE = 0.8  # how alike two spellings must be for "did you mean"
LONGEST = 60  # letters in a word worth comparing
COMPARED = 20  # words worth comparing: nobody reads more suggestions


Amount = tuple[str, str]  # a number as typed, and its unit or nothing


class Recognised(NamedTuple):
    """What a typed medicine was found to be.

    `generics` are the names found in it and `classes` those they belong to, in the list's order: none hides
    another. `unknown` are the parts that nobody knows, and `near` the names that may have been meant there.
    """

    typed: str
    generics: tuple[str, ...]
    classes: tuple[MedicineClass, ...]
    unknown: tuple[str, ...]
    near: tuple[str, ...]

    @property
    def kidney_risk(self) -> bool:
        """Whether it can change kidney function."""
        return any(medicine_class.kidney_risk for medicine_class in self.classes)


def split(text: str) -> tuple[str, ...]:
    """Return the names in a list with commas, semicolons or lines; a comma inside a number is left alone.

    >>> split("codeine, diazepam 2,5 mg; N05BA01,lithium")
    ('codeine', 'diazepam 2,5 mg', 'N05BA01', 'lithium')
    """
    parts = re.split(r"[;\r\n]|,(?!\d)|(?<!\d),", text)
    return tuple(part.strip() for part in parts if part.strip())


def asked(texts: Iterable[str], fact: str) -> tuple[str, ...]:
    """Return all names in the texts that were given for a fact; `none` alone gives none.

    Raises BadInput for an empty text, and for `none` beside a name.

    >>> asked(["codeine,lithium", "N05BA01"], "taking"), asked(["None"], "taking")
    (('codeine', 'lithium', 'N05BA01'), ())
    """
    names: list[str] = []
    for text in texts:
        if not (parts := split(text)):
            raise BadInput(fact, "the name is empty", "give a name, or none")
        names += parts
    named = [name for name in names if plain(name) != "none"]
    if named and len(named) < len(names):
        raise BadInput(fact, "none and {typed} contradict each other", "leave one out", typed=named[0])
    return tuple(named)


def recognise(formulary: Formulary, typed: str) -> Recognised:
    """Return what a typed medicine is: name, synonym, ATC code or combination, with or without dose and form.

    A near miss is never taken for what it resembles: it stays unknown, with what may have been meant.
    """
    generics: set[str] = set()
    ids: set[str] = set()
    unknown: list[str] = []
    for words, amounts in _parts(typed):
        names, codes, rest = _read(formulary, words)
        low = _low_dose(formulary, names, amounts, words)
        generics |= names
        unknown += rest
        for name in names:
            ids |= {low.class_id} if low else formulary.members[name]
        ids |= codes
    if not (generics or ids or unknown):
        unknown = [typed.strip()]
    return Recognised(
        typed,
        tuple(sorted(generics)),
        tuple(medicine_class for medicine_class in formulary.classes if medicine_class.id in ids),
        tuple(sorted(set(unknown))),
        _near(formulary, sorted(set(unknown))),
    )


def _parts(typed: str) -> list[tuple[list[str], list[Amount]]]:
    """Return the words and amounts of each part of a combination; amounts alone belong to the part before."""
    amounts: list[Amount] = []

    def placeholder(amount: re.Match[str]) -> str:
        amounts.append((amount[1], amount[2] or ""))
        return f" \0{len(amounts) - 1} "

    parts: list[tuple[list[str], list[Amount]]] = []
    for part in BETWEEN.split(AMOUNT.sub(placeholder, GLUED.sub(" ", plain(typed).replace("\0", " ")))):
        words = [word for raw in re.split(r"[\s()\[\]{}\"]+", part) if (word := raw.strip(".:!?*"))]
        here = [amounts[int(word[1:])] for word in words if word.startswith("\0")]
        named = [word for word in words if not word.startswith("\0")]
        if named or not parts:
            parts.append((named, here))
        else:
            parts[-1][1].extend(here)
    return parts


def _read(formulary: Formulary, words: list[str]) -> tuple[set[str], set[str], list[str]]:
    """Return the names in the words of one part, the classes of its ATC codes, and runs of unknown words."""
    names: set[str] = set()
    codes: set[str] = set()
    unknown: list[list[str]] = [[]]
    at = 0
    while at < len(words):
        for size in range(min(formulary.longest, len(words) - at), 0, -1):
            if generics := formulary.names.get(" ".join(words[at : at + size])):
                names.update(generics)
                unknown.append([])
                at += size
                break
        else:
            word = words[at]
            at += 1
            if CODE.fullmatch(word) and (
                ids := {medicine_class.id for medicine_class in formulary.classes if medicine_class.has_code(word)}
            ):
                codes |= ids
            elif not any(word in known for known in (formulary.plain, formulary.often, formulary.salts)):
                unknown[-1].append(word)
    if not names and not codes and not any(unknown):
        unknown = [[word for word in words if word in formulary.salts]]
    return names, codes, [" ".join(run) for run in unknown if run]


def _low_dose(formulary: Formulary, names: set[str], amounts: list[Amount], words: list[str]) -> LowDose | None:
    """Return the low dose that the part's one medicine is taken in, if the part says so and nothing else."""
    low = formulary.low_dose.get(next(iter(names))) if len(names) == 1 else None
    if low is None or formulary.often.intersection(words):
        return None
    given = [amount for amount in amounts if amount != ("1", "")]
    if not given:
        text = " ".join(words)
        return low if any(re.search(rf"\b{phrase}\b", text) for phrase in low.words) else None
    number, unit = given[0]
    factor = IN_MG.get(unit.rstrip("s"))
    if len(given) > 1 or factor is None or not re.fullmatch(r"\d+(?:[.,]\d+)?", number):
        return None
    return low if Decimal(number.replace(",", ".")) * factor <= low.most_mg else None


def _near(formulary: Formulary, unknown: list[str]) -> tuple[str, ...]:
    """Return the names that the unknown parts, or words in them, resemble; the most alike first."""
    if not unknown:
        return ()
    import difflib  # only where something is unknown

    known = sorted(formulary.names)
    words = dict.fromkeys(word for part in unknown for word in (part, *part.split()) if len(word) <= LONGEST)
    alike = [near for word in [*words][:COMPARED] for near in difflib.get_close_matches(word, known, n=3, cutoff=LIKE)]
    return tuple(dict.fromkeys(formulary.spelled[name] for name in alike))


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
    raise BadInput("", "{condition} {typed}: not in our list, so it was not checked", hint, typed=typed)
