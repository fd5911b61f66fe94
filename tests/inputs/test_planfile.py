"""A saved plan is read back exactly, or refused with what is wrong and where: never believed, never repaired, no traceback."""

from __future__ import annotations

import hashlib
import html
import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from plans import (
    again,
    at,
    cases,
    course_of,
    document,
    drafts,
    first_plans,
    make,
    places,
    put,
    refusal,
    resealed,
    revise,
    saved,
)
from vectors import Row, rows
from voluptuous import Schema

from titrate.errors import BadInput, Refused
from titrate.evidence import reader, review
from titrate.export import EXPORTERS, formats, render
from titrate.inputs import document as plan_json
from titrate.inputs import schema
from titrate.inputs.document import encoded
from titrate.inputs.planfile import read
from titrate.model import UNSIGNED, Plan, Protocol

NAMES = tuple(cases())
TEXTS = tuple(name for name in formats() if name not in EXPORTERS or not EXPORTERS[name].printed)


# --- Round trip ---


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_read_back_is_the_plan_that_was_written(name: str) -> None:
    made = again(saved(name))
    assert plan_json.document(made) == plan_json.document(cases()[name])
    assert made.days == cases()[name].days
    assert len(made.history) == len(made.revisions)
    assert [version.days for version in made.history] == [version.days for version in cases()[name].history]


@pytest.mark.parametrize("suffix", formats())
@pytest.mark.parametrize("name", NAMES)
def test_a_plan_read_back_is_told_byte_for_byte_as_before(name: str, suffix: str) -> None:
    assert render(again(saved(name)), suffix) == render(cases()[name], suffix)


# Plans that titrate 0.1.0 itself wrote: with every kidney fact, names and tablets; and revised three times.
EARLIER = sorted(Path(__file__).parent.glob("saved_by_*/*.json"))


@pytest.mark.parametrize("file", EARLIER, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_plan_that_an_earlier_version_saved_still_reads_to_the_same_days(file: Path) -> None:
    written = json.loads(file.read_bytes(), parse_float=Decimal)
    computed = json.loads(render(read(file.read_bytes(), file.name).plan, "json"), parse_float=Decimal)
    screened = dict.fromkeys(("findings", "names", "seal"))  # afresh
    assert {**computed, **screened} == {**written, **screened}


def test_plans_of_earlier_versions_are_there_to_be_read() -> None:
    names = [file.stem for file in EARLIER]
    assert names == ["clearance", "confirmed-g4", "exposure-revised", "exposure", "first", "revised", "standard"]


def earlier(name: str) -> Plan:
    file = next(file for file in EARLIER if file.stem == name)
    return read(file.read_bytes(), file.name).plan


def test_a_plan_of_2026_11_keeps_its_band_and_ceiling_and_a_new_revision_follows_those_of_2026_12() -> None:
    old = earlier("exposure")  # an eGFR of 70 with a target of 30
    assert (old.protocol.version, old.kidney.band, old.ceiling, old.target) == ("2026.11", "G1-G2", 30, 30)
    assert max(day.total for day in old.days) == 30
    at_20, at_30 = date(2026, 12, 16), date(2027, 1, 2)
    early = revise(old, at_20, "news", conditions=())
    assert (early.kidney.band, early.ceiling, early.target) == ("G2", 20, 20)
    assert early.days[:15] == old.days[:15]
    assert {day.total for day in early.days[15:]} == {20}
    late = revise(old, at_30, "hold", days=1)
    assert late.days[:32] == old.days[:32]
    assert [day.total for day in late.days[31:34]] == [30, 20, 20]  # down to the new ceiling on its day
    with pytest.raises(Refused, match="above the ceiling of 20 mg for kidney band G2"):
        revise(old, at_20, "target", target=Decimal(25))


def test_a_revised_plan_of_2026_11_says_which_protocol_each_revision_follows_and_reads_back() -> None:
    old = earlier("exposure-revised")
    new = revise(old, date(2026, 12, 20), "news", conditions=())
    data = render(new, "json")
    written = json.loads(data)
    assert written["protocol"]["version"] == "2026.11"
    assert [row.get("protocol") for row in written["revisions"]] == [None, None, "2026.12"]
    assert (written["ceiling_mg_per_day"], written["kidney"]["band"]) == (20, "G2")
    found = read(data, "plan.json")
    assert (found.plan.days, found.screened_since) == (new.days, ())
    assert render(found.plan, "json") == data
    assert found.plan.history[-1].ceiling == old.ceiling == 30  # what held before it is as it was


def test_no_revision_goes_back_to_an_older_protocol() -> None:
    new = revise(earlier("exposure"), date(2026, 12, 16), "news", conditions=())
    value = json.loads(render(revise(new, date(2026, 12, 17), "hold", days=1), "json"), parse_float=Decimal)
    assert [row["protocol"] for row in value["revisions"]] == ["2026.12", "2026.12"]
    assert "protocol 2026.11 is older than the one before it" in refusal(
        put(value, ("revisions", 1, "protocol"), "2026.11")
    )


def test_a_no_and_what_nobody_asked_are_read_back_as_they_were() -> None:
    answered = make(taking=(), conditions=(), pregnant=False, breastfeeding=False, dialysis=False)
    unasked = make(taking=None, conditions=None, pregnant=None)
    for plan, answers in ((answered, ((), (), False, False, False)), (unasked, (None,) * 5)):
        patient = again(render(plan, "json")).inputs.patient
        facts = (patient.taking, patient.conditions, patient.pregnant, patient.breastfeeding, patient.dialysis)
        assert facts == answers


def test_a_yes_that_became_a_no_reads_back() -> None:
    plan = revise(make(), date(2026, 12, 5), "news", pregnant=True, breastfeeding=True)
    plan = revise(plan, date(2026, 12, 8), "news", pregnant=False, breastfeeding=False)
    data = render(plan, "json")
    found = read(data, "plan.json")
    assert (render(found.plan, "json"), found.screened_since) == (data, ())
    assert [row.get("pregnant") for row in json.loads(data)["revisions"]] == [True, False]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first_plans, drafts)
