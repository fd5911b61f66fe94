"""`titrate revise` from the command line: one change, shown as a difference, written whole or not at all."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from command import Desk

FIRST = (
    "plan --start 2026-12-01 --egfr 85 --age 40 --tested 2026-11-20 --taking none --condition none --not-pregnant "
    "-o plan.json"
)
CALENDAR = "the calendar on the phone is still the old one: write a new one with -o plan.ics, here or with titrate show"


@pytest.fixture
def desk(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk(tmp_path, capfd, monkeypatch)
    assert desk.titrate(FIRST).code == 0
    desk.now(2026, 12, 5, 8, 0)
    return desk


def doses(desk: Desk, name: str = "plan.json") -> list[int]:
    return [day["total_mg"] for day in json.loads(desk.read(name))["days"]]


def test_a_hold_is_shown_written_and_the_plan_before_kept(desk: Desk) -> None:
    before = desk.read("plan.json")
    told = desk.titrate("revise plan.json --from today --hold 7 --reason 'sleepy at work'")
    assert told.code == 0
    assert told.out.splitlines()[0].startswith("Tue 8 Dec 2026 to Mon 14 Dec 2026: 15 mg a day")
    assert told.err.splitlines() == [
        "From Sat 5 Dec 2026 (today): hold the dose for 7 days.",
        "wrote plan.json; the plan before is kept in plan.json.1.bak",
        CALENDAR,
    ]
    assert desk.read("plan.json.1.bak") == before
    assert doses(desk) == [5] * 3 + [10] * 11 + [15] * 15
    row = json.loads(desk.read("plan.json"))["revisions"][0]
    assert row == {
        "number": 1,
        "at": "2026-12-05T08:00:00Z",
        "from": "2026-12-05",
        "action": "hold",
        "days": 7,
        "reason": "sleepy at work",
    }


def test_every_file_before_is_kept_and_no_other_file_is_left(desk: Desk) -> None:
    first = desk.read("plan.json")
    desk.titrate("revise plan.json --from today --hold 1")
    middle = desk.read("plan.json")
    desk.titrate("revise plan.json --from today --hold 1")
    assert [desk.read("plan.json.1.bak"), desk.read("plan.json.2.bak")] == [first, middle]
    assert desk.files() == ["plan.json", "plan.json.1.bak", "plan.json.2.bak"]


def test_a_dry_run_shows_and_writes_nothing(desk: Desk) -> None:
    before = desk.read("plan.json")
    told = desk.titrate("revise plan.json --from 2026-12-05 --hold 7 --dry-run -o other.json")
    assert told.code == 0
    assert "-> 10 mg a day" in " ".join(told.out.split())
    assert told.err == "From Sat 5 Dec 2026 (today): hold the dose for 7 days.\nnothing was written (--dry-run)\n"
    assert desk.files() == ["plan.json"]
    assert desk.read("plan.json") == before
    shown = desk.titrate("revise plan.json --from 2026-12-05 --hold 7 --dry-run --format json")
    assert len(shown.document["revisions"]) == 1
    assert desk.read("plan.json") == before


def test_another_name_leaves_the_old_plan_as_it_is(desk: Desk) -> None:
    before = desk.read("plan.json")
    told = desk.titrate("revise plan.json --from today --hold 7 -o new.json -o new.ics")
    assert told.code == 0
    assert "wrote new.json, new.ics" in told.err
    assert "hint: add -o plan.json" not in told.err
    assert CALENDAR not in told.err
    assert desk.files() == ["new.ics", "new.json", "plan.json"]
    assert desk.read("plan.json") == before
    assert len(doses(desk, "new.json")) == 29


def test_the_own_name_as_output_is_the_own_file_with_its_copy(desk: Desk) -> None:
    before = desk.read("plan.json")
    told = desk.titrate("revise plan.json --from today --hold 7 -o ./plan.json -o plan.csv")
    assert told.code == 0
    assert desk.files() == ["plan.csv", "plan.json", "plan.json.1.bak"]
    assert desk.read("plan.json.1.bak") == before
    assert len(doses(desk)) == 29


def test_a_calendar_alone_still_writes_the_plan(desk: Desk) -> None:
    told = desk.titrate("revise plan.json --from today --hold 7 -o plan.ics")
    assert "wrote plan.json, plan.ics; the plan before is kept in plan.json.1.bak" in told.err
    assert "hint: delete the old calendar of this plan" in told.err
    assert "hint: add -o plan.json" not in told.err
    assert len(doses(desk)) == 29


def test_data_on_stdout_stays_data(desk: Desk) -> None:
    told = desk.titrate("revise plan.json --from today --hold 7 --format json")
    assert told.data == desk.read("plan.json")
    assert "-> 10 mg a day" in " ".join(told.err.split())


def test_standard_input_gives_the_new_plan_on_standard_output(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def feed() -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(desk.read("plan.json"))))

    feed()
    told = desk.titrate("revise - --from today --hold 7")
    assert told.code == 0
    assert told.document["days"][7]["total_mg"] == 10
    assert "-> 10 mg a day" in " ".join(told.err.split())
    feed()
    assert desk.titrate("revise - --from today --hold 7 -o new.json").out.startswith("Tue 8 Dec 2026 to Mon 14 Dec")
    assert len(doses(desk, "new.json")) == 29
    feed()
    lost = desk.titrate("revise - --from today --hold 7 --format table")
    assert (lost.code, lost.out) == (2, "")
    assert "the new plan would be lost; give -o FILE.json or --format json" in lost.err
    feed()
    with_calendar = desk.titrate("revise - --from today --hold 7 -o new.ics")
    assert with_calendar.document["days"][7]["total_mg"] == 10
    assert desk.files() == ["new.ics", "new.json", "plan.json"]


# --- What it takes and refuses ---


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        ("", 2, "nothing to do is given; give exactly one of --hold DAYS"),
        ("--hold 3 --stop", 2, "hold and stop are given; give exactly one"),
        ("--hold 0", 2, "--hold: 0 is out of range; give 1 to 366 days"),
        ("--hold week", 2, "--hold: week is not a plain number"),
        ("--hold -3", 2, "--hold: -3 is not a plain number"),
        ("--hold 366", 3, "longer than 366 days"),
        ("--target 12", 2, "--target: 12 is not a daily dose"),
        ("--target 35", 2, "--target: 35 is not a daily dose"),
        ("--resume", 2, "--resume: nothing is held"),
        ("--egfr 500", 2, "--egfr"),
        ("--creatinine 88umol/L", 2, "--sex"),
        ("--hold 3 --confirm epilepsy --prescriber X", 2, "--confirm: epilepsy was not raised"),
        ("--hold 3 --condition epilepsy --confirm epilepsy", 2, "needs the prescriber's name"),
        ("--hold 3 --reason ''", 2, "--reason: it is empty"),
        ("--hold 3 --reason 'a\x07b'", 2, "--reason: U+0007 cannot be printed"),
        ("--hold 3 --condition nonsense-itis", 2, "nonsense-itis"),
        ("--hold 3 -o plan.docx", 2, "is no known format"),
        ("--hold 3 --format docx", 2, "--format: docx is unknown"),
        ("--hold 3 --tested 2027-01-01", 2, "--tested: 2027-01-01 is in the future"),
    ],
)
def test_what_is_wrong_or_against_the_rules_writes_nothing(options: str, code: int, told: str, desk: Desk) -> None:
    before = desk.read("plan.json")
    run = desk.titrate(f"revise plan.json --from 2026-12-05 {options}")
    assert run.code == code
    assert told in run.err
    assert "Traceback" not in run.err
    assert (run.out, desk.files(), desk.read("plan.json")) == ("", ["plan.json"], before)


@pytest.mark.parametrize(
    ("when", "code", "told"),
    [
        ("03/04/2026", 2, "not a date that everybody reads alike"),
        ("2026-11-30", 3, "2026-11-30 is before day 1 (2026-12-01)"),
        ("2028-01-01", 2, "2028-01-01 is more than 366 days ahead; check the year"),
    ],
)
def test_a_date_that_the_plan_does_not_have_is_refused_with_the_way_out(
    when: str, code: int, told: str, desk: Desk
) -> None:
    run = desk.titrate(f"revise plan.json --from {when} --hold 3")
    assert (run.code, run.out) == (code, "")
    assert told in run.err


def test_a_change_after_the_end_finds_the_last_dose_still_taken(desk: Desk) -> None:
    assert desk.titrate("revise plan.json --from 2027-01-01 --stop").code == 0
    assert doses(desk)[27:] == [15] * 4 + [10] * 7 + [5] * 7
    over = desk.titrate("revise plan.json --from 2027-03-01 --hold 3")
    assert over.code == 3
    assert "the plan is over" in over.err


def test_a_rise_that_a_finding_forbids_exits_3_and_says_how_to_confirm(desk: Desk) -> None:
    before = desk.read("plan.json")
    refused = desk.titrate("revise plan.json --from tomorrow --target 20 --taking codeine")
    assert (refused.code, refused.out) == (3, "")
    assert "no rise until a prescriber confirms: cns-depressant" in refused.err
    last = refused.err.splitlines()[-1].strip()
    assert last == (
        "titrate revise plan.json --from 2026-12-06 --target 20 --taking codeine --confirm cns-depressant --prescriber NAME"
    )
    assert desk.read("plan.json") == before
    assert desk.titrate(last.removeprefix("titrate ")).code == 2  # copied as it is, it names nobody
    confirmed = desk.titrate(last.removeprefix("titrate ").replace("NAME", "'Dr. A. Weber'"))
    assert confirmed.code == 0
    assert max(doses(desk)) == 20
    document = desk.titrate("show plan.json --format json").document
    assert next(one for one in document["findings"] if one["severity"] == "confirm")["confirmed_by"] == "Dr. A. Weber"


def test_the_refusal_as_json_says_how_to_confirm(desk: Desk) -> None:
    told = desk.titrate("revise plan.json --from tomorrow --target 20 --taking codeine --format json")
    assert told.document["schema"] == "titrate/refusal/1"
    assert told.document["confirm_with"].startswith("titrate revise plan.json --from 2026-12-06")
    stopped = desk.titrate("revise plan.json --from tomorrow --target 20 --pregnant --format json")
    assert (stopped.code, stopped.document["confirm_with"]) == (3, None)


def test_what_only_lowers_is_written_with_its_findings_and_says_that_no_rise_follows(desk: Desk) -> None:
    told = desk.titrate("revise plan.json --from today --hold 1 --taking codeine")
    assert told.code == 0
    command = "titrate revise plan.json --from 2026-12-05 --confirm cns-depressant --prescriber NAME"
    assert (
        f"no later rise is planned until a prescriber confirms cns-depressant. To confirm:\n  {command}\n" in told.err
    )
    assert set(doses(desk)[3:]) == {10}
    alone = desk.titrate("revise plan.json.1.bak --from today --hold 1 --pregnant -o pregnant.json")
    assert "no later rise is planned while this stands" in alone.err
    pregnant = desk.titrate("revise plan.json --from today --step-back --pregnant")
    assert pregnant.code == 0
    assert "do not stop at once" in pregnant.err.lower()


# --- News: facts alone ---


@pytest.mark.parametrize(
    ("options", "key", "value"),
    [
        ("--taking ramipril", "taking", ["ramipril"]),
        ("--condition diabetes", "condition", ["diabetes"]),
        ("--condition none", "condition", []),
        ("--pregnant", "pregnant", True),
        ("--not-pregnant", "pregnant", False),
        ("--not-breastfeeding", "breastfeeding", False),
        ("--no-dialysis", "dialysis", False),
        ("--age 41", "age", 41),
        ("--weight 62", "weight", 62),
        ("--tested 2026-12-04", "tested", "2026-12-04"),
    ],
)
def test_facts_alone_are_news_and_no_dose_rises_by_it(options: str, key: str, value: object, desk: Desk) -> None:
    before = doses(desk)
    told = desk.titrate(f"revise plan.json --from today {options}")
    assert told.code == 0
    row = json.loads(desk.read("plan.json"))["revisions"][0]
    no_rise = {"no-rise": True} if "pregnant" in options and value is True else {}
    assert (
        row == {"number": 1, "at": "2026-12-05T08:00:00Z", "from": "2026-12-05", "action": "news", key: value} | no_rise
    )
    if no_rise:
        assert doses(desk) == [5] * 3 + [10] * 25
        assert "Pregnancy in a running plan" in told.err
    else:
        assert told.out.startswith("No dose changes.")
        assert doses(desk) == before


def test_a_medicine_no_longer_taken_is_news_and_lets_no_dose_rise(desk: Desk) -> None:
    assert desk.titrate("revise plan.json --from today --hold 1 --taking codeine,ramipril").code == 0
    waiting = doses(desk)
    told = desk.titrate("revise plan.json --from tomorrow --stopped Codeine")
    assert (told.code, told.out.startswith("No dose changes.")) == (0, True)
    assert "codeine" not in told.err
    assert "ramipril" not in told.err  # it was said when it was learned
    row = json.loads(desk.read("plan.json"))["revisions"][1]
    assert (row["action"], row["stopped"], row["no-rise"]) == ("news", ["Codeine"], True)
    assert doses(desk) == waiting
    desk.now(2026, 12, 9, 8, 0)
    assert desk.titrate("revise plan.json --from today --target 15").code == 0
    assert doses(desk)[8] == 15


def test_a_yes_may_become_a_no(desk: Desk) -> None:
    assert desk.titrate("revise plan.json --from today --pregnant --breastfeeding").code == 0
    told = desk.titrate("revise plan.json --from tomorrow --not-pregnant --not-breastfeeding")
    assert (told.code, "Pregnancy" in told.err) == (0, False)
    assert desk.titrate("show plan.json").code == 0


def test_what_is_not_answered_is_not_stored(desk: Desk) -> None:
    inputs = json.loads(desk.read("plan.json"))["inputs"]
    assert (inputs["pregnant"], "breastfeeding" in inputs, "dialysis" in inputs) == (False, False, False)
    line = "plan --start 2026-12-10 --egfr 85 --age 40 --not-breastfeeding --no-dialysis -o other.json"
    assert desk.titrate(line).code == 0
    inputs = json.loads(desk.read("other.json"))["inputs"]
    assert ("pregnant" in inputs, inputs["breastfeeding"], inputs["dialysis"]) == (False, False, False)
    said = " ".join(desk.titrate("show other.json --format html").out.split())
    assert "conditions not asked; pregnant not asked; breastfeeding no; dialysis no" in said


def test_a_plan_of_the_first_protocol_is_revised_by_the_newest(desk: Desk) -> None:
    saved = Path(__file__).parents[1] / "inputs" / "saved_by_0.1.0" / "exposure.json"
    (desk.folder / "old.json").write_bytes(saved.read_bytes())
    desk.now(2026, 12, 16, 8, 0)
    told = desk.titrate("revise old.json --from tomorrow --condition none --not-pregnant --age 40")
    assert told.code == 0
    said = " ".join(told.out.split())
    assert "Ceiling: 30 mg a day -> 20 mg a day" in said
    assert "Target: 30 mg a day -> 20 mg a day" in said
    assert max(doses(desk, "old.json")) == 20
    refused = desk.titrate("revise old.json --from tomorrow --target 25")
    assert refused.code == 3
    assert "25 mg a day is above the ceiling of 20 mg for kidney band G2" in refused.err
    assert "30 mg would act like 45" in refused.err


def test_a_fall_of_the_kidneys_is_said_first(desk: Desk) -> None:
    told = desk.titrate("revise plan.json --from 2026-12-12 --egfr 50")
    lines = told.err.splitlines()
    assert lines[1:3] == ["  Urgent", lines[2]]
    assert lines[2].startswith("  kidney-fall: The eGFR fell from 85 to 50, by a third or more.")
    shown = desk.titrate("show plan.json").out
    assert shown.index("  kidney-fall: The eGFR fell from 85 to 50") < shown.index("Step  Days")


def test_kidney_failure_suspends_and_says_to_call(desk: Desk) -> None:
    told = desk.titrate("revise plan.json --from 2026-12-12 --egfr 12")
    assert told.code == 0
    assert "the plan is suspended: call the prescriber before the next dose" in told.err
    assert "  Urgent\n  kidney-failure: Kidney failure" in told.err
    again = desk.titrate("revise plan.json --from 2026-12-13 --hold 1")
    assert again.code == 3
    assert "the plan is suspended" in again.err
    for name in ("csv", "md", "json", "ics", "html", "table"):
        assert desk.titrate(f"show plan.json --format {name}").code == 0


def test_a_clock_that_was_set_back_never_makes_a_stamp_before_the_last(desk: Desk) -> None:
    desk.titrate("revise plan.json --from 2026-12-05 --hold 1")
    desk.now(2026, 11, 1)
    told = desk.titrate("revise plan.json --from 2026-12-06 --hold 1")
    assert told.code == 0
    stamps = [row["at"] for row in json.loads(desk.read("plan.json"))["revisions"]]
    assert stamps == ["2026-12-05T08:00:00Z", "2026-12-05T08:00:01Z"]


@pytest.mark.parametrize("option", ["--prescriber 'Dr \x07'", "--taking 'co\x07dein'", "--reason 'a\x1bb'"])
def test_text_that_no_page_can_print_is_refused_before_it_is_saved(option: str, desk: Desk) -> None:
    before = desk.read("plan.json")
    told = desk.titrate(f"revise plan.json --from today --hold 1 {option}")
    assert (told.code, told.out, desk.read("plan.json")) == (2, "", before)


def test_the_printed_command_goes_on_from_what_was_written(desk: Desk) -> None:
    planned = doses(desk)
    assert desk.titrate("revise plan.json --from today --taking codeine").code == 0
    assert max(doses(desk)) < max(planned)
    assert desk.titrate("revise plan.json --from 2026-12-05 --confirm cns-depressant --prescriber Dr-W").code == 0
    assert doses(desk) == planned


def test_where_no_rise_follows_from_facts_the_way_to_go_up_again_is_printed_and_is_right(desk: Desk) -> None:
    assert desk.titrate("revise plan.json --from today --taking codeine").code == 0
    told = desk.titrate("revise plan.json --from today --stopped codeine")
    command = "revise plan.json --from 2026-12-05 --target 15"
    assert f"no rise follows from new facts alone. To go up again:\n  titrate {command}\n" in told.err
    assert desk.titrate(command).code == 0
    assert max(doses(desk)) == 15


@pytest.mark.parametrize(("facts", "place"), [("--taking none", "--taking"), ("--condition none", "--condition")])
def test_none_beside_what_is_on_record_is_refused(desk: Desk, facts: str, place: str) -> None:
    known = "--taking sertraline" if place == "--taking" else "--condition migraine"
    assert desk.titrate(f"revise plan.json --from today {known}").code == 0
    told = desk.titrate(f"revise plan.json --from today {facts}")
    assert told.code == 2
    assert told.err.startswith(f"titrate: {place}: it says none, but {known.split()[1]} is on ")
