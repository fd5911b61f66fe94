"""Kidney function: from a laboratory result to the value that decides a plan, never rounded, and its band."""

from __future__ import annotations

import re
from decimal import (
    ROUND_DOWN,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    localcontext,
)
from functools import lru_cache
from typing import TYPE_CHECKING

from titrate.errors import BadInput
from titrate.model import CRCL_COMPUTED, EGFR_COMPUTED, EGFR_REPORTED, KidneyFunction, Patient

if TYPE_CHECKING:
    from collections.abc import Callable

    from titrate.evidence.protocol import Equations, Evidence
    from titrate.model import Band, Protocol, Rules

NUMBER = re.compile(r"[0-9]+|(?=.{1,20}\Z)[0-9]+\.[0-9]+")  # with a fraction no longer than a saved plan reads
AT_LEAST = ("60", "90")  # how laboratories print a value that they do not state: >60, >90
WITH_UNIT = r"(?s)(\S*[0-9][0-9.,]*)\s*(.*)"
# Compared after casefold, which makes the micro sign U+00B5 the Greek letter U+03BC.
UNITS = {"umol/l": "umol/L", "\u03bcmol/l": "umol/L", "mg/dl": "mg/dL"}
AS_PRINTED = "give it with its unit as the laboratory printed it, such as 88 umol/L or 1.0 mg/dL"
A_RESULT = "{egfr} N, or {creatinine} with {age} and {sex}"  # a template, for an error that asks for it
SEXES = ("female", "male")

# Spelled out, so that a value never depends on the context of whoever calls. A power has no end of digits: 34
# are far more than any cut-off can tell apart.
EXACT = Context(34, ROUND_HALF_EVEN, -9999, 9999, 1, 0, [], [InvalidOperation, DivisionByZero])
HUNDREDTH, TEN_THOUSANDTH = Decimal("0.01"), Decimal("0.0001")


def assess(patient: Patient, evidence: Evidence) -> KidneyFunction:
    """Return the kidney value that decides, and its band: an eGFR as reported, or the lower of eGFR and CrCl.

    Dialysis is kidney failure whatever the value, and needs none. Under 18 the equations do not hold and
    nothing is computed: the result claims nothing, and screening stops the plan for the age. Raises BadInput
    when there is no kidney result, when there are two, and for what is missing or out of range.
    """
    protocol = evidence.protocol
    check(patient, protocol.rules)
    if patient.egfr is not None and patient.creatinine is not None:
        raise BadInput(("egfr", "creatinine"), "both are given", "give one, since {creatinine} computes the eGFR")
    highest, failure = protocol.bands[0], protocol.bands[-1]
    if patient.egfr is not None:
        result = _reported(patient.egfr, protocol)
    elif patient.dialysis and patient.creatinine is None:
        result = KidneyFunction(value=Decimal(0), basis="dialysis", band=failure.name)
    elif patient.age is not None and patient.age < protocol.rules.adult_age:
        if patient.creatinine is not None:
            read_creatinine(patient.creatinine, _equations(evidence))
        unknown = protocol.rules.egfr_highest
        result = KidneyFunction(value=unknown, basis="not computed", band=highest.name, at_least=True)
    elif patient.creatinine is not None:
        result = _computed(patient, patient.creatinine, evidence)
    else:
        raise BadInput("egfr", "a plan needs a kidney result", f"give {A_RESULT}")
    return result._replace(band=failure.name) if patient.dialysis else result


def check(patient: Patient, rules: Rules) -> None:
    """Raise BadInput unless age, sex and weight can be true."""
    age, weight = patient.age, patient.weight
    if age is not None and not (isinstance(age, int) and 0 <= age <= rules.oldest_age):
        span = f"{rules.adult_age} to {rules.oldest_age}"
        raise BadInput("age", "{typed} is out of range", f"give completed years, {span}", typed=age)
    if patient.sex is not None and patient.sex not in SEXES:
        raise BadInput("sex", "{typed} is unknown", f"give {' or '.join(SEXES)}", typed=patient.sex or "nothing")
    if weight is None:
        return
    if not isinstance(weight, (Decimal, int)):
        raise BadInput("weight", "{typed} is a float, which is not exact", "give Decimal('{typed}')", typed=weight)
    if not (Decimal(weight).is_finite() and rules.weight_lowest <= weight <= rules.weight_highest):
        span = f"{rules.weight_lowest:f} to {rules.weight_highest:f}"
        raise BadInput("weight", "{typed} is out of range", f"give kilograms, {span}", typed=weight)


