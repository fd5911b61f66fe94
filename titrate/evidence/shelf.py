"""The reader of the rest of the evidence: medicines, conditions, treatments, studies, questions, sources."""

from __future__ import annotations

from functools import lru_cache
from string import Formatter
from typing import TYPE_CHECKING, Any

from titrate.errors import BadInput, did_you_mean
from titrate.evidence.claims import Claim, Ground, Question, ReasonToTry, Source, Therapy, Trial
from titrate.evidence.formulary import Condition, Formulary, formulary, listed, other_names, plain
from titrate.evidence.grounds import EVIDENCE, cited, parse
from titrate.evidence.shape import CITE, TOOL, Flag, Many, Number, Rows, Table, Text, check

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

GRADES = ("confirmed", "disputed", "not confirmed")
RAISED = ("stop", "confirm", "caution")
SHORT = 90  # characters that fit one line of a terminal beside the severity

ID = Text(pattern="[a-z0-9-]+")
CODE = Text(pattern=r"[A-Z]\d\d([A-Z]([A-Z](\d\d)?)?)?")
WORDS = Many(Text(), least=1)
REASON = frozenset({"reason"})
GRADED = {"grade": Text(GRADES), "reason": Text(), "cite": CITE}
SOURCE = {"title": Text(), "where": Text(), "read": Text(("V1", "V2", "recalled"))}
SAID = dict.fromkeys(("name", "short", "message"), Text())
FINDING = {"id": ID, "code": ID, **SAID, "also": Many(Text()), "cite": CITE}
CLASS = Table(
    {
        **FINDING,
        "severity": Text((*RAISED, "none")),
        "kidney_risk": Flag(),
        "atc": Many(CODE),
        "not_atc": Many(CODE),
        "generic": Many(Text()),
    },
    optional=frozenset({"kidney_risk", "short", "message", "not_atc", "also"}),
)
LOW_DOSE = Table({"class": ID, "most_mg": Number(1, 1000), "words": WORDS, "cite": CITE})
CLAIM = {
    "therapy": ID,
    "aspect": Text(("mechanism", "usual dose", "reported efficacy", "side effects")),
    "says": Text(),
    "found_by": Text(("article", "project")),
    **GRADED,
}
TRIAL = {
    "id": ID,
    "name": Text(),
    "kind": Text(("trial", "review", "laboratory")),
    "design": Text(),
    "dose": Text(),
    "people": Number(1, 100_000, whole=True),
    "result": Text(),
    **GRADED,
}
QUESTION = {
    "id": ID,
    "asks": Text(),
    "asked_by": Text(("article", "project")),
    "says": Text(),
    "answer": Text(),
    "said_at": CITE,
    **GRADED,
}
CONDITIONS = Table({"condition": Rows(Table({**FINDING, "severity": Text(RAISED)}))})
THERAPIES = Table(
    {
        "therapy": Rows(Table({"id": ID, "name": Text(), "cite": CITE})),
        "claim": Rows(Table(CLAIM, REASON)),
        "reason_to_try": Rows(Table({"id": ID, "says": Text(), **GRADED}, REASON)),
    }
)
TRIALS = Table({"trial": Rows(Table(TRIAL, REASON | {"people"}))})
QUESTIONS = Table({"question": Rows(Table(QUESTION, REASON))})


@lru_cache(maxsize=1)
def sources() -> Mapping[str, Source]:
    """Return every source by its id; BadInput names every fault of a damaged file."""
    return read_sources(*_file("sources.toml"))


def therapies() -> tuple[Therapy, ...]:
    """Return the article's comparison of treatments, each claim with its grade."""
    return read_therapies(*_file("therapies.toml"), sources())[0]


def reasons_to_try() -> tuple[ReasonToTry, ...]:
    """Return when the article would try baclofen, each reason with its grade."""
    return read_therapies(*_file("therapies.toml"), sources())[1]


def trials() -> tuple[Trial, ...]:
    """Return the studies that the article names, each with its grade."""
    return read_trials(*_file("trials.toml"), sources())


def questions() -> tuple[Question, ...]:
    """Return the article's questions and those that it leaves open, answered as corrected."""
    return read_questions(*_file("questions.toml"), sources())


def read_medicines(raw: bytes, name: str, known: frozenset[str]) -> Formulary:
    """Return the formulary that the bytes of a file say; `known` are the ids of sources."""
    return formulary(medicine_data(raw, name, known), cited)


