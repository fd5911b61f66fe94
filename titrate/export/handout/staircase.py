"""The staircase of the handout as values: lines and texts with their places, for a page and for a phone; html and pdf draw it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from titrate.export.handout.patient import Drawing, DrawnLevel, DrawnMark, Staircase
from titrate.export.staircase import AGREED, DOWN, END, HOLD, LAST_DOSE, ON, REVIEW, UP, levels, marks, staircase
from titrate.wording.phrases import amount

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from titrate.export.handout.patient import View
    from titrate.export.staircase import Level, Mark, PlacedLevel, PlacedMark
    from titrate.wording import Words

RISERS = {ON: "", UP: "dashed", AGREED: "dashed"}  # a condition is no promise; a start and a fall are solid
CONDITIONS = {UP: "staircase.up", AGREED: "staircase.up_agreed"}
SENTENCES = {UP: "staircase.step_up", AGREED: "staircase.step_up_agreed"}
MARKS = {HOLD: "staircase.hold", REVIEW: "staircase.review", END: "staircase.end", LAST_DOSE: "staircase.last_dose"}


class Sheet(NamedTuple):
    """What a picture is drawn on: its width, the size of its letters, and how wide one is at most, all in one unit."""

    width: int
    size: int
    letter: int
    rung: int  # the height of one rise
    highest: int  # the height of all of them


WIDE = Sheet(width=7040, size=140, letter=90, rung=400, highest=960)
WIDE_LARGE = Sheet(width=4640, size=150, letter=100, rung=400, highest=1000)
NARROW = Sheet(width=3280, size=130, letter=87, rung=400, highest=1200)
NARROW_LARGE = Sheet(width=3120, size=150, letter=100, rung=400, highest=1200)


class Labels(NamedTuple):
    """What the picture says, in the words of a language."""

    words: Words

    def dose(self, level: Level) -> str:
        """Return the dose of a level; after a fall with room before it for the line that comes down."""
        text = self.words.say("dose.a_day", mg=amount(level.mg))
        return f" {text}" if level.turn == DOWN else text

    def below(self, level: Level) -> tuple[str, ...]:
        """Return the first day of a level, on two lines, and the condition on which it is reached."""
        weekday = self.words.lines("language.weekdays")[level.first.weekday()]
        condition = CONDITIONS.get(level.turn)
        return (weekday, self.day(level.first), *(self.words.lines(condition) if condition else ()))

    def mark(self, mark: Mark) -> str:
        """Return what a mark says."""
        return self.words.say(MARKS[mark.kind], date=self.day(mark.last))

    def day(self, day: date) -> str:
        """Return a day as it is said under the picture."""
        return self.words.day(day, "chart.day_month")


def picture(view: View) -> Staircase:
    """Return the staircase of the days ahead."""
    words, large = view.words, view.plan.current.output.large_print
    steps = levels(view.plan, view.first)
    conditional = any(level.conditional for level in steps)
    return Staircase(
        heading=words.say("staircase.heading"),
        title=words.say("staircase.title", first=words.day(steps[0].first), last=words.day(steps[-1].last)),
        description=" ".join(_sentence(level, words) for level in steps),
        note=words.say("staircase.dashed") if conditional else "",
        wide=_drawing(view, steps, WIDE_LARGE if large else WIDE),
        narrow=_drawing(view, steps, NARROW_LARGE if large else NARROW),
    )


def _sentence(level: Level, words: Words) -> str:
    sentence = SENTENCES.get(level.turn, "staircase.step")
    return words.say(sentence, mg=amount(level.mg), date=words.day(level.first))


def _drawing(view: View, steps: tuple[Level, ...], sheet: Sheet) -> Drawing:
    """The parts of the staircase one below the other."""
    labels, rise = Labels(view.words), view.plan.protocol.rules.rise_mg
    rung = min(sheet.rung, sheet.highest // int(max(level.mg for level in steps) / rise))
    line = sheet.size * 5 // 4
    drawn_levels: list[DrawnLevel] = []
    drawn_marks: list[DrawnMark] = []
    top = 0
    for part in staircase(steps, marks(view.plan, view.first), labels, width=sheet.width, letter=sheet.letter):
        highest = max(max(placed.level.mg, placed.before) for placed in part.levels)
        floor = top + line * 5 // 4 + int(highest / rise) * rung
        drawn = [_level(placed, labels, floor, rung / rise, sheet) for placed in part.levels]
        under = floor + line * max(len(level.below) for level in drawn) + line // 2
        drawn_levels += drawn
        drawn_marks += [_mark(placed, labels, under + line * (placed.lane + 1)) for placed in part.marks]
        top = under + line * part.lanes + line // 2
    taper = view.plan.ending == "taper"
    return Drawing(sheet.width, top, sheet.size, line, tuple(drawn_levels), tuple(drawn_marks), taper)


def _level(placed: PlacedLevel, labels: Labels, floor: int, scale: Decimal, sheet: Sheet) -> DrawnLevel:
    """A level over its floor, `scale` high for each mg a day."""
    level, dose = placed.level, labels.dose(placed.level)
    return DrawnLevel(
        left=placed.left,
        right=placed.right,
        y=floor - int(level.mg * scale),
        y_before=floor - int(placed.before * scale),
        floor=floor,
        riser=RISERS.get(level.turn, "solid"),
        dose=dose.strip(),
        text=placed.left + sheet.letter * (len(dose) - len(dose.strip())),
        below=labels.below(level),
    )


def _mark(placed: PlacedMark, labels: Labels, y: int) -> DrawnMark:
    ends = placed.text < placed.left
    text = placed.text_end if ends else placed.text
    return DrawnMark(placed.mark.kind, placed.left, placed.right, y, labels.mark(placed.mark), text, ends)
