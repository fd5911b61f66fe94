"""Kidney function: every published value, every refusal, and the promises that hold for all creatinines."""

from __future__ import annotations

import csv
import decimal
import subprocess
import sys
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from titrate.engine import kidney
from titrate.engine.plan import make_plan
from titrate.errors import BadInput, Refused
from titrate.evidence import reader, validate
from titrate.model import Inputs, KidneyFunction, Patient, Slots

if TYPE_CHECKING:
    from titrate.evidence.protocol import Equations

D = Decimal
EQUATIONS = reader.equations()
PROTOCOL = reader.protocol()
CUTS = sorted(band.low for band in PROTOCOL.bands if band.low)

sexes = st.sampled_from(("female", "male"))
ages = st.integers(PROTOCOL.rules.adult_age, PROTOCOL.rules.oldest_age)
weights = st.decimals(PROTOCOL.rules.weight_lowest, PROTOCOL.rules.weight_highest, places=1)
mg_dl = st.decimals(*EQUATIONS.plausible["mg/dL"], places=3)
umol_l = st.decimals(*EQUATIONS.plausible["umol/L"], places=1)


def vectors(name: str) -> list[dict[str, str]]:
    with (Path(__file__).parents[1] / "vectors" / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


CKD_EPI = vectors("ckd_epi_2021.csv")
COCKCROFT_GAULT = vectors("cockcroft_gault.csv")
BOUNDARIES = vectors("ckd_epi_2021_boundaries.csv")


def egfr_of(row: dict[str, str], equations: Equations = EQUATIONS) -> D:
    creatinine = kidney.read_creatinine(row["creatinine"], equations)
    return kidney.ckd_epi_2021(creatinine, D(row["age"]), row["sex"], equations)


def crcl_of(row: dict[str, str], equations: Equations = EQUATIONS) -> D:
    creatinine = kidney.read_creatinine(row["creatinine"], equations)
    return kidney.cockcroft_gault(creatinine, D(row["age"]), row["sex"], D(row["weight"]), equations)


def agrees(value: D, stated: str) -> bool:
    """Whether a value is the stated one, to all the decimals that are stated."""
    return value.quantize(D(stated)) == D(stated)


def assess(**facts: object) -> KidneyFunction:
    patient = Patient(**facts)  # type: ignore[arg-type]
    return kidney.assess(patient, reader.evidence(patient))


def working(**facts: object) -> tuple[str, ...]:
    patient = Patient(**facts)  # type: ignore[arg-type]
    evidence = reader.evidence(patient)
    return kidney.working(kidney.assess(patient, evidence), patient, evidence, "--{}".format)


def plan(**facts: object) -> object:
    patient = Patient(**facts)  # type: ignore[arg-type]
    inputs = Inputs(start=date(2026, 12, 1), patient=patient, slots=Slots(time(8), time(14), time(20)))
    created = datetime(2026, 11, 23, tzinfo=UTC)
    return make_plan(reader.evidence(patient), inputs, id=UUID(int=1), created=created)


# The equations against values that were copied by hand.


def test_no_vector_was_lost() -> None:
    assert (len(CKD_EPI), len(COCKCROFT_GAULT), len(BOUNDARIES)) == (33, 10, 15)


@pytest.mark.parametrize("row", CKD_EPI, ids=lambda row: f"{row['creatinine']} {row['age']} {row['sex']}")
def test_ckd_epi_2021_gives_the_published_value(row: dict[str, str]) -> None:
    assert agrees(egfr_of(row), row["egfr"])


@pytest.mark.parametrize("row", COCKCROFT_GAULT, ids=lambda row: f"{row['creatinine']} {row['age']} {row['sex']}")
def test_cockcroft_gault_gives_the_published_value(row: dict[str, str]) -> None:
    assert agrees(crcl_of(row), row["crcl"])


@pytest.mark.parametrize("row", BOUNDARIES, ids=lambda row: f"{row['sex']} {row['age']} {row['egfr']}")
def test_just_below_and_just_above_a_boundary_creatinine_the_egfr_is_on_either_side_of_the_cut_off(
    row: dict[str, str],
) -> None:
    at, step, cut = D(row["creatinine_mg_dl"]), D("0.0001"), D(row["egfr"])
    less, more = (
        kidney.ckd_epi_2021(value, int(row["age"]), row["sex"], EQUATIONS) for value in (at - step, at + step)
    )
    assert less > cut > more
    bands = [kidney.band_of(value, PROTOCOL) for value in (less, more)]
    if cut in CUTS:
        assert bands[0].low == cut
        assert PROTOCOL.bands.index(bands[1]) == PROTOCOL.bands.index(bands[0]) + 1
    else:
        assert bands[0] == bands[1]


CKD_FIELDS, GAULT_FIELDS = EQUATIONS.ckd_epi, EQUATIONS.cockcroft_gault
MISTAKES = {
    "the factor 141 of 2009": CKD_FIELDS._replace(factor=D(141)),
    "the exponent -1.209 of 2009": CKD_FIELDS._replace(exponent=D("-1.209")),
    "the age base 0.993": CKD_FIELDS._replace(age_base=D("0.993")),
    "the female factor 1.018 of 2009": CKD_FIELDS._replace(female=D("1.018")),
    "the female alpha -0.329 of 2009": CKD_FIELDS._replace(alpha={**CKD_FIELDS.alpha, "female": D("-0.329")}),
    "the male alpha -0.411 of 2009": CKD_FIELDS._replace(alpha={**CKD_FIELDS.alpha, "male": D("-0.411")}),
    "a female kappa of 0.9": CKD_FIELDS._replace(kappa={**CKD_FIELDS.kappa, "female": D("0.9")}),
    "a male kappa of 0.7": CKD_FIELDS._replace(kappa={**CKD_FIELDS.kappa, "male": D("0.7")}),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_vectors_catch_a_wrong_ckd_epi_constant(mistake: str) -> None:
    wrong = EQUATIONS._replace(ckd_epi=MISTAKES[mistake])
    assert not all(agrees(egfr_of(row, wrong), row["egfr"]) for row in CKD_EPI)


@pytest.mark.parametrize(
    "wrong",
    [
        GAULT_FIELDS._replace(age_from=D(141)),
        GAULT_FIELDS._replace(divisor=D("71.9")),
        GAULT_FIELDS._replace(female=D("0.86")),
    ],
    ids=["age from 141", "divisor 71.9", "female 0.86"],
)
def test_the_vectors_catch_a_wrong_cockcroft_gault_constant(wrong: object) -> None:
    mistaken = EQUATIONS._replace(cockcroft_gault=wrong)  # type: ignore[arg-type]
    assert not all(agrees(crcl_of(row, mistaken), row["crcl"]) for row in COCKCROFT_GAULT)


def test_the_vectors_catch_a_wrong_factor_between_the_units() -> None:
    wrong = EQUATIONS._replace(umol_per_mg=D("88.42"))
    assert not all(agrees(egfr_of(row, wrong), row["egfr"]) for row in CKD_EPI)


# What holds for every creatinine.


@pytest.mark.parametrize(("sex", "kappa"), [("female", "0.7"), ("male", "0.9")])
def test_the_two_branches_of_ckd_epi_2021_meet_at_kappa(sex: str, kappa: str) -> None:
    at, step = D(kappa), D("1e-15")
    below, there, above = (kidney.ckd_epi_2021(value, 50, sex, EQUATIONS) for value in (at - step, at, at + step))
    assert below > there > above
    assert below - above < D("1e-10")


@given(mg_dl, mg_dl, ages, sexes)
def test_egfr_falls_as_creatinine_rises(one: D, other: D, age: int, sex: str) -> None:
    low, high = sorted((one, other))
    better, worse = (kidney.ckd_epi_2021(value, age, sex, EQUATIONS) for value in (low, high))
    assert (better > worse) == (low < high)


@given(mg_dl, ages, ages, sexes)
def test_egfr_falls_with_age(creatinine: D, one: int, other: int, sex: str) -> None:
    young, old = sorted((one, other))
    better, worse = (kidney.ckd_epi_2021(creatinine, age, sex, EQUATIONS) for age in (young, old))
    assert (better > worse) == (young < old)


@given(mg_dl, ages, sexes, weights, weights)
def test_creatinine_clearance_falls_with_creatinine_and_age_and_rises_with_weight(
    creatinine: D, age: int, sex: str, one: D, other: D
) -> None:
    light, heavy = sorted((one, other))
    clearance = kidney.cockcroft_gault(creatinine, age, sex, heavy, EQUATIONS)
    assert (clearance > kidney.cockcroft_gault(creatinine, age, sex, light, EQUATIONS)) == (light < heavy)
    assert clearance > kidney.cockcroft_gault(creatinine + 1, age, sex, heavy, EQUATIONS)
    assert clearance > kidney.cockcroft_gault(creatinine, age + 1, sex, heavy, EQUATIONS) >= 0


@given(umol_l, ages, sexes)
def test_a_creatinine_means_the_same_in_either_unit(umol: D, age: int, sex: str) -> None:
    read = kidney.read_creatinine(f"{umol} umol/L", EQUATIONS)
    assert abs(read * EQUATIONS.umol_per_mg - umol) < D("1e-20")
    with decimal.localcontext(prec=40):
        typed = f"{umol / EQUATIONS.umol_per_mg:.30f}"
    again = kidney.ckd_epi_2021(D(typed), age, sex, EQUATIONS)
    assert abs(kidney.ckd_epi_2021(read, age, sex, EQUATIONS) - again) < D("1e-20")


@given(umol_l, ages, sexes, weights)
def test_the_lower_of_egfr_and_creatinine_clearance_decides(umol: D, age: int, sex: str, weight: D) -> None:
    result = assess(creatinine=f"{umol} umol/L", age=age, sex=sex, weight=weight)
    assert result.egfr is not None
    assert result.crcl is not None
    assert result.value == min(result.egfr, result.crcl)
    assert (result.basis, result.equation) == (
        ("CrCl computed", "Cockcroft-Gault") if result.crcl < result.egfr else ("eGFR computed", "CKD-EPI 2021")
    )
    assert result.band == kidney.band_of(result.value, PROTOCOL).name


@given(
    st.integers(1, 60),
    st.sampled_from((decimal.ROUND_UP, decimal.ROUND_DOWN, decimal.ROUND_CEILING, decimal.ROUND_05UP)),
)
def test_no_value_depends_on_the_decimal_context_of_the_caller(precision: int, rounding: str) -> None:
    facts = {"creatinine": "160 umol/L", "age": 74, "sex": "female", "weight": D("70.5")}
    usual = assess(**facts)
    told = working(**facts)
    context = decimal.Context(prec=precision, rounding=rounding, Emin=-3, Emax=3, traps=[])
    with decimal.localcontext(context):
        assert assess(**facts) == usual
        assert working(**facts) == told


# A value for a reader.


def test_every_cut_off_is_a_whole_number() -> None:
    assert all(cut == int(cut) for cut in CUTS)


@given(st.decimals(0, 200, allow_nan=False, allow_infinity=False))
def test_a_shown_value_is_near_and_never_rounded_up_across_a_cut_off(value: D) -> None:
    read = D(kidney.shown(value))
    assert abs(read - value) <= D("0.01")
    assert kidney.band_of(read, PROTOCOL) == kidney.band_of(value, PROTOCOL)
    assert all((read >= cut) == (value >= cut) for cut in range(1, 201))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("29.95908", "29.96"),
        ("29.995", "29.99"),
        ("42.9722", "42.97"),
        ("60", "60"),
        ("100", "100"),
        ("0", "0"),
    ],
)
def test_a_value_is_shown_with_two_decimals_at_most(value: str, text: str) -> None:
    assert kidney.shown(D(value)) == text


