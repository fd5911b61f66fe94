"""What a prescriber reads of a plan, in order and in words: the terminal and the Markdown page lay it out."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from titrate.engine.actions import sentence
from titrate.engine.kidney import nearest_cut, shown
from titrate.model import CRCL_COMPUTED, SEVERITIES, SLOTS
from titrate.wording.phrases import amount, days, pieces, plain, review_state, span, supply, tablets, weekday_date

if TYPE_CHECKING:
    from collections.abc import Iterable

    from titrate.model import Finding, KidneyFunction, Name, Plan, Revision, Settings, Slots, Step

NO_DOSE = "-"


class Line(NamedTuple):
    """One labelled line; `weight` is a severity, or empty for a plain fact."""

    label: str
    text: str
    weight: str = ""


class StepLine(NamedTuple):
    """One step: a cell a slot in slot order, each the dose and then its tablets, or nothing."""

    number: str
    days: str
    first: str
    last: str
    cells: tuple[tuple[str, ...], ...]
    total: str
    gate: str


def heading(plan: "Plan") -> str:
    """Return the title: the medicine and what it is for."""
    return plain(plan.protocol.title)


def subheading(plan: "Plan") -> str:
    """Return the plan's first and last date and whose clock its times follow."""
    count = len(plan.days)
    if not plan.days:
        return f"no dose is planned from {weekday_date(plan.inputs.start)}"
    clocks = [(step.first_date, _clock(plan.settings_on(step.first_date))) for step in plan.steps]
    parts = [f"times {clocks[0][1]}"]
    parts += [f"from {weekday_date(day)} {clock}" for (_, before), (day, clock) in pairwise(clocks) if clock != before]
    return f"{days(count)}, {weekday_date(plan.days[0].date)} to {weekday_date(plan.days[-1].date)}; {', '.join(parts)}"


def _clock(settings: "Settings") -> str:
    return "follow the phone" if settings.floating else f"in {plain(settings.zone)}"


def slot_headers(plan: "Plan") -> tuple[tuple[str, str], ...]:
    """Return each slot's name and clock time, or no time where it is not the same in every row."""
    clocks = _clocks(plan)
    times = clocks.pop() if len(clocks) == 1 else ("",) * len(SLOTS)
    return tuple((slot.capitalize(), time) for slot, time in zip(SLOTS, times, strict=True))


def _clocks(plan: "Plan") -> set[tuple[str, ...]]:
    """The clock times of the slots in each of the plan's steps."""
    settings = [plan.settings_on(step.first_date) for step in plan.steps] or [plan.current]
    return {tuple(f"{time:%H:%M}" for time in each.slots) for each in settings}


def rows(plan: "Plan") -> tuple[StepLine, ...]:
    """Return one row a step."""
    changing = len(_clocks(plan)) > 1
    return tuple(_row(step, plan.settings_on(step.first_date).slots if changing else None) for step in plan.steps)


def key(plan: "Plan") -> tuple[str, ...]:
    """Return what each short form of tablets in the rows means, each once."""
    counts = {count: None for step in plan.steps for dose in step.tablets for count in dose}
    return tuple(f"{_pieces(count.count, count.tablet_mg)} is {tablets(count)}" for count in counts)


def facts(plan: "Plan") -> tuple[Line, ...]:
    """Return the ceiling and target, the kidney value behind them, changes, review, supply, end."""
    lines = [
        Line("Target", _target(plan)),
        Line("Kidney", _kidney(plan)),
        *(Line(f"Change {revision.number}", _revision(revision)) for revision in plan.revisions),
    ]
    if plan.names:
        lines.append(Line("Names", names_text(plan.names)))
    if plan.review:
        when = f"{weekday_date(plan.review.date)} (day {plan.review.day})"
        lines.append(Line("Review", f"{when}: look again whether it helps, at what cost"))
    if plan.supply:
        since = f", counted from {weekday_date(plan.revisions[-1].start)}" if plan.revisions else ""
        lines.append(Line("Supply", f"{supply(plan.supply, plan.current.pack)}{since}"))
    lines.append(_end(plan))
    if plan.current.output.contact:
        lines.append(Line("Contact", plain(plan.current.output.contact)))
    return tuple(lines)


