"""`titrate share`: a page and the calendar of a saved plan for a phone in the same network, by QR code."""

from __future__ import annotations

from typing import Annotated

import typer

from titrate.cli import options as opt
from titrate.cli.saved import load
from titrate.inputs.facts import OUTPUT_PANEL

EXAMPLES = """\
titrate share plan.json
"""

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


def _read_address(typed: str) -> str:
    from titrate.sharing import network  # with all that a network needs, and so for this command alone

    return network.read_address(typed)


@app.command("share", cls=opt.Command, epilog=EXAMPLES)
@opt.with_facts
def share(
    *,
    plan: opt.SavedPlan,
    bind: Annotated[
        str | None,
        typer.Option(
            "--bind",
            metavar="ADDRESS",
            help="The address of this computer at which the phone reaches it. [that in its home network]",
            rich_help_panel=OUTPUT_PANEL,
        ),
        opt.Reads(lambda typed, _: _read_address(typed)),
    ] = None,
) -> int:
    """Show a QR code that opens a page of a saved plan on a phone in the same network, with its calendar to add.

    It ends by itself after some minutes, or with Ctrl-C. Whoever can listen on the network can read what is fetched.
    """
    from titrate.cli import phone  # for this command alone: others import it to know its options

    saved, _ = load(plan)
    phone.share(saved, bind)
    return 0
