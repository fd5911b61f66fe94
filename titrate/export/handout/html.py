"""The handout as one HTML file: no script, nothing loaded from outside, printed from any browser on the same pages."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from titrate.export.handout.document import handout

if TYPE_CHECKING:
    from collections.abc import Iterable

    from titrate.export.handout.clinician import Page
    from titrate.export.handout.document import Handout
    from titrate.export.handout.patient import Chart, Contact, Now, Pages, Picture, Section, SlotDose, StepCard, Steps
    from titrate.model import Plan

STYLE = Path(__file__).with_name("handout.css")
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
PAPERS = {"a4": "A4", "letter": "letter"}
UNIT = re.compile(r"(?<=\d) (?=mg\b)")
TICK = '<span class="tick"></span> '
ARROWS = {
    True: '<svg class="arrow" viewBox="0 0 10 8" aria-hidden="true"><path d="M0 8 5 0l5 8z"/></svg>',
    False: '<svg class="arrow" viewBox="0 0 10 8" aria-hidden="true"><path d="M0 0h10L5 8z"/></svg>',
}


def render(plan: Plan) -> bytes:
    """Return the handout of a plan as an HTML file, UTF-8; BadInput for text that cannot be shown, naming the characters."""
    return document(handout(plan)).encode()


def document(sheet: Handout) -> str:
    """Return the whole document."""
    classes = f"{sheet.paper}{' large' if sheet.large_print else ''}"
    parts = []
    if sheet.patient:
        parts += [_patient(sheet.patient), _small_print(sheet.small_print)]
    if sheet.clinician:
        parts.append(_clinician(sheet.clinician, alone=sheet.patient is None))
    if sheet.patient is None:
        parts.append(_small_print(sheet.small_print))
    return "".join(
        (
            f'<!DOCTYPE html>\n<html lang="{escape(sheet.language)}" class="{classes}">\n<head>\n<meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            f"<title>{_text(sheet.title)}</title>\n<style>\n{_page_rules(sheet)}{_style()}</style>\n</head>\n",
            f'<body>\n<div class="sheet">\n<main>\n{"".join(parts)}</main>\n{_footer(sheet)}</div>\n</body>\n</html>\n',
        )
    )


@lru_cache(maxsize=1)
def _style() -> str:
    return STYLE.read_text(encoding="utf-8")


def _page_rules(sheet: Handout) -> str:
    """The rules that depend on the handout: the paper, and the page's number where the browser can print one."""
    before, between = (_css_string(text) for text in sheet.footer.page)
    paper = PAPERS[sheet.paper]
    number = f"@bottom-right {{ content: {before} counter(page) {between} counter(pages); vertical-align: top; }}"
    return f"@page {{ size: {paper}; {number} }}\n"


def _css_string(text: str) -> str:
    return '"' + re.sub(r"[^A-Za-z0-9 ]", lambda found: f"\\{ord(found[0]):06x}", text) + '"'


def _text(text: str) -> str:
    """Text for HTML: escaped, and a number never parted from its unit."""
    return UNIT.sub("\u00a0", escape(text))


def _paragraphs(texts: Iterable[str]) -> str:
    return "".join(f"<p>{_text(text)}</p>\n" for text in texts)


def _list(texts: Iterable[str]) -> str:
    return "<ul>\n" + "".join(f"<li>{_text(text)}</li>\n" for text in texts) + "</ul>\n"


def _footer(sheet: Handout) -> str:
    footer = sheet.footer
    return (
        f"<footer>\n<p><strong>{_text(footer.do_not_stop)}</strong></p>\n"
        f'<p class="made">{_text(footer.made)} {_text(footer.warning)}</p>\n</footer>\n'
    )


# --- The patient's pages ---


