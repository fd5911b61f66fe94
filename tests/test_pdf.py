"""The PDF of the handout: accessible, whole, the same every time, and never with a letter missing."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

import page
import pikepdf
import pytest
from handout_plans import cases, make, pages_of, tool, words_outside

from titrate.errors import BadInput, OutputError
from titrate.export import glyphs, pdf
from titrate.model import Output

CASES = sorted(cases())
PAGES = {
    "after-review": 5,
    "clinician-only": 1,
    "fall": 5,
    "fives": 5,
    "halves": 4,
    "held": 4,
    "large": 10,
    "large-30": 14,
    "letter": 4,
    "long": 14,
    "long-contact": 5,
    "older": 4,
    "one-step": 4,
    "patient-only": 3,
    "pen": 4,
    "standard": 4,
    "suspended": 3,
    "taper": 4,
    "taper-30": 7,
    "target-30": 7,
}
MILLIMETRE = 72 / 25.4


def contact(text: str) -> bytes:
    return pdf.render(make(output=Output(contact=text)))


class Element(NamedTuple):
    """A structure element: its kind, such as H1, its alternative text and the scope of a header."""

    kind: str
    alt: str
    scope: str


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
                    found.append(Element(str(one.S)[1:], str(one.get("/Alt", "")), scope(one)))
                if "/K" in one:
                    waiting.append(one.K)
    return found


def scope(element: pikepdf.Object) -> str:
    owned = element.get("/A", [])
    attributes = owned if isinstance(owned, (pikepdf.Array, list)) else [owned]
    return next((str(one.Scope)[1:] for one in attributes if "/Scope" in one), "")


@pytest.mark.parametrize("name", CASES)
def test_every_handout_conforms_to_pdf_ua(name: str) -> None:
    report = page.validate_pdf_bytes(pdf.render(cases()[name]), profile=page.ValidationProfile.PDF_UA_1)
    assert [(failure.rule_id, failure.message) for failure in report.failures] == []
    assert report.is_compliant


def test_the_checker_finds_what_is_wrong() -> None:
    made = pdf.render(make())
    broken = made.replace(b"/Alt", b"/Abc").replace(b"/Lang", b"/Lung").replace(b"/Scope", b"/Scape")
    assert not page.is_pdf_compliant_bytes(broken, profile=page.ValidationProfile.PDF_UA_1)


def test_headings_figures_and_table_headers_are_tagged() -> None:
    made = elements(pdf.render(cases()["halves"]))
    kinds = Counter(one.kind for one in made)
    assert (kinds["H1"], kinds["H3"], kinds["Table"]) == (2, 3, 2)
    assert kinds["H2"] >= 10
    levels = [int(one.kind[1]) for one in made if one.kind in ("H1", "H2", "H3")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    assert [one.scope for one in made if one.kind == "TH"] == ["Column"] * (8 + 4)
    assert [one.alt for one in made if one.kind == "Figure"] == ["Drawing: half a 10 mg tablet"] * 7


def test_the_file_has_a_title_and_a_language_and_no_date_of_its_own() -> None:
    with pikepdf.open(BytesIO(pdf.render(make()))) as opened:
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
    first = pdf.render(cases()["halves"])
    pdf.render(cases()["large"])
    assert pdf.render(cases()["halves"]) == first
    pdf._compiler.cache_clear()
    assert pdf.render(cases()["halves"]) == first


@pytest.mark.parametrize("name", CASES)
def test_the_pages_are_as_many_as_when_they_were_looked_at(name: str) -> None:
    assert len(pages_of(pdf.render(cases()[name]))) == PAGES[name]


@pytest.mark.parametrize("name", CASES)
def test_no_word_comes_nearer_than_six_millimetres_to_an_edge(name: str) -> None:
    assert words_outside(pdf.render(cases()[name]), 6 * MILLIMETRE) == []


def test_the_edge_check_finds_a_word() -> None:
    assert words_outside(pdf.render(make()), 16 * MILLIMETRE) != []


@pytest.mark.parametrize("name", CASES)
def test_every_page_says_do_not_stop_its_number_and_its_plan(name: str) -> None:
    plan = cases()[name]
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
    for text in pages_of(pdf.render(cases()[name])):
        body = text[: text.rindex("Do not stop suddenly.")].strip().splitlines()
        last = " ".join(body[-1].split())
        assert last not in headings
        assert not last.startswith("Go ")
        assert not last.startswith("If not, stay on")


@pytest.mark.parametrize("name", ["long", "large", "target-30", "taper-30"])
def test_no_day_is_parted_from_its_boxes(name: str) -> None:
    plan = cases()[name]
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
    with pikepdf.open(BytesIO(pdf.render(cases()["letter"]))) as opened:
        assert {tuple(float(edge) for edge in leaf.MediaBox) for leaf in opened.pages} == {(0, 0, 612, 792)}
    with pikepdf.open(BytesIO(pdf.render(cases()["standard"]))) as opened:
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
    with pytest.raises(BadInput, match=rf"^--contact: the PDF's font has no letters for {named}.*; spell .*\.html"):
        contact(text)


def test_letters_that_the_font_lacks_elsewhere_are_named_too() -> None:
    plan = make()
    told = plan._replace(
        inputs=plan.inputs._replace(prescriber="x", patient=plan.inputs.patient._replace(conditions=("冷え",)))
    )
    with pytest.raises(BadInput, match=r"^handout\.pdf: the PDF's font has no letters for 冷 え"):
        pdf.render(told)


def test_what_the_font_is_said_to_have_typst_can_draw() -> None:
    sample = [chr(code) for code in sorted(glyphs.drawable()) if chr(code).isprintable() and code > 0x20]
    for start in range(0, len(sample), 400):
        contact(" ".join(sample[start : start + 240]))


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
        pdf.render(make())


def test_the_tools_are_here() -> None:
    assert tool("pdftotext")