@pytest.mark.parametrize(("value", "text"), [("29.9999", "29.99"), ("29.956", "29.96"), ("119.999", "119.99")])
def test_a_value_is_shown_alike_whatever_decimal_context_the_caller_has(value: str, text: str) -> None:
    for rounding in (decimal.ROUND_UP, decimal.ROUND_DOWN, decimal.ROUND_HALF_EVEN):
        with decimal.localcontext(decimal.Context(prec=1, rounding=rounding, traps=[])):
            assert kidney.shown(D(value)) == text


# Reading an eGFR.

NO_RESULT = "is not a kidney result; give a number such as 85 or 59.5, or >60 or >90"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("high", f"egfr: 'high' {NO_RESULT}"),
        ("", f"egfr: '' {NO_RESULT}"),
        (">59", f"egfr: '>59' {NO_RESULT}"),
        ("59,5", f"egfr: '59,5' {NO_RESULT}"),
        (85.0, f"egfr: 85.0 {NO_RESULT}"),
        (True, f"egfr: True {NO_RESULT}"),
        ("200.01", "egfr: 200.01 is above 200; give the eGFR in mL/min/1.73 m2, not the creatinine"),
    ],
    ids=str,
)
def test_what_is_no_egfr_is_refused_with_an_example_of_one(given: D | int | str, message: str) -> None:
    with pytest.raises(BadInput) as refused:
        kidney.read_egfr(given, PROTOCOL)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("given", "read"),
    [("85", (D(85), False)), (D("59.5"), (D("59.5"), False)), (85, (D(85), False)), (" > 90 ", (D(90), True))],
    ids=str,
)
def test_an_egfr_is_read_as_text_or_as_an_exact_number(given: D | int | str, read: tuple[D, bool]) -> None:
    assert kidney.read_egfr(given, PROTOCOL) == read


