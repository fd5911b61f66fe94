"""Findings and facts as labelled lines for a person: what a command says where no table is drawn."""

import re
import textwrap
from typing import TYPE_CHECKING, NamedTuple

from titrate.model import SEVERITIES
from titrate.wording.phrases import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from titrate.model import Finding

LABEL_COLUMN = 11  # "Confirmed" and two spaces
NARROW = 50  # below this a label column would take the room of the words
STAY = "\u00a0"  # textwrap never breaks here
UNIT = r"(?<=\d) (?=mg\b)|(?<=--confirm) "  # a number keeps its unit, --confirm its code
STYLES = {"stop": "1;31", "confirm": "1;35", "caution": "33", "note": "2", "": "1"}


class Line(NamedTuple):
    """One labelled line; `weight` is a severity, or empty for a plain fact."""

    label: str
    text: str
    weight: str = ""


def findings_text(findings: "Iterable[Finding]", width: int = 80, color: bool = False) -> str:
    """Return findings alone, most severe first, ending in a new line; nothing for none."""
    return text_of(finding_lines(findings), width, color)


def finding_lines(findings: "Iterable[Finding]") -> tuple[Line, ...]:
    """Return the findings, most severe first; what blocks in full with its source, all notes as one."""
    ranked = sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
    notes = [_sentence(finding.short) for finding in ranked if finding.severity == "note"]
    told = [_finding(finding) for finding in ranked if finding.severity != "note"]
    return (*told, Line("Notes", " ".join(notes), "note")) if notes else tuple(told)


def text_of(lines: "Iterable[Line]", width: int, color: bool) -> str:
    """Return labelled lines as text, wrapped with a hanging indent, ending in a new line."""
    return "".join(f"{line}\n" for labelled in lines for line in _line(labelled, width, color))


def _line(line: Line, width: int, color: bool) -> list[str]:
    narrow = width < NARROW
    label = f"{line.label}: " if narrow else f"{line.label:<{LABEL_COLUMN}}"
    first, *rest = wrapped(label.replace(" ", STAY) + line.text, width, hang=2 if narrow else LABEL_COLUMN)
    head, tail = first[: len(line.label)], first[len(line.label) :]
    return [styled(head, line.weight, color) + tail, *rest]


def wrapped(text: str, width: int, hang: int = 0) -> list[str]:
    """Return text in lines of at most `width` columns where its words allow; no word is broken or lost."""
    lines = textwrap.wrap(
        re.sub(UNIT, STAY, text),
        max(width, hang + 1),
        subsequent_indent=" " * hang,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(STAY, " ") for line in lines]


def styled(text: str, style: str, color: bool) -> str:
    """Return text with the terminal's codes for a style, or as it is."""
    return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if color and text else text


def _finding(finding: "Finding") -> Line:
    if finding.confirmed_by is not None:
        by = plain(finding.confirmed_by)
        return Line("Confirmed", f"{plain(finding.short)} ({finding.code}, by {by})", "confirm")
    if finding.severity == "caution":
        return Line("Caution", plain(finding.short), "caution")
    full = f"{_sentence(finding.message)} Source: {_sentence(finding.source)}"
    if finding.severity == "confirm":
        return Line("Confirm", f"{full} (--confirm {finding.code})", "confirm")
    return Line("Stop", f"{full} ({finding.code})", "stop")


def _sentence(text: str) -> str:
    text = plain(text)
    return text if text.endswith((".", "!", "?")) else f"{text}."
