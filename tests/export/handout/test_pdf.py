"""The PDF of the handout: accessible, whole, the same every time, and never with a letter missing."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from io import BytesIO
from itertools import product
from typing import NamedTuple

import page
import pikepdf
import pytest
from command import pages_of, words_of, words_outside, words_that_meet
from plans import agreed, first_pages, handouts, in_london, revise_in_december

from titrate.errors import BadInput, OutputError
from titrate.export.handout import pdf
from titrate.model import Output, Plan, TabletCount

CASES = sorted(handouts())
PAGES = {
    "abroad": 6,
    "after-review": 6,
    "clinician-only": 2,
    "discreet": 5,
    "fall": 7,
    "fives": 7,
    "halves": 5,
    "held": 5,
    "kidneys-G3a": 5,
    "kidneys-G4": 5,
    "known-at-noon": 6,
    "large": 11,
    "large-30": 17,
    "letter": 5,
    "long": 15,
    "long-contact": 5,
    "many-findings": 7,
    "older": 6,
    "on-the-way": 6,
    "one-step": 5,
    "other-times": 6,
    "patient-only": 4,
    "pen": 5,
    "resumed": 12,
    "standard": 5,
    "suspended": 4,
    "taper": 6,
    "taper-30": 8,
    "target-30": 8,
    "worst-case": 14,
}
MILLIMETRE = 72 / 25.4
WORD = "W" * 490


def contact(text: str) -> bytes:
    return pdf.render(in_london(output=Output(contact=text)))


class Box(NamedTuple):
    """A rectangle on a page, in points, from the lower left corner."""

    left: float
    low: float
    right: float
    high: float

    def holds(self, other: Box) -> bool:
        """Whether the other one lies inside, but for a line's thickness."""
        return (
            self.left - 1 < other.left
            and self.low - 1 < other.low
            and other.right < self.right + 1
            and other.high < self.high + 1
        )


NOWHERE = Box(0, 0, 0, 0)


class Element(NamedTuple):
    """A structure element: its kind, such as H1, its alternative text, the scope of a header, the place of a figure."""

    kind: str
    alt: str
    scope: str
    box: Box


class Shape(NamedTuple):
    """A round shape that is painted on a page: `curves` of four make a circle, of two a half of one."""

    page: int
    box: Box
    curves: int
    filled: bool
    dotted: bool


def elements(made: bytes) -> list[Element]:
    """Every structure element, in reading order."""
    found = []
    with pikepdf.open(BytesIO(made)) as opened:
        waiting = [opened.Root.StructTreeRoot]
        while waiting:
            one = waiting.pop()
            if isinstance(one, pikepdf.Array):
                waiting += reversed(list(one))
            elif isinstance(one, pikepdf.Dictionary):
                if "/S" in one:
                    found.append(Element(str(one.S)[1:], str(one.get("/Alt", "")), scope(one), box(one)))
                if "/K" in one:
                    waiting.append(one.K)
    return found


def attributes(element: pikepdf.Object) -> list[pikepdf.Object]:
    owned = element.get("/A", [])
    return list(owned) if isinstance(owned, (pikepdf.Array, list)) else [owned]


def scope(element: pikepdf.Object) -> str:
    return next((str(one.Scope)[1:] for one in attributes(element) if "/Scope" in one), "")


def box(element: pikepdf.Object) -> Box:
    return next((Box(*map(float, one.BBox)) for one in attributes(element) if "/BBox" in one), NOWHERE)