def finding_lines(findings: "Iterable[Finding]") -> tuple[Line, ...]:
    """Return the findings, most severe first; what blocks in full with its source, all notes as one line."""
    ranked = sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
    notes = [sentence_of(finding.short) for finding in ranked if finding.severity == "note"]
    others = [_finding(finding) for finding in ranked if finding.severity != "note"]
    return (*others, Line("Notes", " ".join(notes), "note")) if notes else tuple(others)


class FindingGroups(NamedTuple):
    """The lines of findings by where they stand: what cannot wait before all else, notes at the end."""

    urgent: tuple[Line, ...]
    others: tuple[Line, ...]
    notes: tuple[Line, ...]


def finding_groups(findings: "Iterable[Finding]") -> FindingGroups:
    """Return the findings as `finding_lines` says them, parted by where they stand."""
    lines = finding_lines(findings)
    urgent, notes = (tuple(line for line in lines if line.weight == weight) for weight in ("urgent", "note"))
    others = tuple(line for line in lines if line.weight not in {"urgent", "note"})
    return FindingGroups(urgent, others, notes)


OUTCOMES = {
    "stop": "stops a plan",
    "urgent": "cannot wait",
    "confirm": "needs a prescriber's word",
    "caution": "a caution",
    "note": "noted",
    "not recognised": "not in our list: nobody has checked it",
    "known": "known; nothing in our list about it beside baclofen",
}


def names_text(names: "Iterable[Name]") -> str:
    """Return each medicine and illness as it was typed, with what it was taken for and what came of it, alike ones together."""
    by_outcome: dict[str, list[str]] = {}
    for name in names:
        text = f"{name.typed} ({name.taken_for})" if taken_for_another(name) else name.typed
        by_outcome.setdefault(name.outcome, []).append(plain(text))
    return "; ".join(f"{', '.join(by_outcome[key])}: {text}" for key, text in OUTCOMES.items() if key in by_outcome)


def taken_for_another(name: "Name") -> bool:
    """Return whether a name was taken for something that is written otherwise."""
    return bool(name.taken_for) and name.typed.replace("-", " ").casefold() not in str(name.taken_for).casefold()


def small_print(plan: "Plan") -> str:
    """Return what every output says, less what the plan's notes say already."""
    protocol = plan.protocol
    noted = {finding.code for finding in plan.findings}
    cap = amount(protocol.rules.cap_mg_per_day)
    below = amount(plan.in_force.bands[0].low)
    why = "weak kidneys clear the medicine slowly, and low doses have done harm"
    sentences = (
        ("", "Take this plan to a prescriber: it does not prescribe."),
        ("", "Do not stop suddenly."),
        ("off-label", f"{protocol.drug.capitalize()} is not licensed for {protocol.indication}."),
        (
            "weak-evidence",
            "The regimen comes from one web article; no trial that it names could be confirmed.",
        ),
        ("tool-cap", f"The cap of {cap} mg a day is this tool's safety cap."),
        (
            "",
            f"Kidney limits below {below} are stricter than the article's: {why}.",
        ),
        ("", "Lists of medicines are never complete."),
        ("not-reviewed", review_state(protocol)),
    )
    return " ".join(sentence for code, sentence in sentences if code not in noted)


def _finding(finding: "Finding") -> Line:
    if finding.confirmed_by is not None:
        by = plain(finding.confirmed_by)
        return Line("Confirmed", f"{plain(finding.short)} ({finding.code}, by {by})", "confirm")
    if finding.severity == "caution":
        return Line("Caution", plain(finding.short), "caution")
    full = f"{sentence_of(finding.message)} Source: {sentence_of(finding.source)}"
    if finding.severity == "confirm":
        return Line("Confirm", f"{full} (--confirm {finding.code})", "confirm")
    return Line(finding.severity.capitalize(), f"{full} ({finding.code})", finding.severity)


