"""Whatever a user types is shown as typed: in no format is it markup, a property, a formula, or anything but text."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from collections import Counter
from functools import cache
from pathlib import Path

import calendars
import html5lib
import pikepdf
import pytest
from command import Desk, pages_of
from markdown_it import MarkdownIt
from plans import again, in_london, revise_in_december

from titrate.export import render
from titrate.export.terminal.console import rendered
from titrate.export.terminal.plan import layout
from titrate.model import Output, Plan

HOSTILE = (
    "<img src=x onerror=alert(1)> <script>alert(2)</script> </style></p>]]><!-- \"q\" 'a' &amp; &lt; =cmd|'/C calc'!A0 "
    "`t` {x} %s #text[y] $z$ @w [l](http://v) ![i](u) *s* _e_ ~~k~~ [bold]r[/bold] \\ \\n \\; , ; BEGIN:VALARM"
)
# A label is cut at the length of a title, so it has the worst for a calendar alone; a line end is one of them.
LABEL = "Tea\nBEGIN:VALARM\r\nTRIGGER:-PT1H\nEND:VEVENT <b>&amp; {x} \\n \\ \\; , ; : \" =cmd|'/C'!A0"
PLACES = ("opioid", "nsaid", "unknown", "later", "prescriber", "second", "reason", "contact")
INLINE = {"text", "text_special", "strong_open", "strong_close"}


def typed(place: str, what: str) -> str:
    """What stands in one place: its name, so that it can be told from the others, and the text."""
    return f"{place} {what}"


@cache
def plan_with(what: str, label: str) -> Plan:
    """A revised plan in which every free text holds `what`, the calendar's `label` apart."""
    named = {"codeine": "opioid", "ibuprofen": "nsaid", "xyzzine": "unknown"}
    # `other:` says that it is no misspelling of a listed name; what is known in it raises all the same.
    taking = tuple(f"other:{name} {typed(place, what)}" for name, place in named.items())
    first = in_london(
        egfr=20,
        sex=None,
        tested=None,
        taking=taking,
        confirmed=("kidney-severe", "cns-depressant", "several-cns-depressants", "medicine-not-recognised"),
        prescriber=typed("prescriber", what),
        output=Output(discreet=True, label=label, contact=f"{what}\n{typed('contact', what)}\nBEGIN:VALARM\n=1+1"),
    )
    told = {"reason": typed("reason", what), "prescriber": typed("second", what)}
    told["taking"] = (*taking, f"other:ramipril {typed('later', what)}")
    return revise_in_december(first, 6, "hold", days=3, **told)


def hostile() -> Plan:
    return plan_with(HOSTILE, LABEL)


def harmless() -> Plan:
    return plan_with("harmless", "Tea")


def bare(text: str) -> str:
    return "".join(text.split())


def missing(text: str, places: tuple[str, ...] = PLACES) -> list[str]:
    """The places whose text is not in `text` as it was typed, wherever its lines break."""
    return [place for place in places if bare(typed(place, HOSTILE)) not in bare(text)]


def test_no_element_and_no_attribute_of_the_page_comes_from_a_text() -> None:
    parse = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse
    # The calendar that the page holds is a file of its own, in letters and digits.
    held = re.compile(r'href="data:text/calendar;charset=utf-8;base64,[A-Za-z0-9+/=]*"')
    page, plain = (parse(held.sub("href", render(plan, "html").decode())) for plan in (hostile(), harmless()))
    assert [(one.tag, one.attrib) for one in page.iter()] == [(one.tag, one.attrib) for one in plain.iter()]
    assert missing("".join(page.itertext())) == []


def test_the_confirming_words_and_the_contact_stand_on_the_page_as_typed() -> None:
    page = html5lib.parse(render(hostile(), "html").decode(), namespaceHTMLElements=False)
    strong = ["".join(one.itertext()) for one in page.iter("strong")]
    assert strong.count(f"confirmed by {typed('prescriber', HOSTILE)}") == 3
    numbers = ["".join(one.itertext()) for one in page.iter("p") if one.get("class") == "number"]
    assert numbers == [HOSTILE, typed("contact", HOSTILE), "BEGIN:VALARM", "=1+1"]
    assert f"Who to call: {', '.join(numbers)}" in strong


def test_the_pdf_shows_every_text_and_obeys_none() -> None:
    made = render(hostile(), "pdf")
    assert missing(" ".join(pages_of(made))) == []
    with pikepdf.open(io.BytesIO(made)) as opened:
        assert [leaf for leaf in opened.pages if "/Annots" in leaf or "/AA" in leaf] == []
        assert {"/OpenAction", "/AA", "/AcroForm"} & set(opened.Root.keys()) == set()
        assert "/JavaScript" not in opened.Root.get("/Names", {})


