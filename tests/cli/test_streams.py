"""The streams of a process: closed, full or left by their reader, they cost no traceback and no exit code of their own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from terminal_session import all_shown

pytestmark = pytest.mark.skipif(os.name == "nt", reason="streams as a POSIX shell closes them")
TITRATE = f"'{sys.executable}' -m titrate"
PLAN = f"{TITRATE} plan --start 2026-12-01"


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(["sh", "-c", line], cwd=folder, env=buffered, capture_output=True, text=True, check=False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize("stdout", [">/dev/full", ">&-"])
@pytest.mark.parametrize(
    "line",
    [
        f"{TITRATE} --version",
        f"{TITRATE} --help",
        f"PYTHONUNBUFFERED=1 {TITRATE} --help",
        f"PYTHONUNBUFFERED=1 {PLAN} --egfr 85 --age 44",
        f"{PLAN} --egfr 85 --age 44",
        f"{PLAN} --egfr 85 --age 44 --format json",
    ],
)
def test_a_full_or_closed_standard_output_is_told_in_a_line_and_ends_in_1(
    line: str, stdout: str, tmp_path: Path
) -> None:
    told = shell(f"{line} {stdout}", tmp_path)
    assert told.returncode == 1
    assert "titrate: standard output: cannot be written" in told.stderr
    assert "Traceback" not in told.stderr
    assert "Exception" not in told.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize("stdout", [">/dev/full", ">&-"])
@pytest.mark.parametrize(
    "line",
    [
        f"{PLAN} --egfr 85 --age 44 --tz Europe/Berlin -o plan.json -o plan.ics",
        f"PYTHONUNBUFFERED=1 {PLAN} --egfr 85 --age 44 --tz Europe/Berlin -o plan.json",
        f"{PLAN} --egfr 85 --age 44 --tz Europe/Berlin -o plan.json -o plan.ics --format json",
        f"{TITRATE} revise plan.json --from 2026-12-05 --egfr 20 -o plan.ics",
        f"{TITRATE} show plan.json -o plan.ics",
        f"{TITRATE} evidence trials -o plan.md",
    ],
)
def test_once_the_files_are_in_place_a_full_or_closed_standard_output_is_told_and_no_failure(
    line: str, stdout: str, tmp_path: Path
) -> None:
    heard, told = (in_a_folder_of_its_own(f"{line} {end}", tmp_path / name) for name, end in (("a", ""), ("b", stdout)))
    assert (heard.returncode, told.returncode) == (0, 0)
    lines = told.stderr.splitlines()
    (broken,) = (line for line in lines if "standard output" in line)
    assert broken.startswith("titrate: standard output: cannot be written: ")
    assert broken.endswith("; the files were written")
    assert [line for line in lines if line != broken] == heard.stderr.splitlines()  # all else is said as ever
    names = [sorted(path.name for path in (tmp_path / name).iterdir()) for name in "ab"]
    assert names[0] == names[1]


def in_a_folder_of_its_own(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command line in a new folder, in which a plan is saved unless it makes one."""
    folder.mkdir()
    if PLAN not in line:
        assert shell(f"{PLAN} --egfr 85 --age 44 --tz Europe/Berlin -o plan.json", folder).returncode == 0
    return shell(line, folder)


def test_a_closed_standard_error_changes_nothing_but_what_is_heard(tmp_path: Path) -> None:
    assert shell(f"{PLAN} --egfr 85 --age 44 -o plan.json 2>&-", tmp_path).returncode == 0
    assert (tmp_path / "plan.json").exists()
    assert shell(f"{PLAN} --egfr 10 2>&-", tmp_path).returncode == 3
    assert shell(f"{PLAN} --egfr ten 2>&-", tmp_path).returncode == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_full_standard_error_changes_nothing_but_what_is_heard(tmp_path: Path) -> None:
    told = shell(f"{PLAN} --egfr 85 --age 44 -o plan.json 2>/dev/full", tmp_path)
    assert told.returncode == 0
    assert "15 mg" in told.stdout
    assert (tmp_path / "plan.json").exists()
    assert shell(f"{PLAN} --egfr 10 2>/dev/full", tmp_path).returncode == 3


def test_a_closed_standard_input_is_an_empty_one(tmp_path: Path) -> None:
    told = shell(f"{TITRATE} plan --egfr 85 <&-", tmp_path)
    assert (told.returncode, told.stderr) == (
        2,
        "titrate: --start: a plan needs a first day: give --start DATE, such as --start tomorrow\n",
    )
    told = shell(f"{TITRATE} show - <&-", tmp_path)
    assert told.returncode == 2
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("--version", 0),
        ("--help", 0),
        ("plan --start 2026-12-01 --egfr 10", 3),
        ("plan --start 2026-12-01 --egfr ten", 2),
    ],
)
def test_a_reader_that_has_gone_hides_neither_a_refusal_nor_bad_input(line: str, code: int, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    ran = subprocess.run(
        [sys.executable, "-m", "titrate", *line.split()],
        cwd=tmp_path,
        env=buffered,
        stdout=writing,
        stderr=writing,
        check=False,
    )
    os.close(writing)
    assert ran.returncode == code


def test_ctrl_c_at_a_question_ends_in_1_and_says_so(tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    asking = subprocess.Popen(
        [sys.executable, "-m", "titrate", "plan", "--egfr", "85"],
        cwd=tmp_path,
        stdin=theirs,
        stderr=theirs,
        stdout=subprocess.DEVNULL,
    )
    os.close(theirs)
    said = os.read(ours, 200)
    while not said.endswith(b"First day: "):
        said += os.read(ours, 200)
    time.sleep(0.1)  # until it reads
    asking.send_signal(signal.SIGINT)
    while b"was written" not in said:
        said += os.read(ours, 200)
    assert asking.wait(20) == 1
    os.close(ours)
    assert b": \r\ntitrate: stopped; nothing was written" in said


@pytest.mark.parametrize("format", ["csv", "ics"])
def test_findings_beside_data_are_a_line_each_for_a_script_and_laid_out_for_a_person(
    format: str, tmp_path: Path
) -> None:
    import pty

    line = f"{PLAN} --egfr 61 --age 44 --tz Europe/Berlin --format {format}"
    script = shell(line, tmp_path).stderr.splitlines()
    labels = [line.partition(": ")[0] for line in script[1:]]  # after the line that echoes the start
    assert labels == ["Caution"] * (len(labels) - 1) + ["Notes"]
    assert len(labels) > 2
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "60", "TERM": "xterm", "NO_COLOR": "1"}
    with subprocess.Popen(["sh", "-c", line], stdout=subprocess.DEVNULL, stderr=theirs, env=environment) as asked:
        os.close(theirs)
        said = all_shown(ours)
        assert asked.wait(30) == 0
    os.close(ours)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", said.decode()).splitlines()[1:]
    assert max(map(len, lines)) <= 60
    assert " ".join(lines[-1].split()) in " ".join(script)
