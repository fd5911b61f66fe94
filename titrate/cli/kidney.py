"""`titrate kidney`: what a creatinine says about the kidneys, the band and the ceiling, with the working."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from titrate.cli import options as opt
from titrate.cli import terminal
from titrate.engine.kidney import assess, working
from titrate.errors import Refused
from titrate.evidence import reader
from titrate.inputs import facts
from titrate.inputs.parse import read_choice
from titrate.model import KidneyFunction, Patient

if TYPE_CHECKING:
    from titrate.evidence.protocol import Evidence

FORMATS = ("table", "json")

EXAMPLES = """\
titrate kidney --creatinine 88umol/L --age 61 --sex female --weight 62
"""

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command("kidney", cls=opt.Command, epilog=EXAMPLES)
@opt.with_facts
def kidney(
    *,
    typed: opt.KidneyFacts,
    format: Annotated[str | None, opt.format_option(*FORMATS), opt.reads_choice("--format", *FORMATS)] = None,
) -> int:
    """Compute eGFR (CKD-EPI 2021) and creatinine clearance (Cockcroft-Gault); the lower of the two decides.

    Shows the band, the most mg a day that it allows, how near the cut-off is, and the working. Adults only.
    """
    printed = "table" if format is None else read_choice(format, "--format", FORMATS)
    patient = facts.patient(typed, date.max)  # no option here is a date
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
    rules = evidence.protocol.rules
    if patient.age is None or patient.age >= rules.adult_age:
        return None
    from titrate.engine.screening import filled

    finding = filled(evidence.texts["under-18"], (("age", patient.age), ("adult_age", rules.adult_age)))
    return Refused("", f"no kidney value: {finding.code}", findings=(finding,))


def _document(result: KidneyFunction, patient: Patient, evidence: Evidence) -> dict[str, Any]:
    """Return the same as values, with the names that a plan's JSON has."""
    from titrate.inputs.document import cut_off_document, given_facts, kidney_document
    from titrate.inputs.kinds import exact

    band = evidence.protocol.band(result.band)
    return {
        "schema": "titrate/kidney/1",
        "inputs": given_facts((facts.REPORTED, *facts.EQUATION), patient._asdict()),
        "kidney": kidney_document(result),
        "default_target_mg_per_day": exact(band.default_target),
        "ceiling_mg_per_day": exact(band.ceiling),
        "nearest_cut_off": cut_off_document(result, evidence.protocol),
        "working": list(working(result, patient, evidence, opt.option)),
    }
