"""The kinds of value that a fact can have, each with its two readers: of what a person typed, and of JSON.

A reader of typed text raises BadInput, a reader of JSON ValueError with what the value needs to be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any, NamedTuple

from titrate.errors import BadInput, did_you_mean
from titrate.inputs import laboratory
from titrate.inputs.parse import point, read_choice, read_clock, read_date, read_number, read_whole

LONGEST_TEXT = 10_000
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

Reader = Callable[[Any, str, date], Any]  # what was typed, the key of the fact, today


class Kind(NamedTuple):
    """How a fact is typed (`form`: text, a flag, or a list of texts), read, written as JSON and read from JSON.

    `numeric`: what is typed begins with one number, which some countries write with a comma. `choices`: the only values.
    """

    form: type
    read: Reader
    to_json: Callable[[Any], Any]
    from_json: Callable[[Any], Any]
    numeric: bool = False
    choices: tuple[str, ...] = ()


def exact(value: Decimal | int) -> int | Decimal:
    """Return a number as JSON holds it: `int` where whole, else exact and without trailing zeros.

    >>> exact(Decimal("15.0")), exact(Decimal("2.50"))
    (15, Decimal('2.5'))
    """
    return int(value) if value == int(value) else Decimal(f"{Decimal(value):f}".rstrip("0"))


def number(what: str) -> Kind:
    """Return the kind of a decimal number; `what` says what to give."""
    return Kind(
        str, lambda typed, fact, _: read_number(point(typed.strip()), fact, what), exact, decimal_of, numeric=True
    )


def whole(what: str, low: int | None = None, high: int | None = None) -> Kind:
    """Return the kind of a whole number; `what` says what to give, `low` and `high` what is written as JSON."""

    def of_json(value: Any) -> int:
        number = whole_of(value)
        if (low is not None and number < low) or (high is not None and number > high):
            raise ValueError(f"{number} is out of range")
        return number

    return Kind(str, lambda typed, fact, _: read_whole(typed, fact, what), int, of_json, numeric=True)


def choice(*choices: str) -> Kind:
    """Return the kind of a word out of a few."""

    def of_json(value: Any) -> str:
        if text_of(value) not in choices:
            raise ValueError(f"{value[:60]} is unknown{did_you_mean(value, choices)}")
        return str(value)

    return Kind(str, lambda typed, fact, _: read_choice(typed, fact, choices), str, of_json, choices=choices)


def one_line(typed: str, fact: str, _: date) -> str:
    """Return a text of one line; BadInput for control characters, which no page can print."""
    text = free_text(typed, fact)
    if not text.isprintable():
        raise BadInput(fact, "it holds control characters", "leave them out")
    return text


def lines(typed: str, fact: str, _: date) -> str:
    """Return a text of one line or more; BadInput for other control characters, which no page can print."""
    odd = sorted({f"U+{ord(char):04X}" for char in typed if char != "\n" and (char < " " or "\x7f" <= char < "\xa0")})
    if odd:
        raise BadInput(fact, f"it holds control characters ({', '.join(odd)})", "take them out")
    return free_text(typed, fact)


def one_paragraph(typed: str, fact: str, _: date) -> str:
    """Return a text of one line, whatever blanks and line ends it was typed with."""
    return " ".join(free_text(typed, fact).split())


def free_text(typed: str, fact: str) -> str:
    """Return a free text without blanks around it; BadInput for an empty or endless one."""
    if not typed.strip():
        raise BadInput(fact, "it is empty", "give a text or leave it out")
    if len(typed) > LONGEST_TEXT:
        raise BadInput(fact, f"{len(typed)} characters are too many", f"give at most {LONGEST_TEXT}")
    return typed.strip()


def names(typed: Sequence[str], fact: str, _: date) -> tuple[str, ...]:
    """Return comma lists and repeats as one tuple; `none` alone says that there are none."""
    if not "".join(typed).isprintable():  # it is printed on a page, which would be refused later
        raise BadInput(fact, "it holds control characters", "leave them out")
    from titrate.engine.names import names_in  # only where something was named

    return names_in(typed, fact)


def strengths(typed: Sequence[str], fact: str, _: date) -> tuple[Decimal, ...]:
    """Return tablet strengths in mg, in the order given, each once."""
    return tuple(dict.fromkeys(read_number(text, fact, "a strength in mg such as 10") for text in typed))


def codes(typed: Sequence[str], _fact: str, _: date) -> tuple[str, ...]:
    """Return the codes of findings, each once."""
    return tuple(dict.fromkeys(code.strip().lower() for code in typed))


def text_of(value: Any) -> str:
    """Return a JSON text that is not empty."""
    if not isinstance(value, str) or not value:
        raise ValueError("needs text")
    return value


def flag_of(value: Any) -> bool:
    """Return a JSON true or false."""
    if not isinstance(value, bool):
        raise ValueError("needs true or false")
    return value


def decimal_of(value: Any) -> Decimal:
    """Return a JSON number, exactly."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise ValueError("needs a number")
    return Decimal(value)


def whole_of(value: Any) -> int:
    """Return a whole JSON number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("needs a whole number")
    return value


def names_of(value: Any) -> tuple[str, ...]:
    """Return a JSON list of texts."""
    if not isinstance(value, list):
        raise ValueError("needs a list")
    if not all(isinstance(name, str) and name for name in value):
        raise ValueError("needs a list of names")
    return tuple(value)


def strengths_of(value: Any) -> tuple[Decimal, ...]:
    """Return a JSON list of numbers."""
    if not isinstance(value, list):
        raise ValueError("needs a list")
    return tuple(decimal_of(mg) for mg in value)


def day_of(value: Any) -> date:
    """Return a date from JSON's 2026-12-01."""
    try:
        if re.fullmatch(DAY, text_of(value)):
            return date.fromisoformat(value)
    except ValueError:
        if not isinstance(value, str) or not value:
            raise
    raise ValueError(f"{value[:40]} is no date")


def clock_of(value: Any) -> time:
    """Return a clock time from JSON's 08:00."""
    if not re.fullmatch(CLOCK, text_of(value)):
        raise ValueError(f"{value[:40]} is no clock time")
    return time.fromisoformat(value)


def _laboratory(value: Decimal | int | str) -> int | str | Decimal:
    """An eGFR as a number, or as the laboratory prints it where it gives only a bound."""
    text = str(value).replace(" ", "")
    return text if text.startswith((">", "<")) else exact(Decimal(text))


def _laboratory_of(value: Any) -> Decimal | str:
    return value if isinstance(value, str) else decimal_of(value)


FLAG = Kind(bool, lambda typed, _fact, _: bool(typed), bool, flag_of)
EGFR = Kind(str, lambda typed, _fact, _: laboratory.egfr(typed), _laboratory, _laboratory_of, numeric=True)
CREATININE = Kind(str, lambda typed, _fact, _: laboratory.creatinine(typed), str, text_of, numeric=True)
DATE = Kind(str, lambda typed, fact, today: read_date(typed, today, fact), date.isoformat, day_of)
TIME = Kind(str, lambda typed, fact, _: read_clock(typed, fact), lambda time: f"{time:%H:%M}", clock_of)
TEXT = Kind(str, lambda typed, _fact, _: typed, str, text_of)
REASON = Kind(str, one_paragraph, str, text_of)
LINE = Kind(str, one_line, str, text_of)
LINES = Kind(str, lines, str, text_of)
NAMES = Kind(list, names, list, names_of)
CODES = Kind(list, codes, list, names_of)
STRENGTHS = Kind(list, strengths, lambda value: [exact(mg) for mg in value], strengths_of)
