"""Every fault of what was typed, before anything is made of it: each fact by itself, then what facts say together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from titrate.engine import kidney, limits
from titrate.engine.plan import check_names
from titrate.errors import BadInput, faults_of
from titrate.evidence import reader, zones
from titrate.inputs import facts
from titrate.inputs.facts import Fact, Typed
from titrate.model import Patient, Slots

LIMITS: Mapping[str, Callable[[Any], object]] = {
    "egfr": lambda value: kidney.read_egfr(value, reader.protocol()),
    "creatinine": lambda value: kidney.read_creatinine(value, reader.equations()),
    "age": lambda value: kidney.check(Patient(age=value), reader.protocol().rules),
    "weight": lambda value: kidney.check(Patient(weight=value), reader.protocol().rules),
    "start": lambda value: limits.check_start(value, reader.protocol()),
    "target": lambda value: limits.check_target(value, reader.protocol()),
    "days": lambda value: limits.check_days(value, reader.protocol()),
    "hold": lambda value: limits.check_more_days("hold", value, reader.protocol()),
    "continue": lambda value: limits.check_more_days("continue", value, reader.protocol()),
    "tablet": lambda value: limits.chosen_tablets(value, reader.protocol()),
    "alarm": facts.check_alarm,
}


def each_fault(typed: Typed, asked: Iterable[Fact], moment: datetime, *, names: bool) -> Iterator[BadInput]:
    """Yield what is wrong with each fact of those `asked` for, whatever the others say, in their order.

    `moment`, aware, is now, on the clock of whoever typed. `names`: medicines and illnesses are looked up too.
    """
    for fact in asked:
        if fact.given(typed):
            faults = faults_of(_check, fact, typed, moment)
            yield from faults
            if names and not faults and fact in (facts.TAKING, facts.CONDITION):
                for name in fact.read(typed, moment.date()):
                    yield from faults_of(_check_name, fact, name)


def each_contradiction(typed: Typed, moment: datetime, faulty: Collection[str]) -> Iterator[BadInput]:
    """Yield what is wrong with facts of a new plan together; not where one of them, by its key, is among the `faulty`."""
    for keys, check in TOGETHER.items():
        if not any(key in faulty for key in keys):
            yield from faults_of(check, {key: typed.get(key) for key in keys}, moment.date())


def _check(fact: Fact, typed: Typed, moment: datetime) -> None:
    value = fact.read(typed, moment.date())
    if fact.key in LIMITS:
        LIMITS[fact.key](value)
    elif fact.key == facts.TZ.key:
        zones.place(value, moment)


def _check_name(fact: Fact, name: str) -> None:
    patient = Patient(taking=(name,)) if fact == facts.TAKING else Patient(conditions=(name,))
    check_names(patient, reader.evidence(patient))


def _check_result(typed: Typed, today: date) -> None:
    patient = facts.patient(typed, today)
    if patient.egfr is not None or patient.creatinine is not None:
        kidney.assess(patient, reader.evidence(patient))


def _check_slots(typed: Typed, today: date) -> None:
    protocol = reader.protocol()
    times = (fact.read(typed, today) or usual for fact, usual in zip(facts.SLOTS, protocol.slots, strict=True))
    limits.check_slots(Slots(*times), protocol.rules.slot_gap_hours)


# What facts of a new plan say together, by their keys.
TOGETHER: Mapping[tuple[str, ...], Callable[[Typed, date], object]] = {
    tuple(fact.key for fact in (facts.REPORTED, *facts.EQUATION)): _check_result,
    (facts.TESTED.key,): lambda typed, today: limits.check_tested(facts.patient(typed, today), today),
    tuple(fact.key for fact in facts.SLOTS): _check_slots,
    (facts.PACK.key, facts.TABLET.key): lambda typed, today: facts.pack(typed, facts.TABLET.read(typed, today)),
    tuple(fact.key for fact in facts.OUTPUT): lambda typed, _: facts.output(typed),
}
