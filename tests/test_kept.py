"""Evidence that was checked once is used again only for the very same bytes; whatever is odd counts as not there."""

from __future__ import annotations

import marshal
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from zlib import crc32

import pytest

from titrate import __version__, kept, library, shelf

RAW = b"value = 30\n"
DATA = {"value": 30, "cite": {"source": "S-ARTICLE"}}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An evidence file in a place where Python may keep things."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    path = tmp_path / "rules.toml"
    path.write_bytes(RAW)
    return path


def place(file: Path) -> Path:
    (found,) = (file.parent / "__pycache__").iterdir()
    return found


def test_what_was_kept_comes_back_for_the_same_bytes(file: Path) -> None:
    assert kept.load(file, RAW) is None
    kept.keep(file, RAW, DATA)
    assert kept.load(file, RAW) == DATA
    assert place(file).name == f"rules.toml.{sys.implementation.cache_tag}"


def test_one_changed_byte_and_it_counts_as_not_there(file: Path) -> None:
    kept.keep(file, RAW, DATA)
    assert kept.load(file, RAW.replace(b"30", b"31")) is None


def test_a_damaged_store_counts_as_not_there_wherever_it_is_damaged(file: Path) -> None:
    kept.keep(file, RAW, DATA)
    whole = place(file).read_bytes()
    for at in range(len(whole)):
        place(file).write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert kept.load(file, RAW) is None, at
        place(file).write_bytes(whole[:at])
        assert kept.load(file, RAW) is None, at


@pytest.mark.parametrize(
    "odd",
    [
        b"",
        b"\xff",
        marshal.dumps(3),
        marshal.dumps((1, 2)),
        marshal.dumps(("0", RAW, False, DATA)),
        marshal.dumps((__version__, RAW, DATA)),
    ],
)
def test_a_store_of_another_kind_or_version_counts_as_not_there(file: Path, odd: bytes) -> None:
    kept.keep(file, RAW, DATA)
    place(file).write_bytes(crc32(odd).to_bytes(4, "big") + odd)
    assert kept.load(file, RAW) is None


def test_nothing_is_kept_where_python_keeps_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    kept.keep(file, RAW, DATA)
    assert not (file.parent / "__pycache__").exists()


def test_it_is_kept_where_python_is_told_to_keep_things(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setattr(sys, "pycache_prefix", str(elsewhere))
    kept.keep(file, RAW, DATA)
    assert kept.load(file, RAW) == DATA
    assert elsewhere.is_dir()
    assert not (file.parent / "__pycache__").exists()


def test_a_decimal_comes_back_digit_by_digit(file: Path) -> None:
    data = {"exponent": Decimal("-1.200"), "limits": [{"lowest": Decimal("0.2"), "highest": 20, "text": "1.0"}]}
    kept.keep(file, RAW, data)
    assert repr(kept.load(file, RAW)) == repr(data)


def test_what_cannot_be_kept_exactly_is_not_kept(file: Path) -> None:
    kept.keep(file, RAW, {"read": date(2026, 11, 23)})
    assert kept.load(file, RAW) is None


def test_a_place_that_cannot_be_written_is_no_error(file: Path) -> None:
    (file.parent / "__pycache__").write_bytes(b"a file where a folder belongs")
    kept.keep(file, RAW, DATA)
    assert kept.load(file, RAW) is None


def test_a_protocol_made_from_what_was_kept_equals_the_one_that_was_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    fresh = library.protocol.__wrapped__()
    monkeypatch.setattr(library, "protocol_data", lambda *_: pytest.fail("it was checked a second time"))
    assert library.protocol.__wrapped__() == fresh
    assert library.protocol.__wrapped__().sha256 == fresh.sha256


def test_what_is_kept_says_what_the_checked_files_say() -> None:
    ids = library.source_ids()
    protocol = library.EVIDENCE / "protocols" / "raynaud-2026.11.toml"
    assert library.read_protocol(protocol.read_bytes(), protocol.name, ids) == library.protocol()
    texts, kidney = library.EVIDENCE / "findings.toml", library.EVIDENCE / "kidney.toml"
    assert library.read_finding_texts(texts.read_bytes(), texts.name, ids) == library.finding_texts()
    assert library.read_equations(kidney.read_bytes(), kidney.name, ids) == library.equations()
    listed, illnesses = library.EVIDENCE / "medicines.toml", library.EVIDENCE / "conditions.toml"
    assert shelf.read_medicines(listed.read_bytes(), listed.name, ids) == library.medicines()
    assert shelf.read_conditions(illnesses.read_bytes(), illnesses.name, ids) == library.conditions()


def test_a_full_disk_leaves_nothing_half_written_behind(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as half:
            half.write(data[:9])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    kept.keep(file, RAW, DATA)
    assert [*(file.parent / "__pycache__").iterdir()] == []


def test_a_changed_list_of_sources_and_what_was_kept_counts_as_not_there(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[bytes] = []

    def read(raw: bytes, name: str, ids: frozenset[str]) -> dict[str, int]:
        checked.append(library.sources())
        return {"value": 30}

    before = library.sources()
    assert [library._checked(file, read) for _ in range(2)] == [(RAW, {"value": 30})] * 2
    assert checked == [before]
    changed = before.replace(b"[S-ARTICLE]", b"[S-ANOTHER]")
    monkeypatch.setattr(library, "sources", lambda: changed)
    assert library._checked(file, read) == (RAW, {"value": 30})
    assert checked == [before, changed]
    library._checked(file, read)
    assert checked == [before, changed]
