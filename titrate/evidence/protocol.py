"""What the evidence files say besides the protocol, as values: the texts of findings, the kidney equations; read by `reader`."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from titrate.model import Protocol


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
    """What a plan is made from besides its inputs; the parts that a patient does not need are None, and were not read."""

    protocol: Protocol
    texts: Mapping[str, FindingText]
    equations: Equations | None = None
    formulary: Any = None
    conditions: Any = None
