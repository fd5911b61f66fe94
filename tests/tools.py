"""What a test needs from outside this repository: where that is missing, the test is skipped by name; where CI=true, it fails."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

READERS = Path(__file__).parent / "readers"


def need(there: object, what: str) -> None:
    """Skip the test, or fail it where CI=true, unless what it needs is there."""
    if there:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing; .ci/run must install it")
    pytest.skip(f"{what} is not installed")


def program(name: str) -> str:
    """The path of a program."""
    path = shutil.which(name)
    need(path, name)
    return str(path)


def package(name: str) -> None:
    """Need a Python package."""
    need(find_spec(name), f"the package {name}")


def from_npm(path: str) -> Path:
    """A file of an npm package that a package.json under tests/readers names."""
    folder = READERS / path.partition("node_modules")[0]
    file = READERS / path
    need(
        file.exists(),
        f"{path.rpartition('node_modules/')[2]} (npm ci --prefix {folder.relative_to(READERS.parents[1])})",
    )
    return file
