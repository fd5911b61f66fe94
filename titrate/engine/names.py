"""What a typed medicine or illness is: one rule for both, for every way in.

A name is read, or it is a near miss of a listed name, or nobody knows it: no list is complete, and nothing here says "safe".
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from titrate.engine.reading import AMOUNT, Part, read
from titrate.errors import BadInput, NearMiss
from titrate.evidence.lexicon import plain
from titrate.model import OTHER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from titrate.evidence.formulary import (
        Condition,
        Conditions,
        Form,
        Formulary,
        Implied,
        LowDose,
        MedicineClass,
    )
    from titrate.evidence.lexicon import Listed

LONGEST = 60  # words of one name
MOST_COMPARED = 16  # parts and words of a name that are compared with those in the list
NONE = frozenset(
    {"none", "no", "nil", "nothing", "keine", "kein", "nichts", "aucun", "aucune", "rien", "ninguno", "ninguna"}
)
IN_MG = {"mg": Decimal(1), "milligram": Decimal(1), "g": Decimal(1000), "gram": Decimal(1000)}
# The levels of an ATC code from the third on; a code cut short names a group.
CODE = re.compile(r"[a-v]\d\d[a-z](?:[a-z]\d{0,2})?")


class Recognised(NamedTuple):
    """What a typed name was found to be.

    `names` are the listed names found in it, plainly spelled, and `taken_for` the same for a reader. `classes` are those of
    its medicines and `conditions` its illnesses, in the list's order: none hides another. `unknown` are the parts that nobody
    knows. `brain`, `cns`: the medicines in it that act on the brain, and that depress it. `implied`: what each of some is
    almost only given for. `groups`: the numbers of those groups that must not meet, see `Formulary.nitrate_with_pde5`.
    """

    typed: str
    names: tuple[str, ...]
    taken_for: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    classes: tuple[MedicineClass, ...] = ()
    conditions: tuple[Condition, ...] = ()
    brain: tuple[str, ...] = ()
    cns: tuple[str, ...] = ()
    implied: tuple[Implied, ...] = ()
    groups: frozenset[int] = frozenset()

    @property
    def kidney_risk(self) -> bool:
        """Whether it can change kidney function."""
        return any(matters.kidney_risk for matters in self.classes)

    @property
    def kidney_failure(self) -> bool:
        """Whether an illness in it says that the kidneys have failed."""
        return any(condition.finding.code == "kidney-failure" for condition in self.conditions)


def names_in(texts: Iterable[str], fact: str) -> tuple[str, ...]:
    """Return all names in the texts that were given for a fact, parted by commas, semicolons or lines; `none` alone gives none.

    Raises BadInput for an empty text, for a name of more than 60 words, and for `none` beside a name.

    >>> names_in(["codeine, haloperidol 2,5 mg; N05BA01"], "taking"), names_in(["Keine"], "taking")
    (('codeine', 'haloperidol 2,5 mg', 'N05BA01'), ())
    """
    names: list[str] = []
    for text in texts:
        parts = [part.strip() for part in re.split(r"[;\r\n]|,(?!\d)|(?<!\d),", text)]
        if not any(parts):
            raise BadInput(fact, "the name is empty", "give a name, or none")
        if any(len(re.findall(r"[^\W_]+", part)) > LONGEST for part in parts):
            raise BadInput(fact, "one name is too long to be read", "give each name alone, parted by commas")
        names += filter(None, parts)
    named = [name for name in names if plain(name) not in NONE]
    if named and len(named) < len(names):
        raise BadInput(fact, "none and {typed} contradict each other", "leave one out", typed=named[0])
    return tuple(named)


def recognise(formulary: Formulary, typed: str) -> Recognised:
    """Return what a typed medicine is: a generic name, synonym, brand, combination, ATC code or word for a kind."""
    listed = formulary.listed

    def is_code(word: str) -> bool:
        return bool(CODE.fullmatch(word)) and any(matters.has_code(word) for matters in formulary.classes.values())

    parts = _parts(listed, typed, is_code)
    found = {name: ids for part in parts for name, ids in _class_ids(formulary, part).items()}
    codes = tuple(code for part in parts for code in part.codes)
    by_code = {id: matters for id, matters in formulary.classes.items() if any(map(matters.has_code, codes))}
    medicines = {
        **{listed.own_name(name): ids for name, ids in found.items()},
        **{code: set(by_code) for code in codes},
    }
    ids = {id for classes in medicines.values() for id in classes}
    classes = tuple(matters for id, matters in formulary.classes.items() if id in ids)
    in_brain = {listed.own_name(name) for name in formulary.brain.intersection(found)}
    matter = {flag: {one.id for one in classes if getattr(one, flag)} for flag in ("brain", "cns")}
    return Recognised(
        typed,
        tuple(found),
        (*map(listed.own_name, found), *(matters.name for matters in by_code.values())),
        _unknown(parts),
        classes,
        brain=tuple(name for name, ids in medicines.items() if name in in_brain or ids & matter["brain"]),
        cns=tuple(name for name, ids in medicines.items() if ids & matter["cns"]),
        implied=tuple(dict.fromkeys(formulary.implies[name] for name in found if name in formulary.implies)),
        groups=frozenset(number for number, group in enumerate(formulary.nitrate_with_pde5) if group & {*found, *ids}),
    )


def recognise_condition(conditions: Conditions, typed: str) -> Recognised:
    """Return what a typed illness is."""
    listed = conditions.listed
    parts = (*_with_stages(conditions, _parts(listed, typed, lambda _: False)),)
    names = tuple(dict.fromkeys(name for part in parts for name in part.names))
    ill = {id: conditions.by_id[id] for name in names for id in listed.ids(name)}
    harmless = (listed.own_name(name) for name in names if not listed.ids(name))
    named = [id for id in conditions.stages.of if id in ill]
    lesser = named[:-1]  # the worst stage that is named says what the others do
    return Recognised(
        typed,
        names,
        (*(condition.name for condition in ill.values()), *harmless),
        _unknown(parts),
        conditions=tuple(condition for id, condition in conditions.by_id.items() if id in ill and id not in lesser),
    )


def _with_stages(conditions: Conditions, parts: Iterable[Part]) -> Iterator[Part]:
    """The parts with what nobody knows in them read as the stage of their illness, where they name one and nothing else."""
    listed, stages = conditions.listed, conditions.stages
    staged = False
    for part in parts:
        if part.names:  # a part without a name says more of the one before: CKD 3b/4
            staged = all({*listed.ids(name)} & {*stages.of} for name in part.names)
        if not staged:
            yield part
            continue
        found: list[str] = []
        unknown: list[str] = []
        for run in part.unknown:
            words = [word for word in re.split(r"[ /.,]+", run) if word not in stages.words]
            known = part.names and all({*listed.ids(name)} & {*stages.of[1:]} for name in part.names)
            if (words or known) and all(word in stages.numbers for word in words):
                found += (plain(stages.numbers[word]) for word in words)
            else:
                unknown.append(run)
        names = [name for name in part.names if not found or stages.of[0] not in listed.ids(name)]
        yield part._replace(names=(*names, *found), unknown=tuple(unknown))


def check(listed: Listed, recognised: Recognised, fact: str) -> None:
    """Raise BadInput unless a name is clear: where it means too much, and where it is a near miss of a listed name."""
    if not recognised.unknown or _is_other(recognised.typed):
        return
    if ask := listed.spelling.asks.get(plain(recognised.typed)):
        choices = f" ({' or '.join(ask.choices)})" if ask.choices else ""
        raise BadInput(
            fact, "{typed}: it can be more than one thing", f"{ask.question}{choices}", typed=recognised.typed
        )
    if near := suggestions(listed, recognised):
        todo = f"did you mean {{near}}? Write it so, or {OTHER}{{typed}} if it is another one"
        raise NearMiss(fact, "{typed} is not in our list", todo, name=recognised.typed, near=near)


def suggestions(listed: Listed, recognised: Recognised) -> tuple[str, ...]:
    """Return the listed names that the unknown parts of a name resemble, as they are written, best first."""
    from titrate.engine.near_miss import near  # only where something is unknown

    whole = plain(recognised.typed)
    if whole.split(" ")[0] in NONE:  # no medicines
        return ()
    words = [word for part in recognised.unknown for word in (part, *part.split()) if word not in NONE][:MOST_COMPARED]
    left = any(
        word in listed.spelling.not_near or not word.isalpha() for part in recognised.unknown for word in part.split()
    )
    texts = words if recognised.names and left else (whole, *words)
    found = near(listed, texts, beside_known=bool(recognised.names))
    return tuple(listed.spelled[key] for key in found)


def _parts(listed: Listed, typed: str, is_code: Callable[[str], bool]) -> tuple[Part, ...]:
    """The parts of a typed name; where nothing stands in it, and where it is said to be another one, the whole is unknown."""
    name = typed.strip()
    if plain(name) in listed.spelling.asks:
        return (Part((), unknown=(name,)),)
    other = _is_other(name)
    parts = read(listed, name[len(OTHER) :] if other else name, is_code, exact=other)
    nothing = not any(part.names or part.codes or part.unknown for part in parts)
    return (*(part._replace(unknown=()) for part in parts), Part((), unknown=(name,))) if other or nothing else parts


def _is_other(typed: str) -> bool:
    return typed.strip().casefold().startswith(OTHER)


def _unknown(parts: tuple[Part, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(run for part in parts for run in part.unknown))


def _class_ids(formulary: Formulary, part: Part) -> dict[str, set[str]]:
    """The classes of each medicine in one part, none where its form raises nothing; nobody knows which of several has it."""
    low = _low_dose(formulary, part)
    harmless = [form for form in formulary.forms if part.one and _has_form(form, part.words)]
    found = {}
    for name in dict.fromkeys(part.names):
        if not low and len(part.names) == 1:  # low-dose aspirin four times a day is aspirin
            name = _named_low(formulary, name) or name  # noqa: PLW2901
        ids = {low.class_id} if low else {*formulary.listed.ids(name)}
        found[name] = set() if any(_raises_nothing(form, name, ids) for form in harmless) else ids
    return found


def _has_form(form: Form, words: tuple[str, ...]) -> bool:
    text = f" {' '.join(words)} "
    return any(f" {word} " in text for word in form.words) and not any(f" {word} " in text for word in form.not_words)


def _raises_nothing(form: Form, name: str, classes: set[str]) -> bool:
    """Whether a medicine raises nothing in that form: all its classes are such, or none is one that raises all the same."""
    if form.classes:
        return classes <= form.classes
    return not classes & form.not_classes and name not in form.not_medicines


def _named_low(formulary: Formulary, name: str) -> str | None:
    """The medicine of whose low dose a name speaks: of low-dose aspirin, aspirin."""
    return next((whole for whole, low in formulary.low_dose.items() if low.named == name), None)


def _low_dose(formulary: Formulary, part: Part) -> LowDose | None:
    """The low dose that the part's one medicine is taken in, if the part says so and nothing else."""
    if len(part.names) != 1:
        return None
    name = part.names[0]
    named = _named_low(formulary, name)
    low = formulary.low_dose.get(named or name)
    if low is None or formulary.listed.spelling.often.intersection(part.words):
        return None
    amounts = [found for word in part.words if (found := AMOUNT.fullmatch(word)) and word != "1"]
    if not amounts:
        text = f" {' '.join(part.words)} "
        return low if named or any(f" {words} " in text for words in low.words) else None
    number, unit = amounts[0].groups()
    if not unit:
        after = part.words[part.words.index(amounts[0][0]) + 1 :]
        unit = after[0] if after else ""
    # Aspirin Cardio 100 says mg without saying so; the 2 of "baby aspirin 2" is how many.
    factor = Decimal(1) if named and not unit and len(number) > 1 else IN_MG.get(unit.rstrip("s"))
    if len(amounts) > 1 or factor is None or not re.fullmatch(r"\d+(?:[.,]\d+)?", number):
        return None
    return low if Decimal(number.replace(",", ".")) * factor <= low.most_mg else None
