"""Running the program in tests: one folder, one clock, what it said and the files it left."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from titrate.cli.app import run


class Told:
    """What a run said: its exit code and the text on stdout and stderr."""

    def __init__(self, code: int, out: bytes, err: bytes) -> None:
        self.code, self.data = code, out
        self.out, self.err = out.decode(), err.decode()

    @property
    def document(self) -> Any:
        return json.loads(self.out, parse_float=Decimal)


class Desk:
    """A folder to work in, at a moment that only the test moves on."""

    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.folder, self._capfd, self._patch = folder, capfd, patch
        patch.chdir(folder)
        patch.setenv("COLUMNS", "100")
        patch.setenv("TZ", "Europe/Berlin")
        self.now(2026, 11, 30, 9, 15)

    def now(self, *moment: int) -> None:
        """Set the clock, in UTC."""
        seconds = int(datetime(*moment, tzinfo=UTC).timestamp())  # type: ignore[misc,arg-type]
        self._patch.setenv("SOURCE_DATE_EPOCH", str(seconds))

    def titrate(self, line: str) -> Told:
        """Run a command line, written without the program's name."""
        argv = shlex.split(line)
        self._patch.setattr("sys.argv", ["titrate", *argv])
        code = run(argv)
        read = self._capfd.readouterr()
        return Told(code, read.out.encode("utf-8", "surrogateescape"), read.err.encode("utf-8", "surrogateescape"))

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()