def test_no_block_and_no_mark_of_the_markdown_page_comes_from_a_text() -> None:
    read = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse
    page, plain = (read(render(plan, "md").decode()) for plan in (hostile(), harmless()))
    assert [(token.type, token.tag) for token in page] == [(token.type, token.tag) for token in plain]
    inline = [child for token in page for child in token.children or ()]
    assert {child.type for child in inline} <= INLINE
    bold = sum(child.type == "strong_open" for child in inline)
    assert bold == sum(child.type == "strong_open" for token in plain for child in token.children or ())
    shown = ("opioid", "nsaid", "unknown", "later", "prescriber", "reason", "contact")
    assert missing("".join(child.content for child in inline), shown) == []


@pytest.mark.parametrize("width", [20, 80, 140])
def test_the_table_shows_every_text_on_lines_of_its_own_making(width: int) -> None:
    text, plain = (rendered(layout(plan), width=width, color=True) for plan in (hostile(), harmless()))
    colours = [re.findall(r"\x1b(?:\[[0-9;]*m)?", page) for page in (text, plain)]
    assert {*colours[0]} == {*colours[1]}
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert all(char == "\n" or char.isprintable() for char in text)
    assert missing(text, ("opioid", "nsaid", "unknown", "later", "prescriber", "reason", "contact")) == []


def properties(part: calendars.Component) -> list[tuple[str, str]]:
    """Every component and property of a calendar by name, with its parameters, in order."""
    return [
        ("BEGIN", part.name),
        *((line.name, line.parameters) for line in part.properties),
        *(found for inner in part.parts for found in properties(inner)),
    ]


def test_no_property_of_the_calendar_comes_from_a_text() -> None:
    made, plain = render(hostile(), "ics"), render(harmless(), "ics")
    assert properties(calendars.read(made)) == properties(calendars.read(plain))
    assert calendars.faults(made, discreet=True) == []
    lines, before = (re.split(r"[\r\n]+", data.decode().replace("\r\n ", "")) for data in (made, plain))
    for begun in ("BEGIN:VALARM", "TRIGGER", "END:VEVENT"):
        assert sum(line.startswith(begun) for line in lines) == sum(line.startswith(begun) for line in before)


def test_the_label_stands_in_every_dose_as_typed_and_on_one_line() -> None:
    label = " ".join(LABEL.split())
    made = render(hostile(), "ics")
    doses = [event for event in calendars.live(made) if "RRULE" in {line.name for line in event.properties}]
    assert doses
    for event in doses:
        assert event.text("SUMMARY").startswith(f"{label} ")
        assert event.parts[0].text("DESCRIPTION") == event.text("SUMMARY")
    assert Counter(calendars.read(made).text(name) for name in ("NAME", "X-WR-CALNAME")) == {f"{label} (rev 1)": 2}


def test_a_discreet_calendar_holds_no_other_text_of_the_user() -> None:
    said = bare(re.sub(rb"\r\n ", b"", render(hostile(), "ics")).decode())
    assert [place for place in PLACES if f"{place}<img" in said] == []
    assert "onerror" not in said


def test_no_cell_of_the_spreadsheet_is_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(render(hostile(), "csv").decode())))
    cells = [cell for row in rows[1:] for cell in row]
    assert len(cells) >= 7 * 28
    assert [cell for cell in cells if not re.fullmatch(r"\d[\d.:-]*|morning|midday|evening", cell)] == []
    assert render(hostile(), "csv") == render(harmless(), "csv")


def test_a_saved_plan_gives_every_text_back_as_typed() -> None:
    data = render(hostile(), "json")
    assert again(data) == hostile()
    assert render(again(data), "json") == data
    saved = json.loads(data)
    assert saved["inputs"]["label"] == LABEL
    assert saved["inputs"]["contact"] == hostile().inputs.output.contact
    assert saved["inputs"]["prescriber"] == typed("prescriber", HOSTILE)
    assert saved["inputs"]["taking"] == list(hostile().inputs.patient.taking or ())
    assert saved["revisions"][0]["reason"] == typed("reason", HOSTILE)


def test_the_command_line_that_confirms_gives_every_text_to_a_shell_as_typed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = f"{HOSTILE} $(reboot) `reboot` $HOME"
    argv = ["plan", "--start", "2026-12-01", "--egfr", "20", "--contact", contact, "--format", "json"]
    told = Desk(tmp_path, capfd, monkeypatch).titrate(shlex.join(argv))
    assert told.code == 3
    words = shlex.split(told.document["confirm_with"])
    assert words[: len(argv) + 1] == ["titrate", *argv]
    assert told.err.splitlines()[-1].strip() == told.document["confirm_with"]
