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


SHORTEST_BEGINNING = 3  # letters by which a name may be meant
LONGEST_NAME = 60  # letters of a name worth comparing


class TitrateError(Exception):
    """Anything `titrate` says no to: at `place` something is `wrong`, and what `todo` about it.

    `place` is the name of a fact or action, several of them, a file (a `Path`, since one may be called `age`), or nothing.
    `wrong` and `todo` are templates: `values` fills their {placeholders}, and a placeholder without a value, such as
    {creatinine}, names a fact. `file`: the file in which the place is.
    """

    exit_code = 1
    file: str | Path = ""
    naming: Callable[[str], str] = str  # what whoever let the values in calls a fact

    @property
    def faults(self) -> tuple[TitrateError, ...]:
        """Each thing that is wrong, as an error of its own."""
        return (self,)

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

    @property
    def faults(self) -> tuple[BadInput, ...]:
        """Each thing that is wrong, as an error of its own."""
        return (self,)


class BadInputs(BadInput):
    """Several things that are wrong at once, in the order in which they are told, one a line."""

    def __init__(self, faults: Sequence[BadInput]) -> None:
        super().__init__([place for fault in faults for place in fault.places], "{count} faults", count=len(faults))
        self._faults = tuple(faults)

    @property
    def faults(self) -> tuple[BadInput, ...]:
        """Each of them."""
        return self._faults

    def worded(self, name: Callable[[str], str]) -> str:
        """Return each of them, on a line of its own."""
        return "\n".join(fault.worded(name) for fault in self._faults)


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


def faults_of(check: Callable[..., object], *values: object) -> tuple[BadInput, ...]:
    """Return each fault that a check finds in values: what it raises as BadInput; nothing where it raises nothing."""
    try:
        check(*values)
    except BadInput as error:
        return error.faults
    return ()


def raise_all(faults: Iterable[BadInput]) -> None:
    """Raise what is wrong, nothing twice: one fault as it is, several as BadInputs; return where there is none."""
    by_words = {str(fault): fault for error in faults for fault in error.faults}
    if len(by_words) > 1:
        raise BadInputs([*by_words.values()])
    for fault in by_words.values():
        raise fault


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `"; did you mean x?"` for the nearest of `known`, or "" where none is near.

    >>> did_you_mean("hold_day", ["hold_days", "gate"])
    '; did you mean hold_days?'
    """
    near = nearest(name, known)
    return f"; did you mean {near}?" if near else ""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the one of `known` that a name resembles most, or that alone begins with it; "" where none does.

    >>> nearest("femal", ["female", "male"]), nearest("creat", ["creatinine", "tested"]), nearest("doc", ["csv", "ics"])
    ('female', 'creatinine', '')
    """
    import difflib  # only on the way to an error

    if len(name) > LONGEST_NAME:
        return ""
    known = list(known)
    begun = [each for each in known if each.startswith(name)] if len(name) >= SHORTEST_BEGINNING else []
    return begun[0] if len(begun) == 1 else next(iter(difflib.get_close_matches(name, known, n=1)), "")
