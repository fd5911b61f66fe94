"""`titrate screen`: what speaks against a start, in full, and when the article would try baclofen; no schedule."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated

import typer

from titrate.cli import near_miss, terminal
from titrate.cli import options as opt
from titrate.cli.clock import now, zone_of
from titrate.engine.plan import names_of, refusal, screen_start
from titrate.evidence import reader, zones
from titrate.inputs import facts
from titrate.inputs.parse import read_choice

FORMATS = ("table", "md", "json")

EXAMPLES = """\
titrate screen --egfr 55 --age 61 --taking amlodipine,lithium --condition none
"""

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command("screen", cls=opt.Command, epilog=EXAMPLES)
@opt.with_facts
def screen(
    *,
    typed: opt.ScreenedFacts,
    ccb_not_tolerated: Annotated[
        bool,
        typer.Option(
            "--ccb-not-tolerated",
            help="A calcium channel blocker was tried and not tolerated.",
            rich_help_panel=facts.OTHERS,
        ),
    ] = False,
    spasticity: Annotated[
        bool, typer.Option("--spasticity", help="Spasticity is present too.", rich_help_panel=facts.OTHERS)
    ] = False,
    ulcers: Annotated[
        bool,
        typer.Option(
            "--ulcers-despite-vasodilators",
            help="Finger ulcers stay in spite of vasodilators.",
            rich_help_panel=facts.OTHERS,
        ),
    ] = False,
    confirmation: opt.Confirmation,
    tz: opt.Tz,
    format: Annotated[str | None, opt.format_option(*FORMATS), opt.reads_choice("--format", *FORMATS)] = None,
) -> int:
    """Show what speaks against a start, in full with its sources, and when to try it; no schedule is made.

    A kidney result is needed. Exit code 3 when something stops a plan; a missing confirmation alone is said, with code 0.
    """
    printed = "table" if format is None else read_choice(format, "--format", FORMATS)
    moment = now(UTC)
    zone = zone_of(tz["tz"], moment).name
    created = moment.astimezone(zones.zone(zone))
    typed = near_miss.settled(typed, created.date())
    patient = facts.patient(typed, created.date())
    evidence = reader.evidence(patient)
    inputs = facts.inputs(
        {**typed, **confirmation},
        start=created.date(),  # no finding about a date of start: nobody gave one
        patient=patient,
        slots=evidence.protocol.slots,
        zone=zone,
        today=created.date(),
    )
    assessment, findings = screen_start(evidence, inputs, created=created)
    from titrate.export.evidence.screening import result, screening

    reasons = {"ccb-not-tolerated": ccb_not_tolerated, "spasticity": spasticity, "digital-ulcers": ulcers}
    given = frozenset(id for id, holds in reasons.items() if holds)
    page_content = screening(
        assessment, findings, names_of(assessment, evidence), reader.reasons_to_try(), given, reader.sources()
    )
    if printed == "table":
        from titrate.export.terminal.evidence import layout

        terminal.show(layout(page_content))
    elif printed == "md":
        from titrate.export.evidence import page

        terminal.put(page.markdown(page_content))
    else:
        from titrate.inputs.document import encoded

        terminal.put(encoded(dict(page_content.document)))
    outcome = result(findings)
    if outcome != "clear":
        terminal.say(
            f"titrate: {terminal.worded(refusal(findings, ()))}"
        )  # last: what was printed may have scrolled away
    return 3 if outcome == "stop" else 0
