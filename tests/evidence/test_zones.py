"""Zone names: which there are, what is said of one that does not exist, and what this computer is set to."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from titrate.errors import BadInput, OutputError
from titrate.evidence import zones
from titrate.inputs import system_zone

if TYPE_CHECKING:
    from collections.abc import Callable

WINTER, SUMMER = datetime(2026, 12, 1, 12, tzinfo=UTC), datetime(2027, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def system_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that sets the zone of the system's clock, whatever its name is."""

    def keeps(name: str) -> None:
        def localtime(seconds: float) -> SimpleNamespace:
            offset = datetime.fromtimestamp(seconds, zones.zone(name)).utcoffset() or timedelta(0)
            return SimpleNamespace(tm_gmtoff=offset // timedelta(seconds=1))

        monkeypatch.setattr(system_zone, "time", SimpleNamespace(localtime=localtime))

    return keeps


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


@pytest.mark.parametrize("typed", ["Asia/Tokyo", ":Asia/Tokyo", "/usr/share/zoneinfo/Asia/Tokyo", " Asia/Tokyo "])
def test_tz_in_the_environment_comes_before_the_systems_setting(typed: str) -> None:
    assert system_zone.system({"TZ": typed}, WINTER) == "Asia/Tokyo"


def test_a_tz_that_names_no_place_is_refused() -> None:
    with pytest.raises(BadInput, match="TZ: 'CET-1CEST'"):
        system_zone.system({"TZ": "CET-1CEST"}, WINTER)


# --- What this computer is set to ---


@pytest.fixture
def localtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the path of the system's setting, where nothing is yet."""
    monkeypatch.setattr(system_zone, "LOCALTIME", tmp_path / "localtime")
    return tmp_path / "localtime"


@pytest.mark.skipif(os.name == "nt", reason="Windows makes no links without a right to")
def test_the_systems_setting_is_read_from_its_link(localtime: Path, system_clock: Callable[[str], None]) -> None:
    localtime.symlink_to("/var/db/timezone/zoneinfo/Australia/Lord_Howe")
    system_clock("Australia/Lord_Howe")
    assert system_zone.system({}, WINTER) == "Australia/Lord_Howe"
    assert system_zone.system({"TZ": f":{localtime}"}, WINTER) == "Australia/Lord_Howe"


@pytest.mark.parametrize("setting", ["", ":{localtime}"])
def test_where_the_file_does_not_tell_its_name_the_system_is_asked(
    setting: str, localtime: Path, monkeypatch: pytest.MonkeyPatch, system_clock: Callable[[str], None]
) -> None:
    localtime.write_bytes(b"TZif")
    monkeypatch.setattr("tzlocal.get_localzone_name", lambda: "Asia/Tokyo")
    system_clock("Asia/Tokyo")
    assert system_zone.system({"TZ": setting.format(localtime=localtime)}, WINTER) == "Asia/Tokyo"


@pytest.mark.skipif(os.name == "nt", reason="Windows makes no links without a right to")
@pytest.mark.parametrize("name", ["a", "localtime"])
def test_a_loop_of_links_is_told_with_what_to_do(
    name: str, localtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "b").symlink_to(tmp_path / name)
    (tmp_path / name).symlink_to(tmp_path / "b")
    monkeypatch.setattr("tzlocal.get_localzone_name", lambda: None)
    with pytest.raises(BadInput, match=r"; give .* tz Europe/Berlin$"):
        system_zone.system({"TZ": f":{tmp_path / name}"}, WINTER)


@pytest.mark.parametrize("answer", [None, "Nowhere/At_all", LookupError(), OSError(), ValueError()])
def test_a_computer_that_does_not_say_its_zone_is_asked_for_one(
    answer: str | Exception | None, localtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked() -> str | None:
        if isinstance(answer, Exception):  # settings that contradict each other
            raise answer
        return answer

    monkeypatch.setattr("tzlocal.get_localzone_name", asked)
    with pytest.raises(BadInput, match="does not say its time zone; give one, for example tz Europe/Berlin"):
        system_zone.system({}, WINTER)


@pytest.mark.parametrize(
    ("name", "clock", "now", "disagreement"),
    [
        ("Etc/UTC", "Asia/Shanghai", WINTER, r"Etc/UTC \(UTC now\), but its clock keeps UTC\+08:00"),
        ("Europe/Berlin", "UTC", WINTER, r"Europe/Berlin \(UTC\+01:00 now\), but its clock keeps UTC;"),
        (
            "Europe/Berlin",
            "Africa/Lagos",
            WINTER,
            r"\(UTC\+02:00 in half a year\), but its clock keeps UTC\+01:00",
        ),
        ("Europe/London", "UTC", WINTER, r"\(UTC\+01:00 in half a year\), but its clock keeps UTC;"),
        ("Europe/London", "Africa/Lagos", SUMMER, r"\(UTC in half a year\), but its clock keeps UTC\+01:00"),
    ],
)
def test_a_name_that_the_systems_clock_does_not_keep_is_asked_about(
    name: str,
    clock: str,
    now: datetime,
    disagreement: str,
    localtime: Path,
    monkeypatch: pytest.MonkeyPatch,
    system_clock: Callable[[str], None],
) -> None:
    monkeypatch.setattr("tzlocal.get_localzone_name", lambda: name)
    system_clock(clock)
    with pytest.raises(BadInput, match=disagreement):
        system_zone.system({}, now)
    system_clock(name)
    assert system_zone.system({}, now) == name


def test_the_clock_that_is_compared_is_the_systems() -> None:
    if not hasattr(time, "tzset"):
        pytest.skip("this system has no tzset")
    code = (
        "from datetime import UTC, datetime; from pathlib import Path; from titrate.inputs import system_zone\n"
        "import tzlocal; tzlocal.get_localzone_name = lambda: 'Etc/UTC'; system_zone.LOCALTIME = Path('nowhere')\n"
        "print(system_zone.system({}, datetime(2026, 12, 1, tzinfo=UTC)))"
    )
    for clock, answer in (("UTC0", "Etc/UTC"), ("CST-8", "but its clock keeps UTC+08:00")):
        ran = subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "TZ": clock}, capture_output=True, text=True, check=False
        )
        assert answer in ran.stdout + ran.stderr


