"""`titrate kidney`: what a creatinine says about the kidneys, the band and the ceiling, with the working."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from titrate.cli import options as opt
from titrate.cli import terminal
from titrate.engine.kidney import A_RESULT, assess, nearest_cut, working
from titrate.errors import BadInput, Refused
from titrate.evidence import reader
from titrate.inputs import facts
from titrate.inputs.parse import read_choice
from titrate.model import EGFR_REPORTED, Finding, KidneyFunction, Patient

if TYPE_CHECKING:
    from titrate.evidence.protocol import Evidence

FORMATS = ("table", "json")

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command("kidney")
@opt.with_facts
def kidney(
    *,
    typed: opt.KidneyFacts,
    format: Annotated[
        str | None, typer.Option("--format", metavar="NAME", help="What is printed: table, json. [table]")
    ] = None,
) -> int:
    """Compute eGFR (CKD-EPI 2021) and creatinine clearance (Cockcroft-Gault); the lower of the two decides.

    Shows the band, the most mg a day that it allows, how near the cut-off is, and the working. Adults only.
    """
    printed = "table" if format is None else read_choice(format, "--format", FORMATS)
    patient = facts.patient(typed, date.max)  # no option here is a date
    if patient.egfr is None and patient.creatinine is None:
        raise BadInput("creatinine", "there is no kidney result to look at", f"give {A_RESULT}")
    evidence = reader.evidence(patient)
    result = assess(patient, evidence)
    if (refusal := _under_age(patient, evidence)) is not None:
        from titrate.cli.refusal import tell

        return tell(refusal, as_json=printed == "json")
    if printed == "json":
        from titrate.inputs.document import encoded

        terminal.put(encoded(_document(result, patient, evidence)))
    else:
        from titrate.export.terminal.kidney import layout

        terminal.show(layout(result, patient, evidence, working(result, patient, evidence, opt.option)))
    return 0


def _under_age(patient: Patient, evidence: Evidence) -> Refused | None:
    """Return the refusal that a plan would meet too: under 18 neither equations nor bands hold."""
    adult = evidence.protocol.rules.adult_age
    if patient.age is None or patient.age >= adult:
        return None
    text, values = evidence.texts["under-18"], {"age": patient.age, "adult_age": adult}
    message, short = text.message.format(**values), text.short.format(**values)
    finding = Finding(text.code, text.severity, message, text.source, short)
    return Refused("", f"no kidney value: {finding.code}", findings=(finding,))


def _document(result: KidneyFunction, patient: Patient, evidence: Evidence) -> dict[str, Any]:
    """Return the same as values, with the names that a plan's JSON has."""
    from titrate.inputs.document import computed
    from titrate.inputs.kinds import exact

    protocol = evidence.protocol
    band = protocol.band(result.band)
    value = exact if result.basis == EGFR_REPORTED else computed
    cut, gap = nearest_cut(result.value, protocol)
    given = {
        "egfr": None if patient.egfr is None else facts.REPORTED.to_json(patient.egfr),
        "creatinine": patient.creatinine,
        "age": patient.age,
        "sex": patient.sex,
        "weight": None if patient.weight is None else exact(patient.weight),
    }
    return {
        "schema": "titrate/kidney/1",
        "inputs": {name: fact for name, fact in given.items() if fact is not None},
        "kidney": {
            "value": value(result.value),
            "basis": result.basis,
            "band": result.band,
            "equation": result.equation,
            "egfr": None if result.egfr is None else value(result.egfr),
            "crcl": None if result.crcl is None else computed(result.crcl),
        },
        "default_target_mg_per_day": exact(band.default_target),
        "ceiling_mg_per_day": exact(band.ceiling),
        "nearest_cut_off": None if result.at_least else {"value": exact(cut), "distance": value(gap)},
        "working": list(working(result, patient, evidence, opt.option)),
    }
