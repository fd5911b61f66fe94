"""Plans with real revisions, and hypothesis strategies for them: every action, every kind of fact, confirmed or not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from titrate.engine import plan as planning
from titrate.engine import revision as revising
from titrate.errors import Refused, TitrateError
from titrate.evidence import reader
from titrate.inputs import zones
from titrate.inputs.planfile import read
from titrate.model import Inputs, Output, Patient, Plan, Revision, Slots

ID = UUID("6f1c2a34-5b6d-4e7f-8a9b-0c1d2e3f4a5b")
START = date(2026, 12, 1)
CREATED = datetime(2026, 11, 30, 9, 15, tzinfo=UTC)
SLOTS = reader.protocol().slots
DAY = timedelta(days=1)
DOCTOR = "Dr A. Müller"


def make(egfr: Any = "85", *, created: datetime = CREATED, **facts: Any) -> Plan:
    """Return a first plan; keywords of `Patient` and of `Inputs` both go where they belong, and all is confirmed."""
    patient = Patient(egfr=egfr, **{name: facts.pop(name) for name in Patient._fields if name in facts})
    zone = facts.setdefault("zone", "Europe/Berlin")
    inputs = Inputs(start=facts.pop("start", START), patient=patient, slots=facts.pop("slots", SLOTS), **facts)
    created = created.astimezone(zones.zone(zone))
    evidence = reader.evidence(patient)
    try:
        return planning.plan(evidence, inputs, id=ID, created=created)
    except Refused as refused:
        if refused.if_confirmed is None:
            raise
        inputs = inputs._replace(confirmed=codes(refused), prescriber=DOCTOR)
        return planning.plan(evidence, inputs, id=ID, created=created)


def codes(refused: Refused) -> tuple[str, ...]:
    """Return what a prescriber would have to confirm."""
    return tuple(dict.fromkeys(finding.code for finding in refused.findings if finding.severity == "confirm"))


def revise(before: Plan, start: date, action: str, *, at: datetime | None = None, **facts: Any) -> Plan:
    """Return the plan after one more revision, made an hour after the last stamp unless `at` says when."""
    patient = Patient(**{name: facts.pop(name) for name in Patient._fields if name in facts})
    last = before.revisions[-1].at if before.revisions else before.created
    number = len(before.revisions) + 1
    revision = Revision(number, at or last + timedelta(hours=1), start, action, patient=patient, **facts)
    known = revising.everything_known(before.inputs, (*before.revisions, revision))
    return revising.revise(reader.evidence(known), before, revision)


def again(data: bytes) -> Plan:
    """Return the plan that the bytes of a saved plan hold."""
    return read(data, "plan.json").plan


@cache
def cases() -> dict[str, Plan]:
    """Return plans by what was done to them, one for each kind of revision."""
    ten, told = (Decimal(10),), Output(contact="020 7946 0123", discreet=True, label="Tea", alarm=15)
    first = make(age=40, tested=date(2026, 11, 20), taking=())
    weak = make(
        None, creatinine="150 umol/L", age=78, sex="male", weight=Decimal("70.5"), taking=("codeine", "ibuprofen")
    )
    held = revise(first, date(2026, 12, 5), "hold", days=7, reason="sleepy at work, “worse” in the morning")
    stopped = revise(held, date(2026, 12, 20), "stop")
    return {
        "first": first,
        "told": make(age=40, tablets=ten, pack=40, target=Decimal(30), output=told, slots=Slots(*SLOTS)),
        "silent": make(floating=True, output=Output(alarm=None, paper="letter", large_print=True, audience="patient")),
        "weak": weak,
        "held": held,
        "stepped-back": revise(first, date(2026, 12, 10), "step-back", taking=("ramipril",), conditions=("diabetes",)),
        "stopped": stopped,
        "resumed": revise(stopped, date(2026, 12, 22), "resume"),
        "kidney": revise(first, date(2026, 12, 12), "kidney", egfr="41", tested=date(2026, 11, 29)),
        "unconfirmed": revise(first, date(2026, 12, 5), "hold", days=1, taking=("codeine",)),
        "clearance": revise(weak, date(2026, 12, 12), "kidney", egfr=">60"),
        "target": revise(
            first,
            date(2026, 12, 20),
            "target",
            target=Decimal(20),
            breastfeeding=True,
            confirmed=("breastfeeding",),
            prescriber=DOCTOR,
        ),
        "pregnant": revise(first, date(2026, 12, 5), "hold", days=2, pregnant=True),
        "suspended": revise(held, date(2026, 12, 12), "kidney", egfr="12"),
        "suspended-on-day-1": revise(first, START, "hold", days=1, dialysis=True),
    }


first_plans = st.builds(
    make,
    st.sampled_from((">60", ">90", "85", "62.5", "59.99", "47", "44.9", "31", "29.99", "18", "85.50")),
    age=st.sampled_from((None, 40, 64, 65, 80)),
    sex=st.sampled_from((None, "female")),
    taking=st.sampled_from((None, (), ("gabapentin",), ("ibuprofen", "xyzzy"), ("codeine",))),
    tested=st.sampled_from((None, date(2026, 8, 1), date(2026, 11, 28))),
    days=st.sampled_from((None, None, None, 10, 60)),
    tablets=st.sampled_from(((), (), (Decimal(10),), (Decimal(5), Decimal(20)))),
    zone=st.sampled_from(("UTC", "Europe/Berlin", "Pacific/Auckland")),
)

actions = st.one_of(
    st.builds(lambda days: ("hold", {"days": days}), st.sampled_from((1, 2, 3, 7, 10, 30))),
    st.builds(lambda mg: ("target", {"target": Decimal(mg)}), st.sampled_from((5, 10, 15, 20, 25, 30))),
    st.builds(
        lambda value: ("kidney", {"egfr": value}),
        st.sampled_from((">60", "95", "70", "58", "46", "44", "33", "29", "20", "12")),
    ),
    st.sampled_from((("step-back", {}), ("resume", {}), ("resume", {}), ("stop", {}))),
)
learned = st.sampled_from(
    (
        *({},) * 8,
        {"taking": ("codeine",)},
        {"taking": ("naproxen",), "age": 66},
        {"conditions": ("epilepsy",)},
        {"pregnant": True},
        {"tested": date(2026, 11, 29)},
        {"breastfeeding": True, "reason": "a birth"},
    )
)
drafts = st.lists(st.tuples(st.sampled_from((0, 0, 1, 2, 3, 4, 7, 8, 14)), actions, learned, st.booleans()), max_size=6)


def course_of(first: Plan, drawn: list[tuple[int, tuple[str, dict[str, Any]], dict[str, Any], bool]]) -> Plan:
    """Return the plan after those of the drafted revisions that the rules take; some are confirmed when that is asked."""
    plan, day = first, first.inputs.start
    for later, (action, facts), known, confirms in drawn:
        try:
            plan = revise(plan, day + later * DAY, action, **facts, **known)
        except TitrateError as error:
            if not (confirms and isinstance(error, Refused) and error.if_confirmed):
                continue
            agreed = {"confirmed": codes(error), "prescriber": DOCTOR}
            plan = revise(plan, day + later * DAY, action, **facts, **known, **agreed)
        day += later * DAY
    return plan