# --- Names of offsets and abbreviations ---


@pytest.mark.parametrize(
    ("typed", "offset", "cities"),
    [
        ("GMT+2", "UTC+02:00", {"Africa/Johannesburg", "Europe/Athens", "Africa/Cairo"}),
        ("UTC+2", "UTC+02:00", {"Africa/Johannesburg", "Europe/Athens", "Africa/Cairo"}),
        (" utc +02:00", "UTC+02:00", {"Africa/Johannesburg", "Europe/Athens", "Africa/Cairo"}),
        ("UTC-5", "UTC-05:00", {"America/New_York", "America/Lima"}),
        ("gmt\N{MINUS SIGN}5", "UTC-05:00", {"America/New_York", "America/Lima"}),
        ("+0530", "UTC+05:30", {"Asia/Kolkata"}),
        ("Etc/GMT+2", "UTC-02:00", {"America/Noronha"}),
        ("Etc/GMT-14", "UTC+14:00", {"Pacific/Kiritimati"}),
        ("EST", "UTC-05:00", {"America/New_York", "America/Jamaica"}),
        ("EST5EDT", "UTC-05:00", {"America/New_York", "America/Jamaica"}),
        ("MST", "UTC-07:00", {"America/Denver", "America/Phoenix"}),
        ("HST", "UTC-10:00", {"Pacific/Honolulu"}),
        ("CET", "UTC+01:00", {"Europe/Paris", "Africa/Algiers"}),
        ("MET", "UTC+01:00", {"Europe/Paris", "Africa/Algiers"}),
        ("GMT", "UTC", {"Europe/London", "Africa/Abidjan"}),
        ("Greenwich", "UTC", {"Europe/London", "Africa/Abidjan"}),
        ("cest", "UTC+01:00", {"Europe/Paris"}),
        ("PST", "UTC-08:00", {"America/Los_Angeles"}),
        ("CET-1CEST", "UTC+01:00", {"Europe/Paris"}),
    ],
)
def test_an_offset_or_abbreviation_is_answered_with_cities_whose_clocks_show_it(
    typed: str, offset: str, cities: set[str]
) -> None:
    with pytest.raises(BadInput, match="not the zone of a place; give that of a city: ") as refused:
        zones.place(typed, WINTER)
    groups = str(refused.value).partition("a city: ")[2].split("; ")
    by_offset = {
        group.partition(" (now ")[2].rstrip(")"): set(group.partition(" (")[0].split(", ")) for group in groups
    }
    assert cities <= by_offset[offset]
    for shown, names in by_offset.items():
        assert {zones.offset_text(name, WINTER) for name in names} == {shown}
        assert not any(name.startswith("Etc/") for name in names)


def test_etc_gmt_plus_2_names_the_cities_of_what_it_is_and_of_what_it_looks_like() -> None:
    with pytest.raises(BadInput, match=r"'Etc/GMT\+2' is UTC-02:00, .*\(now UTC-02:00\); .*Cairo.*\(now UTC\+02:00\)"):
        zones.place("Etc/GMT+2", WINTER)


def test_the_cities_are_those_of_the_season() -> None:
    with pytest.raises(BadInput, match="Europe/Athens"):
        zones.place("UTC+2", WINTER)
    with pytest.raises(BadInput) as summer:
        zones.place("UTC+2", SUMMER)
    assert "Europe/Paris" in str(summer.value)
    assert "Europe/Athens" not in str(summer.value)


def test_an_offset_that_no_city_has_is_refused() -> None:
    for typed in ("GMT+20", "UTC+99", "-03:17"):
        with pytest.raises(BadInput, match="there is no time zone"):
            zones.place(typed, WINTER)


@pytest.mark.parametrize(
    "name", ["UTC", "Etc/UTC", "Zulu", "Europe/Berlin", "US/Eastern", "Cuba", "GB", "PRC", "ROK", "W-SU"]
)
def test_utc_and_every_place_are_zones_of_a_new_plan(name: str) -> None:
    assert zones.place(name, WINTER).key == name


def test_every_name_of_the_database_is_a_place_or_is_refused_with_its_offset() -> None:
    refused = set()
    for name in zones.names():
        try:
            zones.place(name, WINTER)
        except BadInput as error:
            assert f"is {zones.offset_text(name, WINTER)}, not the zone of a place" in str(error)
            refused.add(name)
    assert {name for name in zones.names() if name.startswith("Etc/GMT")} <= refused
    assert not any("/" in name and not name.startswith("Etc/") for name in refused)


@pytest.mark.parametrize("name", ["Etc/GMT+2", "EST", "EST5EDT", "CET", "GMT0"])
def test_the_zone_of_a_plan_saved_before_is_read_whatever_its_name(name: str) -> None:
    assert zones.zone(name).key == name


def test_without_the_time_zone_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    code = Path(zones.__file__).read_text("utf-8")
    monkeypatch.setitem(sys.modules, "tzdata", None)
    with pytest.raises(OutputError, match="pip install tzdata"):
        exec(compile(code, zones.__file__, "exec"), {"__name__": "zones", "__file__": zones.__file__})
