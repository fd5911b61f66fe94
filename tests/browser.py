"""Chromium for the tests: a page as a phone or a desk shows it, by any clock, light or dark, with or without scripts; or printed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from command import from_npm, package, program
from plans import handouts

from titrate.export.handout import html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

AXE = "axe/node_modules/axe-core/axe.min.js"
RULES = {"color-contrast-enhanced": {"enabled": True}, "target-size": {"enabled": True}}


class _Running(NamedTuple):
    playwright: Playwright
    browser: Browser


_running: list[_Running] = []


def chromium() -> Browser:
    """The browser of the tests of one file; `stop` ends it."""
    package("playwright")
    from playwright.sync_api import sync_playwright

    if not _running:
        playwright = sync_playwright().start()
        launched = playwright.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
        _running.append(_Running(playwright, launched))
    return _running[0].browser


def stop() -> None:
    """End the browser, and with it the event loop that it holds: other tests have their own."""
    while _running:
        running = _running.pop()
        running.browser.close()
        running.playwright.stop()


@cache
def handout(name: str) -> bytes:
    """The page of one of the plans that are called by the shape of their handout."""
    return html.render(handouts()[name])


def handout_in(folder: Path, name: str) -> Path:
    """The file of that page in a folder."""
    file = folder / "handout.html"
    file.write_bytes(handout(name))
    return file


@contextmanager
def shown(file: Path, *, width: int = 360, now: str | None = "2026-12-04T10:00:00Z", **context: Any) -> Iterator[Page]:
    """A file in a window of a width in CSS pixels, at an instant; what its scripts complain of fails the test."""
    opened = chromium().new_context(viewport={"width": width, "height": 740}, **context)
    try:
        page = opened.new_page()
        page.set_default_timeout(10_000)
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        if now is not None:
            page.clock.set_fixed_time(now)
        page.goto(file.as_uri())
        yield page
        if complaints:
            raise AssertionError(complaints)
    finally:
        opened.close()


def printed(file: Path) -> bytes:
    """A file as the browser's printer prints it, on the paper that it asks for."""
    with shown(file, width=1000) as page:
        return page.pdf(prefer_css_page_size=True, print_background=True, tagged=True)


def violations(file: Path, **how: Any) -> tuple[int, list[tuple[str, list[str]]]]:
    """How many rules of an accessibility checker a page passes, and those that it breaks, with where."""
    axe = from_npm(AXE).read_text(encoding="utf-8")
    with shown(file, bypass_csp=True, **how) as page:
        page.evaluate(axe)
        answer = page.evaluate("rules => axe.run(document, { rules })", RULES)
    broken = [(each["id"], [node["html"] for node in each["nodes"][:3]]) for each in answer["violations"]]
    return len(answer["passes"]), broken
