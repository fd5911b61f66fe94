"""Which dose on which day: a plan runs one day at a time, first that day's revisions (hold, step back), then its planned change.

Pure numbers: a dose is the index of a rung of the protocol's ladder (0 is the first dose, NONE no dose), a date is a day number.
`steps` turns the days into steps and tablets, `plan` and `revision` into a plan. The rules are rules.md, "Changing a running
plan"; their numbers stand in the protocol.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from titrate.errors import BadInput, Refused

if TYPE_CHECKING:
    from titrate.model import Protocol

NONE = -1


class Change(NamedTuple):
    """One revision as numbers.

    `rung` is the new target of `target`, `usual` the band's default target; `days` belongs to `hold`. `ceiling` and `slow`
    are those in force from then on; `worse` marks a lower kidney value. `blocked`: from then on no rise is planned.
    `not_before` is the last day of the plan that it changes.
    """

    action: str
    days: int = 0
    rung: int = NONE
    usual: int = NONE
    ceiling: int = NONE
    worse: bool = False
    slow: bool = False
    blocked: bool = False
    not_before: int = 0


class Life(NamedTuple):
    """What was lived: the rung of each day from day 1, the day of the last planned change, and how it ended."""

    rungs: tuple[int, ...]
    last_change: int
    target: int
    ceiling: int
    ending: str


class Machine:
    """The state of a running plan; `live` runs it from day 1 to its end."""

    def __init__(self, protocol: "Protocol", *, target: int, ceiling: int, slow: bool, days: int | None) -> None:
        self.rules = protocol.rules
        self.hold_days = tuple(rung.hold_days for rung in protocol.ladder)
        self.target = target
        self.ceiling = ceiling
        self.slow = slow
        self.open_ended = days is None
        self.end = self.rules.default_days if days is None else days
        self.day = 0
        self.rung = 0
        self.taken = 0  # days that the present dose counts towards its next rise
        self.hold = 0  # hold days left, today included
        self.stepped_back = False
        self.falling = False  # towards a target below the present dose
        self.tapering = False
        self.suspended = False
        self.blocked = False
        self.last_change = 1
        self.fall_allowed = 0  # the first day on which rule 3 allows a planned fall
        self.next_fall = 0

    def live(self, changes: Mapping[int, tuple[Change, ...]]) -> Life:
        """Return the life of the plan; `changes` by day number.

        Raises Refused (or BadInput) for a change that the rules refuse, and for a plan over the longest allowed.
        """
        lived: list[int] = []
        last_told = max(changes, default=0)
        while True:
            self.day += 1
            for change in changes.get(self.day, ()):
                self._apply(change)
            if self.suspended:
                break
            held = self._planned_change()
            if self.rung == NONE:
                break
            if self.day > self.rules.longest_days:
                wrong = f"the plan would be longer than {self.rules.longest_days} days"
                raise Refused("", wrong, "start a new plan with the prescriber")
            lived.append(self.rung)
            if not held:
                self.taken += 1
            last = self._last_day()
            if self.day >= last:
                break
            if self.day >= last_told and not self._has_changes_ahead():
                quiet = max(0, min(last, self.rules.longest_days) - 1 - self.day)  # days that are like this one
                lived += [self.rung] * quiet
                self.day += quiet
                self.taken += quiet
        ending = "suspended" if self.suspended else "taper" if self.tapering else "open"
        return Life(tuple(lived), self.last_change, self.target, self.ceiling, ending)

    def _planned_change(self) -> bool:
        """Do what the plan has for today; return whether today is a hold day, on which nothing planned happens."""
        if self.hold:
            self.hold -= 1
            self.next_fall += 1
            return True
        if self.tapering or self.falling:
            if self.day >= self.next_fall:
                self._move(self.rung - 1)
                if self.rung == self.target:
                    self.falling = False
        elif self._will_rise() and self.taken >= self._days_before_rise():
            self._move(self.rung + 1)
        return False

    def _has_changes_ahead(self) -> bool:
        return bool(self.hold) or self.tapering or self.falling or self._will_rise()

    def _will_rise(self) -> bool:
        return self.rung < min(self.target, self.ceiling) and not self.stepped_back and not self.blocked

    def _days_before_rise(self) -> int:
        if self.slow and self.rung == 0:
            return self.rules.slow_start_days
        return self.hold_days[self.rung]

    def _last_day(self) -> int:
        """The last day as known today: a taper runs to its last dose, and without a length the climb to its review."""
        if self.tapering:
            return self.rules.longest_days + 1
        if not self.open_ended:
            return self.end
        if self._has_changes_ahead():
            return self.rules.longest_days + 1
        return max(self.end, self.last_change + self.rules.review_days)

    def _move(self, rung: int) -> None:
        """Take `rung` from today on, and set when the next planned fall may come."""
        if rung < self.rung:
            self.fall_allowed = self.day + self.rules.fall_days
        self.rung = rung
        self.taken = 0
        if rung != NONE:
            self.last_change = self.day
        self._plan_fall()

    def _plan_fall(self) -> None:
        if self.tapering and self.rung == 0:
            self.next_fall = self.day + self.rules.taper_last_days
        else:
            self.next_fall = max(self.day, self.fall_allowed)

    # --- revisions, each by its rule ---

    def _apply(self, change: Change) -> None:
        self.blocked = change.blocked
        if change.action != "stop":
            self.end = max(self.end, change.not_before)
        if change.ceiling == NONE:  # kidney failure, however it was learned: nothing else matters
            self.suspended = True
            self.ceiling = NONE
            return
        self._set_ceiling(change)
        match change.action:
            case "hold":
                self.hold += change.days
                self.end = max(self.end, self.day + self.hold - 1)
            case "step-back":
                self._step_back()
            case "resume":
                self._resume()
            case "target":
                self._set_target(change.rung)
            case "kidney" | "news":
                pass
            case _:  # stop, the only other action
                self._stop()

    def _step_back(self) -> None:
        if self.tapering:
            raise Refused("step-back", "the plan is already stopping", "use {hold} to slow it, or {resume} first")
        if self.rung == 0:
            raise Refused("step-back", "the dose is already the lowest", "use {stop} to end the plan safely")
        self.hold = 0
        self.falling = False
        self.stepped_back = True
        self._move(self.rung - 1)

    def _resume(self) -> None:
        if not (self.hold or self.stepped_back or self.tapering):
            raise BadInput("resume", "nothing is held, stepped back or stopping on that date", "leave it out")
        self.hold = 0
        self.stepped_back = self.tapering = False
        self.taken = 0
        self.falling = self.rung > self.target
        self._plan_fall()

    def _set_target(self, rung: int) -> None:
        if self.tapering:
            raise Refused("target", "the plan is stopping", "use {resume} first")
        self.target = rung
        self.falling = rung < self.rung
        if self.falling:
            self.hold = 0
            self._plan_fall()

    def _set_ceiling(self, change: Change) -> None:
        """Nothing is ever above the ceiling in force, which a kidney result lowers, or a newer protocol."""
        self.ceiling = change.ceiling
        self.slow = self.slow or change.slow
        self.target = min(self.target, self.ceiling)
        if self.rung > self.ceiling:
            self._move(self.ceiling)
        if change.worse:
            self.target = min(self.target, max(self.rung, change.usual))
        self.falling = self.falling and self.rung > self.target

    def _stop(self) -> None:
        if self.day == 1:
            raise Refused("stop", "nothing has been taken yet", "delete the calendar instead")
        if self.tapering:
            raise Refused("stop", "the plan is already stopping", "nothing to change")
        self.hold = 0
        self.stepped_back = self.falling = False
        self.tapering = True
        self._plan_fall()
