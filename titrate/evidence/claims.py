"""What is said about treatments, studies and questions, how sure it is, and where it comes from.

Each `..._of` makes the values of one validated file out of its tables; a quote that a cite names stands in its source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from titrate.evidence.protocol import cited

Table = dict[str, Any]


class Source(NamedTuple):
    """Something that was read, or only recalled: `read` is V1, V2 or recalled, as sources.toml explains."""

    id: str
    title: str
    where: str
    read: str
    quotes: Mapping[str, str]


class Ground(NamedTuple):
    """Where a claim comes from, in one line, and what stands there: in our words unless `quoted`."""

    line: str
    words: str
    quoted: bool


class Claim(NamedTuple):
    """Something said about a treatment, how sure it is, and why not where it is not `confirmed`.

    `ground` is where it is said; `grade_from` are sources besides it, which say the same or, of what is disputed, otherwise.
    """

    aspect: str
    says: str
    found_by: str
    grade: str
    reason: str | None
    ground: Ground
    grade_from: tuple[Ground, ...]


class Therapy(NamedTuple):
    """A treatment of Raynaud's phenomenon and what is said about it."""

    id: str
    name: str
    claims: tuple[Claim, ...]


class ReasonToTry(NamedTuple):
    """When the article would try baclofen, and how sure that is, as in `Claim`."""

    id: str
    says: str
    grade: str
    reason: str | None
    ground: Ground
    grade_from: tuple[Ground, ...]


class Trial(NamedTuple):
    """A study that the article names; `people` is None where it does not say how many."""

    id: str
    name: str
    kind: str
    design: str
    dose: str
    people: int | None
    result: str
    grade: str
    reason: str | None
    ground: Ground
    grade_from: tuple[Ground, ...]


class SideEffect(NamedTuple):
    """A usual side effect: of 100 people from `low` to `high` had it, in the studies of its ground."""

    id: str
    name: str
    low: int
    high: int
    ground: Ground


class EmergencyNumber(NamedTuple):
    """A number that calls for help, in the countries that the words of a language name under its `id`."""

    id: str
    number: str
    grounds: tuple[Ground, ...]


class Question(NamedTuple):
    """A question, what the article says (`grade` and `reason` judge that), and the answer as corrected."""

    id: str
    asks: str
    asked_by: str
    says: str
    grade: str
    reason: str | None
    answer: str
    said_at: Ground
    ground: Ground
    grade_from: tuple[Ground, ...]


class NextStep(NamedTuple):
    """A topic that the article names to go on with, what it says of it (`grade` judges that), and what is known."""

    id: str
    name: str
    says: str
    grade: str
    reason: str | None
    answer: str
    said_at: Ground
    ground: Ground
    grade_from: tuple[Ground, ...]


Sources = Mapping[str, Source]


def sources_of(data: Table) -> Sources:
    """Return the sources that the tables of a file say, by id."""
    return {id: Source(id, row["title"], row["where"], row["read"], row.get("quotes", {})) for id, row in data.items()}


def therapies_of(data: Table, sources: Sources) -> tuple[Therapy, ...]:
    """Return the treatments that the tables of a file say."""
    claims = [
        (row["therapy"], Claim(row["aspect"], row["says"], row["found_by"], **_judged(row, sources)))
        for row in data["claim"]
    ]
    return tuple(
        Therapy(row["id"], row["name"], tuple(claim for therapy, claim in claims if therapy == row["id"]))
        for row in data["therapy"]
    )


def reasons_to_try_of(data: Table, sources: Sources) -> tuple[ReasonToTry, ...]:
    """Return the reasons to try baclofen that the tables of a file say."""
    return tuple(ReasonToTry(row["id"], row["says"], **_judged(row, sources)) for row in data["reason_to_try"])


def trials_of(data: Table, sources: Sources) -> tuple[Trial, ...]:
    """Return the studies that the tables of a file say."""
    return tuple(_trial(row, sources) for row in data["trial"])


def side_effects_of(data: Table, sources: Sources) -> tuple[SideEffect, ...]:
    """Return the side effects that the tables of a file say."""
    return tuple(
        SideEffect(row["id"], row["name"], row["percent_from"], row["percent_to"], ground_of(row["cite"], sources))
        for row in data["side_effect"]
    )


def emergency_numbers_of(data: Table, sources: Sources) -> tuple[EmergencyNumber, ...]:
    """Return the emergency numbers that the tables of a file say."""
    return tuple(
        EmergencyNumber(
            row["id"],
            row["number"],
            tuple(ground_of(row[cite], sources) for cite in ("cite", "also") if cite in row),
        )
        for row in data["emergency_number"]
    )


def questions_of(data: Table, sources: Sources) -> tuple[Question, ...]:
    """Return the questions that the tables of a file say."""
    return tuple(Question(**_answered(row, sources)) for row in data["question"])


def next_steps_of(data: Table, sources: Sources) -> tuple[NextStep, ...]:
    """Return the topics to go on with that the tables of a file say."""
    return tuple(NextStep(**_answered(row, sources)) for row in data["next_step"])


def ground_of(cite: Table, sources: Sources) -> Ground:
    """Return where a cite leads, and what stands there."""
    if "quote" in cite:
        return Ground(cited(cite), sources[cite["source"]].quotes[cite["quote"]], quoted=True)
    return Ground(cited(cite), cite["rule"], quoted=False)


def _judged(row: Table, sources: Sources) -> Table:
    """How sure a row is and what that rests on, by the names of its fields."""
    return {
        "grade": row["grade"],
        "reason": row.get("reason"),
        "ground": ground_of(row["cite"], sources),
        "grade_from": tuple(ground_of(cite, sources) for cite in row.get("grade_from", ())),
    }


def _trial(row: Table, sources: Sources) -> Trial:
    facts = {key: row.get(key) for key in ("id", "name", "kind", "design", "dose", "people", "result")}
    return Trial(**{**facts, **_judged(row, sources)})


def _answered(row: Table, sources: Sources) -> Table:
    """What is said in a row, how sure that is, and the answer, by the names of its fields."""
    words = {key: value for key, value in row.items() if key != "cite"}
    return {**words, **_judged(row, sources), "said_at": ground_of(row["said_at"], sources)}
