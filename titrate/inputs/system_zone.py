"""The time zone that this computer is set to, held to the clock that it keeps."""

from __future__ import annotations

import os
import time
from datetime import timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from titrate.errors import BadInput
from titrate.evidence import zones

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

LOCALTIME = Path("/etc/localtime")  # Linux and macOS: a link into the system's own zone files


def system(environment: Mapping[str, str], now: datetime) -> str:
    """Return the zone name that this computer is set to: `TZ`, then the system's setting.

    Raises BadInput where neither names a zone, as with `TZ=CET-1CEST`, and where the system's clock is not that of its name.
    """
    setting = environment.get("TZ", "").strip()
    path = setting.removeprefix(":")
    file = os.path.realpath(path) if path.startswith("/") else ""  # a loop of links leads nowhere
    if setting and file != os.path.realpath(LOCALTIME):
        name = (_in_path(path) or _in_path(file)) if file else path
        if name in zones.names():
            return name
        todo = "give {tz}, for example {tz} Europe/Berlin"
        raise BadInput("TZ", "{typed!r} is not the name of a time zone", todo, typed=setting)
    name = _in_path(os.path.realpath(LOCALTIME))
    if name not in zones.names():
        name = _asked_of_the_system()
    _check_clock(name, now)
    return name


def _check_clock(name: str, now: datetime) -> None:
    """Raise BadInput unless the system's clock has the offset of its zone's name, now and in half a year.

    Another file under the name, as containers mount it, or a name that was left behind would move every reminder.
    """
    for moment, when in ((now, "now"), (now + zones.HALF_A_YEAR, "in half a year")):
        by_clock = timedelta(seconds=time.localtime(moment.timestamp()).tm_gmtoff)
        if by_clock != zones.offset(name, moment):
            wrong = "this computer's time zone is named {name} ({by_name} {when}), but its clock keeps {by_clock}"
            raise BadInput(
                "tz",
                wrong,
                "say which holds, for example {tz} Europe/Berlin",
                name=name,
                by_name=zones.offset_text(name, moment),
                when=when,
                by_clock=timezone(by_clock),
            )


def _asked_of_the_system() -> str:
    import tzlocal  # 60 ms, so only where the link above tells nothing: Windows, some containers

    try:
        name = tzlocal.get_localzone_name()
    except (LookupError, OSError, ValueError):  # contradictory or missing settings
        name = None
    if name not in zones.names():
        raise BadInput("tz", "this computer does not say its time zone", "give one, for example {tz} Europe/Berlin")
    return name


def _in_path(path: str) -> str:
    """Return the zone name in the path of a zone file, or nothing."""
    return path.partition("zoneinfo/")[2].removeprefix("posix/").removeprefix("right/")
