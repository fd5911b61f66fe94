"""What a person typed, read exactly, or refused in one line that names the fact and says what to type."""

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal
from uuid import UUID

from titrate.errors import LONGEST_NAME, BadInput, did_you_mean, nearest

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
SHORT = 3  # letters of a month's short name
# How many days each word is from today, and on to which weekday, counted from Monday: the next one, never today.
WORDS: dict[str, tuple[int, int | None]] = {
    "today": (0, None),
    "tomorrow": (1, None),
    "yesterday": (-1, None),
    **{word: (1, weekday) for weekday, word in enumerate(WEEKDAYS)},
}
UNITS = {"d": 1, "w": 7}  # days
# Patterns are compiled where they are first used: few runs meet more than two.
ISO = r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
WRITTEN = r"([0-9]{1,2}) +([a-z]+) +([0-9]{4})"
AHEAD = r"\+([0-9]{1,4})([dw])"
# What a date may have been meant by: month and day in any order beside the year, as long as the month is named.
NEARLY_AHEAD = r"\+? *([0-9]{1,3}) *(d|w)(?:ays?|eeks?)?"
NEARLY_ISO = r"(?P<year>[0-9]{4})([-/. ]?)(?P<month>[0-9]{1,2})\2(?P<day>[0-9]{1,2})"
GAP, DAY, MONTH, YEAR = (
    r"[-/., ]*",
    r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?",
    r"(?P<month>[a-z]{3,})",
    r"(?P<year>[0-9]{4})",
)
DAY_FIRST = rf"(?:(?P<weekday>[a-z]{{3,}}){GAP})?{DAY}{GAP}{MONTH}{GAP}(?P<year>[0-9]{{4}}|[0-9]{{2}})"
MONTH_FIRST = rf"{MONTH}{GAP}{DAY}[-/., ]+{YEAR}"
YEAR_FIRST = rf"{YEAR}{GAP}{MONTH}{GAP}{DAY}"
LOOKALIKES = str.maketrans("oil", "011")
ALIKE = 0.8  # how alike a word is to the one that it may be, of 1
ALIKE_MONTH = 0.6  # beside a day and a year a word is a month
NUMBER = r"[0-9]{1,6}(\.[0-9]{1,6})?"
DECIMAL_COMMA = r"([0-9]+),([0-9]+)"
# The spaces of Unicode that are no line ends; pages and spreadsheets put U+00A0 and U+202F between a number and its unit.
SPACES = "[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]"


def spaced(typed: str) -> str:
    """Return text with every space of Unicode as the plain one.

    >>> spaced("diazepam\u00a05\u202fmg")
    'diazepam 5 mg'
    """
    return typed if typed.isascii() else re.sub(SPACES, " ", typed)


def point(text: str) -> str:
    """Return a number with a point for its decimal comma; three digits after it might be thousands and stay as they are.

    >>> point("59,9"), point("0,088"), point("1,100"), point("59.9")
    ('59.9', '0.088', '1,100', '59.9')
    """
    number = re.fullmatch(DECIMAL_COMMA, text)
    if number and (len(number[2]) != 3 or not number[1].strip("0")):
        return f"{number[1]}.{number[2]}"
    return text


def read_date(typed: str, today: date, fact: str) -> date:
    """Return the date that was typed: `2026-12-01`, `1 Dec 2026`, `today` and other words, `+3d`, `+2w`, a weekday (the next one).

    Raises BadInput for a date that does not exist and for every form that two people could read differently.
    """
    text = spaced(typed).strip().lower()
    try:
        if iso := re.fullmatch(ISO, text):
            return date(*map(int, iso.groups()))
        if (written := re.fullmatch(WRITTEN, text)) and (month := _month(written[2])):
            return date(int(written[3]), month, int(written[1]))
        if ahead := re.fullmatch(AHEAD, text):
            return _later(today, int(ahead[1]) * UNITS[ahead[2]])
        if text in WORDS:
            return _later(today, *WORDS[text])
    except (ValueError, OverflowError):
        raise BadInput(fact, "there is no date {typed}", f"give one as {today}", typed=typed) from None
    forms = f"{today.day} {MONTHS[today.month - 1][:SHORT].title()} {today.year}, today, tomorrow, +3d, +2w, monday"
    near = near_date(text, today)
    todo = f"did you mean {near}?" if near else f"give year-month-day such as {today}, or {forms}"
    raise BadInput(fact, "{typed} is not a date that everybody reads alike", todo, typed=typed or "nothing")


def _later(today: date, days: int, weekday: int | None = None) -> date:
    """The date so many days after today, or the first such weekday from then on."""
    from dateutil.relativedelta import relativedelta  # 4 ms, and most dates are written out

    return today + relativedelta(days=days, weekday=weekday)


