"""A picture of what stands in a terminal: pyte obeys the escape sequences, and each cell is painted as a terminal paints it."""

from __future__ import annotations

from typing import NamedTuple

import pyte
from PIL import Image, ImageDraw

CELL = (8, 16)  # pixels
# Which parts of a cell a block character inks: left, top, right, bottom.
BLOCKS = {"█": (0, 0, 8, 16), "▀": (0, 0, 8, 8), "▄": (0, 8, 8, 16)}


class Theme(NamedTuple):
    """The colours of a terminal: background, text, and what it makes of the first sixteen colours by name."""

    background: str
    text: str
    named: dict[str, str]


DARK = Theme("#1e1e1e", "#d4d4d4", {"black": "#000000", "white": "#cccccc", "brightwhite": "#ffffff"})
# Solarized: its black and its white are neither.
LIGHT = Theme("#fdf6e3", "#657b83", {"black": "#073642", "white": "#eee8d5", "brightwhite": "#fdf6e3"})


def screen(data: str, columns: int, lines: int = 60) -> pyte.Screen:
    """Return the terminal that was sent `data`."""
    shown = pyte.Screen(columns, lines)
    pyte.Stream(shown).feed(data.replace("\r\n", "\n").replace("\n", "\r\n"))
    return shown


def picture(data: str, theme: Theme, columns: int, lines: int = 60) -> Image.Image:
    """Return a picture of the terminal that was sent `data`; text is not painted but as a stroke for each letter."""
    shown = screen(data, columns, lines)
    width, height = CELL
    image = Image.new("RGB", (columns * width, lines * height), theme.background)
    draw = ImageDraw.Draw(image)
    for row in range(lines):
        for column in range(columns):
            cell = shown.buffer[row][column]
            ink, paper = _colour(cell.fg, theme.text, theme), _colour(cell.bg, theme.background, theme)
            if cell.reverse:
                ink, paper = paper, ink
            left, top = column * width, row * height
            draw.rectangle((left, top, left + width - 1, top + height - 1), paper)
            if cell.data != " ":
                x, y, right, bottom = BLOCKS.get(cell.data, (3, 4, 5, 13))
                draw.rectangle((left + x, top + y, left + right - 1, top + bottom - 1), ink)
    return image


def _colour(name: str, default: str, theme: Theme) -> str:
    return default if name == "default" else theme.named.get(name) or f"#{name}"
