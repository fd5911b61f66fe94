"""JSON as a saved plan writes it, parsed exactly: no float, no exponent, no NaN, no key twice, nothing endless."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, NoReturn

from titrate.errors import BadInput

LARGEST = 10_000_000  # bytes; a plan of a year with many revisions is well below one million
LONGEST_NUMBER = 20  # characters; the longest that a plan writes has eight
WAY_OUT = "use the newest version that is kept beside it (plan.json.N.bak, the highest N), or make the plan again"


def parse(data: bytes) -> Any:
    """Return the JSON value in `data`, its numbers as `int` or `Decimal`; BadInput for what no plan writes."""
    if len(data) > LARGEST:
        raise BadInput("", f"more than {LARGEST} bytes are too many for a plan", "give a file that titrate wrote")
    try:
        text = data.decode("utf-8-sig")  # an editor may have put a byte order mark before it
    except UnicodeDecodeError as error:
        raise _damaged(f"not UTF-8 at byte {error.start}") from None
    try:
        return json.loads(
            text, parse_int=_int, parse_float=_decimal, parse_constant=_no_constant, object_pairs_hook=_unique
        )
    except json.JSONDecodeError as error:
        raise _damaged(f"no whole JSON at line {error.lineno}: truncated or damaged") from None
    except RecursionError:
        raise _damaged("no plan is nested that deep") from None


def _int(text: str) -> int:
    return int(_short(text))


def _decimal(text: str) -> Decimal:
    if "e" in text or "E" in text:  # an exponent of nine digits would take a machine's whole memory
        raise _damaged(f"{text[:40]} is not how a plan writes a number")
    return Decimal(_short(text))


def _short(text: str) -> str:
    if len(text) > LONGEST_NUMBER:
        raise _damaged(f"{text[:40]}... is no number of a plan")
    return text


def _no_constant(name: str) -> NoReturn:
    raise _damaged(f"{name} is no number of a plan")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    for key, value in pairs:
        if key in keys:
            raise _damaged(f"the key {key[:40]} stands twice")
        keys[key] = value
    return keys


def _damaged(wrong: str) -> BadInput:
    return BadInput("", "{wrong}", WAY_OUT, wrong=wrong)
