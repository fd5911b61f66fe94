"""What a revision can do to a running plan, each action declared once; how it acts on the days stands in `daily_dose`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from titrate.wording.phrases import amount, days

if TYPE_CHECKING:
    from titrate.model import Revision


class Action(NamedTuple):
    """An action: the `facts` that ask for it, what it `needs` and no other action may have, and its sentence for a reader.

    News is asked for by no fact of its own: it is what facts about the patient are where nothing else is asked for.
    """

    facts: tuple[str, ...]
    sentence: str
    needs: str = ""


NEWS = "news"
ACTIONS = {
    "hold": Action(("hold",), "hold the dose for {days}", "days"),
    "step-back": Action(("step-back",), "step back by one dose"),
    "resume": Action(("resume",), "resume"),
    "target": Action(("target",), "new target {target} mg a day", "a target"),
    "kidney": Action(("egfr", "creatinine"), "new kidney result", "a kidney result"),
    "stop": Action(("stop",), "stop, step by step"),
    NEWS: Action((), "new facts about the patient"),
}


def sentence(revision: Revision) -> str:
    """Return what a revision does, such as `hold the dose for 7 days`."""
    target = "" if revision.target is None else amount(revision.target)
    return ACTIONS[revision.action].sentence.format(days=days(revision.days or 0), target=target)
