"""What a discreet plan is on a phone that gets it over a network: a page without a drug, a dose or an illness, and its calendar."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from titrate import wording
from titrate.export.calendar.event import Style
from titrate.export.handout.html import Page

if TYPE_CHECKING:
    from titrate.model import Plan

FOLDER = Path(__file__).parent
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def pocket_page(plan: Plan, served_at: str) -> Page:
    """Return a page with the patient's own label for a title and the link to the calendar, `plan.ics` under an address."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    words = wording.words()
    environment = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined)
    content = environment.get_template("discreet.html").render(
        language=words.say("language.code"),
        policy=POLICY,
        title=Style.of(plan).label or words.say("calendar.discreet_label"),
        add=words.say("pocket.calendar"),
        calendar=f"{served_at}/plan.ics",
    )
    return Page(content.encode(), POLICY)
