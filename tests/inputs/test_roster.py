"""Reading a roster: what spreadsheets write is taken, everything else is named by row, and the rest goes on."""

from __future__ import annotations

import csv
import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from titrate.batch import row_ids
from titrate.errors import BadInput, OutputError
from titrate.inputs.roster import LONGEST, MOST_LINES, Header, Row, reading

HEADER = "id,start,egfr\n"


def read(path: Path, data: str | bytes) -> tuple[Header, list[Row]]:
    path = path / "roster.csv" if path.is_dir() else path
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    with reading(path) as (header, rows):
        return header, [*rows]


def faults(rows: list[Row]) -> list[tuple[int, str]]:
    return [(row.number, row.fault.code) for row in rows if row.fault]


def good(rows: list[Row]) -> list[tuple[str, ...]]:
    return [row.cells for row in rows if not row.fault]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["bare", "byte order mark"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["Unix", "Windows", "old Mac"])
def test_separator_mark_and_line_ends_are_taken_as_they_come(
    tmp_path: Path, separator: str, mark: bytes, end: str
) -> None:
    lines = (
        separator.join(cells)
        for cells in (("id", "start", "egfr"), ("p1", "2026-12-01", ">60"), ("p2", "monday", "85"))
    )
    header, rows = read(tmp_path, mark + (end.join(lines) + end).encode())
    assert header == Header(separator, ("id", "start", "egfr"), ("id", "start", "egfr"), marked=bool(mark))
    assert rows == [Row(2, ("p1", "2026-12-01", ">60")), Row(3, ("p2", "monday", "85"))]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_separator_line_is_believed_and_not_counted_as_spreadsheets_hide_it(tmp_path: Path, mark: str) -> None:
    header, rows = read(tmp_path, f"{mark}sep=;\nid;start;egfr\np1;2026-12-01;85\n")
    assert (header.separator, rows[0].number) == (";", 2)


def test_the_notes_of_an_earlier_run_are_known_in_front_and_refused_elsewhere(tmp_path: Path) -> None:
    header, rows = read(tmp_path, "row,Outcome,column,code,message,id,start\n2,faulty,egfr,value,x,p1,monday\n")
    assert (header.noted, header.options[5:], rows[0].fault) == (5, ("id", "start"), None)
    for names in ("id,start,message,code", "row,id,start", "id,start,row,outcome,column,code,message"):
        with pytest.raises(
            BadInput, match=r"row 1: the column (message|row) is one that rejected\.csv adds; leave it out"
        ):
            read(tmp_path, f"{names}\n")


def test_a_heading_that_was_kept_from_running_is_read_as_it_was(tmp_path: Path) -> None:
    header, _ = read(tmp_path, "id,'--start,' -egfr\np1,monday,85\n")
    assert header.names == ("id", "--start", "-egfr")
    assert header.options == ("id", "start", "egfr")


@pytest.mark.parametrize("length", [1_500, LONGEST - 40])
def test_a_row_that_cannot_be_read_is_kept_whole(tmp_path: Path, length: int) -> None:
    line = f'p1,monday,"{"x" * length}'
    _, rows = read(tmp_path, f"{HEADER}{line}\n")
    assert rows[0].cells == (line,)


def test_what_is_cut_off_a_row_without_end_is_said(tmp_path: Path) -> None:
    _, rows = read(tmp_path, f"{HEADER}p1,monday,{'x' * LONGEST}\n")
    assert len(rows[0].cells[0]) == LONGEST
    assert rows[0].fault is not None
    assert "what is beyond them is not kept here" in rows[0].fault.message


def test_headings_are_read_whatever_their_capitals_spaces_and_hyphens(tmp_path: Path) -> None:
    header, _ = read(tmp_path, " ID ,Start,--eGFR,No_Alarm,Large Print,Conditions,\n")
    assert header.options == ("id", "start", "egfr", "no-alarm", "large-print", "condition", "")


def test_blank_rows_are_counted_and_left_out(tmp_path: Path) -> None:
    _, rows = read(tmp_path, f"\n,,\n{HEADER}\n p1 ,monday,85\n,,\n \t\np2,monday,85")
    assert [(row.number, row.cells[0]) for row in rows] == [(5, " p1 "), (8, "p2")]


def test_missing_cells_at_the_end_of_a_row_are_empty_and_spare_empty_ones_are_dropped(tmp_path: Path) -> None:
    _, rows = read(tmp_path, f"{HEADER}p1,monday\np2,monday,85,,\n")
    assert [row.cells for row in rows] == [("p1", "monday", ""), ("p2", "monday", "85")]


def test_a_file_that_ends_inside_a_row_says_so(tmp_path: Path) -> None:
    _, rows = read(tmp_path, f"{HEADER}p1,monday,85\np2,mon")
    assert faults(rows) == [(3, "cut-off")]


