"""Atheris over a reader of files, by hand: `python tests/fuzz/run.py plan|roster|protocol -atheris_runs=100000 -max_len=48 -len_control=0`.

Not a dependency of the tests: `pip install atheris` (Linux, CPython). On 2026-11-23, atheris 3.0.0: plan 100,000 inputs in 6 minutes,
protocol 100,000 in 12, roster 100,000 in 35 on a busy machine, after a first run had found a cell that took its length squared to
refuse. What was found is in tests/cli/test_fuzz_finds.py. Whole command lines: tests/cli/test_command_lines.py.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

with atheris.instrument_imports(include=["titrate"]):
    import readers

if __name__ == "__main__":
    name = sys.argv.pop(1)
    readers.timed(name, b"\x00")  # what is worked out once is not counted as slow
    atheris.Setup(sys.argv, lambda data: readers.timed(name, data))
    atheris.Fuzz()
