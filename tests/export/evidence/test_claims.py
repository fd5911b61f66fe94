from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from titrate.evidence import reader, review
from titrate.export.evidence import claims as claim_pages
from titrate.export.evidence import protocol, values
from titrate.export.evidence.page import Checklist, Section, Topic, json_document, markdown
from titrate.export.terminal.console import rendered
from titrate.export.terminal.evidence import layout

KNOWN = reader.sources()
PROTOCOL = reader.protocol()
ENTRIES = review.entries(PROTOCOL, KNOWN)
FILES = review.files(KNOWN)
EVERY = (*ENTRIES, *(entry for file in FILES for entry in file.entries))
TOPICS = {
    "therapies": claim_pages.therapies(reader.therapies(), reader.reasons_to_try(), KNOWN),
    "trials": claim_pages.trials(reader.trials(), KNOWN),
    "questions": claim_pages.questions(reader.questions(), KNOWN),
    "next-steps": claim_pages.next_steps(reader.next_steps(), KNOWN),
    "sources": claim_pages.sources(KNOWN.values()),
    "protocol": protocol.protocol(PROTOCOL, ENTRIES, KNOWN),
    "review": protocol.protocol(PROTOCOL, ENTRIES, KNOWN, review=True, files=FILES),
}
every_topic = pytest.mark.parametrize("topic", TOPICS.values(), ids=TOPICS)


def read(topic: Topic) -> Any:
    return json.loads(json_document(topic))


def words(topic: Topic) -> Counter[str]:
    texts = [topic.page.title, *topic.page.lead]
    for section in topic.page.sections:
        texts.append(section.title)
        if isinstance(section, Section):
            texts += [*section.lead, *(part.text for row in section.rows for cell in row for part in cell)]
        elif isinstance(section, Checklist):
            texts += [
                text for check in section.checks for text in (check.name, check.ground, *check.boxes, *check.look_up)
            ]
    return Counter(word for text in texts for word in text.split())


@every_topic
@pytest.mark.parametrize("width", [200, 100, 60, 20])
def test_no_word_of_a_topic_is_lost_and_only_addresses_and_fingerprints_are_folded(topic: Topic, width: int) -> None:
    text = rendered(layout(topic), width=width)
    expected = words(topic)
    assert not Counter("".join(expected.elements())) - Counter(text)
    folded = Counter({word: count for word, count in expected.items() if len(word) <= min(16, width - 10)}) - Counter(
        text.split()
    )
    assert not folded
    assert max(map(len, text.splitlines())) <= width


@every_topic
def test_a_topic_holds_no_control_character_in_any_layout(topic: Topic) -> None:
    for data in (rendered(layout(topic), width=100).encode(), markdown(topic), json_document(topic)):
        assert [c for c in data.decode() if not c.isprintable() and c != "\n"] == []


@every_topic
def test_the_same_topic_gives_the_same_bytes(topic: Topic) -> None:
    assert json_document(topic) == json_document(topic)
    assert rendered(layout(topic), width=77) == rendered(layout(topic), width=77)


@pytest.mark.parametrize("name", ["therapies", "trials", "questions", "next-steps", "protocol"])
def test_at_100_columns_every_topic_is_a_table(name: str) -> None:
    tables = [section for section in TOPICS[name].page.sections if isinstance(section, Section)]
    assert rendered(layout(TOPICS[name]), width=100).count("─" * 60) == len(tables)


@pytest.mark.parametrize("name", ["therapies", "trials", "questions", "next-steps"])
def test_every_claim_carries_its_grade_and_its_source_and_a_reason_unless_confirmed(name: str) -> None:
    document = read(TOPICS[name])
    lists = [document[key] for key in document if key not in {"schema", "topic", "sources"}]
    rows = [row for rows in lists for row in rows]
    claims = [claim for row in rows for claim in row.get("claims", [row])]
    assert len(claims) >= 5
    known = {source["id"] for source in document["sources"]}
    for claim in claims:
        assert claim["grade"] in {"confirmed", "disputed", "not confirmed"}
        assert (claim["reason"] is None) == (claim["grade"] == "confirmed")
        assert (claim["ground"]["quote"] is None) != (claim["ground"]["rule"] is None)
        assert claim["ground"]["ids"]
        for ground in claim["grade_from"]:
            assert known >= set(ground["ids"])
            assert ground["quote"] or ground["rule"]
        assert known >= set(claim["ground"]["ids"])


def test_the_keys_of_a_document_keep_their_order() -> None:
    keys = {name: list(read(topic)) for name, topic in TOPICS.items()}
    facts = ["id", "version", "title", "drug", "indication", "reviewed_by", "file", "sha256", "entries"]
    assert keys == {
        "therapies": ["schema", "topic", "therapies", "reasons_to_try", "sources"],
        "trials": ["schema", "topic", "trials", "sources"],
        "questions": ["schema", "topic", "questions", "sources"],
        "next-steps": ["schema", "topic", "next_steps", "sources"],
        "sources": ["schema", "topic", "sources"],
        "protocol": ["schema", "topic", *facts, "sources"],
        "review": ["schema", "topic", *facts, "files", "how_to_sign", "how_to_release", "sources"],
    }
    trial = read(TOPICS["trials"])["trials"][0]
    told = ["id", "name", "kind", "design", "dose", "people", "result", "grade", "reason", "ground", "grade_from"]
    assert list(trial) == told
    assert list(trial["ground"]) == ["source", "ids", "quote", "rule"]


