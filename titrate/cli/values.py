"""What is wrong with the values of a command's options, all of it, before the command asks, locks or reads anything."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from typing import Any, NamedTuple

from titrate.cli import terminal
from titrate.errors import BadInput, OutputError, faults_of
from titrate.inputs import facts
from titrate.inputs.facts import Fact, Typed


class Reads(NamedTuple):
    """What reads an option that is no fact, from what was typed for it, and today."""

    read: Callable[[Any, date], object]


class Needs(NamedTuple):
    """What facts must say in any case: `missing` yields what they do not. `asked`: a terminal is asked for it."""

    missing: Callable[[Typed], Iterable[BadInput]]
    asked: bool = False


class Values(NamedTuple):
    """What a command takes: its facts, what reads its other options, by parameter, and what it needs."""

    facts: tuple[Fact, ...]
    readers: Mapping[str, Reads]
    needs: tuple[Needs, ...]

    def faults(
        self, command: str, values: Mapping[str, Any], left_out: Collection[str]
    ) -> Iterator[tuple[str, BadInput]]:
        """Yield what is wrong with `values`, by parameter, each with the parameter; those `left_out` are given, and not read."""
        from titrate.cli import clock  # without the time zones it cannot be loaded, which is told as any error is

        given = {name: value for name, value in values.items() if name not in left_out and value not in (None, ())}
        typed: dict[str, Any] = {}
        faulty = {fact.key for fact in self.facts if parameter_of(fact) in left_out}
        for fact in self.facts:
            value = given.get(parameter_of(fact))
            if contradictory := faults_of(answer, fact, value):
                faulty.add(fact.key)
                yield from ((parameter_of(fact), fault) for fault in contradictory)
            else:
                typed[fact.key] = answer(fact, value)
        moment = clock.moment_before(typed.get(facts.TZ.key), as_set=command in clock.FOLLOWING)
        for name in given.keys() & self.readers.keys():
            with suppress(OutputError):  # a file that cannot be written is no fault of the command line
                yield from ((name, fault) for fault in faults_of(self.readers[name].read, given[name], moment.date()))
        from titrate.inputs.faults import each_contradiction, each_fault

        by_key = {fact.key: parameter_of(fact) for fact in self.facts}
        for fault in each_fault(typed, self.facts, moment, names=not terminal.can_ask()):
            faulty.update(map(str, fault.places))
            yield by_key[str(fault.places[0])], fault
        if facts.REPORTED in self.facts and facts.HOLD not in self.facts:  # a saved plan has facts of its own
            for fault in each_contradiction(typed, moment, faulty):
                yield by_key[str(fault.places[0])], fault
        for need in self.needs:
            if not (need.asked and terminal.can_ask()):
                yield from (
                    (by_key[str(fault.places[0])], fault)
                    for fault in need.missing({**typed, **dict.fromkeys(faulty, "")})
                )


def parameter_of(fact: Fact) -> str:
    """Return the name of a command's parameter for a fact."""
    return fact.field.replace("-", "_")


def answer(fact: Fact, value: Any) -> Any:
    """Return what was typed for a fact, as its reader takes it; BadInput where it is answered with yes and with no."""
    if not fact.negative:
        return list(value) if isinstance(value, tuple) else value
    if len(answers := set(value or ())) > 1:
        raise BadInput(fact.key, f"it contradicts --{fact.negative}", "give one")
    return answers.pop() if answers else None