def _month(word: str) -> int:
    """The number of the month of that name, in full or its first three letters; 0 where there is none."""
    return next((number for number, month in enumerate(MONTHS, 1) if word in (month, month[:SHORT])), 0)


def near_date(text: str, today: date) -> str:
    """Return what a text in lower case that is not read may mean, in a form that is read, or "".

    Nothing is returned for `03/04/2026`, of which nobody can tell the day from the month.

    >>> today = date(2026, 11, 30)
    >>> [near_date(text, today) for text in ("tomorow", "mon", "2 weeks", "2026-12-1o", "2026/12/1", "1 dce 2026", "1 dec 26")]
    ['tomorrow', 'monday', '+2w', '2026-12-10', '2026-12-01', '2026-12-01', '2026-12-01']
    >>> [near_date(text, today) for text in ("dec 1st, 2026", "tue 1 dec 2026", "wed 1 dec 2026", "1.12.2026", "2026-02-30")]
    ['2026-12-01', '2026-12-01', '', '', '']
    >>> near_date("decembre", today)
    'a day in December, such as 2026-12-01'
    """
    if len(text) > LONGEST_NAME:
        return ""
    word = nearest(text, WORDS)
    if word.startswith(text) or _alike(text, word) >= ALIKE:
        return word
    if ahead := re.fullmatch(NEARLY_AHEAD, text):
        return f"+{int(ahead[1])}{ahead[2]}"
    if numbers := re.fullmatch(NEARLY_ISO, text.translate(LOOKALIKES)):
        return _iso(numbers["year"], int(numbers["month"]), numbers["day"])
    for form in (DAY_FIRST, MONTH_FIRST, YEAR_FIRST):
        if named := re.fullmatch(form, text):
            weekday = named.groupdict().get("weekday") or ""
            return _iso(f"20{named['year']}"[-4:], _near_month(named["month"], ALIKE_MONTH), named["day"], weekday)
    if month := _near_month(text, ALIKE) if text.isalpha() else 0:
        year = today.year + (month < today.month)
        return f"a day in {MONTHS[month - 1].capitalize()}, such as {date(year, month, 1)}"
    return ""


def _near_month(word: str, alike: float) -> int:
    """The number of the month that a word resembles most, in full or in short; 0 where none or two do as much."""
    by_month = [max(_alike(word, month), _alike(word, month[:SHORT])) for month in MONTHS]
    best = max(by_month)
    return by_month.index(best) + 1 if best >= alike and by_month.count(best) == 1 else 0


def _alike(text: str, word: str) -> float:
    from difflib import SequenceMatcher  # only on the way to an error

    return SequenceMatcher(None, text, word).ratio()


def _iso(year: str, month: int, day: str, weekday: str = "") -> str:
    """The date as year-month-day; nothing where there is none, or where it is another weekday."""
    try:
        near = date(int(year), month, int(day))
    except ValueError:
        return ""
    return str(near) if WEEKDAYS[near.weekday()].startswith(weekday) else ""


def read_number(typed: str, fact: str, what: str) -> Decimal:
    """Return a plain decimal number without a sign; BadInput says `what` to give."""
    text = typed.strip()
    if not re.fullmatch(NUMBER, text):
        raise BadInput(fact, "{typed} is not a plain number", f"give {what}", typed=typed or "nothing")
    return Decimal(text)


def read_whole(typed: str, fact: str, what: str) -> int:
    """Return a whole number without a sign; BadInput says `what` to give."""
    number = read_number(typed, fact, what)
    if number != int(number):
        raise BadInput(fact, "{typed} is not a whole number", f"give {what}", typed=typed)
    return int(number)


def read_clock(typed: str, fact: str) -> time:
    """Return a clock time from `08:00` or `8:00`; BadInput for any other form."""
    if not re.fullmatch(r"([01]?[0-9]|2[0-3]):[0-5][0-9]", typed.strip()):
        todo = "give hours and minutes such as 08:00 or 20:30"
        raise BadInput(fact, "{typed} is not a clock time", todo, typed=typed or "nothing")
    hour, minute = typed.strip().split(":")
    return time(int(hour), int(minute))


def read_choice(typed: str, fact: str, choices: tuple[str, ...]) -> str:
    """Return the choice that was typed, in lower case; BadInput names them."""
    if typed.strip().lower() not in choices:
        near = did_you_mean(typed.strip().lower(), choices)
        raise BadInput(fact, "{typed} is unknown", f"give {' or '.join(choices)}{near}", typed=typed or "nothing")
    return typed.strip().lower()


def read_id(typed: str) -> UUID:
    """Return a plan's id; BadInput for what is no UUID."""
    try:
        return UUID(typed.strip())
    except ValueError:
        todo = "give 32 hexadecimal digits, or leave it out for a new one"
        raise BadInput("id", "{typed} is no UUID", todo, typed=typed.strip() or "nothing") from None
