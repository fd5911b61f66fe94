"""What a clinic sets once for all of its rosters: the environment's answers for cells that are left empty."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from titrate.errors import BadInput
from titrate.evidence import zones
from titrate.inputs import facts, system_zone

NAMES = tuple(fact.key for fact in facts.PLAN if fact.clinic and fact != facts.TZ)


def defaults(environment: Mapping[str, str], now: datetime) -> dict[str, str]:
    """Return what an empty cell means, by option: a time zone always, the others where they are set.

    Raises BadInput for a computer that does not say its time zone, and for a zone that is unknown or no place's.

    >>> from datetime import UTC
    >>> defaults({"TITRATE_TZ": "Asia/Tokyo", "TITRATE_PAPER": "letter", "TITRATE_CONTACT": ""}, datetime.now(UTC))
    {'tz': 'Asia/Tokyo', 'paper': 'letter'}
    """
    zone = environment.get("TITRATE_TZ", "")
    try:
        zone = zone or system_zone.system(environment, now)
        zones.place(zone, now)
    except BadInput as error:
        todo = error.todo if zone else "set it, for example to Europe/Berlin"
        raise BadInput("TITRATE_TZ", error.wrong, todo, **error.values) from None
    asked = {name: environment.get(f"TITRATE_{name.upper()}") for name in NAMES}
    return {"tz": zone, **{name: text for name, text in asked.items() if text}}
