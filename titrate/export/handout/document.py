"""The printed handout as values, before any layout: every number and sentence stands here once; html and pdf lay it out.

The patient's pages and the clinician's page have a module each; here is the handout that holds them, and what stands on
every page.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from titrate import wording
from titrate.errors import BadInput
from titrate.evidence import reader
from titrate.export.for_you import for_you_from, made_on
from titrate.export.handout import advice, clinician, staircase
from titrate.export.handout import steps as handout_steps
from titrate.export.handout.patient import Contact, Pages, Section
from titrate.wording.phrases import amount, reviewed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from titrate.export.handout.patient import View
    from titrate.model import Plan
    from titrate.wording import Words

LONGEST_CONTACT = 500  # characters; more would push the doses off the first page
CONTACT_LINES = 8
UNIT = re.compile(r"(?<=\d) (?=mg\b)")
LAID_OUT = "\n\u00a0\u200c\u200d\u200e\u200f"  # no letters, but plain text needs them


class Footer(NamedTuple):
    """What stands on every page; `origin` says which plan it is, when and by what it was made.

    `call` says whom to call, on each of the patient's pages but the first, which says so itself. `page` is what goes before the
    page's number and before how many there are.
    """

    call: str
    do_not_stop: str
    origin: str
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
    clinician: clinician.ClinicianPage | None


def handout(plan: Plan) -> Handout:
    """Return the handout of a plan, as its output options ask; the same plan gives the same handout.

    Raises BadInput, naming the characters, for text that cannot be printed, and for a contact too long for the page.
    """
    _check_contact(plan.current.output.contact)
    words, output = wording.words(), plan.current.output
    printed = Handout(
        title=words.say("page.title", drug=plan.protocol.drug),
        language=words.say("language.code"),
        paper=output.paper,
        large_print=output.large_print,
        footer=_footer(plan, words),
        small_print=_small_print(plan, words),
        patient=_pages(plan, words) if output.audience != "clinician" else None,
        clinician=clinician.page(plan, words) if output.audience != "patient" else None,
    )
    for text in texts(printed):
        refuse_unprintable(text, "handout")
    return printed


def ahead(plan: Plan) -> View:
    """Return the part of a plan that its handout shows."""
    return handout_steps.view(plan, wording.words(), made_on(plan))


def texts(value: object) -> Iterator[str]:
    """Yield every text in a handout or a part of it, in order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from texts(part)


def with_unit(text: str) -> str:
    r"""Return a text in which no line ends between a number and its unit.

    >>> with_unit("half a 10 mg tablet")
    'half a 10\xa0mg tablet'
    """
    return UNIT.sub("\u00a0", text)


def refuse_unprintable(text: str, place: str) -> None:
    """Raise BadInput, naming the control and direction characters, unless a text can be printed."""
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


def _pages(plan: Plan, words: Words) -> Pages:
    view = ahead(plan)
    urgent, other = for_you_from(view.first, plan, words)
    return Pages(
        title=words.say("page.title", drug=plan.protocol.drug),
        pen=(words.say("page.name"), words.say("page.born")),
        urgent=Section(words.say("for_you.urgent"), urgent) if urgent else None,
        revised=_revised(plan, words) if plan.revisions else None,
        now=handout_steps.suspended(view) if view.suspended else handout_steps.now(view),
        contact=_contact(plan, words),
        call_now=advice.call_now(words),
        staircase=None if view.suspended else staircase.picture(view),
        for_you=Section(words.say("for_you.heading"), other) if other else None,
        about=() if view.suspended else advice.about(view, reader.side_effects()),
        steps=None if view.suspended else handout_steps.steps(view),
        chart=None if view.suspended else handout_steps.chart(view),
        sections=advice.sections(view),
    )


def _contact(plan: Plan, words: Words) -> Contact:
    contact = plan.current.output.contact
    return Contact(
        heading=words.say("common.who_to_call"),
        lines=tuple(contact.splitlines()) if contact else (),
        pen="" if contact else words.say("contact.pen"),
    )


def _revised(plan: Plan, words: Words) -> Section:
    earlier = plan._replace(revisions=plan.revisions[:-1])
    return Section(
        heading=words.say("revised.heading"),
        sentences=(
            words.say("revised.replaces", date=words.day(made_on(earlier))),
            words.say("revised.throw_away"),
            words.say("revised.from", date=words.day(plan.revisions[-1].start)),
        ),
    )


def _footer(plan: Plan, words: Words) -> Footer:
    before, between = words.lines("page.page_of")
    contact = ", ".join((plan.current.output.contact or words.say("contact.first_page")).splitlines())
    return Footer(
        call=f"{words.say('common.who_to_call')}: {contact}",
        do_not_stop=words.say("common.do_not_stop"),
        origin=words.say(
            "page.made",
            id=plan.id,
            revision=len(plan.revisions),
            date=words.day(made_on(plan)),
            version=plan.version,
            protocol=f"{plan.protocol.id} {plan.protocol.version}",
        ),
        warning=words.say("page.warning", condition=plan.protocol.indication),
        page=(before, between),
    )


def _small_print(plan: Plan, words: Words) -> Section:
    protocol = plan.protocol
    return Section(
        heading=words.say("small_print.heading"),
        sentences=(
            words.say("small_print.licence", condition=protocol.indication),
            words.say("small_print.cap", cap=amount(protocol.rules.cap_mg_per_day)),
            words.say("small_print.kidneys"),
            words.say("small_print.prescriber"),
            words.say("common.do_not_stop"),
            words.say("common.lists"),
            words.say(
                "small_print.reviewed",
                protocol=f"{protocol.id} {protocol.version}",
                reviewed_by=reviewed(protocol),
            ),
        ),
    )
