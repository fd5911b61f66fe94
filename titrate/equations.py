"""The kidney equations' constants, as evidence/kidney.toml says them; exact, read by `library`."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple


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
