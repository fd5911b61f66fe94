"""One case to be screened: a patient, and the plan that would be made or changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from titrate.engine.kidney import printed
from titrate.model import Band, Inputs, KidneyFunction, Patient, Protocol, Review, Rules

if TYPE_CHECKING:
    from titrate.engine.names import Recognised
    from titrate.evidence.protocol import Equations

NO_CONFIRMATIONS: Mapping[str, str] = MappingProxyType({})


class PlanChange(NamedTuple):
    """What a revision changed: the kidney function before it, and the fall of the daily dose on its first day, in mg.

    `doses_ahead`: on the day on which it is made, and before it acts, a dose is still to come.
    """

    kidney_before: KidneyFunction
    fall: Decimal
    doses_ahead: bool = False


class Assessment(NamedTuple):
    """What the rules look at: the patient and the plan that would be made.

    `screened_on` is the day on which the plan or its revision is made. `review` and `last_day` are None where no schedule can be
    made at all; `unmakeable` says which dose no tablet makes. `confirmations` says who confirmed which code. `change` is
    None for a first plan. `equations`: where they were read, which is whenever an age is known.
    """

    protocol: Protocol
    inputs: Inputs
    patient: Patient
    kidney: KidneyFunction
    band: Band
    target: Decimal
    screened_on: date
    last_day: int | None = None
    review: Review | None = None
    unmakeable: str | None = None
    medicines: tuple[Recognised, ...] = ()
    conditions: tuple[Recognised, ...] = ()
    confirmations: Mapping[str, str] = NO_CONFIRMATIONS
    change: PlanChange | None = None
    equations: Equations | None = None

    @property
    def rules(self) -> Rules:
        """The protocol's numbers."""
        return self.protocol.rules

    @property
    def value(self) -> str:
        """The kidney value for a reader, as the laboratory printed it where it gave only a bound."""
        return printed(self.kidney)