def read_conditions(raw: bytes, name: str, known: frozenset[str]) -> tuple[Condition, ...]:
    """Return the conditions that the bytes of a file say; `known` are the ids of sources."""
    return listed(condition_data(raw, name, known), cited)


def medicine_data(raw: bytes, name: str, known: frozenset[str]) -> dict[str, Any]:
    """Return the checked tables of a medicines file; BadInput names every fault at once."""
    data = parse(raw, name)
    shape = Table(
        {
            "codes": Table({"meaning": Text(), "cite": CITE}),
            "class": Rows(CLASS),
            "low_dose": Table(dict.fromkeys(_keys(data, "low_dose"), LOW_DOSE)),
            "synonyms": Table({**dict.fromkeys(_keys(data, "synonyms"), Text()), "cite": CITE}),
            "combinations": Table({**dict.fromkeys(_keys(data, "combinations"), WORDS), "cite": CITE}),
            "words": Table({"plain": WORDS, "often": WORDS, "salts": WORDS, "cite": CITE}),
        }
    )
    check(data, shape, file=name, text=raw.decode(), sources=known)
    _refuse(name, _medicine_faults(data))
    return data


def condition_data(raw: bytes, name: str, known: frozenset[str]) -> dict[str, Any]:
    """Return the checked tables of a conditions file; BadInput names every fault at once."""
    data = parse(raw, name)
    check(data, CONDITIONS, file=name, text=raw.decode(), sources=known)
    _refuse(name, _text_faults(data["condition"], "condition"))
    twice = _twice(one for condition in listed(data, cited) for one in condition.names)
    _refuse(name, (f"condition: {one} names two conditions; keep one" for one in twice))
    return data


def read_sources(raw: bytes, name: str) -> Mapping[str, Source]:
    """Return the sources that the bytes of a file say, by id."""
    data = parse(raw, name)
    quotes = {one: Table(dict.fromkeys(_keys(row, "quotes"), Text())) for one, row in data.items()}
    tables = {one: Table({**SOURCE, "quotes": quotes[one]}, frozenset({"quotes"})) for one in data}
    check(data, Table({TOOL: Table(SOURCE), **tables}), file=name, text=raw.decode(), sources=frozenset())
    return {
        one: Source(one, row["title"], row["where"], row["read"], row.get("quotes", {})) for one, row in data.items()
    }


def read_therapies(
    raw: bytes, name: str, known: Mapping[str, Source]
) -> tuple[tuple[Therapy, ...], tuple[ReasonToTry, ...]]:
    """Return the treatments and the reasons to try baclofen that the bytes of a file say."""
    data = _checked(raw, name, THERAPIES, known)
    ids = [row["id"] for row in data["therapy"]]
    strays = [row["therapy"] for row in data["claim"] if row["therapy"] not in ids]
    _refuse(name, (f"claim: therapy {one} is not listed{did_you_mean(one, ids)}" for one in strays))
    _refuse(name, _grade_faults([*data["claim"], *data["reason_to_try"]]))
    claims = [(row["therapy"], _claim(row, known)) for row in data["claim"]]
    made = tuple(
        Therapy(row["id"], row["name"], tuple(claim for of, claim in claims if of == row["id"]))
        for row in data["therapy"]
    )
    reasons = (ReasonToTry(row["id"], row["says"], *_graded(row, known)) for row in data["reason_to_try"])
    return made, tuple(reasons)


def read_trials(raw: bytes, name: str, known: Mapping[str, Source]) -> tuple[Trial, ...]:
    """Return the studies that the bytes of a file say."""
    data = _checked(raw, name, TRIALS, known)
    _refuse(name, _grade_faults(data["trial"]))
    return tuple(_trial(row, known) for row in data["trial"])


def read_questions(raw: bytes, name: str, known: Mapping[str, Source]) -> tuple[Question, ...]:
    """Return the questions that the bytes of a file say."""
    data = _checked(raw, name, QUESTIONS, known)
    _refuse(name, _grade_faults(data["question"]))
    return tuple(_question(row, known) for row in data["question"])


def ground_of(cite: dict[str, Any], known: Mapping[str, Source]) -> Ground:
    """Return a cite for a reader; a quote is looked up in its source."""
    if "quote" in cite:
        return Ground(cited(cite), known[cite["source"]].quotes[cite["quote"]], quoted=True)
    return Ground(cited(cite), cite["rule"], quoted=False)


