import csv
import io
from datetime import time
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from plans import SLOTS, make

from titrate.export import render
from titrate.model import Plan


def read(made: Plan) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render(made, "csv").decode("utf-8"))))


def test_the_first_days_of_the_standard_plan_read_as_published() -> None:
    lines = render(make(), "csv").decode().split("\n")
    assert lines[:6] == [
        "day,date,slot,time,dose_mg,step,total_mg",
        "1,2026-12-01,evening,20:00,5,1,5",
        "2,2026-12-02,evening,20:00,5,1,5",
        "3,2026-12-03,evening,20:00,5,1,5",
        "4,2026-12-04,morning,08:00,5,2,10",
        "4,2026-12-04,evening,20:00,5,2,10",
    ]
    assert lines[-2:] == ["28,2026-12-28,evening,20:00,5,3,15", ""]
    assert len(lines) == 1 + 74 + 1


@settings(max_examples=30, deadline=None)
@given(st.integers(15, 200), st.sampled_from((None, 5)), st.none() | st.integers(1, 60))
def test_every_dose_of_the_plan_is_one_row_and_no_other_row_is_there(
    egfr: int, target: int | None, days: int | None
) -> None:
    made = make(egfr, target=target, days=days)
    rows = [
        (int(row["day"]), row["date"], row["slot"], Decimal(row["dose_mg"]), Decimal(row["total_mg"]))
        for row in read(made)
    ]
    assert rows == [
        (day.number, day.date.isoformat(), dose.slot, dose.mg, day.total) for day in made.days for dose in day.doses
    ]


def test_each_row_names_the_step_that_holds_its_day() -> None:
    made = make(target=30)
    first = {step.number: step.first_day for step in made.steps}
    last = {step.number: step.last_day for step in made.steps}
    for row in read(made):
        assert first[int(row["step"])] <= int(row["day"]) <= last[int(row["step"])]


def test_times_are_those_of_the_slots() -> None:
    made = make(slots=SLOTS._replace(morning=time(7, 5)))
    assert {(row["slot"], row["time"]) for row in read(made)} == {
        ("morning", "07:05"),
        ("midday", "14:00"),
        ("evening", "20:00"),
    }


def test_a_dose_that_is_not_whole_keeps_its_digits() -> None:
    made = make(days=3)
    step = made.steps[0]
    halved = tuple(dose._replace(mg=Decimal("2.50")) for dose in step.doses)
    made = made._replace(
        days=tuple(day._replace(doses=halved, total=Decimal("2.50")) for day in made.days),
        steps=(step._replace(doses=halved, total=Decimal("2.50")),),
    )
    assert {(row["dose_mg"], row["total_mg"]) for row in read(made)} == {("2.5", "2.5")}


def test_a_plan_without_doses_is_a_header_alone() -> None:
    assert render(make()._replace(days=(), steps=()), "csv") == b"day,date,slot,time,dose_mg,step,total_mg\n"
