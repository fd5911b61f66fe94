"""Other medicines and conditions: each is found if and only if it was named, and none hides another."""

from __future__ import annotations

import re
import tomllib
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import CREATED, inputs

from titrate.engine.interactions import _listed
from titrate.engine.plan import Basis, first_plan, screen_start
from titrate.errors import BadInput
from titrate.evidence import reader
from titrate.evidence.lexicon import listed, plain
from titrate.evidence.reader import EVIDENCE

MEDICINES = tomllib.loads((EVIDENCE / "medicines.toml").read_text("utf-8"))
CONDITIONS = tomllib.loads((EVIDENCE / "conditions.toml").read_text("utf-8"))["condition"]
CLASSES = MEDICINES["class"]
RAISING = [row for row in CLASSES if row["severity"] != "none"]
UNKNOWN = ["Foobarol", "qqqqqq", "other:diazapam", "N05"]
BREATHING = {"respiratory-impairment", "sleep-apnoea", "asthma"}
HERE = {"dialysis", "kidney-failure"}  # raised by the kidney value too


def codes_of_names():
    """Every name in the data, and the codes that the data alone say it must raise."""
    codes = {}
    for row in CLASSES:
        for name in (*listed(row.get("generic", "")), *listed(row.get("also", ""))):
            codes.setdefault(name, set()).update({row["code"]} - {"none"})
    asks = reader.medicines().listed.spelling.asks
    return {name: codes for name, codes in codes.items() if plain(name) not in asks}


CODES = codes_of_names()
SEVERITIES = {row["code"]: row["severity"] for row in (*RAISING, *CONDITIONS)}
CONDITION_NAMES = [
    (name, row["code"]) for row in CONDITIONS for name in dict.fromkeys((row["id"], row["name"], *listed(row["also"])))
]
CODE_OF_CONDITION = dict(CONDITION_NAMES)
TOGETHER = {"several-cns-depressants", "cns-active-three", "nitrate-with-pde5", "illness-implied", "egfr-implausible"}


def screened(taking=(), conditions=(), egfr="85", age=40, **facts):
    """Return all findings of a start."""
    asked = None if taking is None else tuple(taking)
    patient = inputs(egfr, taking=asked, conditions=tuple(conditions), age=age, **facts)
    return screen_start(reader.evidence(patient.patient), patient, created=CREATED)[1]


ALWAYS = screened()


def found(taking=(), conditions=(), **facts):
    """Return the findings that medicines and conditions raised, each alone."""
    always = {finding.code for finding in ALWAYS} | TOGETHER
    return [one for one in screened(taking, conditions, **facts) if one.code not in always]


def codes(taking=(), conditions=(), **facts):
    return {(one.code, one.severity) for one in found(taking, conditions, **facts)}


def with_severity(raised):
    return {(code, SEVERITIES[code]) for code in raised}


def test_no_finding_of_every_plan_is_one_of_a_medicine_or_condition():
    assert not {one.code for one in ALWAYS} & {*SEVERITIES, "medicine-not-recognised", "none"}


# --- A finding if and only if ---


@pytest.mark.parametrize("name", sorted(CODES))
def test_a_name_in_the_data_raises_the_findings_of_its_classes_and_no_other(name):
    assert codes([name]) == with_severity(CODES[name])
    assert all(name in one.message and name in one.short for one in found([name]))


@pytest.mark.parametrize("typed", ["PDE-5 inhibitor", "pde 5 inhibitors", "PDE5 inhibitor"])
def test_the_number_in_the_name_of_a_class_is_not_taken_for_a_dose(typed):
    assert codes([typed]) == {("pde5-inhibitor", "caution")}


