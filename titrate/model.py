"""The nouns of a plan, immutable. Milligrams and kidney values are `Decimal`; dates are local calendar dates.

Longer than other files: they are read together, and hold no rule.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

SLOTS = ("morning", "midday", "evening")
SEVERITIES = ("stop", "urgent", "confirm", "caution", "note")  # in the order of telling


class Patient(NamedTuple):
    """The few facts a plan asks for; never a name.

    `egfr` in mL/min/1.73 m2, or as the lab prints it (`">60"`); `creatinine` with its unit (`"88 umol/L"`);
    `age` in completed years; `weight` in kg; `tested` is the day of the blood test. None is not asked; an empty tuple and
    False are answers: none, no.
    """

    egfr: Decimal | int | str | None = None
    creatinine: str | None = None
    age: int | None = None
    sex: str | None = None
    weight: Decimal | int | None = None
    tested: date | None = None
    taking: tuple[str, ...] | None = None
    conditions: tuple[str, ...] | None = None
    pregnant: bool | None = None
    breastfeeding: bool | None = None
    dialysis: bool | None = None

    @property
    def to_look_up(self) -> bool:
        """Whether there is a medicine, a condition or a state that the lists of interactions must be searched for."""
        return bool(self.taking) or self.ill

    @property
    def ill(self) -> bool:
        """Whether there is an illness, or a state that is looked up as one."""
        return bool(self.conditions or self.pregnant or self.breastfeeding)


EGFR_REPORTED, EGFR_COMPUTED, CRCL_COMPUTED = "eGFR reported", "eGFR computed", "CrCl computed"


class KidneyFunction(NamedTuple):
    """The kidney value that decides, where it came from, and its band.

    `value` is unrounded; `egfr` in mL/min/1.73 m2, `crcl` in mL/min. `at_least` marks a lab's `>60`.
    """

    value: Decimal
    basis: str  # one of the three above; "dialysis" and "not computed" where no value decides
    band: str  # "G1-G2", "G2", "G3a", "G3b", "G4", "G5"
    equation: str | None = None
    egfr: Decimal | None = None
    crcl: Decimal | None = None
    at_least: bool = False

    @property
    def computed(self) -> bool:
        """Whether an equation gave the value that decides."""
        return self.basis in (EGFR_COMPUTED, CRCL_COMPUTED)


class Slots(NamedTuple):
    """The clock time of each slot, on the patient's wall clock."""

    morning: time
    midday: time
    evening: time


class Output(NamedTuple):
    """How the plan is told; nothing here changes a dose."""

    discreet: bool = False
    label: str | None = None
    alarm: int | None = 0  # minutes before the dose; None: no alarm
    paper: str = "a4"
    large_print: bool = False
    audience: str = "both"
    contact: str | None = None


class Settings(NamedTuple):
    """The practical side of a plan from the day `since` on: when a dose is due, by which clock, from which tablets.

    `zone` is an IANA name; with `floating` the calendar follows the phone and `zone` is only a hint. `pack` tablets were in
    hand on the morning of `pack_since`.
    """

    since: date
    slots: Slots
    zone: str
    floating: bool
    tablets: tuple[Decimal, ...]
    pack: int | None
    pack_since: date
    output: Output


def settings_on(settings: Sequence[Settings], day: date) -> Settings:
    """Return the settings of a day among several, oldest first; before the first day they are those of the first."""
    return next((each for each in reversed(settings) if each.since <= day), settings[0])


class NewSettings(NamedTuple):
    """What a revision changes of the settings; None is left as it was.

    `zone` ends `floating`, `alarm` ends `no_alarm`; new `tablets` leave no `pack` that was counted in the old ones.
    """

    zone: str | None = None
    floating: bool | None = None
    morning: time | None = None
    midday: time | None = None
    evening: time | None = None
    tablets: tuple[Decimal, ...] | None = None
    pack: int | None = None
    discreet: bool | None = None
    label: str | None = None
    alarm: int | None = None
    no_alarm: bool | None = None
    paper: str | None = None
    large_print: bool | None = None
    audience: str | None = None
    contact: str | None = None


class Inputs(NamedTuple):
    """Everything that shapes a plan: what a saved plan keeps, and what it is made from again.

    `zone` is an IANA name; with `floating` the calendar follows the phone and `zone` is only a hint.
    `target` in mg a day and `days` in days are None when left to the rules.
    """

    start: date
    patient: Patient
    slots: Slots
    target: Decimal | None = None
    days: int | None = None
    zone: str = "UTC"
    floating: bool = False
    tablets: tuple[Decimal, ...] = ()
    pack: int | None = None
    confirmed: tuple[str, ...] = ()
    prescriber: str | None = None
    output: Output = Output()

    @property
    def settings(self) -> Settings:
        """The practical side of the plan as first made."""
        return Settings(
            self.start, self.slots, self.zone, self.floating, self.tablets, self.pack, self.start, self.output
        )


