"""The unit of work of a batch: one row of a roster in, its files out. Pure, and everything in it can be pickled.

plan_row(Row(2, ("p-1", "2026-12-01", "85")), settings).files[0].name    ->  "p-1.json"
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, TypeVar
from uuid import UUID, uuid5

from titrate.batch import row_ids
from titrate.engine import kidney, limits
from titrate.engine import plan as planning
from titrate.engine.screening import unconfirmed
from titrate.errors import BadInput, Refused
from titrate.evidence import reader
from titrate.export import render
from titrate.inputs import facts, parse, zones
from titrate.inputs.cells import meant
from titrate.inputs.roster import Fault, Header, Row
from titrate.model import Inputs, Plan

Value = TypeVar("Value")

MADE, REFUSED, FAULTY = OUTCOMES = ("made", "refused", "faulty")
YES, NO = ("yes", "y", "true", "1", "x"), ("no", "n", "false", "0")
NUMBERS = ("egfr", "creatinine", "age", "weight", "target", "days", "pack", "alarm")
DECIMAL_COMMA = re.compile(r"([^,.]*[0-9]),([0-9][^,.]*)")  # the whole cell: looking inside it takes its length squared
NEEDS = {"pack": "tablet", "label": "discreet"}  # a cell that says nothing without another
PLACE = re.compile(r"((?:--[a-z-]+(?:, )?)+): ")
OPTION = re.compile(r"--([a-z]+(?:-[a-z]+)*)")
COLUMN_NAMES = {"condition": "conditions"}


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
    """What became of a row: `outcome` is made, refused or faulty; with `files`, or with what speaks against them."""

    row: int
    id: str
    outcome: str
    plan: UUID | None = None
    files: tuple[File, ...] = ()
    faults: tuple[Fault, ...] = ()


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
        return RowResult(row.number, id, REFUSED, faults=_why(refusal, settings.header))
    except BadInput as error:
        faults = _each_fault(cells, settings) or (_fault(error, settings.header),)
        return RowResult(row.number, id, FAULTY, faults=faults)
    return RowResult(row.number, id, MADE, plan.id, files)


def plan_id(batch: UUID, id: str) -> UUID:
    """Return the id of a row's plan: the same in every run of the same batch."""
    return uuid5(batch, id)


def cells_of(row: Row, header: Header) -> dict[str, str]:
    """Return what a row that could be read says, by option; empty cells and what kept formulas from running left out."""
    said = zip(header.options, row.cells, strict=True)
    return {option: text for option, cell in said if option and (text := meant(cell))}


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
    """Return nothing if rows can be made with these defaults, in these formats; BadInput names what no row can have.

    Raises OutputError for a format whose program is not installed.
    """
    start = "today" if settings.created.date() > limits.EARLIEST else str(limits.EARLIEST)
    plan = _plan({"id": "1", "start": start, "egfr": "90"}, settings)
    for name in settings.formats:
        render(plan, name)


def read_inputs(cells: Mapping[str, str], settings: Settings) -> Inputs:
    """Return the inputs of a plan from what a row says, by option; BadInput names the option, as the command line would."""
    said = {**dict(settings.defaults), **cells}
    if settings.header.separator == ";":
        said |= {
            name: f"{found[1]}.{found[2]}" for name in NUMBERS if (found := DECIMAL_COMMA.fullmatch(said.get(name, "")))
        }
    if "start" not in said:
        raise BadInput("--start: it is empty; give the first day, such as 2026-12-01")
    zone = zones.zone(said["tz"])
    today = settings.created.astimezone(zone).date()
    tablets = facts.strengths(_several(said.get("tablet", "")))
    patient = facts.patient(
        today=today,
        egfr=said.get("egfr"),
        creatinine=said.get("creatinine"),
        age=said.get("age"),
        sex=said.get("sex"),
        weight=said.get("weight"),
        tested=said.get("tested"),
        taking=_listed(said, "taking"),
        condition=_listed(said, "condition"),
        pregnant=_yes(said, "pregnant"),
        breastfeeding=_yes(said, "breastfeeding"),
        dialysis=_yes(said, "dialysis"),
    )
    return Inputs(
        start=parse.read_date(said["start"], today, "--start"),
        patient=patient,
        slots=facts.slots(reader.protocol().slots, *(said.get(slot) for slot in ("morning", "midday", "evening"))),
        target=_maybe(said, "target", parse.read_number, "mg a day such as 15"),
        days=_maybe(said, "days", parse.read_whole, "a number of days such as 28"),
        zone=said["tz"],
        floating=_yes(said, "floating"),
        tablets=tablets,
        pack=facts.pack(said.get("pack"), tablets),
        confirmed=tuple(dict.fromkeys(code.lower() for code in _several(said.get("confirm", "")))),
        prescriber=facts.prescriber(said.get("prescriber")),
        output=facts.output(
            discreet=_yes(said, "discreet"),
            label=said.get("label"),
            alarm=said.get("alarm"),
            no_alarm=_yes(said, "no-alarm"),
            paper=said.get("paper"),
            large_print=_yes(said, "large-print"),
            audience=said.get("for"),
            contact=said.get("contact"),
        ),
    )


