"""Revisions as the oracle takes them, as the machine takes them and as they are typed; drawn at random for both to live."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import strategies as st
from oracle import CEILING, DEFAULT, Turn
from plans import DOCTOR, PROTOCOL, START, TARGETS, make, orders

from titrate.engine.machine import NONE, Change, Life, Machine
from titrate.model import Plan

BANDS = ("G1-G2", "G3a", "G3b", "G4")
RUNG = {0: NONE, 5: 0, 10: 1, 15: 2, 20: 3, 25: 4, 30: 5}


def turns_of(text: str) -> tuple[Turn, ...]:
    """Return `2026-12-05 hold 7; 2026-12-07 blocked resume` as the oracle's revisions."""
    return tuple(
        Turn(
            (order.start - START).days + 1,
            "band" if order.action == "better" else order.action,
            int(order.to) if order.to and order.to.isdigit() else order.to,
            order.action == "better",
            not order.blocked,
        )
        for order in orders(text)
    )


def change(turn: Turn, ends: int, bands: list[str]) -> Change:
    """Return the oracle's revision as the machine sees it, of a plan that `ends` then; extends `bands`."""
    action, rung, days = turn.what, NONE, 0
    if action == "hold":
        days = int(turn.to or 0)
    elif action == "target":
        rung = RUNG[int(turn.to or 0)]
    elif action == "band":
        action, rung = "kidney", RUNG[DEFAULT[str(turn.to)]]
        bands.append(str(turn.to))
    return Change(
        action=action,
        days=days,
        rung=rung,
        ceiling=RUNG[CEILING[bands[-1]]],
        worse=turn.what == "band" and not turn.better,
        slow=bands[-1] == "G3b",
        blocked=not turn.may_rise,
        not_before=ends,
    )


class Story(NamedTuple):
    """A first plan and the revisions that were accepted, as the machine takes them, with what it lived."""

    band: str
    target: int
    days: int | None
    bands: tuple[str, ...]
    changes: dict[int, tuple[Change, ...]]
    life: Life


def begin(band: str, target: int | None = None, days: int | None = None) -> Story:
    """Return a first plan as the machine lives it."""
    climb = DEFAULT[band] if target is None else target
    return Story(band, climb, days, (band,), {}, _machine(band, climb, days).live({}))


def live_on(story: Story, turn: Turn) -> Story:
    """Return the story after one more revision; what the machine refuses it raises."""
    bands = [*story.bands]
    made = change(turn, len(story.life.rungs), bands)
    changes = {**story.changes, turn.day: (*story.changes.get(turn.day, ()), made)}
    life = _machine(story.band, story.target, story.days).live(changes)
    return story._replace(bands=tuple(bands), changes=changes, life=life)


def live(band: str, target: int | None = None, days: int | None = None, turns: tuple[Turn, ...] = ()) -> Life:
    """Return what the machine lives after these revisions, given one after the other."""
    story = begin(band, target, days)
    for turn in turns:
        story = live_on(story, turn)
    return story.life


def _machine(band: str, target: int, days: int | None) -> Machine:
    ceiling = RUNG[CEILING[band]]
    return Machine(PROTOCOL, target=RUNG[target], ceiling=ceiling, slow=band == "G3b", days=days)


def mg(life: Life) -> tuple[int, ...]:
    """Return the mg of each day of a life."""
    return tuple(5 * (rung + 1) for rung in life.rungs)


ORDERS = (
    *(("hold", days) for days in (1, 2, 3, 5, 7, 10, 30)),
    *(("target", target) for target in TARGETS),
    *(("band", band) for band in (*BANDS, *BANDS, "G5")),
    *((what, None) for what in ("step-back", "resume", "stop", "step-back", "resume")),
)
FROM_WORST = ("G5", "G4", "G3b", "G3a", "G1-G2")
first_orders = st.tuples(
    st.sampled_from(BANDS), st.sampled_from((None, *TARGETS)), st.none() | st.integers(1, 60)
).filter(lambda order: order[1] is None or order[1] <= CEILING[order[0]])
drafts = st.lists(
    st.tuples(
        st.sampled_from((0, 0, 1, 1, 2, 3, 4, 5, 7, 8, 14)),
        st.sampled_from(ORDERS),
        st.booleans(),
        st.sampled_from((True, True, True, True, False)),
    ),
    max_size=8,
)


