from __future__ import annotations

import re
from typing import Any

import pytest

from titrate.evidence import reader, validate
from titrate.evidence.reader import EVIDENCE, parse

RULES = {  # severity and codes as the clinical rules list them, for medicines and conditions
    "stop": "already-on-baclofen hypersensitivity active-peptic-ulcer kidney-failure pregnancy",
    "confirm": "breastfeeding cns-depressant epilepsy psychiatric-illness suicide-risk parkinson stroke dementia falls"
    " opioid-use-disorder past-peptic-ulcer planning-pregnancy kidney-transplant"
    " respiratory-impairment sleep-apnoea porphyria autonomic-dysreflexia uses-spasticity-for-posture",
    "caution": "gabapentinoid antipsychotic sedating-antihistamine mild-sedative calcium-channel-blocker bp-lowering"
    " pde5-inhibitor nitrate prostacyclin tricyclic sedating-antidepressant maoi levodopa dopamine-agonist antiseizure lithium"
    " memantine nsaid cannabinoid alcohol raynaud-provoking kidney-harming hypertension hypotension asthma"
    " chronic-kidney-disease heart-failure operation-soon ovarian-cyst"
    " diabetes hepatic-impairment urinary-retention systemic-sclerosis lupus",
}
FILES = ("medicines", "conditions", "therapies", "trials", "questions", "next_steps", "side_effects", "emergency")
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
    texts = [one.finding for one in reader.medicines().classes.values() if one.finding]
    for text in (*texts, *(one.finding for one in reader.conditions().by_id.values())):
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
    ("side_effects", "percent_to = 63", "percent_to = 9", "percent_from is above percent_to; mend one"),
    ("side_effects", "percent_to = 63", "percent_to = 101", "percent_to: needs 0 to 100, has 101"),
    ("side_effects", 'id = "dizzy"', 'id = "sleepy"', "sleepy stands twice; keep one"),
    ("emergency", 'number = "999"', 'number = "112"', "112 stands twice; keep one"),
    (
        "medicines",
        "severity = 'stop'",
        "severity = 'halt'",
        r"class\[1\].severity: needs one of stop, confirm, caution, none",
    ),
    (
        "medicines",
        "source = 'S-UKPIL'",
        "source = 'S-UKPIP'",
        "source S-UKPIP is not in sources.toml; did you mean S-UKPIL?",
    ),
    (
        "medicines",
        "id = 'lithium'",
        "id = 'lithium'\nkidneyrisk = true",
        "kidneyrisk: unknown key; did you mean kidney_risk?",
    ),
    ("medicines", "atc = 'N05AN'", "atc = 'N5AN'", "needs the form"),
    (
        "medicines",
        "generic = 'memantine'",
        "generic = 'memantine,  galantamine'",
        "part names by a comma and one blank",
    ),
    ("medicines", "generic = 'memantine'", "generic = 'memantine, Memantine'", "memantine stands twice; keep one"),
    ("medicines", "[codes]\n", "[codex]\n", "codex: unknown key; did you mean codes?"),
    (
        "medicines",
        "nitrate = 'nitrate",
        "nitrate = 'nitrite",
        "nitrite is no class and no generic name; did you mean nitrate?",
    ),
    (
        "medicines",
        "class = 'low-dose-aspirin'\n",
        "class = 'nsaid'\n",
        "low_dose.aspirin: needs a generic name and a class that raises nothing",
    ),
    ("medicines", "most_mg = 100\n", "most_mg = '100'\n", "most_mg: needs a number, has text"),
    (
        "medicines",
        "implies_only = 'phenobarbital",
        "implies_only = 'phenobarbitol",
        "phenobarbitol is no generic name of the class; did you mean phenobarbital?",
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
        ".short: has 114 characters; 90 fit one line",
    ),
    ("medicines", "id = 'maoi'", "id = 'tricyclic'", "class: tricyclic stands twice; keep one"),
    (
        "medicines",
        "code = 'none'\nseverity = 'none'\n",
        "code = 'none'\nseverity = 'none'\nshort = '{typed}: fine'\n",
        "needs short and message if and only if it raises something",
    ),
    ("brands", "\nbaclofen: ", "\nbaclofen ", "needs the form `what it stands for: name, name`"),
    ("names", "[synonyms]", "[synonym]", "synonym: unknown key; did you mean synonyms?"),
    ("everyday", "brain = '''", "brains = '''", "brains: unknown key; did you mean brain?"),
    ("conditions", "name = 'porphyria'\n", "", "missing key name; add it"),
    (
        "conditions",
        "also = '''\nsle, ",
        "also = '''\nsle, scleroderma, ",
        "condition: scleroderma names two illnesses; keep one",
    ),
    (
        "conditions",
        "severity = 'caution'",
        "severity = 'none'",
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
    (
        "medicines",
        "severity = 'none'\natc = 'B01AC06'",
        "severity = 'none'\ngeneric = 'codeine'\natc = 'B01AC06'",
        "codeine raises something in one class and nothing in another; keep the first",
    ),
    ("conditions", "ckd-1: 1, i,", "ckd-9: 1, i,", "ckd-9 is no illness; did you mean ckd-4?"),
]


