"""Why this dose on this date: the step, its gate, the revision and the kidney band in force, each with its source."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from titrate.engine.actions import sentence
from titrate.engine.kidney import printed
from titrate.errors import BadInput
from titrate.export.summary import Line
from titrate.export.terminal.blocks import Phrase, spaced, summary_lines
from titrate.wording import words
from titrate.wording.phrases import amount, reviewed, weekday_date

if TYPE_CHECKING:
    from rich.console import RenderableType

    from titrate.model import Plan, Step


def layout(plan: Plan, day: date) -> RenderableType:
    """Return why `plan` gives what it gives on `day`, for a terminal of any width; BadInput as `lines`."""
    dose, *why = lines(plan, day)
    return spaced(Phrase(f"{dose.label}: {dose.text}", "title"), summary_lines(why))


def lines(plan: Plan, day: date) -> tuple[Line, ...]:
    """Return what `plan` gives on `day`, then why, a line each; BadInput for a date that is not in the plan."""
    if plan.ending == "suspended" and day >= plan.revisions[-1].start:
        return _suspended(plan, day)
    dates = {planned.date: planned for planned in plan.days}
    if day not in dates:
        days_there = f"{plan.days[0].date} to {plan.days[-1].date}" if plan.days else f"from {plan.inputs.start}"
        raise BadInput(
            "explain", "{day} is not in the plan", "give a date from its days, {days}", day=day, days=days_there
        )
    planned = dates[day]
    step = next(step for step in plan.steps if step.first_date <= day <= step.last_date)
    doses = ", ".join(f"{amount(dose.mg)} mg {words().say(f'when.{dose.slot}')}" for dose in planned.doses)
    gate = [Line("Gate", f"{weekday_date(step.first_date)}: {step.gate.text}")] if step.gate else []
    days = f"{step.number} of {len(plan.steps)}, days {step.first_day} to {step.last_day}"
    return (
        Line(f"{weekday_date(day)}, day {planned.number}", f"{amount(planned.total)} mg ({doses})"),
        Line("Step", f"{days}: {_origin(plan, step)}"),
        Line("Dose", _rung(plan, step)),
        *gate,
        *_revisions(plan, day),
        *_limits(plan, day),
    )


def _suspended(plan: Plan, day: date) -> tuple[Line, ...]:
    why = next(finding for finding in plan.findings if finding.code == "kidney-failure")
    return (
        Line(weekday_date(day), f"no dose; the plan is suspended from {weekday_date(plan.revisions[-1].start)}"),
        Line("Urgent", f"{why.message} ({why.source})", "urgent"),
        *_revisions(plan, day),
        *_limits(plan, day),
    )


def _rung(plan: Plan, step: Step) -> str:
    return next(rung.cite for rung in plan.protocol.ladder if rung.total == step.total)


def _origin(plan: Plan, step: Step) -> str:
    """How the step came about: the first dose, a rise, a fall; and the revision of that date, if there is one."""
    before = next((other for other in plan.steps if other.number == step.number - 1), None)
    if before is None:
        return "the first dose"
    if step.total == before.total:
        return f"{amount(step.total)} mg a day as before, at other times or from other tablets"
    turn = "up" if step.total > before.total else "down"
    by = [revision for revision in plan.revisions if revision.start == step.first_date]
    why = "; ".join(f"revision {revision.number}, {sentence(revision)}" for revision in by)
    return f"{turn} from {amount(before.total)} mg a day on {weekday_date(step.first_date)}" + (
        f" ({why})" if by else ""
    )


def _revisions(plan: Plan, day: date) -> list[Line]:
    acted = [revision for revision in plan.revisions if revision.start <= day]
    if not acted:
        return [Line("Changes", "none by then; the plan as first made")]
    return [
        Line(
            f"Change {revision.number}",
            f"from {weekday_date(revision.start)}: {sentence(revision)}"
            + (f" ({revision.reason})" if revision.reason else "")
            + (", no rise planned until a later revision: screening forbade it" if revision.no_rise else ""),
        )
        for revision in acted
    ]


def _limits(plan: Plan, day: date) -> list[Line]:
    """The kidney value and limits that were in force on that day: those of the last version whose revision had begun."""
    acted = max((revision.number for revision in plan.revisions if revision.start <= day), default=0)
    version = (*plan.history, plan)[acted]
    band = version.in_force.band(version.kidney.band)
    return [
        Line("Kidney", f"{printed(version.kidney)} ({version.kidney.basis}), band {band.name}"),
        Line("Ceiling", f"{amount(version.ceiling)} mg a day: {band.cite}"),
        Line(
            "Target", f"{amount(version.target)} mg a day; cap {amount(version.protocol.rules.cap_mg_per_day)} mg a day"
        ),
        Line("Protocol", f"{version.protocol.id} {version.protocol.version}: {reviewed(version.protocol)}"),
    ]
