"""What a revision can do to a running plan, each action declared once; how it acts on the days stands in `daily_dose`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from titrate.model import SLOTS, UNDO
from titrate.wording.phrases import amount, days, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from titrate.model import NewSettings, Revision


# The facts of the practical side.
PRACTICAL = (
    *("tz", "floating", "morning", "midday", "evening", "tablet", "pack"),
    *("discreet", "label", "alarm", "no-alarm", "paper", "large-print", "for", "contact"),
)


class Action(NamedTuple):
    """An action: the `facts` that ask for it, what it `needs` and no other action may have, and its sentence for a reader.

    News is asked for by no fact of its own: it is what facts about the patient are where nothing else is asked for.
    """

    facts: tuple[str, ...]
    sentence: str
    needs: str = ""


NEWS, CONTINUE, SETTINGS = "news", "continue", "settings"
ACTIONS = {
    "hold": Action(("hold",), "hold the dose for {days}", "days"),
    "step-back": Action(("step-back",), "step back by one dose"),
    "resume": Action(("resume",), "resume"),
    CONTINUE: Action(("continue",), "go on with the last dose for {days}", "days"),
    "target": Action(("target",), "new target {target} mg a day", "a target"),
    "kidney": Action(("egfr", "creatinine"), "new kidney result", "a kidney result"),
    "stop": Action(("stop",), "stop, step by step"),
    SETTINGS: Action(PRACTICAL, "new times, tablets or pages", "a setting"),
    UNDO: Action(("undo",), "take the last change back"),
    NEWS: Action((), "new facts about the patient"),
}
CHANGE_NO_DOSE = frozenset({SETTINGS, UNDO})  # by themselves: what they take back or tell, and the end, is not theirs


def sentence(revision: Revision) -> str:
    """Return what a revision does, such as `hold the dose for 7 days`."""
    if revision.action == SETTINGS:
        return "; ".join(_settings(revision.settings))
    target = "" if revision.target is None else amount(revision.target)
    return ACTIONS[revision.action].sentence.format(days=days(revision.days or 0), target=target)


def _settings(new: NewSettings) -> Iterator[str]:
    """Yield each setting that is new, in words."""
    for slot in SLOTS:
        if (time := getattr(new, slot)) is not None:
            yield f"{slot} dose at {time:%H:%M}"
    if new.zone is not None:
        yield f"times in {new.zone}"
    if new.tablets is not None:
        yield f"tablets of {' and '.join(amount(mg) for mg in new.tablets)} mg"
    if new.pack is not None:
        yield f"{new.pack} tablets in hand"
    if new.alarm is not None:
        yield f"alarm {new.alarm} minutes before each dose" if new.alarm else "alarm at each dose"
    answers = (
        (new.floating, "times that follow the phone", "times of the zone"),
        (new.no_alarm, "no alarm", "alarm"),
        (new.discreet, "a discreet calendar", "a calendar that names the drug"),
        (new.large_print, "large print", "usual print"),
    )
    yield from (yes if answer else no for answer, yes, no in answers if answer is not None)
    texts = (("label", new.label), ("paper", new.paper), ("pages for", new.audience), ("contact", new.contact))
    yield from (f"{name} {plain(text)}" for name, text in texts if text is not None)
