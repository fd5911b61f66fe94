"""How a plan changes after it was made: each revision is screened, lived from its date on, and kept in the history.

`replay_plan` makes a saved plan again and never refuses for a finding; `revise_plan` adds a revision, or refuses it. Longer than
other files: a change, other settings and an undo are made in turn, of one state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from titrate import __version__
from titrate.engine import first_day, kidney, limits, screening, settings
from titrate.engine import patient as patients
from titrate.engine.actions import CHANGE_NO_DOSE, NEWS, SETTINGS
from titrate.engine.assessment import Assessment, PlanChange
from titrate.engine.daily_dose import NONE, Change, Life, Machine
from titrate.engine.plan import Basis, build_plan, check_names, first_plan, refusal, review_of, with_interactions
from titrate.engine.steps import machine_at_start, rung_of
from titrate.errors import BadInput, Refused
from titrate.evidence.protocol import FIRST_RULES
from titrate.model import (
    UNDO,
    Finding,
    Inputs,
    Patient,
    Plan,
    Review,
    Revision,
    Settings,
)
from titrate.wording import edition, edition_of

if TYPE_CHECKING:
    from titrate.evidence.protocol import Evidence
    from titrate.model import Protocol

Changes = Mapping[int, tuple[Change, ...]]


DAY = timedelta(days=1)
# A word given for one value is none for another: the finding and the fact that it was about.
ABOUT_A_VALUE = {"egfr-implausible": "egfr", "weight-needed": "weight"}


class Confirmation(NamedTuple):
    """Who confirmed a finding, and the names of the medicines and illnesses that it was about then, in small letters."""

    by: str
    names: frozenset[str]


class State(NamedTuple):
    """Where a plan stands after its last revision: everything known of the patient, who confirmed what, what was changed.

    `last` is the last change that stands and can be taken back, `before` where the plan stood then; None where there is none.
    """

    plan: Plan
    patient: Patient
    confirmations: Mapping[str, Confirmation]
    changes: Changes
    last: Revision | None = None
    before: State | None = None


def replay_plan(
    evidence: Evidence,
    inputs: Inputs,
    revisions: Sequence[Revision],
    *,
    id: UUID,
    created: datetime,
    version: str = __version__,
) -> Plan:
    """Return the plan that `inputs` and `revisions` make, with its findings screened afresh and its history.

    Raises BadInput or Refused for what no plan of these rules can hold: then the file it came from was changed by hand.
    """
    return _state_after(Basis(evidence, inputs, id, created, version), revisions).plan


def revise_plan(evidence: Evidence, plan: Plan, revision: Revision) -> Plan:
    """Return `plan` as it goes on from `revision.start`, by the newest protocol, which is that of `evidence`.

    The days before never change. A revision that only lowers is never blocked: it comes back with its findings. Raises
    BadInput for what is wrong for any plan, Refused for what the rules refuse and for a rise that a finding forbids.
    """
    newest = evidence.protocol
    first = evidence._replace(protocol=plan.protocol)
    basis = Basis(first, plan.inputs, plan.id, plan.created, plan.version)
    spoken, newest_words = edition_of(plan.version), edition()
    revision = revision._replace(edition=newest_words.number if newest_words.number > spoken.number else None)
    before = _state_after(basis, plan.revisions)
    if revision.action in CHANGE_NO_DOSE:  # by the rules, and with the word or the want of it, that stand
        follows = _followed(plan.in_force, plan)
        no_rise = bool(plan.revisions) and plan.revisions[-1].no_rise
        revision = revision._replace(protocol=follows, no_rise=no_rise)
        if revision.action == UNDO:
            revision = _taking_back(before, revision)
        limits.check_revision(plan, revision)
        return _revised(basis, before, revision).plan
    patients.check_none(before.patient, revision.patient)
    revision = revision._replace(protocol=_followed(newest, plan))
    limits.check_revision(before.plan, revision)
    check_names(revision.patient, evidence)
    free = _revised(basis, before, revision._replace(no_rise=False)).plan
    limits.check_confirmations(revision.confirmed, revision.prescriber, free.findings)
    # What is learned lets no dose rise, not even where it takes away what forbade it; a prescriber's word does.
    learned_only = revision.action == NEWS and not revision.confirmed
    still_forbidden = learned_only and bool(plan.revisions) and plan.revisions[-1].no_rise
    if not forbids_rise(free.findings) and not still_forbidden:
        return free
    if _raises(before.plan, free, revision):
        raise refusal(free.findings, free.names, free, "rise")
    return _revised(basis, before, revision._replace(no_rise=True)).plan


def _followed(protocol: Protocol, plan: Plan) -> Protocol | None:
    """The protocol of a revision, which it names only where it is not the plan's own."""
    return None if protocol.version == plan.protocol.version else protocol


