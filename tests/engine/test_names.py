from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from titrate.engine.names import asked, recognise, recognise_condition, split
from titrate.errors import BadInput
from titrate.evidence import reader
from titrate.evidence.formulary import plain

VECTORS = tomllib.loads((Path(__file__).parents[1] / "vectors" / "medicines.toml").read_text("utf-8"))
LISTED = [(name, row["code"]) for row in VECTORS.values() for name in (*row["names"], *row["atc"])]
NAMES = [(name, row["code"]) for row in VECTORS.values() for name in row["names"]]
SINGLE = st.sampled_from([name for name, _ in NAMES])


def codes(typed: str) -> set[str]:
    """The findings that a typed medicine raises."""
    found = recognise(reader.medicines(), typed)
    return {one.finding.code for one in found.classes if one.finding}


def ids(typed: str) -> list[str]:
    return [one.id for one in recognise(reader.medicines(), typed).classes]


def unknown(typed: str) -> tuple[str, ...]:
    return recognise(reader.medicines(), typed).unknown


@pytest.mark.parametrize(("typed", "code"), LISTED)
def test_every_name_and_code_of_the_vectors_raises_its_finding(typed: str, code: str) -> None:
    assert code in codes(typed)
    assert unknown(typed) == ()


@pytest.mark.parametrize(("typed", "code"), NAMES)
def test_a_listed_name_raises_nothing_but_its_own_finding(typed: str, code: str) -> None:
    assert codes(typed) == {code}


@given(SINGLE, st.sampled_from(["{}", " {} ", "{} 5 mg", "{} 2.5mg tablets", "{} 10 MG MR BD", "5 mg {}", "{}."]))
def test_case_dose_and_form_change_nothing(name: str, pattern: str) -> None:
    for typed in (pattern.format(name), pattern.format(name.upper()), pattern.format(name.title())):
        assert codes(typed) == codes(name)
        assert unknown(typed) == ()


@given(
    st.lists(SINGLE, min_size=2, max_size=4, unique=True),
    st.sampled_from(["/", " + ", " and ", " with ", " & ", " "]),
)
def test_a_combination_raises_what_each_part_raises_in_any_order(names: list[str], between: str) -> None:
    together = recognise(reader.medicines(), between.join(names))
    backwards = recognise(reader.medicines(), between.join(reversed(names)))
    assert {one.finding.code for one in together.classes if one.finding} == set().union(*map(codes, names))
    assert together[1:] == backwards[1:]


@given(SINGLE, st.data())
def test_a_letter_left_out_is_never_taken_for_the_name(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 1))
    typed = name[:at] + name[at + 1 :]
    found = recognise(reader.medicines(), typed)
    if plain(typed) not in reader.medicines().names:
        assert name not in found.generics
        assert found.unknown


@given(st.text(max_size=40))
def test_whatever_is_typed_is_found_or_said_to_be_unknown(typed: str) -> None:
    found = recognise(reader.medicines(), typed)
    assert found.typed == typed
    assert found.classes or found.unknown


def test_a_near_miss_is_unknown_and_says_what_may_have_been_meant() -> None:
    found = recognise(reader.medicines(), "diazapam 5 mg")
    assert (found.generics, found.classes, found.unknown, found.near) == (
        (),
        (),
        ("diazapam",),
        ("diazepam",),
    )


def test_a_name_like_nothing_has_no_suggestion() -> None:
    found = recognise(reader.medicines(), "Foobarol")
    assert (found.classes, found.unknown, found.near) == ((), ("foobarol",), ())


def test_lithium_is_no_antipsychotic_although_its_code_lies_among_theirs() -> None:
    assert codes("lithium") == codes("N05AN01") == codes("N05AN") == {"lithium"}
    assert codes("N05AX08") == {"antipsychotic"}


def test_a_code_of_a_whole_group_raises_every_class_inside() -> None:
    assert codes("N05A") == {"antipsychotic", "lithium"}
    assert {"gabapentinoid", "nsaid", "cannabinoid"} <= codes("N02B")


def test_pregabalin_has_its_old_code_and_its_new_one() -> None:
    assert codes("pregabalin") == codes("N03AX16") == codes("n02bf02") == {"gabapentinoid"}


def test_a_code_shorter_than_four_characters_is_not_a_code() -> None:
    assert (codes("N05"), unknown("N05")) == (set(), ("n05",))