def test_the_highest_egfr_of_the_protocol_is_still_read() -> None:
    assert kidney.read_egfr("200", PROTOCOL) == (D(200), False)


# Reading a creatinine.


@pytest.mark.parametrize(
    "typed",
    [
        "88umol/L",
        "88 umol/l",
        "88 \u00b5mol/L",
        "88\u03bcmol/L",
        " 88  UMOL/L ",
        "88\u00a0\u039cMOL/L",
        "88.0 umol/L",
    ],
)
def test_micromoles_are_read_in_every_spelling(typed: str) -> None:
    assert kidney.read_creatinine(typed, EQUATIONS) == kidney.EXACT.divide(D(88), D("88.4"))


@pytest.mark.parametrize("typed", ["1.0 mg/dL", "1.0mg/dl", "1 MG/DL", "01.00 mg/dL"])
def test_milligrams_are_read_in_every_spelling(typed: str) -> None:
    assert kidney.read_creatinine(typed, EQUATIONS) == 1


@pytest.mark.parametrize(
    "typed", ["18 umol/L", "1768 umol/L", "0.2 mg/dL", "20 mg/dL"], ids=lambda typed: typed.replace("/", " ")
)
def test_the_ends_of_the_plausible_range_are_plausible(typed: str) -> None:
    assert D("0.2") <= kidney.read_creatinine(typed, EQUATIONS) <= 20


