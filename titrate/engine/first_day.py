"""From which day a change acts where none is named, or where settings or an undo decide it, and which doses are due by then."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from titrate.engine import settings
from titrate.engine.actions import CONTINUE, SETTINGS
from titrate.model import UNDO, NewSettings, Plan, Revision, Settings, settings_on

DAY = timedelta(days=1)


def first_day(plan: Plan, action: str, at: datetime, new: NewSettings = NewSettings()) -> date:
    """Return the day from which a revision of that action acts where none is named; `at` is the moment it is made, aware.

    Today while today's first dose is still ahead, else tomorrow (rule 0); never before day 1. What goes on begins after the last
    day. `new` settings act on the first day whose doses are all ahead, by the old hours and by the new ones; what is taken back
    is so from now on, or from its own first day where that is past.
    """
    if action == UNDO:
        return first_day_of_undo(plan, at)
    start, last = max(_acts_from(plan, at), plan.inputs.start), plan.days[-1].date if plan.days else plan.inputs.start
    if action == SETTINGS and settings.is_practical(new):
        return first_ahead(plan, settings.changed(plan.current, new, start), at)
    return max(start, last + DAY) if action == CONTINUE else start


def first_ahead(plan: Plan, new: Settings, at: datetime) -> date:
    """Return the first day whose doses are all ahead at a moment, by the settings that it has and by new ones."""
    day = max(_acts_from(plan, at), plan.inputs.start)
    while not is_ahead(plan, new, day, at):
        day += DAY
    return day


def is_ahead(plan: Plan, new: Settings, day: date, at: datetime) -> bool:
    """Return whether a day's doses are all ahead at a moment, by the settings that it has and by new ones."""
    return all(
        settings.due(each, day, slot) > at for each in (plan.settings_on(day), new) for slot in doses_on(plan, day)[:1]
    )


def _acts_from(plan: Plan, at: datetime) -> date:
    """Today, or, where a dose of today is past, tomorrow."""
    now, today = settings.local(plan.settings, at)
    first = next(iter(doses_on(plan, today)), None)
    return today if first is None or settings.due(now, today, first) > at else today + DAY


def doses_on(plan: Plan, day: date) -> tuple[str, ...]:
    """Return the slots of a day's doses; after the end of an open plan those of its last day go on."""
    planned = next((planned for planned in plan.days if planned.date == day), None)
    if planned is None and plan.days and day > plan.days[-1].date and plan.ending == "open":
        planned = plan.days[-1]
    return tuple(dose.slot for dose in planned.doses) if planned else ()


def first_day_of_undo(plan: Plan, at: datetime) -> date:
    """Return the day from which the last change that stands is taken back.

    Of the dose today, or its own first day where that is past; of settings the first day whose doses are all ahead and far
    enough from the one before.
    """
    today = max(settings.local(plan.settings, at)[1], plan.inputs.start)
    if not plan.standing:
        return today
    last = plan.standing[-1]
    if last.action != SETTINGS:
        return min(last.start, today)
    before = plan.history[last.number - 1].current
    if not settings.is_practical(last.settings):
        return max(_acts_from(plan, at), plan.inputs.start)
    day = first_ahead(plan, before, at)
    least = timedelta(hours=plan.in_force.rules.slot_gap_hours)
    for delay in range(plan.in_force.rules.fall_days):
        gap = settings.pair_across(partial(doses_on, plan), plan.settings, before._replace(since=day + delay * DAY))
        if gap is None or gap[1] - gap[0] >= least:
            return day + delay * DAY
    return day  # which is refused, with hours that work


def first_changed_dose(plan: Plan, before: Plan, since: date) -> datetime | None:
    """Return the instant of the first dose from a day on that is not the same in two versions of a plan; None where all are.

    After the end of an open plan its last dose goes on.
    """
    last = max((each.days[-1].date for each in (plan, before) if each.days), default=since)
    ours, theirs = _taken(plan, since, last), _taken(before, since, last)
    changed = (key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key))
    return min((settings.due(settings_on(plan.settings, day), day, slot) for day, slot in changed), default=None)


def _taken(plan: Plan, first: date, last: date) -> dict[tuple[date, str], Decimal]:
    """The mg of each dose from `first` to `last`."""
    doses = {(day.date, dose.slot): dose.mg for day in plan.days for dose in day.doses if day.date >= first}
    if plan.ending == "open" and plan.days:
        end = max(plan.days[-1].date, first - DAY)
        after = (end + number * DAY for number in range(1, (last - end).days + 1))
        doses |= {(day, dose.slot): dose.mg for day in after for dose in plan.days[-1].doses}
    return doses


def doses_ahead(before: Plan, revision: Revision) -> bool:
    """Return whether a kidney result that acts later leaves a dose of the day on which it is known still ahead."""
    now, today = settings.local(before.settings, revision.at)
    if revision.action != "kidney" or revision.start <= today:
        return False
    return any(settings.due(now, today, slot) > revision.at for slot in doses_on(before, today))
