"""Plans for the calendar tests: one for each oddity, revised ones written out, and when they must ring."""

from __future__ import annotations

import zoneinfo
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from plans import PROTOCOL, make

from titrate.inputs import zones
from titrate.model import Day, Gate, Output, Plan, Review, Revision, Slots, Step

# Libraries that ignore a file's own zones look them up; like the program, the tests give them the newest. Before any
# test runs, because some keep what they have looked up.
zoneinfo.reset_tzpath(())
zoneinfo.ZoneInfo.clear_cache()

DAY = timedelta(days=1)
EVENING_LATE = Slots(time(8), time(14), time(23, 50))
ODD_SLOTS = {
    "0150": Slots(time(1, 50), time(10), time(18)),
    "0200": Slots(time(2), time(10), time(18)),
    "0230": Slots(time(2, 30), time(10), time(18)),
    "0300": Slots(time(3), time(10), time(18)),
    "2350": EVENING_LATE,
}
CLOCK_CHANGES = {
    "Europe/Berlin": (date(2027, 3, 28), date(2027, 10, 31)),
    "America/New_York": (date(2027, 3, 14), date(2027, 11, 7)),
    "Australia/Lord_Howe": (date(2027, 4, 4), date(2027, 10, 3)),
    "Africa/Casablanca": (date(2026, 2, 15), date(2026, 3, 22)),
    "America/Santiago": (date(2027, 4, 4), date(2027, 9, 5)),
}
ODD_ZONES = (
    *("Africa/Casablanca", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago", "Asia/Jerusalem"),
    *("Europe/Dublin", "America/Nuuk", "Pacific/Apia"),
)

Ring = tuple[str, str]  # the instant in UTC, mg


def with_output(before: Plan, **output: Any) -> Plan:
    """Return the plan with other output options."""
    return before._replace(inputs=before.inputs._replace(output=Output(**output)))


def cases() -> dict[str, Plan]:
    """Return the plans that every reader must expand exactly, by a name that says what is odd about them."""
    plans = {
        f"{zone.rpartition('/')[2]}-{change}-{name}": make(
            zone=zone, start=change - 12 * DAY, slots=slots, created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        )
        for zone, changes in CLOCK_CHANGES.items()
        for change in changes
        for name, slots in ODD_SLOTS.items()
    }
    for zone in ODD_ZONES:
        plans[f"{zone.rpartition('/')[2]}-366"] = make(zone=zone, start=date(2026, 1, 10), days=366)
    plans |= {
        "leap-day": make(zone="Europe/Berlin", start=date(2028, 2, 29)),
        "one-day": make(zone="Europe/Berlin", days=1),
        "new-year": make(zone="Pacific/Auckland", start=date(2026, 12, 20), slots=EVENING_LATE),
        "utc": make(zone="UTC"),
        "target-30": make(zone="Asia/Kathmandu", target=30, tablets=(10,), pack=40, tested=date(2026, 11, 1)),
        "G4": make("20", zone="America/St_Johns", days=366, slots=EVENING_LATE),
        "first-day-odd": make(zone="Europe/Berlin", start=date(2027, 3, 28), slots=ODD_SLOTS["0230"]),
        "odd-alone": make(zone="America/Nuuk", start=date(2027, 3, 27), days=1, slots=EVENING_LATE),
        "last-day-odd": make(zone="Europe/Berlin", start=date(2027, 3, 22), days=7, slots=ODD_SLOTS["0230"]),
    }
    return plans


def rings(of: Plan) -> Counter[Ring]:
    """Return every (instant, mg) of the plan's days.

    A skipped minute takes the offset before the change, of a double one it is the first: `fold=0`.
    """
    zone = zones.zone(of.inputs.zone)
    expected: Counter[Ring] = Counter()
    for day in of.days:
        for dose in day.doses:
            wall = datetime.combine(day.date, getattr(of.inputs.slots, dose.slot), zone)
            instant = datetime.combine(day.date, wall.time()) - (wall.utcoffset() or timedelta(0))
            expected[f"{instant:%Y-%m-%dT%H:%M:%SZ}", f"{dose.mg:f}"] += 1
    return expected


def revised(before: Plan, day: int, rungs: str, *, action: str = "hold", ending: str = "open", **facts: Any) -> Plan:
    """Return `before` after a revision from day `day` on; `rungs` is each day's daily dose, `1` for 5 mg.

    Written out and not computed: what a calendar must do with a revised plan does not depend on the rules.
    """
    start = before.inputs.start
    days = tuple(
        Day(number, start + (number - 1) * DAY, PROTOCOL.ladder[int(rung) - 1].doses, int(rung) * 5 * _ONE)
        for number, rung in enumerate(rungs, 1)
    )
    steps: list[Step] = []
    first = 0
    for number, (rung, run) in enumerate(groupby(rungs), 1):
        last, dose = first + len(list(run)) - 1, PROTOCOL.ladder[int(rung) - 1]
        up = bool(steps) and dose.total > steps[-1].total
        gate = Gate(dose.gate.name, dose.gate.text.format(present=f"{steps[-1].total:f}")) if up and dose.gate else None
        dates = (days[first].date, days[last].date)
        steps.append(Step(number, first + 1, last + 1, *dates, dose.doses, dose.total, gate))
        first = last + 1
    changed = [step.first_day for step in steps][-1] if steps else 1
    review = Review(changed + 14, start + (changed + 13) * DAY) if ending == "open" and "review" not in facts else None
    number = len(before.revisions) + 1
    at = facts.pop("at", datetime.combine(start + (day - 2) * DAY, time(18, 30, number), UTC))
    revision = Revision(number, at, start + (day - 1) * DAY, action)
    return before._replace(
        revisions=(*before.revisions, revision),
        steps=tuple(steps),
        days=days,
        review=facts.pop("review", review),
        ending=ending,
        history=(*before.history, before._replace(history=())),
    )


_ONE = PROTOCOL.ladder[0].total / 5
STANDARD = "111" + "2222" + "3" * 21
HELD = "111" + "2" * 11 + "3" * 21  # hold 7 days from day 5; the review moves to day 29


def revisions() -> dict[str, Plan]:
    """Return revised plans by what was done to them."""
    first = make(zone="Europe/Berlin", start=date(2027, 3, 15), slots=ODD_SLOTS["0230"])
    held = revised(first, 5, HELD)
    back = revised(held, 6, STANDARD, action="resume")
    stopping = revised(first, 20, STANDARD[:19] + "2" * 7 + "1" * 7, action="stop", ending="taper")
    stepped_back = revised(first, 10, STANDARD[:9] + "2" * 19, action="step-back")
    return {
        "held": held,
        "held-and-restored": back,
        "stopping": stopping,
        "stop-slowed": revised(stopping, 21, STANDARD[:19] + "2" * 14 + "1" * 7, action="hold", ending="taper"),
        "stepped-back": stepped_back,
        "up-again": revised(stepped_back, 17, STANDARD[:9] + "2" * 7 + "3" * 12, action="resume"),
        "suspended": revised(first, 12, STANDARD[:11], action="kidney", ending="suspended"),
        "suspended-on-day-1": revised(first, 1, "", action="kidney", ending="suspended"),
    }
