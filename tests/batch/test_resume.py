"""What came of one run and goes into the next: rejected rows that were mended, folders that were begun, files of others."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from command import ID, clinic, environment, ran, table, tree

BOM = "\ufeff"
CONTACTS = {"p1": " +49 30", "p2": "Dr. A\n+49 30", "p3": "Ward 3,-1", "p4": "=1+1;@b", "p5": "'s Hertogenbosch"}


def test_rejected_rows_say_the_same_however_often_they_come_back(tmp_path: Path) -> None:
    rows = "".join(f'{id},monday,abc,40,"{contact}"\n' for id, contact in CONTACTS.items())
    (tmp_path / "roster0.csv").write_text(f"--id,start,egfr,age,contact\n{rows}")
    books = []
    for number in range(3):
        assert ran(f"roster{number}.csv", "--out", f"o{number}", folder=tmp_path).code == 2
        books.append((tmp_path / f"o{number}/rejected.csv").read_text("utf-8"))
        (tmp_path / f"roster{number + 1}.csv").write_text(books[-1])
    assert books[0] == books[1] == books[2]
    (tmp_path / "mended.csv").write_text(books[-1].replace(",abc,", ",85,"))
    assert ran("mended.csv", "--out", "o", folder=tmp_path).code == 0
    assert {id: json.loads((tmp_path / f"o/{id}.json").read_bytes())["inputs"]["contact"] for id in CONTACTS} == {
        id: contact.strip() for id, contact in CONTACTS.items()
    }


def test_rows_of_a_mended_roster_that_are_broken_again_lose_no_cell(tmp_path: Path) -> None:
    notes = "row,outcome,column,code,message"
    (tmp_path / "roster.csv").write_text(
        f'{notes},id,start,egfr\n2,faulty,,value,x,p1,monday,85,more,still\n3,faulty,,value,x,p2,mon\n"4,"x\n5,,,,,p3'
    )
    assert ran("roster.csv", "--out", "o", folder=tmp_path).code == 2
    lines = (tmp_path / "o/rejected.csv").read_text("utf-8").splitlines()
    assert lines[0] == f"{notes},id,start,egfr"
    assert [line.rpartition(end)[1] for line, end in zip(lines[1:], (",p1,monday,85,more,still", ",p2,mon,", '"""4,""x"', ",p3"), strict=True)] == [",p1,monday,85,more,still", ",p2,mon,", '"""4,""x"', ",p3"]  # fmt: skip
    assert [row["id"] for row in table(tmp_path / "o/manifest.csv")] == ["p1", "p2", "", ""]


