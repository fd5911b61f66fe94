"""What in an evidence file stands against something else in it, where each value alone is right: CONTRADICTIONS, by file."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from titrate.errors import did_you_mean
from titrate.evidence.formulary import formulary_of
from titrate.evidence.lexicon import MOST_WORDS, listed, meanings, parts, plain
from titrate.evidence.protocol import protocol_of
from titrate.evidence.reader import NEWEST_FILE
from titrate.model import GATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from titrate.evidence.places import Fault, Keys
    from titrate.model import Protocol

Table = dict[str, Any]
NAMES = ("medicines", "names", "everyday", "brands")


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
    classes = data["class"]
    harmless = {row["id"] for row in classes if row["severity"] == "none"}
    generics = {name for row in classes for name in listed(row.get("generic", ""))}
    raising = {name for row in classes if row["id"] not in harmless for name in listed(row.get("generic", ""))}
    for index, row in enumerate(classes):
        own = listed(row.get("generic", ""))
        if len({"short", "message"} & set(row)) != (0 if row["id"] in harmless else 2):
            yield ("class", index), "needs short and message if and only if it raises something"
        for name in sorted(raising.intersection(own) if row["id"] in harmless and "implies" not in row else ()):
            yield ("class", index), f"{name} raises something in one class and nothing in another; keep the first"
        for name in sorted({*listed(row.get("implies_only", ""))}.difference(own)):
            yield ("class", index, "implies_only"), f"{name} is no generic name of the class{did_you_mean(name, own)}"
        yield from _twice(("class", index), map(plain, (*own, *listed(row.get("also", "")))), "stands twice; keep one")
    yield from _twice(("class",), (row["id"] for row in classes), "stands twice; keep one")
    known = {*generics, *(row["id"] for row in classes)}
    for key in ("nitrate", "pde5", "guanylate"):
        for name in listed(data["nitrate_with_pde5"][key]):
            if name not in known:
                yield ("nitrate_with_pde5", key), f"{name} is no class and no generic name{did_you_mean(name, known)}"
    for name, row in data["low_dose"].items():
        if name not in generics or row["class"] not in harmless:
            yield ("low_dose", name), "needs a generic name and a class that raises nothing"


def _conditions(data: Table, _: str) -> Iterator[Fault]:
    rows = data["condition"]
    yield from _twice(("condition",), (row["id"] for row in rows), "stands twice; keep one")
    harmless = {plain(name) for heading, names in meanings(data["none"]["names"]) for name in (heading, *names)}
    raising = (
        name for row in rows for name in {plain(name) for name in (row["id"], row["name"], *listed(row["also"]))}
    )
    ids = {row["id"] for row in rows}
    for key, strays in (
        ("of", set(listed(data["stages"]["of"])) - ids),
        ("numbers", {id for id, _ in meanings(data["stages"]["numbers"])} - ids),
    ):
        for id in sorted(strays):
            yield ("stages", key), f"{id} is no illness{did_you_mean(id, ids)}"
    asked = {plain(word) for row in data["ask"] for word in listed(row["words"])}
    yield from _twice(("condition",), (*raising, *harmless, *asked), "names two illnesses; keep one")


def names_that_contradict(files: Mapping[str, Table]) -> Iterator[tuple[str, Fault]]:
    """Yield, with its file, each name of a medicine that means two things in the four files of names, or nothing at all."""
    medicines, words, everyday, brands = (files[f"{name}.toml"] for name in NAMES)
    formulary = formulary_of(medicines, words, everyday, lambda: brands)
    own = formulary.listed.own.targets
    raising = {
        plain(name)
        for row in medicines["class"]
        for name in (*listed(row.get("generic", "")), *listed(row.get("also", "")))
    }
    for row in everyday["group"]:
        for name in sorted(raising.intersection(map(plain, listed(row["generic"])))):
            yield "everyday.toml", (("group",), f"{name} stands in a class of medicines.toml too; keep that one")
    meaning: dict[str, frozenset[str]] = {key: frozenset({key}) for key in own}
    for file, place, table, class_id in _tables(words, everyday, brands):
        for target, names in meanings(table):
            generics = frozenset(map(plain, parts(target)))
            for part in sorted(generics - set(own)):
                yield file, (place, f"{part} is no name of a class or of everyday.toml{did_you_mean(part, own)}")
            if class_id and not any(class_id in formulary.listed.ids(name) for name in generics):
                yield file, (place, f"{target} is not of the class {class_id}")
            for name in names:
                if meaning.setdefault(plain(name), generics) != generics:
                    other = ", ".join(sorted(meaning[plain(name)]))
                    yield file, (place, f"{name} stands for {target} here and for {other} elsewhere; keep one")
    for name in sorted(formulary.listed.alone.difference(meaning)):
        yield "brands.toml", (("whole_only",), f"{name} is no brand")
    for low in formulary.low_dose.values():
        if low.named not in own:
            yield "medicines.toml", (("low_dose",), f"{low.named} is no name of a class or of everyday.toml")
    for pair in formulary.listed.sound_alikes:
        for name in sorted(pair.difference(meaning)):
            yield "names.toml", (("sound_alikes", "pairs"), f"{name} is not listed")
    for name in sorted(
        set(formulary.implies).union(formulary.brain, *(form.not_medicines for form in formulary.forms)) - set(own)
    ):
        yield "medicines.toml", ((), f"{name} is no name of a class or of everyday.toml{did_you_mean(name, own)}")
    for name in meaning:
        if len(name.split()) > MOST_WORDS:
            yield "names.toml", ((), f"{name} has more than {MOST_WORDS} words: nobody would find it")
        if not any(map(str.isalpha, name)):
            yield "names.toml", ((), f"{name} has no letter: a number is a dose; write the name whole")


def _tables(words: Table, everyday: Table, brands: Table) -> Iterator[tuple[str, Keys, str, str]]:
    """Each table of names: its file, its place, itself, and the class that it belongs to."""
    for key in ("synonyms", "combinations"):
        yield "names.toml", (key, "names"), words[key]["names"], ""
    for language, row in words["language"].items():
        yield "names.toml", ("language", language), row["names"], ""
    for kind in ("registers", "recalled"):
        for class_id, table in brands[kind].items():
            if class_id != "cite":
                yield "brands.toml", (kind, class_id), table, class_id
    yield "brands.toml", ("ambiguous", "names"), brands["ambiguous"]["names"], ""
    for index, row in enumerate(everyday["group"]):
        yield "everyday.toml", ("group", index, "brands"), row.get("brands", ""), ""
    for key in ("combinations", "class_words"):
        yield "everyday.toml", (key, "names"), everyday[key]["names"], ""


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


def _side_effects(data: Table, _: str) -> Iterator[Fault]:
    yield from _twice(("side_effect",), (row["id"] for row in data["side_effect"]), "stands twice; keep one")
    for index, row in enumerate(data["side_effect"]):
        if row["percent_from"] > row["percent_to"]:
            yield ("side_effect", index), "percent_from is above percent_to; mend one"


def _emergency(data: Table, _: str) -> Iterator[Fault]:
    for name in ("id", "number"):
        yield from _twice(
            ("emergency_number",), (row[name] for row in data["emergency_number"]), "stands twice; keep one"
        )


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
    "side_effects.toml": _side_effects,
    "emergency.toml": _emergency,
    "hazards.toml": _hazards,
}
