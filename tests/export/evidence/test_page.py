from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from titrate.export.evidence.page import (
    Check,
    Checklist,
    Page,
    Part,
    Section,
    Signature,
    Topic,
    json_document,
    markdown,
)
from titrate.export.terminal.console import rendered
from titrate.export.terminal.evidence import layout
from titrate.wording.phrases import plain

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
WORDS = st.text(alphabet="abc DEF 0123456789.,;-é|*_<>[]`~\\&#", min_size=1, max_size=60).filter(
    lambda text: bool(plain(text).strip())
)
CELLS = st.lists(st.builds(Part, WORDS, st.sampled_from(["", "source", "disputed", "head"])), max_size=3).map(tuple)


@st.composite
def sections(draw: st.DrawFn) -> Section:
    columns = tuple(draw(st.lists(WORDS, min_size=2, max_size=5)))
    name = st.builds(lambda text: (Part(text, "head"),), WORDS)
    row = st.tuples(name, *(CELLS for _ in columns[1:]))
    return Section(
        draw(WORDS), columns, tuple(draw(st.lists(row, max_size=4))), tuple(draw(st.lists(WORDS, max_size=2)))
    )


def page(*told: Section | Checklist | Signature) -> Topic:
    return Topic(Page("Title", (), told), {})


def words(section: Section) -> Counter[str]:
    texts = [section.title, *section.lead, *(part.text for row in section.rows for cell in row for part in cell)]
    return Counter(word for text in texts for word in plain(text).split())


@settings(deadline=None)
@given(sections(), st.integers(20, 220))
def test_nothing_is_shortened_or_dropped_and_no_word_that_fits_is_broken_at_any_width(
    section: Section, width: int
) -> None:
    text = rendered(layout(page(section)), width=width)
    expected = words(section)
    assert not Counter("".join(expected.elements())) - Counter(text)
    assert not Counter({word: count for word, count in expected.items() if len(word) <= 16}) - Counter(text.split())
    assert max(map(len, text.splitlines())) <= width


@settings(deadline=None)
@given(sections(), st.integers(20, 220))
def test_colour_adds_nothing_but_colour(section: Section, width: int) -> None:
    coloured = rendered(layout(page(section)), width=width, color=True)
    without = [line.rstrip() for line in COLOUR.sub("", coloured).splitlines()]
    assert without == [line.rstrip() for line in rendered(layout(page(section)), width=width).splitlines()]


def test_without_colour_there_is_no_control_character() -> None:
    section = Section("T\x1b[31m", ("A", "B"), (((Part("a\x07\x1b]0;x\x07"),), (Part("b\u202e\x9b31m c", "source"),)),))
    for width in (100, 60, 20):
        text = rendered(layout(page(section)), width=width)
        assert [c for c in text if not c.isprintable() and c != "\n"] == []
    assert [c for c in markdown(page(section)).decode() if not c.isprintable() and c != "\n"] == []


@given(sections())
def test_markdown_shows_every_cell_as_it_is(section: Section) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown(page(section)).decode())
    shown = [
        "".join("\n" if child.type == "html_inline" else child.content for child in cell.children or ())
        for before, cell in zip(tokens, tokens[1:], strict=False)
        if before.type in {"th_open", "td_open"}
    ]
    rows = [[plain(header) for header in section.columns]]
    rows += [["\n".join(plain(part.text).strip() for part in cell) for cell in row] for row in section.rows]
    assert [text.strip() for text in shown] == [text.strip() for row in rows for text in row]


def test_a_reviewer_ticks_a_box_for_each_value() -> None:
    told = page(
        Checklist("Doses", (Check("Step 1 (line 3)", "S-X, page 2: five", ("morning: 5 mg", "evening: 5 mg")),))
    )
    assert rendered(layout(told), width=60).split("\n\n")[2] == (
        "Step 1 (line 3)\n  S-X, page 2: five\n  [ ] morning: 5 mg\n  [ ] evening: 5 mg\n"
    )
    assert "- [ ] morning: 5 mg\n- [ ] evening: 5 mg\n" in markdown(told).decode()


@pytest.mark.parametrize("width", [20, 40, 100])
def test_a_box_is_never_parted_from_the_first_word_that_it_ticks(width: int) -> None:
    told = page(Checklist("C", (Check("Name", "ground", ("a long sentence to tick here", "b", "c d")),)))
    assert rendered(layout(told), width=width).count("[ ] ") == 3


def test_a_signature_leaves_room_to_write() -> None:
    text = rendered(layout(page(Signature("Signed", ("Name", "Date")))), width=20)
    assert re.findall(r"^(\w+) +(_+)$", text, re.MULTILINE) == [("Name", "_" * 14), ("Date", "_" * 14)]


def test_a_number_in_json_is_written_as_in_the_evidence() -> None:
    document = {"whole": Decimal(5), "half": Decimal("2.5"), "words": "µ"}
    assert (
        json_document(Topic(Page("", (), ()), document)).decode()
        == '{\n  "whole": 5,\n  "half": 2.5,\n  "words": "µ"\n}\n'
    )
    assert json.loads(json_document(Topic(Page("", (), ()), document))) == {"whole": 5, "half": 2.5, "words": "µ"}