@pytest.mark.parametrize("row", RAISING, ids=lambda row: row["id"])
def test_every_code_of_a_class_raises_its_finding_and_what_it_excludes_does_not(row):
    for code in listed(row.get("atc", "")):
        typed = code if len(code) > 3 else f"{code}A"  # three characters name too wide a group to be typed
        assert (row["code"], row["severity"]) in codes([typed]), code
    by_others = {
        code
        for other in RAISING
        if other["code"] == row["code"] and other is not row
        for code in listed(other.get("atc", ""))
    }
    for code in set(listed(row.get("not_atc", ""))) - by_others:
        assert row["code"] not in {one for one, _ in codes([code])}, code


@pytest.mark.parametrize("name", sorted(name for name, raised in CODES.items() if not raised))
def test_a_medicine_of_severity_none_raises_nothing(name):
    assert found([name]) == []


def test_the_medicines_of_severity_none_are_more_than_a_few():
    assert len([name for name, raised in CODES.items() if not raised]) > 10


@pytest.mark.parametrize(("name", "code"), CONDITION_NAMES)
def test_a_name_of_a_condition_raises_its_finding_and_no_other(name, code):
    assert codes((), [name]) == with_severity({code})
    (finding,) = found((), [name])
    assert name in finding.message


@pytest.mark.parametrize("name", UNKNOWN)
@pytest.mark.parametrize("kind", ["medicine", "condition"])
def test_an_unknown_name_needs_a_prescribers_word_and_is_never_called_safe(name, kind):
    (finding,) = found([name]) if kind == "medicine" else found((), [name])
    assert (finding.code, finding.severity) == (f"{kind}-not-recognised", "confirm")
    for text in (finding.message, finding.short):
        assert text.startswith(f"{name}: ")
        assert "not in our list" in text
        assert "safe" not in text


def test_each_unknown_name_is_a_finding_of_its_own():
    assert [one.code for one in found(["Foobarol", "qqqqqq"], ["zzz"])] == [
        "medicine-not-recognised",
        "medicine-not-recognised",
        "condition-not-recognised",
    ]


@pytest.mark.parametrize(
    ("taking", "conditions", "said"), [(["diazapam"], [], "diazepam"), ([], ["diabetis"], "diabetes")]
)
def test_a_near_miss_is_bad_input_before_anything_is_screened(taking, conditions, said):
    with pytest.raises(BadInput, match=f"is not in our list; did you mean {said}"):
        screened(taking, conditions)


def test_the_known_part_of_an_unknown_name_raises_too():
    assert codes(["stopped ibuprofen"]) == {("nsaid", "caution"), ("medicine-not-recognised", "confirm")}
    assert codes((), ["family history of stroke"]) == {("stroke", "confirm"), ("condition-not-recognised", "confirm")}


@pytest.mark.parametrize(
    ("facts", "condition"), [({"pregnant": True}, "pregnancy"), ({"breastfeeding": True}, "breastfeeding")]
)
def test_an_option_means_the_condition_of_its_name_and_both_raise_one_finding(facts, condition):
    assert found(**facts) == found((), [condition]) == found((), [condition], **facts)
    assert len(found(**facts)) == 1


def test_medicines_not_asked_for_are_not_checked_and_none_taken_is_not_the_same():
    assert "medicines-not-given" in {one.code for one in screened(taking=None)}
    assert "medicines-not-given" not in {one.code for one in ALWAYS}


# --- None hides another, and the order changes nothing ---

some_medicines = st.lists(st.sampled_from([*sorted(CODES)[::7], *UNKNOWN]), max_size=6, unique_by=plain)
some_conditions = st.lists(st.sampled_from(sorted(CODE_OF_CONDITION)[::3]), max_size=4, unique_by=plain)


@given(some_medicines, some_conditions)
def test_together_they_raise_what_each_raises_alone(taking, conditions):
    together = found(taking, conditions)
    alone = [one for name in taking for one in found([name])]
    alone += [one for name in conditions for one in found((), [name])]
    assert {one.code for one in together} == {one.code for one in alone}
    for one in alone:  # nor is any name lost from what is said
        name = re.split(r": | \(", one.message, maxsplit=1)[0]
        assert any(name in other.message for other in together if other.code == one.code)


