"""From one row of a roster to a patient, a plan and its files: the unit of work of a batch.

Pure, and everything in it can be pickled.

plan_row(Row(2, ("p-1", "2026-12-01", "85")), settings).files[0].name    ->  "p-1.json"
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from titrate.batch import row_ids
from titrate.engine import limits
from titrate.engine.plan import make_plan
from titrate.engine.screening import unconfirmed
from titrate.errors import BadInput, Refused, faults_of
from titrate.evidence import reader, zones
from titrate.export import render
from titrate.export.summary import names_text
from titrate.inputs import facts
from titrate.inputs.cells import meant
from titrate.inputs.faults import each_contradiction, each_fault
from titrate.inputs.kinds import NAMES
from titrate.inputs.roster import Fault, Header, Row
from titrate.model import Finding, Inputs, Plan
from titrate.wording.phrases import plain

MADE, REFUSED, FAULTY = OUTCOMES = ("made", "refused", "faulty")
YES, NO = ("yes", "y", "true", "1", "x"), ("no", "n", "false", "0")
DECIMAL_COMMA = re.compile(r"([^,.]*[0-9]),([0-9][^,.]*)")  # the whole cell: looking inside it takes its length squared
NO_START = "start", "it is empty", "give the first day, such as 2026-12-01"
COLUMNS = {fact.key: fact.column for fact in facts.PLAN}


class Settings(NamedTuple):
    """What all rows of a batch share.

    `id` is the batch's: a plan's own follows from it and the row's id. `created` is the moment of every plan, aware.
    `defaults` holds what an empty cell means, by option: `tz` always, clock times, paper and contact where a clinic set them.
    """

    id: UUID
    created: datetime
    formats: tuple[str, ...]
    header: Header
    defaults: tuple[tuple[str, str], ...]


class File(NamedTuple):
    """One file of a row; `data` is empty once it was written."""

    name: str
    sha256: str
    data: bytes


class RowResult(NamedTuple):
    """What became of a row: `outcome` is made, refused or faulty; with `files`, or with what speaks against them.

    `findings` are the codes of all that was found but notes; `names` what each medicine and illness was taken for, in words.
    """

    row: int
    id: str
    outcome: str
    plan: UUID | None = None
    files: tuple[File, ...] = ()
    faults: tuple[Fault, ...] = ()
    findings: str = ""
    names: str = ""


def plan_row(row: Row, settings: Settings) -> RowResult:
    """Return the files of one row, or every fault in it, or why its plan is refused; the same arguments, the same bytes.

    Raises OutputError only for what no row can help: a format whose program is not installed.
    """
    id = id_of(row, settings.header)
    if row.fault:
        return RowResult(row.number, id, FAULTY, faults=(row.fault,))
    cells = cells_of(row, settings.header)
    if wrong := row_ids.wrong_with(id):
        unnamed = Fault(_heading("id", settings.header), "id", f"it {wrong}")
        return RowResult(row.number, id, FAULTY, faults=(unnamed, *_each_fault(cells, settings)))
    try:
        plan = _plan(cells, settings)
        files = tuple(_file(f"{id}.{name}", render(plan, name)) for name in settings.formats)
    except Refused as refusal:
        why, codes = _why(refusal, settings.header), _codes(refusal.findings)
        return RowResult(row.number, id, REFUSED, faults=why, findings=codes, names=names_text(refusal.names))
    except BadInput as error:
        faults = _each_fault(cells, settings) or (_fault(error, settings.header),)
        return RowResult(row.number, id, FAULTY, faults=faults, names=_not_read(cells))
    codes = _codes(plan.findings)
    return RowResult(row.number, id, MADE, plan.id, files, findings=codes, names=names_text(plan.names))


def plan_id(batch: UUID, id: str) -> UUID:
    """Return the id of a row's plan: the same in every run of the same batch."""
    return uuid5(batch, id)


def cells_of(row: Row, header: Header) -> dict[str, str]:
    """Return what a row that could be read says, by option; empty cells and what kept formulas from running left out."""
    cells_by_key = zip(header.options, row.cells, strict=True)
    return {option: text for option, cell in cells_by_key if option and (text := meant(cell))}


def id_of(row: Row, header: Header) -> str:
    """Return the id of a row, also of one that could not be read where its beginning tells; else nothing."""
    place = header.options.index("id")
    if len(row.cells) > place + 1 or len(row.cells) == len(
        header.options
    ):  # a cell that the file ends in may be half an id
        return meant(row.cells[place])
    cells = row.cells[0].split(header.separator)  # a whole row in one text, or what there is of a row
    id = meant(cells[place]) if len(row.cells) == 1 and len(cells) > place + 1 else ""
    return "" if row_ids.wrong_with(id) or '"' in "".join(cells[:place]) else id


def check_defaults(settings: Settings) -> None:
    """Raise BadInput, naming what no row can have, unless rows can be made with these defaults, in these formats.

    Raises OutputError for a format whose program is not installed.
    """
    start = "today" if settings.created.date() > limits.EARLIEST else str(limits.EARLIEST)
    plan = _plan({"id": "1", "start": start, "egfr": "90", "age": "40"}, settings)
    for name in settings.formats:
        render(plan, name)


