"""Medicines and illnesses as values: the classes and findings that each listed name raises.

Each `..._of` makes the values of validated files out of their tables.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from titrate.evidence.lexicon import EVERYDAY, Ask, Listed, Names, Spelling, listed, meanings, one_line, plain
from titrate.evidence.protocol import FindingText, finding_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Table = dict[str, Any]
GRAVITY = ("none", "caution", "confirm", "stop")


class MedicineClass(NamedTuple):
    """Medicines that matter for one reason.

    `finding` says what they raise, with {typed} for the medicine as typed; None where nothing is raised. `kidney_risk`: they
    can change kidney function, so that a blood test is old sooner. `brain` and `cns`: they count among medicines that act on
    the brain, and among those that depress it.
    """

    id: str
    name: str
    finding: FindingText | None
    kidney_risk: bool
    brain: bool
    cns: bool
    codes: tuple[str, ...]
    not_codes: tuple[str, ...]

    def has_code(self, code: str) -> bool:
        """Whether an ATC code, or any medicine of the group that it names, belongs to the class.

        A class that raises nothing takes no group that reaches beyond it.
        """
        if code.startswith(self.not_codes):
            return False
        reaches_beyond = any(own.startswith(code) for own in self.codes)
        return code.startswith(self.codes) or (self.finding is not None and reaches_beyond)


class LowDose(NamedTuple):
    """A medicine that belongs to another class when taken once a day in at most `most_mg`; `named`: the name of that dose."""

    most_mg: Decimal
    class_id: str
    named: str
    words: tuple[str, ...]


class Form(NamedTuple):
    """A form in which medicines raise nothing: those of `classes`, or all but those of `not_classes` and `not_medicines`."""

    words: tuple[str, ...]
    not_words: tuple[str, ...]
    classes: frozenset[str]
    not_classes: frozenset[str]
    not_medicines: frozenset[str]


class Implied(NamedTuple):
    """The illness that a medicine is almost only given for, by id; `reasons`: other ones, by id or by words in their names."""

    illness: str
    reasons: tuple[str, ...]


class Condition(NamedTuple):
    """An illness that matters, and the finding it raises, with {typed}; `stage`: the kidney band that its name claims."""

    id: str
    name: str
    finding: FindingText
    stage: str | None


class Formulary(NamedTuple):
    """The medicines that matter and those that raise nothing.

    `brain`: medicines that act on the brain, whatever their class says. `implies`: what some medicines are almost only given
    for. Both by plain name. `nitrate_with_pde5`: three groups, by generic name or id of a class.
    """

    classes: Mapping[str, MedicineClass]
    listed: Listed
    brain: frozenset[str]
    implies: Mapping[str, Implied]
    low_dose: Mapping[str, LowDose]
    forms: tuple[Form, ...]
    nitrate_with_pde5: tuple[frozenset[str], ...]


class Stages(NamedTuple):
    """How the stage of an illness is read that stands behind or before its name.

    `of` are the ids of such illnesses, the first without a stage, the last the worst; `words` say that a stage follows;
    `numbers` is the illness that each number makes of it, by plain spelling.
    """

    of: tuple[str, ...]
    words: frozenset[str]
    numbers: Mapping[str, str]


class Conditions(NamedTuple):
    """The illnesses that matter, by id, and the names of those and of the illnesses that raise nothing."""

    by_id: Mapping[str, Condition]
    listed: Listed
    stages: Stages


def conditions_of(data: Table, words: Table) -> Conditions:
    """Return the illnesses that the tables of conditions.toml say, read with the words of names.toml."""
    rows = data["condition"]
    lists = [f"{row['id']}: {', '.join((row['id'], row['name'], one_line(row['also'])))}" for row in rows]
    none = (f"{EVERYDAY}: {', '.join((heading, *names))}" for heading, names in meanings(data["none"]["names"]))
    # An illness has no form, salt or dose, and "iv" beside it is a stage.
    spelling = _spelling(words, data["ask"])._replace(
        passed=frozenset(listed(plain(data["words"]["passed"]))), amounts=False, salts=frozenset(), often=frozenset()
    )
    stages = data["stages"]
    return Conditions(
        {row["id"]: Condition(row["id"], row["name"], finding_text(row), row.get("stage")) for row in rows},
        Listed(Names((*lists, *none)), (row["id"] for row in rows), Names(()), spelling),
        Stages(
            listed(stages["of"]),
            frozenset(listed(plain(stages["words"]))),
            {plain(name): id for id, names in meanings(stages["numbers"]) for name in names},
        ),
    )


def formulary_of(data: Table, words: Table, everyday: Table, brands: Callable[[], Table]) -> Formulary:
    """Return the medicines that the tables of medicines.toml, names.toml and everyday.toml say; `brands` reads brands.toml."""
    lists = [f"{row['id']}: {', '.join(map(one_line, _class_lists(row)))}" for row in data["class"]]
    none = (f"{EVERYDAY}: {one_line(row['generic'])}" for row in everyday["group"])
    words_for_kinds = ", ".join(word for word, _ in meanings(everyday["class_words"]["names"]))
    products = (f"{EVERYDAY}: {one_line(row['products'])}" for row in words["no_effect_form"] if "products" in row)
    together = data["nitrate_with_pde5"]
    return Formulary(
        classes={row["id"]: _medicine_class(row) for row in data["class"]},
        listed=Listed(
            Names((*lists, *none, f"{EVERYDAY}: {words_for_kinds}", *products)),
            (row["id"] for row in data["class"]),
            Names(name_tables(words, everyday)),
            _spelling(words, words["ask"]),
            lambda: Names(brand_tables(loaded := brands(), everyday), loaded["whole_only"]),
            {row["id"]: GRAVITY.index(row["severity"]) for row in data["class"]},
        ),
        brain=frozenset(listed(plain(everyday["brain"]))),
        implies=dict(_implied(data)),
        low_dose={
            name: LowDose(Decimal(row["most_mg"]), row["class"], plain(row["named"]), listed(plain(row["words"])))
            for name, row in data["low_dose"].items()
        },
        forms=tuple(map(_form, words["no_effect_form"])),
        nitrate_with_pde5=tuple(frozenset(listed(together[key])) for key in ("nitrate", "pde5", "guanylate")),
    )


def _class_lists(row: Table) -> Iterator[str]:
    """The generic names of a class of medicines, and the words for it."""
    return (row[key] for key in ("generic", "also") if key in row)


def name_tables(words: Table, everyday: Table) -> tuple[str, ...]:
    """Return the tables of other names: synonyms, the names of other languages, combinations, words for a kind."""
    languages = [row["names"] for row in words["language"].values()]
    return (words["synonyms"]["names"], *languages, words["combinations"]["names"], everyday["class_words"]["names"])


def brand_tables(brands: Table, everyday: Table) -> tuple[str, ...]:
    """Return the tables of brand names."""
    classes = [table for kind in ("registers", "recalled") for key, table in brands[kind].items() if key != "cite"]
    groups = [row["brands"] for row in everyday["group"] if "brands" in row]
    return (*classes, brands["ambiguous"]["names"], *groups, everyday["combinations"]["names"])


def _implied(data: Table) -> Iterator[tuple[str, Implied]]:
    """Each medicine that is almost only given for one illness, and that illness."""
    of_classes = [
        (row.get("implies_only", row["generic"]), row["implies"]) for row in data["class"] if "implies" in row
    ]
    for names, illness in (*of_classes, *((row["medicines"], row["condition"]) for row in data["implied"])):
        implied = Implied(illness, listed(data["other_reasons"].get(illness, "")))
        for key in listed(plain(names)):
            yield key, implied


def _medicine_class(row: Table) -> MedicineClass:
    return MedicineClass(
        row["id"],
        row["name"],
        None if row["severity"] == "none" else finding_text(row),
        *(row.get(flag, False) for flag in ("kidney_risk", "brain", "cns")),
        *(tuple(code.lower() for code in listed(row.get(key, ""))) for key in ("atc", "not_atc")),
    )


def _spelling(words: Table, asks: Iterable[Table]) -> Spelling:
    kinds = {
        key: frozenset(listed(plain(words["words"][key])))
        for key in ("forms", "salts", "dose_words", "frequency", "connectors", "makers", "leftover", "often")
    }
    return Spelling(
        asks={
            plain(word): Ask(row["question"], listed(row.get("choices", "")))
            for row in asks
            for word in listed(row["words"])
        },
        passed=frozenset().union(*(words for key, words in kinds.items() if key not in ("leftover", "often"))),
        amounts=True,
        salts=kinds["salts"],
        often=kinds["often"],
        not_near=kinds["leftover"],
        sound_alikes=words["sound_alikes"]["pairs"],
        steps=tuple(map(tuple, words["spelling"]["steps"])),
        shortest=words["spelling"]["shortest"],
        acids=tuple(listed(plain(words["acids"][key])) for key in ("before", "ends", "german")),  # type: ignore[arg-type]
    )


def _form(row: Table) -> Form:
    classes, not_classes = (frozenset(listed(row.get(key, ""))) for key in ("classes", "not_classes"))
    words, not_words, medicines = (listed(plain(row.get(key, ""))) for key in ("forms", "not_forms", "not_medicines"))
    return Form(words, not_words, classes, not_classes, frozenset(medicines))
