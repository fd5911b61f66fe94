"""A laboratory's result in the one form that is kept: laboratories print the same bound, unit and decimal in several ways."""

from __future__ import annotations

import re
from decimal import Decimal

from titrate.engine.kidney import AT_LEAST, NUMBER, UNITS, read_creatinine
from titrate.errors import BadInput
from titrate.evidence import reader
from titrate.inputs.parse import point
from titrate.wording.phrases import amount

BOUND = re.compile(r"(?:>=?|≥) ?([0-9]+)|([0-9]+) ?\+")
RESULT = r"([0-9.,]*[0-9]) ?([^0-9].*)"
MICROMOLES = (
    "umol/l",
    "\u03bcmol/l",
    "micromol/l",
    "mcmol/l",
)  # after casefold, which makes the micro sign the Greek letter
# What the same substance is in a unit that is read: the power of ten between them is no rounding.
ELSEWHERE = {"mmol/l": (3, "umol/L"), "mg/l": (-1, "mg/dL")}


def egfr(typed: str) -> str:
    """Return an eGFR as it is kept: a number with a point, `>60`, `>90` or `<15`; any other text as it is: the engine refuses it.

    >>> egfr("59,9"), egfr(">= 60"), egfr("90+"), egfr("≥60"), egfr("< 15"), egfr("1,100")
    ('59.9', '>60', '>90', '>60', '<15', '1,100')
    """
    text = " ".join(typed.split())
    if (bound := BOUND.fullmatch(text)) and (number := bound[1] or bound[2]) in AT_LEAST:
        return f">{number}"
    if text.startswith("<"):
        return text.replace(" ", "")
    return point(text)


def creatinine(typed: str) -> str:
    """Return a creatinine with a unit that the engine knows and a point; any other text as it is, for the engine to refuse.

    Raises BadInput for a unit that is not read, with the value that it would be in one that is.

    >>> creatinine("88 micromol/L"), creatinine("88 µmol / L"), creatinine("1,1 mg/dL"), creatinine("88µmol/l")
    ('88 umol/L', '88 umol/L', '1.1 mg/dL', '88µmol/l')
    """
    text = " ".join(typed.split())
    result = re.fullmatch(RESULT, text)
    if not result:
        return text
    number, unit = point(result[1]), re.sub(r" ?/ ?", "/", result[2].strip()).casefold()
    if unit in ELSEWHERE and NUMBER.fullmatch(number):
        _refuse_unit(number, text, *ELSEWHERE[unit])
    known = "umol/L" if unit in MICROMOLES else UNITS.get(unit)
    if known is None:
        return text
    if "," in number and NUMBER.fullmatch(number.replace(",", ".")):
        todo = "write decimals with a point and thousands without a sign"
        raise BadInput("creatinine", "{typed} can be read in two ways", todo, typed=text)
    return text if number == result[1] and result[2].casefold() in UNITS else f"{number} {known}"


def _refuse_unit(number: str, typed: str, power: int, unit: str) -> None:
    """Raise BadInput with the value in `unit`, unless no adult has it: then the unit is the error, for the engine to refuse."""
    result = f"{amount(Decimal(number).scaleb(power))} {unit}"
    try:
        read_creatinine(result, reader.equations())
    except BadInput:
        return
    raise BadInput("creatinine", "{typed} is {result}", "give that", typed=typed, result=result)