def turn_of(draft: tuple[int, tuple[str, int | str | None], bool, bool], day: int, band: str) -> Turn:
    """Return the revision that a draft means `draft[0]` days after `day`, in a plan that stands in `band`."""
    later, (what, to), better, may_rise = draft
    if what != "band":
        better = False
    elif to != band:
        better = FROM_WORST.index(str(to)) > FROM_WORST.index(band)
    return Turn(day + later, what, to, better, may_rise)


# --- Revisions of real plans, as they are typed ---


class Draft(NamedTuple):
    """A revision `later` days after the last: `to` is its days, mg or eGFR; the patient may turn out to be ill, and agreed to."""

    later: int
    action: str
    to: int | str | None = None
    ill: bool = False
    confirms: bool = False


EGFRS = (">60", "85", "60", "59.99", "58", "45", "44.9", "41", "33", "30", "29.99", "20", "15", "14.99")
REQUESTS = {
    "hold": (1, 2, 3, 7, 30),
    "target": (*TARGETS, 10, 15),
    "kidney": EGFRS,
    "step-back": (None,),
    "resume": (None,),
    "stop": (None,),
}
CLEARANCE = 50  # mL/min: what `50` below means, (140 - 40) x 36 / (72 x 1)
real_orders = st.tuples(
    st.sampled_from((">60", "85", "62", "47", "44.9", "31", "29.99", "18", CLEARANCE)),
    st.sampled_from((None, None, *TARGETS)),
    st.sampled_from((None, None, None, 1, 5, 20, 60)),
)


def _draft(action: str) -> st.SearchStrategy[Draft]:
    return st.builds(
        Draft,
        st.sampled_from((0, 0, 1, 1, 2, 3, 4, 5, 7, 8, 14)),
        st.just(action),
        st.sampled_from(REQUESTS[action]),
        st.sampled_from((False, False, False, False, False, True)),
        st.booleans(),
    )


# One after the other, and the pairs in which the second asks for what the first took away.
real_drafts = st.lists(
    st.one_of(
        *(st.tuples(_draft(action)) for action in REQUESTS),
        *(st.tuples(_draft(first), _draft("resume")) for first in ("hold", "step-back", "stop")),
        *(st.tuples(_draft("kidney"), _draft(then)) for then in ("target", "target", "kidney")),
    ),
    max_size=5,
).map(lambda parts: [draft for part in parts for draft in part])


def real_plan(egfr: str | int, target: int | None = None, days: int | None = None) -> Plan:
    """Return the first plan of a patient of 40; CLEARANCE stands for one whose creatinine clearance decides."""
    facts: dict[str, Any] = {"target": target, "days": days, "age": 40, "taking": (), "tested": date(2026, 11, 20)}
    if egfr == CLEARANCE:
        return make(None, creatinine="1 mg/dL", sex="male", weight=Decimal(36), **facts)
    return make(egfr, **facts)


def asked(draft: Draft, band: str, *, ill: bool) -> dict[str, Any]:
    """Return what a draft means as the keywords of a revision of a plan that then stands in `band`."""
    facts: dict[str, Any] = {"conditions": ("epilepsy",)} if draft.ill else {}
    if draft.action == "hold":
        facts["days"] = draft.to
    elif draft.action == "target":
        facts["target"] = Decimal(draft.to or 0)
    elif draft.action == "kidney":
        facts["egfr"] = draft.to
    codes = (("epilepsy",) if ill else ()) + (("kidney-severe",) if band == "G4" else ())
    return facts | ({"confirmed": codes, "prescriber": DOCTOR} if draft.confirms and codes else {})
