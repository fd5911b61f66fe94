"""A system that is broken, small or old costs a plain line and an exit code: no traceback, no half file, no other dose."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from command import Desk, at

from titrate.cli.app import COMMANDS

NOW = 1796030100  # 2026-11-30
PLAN = ["plan", "--start", "2026-12-01", "--egfr", "85", "--age", "40"]
FILES = ["-o", "plan.json", "-o", "plan.ics", "-o", "plan.csv", "-o", "plan.md", "-o", "plan.html", "-o", "plan.pdf"]
EVERY_COMMAND = {
    "plan": PLAN,
    "kidney": ["kidney", "--creatinine", "88 umol/L", "--age", "40", "--sex", "female"],
    "screen": ["screen", "--egfr", "50", "--age", "70", "--taking", "codeine"],
    "show": ["show", "saved.json"],
    "revise": ["revise", "saved.json", "--from", "2026-12-05", "--hold", "3", "-o", "revised.json"],
    "today": ["today", "saved.json", "--date", "2026-12-05"],
    "share": ["share", "saved.json", "--bind", "127.0.0.1"],
    "evidence": ["evidence", "protocol"],
    "batch": ["batch", "--template"],
    "help": ["help", "plan"],
}
# A full disk would leave half a compiled module behind, which Python reads again the next time.
CLEAN = {"PYTHONDONTWRITEBYTECODE": "1"} | {
    name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ
}


def process(
    argv: Sequence[str], folder: Path, *, before: str = "", flags: Sequence[str] = (), **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a command line in a process of its own, with nothing in its environment but what is given, after `before`."""
    if argv[0] == "share":
        before += "\nfrom titrate.sharing import server\nserver.LIFE = 0"  # over as soon as it has begun
    python, *start = at(NOW, before)
    return subprocess.run(
        [python, *flags, *start, *argv],
        cwd=folder,
        env={**CLEAN, "TZ": "Europe/Berlin", **environment},
        capture_output=True,
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    place = tmp_path_factory.mktemp("saved")
    assert process([*PLAN, "-o", "saved.json"], place).returncode == 0
    return (place / "saved.json").read_bytes()


@pytest.fixture
def folder(tmp_path: Path, saved: bytes) -> Path:
    (tmp_path / "saved.json").write_bytes(saved)
    return tmp_path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"saved.json"}


def test_every_command_is_tried() -> None:
    assert set(EVERY_COMMAND) == set(COMMANDS)


# --- Disk ---


@pytest.mark.skipif(os.name == "nt", reason="limits of a POSIX process")
def test_a_full_disk_is_told_in_one_line_and_no_file_is_left(folder: Path) -> None:
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))"
    told = process([*PLAN, *FILES], folder, before=full)
    assert told.returncode == 1
    assert told.stdout == b""
    assert re.search(rb"^titrate: plan\.\w+: cannot be written: File too large;", told.stderr, re.MULTILINE)
    assert b"Traceback" not in told.stderr
    assert names(folder) == set()
    before = (folder / "saved.json").read_bytes()
    told = process(["revise", "saved.json", "--from", "2026-12-05", "--hold", "3"], folder, before=full)
    assert told.returncode == 1
    assert (folder / "saved.json").read_bytes() == before
    assert names(folder) == set()


def test_half_a_compiled_module_that_a_full_disk_left_is_named_with_the_way_out(folder: Path) -> None:
    cache = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "cache")}
    assert process(PLAN, folder, **cache).returncode == 0
    (compiled,) = (folder / "cache").rglob("titrate/cli/plan.*.pyc")
    compiled.write_bytes(compiled.read_bytes()[:3000])
    told = process(PLAN, folder, **cache)
    assert told.returncode == 1
    assert b"titrate: a compiled module is damaged; delete every folder named __pycache__ in " in told.stderr
    assert b"Traceback" not in told.stderr


CLOSED = """
import os
real = os.open
def closed(path, flags, *more, **named):
    if flags & os.O_CREAT:
        raise OSError(NUMBER, os.strerror(NUMBER))
    return real(path, flags, *more, **named)
os.open = closed
"""


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EPERM, errno.EDQUOT])
def test_a_folder_that_nobody_may_write_to_is_told_in_one_line(number: int, folder: Path) -> None:
    # By what the system answers and not by mode: whoever runs the tests may be allowed everything.
    closed = CLOSED.replace("NUMBER", str(number))
    told = process([*PLAN, *FILES], folder, before=closed)
    assert told.returncode == 1
    assert f"titrate: plan.json: cannot be written: {os.strerror(number)};".encode() in told.stderr
    assert b"Traceback" not in told.stderr
    assert names(folder) == set()