def sentence_of(text: str) -> str:
    """Return a text that is safe to show, with an end."""
    text = plain(text)
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _row(step: "Step", slots: "Slots | None") -> StepLine:
    at = {slot: f" at {time:%H:%M}" for slot, time in (slots._asdict() if slots else {}).items()}
    doses: dict[str, tuple[str, ...]] = {
        dose.slot: (f"{amount(dose.mg)} mg{at.get(dose.slot, '')}",) for dose in step.doses
    }
    for dose, counts in zip(step.doses, step.tablets, strict=False):
        doses[dose.slot] += tuple(_pieces(count.count, count.tablet_mg) for count in counts)
    return StepLine(
        number=str(step.number),
        days=span(step.first_day, step.last_day),
        first=weekday_date(step.first_date),
        last=weekday_date(step.last_date),
        cells=tuple(doses.get(slot, ()) for slot in SLOTS),
        total=f"{amount(step.total)} mg",
        gate=plain(step.gate.text if step.gate else ""),
    )


def _pieces(count: Decimal, mg: Decimal) -> str:
    return f"{pieces(count)} x {amount(mg)}"


def _target(plan: "Plan") -> str:
    highest = (
        "the protocol's cap"
        if plan.ceiling == plan.protocol.rules.cap_mg_per_day
        else f"kidney band {plan.kidney.band}"
    )
    return f"{amount(plan.target)} mg a day; ceiling {amount(plan.ceiling)} mg a day ({highest})"


def _kidney(plan: "Plan") -> str:
    kidney = plan.kidney
    patients = (plan.inputs.patient, *(revision.patient for revision in plan.standing))
    if any(patient.dialysis for patient in patients):
        return f"dialysis, band {kidney.band} whatever the value"
    used, *others = _values(kidney)
    equation = f", {plain(kidney.equation)}" if kidney.equation else ""
    words = f"{used} ({'computed' if kidney.computed else 'reported'}{equation}), band {kidney.band}"
    if any(finding.code == "near-cut-off" for finding in plan.findings):
        cut, _ = nearest_cut(kidney.value, plan.in_force)
        words += f", {_distance(kidney.value, cut)}"
    return f"{words}; {others[0]}, the lower counts" if others else words


def _values(kidney: "KidneyFunction") -> tuple[str, ...]:
    """Return the value that decides, then the other one where both are known."""
    egfr = "eGFR {} mL/min/1.73 m2"
    crcl = "creatinine clearance {} mL/min"
    value = f">{amount(kidney.value)}, read as {amount(kidney.value)}," if kidney.at_least else shown(kidney.value)
    if kidney.basis == CRCL_COMPUTED:
        return (crcl.format(value), *([egfr.format(shown(kidney.egfr))] if kidney.egfr is not None else []))
    return (egfr.format(value), *([crcl.format(shown(kidney.crcl))] if kidney.crcl is not None else []))


def _distance(value: Decimal, cut: Decimal) -> str:
    if value == cut:
        return f"exactly at the cut-off {amount(cut)}"
    gap = shown(abs(value - cut))
    side = "below" if value < cut else "above"
    return f"{'less than 0.01' if gap == '0' else gap} {side} the cut-off {amount(cut)}"


def _revision(revision: "Revision") -> str:
    reason = f" ({plain(revision.reason)})" if revision.reason else ""
    return f"from {weekday_date(revision.start)}: {sentence(revision)}{reason}"


def _end(plan: "Plan") -> Line:
    last = f"{weekday_date(plan.days[-1].date)} (day {plan.days[-1].number})" if plan.days else "the start"
    if plan.ending == "suspended":
        how = "call before the next dose; the doctor decides how to stop; do not go on or stop alone"
        return Line("Suspended", f"no dose is planned after {last}: {how}", "stop")
    if plan.ending == "taper":
        check = plan.days[-1].date + timedelta(days=plan.protocol.rules.check_in_days)
        return Line("Last dose", f"{last}; check-in {weekday_date(check)}")
    return Line("Ends", f"{last}: not a stop; call before the tablets run out")
