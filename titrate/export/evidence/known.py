"""What is listed of medicines and illnesses, and what one typed name is taken for.

The JSON document (`Topic.document`), keys in this order: `schema` ("titrate/evidence/1"), `topic` ("medicines" or "conditions"),
`typed` (the name that was looked up; null for the whole list), `taken_for` and `unknown` (what it is read as, and which words of
it nobody knows), `entries`: a list of {id, name, code, severity, message, source, names}, and `sources`. An entry is a class of
medicines or an illness. What raises nothing has the severity "none", and its code, message and source are null. A message for the
whole list has {typed} where the name will stand.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from titrate.evidence.claims import Ground
from titrate.export.evidence.claims import document, named_sources, sources_of
from titrate.export.evidence.page import Cell, Page, Part, Section, Topic, cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from titrate.evidence.claims import Source
    from titrate.evidence.known import Known

NEVER_COMPLETE = "No list is complete. What is not in it nobody has checked: that is a question for a prescriber."
NOTHING = "known; nothing in our list about it beside baclofen"
SEVERITIES = {
    "stop": "Stop: no plan is made",
    "confirm": "Confirm: no plan until a prescriber confirms",
    "caution": "Caution: the plan is made, and says so",
    "none": f"None: {NOTHING}",
}


class LookedUp(NamedTuple):
    """A name as typed, what it is taken for, and the words in it that nobody knows."""

    typed: str
    taken_for: tuple[str, ...]
    unknown: tuple[str, ...]


def listed(topic: str, entries: Iterable[Known], sources: Mapping[str, Source]) -> Topic:
    """Return all that is known of `medicines` or `conditions`, what stops a plan first."""
    entries = tuple(entries)
    columns = ("Medicines" if topic == "medicines" else "Illness", "What it raises", "Names")
    groups = {severity: [entry for entry in entries if _severity(entry) == severity] for severity in SEVERITIES}
    sections = [
        Section(SEVERITIES[severity], columns, tuple(map(_row, group))) for severity, group in groups.items() if group
    ]
    named = _sources(entries, sources)
    page = Page(
        f"{topic.capitalize()} that are known",
        (NEVER_COMPLETE, f"To look up one name: titrate evidence {topic} NAME"),
        (*sections, named_sources(named)),
    )
    return Topic(page, _document(topic, None, entries, named))


def looked_up(topic: str, name: LookedUp, entries: Iterable[Known], sources: Mapping[str, Source]) -> Topic:
    """Return what a typed name is taken for, and what it raises; `entries` are those that it belongs to."""
    entries = tuple(entries)
    raising = [entry for entry in entries if entry.finding]
    lead = [f"Taken for: {', '.join(name.taken_for)}."] if name.taken_for else []
    if not raising:
        lead.append(f"{NOTHING[:1].upper()}{NOTHING[1:]}.")
    if name.unknown:
        lead.append(f"Not in our list: {', '.join(name.unknown)}.")
    named = _sources(entries, sources)
    rows = tuple(_full_row(entry, name.typed) for entry in raising)
    found = (Section("What it raises", ("Finding", "In full"), rows), named_sources(named)) if rows else ()
    return Topic(Page(name.typed, (*lead, NEVER_COMPLETE), found), _document(topic, name, entries, named))


def _row(entry: Known) -> tuple[Cell, ...]:
    head = (Part(entry.name, "head"), *cell(entry.finding.code if entry.finding else ""))
    raised = (Part(_without_name(entry.finding.short)), Part(entry.finding.source, "source")) if entry.finding else ()
    return head, raised, cell(", ".join(entry.names))


def _full_row(entry: Known, typed: str) -> tuple[Cell, ...]:
    if entry.finding is None:
        return ()
    message = entry.finding.message.replace("{typed}", typed)
    head = (Part(f"{entry.finding.severity} {entry.finding.code}", "head"), Part(entry.name))
    return head, (Part(message), Part(entry.finding.source, "source"))


def _without_name(short: str) -> str:
    """What a finding says in one line, without the name that it begins with.

    >>> _without_name("{typed} (opioid): with baclofen breathing can slow")
    'With baclofen breathing can slow'
    """
    text = re.sub(r"^\{typed\}[^:]*: ", "", short).replace("{typed}", "it")
    return f"{text[:1].upper()}{text[1:]}"


def _severity(entry: Known) -> str:
    return entry.finding.severity if entry.finding else "none"


def _sources(entries: Iterable[Known], sources: Mapping[str, Source]) -> tuple[Source, ...]:
    return sources_of((Ground(entry.finding.source, "", quoted=False) for entry in entries if entry.finding), sources)


def _document(topic: str, name: LookedUp | None, entries: Iterable[Known], named: Iterable[Source]) -> dict[str, Any]:
    return document(
        topic,
        typed=name and name.typed,
        taken_for=list(name.taken_for) if name else [],
        unknown=list(name.unknown) if name else [],
        entries=[_entry_document(entry, name) for entry in entries],
        sources=named,
    )


def _entry_document(entry: Known, name: LookedUp | None) -> dict[str, Any]:
    found = entry.finding
    message = found and (found.message.replace("{typed}", name.typed) if name else found.message)
    return {
        "id": entry.id,
        "name": entry.name,
        "code": found and found.code,
        "severity": _severity(entry),
        "message": message,
        "source": found and found.source,
        "names": list(entry.names),
    }
