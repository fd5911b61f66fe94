"""A damaged or invented file is refused with what is wrong and where, whatever was done to it: never a traceback."""

from __future__ import annotations

import copy
import json
import time
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plans import again, cases, document, places, put, refusal, resealed, saved

from titrate.engine.limits import MOST_REVISIONS
from titrate.errors import BadInput
from titrate.export import render
from titrate.inputs import document as plan_json
from titrate.inputs import planfile
from titrate.inputs.document import encoded
from titrate.inputs.planfile import read
from titrate.inputs.strict_json import LARGEST

NAMES = tuple(cases())

# --- Damage ---


def test_a_file_truncated_anywhere_is_refused() -> None:
    data = saved()
    for length in (*range(0, len(data) - 1, 97), *range(len(data) - 40, len(data) - 1)):
        assert "truncated or damaged" in refusal(data[:length])
    assert again(data[:-1]) == again(data)  # without the last line's end it is whole


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "no whole JSON at line 1"),
        (b"null", "this is no saved plan (schema titrate/plan/1)"),
        (b"[]", "this is no saved plan"),
        (b'"titrate/plan/1"', "this is no saved plan"),
        (
            b'{"schema": "titrate/plan/2"}',
            "schema titrate/plan/2 is newer than this titrate reads (titrate/plan/1); update",
        ),
        (b'{"schema": "titrate/plan/12"}', "is newer"),
        (b'{"schema": "titrate/plan/0"}', "this is no saved plan"),
        (b'{"schema": "titrate/refusal/1"}', "this is no saved plan"),
        (b'{"schema": ["titrate/plan/1"]}', "this is no saved plan"),
        (b'{"schema": "titrate/plan/1"}', "id: is missing"),
        (b'{"a": 1, "b": 2, "a": 1}', "the key a stands twice"),
        (b'{"b": 2, "a": 1, "a": 1}', "the key a stands twice"),
        (b'{"a": NaN}', "NaN is no number of a plan"),
        (b'{"a": -Infinity}', "-Infinity is no number of a plan"),
        (b'{"a": 1e999999999}', "1e999999999 is not how a plan writes a number"),
        (b'{"a": 1.' + b"0" * 5000 + b"}", "is no number of a plan"),
        (b'{"a": ' + b"9" * 5000 + b"}", "is no number of a plan"),
        (b"[" * 200_000, "nested that deep"),
        (b'{"a":' * 200_000, "nested that deep"),
        ("ä".encode("latin-1"), "not UTF-8 at byte 0"),
        ("{}".encode("utf-16"), "not UTF-8 at byte 0"),
        (b"\x00" * 100, "no whole JSON"),
        (b"BEGIN:VCALENDAR\r\n", "no whole JSON"),
        (b" " * (LARGEST + 1), "too many for a plan"),
    ],
    ids=lambda value: str(value[:24]),
)
def test_what_is_no_saved_plan_is_refused_with_what_it_is(data: bytes, told: str) -> None:
    assert told in refusal(data)


def test_another_protocol_and_another_version_of_it_are_named() -> None:
    other = put(document(), ("protocol", "sha256"), "0" * 64)
    assert refusal(other) == (
        "my.json: protocol.sha256: the protocol that made this plan is not the one of this titrate; "
        "install the version that made it"
    )
    later = refusal(put(document(), ("protocol", "version"), "2031.01"))
    assert "protocol raynaud 2031.01: this titrate has only raynaud-2026.11" in later
    assert "has only raynaud" in refusal(put(document(), ("protocol", "id"), "../../secret"))


