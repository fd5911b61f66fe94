"""What can go wrong, as values, each with the exit code it ends in: 2 wrong for any patient, 3 understood and refused, 1 the rest.

An error names the place by the name of the fact (`egfr`) or of what else is wrong (a file); whoever let it in says that name in
its own words: an option, a column, an argument.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from titrate.model import Finding, Name, Plan


class TitrateError(Exception):
    """Anything `titrate` says no to: at `place` something is `wrong`, and what `todo` about it.

    `place` is the name of a fact or action, several of them, a file (a `Path`, since one may be called `age`), or nothing.
    `wrong` and `todo` are templates: `values` fills their {placeholders}, and a placeholder without a value, such as
    {creatinine}, names a fact. `file`: the file in which the place is.
    """

    exit_code = 1
    file: str | Path = ""
    naming: Callable[[str], str] = str  # what whoever let the values in calls a fact

    def __init__(
        self, place: str | Path | Sequence[str | Path], wrong: str, todo: str = "", /, **values: object
    ) -> None:
        self.places = tuple(place) if isinstance(place, (tuple, list)) else (place,)
        self.wrong, self.todo, self.values = wrong, todo, values
        super().__init__(place, wrong, todo)

    def worded(self, name: Callable[[str], str]) -> str:
        """Return `place: what is wrong; what to do`, each fact under the name that `name` gives it."""
        place = ", ".join(name(place) if isinstance(place, str) else str(place) for place in self.places if place)
        return ": ".join(filter(None, (str(self.file), place, self.message(name))))

    def message(self, name: Callable[[str], str]) -> str:
        """Return the same without the file and the place."""
        values = _Named(self.values, name)
        return "; ".join(part.format_map(values) for part in (self.wrong, self.todo) if part)

    def __str__(self) -> str:
        return self.worded(self.naming)


class _Named(dict[str, object]):
    """The values of a message, an error among them worded alike; what has none is a fact, said as `name` says it."""

    def __init__(self, values: dict[str, object], name: Callable[[str], str]) -> None:
        worded = {key: value.worded(name) for key, value in values.items() if isinstance(value, TitrateError)}
        super().__init__({**values, **worded})
        self._name = name

    def __missing__(self, key: str) -> str:
        return self._name(key)


class BadInput(TitrateError):
    """Wrong for any patient: syntax, range, unknown name, contradictory options, a damaged file."""

    exit_code = 2


class InputEnded(BadInput):
    """Whoever was asked gives no more answers."""


class NearMiss(BadInput):
    """A name that nobody knows and that resembles listed ones: `name` as typed, `near` the names it may be, best first."""

    def __init__(self, fact: str, wrong: str, todo: str, /, *, name: str, near: Sequence[str]) -> None:
        super().__init__(fact, wrong, todo, typed=name, near=" or ".join(near))
        self.fact, self.name, self.near = fact, name, tuple(near)


class Refused(TitrateError):
    """Understood and refused: no plan is made.

    `findings` says why, most severe first, `names` what each medicine and illness was taken for. `if_confirmed` is the plan
    that would follow if a prescriber confirmed every finding of severity `confirm`; None where no confirmation helps.
    """

    exit_code = 3

    def __init__(
        self,
        place: str | Path | Sequence[str | Path],
        wrong: str,
        todo: str = "",
        /,
        *,
        findings: tuple[Finding, ...] = (),
        names: tuple[Name, ...] = (),
        if_confirmed: Plan | None = None,
        **values: object,
    ) -> None:
        super().__init__(place, wrong, todo, **values)
        self.findings = findings
        self.names = names
        self.if_confirmed = if_confirmed


class OutputError(TitrateError):
    """A file or stream could not be written or read; what stood there before still stands."""


class EvidenceError(TitrateError):
    """A file of evidence is missing or damaged: nothing may be planned from it."""


def in_file(file: str | Path, error: BadInput, todo: str = "") -> BadInput:
    """Return the error as one in that file; `todo` stands in for what it says to do."""
    inside = BadInput(error.places, error.wrong, todo or error.todo, **error.values)
    inside.file = file
    return inside


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `"; did you mean x?"` for the nearest of `known`, or "" where none is near.

    >>> did_you_mean("hold_day", ["hold_days", "gate"])
    '; did you mean hold_days?'
    """
    import difflib  # only on the way to an error

    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""
