"""The hazard log: what could go wrong, and the tests that guard against it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from titrate.errors import BadInput, OutputError
from titrate.evidence.grounds import EVIDENCE, parse
from titrate.evidence.shape import Many, Rows, Table, Text, check

NAME = "hazards.toml"
# Beside the evidence where titrate is installed; in a copy of the sources it stands beside the tests that it names.
PLACES = (EVIDENCE / NAME, Path(__file__).parents[2] / "tests" / NAME)
SEVERITIES = ("critical", "serious", "moderate", "minor")
HAZARD = Table(
    {
        "id": Text(pattern="[a-z0-9-]+"),
        **dict.fromkeys(("hazard", "cause", "effect"), Text()),
        "severity": Text(SEVERITIES),
        "controls": Many(Text(pattern=r"([a-z]+/)*test_[a-z0-9_]+\.py::test_[a-z0-9_]+"), least=1),
    }
)
LOG = Table({"severities": Table(dict.fromkeys(SEVERITIES, Text())), "hazard": Rows(HAZARD)})


class Hazard(NamedTuple):
    """Something that could go wrong; `controls` are the tests that fail when a guard against it is gone."""

    id: str
    hazard: str
    cause: str
    effect: str
    severity: str
    controls: tuple[str, ...]


class Log(NamedTuple):
    """The hazards in the order of their file, and what each severity means, worst first."""

    hazards: tuple[Hazard, ...]
    severities: dict[str, str]


def hazards() -> Log:
    """Return the hazard log; BadInput names every fault of a damaged file, OutputError says that there is none."""
    for place in PLACES:
        try:
            raw = place.read_bytes()
        except OSError:
            continue
        return read_hazards(raw, NAME)
    raise OutputError(f"{NAME}: is not in this installation; install titrate again")


def read_hazards(raw: bytes, name: str) -> Log:
    """Return the hazard log that the bytes of a file say; a hazard without a control, or named twice, is BadInput."""
    data = parse(raw, name)
    check(data, LOG, file=name, text=raw.decode(), sources=frozenset())
    ids = [row["id"] for row in data["hazard"]]
    if twice := [id for id in dict.fromkeys(ids) if ids.count(id) > 1]:
        raise BadInput("\n".join(f"{name}: hazard {id} stands twice; keep one" for id in twice))
    return Log(tuple(_hazard(row) for row in data["hazard"]), {key: data["severities"][key] for key in SEVERITIES})


def _hazard(row: dict[str, Any]) -> Hazard:
    return Hazard(**{**row, "controls": tuple(row["controls"])})
