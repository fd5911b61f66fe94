"""The practical side of a running plan: what a change of hours, zone or tablets makes of it, and what it must not do.

No dose changes by it: two doses never come too close across the change, and the new tablets make every dose of the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
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
LOOK_AHEAD = 60  # days in which a day is looked for that works
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
    """Return the instant at which a dose is due, in UTC: on one clock hours are not all of one length."""
    wall: time = getattr(settings.slots, slot)
    return datetime.combine(day, wall, zone(settings.zone)).astimezone(UTC)


def local(all_settings: Sequence[Settings], moment: datetime) -> tuple[Settings, date]:
    """Return the settings in force at a moment, aware, and the date that it is then on their clock.

    Over the date line a day may be left out: then the new clock still shows an earlier date than that of the change.
    """
    dates = [moment.astimezone(zone(settings.zone)).date() for settings in all_settings]
    for index in range(len(all_settings) - 1, 0, -1):
        settings = all_settings[index]
        if settings.since <= max(dates[index], dates[index - 1]):
            return settings, dates[index]
    return all_settings[0], dates[0]


SlotsOf = Callable[[date], tuple[str, ...]]  # the slots of a day that have a dose, in order


def check_gap(slots_of: SlotsOf, before: Sequence[Settings], new: Settings, least: timedelta) -> None:
    """Raise Refused where two doses come closer than `least` across the change, as instants, naming what would work.

    A floating plan is reckoned on the clock of its zone.
    """
    gap = pair_across(slots_of, before, new)
    if gap is None or gap[1] - gap[0] >= least:
        return
    earlier, later = gap
    hours = f"{(later - earlier) / HOUR:.1f}".removesuffix(".0")
    come = f"{hours} {'hour' if hours == '1' else 'hours'} after" if later > earlier else "before"
    first = later.astimezone(zone(new.zone))
    wrong = f"the dose of {first:%Y-%m-%d} at {first:%H:%M} would come {come} the last one by the old clock"
    ways = [*_first_that_works(slots_of, before, new, least), *_hours_that_work(slots_of, before, new, least)]
    way_out = "keep the hours of the old clock, and change them by some hours a day"
    todo = f"at least {least / HOUR:.0f} hours must pass: {' or '.join(ways) or way_out}"
    raise Refused("from", wrong, todo)


def _first_that_works(slots_of: SlotsOf, before: Sequence[Settings], new: Settings, least: timedelta) -> Iterator[str]:
    """Yield the first later day on which the change would leave enough time."""
    for delay in range(1, LOOK_AHEAD):
        day = new.since + delay * DAY
        gap = pair_across(slots_of, before, new._replace(since=day))
        if gap and gap[1] - gap[0] >= least:
            yield f"give {{from}} {day}"
            return


def _hours_that_work(slots_of: SlotsOf, before: Sequence[Settings], new: Settings, least: timedelta) -> Iterator[str]:
    """Yield the hours nearest to those asked for that leave enough time, on the change and on every day after it."""
    halves = 0
    while True:
        halves += 1
        later = [
            datetime.combine(new.since, time_) + (halves * HALF_HOUR if index == 0 else timedelta(0))
            for index, time_ in enumerate(new.slots)
        ]
        for index in (1, 2):
            later[index] = max(later[index], later[index - 1] + least)
        if later[2].date() > new.since or later[0] + DAY - later[2] < least:
            return
        slots = Slots(*(moment.time() for moment in later))
        gap = pair_across(slots_of, before, new._replace(slots=slots))
        if gap and gap[1] - gap[0] >= least:
            yield "give " + " ".join(f"{{{slot}}} {time_:%H:%M}" for slot, time_ in slots._asdict().items())
            return


def pair_across(slots_of: SlotsOf, before: Sequence[Settings], new: Settings) -> tuple[datetime, datetime] | None:
    """Return the last dose before a change and the first one after it, as instants; None where there is none on one side."""
    known = (*(settings for settings in before if settings.since <= new.since), new)
    near = (new.since + delay * DAY for delay in (-2, -1, 0, 1))
    moments = [(day, due(settings_on(known, day), day, slot)) for day in near for slot in slots_of(day)]
    for (day, moment), (after, later) in pairwise(moments):
        if day < new.since <= after:
            return moment, later
    return None


def is_practical(new: NewSettings) -> bool:
    """Return whether it changes when or from what a dose is taken, and not only how the plan is written down."""
    return any(value is not None for name, value in new._asdict().items() if name not in {*OUTPUT, "no_alarm"})


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
