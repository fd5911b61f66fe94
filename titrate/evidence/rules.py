"""The rule book as values: its sections, under the names by which a cite of a tool rule names them."""

from __future__ import annotations

import re
from typing import NamedTuple


class Section(NamedTuple):
    """One section of the rule book; `name` as a cite gives it, such as "rules: kidney function, G3b"; `text` in Markdown."""

    name: str
    title: str
    text: str


def sections(text: str) -> tuple[Section, ...]:
    r"""Return the sections of the book, in its order: the whole under "rules", a section, and each part of a section.

    >>> [section.name for section in sections("# Rules\n## Tablets\nx\n### 2. Halves: of which\ny\n")]
    ['rules', 'rules: tablets', 'rules: tablets, 2']
    """
    book: list[Section] = []
    section = ""
    _, *parts = re.split(r"^(#{1,3}) (.*)\n", text, flags=re.MULTILINE)
    for marks, title, words in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        name = "rules"
        if marks == "##":
            name = section = f"rules: {_called(title)}"
        elif marks == "###":
            name = f"{section}, {_called(title)}"
        book.append(Section(name, title, words.strip()))
    return tuple(book)


def _called(title: str) -> str:
    """A title as a cite names it: its number or its words up to a colon, in small letters but for the name of a band."""
    words = re.split(r"[.:]", title)[0]
    return words if re.fullmatch(r"G[0-9]\S*", words) else words.lower()
