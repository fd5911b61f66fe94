"""`titrate show`: a saved plan told again, in any format; why it gives what it gives on a date."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Annotated

import typer

from titrate.cli import options as opt
from titrate.cli import terminal
from titrate.cli.clock import moment_as_set
from titrate.cli.plan import deliver, output_files
from titrate.cli.saved import load, load_to_write
from titrate.errors import BadInput
from titrate.evidence import zones
from titrate.export import TABLE, formats
from titrate.inputs import facts
from titrate.inputs.parse import read_choice, read_date
from titrate.model import Plan

EXAMPLES = """\
titrate show plan.json --large-print -o handout.pdf
titrate show plan.json --explain tomorrow
"""

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command("show", cls=opt.Command, epilog=EXAMPLES)
@opt.with_facts
def show(
    *,
    context: typer.Context,
    plan: opt.SavedPlan,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain",
            metavar="DATE",
            help="Say why this dose on this date, and stop.",
            rich_help_panel=facts.OUTPUT_PANEL,
        ),
        opt.reads_date("--explain"),
    ] = None,
    cancelled_list: Annotated[
        bool,
        typer.Option(
            "--cancelled-list",
            help="Name the calendar events to delete by hand, and stop.",
            rich_help_panel=facts.OUTPUT_PANEL,
        ),
    ] = False,
    typed_pages: opt.Pages,
    typed_calendar: opt.Calendar,
    no_chart: opt.NoChart = False,
    format: opt.Format = None,
    output: opt.OutputFiles = None,
    force: opt.Force = False,
) -> int:
    """Show a saved plan again, in any format; without options to the byte as it was first written."""
    printed = TABLE if format is None else read_choice(format, "--format", formats())
    files = output_files(output)
    asked = [*(["--explain"] if explain is not None else []), *(["--cancelled-list"] if cancelled_list else [])]
    if len(asked) > 1 or (asked and (files or format is not None)):
        place = " and ".join(asked)
        raise BadInput(place, "prints its own text", "leave out --format, -o and what else prints")
    _check_settings(plan, typed_calendar)
    saved, _ = load_to_write(plan, files, context) if files else load(plan)
    if explain is not None:
        from titrate.export.terminal import explanation

        today = moment_as_set().astimezone(zones.zone(saved.current.zone)).date()
        terminal.show(explanation.layout(saved, read_date(explain, today, "--explain")))
        return 0
    if cancelled_list:
        _show_cancelled(saved)
        return 0
    chart = terminal.draws_pictures(no_chart)
    for line in deliver(with_pages(saved, typed_pages), printed, files, force=force, saved=plan, chart=chart):
        terminal.say(line)
    return 0


def _check_settings(plan: str, typed: facts.Typed) -> None:
    """Raise BadInput where a setting is typed that only a revision changes, with the command that does."""
    given = [fact for fact in facts.PRACTICAL if fact.key in typed and fact.given(typed)]
    if not given:
        return
    from titrate.cli.command_line import CommandLine, with_value

    words = [word for fact in given for word in _words(fact, typed[fact.key], with_value)]
    command = CommandLine(("revise", plan, *words), frozenset()).quoted(sys.stderr.encoding or "utf-8")
    wrong = "what is written is what the plan says"
    raise BadInput(
        [fact.key for fact in given], wrong, "change the plan: {command}", command=command or "titrate revise"
    )


def _words(fact: facts.Fact, value: object, with_value: Callable[[str, str], tuple[str, ...]]) -> Iterator[str]:
    """Yield the words that say a fact on the command line."""
    if isinstance(value, bool):
        yield fact.option if value else f"--{fact.negative}"
        return
    for text in value if isinstance(value, list) else [value]:
        yield from with_value(fact.option, str(text))


def with_pages(plan: Plan, typed: facts.Typed) -> Plan:
    """Return the plan as it is printed this time; a saved plan keeps its own."""
    now = plan.current
    return plan._replace(settings=(*plan.settings[:-1], now._replace(output=facts.output(typed, now.output))))


def _show_cancelled(plan: Plan) -> None:
    from titrate.export.calendar.outdated import deletion_list

    terminal.show(*deletion_list(plan).splitlines())