AS_PRINTED = "give it with its unit as the laboratory printed it, such as 88 umol/L or 1.0 mg/dL"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("88", f"creatinine: 88 has no unit; {AS_PRINTED}"),
        ("1.0", f"creatinine: 1.0 has no unit; {AS_PRINTED}"),
        ("", f"creatinine: nothing is not a creatinine; {AS_PRINTED}"),
        ("high", f"creatinine: high is not a creatinine; {AS_PRINTED}"),
        ("-88 umol/L", f"creatinine: -88 umol/L is not a creatinine; {AS_PRINTED}"),
        ("1e2 umol/L", f"creatinine: 1e2 umol/L is not a creatinine; {AS_PRINTED}"),
        ("\u0668\u0668 umol/L", f"creatinine: \u0668\u0668 umol/L is not a creatinine; {AS_PRINTED}"),
        ("NaN mg/dL", f"creatinine: NaN mg/dL is not a creatinine; {AS_PRINTED}"),
        ("0.088 mmol/L", f"creatinine: 0.088 mmol/L is neither in umol/L nor in mg/dL; {AS_PRINTED}"),
        ("88 umol", f"creatinine: 88 umol is neither in umol/L nor in mg/dL; {AS_PRINTED}"),
        ("1,0 mg/dL", "creatinine: 1,0 mg/dL has a comma; write decimals with a point, such as 1.0 mg/dL"),
        ("88,5", "creatinine: 88,5 has a comma; write decimals with a point, such as 88.5"),
        (
            "1,234,5 umol/L",
            f"creatinine: 1,234,5 umol/L is not a creatinine; {AS_PRINTED}",
        ),
        (
            "88 mg/dL",
            "creatinine: 88 mg/dL is outside 0.2 to 20 mg/dL; did the laboratory print 88 umol/L?",
        ),
        (
            "0.9 umol/L",
            "creatinine: 0.9 umol/L is outside 18 to 1768 umol/L; did the laboratory print 0.9 mg/dL?",
        ),
        (
            "0.2 umol/L",
            "creatinine: 0.2 umol/L is outside 18 to 1768 umol/L; did the laboratory print 0.2 mg/dL?",
        ),
        (
            "1768 mg/dL",
            "creatinine: 1768 mg/dL is outside 0.2 to 20 mg/dL; did the laboratory print 1768 umol/L?",
        ),
        ("0 mg/dL", "creatinine: 0 mg/dL is outside 0.2 to 20 mg/dL; check the number and its unit"),
        (
            "1769 umol/L",
            "creatinine: 1769 umol/L is outside 18 to 1768 umol/L; check the number and its unit",
        ),
        (
            "17.9 umol/L",
            "creatinine: 17.9 umol/L is outside 18 to 1768 umol/L; did the laboratory print 17.9 mg/dL?",
        ),
        ("0.19 mg/dL", "creatinine: 0.19 mg/dL is outside 0.2 to 20 mg/dL; check the number and its unit"),
    ],
)
def test_what_is_no_plausible_creatinine_with_a_unit_is_refused(typed: str, message: str) -> None:
    with pytest.raises(BadInput) as refused:
        kidney.read_creatinine(typed, EQUATIONS)
    assert str(refused.value) == message