def read_egfr(given: Decimal | int | str, protocol: Protocol) -> tuple[Decimal, bool]:
    """Return an eGFR in mL/min/1.73 m2, and whether the laboratory printed it as `>60` or `>90` (60 and 90).

    `<15`, kidney failure, is read as the value just below it: 14.99.
    Raises BadInput for what is no number, for a float (not exact) and for values out of range.
    """
    exact = isinstance(given, (Decimal, int, str)) and not isinstance(given, bool)
    text = str(given).strip() if exact else ""
    failure_below = protocol.bands[-2].low
    if text.startswith("<") and text.removeprefix("<").strip() == f"{failure_below:f}":
        return EXACT.subtract(failure_below, HUNDREDTH), False
    at_least = text.startswith(">")
    number = text.removeprefix(">").strip()
    if not NUMBER.fullmatch(number) or (at_least and number not in AT_LEAST):
        example = "give a number such as 85 or 59.5, or >60 or >90"
        raise BadInput("egfr", "{typed!r} is not a kidney result", example, typed=text or given)
    value = Decimal(number)
    highest = protocol.rules.egfr_highest
    if value > highest:
        todo = "give the eGFR in mL/min/1.73 m2, not the creatinine"
        raise BadInput("egfr", f"{text} is above {highest:f}", todo)
    return value, at_least


def read_creatinine(given: str, equations: Equations) -> Decimal:
    """Return a creatinine in mg/dL from a number and its unit, umol/L or mg/dL, with or without a space.

    Raises BadInput for a missing or unknown unit, and for a value that no adult has: mostly the wrong unit.
    """
    number, unit = split_creatinine(given)
    value = Decimal(number)
    lowest, highest = equations.plausible[unit]
    if not lowest <= value <= highest:
        likely = [name for name, (low, high) in equations.plausible.items() if name != unit and low <= value <= high]
        ask = f"did the laboratory print {number} {likely[0]}?" if likely else "check the number and its unit"
        raise BadInput("creatinine", f"{number} {unit} is outside {lowest:f} to {highest:f} {unit}", ask)
    return value if unit == "mg/dL" else EXACT.divide(value, equations.umol_per_mg)


def split_creatinine(given: str) -> tuple[str, str]:
    """Return the number, as typed, and the unit, `umol/L` or `mg/dL`; BadInput for anything else.

    >>> split_creatinine("88µmol/l"), split_creatinine("1.0 MG/DL")
    (('88', 'umol/L'), ('1.0', 'mg/dL'))
    """
    text = given.strip() if isinstance(given, str) else str(given)
    parts = re.fullmatch(WITH_UNIT, text)
    number, unit = parts.groups() if parts else ("", "")
    mended = number.replace(",", ".")
    if mended != number and NUMBER.fullmatch(mended):
        such = f"{mended} {unit}".strip()
        todo = "write decimals with a point, such as {such}"
        raise BadInput("creatinine", "{typed} has a comma", todo, typed=text, such=such)
    if not NUMBER.fullmatch(number):
        raise BadInput("creatinine", "{typed} is not a creatinine", AS_PRINTED, typed=text or "nothing")
    if not unit:
        raise BadInput("creatinine", "{typed} has no unit", AS_PRINTED, typed=text)
    if unit.casefold() not in UNITS:
        raise BadInput("creatinine", "{typed} is neither in umol/L nor in mg/dL", AS_PRINTED, typed=text)
    return number, UNITS[unit.casefold()]


def ckd_epi_2021(creatinine: Decimal, age: Decimal | int, sex: str, equations: Equations) -> Decimal:
    """Return an adult's eGFR in mL/min/1.73 m2, unrounded; creatinine in mg/dL, age in years."""
    constants = equations.ckd_epi
    with localcontext(EXACT):
        ratio = creatinine / constants.kappa[sex]
        low, high = (
            _power(min(ratio, Decimal(1)), constants.alpha[sex]),
            _power(max(ratio, Decimal(1)), constants.exponent),
        )
        value = constants.factor * low * high * _power(constants.age_base, Decimal(age))
        return value * constants.female if sex == "female" else value


