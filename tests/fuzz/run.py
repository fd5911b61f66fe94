"""Atheris over a reader of files, by hand: `python tests/fuzz/run.py plan|roster|protocol -atheris_runs=100000 [-max_len=64]`.

Not a dependency: `pip install atheris` (Linux, CPython). Figures stand in README.md of this folder's history: see FOUND below.
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
