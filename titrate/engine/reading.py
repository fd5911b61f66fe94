"""How a typed name is read: its words, part by part, and the listed names in them. The same for medicines and illnesses."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from titrate.evidence.lexicon import MOST_WORDS, respelled, unaccented

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from titrate.evidence.lexicon import Listed

UNIT = r"%|mgs?|milligrams?|g|grams?|mcg|ug|micrograms?|mls?|l|iu|ie|ui|units?|mmol|meq|hrs?|hours?|h|x"
AMOUNT = re.compile(rf"x?(\d+(?:[.,/:x]\d+)*)({UNIT})?")
# By their category: a trade mark is a gap, a soft hyphen nothing.
SIGNS = {"So": " ", "Sk": " ", "Sc": " ", "Cc": " ", "Zs": " ", "Cf": ""}
APOSTROPHE = re.compile("['’‘`´ʼ′]")
PARTED = re.compile(r"[;\n|+&]|,(?!\d)|(?<!\d),|(?<!\d)/|/(?!\d)")
PARTING = frozenset({"and", "with", "plus", "und", "mit", "et", "avec", "y", "con"})
GAP = re.compile(r"[^\w.,/%]|_|(?<!\d)\.|\.(?!\d)")
# 10mgbaclofen, 2xdiazepam, 10baclofen, baclofen10
GLUED = re.compile(
    r"(?<=\dmg)(?=[a-z]{3})|(?<=\dmcg)(?=[a-z]{3})|(?<=\d[gx])(?=[a-z]{3})|(?<=\d)(?=[a-z]{4})|(?<=[a-z]{3})(?=\d)"
)
TIMES = "x"  # of 2xatenolol, which is no s-atenolol
SHORTEST_JOINED = 7  # letters of a name that is read although a gap parts it
SHORTEST_SPELLING = 3  # letters that the spelling of all languages must leave of a name
SHORTEST_SALT = 5  # letters of a salt that is read at the end of a word: Metoprololsuccinat


class Part(NamedTuple):
    """One part of a typed name: its words, the plain names and the codes found in them, and runs of words nobody knows.

    `one`: all its names are those of one listed name, such as a combination.
    """

    words: tuple[str, ...]
    names: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    one: bool = True


def words_of(typed: str) -> list[list[str]]:
    """Return the words of each part of a name: small letters, no accents, every sign a gap but in numbers.

    >>> words_of("•Baclofène=10mg"), words_of("10mgbaclofen + 2xdiazepam 2,5 mg")
    ([['baclofene', '10mg']], [['10mgbaclofen'], ['2xdiazepam', '2,5', 'mg']])
    """
    signs = (
        sign if sign == "\n" else SIGNS.get(unicodedata.category(sign), sign) for sign in APOSTROPHE.sub("", typed)
    )
    parts = PARTED.split(unaccented("".join(signs)))
    return [words for part in parts if (words := GAP.sub(" ", part).split())]


def read(
    listed: Listed, typed: str, is_code: Callable[[str], bool] = lambda _: False, *, exact: bool = False
) -> tuple[Part, ...]:
    """Return the parts of a typed name; `exact`: without the spellings of other languages.

    The whole may be one listed name: then there is one part. Time grows with the length of what was typed, no faster.
    """
    reader = _Reader(listed, is_code, exact=exact)
    parts = [part for words in words_of(typed) for part in reader.parted(words)]
    wholes = [[word for words in words_of(typed) for word in words]]
    contents = [[word for word in part if not reader.passes(word)] for part in parts]
    if all(contents):  # a form or a salt that is a part of its own says nothing of the others
        wholes.append([word for word in wholes[0] if not reader.passes(word)])
    for whole in wholes if len(parts) > 1 else ():
        if len(whole) <= MOST_WORDS and (names := reader.names(whole, alone=True)):
            return (Part(tuple(wholes[0]), names),)
    alone = sum(map(len, contents)) <= 1
    return tuple(reader.part(part, alone=alone) for part in parts)


class _Reader(NamedTuple):
    """How the words of one name are read."""

    listed: Listed
    is_code: Callable[[str], bool]
    exact: bool

    def passes(self, word: str) -> bool:
        """Whether a word says only how much, how often, in which form or salt, or who made it."""
        return word in self.listed.spelling.passed or self._is_amount(word)

    def _is_amount(self, word: str) -> bool:
        """Whether a word is a dose; beside an illness a number is none."""
        return self.listed.spelling.amounts and AMOUNT.fullmatch(word) is not None

    def _is_salt(self, word: str) -> bool:
        """Whether a word is a salt as any language would write it."""
        return len(word) >= SHORTEST_SALT and respelled(word, self.listed.spelling.steps) in self.listed.salts

    def parted(self, words: list[str]) -> Iterator[list[str]]:
        """Yield the words between those that part names; one inside a phrase such as `with food` does not."""
        part: list[str] = []
        at = 0
        while at < len(words):
            size = self._whole(words, at) or self._phrase(words, at) or 1
            if size == 1 and words[at] in PARTING:
                yield part
                part = []
            else:
                part += words[at : at + size]
            at += size
        yield part

    def _whole(self, words: list[str], at: int) -> int:
        """How many words from there on are a listed name with a word in it that would part it, such as `Nurofen Plus`."""
        parting = [size for size, word in enumerate(words[at : at + MOST_WORDS], 1) if size > 1 and word in PARTING]
        sizes = range(min(MOST_WORDS, len(words) - at), parting[0] - 1, -1) if parting else ()
        return next((size for size in sizes if self.listed.meaning(" ".join(words[at : at + size]))), 0)

    def part(self, words: list[str], *, alone: bool) -> Part:
        """Return what is found in the words of one part, the longest names first; a salt is a name where nothing else is."""
        names: list[str] = []
        named = 0
        codes: list[str] = []
        passed: list[str] = []
        unknown: list[list[str]] = [[]]
        words, at = [*words], 0
        while at < len(words):
            size, found = self._longest(words, at, alone=alone)
            code = next((size for size in (3, 2, 1) if self.is_code("".join(words[at : at + size]))), 0)
            if found:
                names += found
                named += 1
            elif code:
                size = code
                codes.append("".join(words[at : at + size]))
            elif size := self._phrase(words, at):
                passed += words[at : at + size]
            elif self._is_amount(words[at]) or self._is_salt(words[at]):
                size = 1
            elif len(glued := GLUED.sub(" ", words[at]).split()) > 1:
                words[at : at + 1] = glued
                continue
            else:
                unknown[-1].append(words[at])
                at += 1
                continue
            unknown.append([])
            at += size
        if not names and not codes:
            names = [name for word in passed for name in self.names([word], alone=True)]
        runs = tuple(" ".join(run) for run in unknown if run)
        return Part(tuple(words), tuple(names), tuple(codes), runs, one=named <= 1)

    def _longest(self, words: list[str], at: int, *, alone: bool) -> tuple[int, tuple[str, ...]]:
        """The longest run of words from there that is a name, and what it stands for."""
        for size in range(min(MOST_WORDS, len(words) - at), 0, -1):
            run = words[at : at + size]
            if size == 1 and self.passes(run[0]) and len(words) > 1:
                break
            if names := self.names(run, alone=alone):
                return size, names
        return 0, ()

    def _phrase(self, words: list[str], at: int) -> int:
        """How many words from there on are a phrase that is passed over, such as `three times a day`."""
        sizes = range(min(MOST_WORDS, len(words) - at), 0, -1)
        return next((size for size in sizes if " ".join(words[at : at + size]) in self.listed.spelling.passed), 0)

    def names(self, words: list[str], *, alone: bool) -> tuple[str, ...]:
        """Return what a run of words stands for: as listed, without gaps, by the spelling of another language."""
        key = " ".join(words).replace(".", " ").replace("/", " ")
        if not alone and key in self.listed.alone:
            return ()
        if names := self.listed.meaning(key):
            return names
        joined = key.replace(" ", "")
        if len(words) > 1 and len(joined) >= SHORTEST_JOINED and (names := self.listed.meaning(joined)):
            return names
        if self.exact or self.passes(key) or (len(words) > 1 and words[0] == TIMES):
            return ()
        for spelling in self._spellings(key):
            if spelling in self.listed.respelled:
                names = self.listed.meaning(self.listed.respelled[spelling])
                return () if self._may_be_another(key, names) else names
        if joined in self.listed.joined:
            return self.listed.meaning(self.listed.joined[joined])
        return ()

    def _may_be_another(self, key: str, names: tuple[str, ...]) -> bool:
        """Whether a spelling is one letter away from a medicine that is none of these and matters: cofeine, caffeine or codeine.

        Other names, such as brands, count where the medicine is graver: calium is no kalium but may be Valium.
        """
        from titrate.engine.near_miss import one_away  # only where a name is spelled otherwise

        own = self.listed.own.spelled
        grade = self.listed.grade(names)
        for near in {*one_away(key)}:
            if near in own and near not in names and self.listed.ids(near):
                return True
            if (
                near in self.listed.meanings
                and self.listed.grade({*self.listed.meanings[near]}.difference(names)) > grade
            ):
                return True
        return False

    def _spellings(self, key: str) -> Iterator[str]:
        """Yield how all languages would write a name, as it stands, as an acid, and without a salt at its end."""
        rules = self.listed.spelling
        if len(key) < rules.shortest:
            return
        spelling = respelled(key, rules.steps)
        if len(spelling) < SHORTEST_SPELLING:  # three and thrush are tr
            return
        yield spelling
        before, ends, german = rules.acids
        first, _, rest = key.partition(" ")
        stems = [rest.removesuffix(end) for end in ends if first in before and rest.endswith(end)]
        for stem in (*stems, *(key.removesuffix(end) for end in german if key.endswith(end))):
            yield respelled(f"{stem}ic acid", rules.steps)
        for salt in self.listed.salts:
            if len(salt) >= SHORTEST_SALT and spelling.endswith(salt) and len(spelling) - len(salt) >= rules.shortest:
                yield respelled(spelling.removesuffix(salt), rules.steps)
