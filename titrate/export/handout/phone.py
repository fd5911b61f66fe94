"""Phone numbers in the line that says whom to call, so that a tap can dial them; what is not surely one number stays text."""

from __future__ import annotations

import re
from typing import NamedTuple
from unicodedata import decimal

FEWEST, MOST, MOST_ABROAD = 6, 12, 15  # digits; abroad as in ITU-T E.164
# Groups of digits, each parted from the next by a space, a hyphen, a full stop or brackets, perhaps after a plus. Nothing is
# given back once it is taken: half a number would ring somewhere else.
GROUPS = re.compile(
    r"(?<![\w.+/-])(?<!\d:)(?:\+\s?)?\(?\d++\)?+(?:(?:[ \u00a0]?[-.\u2010-\u2013][ \u00a0]?|[ \u00a0])?+\(?\d++\)?+)*+(?![\w:%])"
)
AREA = re.compile(
    r"(?<![\w.+/:-])(0\d{1,4})/(?=\d)"
)  # 030/555 0100: a slash after an area code, not between two numbers
TRUNK = re.compile(r"\(0\)")  # dialled at home only: +44 (0)20
ROOM = re.compile(r"[2-9]\d? 0\d\d")  # "Ward 3 030 555 0100": which of them begin the number, nobody can tell
CLOCK = r"([01]?\d|2[0-4])"
NO_NUMBER = (
    re.compile(r"\d{1,2}[.-]\d{1,2}[.-](\d\d){1,2}|\d{4}-\d{1,2}-\d{1,2}"),  # a date
    re.compile(rf"{CLOCK}(\.\d\d)? ?[-\u2010-\u2013] ?{CLOCK}(\.\d\d)?"),  # opening hours
    re.compile(r"([01]\d|2[0-4])[0-5]\d ?[-\u2010-\u2013] ?([01]\d|2[0-4])[0-5]\d"),
    re.compile(r"\d{5}-\d{4}"),  # a postcode
)


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
    # The slash counts as a space, so that places in the line stay what they are.
    for match in GROUPS.finditer(AREA.sub(r"\1 ", line)):
        text = line[match.start() : match.end()]
        if dial := _dial(text):
            found += [Piece(line[end : match.start()], ""), Piece(text, dial)]
            end = match.end()
    return tuple(piece for piece in (*found, Piece(line[end:], "")) if piece.text)


def _dial(text: str) -> str:
    if any(other.fullmatch(text) for other in NO_NUMBER) or ROOM.match(text) or text.count("(") != text.count(")"):
        return ""
    abroad = text.startswith(("+", "00"))
    shown = TRUNK.sub("", text) if abroad else text
    digits = "".join(str(decimal(char)) for char in shown if char.isdecimal())
    if not FEWEST <= len(digits) <= (MOST_ABROAD if abroad else MOST):
        return ""
    return f"+{digits}" if text.startswith("+") else digits
