"""What a phone is answered: a page and a calendar for who knows the token, nothing at all for anybody else; no socket here."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, NamedTuple

from titrate.export import render
from titrate.export.handout import discreet, html

if TYPE_CHECKING:
    from titrate.export.handout.html import Page
    from titrate.model import Plan

PAGE, CALENDAR, KEPT = "page", "calendar", "kept page"
FILE, KEPT_FILE = "plan.ics", "handout.html"  # neutral, as a discreet plan needs the first
LARGEST = 8192  # bytes of a request; phones send about 600
MOST_FIELDS = 50
END = b"\r\n\r\n"
REQUEST = re.compile(rb"(GET|HEAD) /([a-z2-7]{1,64})(/|/plan\.ics|/handout\.html)? HTTP/1\.[01]")
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e\x80-\xff]*)")
HTML, ICS = "Content-Type: text/html; charset=utf-8", "Content-Type: text/calendar; charset=utf-8"
NO_FRAME = "frame-ancestors 'none'"  # which a page cannot say of itself
PRIVATE = (
    "Cache-Control: no-store",
    "X-Content-Type-Options: nosniff",
    "Referrer-Policy: no-referrer",
    "Connection: close",
)


class Offer(NamedTuple):
    """What is shared: a page, a calendar and a page to keep, the token that stands before them, and where the computer is reached.

    `host`: address and port, as a browser names them. `kept` is empty where there is no page to keep.
    """

    host: str
    token: str
    page: Page
    calendar: bytes
    kept: bytes

    @property
    def address(self) -> str:
        """Where a phone finds the page."""
        return f"http://{self.host}/{self.token}"


class Answer(NamedTuple):
    """The bytes that answer a request, and what has been sent with the last of them, or nothing."""

    data: bytes
    sends: str = ""


def offer(plan: Plan, host: str, token: str) -> Offer:
    """Return what is shared of a plan: its handout as a page and its calendar; of a discreet plan the calendar alone.

    Raises BadInput for text that cannot be printed.
    """
    at, calendar = f"/{token}", render(plan, "ics")
    if plan.current.output.discreet:
        return Offer(host, token, discreet.pocket_page(plan, at), calendar, b"")
    return Offer(host, token, html.pocket_page(plan, at), calendar, html.render(plan))


def answer(offer: Offer, request: bytes) -> Answer:
    """Return what answers a request, which is all that was received of it.

    Whatever is not the very request for the page or the calendar gets one and the same answer, which tells nothing.
    """
    head, end, _ = request.partition(END)
    line, *fields = head.split(b"\r\n")
    asked, named = REQUEST.fullmatch(line), [FIELD.fullmatch(field) for field in fields]
    if not (asked and end and len(head) <= LARGEST and len(fields) <= MOST_FIELDS and all(named)):
        return NOTHING
    hosts = [field[2].strip(b" \t") for field in named if field and field[1].lower() == b"host"]
    if hosts != [offer.host.encode()] or not hmac.compare_digest(asked[2], offer.token.encode()):
        return NOTHING
    sends = {b"/plan.ics": CALENDAR, b"/handout.html": KEPT}.get(asked[3], PAGE)
    body = {PAGE: offer.page.content, CALENDAR: offer.calendar, KEPT: offer.kept}[sends]
    if not body:
        return NOTHING
    head = _head("200 OK", len(body), *_fields(sends, offer.page.policy))
    return Answer(head) if asked[1] == b"HEAD" else Answer(head + body, sends)


def _fields(sends: str, policy: str) -> tuple[str, ...]:
    """The header of what is sent: the page is shown, the calendar opened, the page to keep saved."""
    if sends == PAGE:
        return HTML, f"Content-Security-Policy: {policy}; {NO_FRAME}"
    kind, how, name = (ICS, "inline", FILE) if sends == CALENDAR else (HTML, "attachment", KEPT_FILE)
    return (
        kind,
        f"Content-Disposition: {how}; filename={name}",
        f"Content-Security-Policy: default-src 'none'; {NO_FRAME}",
    )


def _head(status: str, length: int, *fields: str) -> bytes:
    lines = (f"HTTP/1.1 {status}", *fields, f"Content-Length: {length}", *PRIVATE)
    return "\r\n".join(lines).encode() + END


NOTHING = Answer(_head("404 Not Found", 0))
