"""Stopped at a random moment, a command has happened or has not, and the next one finds nothing half done."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from stopping import strikes

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of a POSIX system")


def test_a_kill_at_any_moment_leaves_whole_files_and_the_next_command_makes_all_old_or_all_new(tmp_path: Path) -> None:
    strikes(signal.SIGKILL, 16, 1, tmp_path)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_whatever_else_stops_a_command_does_what_ctrl_c_does(name: str, tmp_path: Path) -> None:
    strikes(signal.Signals[name], 8, 2, tmp_path)


def test_ctrl_c_at_any_moment_leaves_all_files_old_or_new_as_the_exit_code_says(tmp_path: Path) -> None:
    strikes(signal.SIGINT, 16, 3, tmp_path)
