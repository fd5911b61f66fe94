"""A name is read, or a near miss, or unknown: one rule for medicines and illnesses; `names.csv` was written by hand."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from titrate.engine.names import Recognised, check, names_in, recognise, recognise_condition, suggestions
from titrate.engine.near_miss import one_away
from titrate.errors import BadInput
from titrate.evidence import reader
from titrate.evidence.contradictions import names_that_contradict
from titrate.evidence.formulary import Formulary, conditions_of, formulary_of
from titrate.evidence.lexicon import plain
from titrate.evidence.reader import parse, read

VECTORS = Path(__file__).parents[1] / "vectors"
ATC = tomllib.loads((VECTORS / "medicines.toml").read_text("utf-8"))
with (VECTORS / "names.csv").open(encoding="utf-8", newline="") as file:
    ROWS = tuple(csv.DictReader(file))
MEDICINES = tuple(row for row in ROWS if row["kind"] == "medicine")
DATA = {name: parse(read(f"{name}.toml")) for name in ("medicines", "names", "everyday", "brands", "conditions")}
FORMULARY = reader.medicines()
GENERICS = sorted({name for row in ATC.values() for name in row["names"]})
HIGH_RISK = sorted(
    name
    for name in FORMULARY.listed.own.spelled
    if name.isalpha()
    and name.isascii()
    and len(name) > 4
    and any(
        (finding := FORMULARY.classes[id].finding) is not None and finding.severity in {"stop", "confirm"}
        for id in FORMULARY.listed.ids(name)
    )
)
BRANDS = (
    "Lioresal",
    "Valium",
    "Xanax",
    "Ativan",
    "Ambien",
    "Stilnoct",
    "OxyContin",
    "Oramorph",
    "Rivotril",
    "Neurontin",
    "Lyrica",
)


def outcome(read: Recognised) -> tuple[str, str, str]:
    """What a name was taken for, the codes that it raises and what nobody knows, as the vectors say it."""
    codes = {matters.finding.code for matters in (*read.classes, *read.conditions) if matters.finding}
    return "; ".join(read.taken_for), " ".join(sorted(codes)), ";".join(read.unknown)


def codes(typed: str) -> set[str]:
    return set(outcome(recognise(FORMULARY, typed))[1].split())


def refusal(typed: str, *, condition: bool = False) -> str:
    """What is said of a name that is not clear; empty where it is."""
    listed = reader.conditions().listed if condition else FORMULARY.listed
    found = recognise_condition(reader.conditions(), typed) if condition else recognise(FORMULARY, typed)
    try:
        check(listed, found, "condition" if condition else "taking")
    except BadInput as error:
        return str(error)
    return ""


# --- Read ---


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["typed"])
def test_every_name_of_the_vectors_is_read_as_they_say(row: dict[str, str]) -> None:
    found = (
        recognise(FORMULARY, row["typed"])
        if row["kind"] == "medicine"
        else recognise_condition(reader.conditions(), row["typed"])
    )
    assert outcome(found) == (row["taken_for"], row["codes"], row["unknown"])


@pytest.mark.parametrize(
    ("typed", "code"), [(name, row["code"]) for row in ATC.values() for name in (*row["names"], *row["atc"])]
)
def test_every_name_and_code_of_the_looked_up_classes_raises_its_finding(typed: str, code: str) -> None:
    found = recognise(FORMULARY, typed)
    assert code in codes(typed)
    assert found.unknown == ()


def accented(name: str) -> str:
    return name.replace("e", "é").replace("o", "ö").replace("a", "à")


@given(
    st.sampled_from(GENERICS),
    st.sampled_from([str, str.upper, str.title, accented]),
    st.sampled_from(
        [
            "{}",
            " {} ",
            "“{}”",
            "•{}",
            "{}®",
            "{}™",
            "({})",
            "{}=10mg",
            "10mg{}",
            "2x{}",
            "{} 2,5 mg",
            "{}\u00a05\u00a0mg",
            "-{}.",
            "{}\u200b",
        ]
    ),
)
def test_signs_case_accents_and_doses_change_nothing(name: str, case: Callable[[str], str], pattern: str) -> None:
    found, bare = (recognise(FORMULARY, typed) for typed in (pattern.format(case(name)), name))
    assert found[1:] == bare[1:]


@given(
    st.lists(st.sampled_from(GENERICS), min_size=2, max_size=4, unique=True),
    st.sampled_from(["/", " + ", " and ", " with ", " & "]),
)
def test_a_combination_raises_what_each_part_raises(names: list[str], between: str) -> None:
    assert codes(between.join(names)) == set().union(*map(codes, names))


@given(st.text(max_size=60))
def test_whatever_is_typed_is_found_or_said_to_be_unknown(typed: str) -> None:
    found = recognise(FORMULARY, typed)
    assert found.typed == typed
    assert found.names or found.classes or found.unknown


@pytest.mark.parametrize(
    "typed",
    ["aspirin 75 mg", "aspirin 81mg EC", "baby aspirin", "aspirin 0.075 g", "aspirin 75 mg 1 daily", "asa 81 mg daily"],
)
def test_low_dose_aspirin_raises_nothing(typed: str) -> None:
    assert codes(typed) == set()


@pytest.mark.parametrize(
    "typed",
    [
        "aspirin",
        "aspirin 75",
        "aspirin 101 mg",
        "aspirin 75 mg twice daily",
        "aspirin 75 mg bd",
        "2 aspirin 75 mg",
        "N02BA01",
    ],
)
def test_aspirin_without_a_low_dose_is_an_nsaid(typed: str) -> None:
    assert "nsaid" in codes(typed)


@pytest.mark.parametrize(
    "row", [row for row in MEDICINES if not row["codes"] and not row["unknown"]], ids=lambda row: row["typed"]
)
def test_a_known_name_that_raises_nothing_is_not_flagged_by_one_word_of_it(row: dict[str, str]) -> None:
    found = recognise(FORMULARY, row["typed"])
    assert found.taken_for
    assert not any(matters.finding for matters in found.classes)
    assert not (found.brain and found.cns)


def test_no_text_calls_a_medicine_safe() -> None:
    texts = [*FORMULARY.classes.values(), *reader.conditions().by_id.values()]
    words = " ".join(f"{one.finding.short} {one.finding.message}" for one in texts if one.finding)
    assert "safe" not in words.replace("unsafe", "")


def test_a_group_that_reaches_beyond_a_harmless_medicine_is_unknown() -> None:
    assert [matters.id for matters in recognise(FORMULARY, "B01AC").classes] == [
        "peripheral-vasodilator",
        "prostacyclin",
    ]
    assert recognise(FORMULARY, "N05").unknown == ("n05",)


def test_a_name_that_is_a_common_word_is_read_only_where_it_stands_alone() -> None:
    assert codes("Soma 350 mg") == {"cns-depressant"}
    assert recognise(FORMULARY, "ibuprofen soma").unknown == ("soma",)


def test_what_can_change_the_kidneys_is_marked() -> None:
    at_risk = {
        typed
        for typed in ("ibuprofen", "ramipril", "losartan", "furosemide", "ciclosporin")
        if recognise(FORMULARY, typed).kidney_risk
    }
    assert len(at_risk) == 5
    assert not any(recognise(FORMULARY, typed).kidney_risk for typed in ("bisoprolol", "diazepam", "aspirin 75 mg"))


def test_a_listed_name_has_a_letter() -> None:
    words = {**DATA["names"], "synonyms": {**DATA["names"]["synonyms"], "names": "butanediol: 1, 1,4-butanediol"}}
    files = {f"{name}.toml": table for name, table in {**DATA, "names": words}.items()}
    assert ("names.toml", ((), "1 has no letter: a number is a dose; write the name whole")) in list(
        names_that_contradict(files)
    )


# --- Near misses ---


@pytest.mark.parametrize("name", [*HIGH_RISK[::3], *BRANDS])
def test_a_letter_wrong_in_a_high_risk_name_is_a_near_miss_or_the_same_medicine(name: str) -> None:
    meant = recognise(FORMULARY, name)
    wrong = sorted({typed for typed in one_away(plain(name)) if typed.isalpha() and typed != plain(name)})
    for typed in wrong[:: max(1, len(wrong) // 12)]:
        found = recognise(FORMULARY, typed)
        if found.unknown:
            assert suggestions(FORMULARY.listed, found), typed
        else:
            assert {one.id for one in found.classes} == {one.id for one in meant.classes}, typed


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("Amobarb", "amobarbital"),
        ("peenobarbital", "phenobarbital"),
        ("hydroco", "hydrocodone or hydrocortisone or hydrocortisone butyrate"),
        ("diazapam", "diazepam"),
        ("diazapam 5 mg", "diazepam"),
        ("Valum", "Valium"),
        ("Xanex", "Xanax or Xanef"),
        ("hydrocortizone", "hydrocortisone"),
        ("cofeine", "codeine or caffeine"),
        ("oxyc8odone", "oxycodone"),
        ("lorazpam and codeine", "lorazepam"),
        ("methadonw", "methadone"),
        ("carbamazxpqne", "carbamazepine"),
    ],
)
def test_a_near_miss_is_refused_with_what_may_have_been_meant(typed: str, near: str) -> None:
    todo = f"did you mean {near}? Write it so, or other:{typed} if it is another one"
    assert refusal(typed) == f"taking: {typed} is not in our list; {todo}"


def test_a_near_miss_of_an_illness_is_refused_in_the_same_words() -> None:
    wanted = "did you mean diabetes or diabetic? Write it so, or other:diabetis if it is another one"
    assert refusal("diabetis", condition=True) == f"condition: diabetis is not in our list; {wanted}"


@pytest.mark.parametrize(
    "typed", ["hydrocortisone", "apomorphine", "Toradol", "liothyronine", "hydroxyzine", "Foobarol", "other:diazapam"]
)
def test_a_known_name_and_one_like_nothing_suggest_nothing(typed: str) -> None:
    assert refusal(typed) == ""
    assert "diazepam" not in recognise(FORMULARY, typed).names


@pytest.mark.parametrize("typed", ["stopped diazepam", "family baclofen", "no codeine"])
def test_words_that_make_a_name_unknown_are_no_near_miss(typed: str) -> None:
    assert refusal(typed) == ""
    assert recognise(FORMULARY, typed).unknown


@pytest.mark.parametrize(("typed", "condition"), [("pump", False), ("ulcers", True), ("pump", True)])
def test_a_word_that_means_too_much_asks(typed: str, condition: bool) -> None:
    assert "it can be more than one thing; Which" in refusal(typed, condition=condition)


@pytest.mark.parametrize("typed", ["allergy", "drug allergy", "Alergia", "PD", "ITB"])
def test_an_illness_that_may_be_a_stop_asks(typed: str) -> None:
    assert f"{typed}: it can be more than one thing; " in refusal(typed, condition=True)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("calium", "Valium"),
        ("kofein", "kodein"),
        ("troxpium", "Tropium"),
        ("lachtas", "lachgas"),
        ("parafin", "Parafon"),
    ],
)
def test_a_letter_wrong_in_a_grave_name_is_not_read_as_a_foreign_spelling_of_another(typed: str, meant: str) -> None:
    assert meant in refusal(typed)


@pytest.mark.parametrize("typed", ["no medicines", "no diazepam", "don't know", "keine Medikamente", "n/a", "not sure"])
def test_what_begins_with_a_word_for_none_is_unknown_and_resembles_nothing(typed: str) -> None:
    assert refusal(typed) == ""
    assert recognise(FORMULARY, typed).unknown


def test_a_pump_with_baclofen_is_a_stop_as_an_illness_too() -> None:
    (found,) = recognise_condition(reader.conditions(), "intrathecal baclofen pump").conditions
    assert found.finding.severity == "stop"
    assert "never let the pump run dry" in found.finding.message


@pytest.mark.parametrize(
    ("typed", "stages"),
    [
        ("CKD stage IV", {"G4"}),
        ("CKD 4/5", {"G5"}),
        ("CKD 3b/4", {"G4"}),
        ("CKD g4 a2", {"G4"}),
        ("Niereninsuffizienz Grad IV", {"G4"}),
        ("insuffisance rénale chronique stade 4", {"G4"}),
        ("insuficiencia renal estadio cuatro", {"G4"}),
        ("insufficienza renale stadio 4", {"G4"}),
    ],
)
def test_the_stage_of_a_kidney_disease_is_raised_however_it_is_written(typed: str, stages: set[str]) -> None:
    found = recognise_condition(reader.conditions(), typed)
    assert {one.stage for one in found.conditions} == stages
    assert not found.unknown


@pytest.mark.parametrize("typed", ["SSRI", "an SNRI", "SSRIs"])
def test_a_word_for_antidepressants_counts_among_medicines_of_the_brain(typed: str) -> None:
    assert recognise(FORMULARY, typed).brain


@pytest.mark.parametrize("typed", ["riluzole", "edaravone", "Mestinon", "Kalydeco", "Kaftrio", "Orkambi"])
def test_medicines_of_als_myasthenia_and_cystic_fibrosis_imply_weak_breathing(typed: str) -> None:
    assert "respiratory-impairment" in {one.illness for one in recognise(FORMULARY, typed).implied}


def test_a_long_text_is_read_in_time_that_grows_with_its_length() -> None:
    found = recognise(FORMULARY, "qwertz " * 400)
    assert found.unknown
    assert suggestions(FORMULARY.listed, found) == ()


# --- Lists of names ---


def test_a_list_is_split_at_commas_but_not_inside_numbers() -> None:
    assert names_in(["codeine, diazepam 2,5 mg;N05BA01,lithium\n"], "taking") == (
        "codeine",
        "diazepam 2,5 mg",
        "N05BA01",
        "lithium",
    )
    assert names_in(["Acetaminophen; Hydrocodone"], "taking") == ("Acetaminophen", "Hydrocodone")


@pytest.mark.parametrize("word", ["none", "NO", "nil", "keine", "nothing", "ninguno", "aucun"])
def test_none_alone_means_none_and_beside_a_name_is_refused(word: str) -> None:
    assert names_in([word], "taking") == ()
    with pytest.raises(BadInput, match="taking: none and codeine contradict each other; leave one out"):
        names_in(["codeine", word], "taking")


def test_a_name_that_nobody_could_mean_as_one_is_refused() -> None:
    assert names_in([f"codeine {'5 mg ' * 29}"], "taking")
    with pytest.raises(
        BadInput, match="taking: one name is too long to be read; give each name alone, parted by commas"
    ):
        names_in([f"codeine {'5 mg ' * 30}"], "taking")


def test_an_empty_name_is_refused() -> None:
    with pytest.raises(BadInput, match="taking: the name is empty; give a name, or none"):
        names_in(["codeine", " ,"], "taking")


# --- Nothing in the lists can be taken away unnoticed ---


def formulary(**data: Any) -> Formulary:
    files = DATA | data
    return formulary_of(files["medicines"], files["names"], files["everyday"], lambda: files["brands"])


def without(data: Any, *path: str | int) -> Any:
    """The tables with one value emptied: a text, a list or a table."""
    key, *rest = path
    copy = list(data) if isinstance(data, list) else dict(data)
    copy[key] = without(copy[key], *rest) if rest else type(copy[key])()
    return copy


def parts_of_the_lists() -> Iterator[tuple[str, tuple[str | int, ...]]]:
    for language in DATA["names"]["language"]:
        yield "names", ("language", language, "names")
    for key in ("synonyms", "combinations"):
        yield "names", (key, "names")
    for kind in ("forms", "salts", "dose_words", "frequency", "connectors", "makers", "often"):
        yield "names", ("words", kind)
    for key in ("before", "ends", "german"):
        yield "names", ("acids", key)
    for index in range(len(DATA["names"]["spelling"]["steps"])):
        yield "names", ("spelling", "steps", index)
    for index in range(len(DATA["names"]["no_effect_form"])):
        yield "names", ("no_effect_form", index, "forms")
    for kind in ("registers", "recalled"):
        for class_id in DATA["brands"][kind]:
            if class_id != "cite":
                yield "brands", (kind, class_id)
    yield "brands", ("ambiguous", "names")
    yield "brands", ("whole_only",)
    for index, group in enumerate(DATA["everyday"]["group"]):
        yield from (("everyday", ("group", index, key)) for key in ("generic", "brands") if key in group)
    for key in ("combinations", "class_words"):
        yield "everyday", (key, "names")
    for index, row in enumerate(DATA["medicines"]["class"]):
        yield from (("medicines", ("class", index, key)) for key in ("generic", "also", "atc") if key in row)
    yield "medicines", ("low_dose",)


@pytest.mark.parametrize(("file", "path"), tuple(parts_of_the_lists()), ids=str)
def test_what_is_taken_out_of_the_lists_is_missed(file: str, path: tuple[str | int, ...]) -> None:
    less = without(DATA[file], *path)
    if path[:2] == ("spelling", "steps"):
        steps = [step for step in less["spelling"]["steps"] if step]
        less = {**less, "spelling": {**less["spelling"], "steps": steps}}
    lists = formulary(**{file: less})
    assert missed(lists)


def missed(lists: Formulary) -> bool:
    """Whether a vector is read otherwise with these lists, or cannot be read at all."""
    looked_up = ((name, row["code"]) for row in ATC.values() for name in (*row["names"], *row["atc"]))
    try:
        return any(
            outcome(recognise(lists, row["typed"])) != (row["taken_for"], row["codes"], row["unknown"])
            for row in MEDICINES
        ) or any(code not in outcome(recognise(lists, name))[1] for name, code in looked_up)
    except KeyError:  # a brand of a medicine that is not there
        return True


def test_the_lists_of_illnesses_are_needed() -> None:
    for path in (("none", "names"), ("ask",)):
        lists = conditions_of(without(DATA["conditions"], *path), DATA["names"])
        rows = [row for row in ROWS if row["kind"] == "condition"]
        assert any(
            outcome(recognise_condition(lists, row["typed"]))[0] != row["taken_for"] for row in rows
        ) or path == ("ask",)


def test_a_sound_alike_is_not_suggested_beside_the_name_that_was_meant() -> None:
    less = without(DATA["names"], "sound_alikes", "pairs")
    with_pairs, without_pairs = (
        suggestions(lists.listed, recognise(lists, "clonazepaam")) for lists in (FORMULARY, formulary(names=less))
    )
    assert with_pairs[0] == without_pairs[0] == "clonazepam"
