"""The patient's pages as values: what to take now, the steps and their gates, the day chart, and what to do when.

Only the nouns stand here; steps.py, staircase.py and advice.py fill them from a plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date

    from titrate.model import Plan, Step
    from titrate.wording import Words


class Section(NamedTuple):
    """A heading with sentences, then a list with its lead.

    `kind` is "plain", "urgent" or "today"; the last two stand in a box.
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
    """What is taken at one slot: `mg` with its unit, or the words for no dose.

    In this order it is read: a word stands before each dose, so that no number is read with it.
    """

    slot: str
    mg: str
    empty: bool
    pictures: tuple[Picture, ...] = ()
    tablets: str = ""
    at: str = ""


class StepCard(NamedTuple):
    """One step: its dates, the gate that leads to it (`up` or down), and a dose for every slot that the plan uses."""

    title: str
    days: str
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
    weekday: str
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


class DrawnLevel(NamedTuple):
    """A level at the height `y`, over its `floor`, from the one at `y_before`; `riser` is "solid", "dashed" or empty.

    The dose stands at `text`; the lines below stand under the left end.
    """

    left: int
    right: int
    y: int
    y_before: int
    floor: int
    riser: str
    dose: str
    text: int
    below: tuple[str, ...]


class DrawnMark(NamedTuple):
    """A mark at the height `y`, a sign or a bracket from `left` to `right`; its words begin at `text`, or `ends` there."""

    kind: str
    left: int
    right: int
    y: int
    words: str
    text: int
    ends: bool


class Drawing(NamedTuple):
    """A picture: `size` is that of its letters, `line` from one line of words to the next; a taper's last dose `ends`."""

    width: int
    height: int
    size: int
    line: int
    levels: tuple[DrawnLevel, ...]
    marks: tuple[DrawnMark, ...]
    ends: bool


class Staircase(NamedTuple):
    """The dose over the days ahead, twice: `wide` for a page, `narrow` for a phone; `title` and `description` say it in words."""

    heading: str
    title: str
    description: str
    note: str
    wide: Drawing
    narrow: Drawing


class Contact(NamedTuple):
    """Whom to call: the lines given, or none where a pen fills them in."""

    heading: str
    lines: tuple[str, ...]
    pen: str


class Pages(NamedTuple):
    """The patient's pages, in reading order; what may be None is there only where there is something to say.

    The first page holds all up to the staircase: the doses to take now, and whom to call. `pen` labels lines that a pen fills in.
    """

    title: str
    pen: tuple[str, ...]
    urgent: Section | None
    revised: Section | None
    now: Now
    contact: Contact
    call_now: Section
    staircase: Staircase | None
    for_you: Section | None
    about: tuple[Section, ...]
    steps: Steps | None
    chart: Chart | None
    sections: tuple[Section, ...]


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
