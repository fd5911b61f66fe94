"""Which dose on which day: a plan runs one day at a time, first that day's revisions (hold, step back), then its planned change.

Pure numbers: a dose is the index of a rung of the protocol's ladder (0 is the first dose, NONE no dose), a date is a day number.
`steps` turns the days into steps and tablets, `plan` and `revision` into a plan. The rules are rules.md, "Changing a running
plan"; their numbers stand in the protocol.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from titrate.engine.actions import CHANGE_NO_DOSE, CONTINUE
from titrate.errors import BadInput, Refused

if TYPE_CHECKING:
    from titrate.model import Protocol

NONE = -1


class Change(NamedTuple):
    """One revision as numbers.

    `rung` is the new target of `target`, `usual` the band's default target; `days` belongs to `hold`. `ceiling` and `slow`
    are those in force from then on; `worse` marks a lower kidney value. `blocked`: from then on no rise is planned.
    `not_before` is the last day of the plan that it changes. `by_first_rules`: it acts by the rules of 2026.11.
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
    by_first_rules: bool = False


class Life(NamedTuple):
    """What was lived: the rung of each day from day 1, the day of the last planned change, and how it ended.

    `withheld`: a rise was still to come that would be later than the longest plan. `held` are the days of a hold.
    """

    rungs: tuple[int, ...]
    last_change: int
    target: int
    ceiling: int
    ending: str
    withheld: bool = False
    held: tuple[int, ...] = ()


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
        self.over = False  # the plan's own end was passed: from then on a rise must be asked for
        self.last_change = 1
        self.fall_allowed = 0  # the first day on which rule 3 allows a planned fall
        self.next_fall = 0

    def live(self, changes: Mapping[int, tuple[Change, ...]]) -> Life:
        """Return the life of the plan; `changes` by day number.

        After the end of the plan its last dose goes on to the next change. Raises Refused (or BadInput) for a change that the
        rules refuse.
        """
        lived: list[int] = []
        held_days: list[int] = []
        last_told = max(changes, default=0)
        ends = {day: change.not_before for day in changes for change in changes[day][:1] if change.not_before < day}
        late = {day for then, end in ends.items() for day in range(end + 1, then)}
        while True:
            self.day += 1
            for change in changes.get(self.day, ()):
                self._apply(change)
            if self.suspended:
                break
            held = self.day not in late and self._planned_change()
            if self.rung == NONE:
                break
            lived.append(self.rung)
            if held:
                held_days.append(self.day)
            else:
                self.taken += 1
            last = self._last_day()
            if self.day < last_told:
                continue
            if self.day >= last:
                break
            if not self._has_changes_ahead():
                quiet = last - 1 - self.day  # days that are like this one
                lived += [self.rung] * quiet
                self.day += quiet
                self.taken += quiet
        ending = "suspended" if self.suspended else "taper" if self.tapering else "open"
        return Life(
            tuple(lived), self.last_change, self.target, self.ceiling, ending, self._is_withheld(), tuple(held_days)
        )

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
        elif self._will_rise() and self.taken >= self._days_before_rise() and self.day <= self.rules.longest_days:
            self._move(self.rung + 1)
        return False

    def _has_changes_ahead(self) -> bool:
        return bool(self.hold) or self.tapering or self.falling or self._rises_in_time()

    def _rises_in_time(self) -> bool:
        """Whether a rise is to come, and no later than the longest plan."""
        tomorrow = self.day + 1
        return self._will_rise() and tomorrow + self._days_before_rise() - self.taken <= self.rules.longest_days

    def _is_withheld(self) -> bool:
        return self.open_ended and self._will_rise() and not self._rises_in_time()

    def _will_rise(self) -> bool:
        waits = self.stepped_back or self.blocked or self.over or self.suspended
        return self.rung < min(self.target, self.ceiling) and not waits

    def _days_before_rise(self) -> int:
        if self.slow and self.rung == 0:
            return self.rules.slow_start_days
        return self.hold_days[self.rung]

    def _last_day(self) -> int:
        """The last day as known today: a taper runs to its last dose, and without a length the climb to its review."""
        if self.tapering:
            return self.day + 1
        if not self.open_ended:
            return self.end
        if self._has_changes_ahead():
            return self.day + 1
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
        if change.action != "stop":
            self.end = max(self.end, change.not_before)
        if self.day > change.not_before:
            self.over = True
            self.end = max(self.end, self.day - (change.action == CONTINUE))
        if change.action in CHANGE_NO_DOSE:
            return
        self.blocked = change.blocked
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
                self._step_back(by_first_rules=change.by_first_rules)
            case "resume":
                self._resume()
            case "target":
                self._set_target(change.rung)
            case "continue":
                self._continue(change.days)
            case "kidney" | "news":
                pass
            case _:  # stop, the only other action
                self._stop()

    def _step_back(self, *, by_first_rules: bool) -> None:
        if self.tapering:
            raise Refused("step-back", "the plan is already stopping", "use {hold} to slow it, or {resume} first")
        if self.rung == 0:
            todo = "use {hold} to stay on it and call the prescriber; {stop} ends the plan safely"
            raise Refused("step-back", "the dose is already the lowest", todo)
        self.hold = 0
        self.stepped_back = True
        self._move(self.rung - 1)
        # Who asks for less in a planned fall still gets the falls that were planned.
        self.falling = self.falling and self.rung > self.target and not by_first_rules

    def _continue(self, days: int) -> None:
        self.falling = False  # the days that are added are like the last one
        self.end += days

    def _resume(self) -> None:
        if not (self.hold or self.stepped_back or self.tapering):
            raise BadInput("resume", "nothing is held, stepped back or stopping on that date", "leave it out")
        self.hold = 0
        self.stepped_back = self.tapering = self.over = False
        self.taken = 0
        self.falling = self.rung > self.target
        self._plan_fall()

    def _set_target(self, rung: int) -> None:
        if self.tapering:
            raise Refused("target", "the plan is stopping", "use {resume} first")
        self.target = rung
        self.over = False
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
