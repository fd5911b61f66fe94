"""What can go wrong, each with the exit code it ends in (design: 2 wrong for any patient, 3 understood and refused, 1 the rest)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from titrate.model import Finding, Plan


class TitrateError(Exception):
    """Anything `titrate` says no to; the message is `place: what is wrong; what to do`."""

    exit_code = 1


class BadInput(TitrateError):
    """Wrong for any patient: syntax, range, unknown name, contradictory options, a damaged file."""

    exit_code = 2


class Refused(TitrateError):
    """Understood and refused: no plan is made.

    `findings` says why, most severe first. `if_confirmed` is the plan that would follow if a prescriber
    confirmed every finding of severity `confirm`; None where no confirmation helps.
    """

    exit_code = 3

    def __init__(self, message: str, findings: tuple[Finding, ...] = (), if_confirmed: Plan | None = None) -> None:
        super().__init__(message)
        self.findings = findings
        self.if_confirmed = if_confirmed


class OutputError(TitrateError):
    """A file or stream could not be written or read; what stood there before still stands."""
