"""What a revision can do: each action once, with what asks for it, what it needs and its one sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from titrate.cli.options import BY_KEY
from titrate.engine.actions import ACTIONS, NEWS, sentence
from titrate.inputs.facts import Fact
from titrate.model import NewSettings, Revision


@pytest.mark.parametrize(
    ("action", "needs", "words"),
    [
        ("hold", {"days": 1}, "hold the dose for 1 day"),
        ("hold", {"days": 7}, "hold the dose for 7 days"),
        ("step-back", {}, "step back by one dose"),
        ("resume", {}, "resume"),
        ("target", {"target": Decimal(20)}, "new target 20 mg a day"),
        ("kidney", {}, "new kidney result"),
        ("stop", {}, "stop, step by step"),
        ("continue", {"days": 14}, "go on with the last dose for 14 days"),
        ("undo", {}, "take the last change back"),
        (
            "settings",
            {"settings": NewSettings(morning=time(9), zone="Asia/Tokyo")},
            "morning dose at 09:00; times in Asia/Tokyo",
        ),
        (
            "settings",
            {"settings": NewSettings(tablets=(Decimal(10),), pack=40)},
            "tablets of 10 mg; 40 tablets in hand",
        ),
        (
            "settings",
            {"settings": NewSettings(alarm=0, discreet=False)},
            "alarm at each dose; a calendar that names the drug",
        ),
        ("settings", {"settings": NewSettings(no_alarm=True, contact="A\nB")}, "no alarm; contact A B"),
        ("news", {}, "new facts about the patient"),
    ],
)
def test_an_action_has_one_sentence(action: str, needs: dict[str, Any], words: str) -> None:
    at = datetime(2026, 12, 4, 9, tzinfo=UTC)
    assert sentence(Revision(number=1, at=at, start=date(2026, 12, 5), action=action, **needs)) == words


def test_every_action_is_asked_for_by_an_option_and_by_no_other_action() -> None:
    keys = [key for action in ACTIONS.values() for key in action.facts]
    assert len(set(keys)) == len(keys)
    assert all(isinstance(BY_KEY[key], Fact) for key in keys)
    assert [name for name, action in ACTIONS.items() if not action.facts] == [NEWS]  # the one that facts alone are