def test_a_creatinine_given_as_a_number_has_no_unit() -> None:
    with pytest.raises(BadInput) as refused:
        kidney.read_creatinine(D("0.9"), EQUATIONS)  # type: ignore[arg-type]
    assert str(refused.value) == f"creatinine: 0.9 has no unit; {AS_PRINTED}"


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_by_name(typed: str) -> None:
    try:
        value = kidney.read_creatinine(typed, EQUATIONS)
    except BadInput as refused:
        message = str(refused)
    else:
        message = "creatinine: " if D("0.2") <= value <= 20 else f"read as {value}"
    assert message.startswith("creatinine: ")


# Which value decides.


def test_a_value_that_rounds_to_30_but_is_below_falls_in_the_band_below() -> None:
    result = assess(creatinine="2.54 mg/dL", age=50, sex="male")
    assert (kidney.shown(result.value), result.band) == ("29.96", "G4")
    assert (result.basis, result.equation, result.crcl) == ("eGFR computed", "CKD-EPI 2021", None)
    assert result.value == result.egfr


def test_a_frail_person_is_judged_by_creatinine_clearance() -> None:
    result = assess(creatinine="0.6 mg/dL", age=88, sex="female", weight=42)
    assert (kidney.shown(result.value), result.band) == ("42.97", "G3b")
    assert (result.basis, result.equation) == ("CrCl computed", "Cockcroft-Gault")
    assert result.egfr is not None
    assert kidney.shown(result.egfr) == "86.28"


def test_where_both_equations_give_the_same_value_the_egfr_is_named() -> None:
    weight = D("57.48147260595863271990493667641452")
    result = assess(creatinine="2 mg/dL", age=18, sex="male", weight=weight)
    assert result.egfr == result.crcl
    assert (result.basis, result.equation) == ("eGFR computed", "CKD-EPI 2021")


def test_a_reported_egfr_is_used_as_it_is_also_with_a_weight() -> None:
    result = assess(egfr="85", age=80, sex="female", weight=42)
    assert result == KidneyFunction(D(85), "eGFR reported", "G1-G2", egfr=D(85))


@pytest.mark.parametrize("age", [None, 17, 50])
def test_two_kidney_results_are_refused(age: int | None) -> None:
    with pytest.raises(BadInput) as refused:
        assess(egfr="85", creatinine="88 umol/L", age=age, sex="female")
    assert str(refused.value) == ("egfr, creatinine: both are given; give one, since creatinine computes the eGFR")