def test_lofexidine_is_no_opioid_and_not_called_harmless() -> None:
    for typed in ("lofexidine", "N07BC04"):
        assert codes(typed) == set()
        assert unknown(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "paracetamol",
        "acetaminophen",
        "N02BE01",
        "glucosamine",
        "M01AX05",
        "chondroitin",
        "M01AX25",
        "B01AC06",
    ],
)
def test_the_negative_controls_are_recognised_and_raise_nothing(typed: str) -> None:
    assert (codes(typed), unknown(typed)) == (set(), ())
    assert ids(typed)


def test_a_group_that_reaches_beyond_a_harmless_medicine_is_unknown() -> None:
    assert unknown("N02BE") == ("n02be",)


@pytest.mark.parametrize(
    "typed",
    [
        "aspirin 75 mg",
        "aspirin 81 mg",
        "aspirin 100mg",
        "low-dose aspirin",
        "Low dose aspirin 75 mg EC",
        "baby aspirin",
        "asa 81 mg daily",
        "aspirin 0.075 g",
        "aspirin 75 mg 1 daily",
    ],
)
def test_low_dose_aspirin_raises_nothing(typed: str) -> None:
    assert (codes(typed), unknown(typed)) == (set(), ())


@pytest.mark.parametrize(
    "typed",
    [
        "aspirin",
        "aspirin 75",
        "aspirin 101 mg",
        "aspirin 300 mg",
        "low-dose aspirin 300 mg",
        "aspirin 75 mg four times a day",
        "aspirin 75 mg bd",
        "aspirin 75 mg/300 mg",
        "2 aspirin 75 mg",
        "N02BA01",
        "co-codaprin",
        "acetylsalicylic acid",
    ],
)
def test_aspirin_without_a_low_dose_is_an_nsaid(typed: str) -> None:
    assert "nsaid" in codes(typed)


def test_a_low_dose_belongs_to_its_own_medicine_only() -> None:
    assert codes("aspirin 75 mg and ibuprofen") == {"nsaid"}
    assert codes("aspirin/codeine 75 mg") == {"nsaid", "cns-depressant"}


@pytest.mark.parametrize(
    ("typed", "generics"),
    [
        ("co-codamol", ("codeine", "paracetamol")),
        ("co-codamol 30/500", ("codeine", "paracetamol")),
        ("Cocodamol", ("codeine", "paracetamol")),
        ("codeine/paracetamol", ("codeine", "paracetamol")),
        ("codeine 30 mg/paracetamol 500 mg", ("codeine", "paracetamol")),
        ("codeine with paracetamol", ("codeine", "paracetamol")),
        ("co-dydramol", ("dihydrocodeine", "paracetamol")),
        ("co-codaprin", ("aspirin", "codeine")),
        ("co-careldopa 25/100", ("carbidopa", "levodopa")),
        ("co-beneldopa", ("benserazide", "levodopa")),
    ],
)
def test_combinations_are_recognised_by_their_parts(typed: str, generics: tuple[str, ...]) -> None:
    found = recognise(reader.medicines(), typed)
    assert (found.generics, found.unknown) == (generics, ())


@pytest.mark.parametrize(
    ("typed", "generic"),
    [
        ("meperidine", "pethidine"),
        ("acetaminophen", "paracetamol"),
        ("meclizine", "meclozine"),
        ("chlorpheniramine", "chlorphenamine"),
        ("indomethacin", "indometacin"),
        ("frusemide", "furosemide"),
        ("nitroglycerin", "glyceryl trinitrate"),
        ("Diazépam", "diazepam"),
        ("morphine sulphate MR", "morphine"),
        ("losartan potassium", "losartan"),
        ("fentanyl 12 micrograms/hour patch", "fentanyl"),
        ("Lioresal", "baclofen"),
    ],
)
def test_synonyms_salts_and_forms_lead_to_the_generic_name(typed: str, generic: str) -> None:
    found = recognise(reader.medicines(), typed)
    assert (found.generics, found.unknown) == ((generic,), ())


def test_a_known_medicine_does_not_hide_an_unknown_one_beside_it() -> None:
    assert (codes("warfarin and diazepam"), unknown("warfarin and diazepam")) == (
        {"cns-depressant"},
        ("warfarin",),
    )
    assert unknown("losartan and potassium") == ("potassium",)


