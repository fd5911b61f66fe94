"""Every fact that a plan is made from, declared once: the options of the commands, a roster's columns and the keys of a saved
plan follow from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from titrate.errors import BadInput
from titrate.inputs import kinds
from titrate.inputs.kinds import (
    CODES,
    CREATININE,
    DATE,
    EGFR,
    FLAG,
    LINE,
    LINES,
    NAMES,
    STRENGTHS,
    TEXT,
    TIME,
    Kind,
    text_of,
)
from titrate.inputs.parse import spaced
from titrate.model import Inputs, NewSettings, Output, Patient, Revision, Slots

LONGEST_ALARM = 120  # minutes
# The panels of the help, in their order.
PANELS = (PATIENT, KIDNEYS, OTHERS, DOSE, TIMES, TABLETS, CALENDAR, HANDOUT, OUTPUT_PANEL) = (
    *("The patient", "Kidneys", "Other medicines and illnesses", "The dose", "Times", "Tablets"),
    *("Calendar", "Handout", "Output"),
)
# What the model has where nothing is given; a zone is always given, if not by a person.
DEFAULTS = {
    **Revision._field_defaults,
    **Patient._field_defaults,
    **Inputs._field_defaults,
    **Output._field_defaults,
    "zone": None,
}

Typed = Mapping[
    str, Any
]  # what was typed, by key: text, a list of texts, or True for a flag; None or absent where nothing was


class Fact(NamedTuple):
    """One fact: `key` is its option (with `--` before it), its column in a roster and its key in JSON.

    `metavar` and `help` are what the help says; a flag has no metavar. `usual`: what holds where nothing is given, for the
    help. `clinic`: TITRATE_<KEY> in the environment answers where nothing is typed. `name` is the field it fills in the
    model, `heading` its column in the template, where these are not the key.
    `negative`: the option that says no, where yes, no and not asked are three answers. `panel`: where the help shows it.
    """

    key: str
    kind: Kind
    metavar: str | None
    help: str
    usual: str = ""
    clinic: bool = False
    name: str = ""
    heading: str = ""
    negative: str = ""
    panel: str = ""

    @property
    def field(self) -> str:
        """The field of `Patient`, `Inputs`, `Slots` or `Output`, which is also the argument of a library caller."""
        return self.name or self.key

    @property
    def option(self) -> str:
        """The option of the command line."""
        return f"--{self.key}"

    @property
    def column(self) -> str:
        """The column's name where a roster has none of its own for it."""
        return self.heading or self.key

    @property
    def default(self) -> Any:
        """What the model has where nothing is given."""
        return DEFAULTS.get(self.field, False if self.kind.form is bool else None)

    @property
    def question(self) -> str:
        """How a person is asked for it: its label, a full stop and what to look for; "" where nobody is."""
        return QUESTIONS.get(self.key, "")

    @property
    def label(self) -> str:
        """What its question begins with."""
        return self.question.partition(".")[0]

    def read(self, typed: Typed, today: date) -> Any:
        """Return the value that was typed, or the default; BadInput names the fact."""
        if not self.given(typed):
            return self.default
        value = typed[self.key]
        if isinstance(value, str):
            value = spaced(value)
        elif not isinstance(value, bool):
            value = [spaced(text) for text in value]
        return self.kind.read(value, self.key, today)

    def given(self, typed: Typed) -> bool:
        """Whether anything was typed for it."""
        value = typed.get(self.key)
        return value not in (None, []) and (value is not False or bool(self.negative))

    def to_json(self, value: Any) -> Any:
        """Return a value as JSON holds it; None where nothing is written, since it is the default."""
        return None if value is None or value == self.default else self.kind.to_json(value)


