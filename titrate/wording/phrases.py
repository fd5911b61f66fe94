"""How numbers, dates and tablets are written, the same in every place, time zone and language setting."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from titrate.model import Protocol, Supply, TabletCount

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
HALF = Decimal("0.5")
SPELLED = str.maketrans({"─": "-", "–": "-", "’": "'", "“": '"', "”": '"', "µ": "u", "×": "x"})

# What a terminal obeys instead of showing: ESC [ ... letter, ESC ] ... end, and their one-character forms.
ESCAPES = r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-~]"


def amount(number: Decimal) -> str:
    """Return a number as a person writes it: exact, no trailing zeros, no exponent.

    >>> amount(Decimal("5.00")), amount(Decimal("2.50")), amount(Decimal("30"))
    ('5', '2.5', '30')
    """
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def weekday_date(day: date) -> str:
    """Return a date with its weekday.

    >>> from datetime import date
    >>> weekday_date(date(2026, 12, 1))
    'Tue 1 Dec 2026'
    """
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def weekday_dates(first: date, last: date) -> str:
    """Return a run of dates with their weekdays, first and last included.

    >>> from datetime import date
    >>> weekday_dates(date(2026, 12, 1), date(2026, 12, 3))
    'Tue 1 Dec 2026 to Thu 3 Dec 2026'
    """
    return weekday_date(first) if first == last else f"{weekday_date(first)} to {weekday_date(last)}"


def span(first: int, last: int) -> str:
    """Return a run of days, first and last included.

    >>> span(1, 3), span(8, 8)
    ('1-3', '8')
    """
    return str(first) if first == last else f"{first}-{last}"


def stamp(moment: datetime) -> str:
    """Return an aware moment in UTC, to the second.

    >>> from datetime import UTC, datetime
    >>> stamp(datetime(2026, 11, 30, 9, 15, tzinfo=UTC))
    '2026-11-30T09:15:00Z'
    """
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("a stamp needs a moment with its time zone")
    return f"{(moment.replace(tzinfo=None) - offset).isoformat(timespec='seconds')}Z"


def tablets(count: TabletCount) -> str:
    """Return how many tablets of one strength, in words.

    >>> from titrate.model import TabletCount
    >>> tablets(TabletCount(Decimal(10), Decimal("0.5"))), tablets(TabletCount(Decimal(10), Decimal("1.5")))
    ('half a tablet of 10 mg', '1½ tablets of 10 mg')
    """
    if count.count == HALF:
        return f"half a tablet of {amount(count.tablet_mg)} mg"
    noun = "tablet" if count.count == 1 else "tablets"
    return f"{pieces(count.count)} {noun} of {amount(count.tablet_mg)} mg"


def pieces(count: Decimal) -> str:
    """Return a number of tablets, a half as the sign that a pharmacy prints.

    >>> pieces(Decimal("0.5")), pieces(Decimal("1.5")), pieces(Decimal(2))
    ('½', '1½', '2')
    """
    whole, rest = divmod(count, 1)
    return f"{amount(whole) if whole else ''}½" if rest == HALF else amount(count)


def supply(rows: tuple[Supply, ...], pack: int | None = None) -> str:
    """Return the tablets to have; `pack` is how many tablets a pack holds.

    >>> from titrate.model import Supply
    >>> supply((Supply(Decimal(5), 74, True), Supply(Decimal(10), 37, True)), 28)
    '74 tablets of 5 mg (3 packs of 28), or 37 tablets of 10 mg (2 packs of 28)'
    """
    either = any(row.alternative for row in rows)
    return (", or " if either else " and ").join(_supply_row(row, pack) for row in rows)


def _supply_row(row: Supply, pack: int | None) -> str:
    words = f"{row.tablets} {'tablet' if row.tablets == 1 else 'tablets'} of {amount(row.tablet_mg)} mg"
    if not pack:
        return words
    packs = -(-row.tablets // pack)
    return f"{words} ({packs} {'pack' if packs == 1 else 'packs'} of {pack})"


def place_name(zone: str) -> str:
    """Return the place in a time zone's name.

    >>> place_name("America/Argentina/Buenos_Aires"), place_name("UTC")
    ('Buenos Aires', 'UTC')
    """
    return zone.rpartition("/")[2].replace("_", " ")


def days(count: int) -> str:
    """Return a number of days in words.

    >>> days(1), days(7)
    ('1 day', '7 days')
    """
    return f"{count} {'day' if count == 1 else 'days'}"


def review_state(protocol: Protocol) -> str:
    """Return which protocol a plan follows and whether a prescriber has signed it, in one sentence.

    >>> from titrate.evidence.reader import protocol
    >>> review_state(protocol())
    'Protocol raynaud 2026.12: not yet reviewed by a prescriber.'
    """
    return plain(f"Protocol {protocol.id} {protocol.version}: {reviewed(protocol)}.")


def reviewed(protocol: Protocol) -> str:
    """Return who reviewed a protocol, as it is said after its name.

    >>> from titrate.evidence.reader import protocol
    >>> reviewed(protocol()), reviewed(protocol()._replace(reviewed_by="A. Miller, physician, 2026-12-01"))
    ('not yet reviewed by a prescriber', 'reviewed by A. Miller, physician, 2026-12-01')
    """
    by = protocol.reviewed_by
    return plain(f"reviewed by {by}" if protocol.signed else by)


def plain(text: str) -> str:
    r"""Return text that is safe to show: no escape, control or direction characters, one line.

    >>> plain("Dr\x1b[31m A.\nSmith\u202e")
    'Dr A. Smith'
    """
    if text.isascii() and text.isprintable():
        return text
    visible = "".join(
        char if char.isprintable() else " " if char.isspace() else "" for char in re.sub(ESCAPES, "", text)
    )
    return " ".join(visible.split())


def spelled(text: str, encoding: str) -> str:
    """Return text whose signs are spelled in letters that every encoding has, where `encoding` lacks them.

    >>> spelled("1½ x 10 µg", "ascii"), spelled("½ x 10", "utf-8")
    ('1.5 x 10 ug', '½ x 10')
    """
    if text.isascii():
        return text
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return re.sub("([0-9]*)½", lambda half: f"{half[1] or 0}.5", text).translate(SPELLED)
    return text