def test_a_byte_order_mark_in_is_a_byte_order_mark_out_and_the_batch_can_be_resumed(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(
        f"{BOM}id;start;egfr;age;contact\np1;monday;85;40;Zoë\np2;monday;abc;40;Ö\n", "utf-8"
    )
    assert ran("roster.csv", "--out", "o", "--id", ID, folder=tmp_path).code == 2
    books = [(tmp_path / "o" / name).read_text("utf-8") for name in ("manifest.csv", "rejected.csv")]
    assert [(text.count(BOM), text[:5]) for text in books] == [(1, f"{BOM}row,"), (1, f"{BOM}row;")]
    whole, written = tree(tmp_path / "o"), (tmp_path / "o/p1.json").stat().st_mtime_ns
    assert ran("roster.csv", "--out", "o", "--resume", folder=tmp_path).code == 2
    assert tree(tmp_path / "o") == whole
    assert (tmp_path / "o/p1.json").stat().st_mtime_ns == written


def test_a_manifest_that_names_another_row_s_files_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(clinic(100))
    assert ran("roster.csv", "--out", "o", "--id", ID, folder=tmp_path).code == 2
    whole = tree(tmp_path / "o")
    lines = (tmp_path / "o/manifest.csv").read_text().splitlines(keepends=True)
    lines[2] = lines[1].replace("2,", "3,", 1)  # the third row as the second
    lines[11] = lines[1].replace("2,", "12,", 1)  # a faulty one as the second
    (tmp_path / "o/manifest.csv").write_text("".join(lines))
    (tmp_path / "o/p000001.json").unlink()
    assert ran("roster.csv", "--out", "o", "--resume", "--jobs", 1, folder=tmp_path).code == 2
    assert tree(tmp_path / "o") == whole


def test_a_folder_of_somebody_else_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(clinic(3))
    (tmp_path / "o").mkdir()
    for name in (".thesis.part", ".p000000.json.k2j_9x0a.part", ".batch.json.abc.part"):
        (tmp_path / "o" / name).write_text("mine")
    before = tree(tmp_path / "o")
    for words in ((), ("--resume",)):
        done = ran("roster.csv", "--out", "o", *words, folder=tmp_path)
        assert (done.code, "it holds files that are no batch" in done.err) == (1, True), done.err
        assert tree(tmp_path / "o") == before


def test_of_a_batch_only_what_a_killed_run_left_is_swept_away(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(clinic(3))
    (tmp_path / "o").mkdir()
    (tmp_path / "o/.batch.json.k2j_9x0a.part").write_text("{")  # killed before anything else was there
    assert ran("roster.csv", "--out", "o", folder=tmp_path).code == 0
    whole = tree(tmp_path / "o")
    assert not any(name.startswith(".") for name in whole)
    (tmp_path / "o/.a.part").mkdir()
    for name in (
        ".p000000.json.k2j_9x0a.part",
        ".batch.json.k2j_9x0b.part.before",
        ".thesis.part",
        ".p000000.json.part",
    ):
        (tmp_path / "o" / name).write_text("half")
    assert ran("roster.csv", "--out", "o", "--resume", folder=tmp_path).code == 0
    left = {path.name for path in (tmp_path / "o").iterdir()} - set(whole)
    assert left == {".a.part", ".thesis.part", ".p000000.json.part"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"defaults": {}}, "defaults.tz: needs text"),
        ({"defaults": None}, "defaults: needs an object"),
        ({"defaults": {"tz": "Europe/Berlin", "egfr": "90"}}, "defaults.egfr: unknown key"),
        ({"defaults": {"tz": "Europe/Berlin", "paper": "a5"}}, "--paper: a5 is unknown"),
        ({"defaults": {"tz": "Mars"}}, "--tz: there is no time zone 'Mars'"),
        ({"formats": ["nope"]}, "--format: nope is unknown"),
        ({"formats": []}, "--format: nothing is unknown"),
        ({"formats": "json"}, "formats: needs a list"),
        ({"id": "7"}, "id: 7 is no UUID"),
        ({"created": "yesterday"}, "created: yesterday is no moment in UTC"),
    ],
)
def test_a_damaged_batch_json_is_named_and_nothing_is_written(
    tmp_path: Path, change: dict[str, object], said: str
) -> None:
    (tmp_path / "roster.csv").write_text(clinic(3))
    assert ran("roster.csv", "--out", "o", folder=tmp_path).code == 0
    shared = json.loads((tmp_path / "o/batch.json").read_bytes())
    (tmp_path / "o/batch.json").write_text(json.dumps(shared | change))
    before = tree(tmp_path / "o")
    done = ran("roster.csv", "--out", "o", "--resume", folder=tmp_path)
    assert (done.code, tree(tmp_path / "o")) == (2, before)
    assert done.err.startswith(f"titrate: o/batch.json: {said}")
    assert done.err.endswith("; the file is damaged, so give --out a new folder\n")
    assert done.err.count("\n") == 1


