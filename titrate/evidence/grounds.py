"""The ground that evidence stands on: its folder, the sources that it may cite, and a cite in one line."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

EVIDENCE = Path(__file__).with_name("data")


@lru_cache(maxsize=1)
def sources() -> bytes:
    """Return sources.toml as it stands."""
    return (EVIDENCE / "sources.toml").read_bytes()


@lru_cache(maxsize=1)
def source_ids() -> frozenset[str]:
    """Return the ids in sources.toml, read from its headers alone: a plan needs no more of that file."""
    return frozenset(re.findall(r"^\[([A-Z0-9-]+)\]", sources().decode(), re.MULTILINE))


def parse(raw: bytes, name: str) -> dict[str, Any]:
    """Return what the bytes of a TOML file say, numbers exact; BadInput if they are not UTF-8 or no TOML."""
    from titrate.evidence import scrutiny

    return scrutiny.parse(raw, name)


def cited(cite: dict[str, Any]) -> str:
    """Return a cite in one line, for a reader.

    >>> cited({"source": "S-VLAV", "at": "abstract", "rule": "..."})
    'S-VLAV, abstract'
    >>> cited({"source": "TOOL", "at": "rules: screening", "rule": "...", "from": ["S-VLAV", "S-WOLF"]})
    'tool rule, from S-VLAV, S-WOLF'
    """
    if cite["source"] != "TOOL":
        return f"{cite['source']}, {cite['at']}"
    return "tool rule" + (f", from {', '.join(cite['from'])}" if cite["from"] else "")
