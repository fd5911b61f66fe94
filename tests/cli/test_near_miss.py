"""A name that resembles a listed one: in a terminal the person is asked, in a pipe it is refused; nothing is assumed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from command import Desk

from titrate.cli import terminal

LINE = "--egfr 95 --age 45 --sex male --condition none"
PLAN = f"plan --start 2026-12-01 {LINE}"


@pytest.fixture
def desk(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, capfd, monkeypatch)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Answer each question with the next word of the test; the list holds the answers, then the questions that were put."""
    told: list[str] = []

    def ask(question: str, read: object) -> tuple[str, object]:
        answer = told.pop(0)
        told.append(question)
        return answer, read(answer)  # type: ignore[operator]

    monkeypatch.setattr(terminal, "can_ask", lambda: True)
    monkeypatch.setattr(terminal, "ask", ask)
    return told


def answer(asked: list[str], answers: Iterable[str]) -> None:
    asked[:] = answers


def test_in_a_pipe_a_near_miss_is_bad_input_with_the_way_on(desk: Desk) -> None:
    told = desk.titrate(f"{PLAN} --taking diazepqm")
    assert told.code == 2
    assert told.err == (
        "titrate: --taking: diazepqm is not in our list; did you mean diazepam? "
        "Write it so, or other:diazepqm if it is another one\n"
    )


def test_yes_takes_the_suggestion_and_the_printed_command_has_it(desk: Desk, asked: list[str]) -> None:
    answer(asked, ["y"])
    told = desk.titrate(f"{PLAN} --taking sertraline,diazepqm --tz Europe/Berlin")
    assert asked == ["diazepqm is not in our list. Did you mean diazepam? [y/N]"]
    assert told.code == 3
    assert (
        f"titrate {PLAN} --tz Europe/Berlin --taking sertraline --taking diazepam --confirm cns-depressant" in told.err
    )


def test_no_is_the_answer_of_a_bare_return_and_assumes_nothing(desk: Desk, asked: list[str]) -> None:
    answer(asked, ["", ""])
    told = desk.titrate(f"{PLAN} --taking diazepqm")
    assert told.code == 2
    assert "did you mean diazepam?" in told.err
    assert len(asked) == 2


def test_another_medicine_is_one_that_a_prescriber_must_look_at(desk: Desk, asked: list[str]) -> None:
    answer(asked, ["n", "y"])
    told = desk.titrate(f"{PLAN} --taking diazepqm")
    assert told.code == 3
    assert "--taking other:diazepqm --confirm medicine-not-recognised --prescriber NAME" in told.err


def test_every_near_miss_of_a_line_is_asked_illnesses_too(desk: Desk, asked: list[str]) -> None:
    answer(asked, ["y", "y"])
    told = desk.titrate("screen --egfr 95 --age 45 --taking diazepqm --condition epilepsqy --format json")
    assert [question.split()[0] for question in asked] == ["diazepqm", "epilepsqy"]
    assert [name["typed"] for name in told.document["names"]] == ["diazepam", "epilepsy"]


def test_a_revision_asks_too(desk: Desk, asked: list[str]) -> None:
    assert desk.titrate(f"{PLAN} --taking none -o plan.json").code == 0
    answer(asked, ["y"])
    told = desk.titrate("revise plan.json --from 2026-12-05 --hold 3 --taking diazepqm")
    assert told.code == 0
    assert "diazepam (benzodiazepine)" in told.err
