"""One builder of plans for all tests: first plans, their revisions, examples by name, strategies, and saved plans taken apart."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from itertools import groupby, product
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from hypothesis import strategies as st

from titrate.engine.first_day import first_day
from titrate.engine.patient import known_patient
from titrate.engine.plan import make_plan
from titrate.engine.revision import revise_plan
from titrate.errors import BadInput, Refused, TitrateError
from titrate.evidence import reader, zones
from titrate.evidence.protocol import Evidence
from titrate.export import render
from titrate.inputs.document import sealed
from titrate.inputs.planfile import read
from titrate.inputs.schema import MOST_FAULTS
from titrate.model import Inputs, NewSettings, Output, Patient, Plan, Revision, Slots

ID = UUID("6f1c2a34-5b6d-4e7f-8a9b-0c1d2e3f4a5b")
START = date(2026, 12, 1)
CREATED = datetime(2026, 11, 30, 9, 15, tzinfo=UTC)
DAY = timedelta(days=1)
SLOTS = Slots(time(8), time(14), time(20))
PROTOCOL = reader.protocol()
TARGETS = (5, 10, 15, 20, 25, 30)
DOCTOR = "Dr A. Müller"


# --- The builder ---


def inputs(egfr: Any = "85", **facts: Any) -> Inputs:
    """Return inputs for one eGFR; keywords of `Patient` and of `Inputs` both go where they belong.

    Of age, illnesses and pregnancy nothing is raised unless a test says otherwise.
    """
    facts = {"age": 40, "conditions": (), "pregnant": False, **facts}
    patient = Patient(egfr=egfr, **{name: facts.pop(name) for name in Patient._fields if name in facts})
    facts["tablets"] = tuple(Decimal(mg) for mg in facts.get("tablets", ()))
    if facts.get("target") is not None:
        facts["target"] = Decimal(facts["target"])
    return Inputs(**{"start": START, "slots": SLOTS, "patient": patient, **facts})


def make(egfr: Any = "85", *, created: datetime = CREATED, **facts: Any) -> Plan:
    """Return the first plan for one eGFR; what must be confirmed is confirmed unless `confirmed` is given."""
    given = inputs(egfr, **facts)
    return confirmed(given, created, reader.evidence(given.patient), asks="confirmed" not in facts)


def confirmed(given: Inputs, created: datetime, evidence: Evidence, *, asks: bool = True) -> Plan:
    """Return the plan of these inputs, with all that a prescriber can confirm confirmed where the test `asks` for that."""
    created = created.astimezone(zones.zone(given.zone))
    try:
        return make_plan(evidence, given, id=ID, created=created)
    except Refused as refused:
        if not asks or refused.if_confirmed is None:
            raise
        given = given._replace(confirmed=codes(refused), prescriber=DOCTOR)
        return make_plan(evidence, given, id=ID, created=created)


def codes(refused: Refused) -> tuple[str, ...]:
    """Return what a prescriber would have to confirm."""
    return tuple(dict.fromkeys(finding.code for finding in refused.findings if finding.severity == "confirm"))


def revise(
    before: Plan,
    start: date | int,
    action: str,
    *,
    at: datetime | None = None,
    evidence: Evidence | None = None,
    **facts: Any,
) -> Plan:
    """Return the plan after one more revision from a date or a day's number on; keywords are of `Patient` and of `Revision`.

    It is made an hour after the last one unless `at` says when.
    """
    patient = Patient(**{name: facts.pop(name) for name in Patient._fields if name in facts})
    last = before.revisions[-1].at if before.revisions else before.created
    if isinstance(start, int):
        start = before.inputs.start + (start - 1) * DAY
    at = at or last + timedelta(hours=1)
    if action == "undo":  # whose first day follows
        start = first_day(before, action, at)
    revision = Revision(len(before.revisions) + 1, at, start, action, patient=patient, **facts)
    known = known_patient(before.inputs, (*before.revisions, revision))
    return revise_plan(evidence or reader.evidence(known), before, revision)


# --- Revisions as a vector writes them ---


class Order(NamedTuple):
    """One revision in words: `blocked` says that a finding forbids a rise, `to` is its days, mg, eGFR or band."""

    start: date
    action: str
    to: str | None = None
    blocked: bool = False
    at: datetime | None = None


def orders(text: str) -> Iterator[Order]:
    """Yield the revisions in `2026-12-05 hold 7; 2026-12-07 blocked resume; 2026-12-12 egfr 41 at 2026-12-11T12:00Z`."""
    for told in filter(None, text.split("; ")):
        order, _, at = told.partition(" at ")
        start, *words = order.split()
        blocked = words[0] == "blocked"
        action, to = (*words[blocked:], None)[:2]
        yield Order(date.fromisoformat(start), str(action), to, blocked, datetime.fromisoformat(at) if at else None)


def revised(before: Plan, text: str, evidence: Evidence | None = None) -> Plan:
    """Return the plan after the revisions in `2026-12-05 hold 7; 2026-12-12 egfr 41; 2026-12-20 stop`."""
    for order in orders(text):
        action, facts = order.action, dict[str, Any]()
        if action == "hold":
            facts = {"days": int(order.to or 0)}
        elif action == "target":
            facts = {"target": Decimal(order.to or 0)}
        elif action == "egfr":
            action, facts = "kidney", {"egfr": order.to, "tested": date(2026, 11, 29)}
        before = revise(before, order.start, action, at=order.at, evidence=evidence, **facts)
    return before


def runs(doses: Iterable[Any]) -> str:
    """Return the mg of each day as `1-3 5; 4-7 10`."""
    parts, day = [], 1
    for mg, run in groupby(doses):
        length = len(list(run))
        parts.append(f"{day}-{day + length - 1} {Decimal(mg):f}")
        day += length
    return "; ".join(parts)


# --- Examples ---

MOVED = NewSettings(
    zone="Asia/Tokyo",
    morning=time(9),
    tablets=(Decimal(10),),
    pack=40,
    alarm=10,
    discreet=False,
    contact="020 7946 0123",
)


@cache
def cases() -> dict[str, Plan]:
    """Return plans by what was done to them, one for each kind of revision."""
    ten, told = (10,), Output(contact="020 7946 0123", discreet=True, label="Tea", alarm=15)
    first = make(zone="Europe/Berlin", age=40, tested=date(2026, 11, 20), taking=())
    weak = make(
        None,
        zone="Europe/Berlin",
        creatinine="150 umol/L",
        age=78,
        sex="male",
        weight=Decimal("70.5"),
        taking=("codeine", "ibuprofen"),
    )
    held = revise(first, date(2026, 12, 5), "hold", days=7, reason="sleepy at work, “worse” in the morning")
    stopped = revise(held, date(2026, 12, 20), "stop")
    return {
        "first": first,
        "told": make(zone="Europe/Berlin", age=40, tablets=ten, pack=40, target=30, output=told, slots=Slots(*SLOTS)),
        "silent": make(
            zone="Europe/Berlin",
            floating=True,
            output=Output(alarm=None, paper="letter", large_print=True, audience="patient"),
        ),
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
        "news": revise(weak, date(2026, 12, 5), "news", taking=("nifedipine",), stopped=("codeine",), dialysis=False),
        "suspended": revise(held, date(2026, 12, 12), "kidney", egfr="12"),
        "moved": revise(held, date(2026, 12, 12), "settings", settings=MOVED, reason="a long stay"),
        "undone": revise(
            revise(held, date(2026, 12, 12), "kidney", egfr="12"),
            date(2026, 12, 12),
            "undo",
        ),
        "continued": revise(first, date(2026, 12, 29), "continue", days=14),
        "late": revise(first, date(2027, 1, 3), "kidney", egfr="25"),
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
    tablets=st.sampled_from(((), (), (10,), (5, 20))),
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
    st.sampled_from((("news", {}), ("news", {"stopped": ("codeine",)}))),
)
learned = st.sampled_from(
    (
        *({},) * 8,
        {"taking": ("codeine",)},
        {"taking": ("naproxen",), "age": 66},
        {"conditions": ("epilepsy",)},
        {"pregnant": True},
        {"pregnant": False},
        {"conditions": ()},
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


# --- Whole lives: changes of the dose, what is learned, other settings, and undos ---

settings_changes = st.builds(
    NewSettings,
    zone=st.sampled_from((None, None, "Europe/Berlin", "Asia/Tokyo", "America/New_York")),
    floating=st.sampled_from((None, None, None, True)),
    morning=st.sampled_from((None, time(7), time(9))),
    evening=st.sampled_from((None, time(21), time(22, 30))),
    tablets=st.sampled_from((None, None, (Decimal(5),), (Decimal(10),))),
    alarm=st.sampled_from((None, 0, 15)),
    discreet=st.sampled_from((None, True, False)),
).filter(lambda new: new != NewSettings())
lives = st.lists(
    st.tuples(
        st.sampled_from((0, 1, 2, 4, 8, 30)),
        st.sampled_from(("dose", "dose", "settings", "undo")),
        actions,
        learned,
        settings_changes,
    ),
    max_size=8,
)


def changes_of(first: Plan, drawn: list[Any]) -> Iterator[tuple[Plan, Plan, datetime]]:
    """Yield each revision of a drafted life that the rules take: the plan before, the plan after, and when it was made."""
    plan, day, moment = first, first.inputs.start, first.created
    for later, kind, (action, facts), known, new in drawn:
        day += later * DAY
        moment = max(moment + timedelta(minutes=1), datetime(day.year, day.month, day.day, 4, tzinfo=UTC))
        what = action if kind == "dose" else kind
        given = {"dose": {**facts, **known}, "settings": {"settings": new}}.get(kind, {})
        try:
            start = first_day(plan, what, moment)
            after = revise(plan, start if kind == "undo" else max(day, start), what, at=moment, **given)
        except TitrateError:
            continue
        yield plan, after, moment
        plan = after
        day = max(day, plan.revisions[-1].start) if kind != "undo" else day


# --- Examples of handouts ---

LONG_CONTACT = (
    "Dr Zoë Ångström-Núñez, Rheumatology Outpatients, Second Floor, East Wing, St Bartholomew's and the Royal Infirmary, "
    "Monday to Friday 08:30 to 17:00: 020 7946 0123; at night and on bank holidays the on-call pharmacist: 020 7946 0999, "
    "then press 2 and say that you take baclofen"
)


WELL = {"egfr": 90, "age": 40, "sex": "female", "tested": date(2026, 11, 20), "taking": (), "zone": "Europe/London"}


def in_london(**facts: Any) -> Plan:
    """Return the plan of a patient who is well, in London, unless `facts` say otherwise; nothing is confirmed unasked."""
    return make(**{"confirmed": (), **WELL, **facts})


def agreed(**facts: Any) -> Plan:
    """Return the plan of that patient unless `facts` say otherwise, with all confirmed that a prescriber must confirm."""
    return make(**{**WELL, **facts})


def revise_in_december(before: Plan, day: int, action: str, **facts: Any) -> Plan:
    """Return the plan after one more revision from December `day` on, made at noon of the day before."""
    return revise(before, date(2026, 12, day), action, at=datetime(2026, 12, day - 1, 12, tzinfo=UTC), **facts)


@cache
def handouts() -> dict[str, Plan]:
    """Return plans by the shape of their handout."""
    ten = (10,)
    called = Output(contact="Raynaud clinic, 020 7946 0123")
    taper_30 = revise_in_december(in_london(output=called, target=30, tablets=ten), 31, "stop")
    return {
        "standard": in_london(output=called),
        "halves": in_london(output=called, tablets=ten),
        "target-30": in_london(target=30, tablets=(5, 10), output=called),
        "one-step": in_london(egfr=35, tablets=ten),
        "long": in_london(days=366, output=called),
        "letter": in_london(output=called._replace(paper="letter"), tablets=ten),
        "large": in_london(output=called._replace(large_print=True), tablets=ten),
        "large-30": in_london(output=called._replace(large_print=True, paper="letter"), target=30, tablets=ten),
        "long-contact": in_london(output=Output(contact=LONG_CONTACT), tablets=(5,)),
        "patient-only": in_london(output=called._replace(audience="patient")),
        "clinician-only": in_london(output=called._replace(audience="clinician")),
        "held": revise_in_december(in_london(output=called, tablets=ten), 6, "hold", days=3, reason="sleepy at work"),
        "taper": revise_in_december(in_london(output=called, tablets=ten), 16, "stop"),
        "taper-30": taper_30,
        "fall": revise_in_december(in_london(output=called, target=20, tablets=ten), 20, "kidney", egfr=20),
        "suspended": revise_in_december(in_london(output=called, tablets=ten), 10, "kidney", egfr=12),
        "other-times": revise_in_december(
            in_london(output=called, tablets=ten), 10, "settings", settings=NewSettings(morning=time(9))
        ),
        "abroad": revise_in_december(
            in_london(output=called, tablets=ten),
            10,
            "settings",
            settings=NewSettings(zone="Africa/Cairo", tablets=(Decimal(5),)),
        ),
        "on-the-way": revise_in_december(in_london(output=called), 10, "settings", settings=NewSettings(floating=True)),
        "known-at-noon": revise_in_december(in_london(output=called, tablets=ten), 11, "kidney", egfr=41),
        "after-review": revise_in_december(in_london(days=60, output=called), 25, "hold", days=2),
        "fives": in_london(target=20, tablets=(5,), output=Output(contact="Clinic\n020 7946 0123")),
        "pen": in_london(),
        "resumed": revise(taper_30, date(2027, 1, 30), "resume"),
        "kidneys-G3a": in_london(egfr=50, output=called),
        "kidneys-G4": agreed(egfr=20, output=called, tablets=ten),
        "discreet": in_london(output=called._replace(discreet=True, label="Tea"), tablets=ten),
        "many-findings": agreed(
            egfr=58,
            age=66,
            output=called,
            tablets=ten,
            taking=("diazepam", "codeine", "amlodipine", "ibuprofen", "propranolol", "xyzzy"),
            conditions=("diabetes", "lupus", "sleep apnoea"),
            breastfeeding=True,
        ),
        "worst-case": revise_in_december(
            agreed(
                output=Output(contact=LONG_CONTACT, large_print=True, paper="letter"), target=30, tablets=ten, age=66
            ),
            31,
            "kidney",
            egfr=20,
        ),
        "older": in_london(
            egfr=None,
            creatinine="150 umol/L",
            age=78,
            sex="male",
            weight=70,
            tested=date(2026, 8, 1),
            taking=("ibuprofen", "codeine"),
            confirmed=("beers-kidney", "age-65-plus", "cns-depressant"),
            prescriber=DOCTOR,
        ),
    }


CONTACTS = {
    "pen": None,
    "300 letters": f"{LONG_CONTACT}; if nobody answers, ask the exchange for the doctor on call"[:300],
    "lines": "\n".join(["Rheumatology clinic", "Second Floor, East Wing", *(f"0{n} 7946 0123" for n in range(20, 26))]),
    "one-word": "W" * 490,
}


@cache
def first_pages() -> dict[str, Plan]:
    """Return plans whose first page is as full as can be: every paper and size of print, every turn of a plan, every contact."""
    made = {}
    for paper, large, contact in product(("a4", "letter"), (False, True), CONTACTS):
        output = Output(contact=CONTACTS[contact], paper=paper, large_print=large, audience="patient")
        climbed = agreed(output=output, target=30, tablets=(10,), breastfeeding=True, age=66)
        learned = {
            "pregnant": True,
            "conditions": ("hypersensitivity to baclofen", "active peptic ulcer", "epilepsy"),
            "taking": ("baclofen pump",),
        }
        turns = {
            "new": climbed,
            "urgent": revise_in_december(climbed, 31, "kidney", egfr=20),
            "all-urgent": revise_in_december(climbed, 31, "hold", days=2, **learned),
            "taper": revise_in_december(climbed, 31, "stop"),
            "held": revise_in_december(climbed, 31, "hold", days=7),
            "step-back": revise_in_december(climbed, 31, "step-back"),
            "suspended": revise_in_december(climbed, 10, "kidney", egfr=12),
        }
        print_size = "large" if large else "normal"
        made |= {f"{paper}, {print_size}, {contact}, {turn}": plan for turn, plan in turns.items()}
    called = Output(contact=CONTACTS["300 letters"], audience="patient", paper="letter", large_print=True)
    return {
        **made,
        "letter, large, 300 letters, 366 days": in_london(output=called, days=366, target=30, tablets=(10,)),
    }


# --- Saved plans, taken apart and put together again wrongly ---


def again(data: bytes) -> Plan:
    """Return the plan that the bytes of a saved plan hold."""
    return read(data, "plan.json").plan


def saved(name: str = "held") -> bytes:
    return render(cases()[name], "json")


def document(name: str = "held") -> dict[str, Any]:
    return json.loads(saved(name), parse_float=Decimal)


def refusal(data: bytes) -> str:
    with pytest.raises(BadInput) as refused:
        read(data, "my.json")
    assert str(refused.value).startswith("my.json: ")
    lines = str(refused.value).split("\n")
    assert len(lines[0]) < 1000
    assert len(lines) <= MOST_FAULTS + 2
    assert all(line.startswith("  ") and len(line) < 200 for line in lines[1:])
    return str(refused.value)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every number and text."""
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in places(inner, (*path, key))]
    if isinstance(value, list):
        return [found for index, inner in enumerate(value) for found in places(inner, (*path, index))]
    return [path]


