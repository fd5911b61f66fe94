"""`titrate revise`: a dated change to a saved plan, shown as a difference and written back whole."""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from titrate.cli import near_miss, terminal
from titrate.cli import options as opt
from titrate.cli.clock import now_for
from titrate.cli.plan import deliver, output_files
from titrate.cli.saved import load, load_to_write
from titrate.engine import screening
from titrate.engine.actions import ACTIONS, CONTINUE, NEWS, SETTINGS, sentence
from titrate.engine.first_day import first_day
from titrate.engine.patient import known_patient
from titrate.engine.revision import forbids_rise, revise_plan
from titrate.errors import BadInput, Refused
from titrate.evidence import reader, zones
from titrate.export import formats
from titrate.inputs import facts
from titrate.inputs.parse import read_choice, read_date
from titrate.model import UNDO, NewSettings, Plan, Revision

EXAMPLES = """\
titrate revise plan.json --hold 7 --reason "sleepy in the mornings"
titrate revise plan.json --egfr 52 --tested today -o plan.ics
titrate revise plan.json --stop --dry-run
"""

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command("revise", cls=opt.Command, epilog=EXAMPLES)
@opt.with_facts
def revise(
    *,
    context: typer.Context,
    plan: opt.SavedPlan,
    start: opt.From = None,
    typed: opt.Change,
    practical: opt.Practical,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show what would change; write nothing.", rich_help_panel=facts.OUTPUT_PANEL),
    ] = False,
    no_chart: opt.NoChart = False,
    format: opt.Format = None,
    output: opt.OutputFiles = None,
    force: opt.Force = False,
) -> int:
    """Change a running plan from a date on; the days before never change.

    Exactly one of --hold, --step-back, --resume, --continue, --target, --egfr, --creatinine, --stop, --undo; or the practical
    side (times, zone, tablets, calendar, pages); or new facts alone (--taking, --stopped, --condition, --pregnant ...), by which
    no dose rises. The new plan is written over the old one, which is kept beside it as PLAN.json.1.bak, .2.bak and so on, or to
    -o FILE.json.
    """
    printed = None if format is None else read_choice(format, "--format", formats())
    files = output_files(output)
    new = facts.settings(practical)
    action = _action(typed, new)
    before, data = load(plan) if dry_run else load_to_write(plan, (*files, Path(plan)), context)
    moment = now_for(before)
    if new.zone is not None:
        zones.place(new.zone, moment)
    at = _moment(before, moment)
    today = moment.date()
    if action == SETTINGS and (learned := [fact.key for fact in opt.LEARNED if fact.given(typed)]):
        raise BadInput(learned, "what is learned and new settings are two changes", "give them in two commands")
    if action == UNDO and start is not None:
        raise BadInput(("undo", "from"), "what is taken back is so from its own first day on", "leave out {from}")
    first = first_day(before, action, at, new) if start is None else read_date(start, today, "from")
    named = near_miss.settled(typed, today)
    revision = Revision(
        number=len(before.revisions) + 1,
        at=at,
        start=first,
        action=action,
        days=(facts.CONTINUE if action == CONTINUE else facts.HOLD).read(typed, today),
        target=facts.TARGET.read(typed, today),
        patient=facts.patient(named, today),
        stopped=facts.STOPPED.read(typed, today) or (),
        reason=_reason(typed, today),
        confirmed=facts.CONFIRM.read(typed, today),
        prescriber=facts.PRESCRIBER.read(typed, today),
        settings=new,
    )
    evidence = reader.evidence(known_patient(before.inputs, (*before.revisions, revision)))
    try:
        after = revise_plan(evidence, before, revision)
    except Refused as refusal:
        from titrate.cli import command_line
        from titrate.cli.refusal import tell

        command = command_line.answered(command_line.typed(app), typed, named).dated(
            {"--from": first, "--tested": revision.patient.tested}
        )
        return tell(refusal, command, first, as_json=printed == "json")
    if dry_run:
        _say_changes(before, after, plan, today, aside=printed is not None, no_chart=no_chart)
        terminal.say("nothing was written (--dry-run)")
        if printed is not None:
            deliver(after, printed, (), chart=terminal.draws_pictures(no_chart))
        return 0
    over, others, printed = _places(plan, data, files, printed)
    chart = terminal.draws_pictures(no_chart)
    lines = deliver(after, printed, others, over, force=force, saved=plan, chart=chart)
    saved = [path for path in others if path.suffix.lower() == ".json"]
    place = str(over[0] if over else (*saved, plan)[0])
    _say_changes(before, after, place, today, aside=printed is not None, no_chart=no_chart)
    _say_past(before, after, moment)
    if action in (SETTINGS, UNDO):
        _say_gap(after)
    for line in lines:
        terminal.say(line)
    if not any(path.suffix.lower() == ".ics" for path in files):
        terminal.say(
            "the calendar on the phone is still the old one: write a new one with -o plan.ics, here or with titrate show"
        )
    return 0


