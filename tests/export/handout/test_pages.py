"""What stands on which page, on paper and on a screen: doses that nothing is read into, whom to call, and the staircase."""

from __future__ import annotations

import re
import subprocess
import time
from functools import cache
from itertools import groupby
from typing import NamedTuple
from xml.etree.ElementTree import Element

import html5lib
import pytest
from command import pages_of, program, words_of
from plans import first_pages, handouts

from titrate.export.handout import html, pdf
from titrate.export.handout.document import handout
from titrate.model import Day, Plan

CASES = sorted(handouts())
PATIENTS = [name for name in CASES if name != "clinician-only"]
WITH_DOSES = [name for name in PATIENTS if name != "suspended"]
LAST_ON_PAGE = "Do not stop suddenly."  # the first words of the foot that every page has
READ_INTO = re.compile(r"\d\s+\d+(?:\.\d+)?\s?mg\b")


@cache
def made(name: str) -> bytes:
    return pdf.render((handouts() | first_pages())[name])


@cache
def pages(name: str) -> list[str]:
    return pages_of(made(name))


def raw(data: bytes) -> str:
    """The text of a PDF in the order in which it was written, which is the one in which it is read out."""
    run = subprocess.run([program("pdftotext"), "-raw", "-", "-"], input=data, capture_output=True, check=True)
    return run.stdout.decode().replace("\u00a0", " ").replace("\u200b", "")


def document(name: str) -> Element:
    return html5lib.parse(html.render(handouts()[name]).decode(), namespaceHTMLElements=False)


def ahead(plan: Plan) -> list[Day]:
    """The days that a handout shows, by the rule in words: all of a new plan; else from the change, or its making if earlier."""
    if not plan.revisions:
        return list(plan.days)
    last = plan.revisions[-1]
    first = min(last.start, last.at.date(), plan.days[-1].date)
    return [day for day in plan.days if day.date >= first]


class Level(NamedTuple):
    """A dose a day in mg and its first day, as they are read."""

    mg: int
    weekday: str
    day: str


def levels(plan: Plan) -> list[Level]:
    """The levels of the days ahead, each with its first day."""
    runs = [next(days) for _, days in groupby(ahead(plan), key=lambda day: day.total)]
    return [Level(int(day.total), f"{day.date:%A}", f"{day.date.day} {day.date:%B}") for day in runs]


# --- A dose is read alone ---


@pytest.mark.parametrize("name", CASES)
def test_no_number_is_read_out_just_before_a_dose(name: str) -> None:
    for text in (raw(made(name)), " ".join(document(name).itertext()).replace("\u00a0", " ")):
        assert text.count(" mg") > 5 or name == "suspended"
        assert [text[max(match.start() - 30, 0) : match.end()] for match in READ_INTO.finditer(text)] == []


def test_the_check_finds_a_number_before_a_dose() -> None:
    for text in ("Step 1  5 mg a day", "2026\n15 mg", "08:00 2.5 mg", "1 5\u00a0mg"):
        assert READ_INTO.search(text.replace("\u00a0", " "))
    for text in ("First step: 5 mg", "at 08:00 Midday 5 mg", "5 mg 10 mg", "Day 4: 10 mg"):
        assert not READ_INTO.search(text)


@pytest.mark.parametrize("name", PATIENTS)
def test_on_a_patients_page_no_number_stands_beside_a_dose_on_its_line(name: str) -> None:
    first_of_clinician = next((n for n, text in enumerate(pages(name), 1) if "For the prescriber" in text), 1000)
    words = [word for word in words_of(made(name)) if word.page < first_of_clinician]
    doses = [
        word
        for word, after in zip(words, [*words[1:], None], strict=True)
        if re.fullmatch(r"\d+(?:\.\d+)?(?:\u00a0mg.*)?", word.text)
        and ("mg" in word.text or (after and after.text.startswith("mg")))
    ]
    assert doses or name == "suspended"
    for dose in doses:
        before = [
            word
            for word in words
            if word.page == dose.page
            and word.right <= dose.left
            and min(word.bottom, dose.bottom) - max(word.top, dose.top) > (dose.bottom - dose.top) / 2
        ]
        nearest = max(before, key=lambda word: word.right, default=None)
        assert nearest is None or not nearest.text[-1].isdigit(), (nearest, dose)


@pytest.mark.parametrize("name", CASES)
def test_no_line_ends_between_a_number_and_its_unit(name: str) -> None:
    words = words_of(made(name))
    for number, unit in zip(words, words[1:], strict=False):
        if unit.text.startswith("mg") and number.text[-1].isdigit():
            assert abs(number.bottom - unit.bottom) < 1