def test_a_manifest_that_cannot_be_read_is_told_by_name(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(clinic(3))
    assert ran("roster.csv", "--out", "o", folder=tmp_path).code == 0
    (tmp_path / "o/manifest.csv").unlink()
    (tmp_path / "o/manifest.csv").mkdir()
    done = ran("roster.csv", "--out", "o", "--resume", folder=tmp_path)
    assert done.code == 1
    told = "titrate: o/manifest.csv: cannot be read: Is a directory; move it away and run this again"
    assert done.err.splitlines()[-1] == told
    assert "Traceback" not in done.err


def test_a_folder_that_cannot_even_be_looked_for_is_told_by_name(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(clinic(3))
    done = ran("roster.csv", "--out", f"{'x' * 300}", folder=tmp_path)
    assert (done.code, done.err.count("\n"), "cannot be written: File name too long" in done.err) == (1, 1, True)


@pytest.mark.parametrize(
    ("told", "format", "said"),
    [
        ({"TITRATE_MORNING": "12:00"}, "json", "--morning, --midday: 12:00 and 14:00 are out of order"),
        ({"TITRATE_CONTACT": "王"}, "json,pdf", "--contact: the PDF's font has no letters for 王"),
        ({"TITRATE_CONTACT": "x\n" * 20}, "html", "--contact: 39 characters on 20 lines do not fit the page"),
        ({"TITRATE_PAPER": "a5"}, "ics", "--paper: a5 is unknown"),
    ],
)
def test_a_clinic_s_default_that_no_row_can_have_is_said_once_before_there_is_a_folder(
    tmp_path: Path, told: dict[str, str], format: str, said: str
) -> None:
    (tmp_path / "roster.csv").write_text(clinic(3))
    done = ran("roster.csv", "--out", "o", "--format", format, folder=tmp_path, **told)
    assert (done.code, done.err.count("\n")) == (2, 1), done.err
    assert done.err.startswith(f"titrate: {said}")
    assert not (tmp_path / "o").exists()


def test_a_clinic_s_defaults_are_those_that_the_batch_was_begun_with(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(clinic(3))
    assert ran("roster.csv", "--out", "o", folder=tmp_path, TITRATE_CONTACT="Ward 7").code == 0
    whole = tree(tmp_path / "o")
    (tmp_path / "o/p000000.json").unlink()
    assert ran("roster.csv", "--out", "o", "--resume", folder=tmp_path, TITRATE_CONTACT="Ward 8").code == 0
    assert tree(tmp_path / "o") == whole


def test_the_help_speaks_of_the_batch_s_own_id(tmp_path: Path) -> None:
    said = ran("--help", folder=tmp_path, COLUMNS="200").out.decode()
    assert "The batch's id, from which each plan's follows. [random]" in said


def test_a_plan_that_was_revised_is_not_made_again_over_its_changes(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("id,start,egfr,age,taking\na,2026-12-01,85,40,none\nb,2026-12-01,85,40,none\n")
    assert ran("roster.csv", "--out", "o", "--format", "json", "--jobs", 1, folder=tmp_path).code == 0
    words = ["revise", "o/a.json", "--from", "2026-12-20", "--hold", "3"]
    subprocess.run([sys.executable, "-m", "titrate", *words], cwd=tmp_path, env=environment(), check=True, timeout=60)
    revised = tree(tmp_path / "o")
    assert {"a.json.1.bak", "a.json"} <= set(revised)
    again = ran("roster.csv", "--out", "o", "--resume", "--jobs", 1, folder=tmp_path)
    assert again.code == 1
    told = "titrate: o/a.json: holds a plan that was revised since; move it away, or leave this batch as it is"
    assert again.err.splitlines()[-1] == told
    assert tree(tmp_path / "o")["a.json"] == revised["a.json"]


def test_what_a_kill_left_of_the_first_file_of_a_batch_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("id,start,egfr,age\na,2026-12-01,85,40\n")
    folder = tmp_path / "o"
    folder.mkdir()
    row = ["batch.json", "0123abcd", "0" * 64, False, None]
    (folder / ".titrate.journal").write_text(json.dumps({"schema": "titrate/journal/1", "files": [row]}) + "\n")
    (folder / ".batch.json.0123abcd.part").write_text("half")
    assert ran("roster.csv", "--out", "o", folder=tmp_path).code == 0
    assert sorted(tree(folder)) == ["a.ics", "a.json", "batch.json", "manifest.csv", "rejected.csv"]
