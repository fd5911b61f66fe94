"""The checklist that a prescriber ticks and signs: every number that decides a dose or a warning, and where to look it up."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from titrate.export.evidence.claims import READ_KEY, ground_words, named_sources, sources_of
from titrate.export.evidence.page import Check, Checklist, Page, Section, Signature
from titrate.export.evidence.values import entry_document, value_words
from titrate.wording.phrases import reviewed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from titrate.evidence.claims import Source
    from titrate.evidence.places import Keys
    from titrate.evidence.review import Entry, File, Value
    from titrate.model import Protocol

    Gates = Mapping[Keys, str]  # the words of each gate, by its place in the file


ARTICLE = "S-ARTICLE"
TOOL_RULES = (
    "A tool rule was decided by this project; it names the sources of the facts that it derives from, "
    "and is never what the literature says."
)
SIGNED = "A signature covers these files as they stand, byte for byte:"
GROUNDS = (
    'Words in quotation marks stand so in the source. All other grounds are the rule in our words: open what "Look up" names '
    "and compare."
)
COPIED_NOT = (
    "The sentences of {id} are not copied, so its rules are all in our words. Open it beside this list: {where}."
)
SEVERITIES = (
    "Stop: no plan is made. Confirm: none until a prescriber confirms. Caution and note: the plan is made, and says so. "
    "None: the name is known, and nothing is said of it."
)
BRACES = (
    "Words in braces stand for what was given or found, such as {age}. The program decides when a finding is raised "
    "(titrate/engine: screening.py, interactions.py), by the numbers in this list. Names and codes of medicines and "
    "conditions are only counted here; read them in the files."
)
HOW_TO_SIGN = (
    "1. Print this list, or open it where you can tick and write.",
    "2. Compare each line with its source. Tick what is right. Write beside what is wrong what it should be.",
    "3. Is all of it right? Write your name, your profession and the date above, and sign.",
    "4. Is something wrong, or missing? Do not sign. A corrected list comes back to you.",
    "5. Send the whole list back to the person who gave it to you, and keep a copy.",
)


def checklist(read: Protocol, entries: tuple[Entry, ...], files: tuple[File, ...], named: tuple[Source, ...]) -> Page:
    """Return the protocol's entries and those of the files that are signed with it, each value with a box."""
    every = (*entries, *(entry for file in files for entry in file.entries))
    count = sum(len(entry.values) for entry in every)
    known = {source.id: source for source in named}
    gates = {value.path: value_words(value) for entry in entries for value in entry.values if value.path[0] == "gates"}
    checks = [
        Checklist(group, tuple(_check(entry, known, gates) for entry in these))
        for group, these in groupby(every, lambda entry: entry.group)
    ]
    article = [COPIED_NOT.format(id=ARTICLE, where=known[ARTICLE].where)] if ARTICLE in known else []
    return Page(
        f"Review of protocol {read.id} {read.version}",
        (
            f"{read.title}: {reviewed(read)}.",
            f"{count} values to compare, each with its quote or rule; tick what is right, and write beside what is not.",
            SIGNED,
            *(f"File {name}, sha256 {sha256}" for name, sha256 in _signed(read, files)),
            GROUNDS,
            *article,
            TOOL_RULES,
            *((SEVERITIES, BRACES) if files else ()),
        ),
        (
            *checks,
            named_sources(named),
            Section("How each source was read", lead=READ_KEY),
            Signature("Signed", ("Name", "Profession", "Date", "Signature")),
            Section("How to sign: the prescriber", lead=HOW_TO_SIGN),
            Section("How to release what was signed: the maintainer", lead=how_to_release(read)),
        ),
    )


def document_keys(read: Protocol, files: tuple[File, ...], sources: Mapping[str, Source]) -> dict[str, Any]:
    """Return what a review adds to the protocol's JSON document."""
    documents = [
        {
            "file": file.name,
            "sha256": file.sha256,
            "entries": [entry_document(entry, sources) for entry in file.entries],
        }
        for file in files
    ]
    return {"files": documents, "how_to_sign": list(HOW_TO_SIGN), "how_to_release": list(how_to_release(read))}


def file_name(read: Protocol) -> str:
    """Return the name of the protocol's released file."""
    return f"{read.id}-{read.version}.toml"


def how_to_release(read: Protocol) -> tuple[str, ...]:
    """Return what a maintainer does with a signed list, step by step."""
    year, _, number = read.version.partition(".")
    later = f"{int(year) + 1}.01" if number == "12" else f"{year}.{int(number) + 1:02}"
    return (
        (
            "1. Print the list again: each sha256 must be the one on the signed list. Where one is not, the list is to be "
            "signed anew; so it is after anything was mended (in the protocol: by a new version, with its cite)."
        ),
        (
            f"2. A released file is never edited. Copy titrate/evidence/data/protocols/{file_name(read)} to a new file "
            f"there, such as {read.id}-{later}.toml, and write its version in it."
        ),
        '3. In the new file set reviewed_by = "name, profession, YYYY-MM-DD", as signed, and change nothing else.',
        (
            "4. Name the new version in NEWEST in titrate/evidence/reader.py, and write it under Clinical in CHANGELOG.md. "
            "Plans that were made before keep the version that they name."
        ),
        (
            "5. Add the new file with its sha256 to tests/vectors/released_protocols.csv, and each other file of the list "
            "with its sha256, beside the new file's name, to tests/vectors/signed_files.csv."
        ),
        (
            "6. Run python -m titrate.evidence.validate, then python examples/make.py, then the tests: they name every other place "
            "that still shows the old version."
        ),
    )


def _signed(read: Protocol, files: tuple[File, ...]) -> tuple[tuple[str, str], ...]:
    return ((file_name(read), read.sha256), *((file.name, file.sha256) for file in files))


def _check(entry: Entry, known: Mapping[str, Source], gates: Gates) -> Check:
    alone = len(entry.values) == 1
    words = ((value, _words(value, gates)) for value in entry.values)
    boxes = tuple(text if alone else f"{value.name}: {text}" for value, text in words)
    named = sources_of([entry.ground], known)
    look_up = tuple(f"Look up {source.id}: {source.title}; {source.where}" for source in named)
    return Check(f"{entry.name} (line {entry.line})", ground_words(entry.ground), boxes, look_up)


def _words(value: Value, gates: Gates) -> str:
    """A value in words; a gate that a step names, in the words of the gate."""
    return gates.get(("gates", value.value, "text"), value_words(value)) if value.name == "gate" else value_words(value)
