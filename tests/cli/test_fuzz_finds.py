"""What a fuzz run once found, each as a test of its own."""

from __future__ import annotations

import time

import pytest
from command import CREATED, ID
from fuzz.lines import LONGEST, OBEYED, run

from titrate.batch.row import Settings, plan_row
from titrate.evidence import reader, validate
from titrate.inputs.roster import COLUMNS, Header, Row


def test_a_creatinine_that_is_empty_is_refused_in_a_revision_too() -> None:
    told = run(["revise", "saved.json", "--from", "2026-12-05", "--creatinine", ""])
    assert (told.code, told.err) == (
        2,
        (
            "titrate: --creatinine: nothing is not a creatinine; give it with its unit as the laboratory printed it, "
            "such as 88 umol/L or 1.0 mg/dL\n"
        ),
    )


def test_a_folder_whose_name_is_too_long_is_told_in_one_line() -> None:
    for roster in ("roster.csv", "none.csv"):
        told = run(["batch", roster, "--out", "a" * 11_000])
        assert told.code == 1
        assert told.err.startswith("titrate: ")


def test_an_arabic_letter_mark_is_taken_out_of_what_is_said() -> None:
    told = run(["plan", "--start", "\u061c2026-12-01", "--egfr", "85"])
    assert told.code == 2
    assert not OBEYED.search(told.err)


@pytest.mark.parametrize("value", ["[" * 2000, "9" * 5000, '{a="' * 2000])
def test_a_protocol_that_is_nested_without_end_or_holds_an_endless_number_is_refused_by_name(value: str) -> None:
    raw = reader.protocol().raw.replace(b"value = 30\n", f"value = {value}\n".encode())
    (fault,) = validate.faults("protocols/p.toml", raw, validate.Citable({}, frozenset()))
    assert fault.startswith("protocols/p.toml: not TOML")


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("repeated", ["a", "1", "1,", '{"a":', "5mg ", "&", "a ", "(", "-", "1a", ".", "\u202e", "_"])
def test_a_cell_as_long_as_a_row_may_be_is_read_in_time_whatever_it_holds(repeated: str, separator: str) -> None:
    for column in COLUMNS:
        cells = {"id": "a", "start": "2026-12-01", "egfr": "85", column: (repeated * 60_000)[:60_000]}
        header = Header(separator, tuple(cells), tuple(cells))
        settings = Settings(ID, CREATED, ("json",), header, (("tz", "Europe/Berlin"),))
        begin = time.process_time()
        plan_row(Row(2, tuple(cells.values())), settings)
        assert time.process_time() - begin < LONGEST