def test_quoted_line_breaks_separators_and_marks_stay_in_their_cell(tmp_path: Path) -> None:
    _, rows = read(tmp_path, 'id,start,contact\np1,monday,"Ward ""A"",\nline 2\n"\np2,monday, "x"\n')
    assert [row.cells[2] for row in rows] == ['Ward "A",\nline 2\n', "x"]
    assert [row.number for row in rows] == [2, 3]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"p1,monday,85,more", "too-many-cells"),
        (b"p1,monday,\xff", "not-utf-8"),
        (b"p1,mon\0day,85", "not-text"),
        (b'p1,monday,"85', "quotes"),
        (b'p1,monday,"85"x', "quotes"),
        (b"x" * (LONGEST + 1), "too-long"),
        (b'p1,monday,"' + b"y" * LONGEST + b'"', "too-long"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_and_the_rows_around_it_are_read(
    tmp_path: Path, line: bytes, code: str
) -> None:
    _, rows = read(tmp_path, b"\n".join((HEADER.encode().strip(), b"p0,monday,80", line, b"p2,monday,85", b"")))
    assert faults(rows) == [(3, code)]
    assert good(rows) == [("p0", "monday", "80"), ("p2", "monday", "85")]
    assert all("\0" not in cell for row in rows for cell in row.cells)


@pytest.mark.parametrize("between", [3, MOST_LINES + 5, 2_000])
def test_an_unclosed_quotation_mark_takes_no_other_row_with_it(tmp_path: Path, between: int) -> None:
    others = "".join(f"p{number},monday,85\n" for number in range(between))
    _, rows = read(tmp_path, f'{HEADER}bad,monday,"85\n{others}')
    assert faults(rows) == [(2, "quotes")]
    assert len(good(rows)) == between


def test_a_cell_without_a_heading_is_refused_and_an_empty_one_is_not(tmp_path: Path) -> None:
    _, rows = read(tmp_path, "id,start,,egfr\np1,monday,,85\np2,monday,x,85\n")
    assert faults(rows) == [(3, "no-heading")]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("id,start,takng", "row 1: there is no column takng; did you mean taking?"),
        ("id,start,surname", "row 1: there is no column surname; leave it out"),
        ("id,start,egfr,EGFR", "row 1: the column egfr stands twice; leave one out"),
        ("id,start,condition,conditions", "row 1: the column condition stands twice"),
        ("start,egfr", "row 1: the column id is missing; add it"),
        ("id,egfr", "row 1: the column start is missing; add it"),
        ("p1,2026-12-01,85", "row 1: no column is known; the first row must name them"),
        ("", "row 2: no column is known"),
        ("x" * (LONGEST + 9), "row 1: the header is longer than 65536 characters"),
    ],
)
def test_a_header_that_cannot_be_meant_is_refused_whole(tmp_path: Path, header: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(tmp_path, f"{header}\np1,2026-12-01,85\n")
    assert f"roster.csv: {said}" in str(refused.value)


def test_utf_16_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="row 1: this is no UTF-8 text; save the roster as CSV UTF-8"):
        read(tmp_path, HEADER.encode("utf-16"))


def test_a_file_that_is_not_there_is_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be read"), reading(tmp_path / "none.csv"):
        pass


cells = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\r\ufeff"), max_size=12)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(cells, cells), max_size=8), st.sampled_from(",;\t"))
def test_what_a_spreadsheet_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], separator: str
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerows([("id", "start", "contact"), *(("p", *row) for row in rows)])
    path = tmp_path_factory.getbasetemp() / "round.csv"
    _, found = read(path, out.getvalue())
    # A space before a quotation mark is a spreadsheet's habit, so blanks at the start of a cell are not kept there.
    assert [[cell.strip() for cell in row.cells[1:]] for row in found] == [
        [cell.strip() for cell in row] for row in rows
    ]
    assert faults(found) == []


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    peaks = []
    for rows in (200, 20_000):
        path = tmp_path / f"{rows}.csv"
        path.write_text(HEADER + "".join(f"p{number},2026-12-01,85\n" for number in range(rows)))
        tracemalloc.start()
        with reading(path) as (_, found), row_ids.Repeats() as repeats:
            for row in found:
                repeats.add(row.cells[0], row.number)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 50_000


@pytest.mark.parametrize("id", ["p1", "P-0017", "a.b_c", "0", "x" * 64, "console", "common-1", "batch-2"])
def test_an_id_that_can_name_a_file_is_taken(id: str) -> None:
    assert row_ids.wrong_with(id) == ""


@pytest.mark.parametrize(
    "id",
    [
        *(
            "",
            "../../x",
            "..",
            ".hidden",
            "a/b",
            "a\\b",
            "C:x",
            "a b",
            "x" * 300,
            "-o",
            "_",
            "a.",
            "~",
            "a\nb",
            "x\u202ey",
            "é",
        ),
        *("CON", "con.json", "Aux", "nul", "COM1", "lpt9.x", "batch", "Manifest", "rejected.old", "=1+1", "٣", "a\0"),
    ],
)
def test_an_id_that_some_system_reads_in_another_way_is_refused(id: str) -> None:
    assert row_ids.wrong_with(id) != ""


def test_ids_that_are_one_file_where_capitals_do_not_count_are_found_with_both_rows() -> None:
    with row_ids.Repeats() as repeats:
        for row, id in enumerate(("a", "B", "c", "b", "B", "d"), 2):
            repeats.add(id, row)
        assert [repeats.rows(id) for id in ("a", "b", "B", "c", "x")] == [None, (3, 5), (3, 5), None, None]
