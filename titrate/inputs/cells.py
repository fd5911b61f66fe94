"""Cells that a spreadsheet would run as formulas: kept from running by an apostrophe, and read again without it."""

from __future__ import annotations

import re

SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"  # with the wide forms, which spreadsheets read alike
# In both places also where apostrophes stand before it: each layer is taken off by itself.
BEGINS = rf"[\"'\s]*[{SIGNS}]|[\"']*[\t\r\n]"
FOLLOWS = rf"[\"']*[{SIGNS}]"  # after what another language's spreadsheet takes for the end of a cell
RUNS = re.compile(rf"^(?={BEGINS})|(?<=[;,\t\r\n|])(?={FOLLOWS})")
KEPT = re.compile(rf"^'(?={BEGINS})|(?<=[;,\t\r\n|])'(?={FOLLOWS})")


def harmless(text: str) -> str:
    """Return a cell that no spreadsheet runs: an apostrophe stands before what would begin a formula.

    >>> harmless("=cmd|' /C calc'!A0"), harmless("5 mg;=1+1"), harmless("5 mg")
    ("'=cmd|' /C calc'!A0", "5 mg;'=1+1", '5 mg')
    """
    return RUNS.sub("'", text)


def meant(cell: str) -> str:
    """Return the text of a cell, blanks around it left out, with every apostrophe gone that `harmless` put there.

    For any text, meant(harmless(meant(text))) == meant(text): however often a row comes back, it says the same.

    >>> meant("'+49 30"), meant(" Ward 3,'-1 "), meant("'s Hertogenbosch")
    ('+49 30', 'Ward 3,-1', "'s Hertogenbosch")
    """
    return unharmed(cell.strip()).strip()


def unharmed(text: str) -> str:
    """Return the text that `harmless` made this of; for any text, that of harmless(text) is text."""
    return KEPT.sub("", text)
