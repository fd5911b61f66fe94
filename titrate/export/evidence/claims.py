"""What the evidence says, as pages: treatments, studies, questions and sources, each claim with its grade and its source.

The JSON documents of these topics (`Topic.document`), keys in this order:

- every topic: `schema` ("titrate/evidence/1"), `topic`, then its own lists, then `sources`
- therapies: `therapies`: a list of {id, name, claims: [{aspect, says, found_by, grade, reason, ground}]}, and
  `reasons_to_try`: a list of {id, says, grade, reason, ground}
- trials: `trials`: a list of {id, name, kind, design, dose, people, result, grade, reason, ground}
- questions: `questions`: a list of {id, asks, asked_by, says, grade, reason, said_at, answer, ground}
- next-steps: `next_steps`: a list of {id, name, says, grade, reason, said_at, answer, ground}
- whatever has a grade has after its ground `grade_from`: a list of grounds besides it
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

    from titrate.evidence.claims import Claim, Ground, NextStep, Question, ReasonToTry, Source, Therapy, Trial

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


def therapies(treatments: Iterable[Therapy], reasons: Iterable[ReasonToTry], sources: Mapping[str, Source]) -> Topic:
    """Return the comparison of treatments, aspect by aspect, and when the article would try baclofen."""
    treatments, reasons = tuple(treatments), tuple(reasons)
    aspects = dict.fromkeys(claim.aspect for therapy in treatments for claim in therapy.claims)
    sections = [
        Section(
            aspect.capitalize(),
            ("Treatment", "What is said", "Grade"),
            tuple(
                (cell(therapy.name, "head"), _claimed(claim), _graded(claim))
                for therapy in treatments
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
    claims = [claim for therapy in treatments for claim in therapy.claims]
    named = sources_of(grounds_of([*claims, *reasons]), sources)
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
                for therapy in treatments
            ],
            reasons_to_try=[{"id": reason.id, "says": reason.says, **_judged(reason, sources)} for reason in reasons],
            sources=named,
        ),
    )


def trials(studies: Iterable[Trial], sources: Mapping[str, Source]) -> Topic:
    """Return the studies that the article names, each with what could be found of it."""
    studies = tuple(studies)
    columns = ("Study", "What was done", "Result", "Grade")
    in_people = [trial for trial in studies if trial.kind != "laboratory"]
    before = [trial for trial in studies if trial.kind == "laboratory"]
    sections = [
        Section(title, columns, tuple(map(_trial, group)))
        for title, group in (("Studies", in_people), ("What it says came before them", before))
    ]
    named = sources_of(grounds_of(studies), sources)
    page = Page(
        "Studies that the article names",
        (
            "What one unsigned web article says of them, in this project's words, and whether they could be found.",
            *GRADES,
        ),
        (*sections, named_sources(named)),
    )
    facts = ("id", "name", "kind", "design", "dose", "people", "result")
    rows = [{**{key: getattr(trial, key) for key in facts}, **_judged(trial, sources)} for trial in studies]
    return Topic(page, document("trials", trials=rows, sources=named))


def questions(asked: Iterable[Question], sources: Mapping[str, Source]) -> Topic:
    """Return the questions, what the article says to each, how sure that is, and the answer as corrected."""
    asked = tuple(asked)
    columns = ("Question", "The article", "Answer")
    sections = [
        Section(title, columns, tuple(_answered(one.asks, one) for one in asked if one.asked_by == asker))
        for asker, title in (
            ("article", "The article's questions"),
            ("project", "What it says elsewhere, or leaves open"),
        )
    ]
    named = sources_of(grounds_of(asked), sources)
    page = Page(
        "Questions and answers",
        (
            "What one unsigned web article says, in this project's words, how sure that is, and the answer as corrected.",
            *GRADES,
        ),
        (*sections, named_sources(named)),
    )
    rows = [
        {"id": one.id, "asks": one.asks, "asked_by": one.asked_by, **_answered_document(one, sources)} for one in asked
    ]
    return Topic(page, document("questions", questions=rows, sources=named))


def next_steps(topics: Iterable[NextStep], sources: Mapping[str, Source]) -> Topic:
    """Return the topics that the article names to go on with, and what is known of each."""
    topics = tuple(topics)
    columns = ("Topic", "The article", "What is known")
    named = sources_of(grounds_of(topics), sources)
    page = Page(
        "Next steps",
        (
            "What one unsigned web article names to go on with, in this project's words, how sure that is, and what is known.",
            *GRADES,
        ),
        (Section("Topics", columns, tuple(_answered(step.name, step) for step in topics)), named_sources(named)),
    )
    rows = [{"id": step.id, "name": step.name, **_answered_document(step, sources)} for step in topics]
    return Topic(page, document("next-steps", next_steps=rows, sources=named))


def sources(every: Iterable[Source]) -> Topic:
    """Return every source: what it is, where it stands, how it was read, and the quotes noted from it."""
    every = tuple(every)
    rows = tuple(
        (
            cell(source.id, "head"),
            (Part(source.title), Part(source.where, "source"), *_read(source)),
            tuple(Part(f'{name}: "{words}"') for name, words in source.quotes.items()),
        )
        for source in every
    )
    page = Page("Sources", READ_KEY, (Section(f"{len(every)} sources", ("Id", "Source", "Quotes"), rows),))
    return Topic(page, document("sources", sources=every))


def document(topic: str, *, sources: Iterable[Source], **lists: Any) -> dict[str, Any]:
    """Return a topic's JSON document: its own lists, and the sources that they name."""
    last = [{**source._asdict(), "quotes": dict(source.quotes)} for source in sources]
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


