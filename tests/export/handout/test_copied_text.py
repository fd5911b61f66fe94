"""What is copied from the PDF: the letters that are seen and plain spaces, so that a number can be dialled and a word found."""

from __future__ import annotations

import subprocess
from functools import cache
from io import BytesIO

import pikepdf
import pytest
from command import pages_of, program, words_of, words_outside
from plans import handouts, in_london

from titrate.export.handout import pdf
from titrate.model import Output

MARGIN = 6 * 72 / 25.4
NUMBER = "+49 30 555 0100"


@cache
def copied(contact: str, *, large: bool = False) -> str:
    """All that is copied of a plan with that contact, as it comes."""
    return text_of(pdf.render(in_london(output=Output(contact=contact, large_print=large, audience="patient"))))


def text_of(made: bytes) -> str:
    run = subprocess.run([program("pdftotext"), "-raw", "-", "-"], input=made, capture_output=True, check=True)
    return run.stdout.decode()


def unseen(text: str) -> set[str]:
    """The characters of a text that nobody sees, but for plain spaces and the ends of lines and pages."""
    return {char for char in text if char not in " \n\f" and (char.isspace() or not char.isprintable())}


@pytest.mark.parametrize("name", sorted(handouts()))
def test_a_copied_page_holds_no_character_that_nobody_sees(name: str) -> None:
    text = text_of(pdf.render(handouts()[name]))
    assert unseen(text) == set()
    assert name == "suspended" or " mg" in text


def test_the_check_finds_what_nobody_sees() -> None:
    unseen_ones = "\u00a0\u00ad\u200b\u200d\u200e\u202a\u2060\ufeff"
    assert unseen(f"5{unseen_ones} mg\n") == {*unseen_ones}


@pytest.mark.parametrize(
    "typed",
    [
        NUMBER,
        "+49\u00a030\u00a0555\u00a00100",
        "\u200e+49 30 555 0100\u200e",
        "\u200f+49\u00a030 555\u200c 0100",
        "+49\u200d 30 555 0100",
    ],
)
def test_a_number_is_copied_as_it_is_dialled_from_the_first_page_and_from_every_foot(typed: str) -> None:
    text = copied(f"Dr Zoë {typed}")
    pages = text.split("\f")[:-1]
    assert all(f"Dr Zoë {NUMBER}" in page for page in pages)
    assert unseen(text) == set()


def test_hyphens_of_a_number_are_those_that_a_telephone_takes() -> None:
    assert "call 03-555-0100 now" in copied("call 03\u2011555\u20110100 now")


@pytest.mark.parametrize("before", range(0, 60, 7))
@pytest.mark.parametrize("number", ["020 7946 0123", "(030) 555-0100", "03-555-0100", NUMBER])
def test_a_number_stands_on_one_line_wherever_it_comes(number: str, before: int) -> None:
    text = copied(f"{'ab ' * before}{number} or wait", large=True)
    assert sum(number in line for line in text.splitlines()) >= 2  # on the first page and at the foot of another
    assert number.split()[-1] not in {
        line.split()[0] for line in text.splitlines() if line.strip() and number not in line
    }


def test_long_words_that_are_joined_break_between_them_and_not_within() -> None:
    made = pdf.render(in_london(output=Output(contact="\u00a0".join(["Wasserwerkweg"] * 30), large_print=True)))
    assert words_outside(made, MARGIN) == []
    assert pages_of(made)[0].count("Wasserwerkweg") >= 30
    joined = pdf.render(in_london(output=Output(contact="\u00a0".join(["WWWWW"] * 80), large_print=True)))
    assert words_outside(joined, MARGIN) == []


@pytest.mark.parametrize("joint", ["\u00a0", " ", "-"])
def test_a_chain_of_digits_too_long_for_a_line_breaks(joint: str) -> None:
    made = pdf.render(in_london(output=Output(contact=joint.join(["0123"] * 90), large_print=True)))
    assert words_outside(made, MARGIN) == []
    assert "".join(pages_of(made)[0].split()).replace("-", "").count("0123") >= 90


def test_a_long_word_is_copied_whole() -> None:
    link = "https://clinic.example.org/appointments/raynaud?patient=new&language=english&when=tomorrow&who=dr-angstrom"
    assert link in copied(link).replace("\n", "")
    assert [
        word.text for word in words_of(pdf.render(in_london(output=Output(contact="a" * 40)))) if "aaa" in word.text
    ]


def test_what_is_read_out_of_a_drawing_has_plain_spaces() -> None:
    with pikepdf.open(BytesIO(pdf.render(handouts()["halves"]))) as opened:
        told = [str(one.Alt) for one in opened.objects if isinstance(one, pikepdf.Dictionary) and "/Alt" in one]
    assert "Drawing: half a 10 mg tablet" in told
    assert unseen("".join(told)) == set()
