"""A plan as JSON values, and any JSON document as bytes: what a saved plan holds; `planfile` reads it back."""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, Decimal
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any

from titrate.model import SLOTS, Output
from titrate.wording.phrases import amount, stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from titrate.model import Day, Dose, Finding, Inputs, Patient, Plan, Revision, Step

OBEYED = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")  # by a terminal, beside JSON's own
COMPUTED_LEAST = Decimal("0.01")
COMPUTED_MOST = Decimal("0.0001")


def document(plan: Plan) -> dict[str, Any]:
    """Return what `render` writes, as values: numbers are `int` where whole, else `Decimal`.

    A saved plan read with `parse_float=Decimal` is equal to it.
    """
    protocol = plan.protocol
    return {
        "schema": "titrate/plan/1",
        "id": str(plan.id),
        "created": stamp(plan.created),
        "titrate": plan.version,
        "protocol": {
            "id": protocol.id,
            "version": protocol.version,
            "sha256": protocol.sha256,
        },
        "inputs": inputs(plan.inputs),
        "revisions": [revision(change) for change in plan.revisions],
        "kidney": _kidney(plan),
        "ceiling_mg_per_day": number(plan.ceiling),
        "target_mg_per_day": number(plan.target),
        "steps": [_step(step, with_tablets=bool(plan.inputs.tablets)) for step in plan.steps],
        "days": [_day(day) for day in plan.days],
        "findings": [finding_document(finding) for finding in plan.findings],
        "review": {"day": plan.review.day, "date": plan.review.date.isoformat()} if plan.review else None,
        "supply": [
            {"tablet_mg": number(row.tablet_mg), "tablets": row.tablets, "alternative": row.alternative}
            for row in plan.supply
        ],
    }


def inputs(given: Inputs) -> dict[str, Any]:
    """Return the options that shaped a plan, by option name, in the order of the command line.

    What was not given is absent; start, the three times and the zone are always there.
    """
    patient, output = given.patient, given.output
    options: dict[str, Any] = {
        "start": given.start.isoformat(),
        **_result(patient),
        "target": _maybe(given.target),
        "days": given.days,
        **{slot: f"{getattr(given.slots, slot):%H:%M}" for slot in SLOTS},
        "tz": given.zone,
        "floating": given.floating or None,
        "tested": patient.tested.isoformat() if patient.tested else None,
        **_circumstances(patient),
        "tablet": [number(mg) for mg in given.tablets] or None,
        "pack": given.pack,
        "confirm": list(given.confirmed) or None,
        "prescriber": given.prescriber,
        "discreet": output.discreet or None,
        "label": output.label,
        "alarm": output.alarm or None,  # 0, at the time of the dose, is how it is unless asked otherwise
        "no-alarm": True if output.alarm is None else None,
        "paper": output.paper if output.paper != Output().paper else None,
        "large-print": output.large_print or None,
        "for": output.audience if output.audience != Output().audience else None,
        "contact": output.contact,
    }
    return {name: value for name, value in options.items() if value is not None}


def revision(change: Revision) -> dict[str, Any]:
    """Return one revision: when it was written, from which day it acts, what it does, and what it learned."""
    tested = change.patient.tested
    keys: dict[str, Any] = {
        "number": change.number,
        "at": stamp(change.at),
        "from": change.start.isoformat(),
        "action": change.action,
        "days": change.days,
        "target": _maybe(change.target),
        **_result(change.patient),
        "tested": tested.isoformat() if tested else None,
        "reason": change.reason,
        **_circumstances(change.patient),
        "confirm": list(change.confirmed) or None,
        "prescriber": change.prescriber,
        "no-rise": change.no_rise or None,
    }
    return {name: value for name, value in keys.items() if value is not None}


def number(value: Decimal | int) -> int | Decimal:
    """Return a number as JSON holds it: `int` where whole, else exact and without trailing zeros.

    >>> number(Decimal("15.0")), number(Decimal("2.50"))
    (15, Decimal('2.5'))
    """
    return int(value) if value == int(value) else Decimal(amount(Decimal(value)))


def computed(value: Decimal) -> Decimal:
    """Return a computed kidney value with two to four decimals, cut: no cut-off is ever reached by rounding.

    >>> computed(Decimal("59.99999")), computed(Decimal("44"))
    (Decimal('59.9999'), Decimal('44.00'))
    """
    cut = value.quantize(COMPUTED_MOST, rounding=ROUND_DOWN).normalize()
    return cut.quantize(COMPUTED_LEAST) if cut == cut.quantize(COMPUTED_LEAST, rounding=ROUND_DOWN) else cut


def _maybe(value: Decimal | int | None) -> int | Decimal | None:
    return None if value is None else number(value)


