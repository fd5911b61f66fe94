"""Time zones by name, from the `tzdata` package alone: system copies are years apart, Windows has none."""

from __future__ import annotations

import os
import re
import time
from datetime import timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from titrate.errors import BadInput, OutputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

try:
    import tzdata  # type: ignore[import-untyped]
except ImportError:
    raise OutputError("tzdata", "the time zones are not installed", "run pip install tzdata") from None

FOLDER = Path(tzdata.__file__).parent
LOCALTIME = Path("/etc/localtime")  # Linux and macOS: a link into the system's own zone files
HALF_A_YEAR = timedelta(days=182)
UTC_NAMES = frozenset(f"{folder}{name}" for folder in ("", "Etc/") for name in ("UTC", "UCT", "Universal", "Zulu"))
# An offset (`Etc/GMT+2` is UTC-02:00) or an abbreviation, of which nobody can tell whether it is meant all year.
NO_PLACE = re.compile(r"Etc/.+|GMT.*|Greenwich|[A-Z]ST(\d[A-Z]DT)?|[CEMW]ET")
OFFSET = re.compile(r"(?:ETC/)?(?:UTC?|GMT|Z)?\s*([+-])\s*(\d{1,2})(?::?([0-5]\d))?")
ABBREVIATION = re.compile(r"([A-Z]{2,5})(?:[+-]?\d.*)?")


@lru_cache(maxsize=1)
def names() -> frozenset[str]:
    """Return every zone name there is, links such as `Asia/Calcutta` included."""
    listed = (FOLDER / "zones").read_text(encoding="utf-8").split()
    return frozenset(listed) - {"Factory"}  # the database's placeholder for "not set", not a place


@lru_cache(maxsize=16)
def zone(name: str) -> ZoneInfo:
    """Return the zone of that name.

    Raises BadInput, with the nearest names, for a name that does not exist.

    >>> zone("Europe/Berlin").key
    'Europe/Berlin'
    """
    with _file(name).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def place(name: str, moment: datetime) -> ZoneInfo:
    """Return the zone of a place, or UTC, for what is made new; a saved plan may have any zone.

    Raises BadInput, with cities whose clocks show that at `moment`, for an offset or an abbreviation.
    """
    no_place = NO_PLACE.fullmatch(name) and name not in UTC_NAMES
    if name in names() and not no_place:
        return zone(name)
    cities = _cities(name, moment)
    if name not in names() and not cities:
        return zone(name)  # which says what is near
    wrong = (
        "{typed!r} is {offset}, not the zone of a place" if name in names() else "{typed!r} is not the zone of a place"
    )
    todo = f"give that of a city: {cities or 'Europe/Berlin'}"
    raise BadInput("tz", wrong, todo, typed=name, offset=offset_text(name, moment) if name in names() else "")


def offset_text(name: str, moment: datetime) -> str:
    """Return a zone's offset at a moment.

    >>> from datetime import datetime, UTC
    >>> [offset_text(name, datetime(2026, 12, 1, tzinfo=UTC)) for name in ("Europe/Berlin", "America/Caracas", "UTC")]
    ['UTC+01:00', 'UTC-04:00', 'UTC']
    """
    return str(timezone(_offset(name, moment)))


def _offset(name: str, moment: datetime) -> timedelta:
    return moment.astimezone(zone(name)).utcoffset() or timedelta(0)


def _cities(typed: str, moment: datetime) -> str:
    """Return, by their offset, the zones whose clocks show the typed offset or abbreviation; one for each kind of clock there is.

    Of `Etc/GMT+2` both are named: what it is and what it looks like.
    """
    offsets = {_offset(typed, moment)} if typed in names() else set()
    text = typed.strip().upper().replace("\N{MINUS SIGN}", "-")
    if match := OFFSET.fullmatch(text):
        sign = -1 if match[1] == "-" else 1
        offsets.add(sign * timedelta(hours=int(match[2]), minutes=int(match[3] or 0)))
    named = ABBREVIATION.fullmatch(text)
    letters = named[1] if named and not match else ""
    by_letters: dict[str, list[str]] = {}
    by_offset: dict[str, list[str]] = {}
    for name in _kinds():
        here = zone(name)
        if letters in {day.astimezone(here).tzname() for day in (moment, moment + HALF_A_YEAR)}:
            by_letters.setdefault(offset_text(name, moment), []).append(name)
        if _offset(name, moment) in offsets:
            by_offset.setdefault(offset_text(name, moment), []).append(name)
    return "; ".join(f"{', '.join(cities)} (now {offset})" for offset, cities in (by_letters or by_offset).items())