CHANGES = [
    (("inputs", "start"), "2026-13-01", "inputs.start: 2026-13-01 is no date"),
    (("inputs", "start"), "01.12.2026", "inputs.start: 01.12.2026 is no date"),
    (("inputs", "start"), "9999-12-30", "start: 9999-12-30 is too late"),
    (("inputs", "start"), 20261201, "inputs.start: needs text"),
    (("inputs", "evening"), "24:00", "inputs.evening: 24:00 is no clock time"),
    (("inputs", "evening"), "09:00", "midday, evening"),
    (("inputs", "tz"), "Mars/Olympus", "no time zone"),
    (("inputs", "days"), 10**9, "days: 1000000000 is out of range"),
    (("inputs", "days"), Decimal("28.5"), "inputs.days: needs a whole number"),
    (("inputs", "target"), 12, "target: 12 is not a daily dose"),
    (("inputs", "target"), "15", "inputs.target: needs a number"),
    (("inputs", "target"), -5, "target: -5 is not a daily dose"),
    (("inputs", "tablet"), 10, "inputs.tablet: needs a list"),
    (("inputs", "tablet"), [3], "tablet: no baclofen tablet of 3 mg"),
    (("inputs", "tablet"), [True], "inputs.tablet: needs a number"),
    (("inputs", "pack"), 0, "inputs.pack: 0 is out of range"),
    (("inputs", "alarm"), 121, "inputs.alarm: 121 is out of range"),
    (("inputs", "alarm"), 15, None),
    (("inputs", "no-alarm"), "yes", "inputs.no-alarm: needs true or false"),
    (("inputs", "paper"), "a5", "inputs.paper: a5 is unknown"),
    (("inputs", "for"), "Patient", "inputs.for: Patient is unknown; did you mean patient"),
    (("inputs", "confirm"), ["epilepsy"], "inputs.prescriber: is missing beside confirm"),
    (("inputs", "taking"), [""], "inputs.taking: needs a list of names"),
    (("inputs", "name"), "Jane", "inputs.name: unknown key"),
    (("inputs", "egfr"), "lots", "is not a kidney result"),
    (("inputs", "egfr"), [85], "inputs.egfr: needs a number"),
    (("inputs", "age"), 200, "age: 200 is out of range"),
    (("inputs", "dialysis"), True, "no plan of these rules"),
    (("id",), "not-a-uuid", "id: not-a-uuid is no UUID"),
    (("id",), "6F1C2A34-5B6D-4E7F-8A9B-0C1D2E3F4A5B", "id: the file has"),
    (("created",), "2026-11-30", "created: 2026-11-30 is no moment in UTC"),
    (("created",), "2026-02-30T00:00:00Z", "created: 2026-02-30T00:00:00Z is no moment"),
    (("created",), "9999-12-31T23:59:59Z", "created: 9999-12-31T23:59:59Z is no moment"),
    (("created",), "0001-01-01T00:00:00Z", "created: 0001-01-01T00:00:00Z is no moment"),
    (("created",), "2027-11-30T00:00:00Z", "revisions[0].at: is not after the one before"),
    (("titrate",), "1\x1b[31m", "titrate: 1\x1b[31m is no version"),
    (("titrate",), "", "titrate: needs text"),
    (("protocol",), "raynaud", "protocol: needs an object"),
    (("inputs",), [], "inputs: needs an object"),
    (("revisions",), {}, "revisions: needs a list"),
    (("revisions", 0), 5, "revisions[0]: needs an object"),
    (("revisions", 0, "number"), 2, "revisions[0].number: revisions are numbered from 1"),
    (("revisions", 0, "action"), "holt", "revisions[0].action: holt is unknown; did you mean hold"),
    (("revisions", 0, "from"), "2026-11-30", "from: 2026-11-30 is before day 1"),
    (("revisions", 0, "from"), "2029-11-30", "2029-11-30 is more than 366 days ahead"),
    (("revisions", 0, "days"), 0, "hold: 0 is out of range"),
    (("revisions", 0, "days"), 367, "hold: 367 is out of range"),
    (("revisions", 0, "target"), 15, "target needs a target, and nothing else may have one"),
    (("revisions", 0, "egfr"), 90, "kidney needs a kidney result, and nothing else may have one"),
    (("revisions", 0, "confirm"), ["epilepsy"], "revisions[0].prescriber: is missing beside confirm"),
    (("revisions", 0, "no-rise"), 1, "revisions[0].no-rise: needs true or false"),
    (("revisions", 0, "no-rise"), False, "revisions[0].no-rise: does not belong there"),
    (("revisions", 0, "tested"), "2027-01-01", "tested: 2027-01-01 is in the future"),
    (("findings",), None, "findings: needs a list"),
]


