"""What is graded, how, and by which sources: against grades.csv, which was copied by hand from the decisions and their sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import vectors

from titrate.evidence import reader
from titrate.export.evidence.claims import grounds_of, sources_of

VECTORS = vectors.rows("grades.csv")


def graded() -> Iterator[tuple[str, Any]]:
    """Yield the place and the value of whatever has a grade."""
    for therapy in reader.therapies():
        for claim in therapy.claims:
            yield f"therapies: {therapy.id}/{claim.aspect}/{claim.found_by}", claim
    for kind, values in (
        ("reasons", reader.reasons_to_try()),
        ("trials", reader.trials()),
        ("questions", reader.questions()),
        ("next-steps", reader.next_steps()),
    ):
        for value in values:
            yield f"{kind}: {value.id}", value


GRADED = dict(graded())


def sources(value: Any) -> str:
    return " ".join(
        sorted(source.id for source in sources_of(grounds_of([value]), reader.sources()) if source.id != "TOOL")
    )


def test_whatever_has_a_grade_has_a_vector() -> None:
    assert [row["place"] for row in VECTORS] == [*GRADED]


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: row["place"])
def test_a_grade_and_the_sources_that_it_rests_on_are_those_copied_by_hand(row: dict[str, str]) -> None:
    value = GRADED[row["place"]]
    assert (value.grade, sources(value)) == (row["grade"], row["sources"])


def test_no_grade_rests_on_a_source_that_was_only_recalled() -> None:
    named = {source for value in GRADED.values() for source in sources(value).split()}
    assert not [id for id in named if reader.sources()[id].read == "recalled"]


def test_a_claim_of_the_article_is_confirmed_by_another_source_than_the_article() -> None:
    for place, value in GRADED.items():
        if value.grade == "confirmed":
            assert set(sources(value).split()) - {"S-ARTICLE"}, place


def test_who_disputes_a_claim_of_the_article_is_named() -> None:
    for place, value in GRADED.items():
        if value.grade == "disputed":
            assert value.grade_from or not value.ground.line.startswith("S-ARTICLE"), place


@pytest.mark.parametrize(
    "topic",
    [
        "autonomic-nerves",
        "finger-ulcers",
        "warmth-and-smoking",
        "pde5-inhibitors",
        "trials",
        "shared-decision",
        "nerves-in-long-use",
    ],
)
def test_each_topic_of_the_articles_last_section_says_what_is_known_by_a_source(topic: str) -> None:
    (step,) = (one for one in reader.next_steps() if one.id == topic)
    assert step.said_at.line.startswith("S-ARTICLE, ")
    assert not step.ground.line.startswith("S-ARTICLE")
    assert len(step.answer) > len(step.says)


def test_sedatives_need_a_prescribers_word_and_are_never_stopped_suddenly() -> None:
    (question,) = (one for one in reader.questions() if one.id == "with-sedatives")
    for words in ("Only if a prescriber decides for both together", "slow breathing", "No alcohol", "Never stop"):
        assert words in question.answer
