"""A protocol with the ground of each of its values, to read; and as a checklist that a reviewer ticks and signs.

The JSON document (`Topic.document`), keys in this order: `schema` ("titrate/evidence/1"), `topic` ("protocol"), `id`,
`version`, `title`, `drug`, `indication`, `reviewed_by`, `file`, `sha256` (of the file, byte for byte), `entries`, with
`--review` `how_to_sign` (sentences), and `sources`. An entry holds the values that share one ground:
{group, name, line (in the file), values: [{name, place, value, unit}], ground}; `unit` is null where there is none.
Grounds and sources are as `topics` says.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Any

from titrate.export.page import Cell, Check, Checklist, Page, Part, Section, Signature, Topic, cell
from titrate.export.phrases import amount
from titrate.export.topics import READ_KEY, document, ground_document, ground_words, named_sources, sources_of
from titrate.model import SLOTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from titrate.claims import Source
    from titrate.protocol import Protocol
    from titrate.provenance import Entry, Value

NOTHING = "-"
GROUND = "Where it comes from"
HELD = ("Each dose is held for these days before a rise; what a gate asks stands under Gates.",)
TOOL_RULES = (
    "A tool rule was decided by this project; it names the sources of the facts that it derives from, "
    "and is never what the literature says."
)


def protocol(
    read: Protocol, entries: tuple[Entry, ...], sources: Mapping[str, Source], *, review: bool = False
) -> Topic:
    """Return the protocol's schedule, gates, slots, bands, tablets and rules, each number with its unit and its ground.

    With `review` the same numbers as a checklist, and how to sign.
    """
    named = sources_of((entry.ground for entry in entries), sources)
    sign = _how_to_sign(read) if review else ()
    page = _checklist(read, entries, named, sign) if review else _page(read, entries, named)
    return Topic(
        page,
        document(
            "protocol",
            **{key: getattr(read, key) for key in ("id", "version", "title", "drug", "indication", "reviewed_by")},
            file=file_name(read),
            sha256=read.sha256,
            entries=[
                {
                    "group": entry.group,
                    "name": entry.name,
                    "line": entry.line,
                    "values": [_value_document(value) for value in entry.values],
                    "ground": ground_document(entry.ground, sources),
                }
                for entry in entries
            ],
            **({"how_to_sign": list(sign)} if review else {}),
            sources=named,
        ),
    )


def file_name(read: Protocol) -> str:
    """Return the name of the released file."""
    return f"{read.id}-{read.version}.toml"


def _page(read: Protocol, entries: tuple[Entry, ...], named: tuple[Source, ...]) -> Page:
    sections = [_section(read, group, tuple(these)) for group, these in groupby(entries, lambda entry: entry.group)]
    return Page(
        read.title,
        (
            f"Protocol {read.id} {read.version}: {read.reviewed_by}.",
            f"File {file_name(read)}, sha256 {read.sha256}",
            TOOL_RULES,
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
                *(cell(text) for text in (*doses, f"{amount(total)} mg", said(held))),
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
        target, ceiling = (said(entry.values[index]) for index in (1, 2))
        slow = " (slow start)" if band.slow_start else ""
        rows.append((cell(band.name, "head"), cell(value), cell(target + slow), cell(ceiling), _ground(entry)))
    return rows


def _tablet(entry: Entry) -> tuple[Cell, ...]:
    strength, halves, supply = (said(value) for value in entry.values)
    return cell(strength, "head"), cell(halves), cell(supply), _ground(entry)


def _slots(entry: Entry) -> list[tuple[Cell, ...]]:
    return [(cell(value.name.capitalize(), "head"), cell(said(value)), _ground(entry)) for value in entry.values]


def _single(entry: Entry) -> tuple[Cell, ...]:
    return cell(entry.name, "head"), cell(said(entry.values[0])), _ground(entry)


def _ground(entry: Entry) -> Cell:
    why = [Part(f"{value.value[:1].upper()}{value.value[1:]}.") for value in entry.values if value.name == "why"]
    return (*why, Part(ground_words(entry.ground)))


def said(value: Value) -> str:
    """Return a value with its unit, as a reader says it."""
    if isinstance(value.value, bool):
        return "yes" if value.value else "no"
    if isinstance(value.value, str):
        return value.value.replace("{present} mg a day", "the present dose")
    number = amount(Decimal(value.value))
    return f"{number} ({value.unit})" if value.unit.startswith("a ") else f"{number} {value.unit}".rstrip()


def _checklist(read: Protocol, entries: tuple[Entry, ...], named: tuple[Source, ...], sign: tuple[str, ...]) -> Page:
    count = sum(len(entry.values) for entry in entries)
    checks = [
        Checklist(group, tuple(_check(entry) for entry in these))
        for group, these in groupby(entries, lambda entry: entry.group)
    ]
    return Page(
        f"Review of protocol {read.id} {read.version}",
        (
            f"{read.title}: {read.reviewed_by}.",
            f"File {file_name(read)}, sha256 {read.sha256}",
            f"{count} values to compare, each with its quote or rule; tick what is right, and write beside what is not.",
            TOOL_RULES,
        ),
        (
            *checks,
            named_sources(named),
            Section("How each source was read", lead=READ_KEY),
            Signature("Signed", ("Name", "Profession", "Date", "Signature")),
            Section("How to sign", lead=sign),
        ),
    )


def _check(entry: Entry) -> Check:
    alone = len(entry.values) == 1
    boxes = tuple(said(value) if alone else f"{value.name}: {said(value)}" for value in entry.values)
    return Check(f"{entry.name} (line {entry.line})", ground_words(entry.ground), boxes)


def _how_to_sign(read: Protocol) -> tuple[str, ...]:
    year, _, number = read.version.partition(".")
    later = f"{int(year) + 1}.01" if number == "12" else f"{year}.{int(number) + 1:02}"
    return (
        "1. Compare every value above with its ground. Keep this page: the sha256 names the file that was compared.",
        (
            f"2. A released file is never edited. Copy titrate/evidence/protocols/{file_name(read)} to a new file "
            f"there, such as {read.id}-{later}.toml, and write its version in it."
        ),
        (
            "3. In the new file mend what is wrong, each with its cite, and set "
            'reviewed_by = "NAME, PROFESSION, YEAR-MONTH-DAY".'
        ),
        (
            "4. Name the new version in NEWEST in titrate/library.py, and write it under Clinical in CHANGELOG.md. "
            "Plans that were made before keep the version that they name."
        ),
    )


def _value_document(value: Value) -> dict[str, Any]:
    place = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in value.path).lstrip(".")
    return {"name": value.name, "place": place, "value": value.value, "unit": value.unit or None}
