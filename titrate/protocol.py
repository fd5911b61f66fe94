"""What the evidence files say, as values: the ladder of daily doses, the kidney bands, the rules. Read by `library`."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from titrate.model import Dose, Slots

if TYPE_CHECKING:
    from titrate.equations import Equations


class DailyDose(NamedTuple):
    """One rung of the climb: how a daily dose is split, how long it is taken before the next rise, and where that stands."""

    total: Decimal
    doses: tuple[Dose, ...]
    hold_days: int
    gate: str | None
    cite: str = ""


class Band(NamedTuple):
    """A kidney band: half-open, from `low` (included) up to the next band's `low`; limits in mg a day.

    `slow_start`: the first dose is held for `rules.slow_start_days` before a rise.
    """

    name: str
    low: Decimal
    default_target: Decimal
    ceiling: Decimal
    slow_start: bool
    cite: str


class Tablet(NamedTuple):
    """A tablet that exists: its strength, whether it may be halved, whether supply is shown for it unasked."""

    mg: Decimal
    halves: bool
    supply: bool


class Rules(NamedTuple):
    """The protocol's other numbers, one field a `[rules.<name>]` table; the unit stands in the table."""

    cap_mg_per_day: Decimal
    rise_mg: Decimal
    fall_mg: Decimal
    fall_days: int
    taper_last_days: int
    check_in_days: int
    slow_start_days: int
    review_days: int
    default_days: int
    longest_days: int
    slot_gap_hours: int
    egfr_highest: Decimal
    exposure_caution_below: Decimal
    near_cut_off: Decimal
    adult_age: int
    oldest_age: int
    older_age: int
    weight_needed_age: int
    weight_lowest: Decimal
    weight_highest: Decimal
    older_kidney_below: Decimal
    age_matters_below: Decimal
    high_target_above: Decimal
    start_far_days: int
    test_old_days: int
    test_old_days_at_risk: int
    kidney_fall_one_in: int
    large_fall_mg: Decimal
    watch_days: int
    missed_skip_hours: int
    missed_all_hours: int
    missed_evenings: int


class FindingText(NamedTuple):
    """What a finding says: `short` in one line, `message` in full, both with {placeholders}; `source` in one line."""

    code: str
    severity: str
    short: str
    message: str
    source: str


UNSIGNED = "not yet reviewed by a prescriber"  # what `reviewed_by` says until somebody has signed
WHOLE = frozenset(name for name, kind in Rules.__annotations__.items() if kind is int)


class Protocol(NamedTuple):
    """One drug, one indication, one cited schedule; `raw` is the released file, byte for byte, and `sha256` its digest."""

    id: str
    version: str
    title: str
    drug: str
    indication: str
    reviewed_by: str
    ladder: tuple[DailyDose, ...]
    bands: tuple[Band, ...]
    tablets: tuple[Tablet, ...]
    slots: Slots
    rules: Rules
    raw: bytes
    sha256: str

    def __hash__(self) -> int:
        """Equal protocols have equal digests; hashing all that is in one would take longer than making a plan."""
        return hash(self.sha256)

    @property
    def signed(self) -> bool:
        """Whether a prescriber has signed it."""
        return self.reviewed_by != UNSIGNED

    def band(self, name: str) -> Band:
        """Return the band of that name."""
        return next(band for band in self.bands if band.name == name)


class Evidence(NamedTuple):
    """What a plan is made from besides its inputs; the parts that a patient does not need are None, and were not read."""

    protocol: Protocol
    texts: Mapping[str, FindingText]
    equations: "Equations | None" = None
    formulary: Any = None
    conditions: Any = None
