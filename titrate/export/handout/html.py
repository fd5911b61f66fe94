"""The handout as one HTML file, laid out by handout.html and handout.css: printed from any browser on the same pages."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from titrate.export.handout.document import handout, with_unit

if TYPE_CHECKING:
    from jinja2 import Template

    from titrate.model import Plan

FOLDER = Path(__file__).parent


def render(plan: Plan) -> bytes:
    """Return the handout of a plan as an HTML file, UTF-8; BadInput for text that cannot be printed, naming the characters."""
    return _template().render(handout=handout(plan)).encode()


@lru_cache(maxsize=1)
def _template() -> Template:
    """The template with the style sheet in it, ready to fill."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_with_unit,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["css_string"] = _css_string
    style = (FOLDER / "handout.css").read_text(encoding="utf-8")
    return environment.get_template("handout.html", globals={"style": style})


def _with_unit(value: Any) -> Any:
    """A text with every number kept on one line with its unit; markup and numbers as they are."""
    return with_unit(value) if type(value) is str else value


def _css_string(text: str) -> str:
    """A text as CSS quotes it: all but letters, digits and spaces by their numbers."""
    return '"' + re.sub(r"[^A-Za-z0-9 ]", lambda char: f"\\{ord(char[0]):06x}", text) + '"'
