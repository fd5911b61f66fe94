"""Phone numbers in the line that says whom to call, so that a tap can dial them; what is not surely one number stays text."""

from __future__ import annotations

import re
from typing import NamedTuple
from unicodedata import decimal

# Groups of digits, each parted from the next by a space, a hyphen, a full stop, a slash or brackets, perhaps after a plus. Nothing
# is given back once it is taken: half a number would ring somewhere else.
GROUPS = re.compile(r"(?<![\w.+/-])(?:\+\s?)?\(?\d++\)?+(?:[-. /\u00a0\u2010-\u2013]?+\(?\d++\)?+)*+(?![\w:%])")
# Another digit before or after with no comma or word between belongs to the number or shows that none can be told from it.
BEFORE, AFTER = re.compile(r"\d[^\w,;]{1,3}$"), re.compile(r"[^\w,;]{0,3}[^\W\d]?\d")
TRUNK = re.compile(r"\(0\)")  # dialled at home only: +44 (0)20
# What is surely a whole number: one with the code of its country, one with the 0 of its area, or one of North America.
ABROAD = re.compile(r"(?:\+ ?|00)[1-9]\d{0,2}(?!\d*[-. /]0)[-. /()\d]*")
AREA = re.compile(r"\(?0[1-9]\d{0,4}\)?(?:[-. /]?\(?\d+\)?)*")
NORTH_AMERICA = re.compile(r"(?:1[- ])?(?:\([2-9]\d\d\) ?|[2-9]\d\d-)?[2-9]\d\d-\d{4}|\([2-9]\d\d\) ?\d{3}-\d{4}")
LENGTHS = {
    ABROAD: range(8, 18),
    AREA: range(9, 12),
    NORTH_AMERICA: range(7, 12),
}  # in digits; E.164 has 15 and 00 two more
NO_END = re.compile(
    r".*[ ]\d|.*[ ]\d{1,2}(?:\.\d\d)?-\d{1,2}(?:\.\d\d)?"
)  # a stray digit, or opening hours, behind the number
SIGNS = str.maketrans({**dict.fromkeys("\u2010\u2011\u2012\u2013", "-"), "\u00a0": " "})


class Piece(NamedTuple):
    """A piece of a line; `dial` is the number it is, in digits after perhaps a plus, or empty for other text."""

    text: str
    dial: str


def pieces(line: str) -> tuple[Piece, ...]:
    """Return a line in pieces that make it up, in order; a number is one of its own where it is surely one.

    >>> pieces("Dr Klein, 030 555 0100")
    (Piece(text='Dr Klein, ', dial=''), Piece(text='030 555 0100', dial='0305550100'))
    >>> [piece.dial for piece in pieces("+44 (0)20 7946 0000, 9.00-17.30")]
    ['+442079460000', '']
    """
    found, end = [], 0
    for match in GROUPS.finditer(line):
        dial = _dial(match[0])
        if dial and not BEFORE.search(line, 0, match.start()) and not AFTER.match(line, match.end()):
            found += [Piece(line[end : match.start()], ""), Piece(match[0], dial)]
            end = match.end()
    return tuple(piece for piece in (*found, Piece(line[end:], "")) if piece.text)


def _dial(text: str) -> str:
    """What a phone dials for groups of digits, or nothing where they are not surely one number."""
    plain = TRUNK.sub("", "".join(str(decimal(char)) if char.isdecimal() else char for char in text).translate(SIGNS))
    kind = next((kind for kind in LENGTHS if kind.fullmatch(plain)), None)
    digits = re.sub(r"\D", "", plain)
    if kind is None or len(digits) not in LENGTHS[kind]:
        return ""
    if NO_END.fullmatch(plain) or plain.count("(") != plain.count(")") or plain.count("/") > 1:
        return ""
    return f"+{digits}" if plain.startswith("+") else digits
