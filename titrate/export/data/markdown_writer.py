"""GitHub Markdown in which no word of a text is taken for markup: what a plan's page and a page of evidence are written with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from titrate.wording.phrases import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Whatever could start a cell, link, tag, heading or emphasis; prose keeps its dots and dashes, a word its underscores.
MARKUP = re.compile(r"([\\`*\[\]<>|#~]|(?<![^\W_])_|_(?![^\W_]))")


def escaped(text: str) -> str:
    r"""Return text that Markdown shows as it is, on one line.

    >>> print(escaped("Dr *A*, a_b, c & d"))
    Dr \*A\*, a_b, c &amp; d
    """
    return MARKUP.sub(r"\\\1", plain(text).strip()).replace("&", "&amp;")


def table(headers: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> str:
    """Return a table of cells that are Markdown; the columns whose index is in `right` are aligned right."""
    aligned = {*right}
    rules = ["--:" if index in aligned else "---" for index in range(len(headers))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (headers, rules, *rows))
