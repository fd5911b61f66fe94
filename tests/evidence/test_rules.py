"""The rule book says what the program does: its tables and numbers are the protocol's, and every tool rule stands in it."""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal
from itertools import accumulate

import pytest

from titrate.evidence import reader, validate
from titrate.export.evidence import rules as rule_page
from titrate.export.evidence.page import json_document
from titrate.model import SEVERITIES, SLOTS, Rules

PROTOCOL = reader.protocol()
BOOK = {section.name: section.text for section in reader.rules()}
WHOLE_BOOK = " ".join(" ".join(BOOK.values()).split())
# Where the book says the number of each rule; every rule of the protocol is here.
SENTENCES = {
    "cap_mg_per_day": "Nothing goes above the cap of {} mg a day.",
    "rise_mg": "A rise is {} mg.",
    "fall_mg": "A planned fall is {} mg and comes",
    "fall_days": "comes at least {} days after any fall before it",
    "taper_last_days": "down by rule 3 to 5 mg, which is taken for {} days",
    "check_in_days": "a check-in {} days after the last dose",
    "slow_start_days": "5 mg is taken for {} days before a rise",
    "review_days": "The plan looks again {} days after the last planned change of dose.",
    "default_days": "A plan is {} days long unless asked otherwise",
    "longest_days": "It is never longer than {} days.",
    "slot_gap_hours": "at least {} hours apart",
    "high_target_above": "A target above {} mg a day is said (high-target).",
    "large_fall_mg": "A fall of more than {} mg in one day",
    "egfr_highest": "An eGFR is read from 0 to {}.",
    "exposure_caution_below": "and so does one below {}: there the same dose acts about 1.5 times",
    "near_cut_off": "A value within {} of a cut-off",
    "adult_age": "Adults are {} and over",
    "oldest_age": "An age is read up to {} completed years",
    "older_age": "the rules for older people hold from age {}",
    "weight_needed_age": "From age {} a prescriber must confirm a result without creatinine clearance",
    "weight_lowest": "a weight from {} to 300 kg",
    "weight_highest": "a weight from 25 to {} kg",
    "older_kidney_below": "A gabapentinoid must be confirmed below a kidney value of {}",
    "egfr_questioned_above": "A reported eGFR above {} may be the creatinine in umol/L",
    "creatinine_questioned_below": "what CKD-EPI 2021 gives at a creatinine of {} mg/dL",
    "egfr_questioned_below": "Where a reported eGFR is under {} the refusal asks",
    "weight_low_below": "and so where a weight below {} kg is given",
    "kidney_fall_below": "and a value under {} after it as a fall of unknown size",
    "cns_active_with": "Baclofen counted, {} or more medicines that act on the brain",
    "cns_depressants_together": "and {} or more depressants of the brain beside it",
    "pregnancy_age_from": "for ages from {} to 55",
    "pregnancy_age_to": "for ages from 12 to {},",
    "start_far_days": "one more than {} days away",
    "test_old_days": "A blood test more than {} days old",
    "test_old_days_at_risk": "test-old: {} days where a medicine that can change kidney function is taken",
    "kidney_fall_one_in": "A fall of the value by one part in {} or more",
    "watch_days": "Watch closely on days 1 to {}, and for",
    "missed_skip_hours": "due in less than {} hours, skip the missed one",
    "missed_all_hours": "Every dose missed for {} hours",
    "missed_evenings": "or {} evenings in a row on one dose a day",
}


def table(name: str) -> list[list[str]]:
    """Return the rows of the table of a section, without its header."""
    rows = [line.strip("| ").split(" | ") for line in BOOK[name].splitlines() if line.startswith("|")]
    return rows[2:]


def test_every_section_has_a_name_of_its_own() -> None:
    assert len(BOOK) == len(reader.rules())
    assert all(BOOK[name] for name in BOOK)


def test_every_tool_rule_stands_in_a_section_that_exists() -> None:
    named = {
        line
        for file in reader.EVIDENCE.rglob("*.toml")
        for line in re.findall(r'source = "TOOL", at = "([^"]*)"', file.read_text("utf-8"))
    }
    assert len(named) > 15
    assert named <= {*BOOK} == validate.citable_in(reader.EVIDENCE).sections


