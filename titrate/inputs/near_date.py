"""The date that somebody may have meant who typed one that is not read: said as a question, never taken."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from difflib import SequenceMatcher

from titrate.errors import LONGEST_NAME, nearest

MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
ALIKE = 0.8  # how alike a word is to the one that it may be, of 1
ALIKE_MONTH = 0.6  # beside a day and a year a word is a month
SHORT = 3  # letters of a month's short name
LOOKALIKES = str.maketrans("oil", "011")
YEAR_FIRST = r"([0-9]{4})([-/. ]?)([0-9]{1,2})\2([0-9]{1,2})"
DAY_FIRST = r"([0-9]{1,2})(?:st|nd|rd|th)?[-. ]*([a-z]{3,})[-., ]*([0-9]{4})"
MONTH_FIRST = r"([a-z]{3,})[. ]*([0-9]{1,2})(?:st|nd|rd|th)?,? +([0-9]{4})"
AHEAD = r"\+? *([0-9]{1,3}) *(d|w)[a-z]*"


def near_date(text: str, today: date, words: Iterable[str]) -> str:
    """Return what a text in lower case may mean, in a form that is read, or "": one of the `words` for a day, or a date.

    Nothing is returned for `03/04/2026`, of which nobody can tell the day from the month.

    >>> today, words = date(2026, 11, 30), ("today", "tomorrow", "monday", "wednesday")
    >>> [near_date(text, today, words) for text in ("tomorow", "mon", "2w", "2026-12-1o", "2026/12/1", "1 dce 2026")]
    ['tomorrow', 'monday', '+14d', '2026-12-10', '2026-12-01', '2026-12-01']
    >>> [near_date(text, today, words) for text in ("decembre", "03/04/2026", "1.12.2026", "yesterday", "2026-02-30", "1 xyz 2026")]
    ['a day in December, such as 2026-12-01', '', '', '', '', '']
    """
    if len(text) > LONGEST_NAME:
        return ""
    word = nearest(text, words)
    if word.startswith(text) or SequenceMatcher(None, text, word).ratio() >= ALIKE:
        return word
    if ahead := re.fullmatch(AHEAD, text):
        return f"+{int(ahead[1]) * (7 if ahead[2] == 'w' else 1)}d"
    if year_first := re.fullmatch(YEAR_FIRST, text.translate(LOOKALIKES)):
        return _iso(year_first[1], int(year_first[3]), year_first[4])
    if named := re.fullmatch(DAY_FIRST, text):
        return _iso(named[3], _month(named[2], ALIKE_MONTH), named[1])
    if named := re.fullmatch(MONTH_FIRST, text):
        return _iso(named[3], _month(named[1], ALIKE_MONTH), named[2])
    if month := _month(text, ALIKE) if text.isalpha() else 0:
        year = today.year + (month < today.month)
        return f"a day in {MONTHS[month - 1].capitalize()}, such as {date(year, month, 1)}"
    return ""


def _month(text: str, alike: float) -> int:
    """The number of the month that a word resembles most, in full or in short; 0 where none or two do as much."""
    by_month = [max(SequenceMatcher(None, text, name).ratio() for name in (month, month[:SHORT])) for month in MONTHS]
    best = max(by_month)
    return by_month.index(best) + 1 if best >= alike and by_month.count(best) == 1 else 0


def _iso(year: str, month: int, day: str) -> str:
    """The date as year-month-day; nothing where there is none."""
    try:
        near = date(int(year), month, int(day))
    except ValueError:
        return ""
    return str(near)
