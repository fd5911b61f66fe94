"""Commands that are stopped from outside at random moments, and what must be so after each; run it for many.

`python tests/stopping.py KILL 300`, `python tests/stopping.py INT 600`, `TERM`, `HUP`: as many stops by that signal, over plan, revise and undo.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

PLAN = "plan --start 2026-12-01 --egfr 85 --age 44 --taking none --condition none --tz Europe/Berlin -o plan.json"
COMMANDS = {
    "plan": f"{PLAN} -o plan.ics --force",
    "revise": "revise plan.json --from 2026-12-05 --hold 1 -o plan.ics -o cards/plan.csv",
    "undo": "revise plan.json --undo -o plan.ics -o cards/plan.csv",
}
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
JOURNAL = ".titrate.journal"


def environment() -> dict[str, str]:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("TITRATE_")}
    return bare | {"TZ": "Europe/Berlin"}


def begun(line: str, folder: Path) -> subprocess.Popen[bytes]:
    start = "from titrate.__main__ import program; program()"
    words = [sys.executable, "-c", start, *line.split()]
    return subprocess.Popen(words, cwd=folder, env=environment(), **QUIET)  # type: ignore[call-overload,no-any-return]


def done(line: str, folder: Path) -> int:
    run = begun(line, folder)
    run.communicate()
    return run.returncode


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def versions(files: dict[str, bytes]) -> list[bytes]:
    return [data for name, data in files.items() if name.endswith(".bak")]


def is_whole(name: str, data: bytes) -> bool:
    """Whether a file that a command wrote has its end."""
    ends = {".json": b"}\n", ".ics": b"END:VCALENDAR\r\n", ".csv": b"\n", ".bak": b"}\n"}
    if Path(name).suffix in {".json", ".bak"}:
        json.loads(data)
    return data.endswith(ends[Path(name).suffix])


def strikes(number: signal.Signals, times: int, seed: int, folder: Path) -> Counter[str]:
    """Stop commands that many times at random moments, half of them while they write; return how often which state was left.

    Raises AssertionError where a file is neither the old nor the new one, where some are old and some are new after the next
    command (for a signal that can be heard: at once), where the exit code says otherwise, or where anything is left over.
    """
    chance = random.Random(seed)
    (folder / "cards").mkdir()
    assert done(PLAN, folder) == 0
    begin = time.monotonic()
    assert done(COMMANDS["revise"], folder) == 0
    usual = time.monotonic() - begin
    seen: Counter[str] = Counter()
    for _ in range(times):
        name = chance.choice([*COMMANDS])
        before = tree(folder)
        run = begun(COMMANDS[name], folder)
        if chance.random() < 0.5:
            time.sleep(chance.uniform(0, 1.1 * usual))
        else:
            while run.poll() is None and not (folder / JOURNAL).exists():
                time.sleep(0.0002)
            time.sleep(chance.uniform(0, 0.03))
        run.send_signal(number)
        heard = run.communicate()[1].decode()
        check_stopped(number, before, tree(folder), run.returncode, heard)
        seen[f"{name} {check_next(before, folder)}"] += 1
        if is_early(number, run.returncode, heard):
            seen["before the program had begun"] += 1
    return seen


def check_stopped(
    number: signal.Signals, before: dict[str, bytes], after: dict[str, bytes], code: int, heard: str
) -> None:
    """What holds at once after a stop."""
    shown = {name: data for name, data in after.items() if not Path(name).name.startswith(".")}
    for name, data in shown.items():
        assert before.get(name) == data or is_whole(name, data), name
    assert set(before) <= set(after)
    if number is signal.SIGKILL:
        return
    assert shown == after, "something is left over"
    assert code in {0, 1, 3, -number}, heard  # 3: there was nothing to take back
    assert (code == 0) == (before != after), f"{code}: {heard}"
    if code == 1 and not is_early(number, code, heard):
        assert heard.splitlines()[-1] == "titrate: stopped; nothing was written", heard
    assert "fault of its own" not in heard, heard
    assert "Traceback" not in heard or is_early(number, code, heard), heard


def is_early(number: signal.Signals, code: int, heard: str) -> bool:
    """Whether Python itself was stopped while it began, before a line of the program ran."""
    return number is not signal.SIGKILL and (code == -number or (code == 1 and "titrate" not in heard))


def check_next(before: dict[str, bytes], folder: Path) -> str:
    """What holds after the next command: all is old, or all is new and what was replaced of the plan is kept."""
    assert done("show plan.json --format csv", folder) == 0
    after = tree(folder)
    assert not [name for name in after if Path(name).name.startswith(".")]
    if after == before:
        return "old"
    changed = {name for name in after if before.get(name) != after[name]}
    assert "plan.json" in changed
    assert len(versions(after)) == len(versions(before)) + 1
    assert before["plan.json"] in versions(after)
    return "new"


if __name__ == "__main__":
    for heard in (signal.SIGINT, signal.SIGHUP):  # which what is started in the background ignores
        signal.signal(heard, signal.SIG_DFL)
    place = Path(tempfile.mkdtemp())
    try:
        print(strikes(signal.Signals[f"SIG{sys.argv[1]}"], int(sys.argv[2]), 1, place))
    finally:
        shutil.rmtree(place)
