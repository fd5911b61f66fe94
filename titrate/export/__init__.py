"""How a plan is told: one module a format, chosen by suffix or name, imported only when asked for."""

from __future__ import annotations

from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, cast

from titrate.errors import BadInput, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from titrate.model import Plan

EXPORTERS: Mapping[str, str] = {
    ".csv": "titrate.export.data.csv",
    ".md": "titrate.export.data.markdown",
    ".json": "titrate.export.data.json",
    ".ics": "titrate.export.calendar.ics",
    ".html": "titrate.export.handout.html",
    ".pdf": "titrate.export.handout.pdf",
}
TABLE = "table"  # the one format without a suffix: it is for a terminal, not for a file


def render(plan: Plan, suffix: str) -> bytes:
    """Return the plan in the format that a suffix (`".ics"`) or name (`"table"`) stands for, in any case.

    The same plan gives the same bytes under any clock, time zone and language setting. Raises BadInput for
    an unknown format.
    """
    name = format_of(suffix)
    module = import_module("titrate.export.terminal.plan" if name == TABLE else EXPORTERS[f".{name}"])
    return cast("bytes", module.render(plan))


def format_of(suffix: str) -> str:
    """Return the name of the format that a suffix or name stands for.

    Raises BadInput for an unknown one, naming those there are.

    >>> format_of(".ICS"), format_of("csv")
    ('ics', 'csv')
    """
    asked = suffix.strip().lower()
    known = [*EXPORTERS] if asked.startswith(".") else [TABLE, *(known.removeprefix(".") for known in EXPORTERS)]
    if asked in known:
        return asked.removeprefix(".")
    hint = did_you_mean(asked, known)
    raise BadInput(f"format: {suffix or 'no suffix'} is no known format; give one of {', '.join(known)}{hint}")


def check_suffix(path: str) -> None:
    """Raise BadInput unless a file's name ends in the suffix of a format."""
    suffix = PurePath(path).suffix
    if not suffix:
        raise BadInput(f"-o: {path} has no suffix to say its format; give one of {', '.join(EXPORTERS)}")
    try:
        format_of(suffix)
    except BadInput as error:
        raise BadInput(f"-o: {path}: {str(error).removeprefix('format: ')}") from None