def _patient(patient: Pages) -> str:
    parts = [f"<h1>{_text(patient.title)}</h1>\n"]
    if patient.revised:
        news = "".join(f"<p><strong>{_text(text)}</strong></p>\n" for text in patient.revised.sentences)
        parts.append(f'<section class="box">\n<h2>{_text(patient.revised.heading)}</h2>\n{news}</section>\n')
    parts.append(_now(patient.now))
    parts.append(
        f'<div class="box">\n<p><strong>{_text(patient.contact.call)}</strong></p>\n{_contact(patient.contact)}</div>\n'
    )
    if patient.steps:
        parts.append(_steps(patient.steps))
    if patient.chart:
        parts.append(_chart(patient.chart))
    parts += ['<div class="advice">\n', *(_section(section) for section in patient.sections), "</div>\n"]
    parts.append(
        f'<section class="contact">\n<div>\n<h2>{_text(patient.contact.heading)}</h2>\n{_contact(patient.contact)}</div>\n'
        f'<div>\n<p>{_text(patient.contact.name)}</p>\n<p class="pen"></p>\n</div>\n</section>\n'
    )
    return "".join(parts)


def _contact(contact: Contact) -> str:
    if not contact.lines:
        return f'<p>{_text(contact.pen)}</p>\n<p class="pen"></p>\n'
    return "".join(f'<p class="number" dir="auto">{_text(line)}</p>\n' for line in contact.lines)


def _now(now: Now) -> str:
    heading = f"<h2>{_text(now.heading)}</h2>\n"
    if not now.doses:
        return f'<section class="now">\n{heading}<p class="first">{_text(now.when)}</p>\n{_paragraphs(now.advice)}</section>\n'
    doses = "".join(_dose(dose) for dose in now.doses)
    return (
        f'<section class="now">\n{heading}<p>{_text(now.when)}</p>\n{_gate(now.gate, up=now.up)}'
        f'<div class="doses">\n{doses}</div>\n{_paragraphs(now.advice)}</section>\n'
    )


def _steps(steps: Steps) -> str:
    cards = "".join(_card(card) for card in steps.cards)
    return f"<section>\n<h2>{_text(steps.heading)}</h2>\n{cards}{_paragraphs(steps.advice)}</section>\n"


def _card(card: StepCard) -> str:
    doses = "".join(_dose(dose) for dose in card.doses)
    return (
        f'<div class="step">\n{_gate(card.gate, up=card.up)}<div class="card">\n<div class="when">\n'
        f"<h3>{_text(card.title)} <span>{_text(card.total)}</span></h3>\n<p>{_text(card.days)}</p>\n<p>{_text(card.dates)}</p>\n"
        f"</div>\n{doses}</div>\n</div>\n"
    )


def _gate(sentences: tuple[str, ...], *, up: bool) -> str:
    if not sentences:
        return ""
    # The condition is bold; what to do if it is not met, the last sentence, is not.
    condition = sentences[:-1] or sentences
    told = f"<p><strong>{_text(' '.join(condition))}</strong></p>\n{_paragraphs(sentences[len(condition) :])}"
    return f'<div class="gate">\n{ARROWS[up]}<div>\n{told}</div>\n</div>\n'


def _dose(dose: SlotDose) -> str:
    head = f'<div class="dose">\n<p><strong>{_text(dose.slot)} {_text(dose.time)}</strong></p>\n'
    if dose.empty:
        return f'{head}<p class="none">{_text(dose.mg)}</p>\n</div>\n'
    pictures = "".join(_picture(picture) for picture in dose.pictures)
    words = f"<p>{_text(dose.tablets)}</p>\n" if dose.tablets else ""
    return f'{head}<p class="mg"><span>{_text(dose.mg)}</span>{pictures}</p>\n{words}</div>\n'


def _picture(picture: Picture) -> str:
    """Tablets as drawn lines: a circle with its strength, a half filled grey beside the missing half."""
    shapes = []
    for place in range(picture.whole):
        shapes.append(f'<circle cx="{11 + 24 * place}" cy="11" r="9.5"/>')
        shapes.append(f'<text x="{11 + 24 * place}" y="14.5">{escape(picture.strength)}</text>')
    if picture.half:
        x = 11 + 24 * picture.whole
        shapes.append(
            f'<path class="half" d="M{x} 1.5a9.5 9.5 0 0 0 0 19z"/><path class="gone" d="M{x} 1.5a9.5 9.5 0 0 1 0 19"/>'
        )
    width = 24 * (picture.whole + picture.half)
    return (
        f'<svg class="tablets" role="img" aria-label="{escape(picture.alt)}" viewBox="-1 0 {width} 22" '
        f'style="width:{width / 12:g}em">{"".join(shapes)}</svg>'
    )


