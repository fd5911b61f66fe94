"""What somebody at a terminal sees and hears while a plan is shared: the code, who came, what to check, what came of it."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from titrate.cli import terminal
from titrate.export.calendar.hints import hints
from titrate.sharing import network, server
from titrate.sharing.offer import CALENDAR, KEPT, PAGE, Offer, offer
from titrate.storage.stops import stops_passed_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from titrate.model import Plan

CAME = {PAGE: "opened the page", CALENDAR: "fetched the calendar", KEPT: "kept the page"}
TIMES = {0: "not fetched", 1: "fetched once", 2: "fetched twice"}


def share(plan: Plan, bind: str | None) -> None:
    """Share a plan at the address that was asked for, or the likeliest, until that is over or somebody stops it.

    Raises OutputError where there is no network, or no longer one.
    """
    address, others = network.chosen(bind)
    with network.listener(address) as listener:
        offered = offer(plan, network.host(listener), network.new_token())
        terminal.say(terminal.wrapped("\n".join(_introduction(plan, address, others))))
        _show_address(offered.address)
        _serve(server.Sharing(listener, offered, lambda what: _tell(what, offered)))


def _introduction(plan: Plan, address: str, others: tuple[str, ...]) -> Iterator[str]:
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
    if what in CAME:
        terminal.say(f"A phone has {CAME[what]}.")
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
