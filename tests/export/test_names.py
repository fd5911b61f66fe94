"""What was typed stays visible: each medicine and illness with what it was taken for and what came of it, on every page."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from command import Desk
from plans import make

from titrate.export import render
from titrate.export.summary import OUTCOMES, names_text
from titrate.model import SEVERITIES, Name, Plan

TYPED = {"taking": ("Valium", "sertraline", "xyzzy", "amlodipine"), "conditions": ("migraine", "epilepsy")}
NAMES = [
    ("Valium", "medicine", "diazepam", "confirm"),
    ("sertraline", "medicine", "sertraline", "known"),
    ("xyzzy", "medicine", None, "not recognised"),
    ("amlodipine", "medicine", "amlodipine", "caution"),
    ("migraine", "condition", "migraine", "known"),
    ("epilepsy", "condition", "epilepsy or fits", "confirm"),
]
SAID = (
    "Valium (diazepam), epilepsy: needs a prescriber's word; amlodipine: a caution; "
    "xyzzy: not in our list: nobody has checked it; "
    "sertraline, migraine: known; nothing in our list about it beside baclofen"
)


@pytest.fixture
def desk(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, capfd, monkeypatch)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make(**TYPED)


def test_the_saved_plan_lists_each_name_in_the_order_of_typing(plan: Plan) -> None:
    names = json.loads(render(plan, "json"))["names"]
    assert [tuple(name.values()) for name in names] == NAMES
    assert list(names[0]) == ["typed", "kind", "taken_for", "outcome"]


def test_alike_ones_are_said_together_and_what_is_known_is_never_called_safe(plan: Plan) -> None:
    assert names_text(plan.names) == SAID
    assert "safe" not in SAID


def test_every_outcome_has_its_words() -> None:
    assert {*SEVERITIES, "known", "not recognised"} == OUTCOMES.keys()


@pytest.mark.parametrize("format", ["table", "md", "html"])
def test_table_markdown_and_the_prescribers_page_list_them(plan: Plan, format: str) -> None:
    text = " ".join(render(plan, format).decode().replace("&#39;", "'").split())
    for part in SAID.split("; "):
        assert part in text


def test_a_name_may_look_like_anything_and_marks_up_nothing() -> None:
    odd = Name("*x* <b>", "medicine", None, "not recognised")
    plan = make()._replace(names=(odd,))
    assert b"<b>" not in render(plan, "html").partition(b"</style>")[2]
    assert rb"\*x\*" in render(plan, "md")


def test_a_plan_without_names_lists_none() -> None:
    assert json.loads(render(make(taking=(), conditions=()), "json"))["names"] == []


def test_a_screening_and_a_refusal_list_them_too(desk: Desk) -> None:
    line = "--egfr 95 --age 45 --taking Valium,sertraline,xyzzy --condition none"
    screening = desk.titrate(f"screen {line} --format json")
    assert [tuple(name.values()) for name in screening.document["names"]] == NAMES[:3]
    page = desk.titrate(f"screen {line}").out
    assert re.search(r"^Valium +diazepam +needs a prescriber's word$", page, re.MULTILINE)
    refused = desk.titrate(f"plan --start 2026-12-01 {line}")
    assert refused.code == 3
    assert "sertraline: known; nothing in our list about it" in " ".join(refused.err.split())


def test_the_manifest_of_a_batch_says_why_and_what_each_name_was_taken_for(desk: Desk) -> None:
    rows = [
        ("id,start,egfr,age,taking,conditions"),
        ("a,2026-12-01,95,45,Xanax,none"),
        ("b,2026-12-01,95,45,Baclofène,none"),
        ("c,2026-12-01,95,45,sertraline,none"),
        ("d,2026-12-01,95,45,diazepqm,none"),
    ]
    (desk.folder / "roster.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    desk.titrate("batch roster.csv --out out --format json --jobs 1")
    lines = _table(desk)
    told: list[tuple[Any, ...]] = [(line["outcome"], line["findings"], line["names"]) for line in lines]
    assert told == [
        ("refused", "cns-depressant", "Xanax (alprazolam): needs a prescriber's word"),
        ("refused", "already-on-baclofen", "Baclofène (baclofen): stops a plan"),
        ("made", "", "sertraline: known; nothing in our list about it beside baclofen"),
        ("faulty", "value", "diazepqm, none: not read"),
    ]


def _table(desk: Desk) -> list[dict[str, str]]:
    with (desk.folder / "out" / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
