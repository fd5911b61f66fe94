"""What is said about treatments, studies and questions, how sure it is, and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


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
    """Something said about a treatment, how sure it is, and why not where it is not `confirmed`."""

    aspect: str
    says: str
    found_by: str
    grade: str
    reason: str | None
    ground: Ground


class Therapy(NamedTuple):
    """A treatment of Raynaud's phenomenon and what is said about it."""

    id: str
    name: str
    claims: tuple[Claim, ...]


class ReasonToTry(NamedTuple):
    """When the article would try baclofen, and how sure that is."""

    id: str
    says: str
    grade: str
    reason: str | None
    ground: Ground


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
