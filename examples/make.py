"""Make every example again: `python examples/make.py`. Each folder holds a `command` and what it writes; a test keeps them true.

`terminal.svg` is what a person sees at a terminal. `handout.png`, two pages of a handout, is drawn by hand with poppler:
`pdftoppm -r 60 -png`.
"""

from __future__ import annotations

import io
import os
import re
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


def terminal_picture() -> str:
    """Return as SVG what the standard plan looks like in a terminal of 80 columns; needs a POSIX system."""
    import pty

    from rich.console import Console
    from rich.text import Text

    (line,) = (HERE / "standard" / "command").read_text("utf-8").splitlines()
    words = re.sub(r" -o \S+", "", line).split()[1:]
    ours, theirs = pty.openpty()
    setting = {name: value for name, value in settled().items() if name != "NO_COLOR"}
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [sys.executable, "-m", "titrate", *words],
            cwd=folder,
            env=setting | {"COLUMNS": "80", "TERM": "xterm-256color"},
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=subprocess.DEVNULL,
        ),
    ):
        os.close(theirs)
        drawn = b""
        try:
            while part := os.read(ours, 65536):
                drawn += part
        except OSError:  # how Linux says that the other end is closed
            pass
    os.close(ours)
    screen = Console(width=80, record=True, file=io.StringIO())
    screen.print(Text.from_ansi(drawn.decode().replace("\r", "")))
    picture = screen.export_svg(title="titrate plan", unique_id="titrate")
    return re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)  # the reader's own font: nothing is loaded


if __name__ == "__main__":
    for example in cases():
        with tempfile.TemporaryDirectory() as folder:  # over an older plan the program would keep that one beside it
            make(example, Path(folder))
            shutil.copytree(folder, example, dirs_exist_ok=True)
        sys.stdout.write(f"{example.name}\n")
    (HERE / "terminal.svg").write_text(terminal_picture(), encoding="utf-8")
