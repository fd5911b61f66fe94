"""Where and when a command is run: the one clock, `SOURCE_DATE_EPOCH` first so that a run can be repeated to the byte, and the
time zone, which may be the computer's.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from titrate.errors import BadInput
from titrate.inputs import zones


class Zone(NamedTuple):
    """The plan's time zone and where its name comes from."""

    name: str
    origin: str


def zone_of(tz: str | None) -> Zone:
    """Return the zone that was asked for, else the system's; BadInput for an unknown one."""
    if tz is None:
        return Zone(zones.system(os.environ), "this computer's time zone")
    zones.zone(tz)
    return Zone(tz, "as asked")


def now(zone: ZoneInfo) -> datetime:
    """Return this moment, to the second, in `zone`; BadInput if SOURCE_DATE_EPOCH is no number of seconds."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    if not seconds:
        return datetime.now(UTC).replace(microsecond=0).astimezone(zone)
    try:
        if not (seconds.isascii() and seconds.removeprefix("-").isdigit()):  # which `int` alone does not mind
            raise ValueError
        return datetime.fromtimestamp(int(seconds), UTC).astimezone(zone)
    except (ValueError, OverflowError, OSError):
        wrong = "{typed!r} is no number of seconds since 1970"
        raise BadInput("SOURCE_DATE_EPOCH", wrong, "unset it or mend it", typed=seconds) from None
