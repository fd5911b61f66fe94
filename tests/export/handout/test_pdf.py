"""The PDF of the handout: accessible, whole, the same every time, and never with a letter missing."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from typing import NamedTuple

import page
import pikepdf
import pytest
from command import pages_of, program, words_outside
from plans import handouts, in_london

from titrate.errors import BadInput, OutputError
from titrate.export.handout import pdf
from titrate.model import Output, Plan, TabletCount

CASES = sorted(handouts())
PAGES = {
    "abroad": 5,
    "after-review": 5,
    "clinician-only": 1,
    "fall": 5,
    "fives": 5,
    "halves": 4,
    "held": 4,
    "large": 10,
    "large-30": 14,
    "known-at-noon": 5,
    "letter": 4,
    "long": 14,
    "long-contact": 5,
    "older": 5,
    "on-the-way": 5,
    "one-step": 4,
    "other-times": 5,
    "patient-only": 3,
    "pen": 4,
    "standard": 4,
    "suspended": 4,
    "taper": 4,
    "taper-30": 7,
    "target-30": 7,
}
MILLIMETRE = 72 / 25.4


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


def words_of(made: bytes) -> list[tuple[int, Box, str]]:
    """Every word with its page and place, as pdftotext reads them."""
    run = subprocess.run([program("pdftotext"), "-bbox", "-", "-"], input=made, capture_output=True, check=True)
    found, page_number, height = [], -1, 0.0
    for tag, told, text in re.findall(r"<(page|word) ([^>]*)>([^<]*)", run.stdout.decode()):
        at = {name: float(value) for name, value in re.findall(r'(\w+)="([^"]*)"', told)}
        if tag == "page":
            page_number, height = page_number + 1, at["height"]
        else:
            found.append((page_number, Box(at["xMin"], height - at["yMax"], at["xMax"], height - at["yMin"]), text))
    return found


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
    assert [one.alt for one in made if one.kind == "Figure"] == ["Drawing: half a 10 mg tablet"] * 7


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
    drawn, words = shapes(made), words_of(made)
    figures = [one for one in elements(made) if one.kind == "Figure"]
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


@pytest.mark.parametrize("name", CASES)
def test_no_word_comes_nearer_than_six_millimetres_to_an_edge(name: str) -> None:
    assert words_outside(pdf.render(handouts()[name]), 6 * MILLIMETRE) == []


def test_the_edge_check_finds_a_word() -> None:
    assert words_outside(pdf.render(in_london()), 16 * MILLIMETRE) != []


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
        dates = len(re.findall(r"\b[A-Z][a-z]+day \d+\b", chart))
        here, days = days[:dates], days[dates:]
        assert dates > 0
        assert len(re.findall(r"\b\d+ mg", chart)) == sum(len(day.doses) for day in here)
    assert days == []


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
    [("Dr 山田", "山 田"), ("د. أحمد", "د أ ح م"), ("☎ 0123", "☎"), ("call 👩‍⚕️", "👩 ⚕"), ("한국", "한 국")],
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


def test_a_very_long_word_breaks_and_stays_on_the_page() -> None:
    made = contact("x" * 480)
    assert words_outside(made, 6 * MILLIMETRE) == []
    assert "".join(pages_of(made)[0].split()).count("x") >= 480


def test_without_typst_the_html_handout_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    pdf._compiler.cache_clear()
    with pytest.raises(
        OutputError, match=r"^handout\.pdf: the package typst is not installed here; write the handout as \.html"
    ):
        pdf.render(in_london())
