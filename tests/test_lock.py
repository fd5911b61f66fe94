"""The lock file for development: what the project asks for, from the public index alone, each file with its hash.

Known vulnerabilities are looked up before a release (.github/SECURITY.md): that needs the network, which no test uses.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parent.parent
LOCK: dict[str, Any] = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PACKAGES = {package["name"]: package for package in LOCK["package"]}
OWN = PACKAGES.pop(PROJECT["name"])
# All that is installed with titrate, whatever the system: a new name here is a new party to trust, and is added by hand.
TRUSTED = {
    *("typer", "rich", "python-dateutil", "icalendar", "jinja2", "voluptuous"),  # asked for
    *("tzdata", "tzlocal", "typst", "fontpkg-noto-sans", "segno"),
    *("shellingham", "markdown-it-py", "mdurl", "pygments", "annotated-doc", "colorama"),  # by those
    *("six", "typing-extensions", "markupsafe", "fontpkg"),
}


def files(package: dict[str, Any]) -> list[dict[str, str]]:
    return [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]


def plain(requirement: str) -> str:
    """Return a requirement without spaces, extras' order or the kind of its quotation marks."""
    return re.sub(r"\s+", "", requirement).replace('"', "'").lower()


def test_every_package_comes_from_the_public_index_with_a_hash() -> None:
    for package in PACKAGES.values():
        assert package["source"] == {"registry": "https://pypi.org/simple"}
        assert files(package)
        for file in files(package):
            assert urlsplit(file["url"])[:2] == ("https", "files.pythonhosted.org")
            assert re.fullmatch(r"sha256:[0-9a-f]{64}", file["hash"])


def test_no_other_address_stands_in_the_file() -> None:
    text = (ROOT / "uv.lock").read_text("utf-8")
    assert set(re.findall(r"https?://([^/\"]+)", text)) == {"pypi.org", "files.pythonhosted.org"}
    assert "file:" not in text
    assert "@" not in re.sub(r"\"[^\"]*\"", "", text)


def test_the_lock_holds_what_the_project_asks_for_and_nothing_else() -> None:
    asked = {plain(one) for one in PROJECT["dependencies"]}
    asked |= {
        f"{plain(one)}{'and' if ';' in one else ';'}extra=='{extra}'"
        for extra, wanted in PROJECT["optional-dependencies"].items()
        for one in wanted
    }
    locked = set()
    for one in OWN["metadata"]["requires-dist"]:
        extras = f"[{','.join(one['extras'])}]" if "extras" in one else ""
        marker = f";{one['marker']}" if "marker" in one else ""
        locked.add(plain(f"{one['name']}{extras}{one.get('specifier', '')}{marker}"))
    assert {_sorted(one) for one in locked} == {_sorted(one) for one in asked}
    assert LOCK["requires-python"] == PROJECT["requires-python"]


def _sorted(requirement: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return name, bounds in any order, and marker."""
    wanted, _, marker = requirement.partition(";")
    name, bounds = re.fullmatch(r"([a-z0-9.\[\]_-]+?)((?:[<>=!~].*)?)", wanted).groups()  # type: ignore[union-attr]
    either = tuple(sorted(re.split(r"(?<=')or(?=[a-z])", marker.replace("(", "").replace(")", ""))))
    return name, tuple(sorted(filter(None, bounds.split(",")))), either


def test_only_these_are_installed_with_titrate() -> None:
    found: set[str] = set()
    ahead = [one["name"] for one in OWN["dependencies"]]
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += [one["name"] for one in PACKAGES[name].get("dependencies", [])]
    assert found == TRUSTED