def test_any_course_of_revisions_is_read_back_byte_for_byte_in_every_format(first: Any, drawn: Any) -> None:
    plan = course_of(first, drawn)
    data = render(plan, "json")
    found = read(data, "plan.json")
    assert found.screened_since == ()
    for suffix in TEXTS:
        assert render(found.plan, suffix) == render(plan, suffix)


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_that_nobody_changed_is_screened_as_it_was(name: str) -> None:
    assert read(saved(name), "plan.json").screened_since == ()


@pytest.mark.parametrize("name", ["held", "stopped", "kidney"])
def test_a_moment_read_back_is_told_on_the_clock_of_the_plan(name: str) -> None:
    made, read_back = cases()[name], again(saved(name))
    assert f"{read_back.created}" == f"{made.created}"
    assert [f"{one.at}" for one in read_back.revisions] == [f"{one.at}" for one in made.revisions]
    assert f"{made.created}".endswith("+01:00")


def test_a_byte_order_mark_that_an_editor_put_there_is_read_over() -> None:
    assert again(b"\xef\xbb\xbf" + saved()) == again(saved())


def test_another_indent_and_line_end_make_the_same_plan() -> None:
    spaced = json.dumps(json.loads(saved()), indent=7, ensure_ascii=True).replace("\n", "\r\n")
    assert render(again(spaced.encode()), "json") == saved()


def test_another_order_of_keys_breaks_the_seal() -> None:
    shuffled = dict(reversed(document().items()))
    assert "the seal is not that of the rest" in refusal(encoded(shuffled))


# --- Truth and derived ---

DERIVED = ("kidney", "ceiling_mg_per_day", "target_mg_per_day", "steps", "days", "review", "supply")


@pytest.mark.parametrize("name", ["held", "told", "kidney"])
def test_every_derived_number_and_word_changed_by_hand_is_refused_by_its_place(name: str) -> None:
    value = document(name)
    derived = [path for path in places(value) if path[0] in DERIVED]
    assert len(derived) > 150
    for path in derived[:: 1 if name == "held" else 5]:
        old = at(value, path)
        new = old + 5 if isinstance(old, (int, Decimal)) and not isinstance(old, bool) else "other"
        told = refusal(put(value, path, new))
        assert "disagrees with itself" in told
        assert path[-1] in told if isinstance(path[-1], str) else True
        assert ".bak" in told


