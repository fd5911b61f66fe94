"""The one console on which everything for a person is laid out: rich knows its width, its colours and its letters."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Any

from rich.console import Console, Group, detect_legacy_windows
from rich.theme import Theme

from titrate.wording.phrases import plain, spelled

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

STYLES = {
    # what a finding asks for; "fact" is what is none
    "stop": "bold red",
    "urgent": "bold red",
    "confirm": "bold yellow",
    "caution": "yellow",
    "note": "dim",
    "fact": "bold",
    # what a part of a page is
    "title": "bold",
    "section": "bold cyan",
    "head": "bold",
    "source": "dim",
    # the staircase: its lines, the dose of a level, today
    "stairs": "cyan",
    "level": "bold",
    "here": "bold green",
    # how sure a claim is
    "confirmed": "green",
    "disputed": "bold red",
    "not confirmed": "yellow",
}
THEME = Theme(STYLES)
MEASURE = 100  # columns at most, also in a wider window: longer lines are hard to read; and those of a pipe
NARROWEST = 20  # a narrower terminal wraps by itself what is laid out for this many columns
UNBROKEN = "\ue000"  # a space where no line breaks; rich breaks at U+00A0 too, and no text that is clean has this sign
UNIT = re.compile(r"(?<=[\d½]) (?=(?:mg|kg|tablets?|days?|weeks?)\b|%)|(?<=\d mg) (?=a day\b)|(?<=\d mg a) (?=day\b)")
LONG_UNIT = re.compile(r"(?<=\d) (?=mL\b)")  # which would not fit a line of a narrow terminal
NARROW = 40


class TextConsole(Console):
    """A console that shows text as it is: clean, no markup, no emoji, a number on one line with its unit."""

    def render_str(self, text: str, **settings: Any) -> Text:
        """Return `text` without control characters, in letters that the console's encoding has."""
        return super().render_str(_shown(text, self.encoding, self.width < NARROW), **settings)

    def drawn(self, *blocks: RenderableType) -> str:
        """Return `blocks` one below the other as text, with the console's escape sequences if it has colours."""
        with self.capture() as capture:
            self.print(Group(*blocks), crop=False)
        return "".join(f"{line.rstrip()}\n" for line in capture.get().replace(UNBROKEN, " ").splitlines())


def console(stream: IO[str]) -> TextConsole:
    """Return the console of a stream: width, colours and encoding as rich finds them there and in the environment."""
    screen = TextConsole(
        file=stream,
        theme=THEME,
        color_system=None if detect_legacy_windows() else "auto",  # text alone cannot colour an old Windows console
        height=25,  # nothing asks for it, but without it rich overlooks COLUMNS in a dumb terminal
        markup=False,
        emoji=False,
        highlight=False,
    )
    if not screen.is_terminal and "COLUMNS" not in os.environ:
        screen.width = MEASURE
    screen.width = min(max(screen.width, NARROWEST), MEASURE)
    return screen


def rendered(*blocks: RenderableType, width: int = 80, color: bool = False) -> str:
    """Return `blocks` as text of `width` columns, the same in every environment; without `color` no escape sequence."""
    fixed = TextConsole(
        width=max(width, NARROWEST),
        height=25,
        theme=THEME,
        force_terminal=color,
        color_system="standard" if color else None,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )
    return fixed.drawn(*blocks)


@lru_cache(maxsize=1000)  # rich measures a text several times before it draws it
def _shown(words: str, encoding: str, narrow: bool) -> str:
    clean = spelled(UNBROKEN.join(map(plain, words.split(UNBROKEN))), encoding)
    return UNIT.sub(UNBROKEN, clean if narrow else LONG_UNIT.sub(UNBROKEN, clean))


def unbroken(words: str) -> str:
    """Return text whose words stay on one line."""
    return words.replace(" ", UNBROKEN)
