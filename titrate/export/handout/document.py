"""The printed handout as values, before any layout: every number and sentence stands here once; html and pdf lay it out.

The patient's pages and the clinician's page have a module each; here is the sheet that carries them, and what stands on
every page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from titrate.errors import BadInput
from titrate.export.handout import advice, clinician
from titrate.export.handout import steps as handout_steps
from titrate.export.handout.patient import Contact, Pages, Section
from titrate.inputs.zones import zone
from titrate.wording import words
from titrate.wording.phrases import amount, reviewed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from titrate.model import Plan
    from titrate.wording import Words

LONGEST_CONTACT = 500  # characters; more would push the doses off the first page
CONTACT_LINES = 8
LAID_OUT = "\n\u00a0\u200c\u200d\u200e\u200f"  # no letters, but plain text needs them


class Footer(NamedTuple):
    """What stands on every page; `page` is what goes before the page's number and before how many there are."""

    do_not_stop: str
    made: str
    warning: str
    page: tuple[str, str]


class Handout(NamedTuple):
    """A printed handout; `patient` or `clinician` is None where it is for the other alone.

    `paper` is "a4" or "letter"; `language` a code such as "en".
    """

    title: str
    language: str
    paper: str
    large_print: bool
    footer: Footer
    small_print: Section
    patient: Pages | None
    clinician: clinician.Page | None


def handout(plan: Plan) -> Handout:
    """Return the handout of a plan, as its output options ask; the same plan gives the same handout.

    Raises BadInput, naming the characters, for text that cannot be printed, and for a contact too long for the page.
    """
    _check_contact(plan.inputs.output.contact)
    say, output = words(), plan.inputs.output
    sheet = Handout(
        title=say.say("page.title", drug=plan.protocol.drug),
        language=say.say("language.code"),
        paper=output.paper,
        large_print=output.large_print,
        footer=_footer(plan, say),
        small_print=_small_print(plan, say),
        patient=_pages(plan, say) if output.audience != "clinician" else None,
        clinician=clinician.page(plan, say) if output.audience != "patient" else None,
    )
    for text in texts(sheet):
        refuse_unprintable(text, "handout")
    return sheet


def made_on(plan: Plan) -> date:
    """Return the day on which the plan, or its last revision, was made, where the patient lives."""
    moment = plan.revisions[-1].at if plan.revisions else plan.created
    return moment.astimezone(zone(plan.inputs.zone)).date()


def texts(value: object) -> Iterator[str]:
    """Yield every text in a handout or a part of it, in order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from texts(part)


def refuse_unprintable(text: str, place: str) -> None:
    """Return nothing for text that can be printed; BadInput names its control and direction characters otherwise."""
    if text.isprintable():
        return
    bad = dict.fromkeys(char for char in text if not char.isprintable() and char not in LAID_OUT)
    if bad:
        names = ", ".join(f"U+{ord(char):04X}" for char in bad)
        raise BadInput(place, f"{names} cannot be printed", "leave such characters out")


def _check_contact(contact: str | None) -> None:
    if contact is None:
        return
    refuse_unprintable(contact, "contact")
    if len(contact) > LONGEST_CONTACT or len(contact.splitlines()) > CONTACT_LINES:
        size = f"{len(contact)} characters on {len(contact.splitlines())} lines"
        todo = f"give at most {LONGEST_CONTACT} characters on {CONTACT_LINES} lines"
        raise BadInput("contact", f"{size} do not fit the page", todo)


def _pages(plan: Plan, say: Words) -> Pages:
    ahead = handout_steps.view(plan, say, made_on(plan))
    contact = plan.inputs.output.contact
    return Pages(
        title=say.say("page.title", drug=plan.protocol.drug),
        revised=_revised(plan, say) if plan.revisions else None,
        now=handout_steps.suspended(ahead) if ahead.suspended else handout_steps.now(ahead),
        steps=None if ahead.suspended else handout_steps.steps(ahead),
        chart=None if ahead.suspended else handout_steps.chart(ahead),
        sections=advice.sections(ahead),
        contact=Contact(
            heading=say.say("common.who_to_call"),
            call=say.say("common.who_to_call"),
            lines=tuple(contact.splitlines()) if contact else (),
            pen="" if contact else say.say("contact.pen"),
            name=say.say("page.name"),
        ),
    )


def _revised(plan: Plan, say: Words) -> Section:
    earlier = plan._replace(revisions=plan.revisions[:-1])
    return Section(
        heading=say.say("revised.heading"),
        sentences=(
            say.say("revised.replaces", date=say.day(made_on(earlier))),
            say.say("revised.throw_away"),
            say.say("revised.from", date=say.day(plan.revisions[-1].start)),
        ),
    )


def _footer(plan: Plan, say: Words) -> Footer:
    before, between = say.lines("page.page_of")
    return Footer(
        do_not_stop=say.say("common.do_not_stop"),
        made=say.say(
            "page.made",
            id=plan.id,
            revision=len(plan.revisions),
            date=say.day(made_on(plan)),
            version=plan.version,
            protocol=f"{plan.protocol.id} {plan.protocol.version}",
        ),
        warning=say.say("page.warning", condition=plan.protocol.indication),
        page=(before, between),
    )


def _small_print(plan: Plan, say: Words) -> Section:
    protocol = plan.protocol
    return Section(
        heading=say.say("small_print.heading"),
        sentences=(
            say.say("small_print.licence", condition=protocol.indication),
            say.say("small_print.cap", cap=amount(protocol.rules.cap_mg_per_day)),
            say.say("small_print.kidneys"),
            say.say("small_print.prescriber"),
            say.say("common.do_not_stop"),
            say.say("common.lists"),
            say.say(
                "small_print.reviewed",
                protocol=f"{protocol.id} {protocol.version}",
                reviewed_by=reviewed(protocol),
            ),
        ),
    )