def test_a_changed_dose_is_named_with_what_it_should_be() -> None:
    told = refusal(put(document(), ("days", 4, "doses_mg", "evening"), 10))
    assert "days[4].doses_mg.evening: the file has 10, the inputs make 5" in told


def test_a_missing_day_a_doubled_step_and_an_extra_key_are_refused() -> None:
    value = document()
    assert "days: has 28 entries, the inputs make 29" in refusal(resealed({**value, "days": value["days"][:-1]}))
    assert "steps: has 4 entries" in refusal(resealed({**value, "steps": [*value["steps"], value["steps"][-1]]}))
    assert "dose: unknown key" in refusal(resealed({**value, "dose": 5}))
    assert "supply: is missing" in refusal(resealed({key: value[key] for key in value if key != "supply"}))
    extra = put(value, ("steps", 0, "note"), "x")
    assert "steps[0].note: does not belong there" in refusal(extra)
    del value["days"][3]["total_mg"]
    assert "days[3].total_mg: is missing" in refusal(resealed(value))


def test_a_number_where_a_text_was_and_true_for_one_are_refused() -> None:
    assert "the inputs make 5" in refusal(put(document(), ("days", 0, "total_mg"), "5"))
    assert "steps[0].number" in refusal(put(document(), ("steps", 0, "number"), True))
    assert again(put(document(), ("days", 0, "total_mg"), Decimal("5.0"))) == again(saved())


def test_a_finding_that_was_changed_is_told_and_not_believed() -> None:
    value = document("unconfirmed")
    row = next(row for row in value["findings"] if row["severity"] == "confirm")
    value["findings"] = [finding for finding in value["findings"] if finding is not row]
    found = read(resealed({**value, "findings": [*value["findings"], {"code": "made-up"}, 7]}), "my.json")
    assert found.plan.findings == cases()["unconfirmed"].findings
    assert f"new finding: {row['code']}: {row['message']}" in found.screened_since
    assert "no longer found: made-up: something else" in found.screened_since
    assert "no longer found: something that is no finding" in found.screened_since


def test_a_confirmation_that_somebody_wrote_into_a_finding_is_told() -> None:
    value = document("unconfirmed")
    next(row for row in value["findings"] if row["severity"] == "confirm")["confirmed_by"] = "me"
    assert any(
        line.startswith("no longer found: cns-depressant") for line in read(resealed(value), "my.json").screened_since
    )


def test_a_new_finding_that_forbids_a_rise_still_to_come_says_so() -> None:
    value = document("first")
    value["inputs"]["taking"] = ["codeine"]
    changes = read(resealed(value), "my.json").screened_since
    assert changes[-1] == "what is found now forbids a rise: do not go up before the prescriber has seen this"


FORBIDS = "what is found now forbids a rise: do not go up before the prescriber has seen this"


def without(name: str, code: str) -> bytes:
    """Return a saved plan from which one finding was taken out."""
    value = document(name)
    kept = [row for row in value["findings"] if row["code"] != code]
    assert len(kept) < len(value["findings"])
    return resealed({**value, "findings": kept})


def test_a_new_finding_that_forbids_nothing_does_not_say_that_it_forbids_a_rise() -> None:
    changes = read(without("first", "off-label"), "my.json").screened_since
    assert [line.partition(": ")[2].partition(":")[0] for line in changes] == ["off-label"]


def test_a_new_finding_of_a_plan_that_rises_no_more_does_not_warn_of_a_rise() -> None:
    assert (
        FORBIDS not in read(without("unconfirmed", "cns-depressant"), "my.json").screened_since
    )  # its revision plans none
    value = json.loads(render(make("20", age=40), "json"), parse_float=Decimal)
    value["inputs"]["taking"] = ["codeine"]
    changes = read(resealed(value), "my.json").screened_since
    assert any("cns-depressant" in line for line in changes)
    assert FORBIDS not in changes


def test_a_finding_that_is_no_more_is_told_with_its_words() -> None:
    value = document("first")
    gone = {"code": "old-caution", "message": "Be careful with this."}
    changes = read(resealed({**value, "findings": [*value["findings"], gone]}), "my.json").screened_since
    assert changes == ("no longer found: old-caution: Be careful with this.",)


