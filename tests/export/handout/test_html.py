"""The HTML of the handout: valid, accessible, self-contained, and the same pages from a browser's printer."""

from __future__ import annotations

import re
import subprocess
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import browser
import html5lib
import pytest
from command import READERS, from_npm, pages_of, program, words_of, words_outside, words_that_meet
from plans import handouts, in_london

from titrate.export.handout import html
from titrate.export.handout.document import handout, texts
from titrate.export.handout.staircase import MARKS
from titrate.model import Output

MILLIMETRE = 72 / 25.4
CASES = sorted(handouts())
LOOKED_AT = ["halves", "large", "many-findings", "suspended", "taper-30", "clinician-only", "worst-case"]


def document_of(name: str) -> str:
    return browser.handout(name).decode()


def printed(folder: Path, name: str) -> bytes:
    return browser.printed(browser.handout_in(folder, name))


@pytest.mark.parametrize("name", CASES)
def test_the_document_is_html_without_an_error(name: str) -> None:
    html5lib.HTMLParser(strict=True).parse(document_of(name))


def test_the_document_is_valid_and_its_headings_in_order(tmp_path: Path) -> None:
    node, checker = program("node"), from_npm("axe/node_modules/html-validate/bin/html-validate.mjs")
    for name in CASES:
        (tmp_path / f"{name}.html").write_text(document_of(name), encoding="utf-8")
    command = [node, str(checker), "--config", str(READERS / "axe" / "htmlvalidate.json"), str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.stdout + run.stderr == ""
    assert run.returncode == 0


@pytest.mark.parametrize("name", CASES)
def test_the_document_loads_nothing_and_its_policy_lets_one_style_and_one_script_act(name: str) -> None:
    document = document_of(name)
    # The calendar that the page holds is a link, which loads nothing, in letters and digits.
    assert (
        re.findall(r"<(?:link|img|iframe|object|embed|base|form)\b|\bon\w+=|\bstyle=|url\(|@import|https?:", document)
        == []
    )
    policy = dict(
        part.split(" ", 1) for part in re.findall(r'Security-Policy" content="(.*?)"', document)[0].split("; ")
    )
    for kind, tag in (("style-src", "style"), ("script-src", "script")):
        texts_of = re.findall(rf"<{tag}>(.*?)</{tag}>", document, re.DOTALL)
        assert [f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in texts_of] == (
            [policy.pop(kind)] if kind in policy else []
        )
    assert policy == {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}
    assert ("<script" in document) == (handouts()[name].current.output.audience != "clinician")


@pytest.mark.parametrize("name", CASES)
def test_every_text_of_the_handout_stands_in_the_document(name: str) -> None:
    tree = html5lib.parse(document_of(name), namespaceHTMLElements=False)
    shown = " ".join("".join(tree.itertext()).split())
    attributes = " ".join(value for element in tree.iter() for value in element.attrib.values())
    printed = handout(handouts()[name])
    for text in texts(
        (
            printed.title,
            printed.footer[1:4],
            *([printed.footer.call] if printed.patient else []),
            printed.small_print,
            printed.patient,
            printed.clinician,
        )
    ):
        if text not in ("plain", "urgent", "today", "up", "down", "solid", "dashed", *MARKS):
            assert " ".join(text.split()) in shown + attributes


@pytest.mark.parametrize("name", ["halves", "target-30", "large-30"])
def test_a_half_tablet_is_drawn_as_a_half_and_never_with_a_strength_in_it(name: str) -> None:
    tree = html5lib.parse(document_of(name), namespaceHTMLElements=False)
    drawings = [element for element in tree.iter() if element.get("class") == "tablets"]
    plan = handouts()[name]
    planned = [count for step in (plan.steps[0], *plan.steps) for dose in step.tablets for count in dose]
    drawings = drawings[-len(planned) :]  # those before are of the card of each day
    for drawing, count in zip(drawings, planned, strict=True):
        wholes, half = int(count.count), count.count % 1 != 0
        inside = [
            (element.tag.rpartition("}")[2], element.get("class", ""), "".join(element.itertext()))
            for element in drawing
        ]
        whole = [("circle", "", ""), ("text", "", f"{count.tablet_mg:f}")]
        assert inside == whole * wholes + [("path", "half", ""), ("path", "gone", "")] * half
        assert ("half" in drawing.get("aria-label", "")) == half


@pytest.mark.parametrize("name", LOOKED_AT)
def test_an_accessibility_checker_finds_nothing(name: str, tmp_path: Path) -> None:
    file = browser.handout_in(tmp_path, name)
    for how in ({"width": 320}, {"width": 1000}, {"color_scheme": "dark"}):
        passed, broken = browser.violations(file, **how)
        assert broken == []
        assert passed > 15


def test_the_accessibility_checker_finds_what_is_wrong(tmp_path: Path) -> None:
    file = browser.handout_in(tmp_path, "halves")
    wrong = (
        document_of("halves")
        .replace("--faint: #333", "--faint: #666")
        .replace('role="img" aria-label=', 'role="img" data-label=')
    )
    policy = re.compile(r'<meta http-equiv="Content-Security-Policy".*?>')
    file.write_text(policy.sub("", wrong), encoding="utf-8")
    assert [rule for rule, _ in browser.violations(file, width=1000)[1]] == ["color-contrast-enhanced", "svg-img-alt"]


@pytest.mark.parametrize("name", LOOKED_AT)
def test_a_phone_and_a_doubled_zoom_show_every_word_without_scrolling_sideways(name: str, tmp_path: Path) -> None:
    # 200 % zoom of a window 1000 px wide is a page 500 px wide with the letters of before.
    script = """() => {
      const wide = [...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > innerWidth + 0.5);
      const small = [...document.querySelectorAll('main p, main li, main td')].filter(
        one => one.textContent.trim() && parseFloat(getComputedStyle(one).fontSize) < 11);
      return [document.documentElement.scrollWidth > innerWidth, wide.slice(0, 3).map(one => one.outerHTML.slice(0, 80)), small.length];
    }"""
    file = browser.handout_in(tmp_path, name)
    for width in (320, 360, 500, 1000):
        with browser.shown(file, width=width) as page:
            assert page.evaluate(script) == [False, [], 0]


@pytest.mark.parametrize("name", [*LOOKED_AT, "letter", "long", "large-30"])
def test_a_browser_prints_whole_pages_that_each_say_do_not_stop(name: str, tmp_path: Path) -> None:
    pdf = printed(tmp_path, name)
    pages = pages_of(pdf)
    for number, text in enumerate(pages, 1):
        assert "Do not stop suddenly." in text
        assert f"Page {number} of {len(pages)}" in text
        assert str(handouts()[name].id) in text
    assert words_outside(pdf, 6 * MILLIMETRE) == []
    assert words_that_meet(pdf) == []


@pytest.mark.parametrize("name", ["standard", "letter", "large", "taper-30", "many-findings"])
def test_a_browser_prints_whom_to_call_once_on_each_of_the_patients_pages(name: str, tmp_path: Path) -> None:
    for text in pages_of(printed(tmp_path, name)):
        if "For the prescriber" in text:
            break
        assert text.count("Who to call") == 1
        assert "020 7946 0123" in text


@pytest.mark.parametrize("name", ["standard", "letter", "one-step"])
def test_a_browser_prints_the_staircase_on_the_first_page_and_28_days_on_one(name: str, tmp_path: Path) -> None:
    first, *others = pages_of(printed(tmp_path, name))
    assert "Your dose over the days" in first
    assert "5 mg a day" in first
    (chart,) = (text for text in others if "Dizzy" in text)
    assert chart.count("December") >= 28


@pytest.mark.parametrize("name", ["long", "large"])
def test_a_browser_never_parts_a_day_from_its_boxes(name: str, tmp_path: Path) -> None:
    days = list(handouts()[name].days)
    for text in pages_of(printed(tmp_path, name)):
        if "Sleepy" not in text:  # the head of the chart, which every page of it repeats
            continue
        chart = text.partition("Do not stop suddenly.")[0]
        dates = len(re.findall(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b", chart))
        here, days = days[:dates], days[dates:]
        assert dates > 0
        assert len(re.findall(r"\b5 mg", chart)) == sum(len(day.doses) for day in here)
    assert days == []


def test_large_print_is_printed_in_eighteen_points_and_standard_in_twelve(tmp_path: Path) -> None:
    for name, points in (("halves", 12), ("large", 18)):
        (word,) = (word for word in words_of(printed(tmp_path, name)) if word.text == "remember.")
        assert word.bottom - word.top >= points * 1.1  # a line of letters is a little higher than its size


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert html.render(in_london()) == html.render(in_london())


def test_the_paper_is_as_asked() -> None:
    assert "@page { size: A4;" in document_of("standard")
    assert "@page { size: letter;" in document_of("letter")


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "</style><b>", '"&amp;" onload=x', "{{x}} $y #import", "a</p>b"]
)
def test_markup_in_a_contact_is_plain_text(text: str) -> None:
    document = html.render(in_london(output=Output(contact=text))).decode()
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(document)
    numbers = ["".join(element.itertext()) for element in tree.iter("p") if element.get("class") == "number"]
    assert numbers == [text]


@pytest.mark.parametrize("text", ["Dr 山田 花子", "د. أحمد", "한국", "Dr Zoë"])
def test_a_name_in_any_script_stands_in_the_document_in_its_own_direction(text: str) -> None:
    document = html.render(in_london(output=Output(contact=text))).decode()
    assert document.count(f'<p class="number" dir="auto">{text}</p>') == 1


@pytest.mark.parametrize(
    ("contact", "dialled"),
    [
        ("د. أحمد 030 555 0100", ["0305550100"]),
        ("ד״ר כהן 03-555-0100, +972 3 555 0100", ["035550100", "+97235550100"]),
        ("Dr Lee, 555-0134", ["5550134"]),
        ("Ward 3 030 555 0100", []),
    ],
)
def test_a_tap_dials_the_number_of_a_contact_and_its_digits_keep_their_order(
    contact: str, dialled: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "handout.html"
    file.write_bytes(html.render(in_london(output=Output(contact=contact))))
    # Where each digit of a link stands: from left to right as it is written, whatever the line's direction.
    script = """() => [...document.querySelectorAll('#contact a')].map(link => {
      const text = link.firstChild, places = [...text.data].map((char, at) => {
        const range = document.createRange(); range.setStart(text, at); range.setEnd(text, at + 1);
        return [char, range.getBoundingClientRect().left]; });
      const shown = places.filter(([char]) => /[0-9]/.test(char)).sort((one, other) => one[1] - other[1]);
      return [link.getAttribute('href'), shown.map(([char]) => char).join('')]; })"""
    with browser.shown(file) as page:
        links = page.evaluate(script)
        assert page.inner_text("#contact .number") == contact
    assert links == [[f"tel:{number}", number.removeprefix("+")] for number in dialled]
