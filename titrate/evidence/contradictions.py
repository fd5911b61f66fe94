"""What in an evidence file stands against something else in it, where each value alone is right: CONTRADICTIONS, by file."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from titrate.errors import did_you_mean
from titrate.evidence.formulary import names_of, other_names, plain
from titrate.evidence.protocol import protocol_of
from titrate.evidence.reader import NEWEST_FILE
from titrate.model import GATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from titrate.evidence.places import Fault, Keys
    from titrate.model import Protocol

Table = dict[str, Any]


def _protocol(data: Table, name: str) -> Iterator[Fault]:
    if name != f"protocols/{data['id']}-{data['version']}.toml":
        yield ("version",), f"{data['id']} {data['version']} is not what the file is called; rename one"
    steps = [((kind, index, "gate"), row) for kind in ("step", "extension") for index, row in enumerate(data[kind])]
    strays = [(place, row["gate"]) for place, row in steps if "gate" in row and row["gate"] not in data["gates"]]
    for place, gate in strays:
        yield place, f"gate {gate} is not under [gates]{did_you_mean(gate, data['gates'])}"
    if not strays and name == NEWEST_FILE:  # an older one is never edited, and leaves out what is new since
        yield from _twice(("rules",), (row["label"] for row in data["rules"].values()), "labels two rules; reword one")
        yield from _protocol_numbers(protocol_of(data, b""), [row["first_day"] for row in data["step"]])


def _protocol_numbers(protocol: Protocol, first_days: list[int]) -> Iterator[Fault]:
    """Yield what in a protocol contradicts itself; `first_days` are the days on which its steps begin."""
    rules, ladder, bands = protocol.rules, protocol.ladder, protocol.bands
    totals = [rung.total for rung in ladder]
    lows = [band.low for band in bands]
    starts = [*accumulate((rung.hold_days for rung in ladder[: len(first_days) - 1]), initial=1)]
    if first_days != starts:
        yield ("step",), f"first days {first_days} are not what the hold days give, {starts}; mend one"
    if totals != [rules.rise_mg * (index + 1) for index in range(len(totals))]:
        yield ("step",), f"each rise must be {rules.rise_mg} mg; the doses are {', '.join(map(str, totals))}"
    if totals[-1] != rules.cap_mg_per_day:
        yield ("extension",), f"the last dose {totals[-1]} mg is not the cap {rules.cap_mg_per_day} mg; mend one"
    if lows != sorted(set(lows), reverse=True) or lows[-1] != 0:
        yield ("band",), "must fall from the highest to one from 0"
    if lows[0] != rules.exposure_caution_below:
        yield ("band", 0), f"must begin at {rules.exposure_caution_below}, where exposure rises; mend one"
    for index, band in enumerate(bands):
        if not {band.default_target, band.ceiling} <= {0, *totals} or band.default_target > band.ceiling:
            yield ("band", index), "target and ceiling must be doses of the ladder, the target not above the ceiling"
        if bool(band.default_target) != bool(band.ceiling):
            yield ("band", index), "target and ceiling must both be 0, or neither"
        if index and band.ceiling > bands[index - 1].ceiling:
            yield ("band", index), "a weaker kidney cannot have a higher ceiling"
    yield from _twice(("band",), (band.name for band in bands), "stands twice; rename one")
    yield from _twice(("tablet",), (f"{tablet.mg:f} mg" for tablet in protocol.tablets), "stands twice; leave one out")
    for gate in dict.fromkeys(rung.gate for rung in ladder if rung.gate):
        if "{" in gate.text.replace("{present}", ""):
            yield ("gates", gate.name), "only {present} may stand in braces; mend the text"
        if gate.name not in GATES:
            yield ("gates", gate.name), f"the program does not know such a gate; name it {' or '.join(GATES)}"


def _medicines(data: Table, _: str) -> Iterator[Fault]:
    classes, others = data["class"], other_names(data)
    harmless = {row["id"] for row in classes if row["severity"] == "none"}
    generics = {name for row in classes for name in row["generic"]}
    class_names = {*generics, *(name for row in classes for name in row.get("also", ()))}
    raising = {name for row in classes if row["id"] not in harmless for name in row["generic"]}
    for index, row in enumerate(classes):
        if len({"short", "message"} & set(row)) != (0 if row["id"] in harmless else 2):
            yield ("class", index), "needs short and message if and only if it raises something"
        for name in sorted(raising.intersection(row["generic"]) if row["id"] in harmless else ()):
            yield ("class", index), f"{name} raises something in one class and nothing in another; keep the first"
    yield from _twice(("class",), (row["id"] for row in classes), "stands twice; keep one")
    for name, parts in others.items():
        place = ("synonyms" if name in data["synonyms"] else "combinations", name)
        for part in sorted({*parts} - generics):
            yield place, f"{part} is no generic name of a class{did_you_mean(part, generics)}"
        if name in class_names:
            yield place, "is a name of a class already; take one out"
    for name, row in data["low_dose"].items():
        if name not in generics or row["class"] not in harmless:
            yield ("low_dose", name), "needs a generic name and a class that raises nothing"
    known = {plain(name) for name in (*class_names, *others)}
    for kind in ("plain", "often", "salts"):
        for name in sorted(known.intersection(data["words"][kind])):
            yield ("words", kind), f"{name} is the name of a medicine; it cannot be passed over"


def _conditions(data: Table, _: str) -> Iterator[Fault]:
    rows = data["condition"]
    yield from _twice(("condition",), (row["id"] for row in rows), "stands twice; keep one")
    names = (name for row in rows for name in {plain(name) for name in names_of(row)})
    yield from _twice(("condition",), names, "names two conditions; keep one")


def _therapies(data: Table, name: str) -> Iterator[Fault]:
    ids = [row["id"] for row in data["therapy"]]
    for index, row in enumerate(data["claim"]):
        if row["therapy"] not in ids:
            yield ("claim", index), f"therapy {row['therapy']} is not listed{did_you_mean(row['therapy'], ids)}"
    yield from _grades(data, name)


def _grades(data: Table, _: str) -> Iterator[Fault]:
    for kind, rows in data.items():
        for index, row in enumerate(rows):
            if "grade" in row and (row["grade"] == "confirmed") == ("reason" in row):
                yield (kind, index), "needs a reason if and only if it is not confirmed"
            if row.get("grade") == "disputed" and not {"grade_from", "said_at"} & row.keys():
                yield (kind, index), "is disputed; add in grade_from which source says otherwise"


def _hazards(data: Table, _: str) -> Iterator[Fault]:
    yield from _twice(("hazard",), (row["id"] for row in data["hazard"]), "stands twice; keep one")


def _twice(place: Keys, names: Iterable[str], what: str) -> Iterator[Fault]:
    """Each name that stands twice or more, and what is wrong with that."""
    return ((place, f"{name} {what}") for name, count in Counter(names).items() if count > 1)


CONTRADICTIONS: dict[str, Callable[[Table, str], Iterator[Fault]]] = {
    "protocols": _protocol,
    "medicines.toml": _medicines,
    "conditions.toml": _conditions,
    "therapies.toml": _therapies,
    "trials.toml": _grades,
    "questions.toml": _grades,
    "next_steps.toml": _grades,
    "hazards.toml": _hazards,
}