def test_a_medicine_not_listed_is_unknown_without_its_dose() -> None:
    assert unknown("fluvoxamine 50 mg") == ("fluvoxamine",)
    assert unknown("dextromethorphan") == ("dextromethorphan",)


def test_one_code_can_raise_two_classes() -> None:
    assert ids("C09BB04") == ["dihydropyridine", "ace-inhibitor"]
    assert ids("N02AJ08") == ["opioid", "nsaid"]


@pytest.mark.parametrize(
    ("typed", "risk"),
    [
        ("ibuprofen", True),
        ("ramipril", True),
        ("losartan", True),
        ("furosemide", True),
        ("bisoprolol", False),
        ("doxazosin", False),
        ("diazepam", False),
        ("aspirin 75 mg", False),
    ],
)
def test_only_four_classes_put_the_kidneys_at_risk(typed: str, risk: bool) -> None:
    assert recognise(reader.medicines(), typed).kidney_risk is risk


def test_nifedipine_is_a_caution_about_blood_pressure_and_dizziness() -> None:
    (found,) = recognise(reader.medicines(), "nifedipine").classes
    assert found.finding is not None
    assert (found.finding.code, found.finding.severity) == ("calcium-channel-blocker", "caution")
    for text in (found.finding.short, found.finding.message):
        assert "blood pressure" in text
        assert "dizziness" in text


def test_no_text_calls_a_medicine_safe() -> None:
    texts = [one.finding for one in reader.medicines().classes if one.finding]
    assert not [text.code for text in texts if " safe" in f"{text.short} {text.message}".casefold()]


def test_a_list_is_split_at_commas_but_not_inside_numbers() -> None:
    assert split("codeine, diazepam 2,5 mg;N05BA01,lithium\n") == (
        "codeine",
        "diazepam 2,5 mg",
        "N05BA01",
        "lithium",
    )
    assert split(" , ;") == ()


def test_none_alone_means_no_medicine() -> None:
    assert asked(["NONE"], "taking") == ()
    assert asked(["codeine,lithium", "N05BA"], "taking") == ("codeine", "lithium", "N05BA")


@pytest.mark.parametrize("texts", [["none", "codeine"], ["codeine, none"]])
def test_none_beside_a_name_is_refused(texts: list[str]) -> None:
    with pytest.raises(BadInput, match="taking: none and codeine contradict each other; leave one out"):
        asked(texts, "taking")


def test_an_empty_name_is_refused() -> None:
    with pytest.raises(BadInput, match="taking: the name is empty; give a name, or none"):
        asked(["codeine", " ,"], "taking")


@pytest.mark.parametrize(
    ("typed", "id"),
    [
        ("Sleep apnea", "sleep-apnoea"),
        ("SLEEP-APNOEA", "sleep-apnoea"),
        ("Parkinson’s disease", "parkinson"),
        ("scleroderma", "systemic-sclerosis"),
        ("SLE", "lupus"),
        ("AKI", "acute-kidney-injury"),
        ("haemodialysis", "kidney-failure"),
        ("fits", "epilepsy"),
        ("depression", "psychiatric-illness"),
        ("uses spasticity for posture", "uses-spasticity-for-posture"),
        ("alcohol use disorder", "alcohol-misuse"),
    ],
)
def test_conditions_are_recognised_by_their_other_names(typed: str, id: str) -> None:
    assert recognise_condition(reader.conditions(), typed).id == id


def test_an_unknown_condition_is_bad_input_with_what_may_have_been_meant() -> None:
    with pytest.raises(
        BadInput,
        match=r"condition diabetis: not in our list, so it was not checked; did you mean diabetes\?",
    ):
        recognise_condition(reader.conditions(), "diabetis")


def test_a_condition_like_nothing_gets_the_whole_list() -> None:
    with pytest.raises(BadInput, match=r"the list has hypersensitivity, active-peptic-ulcer, .*, lupus$"):
        recognise_condition(reader.conditions(), "zzz")


def test_a_name_is_recognised_by_its_generic_part_whatever_dose_is_glued_to_it() -> None:
    assert (codes("sertraline 50 mg"), unknown("sertraline 50 mg")) == (set(), ())
    for typed in ("diazepam5mg", "diazepam 5mg", "Diazepam5 mg tablets", "diazepam2.5mg"):
        assert (codes(typed), unknown(typed)) == ({"cns-depressant"}, ())
