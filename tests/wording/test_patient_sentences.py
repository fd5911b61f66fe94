"""What a patient is told to do, sentence by sentence, held against a list that was copied by hand from the clinical rules.

A sentence that is reworded has to be reworded in vectors/patient_sentences.csv too, by somebody who read the rule again:
`be` is the whole sentence, or one entry of a list; `hold` a part of it; `never` stands nowhere.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import calendars
import pytest
from plans import handouts

from titrate.export import render
from titrate.export.handout.document import handout, texts
from titrate.wording import words


class Demand(NamedTuple):
    """A rule in our words, where its sentence stands, and what must, or must never, stand there."""

    source: str
    where: str
    must: str
    words: str


DEMANDS = [
    Demand(**row)
    for row in csv.DictReader(
        (Path(__file__).parents[1] / "vectors" / "patient_sentences.csv").read_text(encoding="utf-8").splitlines()
    )
]
# Where every sentence keeps somebody safe, so that each one has its row: none comes or changes unread.
SECTIONS = (
    *("common", "missed", "call_now", "call_today", "stop", "taper", "suspended", "living", "for_you", "change"),
    *("too_much", "attacks"),
)
ON_THE_PHONE = (
    *("calendar.discreet_if_not_up", "calendar.withdrawal"),
    *("calendar_cancelled.title", "calendar_cancelled.is_cancelled", "calendar_cancelled.what_to_do"),
    *("calendar_dose.missed", "calendar_dose.missed_one_a_day", "calendar_dose.missed_more_a_day"),
    *("calendar_dose.only_if_up", "calendar_dose.first_day", "calendar_dose.last"),
    *("calendar_change.discreet_going_up", "calendar_change.discreet_agreed", "calendar_review.lines"),
    *("calendar_end.title", "calendar_end.discreet_title", "calendar_end.ends", "calendar_end.stay"),
    *("calendar_end.have_more", "calendar_last_dose.lines"),
    *(
        "calendar_check_in.lines",
        "calendar_urgent.title",
        "calendar_urgent.running",
        "calendar_urgent.lines",
        "calendar_urgent.not_alone",
    ),
)
IN_TODAY = (
    *("missed_take", "missed_take_if_up", "missed_call", "missed_skip"),
    *("yesterday_take", "yesterday_take_if_up", "yesterday_call", "yesterday_skip"),
    *("call_first", "watch", "last_day", "ended", "stay", "stay_doses", "call", "last_dose", "check_in_today"),
    *("suspended_tomorrow", "used_up", "lasts_today"),
)


def entries(where: str) -> tuple[str, ...]:
    """The sentences that stand in one place: one, or those of a list."""
    section, _, name = where.partition(".")
    entry = words().sections[section][name]
    return (entry,) if isinstance(entry, str) else tuple(entry)


def everything() -> Iterator[str]:
    """Every sentence on paper and on the phone."""
    for section, table in words().sections.items():
        for name in table:
            yield from entries(f"{section}.{name}")


@pytest.mark.parametrize("demand", [one for one in DEMANDS if one.must == "be"], ids=lambda one: one.where)
def test_the_patient_is_told_this_sentence(demand: Demand) -> None:
    assert demand.words in entries(demand.where)


@pytest.mark.parametrize("demand", [one for one in DEMANDS if one.must == "hold"], ids=lambda one: one.where)
def test_the_patient_is_told_this_among_more(demand: Demand) -> None:
    assert any(demand.words in entry for entry in entries(demand.where))


@pytest.mark.parametrize("demand", [one for one in DEMANDS if one.must == "never"], ids=lambda one: one.words)
def test_no_patient_is_ever_told(demand: Demand) -> None:
    assert demand.where == "everywhere"
    assert [entry for entry in everything() if demand.words.casefold() in entry.casefold()] == []


def test_every_row_is_one_of_the_three() -> None:
    assert {one.must for one in DEMANDS} == {"be", "hold", "never"}
    assert all(one.source and one.words for one in DEMANDS)


@pytest.mark.parametrize("section", SECTIONS)
def test_no_sentence_that_keeps_a_patient_safe_is_without_its_row(section: str) -> None:
    told = {
        (f"{section}.{name}", entry) for name in words().sections[section] for entry in entries(f"{section}.{name}")
    }
    assert told - {(one.where, one.words) for one in DEMANDS} == set()


@pytest.mark.parametrize("where", [*ON_THE_PHONE, *(f"today.{name}" for name in IN_TODAY)])
def test_no_sentence_of_a_reminder_or_of_today_that_keeps_a_patient_safe_is_without_its_row(where: str) -> None:
    assert set(entries(where)) == {one.words for one in DEMANDS if one.where == where}


@pytest.mark.parametrize("name", ["standard", "halves", "one-step", "held", "taper", "fall", "target-30"])
def test_every_dose_reminder_says_never_two_at_once_and_do_not_stop(name: str) -> None:
    doses = calendars.doses(render(handouts()[name], "ics"))
    assert doses
    for event in doses:
        assert {"Never take two doses at once.", "Do not stop suddenly."} <= set(event.lines)


@pytest.mark.parametrize("name", sorted(set(handouts()) - {"clinician-only"}))
def test_every_patient_reads_when_to_call_and_what_not_to_do(name: str) -> None:
    said = " ".join(texts(handout(handouts()[name]).patient))
    always = ("call_now.lead", "call_now.signs", "call_today.signs", "call_today.fluids", "stop.danger")
    always += ("living.alcohol", "living.driving", "living.operation", "living.medicines")
    always += ("attacks.warm", "attacks.smoke", "attacks.move", "attacks.wounds")
    for where in always:
        for entry in entries(where):
            assert entry.format(drug="baclofen") in said
    if name != "suspended":
        assert "Never take two doses at once." in said
        for entry in (*entries("too_much.call"), *entries("about.attack"), *entries("about.unproven")):
            assert entry in said
