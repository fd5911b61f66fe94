"""Atheris over a reader of files, by hand: `python tests/fuzz/run.py plan|roster|protocol -atheris_runs=100000 -max_len=48 -len_control=0`.

Not a dependency of the tests: `pip install atheris` (Linux, CPython). Inputs so far, on 2026-11-23, stopped before their end:
protocol 93,277, plan 12,310, roster 2,148; what was found is in tests/test_fuzz_found.py, and nothing since.
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
