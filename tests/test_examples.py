"""The examples are what their commands write, byte for byte."""

from __future__ import annotations

import html
import importlib.util
import io
import os
import re
from pathlib import Path

import pikepdf
import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
spec = importlib.util.spec_from_file_location("make_examples", EXAMPLES / "make.py")
assert spec and spec.loader
examples = importlib.util.module_from_spec(spec)
spec.loader.exec_module(examples)


def pages(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return len(document.pages)


@pytest.mark.parametrize("case", examples.cases(), ids=lambda case: case.name)
def test_an_example_is_what_its_command_writes(case: Path, tmp_path: Path) -> None:
    examples.make(case, tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_bytes() for path in case.iterdir() if path.name != "command"}
    assert sorted(made) == sorted(kept), f"run {EXAMPLES.name}/make.py again and read what changed"
    for name, data in made.items():
        if name.endswith(".pdf"):  # its bytes are also those of the typesetter's version
            assert pages(data) == pages(kept[name]), f"{case.name}/{name}: run examples/make.py again and look at it"
            continue
        assert data == kept[name], f"{case.name}/{name} is stale: run examples/make.py again and read what changed"


@pytest.mark.skipif(os.name == "nt", reason="a POSIX terminal is drawn")
def test_the_picture_of_the_terminal_shows_what_the_program_prints() -> None:
    made, kept = (
        [html.unescape(line) for line in re.findall(r"<text[^>]*>([^<]*)</text>", picture)]
        for picture in (examples.terminal_picture(), (EXAMPLES / "terminal.svg").read_text("utf-8"))
    )
    assert made == kept, "run examples/make.py again and look at terminal.svg"
    assert "15 mg" in "".join(kept).replace("\xa0", " ")


def test_the_examples_that_were_promised_are_there() -> None:
    promised = {"standard", "reduced-kidney-function", "confirmed-g4", "target-30", "ten-mg-tablets"}
    assert promised <= {case.name for case in examples.cases()}
