"""Text made fit for a calendar: one form of each character, no control characters, short enough for a title."""

from __future__ import annotations

DROPPED_CATEGORIES = ("Cc", "Cs")  # control characters, halves of a surrogate pair
# They would turn a whole title round.
DROPPED = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
LINE_BREAKS = ("\r\n", "\r", "\x85", "\u2028", "\u2029")


def clean(value: str) -> str:
    """Return a text as NFC with plain newlines and no other control characters.

    icalendar writes control characters as they are.
    """
    if value.isascii() and value.replace("\n", "").isprintable():
        return value
    from unicodedata import category, normalize

    for line_break in LINE_BREAKS:
        value = value.replace(line_break, "\n")
    return normalize(
        "NFC",
        "".join(
            char
            for char in value.replace("\t", " ")
            if char == "\n" or (category(char) not in DROPPED_CATEGORIES and char not in DROPPED)
        ),
    )


def one_line(value: str) -> str:
    """Return a text cleaned and on one line, as a title must be."""
    return " ".join(clean(value).split())


def cut(value: str, units: int) -> str:
    """Return a text of at most that many UTF-16 units, an ellipsis where something is missing."""
    if len(value.encode("utf-16-le")) <= 2 * units:
        return value
    beginning = value.encode("utf-16-le")[: 2 * (units - 1)].decode("utf-16-le", "ignore")
    return beginning.rstrip("\u200d") + "…"  # an emoji is not cut at its joiner
