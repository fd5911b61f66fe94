"""All faults of a command line are told at once, one a line, each as it is told alone, before anything is asked or done."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest
from command import Desk

from titrate.cli.command import COMMANDS, loaded
from titrate.errors import BadInput, BadInputs, raise_all

RIGHT = {"--start": "2026-12-01", "--egfr": "85", "--age": "44"}
WRONG = {
    "--start": "03/04/2026",
    "--egfr": "abc",
    "--age": "x",
    "--taking": "diazepqm",
    "--target": "12",
    "--days": "0",
    "--morning": "25:00",
    "--tz": "Berln",
    "--tablet": "7",
    "--alarm": "500",
    "--paper": "lettr",
    "--contact": "",
    "--id": "1",
    "--format": "pfd",
    "-o": "plan.xyz",
}


@pytest.fixture
def desk(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, capfd, monkeypatch)


def refused(desk: Desk, wrong: dict[str, str]) -> list[str]:
    line = " ".join(f"{option} '{value}'" for option, value in {**RIGHT, **wrong}.items())
    told = desk.titrate(f"plan {line}")
    assert (told.code, told.out, desk.files()) == (2, "", [])
    return told.err.splitlines()


def test_each_fault_is_told_beside_any_other_as_it_is_told_alone(desk: Desk) -> None:
    alone = {option: refused(desk, {option: value}) for option, value in WRONG.items()}
    assert all(len(lines) == 1 for lines in alone.values())
    for one, other in combinations(WRONG, 2):
        assert refused(desk, {one: WRONG[one], other: WRONG[other]}) == alone[one] + alone[other]
    assert refused(desk, WRONG) == [line for lines in alone.values() for line in lines]


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_wrong_with_an_option_is_told_under_its_name(command: str, desk: Desk) -> None:
    takes = loaded(command).callback.takes  # type: ignore[union-attr]
    options = [option for option in loaded(command).params if option.param_type_name == "option"]
    named = {option.name: option.opts[0] for option in options if option.name in takes.readers}
    for option in named.values():
        assert re.search(rf"^titrate: {option}[: ]", desk.titrate(f"{command} {option} ?").err, re.MULTILINE), option


def test_nothing_is_told_twice(desk: Desk) -> None:
    lines = desk.titrate("plan --start 2026-12-01 --creatinine 88umol/L --age x --sex female --pack 0 --tablet 7").err
    assert lines.splitlines() == [
        "titrate: --age: x is not a plain number; give completed years such as 54",
        "titrate: --tablet: no baclofen tablet of 7 mg is known; give one of 5, 10, 15, 20, 25",
    ]


def test_in_a_terminal_faults_are_told_before_any_question(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("titrate.cli.terminal.can_ask", lambda: True)
    monkeypatch.setattr("titrate.cli.terminal.ask", lambda *_: pytest.fail("it asks"))
    told = desk.titrate("plan --age x --alarm 500 --taking diazepqm")
    assert [line.partition(": ")[2].partition(": ")[0] for line in told.err.splitlines()] == ["--age", "--alarm"]


def test_a_clinics_defaults_are_read_with_the_rest(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TITRATE_MORNING", "8")
    told = desk.titrate("plan --start 2026-12-01 --egfr abc")
    assert [line.split(": ")[1] for line in told.err.splitlines()] == ["--egfr", "--morning"]


def test_a_date_that_is_set_is_the_one_in_the_message(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1780000000")  # 2026-05-28
    told = desk.titrate("plan --start 1/2/2026 --egfr 85 --tested 2026-05-29")
    assert "such as 2026-05-28" in told.err
    assert "2026-05-29 is in the future" in told.err
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "x")
    assert "1/2/2026 is not a date" in desk.titrate("plan --start 1/2/2026 --egfr 85").err


def test_a_saved_plan_is_not_touched_by_a_line_with_a_fault(desk: Desk) -> None:
    assert desk.titrate("plan --start 2026-12-01 --egfr 85 --age 44 -o plan.json").code == 0
    before = desk.read("plan.json")
    assert desk.titrate("revise plan.json --hold x --from mondy").err.count("\n") == 2
    assert desk.titrate("revise nowhere.json --hold x").code == 2  # before the file is looked for
    assert desk.read("plan.json") == before


@pytest.mark.parametrize("answer", [{"--midday": "17:00", "--evening": "21:30"}, {"--evening": "21:00"}])
def test_hours_are_compared_with_those_of_the_saved_plan(desk: Desk, answer: dict[str, str]) -> None:
    slots = "--morning 10:00 --midday 16:00 --evening 22:00"
    assert desk.titrate(f"plan --start 2026-12-02 --egfr 85 --age 44 {slots} -o plan.json").code == 0
    words = " ".join(f"{option} {value}" for option, value in answer.items())
    assert desk.titrate(f"revise plan.json {words} --dry-run").code == 0


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("plan --start=2026-12-01 --egfr=85 --age=44 -oplan.csv", 0),
        ("plan --start 2026-12-01 --egfr 85 --age 44 --contact=--start", 0),
        ("plan --start 2026-12-01 --egfr 85 --age 44 --contact --start", 2),
        ("plan --start 2026-12-01 --egfr 85 --age 44 --floating --floating", 0),
        ("plan --start 2026-12-01 --egfr 85 --age 44 --", 0),
        ("-- plan --start 2026-12-01 --egfr 85 --age 44", 0),
        ("plan --start 2026-12-01 --egfr 85 --age 44 -- x", 2),
        ("evidence medicines fish oil", 0),
        ("evidence -- medicines diazepam", 0),
    ],
)
def test_words_are_taken_as_before(desk: Desk, line: str, code: int) -> None:
    assert desk.titrate(line).code == code


def test_one_fault_is_raised_as_it_is_and_several_as_one_error() -> None:
    raise_all([])
    one, other = BadInput("age", "wrong", "mend it"), BadInput("egfr", "wrong too")
    with pytest.raises(BadInput) as alone:
        raise_all([one, one])
    assert alone.value is one
    with pytest.raises(BadInputs) as several:
        raise_all([BadInputs([one, other]), other])
    assert several.value.faults == (one, other)
    assert str(several.value) == "age: wrong; mend it\negfr: wrong too"
    assert several.value.exit_code == 2