@lru_cache(maxsize=4096)  # a power takes longer than a plan, and a roster has few ages and creatinines
def _power(base: Decimal, exponent: Decimal) -> Decimal:
    return EXACT.power(base, exponent)


def cockcroft_gault(
    creatinine: Decimal, age: Decimal | int, sex: str, weight: Decimal | int, equations: Equations
) -> Decimal:
    """Return the creatinine clearance in mL/min, unrounded; creatinine in mg/dL, weight in kg."""
    constants = equations.cockcroft_gault
    with localcontext(EXACT):
        value = (constants.age_from - age) * weight / (constants.divisor * creatinine)
        return value * constants.female if sex == "female" else value


def band_of(value: Decimal, protocol: Protocol) -> Band:
    """Return the band that holds an unrounded kidney value: the lower edge is in it, the upper is not."""
    return next(band for band in protocol.bands if value >= band.low)


def nearest_cut(value: Decimal, protocol: Protocol) -> tuple[Decimal, Decimal]:
    """Return the cut-off between bands that is nearest to `value`, and how far it is, unrounded."""
    gaps = ((EXACT.abs(EXACT.subtract(value, band.low)), band.low) for band in protocol.bands if band.low)
    gap, cut = min(gaps)
    return cut, gap


def shown(value: Decimal) -> str:
    """Return a kidney value for a reader: two decimals at most, never rounded up to a whole number.

    >>> shown(Decimal("29.9591")), shown(Decimal("29.9999")), shown(Decimal("85.0")), shown(Decimal("44.5"))
    ('29.96', '29.99', '85', '44.5')
    """
    near = value.quantize(HUNDREDTH, ROUND_HALF_EVEN, EXACT)
    if near == near.to_integral_value():
        near = value.quantize(HUNDREDTH, ROUND_DOWN, EXACT)
    return f"{near:f}".rstrip("0").rstrip(".")


def printed(kidney: KidneyFunction) -> str:
    """Return the value that decides for a reader, as the laboratory printed it where it gave only a bound."""
    return f">{kidney.value:f}" if kidney.at_least else shown(kidney.value)


def working(
    kidney: KidneyFunction, patient: Patient, evidence: Evidence, name: Callable[[str], str]
) -> tuple[str, ...]:
    """Return how `kidney` came about, a sentence each: the sums, what decides, band, nearest cut-off.

    `name` gives a fact, such as `weight`, the name under which the reader can give it.
    """
    protocol = evidence.protocol
    lines = [*_sums(kidney, patient, evidence, name)]
    if patient.dialysis:
        lines.append(f"Dialysis: band {kidney.band} whatever the value.")
    elif kidney.egfr is None:
        return (f"Nothing is computed: the equations hold from age {protocol.rules.adult_age}.",)
    lines.append(_limits(protocol.band(kidney.band), protocol))
    if not patient.dialysis:
        lines.append(_nearness(kidney, protocol))
    return tuple(lines)


