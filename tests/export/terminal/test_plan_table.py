import json
import re
from collections import Counter
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import html5lib
import pytest
from command import Desk, pages_of
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from plans import DOCTOR, SLOTS, make, revise

from titrate.errors import Refused
from titrate.export import render, summary
from titrate.export.terminal.console import rendered
from titrate.export.terminal.findings import everything
from titrate.export.terminal.plan import layout
from titrate.model import Finding, KidneyFunction, Output, Plan
from titrate.wording.phrases import amount, weekday_date

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
DATE = r"[A-Z][a-z]{2} \d{1,2} [A-Z][a-z]{2} \d{4}"
CELL = r"(-|\d+ mg)"
ROW = re.compile(rf"^ *(\d+) +([\d-]+) +({DATE}).*? +{CELL} +{CELL} +{CELL} +(\d+ mg)", re.MULTILINE)
STEP = re.compile(rf"Step (\d+), days? ([\d-]+), ({DATE})(?: to {DATE})?, (\d+ mg) a day: (.*?)\.(?: |$)")
DOSE = re.compile(r"(\d+ mg) (morning|midday|evening) \d\d:\d\d")
CAUTION = Finding("age-65-plus", "caution", "The long text.", "S-BEERS23", "the short text")


def text_of(made: Plan, width: int = 100) -> str:
    return rendered(layout(made), width=width)


def findings_text(findings: tuple[Finding, ...] | list[Finding], width: int = 80) -> str:
    return rendered(*everything(tuple(findings)), width=width)


def joined(text: str) -> str:
    return " ".join(text.split())


def doses_read(text: str) -> list[tuple[str, ...]]:
    """Read every step back as a person would: number, days, first date, three slots, mg a day."""
    rows = [match.groups() for match in ROW.finditer(text)]
    if rows:
        return rows
    steps = []
    for number, days, first, total, doses in STEP.findall(joined(text)):
        taken = {slot: mg for mg, slot in DOSE.findall(doses)}
        steps.append((number, days, first, *(taken.get(slot, "-") for slot in SLOTS._fields), total))
    return steps


def doses_of(made: Plan) -> list[tuple[str, ...]]:
    return [
        (
            str(step.number),
            str(step.first_day) if step.first_day == step.last_day else f"{step.first_day}-{step.last_day}",
            weekday_date(step.first_date),
            *(
                next((f"{amount(dose.mg)} mg" for dose in step.doses if dose.slot == slot), "-")
                for slot in SLOTS._fields
            ),
            f"{amount(step.total)} mg",
        )
        for step in made.steps
    ]


@pytest.mark.parametrize("width", [10, 20, 40, 60, 80, 100, 140, 250])
@pytest.mark.parametrize("given", [{}, {"target": 30}, {"target": 30, "tablets": (10,)}, {"egfr": 20, "age": 70}])
def test_every_dose_and_date_can_be_read_at_any_width(width: int, given: dict[str, Any]) -> None:
    made = make(**given)
    assert doses_read(text_of(made, width)) == doses_of(made)


@settings(max_examples=60, deadline=None)
@given(st.integers(20, 160), st.dates(date(2026, 1, 1), date(2030, 1, 1)), st.integers(5, 6), st.integers(1, 366))
def test_no_line_is_wider_than_the_terminal_and_no_dose_is_lost(width: int, start: date, rungs: int, days: int) -> None:
    made = make(">90", target=5 * rungs, start=start, days=days, tablets=(10,))
    text = text_of(made, width)
    assert doses_read(text) == doses_of(made)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text


@pytest.mark.parametrize("width", [20, 60, 100, 140])
def test_every_gate_is_there_in_full(width: int) -> None:
    made = make(target=30)
    text = text_of(made, width)
    if width == 140:  # the gates have a column of their own
        lines = text.split("\n\n")[1].splitlines()
        words = " ".join(line[lines[1].index("Gate") :].strip() for line in lines)
    else:
        words = joined(text)
    assert all(joined(step.gate.text) in joined(words) for step in made.steps if step.gate)


def test_the_standard_plan_fits_one_screen_and_comes_first() -> None:
    lines = text_of(make()).splitlines()
    assert 24 <= len(lines) <= 30
    assert lines[6].split()[:2] == ["1", "1-3"]
    assert "Europe" not in lines[1]
    assert lines[1] == "28 days, Tue 1 Dec 2026 to Mon 28 Dec 2026; times in UTC"


def test_the_header_names_each_slot_with_its_clock_time() -> None:
    lines = text_of(make(slots=SLOTS._replace(morning=SLOTS.morning.replace(hour=7, minute=30)))).splitlines()
    assert lines[3].split() == ["Morning", "Midday", "Evening"]
    assert lines[4].split() == ["Step", "Days", "Dates", "07:30", "14:00", "20:00", "A", "day"]