class Dose(NamedTuple):
    """Milligrams swallowed at one slot on one day."""

    slot: str
    mg: Decimal


class TabletCount(NamedTuple):
    """How many tablets of one strength: `count` is whole or ends in .5."""

    tablet_mg: Decimal
    count: Decimal  # type: ignore[assignment]  # the word in the JSON; nobody counts members of this tuple


class Day(NamedTuple):
    """One day of the plan; day 1 is the start date."""

    number: int
    date: date
    doses: tuple[Dose, ...]
    total: Decimal


PRESCRIBER = "prescriber"
GATES = ("tolerated", PRESCRIBER)


class Gate(NamedTuple):
    """The condition to go up to a step and what to do if not: `text` in words; code goes by `name`, one of GATES.

    "tolerated" asks that the dose so far went well; "prescriber" asks for the prescriber's word too.
    """

    name: str
    text: str


class Step(NamedTuple):
    """One daily dose held for a run of days, first and last included, at the same hours and from the same tablets.

    `gate` is the condition to go up to this step; None for every other.
    `tablets` has one entry a dose, in slot order, or is empty when no tablet was named.
    """

    number: int
    first_day: int
    last_day: int
    first_date: date
    last_date: date
    doses: tuple[Dose, ...]
    total: Decimal
    gate: Gate | None
    tablets: tuple[tuple[TabletCount, ...], ...] = ()


# --- What a protocol says ---


class DailyDose(NamedTuple):
    """One rung of the climb: how a daily dose is split, how long it is taken before the next rise, and where that stands.

    `gate` is the condition to go up to it; in its text {present} stands for the daily dose so far, in mg.
    """

    total: Decimal
    doses: tuple[Dose, ...]
    hold_days: int
    gate: Gate | None
    cite: str = ""


class Band(NamedTuple):
    """A kidney band: half-open, from `low` (included) up to the next band's `low`; limits in mg a day.

    `slow_start`: the first dose is held for `rules.slow_start_days` before a rise.
    """

    name: str
    low: Decimal
    default_target: Decimal
    ceiling: Decimal
    slow_start: bool
    cite: str


class Tablet(NamedTuple):
    """A tablet that exists: its strength, whether it may be halved, whether supply is shown for it unasked."""

    mg: Decimal
    halves: bool
    supply: bool


class Rules(NamedTuple):
    """The protocol's other numbers, one field a `[rules.<name>]` table; the unit stands in the table."""

    cap_mg_per_day: Decimal
    rise_mg: Decimal
    fall_mg: Decimal
    fall_days: int
    taper_last_days: int
    check_in_days: int
    slow_start_days: int
    review_days: int
    default_days: int
    longest_days: int
    slot_gap_hours: int
    egfr_highest: Decimal
    egfr_questioned_above: Decimal
    creatinine_questioned_below: Decimal
    egfr_questioned_below: Decimal
    exposure_caution_below: Decimal
    near_cut_off: Decimal
    adult_age: int
    oldest_age: int
    older_age: int
    weight_needed_age: int
    weight_low_below: Decimal
    weight_lowest: Decimal
    weight_highest: Decimal
    older_kidney_below: Decimal
    high_target_above: Decimal
    start_far_days: int
    test_old_days: int
    test_old_days_at_risk: int
    kidney_fall_one_in: int
    kidney_fall_below: Decimal
    cns_active_with: int
    cns_depressants_together: int
    pregnancy_age_from: int
    pregnancy_age_to: int
    large_fall_mg: Decimal
    watch_days: int
    missed_skip_hours: int
    missed_all_hours: int
    missed_evenings: int


UNSIGNED = "not yet reviewed by a prescriber"  # what `reviewed_by` says until somebody has signed
WHOLE = frozenset(name for name, kind in Rules.__annotations__.items() if kind is int)


class Protocol(NamedTuple):
    """One drug, one indication, one cited schedule; `raw` is the released file, byte for byte, and `sha256` its digest.

    `revision_rules` names the rules by which a revision that was written under it acts: "2026.11" or "2026.12".
    """

    id: str
    version: str
    title: str
    drug: str
    indication: str
    reviewed_by: str
    ladder: tuple[DailyDose, ...]
    bands: tuple[Band, ...]
    tablets: tuple[Tablet, ...]
    slots: Slots
    rules: Rules
    revision_rules: str
    raw: bytes
    sha256: str

    def __hash__(self) -> int:
        """Equal protocols have equal digests; hashing all that is in one would take longer than making a plan."""
        return hash(self.sha256)

    @property
    def signed(self) -> bool:
        """Whether a prescriber has signed it."""
        return self.reviewed_by != UNSIGNED

    def band(self, name: str) -> Band:
        """Return the band of that name."""
        return next(band for band in self.bands if band.name == name)


