"""A name that resembles a listed one: whoever sits at a terminal is asked which it is; nothing is ever assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from titrate.cli import terminal
from titrate.engine.plan import check_names
from titrate.errors import BadInput, NearMiss
from titrate.evidence import reader
from titrate.inputs import facts
from titrate.model import OTHER

if TYPE_CHECKING:
    from datetime import date

    from titrate.cli.command_line import CommandLine

ANSWERS = {"y": True, "yes": True, "n": False, "no": False, "": False}


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


def rewritten(command: CommandLine, before: facts.Typed, after: facts.Typed) -> CommandLine:
    """Return a command line with the names that the answers gave, in place of those that were typed."""
    for fact in (facts.TAKING, facts.CONDITION):
        if after[fact.key] != before[fact.key]:
            command = command.with_values(fact.option, after[fact.key])
    return command


def _asked(miss: NearMiss) -> str:
    """The name that the person means: one of those that it resembles, or another one that nobody has checked."""
    for name in miss.near:
        if _yes(f"{miss.name} is not in our list. Did you mean {name}? [y/N]"):
            return name
    if _yes(f"Is {miss.name} another one? Then a prescriber must look at it. [y/N]"):
        return f"{OTHER}{miss.name}"
    raise miss


def _yes(question: str) -> bool:
    return terminal.ask(question, _answer)[1]


def _answer(text: str) -> bool:
    try:
        return ANSWERS[text.casefold()]
    except KeyError:
        raise BadInput("", f"{text[:40]} is no answer", "give y or n") from None
