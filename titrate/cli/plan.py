"""`titrate plan`: from a start date and kidney function to a plan, printed and written to files."""

from __future__ import annotations

import sys
import uuid
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from titrate.cli import near_miss, terminal
from titrate.cli import options as opt
from titrate.cli.clock import moment_as_set, zone_of
from titrate.engine.plan import make_plan
from titrate.errors import BadInput, OutputError, Refused
from titrate.evidence import reader, zones
from titrate.export import EXPORTERS, TABLE, formats, render
from titrate.inputs import facts
from titrate.inputs.parse import read_choice, read_id
from titrate.model import Plan

if TYPE_CHECKING:
    from titrate.cli.command_line import CommandLine
    from titrate.evidence.protocol import Evidence

EXAMPLES = """\
titrate plan --start tomorrow --egfr 85 --age 44 -o plan.json -o plan.ics
titrate plan --start monday --creatinine 88umol/L --age 54 --sex female
titrate plan --start tomorrow --egfr 85 --age 44 --large-print -o handout.pdf
"""

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command("plan", cls=opt.Command, epilog=EXAMPLES)
@opt.with_facts
def plan(
    *,
    typed: opt.PlanFacts,
    typed_output: opt.OutputFacts,
    id: opt.Id = None,
    no_chart: opt.NoChart = False,
    format: opt.Format = None,
    output: opt.OutputFiles = None,
    force: opt.Force = False,
) -> int:
    """Make a dose plan: days 1-3, 4-7, 8 on; never above 30 mg a day, less when kidneys are weak.

    A start date and a kidney result are needed: in a terminal the plan asks for them where they are missing, and for what else
    matters. The plan is something to take to a prescriber.
    """
    printed = TABLE if format is None else read_choice(format, "--format", formats())
    _check_shown(printed)
    files = output_files(output)
    moment = moment_as_set()
    zone = zone_of(typed["tz"], moment)
    created = moment.astimezone(zones.zone(zone.name))
    today = created.date()
    plan_id = uuid.uuid4() if id is None else read_id(id)
    typed = {**typed, **typed_output}
    asks = not (facts.START.given(typed) and facts.has_kidney_result(typed))
    known = near_miss.settled(typed, today)
    if asks:
        from titrate.cli import questions

        known = questions.interview(known, zone.name, created)
    first = facts.START.read(known, today)
    patient = facts.patient(known, today)
    evidence = reader.evidence(patient)
    inputs = facts.inputs(
        known, start=first, patient=patient, slots=evidence.protocol.slots, zone=zone.name, today=today
    )

    def command() -> CommandLine:
        """The command line that says the same as what was typed and answered."""
        from titrate.cli import command_line

        answered = command_line.answered(command_line.typed(app), typed, known)
        return answered.dated({"--start": first, "--tested": patient.tested})

    if asks:
        terminal.say("\nThe same as one command:")
        terminal.say_command(command())
        terminal.say("")
    try:
        new = make_plan(evidence, inputs, id=plan_id, created=created)
    except Refused as refusal:
        from titrate.cli.refusal import tell

        return tell(refusal, command(), first, as_json=printed == "json")
    _echo(new, created, zone.origin)
    lines = deliver(new, printed, files, force=force, chart=terminal.draws_pictures(no_chart))
    for line in lines:
        terminal.say(line)
    suffixes = {path.suffix.lower() for path in files}
    if ".ics" in suffixes and ".json" not in suffixes:
        terminal.say("hint: add -o plan.json too: without it this plan cannot be revised later")
    if asks and not files:
        _offer_files(new, evidence, command(), force=force)
    return 0