@pytest.mark.parametrize(("path", "new", "told"), [change for change in CHANGES if change[2]], ids=str)
def test_a_truth_that_cannot_be_true_is_refused_by_its_place(path: Any, new: Any, told: str) -> None:
    assert told in refusal(put(document(), path, new))


@pytest.mark.parametrize("wrong", [[None], {"a": 1}], ids=str)
@pytest.mark.parametrize("key", planfile.INPUTS)
def test_an_input_of_a_wrong_kind_is_refused_by_its_own_place(key: str, wrong: Any) -> None:
    assert refusal(put(document("told"), ("inputs", key), wrong)).startswith(f"my.json: inputs.{key}: needs ")


@pytest.mark.parametrize("wrong", [[None], {"a": 1}], ids=str)
@pytest.mark.parametrize("key", planfile.REVISION)
def test_a_revision_with_a_value_of_a_wrong_kind_is_refused_by_its_own_place(key: str, wrong: Any) -> None:
    value = document("stopped")  # two revisions: the second one is named
    assert refusal(put(value, ("revisions", 1, key), wrong)).startswith(f"my.json: revisions[1].{key}: needs ")


@pytest.mark.parametrize("key", planfile.PROTOCOL)
def test_a_protocol_with_a_value_of_a_wrong_kind_is_refused_by_its_own_place(key: str) -> None:
    assert refusal(put(document(), ("protocol", key), 1)).startswith(f"my.json: protocol.{key}: needs text")


@pytest.mark.parametrize("key", ["id", "created", "titrate"])
def test_a_plan_whose_first_lines_are_of_a_wrong_kind_is_refused_by_their_place(key: str) -> None:
    assert refusal(put(document(), (key,), 1)).startswith(f"my.json: {key}: needs text")


@pytest.mark.parametrize("key", ["inputs", "protocol", "revisions", "findings"])
def test_a_part_of_a_wrong_kind_is_refused_by_its_place(key: str) -> None:
    assert refusal(put(document(), (key,), 1)).startswith(f"my.json: {key}: needs ")


@pytest.mark.parametrize(
    ("path", "new", "told"),
    [
        (("inputs", "start"), "today", "inputs.start: today is no date"),
        (("inputs", "morning"), "8", "inputs.morning: 8 is no clock time"),
        (("inputs", "tested"), "today", "inputs.tested: today is no date"),
        (("inputs", "large-print"), 1, "inputs.large-print: needs true or false"),
        (("inputs", "floating"), 1, "inputs.floating: needs true or false"),
        (("inputs", "paper"), "a5", "inputs.paper: a5 is unknown"),
        (("inputs", "for"), "all", "inputs.for: all is unknown"),
        (("inputs", "alarm"), -1, "inputs.alarm: -1 is out of range"),
        (("inputs", "pack"), -1, "inputs.pack: -1 is out of range"),
        (("inputs", "confirm"), ["epilepsy"], "inputs.prescriber: is missing beside confirm"),
        (("revisions", 1, "at"), "now", "revisions[1].at: now is no moment"),
        (("revisions", 1, "from"), "now", "revisions[1].from: now is no date"),
        (("revisions", 1, "tested"), "now", "revisions[1].tested: now is no date"),
        (("revisions", 1, "action"), "go", "revisions[1].action: go is unknown"),
        (("revisions", 1, "confirm"), ["epilepsy"], "revisions[1].prescriber: is missing beside confirm"),
        (("revisions", 1, "number"), 1, "revisions[1].number: revisions are numbered from 1"),
        (("revisions", 1, "name"), "Jane", "revisions[1].name: unknown key"),
        (("protocol", "name"), "Jane", "protocol.name: unknown key"),
        (("name",), "Jane", "name: unknown key"),
    ],
    ids=str,
)
def test_a_value_that_cannot_be_is_refused_by_its_own_place(path: Any, new: Any, told: str) -> None:
    assert refusal(put(document("stopped"), path, new)).startswith(f"my.json: {told}")


