"""The hazard log as values: what could go wrong, and the tests that guard against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

SEVERITIES = ("critical", "serious", "moderate", "minor")


class Hazard(NamedTuple):
    """Something that could go wrong; `controls` are the tests that fail when a guard against it is gone."""

    id: str
    hazard: str
    cause: str
    effect: str
    severity: str
    controls: tuple[str, ...]


class HazardLog(NamedTuple):
    """The hazards in the order of their file, and what each severity means, worst first."""

    hazards: tuple[Hazard, ...]
    severities: Mapping[str, str]


def hazard_log_of(data: dict[str, Any]) -> HazardLog:
    """Return the log that the tables of a file say."""
    rows = tuple(Hazard(**{**row, "controls": tuple(row["controls"])}) for row in data["hazard"])
    return HazardLog(rows, {severity: data["severities"][severity] for severity in SEVERITIES})