# The kidney result as the laboratory reports it, or what an equation computes it from.
REPORTED = Fact("egfr", EGFR, "N", "eGFR as the lab printed it: 85, 59.5, >60, <15.", panel=KIDNEYS)
CREATININE_TYPED = "Instead of an eGFR: creatinine with its unit, 88umol/L or 1.0mg/dL; needs --age and --sex."
EQUATION = (
    Fact("creatinine", CREATININE, "RESULT", CREATININE_TYPED, panel=KIDNEYS),
    Fact("age", kinds.whole("completed years such as 54"), "N", "Completed years.", panel=PATIENT),
    # A saved plan that has another word is refused where a library caller's is.
    Fact(
        "sex",
        kinds.choice("female", "male")._replace(from_json=text_of),
        "female|male",
        "For the kidney equations.",
        panel=PATIENT,
    ),
    Fact("weight", kinds.number("kilograms such as 62 or 62.5"), "KG", "Kilograms; needed from age 75.", panel=PATIENT),
)
TESTED = Fact("tested", DATE, "DATE", "Day of the blood test: 2026-11-20, 20 Nov 2026, yesterday.", panel=KIDNEYS)
# What else is known of the patient.
TAKING = Fact("taking", NAMES, "NAME", "Another medicine, or none; repeat it or use commas.", panel=OTHERS)
CONDITION = Fact(
    "condition",
    NAMES,
    "NAME",
    "An illness, or none; repeat it or use commas.",
    name="conditions",
    heading="conditions",
    panel=OTHERS,
)
# Asked where a pregnancy is possible.
PREGNANCY = (
    Fact("pregnant", FLAG, None, "Whether the patient is pregnant.", negative="not-pregnant", panel=PATIENT),
    Fact(
        "breastfeeding",
        FLAG,
        None,
        "Whether the patient is breastfeeding.",
        negative="not-breastfeeding",
        panel=PATIENT,
    ),
)
DIALYSIS = Fact("dialysis", FLAG, None, "Whether the patient is on dialysis.", negative="no-dialysis", panel=KIDNEYS)
CIRCUMSTANCES = (TAKING, CONDITION, *PREGNANCY, DIALYSIS)
# The patient, in the order of the command line.
FACTS = (REPORTED, *EQUATION, TESTED, *CIRCUMSTANCES)
START = Fact("start", DATE, "DATE", "First day: 2026-12-01, 1 Dec 2026, today, +3d, +2w, monday.", panel=DOSE)
TARGET = Fact("target", kinds.number("mg a day such as 15"), "MG", "mg a day to climb to: 5, 10 ... 30.", panel=DOSE)
DAYS = Fact("days", kinds.whole("a number of days such as 28"), "N", "Length of the plan, 1 to 366 days.", panel=DOSE)
SLOTS = (
    Fact("morning", TIME, "HH:MM", "Time of the morning dose.", clinic=True, panel=TIMES),
    Fact("midday", TIME, "HH:MM", "Time of the midday dose.", clinic=True, panel=TIMES),
    Fact("evening", TIME, "HH:MM", "Time of the evening dose.", clinic=True, panel=TIMES),
)
TZ = Fact(
    "tz", TEXT, "ZONE", "Time zone, such as Europe/Berlin.", "[the system's]", clinic=True, name="zone", panel=TIMES
)
FLOATING = Fact("floating", FLAG, None, "Calendar times follow the phone when it travels.", panel=TIMES)
TABLET = Fact(
    "tablet", STRENGTHS, "MG", "A tablet in hand: 5, 10, 15, 20, 25; repeat it.", name="tablets", panel=TABLETS
)
PACK = Fact(
    "pack",
    kinds.whole("the number of tablets in hand, such as 28", 1),
    "N",
    "How many of the --tablet are in hand.",
    panel=TABLETS,
)
CONFIRM = Fact(
    "confirm", CODES, "CODE", "A finding that the prescriber confirms; repeat it.", name="confirmed", panel=DOSE
)
PRESCRIBER = Fact("prescriber", LINE, "NAME", "Who confirms.", panel=DOSE)
NO_ALARM = Fact("no-alarm", FLAG, None, "The calendar does not ring.", name="no_alarm", panel=CALENDAR)
# How a plan is written down: nothing here changes a dose.
OUTPUT = (
    Fact(
        "discreet",
        FLAG,
        None,
        "Whether the calendar names no drug, dose or illness.",
        negative="not-discreet",
        panel=CALENDAR,
    ),
    Fact("label", LINE, "TEXT", "Your own word for a dose in a discreet calendar.", panel=CALENDAR),
    Fact(
        "alarm",
        kinds.whole("minutes before the dose, 0 to 120", 0, LONGEST_ALARM),
        "MIN",
        "Ring that many minutes before, 0 to 120.",
        "[0]",
        panel=CALENDAR,
    ),
    NO_ALARM,
    Fact(
        "paper",
        kinds.choice("a4", "letter"),
        "a4|letter",
        "Paper of the handout.",
        "[a4]",
        clinic=True,
        panel=HANDOUT,
    ),
    Fact(
        "large-print",
        FLAG,
        None,
        "Whether the handout (-o handout.pdf) is in large print, 18 point.",
        name="large_print",
        negative="no-large-print",
        panel=HANDOUT,
    ),
    Fact(
        "for",
        kinds.choice("patient", "clinician", "both"),
        "patient|clinician|both",
        "Pages of the handout.",
        "[both]",
        name="audience",
        panel=HANDOUT,
    ),
    Fact("contact", LINES, "TEXT", "Who to call, for the handout.", clinic=True, panel=HANDOUT),
)
# What a revision asks for, beside the target and the kidney result that a plan has too.
HOLD = Fact(
    "hold", kinds.whole("a number of days such as 7"), "DAYS", "Stay on the present dose for so many days.", panel=DOSE
)
STEP_BACK = Fact("step-back", FLAG, None, "5 mg a day less, until --resume.", panel=DOSE)
RESUME = Fact("resume", FLAG, None, "End a hold, a step back or a stop.", panel=DOSE)
STOP = Fact("stop", FLAG, None, "Go down step by step, then stop; never at once.", panel=DOSE)
STOPPED = Fact("stopped", NAMES, "NAME", "A medicine no longer taken, as it was given; repeat it.", panel=OTHERS)
CONTINUE = Fact(
    "continue",
    kinds.whole("a number of days such as 14"),
    "DAYS",
    "Go on with the last dose for so many days after the plan's end.",
    name="continued",
    panel=DOSE,
)
UNDO = Fact("undo", FLAG, None, "Take the last change back, until its first dose is due.", panel=DOSE)
REASON = Fact("reason", kinds.REASON, "TEXT", "Why, kept in the plan.", panel=DOSE)
REVISION = (HOLD, STEP_BACK, RESUME, CONTINUE, STOP, UNDO, STOPPED, REASON)
# The practical side, which a revision can change.
PRACTICAL = (TZ, FLOATING, *SLOTS, TABLET, PACK, *OUTPUT)
# Every fact of a plan, in the order of the command line.
PLAN = (START, *FACTS, TARGET, DAYS, *SLOTS, TZ, FLOATING, TABLET, PACK, CONFIRM, PRESCRIBER, *OUTPUT)