def test_no_kidney_result_is_refused() -> None:
    with pytest.raises(BadInput, match=r"^egfr: a plan needs a kidney result; give egfr N, or creatinine"):
        assess(age=50)


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        ({"sex": "male"}, "age"),
        ({"age": 50}, "sex"),
        ({}, "age and sex"),
        ({"dialysis": True}, "age and sex"),
    ],
)
def test_a_creatinine_without_age_or_sex_says_what_is_missing(facts: dict[str, object], missing: str) -> None:
    with pytest.raises(BadInput) as refused:
        assess(creatinine="88 umol/L", **facts)
    assert str(refused.value) == f"creatinine: it says nothing without age and sex; give {missing} too"


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"sex": "m"}, "sex: m is unknown; give female or male"),
        ({"sex": ""}, "sex: nothing is unknown; give female or male"),
        ({"age": 130}, "age: 130 is out of range; give completed years, 18 to 120"),
        ({"age": -1}, "age: -1 is out of range; give completed years, 18 to 120"),
        ({"age": D("69.3")}, "age: 69.3 is out of range; give completed years, 18 to 120"),
        ({"weight": 0}, "weight: 0 is out of range; give kilograms, 25 to 300"),
        ({"weight": D("24.9")}, "weight: 24.9 is out of range; give kilograms, 25 to 300"),
        ({"weight": D(301)}, "weight: 301 is out of range; give kilograms, 25 to 300"),
        ({"weight": D("NaN")}, "weight: NaN is out of range; give kilograms, 25 to 300"),
        (
            {"weight": 62.5},
            "weight: 62.5 is a float, which is not exact; give Decimal('62.5')",
        ),
    ],
    ids=str,
)
def test_an_age_a_sex_or_a_weight_that_cannot_be_is_refused(facts: dict[str, object], message: str) -> None:
    for result in ({"egfr": "85"}, {"creatinine": "88 umol/L"}):
        with pytest.raises(BadInput) as refused:
            assess(**{"age": 50, "sex": "male", **result, **facts})
        assert str(refused.value) == message


def test_an_infant_is_stopped_for_the_age_and_not_called_a_typing_error() -> None:
    assert assess(egfr="85", age=0).value == 85
    with pytest.raises(Refused, match="under-18"):
        plan(egfr="85", age=0)


@pytest.mark.parametrize("age", [18, 120])
def test_the_ends_of_the_range_of_ages_are_taken(age: int) -> None:
    assert assess(creatinine="88 umol/L", age=age, sex="male").basis == "eGFR computed"


@pytest.mark.parametrize("weight", [25, 300, D("25.0")])
def test_the_ends_of_the_range_of_weights_are_taken(weight: D | int) -> None:
    assert assess(creatinine="88 umol/L", age=50, sex="male", weight=weight).crcl


@pytest.mark.parametrize(
    "result", [{"egfr": "85"}, {"egfr": ">90"}, {"creatinine": "1.0mg/dL", "age": 40, "sex": "male"}], ids=str
)
def test_dialysis_is_kidney_failure_whatever_the_value(result: dict[str, object]) -> None:
    assert assess(**result, dialysis=True) == assess(**result)._replace(band="G5")


def test_dialysis_needs_no_kidney_result() -> None:
    assert assess(dialysis=True) == KidneyFunction(D(0), "dialysis", "G5")
    with pytest.raises(Refused) as refused:
        plan(dialysis=True)
    assert [finding.code for finding in refused.value.findings if finding.severity == "stop"] == ["kidney-failure"]


# Under 18 the equations do not hold.


@pytest.mark.parametrize(
    "result",
    [{"creatinine": "0.6 mg/dL", "sex": "male"}, {"creatinine": "0.6 mg/dL"}, {"creatinine": "9 mg/dL"}, {}],
    ids=str,
)
def test_under_18_nothing_is_computed_and_the_age_alone_stops_the_plan(result: dict[str, object]) -> None:
    assert (assess(**result, age=17).egfr, assess(**result, age=17).crcl) == (None, None)
    with pytest.raises(Refused) as refused:
        plan(**result, age=17)
    raised = refused.value.findings
    assert [finding.code for finding in raised if finding.severity in {"stop", "confirm"}] == ["under-18"]
    assert not any(finding.code.startswith(("kidney", "near")) for finding in raised)
    assert refused.value.if_confirmed is None


