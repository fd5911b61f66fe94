"""Zone names: which there are, what is said of one that does not exist, and what this computer is set to."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from titrate.errors import BadInput, OutputError
from titrate.inputs import zones


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("europe/berlin", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("Europe/Berln", "Europe/Berlin"),
    ],
)
def test_a_misspelt_zone_is_refused_with_the_name_that_was_meant(typed: str, meant: str) -> None:
    with pytest.raises(BadInput, match=rf"did you mean .*{meant}"):
        zones.zone(typed)


@pytest.mark.parametrize("typed", ["", "Factory", "../../../etc/passwd", "/etc/localtime", "CET-1CEST", "x" * 9999])
def test_what_is_no_zone_is_refused(typed: str) -> None:
    with pytest.raises(BadInput, match="there is no time zone"):
        zones.zone(typed)


def test_every_listed_name_is_a_zone() -> None:
    assert len(zones.names()) > 590
    for name in zones.names():
        assert zones.zone(name).key == name


@pytest.mark.parametrize("told", ["Asia/Tokyo", ":Asia/Tokyo", "/usr/share/zoneinfo/Asia/Tokyo", " Asia/Tokyo "])
def test_tz_in_the_environment_comes_before_the_systems_setting(told: str) -> None:
    assert zones.system({"TZ": told}) == "Asia/Tokyo"


def test_a_tz_that_names_no_place_is_refused() -> None:
    with pytest.raises(BadInput, match="TZ: 'CET-1CEST'"):
        zones.system({"TZ": "CET-1CEST"})


@pytest.mark.skipif(os.name == "nt", reason="Windows makes no links without a right to")
def test_the_systems_setting_is_read_from_its_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = tmp_path / "localtime"
    link.symlink_to("/var/db/timezone/zoneinfo/Australia/Lord_Howe")
    monkeypatch.setattr(zones, "LOCALTIME", link)
    assert zones.system({}) == "Australia/Lord_Howe"
    assert zones.system({"TZ": f":{link}"}) == "Australia/Lord_Howe"


@pytest.mark.parametrize("found", [None, "Nowhere/At_all"])
def test_a_computer_that_does_not_say_its_zone_is_asked_for_one(
    found: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tzlocal

    monkeypatch.setattr(zones, "LOCALTIME", tmp_path / "none")
    monkeypatch.setattr(tzlocal, "get_localzone_name", lambda: found)
    with pytest.raises(BadInput, match="does not say its"):
        zones.system({})


def test_where_nothing_else_tells_the_system_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(zones, "LOCALTIME", tmp_path / "none")
    monkeypatch.setattr("tzlocal.get_localzone_name", lambda: "Asia/Tokyo")
    assert zones.system({}) == "Asia/Tokyo"


def test_a_system_that_contradicts_itself_is_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def contradictory() -> str:
        raise ValueError

    monkeypatch.setattr(zones, "LOCALTIME", tmp_path / "none")
    monkeypatch.setattr("tzlocal.get_localzone_name", contradictory)
    with pytest.raises(BadInput, match="give one, for example tz Europe/Berlin"):
        zones.system({})


def test_without_the_time_zone_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    code = Path(zones.__file__).read_text("utf-8")
    monkeypatch.setitem(sys.modules, "tzdata", None)
    with pytest.raises(OutputError, match="pip install tzdata"):
        exec(compile(code, zones.__file__, "exec"), {"__name__": "zones", "__file__": zones.__file__})