def put(value: dict[str, Any], path: tuple[Any, ...], new: Any) -> bytes:
    changed: Any = copy.deepcopy(value)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = new
    return resealed(changed)


def resealed(document: dict[str, Any]) -> bytes:
    """Return a document with the seal that it would have if the program had written it."""
    return sealed({key: value for key, value in document.items() if key != "seal"})


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


# --- Examples of days ---


@cache
def lived() -> dict[str, Plan]:
    """Return plans by what `today` has to say on their days; each is revised at 13:00 of the day before the change."""
    berlin = {"zone": "Europe/Berlin", "age": 40, "taking": (), "tested": date(2026, 11, 20)}
    first, ten = make(**berlin), (10,)
    twenty = make(**berlin, target=20, tablets=ten)
    return {
        "standard": first,
        "target-30": make(**berlin, target=30, tablets=(5, 10)),
        "hold": revise_in_december(first, 5, "hold", days=7),
        "step-back": revise_in_december(first, 10, "step-back"),
        "taper": revise_in_december(first, 16, "stop"),
        "suspended": revise_in_december(first, 12, "kidney", egfr="12"),
        "ended": make(**berlin, days=10),
        "kidneys-G4": make("20", **berlin, tablets=ten, pack=20),
        "tablets": make(**berlin, tablets=ten),
        "pack": make(**berlin, tablets=ten, pack=28),
        "late-start": make(**berlin, created=datetime(2026, 12, 1, 21, 30, tzinfo=UTC)),
        "floating": make(**berlin, floating=True),
        "urgent-fall": revise_in_december(twenty, 20, "kidney", egfr="20"),
        "pregnant": revise_in_december(first, 6, "hold", days=2, pregnant=True),
    }