def _places(
    plan: str, data: bytes, files: tuple[Path, ...], printed: str | None
) -> tuple[tuple[Path, bytes] | None, tuple[Path, ...], str | None]:
    """The plan to write over, the other files, and what is printed: the new plan is kept in one place at least."""
    saved = [path for path in files if path.suffix.lower() == ".json"]
    if plan == "-":
        if not saved and printed not in {None, "json"}:
            raise BadInput("revise -", "the new plan would be lost", "give -o FILE.json or --format json")
        return None, files, printed or (None if saved else "json")
    real = os.path.realpath(plan)
    same = [path for path in saved if os.path.realpath(path) == real]
    if saved and not same:
        return None, files, printed
    return (Path(plan), data), tuple(path for path in files if path not in same), printed


def _action(typed: facts.Typed, new: NewSettings) -> str:
    """Return the one thing that this revision does; a kidney result is one thing, however it is given."""
    asked = {key for key, fact in opt.BY_KEY.items() if fact in opt.ASKING and fact.given(typed)}
    actions = [name for name, action in ACTIONS.items() if asked.intersection(action.facts)]
    if new != NewSettings():
        actions.append(SETTINGS)
    if not actions and any(fact.given(typed) for fact in (*opt.LEARNED, facts.CONFIRM)):
        return NEWS
    if len(actions) != 1:
        wrong = f"{' and '.join(actions)} are given" if actions else "nothing to do is given"
        short = {fact.option: fact.metavar if (fact.metavar or "").isalpha() else "" for fact in opt.ASKING}
        options = ", ".join(f"{option} {metavar}".rstrip() for option, metavar in short.items())
        raise BadInput("revise", wrong, f"give exactly one of {options}, or new settings or facts alone")
    return actions[0]


def _moment(before: Plan, moment: datetime) -> datetime:
    """When the revision is made: now, or one second after the last stamp where the clock was set back."""
    return max(moment, before.made_at + timedelta(seconds=1))


def _say_changes(before: Plan, after: Plan, place: str, today: date, *, aside: bool, no_chart: bool) -> None:
    """Say what changes and what was found: on stdout, or `aside` on stderr where data goes to stdout.

    `place` is where the new plan stands, for the command that goes on from it.
    """
    from titrate.cli.command_line import CommandLine
    from titrate.export.terminal import difference, findings

    known = {finding._replace(confirmed_by=None) for finding in before.findings}
    new = [finding for finding in after.findings if finding._replace(confirmed_by=None) not in known]
    if stopping := findings.stopping(after.findings):
        terminal.show(*stopping, aside=True)
    _echo(after.revisions[-1], today)
    chart = terminal.draws_pictures(no_chart, aside=aside)
    terminal.show(difference.layout(before, after, chart=chart, today=today), aside=aside)
    if others := (*findings.unconfirmed(new), *findings.lines(new)):
        terminal.show(*others, aside=True)
    go_on = ("revise", place, "--from", str(after.revisions[-1].start))
    missing = dict.fromkeys(finding.code for finding in screening.unconfirmed(after.findings))
    if after.ending == "suspended":
        terminal.say("the plan is suspended: call the prescriber before the next dose")
    elif after.ending == "taper":
        pass  # nothing rises any more: there is no word to ask for
    elif missing:
        terminal.say(f"no later rise is planned until a prescriber confirms {', '.join(missing)}. To confirm:")
        options = [word for code in missing for word in ("--confirm", code)]
        terminal.say_command(CommandLine((*go_on, *options, "--prescriber", "NAME"), frozenset()))
    elif forbids_rise(after.findings):
        terminal.say("no later rise is planned while this stands")
    elif after.revisions[-1].no_rise:
        terminal.say("no rise follows from new facts alone. To go up again:")
        terminal.say_command(CommandLine((*go_on, "--target", f"{after.target:f}"), frozenset()))


def _echo(revision: Revision, today: date) -> None:
    """Say from which day on a revision does what, as it was understood."""
    from titrate.wording.phrases import weekday_date

    when = {0: " (today)", 1: " (tomorrow)"}.get((revision.start - today).days, "")
    terminal.say(f"From {weekday_date(revision.start)}{when}: {sentence(revision)}.")


def _say_gap(after: Plan) -> None:
    """Say where more than a day passes between two doses across a change of the clock."""
    from titrate.engine.first_day import doses_on
    from titrate.engine.settings import pair_across

    gap = pair_across(partial(doses_on, after), after.settings[:-1], after.current) if len(after.settings) > 1 else None
    if gap and gap[1] - gap[0] > timedelta(days=1, hours=1):  # as when clocks go back
        zone = zones.zone(after.current.zone)
        hours = (gap[1] - gap[0]) // timedelta(hours=1)
        then = f"{gap[1].astimezone(zone):%Y-%m-%d %H:%M}"
        terminal.say(f"{hours} hours pass before the dose of {then}: ask the prescriber about them")


def _say_past(before: Plan, after: Plan, moment: datetime) -> None:
    """Say which doses of today come too late for a change of today."""
    if after.revisions[-1].start > moment.date():
        return
    from titrate.export.agenda import past_today

    old = {(taking.slot, taking.mg) for taking in past_today(before, moment)}
    for taking in past_today(after, moment):
        if (taking.slot, taking.mg) not in old:
            terminal.say(f"today's {taking.time:%H:%M} dose is already past: what was taken stays as it was")


def _reason(typed: facts.Typed, today: date) -> str | None:
    """Return the reason for a change, as it can be printed on a page."""
    reason: str | None = facts.REASON.read(typed, today)
    if reason is not None:
        from titrate.export.handout.document import refuse_unprintable

        refuse_unprintable(reason, "reason")
    return reason
