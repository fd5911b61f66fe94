"""Lists of names as text: the plain spelling of a name, and what each listed name stands for."""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

MARKS = re.compile("[\u0300-\u036f]")
# Letters that no decomposition makes plain, and signs inside a name: an apostrophe is nothing, what else joins words is a gap.
LETTERS = dict(zip("ıłøđðþœæμ", ("i", "l", "o", "d", "d", "th", "oe", "ae", "u"), strict=True))
OTHER_SIGNS = (*((sign, "") for sign in "’‘ʼ′"), *((sign, " ") for sign in "‐‑‒–—―−®"))
SIGNS = (*((sign, "") for sign in "'`"), *((sign, " ") for sign in "-_./&()"))
MOST_WORDS = 10  # of a listed name
EVERYDAY = "nothing"  # stands for what a name raises that raises nothing


class Ask(NamedTuple):
    """A word that means too much: what to ask, and the names to choose from."""

    question: str
    choices: tuple[str, ...]


class Names:
    """What each name of some tables stands for, found by its plain spelling.

    A table has lines `what it stands for: name, name`; a line that begins with blanks goes on. A name is looked for in the
    text as it stands: a dictionary of ten thousand names would take longer to make than a plan.
    """

    def __init__(self, tables: Iterable[str], alone: str = "") -> None:
        self._text = "\n".join(tables).replace("\n  ", " ")
        self._alone = alone

    @cached_property
    def _lines(self) -> str:
        """Each name on a line of its own, after the line `what it stands for:`."""
        return f"\n{_in_lines(plain(self._text))}\n"

    def meanings(self, key: str) -> tuple[str, ...]:
        """Return what the name of that plain spelling stands for, once for each line that has it."""
        found = []
        at = self._lines.find(f"\n{key}\n")
        while at >= 0:
            end = self._lines.rfind(":\n", 0, at + 1)
            found.append(self._lines[self._lines.rfind("\n", 0, end) + 1 : end])
            at = self._lines.find(f"\n{key}\n", at + 1)
        return tuple(found)

    def written(self, key: str) -> str:
        """Return a name as its table writes it, by its plain spelling; KeyError where it has none."""
        at = self._lines.find(f"\n{key}\n")
        if at < 0:
            raise KeyError(key)
        return self._written[self._lines.count("\n", 0, at)]

    @cached_property
    def _written(self) -> list[str]:
        """The lines as the tables write them, as many as there are plain ones."""
        return _in_lines(self._text).split("\n")

    @cached_property
    def spelled(self) -> dict[str, str]:
        """Each name as its table writes it, by its plain spelling."""
        pairs = zip(self._lines[1:-1].split("\n"), self._written, strict=True)
        return {key: name for key, name in pairs if key and not key.endswith(":")}

    @cached_property
    def targets(self) -> dict[str, str]:
        """What each name stands for, by its plain spelling."""
        targets: dict[str, str] = {}
        target = ""
        for line in self._lines[1:-1].split("\n"):
            if line.endswith(":"):
                target = line[:-1]
            elif line:
                targets[line] = target
        return targets

    @cached_property
    def alone(self) -> frozenset[str]:
        """The plain spellings that are read only where nothing else stands beside them."""
        return frozenset(listed(plain(self._alone)))


class Spelling(NamedTuple):
    """How names are read beside what they stand for: all by their plain spelling.

    `passed` are words around a name (form, salt, dose, frequency, maker), `salts` some of them; `often` are words for more than
    once a day, and `not_near` words that are never taken for a misspelt name. `sound_alikes` is a list of pairs `name / name`.
    `amounts`: a number is a dose, and passed too.
    """

    asks: Mapping[str, Ask]
    passed: frozenset[str]
    amounts: bool
    salts: frozenset[str]
    often: frozenset[str]
    not_near: frozenset[str]
    sound_alikes: str
    steps: tuple[tuple[str, str], ...]
    shortest: int
    acids: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


