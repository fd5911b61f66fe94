"""What `titrate plan` asks in a terminal: one question after the other, each answer checked at once by its option's own reader and
by the engine. No answer is assumed; what nobody knows stays absent, as if its option had not been given.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from titrate.cli import near_miss, terminal
from titrate.cli.answers import YES, agreed, is_not_known, yes_or_no
from titrate.cli.options import BY_KEY
from titrate.engine import kidney, limits, screening
from titrate.engine.plan import names_of, screen_start
from titrate.errors import BadInput
from titrate.evidence import reader
from titrate.inputs import facts, laboratory
from titrate.inputs.parse import spaced
from titrate.wording.phrases import weekday_date

if TYPE_CHECKING:
    from datetime import date, datetime

    from titrate.engine.assessment import Assessment
    from titrate.evidence.protocol import Evidence
    from titrate.inputs.facts import Fact, Typed
    from titrate.model import Finding, Inputs, KidneyFunction, Patient

OPENING = (
    'A plan needs some facts. Type each answer and press Enter; ? is "don\'t know". '
    "Ctrl-C or Ctrl-D stops, and nothing is written."
)
CREATININE, AGE, SEX, WEIGHT = facts.EQUATION
# What to do for who does not know what a plan, or a creatinine, needs.
A_DATE = "a plan needs a first day", "agree on one with the prescriber; Ctrl-C stops"
A_RESULT = "a plan needs a kidney result", "ask the prescriber or the laboratory for the last one; Ctrl-C stops"
AGE_AND_SEX = "a creatinine says nothing without age and sex", "ask the laboratory for the eGFR; Ctrl-C stops"


class Known(NamedTuple):
    """What is known of a patient so far: what was typed and answered, and where and when it is asked."""

    typed: Typed
    zone: str
    created: datetime

    @property
    def today(self) -> date:
        """The day on which it is asked."""
        return self.created.date()

    @property
    def patient(self) -> Patient:
        """The patient's facts, read."""
        return facts.patient(self.typed, self.today)

    def plus(self, answers: Typed) -> Known:
        """Return it with more answers, near misses among them written as further answers say."""
        return self._replace(typed=near_miss.settled({**self.typed, **answers}, self.today))


class Screened(NamedTuple):
    """What the engine makes of a patient whose kidney value is known."""

    evidence: Evidence
    assessment: Assessment
    findings: tuple[Finding, ...]

    @property
    def stops(self) -> bool:
        """Whether something stops every plan, whatever else is answered."""
        return any(finding.severity == "stop" for finding in self.findings)


def interview(typed: Typed, zone: str, created: datetime) -> Typed:
    """Return what was typed with the answers for what was not; nothing more is asked once something stops every plan.

    `created` is this moment in the plan's zone. Raises BadInput for what was typed wrong, InputEnded where the answers end.
    """
    known = Known(typed, zone, created)
    _screened(known)
    opening = f"{OPENING}\n\n"
    for key in facts.QUESTIONS:
        fact = BY_KEY[key]
        if not _is_asked(fact, known):
            continue
        before = known
        known, screened = terminal.ask(fact.label, partial(_read, fact, known), opening + fact.question)[1]
        opening = ""
        if screened and screened.stops:
            break
        if known != before:
            _say_understood(fact, known, screened)
    return known.typed


def _is_asked(fact: Fact, known: Known) -> bool:
    """Whether an answer is missing and can matter for this patient."""
    if fact.given(known.typed) or fact in facts.OUTPUT:
        return False
    if fact == facts.REPORTED:
        return not facts.has_kidney_result(known.typed)
    if fact == WEIGHT:
        return CREATININE.given(known.typed)
    if fact in facts.PREGNANCY:
        return screening.pregnancy_is_possible(known.patient, reader.protocol().rules)
    return True


def _read(fact: Fact, known: Known, text: str) -> tuple[Known, Screened | None]:
    """Return what is known with this answer, and what follows from it; BadInput where it is none."""
    if not text:
        raise BadInput("", "nothing was typed", "give an answer, or ? for don't know")
    if is_not_known(text):
        if fact == facts.START:
            raise BadInput("", *A_DATE)
        if fact == facts.REPORTED:
            raise BadInput("", *A_RESULT)
        if fact in (AGE, SEX) and CREATININE.given(known.typed):
            raise BadInput("", *AGE_AND_SEX)
        answers: Typed = {}
    elif fact == facts.REPORTED:
        answers = _kidney_answer(text, known)
    elif fact.kind.form is bool:
        answers = {fact.key: yes_or_no(text)}
    elif fact.kind.form is list:
        answers = {fact.key: [_named(text)]}
    else:
        answers = {fact.key: text}
    new = known.plus(answers)
    return new, _screened(new)