def test_under_18_the_result_claims_no_value_only_a_bound_that_no_finding_looks_at() -> None:
    claimed = KidneyFunction(D(200), "not computed", "G1-G2", at_least=True)
    assert assess(creatinine="0.6 mg/dL", age=17, sex="male") == claimed
    assert assess(age=17) == claimed


def test_at_18_the_egfr_is_computed() -> None:
    assert assess(creatinine="0.7 mg/dL", age=18, sex="female").basis == "eGFR computed"


def test_under_18_a_creatinine_without_a_unit_is_still_refused() -> None:
    with pytest.raises(BadInput, match="has no unit"):
        assess(creatinine="88", age=17, sex="male")


def test_under_18_on_dialysis_both_stop_the_plan() -> None:
    with pytest.raises(Refused) as refused:
        plan(creatinine="88 umol/L", age=17, dialysis=True)
    stops = [finding.code for finding in refused.value.findings if finding.severity == "stop"]
    assert sorted(stops) == ["kidney-failure", "under-18"]


# The working.

AGAIN = "; repeat the test or measure cystatin C"


def test_the_working_shows_both_sums_and_which_decides() -> None:
    lines = working(creatinine="0.6 mg/dL", age=88, sex="female", weight=42)
    assert lines[0] == (
        "eGFR (CKD-EPI 2021): 142 x min(0.6 / 0.7, 1)^-0.241 x max(0.6 / 0.7, 1)^-1.200 x 0.9938^88 x 1.012"
        " = 86.28 mL/min/1.73 m2."
    )
    assert lines[1:3] == (
        "Creatinine clearance (Cockcroft-Gault): (140 - 88) x 42 / (72 x 0.6) x 0.85 = 42.97 mL/min.",
        "The lower of the two decides: creatinine clearance, 42.97.",
    )
    assert lines[3].startswith("Band G3b (30 to under 45): usual target 5, ceiling 10 mg a day; ")
    assert lines[4] == "Nearest cut-off: 45; the value is 2.03 below it; repeat the test or measure cystatin C."


def test_the_working_of_a_man_has_no_factor_for_women() -> None:
    lines = working(creatinine="1.2 mg/dL", age=60, sex="male", weight=D("80.5"))
    assert lines[0] == (
        "eGFR (CKD-EPI 2021): 142 x min(1.2 / 0.9, 1)^-0.302 x max(1.2 / 0.9, 1)^-1.200 x 0.9938^60"
        " = 69.23 mL/min/1.73 m2."
    )
    assert lines[1:3] == (
        "Creatinine clearance (Cockcroft-Gault): (140 - 60) x 80.5 / (72 x 1.2) = 74.54 mL/min.",
        "The lower of the two decides: eGFR, 69.23.",
    )


def test_the_working_converts_micromoles() -> None:
    lines = working(creatinine="160 \u00b5mol/L", age=74, sex="female")
    assert lines[0] == "Creatinine: 160 umol/L / 88.4 = 1.8100 mg/dL."
    assert lines[2] == "Creatinine clearance: not computed; give --weight for it."
    assert lines[3].startswith("Band G4 (15 to under 30): usual target 5, ceiling 5 mg a day; ")


def test_the_working_asks_for_the_weight_where_it_is_needed() -> None:
    told = "Creatinine clearance: not computed; give --weight for it; from age 75 it is needed."
    for age in (74, 75):
        assert (told in working(creatinine="88 umol/L", age=age, sex="male")) == (age == 75)


@pytest.mark.parametrize(
    ("egfr", "last"),
    [
        ("69", "Nearest cut-off: 60; the value is 9 above it."),
        ("63.01", "Nearest cut-off: 60; the value is 3.01 above it."),
        ("63", f"Nearest cut-off: 60; the value is 3 above it{AGAIN}."),
        (
            "59.999",
            f"Nearest cut-off: 60; the value is less than 0.01 below it{AGAIN}.",
        ),
        ("59.99", f"Nearest cut-off: 60; the value is 0.01 below it{AGAIN}."),
        ("30", f"Nearest cut-off: 30; the value is exactly on it{AGAIN}."),
        (">60", "Distance to the nearest cut-off: not known, since the laboratory gave only a bound."),
        ("0", "Nearest cut-off: 15; the value is 15 below it."),
    ],
)
def test_the_working_says_how_near_the_cut_off_is(egfr: str, last: str) -> None:
    assert working(egfr=egfr)[-1] == last