# The questions of a person who is asked for what a plan is made from, in that order.
QUESTIONS = {
    "start": "First day. A date such as 2026-12-01 or 1 Dec 2026, or tomorrow, +2w, monday.",
    "egfr": "Kidney result. On the lab report: eGFR or GFR, a number such as 85, 59.5 or >60. If there is only a creatinine, "
    "type it with its unit: 88 umol/L or 1.0 mg/dL. Without a result because of dialysis: type dialysis.",
    "dialysis": "Dialysis. Is the patient on dialysis? yes or no.",
    "tested": "Day of the blood test. On the lab report: the day on which blood was taken, such as 2026-11-20 or 20 Nov 2026.",
    "age": "Age. In completed years, such as 54.",
    "sex": "Sex. The kidney equations differ: female or male.",
    "weight": "Weight. In kilograms, such as 62 or 62.5: with it a creatinine says more.",
    "taking": "Other medicines. All of them, also those bought without a prescription, parted by commas; or none.",
    "condition": "Illnesses. All that are known, such as epilepsy, asthma, a stomach ulcer, parted by commas; or none.",
    "pregnant": "Pregnancy. Is the patient pregnant? yes or no.",
    "breastfeeding": "Breastfeeding. Is the patient breastfeeding? yes or no.",
    "contact": "Who to call. A name and a telephone number, to be printed on the handout; nothing leaves a line to write on.",
}