# --- Streams ---


@pytest.mark.parametrize("command", EVERY_COMMAND)
def test_a_pipe_that_is_closed_early_is_quiet(command: str, folder: Path) -> None:
    with subprocess.Popen(
        [*at(NOW), *EVERY_COMMAND[command]],
        cwd=folder,
        env={**CLEAN, "TZ": "Europe/Berlin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout
        assert running.stderr
        running.stdout.close()
        said = running.stderr.read()
        assert running.wait(60) == 0
    assert b"Traceback" not in said
    assert b"roken pipe" not in said


@pytest.mark.parametrize("where", ["plan.make_plan", "os.fsync", "os.replace"])
def test_a_stop_by_hand_is_one_line_and_leaves_no_file(where: str, folder: Path) -> None:
    home = "from titrate.engine import plan" if where.startswith("plan.") else "import os"
    stopped = f"{home}; {where} = lambda *a, **k: (_ for _ in ()).throw(KeyboardInterrupt)"
    told = process([*PLAN, *FILES], folder, before=stopped)
    assert told.returncode == 1
    assert told.stderr.decode().splitlines()[-1] == "titrate: stopped; nothing was written"
    assert b"Traceback" not in told.stderr
    assert names(folder) == set()


# --- Time ---


def test_a_clock_set_back_makes_a_start_far_away_or_a_test_in_the_future_and_both_are_said(folder: Path) -> None:
    told = process(PLAN, folder, SOURCE_DATE_EPOCH="0")
    assert told.returncode == 0
    assert b"the start 2026-12-01 is more than a year away" in told.stdout
    told = process([*PLAN, "--tested", "2026-11-20"], folder, SOURCE_DATE_EPOCH="0")
    assert told.returncode == 2
    assert b"--tested: 2026-11-20 is in the future" in told.stderr


@pytest.mark.parametrize("epoch", ["-1", "99999999999999", "1e9", "x", "253402300800"])
def test_a_clock_that_cannot_be_true_is_told_in_one_line(epoch: str, folder: Path) -> None:
    told = process([*PLAN, "-o", "plan.json"], folder, SOURCE_DATE_EPOCH=epoch)
    assert told.returncode in {0, 2}
    assert b"Traceback" not in told.stderr
    if told.returncode:
        assert told.stderr.startswith(b"titrate: ")
        assert names(folder) == set()


@pytest.mark.parametrize("epoch", ["1_0", "٣", " 1796030100", "+5"])
def test_a_clock_is_a_whole_number_in_plain_digits(epoch: str, folder: Path) -> None:
    told = process(PLAN, folder, SOURCE_DATE_EPOCH=epoch)
    assert told.returncode == 2
    assert b"is no number of seconds since 1970" in told.stderr


def test_without_the_time_zone_package_it_says_what_to_install(folder: Path) -> None:
    missing = "import sys; sys.modules['tzdata'] = None; from titrate.__main__ import program; program()"
    command = [sys.executable, "-c", missing, *PLAN, "-o", "plan.json"]
    told = subprocess.run(command, cwd=folder, env=CLEAN, capture_output=True, check=False, timeout=60)
    assert told.returncode == 1
    assert told.stderr.decode() == "titrate: tzdata: the time zones are not installed; run pip install tzdata\n"
    assert names(folder) == set()


def test_the_systems_own_time_zones_are_never_asked(folder: Path) -> None:
    usual = process([*PLAN, "--format", "ics", "--id", "00000000-0000-4000-8000-000000000001"], folder)
    other = process(
        [*PLAN, "--format", "ics", "--id", "00000000-0000-4000-8000-000000000001"], folder, PYTHONTZPATH="/nowhere"
    )
    assert usual.stdout == other.stdout


# --- Settings of language, width and home ---

LANGUAGES = {
    (("LC_ALL", "xx_YY.nowhere"), ("LANG", "nonsense")): "utf-8",
    (("LC_ALL", "tr_TR.UTF-8"),): "utf-8",
    (("LC_ALL", "C"), ("PYTHONUTF8", "0"), ("PYTHONCOERCECLOCALE", "0")): "ascii",
    (("PYTHONUTF8", "0"), ("PYTHONIOENCODING", "cp1252")): "cp1252",  # as Windows has it in a pipe
    (("PYTHONUTF8", "0"), ("PYTHONIOENCODING", "ascii")): "ascii",
}


@pytest.mark.parametrize("command", ["plan", "screen", "revise", "evidence"])
def test_a_language_setting_changes_no_dose_and_costs_no_traceback(command: str, folder: Path) -> None:
    usual = process(EVERY_COMMAND[command], folder, PYTHONUTF8="1")
    assert usual.returncode == 0
    for language, encoding in LANGUAGES.items():
        (folder / "revised.json").unlink(missing_ok=True)
        told = process(EVERY_COMMAND[command], folder, **dict(language))
        assert told.returncode == 0
        assert b"Traceback" not in told.stderr
        shown = told.stdout.decode(encoding)
        # What the encoding lacks is a question mark; every digit and letter stands where it stood.
        assert plain(shown) == plain(usual.stdout.decode())


@pytest.mark.parametrize("encoding", ["cp1250", "ascii", "cp437", "utf-8"])
def test_half_a_tablet_stays_half_a_tablet_in_every_encoding(encoding: str, folder: Path) -> None:
    told = process([*PLAN, "--tablet", "10"], folder, PYTHONUTF8="0", PYTHONIOENCODING=encoding)
    shown = told.stdout.decode(encoding)
    assert "?" not in shown
    half = "½" if encoding in ("utf-8", "cp437") else "0.5"
    assert f"{half} x 10" in shown
    today = process(["today", "saved.json"], folder, PYTHONUTF8="0", PYTHONIOENCODING=encoding)
    assert b"?" not in today.stdout


def plain(text: str) -> list[str]:
    return re.sub(r"[^A-Za-z0-9\s]", "", text).split()


def test_files_are_utf_8_whatever_the_system_says(folder: Path) -> None:
    argv = [*PLAN, "--contact", "Dr. Müller → Łódź", "--id", "00000000-0000-4000-8000-000000000001", *FILES[:-2]]
    made = {}
    for language in ({"PYTHONUTF8": "1"}, *map(dict, list(LANGUAGES)[3:])):
        own = folder / f"{len(made)}"
        own.mkdir()
        # Every file opened without its encoding named is an error here.
        told = process(
            argv,
            own,
            flags=["-W", "error::EncodingWarning", "-X", "warn_default_encoding"],
            **language,
        )
        assert told.returncode == 0, told.stderr
        made[len(made)] = {path.name: path.read_bytes() for path in own.iterdir()}
    assert made[0] == made[1] == made[2]
    assert "Müller → Łódź" in made[0]["plan.json"].decode("utf-8")


@pytest.mark.parametrize("command", EVERY_COMMAND)
def test_in_20_columns_no_word_is_lost(command: str, folder: Path) -> None:
    wide = process(EVERY_COMMAND[command], folder, COLUMNS="300")
    (folder / "revised.json").unlink(missing_ok=True)
    narrow = process(EVERY_COMMAND[command], folder, COLUMNS="20")
    assert narrow.returncode == wide.returncode == 0
    doses = re.compile(rb"\b\d+(?:\.\d+)?\s*mg")
    assert {re.sub(rb"\s", b"", dose) for dose in doses.findall(wide.stdout)} <= {
        re.sub(rb"\s", b"", dose) for dose in doses.findall(narrow.stdout)
    }
    if command in {"plan", "show", "screen", "kidney", "evidence"}:
        for line in narrow.stdout.decode().splitlines():
            assert len(line) <= 20 or max(map(len, line.split())) > 12, line


@pytest.mark.parametrize("columns", ["0", "-5", "x", "1", "100000"])
def test_an_odd_width_is_no_trouble(columns: str, folder: Path) -> None:
    for command in ("plan", "screen", "kidney", "today"):
        told = process(EVERY_COMMAND[command], folder, COLUMNS=columns)
        assert told.returncode == 0
        assert b"Traceback" not in told.stderr


@pytest.mark.parametrize("command", EVERY_COMMAND)
def test_without_a_home_and_an_environment_every_command_runs(command: str, folder: Path) -> None:
    told = process(EVERY_COMMAND[command], folder)
    assert "HOME" not in CLEAN
    assert told.returncode == 0, told.stderr
    assert names(folder) <= {"revised.json"}


def test_an_interrupt_while_planning_is_told_in_the_same_process_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("titrate.cli.plan.make_plan", interrupted)
    told = desk.titrate("plan --start 2026-12-01 --egfr 85 -o plan.json")
    assert (told.code, told.err) == (1, "titrate: stopped; nothing was written\n")
    assert desk.files() == []


@pytest.fixture
def desk(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, capfd, monkeypatch)
