"""Where each value of a protocol comes from: every number in its file, with its unit, its line and its ground."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from titrate.claims import Ground, Source
from titrate.forms import PROTOCOL
from titrate.grounds import parse
from titrate.model import SLOTS
from titrate.protocol import Protocol
from titrate.shape import Path, check, line_of
from titrate.shelf import ground_of

# The rules in the order and the words in which a reviewer meets them; the numbers and their units stand in the protocol file.
RULES = {
    "The dose, its changes and its end": {
        "cap_mg_per_day": "Most that is ever planned",
        "rise_mg": "One rise",
        "fall_mg": "One planned fall",
        "fall_days": "Between two planned falls, at least",
        "taper_last_days": "Last dose of a step-down, taken for",
        "check_in_days": "Check-in after a step-down",
        "slow_start_days": "First dose of a slow start, taken for",
        "review_days": "Review whether it helps",
        "default_days": "Length of a plan unless asked otherwise",
        "longest_days": "Longest plan",
        "slot_gap_hours": "Between two doses, at least",
        "high_target_above": "Caution: high target, above",
        "large_fall_mg": "Caution: large fall in one day, above",
    },
    "Kidney function": {
        "egfr_highest": "Highest eGFR that is read",
        "exposure_caution_below": "Caution: the same dose acts more strongly, below",
        "near_cut_off": "Caution: near a cut-off, within",
        "older_kidney_below": "Older people: a prescriber must confirm, below",
        "age_matters_below": "Age not given: a prescriber must confirm, below",
        "weight_needed_age": "Creatinine clearance is needed, from",
        "test_old_days": "A blood test is old after",
        "test_old_days_at_risk": "With a medicine that acts on the kidneys, after",
        "kidney_fall_one_in": "Urgent: a fall of the kidney value",
    },
    "Who it is for": {
        "adult_age": "Adults, from",
        "oldest_age": "Highest age that is read",
        "older_age": "Older people, from",
        "weight_lowest": "Lowest weight that is read",
        "weight_highest": "Highest weight that is read",
        "start_far_days": "Caution: a start further away than",
    },
    "Living with it": {
        "watch_days": "Watch closely after each increase, for",
        "missed_skip_hours": "Missed dose: skip it when the next is due in less than",
        "missed_all_hours": "All doses missed: call after",
        "missed_evenings": "On one dose a day: call after missing",
    },
}


class Value(NamedTuple):
    """One value of a protocol: what it is called, where it stands in the file, and its unit ("" for none)."""

    name: str
    path: Path
    value: Any
    unit: str = ""


class Entry(NamedTuple):
    """The values that share one ground, and the line of the file on which they begin."""

    group: str
    name: str
    values: tuple[Value, ...]
    ground: Ground
    line: int


def entries(protocol: Protocol, sources: Mapping[str, Source]) -> tuple[Entry, ...]:
    """Return every value of the protocol's file, grouped by ground, in the order of the file.

    Raises BadInput, naming every fault, if a cite names a source or a quote that does not exist: a plan itself is made
    without reading the quotes.
    """
    text = protocol.raw.decode()
    name = f"{protocol.id}-{protocol.version}.toml"
    data = parse(protocol.raw, name)
    quotes = {id: frozenset(source.quotes) for id, source in sources.items()}
    check(data, PROTOCOL, file=name, text=text, sources=frozenset(sources), quotes=quotes)
    made = []
    for group, what, path, values in _tables(data):
        table: Any = data
        for key in path:
            table = table[key]
        line = line_of(text, values[0].path)
        made.append(Entry(group, what, tuple(values), ground_of(table["cite"], sources), line))
    return tuple(made)


def _tables(data: Mapping[str, Any]) -> Iterator[tuple[str, str, Path, list[Value]]]:
    """Each table that has a cite: its group, its name, its path, and its values."""
    for index, row in enumerate(data["step"]):
        at: Path = ("step", index)
        first = Value("first day", (*at, "first_day"), row["first_day"])
        yield "The climb", f"Step {index + 1}", at, [first, *_climb(row, at)]
    for index, row in enumerate(data["extension"]):
        at = ("extension", index)
        total = sum(row["doses_mg"].values())
        yield "Above the last step, only when a target asks for it", f"{total} mg a day", at, _climb(row, at)
    for name, row in data["gates"].items():
        yield "Gates", f"Gate: {name}", ("gates", name), [Value("text", ("gates", name, "text"), row["text"])]
    slots = [Value(slot, ("slots", slot), data["slots"][slot]) for slot in SLOTS]
    yield "Times of day", "Slots", ("slots",), slots
    for index, row in enumerate(data["band"]):
        at = ("band", index)
        yield (
            "Kidney bands",
            f"Band {row['name']}",
            at,
            [
                Value("from", (*at, "from"), row["from"], "mL/min"),
                Value("usual target", (*at, "default_target_mg"), row["default_target_mg"], "mg a day"),
                Value("ceiling", (*at, "ceiling_mg"), row["ceiling_mg"], "mg a day"),
                Value("slow start", (*at, "slow_start"), row["slow_start"]),
                Value("why", (*at, "why"), row["why"]),
            ],
        )
    for index, row in enumerate(data["tablet"]):
        at = ("tablet", index)
        strength = Value("strength", (*at, "mg"), row["mg"], "mg")
        halves = Value("may be halved", (*at, "halves"), row["halves"])
        supply = Value("supply is always shown", (*at, "supply"), row["supply"])
        yield "Tablets", f"Tablet of {row['mg']} mg", at, [strength, halves, supply]
    for group, names in RULES.items():
        for name, words in names.items():
            row = data["rules"][name]
            value = Value(name, ("rules", name, "value"), row["value"], row["unit"])
            yield group, words, ("rules", name), [value]


def _climb(row: Mapping[str, Any], at: Path) -> list[Value]:
    doses = [Value(slot, (*at, "doses_mg", slot), mg, "mg") for slot, mg in row["doses_mg"].items()]
    held = Value("taken before a rise", (*at, "hold_days"), row["hold_days"], "days")
    gate = [Value("gate", (*at, "gate"), row["gate"])] if "gate" in row else []
    return [*doses, held, *gate]
