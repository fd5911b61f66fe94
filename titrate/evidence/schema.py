"""What each evidence file must look like: which keys, of what kind, in what range; `{int: x}` is a list of x."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from string import Formatter
from typing import Any

from voluptuous import All, Invalid, Optional

from titrate.errors import did_you_mean
from titrate.evidence.hazards import SEVERITIES as HAZARD_SEVERITIES
from titrate.evidence.lexicon import one_line, parts
from titrate.model import SEVERITIES, SLOTS, UNSIGNED, WHOLE, Rules

SHORT = 90  # characters that fit one line of a terminal beside the severity
TOOL = "TOOL"
PLACEHOLDERS = {"name", "profession"}  # the words that stand for a name and a profession

Shape = dict[Any, Any]  # a schema of voluptuous: what a key may hold

type_names = {str: "text", bool: "true or false", dict: "a table or a list", int: "a number", Decimal: "a number"}


# --- Kinds of values ---


def number(low: int, high: int, *, whole: bool = False) -> Callable[[Any], Any]:
    """Return the validator of a number from `low` to `high`, both allowed; `whole` refuses fractions."""

    def validate(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            raise Invalid(f"needs a number, has {type_names.get(type(value), 'a date')}")
        if isinstance(value, Decimal) and not value.is_finite():
            raise Invalid("needs a finite number")
        if whole and value != int(value):
            raise Invalid(f"needs a whole number, has {value}")
        if not low <= value <= high:
            raise Invalid(f"needs {low} to {high}, has {value}")
        return value

    return validate


def text(value: Any) -> str:
    """Return text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise Invalid("needs text")
    return value


def one_of(*choices: str) -> Callable[[Any], str]:
    """Return the validator of text that is one of `choices`."""

    def validate(value: Any) -> str:
        if text(value) not in choices:
            raise Invalid(f"needs one of {', '.join(choices)}, has {value}{did_you_mean(value, choices)}")
        return str(value)

    return validate


def matching(pattern: str) -> Callable[[Any], str]:
    """Return the validator of text of the form `pattern`."""

    def validate(value: Any) -> str:
        if not re.fullmatch(pattern, text(value)):
            raise Invalid(f"needs the form {pattern}, has {value}")
        return str(value)

    return validate


def listing(kind: Callable[[Any], str]) -> Callable[[Any], str]:
    """Return the validator of a list in one text, parted by commas, of what `kind` validates."""

    def validate(value: Any) -> str:
        for item in one_line(text(value)).split(", "):
            kind(item)
        return str(value)

    return validate


def a_name(value: Any) -> str:
    """Return a name: without blanks around it, and without the signs that part names in a text."""
    if value != text(value).strip() or ": " in value or value.endswith((",", ":")):
        raise Invalid(f"{value} is no name; part names by a comma and one blank, or by a comma and a new line")
    return str(value)


def naming(value: Any) -> str:
    """Return a text of lines `what it stands for: name, name`."""
    for line in text(value).strip("\n").replace("\n  ", " ").split("\n"):
        target, colon, names = line.partition(": ")
        if not colon or line.startswith(" "):
            raise Invalid(
                f"{line[:60]} needs the form `what it stands for: name, name`, with two blanks where it goes on"
            )
        for name in (*parts(target), *names.split(", ")):
            a_name(name)
    return str(value)


def flag(value: Any) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise Invalid("needs true or false")
    return value


def finding_words(value: Any) -> str:
    """Return what a finding says of a medicine or condition: with {typed}, what was typed, and no other braces."""
    if {field for _, field, _, _ in Formatter().parse(text(value)) if field is not None} != {"typed"}:
        raise Invalid("must hold {typed}, what was typed, and no other braces")
    return str(value)


def short_words(value: Any) -> str:
    """Return what fits one line beside the severity."""
    if len(value) > SHORT:
        raise Invalid(f"has {len(value)} characters; {SHORT} fit one line")
    return str(value)


def signature(value: Any) -> str:
    """Return who signed a protocol, or that nobody has."""
    if not is_signature(text(value)) and value != UNSIGNED:
        form = f'write "{UNSIGNED}", or who signed: "name, profession, YYYY-MM-DD" with a real date'
        raise Invalid(f"{value} is no signature; {form}")
    return str(value)


def is_signature(words: str) -> bool:
    """Return whether a text says who signed a protocol: `name, profession, YYYY-MM-DD`, with a real date.

    >>> is_signature("Dr. A. Miller, physician, 2026-12-01"), is_signature("NAME, PROFESSION, 2026-12-01")
    (True, False)
    """
    name, profession, day = [*words.split(", "), "", ""][:3]
    if not words.isprintable() or words != f"{name}, {profession}, {day}":
        return False
    if not re.fullmatch("[0-9]{4}(-[0-9]{2}){2}", day):
        return False
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return not name.lower().startswith("not ") and all(map(_is_word, (name, profession)))


def _is_word(words: str) -> bool:
    """Whether a text can be a name or a profession: two letters or more, and not what stands for one."""
    return sum(map(str.isalpha, words)) >= 2 and words == words.strip() and words.lower() not in PLACEHOLDERS