def forbids_rise(findings: tuple[Finding, ...]) -> bool:
    """Return whether a stop stands or a confirmation is missing: then no later rise is planned."""
    return bool(screening.unconfirmed(findings) or screening.stopping(findings))


def _state_after(basis: Basis, revisions: Sequence[Revision]) -> State:
    inputs = basis.inputs
    limits.check_inputs(inputs, basis.protocol, basis.created.date())
    plan = first_plan(basis)
    confirmations = _confirmations(inputs.confirmed, inputs.prescriber, plan.findings)
    state = State(plan, inputs.patient, confirmations, MappingProxyType({}))
    for revision in revisions:
        limits.check_revision(state.plan, revision)
        state = _revised(basis, state, revision)
    return state


def _revised(basis: Basis, before: State, revision: Revision) -> State:
    """Return where the plan stands after `revision`, which says itself whether later rises are planned."""
    if revision.action == UNDO:
        return _undone(basis, before, revision)
    if revision.action == SETTINGS:
        return _with_settings(basis, before, revision)
    protocol = revision.protocol or basis.protocol
    evidence = basis.evidence._replace(protocol=protocol)
    old = patients.in_bands_of(protocol, before.plan.kidney)
    patient = patients.without(revision.stopped, before.patient, patients.updated(before.patient, revision.patient))
    result = patients.kidney_function(evidence, old, patient, revision)
    band = protocol.band(result.band)
    weaker = protocol.bands.index(band) > protocol.bands.index(protocol.band(old.band))
    new_value = {code for code, fact in ABOUT_A_VALUE.items() if getattr(revision.patient, fact) is not None}
    inherited = {} if weaker else {code: given for code, given in before.confirmations.items() if code not in new_value}
    change = Change(
        action=revision.action,
        days=revision.days or 0,
        rung=NONE if revision.target is None else rung_of(revision.target, protocol),
        usual=rung_of(band.default_target, protocol),
        ceiling=rung_of(band.ceiling, protocol),
        worse=result.value < old.value and not result.at_least,  # `>60` after 85 is no fall
        slow=band.slow_start,
        blocked=revision.no_rise,
        not_before=len(before.plan.days),
        by_first_rules=protocol.revision_rules == FIRST_RULES,
    )
    changes, life = _lived(basis, before.changes, revision, change)
    limits.check_length(revision.action, len(before.plan.days), life, protocol.rules.longest_days)
    assessment = _assessment(basis, evidence, life, before.plan, revision)
    assessment = assessment._replace(
        patient=patient,
        kidney=result,
        band=band,
        change=PlanChange(old, _fall(basis, life, revision.start), first_day.doses_ahead(before.plan, revision)),
    )
    assessment = with_interactions(assessment, patient, evidence)
    raised = screening.findings(assessment, evidence.texts)
    names = _names_by_code(raised)
    # Who confirmed one medicine of a kind did not confirm another that came later.
    still = {code: given for code, given in inherited.items() if names.get(code, frozenset()) <= given.names}
    confirmations = {**still, **_confirmations(revision.confirmed, revision.prescriber, raised)}
    findings = screening.confirmed(raised, {code: given.by for code, given in confirmations.items()})
    corrected = revision.action == "kidney" and result.value > old.value
    urgent = _still_urgent(before.plan, revision, raised, corrected=corrected)
    findings = screening.ranked((*urgent, *findings))
    plan = _planned(basis, life, assessment, findings, before.plan, revision, before.plan.settings)
    return State(plan, patient, confirmations, changes, revision, before)


def _lived(basis: Basis, before: Changes, revision: Revision, change: Change) -> tuple[Changes, Life]:
    """The changes with one more, and what the plan gives by them."""
    day = _number(basis, revision.start)
    changes = MappingProxyType({**before, day: (*before.get(day, ()), change)})
    return changes, _machine(basis).live(changes)


def _number(basis: Basis, day: date) -> int:
    return (day - basis.inputs.start).days + 1


