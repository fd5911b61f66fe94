"""`titrate evidence`: what the plans rest on, each claim and number with its source."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from titrate.cli import options as opt
from titrate.cli import terminal
from titrate.errors import BadInput, did_you_mean

if TYPE_CHECKING:
    from titrate.export.evidence.page import Topic

TOPICS = ("therapies", "trials", "questions", "sources", "hazards", "protocol")
FORMATS = ("table", "md", "json")

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command("evidence")
def evidence(
    topic: Annotated[str | None, typer.Argument(metavar="TOPIC", help=f"One of {', '.join(TOPICS)}.")] = None,
    review: Annotated[
        bool,
        typer.Option("--review", help="The protocol, and all that is signed with it, as a checklist to tick and sign."),
    ] = False,
    format: Annotated[
        str | None, typer.Option("--format", metavar="NAME", help="What is printed: table, md, json. [table]")
    ] = None,
    output: opt.OutputFiles = None,
) -> int:
    """Show what the plans rest on: treatments, studies, questions, sources, hazards, and the protocol with its grounds.

    Every claim is graded: confirmed, disputed or not confirmed; every hazard names the tests that guard against it.
    """
    asked = _one_of(topic, TOPICS, "evidence", "topic")
    printed = "table" if format is None else _one_of(format, FORMATS, "--format", "format")
    if review and asked != "protocol":
        raise BadInput(f"--review: only a protocol is signed, not {asked}; give titrate evidence protocol --review")
    files = _files(output)
    told = _told(asked, review)
    if files:
        from titrate.storage.files import write

        write([(path, _layout(told, path.suffix.lower().lstrip("."))) for path in files])
        terminal.say(f"wrote {', '.join(str(path) for path in files)}")
    if printed == "table":
        from titrate.export.terminal import evidence as evidence_table

        terminal.show(evidence_table.render(told, width=terminal.width(), color=terminal.color()))
    else:
        terminal.put(_layout(told, printed))
    return 0


def _told(topic: str, review: bool) -> Topic:
    if topic == "hazards":
        from titrate.evidence.hazards import hazards
        from titrate.export.evidence import hazards as hazard_page

        return hazard_page.hazards(hazards())
    from titrate.evidence import shelf
    from titrate.export.evidence import claims as claim_pages

    known = shelf.sources()
    match topic:
        case "therapies":
            return claim_pages.therapies(shelf.therapies(), shelf.reasons_to_try(), known)
        case "trials":
            return claim_pages.trials(shelf.trials(), known)
        case "questions":
            return claim_pages.questions(shelf.questions(), known)
        case "sources":
            return claim_pages.sources(known.values())
        case _:
            from titrate.evidence import reader
            from titrate.evidence import review as signed
            from titrate.export.evidence import protocol as protocol_page

            read = reader.protocol()
            files = signed.files(known) if review else ()
            return protocol_page.protocol(read, signed.entries(read, known), known, review=review, files=files)


def _layout(told: Topic, name: str) -> bytes:
    from titrate.export.evidence import page

    return page.markdown(told) if name == "md" else page.json_document(told)


def _one_of(typed: str | None, known: tuple[str, ...], place: str, noun: str) -> str:
    """Return the one that was typed, in lower case; BadInput names them all, and the nearest."""
    names = f"{', '.join(known[:-1])} or {known[-1]}"
    if typed is None:
        raise BadInput(f"{place}: which {noun}? give {names}")
    if (asked := typed.strip().lower()) not in known:
        near = did_you_mean(asked, known)
        raise BadInput(f"{place}: there is no {noun} {typed or 'without a name'}; give {names}{near}")
    return asked


def _files(output: list[str] | None) -> tuple[Path, ...]:
    if not output:
        return ()
    from titrate.storage.files import check_paths

    for name in output:
        _one_of(Path(name).suffix.lstrip(".") or name, FORMATS[1:], f"-o {name}", "format")
    return check_paths(output)