def _plan(cells: Mapping[str, str], settings: Settings) -> Plan:
    made_from = read_inputs(cells, settings)
    created = settings.created.astimezone(zones.zone(made_from.zone))
    evidence = reader.evidence(made_from.patient)
    return planning.plan(evidence, made_from, id=plan_id(settings.id, cells["id"]), created=created)


def _file(name: str, data: bytes) -> File:
    return File(name, sha256(data).hexdigest(), data)


def _each_fault(cells: Mapping[str, str], settings: Settings) -> tuple[Fault, ...]:
    """Everything that is wrong with single cells, whatever the others say: whoever mends a row should do so once."""
    faults = []
    for name in ("start", *(name for name in cells if name not in ("id", "start"))):
        needed = {other: cells[other] for other in (NEEDS.get(name, name), name) if other in cells}
        try:
            _check_alone({"start": "today", **needed} if name != "start" else needed, settings)
        except BadInput as error:
            fault = _fault(error, settings.header)
            if _heading(name, settings.header) in fault.column.split(", "):  # and not of a cell that is missing here
                faults.append(fault)
    return tuple(faults)


def _check_alone(cells: Mapping[str, str], settings: Settings) -> None:
    made_from = read_inputs(cells, settings)
    evidence = reader.evidence(made_from.patient)
    kidney.check(made_from.patient, evidence.protocol.rules)
    if made_from.patient.egfr is not None:
        kidney.read_egfr(made_from.patient.egfr, evidence.protocol)
    if made_from.patient.creatinine is not None and evidence.equations is not None:
        kidney.read_creatinine(made_from.patient.creatinine, evidence.equations)
    limits.check_inputs(made_from, evidence.protocol, settings.created.astimezone(zones.zone(made_from.zone)).date())
    limits.chosen_tablets(made_from, evidence.protocol)


def _why(refusal: Refused, header: Header) -> tuple[Fault, ...]:
    stops = tuple(finding for finding in refusal.findings if finding.severity == "stop")
    against = stops or unconfirmed(refusal.findings)
    told = [Fault("", one.code, _as_columns(one.message, header)) for one in dict.fromkeys(against)]
    if told and not stops:
        codes = ", ".join(dict.fromkeys(one.code for one in against))
        agree = f"If a prescriber agrees, put {codes} into {_heading('confirm', header)}, the name into prescriber."
        told.append(Fault("", "", agree))
    return tuple(told) or (Fault("", "refused", _as_columns(str(refusal), header)),)


def _fault(error: BadInput, header: Header) -> Fault:
    """A message of the command line as one about a cell."""
    message = str(error)
    found = PLACE.match(message)
    names = OPTION.findall(found[1]) if found else []
    text = message[found.end() :] if found else message
    return Fault(", ".join(_heading(name, header) for name in names), "value", _as_columns(text, header))


def _as_columns(message: str, header: Header) -> str:
    return OPTION.sub(lambda found: _heading(found[1], header), message)


def _heading(option: str, header: Header) -> str:
    """The roster's own name for an option."""
    if option in header.options:
        return header.names[header.options.index(option)]
    return COLUMN_NAMES.get(option, option)


def _several(text: str) -> list[str]:
    return re.split(r"[\s,;|]+", text) if text else []


def _listed(said: Mapping[str, str], name: str) -> Sequence[str] | None:
    return [said[name].replace("|", ";")] if name in said else None


def _yes(said: Mapping[str, str], name: str) -> bool:
    text = said.get(name, NO[0]).lower()
    if text not in YES + NO:
        raise BadInput(f"--{name}: {said[name]} is neither yes nor no; give yes, no or nothing")
    return text in YES


def _maybe(said: Mapping[str, str], name: str, read: Callable[[str, str, str], Value], what: str) -> Value | None:
    return read(said[name], f"--{name}", what) if name in said else None
