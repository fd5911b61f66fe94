"""`titrate today`: what a saved plan has for today, or for another date."""

from __future__ import annotations

from typing import Annotated

import typer

from titrate.cli import options as opt
from titrate.cli import terminal
from titrate.cli.clock import now
from titrate.cli.saved import load
from titrate.export import agenda
from titrate.inputs import zones
from titrate.inputs.parse import read_choice, read_date

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command("today")
def today(
    plan: opt.SavedPlan,
    date: Annotated[str | None, typer.Option("--date", metavar="DATE", help="Another day than today.")] = None,
    format: Annotated[
        str | None, typer.Option("--format", metavar="table|json", help="What is printed. [table]")
    ] = None,
) -> int:
    """Say what to take today, what changes tomorrow, and when the plan looks again."""
    printed = "table" if format is None else read_choice(format, "--format", ("table", "json"))
    saved, _ = load(plan)
    moment = now(zones.zone(saved.inputs.zone))
    day = moment.date() if date is None else read_date(date, moment.date(), "--date")
    today = agenda.agenda(saved, day, moment)
    if printed == "json":
        from titrate.inputs.document import encoded

        terminal.put(encoded(agenda.document(saved, today)))
    else:
        from titrate.export.terminal.today import layout

        terminal.show(layout(saved, today))
    return 0
