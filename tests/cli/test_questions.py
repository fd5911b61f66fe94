"""What `titrate plan` asks in a terminal: whole sessions on a pseudo-terminal, and what the printed command makes in a pipe."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from command import EPOCH, at, environment
from terminal_session import CTRL_C, CTRL_D, Session, session

JSON = ("plan", "--format", "json")
# Each answer with the question that it is given to.
WOMAN = {
    "First day": "tomorrow",
    "Kidney result": "85",
    "Dialysis": "no",
    "Day of the blood test": "2026-11-20",
    "Age": "44",
    "Sex": "female",
    "Other medicines": "none",
    "Illnesses": "none",
    "Pregnancy": "no",
    "Breastfeeding": "no",
}
NO_FILES = ("n", "n")
FILES = ("y", "", "y", "Dr. Weber, 030 123456", "", "")


def answers(*more: str | bytes, **changed: str) -> list[str | bytes]:
    """The answers of a standard patient, some changed by the first word of their question, and more after them."""
    return [*(changed.get(question.split()[0].lower(), answer) for question, answer in WOMAN.items()), *more]


def in_a_pipe(command: str, *more: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    words = [*shlex.split(command)[1:], *more]
    return subprocess.run(
        [*at(EPOCH), *words], cwd=folder, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, check=False
    )


def same(document: bytes) -> Any:
    """A plan without what is new each time."""
    return {key: value for key, value in json.loads(document).items() if key not in {"id", "seal"}}


def questions(done: Session) -> list[str]:
    """The labels of what was asked, each as often as it was."""
    return [line.partition(":")[0] for line in done.screen.splitlines() if line.partition(":")[0] in {*WOMAN, "Weight"}]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- Whole sessions ---


def test_a_plan_without_options_asks_one_question_after_the_other(tmp_path: Path) -> None:
    done = session(["plan"], answers(*NO_FILES), tmp_path)
    assert done.code == 0
    assert questions(done) == [*WOMAN]
    (command,) = done.commands
    assert command.startswith("titrate plan --start 2026-12-01 --egfr 85 --age 44 --sex female --tested 2026-11-20 ")
    assert command.endswith(" --taking none --condition none --not-pregnant --not-breastfeeding --no-dialysis")
    assert "8-28  Tue 8 Dec 2026 to Mon 28 Dec 2026     5 mg    5 mg     5 mg  15 mg" in done.screen
    assert "not checked" not in done.screen
    assert files(tmp_path) == []


PATIENTS = {
    "an eGFR": answers(*NO_FILES),
    "a creatinine": [*answers(kidney="88 µmol/L")[:6], "62,5", "none", "none", "no", "no", *NO_FILES],
    "a man": [*answers(sex="male")[:8], *NO_FILES],
    "a woman past 55": [*answers(age="60")[:8], *NO_FILES],
    "several illnesses": answers(*NO_FILES, illnesses="asthma, high blood pressure; diabetes"),
}
REFUSED = {
    "a creatinine at 76 without weight": [*answers(kidney="1.1 mg/dL", age="76", sex="male")[:6], "?", "none", "none"],
    "nothing known but what is needed": ["2026-12-05", ">60", *["don't know"] * 8],
    "near misses": [*answers(other="diazepqm, sertraline")[:7], "y", "epilepsqy", "n", "y", "no", "no"],
    "a name that nobody knows": answers(other="O'Neil's \"drops\", xyzzy flurb"),
    "weak kidneys": answers(kidney="24"),
}


@pytest.mark.parametrize("patient", PATIENTS)
def test_the_printed_command_makes_the_same_plan_in_a_pipe(patient: str, tmp_path: Path) -> None:
    done = session(JSON, PATIENTS[patient], tmp_path, piped=True)
    again = in_a_pipe(done.commands[0], folder=tmp_path)
    assert (done.code, again.returncode) == (0, 0)
    assert same(again.stdout) == same(done.out)


@pytest.mark.parametrize("patient", REFUSED)
def test_the_command_that_a_refusal_shows_has_the_answers_and_makes_the_plan_once_confirmed(
    patient: str, tmp_path: Path
) -> None:
    done = session(JSON, REFUSED[patient], tmp_path, piped=True)
    command, confirm = done.commands
    assert done.code == 3
    again = in_a_pipe(command, folder=tmp_path)
    assert (again.returncode, again.stdout) == (3, done.out)
    assert json.loads(done.out)["confirm_with"] == confirm
    assert confirm.startswith(command)
    confirmed = in_a_pipe(confirm.replace("--prescriber NAME", "--prescriber 'Dr. A. Weber'"), folder=tmp_path)
    assert confirmed.returncode == 0
    assert json.loads(confirmed.stdout)["inputs"]["start"] in confirm


def test_what_nobody_knows_is_absent_and_no_and_none_are_answers(tmp_path: Path) -> None:
    line = (*JSON, "--age", "44", "--confirm", "cns-depressant", "--prescriber", "Dr. A. Weber")
    known = ["tomorrow", "85", "no", "?", "male", "diazepam", "none", *NO_FILES]
    inputs = json.loads(session(line, known, tmp_path, piped=True).out)["inputs"]
    assert (inputs["dialysis"], inputs["taking"], inputs["condition"]) == (False, ["diazepam"], [])
    not_known = ["tomorrow", "85", "skip", "dont know", "?", "unknown", "Don’t know.", "not known", "?", *NO_FILES]
    inputs = json.loads(session((*JSON, "--age", "44"), not_known, tmp_path, piped=True).out)["inputs"]
    assert not {"dialysis", "tested", "sex", "taking", "condition", "pregnant", "breastfeeding"} & set(inputs)


# --- Who is asked what ---


def test_what_is_given_is_not_asked(tmp_path: Path) -> None:
    line = "plan --start 2026-12-01 --age 44 --sex female --taking none --condition none --not-pregnant"
    done = session(line.split(), ["85", "no", "?", "no", *NO_FILES], tmp_path)
    assert questions(done) == ["Kidney result", "Dialysis", "Day of the blood test", "Breastfeeding"]
    assert done.commands == [f"titrate {line} --egfr 85 --not-breastfeeding --no-dialysis"]


def test_a_no_on_the_command_line_is_not_contradicted_by_an_answer(tmp_path: Path) -> None:
    line = "plan --start 2026-12-01 --age 44 --sex male --taking none --condition none --no-dialysis"
    done = session(line.split(), ["dialysis", "85", "?", *NO_FILES], tmp_path)
    assert "'dialysis' is not a kidney result; give a number" in done.screen
    assert done.commands == [f"titrate {line} --egfr 85"]


@pytest.mark.parametrize("line", ["--start tomorrow --egfr 85 --age 44", "--start tomorrow --dialysis"])
def test_with_a_first_day_and_a_kidney_result_nothing_is_asked(line: str, tmp_path: Path) -> None:
    done = session(["plan", *line.split()], [], tmp_path)
    assert done.code == (3 if "dialysis" in line else 0)
    assert "A plan needs some facts" not in done.screen


def test_what_is_wrong_on_the_command_line_is_said_before_any_question(tmp_path: Path) -> None:
    for wrong in ("--age 200", "--egfr 250", "--target 7", "--alarm 999", "--tablet 7", "--format pdf"):
        done = session(["plan", *wrong.split()], [], tmp_path)
        assert done.code == 2
        assert done.screen.startswith(f"titrate: {wrong.split()[0]}"), done.screen


@pytest.mark.parametrize(("asked", "last"), [({"kidney": "dialysis"}, 2), ({"kidney": "12"}, 2), ({"dialysis": "yes"}, 3), ({"other": "baclofen"}, 7), ({"pregnancy": "yes"}, 9)])  # fmt: skip
def test_nothing_more_is_asked_once_no_plan_can_follow(asked: dict[str, str], last: int, tmp_path: Path) -> None:
    done = session(["plan"], answers(**asked)[:last], tmp_path)
    assert done.code == 3
    assert len(done.commands) == 1
    assert "titrate: no plan: " in done.screen


def test_the_weight_is_asked_where_a_creatinine_is_given_and_both_results_are_said(tmp_path: Path) -> None:
    done = session(["plan"], [*answers(kidney="100 umol/L", age="80")[:6], "55", *answers()[6:8]], tmp_path)
    assert questions(done)[4:7] == ["Age", "Sex", "Weight"]
    assert "eGFR 49.12, band G3a." in done.screen
    assert "Creatinine clearance 34.44, band G3b." in done.screen


# --- Each answer is checked at once ---


@pytest.mark.parametrize(
    ("question", "wrong", "said"),
    [
        ("First day", "03/04/2026", "03/04/2026 is not a date that everybody reads alike; give year-month-day"),
        ("First day", "1950-01-01", "1950-01-01 is too early for a calendar; check the year"),
        ("First day", "", "nothing was typed; give an answer, or ? for don't know"),
        ("First day", "?", "a plan needs a first day; agree on one with the prescriber"),
        ("Kidney result", "I don't know", "a plan needs a kidney result; ask the prescriber or the laboratory"),
        ("Kidney result", "good", "'good' is not a kidney result; give a number"),
        ("Kidney result", "250", "250 is above 200; give the eGFR"),
        ("Kidney result", "0.088 mmol/L", "0.088 mmol/L is 88 umol/L; give that"),
        ("Kidney result", "5000 umol/L", "5000 umol/L is outside 18 to 1768 umol/L"),
        ("Dialysis", "maybe", "maybe is no answer; give y or n"),
        ("Day of the blood test", "tomorrow", "2026-12-01 is in the future"),
        ("Age", "44 years", "44 years is not a plain number; give completed years"),
        ("Age", "121", "121 is out of range; give completed years, 18 to 120"),
        ("Sex", "x", "x is unknown; give female or male"),
        ("Other medicines", "yes", "yes is no name; give each name, parted by commas, or none"),
        ("Other medicines", "pump", "pump: it can be more than one thing"),
        ("Other medicines", "none, diazepam", "none and diazepam contradict each other"),
        ("Other medicines", "\x1b[A", "it holds control characters; leave them out"),
        ("Illnesses", "", "nothing was typed"),
        ("Pregnancy", "none", "none is no answer; give y or n"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_said_to_be_so_and_asked_again(question: str, wrong: str, said: str, tmp_path: Path) -> None:
    given = [part for asked, answer in WOMAN.items() for part in ([wrong, answer] if asked == question else [answer])]
    done = session(["plan"], [*given, *NO_FILES], tmp_path)
    assert done.code == 0
    assert f"\n{said}" in done.screen
    assert questions(done).count(question) == 2
    assert len(done.commands) == 1


def test_a_number_that_is_hardly_an_egfr_is_asked_about(tmp_path: Path) -> None:
    done = session(["plan"], ["tomorrow", "168", "n", "n", "1.1", "y", *answers()[2:6], "62", *answers()[6:], *NO_FILES], tmp_path)  # fmt: skip
    assert "Is it a creatinine, 168 umol/L? [y/N]: n\nIs the eGFR really 168? [y/N]: n\n" in done.screen
    assert "Is it a creatinine, 1.1 mg/dL? [y/N]: y\n" in done.screen
    assert "--creatinine '1.1 mg/dL'" in done.commands[0]


def test_what_a_creatinine_needs_cannot_be_left_out(tmp_path: Path) -> None:
    known = ["tomorrow", "88 umol/L", "no", "?", "?", "44", "?", "female", "?", "none", "none", "no", "no"]
    done = session(["plan"], [*known, *NO_FILES], tmp_path)
    assert done.screen.count("a creatinine says nothing without age and sex; ask the laboratory for the eGFR") == 2


def test_a_near_miss_is_asked_at_once_and_no_to_all_asks_again(tmp_path: Path) -> None:
    done = session(["plan"], [*answers(other="diazepqm")[:7], "n", "n", "sertraline", *answers()[7:], *NO_FILES], tmp_path)  # fmt: skip
    assert "diazepqm is not in our list. Did you mean diazepam? [y/N]: n\n" in done.screen
    assert questions(done).count("Other medicines") == 2
    assert "sertraline: known; nothing in our list about it beside baclofen." in done.screen


def test_a_name_that_nobody_knows_is_said_at_once_and_kept(tmp_path: Path) -> None:
    done = session(["plan"], answers(other="xyzzy flurb, Valium"), tmp_path)
    said = done.screen[: done.screen.index("Illnesses: ")]
    assert "xyzzy flurb: not in our list: nobody has checked it" in said
    assert "Valium (diazepam): needs a prescriber's word" in said
    assert "A prescriber must look at what is not in our list before a plan is made." in " ".join(said.split())
    assert done.code == 3
    assert all("--taking 'xyzzy flurb, Valium'" in command for command in done.commands)


# --- To stop ---


@pytest.mark.parametrize("number", range(len(answers(*FILES))))
def test_ctrl_d_at_any_question_writes_nothing(number: int, tmp_path: Path) -> None:
    done = session(["plan"], [*answers(*FILES)[:number], CTRL_D], tmp_path)
    assert done.code == 2
    assert done.screen.endswith("\ntitrate: the input ended before the question was answered; nothing was written\n")
    assert files(tmp_path) == []


@pytest.mark.parametrize("number", [0, 1, 6, 10, 13, 15])
def test_ctrl_c_at_a_question_writes_nothing(number: int, tmp_path: Path) -> None:
    done = session(["plan"], [*answers(*FILES)[:number], CTRL_C], tmp_path)
    assert done.code == 1
    assert done.screen.endswith("\ntitrate: stopped; nothing was written\n")
    assert files(tmp_path) == []


def test_ctrl_d_at_a_question_within_a_question_stops_too(tmp_path: Path) -> None:
    done = session(["plan"], [*answers(other="diazepqm")[:7], CTRL_D], tmp_path)
    assert done.code == 2
    assert done.screen.count("the input ended") == 1


# --- What a terminal can send ---


@pytest.mark.parametrize(
    "odd", [b"\xff\xfe85\n", b"8\x0b5\n", b"\xe2\x80\xae85\n", b"x" * 4000 + b"\n", b"1" * 4000 + b"\n", "٨٥\n".encode(), b"\x00\n"]
)  # fmt: skip
@pytest.mark.parametrize("question", ["First day", "Kidney result", "Other medicines"])
def test_odd_bytes_are_no_fault(odd: bytes, question: str, tmp_path: Path) -> None:
    done = session(["plan"], [*answers()[: [*WOMAN].index(question)], odd, CTRL_D], tmp_path)
    assert done.code == 2
    assert "Traceback" not in done.screen
    assert "fault of its own" not in done.screen


def test_bytes_that_are_no_text_are_asked_for_again(tmp_path: Path) -> None:
    done = session(
        ["plan"],
        ["tomorrow", b"\xff\xfe85\n", "85", *answers()[2:], *NO_FILES],
        tmp_path,
        PYTHONIOENCODING="utf-8:strict",
    )
    assert done.code == 0
    assert "this cannot be read as text; type it once more\nKidney result: " in done.screen


def test_a_narrow_terminal_and_one_of_ascii_are_asked_alike(tmp_path: Path) -> None:
    wide = session(["plan"], answers(*NO_FILES), tmp_path)
    narrow = session(
        ["plan"], answers(*NO_FILES), tmp_path, columns=40, PYTHONUTF8="0", LC_ALL="C", PYTHONIOENCODING="ascii"
    )
    assert questions(narrow) == questions(wide)
    assert narrow.commands == wide.commands
    asked = narrow.screen[: narrow.screen.index("\nThe same as one command")]
    assert max(map(len, asked.splitlines())) <= 44  # the answers stand behind their labels
    assert "\x1b" not in narrow.screen
    assert narrow.screen.isascii()


# --- The files that are offered ---


def test_calendar_handout_and_always_the_plan_are_offered_and_written(tmp_path: Path) -> None:
    done = session(["plan"], answers(*FILES), tmp_path)
    assert done.code == 0
    assert files(tmp_path) == ["handout.pdf", "plan.ics", "plan.json"]
    assert "wrote plan.ics, handout.pdf, plan.json" in done.screen
    assert done.commands[1] == f"{done.commands[0]} --contact 'Dr. Weber, 030 123456'"
    saved = (tmp_path / "plan.json").read_bytes()
    assert same(in_a_pipe(done.commands[1], "--format", "json", folder=tmp_path).stdout) == same(saved)


def test_the_calendar_alone_comes_with_the_plan_and_no_question_who_to_call(tmp_path: Path) -> None:
    done = session(["plan"], answers("y", "pills.ics", "n", ""), tmp_path)
    assert files(tmp_path) == ["pills.ics", "plan.json"]
    assert "Who to call" not in done.screen
    assert "cannot be revised later" not in done.screen


def test_who_to_call_is_not_asked_where_the_clinic_has_said_so(tmp_path: Path) -> None:
    done = session(["plan"], answers("n", "y", "page.html", ""), tmp_path, TITRATE_CONTACT="the clinic, 030 1")
    assert files(tmp_path) == ["page.html", "plan.json"]
    assert b"the clinic, 030 1" in (tmp_path / "page.html").read_bytes()
    assert len(done.commands) == 1


def test_nothing_is_offered_where_files_were_named(tmp_path: Path) -> None:
    done = session(["plan", "-o", "mine.csv"], answers(), tmp_path)
    assert done.code == 0
    assert files(tmp_path) == ["mine.csv"]
    assert done.commands[0].startswith("titrate plan -o mine.csv --start")


def test_a_name_that_cannot_be_written_is_asked_for_again(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text("{}")
    wrong = ["plan.pdf", "no/plan.ics", "plan.ics"]
    done = session(["plan"], answers("y", *wrong, "n", "", "plan.ics", "plan.json", "mine.json"), tmp_path)
    assert done.code == 0
    assert "plan.pdf is no name for the calendar; give one that ends in .ics" in done.screen
    assert "there is no folder no; make it first" in done.screen
    assert done.screen.count("plan.json: holds no plan that can be read; give another name") == 2
    assert "plan.ics is no name for the plan; give one that ends in .json" in done.screen
    assert files(tmp_path) == ["mine.json", "plan.ics", "plan.json"]
    assert (tmp_path / "plan.json").read_text() == "{}"


def test_who_to_call_is_asked_again_where_the_page_cannot_show_it(tmp_path: Path) -> None:
    done = session(["plan"], answers("n", "y", "x" * 600, "", "", "Dr. Weber"), tmp_path)
    assert "--contact: 600 characters on 1 lines do not fit the page" in done.screen
    assert files(tmp_path) == ["handout.pdf", "plan.json"]
    assert json.loads((tmp_path / "plan.json").read_bytes())["inputs"]["contact"] == "Dr. Weber"