def has_kidney_result(typed: Typed) -> bool:
    """Return whether a kidney result was typed, or a dialysis, which needs none."""
    return any(typed.get(key) not in (None, False) for key in ("egfr", "creatinine", "dialysis"))


def patient(typed: Typed, today: date) -> Patient:
    """Return the patient's facts as typed, each read exactly; ranges are the protocol's to check."""
    return Patient(**{fact.field: fact.read(typed, today) for fact in FACTS})


def inputs(typed: Typed, *, start: date, patient: Patient, slots: Slots, zone: str, today: date) -> Inputs:
    """Return all that a plan is made from; `slots` are the clock times of the protocol, where none is typed."""
    tablets = TABLET.read(typed, today)
    return Inputs(
        start=start,
        patient=patient,
        slots=Slots(*(fact.read(typed, today) or usual for fact, usual in zip(SLOTS, slots, strict=True))),
        target=TARGET.read(typed, today),
        days=DAYS.read(typed, today),
        zone=zone,
        floating=FLOATING.read(typed, today),
        tablets=tablets,
        pack=pack(typed, tablets),
        confirmed=CONFIRM.read(typed, today),
        prescriber=PRESCRIBER.read(typed, today),
        output=output(typed),
    )


def settings(typed: Typed) -> NewSettings:
    """Return what was typed of the practical side of a running plan; None for what stays as it is."""
    given = {fact.field: fact.read(typed, date.min) for fact in PRACTICAL if fact.given(typed)}
    if (alarm := given.get("alarm")) is not None:
        check_alarm(alarm)
    return NewSettings(**given)


def pack(typed: Typed, tablets: tuple[Decimal, ...]) -> int | None:
    """Return how many tablets are in hand; BadInput unless it is clear which tablet is meant."""
    count: int | None = PACK.read(typed, date.min)
    if count is None:
        return None
    if len(tablets) != 1:
        raise BadInput("pack", "it counts one kind of tablet", "give exactly one {tablet} with it")
    if not count:
        raise BadInput("pack", "0 tablets in hand is no supply", "leave {pack} out")
    return count


def output(typed: Typed, before: Output = Output()) -> Output:
    """Return how a plan is written down: as `before`, a new plan's or a saved one's, but for what was asked for."""
    given = {fact.key: fact for fact in OUTPUT if fact.given(typed)}
    if "no-alarm" in given and "alarm" in given:
        raise BadInput(("alarm", "no-alarm"), "they contradict each other", "give one")
    if "label" in given and not (typed["discreet"] if "discreet" in given else before.discreet):
        raise BadInput("label", "it names a dose in a discreet calendar", "give {discreet} with it")
    if "alarm" in given:
        check_alarm(given["alarm"].read(typed, date.min))
    changes = {fact.field: fact.read(typed, date.min) for fact in given.values() if fact.key != "no-alarm"}
    if "no-alarm" in given:
        changes["alarm"] = None
    return before._replace(**changes)


def check_alarm(minutes: int) -> None:
    """Raise BadInput unless a calendar can ring so many minutes before a dose."""
    if minutes > LONGEST_ALARM:
        raise BadInput("alarm", f"{minutes} is out of range", f"give 0 to {LONGEST_ALARM} minutes before the dose")
