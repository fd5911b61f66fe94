"""Evidence is read only as it was validated: a file that is missing, cut or changed is one line, and nothing is planned from it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import PROTOCOL

from titrate.errors import BadInput, EvidenceError
from titrate.evidence import reader
from titrate.model import Patient

LISTS = ("medicines", "names", "everyday", "brands", "conditions")


def tables(name: str) -> dict[str, Any]:
    """The tables of a file that is read together with others."""
    return reader.parse(reader.read(name))


READERS: dict[str, Callable[[], Any]] = {
    "protocols/raynaud-2026.11.toml": partial(reader.released.__wrapped__, "raynaud", "2026.11"),
    "protocols/raynaud-2026.12.toml": partial(reader.released.__wrapped__, *reader.NEWEST),
    "findings.toml": reader.finding_texts.__wrapped__,
    "kidney.toml": reader.equations.__wrapped__,
    **{f"{name}.toml": partial(tables, f"{name}.toml") for name in LISTS},
    "sources.toml": reader.sources.__wrapped__,
    "therapies.toml": reader.therapies,
    "trials.toml": reader.trials,
    "questions.toml": reader.questions,
    "next_steps.toml": reader.next_steps,
    "side_effects.toml": reader.side_effects.__wrapped__,
    "emergency.toml": reader.emergency_numbers.__wrapped__,
    "labels.toml": reader.labels,
    "rules.md": reader.rules,
}
every_file = pytest.mark.parametrize("name", READERS)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the evidence, which the reader reads instead."""
    copy = Path(shutil.copytree(reader.EVIDENCE, tmp_path / "data"))
    monkeypatch.setattr(reader, "EVIDENCE", copy)
    monkeypatch.setattr(reader, "words", reader.words.__wrapped__)
    yield copy
    reader.checksums.cache_clear()


def message(name: str) -> str:
    return f"{name}: this file of titrate is missing or damaged; reinstall titrate"


def refused(read: Callable[[], Any]) -> str:
    reader.checksums.cache_clear()
    with pytest.raises(EvidenceError) as error:
        read()
    assert error.value.exit_code == 1
    return str(error.value)


def test_every_file_that_is_vouched_for_has_its_reader() -> None:
    assert {*READERS} == {*reader.checksums()}


@every_file
def test_every_file_is_read(name: str) -> None:
    assert READERS[name]()


@pytest.mark.parametrize(
    ("name", "read"),
    [
        *((name, reader.medicines.__wrapped__) for name in ("medicines", "names", "everyday")),
        ("brands", lambda: reader.medicines.__wrapped__().listed.meaning("foobar")),
        *((name, reader.conditions.__wrapped__) for name in ("conditions", "names")),
    ],
)
def test_lists_of_names_that_are_read_together_are_each_named_if_damaged(
    name: str, read: Callable[[], Any], folder: Path
) -> None:
    (folder / f"{name}.toml").write_bytes(b"")
    assert refused(read) == message(f"{name}.toml")


def test_the_released_protocol_is_read() -> None:
    assert reader.protocol() is PROTOCOL
    assert PROTOCOL.raw == (reader.EVIDENCE / "protocols" / "raynaud-2026.12.toml").read_bytes()


@every_file
def test_a_file_that_is_missing_is_named(name: str, folder: Path) -> None:
    (folder / name).unlink()
    assert refused(READERS[name]) == message(name)
    (folder / name).mkdir()
    assert refused(READERS[name]) == message(name)


@every_file
@given(st.data())
def test_a_file_of_which_bytes_were_cut_or_changed_is_named_and_never_read(name: str, data: st.DataObject) -> None:
    whole = (reader.EVIDENCE / name).read_bytes()
    start = data.draw(st.integers(0, len(whole) - 1))
    cut = data.draw(st.integers(1, len(whole) - start))
    put = data.draw(st.binary(max_size=8))
    changed = whole[:start] + put + whole[start + cut :]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "read_bytes", lambda _: changed)
        if changed == whole:
            assert READERS[name]()
        else:
            assert refused(READERS[name]) == message(name)


@pytest.mark.parametrize("wrong", [b"", b"\xff", b"0  rules.md\n", b"not such a list"])
def test_without_the_list_of_what_was_validated_nothing_is_read(wrong: bytes, folder: Path) -> None:
    (folder / reader.SUMS).write_bytes(wrong)
    assert refused(partial(reader.released.__wrapped__, *reader.NEWEST)) == message(reader.SUMS)
    assert refused(reader.finding_texts.__wrapped__) in {message(reader.SUMS), message("findings.toml")}
    (folder / reader.SUMS).unlink()
    assert refused(partial(reader.released.__wrapped__, *reader.NEWEST)) == message(reader.SUMS)


def test_a_hazard_log_that_is_cut_anywhere_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = next(file for file in reader.HAZARDS if file.is_file()).read_bytes().rstrip()
    file = tmp_path / "hazards.toml"
    monkeypatch.setattr(reader, "HAZARDS", (file,))
    assert refused(reader.hazards) == message("hazards.toml")  # there is none
    for length in range(0, len(whole), 97):
        file.write_bytes(whole[:length])
        assert refused(reader.hazards) == message("hazards.toml")
    file.write_bytes(whole.replace(b"controls = [", b"controls = 5 #[", 1))
    assert refused(reader.hazards) == message("hazards.toml")
    file.unlink()
    file.mkdir()
    assert refused(reader.hazards) == message("hazards.toml")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("findings.toml", ("plan", "--start", "tomorrow", "--egfr", "85")),
        ("protocols/raynaud-2026.12.toml", ("screen", "--egfr", "85")),
        ("kidney.toml", ("kidney", "--creatinine", "88 umol/L", "--age", "40", "--sex", "female")),
        ("medicines.toml", ("plan", "--start", "tomorrow", "--egfr", "85", "--taking", "codeine")),
        ("rules.md", ("evidence", "rules")),
    ],
)
def test_a_command_that_needs_a_damaged_file_says_so_in_one_line(
    name: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    package = Path(shutil.copytree(reader.EVIDENCE.parents[1], tmp_path / "titrate"))
    file = package / "evidence" / "data" / name
    file.write_bytes(file.read_bytes()[:-1])
    ran = subprocess.run(
        [sys.executable, "-m", "titrate", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (ran.returncode, ran.stdout, ran.stderr.decode()) == (1, b"", f"titrate: {message(name)}\n")


def test_a_protocol_that_this_titrate_does_not_have_is_refused_naming_those_it_has() -> None:
    with pytest.raises(
        BadInput, match=r"protocol raynaud 2099\.01: this titrate has only raynaud-2026\.11, raynaud-2026\.12; install"
    ):
        reader.protocol("raynaud", "2099.01")
    with pytest.raises(BadInput, match="has only"):
        reader.protocol("../sources", "1")


def test_evidence_that_a_patient_does_not_need_is_not_read() -> None:
    evidence = reader.evidence(Patient(egfr="85"))
    assert (evidence.equations, evidence.formulary, evidence.conditions) == (None, None, None)
    assert reader.evidence(Patient(creatinine="88 umol/L")).equations is not None
