"""Plans whose handouts are tested: one for each shape of page."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from tools import program

from titrate.engine.plan import make_plan
from titrate.engine.revision import known_patient, revise_plan
from titrate.evidence import reader
from titrate.model import Inputs, Output, Patient, Plan, Revision, Slots

ID = UUID("6f1c2a34-5b6d-4e7f-8a9b-0c1d2e3f4a5b")
START = date(2026, 12, 1)
CREATED = datetime(2026, 11, 30, 9, 15, tzinfo=UTC)
SLOTS = Slots(time(8), time(14), time(20))
WELL = Patient(egfr=90, age=40, sex="female", tested=date(2026, 11, 20), taking=())
LONG_CONTACT = (
    "Dr Zoë Ångström-Núñez, Rheumatology Outpatients, Second Floor, East Wing, St Bartholomew's and the Royal Infirmary, "
    "Monday to Friday 08:30 to 17:00: 020 7946 0123; at night and on bank holidays the on-call pharmacist: 020 7946 0999, "
    "then press 2 and say that you take baclofen"
)


def make(patient: Patient = WELL, output: Output = Output(), **inputs: Any) -> Plan:
    return make_plan(
        reader.evidence(patient),
        Inputs(start=START, patient=patient, slots=SLOTS, zone="Europe/London", output=output, **inputs),
        id=ID,
        created=CREATED,
    )


def revise(plan: Plan, action: str, day: int, **more: Any) -> Plan:
    """The plan after one more revision from December `day` on, made at noon of the day before."""
    number = len(plan.revisions) + 1
    revision = Revision(number, datetime(2026, 12, day - 1, 12, tzinfo=UTC), date(2026, 12, day), action, **more)
    known = known_patient(plan.inputs, (*plan.revisions, revision))
    return revise_plan(reader.evidence(known), plan, revision)


@cache
def cases() -> dict[str, Plan]:
    ten = (Decimal(10),)
    called = Output(contact="Raynaud clinic, 020 7946 0123")
    return {
        "standard": make(output=called),
        "halves": make(output=called, tablets=ten),
        "target-30": make(target=Decimal(30), tablets=(Decimal(5), Decimal(10)), output=called),
        "one-step": make(WELL._replace(egfr=35), tablets=ten),
        "long": make(days=366, output=called),
        "letter": make(output=called._replace(paper="letter"), tablets=ten),
        "large": make(output=called._replace(large_print=True), tablets=ten),
        "large-30": make(output=called._replace(large_print=True, paper="letter"), target=Decimal(30), tablets=ten),
        "long-contact": make(output=Output(contact=LONG_CONTACT), tablets=(Decimal(5),)),
        "patient-only": make(output=called._replace(audience="patient")),
        "clinician-only": make(output=called._replace(audience="clinician")),
        "held": revise(make(output=called, tablets=ten), "hold", 6, days=3, reason="sleepy at work"),
        "taper": revise(make(output=called, tablets=ten), "stop", 16),
        "taper-30": revise(make(output=called, target=Decimal(30), tablets=ten), "stop", 31),
        "fall": revise(make(output=called, target=Decimal(20), tablets=ten), "kidney", 20, patient=Patient(egfr=20)),
        "suspended": revise(make(output=called, tablets=ten), "kidney", 10, patient=Patient(egfr=12)),
        "after-review": revise(make(days=60, output=called), "hold", 25, days=2),
        "fives": make(target=Decimal(20), tablets=(Decimal(5),), output=Output(contact="Clinic\n020 7946 0123")),
        "pen": make(),
        "older": make(
            Patient(
                creatinine="150 umol/L",
                age=78,
                sex="male",
                weight=70,
                tested=date(2026, 8, 1),
                taking=("ibuprofen", "codeine"),
            ),
            confirmed=("beers-kidney", "cns-depressant"),
            prescriber="Dr A. Müller",
        ),
    }


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page, as pdftotext reads it, with plain spaces and no marks where a word may break."""
    run = subprocess.run([program("pdftotext"), "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return run.stdout.decode().replace("\u00a0", " ").replace("\u200b", "").removesuffix("\f").split("\f")


def words_outside(pdf: bytes, margin: float) -> list[str]:
    """The words nearer to an edge of their page than `margin` points."""
    run = subprocess.run([program("pdftotext"), "-bbox", "-", "-"], input=pdf, capture_output=True, check=True)
    outside, width, height = [], 0.0, 0.0
    for tag, attributes, text in re.findall(r"<(page|word) ([^>]*)>([^<]*)", run.stdout.decode()):
        number = {name: float(value) for name, value in re.findall(r'(\w+)="([^"]*)"', attributes)}
        if tag == "page":
            width, height = number["width"], number["height"]
        elif (
            number["xMin"] < margin
            or number["yMin"] < margin
            or number["xMax"] > width - margin
            or number["yMax"] > height - margin
        ):
            outside.append(text)
    return outside
