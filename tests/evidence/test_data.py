from __future__ import annotations

import re
from typing import Any

import pytest

from titrate.evidence import reader, validate
from titrate.evidence.reader import EVIDENCE, parse

RULES = {  # severity and codes as the clinical rules list them, for medicines and conditions
    "stop": "already-on-baclofen hypersensitivity active-peptic-ulcer kidney-failure pregnancy",
    "confirm": "breastfeeding cns-depressant epilepsy psychiatric-illness suicide-risk parkinson stroke"
    " respiratory-impairment sleep-apnoea porphyria autonomic-dysreflexia uses-spasticity-for-posture",
    "caution": "gabapentinoid antipsychotic sedating-antihistamine calcium-channel-blocker bp-lowering"
    " pde5-inhibitor nitrate prostacyclin tricyclic maoi levodopa lithium memantine nsaid cannabinoid alcohol"
    " diabetes hepatic-impairment urinary-retention systemic-sclerosis lupus",
}
FILES = ("medicines", "conditions", "therapies", "trials", "questions", "next_steps")
CITABLE = validate.citable_in(EVIDENCE)


def raw(name: str) -> bytes:
    return (EVIDENCE / f"{name}.toml").read_bytes()


def cites(value: Any) -> list[dict[str, Any]]:
    """Every cite in a parsed file."""
    if isinstance(value, list):
        return [cite for item in value for cite in cites(item)]
    if not isinstance(value, dict):
        return []
    here = [value] if {"source", "at"} <= value.keys() else []
    return here + [cite for item in value.values() for cite in cites(item)]


def faults(name: str, text: str) -> str:
    """Return what is wrong with a file of that name, a line each."""
    return "\n".join(validate.faults(f"{name}.toml", text.encode(), CITABLE))


def test_every_code_has_the_severity_of_the_clinical_rules_and_none_is_missing() -> None:
    found: dict[str, set[str]] = {severity: set() for severity in RULES}
    texts = [one.finding for one in reader.medicines().classes if one.finding]
    for text in (*texts, *(one.finding for one in reader.conditions())):
        found[text.severity].add(text.code)
    assert found == {severity: set(codes.split()) for severity, codes in RULES.items()}


@pytest.mark.parametrize("name", FILES)
def test_every_quote_that_is_cited_stands_in_sources(name: str) -> None:
    for cite in cites(parse(raw(name))):
        if "quote" in cite:
            assert cite["quote"] in reader.sources()[cite["source"]].quotes


@pytest.mark.parametrize("name", FILES)
def test_nothing_rests_on_a_source_that_was_only_recalled(name: str) -> None:
    for cite in cites(parse(raw(name))):
        grounds = [cite["source"], *cite.get("from", ())]
        assert not [one for one in grounds if reader.sources()[one].read == "recalled"]


def test_the_article_is_never_quoted() -> None:
    assert reader.sources()["S-ARTICLE"].quotes == {}


def test_a_tool_rule_is_a_source_and_claims_no_literature() -> None:
    assert reader.sources()["TOOL"].title.startswith("Tool rule: decided by this project")


def test_no_claim_of_the_article_about_a_trial_is_confirmed() -> None:
    assert {trial.grade for trial in reader.trials() if trial.kind != "laboratory"} == {"not confirmed"}
    assert "confirmed" not in {trial.grade for trial in reader.trials()}
    assert len([trial for trial in reader.trials() if trial.kind != "laboratory"]) == 3
    assert all("could be found" in str(trial.reason) for trial in reader.trials())


def test_the_tables_dose_that_contradicts_the_cap_is_disputed_and_says_why() -> None:
    (baclofen,) = (therapy for therapy in reader.therapies() if therapy.id == "baclofen")
    (claim,) = (one for one in baclofen.claims if one.aspect == "usual dose" and one.found_by == "article")
    assert claim.grade == "disputed"
    assert "30 mg a day" in str(claim.reason)


@pytest.mark.parametrize("id", ["baclofen", "calcium-channel-blockers", "sildenafil"])
def test_each_treatment_has_the_four_columns_of_the_table(id: str) -> None:
    (therapy,) = (one for one in reader.therapies() if one.id == id)
    aspects = [claim.aspect for claim in therapy.claims if claim.found_by == "article"]
    assert aspects == ["mechanism", "usual dose", "reported efficacy", "side effects"]


def test_the_articles_six_questions_are_answered() -> None:
    assert len([one for one in reader.questions() if one.asked_by == "article"]) == 6


def test_nerve_pain_is_no_reason_to_try() -> None:
    (reason,) = (one for one in reader.reasons_to_try() if one.id == "neuropathic-pain")
    assert (reason.says, reason.grade) == ("Nerve pain: not a reason.", "disputed")


def test_a_quote_is_shown_word_for_word_and_marked() -> None:
    (approved,) = (one for one in reader.questions() if one.id == "approved")
    assert approved.ground.quoted
    assert approved.ground.words == reader.sources()["S-FDA-SUSP"].quotes["rheumatic"]
    assert not approved.said_at.quoted