def _sums(kidney: KidneyFunction, patient: Patient, evidence: Evidence, name: Callable[[str], str]) -> tuple[str, ...]:
    """Say the formulas with the patient's numbers; for a reported eGFR what was reported."""
    if kidney.egfr is None:
        return ()
    needed_too = f"{name('creatinine')}, {name('age')} and {name('sex')}"
    unused = f"The weight is not used: creatinine clearance needs {needed_too} too."
    if patient.creatinine is None or patient.age is None or patient.sex is None:
        read = shown(kidney.egfr)
        if str(patient.egfr).startswith((">", "<")):
            read = f"{patient.egfr}, read as {read}"
        return (f"eGFR reported: {read} mL/min/1.73 m2.", *([unused] if patient.weight is not None else []))
    equations, age, sex = _equations(evidence), patient.age, patient.sex
    number, unit = split_creatinine(patient.creatinine)
    creatinine = number
    lines = []
    if unit != "mg/dL":
        exact = read_creatinine(patient.creatinine, equations)
        creatinine = f"{exact.quantize(TEN_THOUSANDTH, context=EXACT):f}"
        lines.append(f"Creatinine: {number} {unit} / {equations.umol_per_mg:f} = {creatinine} mg/dL.")
    first, second = equations.ckd_epi, equations.cockcroft_gault
    over = f"{creatinine} / {first.kappa[sex]:f}"
    women = (f" x {first.female:f}", f" x {second.female:f}") if sex == "female" else ("", "")
    lines.append(
        f"eGFR ({first.name}): {first.factor:f} x min({over}, 1)^{first.alpha[sex]:f} x max({over}, 1)"
        f"^{first.exponent:f} x {first.age_base:f}^{age}{women[0]} = {shown(kidney.egfr)} mL/min/1.73 m2."
    )
    if kidney.crcl is None or patient.weight is None:
        needed = evidence.protocol.rules.weight_needed_age
        why = f"; from age {needed} it is needed" if age >= needed else ""
        return (*lines, f"Creatinine clearance: not computed; give {name('weight')} for it{why}.")
    lines.append(
        f"Creatinine clearance ({second.name}): ({second.age_from:f} - {age}) x {Decimal(patient.weight):f}"
        f" / ({second.divisor:f} x {creatinine}){women[1]} = {shown(kidney.crcl)} mL/min."
    )
    lower = "creatinine clearance" if kidney.basis == CRCL_COMPUTED else "eGFR"
    return (*lines, f"The lower of the two decides: {lower}, {shown(kidney.value)}.")


def _limits(band: Band, protocol: Protocol) -> str:
    above = next((other.low for other in reversed(protocol.bands) if other.low > band.low), None)
    span = f"{band.low:f} and over" if above is None else f"{band.low:f} to under {above:f}"
    dose = f"usual target {band.default_target:f}, ceiling {band.ceiling:f} mg a day" if band.ceiling else "no dose"
    return f"Band {band.name} ({span}): {dose}; {band.cite}."


def _nearness(kidney: KidneyFunction, protocol: Protocol) -> str:
    if kidney.at_least:
        return "Distance to the nearest cut-off: not known, since the laboratory gave only a bound."
    cut, gap = nearest_cut(kidney.value, protocol)
    again = "; repeat the test or measure cystatin C" if gap <= protocol.rules.near_cut_off else ""
    if not gap:
        return f"Nearest cut-off: {cut:f}; the value is exactly on it{again}."
    far = shown(gap) if gap >= HUNDREDTH else "less than 0.01"
    side = "below" if kidney.value < cut else "above"
    return f"Nearest cut-off: {cut:f}; the value is {far} {side} it{again}."


def _reported(given: Decimal | int | str, protocol: Protocol) -> KidneyFunction:
    value, at_least = read_egfr(given, protocol)
    band = band_of(value, protocol).name
    return KidneyFunction(value=value, basis=EGFR_REPORTED, band=band, egfr=value, at_least=at_least)


def _computed(patient: Patient, given: str, evidence: Evidence) -> KidneyFunction:
    """Take the lower of the two equations, since each may read too high; with no weight there is only one."""
    equations = _equations(evidence)
    creatinine = read_creatinine(given, equations)
    age, sex, weight = patient.age, patient.sex, patient.weight
    if age is None or sex is None:
        missing = " and ".join(f"{{{name}}}" for name, fact in (("age", age), ("sex", sex)) if fact is None)
        raise BadInput("creatinine", "it says nothing without age and sex", f"give {missing} too")
    egfr = ckd_epi_2021(creatinine, age, sex, equations)
    crcl = None if weight is None else cockcroft_gault(creatinine, age, sex, weight, equations)
    clearance_decides = crcl is not None and crcl < egfr
    value = crcl if crcl is not None and clearance_decides else egfr
    return KidneyFunction(
        value=value,
        basis=CRCL_COMPUTED if clearance_decides else EGFR_COMPUTED,
        band=band_of(value, evidence.protocol).name,
        equation=(equations.cockcroft_gault if clearance_decides else equations.ckd_epi).name,
        egfr=egfr,
        crcl=crcl,
    )


def _equations(evidence: Evidence) -> Equations:
    if evidence.equations is None:
        raise ValueError("this evidence was read for a patient without a creatinine")
    return evidence.equations