def test_tablets_stand_under_their_dose_and_their_short_form_is_explained() -> None:
    text = text_of(make(target=20, tablets=(10,)))
    assert "½ x 10 is half a tablet of 10 mg; 1 x 10 is 1 tablet of 10 mg." in text
    lines = text.splitlines()
    below = next(number for number, line in enumerate(lines) if ROW.match(line)) + 1
    assert lines[below].split() == ["½", "x", "10"]


@pytest.mark.parametrize("width", [20, 80, 140])
def test_colour_adds_nothing_but_colour(width: int) -> None:
    made = make(20, age=70, target=5)
    plain = text_of(made, width)
    coloured = rendered(layout(made), width=width, color=True)
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    without = [line.rstrip() for line in ESCAPE.sub("", coloured).splitlines()]
    assert without == [line.rstrip() for line in plain.splitlines()]


def test_the_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made, plain = make(), text_of(make())
    for name, value in {"FORCE_COLOR": "1", "COLUMNS": "30", "TERM": "dumb", "JUPYTER_COLUMNS": "30"}.items():
        monkeypatch.setenv(name, value)
    assert text_of(made) == plain


def test_a_caution_is_its_short_text_on_one_line_and_all_notes_are_one_paragraph() -> None:
    made = make("61", age=70, target=20, taking=None, conditions=None)
    lines = text_of(made, 120).splitlines()
    for finding in made.findings:
        if finding.severity == "caution":
            assert f"Caution !  {finding.short}" in lines
    assert sum(line.startswith("Notes: ") for line in lines) == 1
    notes = joined(text_of(made))
    assert all(finding.short in notes for finding in made.findings if finding.severity == "note")


def test_findings_come_most_severe_first() -> None:
    made = revise(make(70, age=70), 5, "kidney", egfr=31, taking=("codeine",))
    labels = [line.label for line in summary.finding_lines(reversed(made.findings))]
    order = {"Stop": 0, "Urgent": 1, "Confirm": 2, "Confirmed": 2, "Caution": 3, "Notes": 4}
    assert [order[label] for label in labels] == sorted(order[label] for label in labels)
    assert {"Urgent", "Confirm", "Caution", "Notes"} <= {*labels}
    assert {"Confirmed", "Caution", "Notes"} <= {
        line.label for line in summary.finding_lines(make(31, age=70).findings)
    }


MANY = ("codeine", "diazepam", "gabapentin", "ramipril", "amlodipine", "ibuprofen", "lithium", "quetiapine", "xyzzine")
ILL = ("epilepsy", "stroke", "diabetes", "lupus", "sleep-apnoea", "urinary-retention", "systemic-sclerosis")


@cache
def burdened() -> Plan:
    """A plan with more findings than anybody expects: old, weak kidneys, many medicines, many illnesses."""
    return make("29", age=80, weight=60, tested=date(2026, 6, 1), taking=MANY, conditions=ILL, days=5)


def read_back(made: Plan, suffix: str) -> str:
    """Everything that one format says, as its reader sees it, without any space: lines break anywhere."""
    data = render(made, suffix)
    if suffix == "pdf":
        return bare(" ".join(pages_of(data)))
    if suffix == "html":
        return bare("".join(html5lib.parse(data.decode(), namespaceHTMLElements=False).itertext()))
    if suffix == "md":
        tokens = MarkdownIt("commonmark").enable("table").parse(data.decode())
        return bare("".join(child.content for token in tokens for child in token.children or ()))
    return bare(data.decode())