def read_inputs(cells: Mapping[str, str], settings: Settings) -> Inputs:
    """Return the inputs of a plan from what a row says, by key; BadInput names the fact."""
    typed = _as_typed({**dict(settings.defaults), **cells}, settings)
    if "start" not in typed:
        raise BadInput(*NO_START)
    zone = zones.place(typed["tz"], settings.created)
    today = settings.created.astimezone(zone).date()
    return facts.inputs(
        typed,
        start=facts.START.read(typed, today),
        patient=facts.patient(typed, today),
        slots=reader.protocol().slots,
        zone=typed["tz"],
        today=today,
    )


def _as_typed(cells: Mapping[str, str], settings: Settings) -> dict[str, Any]:
    """Return what cells say as the options of the command line would: flags, lists and texts, by key."""
    typed: dict[str, Any] = {}
    for fact in facts.PLAN:
        text = cells.get(fact.key)
        if text is None:
            continue
        if settings.header.separator == ";" and fact.kind.numeric and (number := DECIMAL_COMMA.fullmatch(text)):
            text = f"{number[1]}.{number[2]}"
        if fact.kind.form is bool:
            typed[fact.key] = _yes(text, fact)
        elif fact.kind is NAMES:
            typed[fact.key] = [text.replace("|", ";")]
        elif fact.kind.form is list:
            typed[fact.key] = re.split(r"[\s,;|]+", text)
        else:
            typed[fact.key] = text
    return typed


def _plan(cells: Mapping[str, str], settings: Settings) -> Plan:
    inputs = read_inputs(cells, settings)
    created = settings.created.astimezone(zones.zone(inputs.zone))
    evidence = reader.evidence(inputs.patient)
    return make_plan(evidence, inputs, id=plan_id(settings.id, cells["id"]), created=created)


def _file(name: str, data: bytes) -> File:
    return File(name, sha256(data).hexdigest(), data)


def _each_fault(cells: Mapping[str, str], settings: Settings) -> tuple[Fault, ...]:
    """Everything that is wrong with cells, each by itself and together, in their order: whoever mends a row should do so once."""
    asked = [facts.START, *(fact for key in cells for fact in facts.PLAN if fact.key == key != facts.START.key)]
    typed, faults = dict[str, Any](), list[BadInput]()
    for fact in asked:
        try:
            typed |= _as_typed({fact.key: cells[fact.key]} if fact.key in cells else {}, settings)
        except BadInput as error:
            faults.append(error)
    if facts.START.key not in cells:
        faults.append(BadInput(*NO_START))
    shared = dict(settings.defaults)
    zone = typed.get("tz", shared["tz"])
    if faults_of(zones.place, zone, settings.created):
        zone = shared["tz"]
    moment = settings.created.astimezone(zones.zone(zone))
    faults += each_fault(typed, asked, moment, names=True)
    faulty = {str(place) for fault in faults for place in fault.places}
    faults += each_contradiction({**_as_typed(shared, settings), **typed}, moment, faulty)
    order = [fact.key for fact in asked]
    faults.sort(
        key=lambda fault: min((order.index(str(key)) for key in fault.places if key in order), default=len(order))
    )
    return tuple(_fault(fault, settings.header) for fault in faults)


def _why(refusal: Refused, header: Header) -> tuple[Fault, ...]:
    stops = tuple(finding for finding in refusal.findings if finding.severity == "stop")
    against = stops or unconfirmed(refusal.findings)
    faults = [Fault("", finding.code, _in_columns(finding.message, header)) for finding in dict.fromkeys(against)]
    if faults and not stops:
        codes = ", ".join(dict.fromkeys(finding.code for finding in against))
        agree = f"If a prescriber agrees, put {codes} into {_heading('confirm', header)}, the name into prescriber."
        faults.append(Fault("", "", agree))
    return tuple(faults) or (Fault("", "refused", refusal.worded(partial(_heading, header=header))),)


def _codes(findings: tuple[Finding, ...]) -> str:
    return " ".join(dict.fromkeys(finding.code for finding in findings if finding.severity != "note"))


def _not_read(cells: Mapping[str, str]) -> str:
    """The names of a row that could not be read, as they stand there."""
    typed = ", ".join(cells[fact.key] for fact in (facts.TAKING, facts.CONDITION) if fact.key in cells)
    return f"{plain(typed)}: not read" if typed else ""


def _fault(error: BadInput, header: Header) -> Fault:
    """A message of the command line as one about a cell."""
    heading = partial(_heading, header=header)
    if set(error.places) <= set(COLUMNS):
        return Fault(", ".join(map(heading, map(str, error.places))), "value", error.message(heading))
    return Fault("", "value", error.worded(heading))


def _in_columns(message: str, header: Header) -> str:
    """The text of a finding, which names options, with the names of the columns in their place."""
    for fact in sorted(facts.PLAN, key=lambda fact: len(fact.option), reverse=True):
        if fact.negative:
            message = message.replace(f"--{fact.negative}", f"{_heading(fact.key, header)} no")
        message = message.replace(fact.option, _heading(fact.key, header))
    return message


def _heading(key: str, header: Header) -> str:
    """The roster's own name for a fact."""
    if key in header.options:
        return header.names[header.options.index(key)]
    return COLUMNS.get(key, key)


def _yes(text: str, fact: facts.Fact) -> bool:
    if text.lower() not in YES + NO:
        raise BadInput(fact.key, "{typed} is neither yes nor no", "give yes, no or nothing", typed=text)
    return text.lower() in YES
