"""What a person typed, read exactly, or refused in one line that names the fact and says what to type."""

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal
from uuid import UUID

from titrate.errors import BadInput, did_you_mean

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# How many days each word is from today, and on to which weekday, counted from Monday: the next one, never today.
WORDS: dict[str, tuple[int, int | None]] = {
    "today": (0, None),
    "tomorrow": (1, None),
    **{word: (1, weekday) for weekday, word in enumerate(WEEKDAYS)},
}
FORMS = "today, tomorrow, +3d, monday"
# Patterns are compiled where they are first used: few runs meet more than two.
ISO = r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
AHEAD = r"\+([0-9]{1,4})d"
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
    """Return the date that was typed: `2026-12-01`, `today`, `tomorrow`, `+3d`, or a weekday (the next one).

    Raises BadInput for a date that does not exist and for every form that two people could read differently.
    """
    text = typed.strip().lower()
    try:
        if iso := re.fullmatch(ISO, text):
            return date(*map(int, iso.groups()))
        if ahead := re.fullmatch(AHEAD, text):
            return _later(today, int(ahead[1]))
        if text in WORDS:
            return _later(today, *WORDS[text])
    except (ValueError, OverflowError):
        raise BadInput(fact, "there is no date {typed}", f"give one as {today}", typed=typed) from None
    from titrate.inputs.near_date import near_date  # only on the way to the error

    near = near_date(text, today, WORDS)
    todo = f"did you mean {near}?" if near else f"give year-month-day such as {today}, or {FORMS}"
    raise BadInput(fact, "{typed} is not a date that everybody reads alike", todo, typed=typed or "nothing")


def _later(today: date, days: int, weekday: int | None = None) -> date:
    """The date so many days after today, or the first such weekday from then on."""
    from dateutil.relativedelta import relativedelta  # 4 ms, and most dates are written out

    return today + relativedelta(days=days, weekday=weekday)


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