def bare(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("width", [40, 80, 140])
def test_the_table_leaves_no_finding_out_however_many_there_are(width: int) -> None:
    found = burdened().findings
    text = bare(text_of(burdened(), width))
    assert Counter(finding.severity for finding in found) == {"confirm": 14, "caution": 12, "note": 5}
    assert [finding for finding in found if bare(finding.short) not in text] == []
    assert text.count("Caution") == 12


@pytest.mark.parametrize("suffix", ["table", "md"])
def test_what_a_prescriber_confirmed_stands_in_what_the_terminal_says_with_its_code(suffix: str) -> None:
    text = read_back(burdened(), suffix)
    confirmed = [bare(f"{one.short} ({one.code}, by {DOCTOR})") for one in burdened().findings if one.confirmed_by]
    assert [finding for finding in confirmed if finding not in text] == []
    assert text.count(bare(f"by {DOCTOR}")) == 14


@pytest.mark.parametrize("suffix", ["md", "html", "pdf"])
def test_no_page_leaves_a_finding_out_however_many_there_are(suffix: str) -> None:
    text = read_back(burdened(), suffix)
    for finding in burdened().findings:
        told = finding.short if suffix == "md" else f"{finding.code}. {finding.message} ({finding.source})"
        assert bare(told) in text


def test_the_saved_plan_keeps_every_finding_however_many_there_are() -> None:
    saved = json.loads(render(burdened(), "json"))["findings"]
    assert [(row["code"], row["message"]) for row in saved] == [
        (finding.code, finding.message) for finding in burdened().findings
    ]


def test_a_refusal_tells_every_finding_however_many_there_are(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = f"--taking {','.join(MANY)} --condition {','.join(ILL)}"
    told = Desk(tmp_path, capfd, monkeypatch).titrate(
        f"plan --start 2026-12-01 --egfr 29 --age 80 --weight 60 --tested 2026-06-01 --days 5 {given} --format json"
    )
    assert told.code == 3
    text, kept = bare(told.err), told.document["findings"]
    assert [row["code"] for row in kept] == [finding.code for finding in burdened().findings]
    for finding in burdened().findings:
        assert bare(finding.message if finding.severity == "confirm" else finding.short) in text
        assert finding.severity != "confirm" or f"{finding.code}:" in text


def test_a_confirmed_finding_says_by_whom() -> None:
    assert f"(kidney-severe, by {DOCTOR})" in joined(text_of(make(20, age=40)))


def test_an_unconfirmed_finding_says_in_full_what_it_is_with_its_code_and_its_source() -> None:
    with pytest.raises(Refused) as refused:
        make(20, age=40, confirmed=())
    found = next(finding for finding in refused.value.findings if finding.code == "kidney-severe")
    text = joined(findings_text(refused.value.findings))
    assert text.startswith(
        f"─ A prescriber must decide kidney-severe: {found.message} Source: {found.source}.".replace("─", "─" * 78)
    )


def test_a_target_above_the_ceiling_names_the_ceiling_why_and_the_source() -> None:
    with pytest.raises(Refused) as refused:
        make(50, age=40, target=20)
    text = joined(findings_text(refused.value.findings, 60))
    assert text.lstrip("─ ").startswith(
        "Stop target-above-ceiling: The target of 20 mg a day is above the ceiling of 15 mg a day"
    )
    assert "S-MUANDA" in text


def test_a_label_stands_in_a_column_of_its_own_or_before_its_words_in_a_narrow_terminal() -> None:
    assert findings_text([CAUTION]) == "Caution !  the short text\n"
    assert findings_text([CAUTION], 30) == "Caution !: the short text\n"


def test_what_a_user_typed_reaches_the_terminal_without_escape_or_control_sequences() -> None:
    evil = "Dr\x1b[2J\x1b]0;owned\x07\x9b31m A.\nSmith\u202e\x00\r"
    made = make(20, age=40, confirmed=("kidney-severe",), prescriber=evil, output=Output(contact=evil))
    for width in (20, 100):
        text = text_of(made, width)
        assert joined(text).count("Dr A. Smith") == 2
        assert all(char == "\n" or char.isprintable() for char in text)


def test_every_output_says_the_six_things_whether_or_not_a_note_says_them_already() -> None:
    made = make()
    said = (
        "not licensed for Raynaud's",
        "one web article; no trial that it names could be confirmed",
        "The cap of 30 mg a day is this tool's safety",
        "Kidney limits below 80 are stricter than the article's: weak kidneys",
        "Take this plan to a prescriber: it does not prescribe.",
        "Do not stop suddenly.",
        "Lists of medicines are never complete.",
        "raynaud 2026.12: not yet reviewed by a prescriber.",
    )
    for one in (made, made._replace(findings=())):
        text = joined(text_of(one))
        assert [text.count(sentence) for sentence in said] == [1] * len(said)


def test_a_reviewed_protocol_says_by_whom() -> None:
    made = make()
    signed = made._replace(protocol=made.protocol._replace(reviewed_by="Dr. B, 2027-01-01"), findings=())
    assert "Protocol raynaud 2026.12: reviewed by Dr. B, 2027-01-01." in joined(text_of(signed))


def fact(made: Plan, label: str) -> str:
    return next(line.text for line in summary.facts(made) if line.label == label)


def test_target_and_ceiling_say_what_sets_them() -> None:
    assert fact(make(), "Target") == "15 mg a day; ceiling 30 mg a day (the protocol's cap)"
    assert fact(make(50, age=40), "Target") == "10 mg a day; ceiling 15 mg a day (kidney band G3a)"


@pytest.mark.parametrize(
    ("egfr", "said"),
    [
        (85, "eGFR 85 mL/min/1.73 m2 (reported), band G1-G2"),
        (">60", "eGFR >60, read as 60, mL/min/1.73 m2 (reported), band G2"),
        ("62.4", "eGFR 62.4 mL/min/1.73 m2 (reported), band G2, 2.4 above the cut-off 60"),
        ("59.999", "eGFR 59.99 mL/min/1.73 m2 (reported), band G3a, less than 0.01 below the cut-off 60"),
        ("45", "eGFR 45 mL/min/1.73 m2 (reported), band G3a, exactly at the cut-off 45"),
    ],
)
def test_the_kidney_line_says_value_basis_band_and_how_near_a_cut_off(egfr: Any, said: str) -> None:
    assert fact(make(egfr, age=40), "Kidney") == said


def test_both_computed_kidney_values_are_shown_and_never_rounded_up() -> None:
    kidney = KidneyFunction(
        Decimal("44.99999"), "CrCl computed", "G3b", "Cockcroft-Gault", Decimal("58.129"), Decimal("44.99999")
    )
    assert fact(make()._replace(kidney=kidney), "Kidney") == (
        "creatinine clearance 44.99 mL/min (computed, Cockcroft-Gault), band G3b; "
        "eGFR 58.13 mL/min/1.73 m2, the lower counts"
    )
    lower = kidney._replace(value=Decimal("44.1"), basis="eGFR computed", egfr=Decimal("44.1"))
    assert fact(make()._replace(kidney=lower), "Kidney").endswith("creatinine clearance 44.99 mL/min, the lower counts")


def test_dialysis_stands_in_the_place_of_any_value() -> None:
    made = revise(make(age=40), 5, "kidney", dialysis=True)
    assert fact(made, "Kidney") == "dialysis, band G5 whatever the value"


def test_supply_counts_packs_that_are_opened() -> None:
    assert fact(make(), "Supply") == "74 tablets of 5 mg, or 37 tablets of 10 mg"
    assert fact(make(tablets=(5,), pack=28), "Supply") == "74 tablets of 5 mg (3 packs of 28)"
    assert fact(make(days=1, tablets=(5,), pack=28), "Supply") == "1 tablet of 5 mg (1 pack of 28)"


def test_the_end_of_an_open_plan_is_not_a_stop() -> None:
    assert fact(make(), "Ends") == ("Mon 28 Dec 2026 (day 28): not a stop; call before the tablets run out")


def test_a_taper_says_its_last_dose_and_the_check_in_and_what_changed() -> None:
    made = revise(make(), 20, "stop", reason="no\x1b[1m help")
    labels = [line.label for line in summary.facts(made)]
    assert "Review" not in labels
    assert "Ends" not in labels
    last = made.days[-1]
    check = weekday_date(date.fromordinal(last.date.toordinal() + 3))
    assert fact(made, "Last dose") == f"{weekday_date(last.date)} (day {last.number}); check-in {check}"
    assert fact(made, "Change 1") == "from Sun 20 Dec 2026: stop, step by step (no help)"
    assert fact(made, "Supply").endswith(", counted from Sun 20 Dec 2026")
    assert doses_read(text_of(made)) == doses_of(made)


@pytest.mark.parametrize(
    ("action", "more", "said"),
    [
        ("hold", {"days": 1}, "hold the dose for 1 day"),
        ("hold", {"days": 4}, "hold the dose for 4 days"),
        ("step-back", {}, "step back by one dose"),
        ("target", {"target": Decimal(20)}, "new target 20 mg a day"),
    ],
)
def test_every_change_is_told_in_words(action: str, more: dict[str, Any], said: str) -> None:
    made = revise(make(age=40), 9, action, **more)
    assert fact(made, "Change 1") == f"from Wed 9 Dec 2026: {said}"


def test_a_suspended_plan_says_that_no_dose_is_planned_and_to_call() -> None:
    made = revise(make(age=40), 5, "kidney", egfr=12)
    assert fact(made, "Suspended").startswith("no dose is planned after Fri 4 Dec 2026 (day 4): call before")
    assert doses_read(text_of(made)) == doses_of(made)


def test_a_plan_without_a_single_dose_can_be_shown() -> None:
    made = make()._replace(days=(), steps=(), supply=(), review=None, ending="suspended")
    text = joined(text_of(made))
    assert "no dose is planned from Tue 1 Dec 2026" in text
    assert "Suspended" in text


def test_a_calendar_that_floats_says_so() -> None:
    assert "times follow the phone" in text_of(make(floating=True))
