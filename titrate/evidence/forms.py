"""The form of each evidence file that a plan needs: which keys, of what kind, in what range."""

from __future__ import annotations

from titrate.evidence.shape import CITE, Flag, Named, Number, Rows, Table, Text
from titrate.model import SEVERITIES, SLOTS, WHOLE, Rules

MG = Number(0, 100)
CLOCK = Text(pattern=r"([01]\d|2[0-3]):[0-5]\d")
DOSES = Table(dict.fromkeys(SLOTS, Number(1, 100)), optional=frozenset(SLOTS))
CLIMB = {"doses_mg": DOSES, "hold_days": Number(1, 366, whole=True), "gate": Text(), "cite": CITE}
BAND = {
    "name": Text(("G1-G2", "G3a", "G3b", "G4", "G5")),
    "from": Number(0, 200),
    "default_target_mg": MG,
    "ceiling_mg": MG,
    "slow_start": Flag(),
    "why": Text(),
    "cite": CITE,
}
TABLET = {"mg": Number(1, 100), "halves": Flag(), "supply": Flag(), "cite": CITE}
RULES = {
    name: Table({"value": Number(1, 400, whole=name in WHOLE), "unit": Text(), "cite": CITE}) for name in Rules._fields
}
PROTOCOL = Table(
    {
        "schema": Text(("titrate/protocol/1",)),
        "id": Text(pattern="[a-z]+"),
        "version": Text(pattern=r"\d{4}\.\d{2}"),
        "title": Text(),
        "drug": Text(),
        "indication": Text(),
        "reviewed_by": Text(),
        "step": Rows(Table({"first_day": Number(1, 366, whole=True), **CLIMB}, optional=frozenset({"gate"}))),
        "extension": Rows(Table(CLIMB)),
        "gates": Named(Table({"text": Text(), "cite": CITE})),
        "slots": Table({**dict.fromkeys(SLOTS, CLOCK), "cite": CITE}),
        "band": Rows(Table(BAND)),
        "tablet": Rows(Table(TABLET)),
        "rules": Table(RULES),
    }
)

FINDING = Table(
    {"code": Text(), "severity": Text(SEVERITIES), "short": Text(), "message": Text(), "cite": CITE},
    optional=frozenset({"code"}),
)

BY_SEX = Table({"female": Number(-1, 1), "male": Number(-1, 1)})
LIMITS = Table({"lowest": Number(0, 2000), "highest": Number(0, 2000)})
EQUATIONS = Table(
    {
        "ckd_epi_2021": Table(
            {
                "name": Text(),
                "factor": Number(1, 1000),
                "kappa": BY_SEX,
                "alpha": BY_SEX,
                "exponent": Number(-2, 0),
                "age_base": Number(0, 1),
                "female": Number(0, 2),
                "cite": CITE,
            }
        ),
        "cockcroft_gault": Table(
            {
                "name": Text(),
                "age_from": Number(1, 1000),
                "divisor": Number(1, 1000),
                "female": Number(0, 2),
                "cite": CITE,
            }
        ),
        "conversion": Table({"umol_per_mg": Number(1, 1000), "cite": CITE}),
        "plausible": Table({"umol/L": LIMITS, "mg/dL": LIMITS, "cite": CITE}),
    }
)