# --- The first page, and whom to call on every page ---


@pytest.mark.parametrize("name", [*PATIENTS, *first_pages()])
def test_who_reads_the_first_page_alone_takes_the_right_dose_and_knows_whom_to_call(name: str) -> None:
    plan = (handouts() | first_pages())[name]
    first = " ".join(pages(name)[0].split())
    places = [
        first.index(text)
        for text in ("Your baclofen plan", "Your name:", "Date of birth:", "What to take now", "Who to call")
    ]
    assert places == sorted(places)
    if plan.ending == "suspended":
        assert " mg" not in first
        assert "Call before the next dose" in first
    else:
        for dose in ahead(plan)[0].doses:
            assert re.search(rf"\b{dose.slot.capitalize()}\b", first)
            assert f"{dose.mg:f} mg" in first
            assert f"at {getattr(plan.settings_on(ahead(plan)[0].date).slots, dose.slot):%H:%M}" in first
    box = "".join(pages(name)[0].partition("Who to call")[2].split())
    contact = plan.current.output.contact or "Write the name and the phone number here:"
    if "W" * 400 in contact:  # what no page holds beside a dose begins here and goes on on the next
        assert re.match("W{150}", box)
        assert "".join("".join(pages(name)[:2]).split()).count("W") >= len(contact)
    else:
        assert box.startswith(tuple("".join(sep.join(contact.split("\n")).split()) for sep in (" ", ", ")))
    # What calls for help at once stands here, or that the next page says it, wherever a line has room.
    if "urgent" not in name and name != "worst-case" and len(contact) < 100:
        assert ("hard to wake" in first) is not ("The next page says when to call for help at once." in first)
    if name in handouts() and not plan.current.output.large_print:
        assert "Call for help now" in first
        assert "hard to wake" in first


@pytest.mark.parametrize(
    "name", [name for name in (*PATIENTS, *first_pages()) if "urgent" in name or name == "worst-case"]
)
def test_what_cannot_wait_begins_the_first_page_and_what_has_no_room_there_begins_the_next(name: str) -> None:
    patient = handout((handouts() | first_pages())[name]).patient
    assert patient is not None
    assert patient.urgent is not None
    first, *later = (" ".join(page.split()) for page in pages(name)[:3])
    here = [sentence for sentence in patient.urgent.sentences if sentence in first.partition("What to take now")[0]]
    (there,) = [page.partition("Read this first")[2] for page in later if "Read this first" in page] or [""]
    assert here
    assert [*here, *(sentence for sentence in patient.urgent.sentences if sentence in there)] == [
        *patient.urgent.sentences
    ]
    assert ("Read the next page before you take a dose." in first) is bool(there)
    assert first.index("Read this first") < first.index(here[0])


def test_a_dose_of_today_that_is_not_to_be_taken_is_held_back_on_the_first_page() -> None:
    for name in (name for name in first_pages() if name.endswith(", urgent")):
        first = " ".join(pages(name)[0].split())
        assert "30 December 2026: take no more baclofen before you have called your prescriber." in first


def test_whom_to_call_is_never_printed_smaller_than_the_text() -> None:
    for name, plan in first_pages().items():
        typed = (plan.current.output.contact or "Write the name and the phone number here:").replace("\n", " ").split()
        points = 18 if plan.current.output.large_print else 12
        words = [word for word in words_of(made(name)) if word.page == 1]
        heading = next(place for place, word in enumerate(words) if word.text == "Who")
        box = words[heading + 3 : heading + 3 + len(typed)]  # after "Who to call"
        assert all(word.bottom - word.top >= points * 1.1 for word in box), name


@pytest.mark.parametrize("name", PATIENTS)
def test_each_of_the_patients_pages_says_whom_to_call_once(name: str) -> None:
    contact = handouts()[name].current.output.contact or ""
    for text in map(" ".join, map(str.split, pages(name))):
        if "For the prescriber" in text:
            break
        assert text.count("Who to call") == 1
        if contact:
            assert text.count(contact.splitlines()[-1].split()[-1]) >= 1


@pytest.mark.parametrize("name", ["standard", "clinician-only", "many-findings"])
def test_the_page_that_is_signed_has_the_patients_name_and_a_finding_on_it(name: str) -> None:
    (signed,) = (text for text in pages(name) if "Signature" in text)
    assert "Patient's name" in signed
    assert "Patient's date of birth" in signed
    assert "I have checked this plan for this patient." in signed
    assert "Note, not-reviewed." in signed


