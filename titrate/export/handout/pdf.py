"""The handout as PDF/UA-1: tagged, one bundled font, equal bytes for equal plans."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from titrate.errors import BadInput, OutputError
from titrate.export.handout import glyphs
from titrate.export.handout.document import handout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import typst

    from titrate.model import Plan

LONG = 20  # letters; a longer word might be wider than its column
LONG_WORD = re.compile(rf"[^\s-]{{{LONG}}}(?=\S)")
TEMPLATE = Path(__file__).with_name("handout.typ")
HTML_INSTEAD = "write the handout as .html, which prints from any browser"


def render(plan: Plan) -> bytes:
    """Return the handout of a plan as a PDF file.

    Raises BadInput for a text with characters that the font lacks, naming them; OutputError where typst is not installed.
    """
    data = json.dumps(plain(handout(plan)), ensure_ascii=False, separators=(",", ":"))
    _check_letters(data, plan)
    compiler, source = _compiler()
    if _compiler.cache_info().hits:
        # typst keeps what it laid out in its last ten compilations; an empty one between two handouts halves that.
        compiler.compile(input=b"", format="svg", sys_inputs={})
    from typst import TypstError

    try:
        made = compiler.compile(
            input=source, format="pdf", sys_inputs={"data": data}, pdf_standards=["ua-1"], timestamp=0
        )
    except TypstError as error:
        if "could not be displayed" in error.message:
            raise BadInput(f"handout.pdf: {error.message}; leave it out, or {HTML_INSTEAD}") from None
        raise OutputError(f"handout.pdf: {error.message}; {HTML_INSTEAD}") from None
    if not isinstance(made, bytes):
        raise OutputError(f"handout.pdf: typst made no file; {HTML_INSTEAD}")
    return made


def plain(value: Any) -> Any:
    """Return named tuples as dictionaries and tuples as lists, all the way down; a word too long for a line may break."""
    if isinstance(value, str):
        return LONG_WORD.sub("\\g<0>\u200b", value) if len(value) >= LONG else value
    if not isinstance(value, tuple):
        return value
    if hasattr(value, "_fields"):
        return {name: plain(part) for name, part in zip(value._fields, value, strict=True)}
    return [plain(part) for part in value]


def _check_letters(data: str, plan: Plan) -> None:
    lacking = glyphs.missing(data)
    if lacking:
        places = [option for option, texts in _typed(plan) if set(lacking) & set("".join(texts))]
        raise BadInput(
            f"{', '.join(places) or 'handout.pdf'}: the PDF's font has no letters for {' '.join(lacking)}; "
            f"spell them in another way, or {HTML_INSTEAD}"
        )


def _typed(plan: Plan) -> Iterator[tuple[str, Iterable[str]]]:
    """Every option with a free text that a page shows, with what was typed there, in the plan or a revision of it."""
    inputs = plan.inputs
    patients = (inputs.patient, *(change.patient for change in plan.revisions))
    yield "--contact", [inputs.output.contact or ""]
    yield "--prescriber", [inputs.prescriber or "", *(change.prescriber or "" for change in plan.revisions)]
    yield "--reason", [change.reason or "" for change in plan.revisions]
    yield "--taking", [name for patient in patients for name in patient.taking or ()]


@lru_cache(maxsize=1)
def _compiler() -> tuple[typst.Compiler, bytes]:
    """The compiler with the font loaded and the template, kept: the second handout takes a third of the time."""
    try:
        import typst
    except ImportError:
        raise OutputError(f"handout.pdf: the package typst is not installed here; {HTML_INSTEAD}") from None
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(glyphs.FOLDER)])
    source = TEMPLATE.read_bytes()
    return typst.Compiler(source, font_paths=fonts), source
