"""Saved plans: the inputs and revisions in a file are the truth, and all else in it is computed again and compared.

A file that disagrees with what its inputs make, or with its seal, is refused, naming the place; nothing in it is ever believed or
repaired.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from voluptuous import All, Invalid, MultipleInvalid, Schema

from titrate.engine import limits
from titrate.engine.actions import ACTIONS
from titrate.engine.limits import MOST_REVISIONS
from titrate.engine.patient import known_patient
from titrate.engine.revision import forbids_rise, replay_plan
from titrate.errors import BadInput, Refused, in_file
from titrate.evidence import reader, zones
from titrate.inputs import facts, schema, strict_json
from titrate.inputs.document import REVISION as CHANGED
from titrate.inputs.document import SCHEMA, document, encoded, seal
from titrate.inputs.schema import Validator, checked, shown
from titrate.inputs.strict_json import WAY_OUT
from titrate.model import Inputs, Name, NewSettings, Output, Patient, Plan, Revision, Slots
from titrate.wording import edition


class Saved(NamedTuple):
    """A plan read back; `screened_since` says what screening finds now and did not then, or the other way round.

    `is_sealed`: it has a seal, without which nobody can tell whether it was changed by hand.
    """

    plan: Plan
    screened_since: tuple[str, ...]
    is_sealed: bool = True


def read(data: bytes, name: str) -> Saved:
    """Return the plan that a saved file holds, computed again from its inputs and revisions.

    Raises BadInput, naming the file `name`, the place of each fault and a way out, for a file that is too large, no UTF-8,
    truncated, no plan, of a newer schema or an unknown protocol, and for one that disagrees with itself.
    """
    try:
        return _recomputed(data)
    except BadInput as error:
        raise in_file(name, error) from None
    except Refused as error:
        wrong = "what it holds is no plan of these rules ({why})"
        raise in_file(name, BadInput("", wrong, WAY_OUT, why=error)) from None


def _recomputed(data: bytes) -> Saved:
    written = _written(data)
    given = checked(written, PLAN, WAY_OUT)
    sealed = written.pop("seal", None)
    inputs, protocol = given["inputs"], given["protocol"]
    zone = zones.zone(inputs.zone)
    revisions = [revision._replace(at=revision.at.astimezone(zone)) for revision in given["revisions"]]
    known = known_patient(inputs, revisions)
    outcomes = {row.typed: row.outcome for row in given.get("names", ()) if row.kind == "condition"}
    evidence = reader.evidence(known, protocol["id"], protocol["version"])._replace(outcomes=outcomes)
    if protocol["sha256"] != evidence.protocol.sha256:
        raise BadInput(
            "protocol.sha256",
            "the protocol that made this plan is not the one of this titrate",
            "install the version that made it",
        )
    plan = replay_plan(
        evidence,
        inputs,
        revisions,
        id=given["id"],
        created=given["created"].astimezone(zone),
        version=given["titrate"],
    )
    computed = document(plan)
    screened = dict.fromkeys(("names", "findings"))
    if difference := _difference({**written, **screened}, {**computed, **screened}, ""):
        wrong = "it disagrees with itself, so somebody changed it by hand: {difference}"
        raise BadInput("", wrong, WAY_OUT, difference=difference)
    if sealed is None:
        _check_needs_no_seal(written)
    elif sealed != seal(encoded(written)):
        raise BadInput(_unsealed_place(written, computed), BROKEN_SEAL, WAY_OUT)
    read_since = _read_since(given.get("names", ()), plan.names)
    screened_since = (*read_since, *_screened_since(written["findings"], computed["findings"], plan))
    return Saved(plan, screened_since, is_sealed=sealed is not None)


BROKEN_SEAL = "the seal is not that of the rest, so the file is damaged or somebody changed it by hand"
FIRST_SEALED = (0, 2)  # the version of titrate


def _check_needs_no_seal(written: Mapping[str, Any]) -> None:
    """Raise BadInput unless a plan without a seal is of a version that wrote none."""
    version = re.match(r"([0-9]+)\.([0-9]+)", written["titrate"])
    if "names" in written or not version or tuple(map(int, version.groups())) >= FIRST_SEALED:
        raise BadInput("seal", "it is missing, so the file is damaged or somebody changed it by hand", WAY_OUT)


def _unsealed_place(written: Mapping[str, Any], computed: Mapping[str, Any]) -> str:
    """Where a file whose seal is broken was most likely changed: where it differs from what is found today."""
    for key in ("names", "findings"):
        if key in written and _difference(written[key], computed[key], key):
            return key
    return "inputs or revisions"


def _written(data: bytes) -> dict[str, Any]:
    """The JSON object in `data`, where it is a plan of this schema."""
    document = strict_json.parse(data)
    name = document.get("schema") if isinstance(document, dict) else None
    if isinstance(document, dict) and name == SCHEMA:
        return document
    if isinstance(name, str) and re.fullmatch(r"titrate/plan/([2-9]|[1-9][0-9]{1,3})", name):
        raise BadInput("", f"schema {name} is newer than this titrate reads ({SCHEMA})", "update titrate")
    raise BadInput("", f"this is no saved plan (schema {SCHEMA})", "give a file written with -o plan.json")


# --- The schema, and what its values are in the program ---


def _version(value: Any) -> str:
    if not re.fullmatch(r"[0-9A-Za-z.+!-]{1,40}", schema.text(value)):
        raise Invalid(f"{shown(value, 40)} is no version")
    return str(value)


def _edition(value: Any) -> int:
    """Return the number of an edition of the calendar's wording that there is."""
    newest, number = edition().number, schema.whole(value)
    if not 1 <= number <= newest:
        raise Invalid(f"{number} is no edition of the wording that this titrate has (1 to {newest})")
    return int(number)


