"""A name that resembles a listed one: whoever sits at a terminal is asked which it is; nothing is ever assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from titrate.cli import terminal
from titrate.engine.plan import check_names
from titrate.errors import NearMiss
from titrate.evidence import reader
from titrate.inputs import facts
from titrate.model import OTHER

if TYPE_CHECKING:
    from datetime import date


def settled(typed: facts.Typed, today: date) -> facts.Typed:
    """Return what was typed with each near miss written as the answers say; in a pipe it is left to be refused.

    Raises the NearMiss where no answer says which name it is.
    """
    while terminal.can_ask() and (typed["taking"] or typed["condition"]):
        patient = facts.patient(typed, today)
        try:
            check_names(patient, reader.evidence(patient))
        except NearMiss as miss:
            names = patient.taking if miss.fact == facts.TAKING.key else patient.conditions
            meant = _asked(miss)
            typed = {**typed, miss.fact: [meant if name == miss.name else name for name in names or ()]}
        else:
            break
    return typed


def _asked(miss: NearMiss) -> str:
    """The name that the person means: one of those that it resembles, or another one that nobody has checked."""
    from titrate.cli.answers import agreed

    for name in miss.near:
        if agreed(f"{miss.name} is not in our list. Did you mean {name}?"):
            return name
    if agreed(f"Is {miss.name} another one? Then a prescriber must look at it."):
        return f"{OTHER}{miss.name}"
    raise miss