def _chart(chart: Chart) -> str:
    labels = (*(" ".join(slot) for slot in chart.slots), *chart.logs)
    slots = "".join(f'<th scope="col" class="slot">{_text(name)}<br>{_text(time)}</th>' for name, time in chart.slots)
    logs = "".join(f'<th scope="col" class="log">{_text(log)}</th>' for log in chart.logs)
    head = f'<tr><th scope="col" class="day">{_text(chart.day)}</th><th scope="col">{_text(chart.date)}</th>{slots}{logs}</tr>'
    rows = []
    for row in chart.rows:
        mark = ""
        if row.mark:
            arrow = ARROWS[row.direction == "up"] if row.direction else ""
            mark = f"<strong>{arrow}{_text(row.mark)}</strong><br>"
        cells = [
            f'<td class="slot" data-label="{escape(label)}">{TICK + _text(box) if box else ""}</td>'
            for label, box in zip(labels, row.boxes, strict=False)
        ]
        cells += [f'<td class="log" data-label="{escape(label)}"></td>' for label in chart.logs]
        changed = ' class="changed"' if row.changed else ""
        rows.append(
            f'<tr{changed}><td class="day">{_text(row.day)}</td><th scope="row">{mark}{_text(row.date)}</th>{"".join(cells)}</tr>\n'
        )
    return (
        f'<section class="chart">\n<h2 id="chart">{_text(chart.heading)}</h2>\n<p>{_text(" ".join(chart.advice))}</p>\n'
        f'<table aria-labelledby="chart">\n<thead>\n{head}\n</thead>\n<tbody>\n{"".join(rows)}</tbody>\n</table>\n</section>\n'
    )


def _section(section: Section) -> str:
    heading = f"<h2>{_text(section.heading)}</h2>\n"
    if section.signs:
        body = f"<p>{_text(section.lead)}</p>\n{_list(section.signs)}{_paragraphs(section.sentences)}"
        return f'<section class="{section.kind}">\n{heading}<div>\n{body}</div>\n</section>\n'
    return f'<section class="{section.kind}">\n{heading}{_list(section.sentences)}</section>\n'


def _small_print(section: Section) -> str:
    return (
        f'<section class="small-print">\n<h2>{_text(section.heading)}</h2>\n'
        f"<p>{_text(' '.join(section.sentences))}</p>\n</section>\n"
    )


# --- The clinician's page ---


def _clinician(page: Page, *, alone: bool) -> str:
    """The clinician's page; its headings stand one lower where the patient's title comes first."""
    top, sub = ("h1", "h2") if alone else ("h2", "h3")
    facts = "".join(f"<dt>{_text(fact.label)}</dt><dd>{_text(fact.text)}</dd>\n" for fact in page.facts)
    header = "".join(f'<th scope="col">{_text(title)}</th>' for title in page.steps_header)
    rows = "".join(
        f'<tr><th scope="row">{_text(row.cells[0])}</th>{"".join(f"<td>{_text(cell)}</td>" for cell in row.cells[1:])}</tr>\n'
        for row in page.steps
    )
    found = "".join(
        f"<li><strong>{_text(one.severity)}, {_text(one.code)}.</strong> {_text(one.message)} ({_text(one.source)})"
        f"{f' <strong>{_text(one.confirmed)}</strong>' if one.confirmed else ''}</li>\n"
        for one in page.found
    )
    sign = "".join(f"<p>{_text(label)}</p>\n" for label in page.sign)
    return (
        f'<section class="clinician">\n<{top} class="title">{_text(page.title)}</{top}>\n<p>{_text(page.introduction)}</p>\n'
        f"<{sub}>{_text(page.facts_heading)}</{sub}>\n<dl>\n{facts}</dl>\n"
        f'<{sub} id="steps">{_text(page.steps_heading)}</{sub}>\n'
        f'<table aria-labelledby="steps">\n<thead>\n<tr>{header}</tr>\n</thead>\n<tbody>\n{rows}</tbody>\n</table>\n'
        f"<{sub}>{_text(page.taper_heading)}</{sub}>\n{_paragraphs(page.taper)}"
        f'<{sub}>{_text(page.found_heading)}</{sub}>\n<ul class="found">\n{found}</ul>\n'
        f'<div class="agree">\n<p>{_text(page.agree)}</p>\n<div class="sign">\n{sign}</div>\n</div>\n</section>\n'
    )
