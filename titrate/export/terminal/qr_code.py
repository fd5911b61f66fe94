"""A QR code in a terminal, black on white by colours of its own, so that a phone reads it on a dark and on a light background."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import segno
from rich.text import Text

from titrate.export.terminal.blocks import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, ConsoleOptions, RenderResult

QUIET = 4  # modules of white around, without which no reader finds it
INK = "#000000 on #ffffff"
WHITE_SPACE, BLACK_SPACE = "on #ffffff", "on #000000"
# The upper and the lower of two modules in one character, by whether each is inked.
HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


class QrCode(NamedTuple):
    """The QR code of an address as a terminal can show it, or in words why it cannot."""

    address: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = segno.make(self.address, error="l", micro=False)
        rows = tuple(tuple(map(bool, row)) for row in code.matrix_iter(border=QUIET))
        colours, blocks = bool(console.color_system) and not console.no_color, _has_blocks(console.encoding)
        columns = len(rows) if blocks else 2 * len(rows)
        if columns > options.max_width:
            yield Phrase(f"The code needs {columns} columns: make the window wider and give the command again.")
        elif blocks:
            yield from (_line(Text(line, INK if colours else "")) for line in _in_halves(rows, inked=colours))
            if not colours:
                yield Phrase("Without colours the code is right on a dark background only.")
        elif colours:
            yield from (_line(_in_spaces(row)) for row in rows)
        else:
            yield Phrase("Without colours and block characters no code can be drawn here.")


def _has_blocks(encoding: str) -> bool:
    try:
        "".join(HALVES.values()).encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _in_halves(rows: tuple[tuple[bool, ...], ...], *, inked: bool) -> Iterator[str]:
    """Yield lines of two rows each, the dark modules inked, or else the white ones, for a dark background."""
    white = (False,) * len(rows)
    for upper, lower in zip(rows[::2], (*rows[1::2], white), strict=False):
        yield "".join(HALVES[above is inked, below is inked] for above, below in zip(upper, lower, strict=True))


def _in_spaces(row: tuple[bool, ...]) -> Text:
    """A row as spaces in colour, two for a module."""
    return Text.assemble(*(("  ", BLACK_SPACE if dark else WHITE_SPACE) for dark in row))


def _line(text: Text) -> Text:
    text.no_wrap, text.overflow = True, "ignore"
    return text