def _assessment(basis: Basis, evidence: Evidence, life: Life, before: Plan, revision: Revision) -> Assessment:
    """What is screened after a revision that is made with what was known before it."""
    protocol = evidence.protocol
    kidney_before = patients.in_bands_of(protocol, before.kidney)
    return Assessment(
        protocol=protocol,
        inputs=basis.inputs,
        patient=basis.inputs.patient,
        kidney=kidney_before,
        band=protocol.band(kidney_before.band),
        target=protocol.ladder[life.target].total,
        screened_on=settings.local(before.settings, revision.at)[1],
        last_day=len(life.rungs),
        review=_review(basis, life, before, revision),
        change=PlanChange(kidney_before, Decimal(0)),
        equations=evidence.equations,
    )


def _planned(
    basis: Basis,
    life: Life,
    assessment: Assessment,
    findings: tuple[Finding, ...],
    before: Plan,
    revision: Revision,
    everywhere: tuple[Settings, ...],
) -> Plan:
    """The plan that follows `before`, which it keeps in its history."""
    # Each version without its own history: nested, a plan of 60 revisions would be compared 2 to the 60th times.
    history = (*before.history, before._replace(history=()))
    return build_plan(
        basis,
        life,
        assessment,
        findings,
        revisions=(*before.revisions, revision),
        history=history,
        supply_from=_number(basis, revision.start),
        settings=everywhere,
    )


# --- Changes that change no dose ---


def _with_settings(basis: Basis, before: State, revision: Revision) -> State:
    """Return where the plan stands with other hours, tablets or pages from the revision's first day on."""
    plan, start = before.plan, revision.start
    new = settings.changed(plan.current, revision.settings, start)
    change = Change(SETTINGS, not_before=len(plan.days))
    changes, life = _lived(basis, before.changes, revision, change)
    _check_settings(life, before.plan, new)
    if settings.is_practical(revision.settings) and not first_day.is_ahead(plan, new, start, revision.at):
        wrong = "doses of {day} are due already, by the old hours or by the new ones"
        raise Refused(
            "from", wrong, "give {first} or a later day", day=start, first=first_day.first_ahead(plan, new, revision.at)
        )
    after = _unchanged(basis, before, revision, life, (*plan.settings, new))
    return before._replace(plan=after, changes=changes, last=revision, before=before)


def _check_settings(life: Life, before: Plan, new: Settings) -> None:
    """Raise BadInput or Refused where the new hours or tablets do not serve the plan."""
    protocol = before.in_force
    least = protocol.rules.slot_gap_hours
    limits.check_slots(new.slots, least)
    if (new.slots, new.zone) != (before.current.slots, before.current.zone):
        settings.check_gap(partial(first_day.doses_on, before), before.settings, new, timedelta(hours=least))
    if new.tablets != before.current.tablets:
        # Every dose down to the first: whoever steps back or stops later needs those too.
        ladder = protocol.ladder[: max(life.target, *life.rungs) + 1]
        chosen = limits.chosen_tablets(new.tablets, protocol)
        settings.check_tablets((dose.mg for rung in ladder for dose in rung.doses), chosen, protocol)


def _undone(basis: Basis, now: State, revision: Revision) -> State:
    """Return where the plan stands once the last change that stood is taken back; what it changed and is past stays."""
    last, back = now.last, now.before
    if last is None or back is None:
        raise Refused("undo", "there is no change to take back", "nothing was changed")
    if revision.start != first_day.first_day_of_undo(now.plan, revision.at):
        raise BadInput("", f"revision {revision.number}: it takes back another day", "")
    changed = first_day.first_changed_dose(now.plan, back.plan, last.start)
    if last.action != SETTINGS and changed is not None and changed <= revision.at:
        raise Refused("undo", FOLLOWED, _instead_of_undo(now.plan), day=last.start)
    change = Change(UNDO, not_before=len(back.plan.days))
    today = settings.local(now.plan.settings, revision.at)[1]
    # What was lived after the end that stands again stays.
    changes, life = _lived(basis, back.changes, revision._replace(start=max(today, basis.inputs.start)), change)
    everywhere = now.plan.settings
    if last.action == SETTINGS:
        restored = back.plan.current._replace(since=revision.start)
        least = timedelta(hours=now.plan.in_force.rules.slot_gap_hours)
        if settings.is_practical(last.settings):
            settings.check_gap(partial(first_day.doses_on, now.plan), everywhere, restored, least)
        everywhere = (*everywhere, restored)
    after = _unchanged(basis, now, revision, life, everywhere, back)
    return back._replace(plan=after, changes=changes)