# --- Parts that several files share ---

ID = matching("[a-z0-9-]+")
LIST = listing(a_name)
MG = number(0, 100)
CITE: Shape = {
    "source": text,
    "at": text,
    Optional("quote"): text,
    Optional("rule"): text,
    Optional("from"): {Optional(int): text},
}
GRADED: Shape = {
    "grade": one_of("confirmed", "disputed", "not confirmed"),
    Optional("reason"): text,
    "cite": CITE,
    Optional("grade_from"): {int: CITE},
}
ASKED_BY = one_of("article", "project")
RAISED = ("stop", "confirm", "caution")
SHORT_WORDS, FULL_WORDS = All(finding_words, short_words), finding_words
BY_SEX = {"female": number(-1, 1), "male": number(-1, 1)}
LIMITS = {"lowest": number(0, 2000), "highest": number(0, 2000)}
UNITS: Shape = {Optional("units"): {str: text}}
CLIMB: Shape = {"doses_mg": {Optional(slot): number(1, 100) for slot in SLOTS}, "hold_days": number(1, 366, whole=True)}

# --- The files ---

VERSION = matching(r"\d{4}\.\d{2}")


def rule(name: str) -> Shape:
    """Return the shape of one rule of a protocol: its number, and what it is called under which heading."""
    value = number(0, 400, whole=name in WHOLE)
    return {"group": text, "label": text, "value": value, "unit": text, "cite": CITE}


