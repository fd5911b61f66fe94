"""Saved plans: the inputs and revisions in a file are the truth, and all else in it is made again and compared.

A file that disagrees with what its inputs make is refused, naming the place; nothing in it is ever believed or repaired.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple, NoReturn

from titrate.engine import limits
from titrate.engine import revision as revising
from titrate.engine.admission import MOST_REVISIONS
from titrate.errors import BadInput, Refused
from titrate.evidence import reader
from titrate.inputs import fields, zones
from titrate.inputs.document import document
from titrate.inputs.facts import LONGEST_ALARM
from titrate.inputs.fields import WAY_OUT
from titrate.model import SLOTS, Inputs, Output, Patient, Plan, Revision, Slots

LARGEST = 10_000_000  # bytes; a plan of a year with many revisions is well below one million
LONGEST_NUMBER = 20  # characters; the longest that a plan writes has eight
SCHEMA = "titrate/plan/1"
ACTIONS = ("hold", "step-back", "resume", "target", "kidney", "stop")

RESULT = ("egfr", "creatinine", "age", "sex", "weight", "tested")
FACTS = (*RESULT, "taking", "condition", "pregnant", "breastfeeding", "dialysis")
TOLD = ("discreet", "label", "alarm", "no-alarm", "paper", "large-print", "for", "contact")
SHAPED = ("start", "target", "days", *SLOTS, "tz", "floating", "tablet", "pack", "confirm", "prescriber")
INPUTS = (*SHAPED, *TOLD, *FACTS)
REVISION = ("number", "at", "from", "action", "days", "target", "reason", "confirm", "prescriber", "no-rise", *FACTS)
PROTOCOL = ("id", "version", "sha256")
PLAN = (
    *("schema", "id", "created", "titrate", "protocol", "inputs", "revisions", "kidney", "ceiling_mg_per_day"),
    *("target_mg_per_day", "steps", "days", "findings", "review", "supply"),
)


class Saved(NamedTuple):
    """A plan read back; `news` says what screening finds now and did not then, or the other way round."""

    plan: Plan
    news: tuple[str, ...]


def read(data: bytes, name: str) -> Saved:
    """Return the plan that a saved file holds, made again from its inputs and revisions.

    Raises BadInput, naming the place and a way out, for a file that is too large, no UTF-8, truncated, no plan, of a newer
    schema or an unknown protocol, and for one that disagrees with itself.
    """
    try:
        return _read(data)
    except BadInput as error:
        raise BadInput(f"{name}: {error}") from None
    except Refused as error:
        raise BadInput(f"{name}: what it holds is no plan of these rules ({error}); {WAY_OUT}") from None


def _read(data: bytes) -> Saved:
    found = _parsed(data)
    fields.known_keys(found, PLAN, "")
    if missing := [key for key in PLAN if key not in found]:
        raise BadInput(f"{missing[0]}: is missing; {WAY_OUT}")
    inputs = _inputs(fields.table(found["inputs"], "inputs"))
    zone = zones.zone(inputs.zone)
    created = fields.stamp(fields.text(found, "created"), "created").astimezone(zone)
    revisions = _revisions(fields.list_of(found["revisions"], "revisions"), created)
    protocol = fields.table(found["protocol"], "protocol")
    fields.known_keys(protocol, PROTOCOL, "protocol.")
    evidence = reader.evidence(
        revising.everything_known(inputs, revisions),
        fields.text(protocol, "id", "protocol."),
        fields.text(protocol, "version", "protocol."),
    )
    if fields.text(protocol, "sha256", "protocol.") != evidence.protocol.sha256:
        raise BadInput(
            "protocol.sha256: the protocol that made this plan is not the one of this titrate; "
            "install the version that made it"
        )
    plan = revising.replay(
        evidence,
        inputs,
        revisions,
        id=fields.uuid(fields.text(found, "id")),
        created=created,
        version=_version(fields.text(found, "titrate")),
    )
    made = document(plan)
    if difference := _difference({**found, "findings": None}, {**made, "findings": None}, ""):
        raise BadInput(f"it disagrees with itself, so somebody changed it by hand: {difference}; {WAY_OUT}")
    return Saved(plan, _news(fields.list_of(found["findings"], "findings"), made["findings"], plan))


def _parsed(data: bytes) -> dict[str, Any]:
    """The JSON object in `data`, exactly: no duplicate key, no NaN, no float."""
    if len(data) > LARGEST:
        raise BadInput(f"more than {LARGEST} bytes are too many for a plan; give a file that titrate wrote")
    try:
        text = data.decode("utf-8-sig")  # an editor may have put a byte order mark before it
    except UnicodeDecodeError as error:
        raise BadInput(f"not UTF-8 at byte {error.start}; {WAY_OUT}") from None
    try:
        found = json.loads(
            text, parse_int=_int, parse_float=_decimal, parse_constant=_no_constant, object_pairs_hook=_unique
        )
    except json.JSONDecodeError as error:
        raise BadInput(f"no whole JSON at line {error.lineno}: truncated or damaged; {WAY_OUT}") from None
    except RecursionError:
        raise BadInput(f"no plan is nested that deep; {WAY_OUT}") from None
    schema = found.get("schema") if isinstance(found, dict) else None
    if not isinstance(found, dict) or schema != SCHEMA:
        if isinstance(schema, str) and re.fullmatch(r"titrate/plan/([2-9]|[1-9][0-9]{1,3})", schema):
            raise BadInput(f"schema {schema} is newer than this titrate reads ({SCHEMA}); update titrate")
        raise BadInput(f"this is no saved plan (schema {SCHEMA}); give a file written with -o plan.json")
    return found


def _int(text: str) -> int:
    return int(_short(text))


def _decimal(text: str) -> Decimal:
    if "e" in text or "E" in text:  # an exponent of nine digits would take a machine's whole memory
        raise BadInput(f"{text[:40]} is not how a plan writes a number; {WAY_OUT}")
    return Decimal(_short(text))


def _short(text: str) -> str:
    if len(text) > LONGEST_NUMBER:
        raise BadInput(f"{text[:40]}... is no number of a plan; {WAY_OUT}")
    return text


def _no_constant(name: str) -> NoReturn:
    raise BadInput(f"{name} is no number of a plan; {WAY_OUT}")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [key for key, _ in pairs]
        twice = next(key for key in names if names.count(key) > 1)
        raise BadInput(f"the key {twice} stands twice; {WAY_OUT}")
    return made


def _version(text: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z.+!-]{1,40}", text):
        raise BadInput(f"titrate: {text[:40]} is no version; {WAY_OUT}")
    return text


def _inputs(row: Mapping[str, Any]) -> Inputs:
    place = "inputs."
    fields.known_keys(row, INPUTS, place)
    tablets = fields.list_of(row.get("tablet", []), "inputs.tablet")
    return Inputs(
        start=fields.day(fields.text(row, "start", place), "inputs.start"),
        patient=_patient(row, place),
        slots=Slots(*(fields.clock(fields.text(row, slot, place), f"inputs.{slot}") for slot in SLOTS)),
        target=fields.number(row, "target", place),
        days=fields.whole(row, "days", place),
        zone=fields.text(row, "tz", place),
        floating=fields.flag(row, "floating", place),
        tablets=tuple(fields.decimal(mg, "inputs.tablet") for mg in tablets),
        pack=fields.whole(row, "pack", place, 1),
        **_confirmation(row, place),
        output=_output(row, place),
    )


def _output(row: Mapping[str, Any], place: str) -> Output:
    usual = Output()
    return Output(
        discreet=fields.flag(row, "discreet", place),
        label=fields.maybe_text(row, "label", place),
        alarm=None if fields.flag(row, "no-alarm", place) else fields.whole(row, "alarm", place, 1, LONGEST_ALARM) or 0,
        paper=fields.choice(row, "paper", ("a4", "letter"), place) or usual.paper,
        large_print=fields.flag(row, "large-print", place),
        audience=fields.choice(row, "for", ("patient", "clinician", "both"), place) or usual.audience,
        contact=fields.maybe_text(row, "contact", place),
    )


def _confirmation(row: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Who confirmed what; nothing is confirmed by nobody."""
    confirmed, prescriber = fields.names(row, "confirm", place), fields.maybe_text(row, "prescriber", place)
    if confirmed and not (prescriber or "").strip():
        raise BadInput(f"{place}prescriber: is missing beside confirm; {WAY_OUT}")
    if confirmed and not limits.names_somebody(prescriber):
        raise BadInput(f"{place}prescriber: {prescriber} is nobody's name; {WAY_OUT}")
    return {"confirmed": confirmed or (), "prescriber": prescriber}


