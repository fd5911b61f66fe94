"""Where a value stands in a TOML file: its line, and its place in words."""

from __future__ import annotations

import re

Keys = tuple[str | int, ...]  # the keys and indices that lead to a value
Fault = tuple[Keys, str]  # where, and what is wrong there


def place_of(keys: Keys) -> str:
    """Return the place of a value as a maintainer reads it.

    >>> place_of(("step", 0, "doses_mg", "evening")), place_of(())
    ('step[1].doses_mg.evening', 'top level')
    """
    parts = (f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in keys)
    return "".join(parts).lstrip(".") or "top level"


def line_of(text: str, keys: Keys) -> int:
    """Return the line, from 1, on which the value at `keys` is written, or the nearest line that holds it."""
    header: Keys = ()
    here: Keys
    counts: dict[str, int] = {}
    best, best_depth = 1, 0
    for number, line in enumerate(text.split("\n"), 1):
        if match := re.match(r"\s*\[\[([^\[\]]+)\]\]", line):
            name = match[1].strip()
            counts[name] = counts.get(name, -1) + 1
            here = header = (name, counts[name])
        elif match := re.match(r"\s*\[([^\[\]]+)\]", line):
            header = here = tuple(part.strip().strip("\"'") for part in match[1].split("."))
        elif match := re.match(r"\s*([\w-]+|\"[^\"]*\"|'[^']*')\s*=", line):
            here = (*header, match[1].strip("\"'"))
        else:
            continue
        depth = min(len(here), len(keys))
        if depth > best_depth and here[:depth] == keys[:depth]:
            best, best_depth = number, depth
    return best
