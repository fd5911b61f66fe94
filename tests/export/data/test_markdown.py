from typing import Any

import pytest
from markdown_it import MarkdownIt
from plans import make

from titrate import __version__
from titrate.export import render, summary
from titrate.export.summary import finding_lines
from titrate.model import Output, Plan

READER = MarkdownIt("commonmark").enable("table")
HOSTILE = "Dr | <b>A</b> *B* _C_ [d](http://e) `f` # g &lt; \\| ~~h~~\n\n# i\n| j |"


def text_of(made: Plan) -> str:
    return render(made, "md").decode("utf-8")


def table_of(made: Plan) -> list[list[str]]:
    """Read the step table back with a Markdown reader: one list of cells a row, header first."""
    rows: list[list[str]] = []
    for token in READER.parse(text_of(made)):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows and len(rows[-1]) < 9:
            rows[-1].append("".join(child.content for child in token.children or ()))
    return rows


def inline_of(made: Plan) -> list[Any]:
    return [child for token in READER.parse(text_of(made)) for child in token.children or ()]


def test_the_standard_plan_is_one_table_with_one_row_a_step() -> None:
    gate = "go up only if well tolerated; if not, stay on {} mg a day and call the prescriber"
    assert table_of(make()) == [
        ["Step", "Days", "From", "To", "Morning 08:00", "Midday 14:00", "Evening 20:00", "A day", "Gate"],
        ["1", "1-3", "Tue 1 Dec 2026", "Thu 3 Dec 2026", "-", "-", "5 mg", "5 mg", ""],
        ["2", "4-7", "Fri 4 Dec 2026", "Mon 7 Dec 2026", "5 mg", "-", "5 mg", "10 mg", gate.format(5)],
        ["3", "8-28", "Tue 8 Dec 2026", "Mon 28 Dec 2026", "5 mg", "5 mg", "5 mg", "15 mg", gate.format(10)],
    ]


def test_tablets_stand_beside_their_dose_and_their_short_form_is_explained() -> None:
    made = make(tablets=(10,))
    assert table_of(made)[1][6] == "5 mg (½ x 10)"
    assert "½ x 10 is half a tablet of 10 mg." in text_of(made)


@pytest.mark.parametrize("given", [{}, {"age": 70}, {"egfr": 20}, {"egfr": 81, "target": 30, "tablets": (10,)}])
def test_it_says_all_that_the_table_says(given: dict[str, Any]) -> None:
    made = make(**given)
    said = " ".join("".join(child.content for child in inline_of(made)).split())
    for line in (*finding_lines(made.findings), *summary.facts(made)):
        assert f"{line.label}:" in said
        assert line.text in said
    assert summary.small_print(made) in said


def test_what_a_user_typed_marks_up_nothing_and_is_read_as_typed() -> None:
    made = make(20, age=40, confirmed=("kidney-severe",), prescriber=HOSTILE, output=Output(contact=HOSTILE))
    plain = make(20, age=40, confirmed=("kidney-severe",), prescriber="Dr", output=Output(contact="0"))
    kinds = [token.type for token in READER.parse(text_of(made))]
    assert kinds == [token.type for token in READER.parse(text_of(plain))]
    assert {child.type for child in inline_of(made)} <= {"text", "text_special", "strong_open", "strong_close"}
    read = "".join(child.content for child in inline_of(made))
    assert read.count(" ".join(HOSTILE.split())) == 2


def test_the_document_names_the_plan_and_when_it_was_made() -> None:
    last = text_of(make()).rstrip("\n").splitlines()[-1]
    when = "made 2026-11-30T09:15:00Z"
    assert last == f"Plan 6f1c2a34-5b6d-4e7f-8a9b-0c1d2e3f4a5b, {when} with titrate {__version__}."


def test_a_plan_without_doses_has_no_table() -> None:
    assert table_of(make()._replace(days=(), steps=())) == []
