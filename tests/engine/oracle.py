"""A second, deliberately naive computation of every day's dose, written from the rules alone.

Nothing here is shared with `titrate`, not even the protocol file: the tables below were copied by hand. Where
the engine keeps counters, the oracle looks back over the days that it has already written down. All numbers
are whole mg and day numbers.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import NamedTuple

# from the value (included), name, default target, ceiling; highest first
BANDS = (
    (80, "G1-G2", 15, 30),
    (60, "G2", 15, 20),
    (45, "G3a", 10, 15),
    (30, "G3b", 5, 10),
    (15, "G4", 5, 5),
    (0, "G5", 0, 0),
)
DEFAULT = {"G1-G2": 15, "G2": 15, "G3a": 10, "G3b": 5, "G4": 5, "G5": 0}
CEILING = {"G1-G2": 30, "G2": 20, "G3a": 15, "G3b": 10, "G4": 5, "G5": 0}

# (morning, midday, evening)
SPLIT = {5: (0, 0, 5), 10: (5, 0, 5), 15: (5, 5, 5), 20: (5, 5, 10), 25: (10, 5, 10), 30: (10, 10, 10)}

# The first plan as the rules' tables print it: (first day, mg a day), before the target cuts it.
CLIMB = {
    "G1-G2": ((1, 5), (4, 10), (8, 15), (15, 20), (22, 25), (29, 30)),
    "G2": ((1, 5), (4, 10), (8, 15), (15, 20)),
    "G3a": ((1, 5), (4, 10), (8, 15)),
    "G3b": ((1, 5), (8, 10)),
    "G4": ((1, 5),),
}

LONGEST = 366
FAR = 1600  # far enough for every change that a plan of at most LONGEST days can still have ahead


class Turn(NamedTuple):
    """One revision: `what` is hold, step-back, resume, target, band, stop, news or continue; `to` its days, mg or band.

    `better` says of a kidney result whether it is better than the last; `may_rise` is False while a finding
    of the new screening stands unconfirmed.
    """

    day: int
    what: str
    to: int | str | None = None
    better: bool = False
    may_rise: bool = True


class RefusedError(Exception):
    """The rules refuse this revision."""


class Course(NamedTuple):
    """What is swallowed: `mg[n - 1]` on day n; `ceilings` likewise; `ending` open, taper or suspended."""

    mg: tuple[int, ...]
    ceilings: tuple[int, ...]
    ending: str
    review: int | None
    target: int


class Known(NamedTuple):
    """What is known of a patient: the kidney value that decides, and a creatinine clearance, which an eGFR never raises.

    `ill` says that an illness asks for a prescriber's word before any rise, `agreed` that it was given.
    """

    value: float
    clearance: float | None = None
    ill: bool = False
    agreed: bool = False


def band_of(value: float) -> str:
    """Return the band of an unrounded kidney value."""
    for low, name, _, _ in BANDS:
        if value >= low:
            return name
    raise ValueError(value)


def first_plan(band: str, target: int | None = None, days: int | None = None) -> Course:
    """Return the first plan straight from the printed tables."""
    target = DEFAULT[band] if target is None else target
    if target > CEILING[band]:
        raise RefusedError("above the ceiling")
    climb = [(day, mg) for day, mg in CLIMB[band] if mg <= target and day <= (days or LONGEST)]
    review = climb[-1][0] + 14
    length = days or max(28, review)
    mg = tuple(max(dose for first, dose in climb if first <= day) for day in range(1, length + 1))
    return Course(mg, (CEILING[band],) * length, "open", review, target)


class _Diary:
    """The days written down so far, and what has been ordered."""

    def __init__(self, band: str, target: int) -> None:
        self.mg: list[int] = []
        self.ceilings: list[int] = []
        self.bands = [band]
        self.target = target
        self.dose = 5
        self.held: set[int] = set()  # days on which a hold stands
        self.resumed = 1  # the day from which days at a dose count
        self.falls: list[int] = []
        self.changes: list[int] = [1]
        self.back = False
        self.tapering = False
        self.fall_ordered: int | None = None  # the day on which a fall was asked for: by target, stop or resume
        self.may_rise = True
        self.suspended = False
        self.stopped = False  # the last dose was yesterday
        self.over = False  # the plan went on after its end: no rise comes by itself

    def hold_ends(self, day: int) -> None:
        self.held = {held for held in self.held if held < day}

    def change(self, day: int, mg: int) -> None:
        if mg < self.dose:
            self.falls.append(day)
        if mg != self.dose:
            self.changes.append(day)
        self.dose = mg

    def days_taken(self, day: int) -> int:
        """Look back: how many days before `day` were at today's dose, without held days."""
        taken, back = 0, day - 1
        while back >= self.resumed and self.mg[back - 1] == self.dose:
            taken += back not in self.held
            back -= 1
        return taken

    def fall_is_due(self, day: int) -> bool:
        """Look back: 7 days after any fall, and 7 days of the last 5 mg; a held day moves it by a day."""
        last = max(self.falls, default=-99)
        soonest = max(self.fall_ordered, last + 7)
        if self.tapering and self.dose == 5:
            soonest = max(self.fall_ordered, last) + 7
        since = max(self.fall_ordered, last)
        return day >= soonest + len([held for held in self.held if since <= held < day])

    def obey(self, turn: Turn, *, late: bool) -> None:
        if self.suspended:
            raise RefusedError("suspended")
        day = turn.day
        self.may_rise = turn.may_rise
        self.over = (self.over or late) and turn.what not in ("resume", "target")
        if turn.what == "target":
            self.set_target(day, turn)
        elif turn.what == "continue":
            self.go_on(late=late)
        else:
            getattr(self, turn.what.replace("-", "_"))(day, turn)

    def go_on(self, *, late: bool) -> None:
        if self.tapering or not late:
            raise RefusedError("continue")
        self.fall_ordered = None  # every added day is like the last

    def hold(self, day: int, turn: Turn) -> None:
        first = max([day - 1, *self.held]) + 1
        self.held |= set(range(first, first + int(turn.to)))

    def step_back(self, day: int, turn: Turn) -> None:
        if self.tapering or self.dose == 5:
            raise RefusedError("step-back")
        self.hold_ends(day)
        if self.dose <= self.target:
            self.fall_ordered = None
        self.change(day, self.dose - 5)
        self.back = True

    def resume(self, day: int, turn: Turn) -> None:
        if not (self.back or self.tapering or day in self.held):
            raise RefusedError("nothing to resume")
        self.hold_ends(day)
        self.back = self.tapering = False
        self.resumed = day
        self.fall_ordered = day if self.dose > self.target else None

    def set_target(self, day: int, turn: Turn) -> None:
        if self.tapering or int(turn.to) > CEILING[self.bands[-1]]:
            raise RefusedError("target")
        self.target = int(turn.to)
        self.fall_ordered = None
        if self.target < self.dose:
            self.hold_ends(day)
            self.fall_ordered = day

    def band(self, day: int, turn: Turn) -> None:
        band = str(turn.to)
        self.bands.append(band)
        if band == "G5":
            self.suspended = True
            return
        if self.dose > CEILING[band]:
            self.change(day, CEILING[band])
        self.target = min(self.target, CEILING[band])  # `>60` after 85 is no fall, and G2 has a lower ceiling
        if not turn.better:
            self.target = min(self.target, max(self.dose, DEFAULT[band]))

    def stop(self, day: int, turn: Turn) -> None:
        if day == 1 or self.tapering:
            raise RefusedError("stop")
        self.hold_ends(day)
        self.tapering, self.back = True, False
        self.fall_ordered = day

    def news(self, day: int, turn: Turn) -> None:
        """Facts alone change no dose; whether later rises are planned is said by `may_rise`."""

    def plan_today(self, day: int) -> None:
        if day in self.held:
            return
        falls = self.tapering or (self.fall_ordered is not None and self.dose > self.target)
        if falls:
            if self.fall_is_due(day):
                self.stopped = self.dose == 5
                self.change(day, self.dose - 5)
        elif self.rises() and day <= LONGEST:
            needed = {5: 7 if "G3b" in self.bands else 3, 10: 4}.get(self.dose, 7)
            if self.days_taken(day) >= needed:
                self.change(day, self.dose + 5)

    def rises(self) -> bool:
        return self.dose < self.target and not self.back and not self.over and self.may_rise


