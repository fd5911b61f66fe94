"""`titrate screen`, and what screening does to `titrate plan`, from the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from titrate.cli.app import run
from titrate.evidence import reader
from titrate.export.evidence.screening import NOT_ASKED, OPTIONS

FRAIL = ("--creatinine", "0.6 mg/dL", "--age", "88", "--sex", "female", "--weight", "42")
HEALTHY = ("--egfr", "85", "--age", "40", "--tested", "2026-11-01")
BY = ("--prescriber", "Dr A")
HEAVY = (
    "titrate.engine.names",
    "titrate.evidence.claims",
    "titrate.engine.interactions",
    "icalendar",
    "typst",
    "jinja2",
    "json",
)


@pytest.fixture(autouse=True)
def _a_terminal_of_100_columns_on_a_fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TITRATE_TZ", "UTC")
    monkeypatch.setattr("titrate.cli.clock.utc_now", lambda: datetime(2026, 11, 23, 12, tzinfo=UTC))


class Told:
    """What a run said: its exit code, the words on stdout and stderr, and its lines."""

    def __init__(self, capfd: pytest.CaptureFixture[str], *argv: str) -> None:
        self.code = run(argv)
        self.out, self.err = capfd.readouterr()
        self.words = " ".join(self.out.split())
        self.said = " ".join(self.err.split())

    @property
    def document(self):
        return json.loads(self.out, parse_float=Decimal)


@pytest.fixture
def screen(capfd: pytest.CaptureFixture[str]):
    return lambda *options: Told(capfd, "screen", *options)


@pytest.fixture
def plan(capfd: pytest.CaptureFixture[str]):
    return lambda *options: Told(capfd, "plan", "--start", "2026-12-01", *options)


def codes(told: Told) -> list[str]:
    return [finding["code"] for finding in told.document["findings"]]


# --- titrate screen ---


def test_findings_are_told_in_full_by_severity_with_code_source_and_how_to_confirm(screen) -> None:
    told = screen(*FRAIL, "--taking", "nifedipine,Foobarol", "--taking", "none such")
    assert told.code == 0
    titles = ["Confirm (4): no plan until", "Caution (4): a plan is made", "Note (5): true of this plan"]
    at = [told.out.index(title) for title in titles]
    assert at == sorted(at)
    assert "Age 88 with kidney value 42.97: from age 65 the Beers criteria say avoid" in told.words
    assert "Source: S-BEERS23, table 6, baclofen To confirm: --confirm beers-kidney --prescriber NAME" in told.words
    assert "Source: S-DELIRIUM23, abstract To confirm: --confirm age-65-plus --prescriber NAME" in told.words
    assert "nifedipine (calcium channel blocker, the usual first treatment of Raynaud's)" in told.words
    assert "Foobarol: not in our list, so nobody has checked" in told.words


def test_it_makes_no_schedule(screen) -> None:
    told = screen(*HEALTHY, "--taking", "none")
    assert told.code == 0
    assert "evening" not in told.words
    assert not {"steps", "days", "review", "supply"} & screen(*HEALTHY, "--format", "json").document.keys()


def test_a_missing_confirmation_is_the_title_and_the_last_word_and_exits_with_0(screen) -> None:
    told = screen(*HEALTHY, "--taking", "diazepam")
    assert told.code == 0
    assert told.out.splitlines()[:2] == ["Screening: no plan until a prescriber confirms", "Confirm: cns-depressant"]
    assert told.err == "titrate: no plan until a prescriber confirms: cns-depressant\n"


def test_a_confirmation_is_told_and_then_nothing_stands_in_the_way(screen) -> None:
    told = screen(*HEALTHY, "--taking", "diazepam", "--confirm", "cns-depressant", *BY)
    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines()[:2] == [
        "Screening: nothing found that stops a plan",
        "Confirmed by Dr A: cns-depressant",
    ]
    assert "To confirm" not in told.out


@pytest.mark.parametrize("format", ["table", "md", "json"])
def test_what_stops_exits_with_3_in_every_format(screen, format: str) -> None:
    told = screen(*HEALTHY, "--pregnant", "--taking", "diazepam", "--format", format)
    assert told.code == 3
    assert told.err == "titrate: no plan: pregnancy\n"
    assert "pregnancy" in told.out
    assert "cns-depressant" in told.out


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--dialysis",), "kidney-failure"),
        (("--egfr", "14.9"), "kidney-failure"),
        (("--egfr", "85", "--age", "17"), "under-18"),
        (("--egfr", "50", "--age", "40", "--target", "20"), "target-above-ceiling"),
        ((*HEALTHY, "--taking", "Lioresal 10 mg"), "already-on-baclofen"),
        ((*HEALTHY, "--condition", "AKI"), "kidney-failure"),
        ((*HEALTHY, "--condition", "stomach ulcer"), "active-peptic-ulcer"),
    ],
)
def test_each_stop_is_named(screen, options: tuple[str, ...], code: str) -> None:
    told = screen(*options)
    assert (told.code, told.err) == (3, f"titrate: no plan: {code}\n")
    assert f"Stop: {code}" in told.out.splitlines()


def test_nobody_is_told_that_it_is_safe(screen) -> None:
    told = screen(*HEALTHY, "--taking", "paracetamol")
    assert "lists of medicines are never complete" in told.words
    assert " safe " not in told.words


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        (
            FRAIL,
            (
                "The lower of two decides: creatinine clearance 42.97 mL/min (Cockcroft-Gault); eGFR 86.28 mL/min/1.73 m2. "
                "Band G3b: usual target 5 mg a day, ceiling 10 mg a day. Nearest cut-off 45: the value is 2.03 below it."
            ),
        ),
        (
            ("--creatinine", "88umol/L", "--age", "50", "--sex", "female", "--target", "20"),
            (
                "eGFR 69.01 mL/min/1.73 m2 (CKD-EPI 2021). Band G2: usual target 15 mg a day, ceiling 20 mg a day; "
                "asked for: 20 mg a day. Nearest cut-off 60: the value is 9.01 above it."
            ),
        ),
        (
            ("--egfr", "15"),
            "eGFR 15 mL/min/1.73 m2, as reported. Band G4: usual target 5 mg a day, ceiling 5 mg a day. The value",
        ),
        (("--egfr", "44.9999"), "eGFR 44.99 mL/min/1.73 m2, as reported. Band G3b: "),
        (("--egfr", "44.9999"), "Nearest cut-off 45: the value is less than 0.01 below it."),
        (
            (*FRAIL[:-2], "--weight", "300"),
            "The lower of two decides: eGFR 86.28 mL/min/1.73 m2 (CKD-EPI 2021); creatinine clearance",
        ),
        (("--egfr", ">60"), "eGFR as reported: >60 mL/min/1.73 m2, read as 60."),
        (("--egfr", ">60"), "How near the next cut-off is cannot be known: the laboratory gave only a bound."),
        (("--egfr", "15"), "The value is exactly on the cut-off 15."),
        (("--egfr", "12"), "eGFR 12 mL/min/1.73 m2, as reported. Band G5: no dose."),
        (("--egfr", "85", "--dialysis"), "Dialysis: band G5 whatever the value, no dose."),
        (("--egfr", "85", "--age", "17"), "Not judged: neither the equations nor the bands hold below age 18."),
    ],
)
def test_the_kidney_line_says_equation_value_band_and_how_near_the_cut_off(screen, options, lines: str) -> None:
    assert lines in screen(*options).words


def test_a_weight_without_a_creatinine_is_accepted_and_said_not_to_be_used(screen) -> None:
    told = screen(*HEALTHY, "--weight", "62", "--format", "json")
    assert told.code == 0
    assert "weight-not-used" in codes(told)


def test_the_document_is_the_same_in_values(screen) -> None:
    told = screen(*FRAIL, "--taking", "diazepam", "--spasticity", "--confirm", "beers-kidney", *BY, "--format", "json")
    document = told.document
    assert told.code == 0
    assert {name: document[name] for name in list(document)[:9]} == {
        "schema": "titrate/screen/1",
        "inputs": {
            "creatinine": "0.6 mg/dL",
            "age": 88,
            "sex": "female",
            "weight": 42,
            "taking": ["diazepam"],
            "confirm": ["beers-kidney"],
            "prescriber": "Dr A",
        },
        "kidney": {
            "value": Decimal("42.9722"),
            "basis": "CrCl computed",
            "band": "G3b",
            "equation": "Cockcroft-Gault",
            "egfr": Decimal("86.2808"),
            "crcl": Decimal("42.9722"),
        },
        "ceiling_mg_per_day": 10,
        "target_mg_per_day": 5,
        "nearest_cut_off": {"value": 45, "distance": Decimal("2.0277")},
        "result": "confirm",
        "to_confirm": ["age-65-plus", "cns-depressant"],
        "names": [
            {"typed": "diazepam", "kind": "medicine", "taken_for": "diazepam", "outcome": "confirm"},
        ],
    }
    assert list(document)[9:] == ["findings", "reasons_to_try", "sources"]
    confirmed = [one for one in document["findings"] if "confirmed_by" in one]
    assert [(one["code"], one["confirmed_by"]) for one in confirmed] == [("beers-kidney", "Dr A")]
    assert {one["option"]: one["given"] for one in document["reasons_to_try"]} == {
        "--ccb-not-tolerated": False,
        "--spasticity": True,
        "--ulcers-despite-vasodilators": False,
        None: None,
    }
    named = {id for finding in document["findings"] for id in finding["source"].replace(",", " ").split() if "S-" in id}
    assert named <= {source["id"] for source in document["sources"]}


def test_under_18_no_kidney_value_and_no_limit_is_given(screen) -> None:
    document = screen("--egfr", "85", "--age", "17", "--format", "json").document
    assert [document[name] for name in ("kidney", "ceiling_mg_per_day", "target_mg_per_day", "nearest_cut_off")] == [
        None
    ] * 4


def test_on_dialysis_there_is_no_value_and_no_ceiling(screen) -> None:
    document = screen("--dialysis", "--format", "json").document
    assert (document["kidney"]["value"], document["kidney"]["band"], document["ceiling_mg_per_day"]) == (None, "G5", 0)


def test_a_page_for_a_record_says_the_same(screen) -> None:
    told = screen(*HEALTHY, "--taking", "codeine|x", "--format", "md")
    assert told.out.startswith("# Screening: no plan until a prescriber confirms\n")
    assert "| **cns-depressant** | codeine\\|x (opioid): taken with baclofen" in told.out


@pytest.mark.parametrize("columns", ["20", "40", "60", "79", "100", "200"])
def test_no_word_is_lost_in_a_narrow_terminal_nor_broken_where_a_line_has_room_for_it(
    screen, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    wide = screen(*FRAIL, "--taking", "diazepam,nifedipine", "--condition", "asthma", "--format", "md").words
    monkeypatch.setenv("COLUMNS", columns)
    told = screen(*FRAIL, "--taking", "diazepam,nifedipine", "--condition", "asthma")
    for word in ("beers-kidney", "cns-depressant", "calcium-channel-blocker", "respiratory-impairment", "--prescriber"):
        assert word in wide
        assert word in (told.out if columns != "20" else "".join(told.out.split()))
    assert max(map(len, told.out.splitlines())) <= int(columns)


# --- When to try ---


def test_every_reason_in_the_evidence_has_an_option_or_is_none() -> None:
    assert {reason.id for reason in reader.reasons_to_try()} == {*OPTIONS, *NOT_ASKED}


@pytest.mark.parametrize("option", OPTIONS.values())
def test_an_option_marks_its_reason_and_no_other(screen, option: str) -> None:
    reasons = screen(*HEALTHY, option, "--format", "json").document["reasons_to_try"]
    assert [one["option"] for one in reasons if one["given"]] == [option]
    told = screen(*HEALTHY, option)
    assert f"Given here: {option}. Any one of the three is a reason for the article." in told.words
    assert told.words.count(" yes ") == 1


def test_without_a_reason_the_article_would_not_try_it_and_the_options_are_named(screen) -> None:
    told = screen(*HEALTHY)
    options = "--ccb-not-tolerated, --spasticity, --ulcers-despite-vasodilators"
    assert f"No reason was given; the article would then not try baclofen. Options: {options}." in told.words
    assert " yes " not in told.words


def test_first_comes_a_calcium_channel_blocker_and_nerve_pain_is_unsupported(
    screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "140")  # wide enough for these rows to be read line by line
    told = screen(*HEALTHY, *OPTIONS.values())
    section = told.out[told.out.index("When the article would try") : told.out.index("Sources named here")]
    assert "First comes a calcium channel blocker" in section
    assert any(
        "Nerve pain: not a reason." in line and "unsupported" in line and "disputed" in line
        for line in section.splitlines()
    )


def test_a_reason_to_try_lifts_nothing(screen) -> None:
    assert screen(*HEALTHY, "--pregnant", *OPTIONS.values()).code == 3


# --- What is refused ---

WRONG = [
    (("--egfr", "85", "--confirm", "epilepsy", *BY), "--confirm: epilepsy was not raised; leave it out"),
    ((*HEALTHY, "--taking", "diazepam", "--confirm", "cns-depressant"), "give --prescriber NAME"),
    (("--egfr", "85", "--target", "7"), "--target: 7 is not a daily dose of this protocol; give one of 5, 10"),
    (("--egfr", "85", "--tested", "2026-12-31"), "--tested: 2026-12-31 is in the future; give the day"),
    (("--egfr", "85", "--condition", "diabetis"), "diabetis is not in our list; did you mean diabetes"),
    (("--egfr", "85", "--taking", ","), "--taking: the name is empty; give a name, or none"),
    (("--egfr", "85", "--taking", "none,lithium"), "--taking: none and lithium contradict each other; leave one out"),
    (("--egfr", "85", "--condition", "none", "--condition", "lupus"), "--condition: none and lupus contradict"),
    (("--creatinine", "88", "--age", "40", "--sex", "male"), "has no unit; give it with its unit as the laboratory"),
    (("--creatinine", "88 mg/dL", "--age", "40", "--sex", "male"), "did the laboratory print 88 umol/L?"),
    (("--creatinine", "0.9 umol/L", "--age", "40", "--sex", "male"), "did the laboratory print 0.9 mg/dL?"),
    (("--egfr", "85", "--age", "130"), "--age: 130 is out of range; give completed years, 18 to 120"),
    (("--egfr", "85", "--weight", "0"), "--weight: 0 is out of range; give kilograms, 25 to 300"),
    (("--egfr", "85", "--creatinine", "88umol/L"), "--egfr, --creatinine: both are given; give one"),
]


@pytest.mark.parametrize("command", ["screen", "plan"])
@pytest.mark.parametrize(("options", "message"), WRONG)
def test_what_is_wrong_is_refused_with_what_to_do(capfd, command: str, options: tuple[str, ...], message: str) -> None:
    start = ("--start", "2026-12-01") if command == "plan" else ()
    told = Told(capfd, command, *start, *options)
    assert (told.code, told.out) == (2, "")
    assert message in told.said


def test_the_day_of_the_blood_test_is_a_day_where_the_patient_lives(screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TITRATE_TZ", "Pacific/Kiritimati")  # 14 hours ahead: the next day has begun there
    assert screen("--egfr", "85", "--tested", "2026-11-24").code == 0
    assert screen("--egfr", "85", "--tested", "2026-11-24", "--tz", "UTC").code == 2


def test_without_a_kidney_result_it_says_which_options_give_one(screen) -> None:
    told = screen("--taking", "none")
    assert (told.code, told.out) == (2, "")
    assert "screening needs a kidney result; give --egfr N, or --creatinine with --age and --sex" in told.err


def test_another_format_is_refused(screen) -> None:
    assert "--format: ics is unknown; give table or md or json" in screen(*HEALTHY, "--format", "ics").err


# --- titrate plan ---


def test_a_frail_88_year_old_is_refused_by_name_and_confirmed_gets_5_mg_each_evening(plan) -> None:
    refused = plan(*FRAIL)
    assert (refused.code, refused.out) == (3, "")
    assert "titrate: no plan until a prescriber confirms: beers-kidney, age-65-plus\n" in refused.err
    assert "If a prescriber confirms, this plan follows: 5 mg each evening, no increase." in refused.said
    made = plan(*FRAIL, "--confirm", "beers-kidney", "--confirm", "age-65-plus", *BY, "--format", "json")
    assert made.code == 0
    assert {(*day["doses_mg"].items(), day["total_mg"]) for day in made.document["days"]} == {(("evening", 5), 5)}
    assert made.document["kidney"]["basis"] == "CrCl computed"


@pytest.mark.parametrize(
    ("medicine", "code", "severity"),
    [
        ("ibuprofen", "nsaid", "caution"),
        ("N03AX16", "gabapentinoid", "caution"),
        ("N02BF02", "gabapentinoid", "caution"),
        ("nifedipine", "calcium-channel-blocker", "caution"),
    ],
)
def test_a_medicine_that_needs_no_word_is_told_and_the_plan_is_made(
    plan, medicine: str, code: str, severity: str
) -> None:
    plain = codes(plan(*HEALTHY, "--taking", "none", "--format", "json"))
    made = plan(*HEALTHY, "--taking", medicine, "--format", "json")
    assert made.code == 0
    assert sorted(codes(made)) == sorted([*plain, code])
    (finding,) = [one for one in made.document["findings"] if one["code"] == code]
    assert finding["severity"] == severity
    assert finding["message"].startswith(medicine)


def test_acetaminophen_raises_nothing(plan) -> None:
    assert codes(plan(*HEALTHY, "--taking", "acetaminophen", "--format", "json")) == codes(
        plan(*HEALTHY, "--taking", "none", "--format", "json")
    )


def test_diazepam_needs_a_confirmation(plan) -> None:
    refused = plan(*HEALTHY, "--taking", "diazepam", "--format", "json")
    assert refused.code == 3
    assert refused.document["schema"] == "titrate/refusal/1"
    assert refused.document["confirm_with"].endswith("--confirm cns-depressant --prescriber NAME")
    assert plan(*HEALTHY, "--taking", "diazepam", "--confirm", "cns-depressant", *BY).code == 0


def test_nifedipine_is_one_line_about_blood_pressure_and_dizziness(plan) -> None:
    lines = [line for line in plan(*HEALTHY, "--taking", "nifedipine").out.splitlines() if "nifedipine" in line]
    (line,) = [line for line in lines if not line.startswith("Names ")]
    assert line.startswith("Caution ")
    assert "blood pressure may fall: dizziness" in line


def test_under_18_is_a_stop(plan) -> None:
    refused = plan("--egfr", "85", "--age", "17")
    assert (refused.code, refused.out) == (3, "")
    assert "Age 17: this tool is for people of 18 and over." in refused.said


def test_screen_and_plan_find_the_same(plan, screen) -> None:
    options = (
        *FRAIL,
        "--taking",
        "diazepam,pregabalin,nifedipine,Foobarol",
        "--condition",
        "asthma",
        "--format",
        "json",
    )
    assert plan(*options).document["findings"] == screen(*options).document["findings"]


# --- Start-up ---


def loaded(*argv: str, **environment: str) -> set[str]:
    """Return which of the heavy modules a run of its own has imported."""
    program = (
        "import sys; from titrate.cli.app import run; code = run(sys.argv[1:]); "
        f"print(*(name for name in {HEAVY} if name in sys.modules), file=sys.stderr); sys.exit(code)"
    )
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    ran = subprocess.run(
        [sys.executable, "-c", program, *argv],
        capture_output=True,
        text=True,
        check=True,
        env={**settings, **environment},
    )
    return set(ran.stderr.splitlines()[-1].split())


def test_a_plan_without_other_medicines_reads_no_list_of_them_and_loads_nothing_heavy() -> None:
    assert loaded("plan", "--start", "2026-12-01", "--egfr", "85", "--age", "44") == set()


def test_a_plan_with_other_medicines_reads_their_list() -> None:
    modules = loaded("plan", "--start", "2026-12-01", "--egfr", "85", "--age", "44", "--taking", "nifedipine")
    assert {"titrate.engine.names", "titrate.engine.interactions"} <= modules


def test_none_taken_reads_no_list() -> None:
    assert loaded("plan", "--start", "2026-12-01", "--egfr", "85", "--age", "44", "--taking", "none") <= {
        "titrate.engine.names"
    }
