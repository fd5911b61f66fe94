"""What a command was asked: the readers of `titrate.inputs`, and the time zone, which may be the computer's."""

from __future__ import annotations

import os
from typing import NamedTuple

from titrate.inputs import zones
from titrate.inputs.facts import output, pack, patient, prescriber, slots, strengths, text

__all__ = ["Zone", "output", "pack", "patient", "prescriber", "slots", "strengths", "text", "zone"]


class Zone(NamedTuple):
    """The plan's time zone and how it was found."""

    name: str
    origin: str


def zone(tz: str | None) -> Zone:
    """Return the zone that was asked for, else the system's; BadInput for an unknown one."""
    if tz is None:
        return Zone(zones.system(os.environ), "this computer's time zone")
    zones.zone(tz)
    return Zone(tz, "as asked")