@pytest.mark.parametrize("name", CASES)
def test_no_page_has_the_small_print_alone(name: str) -> None:
    for text in pages(name):
        body, small, _ = text[: text.rindex(LAST_ON_PAGE)].partition("Good to know")
        assert not small or len(body.split()) > 15


@pytest.mark.parametrize(
    "name", ["standard", "halves", "letter", "one-step", "older", "discreet", "kidneys-G3a", "kidneys-G4"]
)
def test_28_days_stand_on_one_page(name: str) -> None:
    assert len(ahead(handouts()[name])) == 28
    (chart,) = (text for text in pages(name) if "Dizzy" in text)
    assert chart.count("December") >= 28


def test_a_year_and_a_day_stay_printable() -> None:
    start = time.monotonic()
    data = pdf.render(handouts()["long"])
    assert time.monotonic() - start < 20
    assert len(pages_of(data)) <= 16
    assert len(data) < 1_000_000


# --- The staircase, read back ---


@pytest.mark.parametrize("name", WITH_DOSES)
@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_the_levels_and_dates_of_the_svg_are_the_days_of_the_plan(name: str, width: str) -> None:
    plan = handouts()[name]
    (svg,) = (each for each in document(name).iter() if width in each.get("class", "").split())
    texts = [
        (float(text.get("x", "")), float(text.get("y", "")), "".join(text.itertext()).replace("\u00a0", " "), text)
        for text in svg.iter()
        if text.tag.endswith("text")
    ]
    doses = [place for place, text in enumerate(texts) if text[3].get("class") == "level"]
    read = [
        Level(int(texts[place][2].removesuffix(" mg a day")), texts[place + 1][2], texts[place + 2][2])
        for place in doses
    ]
    assert read == levels(plan)
    floors = [each.get("d", "") for each in svg.iter() if each.get("class") == "under"]
    heights = {}
    for level, path in zip(read, floors, strict=True):
        left, y, right, floor, _ = map(int, re.findall(r"-?\d+", path))
        assert right > left
        heights[level.mg] = floor - y
    assert {round(height / mg, 6) for mg, height in heights.items()} == {heights[read[0].mg] / read[0].mg}
    box = [float(number) for number in svg.get("viewBox", "").split()]
    size = float(svg.get("font-size", ""))
    for x, y, text, element in texts:
        length = 0.62 * size * len(text)
        left = x - length if element.get("text-anchor") == "end" else x
        assert box[0] - size <= left
        assert left + length <= box[2] + size
        assert size / 2 < y < box[3] + 1
    dashed = [each for each in svg.iter() if each.get("class") == "dashed"]
    assert len(dashed) == sum(after.mg > before.mg for before, after in zip(read, read[1:], strict=False))
    titles = {each.get("id"): "".join(each.itertext()) for each in svg if each.get("id")}
    assert list(titles) == svg.get("aria-labelledby", "").split()
    assert all(f"{level.weekday} {level.day}" in titles[f"{width}-levels"] for level in read)


@pytest.mark.parametrize("name", WITH_DOSES)
def test_the_levels_and_dates_of_the_pdf_are_the_days_of_the_plan(name: str) -> None:
    _, _, drawn = raw(made(name)).partition("Your dose over the days\n")
    read = re.findall(
        r"^(\d+) mg a day\n(\w+day)\n(\d+ \w+)$", drawn.partition("Your plan, step by step")[0], re.MULTILINE
    )
    assert [Level(int(mg), weekday, day) for mg, weekday, day in read] == levels(handouts()[name])


@pytest.mark.parametrize("name", WITH_DOSES)
def test_every_rise_of_the_staircase_has_its_condition_and_what_to_do_if_it_is_not_met(name: str) -> None:
    read = levels(handouts()[name])
    rises = [after.mg for before, after in zip(read, read[1:], strict=False) if after.mg > before.mg]
    _, _, drawn = raw(made(name)).partition("Your dose over the days\n")
    drawn = drawn.partition("Your plan, step by step")[0]
    assert drawn.count("only if you\nfeel well") == sum(mg <= 15 for mg in rises)
    assert drawn.count("only if your\nprescriber\nsays yes too") == sum(mg > 15 for mg in rises)
    assert ("If not, stay on your dose and call your prescriber." in " ".join(drawn.split())) is bool(rises)
