"""`titrate kidney` from the command line: both values, the band, the ceiling, the working, and every refusal."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from titrate.cli.app import run

FRAIL = ("--creatinine", "0.6 mg/dL", "--age", "88", "--sex", "female", "--weight", "42")
NEAR_30 = ("--creatinine", "2.54 mg/dL", "--age", "50", "--sex", "male")


class Told:
    """What a run said: its exit code and the text on stdout and stderr."""

    def __init__(self, capfd: pytest.CaptureFixture[str], *options: str) -> None:
        self.code = run(("kidney", *options))
        self.out, self.err = capfd.readouterr()

    @property
    def document(self) -> dict[str, object]:
        return json.loads(self.out, parse_float=Decimal)


@pytest.fixture(autouse=True)
def _a_terminal_of_100_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


def test_both_values_the_band_the_ceiling_and_the_working_are_printed(capfd: pytest.CaptureFixture[str]) -> None:
    told = Told(capfd, *FRAIL)
    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines()[:10] == [
        "Band G3b: at most 10 mg a day",
        "",
        "eGFR                  86.28 mL/min/1.73 m2",
        "Creatinine clearance  42.97 mL/min",
        "Value that decides    42.97 (CrCl computed, Cockcroft-Gault)",
        "Band                  G3b",
        "Usual target          5 mg a day",
        "Ceiling               10 mg a day",
        "",
        "Working",
    ]
    working = " ".join(told.out.split())
    assert "(140 - 88) x 42 / (72 x 0.6) x 0.85 = 42.97 mL/min." in working
    assert "the value is 2.03 below it; repeat the test or measure cystatin C." in working


def test_the_same_is_given_as_json(capfd: pytest.CaptureFixture[str]) -> None:
    told = Told(capfd, *FRAIL, "--format", "json")
    working = told.document.pop("working")
    assert told.code == 0
    assert told.document | {"working": None} == {
        "schema": "titrate/kidney/1",
        "inputs": {"creatinine": "0.6 mg/dL", "age": 88, "sex": "female", "weight": 42},
        "kidney": {
            "value": Decimal("42.9722"),
            "basis": "CrCl computed",
            "band": "G3b",
            "equation": "Cockcroft-Gault",
            "egfr": Decimal("86.2808"),
            "crcl": Decimal("42.9722"),
        },
        "default_target_mg_per_day": 5,
        "ceiling_mg_per_day": 10,
        "nearest_cut_off": {"value": 45, "distance": Decimal("2.0277")},
        "working": None,
    }
    assert isinstance(working, list)
    assert len(working) == 5
    assert list(told.document)[:3] == ["schema", "inputs", "kidney"]


def test_a_value_that_rounds_to_30_is_shown_below_30_in_every_format(capfd: pytest.CaptureFixture[str]) -> None:
    table = Told(capfd, *NEAR_30).out
    assert "Value that decides    29.96 (eGFR computed, CKD-EPI 2021)\nBand                  G4\n" in table
    assert "Creatinine clearance  not computed\n" in table
    kidney = Told(capfd, *NEAR_30, "--format", "json").document["kidney"]
    assert isinstance(kidney, dict)
    assert (kidney["value"], kidney["band"]) == (Decimal("29.959"), "G4")


@pytest.mark.parametrize(("age", "needed"), [(74, False), (75, True)])
@pytest.mark.parametrize("result", [("--egfr", "85"), ("--creatinine", "0.6 mg/dL", "--sex", "female")])
def test_from_age_75_the_table_says_that_the_clearance_is_needed(
    result: tuple[str, ...], age: int, needed: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    clearance = Told(capfd, *result, "--age", str(age)).out.splitlines()[3]
    told = "not computed; needed from age 75, since the eGFR may read too high" if needed else "not computed"
    assert clearance == f"Creatinine clearance  {told}"


@pytest.mark.parametrize(
    ("typed", "inputs", "kidney", "cut"),
    [
        (">60", {"egfr": ">60", "weight": 62}, 60, None),
        ("14.5", {"egfr": Decimal("14.5"), "weight": 62}, Decimal("14.5"), {"value": 15, "distance": Decimal("0.5")}),
        ("85", {"egfr": 85, "weight": 62}, 85, {"value": 80, "distance": 5}),
    ],
)
def test_a_reported_egfr_is_looked_at_too_and_the_weight_is_said_to_be_unused(
    typed: str, inputs: object, kidney: object, cut: object, capfd: pytest.CaptureFixture[str]
) -> None:
    told = Told(capfd, "--egfr", typed, "--weight", "62")
    assert (told.code, [line for line in told.out.splitlines() if line.startswith("eGFR")]) == (
        0,
        [f"eGFR                  {typed} mL/min/1.73 m2"],
    )
    assert "The weight is not used: creatinine clearance needs --creatinine, --age and --sex too." in told.out
    document = Told(capfd, "--egfr", typed, "--weight", "62", "--format", "json").document
    assert (document["inputs"], document["nearest_cut_off"]) == (inputs, cut)
    assert document["kidney"] | {"band": None} == {  # type: ignore[operator]
        "value": kidney,
        "basis": "eGFR reported",
        "band": None,
        "equation": None,
        "egfr": kidney,
        "crcl": None,
    }


def test_kidney_failure_has_no_dose(capfd: pytest.CaptureFixture[str]) -> None:
    told = Told(capfd, "--egfr", "14.9")
    lines = told.out.splitlines()
    assert lines[1] == "  Band G5: no schedule is made"
    assert lines[7:10] == [
        "Band                  G5",
        "Usual target          none, no schedule is made",
        "Ceiling               0 mg a day",
    ]


@pytest.mark.parametrize("columns", ["20", "40", "59", "60", "300"])
def test_no_number_is_lost_on_any_width(
    columns: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = Told(capfd, *FRAIL).out
    monkeypatch.setenv("COLUMNS", columns)
    told = Told(capfd, *FRAIL).out
    told_words, usual_words = told.replace(":", "").split(), usual.replace(":", "").split()
    assert "".join(told_words) == "".join(usual_words)
    assert int(columns) < 40 or told_words == usual_words
    assert max(map(len, told.splitlines())) <= int(columns)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "--creatinine: there is no kidney result to look at; give --egfr N, or --creatinine with --age and --sex"),
        (("--creatinine", "88"), "--creatinine: 88 has no unit; give it with its unit"),
        (("--creatinine", "88mg/dL"), "--creatinine: 88 mg/dL is outside 0.2 to 20 mg/dL; did the laboratory print 88 umol/L?"),
        (("--creatinine", "88umol/L"), "--creatinine: it says nothing without age and sex; give --age and --sex too"),
        ((*NEAR_30, "--egfr", "30"), "--egfr, --creatinine: both are given; give one"),
        ((*NEAR_30, "--weight", "0"), "--weight: 0 is out of range; give kilograms, 25 to 300"),
        ((*NEAR_30[:2], "--age", "130", "--sex", "male"), "--age: 130 is out of range; give completed years, 18 to 120"),
        ((*NEAR_30[:4], "--sex", "m"), "--sex: m is unknown; give female or male"),
        ((*NEAR_30, "--format", "csv"), "--format: csv is unknown; give table or json"),
    ],
)  # fmt: skip
def test_wrong_input_is_refused_with_what_to_do(
    options: tuple[str, ...], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    told = Told(capfd, *options)
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith(f"titrate: {said}")


@pytest.mark.parametrize("result", [("--creatinine", "88umol/L", "--sex", "male"), ("--egfr", "85")])
def test_under_18_is_refused(result: tuple[str, ...], capfd: pytest.CaptureFixture[str]) -> None:
    told = Told(capfd, *result, "--age", "17")
    assert (told.code, told.out) == (3, "")
    assert told.err.startswith("titrate: no kidney value: under-18\n ──")
    assert "  Stop\n  under-18: Age 17: " in told.err
    refusal = Told(capfd, *result, "--age", "17", "--format", "json")
    findings = refusal.document["findings"]
    assert refusal.code == 3
    assert isinstance(findings, list)
    assert [finding["code"] for finding in findings] == ["under-18"]


def test_the_command_is_in_the_help(capfd: pytest.CaptureFixture[str]) -> None:
    run(["--help"])
    assert " kidney " in capfd.readouterr().out
    assert "--creatinine" in Told(capfd, "--help").out