def _result(patient: Patient) -> dict[str, Any]:
    """Return the kidney result and what its equations need."""
    return {
        "egfr": _egfr(patient.egfr),
        "creatinine": patient.creatinine,
        "age": patient.age,
        "sex": patient.sex,
        "weight": _maybe(patient.weight),
    }


def _egfr(given: Decimal | int | str | None) -> int | str | Decimal | None:
    """Return an eGFR as a number, or as the laboratory prints it where it gives only a bound."""
    if given is None:
        return None
    text = str(given).replace(" ", "")
    return text if text.startswith(">") else number(Decimal(text))


def _circumstances(patient: Patient) -> dict[str, Any]:
    """Return medicines, conditions and states; an empty list of medicines says: asked for, none taken."""
    return {
        "taking": None if patient.taking is None else list(patient.taking),
        "condition": list(patient.conditions) or None,
        "pregnant": patient.pregnant or None,
        "breastfeeding": patient.breastfeeding or None,
        "dialysis": patient.dialysis or None,
    }


def _kidney(plan: Plan) -> dict[str, Any]:
    kidney = plan.kidney
    patients = (plan.inputs.patient, *(change.patient for change in plan.revisions))
    reported = {Decimal(str(patient.egfr).strip(" >")) for patient in patients if patient.egfr is not None}

    def egfr(value: Decimal) -> int | Decimal:
        return number(value) if value in reported else computed(value)

    written: dict[str, Any] = {
        "value": computed(kidney.value) if kidney.computed else number(kidney.value),
        "basis": kidney.basis,
        "band": kidney.band,
        "equation": kidney.equation,
        "egfr": None if kidney.egfr is None else egfr(kidney.egfr),
        "crcl": None if kidney.crcl is None else computed(kidney.crcl),
    }
    if kidney.equation:
        written["inputs"] = _computed_from(patients)
    return written


def _computed_from(patients: Sequence[Patient]) -> dict[str, Any]:
    """Return what the equations used: of each fact the last that was given."""
    facts: dict[str, Any] = {}
    for patient in patients:
        given = {
            "creatinine": patient.creatinine,
            "age": patient.age,
            "sex": patient.sex,
            "weight": _maybe(patient.weight),
        }
        facts |= {name: value for name, value in given.items() if value is not None}
    return {name: facts[name] for name in ("creatinine", "age", "sex", "weight") if name in facts}


def _doses(doses: Iterable[Dose]) -> dict[str, int | Decimal]:
    return {dose.slot: number(dose.mg) for dose in doses}


def _step(step: Step, *, with_tablets: bool) -> dict[str, Any]:
    written: dict[str, Any] = {
        "number": step.number,
        "first_day": step.first_day,
        "last_day": step.last_day,
        "first_date": step.first_date.isoformat(),
        "last_date": step.last_date.isoformat(),
        "doses_mg": _doses(step.doses),
        "total_mg_per_day": number(step.total),
        "gate": step.gate.text if step.gate else None,
    }
    if with_tablets:
        written["tablets"] = {
            dose.slot: [{"tablet_mg": number(one.tablet_mg), "count": number(one.count)} for one in counts]
            for dose, counts in zip(step.doses, step.tablets, strict=True)
        }
    return written


def _day(day: Day) -> dict[str, Any]:
    return {
        "day": day.number,
        "date": day.date.isoformat(),
        "doses_mg": _doses(day.doses),
        "total_mg": number(day.total),
    }


def finding_document(finding: Finding) -> dict[str, Any]:
    """Return one finding as every JSON document holds it."""
    written = {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "source": finding.source,
    }
    return written if finding.confirmed_by is None else {**written, "confirmed_by": finding.confirmed_by}


def encoded(document: dict[str, Any]) -> bytes:
    """Return any document as the bytes of a JSON file, two-space indent, exact numbers, final new line."""
    # A stray half of a UTF-16 pair, which no UTF-8 can hold, and what a terminal would obey are written as JSON's escapes.
    text = OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", _written(document, ""))
    return f"{text}\n".encode("utf-8", "backslashreplace")


def _written(value: Any, indent: str) -> str:
    """Write a value as `json.dumps(indent=2)` would, but a Decimal digit by digit: never through a float."""
    inner = f"{indent}  "
    if isinstance(value, dict):
        return _bracketed(
            "{}",
            [f"{encode_basestring(name)}: {_written(item, inner)}" for name, item in value.items()],
            indent,
        )
    if isinstance(value, list):
        return _bracketed("[]", [_written(item, inner) for item in value], indent)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return (
        encode_basestring(value)
        if isinstance(value, str)
        else f"{value:f}"
        if isinstance(value, Decimal)
        else str(value)
    )


def _bracketed(pair: str, items: Sequence[str], indent: str) -> str:
    if not items:
        return pair
    inner = f",\n{indent}  ".join(items)
    return f"{pair[0]}\n{indent}  {inner}\n{indent}{pair[1]}"