def _file(name: str) -> tuple[bytes, str]:
    return (EVIDENCE / name).read_bytes(), name


def _keys(data: Any, table: str) -> tuple[str, ...]:
    """Return the keys of a table whose keys are free; none where it is no table, which `check` then says."""
    inner = data.get(table) if isinstance(data, dict) else None
    return tuple(inner) if isinstance(inner, dict) else ()


def _checked(raw: bytes, name: str, shape: Table, known: Mapping[str, Source]) -> dict[str, Any]:
    data = parse(raw, name)
    quotes = {source.id: frozenset(source.quotes) for source in known.values()}
    check(data, shape, file=name, text=raw.decode(), sources=frozenset(known), quotes=quotes)
    return data


def _graded(row: Mapping[str, Any], known: Mapping[str, Source]) -> tuple[str, str | None, Ground]:
    return row["grade"], row.get("reason"), ground_of(row["cite"], known)


def _claim(row: Mapping[str, Any], known: Mapping[str, Source]) -> Claim:
    return Claim(row["aspect"], row["says"], row["found_by"], *_graded(row, known))


def _trial(row: Mapping[str, Any], known: Mapping[str, Source]) -> Trial:
    grade, reason, ground = _graded(row, known)
    told = {key: row[key] for key in ("id", "name", "kind", "design", "dose", "result")}
    return Trial(**told, people=row.get("people"), grade=grade, reason=reason, ground=ground)


def _question(row: Mapping[str, Any], known: Mapping[str, Source]) -> Question:
    grade, reason, ground = _graded(row, known)
    told = {key: row[key] for key in ("id", "asks", "asked_by", "says", "answer")}
    said_at = ground_of(row["said_at"], known)
    return Question(**told, grade=grade, reason=reason, said_at=said_at, ground=ground)


def _refuse(name: str, faults: Iterable[str]) -> None:
    if found := list(faults):
        raise BadInput("\n".join(f"{name}: {fault}" for fault in found))


def _twice(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    again: set[str] = set()
    for name in names:
        (again if name in seen else seen).add(name)
    return sorted(again)


def _grade_faults(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        if (row["grade"] == "confirmed") == ("reason" in row):
            yield f"{row.get('says', row.get('name'))}: needs a reason if and only if it is not confirmed"


def _text_faults(rows: list[dict[str, Any]], kind: str) -> Iterator[str]:
    """Yield what is wrong with the texts of findings: too long, or with other placeholders than {typed}."""
    for name in _twice(row["id"] for row in rows):
        yield f"{kind} {name}: stands twice; keep one"
    for row in rows:
        if len(row["short"]) > SHORT:
            yield f"{kind} {row['id']}: short has {len(row['short'])} characters; {SHORT} fit one line"
        for key in ("short", "message"):
            if {field for _, field, _, _ in Formatter().parse(row[key]) if field is not None} != {"typed"}:
                yield f"{kind} {row['id']}: {key} must hold {{typed}}, what was typed, and no other braces"


def _medicine_faults(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield what in the medicines contradicts itself."""
    raising = [row for row in data["class"] if row["severity"] != "none"]
    harmless = [row for row in data["class"] if row["severity"] == "none"]
    for row in data["class"]:
        if len({"short", "message"} & set(row)) != (0 if row in harmless else 2):
            yield f"class {row['id']}: needs short and message if and only if it raises something"
            return
    yield from _text_faults(raising, "class")
    generics = {name for row in data["class"] for name in row["generic"]}
    names = {*generics, *(name for row in data["class"] for name in row.get("also", ()))}
    risky = {name for row in raising for name in row["generic"]}
    for name in sorted(risky & {name for row in harmless for name in row["generic"]}):
        yield f"{name}: raises something in one class and nothing in another; keep the first"
    for name, parts in other_names(data):
        for part in sorted({*parts} - generics):
            yield f"{name}: {part} is no generic name of a class{did_you_mean(part, generics)}"
        if name in names:
            yield f"{name}: is a name of a class already; take one out"
    for name, row in data["low_dose"].items():
        if name not in generics or row["class"] not in {one["id"] for one in harmless}:
            yield f"low_dose.{name}: needs a generic name and a class that raises nothing"
    passed_over = {word for key in ("plain", "often", "salts") for word in data["words"][key]}
    known = {plain(name) for name in (*names, *(name for name, _ in other_names(data)))}
    for name in sorted(passed_over & known):
        yield f"words: {name} is the name of a medicine; it cannot be passed over"
