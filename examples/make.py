"""Make every example again: `python examples/make.py`. Each folder holds a `command` and what it writes; a test keeps them true."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
# One moment, one zone and one width, so that the files are the same on every machine.
SETTING = {
    "SOURCE_DATE_EPOCH": "1796040000",
    "TZ": "Europe/Berlin",
    "COLUMNS": "100",
    "NO_COLOR": "1",
    "PYTHONUTF8": "1",
}


def cases() -> list[Path]:
    """Return the folders that hold an example, in order."""
    return sorted(path.parent for path in HERE.glob("*/command"))


def settled() -> dict[str, str]:
    """Return the environment of every example: the setting above, and no clinic's defaults."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TITRATE_")} | SETTING


def make(case: Path, folder: Path) -> None:
    """Run the example's command in `folder`; what it prints is written to output.txt there."""
    for line in (case / "command").read_text("utf-8").splitlines():
        program, *words = shlex.split(line)
        if program != "titrate":
            raise SystemExit(f"{case.name}: {program} is not titrate")
        ran = subprocess.run(
            [sys.executable, "-m", "titrate", *words], cwd=folder, env=settled(), capture_output=True, check=False
        )
        if ran.returncode:
            raise SystemExit(f"{case.name}: exit {ran.returncode}\n{ran.stderr.decode()}")
        (folder / "output.txt").write_bytes(ran.stdout)


if __name__ == "__main__":
    for example in cases():
        with tempfile.TemporaryDirectory() as folder:  # over an older plan the program would keep that one beside it
            make(example, Path(folder))
            shutil.copytree(folder, example, dirs_exist_ok=True)
        sys.stdout.write(f"{example.name}\n")