# --- What screening finds, what a plan is ---


class Finding(NamedTuple):
    """Something that speaks against a plan or that its reader must know.

    `short` is one line for the terminal; `message` the full text; `source` where it comes from. `names`: the medicines or
    illnesses that it is about, as they were typed.
    """

    code: str
    severity: str
    message: str
    source: str
    short: str
    confirmed_by: str | None = None
    names: tuple[str, ...] = ()


OTHER = "other:"  # typed before a name that is not the one that it resembles


class Name(NamedTuple):
    """A medicine or an illness as it was typed, what it was taken for, and what came of it.

    `kind` is "medicine" or "condition". `taken_for` is None where nobody knows it. `outcome` is the worst severity of what it
    raised, "known" where it raises nothing, or "not recognised".
    """

    typed: str
    kind: str
    taken_for: str | None
    outcome: str


class Review(NamedTuple):
    """The day on which the plan looks again at whether the medicine helps."""

    day: int
    date: date


class Supply(NamedTuple):
    """Whole tablets to have for the planned days.

    `alternative`: each such row alone is enough; otherwise the rows add up.
    """

    tablet_mg: Decimal
    tablets: int
    alternative: bool


class Revision(NamedTuple):
    """A dated change to a running plan: from `start` on, `action` holds.

    `action` is one of `engine.actions.ACTIONS`. `days` belongs to hold and continue, `target` (mg a day) to target, `settings`
    to settings, and `patient` holds the facts that this revision learned (a kidney result, medicines, conditions), `stopped` the
    medicines that are no longer taken. `no_rise`: screening
    forbade a rise when it was made, so that none is planned until a later revision; kept, since what is screened for grows.
    `protocol` is the one whose rules it follows, where that is not the one of the plan. `edition` is that of the calendar's
    wording when it was written, where it is not that of the program which made the plan.
    """

    number: int
    at: datetime
    start: date
    action: str
    days: int | None = None
    target: Decimal | None = None
    patient: Patient = Patient()
    stopped: tuple[str, ...] = ()
    reason: str | None = None
    confirmed: tuple[str, ...] = ()
    prescriber: str | None = None
    no_rise: bool = False
    protocol: Protocol | None = None
    settings: NewSettings = NewSettings()
    edition: int | None = None


UNDO = "undo"  # the action that takes the last change back


def standing(revisions: Sequence[Revision]) -> tuple[Revision, ...]:
    """Return the revisions that were not taken back, without those that took them back."""
    stand: list[Revision] = []
    for revision in revisions:
        if revision.action == UNDO:
            del stand[-1:]
        else:
            stand.append(revision)
    return tuple(stand)


class Plan(NamedTuple):
    """What to swallow, on which date, at which time, and everything needed to say so.

    `steps` tile `days` without gap or overlap. `ending` is "open" (call before the tablets run out), "taper" (the last
    dose is planned) or "suspended" (kidney failure: no dose from then on). `history` holds the plan as first made and
    after each revision but the last, oldest first, each without a history of its own. `settings` holds the practical side as it
    was and is, oldest first. `retest_days` is how long a blood
    test serves with the medicines that this patient takes; None: as long as the protocol says for everybody. `names` holds
    every medicine and illness that was typed, in order. `held` are the numbers of the days of a hold.
    """

    id: UUID
    created: datetime
    version: str
    protocol: Protocol
    inputs: Inputs
    revisions: tuple[Revision, ...]
    kidney: KidneyFunction
    ceiling: Decimal
    target: Decimal
    steps: tuple[Step, ...]
    days: tuple[Day, ...]
    findings: tuple[Finding, ...]
    review: Review | None
    supply: tuple[Supply, ...]
    ending: str = "open"
    history: tuple["Plan", ...] = ()
    retest_days: int | None = None
    names: tuple[Name, ...] = ()
    settings: tuple[Settings, ...] = ()
    held: tuple[int, ...] = ()

    @property
    def standing(self) -> tuple[Revision, ...]:
        """The revisions that were not taken back."""
        return standing(self.revisions)

    @property
    def current(self) -> Settings:
        """The practical side as the plan's last revision left it."""
        return self.settings[-1]

    @property
    def made_at(self) -> datetime:
        """When the plan, or its last revision, was made."""
        return self.revisions[-1].at if self.revisions else self.created

    def settings_on(self, day: date) -> Settings:
        """Return the practical side on a day; before the first day it is that of the first."""
        return settings_on(self.settings, day)

    @property
    def in_force(self) -> Protocol:
        """The protocol whose bands and ceilings hold: the last revision's, or the plan's own."""
        return next((one.protocol for one in reversed(self.revisions) if one.protocol), self.protocol)