PROTOCOL: Shape = {
    "schema": one_of("titrate/protocol/1"),
    "id": matching("[a-z]+"),
    "version": VERSION,
    "revision_rules": VERSION,
    **dict.fromkeys(("title", "drug", "indication"), text),
    "reviewed_by": signature,
    "step": {int: {"first_day": number(1, 366, whole=True), **CLIMB, Optional("gate"): text, "cite": CITE}},
    "extension": {int: {**CLIMB, "gate": text, "cite": CITE}},
    "gates": {Optional(str): {"text": text, "cite": CITE}},
    "slots": {**dict.fromkeys(SLOTS, matching(r"([01]\d|2[0-3]):[0-5]\d")), "cite": CITE},
    "band": {
        int: {
            "name": one_of("G1-G2", "G2", "G3a", "G3b", "G4", "G5"),
            "from": number(0, 200),
            "default_target_mg": MG,
            "ceiling_mg": MG,
            "slow_start": flag,
            "why": text,
            "cite": CITE,
        }
    },
    "tablet": {int: {"mg": number(1, 100), "halves": flag, "supply": flag, "cite": CITE}},
    "rules": {name: rule(name) for name in Rules._fields},
}
# A released file is never edited: what is new since then is not in it.
OLDER_PROTOCOL: Shape = {
    **{key: shape for key, shape in PROTOCOL.items() if key != "revision_rules"},
    Optional("revision_rules"): VERSION,
    "rules": {
        Optional(str): {
            Optional("group"): text,
            Optional("label"): text,
            "value": number(0, 400),
            "unit": text,
            "cite": CITE,
        }
    },
}
FINDING: Shape = {Optional("code"): text, "severity": one_of(*SEVERITIES), "short": text, "message": text, "cite": CITE}
KIDNEY: Shape = {
    "ckd_epi_2021": {
        "name": text,
        "factor": number(1, 1000),
        "kappa": BY_SEX,
        "alpha": BY_SEX,
        "exponent": number(-2, 0),
        "age_base": number(0, 1),
        "female": number(0, 2),
        **UNITS,
        "cite": CITE,
    },
    "cockcroft_gault": {
        "name": text,
        "age_from": number(1, 1000),
        "divisor": number(1, 1000),
        "female": number(0, 2),
        **UNITS,
        "cite": CITE,
    },
    "conversion": {"name": text, "umol_per_mg": number(1, 1000), **UNITS, "cite": CITE},
    "plausible": {"name": text, "umol/L": LIMITS, "mg/dL": LIMITS, "cite": CITE},
}
ATC = listing(matching(r"[A-Z]\d\d([A-Z]([A-Z](\d\d)?)?)?"))
NAMED: Shape = {"names": naming, "cite": CITE}
ASK: Shape = {"words": LIST, "question": text, Optional("choices"): LIST, "cite": CITE}
MEDICINE_CLASS: Shape = {
    "id": ID,
    "name": text,
    "code": ID,
    "severity": one_of(*RAISED, "none"),
    **{Optional(key): flag for key in ("kidney_risk", "brain", "cns")},
    Optional("implies"): ID,
    Optional("implies_only"): LIST,
    Optional("short"): SHORT_WORDS,
    Optional("message"): FULL_WORDS,
    **{Optional(key): ATC for key in ("atc", "not_atc")},
    **{Optional(key): LIST for key in ("generic", "also")},
    "cite": CITE,
}
MEDICINES: Shape = {
    "codes": {"meaning": text, "cite": CITE},
    "class": {int: MEDICINE_CLASS},
    "implied": {int: {"condition": ID, "medicines": LIST, "cite": CITE}},
    "other_reasons": {Optional(str): LIST, "cite": CITE},
    "nitrate_with_pde5": {**dict.fromkeys(("nitrate", "pde5", "guanylate"), LIST), "cite": CITE},
    "low_dose": {Optional(str): {"class": ID, "named": text, "most_mg": number(1, 1000), "words": LIST, "cite": CITE}},
}
BRANDS: Shape = {
    "whole_only": LIST,
    **{kind: {"cite": CITE, Optional(str): naming} for kind in ("registers", "recalled")},
    "ambiguous": NAMED,
}
EVERYDAY_MEDICINES: Shape = {
    "cite": CITE,
    "brain": LIST,
    "group": {int: {"name": text, "generic": LIST, Optional("brands"): naming}},
    "combinations": NAMED,
    "class_words": NAMED,
}
NO_EFFECT_FORM: Shape = {
    "kind": text,
    "forms": LIST,
    **{Optional(key): LIST for key in ("not_forms", "classes", "not_classes", "not_medicines", "products")},
    "cite": CITE,
}
WORDS = ("forms", "salts", "dose_words", "frequency", "connectors", "makers", "leftover", "often")
NAMES: Shape = {
    "synonyms": NAMED,
    "language": {str: NAMED},
    "combinations": NAMED,
    "spelling": {"shortest": number(1, 20, whole=True), "steps": {int: {int: str}}, "cite": CITE},
    "acids": {**dict.fromkeys(("before", "ends", "german"), LIST), "cite": CITE},
    "sound_alikes": {"pairs": LIST, "cite": CITE},
    "no_effect_form": {int: NO_EFFECT_FORM},
    "words": {**dict.fromkeys(WORDS, LIST), "cite": CITE},
    "ask": {int: ASK},
}
CONDITION: Shape = {
    "id": ID,
    "name": text,
    "code": ID,
    "severity": one_of(*RAISED),
    Optional("stage"): text,
    "also": LIST,
    "short": SHORT_WORDS,
    "message": FULL_WORDS,
    "cite": CITE,
}
SOURCE: Shape = {
    "title": text,
    "where": text,
    "read": one_of("V1", "V2", "recalled"),
    Optional("quotes"): {str: text},
}
CLAIM = {
    "therapy": ID,
    "aspect": one_of("mechanism", "usual dose", "reported efficacy", "side effects"),
    "says": text,
    "found_by": ASKED_BY,
    **GRADED,
}
TRIAL = {
    "id": ID,
    "name": text,
    "kind": one_of("trial", "review", "laboratory"),
    "design": text,
    "dose": text,
    Optional("people"): number(1, 100_000, whole=True),
    "result": text,
    **GRADED,
}
QUESTION = {"id": ID, "asks": text, "asked_by": ASKED_BY, "says": text, "answer": text, "said_at": CITE, **GRADED}
NEXT_STEP = {"id": ID, "name": text, "says": text, "answer": text, "said_at": CITE, **GRADED}
HAZARD = {
    "id": ID,
    **dict.fromkeys(("hazard", "cause", "effect"), text),
    "severity": one_of(*HAZARD_SEVERITIES),
    "controls": {int: matching(r"([a-z]+/)*test_[a-z0-9_]+\.py::test_[a-z0-9_]+")},
}
PERCENT = number(0, 100, whole=True)
SIDE_EFFECT = {"id": ID, "name": text, "percent_from": PERCENT, "percent_to": PERCENT, "cite": CITE}
EMERGENCY = {"id": ID, "number": matching(r"\d{3}"), "cite": CITE, Optional("also"): CITE}
LABELS = {
    "groups": dict.fromkeys(("step", "extension", "gates", "slots", "band", "tablet"), text),
    "values": {str: {"label": text, Optional("unit"): text}},
}
FILES: dict[str, Shape] = {
    "findings.toml": {str: FINDING},
    "kidney.toml": KIDNEY,
    "medicines.toml": MEDICINES,
    "brands.toml": BRANDS,
    "everyday.toml": EVERYDAY_MEDICINES,
    "names.toml": NAMES,
    "conditions.toml": {
        "condition": {int: CONDITION},
        "ask": {int: ASK},
        "words": {"passed": LIST, "cite": CITE},
        "stages": {"of": LIST, "words": LIST, "numbers": naming, "cite": CITE},
        "none": NAMED,
    },
    "sources.toml": {TOOL: SOURCE, str: SOURCE},
    "therapies.toml": {
        "therapy": {int: {"id": ID, "name": text, "cite": CITE}},
        "claim": {int: CLAIM},
        "reason_to_try": {int: {"id": ID, "says": text, **GRADED}},
    },
    "trials.toml": {"trial": {int: TRIAL}},
    "questions.toml": {"question": {int: QUESTION}},
    "next_steps.toml": {"next_step": {int: NEXT_STEP}},
    "side_effects.toml": {"side_effect": {int: SIDE_EFFECT}},
    "emergency.toml": {"emergency_number": {int: EMERGENCY}},
    "hazards.toml": {"hazard": {int: HAZARD}, "severities": dict.fromkeys(HAZARD_SEVERITIES, text)},
    "labels.toml": LABELS,
}
