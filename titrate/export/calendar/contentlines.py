"""The lines of an iCalendar file (RFC 5545): text cleaned and escaped, folded at 75 octets, ended with CRLF.

A writer of our own: the same bytes as the `icalendar` package's (a test holds them equal) without its import,
which takes longer than everything else that `titrate` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LIMIT = 75  # octets on a line, the space that begins a continuation included
CONTINUED = b"\r\n "
DROPPED_CATEGORIES = ("Cc", "Cs")  # control characters, halves of a surrogate pair
DROPPED = frozenset(
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)  # they would turn a whole title round
LINE_BREAKS = ("\r\n", "\r", "\x85", "\u2028", "\u2029")


def content(lines: Iterable[tuple[str, str]]) -> bytes:
    """Return the bytes of content lines given as name (with parameters) and value."""
    return b"".join(_folded(f"{name}:{value}") for name, value in lines)


def text(value: str) -> str:
    r"""Return a TEXT value: NFC, without control characters, escaped.

    >>> print(text("one; two, three\nfour"))
    one\; two\, three\nfour
    """
    escaped = clean(value).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\n", "\\n")


def one_line(value: str) -> str:
    """Return a text cleaned and on one line, as a title must be."""
    return " ".join(clean(value).split())


def clean(value: str) -> str:
    """Return a text as NFC with plain newlines and no other control characters."""
    if value.isascii() and value.replace("\n", "").isprintable():
        return value
    from unicodedata import category, normalize

    for line_break in LINE_BREAKS:
        value = value.replace(line_break, "\n")
    kept = "".join(
        char
        for char in value.replace("\t", " ")
        if char == "\n" or (category(char) not in DROPPED_CATEGORIES and char not in DROPPED)
    )
    return normalize("NFC", kept)


def cut(value: str, units: int) -> str:
    """Return a text of at most that many UTF-16 units, an ellipsis where something is missing."""
    if len(value.encode("utf-16-le")) <= 2 * units:
        return value
    kept = value.encode("utf-16-le")[: 2 * (units - 1)].decode("utf-16-le", "ignore")
    return kept.rstrip("\u200d") + "…"  # an emoji is not cut at its joiner


def _folded(line: str) -> bytes:
    raw = line.encode()
    pieces = []
    while len(raw) >= LIMIT:
        end = LIMIT - 1
        while raw[end] & 0xC0 == 0x80:  # inside a UTF-8 character
            end -= 1
        if raw[end - 1] in b"\\^":  # some readers unescape before they unfold
            end -= 1
        pieces.append(raw[:end])
        raw = raw[end:]
    return CONTINUED.join((*pieces, raw)) + b"\r\n"
