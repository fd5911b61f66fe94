"""`titrate batch`: a roster of patients to a folder of plans, calendars and handouts."""

from __future__ import annotations

import os
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from titrate.batch.defaults import defaults as clinic_defaults
from titrate.batch.run import Order, Progress, RosterChanged, formats_of, run_batch
from titrate.cli import command_line, completion, terminal
from titrate.cli import options as opt
from titrate.cli.clock import moment_as_set
from titrate.errors import BadInput, OutputError
from titrate.export import EXPORTERS
from titrate.inputs.parse import read_id, read_whole

MOST_JOBS = 256
NEEDED = "give a roster and a folder"
TEMPLATE = """\
id,start,egfr,creatinine,age,sex,weight,tested,taking,conditions,target,tablet,confirm,prescriber,tz,contact
example-1,monday,85,,40,,,,none,none,,,,,,
example-2,monday,,66 umol/L,54,female,62,,"paracetamol, omeprazole",none,10,10,,,Europe/Berlin,
"""

EXAMPLES = """\
titrate batch roster.csv --out plans --format json,ics,pdf
"""

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command("batch", cls=opt.Command, epilog=EXAMPLES)
@opt.with_facts
def batch(
    roster: Annotated[
        str | None, typer.Argument(metavar="ROSTER.csv", help="One patient a row; the columns are the options of plan.")
    ] = None,
    out: Annotated[str | None, typer.Option("--out", metavar="DIR", help="A new folder for the files.")] = None,
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="NAMES",
            help=f"Files for each row: {', '.join(EXPORTERS)}. [json,ics]",
            autocompletion=completion.of(partial(completion.listed, lambda _: EXPORTERS)),
        ),
        opt.Reads(lambda typed, _: formats_of(typed)),
    ] = None,
    jobs: Annotated[
        str | None,
        typer.Option("--jobs", metavar="N", help="Processes at work. [the processors there are]"),
        opt.Reads(lambda typed, _: _jobs(typed)),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Finish a batch that was stopped.")] = False,
    template: Annotated[bool, typer.Option("--template", help="Print a roster to fill in, with two examples.")] = False,
    id: Annotated[
        str | None,
        typer.Option("--id", metavar="UUID", help="The batch's id, from which each plan's follows. [random]"),
        opt.Reads(lambda typed, _: read_id(typed)),
    ] = None,
) -> int:
    """Make the plans of a whole roster.

    Good rows are made even when others fail; rejected.csv holds those, with the reason, and manifest.csv lists every row.
    In both, an apostrophe stands before a cell that a spreadsheet would run as a formula.
    """
    if template:
        terminal.put(TEMPLATE.encode())
        return 0
    if roster is None or out is None:
        raise BadInput("batch", f"{NEEDED}, as in titrate batch roster.csv --out plans; or --template")
    processes = _jobs(jobs)
    for name, typed in (("ROSTER.csv", roster), ("--out", out)):
        if not typed.strip():
            raise BadInput(name, "it is empty", NEEDED)
    if roster == "-":
        wrong = "a roster is read more than once, which standard input cannot be"
        raise BadInput("ROSTER.csv", wrong, "give a file")
    created = moment_as_set()
    defaults = clinic_defaults(os.environ, created)
    order = Order(
        roster=Path(roster),
        folder=Path(out),
        formats=None if format is None else formats_of(format),
        id=None if id is None else read_id(id),
        resume=resume,
        created=created,
        defaults=defaults,
    )
    reached = _run(order, processes)
    if reached is None:
        return 1
    _sum_up(reached, order.folder)
    return 2 if reached.counts["faulty"] else 3 if reached.counts["refused"] else 0


def _run(order: Order, processes: int) -> Progress | None:
    """Run the batch and show how far it is; None where somebody stopped it."""
    from titrate.batch.workers import by_processes, stopped_once
    from titrate.cli.progress import shown

    reached = Progress(0, 0, {"made": 0, "refused": 0, "faulty": 0})
    with stopped_once(lambda: terminal.say("titrate: stopping ...")):
        try:
            with shown() as report, closing(run_batch(order, by_processes(processes, order.folder))) as run:
                for reached in run:
                    report(reached)
        except (KeyboardInterrupt, OutputError) as stopped:
            if reached.total and not isinstance(stopped, RosterChanged):
                terminal.say(f"{reached.done} of {reached.total} rows are done; the rest:")
                command = command_line.typed(app)
                terminal.say_command(command, *(() if command.gives("--resume") else ("--resume",)))
            if isinstance(stopped, OutputError):
                raise
            terminal.say("titrate: stopped")
            return None
    return reached


def _sum_up(reached: Progress, folder: Path) -> None:
    outcomes = ", ".join(f"{number} {outcome}" for outcome, number in reached.counts.items())
    line = f"{reached.done} rows: {outcomes}; every row is in {folder / 'manifest.csv'}"
    terminal.in_place.append(line)
    terminal.say(line)
    if reached.counts["made"] < reached.done:
        terminal.say(
            f"{folder / 'rejected.csv'} holds the others with the reason; mend it and run it as a roster of its own. "
            "An apostrophe stands before what a spreadsheet would run as a formula"
        )


def _jobs(typed: str | None) -> int:
    if typed is None:
        from titrate.batch.workers import usable

        return usable()
    jobs = read_whole(typed, "--jobs", "how many processes may work, such as 2")
    if not 1 <= jobs <= MOST_JOBS:
        raise BadInput("--jobs", f"{jobs} is out of range", f"give 1 to {MOST_JOBS}")
    return jobs
