"""What reads a saved plan and a roster, and what validates a protocol, fed with files that were changed at random.

A recipe is a few bytes that say what to change where in a file that is right, so that most of it still is: random bytes alone
never pass the first check. What a reader does with the result must end in one of the ways that its docstring names, in time.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable
from functools import cache
from itertools import islice
from pathlib import Path

from command import CREATED, ID, clinic
from plans import cases

from titrate.batch.row import OUTCOMES, Settings, plan_row
from titrate.errors import BadInput, OutputError
from titrate.evidence import reader, validate
from titrate.evidence.protocol import protocol_of
from titrate.export import render
from titrate.inputs import planfile
from titrate.inputs.roster import reading

LONGEST = 2.0  # seconds of work
TOKEN = re.compile(rb'"(?:[^"\\\n]|\\.)*"|[0-9]+|[A-Za-z_-]+|\s+|.', re.DOTALL)
WORDS = (
    *(b"", b"9" * 30, b"0" * 5000, b"9" * 5000, b"[" * 2000, b"{" * 2000, b'{"a":' * 2000, b"a" * 70_000),
    *b'0 -1 1 5 15 30 366 400 1e999 NaN 1.5 "" "x" null true [] {} [[ ]] { } " \' , ; = : # =1+1 "../x" \\ud800'.split(),
    *(b"\n", b"\r", b"\t", b"\0", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\x1b[31m", "\u202e".encode()),
    *b'"2026-12-05" 2026-02-30 "9999-12-31" "0001-01-01" "2026-12-05T09:00:00Z" "24:00" "UTC" "baclofen"'.split(),
    *b'"hold" "stop" "resume" "target" "kidney" "step-back" "news" "days" "egfr"'.split(),
    *(b"[rules.x]\n", b"[[step]]\n"),
)


def changed(seed: bytes, recipe: bytes) -> bytes:
    """Return the seed with the changes of the recipe: four bytes each, what to do, where (two), with which word."""
    parts = TOKEN.findall(seed)
    for place in range(0, len(recipe) - 3, 4):
        what, index, word = recipe[place], int.from_bytes(recipe[place + 1 : place + 3]), recipe[place + 3]
        if not parts:
            break
        index %= len(parts)
        match what % 7:
            case 0 | 1:
                parts[index] = WORDS[word % len(WORDS)]
            case 2:
                parts.insert(index, WORDS[word % len(WORDS)])
            case 3:
                del parts[index : index + 1 + word % 8]
            case 4:
                parts[index:index] = parts[index : index + 1 + word]
            case 5:
                parts[index] = parts[(index * 31 + word) % len(parts)]
            case _:
                parts[index] = parts[index][: word % 4]
    return b"".join(parts)


def made(recipe: bytes, seeds: tuple[bytes, ...]) -> bytes:
    """Return the file that a recipe makes; one that begins with 255 is the file itself."""
    if not recipe or recipe[0] == 255:
        return recipe[1:]
    return changed(seeds[recipe[0] % len(seeds)], recipe[1:])


@cache
def plans() -> tuple[bytes, ...]:
    return tuple(render(plan, "json") for plan in cases().values())


@cache
def rosters() -> tuple[bytes, ...]:
    few = clinic(3)
    return (
        few.encode(),
        few.replace(",", ";").encode("utf-8-sig"),
        b"id,start,egfr,age\n" + b'"a",2026-12-01,85,40\n' * 3,
    )


@cache
def protocols() -> tuple[bytes, ...]:
    return (reader.protocol().raw,)


def plan_file(recipe: bytes) -> None:
    """A saved plan is refused as BadInput, or makes a plan that writes itself and can be told."""
    try:
        plan = planfile.read(made(recipe, plans()), "plan.json").plan
    except BadInput as error:
        assert str(error).startswith("plan.json: ")
        return
    assert planfile.read(render(plan, "json"), "again.json").plan == plan
    render(plan, "table")


def roster(recipe: bytes) -> None:
    """A roster is refused as BadInput, or each of its rows ends as made, refused or faulty, the latter with a reason."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "roster.csv")
        path.write_bytes(made(recipe, rosters()))
        try:
            with reading(path) as (header, rows):
                settings = Settings(ID, CREATED, ("json",), header, (("tz", "Europe/Berlin"),))
                for row in islice(rows, 20):
                    told = plan_row(row, settings)
                    assert told.outcome in OUTCOMES
                    assert bool(told.files) == (told.outcome == "made")
                    assert bool(told.faults) == (told.outcome != "made")
        except (BadInput, OutputError) as error:
            assert str(error)


def protocol(recipe: bytes) -> None:
    """A protocol has faults, each naming the file, or is read: the newest, and an older one, which may lack what is new since."""
    raw = made(recipe, protocols())
    for name, newest in ((reader.NEWEST_FILE, None), ("protocols/p.toml", reader.parse(reader.protocol().raw))):
        faults = validate.faults(name, raw, validate.citable_in(reader.EVIDENCE))
        assert all(line.startswith(f"{name}:") for line in faults), faults[:5]
        if all("is not what the file is called" in line for line in faults):
            assert protocol_of(reader.parse(raw), raw, newest).raw == raw


READERS: dict[str, Callable[[bytes], None]] = {"plan": plan_file, "roster": roster, "protocol": protocol}


def timed(name: str, recipe: bytes) -> None:
    """Read what a recipe makes; AssertionError where the reader takes too long."""
    begin = time.process_time()
    READERS[name](recipe)
    took = time.process_time() - begin
    assert took < LONGEST, f"{took:.1f} s"
