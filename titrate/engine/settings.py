"""The practical side of a running plan: what a change of hours, zone or tablets makes of it, and what it must not do.

No dose changes by it: two doses never come too close across the change, and the new tablets make every dose of the plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from titrate.engine import tablets
from titrate.errors import BadInput, Refused
from titrate.evidence.zones import zone
from titrate.model import SLOTS, NewSettings, Settings, Slots, settings_on

if TYPE_CHECKING:
    from collections.abc import Iterable

    from titrate.model import Protocol, Tablet

DAY, HOUR, HALF_HOUR = timedelta(days=1), timedelta(hours=1), timedelta(minutes=30)
OUTPUT = ("discreet", "label", "alarm", "paper", "large_print", "audience", "contact")


def changed(before: Settings, new: NewSettings, since: date) -> Settings:
    """Return the settings from `since` on; BadInput where what is new contradicts itself or what stands."""
    if new.zone is not None and new.floating:
        raise BadInput(("tz", "floating"), "they contradict each other", "give one")
    if new.alarm is not None and new.no_alarm:
        raise BadInput(("alarm", "no-alarm"), "they contradict each other", "give one")
    in_hand = before.tablets if new.tablets is None else new.tablets
    if new.pack is not None and len(in_hand) != 1:
        raise BadInput("pack", "it counts one kind of tablet", "give exactly one {tablet} with it")
    if new.pack is not None and new.pack < 1:
        raise BadInput("pack", "0 tablets in hand is no supply", "leave {pack} out")
    given: dict[str, Any] = {name: getattr(new, name) for name in OUTPUT if getattr(new, name) is not None}
    output = before.output._replace(**(given | ({"alarm": None} if new.no_alarm else {})))
    if new.label is not None and not output.discreet:
        raise BadInput("label", "it names a dose in a discreet calendar", "give {discreet} with it")
    slots = Slots(*(getattr(new, slot) or getattr(before.slots, slot) for slot in SLOTS))
    keeps_pack = new.pack is None and in_hand == before.tablets
    return Settings(
        since=since,
        slots=slots,
        zone=new.zone or before.zone,
        floating=(before.floating and new.zone is None) if new.floating is None else new.floating,
        tablets=in_hand,
        pack=before.pack if keeps_pack else new.pack,
        pack_since=before.pack_since if keeps_pack else since,
        output=output,
    )


def due(settings: Settings, day: date, slot: str) -> datetime:
    """Return the instant at which a dose is due, aware, on the plan's clock."""
    wall: time = getattr(settings.slots, slot)
    return datetime.combine(day, wall, zone(settings.zone))


def local(all_settings: Sequence[Settings], moment: datetime) -> tuple[Settings, date]:
    """Return the settings in force at a moment, aware, and the date that it is then on their clock."""
    for settings in reversed(all_settings):
        today = moment.astimezone(zone(settings.zone)).date()
        if settings.since <= today:
            return settings, today
    return all_settings[0], moment.astimezone(zone(all_settings[0].zone)).date()


Days = Mapping[date, tuple[str, ...]]  # the slots of each day that have a dose, in order


def check_gap(days: Days, before: Sequence[Settings], new: Settings, least: timedelta) -> None:
    """Raise Refused where two doses come closer than `least` across the change, as instants, naming what would work.

    A floating plan is reckoned on the clock of its zone.
    """
    gap = _gap(days, before, new, least)
    if gap is None:
        return
    earlier, later = gap
    slot = next((slots[0] for day, slots in days.items() if day >= new.since and slots), "")
    ways = [f"{{{slot}}} {_soonest(earlier + least, later):%H:%M}"] if slot else []
    works = (day for day in days if day > new.since and _gap(days, before, new._replace(since=day), least) is None)
    if first := next(works, None):
        ways.insert(0, f"{{from}} {first}")
    wrong = "the dose of {date} at {at} would come {hours} hours after the one before, less than {least} hours"
    values = {
        "date": f"{later:%Y-%m-%d}",
        "at": f"{later:%H:%M}",
        "hours": f"{(later - earlier) / HOUR:.1f}".removesuffix(".0"),
        "least": f"{least / HOUR:.0f}",
    }
    raise Refused("from", wrong.format(**values), f"give {' or '.join(ways) or 'later times'}")


def _soonest(moment: datetime, like: datetime) -> datetime:
    """The first full or half hour from `moment` on, on the clock of `like`."""
    local = moment.astimezone(like.tzinfo)
    over = timedelta(minutes=local.minute, seconds=local.second) % HALF_HOUR
    return local + (HALF_HOUR - over if over else over)


def _gap(days: Days, before: Sequence[Settings], new: Settings, least: timedelta) -> tuple[datetime, datetime] | None:
    """The first two doses that are too close to each other across the change, or None."""
    known = (*(settings for settings in before if settings.since <= new.since), new)
    near = (new.since + delay * DAY for delay in (-2, -1, 0, 1))
    moments = [(day, due(settings_on(known, day), day, slot)) for day in near for slot in days.get(day, ())]
    for (day, moment), (after, later) in pairwise(moments):
        if day < new.since <= after and later - moment < least:
            return moment, later
    return None


def check_tablets(mgs: Iterable[Decimal], chosen: tuple[Tablet, ...], protocol: Protocol) -> None:
    """Raise Refused unless the chosen tablets make every one of these doses, in mg, naming the tablets that do."""
    wanted = tuple(dict.fromkeys(mgs))
    if not chosen or _makes(chosen, wanted) is None:
        return
    alone = [f"{{tablet}} {tablet.mg:f}" for tablet in protocol.tablets if _makes((tablet,), wanted) is None]
    todo = f"give {', or '.join(alone)}" if alone else "ask the pharmacist for other tablets"
    raise Refused("tablet", "{what}", todo, what=_makes(chosen, wanted))


def _makes(chosen: tuple[Tablet, ...], mgs: Iterable[Decimal]) -> str | None:
    """Which dose the tablets do not make, in words; None where they make all."""
    try:
        for mg in mgs:
            tablets.make(mg, chosen)
    except tablets.DoseError as error:
        return str(error)
    return None
