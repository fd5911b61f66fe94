"""Which listed names a name resembles that nobody knows: a letter away, two letters away or cut short if it is long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from titrate.evidence.lexicon import respelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from titrate.evidence.lexicon import Listed

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789 "
SHORTEST = 4  # letters of a name worth comparing
SHORTEST_FAR = 8  # letters of a name that may be two letters away
SHORTEST_CUT = 6  # letters of a name that may be the beginning of another
LONGEST = 40  # letters of a name worth comparing
MOST = 3  # suggestions: nobody reads more
# How unlike two names are: a letter, a letter in the spelling of all languages, two letters or the end.
LETTER, SPELLING, FAR = range(1, 4)


def near(listed: Listed, texts: Iterable[str], *, beside_known: bool) -> tuple[str, ...]:
    """Return the listed names that any of some texts resembles, plainly spelled, the most alike first.

    Of two names that sound alike only the more alike is returned, both if they are as alike. `beside_known`: something else in
    the name is known.
    """
    found: dict[str, tuple[int, int, bool]] = {}
    for text in dict.fromkeys(texts):
        if not SHORTEST <= len(text) <= LONGEST or text in listed.spelling.not_near or text in listed.spelling.passed:
            continue
        for key, distance in _alike(listed, text, far=not beside_known).items():
            rank = (distance, -len(text), key[0] != text[0])  # a first letter is seldom wrong
            found[key] = min(rank, found.get(key, rank))
    ranked = sorted(found, key=lambda key: (found[key], listed.is_other(key), key))
    best: list[str] = []
    for key in ranked:
        sounds = [other for other in best if frozenset((key, other)) in listed.sound_alikes]
        taken = any(found[other] < found[key] for other in sounds)
        if not taken and not any(listed.meaning(key) == listed.meaning(other) for other in best):
            best.append(key)
    return tuple(best[:MOST])


def _alike(listed: Listed, text: str, *, far: bool) -> dict[str, int]:
    """The listed names that are alike, with how unlike they are."""
    known = listed.spelled
    found = {key: LETTER for key in one_away(text) if key in known}
    spelling = respelled(text, listed.spelling.steps)
    if len(spelling) >= listed.spelling.shortest:
        names = listed.respelled
        found |= {
            names[key]: SPELLING for key in (spelling, *one_away(spelling)) if key in names and names[key] not in found
        }
    if far and not found and len(text) >= SHORTEST_FAR:
        found = dict.fromkeys(two_away(text, known), FAR)
    if far and not found and len(text) >= SHORTEST_CUT:
        found = {key: FAR for key in known if key.startswith(text)}
    return found


def one_away(text: str) -> Iterator[str]:
    """Yield every text that is one letter away: one left out, added, changed, or two neighbours exchanged."""
    for at in range(len(text) + 1):
        before, after = text[:at], text[at:]
        if after:
            yield before + after[1:]
        if len(after) > 1:
            yield f"{before}{after[1]}{after[0]}{after[2:]}"
        for letter in LETTERS:
            yield f"{before}{letter}{after}"
            if after:
                yield f"{before}{letter}{after[1:]}"


def two_away(text: str, known: Iterable[str]) -> Iterator[str]:
    """Yield every known name with the same first letter that is two letters away."""
    letters = set(text)
    for key in known:
        alike = key[0] == text[0] and abs(len(key) - len(text)) <= 2 and len(letters.symmetric_difference(key)) <= 4
        if alike and _distance(text, key) <= 2:
            yield key


def _distance(one: str, other: str) -> int:
    """How many letters are left out, added, changed or exchanged with a neighbour between two texts."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, match in enumerate(other, 1):
            best = min(last[column] + 1, now[-1] + 1, last[column - 1] + (letter != match))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == match:
                best = min(best, before[column - 2] + 1)
            now.append(best)
        before, last = last, now
    return last[-1]
