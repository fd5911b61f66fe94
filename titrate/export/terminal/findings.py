"""What was found, for a terminal: what stops or cannot wait in red, what needs a word in yellow, cautions a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from titrate.export import summary
from titrate.export.terminal.blocks import Hanging, Labelled, Phrase, framed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from titrate.model import Finding

STOPPING = ("stop", "urgent")
# What stands in a panel, by severity, and its title.
TITLES = {"stop": "Stop", "urgent": "Urgent", "confirm": "A prescriber must decide"}


def stopping(findings: Iterable[Finding]) -> tuple[RenderableType, ...]:
    """Return what stops a plan and what cannot wait, each in full with its source: a panel a severity, or none."""
    every = tuple(findings)
    return tuple(panel for severity in STOPPING for panel in _panel(severity, every))


def unconfirmed(findings: Iterable[Finding]) -> tuple[RenderableType, ...]:
    """Return what needs a prescriber's word and has none, each in full with its source: a panel, or none."""
    return _panel("confirm", (finding for finding in findings if finding.confirmed_by is None))


def lines(findings: Iterable[Finding]) -> tuple[RenderableType, ...]:
    """Return what was confirmed and the cautions as one block of a line each, or none; notes are no part of it."""
    rows = [
        (Phrase("Caution !" if line.weight == "caution" else line.label, line.weight), Phrase(line.text))
        for line in summary.finding_lines(
            finding for finding in findings if finding.severity == "caution" or finding.confirmed_by is not None
        )
    ]
    return (Labelled(rows),) if rows else ()


def notes(findings: Iterable[Finding], *more: str) -> tuple[RenderableType, ...]:
    """Return the notes, and what every output says too, as one quiet paragraph, or none."""
    texts = [summary.sentence_of(finding.short) for finding in findings if finding.severity == "note"]
    return (Phrase(" ".join(("Notes:", *texts, *more)), "note"),) if texts or more else ()


def everything(findings: tuple[Finding, ...]) -> tuple[RenderableType, ...]:
    """Return all that was found, the most severe first."""
    return (*stopping(findings), *unconfirmed(findings), *lines(findings), *notes(findings))


def _panel(severity: str, findings: Iterable[Finding]) -> tuple[RenderableType, ...]:
    blocks = [
        Hanging(
            Phrase(summary.sentence_of(finding.message)),
            Phrase(finding.code, severity),
            Phrase(f"Source: {summary.sentence_of(finding.source)}", "source"),
        )
        for finding in findings
        if finding.severity == severity
    ]
    return (framed(severity, TITLES[severity], *blocks),) if blocks else ()