def _named(text: str) -> str:
    """A medicine or an illness: not a word that only says that there is one."""
    if text.casefold() in YES:
        raise BadInput("", "{typed} is no name", "give each name, parted by commas, or none", typed=text)
    return text


def _kidney_answer(text: str, known: Known) -> Typed:
    """A kidney result by its option: what has the unit of a creatinine is one, all else is an eGFR, and asked about where no
    eGFR is likely.
    """
    word = text.casefold()
    if word in {"dialysis", "on dialysis"} and not facts.DIALYSIS.given(known.typed):
        return {facts.DIALYSIS.key: True}
    if "mol" in word or "mg" in word:
        return {CREATININE.key: text}
    protocol = reader.protocol()
    value, at_least = kidney.read_egfr(laboratory.egfr(spaced(text)), protocol)
    rules = protocol.rules
    if at_least or rules.egfr_questioned_below <= value <= rules.egfr_questioned_above:
        return {facts.REPORTED.key: text}
    for unit, (lowest, highest) in reader.equations().plausible.items():
        if lowest <= value <= highest and agreed(f"Is it a creatinine, {text} {unit}?"):
            return {CREATININE.key: f"{text} {unit}"}
    if agreed(f"Is the eGFR really {text}?"):
        return {facts.REPORTED.key: text}
    raise BadInput("", "then {typed} is no kidney result", "type the eGFR, or the creatinine with its unit", typed=text)


def _screened(known: Known) -> Screened | None:
    """Return what screening says of a plan for what is known; None before a kidney value can be.

    Raises BadInput for whatever is wrong for any patient, as a plan would.
    """
    patient, evidence = known.patient, reader.evidence(known.patient)
    inputs = _inputs(known, patient, evidence)
    if patient.egfr is not None or patient.dialysis or None not in (patient.creatinine, patient.age, patient.sex):
        return Screened(evidence, *screen_start(evidence, inputs, created=known.created))
    limits.check_inputs(inputs, evidence.protocol, known.today)
    kidney.check(patient, evidence.protocol.rules)
    if patient.creatinine is not None:
        kidney.read_creatinine(patient.creatinine, reader.equations())
    return None


def _inputs(known: Known, patient: Patient, evidence: Evidence) -> Inputs:
    """What a plan would be made from: today where no first day is known yet, and nothing confirmed before all is known."""
    inputs = facts.inputs(
        known.typed,
        start=facts.START.read(known.typed, known.today) or known.today,
        patient=patient,
        slots=evidence.protocol.slots,
        zone=known.zone,
        today=known.today,
    )
    limits.chosen_tablets(inputs.tablets, evidence.protocol)
    return inputs._replace(confirmed=())


def _say_understood(fact: Fact, known: Known, screened: Screened | None) -> None:
    """Say how an answer was understood, where it can be misread: a date, a kidney result, a name."""
    if text := _understood(fact, known, screened):
        terminal.say(terminal.wrapped(text))


def _understood(fact: Fact, known: Known, screened: Screened | None) -> str:
    if fact in (facts.START, facts.TESTED):
        return f"{weekday_date(fact.read(known.typed, known.today))}."
    computed = CREATININE.given(known.typed)
    if fact == facts.REPORTED and computed:
        return "A creatinine: age and sex are needed too, to compute the eGFR."
    if screened and fact == facts.REPORTED:
        return f"{_result(screened.assessment.kidney)} A creatinine would need its unit."
    if screened and fact in (SEX, WEIGHT) and computed:
        return _result(screened.assessment.kidney)
    if screened and fact in (facts.TAKING, facts.CONDITION):
        return _names(fact, screened)
    return ""


def _result(result: KidneyFunction) -> str:
    kind = "eGFR" if result.egfr == result.value else "Creatinine clearance"
    return f"{kind} {kidney.printed(result)}, band {result.band}."


def _names(fact: Fact, screened: Screened) -> str:
    from titrate.engine.interactions import CONDITION, MEDICINE, NOT_RECOGNISED
    from titrate.export.summary import names_text

    kind = MEDICINE if fact == facts.TAKING else CONDITION
    names = [name for name in names_of(screened.assessment, screened.evidence) if name.kind == kind]
    unknown = any(name.outcome == NOT_RECOGNISED for name in names)
    look = " A prescriber must look at what is not in our list before a plan is made." if unknown else ""
    return f"{names_text(names)}.{look}" if names else ""
