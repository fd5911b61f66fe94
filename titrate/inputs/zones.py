"""Time zones by name, from the `tzdata` package alone: system copies are years apart, Windows has none."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from titrate.errors import BadInput, OutputError

if TYPE_CHECKING:
    from collections.abc import Mapping

try:
    import tzdata  # type: ignore[import-untyped]
except ImportError:
    raise OutputError("tzdata", "the time zones are not installed", "run pip install tzdata") from None

FOLDER = Path(tzdata.__file__).parent
LOCALTIME = Path("/etc/localtime")  # Linux and macOS: a link into the system's own zone files


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


def footer(name: str) -> str:
    """Return the rule that holds after the zone's listed changes, as POSIX writes it.

    >>> footer("Europe/Berlin")
    'CET-1CEST,M3.5.0,M10.5.0/3'
    """
    return _file(name).read_bytes().rstrip(b"\n").rpartition(b"\n")[2].decode("ascii")


def system(environment: Mapping[str, str]) -> str:
    """Return the zone name that this computer is set to: `TZ`, then the system's setting.

    Raises BadInput when neither names a zone, as with `TZ=CET-1CEST`.
    """
    setting = environment.get("TZ", "").strip()
    path = setting.removeprefix(":")
    name = _in_path(path) or (_in_path(str(Path(path).resolve())) if path.startswith("/") else path)
    if not setting:
        name = _in_path(str(LOCALTIME.resolve())) if LOCALTIME.is_symlink() else ""
    if name in names():
        return name
    if setting:
        todo = "give {tz}, for example {tz} Europe/Berlin"
        raise BadInput("TZ", "{typed!r} is not the name of a time zone", todo, typed=setting)
    return _asked_of_the_system()


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
    for known in sorted(names()):
        by_spelling[known.casefold()] = known
        by_spelling.setdefault(known.rpartition("/")[2].casefold(), known)
    if wanted in by_spelling:
        return f"did you mean {by_spelling[wanted]}?"
    near = dict.fromkeys(by_spelling[spelling] for spelling in get_close_matches(wanted, by_spelling, n=3, cutoff=0.75))
    if not near:
        return "names look like Europe/Berlin or America/New_York"
    return f"did you mean {' or '.join(near)}?"