def _patient(row: Mapping[str, Any], place: str) -> Patient:
    egfr = row.get("egfr")
    if egfr is not None and not isinstance(egfr, str):
        egfr = fields.decimal(egfr, f"{place}egfr")
    tested = fields.maybe_text(row, "tested", place)
    return Patient(
        egfr=egfr,
        creatinine=fields.maybe_text(row, "creatinine", place),
        age=fields.whole(row, "age", place),
        sex=fields.maybe_text(row, "sex", place),
        weight=fields.number(row, "weight", place),
        tested=None if tested is None else fields.day(tested, f"{place}tested"),
        taking=fields.names(row, "taking", place),
        conditions=fields.names(row, "condition", place) or (),
        pregnant=fields.flag(row, "pregnant", place),
        breastfeeding=fields.flag(row, "breastfeeding", place),
        dialysis=fields.flag(row, "dialysis", place),
    )


def _revisions(rows: Sequence[Any], created: datetime) -> tuple[Revision, ...]:
    """The revisions, numbered from 1, each made later than the one before."""
    if len(rows) > MOST_REVISIONS:
        raise BadInput(f"revisions: {len(rows)} are more than any plan has; {WAY_OUT}")
    made: list[Revision] = []
    for index, row in enumerate(rows):
        place = f"revisions[{index}]"
        revision = _revision(fields.table(row, place), f"{place}.", created)
        if revision.number != index + 1:
            raise BadInput(f"{place}.number: revisions are numbered from 1 in order; {WAY_OUT}")
        if revision.at <= (made[-1].at if made else created):
            raise BadInput(f"{place}.at: is not after the one before; {WAY_OUT}")
        made.append(revision)
    return tuple(made)


