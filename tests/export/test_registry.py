import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from plans import make

from titrate.errors import BadInput
from titrate.export import EXPORTERS, check_suffix, format_of, render

TEXTS = ("table", ".csv", ".md", ".json", ".ics")

DIGESTS = f"""
import hashlib, json
from plans import make
from titrate.export import render
made = make("58.5", age=70, tablets=(10,), target=15, days=400 // 10)
print(json.dumps([hashlib.sha256(render(made, name)).hexdigest() for name in {TEXTS!r}]))
"""


def run(code: str, **environment: str) -> str:
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), **environment}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("name", TEXTS)
def test_a_suffix_and_a_name_in_any_case_give_the_same_bytes(name: str) -> None:
    made = make()
    spellings = {name, name.upper(), name.removeprefix("."), name.removeprefix(".").title()}
    assert len({render(made, spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_format_is_utf_8_and_ends_its_last_line(name: str) -> None:
    assert render(make(tablets=(10,)), name).decode("utf-8").endswith("\n")


def test_every_name_stands_for_a_module_that_renders() -> None:
    for name in EXPORTERS:
        assert render(make(), name)


ANOTHER_FORMAT = """
import sys, types
from titrate.export import EXPORTERS, Exporter
module = sys.modules["another"] = types.ModuleType("another")
module.render = lambda plan: f"{len(plan.days)} days".encode()
EXPORTERS["days"] = Exporter("another", findings=False)
from titrate.cli.app import run
sys.exit(run(sys.argv[1:]))
"""


def test_a_format_is_one_module_and_one_line(tmp_path: Path) -> None:
    def titrate(*words: str) -> subprocess.CompletedProcess[str]:
        ran = [sys.executable, "-c", ANOTHER_FORMAT, *words]
        environment = {**os.environ, "TZ": "Europe/Berlin"}
        return subprocess.run(ran, capture_output=True, text=True, check=True, cwd=tmp_path, env=environment)

    told = titrate(
        "plan",
        "--start",
        "2026-12-01",
        "--egfr",
        "85",
        "--age",
        "44",
        "--format",
        "days",
        "-o",
        "plan.days",
        "-o",
        "plan.json",
    )
    assert (told.stdout, (tmp_path / "plan.days").read_text()) == ("28 days", "28 days")
    assert "Notes" in told.stderr, "what such a format does not hold is said beside it"
    for words in (("show", "plan.json"), ("revise", "plan.json", "--from", "2026-12-05", "--hold", "7", "--dry-run")):
        assert titrate(*words, "--format", "days").stdout.endswith("days")
    (tmp_path / "roster.csv").write_text("id,start,egfr,age\np1,2026-12-01,85,44\n")
    titrate("batch", "roster.csv", "--out", "plans", "--format", "days,ics", "--jobs", "1")
    assert (tmp_path / "plans" / "p1.days").read_text() == "28 days"
    for command in ("plan", "show", "revise", "batch"):
        assert "html, pdf, days" in " ".join(titrate(command, "--help").stdout.split())


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (".icz", "format: .icz is no known format; give one of .csv, .md, .json, .ics"),
        ("jsn", "format: jsn is no known format; give one of table, csv, md, json, ics"),
        ("", "format: no suffix is no known format; give one of table, csv, md, json, ics"),
        (".table", "format: .table is no known format; give one of .csv, .md, .json, .ics"),
    ],
)
def test_an_unknown_format_is_refused_naming_those_there_are(asked: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        render(make(), asked)
    assert str(refused.value).startswith(said)


def test_the_nearest_format_is_offered() -> None:
    with pytest.raises(BadInput, match=r"did you mean json\?"):
        format_of("jsn")
    with pytest.raises(BadInput, match=r"did you mean \.ics\?"):
        format_of(".icz")


def test_the_same_plan_gives_the_same_bytes_under_any_time_zone_locale_and_hash_seed() -> None:
    answers = {
        run(DIGESTS, TZ="Etc/UTC", LC_ALL="C", PYTHONHASHSEED="1", COLUMNS="40"),
        run(DIGESTS, TZ="Pacific/Kiritimati", LC_ALL="tr_TR.UTF-8", PYTHONHASHSEED="2", FORCE_COLOR="1"),
        run(DIGESTS, TZ="America/St_Johns", LC_ALL="de_DE.UTF-8", PYTHONHASHSEED="3", NO_COLOR="1"),
    }
    assert len(answers) == 1
    assert len(set(json.loads(answers.pop()))) == len(TEXTS)


def test_a_format_loads_nothing_that_only_another_one_needs() -> None:
    code = """
import sys
from plans import make
from titrate.export import render
made = make()
heavy = ("rich", "icalendar", "typst")
for name in ("csv", "md", "json"):
    render(made, name)
print([name for name in heavy if name in sys.modules])
"""
    assert run(code).strip() == "[]"


def test_a_file_is_named_with_the_suffix_of_a_format() -> None:
    check_suffix("plan.json")
    with pytest.raises(BadInput, match="is no known format"):
        check_suffix("plan.docx")
    for bare in ("plan", "csv", ".json", "-"):
        with pytest.raises(BadInput, match=rf"output: {bare} has no suffix to say its format; give one of \.csv, "):
            check_suffix(bare)
