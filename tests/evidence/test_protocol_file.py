"""A protocol file with a fault in it is refused before it is released: every fault is named, with the file and the line."""

from __future__ import annotations

import csv
import hashlib
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from plans import PROTOCOL, TARGETS

from titrate.evidence import reader, validate
from titrate.evidence.protocol import protocol_of

FOLDER = reader.EVIDENCE
NAME = "protocols/raynaud-2026.12.toml"
TEXT = (FOLDER / NAME).read_text("utf-8")
CITABLE = validate.citable_in(FOLDER)
PINNED = Path(__file__).parents[1] / "vectors" / "released_protocols.csv"
RELEASED = list(csv.DictReader(PINNED.read_text("utf-8").splitlines()))
MISNAMED = "6: schema: needs one of titrate/protocol/1, has titrate/protocol/2; did you mean titrate/protocol/1?"


def faults(text):
    """Return what is wrong with the text of a protocol, a line each."""
    raw = text if isinstance(text, bytes) else text.encode()
    found = validate.faults(NAME, raw, CITABLE)
    assert found
    return found


def line_with(text, words):
    """Return the number of the only line that holds these words."""
    (number,) = [number for number, line in enumerate(text.split("\n"), 1) if words in line]
    return number


def planted(old, new):
    assert TEXT.count(old) >= 1, old
    return TEXT.replace(old, new, 1)


@pytest.mark.parametrize("row", RELEASED, ids=lambda row: row["file"])
def test_a_released_protocol_is_never_edited(row):
    raw = (FOLDER / "protocols" / row["file"]).read_bytes()
    assert hashlib.sha256(raw).hexdigest() == row["sha256"]