def test_the_schedule_is_that_of_the_protocol() -> None:
    starts = accumulate((rung.hold_days for rung in PROTOCOL.ladder), initial=1)
    rungs = []
    for start, rung in zip(starts, PROTOCOL.ladder, strict=False):
        doses = {dose.slot: f"{dose.mg:f}" for dose in rung.doses}
        rungs.append([str(start), *(doses.get(slot, "-") for slot in SLOTS), f"{rung.total:f}"])
    days = [re.findall(r"\d+", row[1])[0] for row in table("rules: protocol")]
    climb = [[day, *row[2:]] for day, row in zip(days, table("rules: protocol"), strict=True)]
    assert climb + table("rules: protocol, above 15 mg a day") == rungs
    assert [row[1] for row in table("rules: protocol")] == ["1 to 3", "4 to 7", "from 8"]


def test_the_bands_and_their_ceilings_are_those_of_the_protocol() -> None:
    lows = [band.low for band in PROTOCOL.bands]
    spans = [f"{lows[0]} and over"]
    spans += [
        f"{low} to under {above}" if low else f"under {above}" for above, low in zip(lows, lows[1:], strict=False)
    ]
    assert table("rules: kidney function") == [
        [band.name, span, f"{band.default_target:f}", f"{band.ceiling:f}"]
        for band, span in zip(PROTOCOL.bands, spans, strict=True)
    ]
    titles = [section.title for section in reader.rules() if section.name.startswith("rules: kidney function, ")]
    assert titles == [f"{band.name}: {span}" for band, span in zip(PROTOCOL.bands, spans, strict=True)]


def test_every_rule_of_the_protocol_is_in_this_list() -> None:
    assert {*SENTENCES} == {*Rules._fields}


@pytest.mark.parametrize("rule", SENTENCES)
def test_the_book_says_the_number_of_the_protocol(rule: str) -> None:
    said = re.findall(re.escape(SENTENCES[rule]).replace(r"\{\}", r"([\d.]+)"), WHOLE_BOOK)
    assert said
    assert {Decimal(number.rstrip(".")) for number in said} == {getattr(PROTOCOL.rules, rule)}


def test_slots_and_tablets_are_those_of_the_protocol() -> None:
    morning, midday, evening = (f"{slot:%H:%M}" for slot in PROTOCOL.slots)
    assert f"The slots are {morning}, {midday} and {evening} unless others are given." in WHOLE_BOOK
    *most, last = (f"{tablet.mg:f}" for tablet in PROTOCOL.tablets)
    assert f"Tablets of {', '.join(most)} and {last} mg exist." in WHOLE_BOOK
    assert f"Only those of {' and '.join(f'{t.mg:f}' for t in PROTOCOL.tablets if t.halves)} mg may be" in WHOLE_BOOK


def test_the_codes_of_screening_are_those_of_the_evidence() -> None:
    found: dict[str, set[str]] = {severity: set() for severity in SEVERITIES}
    texts = [*reader.finding_texts().values(), *(condition.finding for condition in reader.conditions().by_id.values())]
    for text in (*texts, *(one.finding for one in reader.medicines().classes.values() if one.finding)):
        found[text.severity].add(text.code)
    listed = {row[0]: set(re.sub(r" \([^)]*\)", "", row[1]).split(", ")) for row in table("rules: screening")}
    assert listed == found


def test_a_table_stands_last_in_its_section_and_no_section_has_two() -> None:
    for text in BOOK.values():
        lines = text.splitlines()
        first = next((number for number, line in enumerate(lines) if line.startswith("|")), len(lines))
        assert all(line.startswith("|") for line in lines[first:])
        assert text.count("| --- |") <= 1 or text.count("\n| --- ") == 1


def test_no_word_of_the_book_is_lost_on_the_page() -> None:
    page = rule_page.rules(reader.rules()).page
    shown = " ".join([page.title, *page.lead])
    for section in page.sections:
        assert hasattr(section, "columns")
        cells = [part.text for row in section.rows for cell in row for part in cell]
        shown += " ".join([" ", section.title, *section.lead, *section.columns, *cells])
    written = re.sub(r"^#+ |^\| ---.*$|\|", " ", reader.read("rules.md").decode().replace("`", ""), flags=re.MULTILINE)
    assert Counter(shown.split()) == Counter(written.split())


def test_the_document_has_every_section_under_the_name_that_a_cite_gives() -> None:
    document = json.loads(json_document(rule_page.rules(reader.rules())))
    assert list(document) == ["schema", "topic", "sections", "sources"]
    assert (document["schema"], document["topic"], document["sources"]) == ("titrate/evidence/1", "rules", [])
    assert {section["name"]: section["text"] for section in document["sections"]} == BOOK
    assert document["sections"][0]["name"] == "rules"
