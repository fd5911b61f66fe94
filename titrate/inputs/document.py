"""A plan as JSON values, and any JSON document as bytes: what a saved plan holds; `planfile` reads it back."""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, Decimal
from hashlib import sha256
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any

from titrate.engine.kidney import nearest_cut
from titrate.errors import BadInput
from titrate.inputs import facts
from titrate.inputs.kinds import exact
from titrate.inputs.strict_json import LARGEST
from titrate.wording.phrases import stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from titrate.model import (
        Day,
        Dose,
        Finding,
        Inputs,
        KidneyFunction,
        NewSettings,
        Patient,
        Plan,
        Protocol,
        Revision,
        Step,
    )

OBEYED = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")  # by a terminal, beside JSON's own
# The facts in the order in which they are written.
INPUTS = (
    facts.START,
    facts.REPORTED,
    *facts.EQUATION,
    facts.TARGET,
    facts.DAYS,
    *facts.SLOTS,
    facts.TZ,
    facts.FLOATING,
    facts.TESTED,
    *facts.CIRCUMSTANCES,
    facts.TABLET,
    facts.PACK,
    facts.CONFIRM,
    facts.PRESCRIBER,
    *facts.OUTPUT,
)
REVISION = (
    facts.DAYS,
    facts.TARGET,
    facts.REPORTED,
    *facts.EQUATION,
    facts.TESTED,
    facts.REASON,
    *facts.CIRCUMSTANCES,
    facts.STOPPED,
    facts.CONFIRM,
    facts.PRESCRIBER,
)
SCHEMA = "titrate/plan/1"
COMPUTED_LEAST = Decimal("0.01")
COMPUTED_MOST = Decimal("0.0001")


def document(plan: Plan) -> dict[str, Any]:
    """Return what a saved plan holds but for its seal, as values: numbers are `int` where whole, else `Decimal`.

    A saved plan read with `parse_float=Decimal` is equal to it.
    """
    protocol = plan.protocol
    return {
        "schema": SCHEMA,
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
        "ceiling_mg_per_day": exact(plan.ceiling),
        "target_mg_per_day": exact(plan.target),
        "steps": [_step(step, with_tablets=bool(plan.inputs.tablets)) for step in plan.steps],
        "days": [_day(day) for day in plan.days],
        "names": [name._asdict() for name in plan.names],
        "findings": [finding_document(finding) for finding in plan.findings],
        "review": {"day": plan.review.day, "date": plan.review.date.isoformat()} if plan.review else None,
        "supply": [
            {"tablet_mg": exact(row.tablet_mg), "tablets": row.tablets, "alternative": row.alternative}
            for row in plan.supply
        ],
    }


def inputs(given: Inputs) -> dict[str, Any]:
    """Return the options that shaped a plan, by option name, in the order of the command line.

    What was not given is absent; start, the three times and the zone are always there.
    """
    fields = {**given._asdict(), **given.patient._asdict(), **given.slots._asdict(), **given.output._asdict()}
    return given_facts(INPUTS, {**fields, facts.NO_ALARM.field: given.output.alarm is None})


def revision(change: Revision) -> dict[str, Any]:
    """Return one revision: when it was written, from which day it acts, what it does, and what it learned."""
    return {
        "number": change.number,
        "at": stamp(change.at),
        "from": change.start.isoformat(),
        "action": change.action,
        **given_facts(REVISION, {**change._asdict(), **change.patient._asdict()}),
        **new_settings(change.settings),
        **({"no-rise": True} if change.no_rise else {}),
        **({"protocol": change.protocol.version} if change.protocol else {}),
        **({"edition": change.edition} if change.edition else {}),
    }


def new_settings(new: NewSettings) -> dict[str, Any]:
    """Return what a revision changes of the practical side, by option name: also what is an answer of no."""
    given = ((fact, getattr(new, fact.field)) for fact in facts.PRACTICAL)
    return {fact.key: fact.kind.to_json(value) for fact, value in given if value is not None}


