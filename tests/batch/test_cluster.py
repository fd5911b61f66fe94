"""The same roster on a Dask cluster gives the same folder, byte for byte, on machines that share no disk with us."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command import CREATED, ID, clinic, environment, package, ran, tree

PROGRAM = Path(__file__).parents[2] / "examples" / "cluster" / "run.py"
EXAMPLE = PROGRAM.with_name("roster.csv")
ROWS = 300


def run_on_a_cluster(folder: Path, roster: str, *words: str, **told: str) -> subprocess.CompletedProcess[str]:
    made = () if "--created" in words else ("--created", CREATED.isoformat())
    command = [sys.executable, str(PROGRAM), roster, "--id", str(ID), *made, *words]
    settled = environment() | {"DASK_DISTRIBUTED__WORKER__DAEMON": "False"} | told
    return subprocess.run(command, cwd=folder, env=settled, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    package("distributed")
    made = tmp_path_factory.mktemp("cluster")
    (made / "roster.csv").write_text(clinic(ROWS))
    assert ran("roster.csv", "--out", "here", "--format", "json,ics", "--id", ID, folder=made).code == 2
    return made


def test_a_cluster_of_processes_makes_the_same_files_and_manifest(folder: Path) -> None:
    done = run_on_a_cluster(folder, "roster.csv", "--out", "there")
    assert done.returncode == 2, done.stderr
    assert tree(folder / "there") == tree(folder / "here")


def test_a_clinic_s_defaults_count_on_a_cluster_too(folder: Path) -> None:
    (folder / "few.csv").write_text(clinic(4))
    told = {"TITRATE_CONTACT": "Ward 7", "TITRATE_EVENING": "21:00", "TITRATE_TZ": "Asia/Tokyo"}
    assert ran("few.csv", "--out", "alone", "--id", ID, folder=folder, **told).code == 0
    done = run_on_a_cluster(folder, "few.csv", "--out", "together", **told)
    assert done.returncode == 0, done.stderr
    assert tree(folder / "together") == tree(folder / "alone")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--format", "jsn"), "format: jsn is unknown; give csv or"),
        (("--created", "yesterday"), "--created: yesterday is no moment; give one such as 2026-12-01T09:15:00+01:00"),
    ],
)
def test_what_a_cluster_is_asked_is_read_before_it_is_started(folder: Path, words: tuple[str, ...], said: str) -> None:
    done = run_on_a_cluster(folder, "roster.csv", "--out", "nowhere", *words)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert done.stderr.startswith(said)
    assert not (folder / "nowhere").exists()


def test_any_cluster_does_by_its_address_and_finishes_what_another_began(folder: Path, tmp_path: Path) -> None:
    """The machines of this cluster are started alone, in another folder, and do not have the program's file."""
    at = f"{tmp_path}/scheduler.json"
    alike = ("--scheduler-file", at, "--no-dashboard")
    start = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *alike]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "1", *alike]
    processes = []
    try:
        for command in (start, worker):
            processes.append(subprocess.Popen(command, cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL))
            deadline = time.monotonic() + 60
            while not Path(at).exists():
                assert time.monotonic() < deadline, "the scheduler does not start"
                time.sleep(0.1)
        address = json.loads(Path(at).read_text())["address"]
        done = run_on_a_cluster(folder, str(EXAMPLE), "--out", "elsewhere", "--address", address)
        assert done.returncode == 2, done.stderr
        (folder / "elsewhere/manifest.csv").unlink()
        (folder / "elsewhere/A-0001.json").unlink()
        done = run_on_a_cluster(folder, str(EXAMPLE), "--out", "elsewhere", "--address", address, "--resume")
        assert done.returncode == 2, done.stderr
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(30)
    assert ran(EXAMPLE, "--out", "example", "--id", ID, folder=folder).code == 2
    assert tree(folder / "elsewhere") == tree(folder / "example")