def grounds_of(judged: Iterable[Claim | ReasonToTry | Trial | Question | NextStep]) -> list[Ground]:
    """Return every ground that these name."""
    every = ((getattr(one, "said_at", one.ground), one.ground, *one.grade_from) for one in judged)
    return [ground for grounds in every for ground in grounds]


def sources_of(grounds: Iterable[Ground], sources: Mapping[str, Source]) -> tuple[Source, ...]:
    """Return the sources that the grounds name, in the order of sources.toml."""
    named = {word for ground in grounds for word in re.findall(r"S-[A-Z0-9-]+", ground.line)}
    return tuple(source for id, source in sources.items() if id in named)


def named_sources(named: Iterable[Source]) -> Section:
    """Return what the ids on a page stand for."""
    rows = tuple((cell(source.id, "head"), cell(source.title), cell(READ[source.read])) for source in named)
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


def _answered(name: str, item: Question | NextStep) -> tuple[Cell, ...]:
    return (
        cell(name, "head"),
        (Part(item.says), *_grade(item), Part(item.said_at.line, "source")),
        (Part(item.answer), *(Part(ground_words(ground), "source") for ground in (item.ground, *item.grade_from))),
    )


def _answered_document(item: Question | NextStep, sources: Mapping[str, Source]) -> dict[str, Any]:
    return {
        "says": item.says,
        "grade": item.grade,
        "reason": item.reason,
        "said_at": ground_document(item.said_at, sources),
        "answer": item.answer,
        "ground": ground_document(item.ground, sources),
        "grade_from": [ground_document(ground, sources) for ground in item.grade_from],
    }


def _claimed(claim: Claim) -> Cell:
    words = claim.says if claim.found_by == "article" else f"Found while checking: {claim.says}"
    return (Part(words), _from(claim.ground, claim.grade))


def _from(ground: Ground, grade: str) -> Part:
    """Where a claim stands: in full what confirms it, and only the place of what the article alone says, which stands above."""
    return Part(ground_words(ground) if grade == "confirmed" else ground.line, "source")


def _graded(claim: Claim | ReasonToTry | Trial) -> Cell:
    return (*_grade(claim), *(Part(ground_words(ground), "source") for ground in claim.grade_from))


def _grade(judged: Claim | ReasonToTry | Trial | Question | NextStep) -> Cell:
    return (Part(judged.grade, judged.grade), *cell(judged.reason or ""))


def _judged(claim: Claim | ReasonToTry | Trial, sources: Mapping[str, Source]) -> dict[str, Any]:
    return {
        "grade": claim.grade,
        "reason": claim.reason,
        "ground": ground_document(claim.ground, sources),
        "grade_from": [ground_document(ground, sources) for ground in claim.grade_from],
    }