def test_every_protocol_that_ships_is_released():
    assert {row["file"] for row in RELEASED} == {path.name for path in (FOLDER / "protocols").glob("*.toml")}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('drug = "baclofen"\n', "", "1: top level: missing key drug; add it"),
        ('drug = "baclofen"', 'drug = "baclofen"\ndrugs = "x"', "12: drugs: unknown key; did you mean drug?; remove or rename it"),
        ('version = "2026.12"', 'version = "11"', r"8: version: needs the form \d{4}\.\d{2}, has 11"),
        ('schema = "titrate/protocol/1"', 'schema = "titrate/protocol/2"', MISNAMED),
        ('morning = "08:00"', 'morning = "25:00"', "{}: slots.morning: needs the form ([01]\\d|2[0-3]):[0-5]\\d, has 25:00"),
        ('name = "G3b"', 'name = "G3c"', "{}: band[4].name: needs one of G1-G2, G2, G3a, G3b, G4, G5, has G3c; did you mean G3b?"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_named_with_its_line(old, new, said):
    text = planted(old, new)
    line = line_with(text, new.split("\n")[0]) if "{}" in said else 0
    assert [f"{NAME}:{said.format(line) if line else said}"] == faults(text)


def test_a_missing_key_in_a_row_is_found_at_the_row():
    text = planted("hold_days = 4\n", "")
    assert faults(text) == [f"{NAME}:{line_with(text, 'first_day = 4') - 1}: step[2]: missing key hold_days; add it"]


def test_an_unlisted_source_is_named_with_the_nearest():
    text = planted('"S-MUANDA"]', '"S-MUANDO"]')
    (said,) = faults(text)
    line = line_with(text, "S-MUANDO")
    assert said == f"{NAME}:{line}: band[3].cite: source S-MUANDO is not in sources.toml; did you mean S-MUANDA?"


def test_a_number_whose_cite_is_taken_out_is_named():
    lines = TEXT.split("\n")
    for number, line in enumerate(lines):
        if not line.startswith("cite = "):
            continue
        said = faults("\n".join(lines[:number] + lines[number + 1 :]))
        assert any("missing key cite; add it" in fault for fault in said), line
        table_has_number = not line_is_wordy(lines, number)
        assert any("a number without a cite" in fault for fault in said) == table_has_number, line


def line_is_wordy(lines, number):
    """Whether the table that ends with the cite on this line holds text only: gates and slots."""
    header = next(line for line in reversed(lines[:number]) if line.startswith("["))
    return header.startswith(("[gates", "[slots"))


def numbers(data, path=()):
    """Every number in a file, with its path."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from numbers(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from numbers(value, (*path, index))
    elif isinstance(data, (int, Decimal)) and not isinstance(data, bool):
        yield path


def test_every_number_in_every_evidence_file_is_cited():
    counted = 0
    for file in FOLDER.rglob("*.toml"):
        data = tomllib.loads(file.read_text("utf-8"), parse_float=Decimal)
        for path in numbers(data):
            at, cited = data, False
            for key in path:
                cited = cited or (isinstance(at, dict) and "cite" in at)
                at = at[key]
            assert cited, f"{file.name}: {path}"
            counted += 1
    assert counted > 90


@pytest.mark.parametrize("words", ["nan", "inf", "-5", "1e400", '"5"', "true", "[5]", "401"])
def test_a_rule_that_is_no_number_in_range_is_refused(words):
    text = planted('One rise"\nvalue = 5', f'One rise"\nvalue = {words}')
    said = faults(text)
    assert any(
        fault.startswith(f"{NAME}:{line_with(text, '[rules.rise_mg]') + 3}: rules.rise_mg.value: ") for fault in said
    )


def test_a_key_that_stands_twice_is_refused_with_its_line():
    text = planted('id = "raynaud"', 'id = "raynaud"\nid = "other"')
    (said,) = faults(text)
    assert said.startswith(f"{NAME}: not TOML: ")
    assert "line 8" in said


def test_a_table_that_stands_twice_is_refused():
    (said,) = faults(TEXT + "\n[rules.rise_mg]\nvalue = 5\n")
    assert said.startswith(f"{NAME}: not TOML: ")


@pytest.mark.parametrize(
    ("raw", "byte"), [(TEXT.encode("utf-16"), 0), (b"a = 1 # \xe9", 8), (TEXT.encode()[:200] + b"\xff", 200)]
)
def test_a_file_that_is_not_utf_8_is_refused_with_the_byte(raw, byte):
    assert faults(raw) == [f"{NAME}: not UTF-8 at byte {byte}; save the file as UTF-8"]


def test_a_truncated_file_is_refused():
    for length in range(0, len(TEXT), 997):
        assert faults(TEXT[:length])


def test_all_faults_are_named_at_once_in_the_order_of_the_lines():
    text = planted('drug = "baclofen"', 'drug = ""').replace("hold_days = 3", 'hold_days = "3"')
    text = text.replace("ceiling_mg = 5\n", "ceiling_mg = nan\n").replace('"S-ELHUS", "S-VLAV"', '"S-NOBODY"')
    said = faults(text)
    lines = [int(fault.split(":")[1]) for fault in said]
    assert len(said) == 4
    assert lines == sorted(lines)
    assert [fault.split(": ")[1] for fault in said] == [
        "drug",
        "step[1].hold_days",
        "band[5].ceiling_mg",
        "rules.slow_start_days.cite",
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("first_day = 4", "first_day = 5", "step: first days [1, 5, 8] are not what the hold days give, [1, 4, 8]; mend one"),
        ("hold_days = 4", "hold_days = 5", "step: first days [1, 4, 8] are not what the hold days give, [1, 4, 9]; mend one"),
        ("{ morning = 10, midday = 5, evening = 10 }", "{ morning = 10, midday = 10, evening = 10 }", "each rise must be 5 mg"),
        ('One rise"\nvalue = 5', 'One rise"\nvalue = 10', "each rise must be 10 mg"),
        ('ever planned"\nvalue = 30', 'ever planned"\nvalue = 35', "the last dose 30 mg is not the cap 35 mg"),
        ('ever planned"\nvalue = 30', 'ever planned"\nvalue = 25', "the last dose 30 mg is not the cap 25 mg"),
        ("from = 45", "from = 60", "band: must fall from the highest to one from 0"),
        ("from = 45", "from = 61", "band: must fall from the highest to one from 0"),
        ("from = 0\n", "from = 1\n", "band: must fall from the highest to one from 0"),
        ("default_target_mg = 10\nceiling_mg = 15", "default_target_mg = 15\nceiling_mg = 10", "band[3]: target and ceiling must be doses"),
        ("default_target_mg = 10\nceiling_mg = 15", "default_target_mg = 12\nceiling_mg = 15", "band[3]: target and ceiling must be doses"),
        ("ceiling_mg = 30", "ceiling_mg = 35", "band[1]: target and ceiling must be doses"),
        ('name = "G3b"', 'name = "G3a"', "band: G3a stands twice; rename one"),
        ('label = "One planned fall"', 'label = "One rise"', "rules: One rise labels two rules; reword one"),
        ('label = "One planned fall"\n', "", "rules.fall_mg: missing key label; add it"),
        ("from = 80\n", "from = 81\n", "band[1]: must begin at 80, where exposure rises; mend one"),
        ("default_target_mg = 5\nceiling_mg = 5", "default_target_mg = 0\nceiling_mg = 5", "band[5]: target and ceiling must both be 0, or neither"),
        ("mg = 15\nhalves", "mg = 10\nhalves", "tablet: 10 mg stands twice; leave one out"),
        ("stay on {present} mg", "stay on {now} mg", "gates.tolerated: only {present} may stand in braces; mend the text"),
        ("default_target_mg = 5\nceiling_mg = 10", "default_target_mg = 5\nceiling_mg = 20", "band[4]: a weaker kidney cannot"),
        ('hold_days = 4\ngate = "tolerated"', 'hold_days = 4\ngate = "tolerate"', "did you mean tolerated?"),
    ],
)  # fmt: skip
def test_numbers_that_contradict_each_other_are_refused(old, new, said):
    assert any(said in fault for fault in faults(planted(old, new)))


def test_a_gate_that_the_program_does_not_know_is_refused_by_name():
    renamed = TEXT.replace("[gates.prescriber]", "[gates.doctor]").replace('gate = "prescriber"', 'gate = "doctor"')
    assert faults(renamed) == [
        f"{NAME}:{line_with(renamed, '[gates.doctor]')}: gates.doctor: the program does not know such a gate; name it tolerated or prescriber"
    ]


def test_two_neighbouring_bands_may_have_one_ceiling():
    text = planted("default_target_mg = 5\nceiling_mg = 10", "default_target_mg = 5\nceiling_mg = 15")
    assert validate.faults(NAME, text.encode(), CITABLE) == []
    bands = protocol_of(reader.parse(text.encode()), b"").bands
    assert [int(band.ceiling) for band in bands] == [30, 20, 15, 15, 5, 0]


def test_a_file_that_is_not_called_what_it_is_is_refused():
    said = validate.faults("protocols/raynaud-2027.01.toml", TEXT.encode(), CITABLE)
    assert said == [
        "protocols/raynaud-2027.01.toml:8: version: raynaud 2026.12 is not what the file is called; rename one"
    ]


def test_the_ladder_bands_and_rules_are_those_of_the_file():
    assert [int(rung.total) for rung in PROTOCOL.ladder] == list(TARGETS)
    assert [rung.hold_days for rung in PROTOCOL.ladder] == [3, 4, 7, 7, 7, 7]
    assert [(b.name, int(b.low), int(b.default_target), int(b.ceiling), b.slow_start) for b in PROTOCOL.bands] == [
        ("G1-G2", 80, 15, 30, False),
        ("G2", 60, 15, 20, False),
        ("G3a", 45, 10, 15, False),
        ("G3b", 30, 5, 10, True),
        ("G4", 15, 5, 5, False),
        ("G5", 0, 0, 0, False),
    ]
    assert all(isinstance(mg, Decimal) for rung in PROTOCOL.ladder for mg in (rung.total, *[d.mg for d in rung.doses]))


# Copied by hand from the rules: a number that moves in the file moves here only by hand.
RULES = {
    "cap_mg_per_day": 30, "rise_mg": 5, "fall_mg": 5, "fall_days": 7, "taper_last_days": 7, "check_in_days": 3,
    "slow_start_days": 7, "review_days": 14, "default_days": 28, "longest_days": 366, "slot_gap_hours": 4,
    "egfr_highest": 200, "exposure_caution_below": 80, "near_cut_off": 3, "adult_age": 18, "oldest_age": 120,
    "older_age": 65, "weight_needed_age": 75, "weight_lowest": 25, "weight_highest": 300, "older_kidney_below": 60,
    "egfr_questioned_above": 130, "egfr_questioned_below": 5, "weight_low_below": 50, "kidney_fall_below": 45,
    "cns_active_with": 3, "cns_depressants_together": 2, "pregnancy_age_from": 12, "pregnancy_age_to": 55,
    "creatinine_questioned_below": Decimal("0.5"), "high_target_above": 20, "start_far_days": 365, "test_old_days": 90,
    "test_old_days_at_risk": 30, "kidney_fall_one_in": 3, "large_fall_mg": 10, "watch_days": 4,
    "missed_skip_hours": 2, "missed_all_hours": 24, "missed_evenings": 2,
}  # fmt: skip


def test_every_rule_has_the_number_of_the_clinical_rules():
    assert PROTOCOL.rules._asdict() == RULES
