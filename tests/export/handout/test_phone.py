"""Which part of a contact is a number to dial: surely one, or none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from titrate.export.handout.phone import pieces

# Written by hand: the line, and what a person would dial.
DIALLED = {
    "Dr Klein's practice, 030 555 0100": ["0305550100"],
    "Raynaud clinic, 020 7946 0123": ["02079460123"],
    "Dr Lee, 555-0134": ["5550134"],
    "030/5550100": ["0305550100"],
    "+44 (0)20 7946 0000": ["+442079460000"],
    "0044 20 7946 0000": ["00442079460000"],
    "(030) 555 0100": ["0305550100"],
    "+1 (212) 555-0199": ["+12125550199"],
    "+49-30-555-0100.": ["+49305550100"],
    "Tel:030 5550100": ["0305550100"],
    "01 23 45 67 89": ["0123456789"],
    "030 555 01 00 or 0171-555 01 00": ["0305550100", "01715550100"],
    "9:00 to 17:00, 030 555 0100": ["0305550100"],
    "Mon-Fri 9-17, Suite 200, (555) 013-4000": ["5550134000"],
    "د. أحمد 030 555 0100": ["0305550100"],
    "٠٣٠ ٥٥٥ ٠١٠٠": ["0305550100"],
    "ד״ר כהן 03-555-0100, +972 3 555 0100": ["035550100", "+97235550100"],
    "030\u00a0555\u00a00100": ["0305550100"],
    "030 555 0100 ext. 1234567": ["0305550100"],
    "+49 30 555 0100": ["+49305550100"],
    "0171-555 01 00": ["01715550100"],
    "1-800-555-0199 ext 12": ["18005550199"],
    "212-555-0199": ["2125550199"],
}
NOT_SURELY_ONE = [
    "116117",
    "12 04 56 78",
    "555-0100/0101",
    "030 / 555 0100",
    "030  555 0100",
    "030 555  0100",
    "030—555 0100",
    "030 − 555 0100",
    "030 555 O100",
    "Mon-Fri 8-12 555 0100",
    "8.30-12 555 0100",
    "Mon to Fri 8 to 17 555 0100",
    "+49 (0) 30 555 0100 9-17",
    "Hauptstr. 12 030 555 0100",
    "1 030 555 0100",
    "2 0 30 555 0100",
    "Station 4 555 0100",
    "Box 1234 555 0100",
    "Suite 200 555-0134",
    "020 7946 0123 2",
    "555 0100 1",
    "+44 020 7946 0000",
    "++49 30 5550100",
    "+49 30 555 0100+49 30 555 0101",
    "08 00 - 17 30",
    "08 30 17 30",
    "Mo 8 12 14 18",
    "01 12 2026",
    "LANR 123456789",
    "Patient no. 1234567",
    "NHS number 943 476 5919",
    "192.168.178.100",
    "$100000",
    "3.141592",
    "#123456",
    "03-555-0100 9-17",
    "",
    "Dr Klein",
    "NHS 111",
    "10115 Berlin",
    "Springfield 12345-6789",
    "2026-12-01",
    "01.12.2026",
    "9-17",
    "08.00-17.30",
    "9.00 - 17.00",
    "0900-1700",
    "Ward 3 030 555 0100",
    "555-0100 555-0101",
    "030 5550100 0171 5550101",
    "030 555 0100x",
    "030 555 0100:5",
    "(030 5550100",
    "fax030555010",
    "a@b123456.de",
    "100000000000000000000",
    "5 % of 1234567%",
]


@pytest.mark.parametrize("line", DIALLED)
def test_a_number_is_dialled_as_it_is_written(line: str) -> None:
    assert [piece.dial for piece in pieces(line) if piece.dial] == DIALLED[line]


@pytest.mark.parametrize("line", NOT_SURELY_ONE)
def test_what_is_not_surely_one_number_is_text(line: str) -> None:
    assert [piece.dial for piece in pieces(line) if piece.dial] == []


@given(st.text(alphabet="0123456789 +-./():,\u00a0x٣", max_size=40))
def test_the_pieces_make_up_the_line_and_a_number_dials_the_digits_that_it_shows(line: str) -> None:
    found = pieces(line)
    assert "".join(piece.text for piece in found) == line
    for piece in found:
        shown = "".join(str(int(char)) for char in piece.text.replace("(0)", "") if char.isdecimal())
        whole = "".join(str(int(char)) for char in piece.text if char.isdecimal())
        assert piece.dial in ("", shown, whole, f"+{shown}")
        assert len(piece.dial.removeprefix("+")) <= 17


@given(st.text(alphabet="0123456789 -", min_size=1, max_size=30))
def test_a_number_never_begins_or_ends_within_a_run_of_digits(line: str) -> None:
    found = pieces(line)
    for before, after in zip(found, found[1:], strict=False):
        assert not (before.text[-1].isdigit() and after.text[0].isdigit())
