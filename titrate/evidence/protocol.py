"""What every plan is made from, as values: the protocol, the texts of findings, the kidney equations.

Each `..._of` makes the values of one validated file out of its tables.
"""

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from hashlib import sha256
from types import MappingProxyType
from typing import Any, NamedTuple

from titrate.model import SLOTS, WHOLE, Band, DailyDose, Dose, Gate, Protocol, Rules, Slots, Tablet

Table = dict[str, Any]
UNITS = ("umol/L", "mg/dL")  # of a creatinine
FIRST_RULES = "2026.11"  # by which a protocol's revisions act that names no other


class FindingText(NamedTuple):
    """What a finding says: `short` in one line, `message` in full, both with {placeholders}; `source` in one line."""

    code: str
    severity: str
    short: str
    message: str
    source: str


class CkdEpi(NamedTuple):
    """The constants of the CKD-EPI creatinine equation, creatinine in mg/dL; `kappa` and `alpha` by sex."""

    name: str
    factor: Decimal
    kappa: Mapping[str, Decimal]
    alpha: Mapping[str, Decimal]
    exponent: Decimal
    age_base: Decimal
    female: Decimal


class CockcroftGault(NamedTuple):
    """The constants of the Cockcroft-Gault equation, creatinine in mg/dL, weight in kg."""

    name: str
    age_from: Decimal
    divisor: Decimal
    female: Decimal


class Equations(NamedTuple):
    """How a creatinine becomes a kidney value; `plausible`: the lowest and highest creatinine in each unit."""

    ckd_epi: CkdEpi
    cockcroft_gault: CockcroftGault
    umol_per_mg: Decimal
    plausible: Mapping[str, tuple[Decimal, Decimal]]


class Evidence(NamedTuple):
    """What a plan is made from besides its inputs; the parts that a patient does not need are None, and were not read.

    `outcomes`: what came of each illness, by its name as typed, when a saved plan was made: a newer list may read it otherwise.
    """

    protocol: Protocol
    texts: Mapping[str, FindingText]
    equations: Equations | None = None
    formulary: Any = None
    conditions: Any = None
    outcomes: Mapping[str, str] = MappingProxyType({})


def protocol_of(data: Table, raw: bytes, newest: Table | None = None) -> Protocol:
    """Return the protocol that the tables of a file say; `raw` is that file.

    A number that an older file does not have is that of the `newest`, whose tables these are.
    """
    rules = {**(newest["rules"] if newest else {}), **data["rules"]}
    return Protocol(
        **{key: data[key] for key in ("id", "version", "title", "drug", "indication", "reviewed_by")},
        ladder=tuple(_daily_dose(row, data["gates"]) for row in (*data["step"], *data["extension"])),
        bands=tuple(map(_band, data["band"])),
        tablets=tuple(Tablet(Decimal(row["mg"]), row["halves"], row["supply"]) for row in data["tablet"]),
        slots=Slots(*(time.fromisoformat(data["slots"][slot]) for slot in SLOTS)),
        rules=Rules(*(_rule(rules, field) for field in Rules._fields)),
        revision_rules=data.get("revision_rules", FIRST_RULES),
        raw=raw,
        sha256=sha256(raw).hexdigest(),
    )


def finding_texts_of(data: Table) -> dict[str, FindingText]:
    """Return what each finding says, by the name of its table, which is its code unless it has another."""
    return {key: finding_text({"code": key, **row}) for key, row in data.items()}


def finding_text(row: Table) -> FindingText:
    """Return what the finding of one table says."""
    return FindingText(row["code"], row["severity"], row["short"], row["message"], cited(row["cite"]))


def equations_of(data: Table) -> Equations:
    """Return the equations that turn a creatinine into a kidney value."""
    exact = {key: _exact(row) for key, row in data.items()}
    return Equations(
        CkdEpi(*(exact["ckd_epi_2021"][field] for field in CkdEpi._fields)),
        CockcroftGault(*(exact["cockcroft_gault"][field] for field in CockcroftGault._fields)),
        exact["conversion"]["umol_per_mg"],
        {unit: (row["lowest"], row["highest"]) for unit, row in exact["plausible"].items() if unit in UNITS},
    )


def cited(cite: Table) -> str:
    """Return a cite in one line, for a reader.

    >>> cited({"source": "S-VLAV", "at": "abstract", "rule": "..."})
    'S-VLAV, abstract'
    >>> cited({"source": "TOOL", "at": "rules: screening", "rule": "...", "from": ["S-VLAV", "S-WOLF"]})
    'tool rule, from S-VLAV, S-WOLF'
    """
    if cite["source"] != "TOOL":
        return f"{cite['source']}, {cite['at']}"
    return "tool rule" + (f", from {', '.join(cite['from'])}" if cite["from"] else "")


def _rule(rules: Table, field: str) -> Any:
    value = rules[field]["value"]
    return int(value) if field in WHOLE else Decimal(value)


def _daily_dose(row: Table, gates: Table) -> DailyDose:
    doses = tuple(Dose(slot, Decimal(row["doses_mg"][slot])) for slot in SLOTS if slot in row["doses_mg"])
    total = sum((dose.mg for dose in doses), Decimal(0))
    gate = Gate(row["gate"], gates[row["gate"]]["text"]) if "gate" in row else None
    cite = row["cite"]
    # The words of a quote stand in sources.toml, which a plan does not read.
    return DailyDose(total, doses, row["hold_days"], gate, f"{cite.get('rule') or cite['quote']} ({cited(cite)})")


def _band(row: Table) -> Band:
    return Band(
        name=row["name"],
        low=Decimal(row["from"]),
        default_target=Decimal(row["default_target_mg"]),
        ceiling=Decimal(row["ceiling_mg"]),
        slow_start=row["slow_start"],
        cite=f"{row['why']} ({cited(row['cite'])})",
    )


def _exact(value: Any) -> Any:
    """Numbers as Decimal, also inside a table; all else as it is."""
    if isinstance(value, dict):
        return {key: _exact(inner) for key, inner in value.items()}
    return Decimal(value) if isinstance(value, int) else value