def _unchanged(
    basis: Basis,
    now: State,
    revision: Revision,
    life: Life,
    everywhere: tuple[Settings, ...],
    back: State | None = None,
) -> Plan:
    """The plan after a revision that learns nothing: screened as it stood, or as it stood before what is taken back."""
    stands = back or now
    evidence = basis.evidence._replace(protocol=revision.protocol or basis.protocol)
    assessment = _assessment(basis, evidence, life, stands.plan, revision)._replace(patient=stands.patient)
    assessment = with_interactions(assessment, stands.patient, evidence)
    raised = screening.findings(assessment, evidence.texts)
    findings = screening.confirmed(raised, {code: given.by for code, given in stands.confirmations.items()})
    findings = screening.ranked((*_still_urgent(stands.plan, revision, raised), *findings))
    return _planned(basis, life, assessment, findings, now.plan, revision, everywhere)


def _taking_back(before: State, revision: Revision) -> Revision:
    """An undo by the rules, and with the word or the want of it, that stood before the change that it takes back."""
    if before.before is None:
        return revision
    plan = before.before.plan
    newer = any(each.protocol for each in before.plan.revisions)
    no_rise = bool(plan.revisions) and plan.revisions[-1].no_rise
    return revision._replace(protocol=plan.in_force if newer else None, no_rise=no_rise)


FOLLOWED = "the change of {day} has been followed since: what was due cannot be taken back"


def _instead_of_undo(plan: Plan) -> str:
    """What to do where a change of the dose cannot be taken back any more."""
    return {
        "suspended": "the doctor decides; make a new plan after",
        "taper": "use {resume} while the plan runs, or make a new plan",
    }.get(plan.ending, "change it again with {target}, {step-back} or {resume}, or make a new plan with the prescriber")


def _machine(basis: Basis) -> Machine:
    """The machine as the first plan started it."""
    protocol, inputs = basis.protocol, basis.inputs
    band = protocol.band(kidney.assess(inputs.patient, basis.evidence).band)
    target = band.default_target if inputs.target is None else inputs.target
    return machine_at_start(protocol, target, band, inputs.days)


def _still_urgent(
    before: Plan, revision: Revision, raised: tuple[Finding, ...], *, corrected: bool = False
) -> tuple[Finding, ...]:
    """The falls that an earlier revision found and whose first day was not over when this one was made.

    `corrected`: this one has a better kidney result.
    """
    codes = {finding.code for finding in raised}
    if corrected:  # the new result takes away what the old one said
        codes |= {"kidney-fall", "no-more-today"}
    falls = [finding for finding in before.findings if finding.code in screening.FALLS and finding.code not in codes]
    versions, (_, today) = (*before.history, before), settings.local(before.settings, revision.at)
    since = {
        finding: next(version for version in versions if finding in version.findings).revisions[-1].start
        for finding in falls
    }
    return tuple(finding for finding in falls if today <= since[finding])


def _confirmations(
    codes: Sequence[str], prescriber: str | None, findings: tuple[Finding, ...]
) -> dict[str, Confirmation]:
    """What a prescriber confirmed, each with the names that the findings are about."""
    names = _names_by_code(findings)
    return {code: Confirmation(prescriber, names.get(code, frozenset())) for code in codes} if prescriber else {}


def _names_by_code(findings: tuple[Finding, ...]) -> dict[str, frozenset[str]]:
    names: dict[str, frozenset[str]] = {}
    for finding in findings:
        names[finding.code] = names.get(finding.code, frozenset()) | {name.casefold() for name in finding.names}
    return names


def _review(basis: Basis, life: Life, before: Plan, revision: Revision) -> Review | None:
    """14 days after the last planned change; none in a taper. One that would lie before the revision does not move."""
    if life.ending != "open":
        return None
    review = review_of(life, basis.inputs.start, basis.protocol)
    return before.review or review if review.date < revision.start else review


def _fall(basis: Basis, life: Life, start: date) -> Decimal:
    """How many mg a day less the revision's first day has than the day before; none where a plan is suspended."""
    day = _number(basis, start)
    if day < 2 or day > len(life.rungs):
        return Decimal(0)
    ladder = basis.protocol.ladder
    return ladder[life.rungs[day - 2]].total - ladder[life.rungs[day - 1]].total


def _raises(before: Plan, after: Plan, revision: Revision) -> bool:
    """Whether a revision asks for a rise: a higher target, or a resume after which the dose rises."""
    if revision.action == "target":
        return after.target > before.target
    later = [day.total for day in after.days if day.date >= revision.start]
    return revision.action == "resume" and any(then > now for now, then in zip(later, later[1:], strict=False))
