"""How a refusal is told: what speaks against the plan, what would follow if it were confirmed, and how to confirm it."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from datetime import date

from titrate.cli.terminal import put, say, show, worded
from titrate.engine.screening import unconfirmed
from titrate.errors import Refused
from titrate.model import Plan
from titrate.wording.phrases import amount


def tell(refusal: Refused, argv: Sequence[str], settled: Mapping[str, date], *, as_json: bool) -> int:
    """Print a refusal and return its exit code.

    `argv` is the command line that led to it, without the program; `settled` are its date options as they were understood.
    """
    from titrate.export.summary import finding_lines
    from titrate.export.terminal.blocks import summary_lines

    confirming = None
    if refusal.if_confirmed is not None:
        confirming = _confirming(refusal, argv, settled)
    say(f"titrate: {worded(refusal)}")
    if refusal.findings:
        show(summary_lines(finding_lines(refusal.findings)), aside=True)
    if confirming and refusal.if_confirmed:
        say(
            f"If a prescriber confirms, this plan follows: {in_words(refusal.if_confirmed, max(settled.values()))}. To confirm:"
        )
        say(f"  {confirming}")
    if as_json:
        from titrate.export.data.json import refusal as document

        put(document(refusal.findings, confirming))
    return refusal.exit_code


def in_words(plan: Plan, since: date) -> str:
    """Return what a plan gives from a date on in one sentence, such as `5 mg each evening, no increase`."""
    first, *later = [step for step in plan.steps if step.last_date >= since]
    taken = " and ".join(f"{amount(dose.mg)} mg each {dose.slot}" for dose in first.doses)
    if not later:
        return f"{taken}, no increase"
    return "; ".join((taken, *(f"from {step.first_date} {amount(step.total)} mg a day" for step in later)))


def _confirming(refusal: Refused, argv: Sequence[str], settled: Mapping[str, date]) -> str:
    """The whole command line that confirms: as typed, with dates for words, since `tomorrow` is another day tomorrow."""
    words = [*argv]
    for option, day in settled.items():
        for index, word in enumerate(words):
            if word == option and index + 1 < len(words):
                words[index + 1] = str(day)
            elif word.startswith(f"{option}="):
                words[index] = f"{option}={day}"
    for code in dict.fromkeys(finding.code for finding in unconfirmed(refusal.findings)):
        words += ["--confirm", code]
    if not any(word == "--prescriber" or word.startswith("--prescriber=") for word in words):
        words += ["--prescriber", "NAME"]
    words = ["titrate", *words]
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