def test_the_dose_of_80_mg_is_disputed_because_the_article_itself_stops_at_30() -> None:
    baclofen = next(row for row in read(TOPICS["therapies"])["therapies"] if row["id"] == "baclofen")
    dose = next(claim for claim in baclofen["claims"] if "80 mg" in claim["says"] and claim["found_by"] == "article")
    assert dose["grade"] == "disputed"
    assert "30 mg a day" in dose["reason"]


def test_no_study_of_the_article_is_called_confirmed() -> None:
    trials = read(TOPICS["trials"])["trials"]
    assert {trial["grade"] for trial in trials} == {"not confirmed", "disputed"}
    assert all("No such publication could be found" in trial["reason"] for trial in trials)


def test_what_confirms_a_claim_is_told_in_full() -> None:
    text = " ".join(markdown(TOPICS["therapies"]).decode().split())
    assert "S-FDA-TAB, adverse reactions: transient drowsiness in 10 to 63 %" in text


def test_a_quote_stands_in_quotation_marks_and_is_told_apart_from_our_words() -> None:
    quoted = "not indicated in the treatment of skeletal muscle spasm resulting from rheumatic disorders"
    assert f'S-FDA-SUSP, indications: "{quoted}"' in markdown(TOPICS["questions"]).decode()
    approved = read(TOPICS["questions"])["questions"][0]
    assert approved["ground"]["quote"] == quoted
    assert approved["ground"]["rule"] is None


def test_every_source_says_how_it_was_read() -> None:
    text = markdown(TOPICS["sources"]).decode()
    told = [
        text.count(f"{how}.")
        for how in ("Read at the source itself (V1)", "Read in a copy or summary (V2)", "Not opened")
    ]
    told[2] -= text.count("Not opened (recalled).")
    rows = [source for source in KNOWN.values() if source.id != claim_pages.PROJECT]
    assert told == [sum(source.read == how for source in rows) for how in ("V1", "V2", "recalled")]
    assert len(read(TOPICS["sources"])["sources"]) == len(KNOWN)


def test_the_fingerprint_is_that_of_the_released_file() -> None:
    file = Path(reader.EVIDENCE) / "protocols" / read(TOPICS["protocol"])["file"]
    assert read(TOPICS["protocol"])["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_protocol_says_that_nobody_has_reviewed_it() -> None:
    for name in ("protocol", "review"):
        for data in (rendered(layout(TOPICS[name]), width=100).encode(), markdown(TOPICS[name])):
            assert "not yet reviewed by a prescriber" in data.decode()


def test_the_climb_says_from_which_day_each_dose_is_taken() -> None:
    sections = {section.title: section for section in TOPICS["protocol"].page.sections if isinstance(section, Section)}
    climb = [[" ".join(part.text for part in cell) for cell in row][:6] for row in sections["The climb"].rows]
    assert climb == [
        ["Day 1", "-", "-", "5 mg", "5 mg", "3 days"],
        ["Day 4 gate: tolerated", "5 mg", "-", "5 mg", "10 mg", "4 days"],
        ["Day 8 gate: tolerated", "5 mg", "5 mg", "5 mg", "15 mg", "7 days"],
    ]
    above = sections["Above the last step, only when a target asks for it"]
    assert [[cell[0].text for cell in row][:5] for row in above.rows] == [
        ["Day 15", "5 mg", "5 mg", "10 mg", "20 mg"],
        ["Day 22", "10 mg", "5 mg", "10 mg", "25 mg"],
        ["Day 29", "10 mg", "10 mg", "10 mg", "30 mg"],
    ]


def test_the_kidney_bands_are_told_with_both_ends() -> None:
    sections = {section.title: section for section in TOPICS["protocol"].page.sections if isinstance(section, Section)}
    assert [[cell[0].text for cell in row][:4] for row in sections["Kidney bands"].rows] == [
        ["G1-G2", "80 and over", "15 mg a day", "30 mg a day"],
        ["G2", "60 to under 80", "15 mg a day", "20 mg a day"],
        ["G3a", "45 to under 60", "10 mg a day", "15 mg a day"],
        ["G3b", "30 to under 45", "5 mg a day (slow start)", "10 mg a day"],
        ["G4", "15 to under 30", "5 mg a day", "5 mg a day"],
        ["G5", "under 15", "0 mg a day", "0 mg a day"],
    ]


def test_a_review_has_a_box_for_every_value_of_every_file_that_is_signed() -> None:
    count = sum(len(entry.values) for entry in EVERY)
    assert count > sum(len(entry.values) for entry in ENTRIES) > 100
    assert markdown(TOPICS["review"]).decode().count("\n- [ ] ") == count
    for width in (100, 60, 20):
        assert rendered(layout(TOPICS["review"]), width=width).count("[ ] ") == count
    assert f"{count} values to compare" in TOPICS["review"].page.lead[1]


def test_signing_is_a_new_file_with_a_name_and_a_date() -> None:
    text = " ".join(read(TOPICS["review"])["how_to_release"])
    assert "raynaud-2026.12.toml" in text
    assert 'reviewed_by = "name, profession, YYYY-MM-DD"' in text
    december = PROTOCOL._replace(version="2026.12")
    assert "raynaud-2027.01.toml" in " ".join(
        read(protocol.protocol(december, (), KNOWN, review=True))["how_to_release"]
    )


def test_a_value_is_told_as_a_reader_says_it() -> None:
    told = {value.path: values.value_words(value) for entry in ENTRIES for value in entry.values}
    assert told["rules", "cap_mg_per_day", "value"] == "30 mg a day"
    assert told["rules", "kidney_fall_one_in", "value"] == "3 (a fall by one part in this many or more)"
    assert told["tablet", 1, "halves"] == "yes"
    assert told["slots", "morning"] == "08:00"
    assert "{" not in " ".join(told.values())
