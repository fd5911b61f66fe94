"""`titrate share`: a page and the calendar of a saved plan for a phone in the same network, by QR code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from titrate.cli import options as opt
from titrate.cli import terminal
from titrate.cli.saved import load
from titrate.inputs.facts import OUTPUT_PANEL
from titrate.model import Plan
from titrate.sharing import network, server
from titrate.sharing.offer import CALENDAR, PAGE, Offer, offer
from titrate.storage.stops import stops_passed_to

TIMES = {0: "not fetched", 1: "fetched once", 2: "fetched twice"}

EXAMPLES = """\
titrate share plan.json
"""

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


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
        opt.Reads(lambda typed, _: network.read_address(typed)),
    ] = None,
) -> int:
    """Show a QR code that opens a page of a saved plan on a phone in the same network, with its calendar to add.

    It ends by itself after some minutes, or with Ctrl-C. Whoever can listen on the network can read what is fetched.
    """
    saved, _ = load(plan)
    address, others = network.chosen(bind)
    with network.listener(address) as listener:
        offered = offer(saved, network.host(listener), network.new_token())
        said = "\n".join(_introduction(saved, address, others))
        terminal.say(terminal.wrapped(said))
        _show_address(offered.address)
        _serve(server.Sharing(listener, offered, lambda what: _tell(what, offered)))
    return 0


def _introduction(plan: Plan, address: str, others: tuple[str, ...]) -> Iterator[str]:
    from titrate.export.calendar.hints import hints

    for hint in hints(plan):
        yield f"hint: {hint}"
    if warning := network.warning(address):
        yield f"Take care: {warning}."
    if others:
        yield f"This computer is also {' and '.join(others)}: where no phone gets through, give that with --bind."
    if plan.current.output.discreet:
        yield "This plan is discreet: the page names nothing and has only the link to the calendar."
    yield "Whoever can listen on this network can read what is fetched: it is sent by plain http, without encryption."
    yield (
        f"It ends after {server.LIFE // 60} minutes, once the calendar was fetched {server.DOWNLOADS} times, or with Ctrl-C."
    )
    yield f"With a phone in the same network as this computer ({address}), point the camera at the code or type the address."


def _show_address(address: str) -> None:
    """Print the address, under its code where somebody looks at a terminal."""
    if sys.stdout.isatty():
        from titrate.export.terminal.qr_code import QrCode

        terminal.write(f"{terminal.drawn(QrCode(address))}{address}\n")
    else:
        terminal.put(f"{address}\n".encode())


def _serve(sharing: server.Sharing) -> None:
    """Answer phones until it is over, and say what came of it; Ctrl-C is one of the ways to end it."""
    import asyncio

    async def until_stopped() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.ensure_future(sharing.run())
        with stops_passed_to(lambda: loop.call_soon_threadsafe(task.cancel)):
            await task

    why = "It has failed."
    try:
        asyncio.run(until_stopped())
        why = "That was enough." if sharing.fetched[CALENDAR] >= server.DOWNLOADS else "The time is over."
    except (KeyboardInterrupt, asyncio.CancelledError):
        why = "\nIt was stopped."  # below the ^C that a terminal shows
    finally:
        terminal.say(f"{why} The calendar was {_times(sharing.fetched[CALENDAR])}; nothing is shared any more.")


def _tell(what: str, offered: Offer) -> None:
    """Say that a phone came, or what to look at where none does."""
    if what == PAGE:
        terminal.say("A phone has opened the page.")
    elif what == CALENDAR:
        terminal.say("A phone has fetched the calendar.")
    else:
        terminal.say(terminal.wrapped("\n".join(_to_check(offered.host.rpartition(":")[2]))))


def _to_check(port: str) -> Iterator[str]:
    yield "No phone has come for a minute. Look at these, one after the other:"
    yield "- the phone is in the same Wi-Fi as this computer, and that is no guest network: those keep their devices apart;"
    yield f"- a firewall on this computer lets connections to port {port} in;"
    yield "- no VPN is on, on the phone or here, and this is no virtual machine;"
    yield "- the phone asked for the address as it stands above, with http and not https."


def _times(count: int) -> str:
    return TIMES.get(count, f"fetched {count} times")