class Listed:
    """The names of medicines or of illnesses; tables that are seldom needed are read when they are.

    `grades` says how grave what each id raises is, the graver the more.
    `own` has the names that other names stand for: each generic name, each illness.
    """

    def __init__(
        self,
        own: Names,
        ids: Iterable[str],
        other: Names,
        spelling: Spelling,
        more: Callable[[], Names] | None = None,
        grades: Mapping[str, int] | None = None,
    ) -> None:
        self.own = own
        self.spelling = spelling
        self._ids = {plain(id): id for id in ids}
        self._grades = grades or {}
        self._other = other
        self._more = more

    @cached_property
    def _tables(self) -> tuple[Names, ...]:
        return (self._other, self._more()) if self._more else (self._other,)

    def ids(self, key: str) -> tuple[str, ...]:
        """Return the ids of the classes or of the illness that a name of `own` belongs to; none where it raises nothing."""
        return tuple(self._ids[target] for target in self.own.meanings(key) if target != EVERYDAY)

    def grade(self, names: Iterable[str]) -> int:
        """How grave the gravest is of what names of `own` raise; 0 where they raise nothing."""
        return max((self._grades.get(id, 1) for name in names for id in self.ids(name)), default=0)

    def meaning(self, key: str) -> tuple[str, ...]:
        """Return the plain names of what a plain spelling stands for; nothing where it is not listed."""
        if self.own.meanings(key):
            return (key,)
        found = (found for table in self._tables for found in table.meanings(key))
        return parts(next(found, "")) or ()

    @cached_property
    def alone(self) -> frozenset[str]:
        """The plain spellings that are read only where nothing else stands beside them."""
        return frozenset().union(*(table.alone for table in self._tables))

    @cached_property
    def spelled(self) -> dict[str, str]:
        """Each name as it is written, by its plain spelling; what other names stand for comes first."""
        names: dict[str, str] = {}
        for table in reversed((self.own, *self._tables)):
            names |= table.spelled
        return names

    @cached_property
    def meanings(self) -> dict[str, tuple[str, ...]]:
        """The plain names of what each name stands for, by its plain spelling."""
        return self._stands_for(*self._tables)

    def _stands_for(self, *tables: Names) -> dict[str, tuple[str, ...]]:
        others = {key: parts(target) for table in reversed(tables) for key, target in table.targets.items()}
        return others | {key: (key,) for key in self.own.spelled}

    def own_name(self, key: str) -> str:
        """Return a name that others stand for, as it is written."""
        return self.own.written(key)

    def is_other(self, key: str) -> bool:
        """Whether a name stands for another."""
        return key not in self.own.spelled

    @cached_property
    def sound_alikes(self) -> frozenset[frozenset[str]]:
        """The pairs of names that sound or look alike, plainly spelled."""
        pairs = (pair.split(" / ") for pair in listed(self.spelling.sound_alikes))
        return frozenset(frozenset(map(plain, pair)) for pair in pairs)

    @cached_property
    def salts(self) -> frozenset[str]:
        """The salts as all languages would write them."""
        return frozenset(respelled("\n".join(self.spelling.salts), self.spelling.steps).split("\n"))

    @cached_property
    def joined(self) -> dict[str, str]:
        """The plain spelling of each name of several words, by the same without gaps."""
        return {key.replace(" ", ""): key for key in self.spelled if " " in key}

    @cached_property
    def respelled(self) -> dict[str, str]:
        """The plain spelling of each international name, by what the spelling of every language makes of it.

        Names that the spelling makes alike, and that are not one medicine, are left out.
        """
        stands_for = self._stands_for(self._other)
        keys = [key for key in stands_for if len(key) >= self.spelling.shortest]
        found: dict[str, str] = {}
        unlike = set()
        for key, spelling in zip(keys, respelled("\n".join(keys), self.spelling.steps).split("\n"), strict=True):
            if stands_for[found.setdefault(spelling, key)] != stands_for[key]:
                unlike.add(spelling)
        return {spelling: key for spelling, key in found.items() if spelling not in unlike}


def _in_lines(text: str) -> str:
    return text.replace(": ", ":\n").replace(", ", "\n")


def one_line(text: str) -> str:
    """Return a list of names on one line."""
    return text.strip("\n").replace(",\n", ", ").replace("\n", ", ")


def plain(text: str) -> str:
    """Return a text in small letters, without accents, apostrophes, hyphens, points, slashes and double blanks.

    >>> plain(" Co‑Codamol  Diazépam St. John’s wort")
    'co codamol diazepam st johns wort'
    """
    signs = SIGNS if text.isascii() else (*OTHER_SIGNS, *SIGNS)
    text = unaccented(text.replace("´", "'"))
    for sign, letters in signs:  # each is replaced alone: a table of all would take ten times as long
        text = text.replace(sign, letters)
    while "  " in text:
        text = text.replace("  ", " ")
    return text.strip(" ")


def unaccented(text: str) -> str:
    """Return a text in small letters, without accents.

    >>> unaccented("Baclofène Łódź Straße")
    'baclofene lodz strasse'
    """
    text = text.casefold()
    if text.isascii():
        return text
    text = MARKS.sub("", unicodedata.normalize("NFKD", text))
    for letter, letters in LETTERS.items():
        text = text.replace(letter, letters)
    return text


def listed(text: str) -> tuple[str, ...]:
    """Return the names in a list: parted by a comma and a blank, or by a new line.

    >>> listed("1,4-butanediol, codeine")
    ('1,4-butanediol', 'codeine')
    """
    return tuple(filter(None, one_line(text).split(", ")))


def meanings(text: str) -> Iterator[tuple[str, list[str]]]:
    r"""Return each line `what it stands for: name, name` of a table of names; a line that begins with blanks goes on.

    >>> list(meanings("codeine + paracetamol: Co-codamol, Zapain\naspirin: ASA,\n  ASS"))
    [('codeine + paracetamol', ['Co-codamol', 'Zapain']), ('aspirin', ['ASA', 'ASS'])]
    """
    lines = (line.partition(": ") for line in text.replace("\n  ", " ").splitlines())
    return ((target, names.split(", ")) for target, _, names in lines if names)


def parts(meaning: str) -> tuple[str, ...]:
    """Return the single names in what a name stands for: every one in it, and every one that it may be.

    >>> parts("aspirin + caffeine | ibuprofen")
    ('aspirin', 'caffeine', 'ibuprofen')
    """
    return tuple(filter(None, re.split(r" [+|] ", meaning)))


def respelled(text: str, steps: Sequence[tuple[str, str]]) -> str:
    r"""Return plain spellings as every language would write them: each step puts what it says for what it finds.

    >>> respelled("morphine\nmorfina", [("ph", "f"), ("[eao]$", "")])
    'morfin\nmorfin'
    """
    for found, letters in steps:
        text = re.sub(found, letters, text, flags=re.MULTILINE)
    return text
