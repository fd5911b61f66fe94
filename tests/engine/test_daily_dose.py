"""The machine keeps its promises in every state that it can reach and after any sequence of revisions."""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import CEILING, DEFAULT, LONGEST, Turn
from plans import PROTOCOL, START, TARGETS, orders, runs
from vectors import rows

from titrate.engine.daily_dose import NONE, Change, Life, Machine
from titrate.engine.limits import check_length
from titrate.errors import BadInput, Refused, TitrateError

ROWS = rows("revisions.csv")
BANDS = ("G1-G2", "G2", "G3a", "G3b", "G4")
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
    if action in ("hold", "continue"):
        days = int(turn.to or 0)
    elif action == "target":
        rung = RUNG[int(turn.to or 0)]
    elif action == "band":
        action = "kidney"
        bands.append(str(turn.to))
    return Change(
        action=action,
        days=days,
        rung=rung,
        usual=RUNG[DEFAULT[bands[-1]]],
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
    check_length(made.action, len(story.life.rungs), life, LONGEST)
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
    *(("continue", days) for days in (1, 14)),
    *(("target", target) for target in TARGETS),
    *(("band", band) for band in (*BANDS, *BANDS, "G5")),
    *((what, None) for what in ("step-back", "resume", "stop", "step-back", "resume")),
)
FROM_WORST = ("G5", "G4", "G3b", "G3a", "G2", "G1-G2")
first_orders = st.tuples(
    st.sampled_from(BANDS), st.sampled_from((None, *TARGETS)), st.none() | st.integers(1, 60)
).filter(lambda order: order[1] is None or order[1] <= CEILING[order[0]])
drafts = st.lists(
    st.tuples(
        st.sampled_from((0, 0, 1, 1, 2, 3, 4, 5, 7, 8, 14, 40)),
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


# --- What the rules say ---


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["source"])
def test_every_revision_copied_by_hand_from_the_rules_gives_its_days(row):
    target, days = (int(row[name]) if row[name] else None for name in ("target", "days"))
    life = live(row["band"], target, days, turns_of(row["revisions"]))
    assert (runs(mg(life)), life.ending) == (row["runs"], row["ending"])


def test_a_stop_from_15_mg_takes_21_tablets_of_5_mg():
    life = live("G1-G2", turns=(Turn(20, "stop"),))
    assert sum(mg(life)[19:]) == 21 * 5


@pytest.mark.parametrize(
    ("turns", "error"),
    [
        ((Turn(3, "step-back"),), Refused),
        ((Turn(20, "stop"), Turn(22, "step-back")), Refused),
        ((Turn(5, "resume"),), BadInput),
        ((Turn(5, "hold", 2), Turn(7, "resume")), BadInput),
        ((Turn(10, "step-back"), Turn(11, "resume"), Turn(11, "resume")), BadInput),
        ((Turn(20, "stop"), Turn(22, "target", 10)), Refused),
        ((Turn(1, "stop"),), Refused),
        ((Turn(20, "stop"), Turn(22, "stop")), Refused),
        ((Turn(5, "hold", 366),), Refused),
        ((Turn(5, "hold", 349),), Refused),  # its review would be on day 371
        ((Turn(10, "stop"), Turn(10, "hold", 344)), Refused),
    ],
)
def test_what_the_rules_refuse_is_refused(turns, error):
    with pytest.raises(error):
        live("G1-G2", turns=turns)


def test_a_plan_may_be_366_days_long_and_no_longer():
    assert len(live("G1-G2", turns=(Turn(10, "stop"), Turn(10, "hold", 343))).rungs) == 366
    assert len(live("G1-G2", turns=(Turn(28, "hold", 339),)).rungs) == 366
    with pytest.raises(Refused):
        live("G1-G2", turns=(Turn(28, "hold", 340),))
    assert len(live("G1-G2", days=366).rungs) == 366
    assert len(live("G1-G2", days=365, turns=(Turn(365, "hold", 2),)).rungs) == 366
    with pytest.raises(Refused):
        live("G1-G2", days=366, turns=(Turn(365, "hold", 3),))


# --- Promises after any sequence ---


def keeps_its_promises(story, ceilings):
    """Assert what is promised for every sequence of revisions; `ceilings` by day."""
    doses = mg(story.life)
    at_once = {"step-back", "kidney"}
    changed = {day for day, told in story.changes.items() if at_once & {change.action for change in told}}
    rises, falls = [], []
    for day, (before, now) in enumerate(pairwise(doses), 2):
        if now > before:
            assert now == before + 5
            assert not rises or day - rises[-1] >= 3
            rises.append(day)
        if now < before:
            assert day in changed or (now == before - 5 and (not falls or day - falls[-1] >= 7))
            falls.append(day)
    assert all(dose <= ceilings[day] for day, dose in enumerate(doses, 1))
    assert set(doses) <= set(TARGETS)
    if story.life.ending == "taper":
        assert doses[-7:] == (5,) * 7


def ceilings_by_day(band, turns):
    now, days = CEILING[band], {}
    for day in range(1, 400):
        for turn in turns:
            if turn.day == day and turn.what == "band":
                now = CEILING[turn.to]
        days[day] = now
    return days


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first_orders, drafts)
def test_any_sequence_of_revisions_keeps_every_promise(order, drawn):
    story, turns = begin(*order), ()
    day, band = 1, order[0]
    for draft in drawn:
        turn = turn_of(draft, day, band)
        above = turn.what == "target" and turn.to > CEILING[band]
        late = turn.day > len(story.life.rungs)
        if (late and story.life.ending == "taper") or story.life.ending == "suspended" or above:
            continue
        before = story
        try:
            story = live_on(story, turn)
        except TitrateError:
            continue
        turns, day = (*turns, turn), turn.day
        band = turn.to if turn.what == "band" else band
        past = min(day - 1, len(before.life.rungs))
        assert story.life.rungs[:past] == before.life.rungs[:past]
        if story.life.ending == "suspended":
            assert len(story.life.rungs) == day - 1
        elif story.life.ending == "open":
            assert len(story.life.rungs) >= len(before.life.rungs)
        if not turn.may_rise:
            after = story.life.rungs[day - 1 :]
            assert all(now >= then for now, then in pairwise(after))
        keeps_its_promises(story, ceilings_by_day(order[0], turns))
        assert live_on(before, turn) == story


