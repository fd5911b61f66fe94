"""A prescriber's word covers the names that stood with it, for every code, and no later one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from plans import DOCTOR, make, revise

from titrate.engine.screening import unconfirmed
from titrate.model import Plan

DAY = date(2026, 12, 5)


def missing(plan: Plan) -> list[str]:
    return sorted({finding.code for finding in unconfirmed(plan.findings)})


def learned(before: Plan, day: int = 5, **facts: Any) -> Plan:
    return revise(before, date(2026, 12, day), "news", **facts)


@pytest.mark.parametrize(
    ("first", "later", "needed"),
    [
        (("codeine",), ("morphine",), ["cns-depressant", "several-cns-depressants"]),
        (("codeine", "diazepam"), ("zolpidem",), ["cns-depressant", "several-cns-depressants"]),
        (("xyzzy",), ("plugh",), ["medicine-not-recognised"]),
        (("codeine",), ("sertraline",), []),
        (("codeine",), ("Codeine",), []),
    ],
)
def test_a_medicine_that_came_later_needs_a_word_of_its_own(
    first: tuple[str, ...], later: tuple[str, ...], needed: list[str]
) -> None:
    before = make(taking=first)
    assert missing(before) == []
    assert missing(learned(before, taking=later)) == needed


def test_an_illness_that_came_later_needs_a_word_of_its_own() -> None:
    before = make(conditions=("epilepsy",))
    assert missing(learned(before, conditions=("stroke",))) == ["stroke"]
    assert missing(learned(before, conditions=("petit mal",))) == ["epilepsy"]


def test_a_word_that_was_given_stays_while_nothing_is_added() -> None:
    before = make(taking=("codeine", "diazepam"), age=70)
    assert missing(learned(before, stopped=("codeine",))) == []
    assert missing(learned(learned(before, stopped=("codeine",)), 6, taking=("codeine",))) == []


def test_the_word_for_a_later_one_covers_all_that_stand_then() -> None:
    agreed = learned(
        make(taking=("codeine",)),
        taking=("tramadol",),
        confirmed=("cns-depressant", "several-cns-depressants"),
        prescriber=DOCTOR,
    )
    assert missing(agreed) == []
    assert missing(learned(agreed, 6, conditions=("asthma",))) == []


def test_a_worse_band_lets_every_word_lapse() -> None:
    before = make("85", taking=("codeine",))
    assert missing(revise(before, DAY, "kidney", egfr="50")) == ["cns-depressant"]


def test_a_word_given_alone_is_a_revision_and_lets_the_planned_rises_go_on() -> None:
    first = make(taking=())
    held_back = learned(first, 2, taking=("codeine",))
    assert held_back.days[-1].total == 5
    assert learned(held_back, 3, taking=("sertraline",)).days[-1].total == 5
    agreed = learned(held_back, 3, confirmed=("cns-depressant",), prescriber=DOCTOR)
    assert [day.total for day in agreed.days] == [day.total for day in first.days]


@pytest.mark.parametrize(
    ("first", "later", "code"),
    [
        ({"egfr": "150"}, {"egfr": "168"}, "egfr-implausible"),
        ({"egfr": "62", "conditions": ("CKD 3",)}, {"egfr": "168"}, "egfr-implausible"),
        ({"egfr": "85", "weight": 49}, {"weight": 30}, "weight-needed"),
    ],
)
def test_a_word_for_one_value_is_none_for_another(first: dict[str, Any], later: dict[str, Any], code: str) -> None:
    before = make(**first)
    assert missing(before) == []
    after = revise(before, DAY, "kidney" if "egfr" in later else "news", **later)
    assert missing(after) == [code]