@pytest.mark.parametrize("key", ["number", "at", "from", "action"])
def test_a_revision_that_lacks_what_each_must_have_is_refused_by_its_place(key: str) -> None:
    value = document("stopped")
    del value["revisions"][0][key]
    assert refusal(resealed(value)).startswith(f"my.json: revisions[0].{key}: ")


# --- All faults at once ---

WAY_OUT = "use the newest version that is kept beside it (plan.json.N.bak, the highest N), or make the plan again"


def test_faults_in_every_part_of_a_plan_are_told_at_once_each_with_its_place() -> None:
    value = document("stopped")
    value["id"], value["protocol"]["sha256"], value["inputs"]["age"] = "7", 7, "forty"
    value["revisions"][0]["days"], value["revisions"][1]["at"] = Decimal("7.5"), "now"
    assert refusal(resealed(value)).split("\n") == [
        f"my.json: 5 faults; {WAY_OUT}:",
        "  id: 7 is no UUID",
        "  inputs.age: needs a whole number",
        "  protocol.sha256: needs text",
        "  revisions[0].days: needs a whole number",
        "  revisions[1].at: now is no moment in UTC",
    ]


def test_revisions_in_a_wrong_order_are_told_each_with_its_place() -> None:
    value = document("stopped")
    value["revisions"].reverse()
    assert refusal(resealed(value)).split("\n") == [
        f"my.json: 3 faults; {WAY_OUT}:",
        "  revisions[0].number: revisions are numbered from 1 in order",
        "  revisions[1].at: is not after the one before",
        "  revisions[1].number: revisions are numbered from 1 in order",
    ]


def test_a_plan_with_more_faults_than_a_person_reads_is_told_by_the_first_ones() -> None:
    value = document()
    row = {**value["revisions"][0], "from": "now"}
    lines = refusal(resealed({**value, "revisions": [row] * 12})).split("\n")
    assert lines[0] == f"my.json: 12 faults; {WAY_OUT}:"
    assert lines[1:-1] == [f"  revisions[{index}].from: now is no date" for index in range(10)]
    assert lines[-1] == "  and 2 more"


def test_a_key_that_was_misspelt_is_one_fault_and_a_key_that_is_gone_another() -> None:
    value = document()
    value["inputs"]["strat"] = value["inputs"].pop("start")
    misspelt = f"my.json: inputs.strat: unknown key; did you mean start?; {WAY_OUT}"
    assert refusal(resealed(value)) == misspelt
    del value["inputs"]["tz"]
    assert refusal(resealed(value)).split("\n") == [
        f"my.json: 2 faults; {WAY_OUT}:",
        "  inputs.strat: unknown key; did you mean start?",
        "  inputs.tz: needs text",
    ]


def test_a_key_or_text_of_several_lines_stays_on_the_line_of_its_fault() -> None:
    value = document()
    value["inputs"] |= {"a\n  inputs.b": 1, "start": "1\n\x85\u2028Dec", "for": "x\r\ny"}
    assert refusal(resealed(value)).split("\n") == [
        f"my.json: 3 faults; {WAY_OUT}:",
        "  inputs.a   inputs.b: unknown key",
        "  inputs.for: x  y is unknown",
        "  inputs.start: 1   Dec is no date",
    ]


