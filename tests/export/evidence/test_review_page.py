"""The checklist that a prescriber signs tells every number, its ground and where to look it up, and each file's fingerprint."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from titrate.evidence import reader, review
from titrate.export.evidence import protocol
from titrate.export.evidence.page import Checklist, Topic, json_document, markdown
from titrate.export.terminal.console import rendered
from titrate.export.terminal.evidence import layout

KNOWN = reader.sources()
PROTOCOL = reader.protocol()
ENTRIES = review.entries(PROTOCOL, KNOWN)
FILES = review.files(KNOWN)
EVERY = (*ENTRIES, *(entry for file in FILES for entry in file.entries))
REVIEW = protocol.protocol(PROTOCOL, ENTRIES, KNOWN, review=True, files=FILES)


def read(topic: Topic) -> Any:
    return json.loads(json_document(topic))


def test_the_prescriber_signs_without_python_and_the_maintainer_is_told_of_every_file() -> None:
    document = read(REVIEW)
    prescriber, maintainer = " ".join(document["how_to_sign"]), " ".join(document["how_to_release"])
    for word in (".toml", ".py", "python", "titrate", "NEWEST", "sha256", "tests"):
        assert word not in prescriber
    for word in (
        "NEWEST in titrate/evidence/reader.py",
        "tests/vectors/released_protocols.csv",
        "tests/vectors/signed_files.csv",
        "CHANGELOG.md",
        "python examples/make.py",
        "the tests",
    ):
        assert word in maintainer
    for page in (rendered(layout(REVIEW), width=100), markdown(REVIEW).decode()):
        assert page.index("How to sign: the prescriber") < page.index("How to release what was signed: the maintainer")


def test_a_review_names_every_file_that_is_signed_with_its_fingerprint() -> None:
    files = {"protocols/raynaud-2026.12.toml", "kidney.toml", "findings.toml", "medicines.toml", "conditions.toml"}
    for name in files:
        fingerprint = hashlib.sha256((reader.EVIDENCE / name).read_bytes()).hexdigest()
        line = f"File {Path(name).name}, sha256 {fingerprint}"
        assert line in REVIEW.page.lead
        assert line in rendered(layout(REVIEW), width=100).split("\n")
    told = {file["file"]: file["sha256"] for file in read(REVIEW)["files"]}
    assert told == {file.name: file.sha256 for file in FILES}


def test_under_every_number_stands_the_title_and_the_address_of_each_source_that_it_names() -> None:
    checks = [check for part in REVIEW.page.sections if isinstance(part, Checklist) for check in part.checks]
    assert len(checks) == len(EVERY)
    for check, entry in zip(checks, EVERY, strict=True):
        named = [one for one in KNOWN.values() if one.id in re.findall(r"S-[A-Z0-9-]+", entry.ground.line)]
        assert check.look_up == tuple(f"Look up {one.id}: {one.title}; {one.where}" for one in named)
    text = " ".join(rendered(layout(REVIEW), width=60).split())
    nhs = KNOWN["S-NHS-HOW"]
    assert f"10 mg tablet; 5 mg is half a tablet Look up S-NHS-HOW: {nhs.title}; {nhs.where} [ ]" in text


def test_a_quote_in_a_review_stands_in_quotation_marks_and_our_words_do_not() -> None:
    raw = PROTOCOL.raw.decode().replace('rule = "10 mg tablet; 5 mg is half a tablet"', 'quote = "half"').encode()
    quoting = PROTOCOL._replace(raw=raw)
    text = markdown(protocol.protocol(quoting, review.entries(quoting, KNOWN), KNOWN, review=True)).decode()
    assert '**Tablet of 10 mg (line 135)** S-NHS-HOW, dosage: "5mg (half a tablet)"' in text
    assert "**Tablet of 15 mg (line 141)** S-FDA-TAB, strengths: a 15 mg tablet exists\n" in text


def test_a_review_says_that_the_article_is_to_be_opened_beside_it_and_where_it_stands() -> None:
    lead = " ".join(REVIEW.page.lead)
    assert "The sentences of S-ARTICLE are not copied, so its rules are all in our words." in lead
    assert f"Open it beside this list: {KNOWN['S-ARTICLE'].where}." in lead


def test_a_gate_in_a_review_is_told_in_its_own_words_at_each_step_that_has_it() -> None:
    boxes = [
        box
        for part in REVIEW.page.sections
        if isinstance(part, Checklist)
        for check in part.checks
        for box in check.boxes
        if box.startswith("gate: ")
    ]
    stay = "if not, stay on the present dose and call the prescriber"
    assert boxes == [
        *[f"gate: go up only if well tolerated; {stay}"] * 2,
        *[f"gate: go up only if well tolerated and the prescriber agrees; {stay}"] * 3,
    ]


@pytest.mark.parametrize(
    "words",
    [
        "[ ] factor: 142 [ ] kappa, female: 0.7 [ ] kappa, male: 0.9 [ ] alpha, female: -0.241",
        "[ ] age from: 140 years [ ] divisor: 72 [ ] female: 0.85",
        "[ ] 88.4 umol/L in 1 mg/dL",
        "[ ] umol/L, lowest: 18 [ ] umol/L, highest: 1768 [ ] mg/dL, lowest: 0.2 [ ] mg/dL, highest: 20",
        "[ ] code: kidney-severe [ ] severity: confirm",
        "[ ] code: cns-depressant [ ] severity: confirm",
        "[ ] can change kidney function: yes",
        "[ ] class: low-dose-aspirin [ ] at most: 100 mg",
        "[ ] code: pregnancy [ ] severity: stop",
    ],
)
def test_a_review_tells_equations_findings_medicines_and_conditions(words: str) -> None:
    assert words in " ".join(rendered(layout(REVIEW), width=100).split())


def test_a_signed_protocol_says_reviewed_by_whom_on_both_pages() -> None:
    signed = PROTOCOL._replace(reviewed_by="Dr. A. Miller, physician, 2026-12-01")
    for ticked in (False, True):
        text = markdown(protocol.protocol(signed, ENTRIES, KNOWN, review=ticked, files=FILES)).decode()
        assert ": reviewed by Dr. A. Miller, physician, 2026-12-01." in text
        assert "not yet reviewed" not in text
