"""The words that answer a question whatever it is about: yes, no, and that nobody knows."""

from __future__ import annotations

from titrate.cli import terminal
from titrate.errors import BadInput

YES = frozenset({"y", "yes"})
NO = frozenset({"n", "no"})
NOT_KNOWN = frozenset(
    {"?", "don't know", "dont know", "do not know", "i don't know", "i dont know", "not known", "unknown", "skip"}
)


def yes_or_no(text: str) -> bool:
    """Return what a word answers; BadInput for any other word.

    >>> yes_or_no("Y"), yes_or_no("no")
    (True, False)
    """
    word = text.casefold()
    if word not in YES | NO:
        raise BadInput("", "{typed} is no answer", "give y or n", typed=text[:40] or "nothing")
    return word in YES


def is_not_known(text: str) -> bool:
    """Return whether an answer is that nobody knows.

    >>> is_not_known("Don’t know."), is_not_known("?"), is_not_known("none")
    (True, True, False)
    """
    return text.casefold().replace("’", "'").rstrip(".") in NOT_KNOWN


def agreed(question: str) -> bool:
    """Ask and return whether the answer is yes; a bare Return is no."""
    return terminal.ask(f"{question} [y/N]", lambda text: bool(text) and yes_or_no(text))[1]