def test_a_revision_made_at_the_same_second_as_the_one_before_is_refused() -> None:
    value = document("stopped")
    for at in (value["revisions"][0]["at"], value["created"]):
        assert "revisions[1].at: is not after the one before" in refusal(put(value, ("revisions", 1, "at"), at))
    assert "revisions[0].at: is not after" in refusal(put(value, ("revisions", 0, "at"), value["created"]))


def test_as_many_revisions_as_a_plan_may_have_are_looked_at_one_by_one() -> None:
    value = document()
    many = {**value, "revisions": value["revisions"] * MOST_REVISIONS}
    assert "revisions[1].number: revisions are numbered" in refusal(resealed(many))


# --- Never the whole of what was found: a refusal is a line to read ---


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b'{"a": 1e' + b"0" * 60 + b"}", "my.json: 1e" + "0" * 38 + " is not how a plan writes a number"),
        (b'{"a": 1E9}', "my.json: 1E9 is not how a plan writes a number"),
        (b'{"a": ' + b"7" * 60 + b"}", "my.json: " + "7" * 40 + "... is no number of a plan"),
        (b'{"a": ' + b"7" * 21 + b"}", "my.json: " + "7" * 21 + "... is no number of a plan"),
        (b'{"a": ' + b"7" * 20 + b"}", "my.json: this is no saved plan"),
        (b'{"a": 1.' + b"7" * 18 + b"}", "my.json: this is no saved plan"),
        (b'{"a": 1.' + b"7" * 19 + b"}", "my.json: 1." + "7" * 19 + "... is no number of a plan"),
    ],
    ids=lambda value: str(value[:12]),
)
def test_a_number_that_no_plan_writes_is_shown_by_its_beginning(data: bytes, shown: str) -> None:
    assert refusal(data).startswith(shown)


def test_a_text_that_differs_is_shown_by_its_first_200_letters() -> None:
    told = refusal(put(document(), ("kidney", "basis"), "x" * 300))
    assert f"by hand: kidney.basis: the file has {'x' * 200}, the inputs make eGFR reported" in told


def test_a_version_is_letters_digits_and_marks_forty_at_most() -> None:
    assert again(put(document(), ("titrate",), "9" * 40)).version == "9" * 40
    assert f"titrate: {'9' * 40} is no version" in refusal(put(document(), ("titrate",), "9" * 41))
    assert again(put(document(), ("titrate",), "2.0-rc.1+dev!Z")).version == "2.0-rc.1+dev!Z"


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ("titrate/plan/2", "schema titrate/plan/2 is newer than this titrate reads (titrate/plan/1); update titrate"),
        ("titrate/plan/10", "schema titrate/plan/10 is newer"),
        ("titrate/plan/9999", "schema titrate/plan/9999 is newer"),
        ("titrate/plan/10000", "this is no saved plan (schema titrate/plan/1); give a file written with -o plan.json"),
        ("titrate/plan/02", "this is no saved plan"),
        ("TITRATE/PLAN/2", "this is no saved plan"),
        (2, "this is no saved plan"),
    ],
)
def test_a_schema_is_newer_only_where_it_is_one_of_a_plan(schema: Any, told: str) -> None:
    assert refusal(resealed({"schema": schema})).startswith(f"my.json: {told}")


def test_a_file_of_exactly_the_largest_size_is_still_looked_at() -> None:
    data = saved()
    assert again(data + b" " * (LARGEST - len(data))) == again(data)
    assert f"more than {LARGEST} bytes are too many" in refusal(data + b" " * (LARGEST - len(data) + 1))


def test_a_file_that_is_damaged_is_refused_with_the_line() -> None:
    lines = saved().split(b"\n")
    lines[6] = b"?"
    assert "no whole JSON at line 7: truncated or damaged" in refusal(b"\n".join(lines))
    assert "not UTF-8 at byte 2" in refusal(b"{}\xff")


def test_an_output_option_changed_by_hand_to_one_that_can_be_is_taken() -> None:
    assert again(put(document(), ("inputs", "alarm"), 15)).inputs.output.alarm == 15