@given(some_medicines, some_conditions, st.randoms())
def test_order_and_repeats_change_nothing(taking, conditions, random):
    again = [*taking, *(random.choice(taking) for _ in taking)]
    conditions_again = [*conditions, *(random.choice(conditions) for _ in conditions)]
    random.shuffle(again)
    random.shuffle(conditions_again)
    assert screened(again, conditions_again) == screened(taking, conditions)


@given(some_medicines, some_conditions)
def test_capitals_change_nothing_but_the_name_as_typed(taking, conditions):
    def told(findings):
        return [(one.code, one.severity, one.message.casefold(), one.source) for one in findings]

    small = screened([name.lower() for name in taking], [name.lower() for name in conditions])
    large = screened([name.upper() for name in taking], [name.upper() for name in conditions])
    both = screened(
        [name for lower in taking for name in (lower.upper(), lower.lower())],
        [name for lower in conditions for name in (lower.lower(), lower.upper())],
    )
    assert told(small) == told(large) == told(both)


def test_several_of_one_class_are_one_finding_and_each_is_named():
    (finding,) = found(["morphine", "codeine", "tramadol"])
    assert finding.message.startswith("codeine, morphine and tramadol (opioid): taken with baclofen")


def test_two_classes_of_one_code_are_two_findings():
    assert [one.code for one in found(["codeine", "diazepam"])] == ["cns-depressant", "cns-depressant"]


# --- Where facts of the patient decide ---


@given(
    st.sampled_from(["gabapentin", "pregabalin", "mirogabalin", "N03AX16", "N02BF02"]),
    st.decimals(15, 119, places=2),
    st.none() | st.integers(18, 74),
    st.sets(st.sampled_from(["asthma", "sleep apnoea", "epilepsy", "diabetes", "stroke"])),
)
def test_a_gabapentinoid_needs_a_word_below_60_from_65_and_with_a_breathing_illness_only(name, egfr, age, conditions):
    raised = {one.code: one for one in screened([name], conditions, egfr=egfr, age=age)}
    breathing = any(CODE_OF_CONDITION[condition] in BREATHING for condition in conditions)
    needed = egfr < 60 or (age is not None and age >= 65) or breathing
    assert raised["gabapentinoid"].severity == ("confirm" if needed else "caution")
    if needed:
        assert ("age" in raised["gabapentinoid"].short) == (age is not None and age >= 65)
        assert ("kidney value" in raised["gabapentinoid"].short) == (egfr < 60)


@pytest.mark.parametrize(
    ("egfr", "age", "severity"), [("60", 64, "caution"), ("59.99", 64, "confirm"), ("60", 65, "confirm")]
)
def test_both_sides_of_the_limits_for_a_gabapentinoid(egfr, age, severity):
    (finding,) = [one for one in screened(["pregabalin"], egfr=egfr, age=age) if one.code == "gabapentinoid"]
    assert finding.severity == severity


AT_RISK = {
    "nsaid",
    "ace-inhibitor",
    "arb",
    "diuretic",
    "renin-inhibitor",
    "lithium",
    "kidney-harming",
    "painkiller",
    "blood-pressure-medicine",
}


@pytest.mark.parametrize("row", CLASSES, ids=lambda row: row["id"])
@pytest.mark.parametrize(
    ("days", "old", "old_at_risk"), [(30, False, False), (31, False, True), (90, False, True), (91, True, True)]
)
def test_a_blood_test_is_old_after_90_days_and_after_30_with_what_can_change_the_kidneys(row, days, old, old_at_risk):
    name = listed(row.get("generic") or row.get("also") or row["atc"])[0]
    tested = CREATED.date() - timedelta(days=days)
    raised = {one.code for one in screened([name], tested=tested)}
    others = {id for id in AT_RISK if id in reader.medicines().listed.ids(plain(name))}
    assert ("test-old" in raised) == (old_at_risk if others else old)
    assert row.get("kidney_risk", False) == (row["id"] in AT_RISK)


