"""The handout as one HTML file: a page in the pocket by day, and printed from any browser on the same pages as the PDF.

Laid out by handout.html and handout.css; handout.js is its one script. The page loads nothing and sends nothing, and its policy
lets no other script and no other style act.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from titrate import wording
from titrate.export.handout.document import ahead, handout
from titrate.export.handout.pocket import pocket

if TYPE_CHECKING:
    from jinja2 import Template

    from titrate.model import Plan

FOLDER = Path(__file__).parent
# A number with its unit, and what a language joins.
ON_ONE_LINE = re.compile(r"\d[\d.]* mg\b|[^\s\u00a0]+(?:\u00a0[^\s\u00a0]+)+")


class Page(NamedTuple):
    """A page and its Content-Security-Policy."""

    content: bytes
    policy: str


def render(plan: Plan) -> bytes:
    """Return the handout of a plan as an HTML file, UTF-8; BadInput for text that cannot be printed, naming the characters."""
    return pocket_page(plan).content


def pocket_page(plan: Plan, served_at: str | None = None) -> Page:
    """Return the handout with its policy; without `served_at` it holds the plan's calendar and is a file to keep.

    `served_at` is the address under which the calendar (`plan.ics`) and that file (`handout.html`) are to be had for a while.
    Errors as `render`.
    """
    values = filling(plan, served_at)
    return Page(_template().render(values).encode(), values["policy"])


def filling(plan: Plan, served_at: str | None = None) -> dict[str, Any]:
    """Return what the template is filled with, by name; arguments and errors as `pocket_page`."""
    printed = handout(plan)
    style, script = _style(printed.paper, printed.footer.page), _text("handout.js")
    script = script if printed.patient else ""
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src {_source(style)}",
            *([f"script-src {_source(script)}"] if script else []),
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    return {
        "handout": printed,
        "pocket": pocket(ahead(plan), printed.patient, served_at) if printed.patient else None,
        "words": wording.words(),
        "style": style,
        "script": script,
        "policy": policy,
    }


def _source(text: str) -> str:
    """The one text that a policy lets through, by its checksum."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


@lru_cache(maxsize=2)
def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _style(paper: str, page: tuple[str, str]) -> str:
    """The style sheet with the paper, and the page's number where the browser can print one."""
    number = f"{_css_string(page[0])} counter(page) {_css_string(page[1])} counter(pages)"
    size = "A4" if paper == "a4" else paper
    return (
        f"@page {{ size: {size}; @bottom-right {{ content: {number}; vertical-align: top; }} }}\n{_text('handout.css')}"
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    """The template, ready to fill."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import escape

    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_on_one_line,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["plain"] = lambda text: escape(_plain(text))
    return environment.get_template("handout.html")


def _on_one_line(value: Any) -> Any:
    """A text with what belongs together on one line, and by no character that would be copied; markup as it is."""
    from markupsafe import Markup, escape

    if type(value) is not str:
        return value
    joined = ON_ONE_LINE.sub(lambda run: f'<span class="unit">{_plain(run[0])}</span>', str(escape(value)))
    return Markup(joined)  # noqa: S704  # all that was not a span of ours is escaped


def _plain(text: str) -> str:
    """A text with common spaces, for where a line cannot end or nobody copies it."""
    return text.replace("\u00a0", " ")


def _css_string(text: str) -> str:
    """A text as CSS quotes it: all but letters, digits and spaces by their numbers."""
    return '"' + re.sub(r"[^A-Za-z0-9 ]", lambda char: f"\\{ord(char[0]):06x}", text) + '"'
