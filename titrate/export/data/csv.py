"""The plan as CSV: one row a dose, for a spreadsheet or another program."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

from titrate.wording.phrases import amount

if TYPE_CHECKING:
    from titrate.model import Plan

COLUMNS = ("day", "date", "slot", "time", "dose_mg", "step", "total_mg")


def render(plan: Plan) -> bytes:
    """Return one row a dose under a header: ISO dates, clock times as HH:MM; UTF-8, line feeds."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for step in plan.steps:
        total = amount(step.total)
        slots = plan.settings_on(step.first_date).slots
        for day in plan.days[step.first_day - 1 : step.last_day]:
            for dose in day.doses:
                time = f"{getattr(slots, dose.slot):%H:%M}"
                writer.writerow(
                    (day.number, day.date.isoformat(), dose.slot, time, amount(dose.mg), step.number, total)
                )
    return out.getvalue().encode()
