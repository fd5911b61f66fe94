"""The vectors, which were copied by hand from the rules and the sources, held against any evidence: which of them fail?"""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Callable, Iterator
from datetime import date, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import plans
from plans import revised, runs

from titrate.engine import kidney, limits, tablets
from titrate.engine.names import recognise
from titrate.errors import BadInput, Refused
from titrate.evidence import reader, review
from titrate.evidence.protocol import Evidence
from titrate.export import render
from titrate.export.evidence import page
from titrate.export.evidence import protocol as protocol_page
from titrate.model import Inputs, Patient, Plan, Slots

VECTORS = Path(__file__).parent / "vectors"
ALWAYS = {"note off-label", "note weak-evidence", "note tool-cap", "note not-reviewed"}
USUAL = "age 40; tested 2026-11-20; taking none; condition none; pregnant no; start 2026-12-01"

Row = dict[str, str]


@cache
def rows(name: str) -> tuple[Row, ...]:
    """Return the rows of one file of vectors."""
    with (VECTORS / name).open(newline="", encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


def shipped() -> Evidence:
    """Return all the evidence that ships, read as one."""
    return Evidence(
        reader.protocol(), reader.finding_texts(), reader.equations(), reader.medicines(), reader.conditions()
    )


def failures(evidence: Evidence) -> Iterator[str]:
    """Yield the name of each vector that this evidence fails; a vector that cannot even be worked out has failed."""
    for name, holds in CHECKS.items():
        for row in rows(name):
            try:
                right = holds(row, evidence)
            except Exception:  # whatever a wrong number breaks, it is not what was copied
                right = False
            if not right:
                yield f"{name}: {', '.join(row.values())}"


# --- A plan from the words of a vector ---


def facts(text: str) -> dict[str, str]:
    """Return `egfr 85; age 40` as a mapping; what is `none` was not given."""
    given = dict(fact.split(" ", 1) for fact in f"{USUAL}; {text}".split("; "))
    return {name: value for name, value in given.items() if value != "none" or name in {"taking", "condition"}}


def plan_of(text: str, evidence: Evidence) -> Plan:
    """Return the plan of a vector, with everything confirmed that can be; what cannot be made is raised."""
    given = facts(text)
    slots = evidence.protocol.slots
    if "slots" in given:
        slots = Slots(*map(time.fromisoformat, given["slots"].split()))
    taking, conditions = (
        {"none": (), "unasked": None}.get(given[name], tuple(given[name].split(", ")))
        for name in ("taking", "condition")
    )
    asked = plans.inputs(
        given.get("egfr"),
        creatinine=given.get("creatinine"),
        age=int(given["age"]) if "age" in given else None,
        sex=given.get("sex"),
        weight=Decimal(given["weight"]) if "weight" in given else None,
        tested=date.fromisoformat(given["tested"]) if "tested" in given else None,
        taking=taking,
        conditions=conditions,
        pregnant={"yes": True, "no": False, "unasked": None}[given["pregnant"]],
        dialysis="dialysis" in given or None,
        start=date.fromisoformat(given["start"]),
        slots=slots,
        target=given.get("target"),
        days=int(given["days"]) if "days" in given else None,
        tablets=given.get("tablets", "").split(),
    )
    return plans.confirmed(asked, plans.CREATED, evidence)


# --- Does a vector hold? ---


def _first_plan(row: Row, evidence: Evidence) -> bool:
    options = [f"egfr {row['egfr']}", *(f"{name} {row[name]}" for name in ("target", "days") if row[name])]
    plan = plan_of("; ".join(options), evidence)
    supply = {int(supply.tablet_mg): supply.tablets for supply in plan.supply}
    wanted = {5: int(row["tablets_5mg"]), 10: int(row["tablets_10mg"])}
    steps = "; ".join(f"{step.first_day}-{step.last_day} {step.total:f}" for step in plan.steps)
    reviewed = plan.review is not None and plan.review.day == int(row["review_day"])
    return (steps, runs(day.total for day in plan.days), supply, reviewed) == (row["steps"], row["steps"], wanted, True)


def _band(row: Row, evidence: Evidence) -> bool:
    plan = plan_of(f"egfr {row['egfr']}", evidence)
    shown = (plan.kidney.band, f"{plan.target:f}", f"{plan.ceiling:f}")
    return shown == (row["band"], row["default_target"], row["ceiling"])


def _split(row: Row, evidence: Evidence) -> bool:
    plan = plan_of("egfr 85; target 30", evidence)
    split = next(step.doses for step in plan.steps if step.total == int(row["mg_per_day"]))
    return {dose.slot: int(dose.mg) for dose in split} == {
        slot: int(row[slot]) for slot in ("morning", "midday", "evening") if int(row[slot])
    }


def _course(row: Row, evidence: Evidence) -> bool:
    egfr, *target = row["inputs"].split(" target ")
    plan = plan_of("; ".join([f"egfr {egfr}", *(f"target {mg}" for mg in target)]), evidence)
    plan = revised(plan, row["revisions"], evidence)
    review = plan.review.date.isoformat() if plan.review else ""
    supply = "".join(f"{row.tablets} of 5" for row in plan.supply if row.tablet_mg == 5)
    return (runs(day.total for day in plan.days), plan.ending, review, supply) == (
        row["runs"],
        row["ending"],
        row["review"],
        row["supply"],
    )


def _findings(row: Row, evidence: Evidence) -> bool:
    try:
        findings = revised(plan_of(row["facts"], evidence), row["revisions"], evidence).findings
    except Refused as refused:
        findings = refused.findings
    codes = sorted(f"{finding.severity} {finding.code}" for finding in findings)
    return codes == sorted([*ALWAYS, *filter(None, row["findings"].split("; "))])


def _limit(row: Row, evidence: Evidence) -> bool:
    try:
        revised(plan_of(row["facts"], evidence), row["revisions"], evidence)
    except BadInput:
        return row["outcome"] == "bad input"
    except Refused:
        return row["outcome"] == "refused"
    return row["outcome"] == "made"


def _tablets(row: Row, evidence: Evidence) -> bool:
    inputs = Inputs(
        date(2026, 12, 1), Patient(), evidence.protocol.slots, tablets=tuple(map(Decimal, row["tablets"].split()))
    )
    try:
        counts = tablets.make(Decimal(row["dose_mg"]), limits.chosen_tablets(inputs.tablets, evidence.protocol))
    except tablets.DoseError:
        return row["made_of"] == ""
    return "; ".join(f"{tablet.count.normalize():f} of {tablet.tablet_mg:f}" for tablet in counts) == row["made_of"]


def _ckd_epi(row: Row, evidence: Evidence) -> bool:
    creatinine = kidney.read_creatinine(row["creatinine"], evidence.equations)
    value = kidney.ckd_epi_2021(creatinine, Decimal(row["age"]), row["sex"], evidence.equations)
    return value.quantize(Decimal(row["egfr"])) == Decimal(row["egfr"])


def _cockcroft_gault(row: Row, evidence: Evidence) -> bool:
    creatinine = kidney.read_creatinine(row["creatinine"], evidence.equations)
    weight = Decimal(row["weight"])
    value = kidney.cockcroft_gault(creatinine, Decimal(row["age"]), row["sex"], weight, evidence.equations)
    return value.quantize(Decimal(row["crcl"])) == Decimal(row["crcl"])


def _boundary(row: Row, evidence: Evidence) -> bool:
    at, step, age = Decimal(row["creatinine_mg_dl"]), Decimal("0.0001"), int(row["age"])
    below, above = (kidney.ckd_epi_2021(value, age, row["sex"], evidence.equations) for value in (at + step, at - step))
    return below < Decimal(row["egfr"]) < above


def _in_words(row: Row, evidence: Evidence) -> bool:
    if row["where"] in {"protocol", "review"}:
        protocol, known, ticked = evidence.protocol, reader.sources(), row["where"] == "review"
        read = protocol_page.protocol(protocol, review.entries(protocol, known), known, review=ticked)
        text = re.sub(r"(<br>|[|*\s])+", " ", page.markdown(read).decode())
        return f" {row['words']} " in text
    if row["where"] == "refusal":
        try:
            plan_of(row["facts"], evidence)
        except Refused as refused:
            return any(row["words"] in finding.message for finding in refused.findings)
        return False
    plan = revised(plan_of(row["facts"], evidence), row["revisions"], evidence)
    if row["where"] == "slots":
        return " ".join(f"{slot:%H:%M}" for slot in plan.inputs.slots) == row["words"]
    # A span keeps a number with its unit on one line; other tags part words.
    text = re.sub(r"<[^>]+>", " ", re.sub(r"</?span[^>]*>", "", render(plan, "html").decode()))
    return row["words"] in re.sub(r"\s+", " ", html.unescape(text))


def _flags(row: Row, evidence: Evidence) -> bool:
    read = recognise(evidence.formulary, row["medicine"]) if evidence.formulary else None
    flags = (read.brain, read.cns, read.kidney_risk) if read else ()
    return ["yes" if flag else "no" for flag in flags] == list(row.values())[1:]


CHECKS: dict[str, Callable[[Row, Evidence], bool]] = {
    "first_plans.csv": _first_plan,
    "bands.csv": _band,
    "splits.csv": _split,
    "tablets.csv": _tablets,
    "limits.csv": _limit,
    "findings.csv": _findings,
    "flags.csv": _flags,
    "courses.csv": _course,
    "ckd_epi_2021.csv": _ckd_epi,
    "ckd_epi_2021_boundaries.csv": _boundary,
    "cockcroft_gault.csv": _cockcroft_gault,
    "told.csv": _in_words,
}


def of(*names: str) -> dict[str, Any]:
    """Return the number of vectors in each file, so that none is lost unnoticed."""
    return {name: len(rows(name)) for name in names or CHECKS}
