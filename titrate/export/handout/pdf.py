"""The handout as PDF/UA-1: tagged, one bundled font, equal bytes for equal plans."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fontpkg_noto_sans

from titrate.errors import BadInput, OutputError
from titrate.export.handout.document import handout, with_unit
from titrate.wording import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import typst

    from titrate.model import Plan
    from titrate.wording import Words

WESTERN = frozenset(bytes(range(256)).decode("cp1252", "ignore"))  # letters and signs that the font is known to have
# Marks of joining and of direction, of which there is one here; a hyphen that does not break, which no telephone takes.
SEEN = {**dict.fromkeys(range(0x200C, 0x2010)), 0x2011: "-"}
TEMPLATE = Path(__file__).with_name("handout.typ")
# Letters alone. As if they were all Latin: for a few marks of other scripts typst draws a dotted circle and no mark.
LETTERS = b'#set document(title: " ")\n#set text(font: "Noto Sans", fallback: false, script: "latn")\n#sys.inputs.data'
FONTS: Path = fontpkg_noto_sans.ROOT / "files"
HTML_INSTEAD = "write the handout as .html, which prints from any browser"


def render(plan: Plan) -> bytes:
    """Return the handout of a plan as a PDF file.

    Raises BadInput for a text with characters that the font lacks, naming them; OutputError where typst is not installed.
    """
    data = filling(plan)
    compiler = _compiler()
    _check_letters(data, plan, compiler)
    from typst import TypstError

    try:
        return _compile(compiler, TEMPLATE.read_bytes(), data)
    except TypstError as error:
        raise OutputError("handout.pdf", "{message}", HTML_INSTEAD, message=error.message) from None


def filling(plan: Plan) -> str:
    """Return what the template is filled with, as JSON."""
    return json.dumps({**plain(handout(plan)), **between_pages(words())}, ensure_ascii=False, separators=(",", ":"))


def between_pages(words: Words) -> dict[str, str]:
    """Return what leads from one page to another where the first has no room: read on, and look back for whom to call.

    `help` is said on the first page where the signs that call for help have no room there.
    """
    look_back = f"{words.say('common.who_to_call')}: {words.say('contact.first_page')}"
    return {"read_on": words.say("page.read_on"), "look_back": look_back, "help": words.say("page.help")}


def plain(value: Any) -> Any:
    """Return named tuples as dictionaries and tuples as lists, all the way down.

    A number never ends a line before its unit. What is copied from the page holds no sign that is not seen.
    """
    if isinstance(value, str):
        return with_unit(value.translate(SEEN))
    if not isinstance(value, tuple):
        return value
    if hasattr(value, "_fields"):
        return {name: plain(part) for name, part in zip(value._fields, value, strict=True)}
    return [plain(part) for part in value]


def _check_letters(data: str, plan: Plan, compiler: typst.Compiler) -> None:
    """Raise BadInput, naming the letters and where each was typed, unless the font has every letter of a page."""
    letters = [letter for letter in dict.fromkeys(data) if not letter.isascii()]
    if WESTERN.issuperset(letters):  # as most pages are: nothing to ask typst
        return
    lacking = (
        [] if _draws(" ".join(letters), compiler) else [letter for letter in letters if not _draws(letter, compiler)]
    )
    if lacking:
        places = [fact for fact, texts in _typed(plan) if set(lacking) & set("".join(texts))]
        raise BadInput(
            places or ["handout.pdf"],
            "the PDF's font has no letters for {letters}",
            f"spell them in another way, or {HTML_INSTEAD}",
            letters=" ".join(lacking),
        )


def _draws(letters: str, compiler: typst.Compiler) -> bool:
    """Whether typst draws these letters; it names only the first that the font lacks.

    >>> _draws(" ".join(sorted(WESTERN - set(map(chr, range(128))))), _compiler()), _draws("\u05d0", _compiler())
    (True, False)
    """
    from typst import TypstError

    try:
        return bool(_compile(compiler, LETTERS, letters))
    except TypstError:
        return False


def _compile(compiler: typst.Compiler, source: bytes, data: str) -> bytes:
    """A typst source with its data as a PDF/UA-1 file."""
    file = compiler.compile(input=source, format="pdf", sys_inputs={"data": data}, pdf_standards=["ua-1"], timestamp=0)
    if not isinstance(file, bytes):
        raise OutputError("handout.pdf", "typst made no file", HTML_INSTEAD)
    return file


def _typed(plan: Plan) -> Iterator[tuple[str, Iterable[str]]]:
    """Every fact with a free text that a page shows, with what was typed there, in the plan or a revision of it."""
    inputs = plan.inputs
    patients = (inputs.patient, *(change.patient for change in plan.revisions))
    yield "contact", [settings.output.contact or "" for settings in plan.settings]
    yield "prescriber", [inputs.prescriber or "", *(change.prescriber or "" for change in plan.revisions)]
    yield "reason", [change.reason or "" for change in plan.revisions]
    yield "taking", [name for patient in patients for name in patient.taking or ()]
    yield "condition", [name for patient in patients for name in patient.conditions or ()]


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    """The compiler with the font loaded, kept: the second handout takes a third of the time."""
    try:
        import typst
    except ImportError:
        raise OutputError("handout.pdf", "the package typst is not installed here", HTML_INSTEAD) from None
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
    return typst.Compiler(b"", font_paths=fonts)