def _kinds() -> list[str]:
    """Return a zone for each way in which the world's clocks go on from now, from west to east, without Antarctica."""
    lines = FOLDER.joinpath("zoneinfo", "zonenow.tab").read_text(encoding="utf-8").splitlines()
    return [line.split("\t")[2] for line in lines if not line.startswith("#") and "\tAntarctica/" not in line]


def footer(name: str) -> str:
    """Return the rule that holds after the zone's listed changes, as POSIX writes it.

    >>> footer("Europe/Berlin")
    'CET-1CEST,M3.5.0,M10.5.0/3'
    """
    return _file(name).read_bytes().rstrip(b"\n").rpartition(b"\n")[2].decode("ascii")


def system(environment: Mapping[str, str], now: datetime) -> str:
    """Return the zone name that this computer is set to: `TZ`, then the system's setting.

    Raises BadInput where neither names a zone, as with `TZ=CET-1CEST`, and where the system's clock is not that of its name.
    """
    setting = environment.get("TZ", "").strip()
    path = setting.removeprefix(":")
    file = os.path.realpath(path) if path.startswith("/") else ""  # a loop of links leads nowhere
    if setting and file != os.path.realpath(LOCALTIME):
        name = (_in_path(path) or _in_path(file)) if file else path
        if name in names():
            return name
        todo = "give {tz}, for example {tz} Europe/Berlin"
        raise BadInput("TZ", "{typed!r} is not the name of a time zone", todo, typed=setting)
    name = _in_path(os.path.realpath(LOCALTIME))
    if name not in names():
        name = _asked_of_the_system()
    _check_clock(name, now)
    return name


def _check_clock(name: str, now: datetime) -> None:
    """Raise BadInput unless the system's clock has the offset of its zone's name, now and in half a year.

    Another file under the name, as containers mount it, or a name that was left behind would move every reminder.
    """
    for moment, when in ((now, "now"), (now + HALF_A_YEAR, "in half a year")):
        by_clock = timedelta(seconds=time.localtime(moment.timestamp()).tm_gmtoff)
        if by_clock != _offset(name, moment):
            wrong = "this computer's time zone is named {name} ({by_name} {when}), but its clock keeps {by_clock}"
            raise BadInput(
                "tz",
                wrong,
                "say which holds, for example {tz} Europe/Berlin",
                name=name,
                by_name=offset_text(name, moment),
                when=when,
                by_clock=timezone(by_clock),
            )


def _asked_of_the_system() -> str:
    import tzlocal  # 60 ms, so only where the link above tells nothing: Windows, some containers

    try:
        name = tzlocal.get_localzone_name()
    except (LookupError, OSError, ValueError):  # contradictory or missing settings
        name = None
    if name not in names():
        raise BadInput("tz", "this computer does not say its time zone", "give one, for example {tz} Europe/Berlin")
    return name


def _in_path(path: str) -> str:
    """Return the zone name in the path of a zone file, or nothing."""
    return path.partition("zoneinfo/")[2].removeprefix("posix/").removeprefix("right/")


def _file(name: str) -> Path:
    if name not in names():
        raise BadInput("tz", "there is no time zone {typed!r}", _nearest(name), typed=name)
    return FOLDER.joinpath("zoneinfo", *name.split("/"))


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    wanted = name.strip().replace(" ", "_").casefold()
    by_spelling: dict[str, str] = {}
    for known in sorted(name for name in names() if name in UTC_NAMES or not NO_PLACE.fullmatch(name)):
        by_spelling[known.casefold()] = known
        by_spelling.setdefault(known.rpartition("/")[2].casefold(), known)
    if wanted in by_spelling:
        return f"did you mean {by_spelling[wanted]}?"
    near = dict.fromkeys(by_spelling[spelling] for spelling in get_close_matches(wanted, by_spelling, n=3, cutoff=0.75))
    if not near:
        return "names look like Europe/Berlin or America/New_York"
    return f"did you mean {' or '.join(near)}?"