def _live(band: str, target: int, turns: tuple[Turn, ...], ends: list[int]) -> _Diary:
    """Return the diary written until nothing is left to come; after that every day is like its last.

    `ends` says on which day the plan ended that each turn found: until a later turn the last dose goes on.
    """
    diary = _Diary(band, target)
    after_the_end = {day for turn, end in zip(turns, ends, strict=True) for day in range(end + 1, turn.day)}
    for day in range(1, FAR):
        for turn, end in zip(turns, ends, strict=True):
            if turn.day == day:
                diary.obey(turn, late=day > end)
        if diary.suspended:
            return diary
        if day not in after_the_end:
            diary.plan_today(day)
        if diary.stopped:
            return diary
        diary.mg.append(diary.dose)
        diary.ceilings.append(CEILING[diary.bands[-1]])
        rises = diary.rises() and day <= LONGEST
        falls = diary.tapering or (diary.fall_ordered is not None and diary.dose > diary.target)
        ahead = any(turn.day > day for turn in turns) or any(held > day for held in diary.held)
        if not (rises or falls or ahead):
            return diary
    raise AssertionError("the diary should have come to rest")


@cache
def course(band: str, target: int | None = None, days: int | None = None, turns: tuple[Turn, ...] = ()) -> Course:
    """Return what is swallowed after these revisions, each checked against the plan that it found."""
    target = DEFAULT[band] if target is None else target
    if target > CEILING[band]:
        raise RefusedError("above the ceiling")
    found = [course(band, target, days, turns[:count]) for count in range(len(turns))]
    if turns:
        check_date(turns, found[-1])
    ends = [len(each.mg) for each in found]
    diary = _live(band, target, turns, ends)
    ending, review, end = "open", None, len(diary.mg)
    if diary.suspended or diary.stopped:
        ending = "suspended" if diary.suspended else "taper"
    else:
        today = turns[-1].day if turns else 1
        ahead = [held for held in diary.held if held >= today]
        before = ends[-1] if ends else 0
        if turns and turns[-1].what == "continue":
            before = max(before, today - 1) + int(turns[-1].to)
        elif today > before:
            before = today
        end = max([before, days or max(28, diary.changes[-1] + 14), *ahead])
        review = max(day for day in diary.changes if day <= end) + 14
    check_length(turns, ends, end, withheld=days is None and ending == "open" and diary.rises())
    mg, ceilings = diary.mg[:end], diary.ceilings[:end]
    mg += mg[-1:] * (end - len(mg))
    ceilings += ceilings[-1:] * (end - len(ceilings))
    return Course(tuple(mg), tuple(ceilings), ending, review, diary.target)