def test_the_working_of_a_reported_egfr_says_that_a_weight_is_not_used() -> None:
    assert working(egfr=">60", weight=42)[:2] == (
        "eGFR reported: >60, read as 60 mL/min/1.73 m2.",
        "The weight is not used: creatinine clearance needs --creatinine, --age and --sex too.",
    )
    assert working(egfr="59.999")[0] == "eGFR reported: 59.99 mL/min/1.73 m2."


def test_the_working_of_a_reported_egfr_says_no_more_than_what_was_reported() -> None:
    for facts in ({}, {"age": 50}, {"age": 50, "sex": "male"}):
        lines = working(egfr="85", **facts)
        assert lines[0] == "eGFR reported: 85 mL/min/1.73 m2."
        assert lines[1].startswith("Band G1-G2 (80 and over): usual target 15, ceiling 30 mg a day; ")


def test_the_working_on_dialysis_says_so_and_names_no_cut_off() -> None:
    for facts in ({}, {"egfr": "85"}):
        lines = working(dialysis=True, **facts)
        assert "Dialysis: band G5 whatever the value." in lines
        assert lines[-1].startswith("Band G5 (0 to under 15): no dose; ")


def test_the_working_under_18_computes_nothing() -> None:
    assert working(creatinine="0.6 mg/dL", age=17, sex="male") == (
        "Nothing is computed: the equations hold from age 18.",
    )


# The evidence file.


def test_the_equations_are_read_only_for_a_creatinine() -> None:
    assert reader.evidence(Patient(egfr="85")).equations is None
    assert reader.evidence(Patient(creatinine="88 umol/L")).equations == EQUATIONS


def test_evidence_read_without_a_creatinine_computes_none() -> None:
    with pytest.raises(ValueError, match=r"^this evidence was read for a patient without a creatinine$"):
        kidney.assess(Patient(creatinine="88 umol/L", age=50, sex="male"), reader.evidence(Patient(egfr="85")))


KIDNEY_TOML = (reader.EVIDENCE / "kidney.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("exponent = -1.200\n", "", "ckd_epi_2021: missing key exponent; add it"),
        ("divisor = 72", "divisor = 72\nheight = 1", "cockcroft_gault.height: unknown key"),
        ("female = 0.85", 'female = "0.85"', "cockcroft_gault.female: needs a number, has text"),
        ("male = 0.9 }", "other = 0.9 }", "ckd_epi_2021.kappa: missing key male; add it"),
        ("exponent = -1.200", "exponent = 1.200", "ckd_epi_2021.exponent: needs -2 to 0, has 1.200"),
        ('source = "S-NKF-EQ"', 'source = "S-NKF"', "source S-NKF is not in sources.toml"),
    ],
)
def test_a_fault_in_the_equations_is_named(old: str, new: str, fault: str) -> None:
    assert old in KIDNEY_TOML
    raw = KIDNEY_TOML.replace(old, new, 1).encode()
    assert any(fault in line for line in validate.faults("kidney.toml", raw, validate.citable_in(reader.EVIDENCE)))


def test_the_plausible_ranges_are_the_same_in_both_units() -> None:
    (umol_low, umol_high), (mg_low, mg_high) = EQUATIONS.plausible["umol/L"], EQUATIONS.plausible["mg/dL"]
    assert umol_high == mg_high * EQUATIONS.umol_per_mg
    assert umol_low == (mg_low * EQUATIONS.umol_per_mg).to_integral_value(decimal.ROUND_UP)


def test_kidney_toml_is_not_opened_for_a_reported_egfr() -> None:
    code = """
import sys
from titrate.evidence import reader
from titrate.model import Patient
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
reader.evidence(Patient(egfr="85"))
assert not any("kidney.toml" in name for name in opened)
reader.evidence(Patient(creatinine="88 umol/L"))
assert any("kidney.toml" in name for name in opened)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
