"""A batch that is stopped, by whatever, ends soon, says how to go on in a few plain lines, and leaves nothing running."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from itertools import count
from pathlib import Path

import pytest
from command import EPOCH, ID, at, begun, clinic, environment, ran, tree, until

from titrate.cli.app import run

PROCESSES = Path("/proc/self/task").exists()


@pytest.mark.parametrize("pause", [0.0, 0.1, 0.4])
def test_a_second_ctrl_c_neither_hangs_nor_shows_the_program_s_inside(tmp_path: Path, pause: float) -> None:
    (tmp_path / "roster.csv").write_text(clinic(3_000))
    process = begun("roster.csv", "--out", "o", "--format", "json", "--jobs", 2, folder=tmp_path)
    until(tmp_path / "o", 60)
    for _ in range(3):
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(pause)
        if process.poll() is not None:
            break
    try:
        _, said = process.communicate(timeout=40)
    finally:
        process.kill()
    lines = said.decode().splitlines()
    assert (process.returncode, lines[0], lines[-1]) == (1, "titrate: stopping ...", "titrate: stopped")
    assert "of 3000 rows are done; the rest:" in lines[-3]
    assert lines[-2] == "  titrate batch roster.csv --out o --format json --jobs 2 --resume"
    assert len(lines) == 4


@pytest.mark.skipif(not PROCESSES, reason="finds the workers in Linux's /proc")
@pytest.mark.parametrize("pause", [0.0, 0.05, 0.15])
def test_ctrl_c_while_the_workers_start_is_told_in_four_lines(tmp_path: Path, pause: float) -> None:
    (tmp_path / "roster.csv").write_text(clinic(1_000))
    process = begun("roster.csv", "--out", "o", "--format", "json", "--jobs", 4, folder=tmp_path)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + 30
    while len(children.read_text().split()) < 3:  # one of them is Python's own
        assert time.monotonic() < deadline, "no worker is started"
    time.sleep(pause)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=40)
    lines = said.decode().splitlines()
    assert process.returncode == 1
    assert len(lines) == 4, lines
    assert "of 1000 rows are done; the rest:" in lines[1]
    assert lines[2] == "  titrate batch roster.csv --out o --format json --jobs 4 --resume"


def test_a_disk_that_is_full_at_once_is_told_by_the_book_that_could_not_be_begun(tmp_path: Path) -> None:
    header = f"id,start,egfr,age{',' * 9_000}\n"  # longer than the most that a file may hold
    (tmp_path / "roster.csv").write_text(f"{header}a,monday,85,40\n")
    words = [*at(EPOCH), "batch", "roster.csv", "--out", "o", "--id", str(ID), "--format", "json"]
    command = ["bash", "-c", 'ulimit -f 4; exec "$@"', "bash", *words]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines()[2:] == ["titrate: o/rejected.csv: cannot be written: File too large"]
    assert done.stderr.startswith("0 of 1 rows are done; the rest:\n  titrate batch roster.csv --out o")
    assert ran("roster.csv", "--out", "o", "--resume", folder=tmp_path).code == 0
    assert "a.json" in tree(tmp_path / "o")


def test_a_roster_that_changes_meanwhile_is_told_without_a_way_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "roster.csv").write_text("id,start,egfr,age\na,monday,85,40\n")
    monkeypatch.chdir(tmp_path)
    looks = count()
    monkeypatch.setattr("titrate.batch.run._state", lambda _: (next(looks), 0))
    monkeypatch.setenv("TZ", "Europe/Berlin")
    assert run(["batch", "roster.csv", "--out", "o", "--jobs", "1"]) == 1
    assert capfd.readouterr().err == "titrate: roster.csv: it changed while it was read; give --out a new folder\n"
    assert not (tmp_path / "o/manifest.csv").exists()


def test_ctrl_c_is_given_back_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "roster.csv").write_text("id,start,egfr,age\na,monday,85,40\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "Europe/Berlin")
    before = signal.getsignal(signal.SIGINT)
    assert run(["batch", "roster.csv", "--out", "o", "--jobs", "1"]) == 0
    assert signal.getsignal(signal.SIGINT) is before is signal.default_int_handler
