"""What the evidence says, as pages: treatments, studies, questions and sources, each claim with its grade and its source.

The JSON documents of these topics (`Topic.document`), keys in this order:

- every topic: `schema` ("titrate/evidence/1"), `topic`, then its own lists, then `sources`
- therapies: `therapies`: a list of {id, name, claims: [{aspect, says, found_by, grade, reason, ground}]}, and
  `reasons_to_try`: a list of {id, says, grade, reason, ground}
- trials: `trials`: a list of {id, name, kind, design, dose, people, result, grade, reason, ground}
- questions: `questions`: a list of {id, asks, asked_by, says, grade, reason, said_at, answer, ground}
- sources: `sources` alone
- a ground: {source, ids, quote, rule}: the place in one line, the ids of its sources, and either the words that stand there
  or the fact in this project's words; the other is null
- a source: {id, title, where, read, quotes: {name: words}}; in the other topics, those that are named there

`grade` is confirmed, disputed or not confirmed; `reason` is null where it is confirmed; `people` is null where nobody says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from titrate.export.evidence.page import Cell, Page, Part, Section, Topic, cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from titrate.evidence.claims import Claim, Ground, Question, ReasonToTry, Source, Therapy, Trial

SOURCES_KEY = ("Where each stands and what was noted from it: titrate evidence sources.",)
SCHEMA = "titrate/evidence/1"
GRADES = (
    (
        "Confirmed: another source that was read says the same. Disputed: a source that was read, or the article itself, says "
        "otherwise. Not confirmed: no source that was read says so."
    ),
)
READ = {
    "V1": "at the source itself",
    "V2": "in a copy or summary",
    "recalled": "not opened",
}
READ_KEY = (
    (
        "At the source itself (V1): the primary or official page was read, at least its opening part or its abstract. "
        "In a copy or summary (V2): a mirror, aggregator, translation or summary was read; check it again before quoting it. "
        "Not opened (recalled): named from memory or by another source; never the only ground of a number."
    ),
    "A quote is word for word as noted when the source was read; an ellipsis stands where words were left out.",
)
PROJECT = "TOOL"  # not a source that could be read


def therapies(told: Iterable[Therapy], reasons: Iterable[ReasonToTry], sources: Mapping[str, Source]) -> Topic:
    """Return the comparison of treatments, aspect by aspect, and when the article would try baclofen."""
    told, reasons = tuple(told), tuple(reasons)
    aspects = dict.fromkeys(claim.aspect for therapy in told for claim in therapy.claims)
    sections = [
        Section(
            aspect.capitalize(),
            ("Treatment", "What is said", "Grade"),
            tuple(
                (cell(therapy.name, "head"), _claimed(claim), _graded(claim))
                for therapy in told
                for claim in therapy.claims
                if claim.aspect == aspect
            ),
        )
        for aspect in aspects
    ]
    trying = Section(
        "When the article would try baclofen",
        ("Reason", "Grade"),
        tuple(((*cell(reason.says), _from(reason.ground, reason.grade)), _graded(reason)) for reason in reasons),
    )
    grounds = [claim.ground for therapy in told for claim in therapy.claims]
    grounds += [reason.ground for reason in reasons]
    named = sources_of(grounds, sources)
    page = Page(
        "Treatments of Raynaud's phenomenon compared",
        (
            "What one unsigned web article says, in this project's words, and what was found while checking it.",
            *GRADES,
        ),
        (*sections, trying, named_sources(named)),
    )
    return Topic(
        page,
        document(
            "therapies",
            therapies=[
                {
                    "id": therapy.id,
                    "name": therapy.name,
                    "claims": [
                        {
                            "aspect": claim.aspect,
                            "says": claim.says,
                            "found_by": claim.found_by,
                            **_judged(claim, sources),
                        }
                        for claim in therapy.claims
                    ],
                }
                for therapy in told
            ],
            reasons_to_try=[{"id": reason.id, "says": reason.says, **_judged(reason, sources)} for reason in reasons],
            sources=named,
        ),
    )


def trials(told: Iterable[Trial], sources: Mapping[str, Source]) -> Topic:
    """Return the studies that the article names, each with what could be found of it."""
    told = tuple(told)
    columns = ("Study", "What was done", "Result", "Grade")
    in_people = [trial for trial in told if trial.kind != "laboratory"]
    before = [trial for trial in told if trial.kind == "laboratory"]
    sections = [
        Section(title, columns, tuple(map(_trial, rows)))
        for title, rows in (("Studies", in_people), ("What it says came before them", before))
    ]
    named = sources_of((trial.ground for trial in told), sources)
    page = Page(
        "Studies that the article names",
        (
            "What one unsigned web article says of them, in this project's words, and whether they could be found.",
            *GRADES,
        ),
        (*sections, named_sources(named)),
    )
    facts = ("id", "name", "kind", "design", "dose", "people", "result")
    rows_told = [{**{key: getattr(trial, key) for key in facts}, **_judged(trial, sources)} for trial in told]
    return Topic(page, document("trials", trials=rows_told, sources=named))


def questions(told: Iterable[Question], sources: Mapping[str, Source]) -> Topic:
    """Return the questions, what the article says to each, how sure that is, and the answer as corrected."""
    told = tuple(told)
    columns = ("Question", "The article", "Answer")
    sections = [
        Section(title, columns, tuple(_question(one) for one in told if one.asked_by == asker))
        for asker, title in (
            ("article", "The article's questions"),
            ("project", "What it says elsewhere, or leaves open"),
        )
    ]
    grounds = [ground for question in told for ground in (question.said_at, question.ground)]
    named = sources_of(grounds, sources)
    page = Page(
        "Questions and answers",
        (
            "What one unsigned web article says, in this project's words, how sure that is, and the answer as corrected.",
            *GRADES,
        ),
        (*sections, named_sources(named)),
    )
    rows = [
        {
            "id": one.id,
            "asks": one.asks,
            "asked_by": one.asked_by,
            "says": one.says,
            "grade": one.grade,
            "reason": one.reason,
            "said_at": ground_document(one.said_at, sources),
            "answer": one.answer,
            "ground": ground_document(one.ground, sources),
        }
        for one in told
    ]
    return Topic(page, document("questions", questions=rows, sources=named))


def sources(told: Iterable[Source]) -> Topic:
    """Return every source: what it is, where it stands, how it was read, and the quotes noted from it."""
    told = tuple(told)
    rows = tuple(
        (
            cell(source.id, "head"),
            (Part(source.title), Part(source.where, "source"), *_read(source)),
            tuple(Part(f'{name}: "{words}"') for name, words in source.quotes.items()),
        )
        for source in told
    )
    page = Page("Sources", READ_KEY, (Section(f"{len(told)} sources", ("Id", "Source", "Quotes"), rows),))
    return Topic(page, document("sources", sources=told))


def document(topic: str, *, sources: Iterable[Source], **lists: Any) -> dict[str, Any]:
    """Return a topic's JSON document: its own lists, and the sources that they name."""
    last = [
        {"id": one.id, "title": one.title, "where": one.where, "read": one.read, "quotes": dict(one.quotes)}
        for one in sources
    ]
    return {"schema": SCHEMA, "topic": topic, **lists, "sources": last}


