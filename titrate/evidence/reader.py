"""The reader of evidence: a file becomes values that a plan is made from, or every fault in it is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from titrate.errors import BadInput
from titrate.evidence.grounds import EVIDENCE, cited, parse, source_ids
from titrate.evidence.protocol import Evidence, FindingText
from titrate.model import SLOTS, WHOLE, Band, DailyDose, Dose, Gate, Patient, Protocol, Rules, Slots, Tablet

if TYPE_CHECKING:
    from titrate.evidence.formulary import Condition, Formulary
    from titrate.evidence.protocol import Equations

__all__ = ["EVIDENCE", "NEWEST", "cited", "equations", "evidence", "finding_texts", "parse", "protocol", "source_ids"]

NEWEST = ("raynaud", "2026.11")

Data = dict[str, Any]


def evidence(patient: Patient, id: str = NEWEST[0], version: str = NEWEST[1]) -> Evidence:
    """Return what a plan for that patient is made from; files that it does not need are not read."""
    return Evidence(
        protocol(id, version),
        finding_texts(),
        equations=equations() if patient.creatinine is not None else None,
        formulary=medicines() if patient.taking else None,
        conditions=conditions() if patient.to_look_up else None,
    )


@lru_cache(maxsize=8)
def protocol(id: str = NEWEST[0], version: str = NEWEST[1]) -> Protocol:
    """Return the released protocol of that id and version, checked.

    Raises BadInput if there is none, naming those there are, or if its file is damaged.
    """
    folder = EVIDENCE / "protocols"
    file = folder / f"{id}-{version}.toml"
    known = {path.stem for path in folder.glob("*.toml")}
    if file.stem not in known:
        have = ", ".join(sorted(known))
        raise BadInput(
            f"protocol {id} {version}: this titrate has only {have}; install the version of titrate that has it"
        )
    raw, data = _checked(file, protocol_data)
    return _protocol(data, raw)


@lru_cache(maxsize=1)
def finding_texts() -> dict[str, FindingText]:
    """Return what each finding says, by the name of its table in findings.toml."""
    return _finding_texts(_checked(EVIDENCE / "findings.toml", finding_data)[1])


@lru_cache(maxsize=1)
def equations() -> Equations:
    """Return the equations that turn a creatinine into a kidney value."""
    return _equations(_checked(EVIDENCE / "kidney.toml", equation_data)[1])


@lru_cache(maxsize=1)
def medicines() -> Formulary:
    """Return the medicines that matter beside baclofen; BadInput names every fault of a damaged file."""
    from titrate.evidence.formulary import formulary

    return formulary(_checked(EVIDENCE / "medicines.toml", medicine_data)[1], cited)


@lru_cache(maxsize=1)
def conditions() -> tuple[Condition, ...]:
    """Return the conditions that matter before baclofen; BadInput names every fault of a damaged file."""
    from titrate.evidence.formulary import listed

    return listed(_checked(EVIDENCE / "conditions.toml", condition_data)[1], cited)


def read_protocol(raw: bytes, name: str, sources: frozenset[str]) -> Protocol:
    """Return the protocol that the bytes of a file say.

    Raises BadInput, naming every fault at once with its line, for what is no TOML, for a missing or unknown key, an uncited
    number, an unlisted source, a wrong type or range, and for numbers that contradict each other.
    """
    return _protocol(protocol_data(raw, name, sources), raw)


def read_finding_texts(raw: bytes, name: str, sources: frozenset[str]) -> dict[str, FindingText]:
    """Return the texts that the bytes of a findings file hold; BadInput names every fault at once."""
    return _finding_texts(finding_data(raw, name, sources))


def read_equations(raw: bytes, name: str, sources: frozenset[str]) -> Equations:
    """Return the equations that the bytes of a kidney file hold; BadInput names every fault at once."""
    return _equations(equation_data(raw, name, sources))


# What checks a file is loaded only for a file that was not checked before.


def protocol_data(raw: bytes, name: str, sources: frozenset[str]) -> Data:
    """Return the checked tables of a protocol file, and the file's sha256."""
    from hashlib import sha256

    from titrate.evidence import scrutiny

    data = scrutiny.protocol_data(raw, name, sources)
    data["sha256"] = sha256(raw).hexdigest()
    scrutiny.check_consistency(_protocol(data, raw), [row["first_day"] for row in data["step"]], name)
    return data


