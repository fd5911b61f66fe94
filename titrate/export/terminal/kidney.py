"""What a kidney result says, for a terminal: the values by name, the band, the ceiling, and the working."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group

from titrate.engine.kidney import shown
from titrate.export.terminal.blocks import Labelled, Phrase, framed, indented, paragraphs, spaced

if TYPE_CHECKING:
    from rich.console import RenderableType

    from titrate.evidence.protocol import Evidence
    from titrate.model import Band, KidneyFunction, Patient


def layout(result: KidneyFunction, patient: Patient, evidence: Evidence, working: tuple[str, ...]) -> RenderableType:
    """Return the values and the working, a sentence each, for a terminal of any width: no number is shortened or dropped."""
    values = ((Phrase(name, "fact"), Phrase(value)) for name, value in _values(result, patient, evidence))
    return spaced(
        _verdict(evidence.protocol.band(result.band)),
        Labelled(values),
        Group(Phrase("Working", "section"), indented(paragraphs(*working))),
    )


def _verdict(band: Band) -> RenderableType:
    """What the result means for a plan, in one line."""
    if not band.ceiling:
        return framed("stop", f"Band {band.name}: no schedule is made")
    return Phrase(f"Band {band.name}: at most {band.ceiling:f} mg a day", "title")


def _values(result: KidneyFunction, patient: Patient, evidence: Evidence) -> tuple[tuple[str, str], ...]:
    band = evidence.protocol.band(result.band)
    bound, needed = ">" if result.at_least else "", evidence.protocol.rules.weight_needed_age
    egfr = "not computed" if result.egfr is None else f"{bound}{shown(result.egfr)} mL/min/1.73 m2"
    crcl = "not computed" if result.crcl is None else f"{shown(result.crcl)} mL/min"
    if result.crcl is None and patient.age is not None and patient.age >= needed:
        crcl += f"; needed from age {needed}, since the eGFR may read too high"
    equation = f", {result.equation}" if result.equation else ""
    return (
        ("eGFR", egfr),
        ("Creatinine clearance", crcl),
        ("Value that decides", f"{bound}{shown(result.value)} ({result.basis}{equation})"),
        ("Band", band.name),
        ("Usual target", f"{band.default_target:f} mg a day" if band.ceiling else "none, no schedule is made"),
        ("Ceiling", f"{band.ceiling:f} mg a day"),
    )