FAULTS = [
    (
        "medicines",
        'severity = "stop"',
        'severity = "halt"',
        r"class\[1\].severity: needs one of stop, confirm, caution, none",
    ),
    (
        "medicines",
        'source = "S-UKPIL"',
        'source = "S-UKPIP"',
        "source S-UKPIP is not in sources.toml; did you mean S-UKPIL?",
    ),
    (
        "medicines",
        'id = "lithium"',
        'id = "lithium"\nkidneyrisk = true',
        "kidneyrisk: unknown key; did you mean kidney_risk?",
    ),
    ("medicines", 'atc = ["N05AN"]', 'atc = ["N5AN"]', "needs the form"),
    ("medicines", 'generic = ["memantine"]\n', "", "missing key generic; add it"),
    (
        "medicines",
        '"frusemide" = "furosemide"',
        '"frusemide" = "furosemid"',
        "synonyms.frusemide: furosemid is no generic name of a class; did you mean furosemide?",
    ),
    (
        "medicines",
        '"frusemide" = "furosemide"',
        '"diazepam" = "furosemide"',
        "synonyms.diazepam: is a name of a class already; take one out",
    ),
    (
        "medicines",
        '"co-codamol" = ["codeine"',
        '"co-codamol" = ["codein"',
        "combinations.co-codamol: codein is no generic name",
    ),
    (
        "medicines",
        '"co-codamol" = ["codeine", "paracetamol"]',
        '"co-codamol" = []',
        "needs one or more",
    ),
    (
        "medicines",
        'class = "low-dose-aspirin"\n',
        'class = "nsaid"\n',
        "low_dose.aspirin: needs a generic name and a class that raises nothing",
    ),
    ("medicines", "most_mg = 100\n", 'most_mg = "100"\n', "most_mg: needs a number, has text"),
    (
        "medicines",
        'generic = ["paracetamol", ',
        'generic = ["paracetamol", "ibuprofen", ',
        "ibuprofen raises something in one class and nothing in another; keep the first",
    ),
    (
        "medicines",
        "plain = [\n",
        'plain = [\n  "lithium",\n',
        "words.plain: lithium is the name of a medicine; it cannot be passed over",
    ),
    (
        "medicines",
        "{typed}: beside baclofen, lithium",
        "beside baclofen, lithium",
        ".short: must hold {typed}, what was typed, and no other braces",
    ),
    (
        "medicines",
        "{typed}: beside baclofen, lithium",
        "{typed} {dose}: lithium",
        ".short: must hold {typed}, what was typed, and no other braces",
    ),
    (
        "medicines",
        "{typed}: beside baclofen, lithium",
        "{typed}: lithium, of which a very long text says more than any one line can hold",
        "class[27].short: has 114 characters; 90 fit one line",
    ),
    ("medicines", 'id = "maoi"', 'id = "tricyclic"', "class: tricyclic stands twice; keep one"),
    (
        "medicines",
        'code = "none"\nseverity = "none"\n',
        'code = "none"\nseverity = "none"\nshort = "{typed}: fine"\n',
        "needs short and message if and only if it raises something",
    ),
    ("medicines", "[synonyms]", "[synonym]", "synonym: unknown key; did you mean synonyms?"),
    ("conditions", 'name = "porphyria"\n', "", "missing key name; add it"),
    (
        "conditions",
        'also = ["sle", ',
        'also = ["sle", "scleroderma", ',
        "condition: scleroderma names two conditions; keep one",
    ),
    (
        "conditions",
        'severity = "caution"',
        'severity = "none"',
        "severity: needs one of stop, confirm, caution, has none",
    ),
    ("sources", 'read = "V1"', 'read = "v1"', r"read: needs one of V1, V2, recalled, has v1"),
    ("sources", "[TOOL]", "[TOOLS]", "missing key TOOL; add it"),
    (
        "therapies",
        'therapy = "sildenafil"',
        'therapy = "sildenafill"',
        "therapy sildenafill is not listed; did you mean sildenafil?",
    ),
    (
        "therapies",
        'grade = "disputed"',
        'grade = "doubtful"',
        "needs one of confirmed, disputed, not confirmed, has doubtful",
    ),
    (
        "therapies",
        'grade = "disputed"',
        'grade = "confirmed"',
        "needs a reason if and only if it is not confirmed",
    ),
    (
        "therapies",
        'grade_from = [{ source = "S-FDA-SUSP", at = "indications", rule = "licensed for spasticity" }]\n',
        "",
        "reason_to_try[5]: is disputed; add in grade_from which source says otherwise",
    ),
    (
        "therapies",
        'source = "S-PERSSON80"',
        'source = "S-PERSON80"',
        "claim[1].grade_from: source S-PERSON80 is not in sources.toml; did you mean S-PERSSON80?",
    ),
    (
        "next_steps",
        'grade = "disputed"',
        'grade = "confirmed"',
        "needs a reason if and only if it is not confirmed",
    ),
    ("next_steps", 'name = "Autonomic nerves"\n', "", "missing key name; add it"),
    ("trials", "people = 15", "people = 0", "people: needs 1 to 100000, has 0"),
    ("trials", "people = 15", "people = 15.5", "people: needs a whole number, has 15.5"),
    ("trials", 'result = "a modest rise"\n', "", "missing key result; add it"),
    (
        "questions",
        'quote = "rheumatic"',
        'quote = "rheumatik"',
        "S-FDA-SUSP has no quote rheumatik; did you mean rheumatic?",
    ),
    (
        "questions",
        'grade = "disputed"',
        'grade = "confirmed"',
        "needs a reason if and only if it is not confirmed",
    ),
]


@pytest.mark.parametrize(("name", "there", "planted", "said"), FAULTS)
def test_a_planted_fault_is_refused_and_named_with_its_line(name: str, there: str, planted: str, said: str) -> None:
    text = raw(name).decode()
    assert there in text
    found = faults(name, text.replace(there, planted, 1))
    assert re.search(said if "\\" in said else re.escape(said), found), found
    assert all(re.match(rf"{name}\.toml:\d+: ", line) for line in found.split("\n"))


@pytest.mark.parametrize("name", FILES)
def test_a_claim_whose_cite_was_taken_out_is_refused(name: str) -> None:
    without = re.sub(r"^cite = .*\n", "", raw(name).decode(), count=1, flags=re.MULTILINE)
    assert "missing key cite; add it" in faults(name, without)
