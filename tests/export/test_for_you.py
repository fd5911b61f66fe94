"""What speaks against a plan reaches the patient: on paper, on the phone and in `today`, the most pressing first."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime
from typing import Any

import calendars
import pytest
from plans import DOCTOR, make, revise

from titrate.evidence import reader
from titrate.export import render
from titrate.export.for_you import NOT_TOLD, SENTENCES, for_you
from titrate.model import Output, Plan
from titrate.wording import words

SLEEPY = "You take codeine too. With baclofen it can make you very sleepy and slow your breathing."
DIZZY = "You take ramipril and amlodipine too. Stand up slowly: you may feel dizzy."
FELL = "Your kidney result is much lower than before. Call your prescriber today, before the next dose."
TAKEN = {"taking": ("codeine", "ramipril", "amlodipine"), "prescriber": DOCTOR}


def first_page(plan: Plan) -> str:
    page = render(plan, "html").decode().partition("<main>")[2].partition('class="chart"')[0]
    # As it is printed: without the card of each day and the jumps further down.
    page = re.sub(
        r'<section id="today".*?\n</section>\n(?=<section class=)|<nav.*?</nav>|</?span[^>]*>',
        "",
        page,
        flags=re.DOTALL,
    )
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " "))


def codes(*severities: str) -> set[str]:
    """The codes of all findings of these severities that there are."""
    findings = reader.parse(reader.read("findings.toml"))
    rows = [{"code": name, **row} for name, row in findings.items()]
    for file, table in (("medicines.toml", "class"), ("conditions.toml", "condition")):
        rows += reader.parse(reader.read(file))[table]
    return {row["code"] for row in rows if row["severity"] in severities}


def test_every_finding_that_is_no_note_has_a_sentence_or_a_reason_for_none() -> None:
    everything = codes("stop", "urgent", "confirm", "caution")
    assert everything == {*SENTENCES, *NOT_TOLD}
    assert not SENTENCES.keys() & NOT_TOLD.keys()
    assert all(NOT_TOLD.values())


def test_an_urgent_finding_always_has_a_sentence() -> None:
    assert codes("urgent") <= SENTENCES.keys()


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_a_sentence_names_what_it_is_about_where_its_findings_do(code: str) -> None:
    plan = make(taking=("codeine",))
    named = plan.findings[0]._replace(code=code, severity="caution", names=("Xyz",))
    section, _, name = SENTENCES[code].partition(".")
    told = for_you(plan._replace(findings=(named,)), words()).other
    assert ("Xyz" in told[0]) == ("{names}" in words().sections[section][name])


def test_medicines_of_one_kind_are_told_in_one_sentence_as_they_were_typed() -> None:
    told = for_you(make(**TAKEN), words())
    assert told.urgent == ()
    assert set(told.other) == {SLEEPY, DIZZY}


def test_the_first_page_says_it_after_the_dose_and_whom_to_call() -> None:
    page = first_page(make(**TAKEN, output=Output(contact="Clinic 020 7946 0123")))
    order = [page.index(text) for text in ("5 mg", "Clinic 020", "For you", SLEEPY, "First step")]
    assert order == sorted(order)


def test_a_plan_that_nothing_speaks_against_has_no_box() -> None:
    assert "For you" not in first_page(make(taking=(), tested=date(2026, 11, 20)))


def test_what_cannot_wait_stands_before_all_else_on_the_page() -> None:
    fallen = revise(make("54", age=40), date(2026, 12, 6), "kidney", egfr="28")
    page = first_page(fallen)
    order = [page.index(text) for text in ("Read this first", FELL, "This page is new", "What to take now")]
    assert order == sorted(order)


def test_what_cannot_wait_is_a_reminder_at_the_next_dose_of_that_day() -> None:
    fallen = revise(make("54", age=40), date(2026, 12, 6), "kidney", egfr="28")
    urgent = [event for event in calendars.events(render(fallen, "ics")) if event["SUMMARY"].startswith("URGENT")]
    assert [(event["SUMMARY"], FELL in event.lines) for event in urgent] == [
        ("URGENT: call the prescriber today", True)
    ]
    assert [event["DTSTART"] for event in urgent] == ["20261206T200000"]


def test_the_first_reminder_and_every_step_say_what_to_look_out_for() -> None:
    events = calendars.events(render(make(**TAKEN), "ics"))
    told = [event.text("SUMMARY") for event in events if SLEEPY in event.lines]
    assert told == [
        "Baclofen 5 mg, evening",
        "Tomorrow, Friday 4 December: up to 10 mg a day, only if you feel well on 5 mg",
        "Tomorrow, Tuesday 8 December: up to 15 mg a day, only if you feel well on 10 mg",
    ]


def test_a_medicine_learned_on_the_way_is_told_by_the_next_reminder_and_the_past_stays() -> None:
    before = make(taking=("codeine",), tested=date(2026, 11, 20))
    after = revise(before, date(2026, 12, 10), "news", taking=("amlodipine",))
    events = calendars.events(render(after, "ics"))
    learned = [
        event for event in events if "You take amlodipine too. Stand up slowly: you may feel dizzy." in event.lines
    ]
    assert [event.text("SUMMARY") for event in learned] == ["Baclofen 5 mg, morning"]
    assert {event["SEQUENCE"] for event in events if event["DTSTART"] < "20261208"} == {"0"}


@pytest.mark.parametrize("kidneys", [{}, {"egfr": "28"}])
def test_a_discreet_calendar_says_nothing_of_it(kidneys: dict[str, Any]) -> None:
    plan = make("54", **TAKEN, output=Output(discreet=True))
    if kidneys:
        plan = revise(plan, date(2026, 12, 6), "kidney", **kidneys)
    data = render(plan, "ics").decode().replace("\r\n ", "").casefold()
    for word in ("codeine", "ramipril", "amlodipine", "baclofen", "kidney", "sleepy", "dizzy"):
        assert word not in data
    assert ("urgent: call the prescriber today" in data) == bool(kidneys)


def test_today_says_what_cannot_wait_first_and_the_rest_after_the_doses() -> None:
    from titrate.export.agenda import agenda
    from titrate.export.data.today import document
    from titrate.export.terminal.console import rendered
    from titrate.export.terminal.today import layout

    fallen = revise(make("54", **TAKEN), date(2026, 12, 6), "kidney", egfr="28")
    day = agenda(fallen, date(2026, 12, 6), fallen.revisions[-1].at)
    told = " ".join(rendered(layout(fallen, day)).split())
    order = [told.index(text) for text in (FELL, "Sunday 6 December 2026.", "5 mg", SLEEPY)]
    assert order == sorted(order)
    assert document(fallen, day)["urgent"] == [FELL]
    assert SLEEPY in document(fallen, day)["for_you"]


def test_an_urgent_finding_stands_before_the_doses_in_the_table_and_in_markdown() -> None:
    fallen = revise(make("54", age=40), date(2026, 12, 6), "kidney", egfr="28")
    for format, doses in (("table", "Step  Days"), ("md", "| Step |")):
        text = render(fallen, format).decode()
        assert 0 < text.index("kidney-fall") < text.index(doses)


def test_an_urgent_fall_stays_until_its_first_day_is_over_whatever_is_added() -> None:
    fallen = revise(make("95", age=40, target=30, days=90), date(2027, 1, 20), "kidney", egfr="20", at=moment(20, 9))
    same_day = revise(fallen, date(2027, 1, 20), "news", tested=date(2027, 1, 19), at=moment(20, 12))
    told = for_you(same_day, words()).urgent
    assert FELL in told
    assert len(told) == 2  # the fall of the dose too
    calls = [event for event in calendars.events(render(same_day, "ics")) if "URGENT" in event["SUMMARY"]]
    assert [event["STATUS"] for event in calls] == ["CONFIRMED"]
    later = revise(fallen, date(2027, 1, 22), "news", tested=date(2027, 1, 19), at=moment(22, 12))
    assert for_you(later, words()).urgent == ()


def moment(day: int, hour: int) -> datetime:
    return datetime(2027, 1, day, hour, tzinfo=UTC)


def test_kidney_failure_that_acts_later_is_said_first_until_then() -> None:
    from titrate.export.agenda import agenda

    failed = revise(
        make("95", age=40), date(2026, 12, 12), "kidney", egfr="12", at=datetime(2026, 12, 7, 9, tzinfo=UTC)
    )
    before = agenda(failed, date(2026, 12, 8), datetime(2026, 12, 8, 9, tzinfo=UTC))
    fails = "Your kidneys are too weak for baclofen. Call your prescriber before the next dose. Do not go on alone."
    assert before.urgent[0] == fails
    assert agenda(failed, date(2026, 12, 12), datetime(2026, 12, 12, 9, tzinfo=UTC)).state == "suspended"


@pytest.mark.parametrize(
    ("facts", "words_of_it"),
    [
        ({"conditions": ("baclofen allergy",)}, "Call the prescriber before the next dose"),
        ({"conditions": ("active peptic ulcer",)}, "Call the prescriber before the next dose"),
        ({"taking": ("Lioresal",)}, "never let a pump run dry"),
        ({"conditions": ("acute kidney injury",)}, "Kidney failure (acute kidney injury)"),
    ],
)
def test_what_would_stop_a_start_says_in_a_running_plan_what_to_do(facts: dict[str, Any], words_of_it: str) -> None:
    running = revise(make("95", age=40), date(2026, 12, 6), "news", **facts)
    urgent = [finding for finding in running.findings if finding.severity == "urgent"]
    assert len(urgent) == 1
    assert words_of_it in urgent[0].message
    assert "No schedule is made" not in urgent[0].message