def shapes(made: bytes) -> list[Shape]:
    """Every painted path that is all curves, in the order of painting: nothing else on the pages is."""
    found = []
    with pikepdf.open(BytesIO(made)) as opened:
        for number, leaf in enumerate(opened.pages):
            kept: list[tuple[pikepdf.Matrix, bool]] = []
            place, dotted, drawn, path = pikepdf.Matrix(), False, "", []
            for step in pikepdf.parse_content_stream(leaf):
                operator, operands = str(step.operator), list(step.operands)
                if operator == "q":
                    kept.append((place, dotted))
                elif operator == "Q":
                    place, dotted = kept.pop()
                elif operator == "cm":
                    place = pikepdf.Matrix(*map(float, operands)) @ place
                elif operator == "d":
                    dotted = len(operands[0]) > 0
                elif operator in ("m", "c", "l", "h", "re"):
                    drawn += operator
                    numbers = list(map(float, operands))
                    path += [place.transform(point) for point in zip(numbers[::2], numbers[1::2], strict=True)]
                elif operator in ("S", "s", "f", "f*", "B", "B*", "b", "b*", "n"):
                    if set(drawn) in ({"m", "c"}, {"m", "c", "h"}) and operator != "n":
                        across, up = zip(*path, strict=True)
                        where = Box(min(across), min(up), max(across), max(up))
                        found.append(Shape(number, where, drawn.count("c"), operator[0] in "fBb", dotted))
                    drawn, path = "", []
    return found


def places_of(made: bytes) -> list[tuple[int, Box, str]]:
    """Every word with its page, from 0 on, and its place."""
    return [
        (word.page - 1, Box(word.left, word.height - word.bottom, word.right, word.height - word.top), word.text)
        for word in words_of(made)
    ]


class FakeFile(NamedTuple):
    """A template that is not the one that ships."""

    text: str

    def read_bytes(self) -> bytes:
        return self.text.encode()


def in_tablets(plan: Plan, *counts: str) -> Plan:
    """The plan with its first step's dose in that many tablets of 10 mg, more than this protocol ever needs."""
    first, *later = plan.steps
    pieces = tuple(TabletCount(Decimal(10), Decimal(count)) for count in counts)
    dose = first.doses[0]._replace(mg=sum((one.tablet_mg * one.count for one in pieces), Decimal(0)))
    return plan._replace(steps=(first._replace(doses=(dose,), tablets=(pieces,)), *later))


@pytest.mark.parametrize("name", CASES)
def test_every_handout_conforms_to_pdf_ua(name: str) -> None:
    report = page.validate_pdf_bytes(pdf.render(handouts()[name]), profile=page.ValidationProfile.PDF_UA_1)
    assert [(failure.rule_id, failure.message) for failure in report.failures] == []
    assert report.is_compliant


def test_the_checker_finds_what_is_wrong() -> None:
    made = pdf.render(in_london())
    broken = made.replace(b"/Alt", b"/Abc").replace(b"/Lang", b"/Lung").replace(b"/Scope", b"/Scape")
    assert not page.is_pdf_compliant_bytes(broken, profile=page.ValidationProfile.PDF_UA_1)


