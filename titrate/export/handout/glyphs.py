"""Which characters Noto Sans can draw, read from the font itself: nothing is ever printed as a box, nothing dropped."""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import TYPE_CHECKING

import fontpkg_noto_sans

if TYPE_CHECKING:
    from pathlib import Path

FOLDER: Path = fontpkg_noto_sans.ROOT / "files"
UPRIGHT = "NotoSans[wdth,wght].ttf"


def missing(text: str) -> tuple[str, ...]:
    """Return the characters of `text` that the font lacks, each once, in order; line ends are no letters.

    >>> missing("Zoë ½ 薬 薬")
    ('薬',)
    """
    if text.isascii():
        return ()
    known = drawable()
    return tuple(char for char in dict.fromkeys(text) if ord(char) not in known and char != "\n")


@lru_cache(maxsize=1)
def drawable() -> frozenset[int]:
    """Return every code point that the font maps to a glyph: its full Unicode table, or else its 16-bit one."""
    with (FOLDER / UPRIGHT).open("rb") as file:
        tables = struct.unpack(">4xH6x", file.read(12))[0]
        directory = [struct.unpack(">4s4xII", file.read(16)) for _ in range(tables)]
        start, length = next((start, length) for tag, start, length in directory if tag == b"cmap")
        file.seek(start)
        cmap = file.read(length)
    count = struct.unpack_from(">2xH", cmap)[0]
    offsets = [struct.unpack_from(">4xI", cmap, 4 + 8 * index)[0] for index in range(count)]
    formats = {struct.unpack_from(">H", cmap, offset)[0]: offset for offset in offsets}
    if 12 in formats:
        return frozenset(_segmented_coverage(cmap, formats[12]))
    return frozenset(_segment_mapping(cmap, formats[4]))


def _segmented_coverage(cmap: bytes, offset: int) -> set[int]:
    groups = struct.unpack_from(">12xI", cmap, offset)[0]
    found: set[int] = set()
    for first, last in struct.iter_unpack(">II4x", cmap[offset + 16 : offset + 16 + 12 * groups]):
        found.update(range(first, last + 1))
    return found


def _segment_mapping(cmap: bytes, offset: int) -> set[int]:
    twice = struct.unpack_from(">6xH", cmap, offset)[0]
    ends = struct.unpack_from(f">{twice // 2}H", cmap, offset + 14)
    starts = struct.unpack_from(f">{twice // 2}H", cmap, offset + 16 + twice)
    found: set[int] = set()
    for first, last in zip(starts, ends, strict=True):
        found.update(range(first, last + 1))
    return found - {0xFFFF}