def ground_document(ground: Ground, sources: Mapping[str, Source]) -> dict[str, Any]:
    """Return a ground for JSON."""
    return {
        "source": ground.line,
        "ids": [source.id for source in sources_of([ground], sources)],
        "quote": ground.words if ground.quoted else None,
        "rule": None if ground.quoted else ground.words,
    }


def ground_words(ground: Ground) -> str:
    """Return a ground in one line: the place, and what stands there, in quotation marks where it is word for word."""
    words = f'"{ground.words}"' if ground.quoted else ground.words
    return f"{ground.line[:1].upper()}{ground.line[1:]}: {words}"


def sources_of(grounds: Iterable[Ground], sources: Mapping[str, Source]) -> tuple[Source, ...]:
    """Return the sources that the grounds name, in the order of sources.toml."""
    named = {word for ground in grounds for word in re.findall(r"S-[A-Z0-9-]+", ground.line)}
    return tuple(source for id, source in sources.items() if id in named)


def named_sources(told: Iterable[Source]) -> Section:
    """Return what the ids on a page stand for."""
    rows = tuple((cell(one.id, "head"), cell(one.title), cell(READ[one.read])) for one in told)
    return Section("Sources named here", ("Id", "Source", "Read"), rows, SOURCES_KEY)


def _read(source: Source) -> Cell:
    if source.id == PROJECT:
        return ()
    code = "" if source.read == "recalled" else f" ({source.read})"
    return cell(f"{'Not opened' if not code else 'Read ' + READ[source.read]}{code}.")


def _trial(trial: Trial) -> tuple[Cell, ...]:
    design = f"{trial.people} people; {trial.design}" if trial.people else trial.design
    return (
        cell(trial.name, "head"),
        (Part(_sentence(design)), Part(f"Dose: {trial.dose}.")),
        (Part(_sentence(trial.result)), _from(trial.ground, trial.grade)),
        _graded(trial),
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _question(question: Question) -> tuple[Cell, ...]:
    return (
        cell(question.asks, "head"),
        (Part(question.says), *_graded(question), Part(question.said_at.line, "source")),
        (Part(question.answer), Part(ground_words(question.ground), "source")),
    )


def _claimed(claim: Claim) -> Cell:
    said = claim.says if claim.found_by == "article" else f"Found while checking: {claim.says}"
    return (Part(said), _from(claim.ground, claim.grade))


def _from(ground: Ground, grade: str) -> Part:
    """Where a claim stands; what confirms it is said in full, and what the article alone says was just said."""
    return Part(ground_words(ground) if grade == "confirmed" else ground.line, "source")


def _graded(told: Claim | ReasonToTry | Trial | Question) -> Cell:
    return (Part(told.grade, told.grade), *cell(told.reason or ""))


def _judged(told: Claim | ReasonToTry | Trial, sources: Mapping[str, Source]) -> dict[str, Any]:
    return {"grade": told.grade, "reason": told.reason, "ground": ground_document(told.ground, sources)}
