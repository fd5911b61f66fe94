"""Bad input, and exactly what is said about it: the catalogue in `errors/`, each case run as a person would type it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from command import Desk

CATALOGUE = Path(__file__).parents[1] / "errors"


def cases() -> list[Any]:
    """Each case with what its file says of all: what was run before, and which files lie there."""
    found = []
    for file in sorted(CATALOGUE.glob("*.toml")):
        data = tomllib.loads(file.read_text("utf-8"))
        for number, row in enumerate(data["case"], 1):
            said = {
                "before": data.get("before", []),
                "files": data.get("files", {}),
                "links": data.get("links", {}),
                **row,
            }
            found.append(pytest.param(said, id=f"{file.stem}-{number}: {row['command']}"))
    return found


@pytest.fixture
def desk(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, capfd, monkeypatch)


@pytest.mark.parametrize("said", cases())
def test_bad_input_is_told_exactly_and_nothing_is_written(said: dict[str, Any], desk: Desk) -> None:
    (desk.folder / "folder.csv").mkdir()
    for name, text in said["files"].items():
        (desk.folder / name).write_text(text, encoding="utf-8")
    for command in said["before"]:
        assert desk.titrate(command).code == 0
    for name, target in said["links"].items():
        (desk.folder / name).symlink_to(target)
    if "edit" in said:
        old, new = said["edit"]
        text = desk.read("plan.json").decode()
        assert old in text
        (desk.folder / "plan.json").write_text(text.replace(old, new, 1), encoding="utf-8")
    before = {name: (desk.folder / name).read_bytes() for name in desk.files() if name != "folder.csv"}
    told = desk.titrate(said["command"])
    assert told.code == said["exit"]
    assert told.data == b""
    if "starts" in said:  # the rest is the words of the library that reads the options
        assert told.err.startswith(said["starts"])
    else:
        assert told.err == said["stderr"]
    assert {name: (desk.folder / name).read_bytes() for name in desk.files() if name != "folder.csv"} == before


def test_every_message_says_where_and_what_to_do() -> None:
    for param in cases():
        said = param.values[0]
        if "starts" in said or said["exit"] == 3:
            continue
        line = next(line for line in reversed(said["stderr"].splitlines()) if not line.startswith("  "))  # its faults
        assert line.startswith("titrate: ")
        assert line.count(": ") >= 2, line
        assert any(way in line for way in (";", "?", ", which ", "give", "needs")), line
        assert "Traceback" not in line


def test_every_exit_code_of_a_failure_is_in_the_catalogue() -> None:
    assert {param.values[0]["exit"] for param in cases()} == {1, 2, 3}
