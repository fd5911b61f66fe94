"""A protocol with the ground of each of its values, to read; `review` has it as a checklist to tick and sign.

The JSON document (`Topic.document`), keys in this order: `schema` ("titrate/evidence/1"), `topic` ("protocol"), `id`,
`version`, `title`, `drug`, `indication`, `reviewed_by`, `file`, `sha256` (of the file, byte for byte), `entries`, with
`--review` `files` (those that are signed with it, each {file, sha256, entries}), `how_to_sign` (the prescriber's steps)
and `how_to_release` (the maintainer's), and `sources`. An entry holds the values that share one ground:
{group, name, line (in the file), values: [{name, place, value, unit}], ground}; `unit` is null where there is none.
Grounds and sources are as `claims` says.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate, groupby
from typing import TYPE_CHECKING

from titrate.export.evidence import review as checklist_page
from titrate.export.evidence.claims import document, ground_words, named_sources, sources_of
from titrate.export.evidence.page import Cell, Page, Part, Section, Topic, cell
from titrate.export.evidence.values import entry_document, value_words
from titrate.model import SLOTS
from titrate.wording.phrases import amount, review_state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from titrate.evidence.claims import Source
    from titrate.evidence.review import Entry, File
    from titrate.model import Protocol

NOTHING = "-"
GROUND = "Where it comes from"
HELD = ("Each dose is held for these days before a rise; what a gate asks stands under Gates.",)


def protocol(
    read: Protocol,
    entries: tuple[Entry, ...],
    sources: Mapping[str, Source],
    *,
    review: bool = False,
    files: tuple[File, ...] = (),
) -> Topic:
    """Return the protocol's schedule, gates, slots, bands, tablets and rules, each number with its unit and its ground.

    With `review` the same numbers and those of `files`, which are signed with it, as a checklist, and how to sign.
    """
    grounds = [entry.ground for entry in entries]
    if review:
        grounds += [entry.ground for file in files for entry in file.entries]
    named = sources_of(grounds, sources)
    page = checklist_page.checklist(read, entries, files, named) if review else _page(read, entries, named)
    return Topic(
        page,
        document(
            "protocol",
            **{key: getattr(read, key) for key in ("id", "version", "title", "drug", "indication", "reviewed_by")},
            file=checklist_page.file_name(read),
            sha256=read.sha256,
            entries=[entry_document(entry, sources) for entry in entries],
            **(checklist_page.document_keys(read, files, sources) if review else {}),
            sources=named,
        ),
    )


def _page(read: Protocol, entries: tuple[Entry, ...], named: tuple[Source, ...]) -> Page:
    sections = [_section(read, group, tuple(these)) for group, these in groupby(entries, lambda entry: entry.group)]
    return Page(
        read.title,
        (
            review_state(read),
            f"File {checklist_page.file_name(read)}, sha256 {read.sha256}",
            checklist_page.TOOL_RULES,
        ),
        (*sections, named_sources(named)),
    )


def _section(read: Protocol, group: str, entries: tuple[Entry, ...]) -> Section:
    """A group as a table: the kinds that repeat have a column a value, all others one column for the value."""
    kind = entries[0].values[0].path[0]
    columns: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    if kind in {"step", "extension"}:
        return _climb(read, group, entries)
    if kind == "band":
        columns, rows = ("Band", "Kidney value, mL/min", "Usual target", "Ceiling"), _bands(read, entries)
    elif kind == "tablet":
        columns, rows = ("Tablet", "May be halved", "Supply shown"), [_tablet(entry) for entry in entries]
    elif kind == "slots":
        columns, rows = ("Slot", "Time"), [row for entry in entries for row in _slots(entry)]
    else:
        columns, rows = ("What", "Value"), [_single(entry) for entry in entries]
    return Section(group, (*columns, GROUND), tuple(rows))


def _climb(read: Protocol, group: str, entries: tuple[Entry, ...]) -> Section:
    first_days = accumulate((rung.hold_days for rung in read.ladder), initial=1)
    starts = dict(zip((rung.total for rung in read.ladder), first_days, strict=False))
    rows = []
    for entry in entries:
        values = {value.name: value for value in entry.values}
        total = sum((Decimal(values[slot].value) for slot in SLOTS if slot in values), Decimal(0))
        doses = (f"{values[slot].value} mg" if slot in values else NOTHING for slot in SLOTS)
        held = values["taken before a rise"]
        gate = cell(f"gate: {values['gate'].value}") if "gate" in values else ()
        rows.append(
            (
                (Part(f"Day {starts[total]}", "head"), *gate),
                *(cell(text) for text in (*doses, f"{amount(total)} mg", value_words(held))),
                _ground(entry),
            )
        )
    columns = ("From", *(slot.capitalize() for slot in SLOTS), "A day", "Held", GROUND)
    return Section(group, columns, tuple(rows), HELD)


def _bands(read: Protocol, entries: tuple[Entry, ...]) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    above: str | None = None
    for entry, band in zip(entries, read.bands, strict=True):
        low = amount(band.low)
        value = f"{low} and over" if above is None else f"under {above}" if not band.low else f"{low} to under {above}"
        above = low
        target, ceiling = (value_words(entry.values[index]) for index in (1, 2))
        slow = " (slow start)" if band.slow_start else ""
        rows.append((cell(band.name, "head"), cell(value), cell(target + slow), cell(ceiling), _ground(entry)))
    return rows


def _tablet(entry: Entry) -> tuple[Cell, ...]:
    strength, halves, supply = (value_words(value) for value in entry.values)
    return cell(strength, "head"), cell(halves), cell(supply), _ground(entry)


def _slots(entry: Entry) -> list[tuple[Cell, ...]]:
    return [(cell(value.name.capitalize(), "head"), cell(value_words(value)), _ground(entry)) for value in entry.values]


def _single(entry: Entry) -> tuple[Cell, ...]:
    return cell(entry.name, "head"), cell(value_words(entry.values[0])), _ground(entry)


def _ground(entry: Entry) -> Cell:
    why = [Part(f"{value.value[:1].upper()}{value.value[1:]}.") for value in entry.values if value.name == "why"]
    return (*why, Part(ground_words(entry.ground)))