def finding_data(raw: bytes, name: str, sources: frozenset[str]) -> Data:
    """Return the checked tables of a findings file."""
    from titrate.evidence import scrutiny

    return scrutiny.finding_data(raw, name, sources)


def equation_data(raw: bytes, name: str, sources: frozenset[str]) -> Data:
    """Return the checked tables of a kidney file."""
    from titrate.evidence import scrutiny

    return scrutiny.equation_data(raw, name, sources)


def medicine_data(raw: bytes, name: str, sources: frozenset[str]) -> Data:
    """Return the checked tables of a medicines file."""
    from titrate.evidence import shelf

    return shelf.medicine_data(raw, name, sources)


def condition_data(raw: bytes, name: str, sources: frozenset[str]) -> Data:
    """Return the checked tables of a conditions file."""
    from titrate.evidence import shelf

    return shelf.condition_data(raw, name, sources)


def _checked(file: Path, read: Callable[[bytes, str, frozenset[str]], Data]) -> tuple[bytes, Data]:
    """The bytes of an evidence file and its tables, checked."""
    raw = file.read_bytes()
    return raw, read(raw, file.name, source_ids())


def _protocol(data: Data, raw: bytes) -> Protocol:
    return Protocol(
        id=data["id"],
        version=data["version"],
        title=data["title"],
        drug=data["drug"],
        indication=data["indication"],
        reviewed_by=data["reviewed_by"],
        ladder=tuple(_daily_dose(row, data["gates"]) for row in (*data["step"], *data["extension"])),
        bands=tuple(_band(row) for row in data["band"]),
        tablets=tuple(Tablet(Decimal(row["mg"]), row["halves"], row["supply"]) for row in data["tablet"]),
        slots=Slots(*(time.fromisoformat(data["slots"][slot]) for slot in SLOTS)),
        rules=Rules(*(_rule(data, field) for field in Rules._fields)),
        raw=raw,
        sha256=data["sha256"],
    )


def _rule(data: Data, field: str) -> Any:
    value = data["rules"][field]["value"]
    return int(value) if field in WHOLE else Decimal(value)


def _daily_dose(row: Data, gates: Data) -> DailyDose:
    doses = tuple(Dose(slot, Decimal(row["doses_mg"][slot])) for slot in SLOTS if slot in row["doses_mg"])
    total = sum((dose.mg for dose in doses), Decimal(0))
    gate = Gate(row["gate"], gates[row["gate"]]["text"]) if "gate" in row else None
    return DailyDose(total, doses, row["hold_days"], gate, _ground(row["cite"]))


def _ground(cite: Data) -> str:
    """What a cite says and where, in one line; a quote's words stand in sources.toml, under its name."""
    return f"{cite.get('rule') or cite['quote']} ({cited(cite)})"


def _band(row: Data) -> Band:
    return Band(
        name=row["name"],
        low=Decimal(row["from"]),
        default_target=Decimal(row["default_target_mg"]),
        ceiling=Decimal(row["ceiling_mg"]),
        slow_start=row["slow_start"],
        cite=f"{row['why']} ({cited(row['cite'])})",
    )


def _finding_texts(data: Data) -> dict[str, FindingText]:
    return {
        key: FindingText(row.get("code", key), row["severity"], row["short"], row["message"], cited(row["cite"]))
        for key, row in data.items()
    }


def _equations(data: Data) -> Equations:
    from titrate.evidence.protocol import CkdEpi, CockcroftGault, Equations

    ckd_epi, cockcroft_gault, plausible = data["ckd_epi_2021"], data["cockcroft_gault"], data["plausible"]
    limits = {unit: _exact(row) for unit, row in plausible.items() if unit != "cite"}
    return Equations(
        CkdEpi(*(_exact(ckd_epi[field]) for field in CkdEpi._fields)),
        CockcroftGault(*(_exact(cockcroft_gault[field]) for field in CockcroftGault._fields)),
        Decimal(data["conversion"]["umol_per_mg"]),
        {unit: (row["lowest"], row["highest"]) for unit, row in limits.items()},
    )


def _exact(value: Any) -> Any:
    """Numbers as Decimal, also inside a table; text as it is."""
    if isinstance(value, dict):
        return {key: _exact(inner) for key, inner in value.items()}
    return value if isinstance(value, str) else Decimal(value)