# --- Promises in every state ---

LONGEST_WAIT = 7
EVENTS = (
    None,
    Change("hold", days=2),
    Change("hold", days=1, blocked=True),
    Change("step-back"),
    Change("resume"),
    Change("stop"),
    *(Change("target", rung=RUNG[target]) for target in TARGETS),
    *(
        Change("kidney", rung=RUNG[DEFAULT[band]], ceiling=RUNG[CEILING[band]], worse=worse, slow=slow)
        for band, slow in (("G1-G2", False), ("G3a", False), ("G3b", True), ("G4", False))
        for worse in (True, False)
    ),
    Change("kidney", ceiling=NONE, worse=True),
)


def state_of(machine, since_rise, since_fall, at_dose):
    """What decides every later day, days counted from today and no further than any wait."""
    falls = machine.tapering or machine.falling
    next_fall = max(0, machine.next_fall - machine.day) if falls else 0
    allowed = max(0, machine.fall_allowed - machine.day)
    taken = 0 if machine.tapering or machine.stepped_back else min(machine.taken, machine._days_before_rise())
    last_days = at_dose if machine.tapering and machine.rung == 0 else 0
    flags = (machine.slow, machine.stepped_back, machine.falling, machine.tapering, machine.blocked, machine.over)
    numbers = (machine.rung, machine.target, machine.ceiling, taken, machine.hold, next_fall, allowed)
    return (*numbers, *flags, min(since_rise, 2), min(since_fall, 6), min(last_days, 7))


def may_come(event, machine):
    """Whether `schedule` would pass this change on: no target above the ceiling, no lower value in a better band."""
    if event.action == "target":
        return event.rung <= machine.ceiling
    if event.action == "hold":
        return not machine.hold
    same_band = event.action != "kidney" or event.ceiling == machine.ceiling
    return same_band or event.worse == (event.ceiling < machine.ceiling)


def test_every_state_that_can_be_reached_keeps_every_promise():
    todo, seen = [], set()
    for band in BANDS:
        for target in (DEFAULT[band], CEILING[band]):
            first = Machine(PROTOCOL, target=RUNG[target], ceiling=RUNG[CEILING[band]], slow=band == "G3b", days=None)
            first.day, first.taken = 1, 1
            todo.append((first, 99, 99, 1))
    while todo:
        before, since_rise, since_fall, at_dose = todo.pop()
        for event in EVENTS:
            if event and not may_come(event, before):
                continue
            now = copy.copy(before)
            now.day += 1
            try:
                if event:
                    at = event.ceiling if event.action == "kidney" else now.ceiling
                    now._apply(event._replace(ceiling=at))
            except TitrateError:
                continue
            if now.suspended:
                assert event.ceiling == NONE
                continue
            held = now.hold > 0
            revised = now.rung
            now._planned_change()
            if not held:
                now.taken += 1
            assert not held or now.rung == revised
            if now.rung == NONE:
                assert before.tapering
                assert before.rung == 0
                assert at_dose >= 7
                continue
            assert 0 <= now.rung <= now.ceiling
            risen, fallen = now.rung > before.rung, now.rung < before.rung
            if risen:
                assert now.rung == before.rung + 1
                assert since_rise >= 2
                assert now.rung <= now.target
                assert not now.stepped_back
                assert not now.tapering
                assert not now.blocked
            if now.rung < revised:
                assert now.rung == revised - 1
                assert since_fall >= 6
                assert revised == before.rung
            after = (
                now,
                0 if risen else min(since_rise + 1, 9),
                0 if fallen else min(since_fall + 1, 9),
                1 if risen or fallen else min(at_dose + 1, 9),
            )
            if (state := state_of(*after)) not in seen:
                seen.add(state)
                todo.append(after)
    assert len(seen) > 1000