def check_length(turns: tuple[Turn, ...], ends: list[int], end: int, *, withheld: bool) -> None:
    """Raise where a revision asks for more than 366 days: a hold, days to go on, or a rise that would come later."""
    what = turns[-1].what if turns else ""
    longer = what in ("hold", "continue") and end > max(LONGEST, ends[-1])
    if longer or (withheld and what in ("resume", "target")):
        raise RefusedError("too long")


def check_date(turns: tuple[Turn, ...], found: Course) -> None:
    """Raise for a revision of a suspended plan, or one dated before another, before day 1, or after a taper's end."""
    earliest = turns[-2].day if len(turns) > 1 else 1
    over = found.ending == "taper" and turns[-1].day > len(found.mg)
    if found.ending == "suspended" or turns[-1].day < earliest or over:
        raise RefusedError("date")


# --- Before a revision is lived: the kidney result that it brings, and the word that a rise still waits for ---


def learn(known: Known, egfr: str | None = None, *, ill: bool = False, agreed: bool = False) -> tuple[Known, bool]:
    """Return what is known after a revision, and whether its eGFR is no fall; `>60` is read as 60 and is none."""
    value = known.value
    if egfr is not None:
        value = float(egfr.removeprefix(">"))
        if known.clearance is not None:
            value = min(value, known.clearance)
    worse_band = CEILING[band_of(value)] < CEILING[band_of(known.value)]
    agreed = agreed or (known.agreed and not worse_band)  # a confirmation holds until the band worsens
    better = value >= known.value or (egfr or "").startswith(">")
    return Known(value, known.clearance, known.ill or ill, agreed), better


def screened(
    order: tuple[str, int | None, int | None], turns: tuple[Turn, ...], turn: Turn, known: Known, found: Course
) -> tuple[Course, Turn]:
    """Return what a revision makes, and the revision; while a word is missing nothing rises, and who asks is refused."""
    free = course(*order, (*turns, turn))
    if known.agreed or not known.ill:
        return free, turn
    rises = any(then > now for now, then in pairwise(free.mg[turn.day - 1 :]))
    if (turn.what == "target" and free.target > found.target) or (turn.what == "resume" and rises):
        raise RefusedError("no rise until a prescriber confirms")
    turn = turn._replace(may_rise=False)
    return course(*order, (*turns, turn)), turn
