"""Where and when a command is run: the one clock, and the time zone, which may be the computer's."""

from __future__ import annotations

import os
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from titrate.cli import terminal
from titrate.errors import BadInput
from titrate.evidence import zones
from titrate.inputs import system_zone

if TYPE_CHECKING:
    from titrate.model import Plan

SETTING = "SOURCE_DATE_EPOCH"
FOLLOWING = ("plan", "show", "batch")  # the commands that follow it
LAST_YEAR = 9998  # so that a day of the next year is a date too


class Zone(NamedTuple):
    """The plan's time zone and where its name comes from."""

    name: str
    origin: str


def zone_of(tz: str | None, moment: datetime) -> Zone:
    """Return the zone that was asked for, else the system's; BadInput for one that is unknown or no place's."""
    zone = (
        Zone(system_zone.system(os.environ, moment), "this computer's time zone")
        if tz is None
        else Zone(tz, "as asked")
    )
    zones.place(zone.name, moment)
    return zone


def utc_now() -> datetime:
    """Return the present instant, to the second: the program's one clock."""
    return datetime.now(UTC).replace(microsecond=0)


def now(zone: tzinfo) -> datetime:
    """Return this moment in `zone`, for what a patient does next: SOURCE_DATE_EPOCH is not followed, and a line says so."""
    if os.environ.get(SETTING):
        terminal.say(f"{SETTING} is set, and not followed here: the date is today's")
    return utc_now().astimezone(zone)


def now_for(plan: Plan) -> datetime:
    """Return this moment on the clock that the plan has then."""
    from titrate.engine.settings import local

    moment = now(UTC)
    return moment.astimezone(zones.zone(local(plan.settings, moment)[0].zone))


def moment_as_set() -> datetime:
    """Return the moment that SOURCE_DATE_EPOCH sets, so that a run can be repeated to the byte, and say so; else this one; in UTC.

    Raises BadInput if it is no number of seconds.
    """
    moment = _set_moment()
    if moment is None:
        return utc_now()
    terminal.say(f"the clock is set to {moment:%Y-%m-%d %H:%M} UTC by {SETTING}")
    return moment


def moment_before(tz: str | None, *, as_set: bool) -> datetime:
    """Return this moment on the clock of a zone, for words that are looked through before a command runs; nothing is said.

    In UTC where no zone is sure. `as_set`: the command follows SOURCE_DATE_EPOCH.
    """
    try:
        moment = (_set_moment() if as_set else None) or utc_now()
        return moment.astimezone(zones.zone(zone_of(tz, moment).name))
    except BadInput:  # which is told by what reads it
        return utc_now()


def _set_moment() -> datetime | None:
    """The moment that SOURCE_DATE_EPOCH sets, in UTC; None where it sets none."""
    seconds = os.environ.get(SETTING)
    if not seconds:
        return None
    try:
        if not (seconds.isascii() and seconds.isdigit()):  # which `int` alone does not mind
            raise ValueError
        moment = datetime.fromtimestamp(int(seconds), UTC)
        if moment.year >= LAST_YEAR:
            raise ValueError
    except (ValueError, OverflowError, OSError):
        wrong = "{typed!r} is no number of seconds since 1970"
        raise BadInput(SETTING, wrong, "unset it or mend it", typed=seconds) from None
    return moment
