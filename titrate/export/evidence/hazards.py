"""The hazard log to read: worst first, each hazard with its cause, its effect and the tests that guard against it.

The JSON document (`Topic.document`), keys in this order: `schema` ("titrate/evidence/1"), `topic` ("hazards"), `severities`
({name: meaning}, worst first), `hazards`: a list of {id, hazard, cause, effect, severity, controls: ["file::test"]}, and
`sources`, which is empty: a hazard is this project's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from titrate.export.evidence.claims import document
from titrate.export.evidence.page import Cell, Page, Part, Section, Topic, cell

if TYPE_CHECKING:
    from titrate.evidence.hazards import Hazard, HazardLog

COLUMNS = ("Hazard", "Cause", "Effect", "Guarded by")
LEAD = (
    (
        "What could go wrong when a plan is made, told or changed, and what guards against it. Each guard is a test, named by a "
        "sentence that is true of the program; when one of them fails or is gone, the project's own tests fail."
    ),
    (
        "The severity is that of the effect if nothing guarded against it. This log was written with the program and has not been "
        "reviewed by a prescriber."
    ),
)


def hazards(log: HazardLog) -> Topic:
    """Return the hazards, those of the worst effect first."""
    sections = [
        Section(
            f"{severity.capitalize()}: {meaning}",
            COLUMNS,
            tuple(_row(hazard) for hazard in log.hazards if hazard.severity == severity),
        )
        for severity, meaning in log.severities.items()
    ]
    page = Page("Hazards and their controls", LEAD, tuple(section for section in sections if section.rows))
    rows = [{**hazard._asdict(), "controls": [*hazard.controls]} for hazard in log.hazards]
    return Topic(page, document("hazards", severities=dict(log.severities), hazards=rows, sources=()))


def _row(hazard: Hazard) -> tuple[Cell, ...]:
    guards = tuple(Part(sentence(control)) for control in hazard.controls)
    return cell(hazard.hazard, "head"), cell(hazard.cause), cell(hazard.effect), guards


def sentence(control: str) -> str:
    """Return the name of a test as the sentence that it is.

    >>> sentence("test_ics.py::test_a_dose_on_a_missing_minute_rings_in_utc")
    'a dose on a missing minute rings in utc (test_ics.py)'
    """
    file, _, name = control.partition("::")
    return f"{name.removeprefix('test_').replace('_', ' ')} ({file})"
