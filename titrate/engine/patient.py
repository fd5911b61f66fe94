"""The patient as the revisions leave them: what was learned, what is no longer taken, and the kidney function that follows."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from titrate.engine import kidney
from titrate.errors import BadInput
from titrate.evidence.protocol import FIRST_RULES
from titrate.model import CRCL_COMPUTED, Inputs, KidneyFunction, Patient, Revision

if TYPE_CHECKING:
    from titrate.evidence.protocol import Evidence
    from titrate.model import Protocol


def known_patient(inputs: Inputs, revisions: Sequence[Revision]) -> Patient:
    """Return the patient with all that the revisions learned: what evidence must cover to replay them."""
    patient, creatinine = inputs.patient, inputs.patient.creatinine
    for revision in revisions:  # those too that were taken back: their plans are made again
        new = revision.patient.creatinine
        patient = Patient(*map(_ever, patient, updated(patient, revision.patient)))
        creatinine = creatinine if new is None else new
    return patient._replace(creatinine=creatinine)  # an eGFR since then does not undo that it must be computed again


def updated(patient: Patient, new: Patient) -> Patient:
    """Return everything known: a new kidney result replaces the old one and its date; medicines and conditions add up."""
    known = Patient(*map(_fact_after, patient, new))
    if new.egfr is None and new.creatinine is None:
        return known
    return known._replace(egfr=new.egfr, creatinine=new.creatinine, tested=new.tested)


def check_none(known: Patient, new: Patient) -> None:
    """Raise BadInput where a revision says none of what the patient is known to have."""
    if new.taking == () and known.taking:
        wrong, todo = "it says none, but {typed} is on the list", "give {stopped} NAME for what is no longer taken"
        raise BadInput("taking", wrong, todo, typed=", ".join(known.taking))
    if new.conditions == () and known.conditions:
        wrong, todo = "it says none, but {typed} is on record", "leave it out; for another patient make a new plan"
        raise BadInput("condition", wrong, todo, typed=", ".join(known.conditions))


def without(stopped: Sequence[str], before: Patient, patient: Patient) -> Patient:
    """Return the patient without medicines that are no longer taken; BadInput for one that was not on the list."""
    listed = {name.casefold() for name in before.taking or ()}
    gone = {name.casefold() for name in stopped}
    for name in stopped:
        if name.casefold() not in listed:
            known = f"it has {', '.join(before.taking)}" if before.taking else "it is empty"
            todo = "give the name as it was given" if before.taking else "leave it out"
            raise BadInput("stopped", f"{{typed}} is not on the list of medicines ({known})", todo, typed=name)
    taking = patient.taking and tuple(name for name in patient.taking if name.casefold() not in gone)
    return patient._replace(taking=taking)


def _fact_after(before: Any, new: Any) -> Any:
    """A fact after a revision: lists grow, and what the revision says nothing of stays."""
    if isinstance(new, tuple):
        return tuple(dict.fromkeys((*(before or ()), *new)))
    return before if new is None else new


def _ever(before: Any, now: Any) -> Any:
    """A fact as it is now; a yes that has become a no since is still looked up where the plan is made again."""
    return (before or now) if isinstance(before, bool) else now


def kidney_function(evidence: Evidence, old: KidneyFunction, patient: Patient, revision: Revision) -> KidneyFunction:
    """Return the kidney function from now on: the lower of a reported eGFR and the last clearance known, which it never raises."""
    new, result = revision.patient, old
    # A creatinine on record is computed with again where an age, a sex or a weight is learned.
    known = evidence.protocol.revision_rules != FIRST_RULES and patient.creatinine is not None
    learned = known and (new.age, new.sex, new.weight) != (None, None, None)
    if revision.action == "kidney" or learned:
        result = kidney.assess(patient, evidence)
        # A clearance that an eGFR must not raise; where it was computed again just now it is that of the facts as they are.
        if new.creatinine is None and old.crcl is not None and not learned:
            result = _with_clearance(result, old.crcl, evidence)
    failed = patient.dialysis or _says_kidneys_failed(evidence, patient)
    return result._replace(band=evidence.protocol.bands[-1].name) if failed else result


def _with_clearance(reported: KidneyFunction, crcl: Decimal, evidence: Evidence) -> KidneyFunction:
    if reported.value <= crcl or evidence.equations is None:
        return reported._replace(crcl=crcl)
    return KidneyFunction(
        value=crcl,
        basis=CRCL_COMPUTED,
        band=kidney.band_of(crcl, evidence.protocol).name,
        equation=evidence.equations.cockcroft_gault.name,
        egfr=reported.egfr,
        crcl=crcl,
    )


def _says_kidneys_failed(evidence: Evidence, patient: Patient) -> bool:
    """Whether an illness says so, as the list reads it now and as it was read when the plan was saved."""
    if not patient.conditions:
        return False
    from titrate.engine.interactions import conditions

    return any(
        read.kidney_failure
        for read in conditions(patient, evidence)
        if evidence.outcomes.get(read.typed, "stop") == "stop"
    )


def in_bands_of(protocol: Protocol, result: KidneyFunction) -> KidneyFunction:
    """Return the kidney function in the bands of that protocol, where an older one had others."""
    return result._replace(band=kidney.band_of(result.value, protocol).name)
