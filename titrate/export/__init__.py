"""How a plan is told: one module a format, chosen by suffix or name, imported only when asked for."""

from __future__ import annotations

from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple, cast

from titrate.errors import BadInput, did_you_mean

if TYPE_CHECKING:
    from titrate.model import Plan


class Exporter(NamedTuple):
    """A format: the module whose `render(plan)` gives its bytes, and what whoever prints or writes it must know.

    `binary`: it is not shown in a terminal. `findings`: it holds what was found, which otherwise is said beside it. `printed`:
    it is laid out for paper, which takes longer.
    """

    module: str
    binary: bool = False
    findings: bool = True
    printed: bool = False


# Every format by its name, which is also its suffix: `--format`, `-o`, the help and a batch follow from here.
EXPORTERS: dict[str, Exporter] = {
    "csv": Exporter("titrate.export.data.csv", findings=False),
    "md": Exporter("titrate.export.data.markdown"),
    "json": Exporter("titrate.export.data.json"),
    "ics": Exporter("titrate.export.calendar.ics", findings=False),
    "html": Exporter("titrate.export.handout.html", printed=True),
    "pdf": Exporter("titrate.export.handout.pdf", printed=True, binary=True),
}
TABLE = "table"  # the one format that is no file: it is for a terminal


def formats() -> tuple[str, ...]:
    """Return the names of what can be printed."""
    return (TABLE, *EXPORTERS)


def render(plan: Plan, suffix: str) -> bytes:
    """Return the plan in the format that a suffix (`".ics"`) or name (`"table"`) stands for, in any case.

    The same plan gives the same bytes under any clock, time zone and language setting. Raises BadInput for
    an unknown format.
    """
    name = format_of(suffix)
    module = import_module("titrate.export.terminal.plan" if name == TABLE else EXPORTERS[name].module)
    return cast("bytes", module.render(plan))


def format_of(suffix: str) -> str:
    """Return the name of the format that a suffix or name stands for.

    Raises BadInput for an unknown one, naming those there are.

    >>> format_of(".ICS"), format_of("csv")
    ('ics', 'csv')
    """
    asked = suffix.strip().lower()
    known = _suffixes() if asked.startswith(".") else formats()
    if asked in known:
        return asked.removeprefix(".")
    hint = did_you_mean(asked, known)
    todo = f"give one of {', '.join(known)}{hint}"
    raise BadInput("format", "{typed} is no known format", todo, typed=suffix or "no suffix")


def check_suffix(path: str) -> None:
    """Raise BadInput unless a file's name ends in the suffix of a format."""
    suffix = PurePath(path).suffix
    if not suffix:
        todo = f"give one of {', '.join(_suffixes())}"
        raise BadInput("output", "{path} has no suffix to say its format", todo, path=path)
    try:
        format_of(suffix)
    except BadInput as error:
        raise BadInput("output", f"{{path}}: {error.wrong}", error.todo, path=path, **error.values) from None


def _suffixes() -> tuple[str, ...]:
    return tuple(f".{name}" for name in EXPORTERS)
