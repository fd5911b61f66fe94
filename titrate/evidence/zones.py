"""Time zones by name, from the `tzdata` package alone: system copies are years apart, Windows has none."""

from __future__ import annotations

import re
from datetime import timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from titrate.errors import BadInput, OutputError

if TYPE_CHECKING:
    from datetime import datetime

try:
    import tzdata  # type: ignore[import-untyped]
except ImportError:
    raise OutputError("tzdata", "the time zones are not installed", "run pip install tzdata") from None

FOLDER = Path(tzdata.__file__).parent
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
    return str(timezone(offset(name, moment)))


def offset(name: str, moment: datetime) -> timedelta:
    """Return how far a zone is ahead of UTC at a moment."""
    return moment.astimezone(zone(name)).utcoffset() or timedelta(0)


def _cities(typed: str, moment: datetime) -> str:
    """Return, by their offset, the zones whose clocks show the typed offset or abbreviation; one for each kind of clock there is.

    Of `Etc/GMT+2` both are named: what it is and what it looks like.
    """
    offsets = {offset(typed, moment)} if typed in names() else set()
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
        if offset(name, moment) in offsets:
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
