"""How a refusal is told: what speaks against the plan, what would follow if it were confirmed, and how to confirm it."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from titrate.cli.terminal import put, say, say_command, say_fault, show, worded
from titrate.engine.screening import unconfirmed
from titrate.errors import Refused
from titrate.model import Plan
from titrate.wording.phrases import amount

if TYPE_CHECKING:
    from titrate.cli.command_line import CommandLine


def tell(refusal: Refused, command: CommandLine | None = None, since: date = date.min, *, as_json: bool) -> int:
    """Print a refusal and return its exit code.

    `command` is the command line that led to it, with its dates as they were understood; `since` the first day it is about.
    """
    from titrate.export.summary import Line, names_text, taken_for_another
    from titrate.export.terminal import findings
    from titrate.export.terminal.blocks import summary_lines

    confirming = _confirming(refusal, command) if command and refusal.if_confirmed else ()
    say_fault(worded(refusal))
    if refusal.findings:
        # The findings name all that raised one; what else was typed, and what was taken for something else, is said here.
        more = any(name.outcome == "known" or taken_for_another(name) for name in refusal.names)
        names = [Line("Names", names_text(refusal.names))] if more else []
        show(
            *findings.stopping(refusal.findings),
            *findings.unconfirmed(refusal.findings),
            *findings.lines(refusal.findings),
            *([summary_lines(names)] if names else []),
            *findings.notes(refusal.findings),
            aside=True,
        )
    if confirming and command and refusal.if_confirmed:
        say(f"\nIf a prescriber confirms, this plan follows: {in_words(refusal.if_confirmed, since)}.\nTo confirm:\n")
        say_command(command, *confirming)
    if as_json:
        from titrate.export.data.json import refusal as document

        put(document(refusal.findings, command.plus(*confirming).quoted("utf-8") if confirming and command else None))
    return refusal.exit_code


def in_words(plan: Plan, since: date) -> str:
    """Return what a plan gives from a date on in one sentence, such as `5 mg each evening, no increase`."""
    first, *later = [step for step in plan.steps if step.last_date >= since]
    taken = " and ".join(f"{amount(dose.mg)} mg each {dose.slot}" for dose in first.doses)
    if not later:
        return f"{taken}, no increase"
    changes = [step for before, step in pairwise((first, *later)) if step.total != before.total]
    return "; ".join((taken, *(f"from {step.first_date} {amount(step.total)} mg a day" for step in changes)))


def _confirming(refusal: Refused, command: CommandLine) -> tuple[str, ...]:
    """The options that confirm, to be added to the command."""
    codes = dict.fromkeys(finding.code for finding in unconfirmed(refusal.findings))
    confirm = [word for code in codes for word in ("--confirm", code)]
    return (*confirm,) if command.gives("--prescriber") else (*confirm, "--prescriber", "NAME")