def _confirmed_by_somebody(row: dict[str, Any]) -> dict[str, Any]:
    """Raise Invalid unless whatever is confirmed is confirmed by somebody."""
    prescriber = row.get(facts.PRESCRIBER.key)
    if row.get(facts.CONFIRM.key) and not (prescriber or "").strip():
        raise Invalid(f"is missing beside {facts.CONFIRM.key}", [facts.PRESCRIBER.key])
    if row.get(facts.CONFIRM.key) and not limits.names_somebody(prescriber):
        raise Invalid(f"{shown(prescriber or '', 200)} is nobody's name", [facts.PRESCRIBER.key])
    return row


def _maybe_text(value: Any) -> str | None:
    """Return a text, or nothing."""
    return None if value is None else schema.text(value)


def _few_enough(revisions: Any) -> Any:
    """Raise Invalid where a list of revisions is longer than any plan's, before each of them is looked at."""
    if len(schema.a_list(revisions)) > MOST_REVISIONS:
        raise Invalid(f"{len(revisions)} are more than any plan has")
    return revisions


def _in_order(document: dict[str, Any]) -> dict[str, Any]:
    """Raise Invalid unless the revisions are numbered from 1, each written later than the one before."""
    errors, before = [], document["created"]
    for index, revision in enumerate(document["revisions"]):
        if revision.number != index + 1:
            errors.append(Invalid("revisions are numbered from 1 in order", ["revisions", index, "number"]))
        if revision.at <= before:
            errors.append(Invalid("is not after the one before", ["revisions", index, "at"]))
        before = revision.at
    if errors:
        raise MultipleInvalid(errors)
    return document


def _filled(
    model: type[Inputs | Patient | Slots | Output | Revision | NewSettings], row: Mapping[str, Any]
) -> dict[str, Any]:
    """The fields of a part of the model that facts fill."""
    wanted = {Revision: CHANGED, NewSettings: facts.PRACTICAL}.get(model, facts.PLAN)
    return {fact.field: row[fact.key] for fact in wanted if fact.field in model._fields and fact.key in row}


def _inputs(row: Mapping[str, Any]) -> Inputs:
    output = Output(**_filled(Output, row))
    return Inputs(
        patient=Patient(**_filled(Patient, row)),
        slots=Slots(**_filled(Slots, row)),
        output=output._replace(alarm=None) if row.get(facts.NO_ALARM.key) else output,
        **_filled(Inputs, row),
    )


def _revision(row: Mapping[str, Any]) -> Revision:
    return Revision(
        number=row["number"],
        at=row["at"],
        start=row["from"],
        action=row["action"],
        patient=Patient(**_filled(Patient, row)),
        no_rise=row.get("no-rise", False),
        protocol=reader.protocol(version=row["protocol"]) if "protocol" in row else None,
        settings=NewSettings(**_filled(NewSettings, row)),
        edition=row.get("edition"),
        **_filled(Revision, row),
    )


