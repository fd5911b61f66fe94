"""The one reader of evidence: a file becomes the values that a plan is made from.

Evidence is validated when it changes (`python -m titrate.evidence.validate`), which then writes SHA256SUMS. At a run a file is
read only if it is, byte for byte, one that was validated: whatever else it is, it is damage, and EvidenceError names the file.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from titrate.errors import BadInput, EvidenceError
from titrate.evidence.protocol import Evidence, equations_of, finding_texts_of, protocol_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from titrate.evidence.claims import (
        EmergencyNumber,
        NextStep,
        Question,
        ReasonToTry,
        SideEffect,
        Source,
        Therapy,
        Trial,
    )
    from titrate.evidence.formulary import Conditions, Formulary
    from titrate.evidence.hazards import HazardLog
    from titrate.evidence.protocol import Equations, FindingText
    from titrate.evidence.rules import Section
    from titrate.model import Patient, Protocol

EVIDENCE = Path(__file__).with_name("data")
# The hazard log ships with the evidence; in a copy of the sources it stands beside the tests that it names.
HAZARDS = (EVIDENCE / "hazards.toml", Path(__file__).parents[2] / "tests" / "hazards.toml")
SUMS = "SHA256SUMS"
NEWEST = ("raynaud", "2026.12")
NEWEST_FILE = f"protocols/{'-'.join(NEWEST)}.toml"


def evidence(patient: Patient, id: str = NEWEST[0], version: str = NEWEST[1]) -> Evidence:
    """Return what a plan for that patient is made from; files that it does not need are not read."""
    return Evidence(
        protocol(id, version),
        finding_texts(),
        equations=equations() if patient.creatinine is not None or patient.age is not None else None,
        formulary=medicines() if patient.taking else None,
        conditions=conditions() if patient.ill else None,
    )


def protocol(id: str = NEWEST[0], version: str = NEWEST[1]) -> Protocol:
    """Return the released protocol of that id and version; BadInput, naming those there are, if there is none."""
    return released(id, version)  # which the cache knows by one name, however it was asked for


@lru_cache(maxsize=8)
def released(id: str, version: str) -> Protocol:
    """Return what `protocol` does, read once."""
    known = sorted(Path(name).stem for name in checksums() if name.startswith("protocols/"))
    if "-".join(NEWEST) not in known:
        raise damaged(SUMS)
    if f"{id}-{version}" not in known:
        wrong, todo = (
            "protocol {id} {version}: this titrate has only {known}",
            "install the version of titrate that has it",
        )
        raise BadInput("", wrong, todo, id=id, version=version, known=", ".join(known))
    raw = read(f"protocols/{id}-{version}.toml")
    newest = None if (id, version) == NEWEST else parse(read(NEWEST_FILE))
    return protocol_of(parse(raw), raw, newest)


@lru_cache(maxsize=1)
def finding_texts() -> dict[str, FindingText]:
    """Return what each finding says, by the name of its table in findings.toml."""
    return finding_texts_of(parse(read("findings.toml")))


@lru_cache(maxsize=1)
def equations() -> Equations:
    """Return the equations that turn a creatinine into a kidney value."""
    return equations_of(parse(read("kidney.toml")))


@lru_cache(maxsize=1)
def medicines() -> Formulary:
    """Return the medicines that matter beside baclofen, and those that raise nothing; brands are read when one is looked for."""
    from titrate.evidence.formulary import formulary_of

    data, everyday = (parse(read(f"{name}.toml")) for name in ("medicines", "everyday"))
    return formulary_of(data, words(), everyday, _brands)


@lru_cache(maxsize=1)
def conditions() -> Conditions:
    """Return the illnesses that matter before baclofen, and those that raise nothing."""
    from titrate.evidence.formulary import conditions_of

    return conditions_of(parse(read("conditions.toml")), words())


@lru_cache(maxsize=1)
def words() -> dict[str, Any]:
    """Return the words around names of medicines and of illnesses, and how names are spelled."""
    return parse(read("names.toml"))


def _brands() -> dict[str, Any]:
    return parse(read("brands.toml"))


@lru_cache(maxsize=1)
def sources() -> Mapping[str, Source]:
    """Return every source by its id."""
    from titrate.evidence.claims import sources_of

    return sources_of(parse(read("sources.toml")))


def therapies() -> tuple[Therapy, ...]:
    """Return the article's comparison of treatments, each claim with its grade."""
    from titrate.evidence.claims import therapies_of

    return therapies_of(parse(read("therapies.toml")), sources())


