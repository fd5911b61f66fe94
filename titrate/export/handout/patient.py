"""The patient's pages as values: what to take now, the steps and their gates, the day chart, and what to do when.

Only the nouns stand here; steps.py and advice.py fill them from a plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date

    from titrate.model import Plan, Step
    from titrate.wording import Words


class Section(NamedTuple):
    """A heading with sentences, then a list with its lead.

    `kind` is "plain", "urgent", "today" or "narrow" (two may stand side by side).
    """

    heading: str
    sentences: tuple[str, ...] = ()
    lead: str = ""
    signs: tuple[str, ...] = ()
    kind: str = "plain"


class Picture(NamedTuple):
    """Tablets of one strength to draw: so many whole ones, and a half or not."""

    strength: str
    whole: int
    half: bool
    alt: str


class SlotDose(NamedTuple):
    """What is taken at one slot: `mg` with its unit, or the words for no dose."""

    slot: str
    time: str
    mg: str
    empty: bool
    pictures: tuple[Picture, ...] = ()
    tablets: str = ""


class StepCard(NamedTuple):
    """One step: its dates, the gate that leads to it (`up` or down), and a dose for every slot that the plan uses."""

    title: str
    total: str
    days: str
    dates: str
    gate: tuple[str, ...]
    up: bool
    doses: tuple[SlotDose, ...]


class Now(NamedTuple):
    """The first thing on the page; `doses` are those taken, or none where the plan is suspended."""

    heading: str
    when: str
    gate: tuple[str, ...]
    up: bool
    doses: tuple[SlotDose, ...]
    advice: tuple[str, ...]


class Steps(NamedTuple):
    """The whole plan from now on."""

    heading: str
    cards: tuple[StepCard, ...]
    advice: tuple[str, ...]


class ChartRow(NamedTuple):
    """One day; `boxes` has the dose to tick for each slot column, empty where there is none.

    `mark` says what changes; `direction` is "up", "down" or empty.
    """

    day: str
    date: str
    mark: str
    direction: str
    changed: bool
    boxes: tuple[str, ...]


class Chart(NamedTuple):
    """A day a row: dose boxes to tick and room to write how it was."""

    heading: str
    advice: tuple[str, ...]
    day: str
    date: str
    slots: tuple[tuple[str, str], ...]
    logs: tuple[str, ...]
    rows: tuple[ChartRow, ...]


class Contact(NamedTuple):
    """Whom to call: the lines given, or none where a pen fills them in; `call` labels them on the first page."""

    heading: str
    call: str
    lines: tuple[str, ...]
    pen: str
    name: str


class Pages(NamedTuple):
    """The patient's pages, in reading order; what may be None is there only where there is something to say."""

    title: str
    urgent: Section | None
    revised: Section | None
    now: Now
    for_you: Section | None
    steps: Steps | None
    chart: Chart | None
    sections: tuple[Section, ...]
    contact: Contact


class View(NamedTuple):
    """The part of a plan that is still ahead: from `first` on; `slots` are those with a dose in it."""

    plan: Plan
    words: Words
    first: date
    steps: tuple[Step, ...]
    slots: tuple[str, ...]

    @property
    def rises(self) -> tuple[Step, ...]:
        """The steps ahead that go up."""
        return tuple(step for step in self.steps if step.gate and step.first_date >= self.first)

    @property
    def suspended(self) -> bool:
        """Whether no dose is planned any more and only a call helps."""
        return self.plan.ending == "suspended"