def given_facts(wanted: Iterable[facts.Fact], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that were given, by their keys, from the fields of the model."""
    written = ((fact.key, fact.to_json(fields[fact.field])) for fact in wanted)
    return {key: value for key, value in written if value is not None}


def computed(value: Decimal) -> Decimal:
    """Return a computed kidney value with two to four decimals, cut: no cut-off is ever reached by rounding.

    >>> computed(Decimal("59.99999")), computed(Decimal("44"))
    (Decimal('59.9999'), Decimal('44.00'))
    """
    cut = value.quantize(COMPUTED_MOST, rounding=ROUND_DOWN).normalize()
    return cut.quantize(COMPUTED_LEAST) if cut == cut.quantize(COMPUTED_LEAST, rounding=ROUND_DOWN) else cut


def kidney_document(kidney: KidneyFunction) -> dict[str, Any]:
    """Return a kidney value with both estimates behind it: one reported as it was, one computed cut; null for none."""
    value = computed if kidney.computed else exact
    return {
        "value": None if kidney.egfr is None else value(kidney.value),
        "basis": kidney.basis,
        "band": kidney.band,
        "equation": kidney.equation,
        "egfr": None if kidney.egfr is None else value(kidney.egfr),
        "crcl": None if kidney.crcl is None else computed(kidney.crcl),
    }


def cut_off_document(kidney: KidneyFunction, protocol: Protocol) -> dict[str, Any] | None:
    """Return the cut-off nearest to a kidney value and how far it is; None where the laboratory gave only a bound."""
    if kidney.at_least:
        return None
    cut, gap = nearest_cut(kidney.value, protocol)
    return {"value": exact(cut), "distance": (computed if kidney.computed else exact)(gap)}


def _kidney(plan: Plan) -> dict[str, Any]:
    kidney = plan.kidney
    patients = (plan.inputs.patient, *(change.patient for change in plan.standing))
    reported = {Decimal(str(patient.egfr).strip(" ><")) for patient in patients if patient.egfr is not None}

    written = kidney_document(kidney)
    if kidney.egfr in reported:
        written["egfr"] = exact(kidney.egfr)
    if kidney.equation:
        written["inputs"] = _computed_from(patients)
    return written


def _computed_from(patients: Sequence[Patient]) -> dict[str, Any]:
    """Return what the equations used: of each fact the last that was given."""
    latest: dict[str, Any] = {}
    for patient in patients:
        latest |= given_facts(facts.EQUATION, patient._asdict())
    return {fact.key: latest[fact.key] for fact in facts.EQUATION if fact.key in latest}


def _doses(doses: Iterable[Dose]) -> dict[str, int | Decimal]:
    return {dose.slot: exact(dose.mg) for dose in doses}


def _step(step: Step, *, with_tablets: bool) -> dict[str, Any]:
    written: dict[str, Any] = {
        "number": step.number,
        "first_day": step.first_day,
        "last_day": step.last_day,
        "first_date": step.first_date.isoformat(),
        "last_date": step.last_date.isoformat(),
        "doses_mg": _doses(step.doses),
        "total_mg_per_day": exact(step.total),
        "gate": step.gate.text if step.gate else None,
    }
    if with_tablets:
        written["tablets"] = {
            dose.slot: [{"tablet_mg": exact(count.tablet_mg), "count": exact(count.count)} for count in counts]
            for dose, counts in zip(step.doses, step.tablets, strict=True)
        }
    return written


def _day(day: Day) -> dict[str, Any]:
    return {
        "day": day.number,
        "date": day.date.isoformat(),
        "doses_mg": _doses(day.doses),
        "total_mg": exact(day.total),
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


def sealed(document: dict[str, Any]) -> bytes:
    """Return a document as the bytes of a JSON file with a last key more: the seal over all the others.

    Raises BadInput where it is larger than `strict_json` reads: what is written can always be read.
    """
    data = encoded(document)
    end = b"\n}\n"
    whole = data.removesuffix(end) + f',\n  "seal": "{seal(data)}"'.encode() + end
    if len(whole) > LARGEST:
        wrong = f"the plan would take more than {LARGEST} bytes, and could not be read again"
        raise BadInput("", wrong, "give shorter texts, or make a new plan")
    return whole


def seal(data: bytes) -> str:
    """Return the seal of a document, encoded without one: it tells damage and changes by hand, and is no signature."""
    return sha256(data).hexdigest()


def encoded(document: dict[str, Any]) -> bytes:
    """Return any document as the bytes of a JSON file, two-space indent, exact numbers, final new line."""
    # A stray half of a UTF-16 pair, which no UTF-8 can hold, and what a terminal would obey are written as JSON's escapes.
    text = OBEYED.sub(lambda sign: f"\\u{ord(sign[0]):04x}", _json(document, ""))
    return f"{text}\n".encode("utf-8", "backslashreplace")


def _json(value: Any, indent: str) -> str:
    """Write a value as `json.dumps(indent=2)` would, but a Decimal digit by digit: never through a float."""
    inner = f"{indent}  "
    if isinstance(value, dict):
        return _bracketed(
            "{}",
            [f"{encode_basestring(name)}: {_json(item, inner)}" for name, item in value.items()],
            indent,
        )
    if isinstance(value, list):
        return _bracketed("[]", [_json(item, inner) for item in value], indent)
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