def reasons_to_try() -> tuple[ReasonToTry, ...]:
    """Return when the article would try baclofen, each reason with its grade."""
    from titrate.evidence.claims import reasons_to_try_of

    return reasons_to_try_of(parse(read("therapies.toml")), sources())


def trials() -> tuple[Trial, ...]:
    """Return the studies that the article names, each with its grade."""
    from titrate.evidence.claims import trials_of

    return trials_of(parse(read("trials.toml")), sources())


@lru_cache(maxsize=1)
def side_effects() -> tuple[SideEffect, ...]:
    """Return the usual side effects, each with how usual it is."""
    from titrate.evidence.claims import side_effects_of

    return side_effects_of(parse(read("side_effects.toml")), sources())


@lru_cache(maxsize=1)
def emergency_numbers() -> tuple[EmergencyNumber, ...]:
    """Return the numbers that call for help, each with where it says so."""
    from titrate.evidence.claims import emergency_numbers_of

    return emergency_numbers_of(parse(read("emergency.toml")), sources())


def questions() -> tuple[Question, ...]:
    """Return the article's questions and those that it leaves open, answered as corrected."""
    from titrate.evidence.claims import questions_of

    return questions_of(parse(read("questions.toml")), sources())


def next_steps() -> tuple[NextStep, ...]:
    """Return the topics that the article names to go on with, with what is known of each."""
    from titrate.evidence.claims import next_steps_of

    return next_steps_of(parse(read("next_steps.toml")), sources())


def rules() -> tuple[Section, ...]:
    """Return the rule book, section by section."""
    from titrate.evidence.rules import sections

    return sections(read("rules.md").decode())


def labels() -> dict[str, Any]:
    """Return what labels.toml calls the values of the other files: `groups`, `values` and `rules`."""
    return parse(read("labels.toml"))


def hazards() -> HazardLog:
    """Return what could go wrong, and the tests that guard against it."""
    from titrate.evidence.hazards import hazard_log_of

    for file in HAZARDS:
        try:
            return hazard_log_of(parse(file.read_bytes()))
        except FileNotFoundError:
            continue
        except (OSError, ValueError, TypeError, KeyError):
            break
    raise damaged(HAZARDS[0].name)


def read(name: str) -> bytes:
    """Return the bytes of a file of evidence; EvidenceError if it is missing or is not the file that was validated."""
    try:
        raw = (EVIDENCE / name).read_bytes()
    except OSError:
        raise damaged(name) from None
    if sha256(raw).hexdigest() != checksums().get(name):
        raise damaged(name)
    return raw


@lru_cache(maxsize=1)
def checksums() -> Mapping[str, str]:
    """Return the sha256 of every file of evidence, by its path in the folder, as it was when it was validated."""
    try:
        lines = (EVIDENCE / SUMS).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise damaged(SUMS) from None
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def damaged(name: str) -> EvidenceError:
    """Return the error that a file of evidence cannot be used."""
    return EvidenceError(name, "this file of titrate is missing or damaged", "reinstall titrate")


def parse(raw: bytes) -> dict[str, Any]:
    """Return the tables of a TOML file, fractions exact; ValueError if it is none."""
    return tomllib.loads(raw.decode(), parse_float=Decimal)
