"""No command but `share` opens a network connection; none leaves a file that nobody asked for, or shows a patient in an error."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from command import at

from titrate.cli.app import COMMANDS

# Run by every Python process that has this folder on its path, worker processes included: a socket ends it at once. `share`
# alone goes on, and all that it does with a network is told.
FORBIDDEN = """
import os, sys
def forbid(event, args):
    if event.startswith(("socket.", "urllib.", "http.", "ftplib.", "smtplib.", "poplib.", "imaplib.", "telnetlib.")):
        if sys.argv[1:2] == ["share"]:
            os.write(2, f"share: {event} {args[1:]}\\n".encode())
        # Two sockets of one process that are joined to each other, as an event loop has, reach nobody.
        elif not (event == "socket.__new__" and args[1] == 1):  # AF_UNIX
            os.write(2, f"network: {event}\\n".encode())
            os._exit(97)
sys.addaudithook(forbid)
"""
ROSTER = "id,start,egfr,age,taking\na,2026-12-01,85,40,none\nb,2026-12-01,70,50,codeine\nc,2026-12-02,90,30,none\n"
FORMATS = ("json", "ics", "csv", "md", "html", "pdf")
PERSON = {"--taking": "codeine", "--contact": "Dr. Quillfeather 0117 496 0123", "--prescriber": "Dr. Umbrage"}
RUNS: dict[str, list[list[str]]] = {
    "plan": [
        [
            *["plan", "--start", "2026-12-01", "--egfr", "83.71", "--age", "40", "--tested", "2026-11-20"],
            *[word for pair in PERSON.items() for word in pair],
            *["--confirm", "cns-depressant"],
            *[word for name in FORMATS for word in ("-o", f"plan.{name}")],
        ],
        ["plan", "--start", "2026-12-01", "--egfr", "12"],
        ["plan", "--start", "03/04/2026", "--egfr", "85"],
    ],
    "kidney": [["kidney", "--creatinine", "88 umol/L", "--age", "40", "--sex", "female", "--format", "json"]],
    "screen": [["screen", "--egfr", "50", "--taking", "codeine", "--format", name] for name in ("table", "md", "json")],
    "show": [["show", "plan.json"], ["show", "plan.json", "--explain", "2026-12-05"]],
    "revise": [["revise", "plan.json", "--from", "2026-12-05", "--hold", "3", "-o", "plan.pdf"]],
    "today": [["today", "plan.json", "--date", "2026-12-06"]],
    "share": [["share", "plan.json", "--bind", "127.0.0.1"]],
    "evidence": [["evidence", topic] for topic in ("therapies", "sources", "hazards", "protocol")],
    "batch": [
        ["batch", "roster.csv", "--out", "plans", "--jobs", jobs, "--format", ",".join(FORMATS)] for jobs in ("1", "2")
    ],
    "help": [("help", "plan")],
}
SHORT = "from titrate.sharing import server; server.LIFE = 0"
EXPECTED = {"plan.json.1.bak", "roster.csv", *(f"plan.{name}" for name in FORMATS)}


def process(argv: Sequence[str], folder: Path, temporary: Path, watch: Path) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    place = dict.fromkeys(("TMPDIR", "TEMP", "TMP", "HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), str(temporary))
    return subprocess.run(
        [*at(1796030100, SHORT if argv[0] == "share" else ""), *argv],
        cwd=folder,
        env={**kept, **place, "TZ": "Europe/Berlin", "PYTHONPATH": str(watch), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("watch")
    (place / "sitecustomize.py").write_text(FORBIDDEN, "utf-8")
    return place


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, watch: Path) -> tuple[dict[str, list[int]], str, Path, Path]:
    """Every command once: the exit codes, all that was said, the folder and the one for temporary files."""
    folder, temporary = tmp_path_factory.mktemp("work"), tmp_path_factory.mktemp("temporary")
    (folder / "roster.csv").write_text(ROSTER, "utf-8")
    codes: dict[str, list[int]] = {}
    said = ""
    for command, lines in RUNS.items():
        for line in lines:
            told = process(
                [word.replace("plans", f"plans{line[5]}") if command == "batch" else word for word in line],
                folder,
                temporary,
                watch,
            )
            codes.setdefault(command, []).append(told.returncode)
            said += told.stderr
    return codes, said, folder, temporary


def test_no_command_but_share_opens_a_socket(ran: tuple[dict[str, list[int]], str, Path, Path]) -> None:
    codes, said, folder, _ = ran
    assert set(codes) == set(COMMANDS)
    assert codes["plan"] == [0, 3, 2]
    assert codes["batch"] == [3, 3]  # one of the three is refused
    assert {code for command, found in codes.items() if command not in {"plan", "batch"} for code in found} == {0}
    assert "network:" not in said
    assert "Traceback" not in said
    assert (folder / "plans2" / "a.pdf").exists() or any((folder / "plans2").rglob("a.pdf"))


def test_share_opens_one_listening_socket_at_its_address_and_nothing_else(tmp_path: Path, watch: Path) -> None:
    assert process(RUNS["plan"][0], tmp_path, tmp_path, watch).returncode == 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with subprocess.Popen(
        [*at(1796030100), *RUNS["share"][0]],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(watch), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as running:
        assert running.stdout
        address = running.stdout.readline().strip()
        for _ in range(3):
            with urllib.request.urlopen(f"{address}/plan.ics", timeout=20) as calendar:
                assert calendar.read() == before["plan.ics"]
        _, said = running.communicate(timeout=20)
    assert running.returncode == 0
    did = Counter(line for line in said.splitlines() if line.startswith(("share: ", "network: ")))
    fetched = (
        did.pop("share: socket.__new__ (2, 1, 0)") - 1
    )  # an internet address, a stream: the listening one, and each phone's
    assert fetched == 3
    del did["share: socket.__new__ (1, 1, 0)"]  # two of one process that are joined to each other
    assert did == {"share: socket.bind (('127.0.0.1', 0),)": 1}
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_socket_would_have_been_noticed(tmp_path: Path, watch: Path) -> None:
    for attempt in (
        "import socket; socket.socket()",
        "import socket; socket.getaddrinfo('localhost', 80)",
        "import urllib.request; urllib.request.urlopen('http://localhost:9')",
    ):
        done = subprocess.run(
            [sys.executable, "-c", attempt],
            env={**os.environ, "PYTHONPATH": str(watch)},
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 97, attempt


def test_nothing_is_left_in_the_folder_for_temporary_files(ran: tuple[dict[str, list[int]], str, Path, Path]) -> None:
    _, _, folder, temporary = ran
    assert list(temporary.rglob("*")) == []
    assert {path.name for path in folder.iterdir() if path.is_file()} == EXPECTED
    assert [path for path in folder.rglob("*") if path.name.endswith((".part", ".tmp", "~"))] == []


def test_an_error_that_nobody_foresaw_shows_no_patient(tmp_path: Path) -> None:
    for place in ("plan.make_plan", "kidney.assess", "screen.findings", "tablets.supply"):
        broken = (
            "import sys\nfrom titrate.engine import kidney, plan, screening as screen, tablets\n"
            f"def failing(*a, **k): raise KeyError('Quillfeather takes codeine', a, k)\n{place} = failing\n"
            "from titrate.__main__ import main\nsys.argv[0] = 'titrate'\nsys.exit(main())"
        )
        done = subprocess.run(
            [sys.executable, "-c", broken, *RUNS["plan"][0]],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 1
        assert done.stderr.startswith("titrate: a fault of its own (KeyError); files that were written are whole\n")
        assert ":3 in failing\n" in done.stderr  # where it happened
        told = done.stdout + done.stderr
        for secret in (*PERSON.values(), "Quillfeather", "Umbrage", "codeine", "2026-11-20", "83.71"):
            assert secret not in told, (place, secret)
        assert list(tmp_path.iterdir()) == []
