"""`titrate today`: what a saved plan has for today, or for another date."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from titrate.cli import completion, terminal
from titrate.cli import options as opt
from titrate.cli.clock import now_for
from titrate.cli.saved import load
from titrate.errors import BadInput
from titrate.export import agenda
from titrate.inputs.facts import OUTPUT_PANEL
from titrate.inputs.parse import read_choice, read_date

HEAD = 4096  # bytes in which the schema of a saved plan stands, as its first key
SAVED = re.compile(rb'"schema"\s*:\s*"titrate/plan/1"')
FORMATS = ("table", "json")
MOST_NAMED = 5  # files named in a message

EXAMPLES = """\
titrate today plan.json
"""

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command("today", cls=opt.Command, epilog=EXAMPLES)
@opt.with_facts
def today(
    plan: Annotated[
        str | None,
        typer.Argument(
            metavar="[PLAN.json]",
            help="A saved plan; - reads standard input. [the one plan in this folder]",
            autocompletion=completion.of(completion.plans),
        ),
    ] = None,
    date: Annotated[
        str | None,
        typer.Option(
            "--date",
            metavar="DATE",
            help="Another day than today: 2026-12-15, tomorrow, +2w.",
            rich_help_panel=OUTPUT_PANEL,
        ),
        opt.reads_date("--date"),
    ] = None,
    no_chart: opt.NoChart = False,
    format: Annotated[str | None, opt.format_option(*FORMATS), opt.reads_choice("--format", *FORMATS)] = None,
) -> int:
    """Say what to take next, what to do about a missed dose, what changes tomorrow, and when the plan looks again."""
    printed = "table" if format is None else read_choice(format, "--format", FORMATS)
    saved, _ = load(_only_plan() if plan is None else plan)
    moment = now_for(saved)
    day = moment.date() if date is None else read_date(date, moment.date(), "--date")
    today = agenda.agenda(saved, day, moment)
    if printed == "json":
        from titrate.export.data.today import document
        from titrate.inputs.document import encoded

        terminal.put(encoded(document(saved, today)))
    else:
        from titrate.export.terminal.today import layout

        terminal.show(layout(saved, today, chart=terminal.draws_pictures(no_chart)))
    return 0


def _only_plan() -> str:
    """Return the name of the one saved plan in this folder; BadInput where there is none or more than one."""
    try:
        plans = sorted(path.name for path in Path().iterdir() if _is_plan(path))
    except OSError:  # the folder is gone, or may not be read
        plans = []
    if len(plans) == 1:
        terminal.say(f"the plan in this folder: {plans[0]}")
        return plans[0]
    if not plans:
        raise BadInput("today", "no saved plan is in this folder", "give its file, as in titrate today plan.json")
    from titrate.cli.command_line import CommandLine

    more = f" and {len(plans) - MOST_NAMED} more" if len(plans) > MOST_NAMED else ""
    command = CommandLine(("today", f"./{plans[0]}" if plans[0].startswith("-") else plans[0]), frozenset()).quoted(
        sys.stderr.encoding or "utf-8"
    )
    wrong = "{count} saved plans are in this folder: {names}" + more
    todo = "give one, as in {command}" if command else "give one of them"
    raise BadInput("today", wrong, todo, count=len(plans), names=", ".join(plans[:MOST_NAMED]), command=command)


def _is_plan(path: Path) -> bool:
    """Whether a file is called as a saved plan, can be read and begins as one does."""
    if path.suffix != ".json" or path.name.startswith(".") or not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return SAVED.search(file.read(HEAD)) is not None
    except OSError:
        return False