def test_headings_figures_and_table_headers_are_tagged() -> None:
    made = elements(pdf.render(handouts()["halves"]))
    kinds = Counter(one.kind for one in made)
    assert (kinds["H1"], kinds["H3"], kinds["Table"]) == (2, 3, 2)
    assert kinds["H2"] >= 10
    levels = [int(one.kind[1]) for one in made if one.kind in ("H1", "H2", "H3")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    assert [one.scope for one in made if one.kind == "TH"] == ["Column"] * (8 + 4)
    first, staircase, *others = [one.alt for one in made if one.kind == "Figure"]
    assert [first, *others] == ["Drawing: half a 10 mg tablet"] * 7
    assert staircase == (
        "Your dose from Tuesday 1 December 2026 to Monday 28 December 2026, drawn as steps. "
        "5 mg a day from Tuesday 1 December 2026. 10 mg a day from Friday 4 December 2026, only if you feel well. "
        "15 mg a day from Tuesday 8 December 2026, only if you feel well."
    )


TABLETS = {
    "halves": handouts()["halves"],
    "halves and wholes": in_london(target=Decimal(30), tablets=(Decimal(10),)),
    "wholes of two strengths": handouts()["target-30"],
    "wholes": in_london(target=Decimal(30), tablets=(Decimal(5),)),
    "one and a half": in_tablets(handouts()["halves"], "1.5"),
    "two and a half": in_tablets(handouts()["halves"], "2.5"),
    "large print": handouts()["large-30"],
}


@pytest.mark.parametrize("name", TABLETS)
def test_a_half_tablet_is_drawn_as_a_half_and_never_with_a_strength_in_it(name: str) -> None:
    plan = TABLETS[name]
    made = pdf.render(plan)
    drawn, words = shapes(made), places_of(made)
    figures = [one for one in elements(made) if one.alt.startswith("Drawing:")]
    planned = [count for step in (plan.steps[0], *plan.steps) for dose in step.tablets for count in dose]
    for figure, count in zip(figures, planned, strict=True):
        wholes, half = int(count.count), count.count % 1 != 0
        assert ("half" in figure.alt) == half
        mine, drawn = drawn[: wholes + 2 * half], drawn[wholes + 2 * half :]
        assert all(figure.box.holds(one.box) for one in mine)
        assert [(one.curves, one.filled, one.dotted) for one in mine[:wholes]] == [(4, False, False)] * wholes
        here = [(where, text) for number, where, text in words if number == mine[0].page and figure.box.holds(where)]
        assert [text for _, text in here] == [f"{count.tablet_mg:f}"] * wholes
        assert all(one.box.holds(where) for one, (where, _) in zip(mine, here, strict=False))
        if half:
            gone, kept = mine[wholes:]  # the missing half is dotted; the half to take, on its left, is filled
            assert (gone.curves, gone.filled, gone.dotted) == (2, False, True)
            assert (kept.curves, kept.filled, kept.dotted) == (2, True, False)
            assert kept.box.right == pytest.approx(gone.box.left)
            assert kept.box.high - kept.box.low == pytest.approx(2 * (kept.box.right - kept.box.left), abs=0.1)
    assert drawn == []


def test_the_file_has_a_title_and_a_language_and_no_date_of_its_own() -> None:
    with pikepdf.open(BytesIO(pdf.render(in_london()))) as opened:
        assert str(opened.docinfo.Title) == "Your baclofen plan"
        assert str(opened.Root.Lang) == "en"
        assert opened.Root.ViewerPreferences.DisplayDocTitle
        dates = {str(opened.docinfo[key]) for key in ("/CreationDate", "/ModDate") if key in opened.docinfo}
        assert dates <= {"D:19700101000000Z", "D:19700101000000"}
        assert {str(font.BaseFont).partition("+")[2] for font in fonts(opened)} == {"NotoSans-Regular"}


def fonts(opened: pikepdf.Pdf) -> Iterator[pikepdf.Dictionary]:
    for leaf in opened.pages:
        yield from leaf.Resources.get("/Font", {}).values()


def test_equal_plans_give_equal_bytes_in_a_fresh_compiler_too() -> None:
    first = pdf.render(handouts()["halves"])
    pdf.render(handouts()["large"])
    assert pdf.render(handouts()["halves"]) == first
    pdf._compiler.cache_clear()
    assert pdf.render(handouts()["halves"]) == first


@pytest.mark.parametrize("name", CASES)
def test_the_pages_are_as_many_as_when_they_were_looked_at(name: str) -> None:
    assert len(pages_of(pdf.render(handouts()[name]))) == PAGES[name]


@cache
def laid_out(name: str) -> bytes:
    return pdf.render((handouts() | first_pages() | unbreakable())[name])


@cache
def unbreakable() -> dict[str, Plan]:
    """Plans with one endless word in every free text that reaches a page."""
    word, made = WORD, {}
    for paper, large in product(("a4", "letter"), (False, True)):
        named = {"taking": (f"other:{word}", "codeine"), "conditions": (f"other:{word}",), "prescriber": word}
        first = agreed(**named, output=Output(contact=word, paper=paper, large_print=large), tablets=(10,))
        later = {
            **named,
            "taking": (f"other:{word}x", "baclofen pump"),
            "reason": word,
            "confirmed": first.inputs.confirmed,
        }
        made[f"{paper}, {large}"] = revise_in_december(first, 6, "hold", days=3, **later)
    return made


@pytest.mark.parametrize("name", [*CASES, *first_pages(), *unbreakable()])
def test_no_word_comes_nearer_than_six_millimetres_to_an_edge(name: str) -> None:
    assert words_outside(laid_out(name), 6 * MILLIMETRE) == []


def test_the_edge_check_finds_a_word() -> None:
    assert words_outside(pdf.render(in_london()), 16 * MILLIMETRE) != []


@pytest.mark.parametrize("name", [*CASES, *first_pages(), *unbreakable()])
def test_no_word_covers_another(name: str) -> None:
    assert words_that_meet(laid_out(name)) == []


def test_the_cover_check_finds_words_that_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    dense = pdf.TEMPLATE.read_text("utf-8").replace("above: 0.3em + 0.15 * size", "above: -0.3em")
    monkeypatch.setattr(pdf, "TEMPLATE", FakeFile(dense))
    assert ("Evening", "5") in words_that_meet(pdf.render(handouts()["standard"]))


@pytest.mark.parametrize("name", CASES)
def test_every_page_says_do_not_stop_its_number_and_its_plan(name: str) -> None:
    plan = handouts()[name]
    made = pages_of(pdf.render(plan))
    for number, text in enumerate(made, 1):
        assert "Do not stop suddenly." in text
        assert f"Page {number} of {len(made)}" in text
        assert str(plan.id) in text
        assert f"revision {len(plan.revisions)}" in text
        assert "it does not prescribe" in " ".join(text.split())


@pytest.mark.parametrize("name", CASES)
def test_no_heading_and_no_gate_stands_alone_at_the_end_of_a_page(name: str) -> None:
    headings = {"Your plan, step by step", "Day by day", "Findings", "Steps", "Stopping", "Who to call", "Good to know"}
    headings |= {"Your dose over the days", "For you", "Call for help now", "What to take now"}
    for text in pages_of(pdf.render(handouts()[name])):
        body = text[: text.rindex("Do not stop suddenly.")].strip().splitlines()
        last = " ".join(body[-1].split())
        assert last not in headings
        assert not last.startswith("Go ")
        assert not last.startswith("If not, stay on")


@pytest.mark.parametrize("name", ["long", "large", "target-30", "taper-30"])
def test_no_day_is_parted_from_its_boxes(name: str) -> None:
    plan = handouts()[name]
    first = plan.revisions[-1].at.date() if plan.revisions else plan.inputs.start
    days = [day for day in plan.days if day.date >= first]
    for text in pages_of(pdf.render(plan)):
        chart = text[: text.rindex("Do not stop suddenly.")]
        if "Sleepy" not in chart:  # the head of the chart, which every page of it repeats
            continue
        dates = len(re.findall(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b", chart))
        here, days = days[:dates], days[dates:]
        assert dates > 0
        assert len(re.findall(r"\b\d+ mg", chart)) == sum(len(day.doses) for day in here)
    assert days == []


def test_large_print_is_upright_on_every_page() -> None:
    for name in ("large", "large-30", "worst-case"):
        with pikepdf.open(BytesIO(pdf.render(handouts()[name]))) as opened:
            edges = [[float(edge) for edge in leaf.MediaBox] for leaf in opened.pages]
        assert all(high > wide for _, _, wide, high in edges)
        assert len({(wide, high) for _, _, wide, high in edges}) == 1


def test_the_size_of_the_paper_is_as_asked() -> None:
    with pikepdf.open(BytesIO(pdf.render(handouts()["letter"]))) as opened:
        assert {tuple(float(edge) for edge in leaf.MediaBox) for leaf in opened.pages} == {(0, 0, 612, 792)}
    with pikepdf.open(BytesIO(pdf.render(handouts()["standard"]))) as opened:
        assert {tuple(round(float(edge)) for edge in leaf.MediaBox) for leaf in opened.pages} == {(0, 0, 595, 842)}


@pytest.mark.parametrize(
    "text",
    [
        '#import "x.typ"',
        "<script>alert(1)</script>",
        "$x^2$ #panic() @a *b* _c_ \\ `d` = e",
        '"quoted" {n} [x] //no',
        "</style>",
    ],
)
def test_markup_in_a_contact_is_plain_text(text: str) -> None:
    assert text in pages_of(contact(text))[0]


@pytest.mark.parametrize(
    "text", ["Dr Zoë Ångström-Núñez", "Δρ Παπαδόπουλος", "Доктор Иванова", "Đặng Thị Hương", "½ café"]
)
def test_a_name_that_the_font_has_is_printed_whole(text: str) -> None:
    assert text in pages_of(contact(text))[0]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Dr 山田", "山 田"),
        ("د. أحمد", "د أ ح م"),
        ("ד״ר כהן 03-555-0100", "ד ״ ר כ ה ן"),
        ("☎ 0123", "☎"),
        ("call 👩‍⚕️", "👩 ⚕"),
        ("한국", "한 국"),
    ],
)
def test_letters_that_the_font_lacks_are_named(text: str, named: str) -> None:
    with pytest.raises(BadInput, match=rf"^contact: the PDF's font has no letters for {named}.*; spell .*\.html"):
        contact(text)


def test_letters_that_the_font_lacks_in_an_illness_are_named_too() -> None:
    plan = in_london()
    told = plan._replace(
        inputs=plan.inputs._replace(prescriber="x", patient=plan.inputs.patient._replace(conditions=("冷え",)))
    )
    with pytest.raises(BadInput, match=r"^condition: the PDF's font has no letters for 冷 え"):
        pdf.render(told)


@pytest.mark.parametrize("letter", ["\u17c1", "\u17c3", "\u302e"])
def test_a_mark_that_typst_would_replace_by_a_dotted_circle_is_named(letter: str) -> None:
    with pytest.raises(BadInput, match=rf"^contact: the PDF's font has no letters for {letter}; spell"):
        contact(f"x{letter}")


def test_letters_are_named_once_in_their_order_with_every_place_they_were_typed_in() -> None:
    plan = in_london(output=Output(contact="山 ½ 山"), prescriber="田é山")
    with pytest.raises(
        BadInput,
        match=r"^contact, prescriber: the PDF's font has no letters for 山 田; "
        r"spell them in another way, or write the handout as \.html, which prints from any browser$",
    ):
        pdf.render(plan._replace(findings=(plan.findings[0]._replace(confirmed_by="田é山"), *plan.findings[1:])))


@pytest.mark.parametrize("name", unbreakable())
def test_an_endless_word_breaks_and_is_printed_whole_in_every_place(name: str) -> None:
    bodies = (page[: page.rindex("Do not stop suddenly.")] for page in pages_of(laid_out(name)))
    text = "".join("".join(bodies).split()).replace("Whotocall:lookatthefirstpage.", "")
    assert {len(run) for run in re.findall("W{2,}", text)} == {len(WORD)}
    for place in (
        "Whotocall",
        "Wecouldnotcheck",
        "reason:",
        "prescriber:",
        "confirmedby",
        "medicinesother:",
        "conditionsother:",
    ):
        assert place + WORD in text


def test_a_prescriber_of_ten_thousand_letters_takes_pages_and_covers_nothing() -> None:
    output = Output(large_print=True, paper="letter")
    made = pdf.render(in_london(age=66, confirmed=("age-65-plus",), prescriber="W" * 10_000, output=output))
    assert words_outside(made, 6 * MILLIMETRE) == []
    assert words_that_meet(made) == []
    assert "".join(pages_of(made)).count("W") >= 10_000


def test_without_typst_the_html_handout_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    pdf._compiler.cache_clear()
    with pytest.raises(
        OutputError, match=r"^handout\.pdf: the package typst is not installed here; write the handout as \.html"
    ):
        pdf.render(in_london())
