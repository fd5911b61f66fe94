"""`titrate evidence`: what the plans rest on, each claim and number with its source."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from titrate.cli import completion, terminal
from titrate.cli import options as opt
from titrate.errors import BadInput, did_you_mean

if TYPE_CHECKING:
    from titrate.export.evidence.page import Topic

SEARCHED = ("medicines", "conditions")  # the topics in which a name can be looked up
TOPICS = ("therapies", "trials", "questions", "next-steps", *SEARCHED, "rules", "sources", "hazards", "protocol")
FORMATS = ("table", "md", "json")

EXAMPLES = """\
titrate evidence therapies
titrate evidence medicines diazepam
"""

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command("evidence", cls=opt.Command, epilog=EXAMPLES)
@opt.with_facts
def evidence(
    topic: Annotated[
        str | None,
        typer.Argument(
            metavar="TOPIC", help=f"One of {', '.join(TOPICS)}.", autocompletion=completion.of(lambda _: TOPICS)
        ),
        opt.Reads(lambda typed, _: _one_of(typed, TOPICS, "evidence", "topic")),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]",
            help="A medicine or an illness to look up, as it is typed.",
            autocompletion=completion.looked_up,
        ),
    ] = None,
    review: Annotated[
        bool,
        typer.Option("--review", help="The protocol, and all that is signed with it, as a checklist to tick and sign."),
    ] = False,
    format: Annotated[
        str | None,
        opt.format_option(*FORMATS),
        opt.Reads(lambda typed, _: _one_of(typed, FORMATS, "--format", "format")),
    ] = None,
    output: Annotated[list[str] | None, opt.OUTPUT_OPTION, opt.Reads(lambda typed, _: _files(typed))] = None,
) -> int:
    """Show what the plans rest on: treatments, studies, questions, medicines, illnesses, rules, sources, hazards, the protocol.

    Every claim is graded: confirmed, disputed or not confirmed; every hazard names the tests that guard against it.
    """
    asked = _one_of(topic, TOPICS, "evidence", "topic")
    printed = "table" if format is None else _one_of(format, FORMATS, "--format", "format")
    if review and asked != "protocol":
        raise BadInput("--review", f"only a protocol is signed, not {asked}", "give titrate evidence protocol --review")
    typed = " ".join(name or ())
    if typed and asked not in SEARCHED:
        raise BadInput("evidence", f"{asked} takes no name, only medicines and conditions do", f"leave {typed} out")
    files = _files(output)
    lines: tuple[str, ...] = ()
    content = _looked_up(asked, typed) if typed else _content(asked, review)
    if files:
        from titrate.cli.files import write_files

        lines = write_files([(path, _layout(content, path.suffix.lower().lstrip("."))) for path in files])
    if printed == "table":
        from titrate.export.terminal.evidence import layout

        terminal.page(layout(content))
    else:
        terminal.put(_layout(content, printed))
    for line in lines:
        terminal.say(line)
    return 0


def _content(topic: str, review: bool) -> Topic:
    from titrate.evidence import reader
    from titrate.export.evidence import claims as claim_pages

    match topic:
        case "therapies":
            return claim_pages.therapies(reader.therapies(), reader.reasons_to_try(), reader.sources())
        case "trials":
            return claim_pages.trials(reader.trials(), reader.sources())
        case "questions":
            return claim_pages.questions(reader.questions(), reader.sources())
        case "next-steps":
            return claim_pages.next_steps(reader.next_steps(), reader.sources())
        case "medicines" | "conditions":
            from titrate.evidence import known
            from titrate.export.evidence.known import listed

            if topic == "medicines":
                return listed(topic, known.medicines(reader.medicines()), reader.sources())
            return listed(topic, known.conditions(reader.conditions()), reader.sources())
        case "rules":
            from titrate.export.evidence import rules as rule_page

            return rule_page.rules(reader.rules())
        case "sources":
            return claim_pages.sources(reader.sources().values())
        case "hazards":
            from titrate.export.evidence import hazards as hazard_page

            return hazard_page.hazards(reader.hazards())
        case _:
            from titrate.evidence import review as signed
            from titrate.export.evidence import protocol as protocol_page

            protocol, sources = reader.protocol(), reader.sources()
            files = signed.files(sources) if review else ()
            entries = signed.entries(protocol, sources)
            return protocol_page.protocol(protocol, entries, sources, review=review, files=files)


def _looked_up(topic: str, typed: str) -> Topic:
    """Return what is known of one name; BadInput, with what may have been meant, where it is not in the list."""
    from titrate.engine.names import recognise, recognise_condition, suggestions
    from titrate.evidence import known, reader
    from titrate.export.evidence.known import LookedUp, looked_up

    if topic == "conditions":
        illnesses = reader.conditions()
        listed, found, entries = illnesses.listed, recognise_condition(illnesses, typed), known.conditions(illnesses)
    else:
        formulary = reader.medicines()
        listed, found, entries = formulary.listed, recognise(formulary, typed), known.medicines(formulary)
    if not found.taken_for:
        near = suggestions(listed, found)
        todo = f"did you mean {' or '.join(near)}?" if near else "ask a pharmacist or the prescriber"
        wrong = "{typed} is not in our list, so nobody has checked it"
        raise BadInput(f"evidence {topic}", wrong, todo, typed=typed)
    ids = {*(matters.id for matters in found.classes), *(condition.id for condition in found.conditions)}
    raising = [entry for entry in entries if entry.id in ids] or [known.harmless(found.taken_for)]
    return looked_up(topic, LookedUp(typed, found.taken_for, found.unknown), raising, reader.sources())


def _layout(content: Topic, name: str) -> bytes:
    from titrate.evidence import reader
    from titrate.export.evidence import page

    if name == "json":
        return page.json_document(content)
    return reader.read("rules.md") if content.document["topic"] == "rules" else page.markdown(content)


def _one_of(typed: str | None, known: tuple[str, ...], place: str, noun: str) -> str:
    """Return what was typed, in lower case; BadInput names all `known`, and the nearest."""
    names = f"{', '.join(known[:-1])} or {known[-1]}"
    if typed is None:
        raise BadInput(place, f"which {noun}? give {names}")
    if (asked := typed.strip().lower()) not in known:
        near = did_you_mean(asked, known)
        raise BadInput(place, f"there is no {noun} {{typed}}", f"give {names}{near}", typed=typed or "without a name")
    return asked


def _files(output: list[str] | None) -> tuple[Path, ...]:
    if not output:
        return ()
    from titrate.storage.files import check_paths

    for name in output:
        _one_of(Path(name).suffix.lstrip(".") or name, FORMATS[1:], f"-o {name}", "format")
    return check_paths(output)