@pytest.mark.parametrize(
    ("key", "field", "new"),
    [
        ("alarm", "alarm", 1),
        ("alarm", "alarm", 120),
        ("paper", "paper", "letter"),
        ("for", "audience", "clinician"),
        ("for", "audience", "patient"),
        ("label", "label", "Tea"),
    ],
)
def test_every_output_option_that_can_be_is_taken_from_the_file(key: str, field: str, new: Any) -> None:
    assert getattr(again(put(document(), ("inputs", key), new)).inputs.output, field) == new


def test_a_pack_of_one_tablet_is_still_a_pack() -> None:
    assert again(put(document("told"), ("inputs", "pack"), 1)).inputs.pack == 1


@pytest.mark.parametrize(("key", "usual"), [("paper", "a4"), ("for", "both")])
def test_what_is_usual_is_known_but_never_written_and_so_not_taken(key: str, usual: str) -> None:
    assert f"inputs.{key}: does not belong there" in refusal(put(document(), ("inputs", key), usual))


def test_a_revision_without_what_it_needs_is_refused() -> None:
    value = document()
    del value["revisions"][0]["days"]
    assert "revision 1: hold needs days, and nothing else may have one" in refusal(resealed(value))
    value = document("target")
    del value["revisions"][0]["target"]
    assert "target needs a target" in refusal(resealed(value))


def test_a_rise_that_screening_forbade_cannot_be_freed_by_taking_the_mark_out() -> None:
    value = document("unconfirmed")
    del value["revisions"][0]["no-rise"]
    assert "disagrees with itself" in refusal(resealed(value))


def test_more_revisions_than_any_plan_has_are_refused_at_once() -> None:
    value = document()
    assert "are more than any plan has" in refusal(
        resealed({**value, "revisions": value["revisions"] * (MOST_REVISIONS + 1)})
    )


# --- Anything at all ---

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**19), 10**19)
    | st.decimals(-(10**9), 10**9, places=2)
    | st.sampled_from(
        ("", "2026-12-05", "hold", "08:00", "15", "2026-12-01T00:00:00Z", "Europe/Berlin", "\ud800", "\x00")
    )
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(NAMES), st.data(), anything)
def test_any_value_put_anywhere_is_refused_or_makes_the_plan_that_the_file_says(name: str, data: Any, new: Any) -> None:
    value = document(name)
    path = data.draw(st.sampled_from([path for path in [*places(value), *tops(value)] if path[0] != "days"]))
    try:
        found = read(put(value, path, new), "my.json")
    except BadInput:
        return
    shown = plan_json.document(found.plan)
    told = json.loads(put(value, path, new), parse_float=Decimal)
    screened = {"findings": None, "names": None, "seal": told["seal"]}
    assert {**shown, **screened} == {**told, **screened}


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(NAMES), st.data(), anything)
def test_any_value_put_anywhere_by_hand_is_refused_or_is_the_one_that_stood_there(
    name: str, data: Any, new: Any
) -> None:
    value = document(name)
    path = data.draw(st.sampled_from([*places(value), *tops(value)]))
    by_hand = encoded({**json.loads(put(value, path, new), parse_float=Decimal), "seal": value["seal"]})
    try:
        read(by_hand, "my.json")
    except BadInput:
        return
    assert json.loads(by_hand, parse_float=Decimal) == value


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Any:
    """Yield each leaf of a document with every change of it by one step."""
    if isinstance(value, dict):
        for key in value:
            yield (*path, key), "remove"
            yield from leaves(value[key], (*path, key))
        yield path, "reorder"
    elif isinstance(value, list):
        if value:
            yield path, "shorten"
            yield path, "double"
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path, "step"