# --- Names that contradict each other in four files ---

NAMES = {f"{name}.toml": raw(name) for name in ("medicines", "names", "everyday", "brands")}
CONTRADICTIONS = [
    (
        "names",
        "furosemide: frusemide",
        "furosemid: frusemide",
        "furosemid is no name of a class or of everyday.toml; did you mean furosemide?",
    ),
    (
        "names",
        "furosemide: frusemide",
        "furosemide: frusemide, diazepam",
        "diazepam stands for furosemide here and for diazepam elsewhere; keep one",
    ),
    (
        "names",
        "codeine + paracetamol: ",
        "codein + paracetamol: ",
        "codein is no name of a class or of everyday.toml; did you mean codeine?",
    ),
    (
        "everyday",
        "simvastatin, ",
        "simvastatin, codeine, ",
        "codeine stands in a class of medicines.toml too; keep that one",
    ),
    (
        "everyday",
        "brain = '''\n",
        "brain = '''\nfluoxetin, ",
        "fluoxetin is no name of a class or of everyday.toml; did you mean fluoxetine?",
    ),
    (
        "brands",
        "\nbaclofen: ",
        "\nbaclofen: Valium, ",
        "Valium stands for diazepam here and for baclofen elsewhere; keep one",
    ),
    (
        "brands",
        "\nopioid = '''\n",
        "\nopioid = '''\nbaclofen: Foo\n",
        "registers.opioid: baclofen is not of the class opioid",
    ),
    ("brands", "whole_only = '''\n", "whole_only = '''\nFoo, ", "whole_only: foo is no brand"),
    ("names", "pairs = '''\n", "pairs = '''\nfoo / codeine, ", "sound_alikes.pairs: foo is not listed"),
    (
        "names",
        "butanediol: 1 4",
        "butanediol: a b c d e f g h i j k, 1 4",
        "a b c d e f g h i j k has more than 10 words",
    ),
    ("names", "butanediol: 1 4 butanediol", "butanediol: 14, 1 4 butanediol", "14 has no letter: a number is a dose"),
    (
        "medicines",
        "named = 'low-dose aspirin'",
        "named = 'low-dose aspirine'",
        "low_dose: low dose aspirine is no name of a class or of everyday.toml",
    ),
]


@pytest.mark.parametrize(("name", "there", "planted", "said"), CONTRADICTIONS)
def test_a_name_that_means_two_things_is_refused_with_its_file(name: str, there: str, planted: str, said: str) -> None:
    file = f"{name}.toml"
    text = NAMES[file].decode()
    assert there in text
    faults = validate.name_faults({**NAMES, file: text.replace(there, planted, 1).encode()})
    assert any(said in fault for fault in faults), faults


def test_the_names_that_ship_contradict_nothing() -> None:
    assert validate.name_faults(NAMES) == []


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
