"""The handout on a phone, in a browser: the day by its clock, ticks that stay, numbers to call, the diary, the calendar.

Longer than other files: one page, and one browser for all of it.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from pathlib import Path

import browser
import pytest
from command import pages_of
from plans import handouts

from titrate.export import render
from titrate.model import Plan

BLOCKED = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });"
# Text of a box that is in sight, and whether a line of it ends within a word.
BROKEN = r"""() => {
  const broken = [], walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  for (let node; node = walker.nextNode();) for (const word of node.data.matchAll(/[\p{L}\p{N}:]+/gu)) {
    const range = document.createRange(); range.setStart(node, word.index); range.setEnd(node, word.index + word[0].length);
    if (new Set([...range.getClientRects()].map(one => Math.round(one.top))).size > 1) broken.push(word[0]);
  }
  return broken; }"""


def today_at(file: Path, now: str, **how: object) -> str:
    """The text of the page down to whom to call, as it is seen at an instant."""
    with browser.shown(file, now=now, **how) as page:
        return page.inner_text("main").partition("Who to call")[0]


# Read off the plans by hand: what a person must see first, and what must not stand there.
@pytest.mark.parametrize(
    ("name", "now", "there", "not_there"),
    [
        ("halves", "2026-11-20T10:00Z", ["The plan has not started", "On Tuesday 1 December", "Evening", "half a"], ["Tick", "not taken"]),
        ("halves", "2026-11-30T10:00Z", ["It starts on Tuesday 1 December 2026.", "Tomorrow, Tuesday 1 December"], ["not taken"]),
        ("halves", "2026-12-01T10:00Z", ["Today, Tuesday 1 December", "5 mg", "at 20:00", "day 1 of 28"], ["Morning"]),
        ("halves", "2026-12-01T20:30Z", ["Tomorrow, Wednesday 2 December", "Evening 20:00, not taken? Take it now."], []),
        (
            "halves",
            "2026-12-04T07:00Z",
            [
                "Go up on Friday 4 December 2026 only if you feel well on 5 mg a day.",
                "at 08:00",
                "If not, stay on 5 mg a day and call your prescriber.",
                "Yesterday evening, 20:00, not taken? Skip it.",
            ],
            [],
        ),
        ("halves", "2026-12-04T10:00Z", ["Today, Friday 4 December", "Evening", "If you went up, take it now."], ["Midday"]),
        ("halves", "2026-12-28T10:00Z", ["This is the last day of this plan. That is not a stop.", "Midday"], []),
        ("halves", "2027-01-15T10:00Z", ["This plan ended on Monday 28 December 2026. That was not a stop.", "15 mg in all"], ["Today"]),
        ("suspended", "2026-12-12T10:00Z", ["Call before the next dose"], ["mg"]),
    ],
)  # fmt: skip
def test_the_day_that_the_clock_shows_stands_first(
    name: str, now: str, there: list[str], not_there: list[str], tmp_path: Path
) -> None:
    seen = today_at(browser.handout_in(tmp_path, name), now)
    assert [text for text in there if text not in seen] == []
    assert [text for text in not_there if text in seen] == []


def test_a_taper_says_each_step_down_and_after_it_when_to_report(tmp_path: Path) -> None:
    plan, file = handouts()["taper"], browser.handout_in(tmp_path, "taper")
    last = plan.days[-1].date
    seen = today_at(file, f"{last}T10:00Z")
    assert "The last dose of this day is the last one of this plan." in seen
    after = today_at(file, f"{last.replace(day=last.day)}T23:59Z", timezone_id="Pacific/Auckland")
    assert "mg" in after
    over = today_at(file, "2028-01-01T10:00Z")
    assert "The plan is over." in over
    assert "Next dose" not in over


def test_the_day_is_that_of_the_plans_zone_wherever_the_phone_is(tmp_path: Path) -> None:
    file = browser.handout_in(tmp_path, "halves")
    for zone in ("Pacific/Kiritimati", "America/Los_Angeles", "Europe/London"):
        assert "This is day 4 of 28." in today_at(file, "2026-12-04T23:30Z", timezone_id=zone)
        assert "This is day 5 of 28." in today_at(file, "2026-12-05T00:30Z", timezone_id=zone)


def test_a_plan_that_goes_with_the_phone_follows_its_clock(tmp_path: Path) -> None:
    plan, file = handouts()["on-the-way"], browser.handout_in(tmp_path, "on-the-way")
    assert plan.current.floating
    tokyo = today_at(file, "2026-12-09T20:00Z", timezone_id="Asia/Tokyo")
    london = today_at(file, "2026-12-09T20:00Z", timezone_id="Europe/London")
    assert "Thursday 10 December 2026. This is day 10" in tokyo
    assert "Wednesday 9 December 2026. This is day 9" in london


def test_a_phone_with_an_early_date_is_told_so_by_the_page_of_a_changed_plan(tmp_path: Path) -> None:
    assert "Check the date on your phone." in today_at(browser.handout_in(tmp_path, "held"), "2020-01-01T10:00Z")


def test_the_page_turns_over_at_midnight_without_being_loaded_again(tmp_path: Path) -> None:
    with browser.shown(browser.handout_in(tmp_path, "halves"), now=None) as page:
        page.clock.install(time="2026-12-03T23:59:30Z")
        page.reload()
        assert "day 3 of 28" in page.inner_text("#today")
        page.clock.fast_forward(60_000)
        assert "day 4 of 28" in page.inner_text("#today")


def test_without_a_script_the_page_is_the_printed_one(tmp_path: Path) -> None:
    seen = today_at(browser.handout_in(tmp_path, "halves"), "2026-12-20T10:00Z", java_script_enabled=False)
    assert "Your dose each day from Tuesday 1 December 2026 to Thursday 3 December 2026" in seen
    assert "Next dose" not in seen


def test_ticks_and_notes_stay_and_a_button_clears_them(tmp_path: Path) -> None:
    with browser.shown(browser.handout_in(tmp_path, "halves")) as page:
        assert "stay in this browser" in page.inner_text(".tools")
        page.get_by_label("Evening: 5 mg (half a 10 mg tablet)").locator("visible=true").check()
        page.get_by_role("group", name="Sleepy").locator("visible=true").get_by_text("mild").click()
        page.get_by_role("button", name="One attack more").locator("visible=true").click(click_count=2)
        page.get_by_label("Thursday 3 December, Evening: 5 mg").check()
        for _ in range(2):
            assert page.get_by_label("Friday 4 December, Evening: 5 mg").is_checked()  # the same dose further down
            assert page.get_by_label("Thursday 3 December, Evening: 5 mg").is_checked()
            assert page.locator('[data-note="2026-12-04.sleepy"] select').input_value() == "1"
            assert page.locator('[data-note="2026-12-04.attacks"] input').input_value() == "2"
            page.reload()
        page.on("dialog", lambda dialog: dialog.dismiss())
        page.get_by_text("Clear my ticks and notes").click()
        assert page.get_by_label("Friday 4 December, Evening: 5 mg").is_checked()
    with browser.shown(browser.handout_in(tmp_path, "halves")) as page:
        page.get_by_label("Friday 4 December, Evening: 5 mg").check()
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_text("Clear my ticks and notes").click()
        page.reload()
        assert not page.get_by_label("Friday 4 December, Evening: 5 mg").is_checked()
        assert page.evaluate("Object.values(localStorage)") == ["{}"]


def test_a_dose_that_is_ticked_is_not_asked_after(tmp_path: Path) -> None:
    with browser.shown(browser.handout_in(tmp_path, "halves"), now="2026-12-01T21:00:00Z") as page:
        assert "Evening 20:00, not taken?" in page.inner_text("#today")
        page.get_by_label("Evening: 5 mg (half a 10 mg tablet)").locator("visible=true").check()
        assert "not taken?" not in page.inner_text("#today")
        assert "Never take two doses" not in page.inner_text("#today")


def test_the_next_dose_that_is_ticked_says_so(tmp_path: Path) -> None:
    with browser.shown(browser.handout_in(tmp_path, "halves"), now="2026-12-01T19:50:00Z") as page:
        assert "You have ticked this dose" not in page.inner_text("#today")
        page.get_by_label("Evening: 5 mg (half a 10 mg tablet)").locator("visible=true").check()
        assert "You have ticked this dose: do not take it again." in page.inner_text("#today")


def test_a_dose_of_the_evening_before_has_a_box_of_its_own_after_midnight(tmp_path: Path) -> None:
    with browser.shown(browser.handout_in(tmp_path, "halves"), now="2026-12-02T00:10:00Z") as page:
        page.get_by_label("Yesterday evening, 20:00, not taken? Take it now.").locator("visible=true").check()
        assert "not taken?" not in page.inner_text("#today")
        assert page.get_by_label("Tuesday 1 December, Evening: 5 mg").is_checked()
        assert not page.get_by_label("Wednesday 2 December, Evening: 5 mg").is_checked()


def test_a_store_that_is_full_loses_no_tick_of_the_page_that_is_open(tmp_path: Path) -> None:
    full = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"
    with browser.shown(browser.handout_in(tmp_path, "halves")) as page:
        page.add_init_script(full)
        page.reload()
        for name in ("Morning", "Evening"):
            page.get_by_label(f"Friday 4 December, {name}: 5 mg").check()
        assert page.get_by_label("Friday 4 December, Morning: 5 mg").is_checked()
        assert "does not keep your ticks and notes" in page.inner_text(".tools")


def test_the_card_says_whose_times_it_tells(tmp_path: Path) -> None:
    assert "The times are those of London." in today_at(browser.handout_in(tmp_path, "halves"), "2026-12-04T10:00Z")
    assert "The times are those of" not in today_at(browser.handout_in(tmp_path, "on-the-way"), "2026-12-12T10:00Z")


def test_who_did_not_go_up_is_told_what_to_keep_to(tmp_path: Path) -> None:
    file = browser.handout_in(tmp_path, "halves")
    assert "If you do not go up" in today_at(file, "2026-12-09T10:00Z")
    assert "If you do not go up" not in today_at(file, "2026-12-02T10:00Z")


def test_a_browser_that_keeps_nothing_says_so_and_ticks_all_the_same(tmp_path: Path) -> None:
    with browser.shown(browser.handout_in(tmp_path, "halves")) as page:
        page.add_init_script(BLOCKED)
        page.reload()
        assert "does not keep your ticks and notes" in page.inner_text(".tools")
        assert "stay in this browser" not in page.inner_text(".tools")
        box = page.get_by_label("Friday 4 December, Evening: 5 mg")
        box.check()
        assert box.is_checked()


@pytest.mark.parametrize("stored", ["no json", "[1]", "null", '{"2026-12-04.evening": "yes", "2026-12-02.dizzy": "3"}'])
def test_what_another_hand_left_in_the_store_breaks_nothing(stored: str, tmp_path: Path) -> None:
    with browser.shown(browser.handout_in(tmp_path, "halves")) as page:
        name = page.evaluate("Object.keys(localStorage)[0]")
        page.evaluate("([name, text]) => localStorage.setItem(name, text)", [name, stored])
        page.reload()
        assert page.get_by_label("Friday 4 December, Evening: 5 mg").is_checked() == ("yes" in stored)
        assert "day 4 of 28" in page.inner_text("#today")


def test_the_diary_is_a_table_that_a_program_reads_back(tmp_path: Path) -> None:
    with browser.shown(browser.handout_in(tmp_path, "halves")) as page:
        page.get_by_label("Friday 4 December, Morning: 5 mg").check()
        page.locator('[data-note="2026-12-04.sleepy"] select').select_option("very bad")
        page.locator('[data-note="2026-12-02.dizzy"] select').select_option("none")
        page.locator('[data-note="2026-12-04.attacks"] input').fill("7")
        page.locator('[data-note="2026-12-04.attacks"] input').blur()
        page.locator('[data-note="2026-12-05.attacks"] input').fill("700")  # no count of attacks in a day
        page.locator('[data-note="2026-12-05.attacks"] input').blur()
        with page.expect_download() as download:
            page.get_by_text("Save my diary").click()
        assert download.value.suggested_filename == "diary.csv"
        text = Path(download.value.path()).read_bytes().decode("ascii")
    rows = {row["date"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}
    assert list(rows) == [day.date.isoformat() for day in handouts()["halves"].days]
    noted = {
        date: {name: value for name, value in row.items() if value and name != "date"} for date, row in rows.items()
    }
    assert {date: row for date, row in noted.items() if row} == {
        "2026-12-02": {"dizzy_0_to_3": "0"},
        "2026-12-04": {"morning_taken": "yes", "sleepy_0_to_3": "3", "attacks": "7"},
    }


@pytest.mark.parametrize("script", [True, False])
def test_the_calendar_is_saved_from_the_page_byte_for_byte(script: bool, tmp_path: Path) -> None:
    with browser.shown(browser.handout_in(tmp_path, "halves"), java_script_enabled=script) as page:
        with page.expect_download() as download:
            page.get_by_text("Add to calendar").click()
        assert download.value.suggested_filename == "plan.ics"
        assert Path(download.value.path()).read_bytes() == render(handouts()["halves"], "ics")


@pytest.mark.parametrize("width", [320, 360, 1280])
@pytest.mark.parametrize("name", ["halves", "large", "suspended", "worst-case"])
def test_help_is_one_tap_away_and_its_numbers_can_be_called(name: str, width: int, tmp_path: Path) -> None:
    with browser.shown(browser.handout_in(tmp_path, name), width=width) as page:
        link = page.get_by_role("link", name="Call for help now")
        box = link.bounding_box()
        assert box
        assert box["y"] + box["height"] <= 740  # in sight before anything is scrolled
        link.click()
        for number in ("112", "999", "911"):
            call = page.locator(f'#help a[href="tel:{number}"]')
            place = call.bounding_box()
            assert place
            assert place["y"] >= 0
            assert place["y"] + place["height"] <= page.locator(".bar").bounding_box()["y"]  # type: ignore[index]
            assert place["height"] >= 44
            assert place["width"] >= 44


@pytest.mark.parametrize("name", ["halves", "large", "suspended", "taper-30"])
@pytest.mark.parametrize("script", [True, False])
def test_no_word_is_broken_on_a_phone(name: str, script: bool, tmp_path: Path) -> None:
    for width in (320, 360):
        with browser.shown(browser.handout_in(tmp_path, name), width=width, java_script_enabled=script) as page:
            assert page.evaluate(BROKEN) == []


def test_a_broken_word_would_be_seen(tmp_path: Path) -> None:
    file = tmp_path / "broken.html"
    file.write_text("<!DOCTYPE html><main style='width:2em;overflow-wrap:anywhere'>sleepiness</main>", encoding="utf-8")
    with browser.shown(file) as page:
        assert page.evaluate(BROKEN) == ["sleepiness"]


@pytest.mark.parametrize("name", ["halves", "large", "taper"])
def test_it_prints_the_same_with_the_script_as_without(name: str, tmp_path: Path) -> None:
    bare = tmp_path / "bare.html"
    bare.write_bytes(re.sub(rb"<script>.*?</script>", b"", browser.handout(name), flags=re.DOTALL))
    with_script, without = (pages_of(browser.printed(file)) for file in (browser.handout_in(tmp_path, name), bare))
    assert [sorted(text.split()) for text in with_script] == [sorted(text.split()) for text in without]
    assert "Next dose" not in "".join(with_script)


def test_what_is_noted_is_printed_too(tmp_path: Path) -> None:
    with browser.shown(browser.handout_in(tmp_path, "halves"), width=1000) as page:
        page.locator('[data-note="2026-12-04.sleepy"] select').select_option("mild")
        assert "mild" in "".join(pages_of(page.pdf(prefer_css_page_size=True))).partition("Day by day")[2]


@pytest.mark.parametrize("name", ["halves", "pen", "many-findings", "suspended"])
def test_what_is_copied_from_the_page_holds_no_invisible_characters(name: str, tmp_path: Path) -> None:
    with browser.shown(browser.handout_in(tmp_path, name)) as page:
        copied = page.evaluate(
            "() => { getSelection().selectAllChildren(document.body); return getSelection().toString(); }"
        )
    assert len(copied) > 1000
    assert {char for char in copied if unicodedata.category(char) in ("Cf", "Cc", "Zs")} <= {" ", "\n", "\t"}


def test_the_bar_leaves_a_low_window_to_the_page(tmp_path: Path) -> None:
    with browser.shown(browser.handout_in(tmp_path, "halves")) as page:
        page.set_viewport_size({"width": 640, "height": 320})
        assert page.evaluate("getComputedStyle(document.querySelector('.bar')).position") == "static"


def test_the_policy_stops_a_script_that_is_not_the_pages_own(tmp_path: Path) -> None:
    file = tmp_path / "changed.html"
    file.write_bytes(
        browser.handout("halves").replace(b"</main>", b"</main><script>document.title = 'changed'</script>")
    )
    with pytest.raises(AssertionError, match="Content Security Policy"), browser.shown(file) as page:
        assert page.title() == "Your baclofen plan"


def test_a_clinicians_page_has_no_script_and_no_bar() -> None:
    page = browser.handout("clinician-only").decode()
    assert re.findall(r"<script|class=\"bar\"|data-since", page) == []


def test_the_page_of_a_whole_year_is_no_larger_than_a_photograph() -> None:
    long: Plan = handouts()["long"]
    assert len(long.days) == 366
    assert len(browser.handout("long")) < 3_000_000