INPUTS: dict[str, Validator] = {fact.key: schema.value(fact.kind.from_json) for fact in facts.PLAN}
REVISION: dict[str, Validator] = {
    "number": schema.whole,
    "at": schema.moment,
    "from": schema.day,
    "action": schema.choice(*ACTIONS),
    "no-rise": schema.flag,
    "protocol": schema.text,
    "edition": _edition,
    **{fact.key: schema.value(fact.kind.from_json) for fact in (*CHANGED, *facts.PRACTICAL)},
}
PROTOCOL = dict.fromkeys(("id", "version", "sha256"), schema.text)
NAME: dict[str, Validator] = {
    **dict.fromkeys(("typed", "kind", "outcome"), schema.text),
    "taken_for": _maybe_text,
}
GIVEN: dict[str, Validator] = {
    "id": schema.uuid,
    "created": schema.moment,
    "titrate": _version,
    "protocol": schema.table(PROTOCOL, PROTOCOL),
    "inputs": All(
        schema.table(INPUTS, [fact.key for fact in (facts.START, *facts.SLOTS, facts.TZ)]),
        _confirmed_by_somebody,
        _inputs,
    ),
    "revisions": All(
        _few_enough,
        schema.rows(All(schema.table(REVISION, ("number", "at", "from", "action")), _confirmed_by_somebody, _revision)),
    ),
    # Read and screened afresh; what differs is said.
    "names": schema.rows(All(schema.table(NAME, NAME), lambda row: Name(**row))),
    "findings": schema.a_list,
    "seal": schema.text,
}
COMPUTED = ("kidney", "ceiling_mg_per_day", "target_mg_per_day", "steps", "days", "review", "supply")
# What is computed is compared, whatever it is.
KEYS: dict[str, Validator] = {"schema": schema.text, **GIVEN, **dict.fromkeys(COMPUTED, schema.anything)}
PLAN = Schema(All(schema.table(KEYS, KEYS.keys() - {"names", "seal"}, "is missing"), _in_order))


# --- What is computed again, compared ---


def _difference(written: Any, computed: Any, place: str) -> str:
    """Where a file differs from what its inputs make, in words; empty where it does not."""
    if isinstance(written, dict) and isinstance(computed, dict):
        for key in (*computed, *(key for key in written if key not in computed)):
            inner = f"{place}.{key}" if place else key
            if key not in written or key not in computed:
                return f"{inner}: {'is missing' if key not in written else 'does not belong there'}"
            if difference := _difference(written[key], computed[key], inner):
                return difference
        return ""
    if isinstance(written, list) and isinstance(computed, list):
        for index, (before, now) in enumerate(zip(written, computed, strict=False)):
            if difference := _difference(before, now, f"{place}[{index}]"):
                return difference
        if len(written) == len(computed):
            return ""
        return f"{place}: has {len(written)} entries, the inputs make {len(computed)}"
    same_kind = type(written) is type(computed) or {type(written), type(computed)} == {int, Decimal}
    if same_kind and written == computed:
        return ""
    return f"{place}: the file has {_in_words(written)}, the inputs make {_in_words(computed)}"


def _read_since(then: Sequence[Name], now: Sequence[Name]) -> tuple[str, ...]:
    """Which names the list of today reads otherwise than when the plan was written."""
    before = {(name.kind, name.typed): name.taken_for or name.outcome for name in then}
    pairs = ((name.typed, name.taken_for or name.outcome, before.get((name.kind, name.typed))) for name in now)
    return tuple(
        f"{typed} is read otherwise: as {new}, was {old}" for typed, new, old in pairs if old not in (None, new)
    )


def _screened_since(then: Sequence[Any], now: Sequence[Any], plan: Plan) -> tuple[str, ...]:
    """What screening finds otherwise than when the plan was written, and whether that forbids a rise still to come."""
    changes = [
        *(f"new finding: {row['code']}: {row['message']}" for row in now if row not in then),
        *(f"no longer found: {_finding(row)}" for row in then if row not in now),
    ]
    may_rise = not plan.revisions or not plan.revisions[-1].no_rise
    rises = any(after.total > before.total for before, after in pairwise(plan.steps))
    if changes and may_rise and rises and forbids_rise(plan.findings):
        changes.append("what is found now forbids a rise: do not go up before the prescriber has seen this")
    return tuple(changes)


def _finding(row: Any) -> str:
    if not isinstance(row, dict):
        return "something that is no finding"
    return f"{_in_words(row.get('code'))}: {_in_words(row.get('message'))}"


def _in_words(value: Any) -> str:
    return str(value)[:200] if isinstance(value, (str, int, Decimal)) else "something else"