def _revision(row: Mapping[str, Any], place: str, created: datetime) -> Revision:
    fields.known_keys(row, REVISION, place)
    return Revision(
        number=fields.whole(row, "number", place) or 0,
        at=fields.stamp(fields.text(row, "at", place), f"{place}at").astimezone(created.tzinfo),
        start=fields.day(fields.text(row, "from", place), f"{place}from"),
        action=fields.choice(row, "action", ACTIONS, place) or fields.text(row, "action", place),
        days=fields.whole(row, "days", place),
        target=fields.number(row, "target", place),
        patient=_patient(row, place),
        reason=fields.maybe_text(row, "reason", place),
        **_confirmation(row, place),
        no_rise=fields.flag(row, "no-rise", place),
    )


def _difference(found: Any, made: Any, place: str) -> str:
    """Where a file differs from what its inputs make, in words; nothing where it does not."""
    if isinstance(found, dict) and isinstance(made, dict):
        for key in (*made, *(key for key in found if key not in made)):
            inner = f"{place}.{key}" if place else key
            if key not in found or key not in made:
                return f"{inner}: {'is missing' if key not in found else 'does not belong there'}"
            if difference := _difference(found[key], made[key], inner):
                return difference
        return ""
    if isinstance(found, list) and isinstance(made, list):
        for index, (one, other) in enumerate(zip(found, made, strict=False)):
            if difference := _difference(one, other, f"{place}[{index}]"):
                return difference
        return "" if len(found) == len(made) else f"{place}: has {len(found)} entries, the inputs make {len(made)}"
    same = type(found) is type(made) or {type(found), type(made)} == {int, Decimal}
    return "" if same and found == made else f"{place}: the file has {_shown(found)}, the inputs make {_shown(made)}"


def _news(then: Sequence[Any], now: Sequence[Any], plan: Plan) -> tuple[str, ...]:
    """What screening finds otherwise than when the plan was written, and whether that forbids a rise still to come."""
    news = [
        *(f"new finding: {row['code']}: {row['message']}" for row in now if row not in then),
        *(f"no longer found: {_told(row)}" for row in then if row not in now),
    ]
    told = not plan.revisions or not plan.revisions[-1].no_rise
    rises = any(after.total > before.total for before, after in pairwise(plan.steps))
    if news and told and rises and revising.forbids_rise(plan.findings):
        news.append("what is found now forbids a rise: do not go up before the prescriber has seen this")
    return tuple(news)


def _told(row: Any) -> str:
    if not isinstance(row, dict):
        return "something that is no finding"
    return f"{_shown(row.get('code'))}: {_shown(row.get('message'))}"


def _shown(value: Any) -> str:
    return str(value)[:200] if isinstance(value, (str, int, Decimal)) else "something else"