def _offer_files(plan: Plan, evidence: Evidence, command: CommandLine, *, force: bool) -> None:
    """Ask which files of a plan to write, and write them; what cannot be written so is asked again."""
    from titrate.cli import offers
    from titrate.cli.command_line import answered

    output = plan.inputs.output
    wanted = offers.wanted(has_contact=output.contact is not None)
    while wanted.files:
        named = plan
        if wanted.contact:
            inputs = plan.inputs._replace(output=output._replace(contact=wanted.contact))
            named = make_plan(evidence, inputs, id=plan.id, created=plan.created)
        try:
            lines = deliver(named, None, wanted.paths, force=force)
        except (BadInput, OutputError) as error:
            terminal.say(terminal.worded(error))
            wanted = offers.asked_again(wanted, error)
            continue
        for line in lines:
            terminal.say(line)
        if wanted.contact:
            terminal.say("The same as one command, with who to call:")
            terminal.say_command(answered(command, {}, {offers.CONTACT.key: wanted.contact}))
        return


def deliver(
    plan: Plan,
    printed: str | None,
    files: tuple[Path, ...],
    over: tuple[Path, bytes] | None = None,
    *,
    force: bool = False,
    saved: str | None = None,
    chart: bool = False,
) -> tuple[str, ...]:
    """Write `plan` to the files, print it to stdout as `printed`, and return what to say of the files in the end.

    All is rendered before anything is written.

    `over`: a saved plan that the new one takes the place of, and the bytes that were read from it. `saved`: where the plan came
    from, than which no file gets wider rights. `force`: a file is replaced though it holds another plan, or none. `chart`: the
    table has the staircase under it.
    """
    _check_shown(printed)
    exporter = EXPORTERS.get(printed or "")
    outputs = [(over[0], render(plan, "json"))] if over else []
    outputs += [(path, render(plan, path.suffix)) for path in files]
    data, text = b"", ""
    if printed == TABLE:
        from titrate.export.terminal.plan import layout

        text = terminal.drawn(layout(plan, chart=chart))
    elif printed is not None:
        data = render(plan, printed)
    lines: tuple[str, ...] = ()
    if outputs:
        from titrate.cli.files import write_files

        private = over[0] if over else Path(saved) if saved not in {None, "-"} else None
        lines = write_files(outputs, plan, force=force, private=private, unchanged=over)
        lines = (*lines, *_hints(plan, files))
    if printed == TABLE:
        terminal.write(text)
    elif printed is not None:
        if exporter and not exporter.findings:
            terminal.say_findings(plan.findings)
        terminal.put(data)
    return lines


def output_files(output: list[str] | None) -> tuple[Path, ...]:
    """Return the files to write; OutputError, before any work is done, for one that cannot be written."""
    if not output:
        return ()
    from titrate.storage.files import check_paths

    return check_paths(output)


def _check_shown(printed: str | None) -> None:
    """Raise BadInput where a terminal would get a format that is not to be read."""
    exporter = EXPORTERS.get(printed or "")
    if printed and exporter and exporter.binary and sys.stdout.isatty():
        wrong = f"a {printed.upper()} cannot be shown in a terminal"
        raise BadInput(f"--format {printed}", wrong, f"give -o plan.{printed}")


def _echo(plan: Plan, created: datetime, origin: str) -> None:
    """Say how the dates and times were understood."""
    from titrate.wording.phrases import weekday_date

    start = plan.inputs.start
    zone, away = plan.inputs.zone, (start - created.date()).days
    when = {0: " (today)", 1: " (tomorrow)"}.get(away, "")
    times = (
        "times follow the phone"
        if plan.inputs.floating
        else f"times in {zone} (now {zones.offset_text(zone, created)}), {origin}"
    )
    terminal.say(f"Starts on {weekday_date(start)}{when}; {times}.")
    if away <= 0:
        from titrate.export.agenda import past_today

        for taking in past_today(plan, created):
            otherwise = "" if away else ", or make the plan with --start tomorrow"
            terminal.say(f"today's {taking.time:%H:%M} dose is already past: see titrate today{otherwise}")


def _hints(plan: Plan, files: tuple[Path, ...]) -> tuple[str, ...]:
    """What to know of the files: how a phone takes the calendar, and that a plan without its JSON cannot be changed."""
    if not any(path.suffix.lower() == ".ics" for path in files):
        return ()
    from titrate.export.calendar.hints import hints

    return tuple(f"hint: {line}" for line in hints(plan))