# --- Confirmations ---


@pytest.mark.parametrize("code", sorted(code for code, severity in SEVERITIES.items() if severity == "confirm"))
def test_a_confirmation_holds_for_its_code_and_for_no_other(code):
    needing = [
        next(listed(row["also"])[0] for row in CONDITIONS if row["code"] == one) for one in ("epilepsy", "stroke")
    ]
    mine = [next(listed(row["also"])[0] for row in CONDITIONS if row["code"] == code)]
    found_now = screened(["codeine", "diazepam"], [*needing, *mine], confirmed=(code,), prescriber="Dr A")
    by = {(one.code, one.confirmed_by) for one in found_now if one.severity == "confirm"}
    others = {"epilepsy", "stroke", "cns-depressant", "several-cns-depressants"} - {code}
    assert by == {(code, "Dr A"), *((other, None) for other in others)}


def test_one_confirmation_holds_for_every_class_of_its_code():
    both = screened(["codeine", "diazepam"], confirmed=("cns-depressant",), prescriber="Dr A")
    assert [one.confirmed_by for one in both if one.code == "cns-depressant"] == ["Dr A", "Dr A"]


@pytest.mark.parametrize(
    ("taking", "confirmed"),
    [(["nifedipine"], "calcium-channel-blocker"), (["pregabalin"], "gabapentinoid"), ([], "epilepsy")],
)
def test_what_needs_no_confirmation_cannot_be_confirmed(taking, confirmed):
    with pytest.raises(BadInput, match=f"confirm: {confirmed} was not raised; leave it out"):
        screened(taking, confirmed=(confirmed,), prescriber="Dr A")


def test_a_confirmation_without_a_prescriber_is_refused():
    with pytest.raises(BadInput, match="confirm: a confirmation needs the prescriber's name; give prescriber NAME"):
        screened(["diazepam"], confirmed=("cns-depressant",))


@pytest.mark.parametrize("name", ["NAME", "none", " - ", "0", "Nobody"])
def test_a_word_that_stands_in_place_of_a_name_confirms_nothing(name):
    with pytest.raises(
        BadInput, match=f"prescriber: {name} is nobody's name; give that of the prescriber who confirms"
    ):
        screened(["diazepam"], confirmed=("cns-depressant",), prescriber=name)


def test_no_confirmation_lifts_a_stop():
    raised = screened(["baclofen"], confirmed=("already-on-baclofen",), prescriber="Dr A")
    (stop,) = [one for one in raised if one.severity == "stop"]
    assert (stop.code, stop.confirmed_by) == ("already-on-baclofen", None)


# --- Words ---


@pytest.mark.parametrize("row", [*RAISING, *CONDITIONS], ids=lambda row: row["id"])
@pytest.mark.parametrize("key", ["short", "message"])
def test_a_text_begins_with_what_was_typed_and_reads_alike_for_one_and_for_several(row, key):
    assert re.match(r"\{typed\}( \([^()]+\))?: ", row[key]), row[key]
    assert row[key].count("{typed}") == 1


def test_names_are_listed_as_a_person_would():
    assert _listed(["a"]) == "a"
    assert _listed(["a", "b"]) == "a and b"
    assert _listed(["a", "b", "c", "a"]) == "a, b and c"


# --- Screening alone ---


@given(st.decimals(0, 120, places=1), st.integers(18, 90), some_medicines, some_conditions)
def test_screening_alone_finds_what_a_plan_finds_before_it_is_dated(egfr, age, taking, conditions):
    given_inputs = inputs(egfr, age=age, taking=tuple(taking), conditions=tuple(conditions), start=CREATED.date())
    evidence = reader.evidence(given_inputs.patient)
    case, alone = screen_start(evidence, given_inputs, created=CREATED)
    assert case.kidney.value == Decimal(egfr)
    if case.band.ceiling:
        frame = Basis(evidence, given_inputs, id=None, created=CREATED)
        assert alone == first_plan(frame).findings
