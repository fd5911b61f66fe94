"""Where each value comes from that decides a dose or a warning, with its unit, its line and its ground.

`entries` tells a protocol's own file; `files` tells those beside it, which a prescriber signs with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple

from titrate.errors import BadInput, did_you_mean
from titrate.evidence import reader
from titrate.evidence.claims import Ground, Source
from titrate.evidence.forms import PROTOCOL
from titrate.evidence.grounds import EVIDENCE, parse
from titrate.evidence.shape import Path, check, line_of
from titrate.evidence.shelf import ground_of
from titrate.model import SLOTS, Protocol

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

EQUATION_TABLES = {"conversion": "Units of creatinine", "plausible": "Creatinine that is read at all"}
EQUATION_UNITS: dict[str | int, str] = {"umol_per_mg": "umol/L in 1 mg/dL", "age_from": "years"}
Told = tuple[str, Path, list["Value"]]  # the name of a table, where its cite stands, and its values


class Value(NamedTuple):
    """One value of a file: what it is called, where it stands in the file, and its unit ("" for none)."""

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


class File(NamedTuple):
    """A file that decides doses or warnings beside the protocol: `sha256` is that of its bytes."""

    name: str
    sha256: str
    entries: tuple[Entry, ...]


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
        line = line_of(text, values[0].path)
        made.append(Entry(group, what, tuple(values), ground_of(_at(data, path)["cite"], sources), line))
    return tuple(made)


def files(sources: Mapping[str, Source]) -> tuple[File, ...]:
    """Return the files that a signature covers beside the protocol's own, each with all that has a cite in it.

    The equations, what each finding says, the medicines (names are counted, not told) and the conditions.
    Raises BadInput if a file is damaged or names a quote that does not exist.
    """
    return (
        _file("kidney.toml", "Kidney equations", reader.equation_data, _equations, sources),
        _file("findings.toml", "What a finding says", reader.finding_data, _findings, sources),
        _file("medicines.toml", "Medicines", reader.medicine_data, _medicines, sources),
        _file("conditions.toml", "Conditions", reader.condition_data, _conditions, sources),
    )


def _file(
    name: str,
    group: str,
    read: Callable[[bytes, str, frozenset[str]], Mapping[str, Any]],
    tables: Callable[[Mapping[str, Any]], Iterator[Told]],
    sources: Mapping[str, Source],
) -> File:
    raw = (EVIDENCE / name).read_bytes()
    data, text = read(raw, name, frozenset(sources)), raw.decode()
    told = (
        Entry(f"{group} ({name})", what, tuple(values), _ground(_at(data, path), name, sources), line_of(text, path))
        for what, path, values in tables(data)
    )
    return File(name, sha256(raw).hexdigest(), tuple(told))


def _at(data: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    table: Any = data
    for key in path:
        table = table[key]
    return table  # type: ignore[no-any-return]


def _ground(row: Mapping[str, Any], name: str, sources: Mapping[str, Source]) -> Ground:
    cite = row["cite"]
    quotes = sources[cite["source"]].quotes
    if "quote" in cite and cite["quote"] not in quotes:
        raise BadInput(
            f"{name}: {cite['source']} has no quote {cite['quote']}{did_you_mean(cite['quote'], quotes)}; add it or mend it"
        )
    return ground_of(cite, sources)


def _equations(data: Mapping[str, Any]) -> Iterator[Told]:
    for key, row in data.items():
        numbers = [
            Value(", ".join(map(str, path)).replace("_", " "), (key, *path), number, EQUATION_UNITS.get(path[-1], ""))
            for path, number in _numbers(row, ())
        ]
        yield row.get("name") or EQUATION_TABLES[key], (key,), numbers


def _numbers(table: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, int | Decimal]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _numbers(value, (*path, key))
        elif isinstance(value, (int, Decimal)):
            yield (*path, key), value


def _findings(data: Mapping[str, Any]) -> Iterator[Told]:
    for key, row in data.items():
        yield key, (key,), _raised({"code": key, **row}, (key,), "short", "message")


def _medicines(data: Mapping[str, Any]) -> Iterator[Told]:
    yield "Codes", ("codes",), [Value("meaning", ("codes", "meaning"), data["codes"]["meaning"])]
    for index, row in enumerate(data["class"]):
        at: Path = ("class", index)
        counted = [
            Value("can change kidney function", (*at, "kidney_risk"), row.get("kidney_risk", False)),
            Value("names", (*at, "generic"), len(row["generic"]) + len(row.get("also", ()))),
            Value("codes", (*at, "atc"), len(row["atc"])),
        ]
        yield row["name"], at, [*_raised(row, at, "short"), *counted]
    for name, row in data["low_dose"].items():
        at = ("low_dose", name)
        most = Value("at most", (*at, "most_mg"), row["most_mg"], "mg")
        words = Value("or said as", (*at, "words"), ", ".join(row["words"]))
        yield f"Low dose of {name}", at, [Value("class", (*at, "class"), row["class"]), most, words]
    for key in ("synonyms", "combinations"):
        yield key.capitalize(), (key,), [Value("names", (key,), len(data[key].keys() - {"cite"}), "names")]
    lists = [Value(key, ("words", key), len(data["words"][key])) for key in ("plain", "often", "salts")]
    yield "Words that are passed over", ("words",), lists


def _conditions(data: Mapping[str, Any]) -> Iterator[Told]:
    for index, row in enumerate(data["condition"]):
        at: Path = ("condition", index)
        yield row["name"], at, [*_raised(row, at, "short"), Value("other names", (*at, "also"), len(row["also"]))]


def _raised(row: Mapping[str, Any], at: Path, *texts: str) -> list[Value]:
    """What a finding is called, how severe it is, and what it says."""
    names = {"short": "in one line", "message": "in full"}
    said = [Value(names[key], (*at, key), row[key]) for key in texts if key in row]
    return [*(Value(key, (*at, key), row[key]) for key in ("code", "severity")), *said]


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