def stepped(value: dict[str, Any], path: tuple[Any, ...], how: str) -> dict[str, Any]:
    """Return the document with one change: a number or date a step further, a text a letter longer, a key gone or moved."""
    changed = copy.deepcopy(value)
    holder: Any = {"": changed}
    for key in ("", *path)[:-1]:
        holder = holder[key]
    last = ("", *path)[-1]
    leaf = holder[last]
    if how == "remove":
        del holder[last]
    elif how == "reorder":
        holder[last] = dict(reversed(leaf.items()))
    elif how == "shorten":
        holder[last] = leaf[:-1]
    elif how == "double":
        holder[last] = [*leaf, leaf[-1]]
    elif isinstance(leaf, bool) or leaf is None:
        holder[last] = not leaf
    elif isinstance(leaf, (int, Decimal)):
        holder[last] = leaf + 1
    else:
        try:
            holder[last] = (date.fromisoformat(leaf) + timedelta(days=1)).isoformat()
        except ValueError:
            holder[last] = f"{leaf}x"
    return holder[""] if path == () else changed


@pytest.mark.parametrize("name", ["first", "told", "held", "suspended"])
def test_each_leaf_changed_by_one_step_by_hand_is_refused(name: str) -> None:
    value = document(name)
    changes = [change for change in leaves(value) if change[0][:1] != ("days",) or change[0][1:2] in ((0,), (3,))]
    assert len(changes) > 150
    for path, how in changes:
        changed = stepped(value, path, how)
        if list(json.dumps(changed, default=str)) == list(json.dumps(value, default=str)):
            continue  # an object of one key in another order
        with pytest.raises(BadInput):
            read(encoded(changed), "my.json")


def test_a_broken_seal_names_where_the_change_most_likely_is() -> None:
    value = document("held")
    value["inputs"]["evening"] = "20:30"
    assert "my.json: inputs or revisions: the seal is not that of the rest" in refusal(encoded(value))
    value = document("held")
    value["findings"][0]["message"] = "All is well."
    assert "my.json: findings: the seal is not that of the rest" in refusal(encoded(value))


def test_a_plan_of_this_version_without_a_seal_is_refused() -> None:
    value = document("held")
    del value["seal"]
    assert "my.json: seal: it is missing" in refusal(encoded(value))
    del value["names"]
    assert "my.json: seal: it is missing" in refusal(encoded(value))
    assert "my.json: seal: it is missing" in refusal(encoded({**value, "titrate": "1.0"}))


def test_a_key_twice_in_a_long_plan_is_refused_in_a_blink() -> None:
    keys = "".join(f'"k{number}": 1, ' for number in range(20_000))
    begun = time.process_time()
    assert "the key k7 stands twice" in refusal(f'{{{keys} "k7": 2}}'.encode())
    assert time.process_time() - begun < 1


def tops(value: dict[str, Any]) -> list[tuple[Any, ...]]:
    return (
        [(key,) for key in value]
        + [("inputs", key) for key in planfile.INPUTS]
        + [("revisions", 0)] * bool(value["revisions"])
    )


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_bytes_changed_anywhere_are_refused_or_make_a_plan_that_writes_itself(data: Any) -> None:
    raw = bytearray(saved("kidney"))
    for _ in range(data.draw(st.integers(1, 3))):
        spot = data.draw(st.integers(0, len(raw) - 1))
        raw[spot : spot + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    try:
        found = read(bytes(raw), "my.json")
    except BadInput:
        return
    assert again(render(found.plan, "json")) == found.plan


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | anything.map(lambda value: json.dumps(value, default=str).encode()))
def test_anything_that_is_no_plan_is_refused(data: bytes) -> None:
    refusal(data)


def test_an_edition_of_the_words_that_nobody_has_is_refused() -> None:
    value = document("held")
    value["revisions"][0]["edition"] = 99
    assert "revisions[0].edition: 99 is no edition of the wording that this titrate has" in refusal(resealed(value))


def test_an_undo_from_another_day_is_refused() -> None:
    value = document("undone")
    value["revisions"][-1]["from"] = "2026-12-03"
    assert "it takes back another day" in refusal(resealed(value))
