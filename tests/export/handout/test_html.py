"""The HTML of the handout: valid, accessible, self-contained, and the same pages from a browser's printer."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from pathlib import Path

import html5lib
import pytest
from command import READERS, from_npm, pages_of, program, words_of, words_outside, words_that_meet
from plans import handouts, in_london

from titrate.export.handout import html
from titrate.export.handout.document import handout, texts
from titrate.export.handout.staircase import MARKS
from titrate.model import Output

AXE = "axe/node_modules/axe-core/axe.min.js"
MILLIMETRE = 72 / 25.4
CASES = sorted(handouts())
LOOKED_AT = ["halves", "large", "many-findings", "suspended", "taper-30", "clinician-only", "worst-case"]
BROWSER = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"),
    *("--disable-component-update", "--disable-sync", "--hide-scrollbars"),
)


@cache
def document_of(name: str) -> str:
    return html.render(handouts()[name]).decode()


def browse(folder: Path, *arguments: str) -> str:
    """Run Chromium with a profile of its own; what it writes to stdout."""
    command = [program("chromium"), *BROWSER, f"--user-data-dir={folder / 'profile'}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def printed(folder: Path, name: str) -> bytes:
    (folder / "handout.html").write_text(document_of(name), encoding="utf-8")
    browse(folder, f"--print-to-pdf={folder / 'handout.pdf'}", (folder / "handout.html").as_uri())
    return (folder / "handout.pdf").read_bytes()


def answer(folder: Path, script: str, document: str) -> object:
    """What a script says about the document, shown in a frame as wide as a phone and in one as wide as a desk."""
    page = document.replace('<meta http-equiv="Content-Security-Policy"', '<meta name="policy"')
    source = json.dumps(page).replace("</", "<\\/").replace("<!--", "<\\!--")
    (folder / "ask.html").write_text(
        f'<!DOCTYPE html><meta charset="utf-8"><title>Ask</title><body><pre id="answer"></pre><script>const page = {source};\n'
        f"async function show(width) {{ const frame = document.createElement('iframe'); frame.style.width = width + 'px'; "
        "frame.style.height = '800px'; frame.srcdoc = page; document.body.append(frame); "
        "await new Promise(done => frame.onload = done); return frame; }\n"
        f"(async () => {{ {script} }})().catch(error => String(error)).then(answers => "
        "document.getElementById('answer').textContent = JSON.stringify(answers));</script>",
        encoding="utf-8",
    )
    dumped = browse(folder, "--virtual-time-budget=60000", "--dump-dom", (folder / "ask.html").as_uri())
    shown = re.search(r'<pre id="answer">(.*?)</pre>', dumped, re.DOTALL)
    assert shown is not None
    assert shown[1], "the browser gave no answer"
    return json.loads(shown[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


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
def test_the_document_loads_nothing_and_runs_nothing(name: str) -> None:
    assert (
        re.findall(
            r"<(?:script|link|img|iframe|object|embed|base|form)\b|\bon\w+=|url\(|@import|https?:", document_of(name)
        )
        == []
    )
    assert "default-src 'none'" in document_of(name)


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
    axe = from_npm(AXE)
    script = """
      const answers = [];
      for (const width of [360, 1000]) {
        const frame = await show(width), code = frame.contentDocument.createElement('script');
        code.textContent = AXE; frame.contentDocument.head.append(code);
        const found = await frame.contentWindow.axe.run(frame.contentDocument, {
          rules: { 'color-contrast-enhanced': { enabled: true }, 'target-size': { enabled: true } } });
        answers.push({ passes: found.passes.length, violations: found.violations.map(
          one => [one.id, one.nodes.slice(0, 3).map(node => node.html)]) });
        frame.remove();
      }
      return answers;"""
    source = json.dumps(axe.read_text(encoding="utf-8")).replace("</", "<\\/").replace("<!--", "<\\!--")
    answers = answer(tmp_path, f"const AXE = {source}; {script}", document_of(name))
    assert isinstance(answers, list)
    assert [result["violations"] for result in answers] == [[], []]
    assert all(result["passes"] > 15 for result in answers)


def test_the_accessibility_checker_finds_what_is_wrong(tmp_path: Path) -> None:
    axe = json.dumps(from_npm(AXE).read_text(encoding="utf-8"))
    script = """
      const frame = await show(1000), code = frame.contentDocument.createElement('script');
      code.textContent = AXE; frame.contentDocument.head.append(code);
      const found = await frame.contentWindow.axe.run(
        frame.contentDocument, { rules: { 'color-contrast-enhanced': { enabled: true } } });
      return found.violations.map(one => one.id);"""
    wrong = (
        document_of("halves")
        .replace(".none { color: #333; }", ".none { color: #666; }")
        .replace(' role="img" aria-label=', ' role="img" data-label=')
    )
    source = axe.replace("</", "<\\/").replace("<!--", "<\\!--")
    assert answer(tmp_path, f"const AXE = {source}; {script}", wrong) == ["color-contrast-enhanced", "svg-img-alt"]


@pytest.mark.parametrize("name", LOOKED_AT)
def test_a_phone_and_a_doubled_zoom_show_every_word_without_scrolling_sideways(name: str, tmp_path: Path) -> None:
    # 200 % zoom of a window 1000 px wide is a page 500 px wide with the letters of before.
    script = """
      const answers = [];
      for (const width of [360, 500, 1000]) {
        const frame = await show(width), root = frame.contentDocument.documentElement;
        const wide = [...root.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > width + 0.5);
        const small = [...root.querySelectorAll('main p, main li, main td')].filter(
          one => one.textContent.trim() && parseFloat(frame.contentWindow.getComputedStyle(one).fontSize) < 11);
        answers.push([width, root.scrollWidth > width, wide.slice(0, 3).map(one => one.outerHTML.slice(0, 80)), small.length]);
        frame.remove();
      }
      return answers;"""
    answers = answer(tmp_path, script, document_of(name))
    assert answers == [[width, False, [], 0] for width in (360, 500, 1000)]


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
