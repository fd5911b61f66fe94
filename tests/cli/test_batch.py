"""`titrate batch` from the command line: every row ends somewhere, stopped runs are finished, and nothing is half a file."""

from __future__ import annotations

import csv
import json
import os
import pty
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest
from command import EPOCH, ID, at, begun, clinic, environment, ran, table, tree, until

from titrate.batch.run import Progress
from titrate.cli import progress
from titrate.inputs import planfile

ROWS = 10_000


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a roster of 10,000 rows and what an undisturbed run makes of it."""
    folder = tmp_path_factory.mktemp("large")
    (folder / "roster.csv").write_text(clinic(ROWS))
    done = ran("roster.csv", "--out", "whole", "--format", "json", "--id", ID, "--jobs", 2, folder=folder)
    assert done.code == 2, done.err
    assert f"{ROWS} rows: 9200 made, 500 refused, 300 faulty" in done.err
    assert done.out == b""
    (folder / "megabytes").write_text(str(done.megabytes))
    return folder


def test_every_row_of_a_large_roster_ends_in_one_place(large: Path) -> None:
    manifest, rejected = table(large / "whole/manifest.csv"), table(large / "whole/rejected.csv")
    assert [row["row"] for row in manifest] == [str(number) for number in range(2, ROWS + 2)]
    assert Counter(row["outcome"] for row in manifest) == {"made": 9200, "refused": 500, "faulty": 300}
    assert [row["row"] for row in rejected] == [row["row"] for row in manifest if row["outcome"] != "made"]
    files = {row["files"]: row["sha256"] for row in manifest if row["outcome"] == "made"}
    here = tree(large / "whole")
    ours = {"batch.json", "manifest.csv", "rejected.csv"}
    assert {name: digest for name, digest in here.items() if name not in ours} == files


def test_every_fault_of_a_large_roster_is_named_by_row_and_column(large: Path) -> None:
    lines = clinic(ROWS).splitlines()
    wrong = ["egfr", "creatinine", "age"]
    for row in table(large / "whole/rejected.csv"):
        came = lines[int(row["row"]) - 1].split(",")
        assert [row[name] for name in lines[0].split(",")] == came
        kind = (int(row["row"]) - 2) % 100
        expected = ("faulty", wrong[kind // 30], "value") if kind in (10, 40, 70) else ("refused", "", "kidney-severe")
        assert (row["outcome"], row["column"], row["code"]) == expected
        assert row["message"]


def test_a_plan_of_a_batch_can_be_read_and_revised_later(large: Path) -> None:
    row = next(row for row in table(large / "whole/manifest.csv") if row["outcome"] == "made")
    saved = planfile.read((large / "whole" / row["files"]).read_bytes(), row["files"])
    assert str(saved.plan.id) == row["plan"]
    assert saved.screened_since == ()


def test_a_killed_batch_is_finished_to_the_same_tree_and_leaves_no_process(large: Path) -> None:
    words = ("roster.csv", "--out", "killed", "--format", "json", "--id", ID, "--jobs", 2)
    process = begun(*words, folder=large)
    until(large / "killed", ROWS // 3)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    workers = children.read_text().split() if children.exists() else []
    process.kill()
    process.communicate()
    assert not (large / "killed/manifest.csv").exists()
    deadline = time.monotonic() + 20
    while any(_lives(int(worker)) for worker in workers):
        assert time.monotonic() < deadline, "a worker outlived the batch"
        time.sleep(0.05)

    (large / "killed/p000002.json").write_bytes(b"damaged by the disk")
    (large / "killed/p000003.json").unlink()
    process = begun(*words, "--resume", folder=large)
    until(large / "killed", ROWS // 2)
    os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C in a terminal, which reaches the workers too
    _, said = process.communicate()
    assert process.returncode == 1
    assert b"of 10000 rows are done; the rest:\n  titrate batch roster.csv" in said
    assert b"Traceback" not in said

    done = ran("roster.csv", "--out", "killed", "--resume", "--jobs", 1, folder=large)
    assert done.code == 2, done.err
    assert tree(large / "killed") == tree(large / "whole")


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the workers in Linux's /proc")
def test_a_worker_that_is_killed_stops_the_batch_which_can_be_finished(large: Path) -> None:
    (large / "short.csv").write_text(clinic(2_000))
    words = ("short.csv", "--out", "short", "--format", "json", "--id", ID, "--jobs", 2)
    process = begun(*words, folder=large)
    until(large / "short", 300)
    workers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(workers[-1]), signal.SIGKILL)
    _, said = process.communicate()
    assert process.returncode == 1
    assert b"titrate: --jobs: a process ended before its work was done" in said
    assert b"Traceback" not in said
    assert ran(*words, "--resume", folder=large).code == 2
    whole = tree(large / "whole")
    plans = {name: digest for name, digest in tree(large / "short").items() if name.startswith("p")}
    assert len(plans) == 1_840
    assert plans.items() <= whole.items()


def _lives(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2]
    except OSError:
        return False
    return not state.startswith("Z")


def test_a_torn_manifest_is_written_again_from_where_it_was_torn(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(clinic(150))
    assert ran("roster.csv", "--out", "a", "--id", ID, folder=tmp_path).code == 2
    whole = tree(tmp_path / "a")
    manifest = (tmp_path / "a/manifest.csv").read_bytes()
    for cut in (0, 1, 60, 5_000, len(manifest) - 1):
        (tmp_path / "a/manifest.csv").unlink(missing_ok=True)
        (tmp_path / "a/manifest.csv.part").write_bytes(manifest[:cut] + b'\0"\xff,,,' * 5_000)
        (tmp_path / "a/.p000000.json.k2j_9x0a.part").write_bytes(b"half a f")
        assert ran("roster.csv", "--out", "a", "--resume", "--jobs", 1, folder=tmp_path).code == 2
        assert tree(tmp_path / "a") == whole


def test_neither_processes_nor_repetition_change_a_byte(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(clinic(200))
    for jobs, formats in ((1, "ics,csv"), (3, ".CSV, ics")):
        done = ran(
            "roster.csv", "--out", f"jobs{jobs}", "--format", formats, "--jobs", jobs, "--id", ID, folder=tmp_path
        )
        assert done.code == 2, done.err
    assert tree(tmp_path / "jobs1") == tree(tmp_path / "jobs3")
    assert "p000000.ics" in tree(tmp_path / "jobs1")


def test_memory_does_not_grow_with_the_rows(large: Path) -> None:
    (large / "few.csv").write_text(clinic(500))
    few = ran("few.csv", "--out", "few", "--format", "json", "--jobs", 2, folder=large)
    assert int((large / "megabytes").read_text()) < few.megabytes + 8


def test_hostile_rows_are_refused_one_by_one_and_the_rest_is_made(tmp_path: Path) -> None:
    rows = (
        b"id,start,egfr,age,contact",
        b"good1,2026-12-01,85,40,Ward 1",
        b"../../x,2026-12-01,85,40,",
        b"CON,2026-12-01,85,40,",
        b"x" * 300 + b",monday,85,40,",
        "a\u202eb,monday,85,40,".encode(),
        b"manifest,monday,85,40,",
        b"nul\0,monday,85,40,",
        b"twice,monday,85,40,",
        b"TWICE,monday,85,40,",
        b"=cmd|' /C calc'!A0,monday,85,40,@SUM(A1)",
        b'f,+1,-85,=1+1,"a;=HYPERLINK(x)"',
        b"latin\xe9,monday,85,40,",
        b'open,monday,85,"40,',
        "good2,2026-12-01,85,40,=Ärzte".encode(),
        b"x" * 70_000,
        b"good3,2026-12-01,85,40,",
        b"",
    )
    (tmp_path / "roster.csv").write_bytes(b"\n".join(rows))
    done = ran("roster.csv", "--out", "o", folder=tmp_path)
    assert done.code == 2, done.err
    manifest, rejected = table(tmp_path / "o/manifest.csv"), table(tmp_path / "o/rejected.csv")
    made = [row["id"] for row in manifest if row["outcome"] == "made"]
    assert made == ["good1", "good2", "good3"]
    assert [row["row"] for row in rejected] == [str(row) for row in (*range(3, 15), 16)]
    assert sorted(tree(tmp_path / "o")) == sorted(
        ["batch.json", "manifest.csv", "rejected.csv", *(f"{id}.{suffix}" for id in made for suffix in ("json", "ics"))]
    )
    assert [path.name for path in tmp_path.iterdir() if path.name not in ("o", "roster.csv")] == []
    for name in ("manifest.csv", "rejected.csv"):
        text = (tmp_path / "o" / name).read_text("utf-8")
        assert "\0" not in text
        for line in csv.reader(text.splitlines()):
            assert [cell for cell in line if cell[:1] in tuple("=+-@")] == []
    assert rejected[9]["contact"] == "a;'=HYPERLINK(x)"
    assert rejected[8]["id"] == "'=cmd|' /C calc'!A0"
    assert rejected[5]["code"] == "not-text"


def test_a_gigabyte_on_one_line_is_one_faulty_row_and_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    with path.open("wb") as file:
        file.write(b"id,start,egfr,age\np1,2026-12-01,85,40\n")
        file.seek(1 << 30, os.SEEK_CUR)  # a hole, which is read as NUL bytes
        file.write(b"\np2,2026-12-01,85,40\n")
    done = ran("roster.csv", "--out", "o", "--jobs", 1, folder=tmp_path)
    path.unlink()
    assert done.code == 2, done.err
    assert [(row["id"], row["outcome"]) for row in table(tmp_path / "o/manifest.csv")] == [
        *(("p1", "made"), ("", "faulty"), ("p2", "made"))
    ]
    assert done.megabytes < 200


def test_rejected_rows_are_a_roster_again_once_they_are_mended(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(
        "id;start;egfr;age;weight;contact\np1;monday;abc;40;62,5;+49 30 1\np2;monday;20;40;;\n"
    )
    assert ran("roster.csv", "--out", "o", folder=tmp_path).code == 2
    mended = (tmp_path / "o/rejected.csv").read_text("utf-8").replace(";abc;", ";85;")
    (tmp_path / "mended.csv").write_text(mended)
    assert ran("mended.csv", "--out", "o2", folder=tmp_path).code == 3
    plan = json.loads((tmp_path / "o2/p1.json").read_bytes())
    assert (plan["inputs"]["weight"], plan["inputs"]["contact"]) == (62.5, "+49 30 1")
    assert [row["id"] for row in table(tmp_path / "o2/rejected.csv", ";")] == ["p2"]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (("a,monday,85,40",), 0),
        (("a,monday,85,40", "b,monday,20,40"), 3),
        (("a,monday,85,40", "b,monday,20,40", "c,monday,x,40"), 2),
        (("c,monday,x,40",), 2),
    ],
)
def test_the_exit_code_tells_the_worst_that_befell_a_row(tmp_path: Path, rows: tuple[str, ...], code: int) -> None:
    (tmp_path / "roster.csv").write_text("\n".join(("id,start,egfr,age", *rows, "")))
    assert ran("roster.csv", "--out", "o", "--jobs", 1, folder=tmp_path).code == code


def test_a_folder_that_cannot_be_written_is_an_error_of_the_computer_whatever_the_rows_say(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("id,start,egfr,age\na,monday,x,40\nb,monday,85,40\n")
    (tmp_path / "o").mkdir()
    (tmp_path / "file").write_text("")
    for out, said in (
        ("file", "file: cannot be written: File exists"),
        ("no/o", "no/o: there is no folder no; make it first"),
    ):
        done = ran("roster.csv", "--out", out, folder=tmp_path)
        assert (done.code, said in done.err) == (1, True), done.err
    (tmp_path / "o/b.json").mkdir()
    done = ran("roster.csv", "--out", "o", folder=tmp_path)
    assert (done.code, "it holds files that are no batch" in done.err) == (1, True), done.err


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_file_that_cannot_be_put_in_place_stops_the_batch_and_says_how_to_finish_it(
    tmp_path: Path, jobs: int
) -> None:
    (tmp_path / "roster.csv").write_text(clinic(300))
    words = ("roster.csv", "--out", "o", "--id", ID, "--jobs", jobs)
    assert ran(*words, folder=tmp_path).code == 2
    whole = tree(tmp_path / "o")
    (tmp_path / "o/manifest.csv").rename(tmp_path / "o/manifest.csv.part")
    (tmp_path / "o/p000200.json").unlink()
    (tmp_path / "o/p000200.json").mkdir()
    done = ran(*words, "--resume", folder=tmp_path)
    assert done.code == 1
    assert "p000200.json: cannot be read: Is a directory; move it away" in done.err
    assert "of 300 rows are done; the rest:\n  titrate batch roster.csv" in done.err
    assert "Traceback" not in done.err
    (tmp_path / "o/p000200.json").rmdir()
    assert ran(*words, "--resume", folder=tmp_path).code == 2
    assert tree(tmp_path / "o") == whole


def test_a_full_disk_stops_the_batch_without_a_traceback_and_the_batch_can_be_finished(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(clinic(300))
    words = [*at(EPOCH), "batch", "roster.csv", "--out", "o", "--id", str(ID), "--format", "json"]
    command = ["bash", "-c", 'ulimit -f 20; exec "$@"', "bash", *words]  # no file above 20 KB: the manifest is larger
    done = subprocess.run(command, cwd=tmp_path, env=environment(), check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "manifest.csv: cannot be written: File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert ran("roster.csv", "--out", "o", "--resume", folder=tmp_path).code == 2
    assert ran("roster.csv", "--out", "o2", "--id", ID, "--format", "json", folder=tmp_path).code == 2
    assert tree(tmp_path / "o") == tree(tmp_path / "o2")


def test_a_batch_is_neither_overwritten_nor_mixed_with_another(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(clinic(20))
    assert ran("roster.csv", "--out", "o", "--resume", folder=tmp_path).code == 2  # nothing to resume: begun
    before = tree(tmp_path / "o")
    (tmp_path / "other.csv").write_text(clinic(21))
    for words, code, said in (
        (("roster.csv",), 1, "it holds a batch already; finish it with --resume"),
        (("roster.csv", "--resume", "--id", ID), 2, "--resume: id is not what this batch was begun with"),
        (("roster.csv", "--resume", "--format", "csv"), 2, "--resume: formats is not what"),
        (("other.csv", "--resume"), 2, "--resume: roster is not what"),
    ):
        done = ran(*words, "--out", "o", folder=tmp_path)
        assert (done.code, said in done.err) == (code, True), done.err
    assert tree(tmp_path / "o") == before
    (tmp_path / "o/batch.json").write_text("{")
    done = ran("roster.csv", "--resume", "--out", "o", folder=tmp_path)
    assert (done.code, "batch.json: it is damaged" in done.err) == (2, True), done.err


def test_two_runs_do_not_fill_one_folder_at_a_time(large: Path) -> None:
    first = begun("roster.csv", "--out", "busy", "--format", "json", folder=large)
    until(large / "busy", 10)
    done = ran("roster.csv", "--out", "busy", "--resume", folder=large)
    first.send_signal(signal.SIGINT)
    first.communicate()
    assert (done.code, "busy: another titrate is filling it" in done.err) == (1, True), done.err


def test_batch_json_is_written_first_and_says_what_all_rows_share(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(clinic(20))
    settled = environment() | {"TITRATE_CONTACT": "Ward 7", "TITRATE_TZ": "Asia/Tokyo"}
    words = ("batch", "roster.csv", "--out", "o", "--id", str(ID), "--format", "json")
    subprocess.run([*at(EPOCH), *words], cwd=tmp_path, env=settled, check=False, capture_output=True)
    times = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "o").iterdir()}
    assert min(times, key=lambda name: times[name]) == "batch.json"
    shared = json.loads((tmp_path / "o/batch.json").read_bytes())
    assert (shared["schema"], shared["id"], shared["formats"]) == ("titrate/batch/1", str(ID), ["json"])
    assert shared["roster"]["rows"] == 20
    assert shared["defaults"] == {"tz": "Asia/Tokyo", "contact": "Ward 7"}
    assert time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(EPOCH)) == shared["created"]
    whole = tree(tmp_path / "o")
    (tmp_path / "o/p000000.json").unlink()
    done = ran("roster.csv", "--out", "o", "--resume", folder=tmp_path)  # in another setting
    assert done.code == 2, done.err
    assert tree(tmp_path / "o") == whole


def test_the_template_is_a_roster_that_plans_cleanly(tmp_path: Path) -> None:
    printed = ran("--template", folder=tmp_path)
    assert (printed.code, printed.err) == (0, "")
    (tmp_path / "roster.csv").write_bytes(printed.out)
    done = ran("roster.csv", "--out", "o", folder=tmp_path)
    assert done.code == 0, done.err
    loud = {"stop", "confirm", "caution"}
    for id in ("example-1", "example-2"):
        findings = json.loads((tmp_path / f"o/{id}.json").read_bytes())["findings"]
        assert [finding["code"] for finding in findings if finding["severity"] in loud] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "batch: give a roster and a folder"),
        (("roster.csv",), "batch: give a roster and a folder"),
        (("roster.csv", "--out", "o", "--jobs", "0"), "--jobs: 0 is out of range; give 1 to 256"),
        (("roster.csv", "--out", "o", "--format", "json,jsn"), "--format: jsn is unknown"),
        (("roster.csv", "--out", "o", "--format", "table"), "--format: table is unknown"),
        (("roster.csv", "--out", "o", "--id", "7"), "--id: 7 is no UUID"),
        (("empty.csv", "--out", "o"), "empty.csv: there is no row under the header"),
        (("odd.csv", "--out", "o"), "odd.csv: row 1: there is no column takng; did you mean taking?"),
    ],
)
def test_what_is_wrong_for_every_row_is_said_once_and_nothing_is_written(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    for name, text in (("roster", clinic(3)), ("empty", "id,start,egfr\n\n"), ("odd", "id,start,takng\na,monday,x\n")):
        (tmp_path / f"{name}.csv").write_text(text)
    done = ran(*words, folder=tmp_path)
    assert (done.code, said in done.err) == (2, True), done.err
    assert not (tmp_path / "o").exists()


def test_a_folder_that_was_there_stays_when_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("id,start,egfr\n")
    (tmp_path / "o").mkdir()
    assert ran("empty.csv", "--out", "o", folder=tmp_path).code == 2
    assert tree(tmp_path / "o") == {}


def test_a_clinic_s_default_that_no_row_can_have_is_said_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(clinic(3))
    command = [*at(EPOCH), "batch", "roster.csv", "--out", "o"]
    settled = environment() | {"TITRATE_PAPER": "a5"}
    done = subprocess.run(command, cwd=tmp_path, env=settled, check=False, capture_output=True, text=True)
    assert (done.returncode, "--paper: a5 is unknown" in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "o").exists()


def test_a_pipe_gets_a_plain_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    moments = iter((0.0, 1.0, 12.0, 13.0))
    monkeypatch.setattr("titrate.cli.progress.time.monotonic", lambda: next(moments))
    with progress.shown() as report:
        for done in (10, 240, 250):
            report(Progress(done, 1000, {"made": done, "refused": 0, "faulty": 0}))
    assert capfd.readouterr().err == "240 of 1000 rows: 240 made, 0 refused, 0 faulty; 20 rows/s, 38 s left\n"


def test_a_terminal_gets_a_bar_and_a_pipe_gets_plain_lines(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(clinic(400))
    in_pipe = ran("roster.csv", "--out", "pipe", folder=tmp_path)
    assert "\x1b" not in in_pipe.err
    ours, theirs = pty.openpty()
    command = [*at(EPOCH), "batch", "roster.csv", "--out", "bar"]
    settled = environment() | {"TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen(command, cwd=tmp_path, env=settled, stderr=theirs, stdout=subprocess.DEVNULL)
    os.close(theirs)
    said = b""
    try:
        while block := os.read(ours, 4096):
            said += block
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    assert process.wait() == 2
    assert b"400/400" in said
    assert b"a second, left" in said