def test_a_medicine_that_a_newer_titrate_knows_never_makes_an_old_plan_unreadable(monkeypatch: Any) -> None:
    first = cases()["first"]
    old = revise(first, date(2026, 12, 5), "hold", days=1, taking=("sertraline",))
    data = render(old, "json")
    assert not old.revisions[0].no_rise
    known = reader.medicines
    learned = reader.evidence(first.inputs.patient._replace(taking=("codeine",))).formulary
    assert learned is not None
    from titrate.engine import interactions

    look_up = interactions.recognise
    monkeypatch.setattr(
        interactions,
        "recognise",
        lambda shelves, typed: look_up(shelves, typed.replace("sertraline", "codeine"))._replace(typed=typed),
    )
    found = read(data, "my.json")
    assert found.plan.days == old.days
    assert any("cns-depressant" in line for line in found.screened_since)
    assert found.screened_since[-1] == FORBIDS
    assert known is reader.medicines


# --- Released protocols ---

RELEASED = {row["file"]: row["sha256"] for row in rows("released_protocols.csv")}
SIGNER = "Dr. A. Miller, physician, 2026-12-15"
SIGNED = reader.protocol()._replace(version="2026.12", reviewed_by=SIGNER)


def test_a_released_protocol_file_is_never_edited() -> None:
    folder = Path(reader.EVIDENCE) / "protocols"
    assert {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.glob("*.toml")} == RELEASED


def changed_since(protocol: Protocol, signed: tuple[Row, ...]) -> list[str]:
    """Return the files beside a signed protocol that are not as they were signed; a new review is due for them."""
    if protocol.reviewed_by == UNSIGNED:
        return []
    name = f"{protocol.id}-{protocol.version}.toml"
    as_signed = {row["file"]: row["sha256"] for row in signed if row["protocol"] == name}
    return [file.name for file in review.files(reader.sources()) if as_signed.get(file.name) != file.sha256]


def as_they_are() -> tuple[Row, ...]:
    """Return the rows of signed_files.csv that a maintainer adds when the protocol that was signed is released."""
    files = review.files(reader.sources())
    return tuple({"protocol": "raynaud-2026.12.toml", "file": file.name, "sha256": file.sha256} for file in files)


def test_each_file_that_was_signed_with_the_newest_protocol_is_as_it_was_signed() -> None:
    assert changed_since(reader.protocol(), rows("signed_files.csv")) == []


def test_a_signed_protocol_needs_a_row_for_each_file_that_is_signed_with_it() -> None:
    files = ["kidney.toml", "findings.toml", "medicines.toml", "conditions.toml"]
    assert changed_since(SIGNED, ()) == files
    assert changed_since(SIGNED, as_they_are()) == []
    assert changed_since(SIGNED._replace(version="2027.01"), as_they_are()) == files


@pytest.mark.parametrize("name", ["kidney.toml", "findings.toml", "medicines.toml", "conditions.toml"])
def test_a_file_that_changed_after_the_signature_asks_for_a_new_review(name: str) -> None:
    signed = tuple({**row, "sha256": "0" * 64} if row["file"] == name else row for row in as_they_are())
    assert changed_since(SIGNED, signed) == [name]
    assert changed_since(reader.protocol(), signed) == []


@pytest.mark.parametrize(("suffix", "times"), [("table", 1), ("md", 1), ("html", 2), ("ics", 3)])
def test_once_a_protocol_is_signed_every_page_and_event_says_reviewed_by_whom(suffix: str, times: int) -> None:
    made = make()
    told = render(made._replace(protocol=SIGNED, findings=()), suffix).decode()
    text = html.unescape(re.sub(r"\s+", " ", re.sub(r"\r\n ", "", told).replace("\\,", ",")))
    assert text.count(f": reviewed by {SIGNER}") == text.count(SIGNER) >= times
    unsigned = re.sub(r"\r\n ", "", render(made, suffix).decode())
    assert "reviewed by a prescriber" in re.sub(r"\s+", " ", unsigned)
    assert "reviewed by not" not in unsigned


def test_a_needed_key_whose_value_may_be_anything_is_said_to_be_missing() -> None:
    kinds = Schema(schema.table({"whatever": schema.anything}, ("whatever",)))
    with pytest.raises(BadInput, match=r"^whatever: is missing; mend it$"):
        schema.checked({}, kinds, "mend it")
