"""The files that are offered once a plan has been made from answers: calendar and handout, and always the plan itself with them."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from titrate.cli import terminal
from titrate.cli.answers import agreed
from titrate.errors import BadInput
from titrate.inputs.facts import OUTPUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from titrate.errors import TitrateError

CONTACT = next(fact for fact in OUTPUT if fact.question)


class File(NamedTuple):
    """A file that can be written: what it is, its usual name and the suffixes that it may have."""

    what: str
    name: str
    suffixes: tuple[str, ...]


CALENDAR = File("calendar", "plan.ics", (".ics",))
HANDOUT = File("handout", "handout.pdf", (".pdf", ".html"))
SAVED = File("plan", "plan.json", (".json",))


class Wanted(NamedTuple):
    """The files that are to be written, each with its name, and who to call, where that was answered."""

    files: tuple[tuple[File, Path], ...] = ()
    contact: str | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """The names of the files."""
        return tuple(path for _, path in self.files)

    def plus(self, file: File) -> Wanted:
        """Ask for the name of a file and return what is wanted with it."""
        others = [str(path) for path in self.paths]
        label = f"File for the {file.what} [{file.name}]"
        path = terminal.ask(label, partial(_read_name, file, others))[1]
        return self._replace(files=(*self.files, (file, path)))

    def with_contact(self) -> Wanted:
        """Ask who to call and return what is wanted with it."""
        return self._replace(contact=terminal.ask(CONTACT.label, _read_contact, CONTACT.question)[1])


def wanted(*, has_contact: bool) -> Wanted:
    """Ask which files are to be written, and who to call before a handout is; return them, none where none is wanted."""
    answers = Wanted()
    if agreed("\nWrite the calendar, for a phone?"):
        answers = answers.plus(CALENDAR)
    if agreed("Write the handout, to print?"):
        if not has_contact:
            answers = answers.with_contact()
        answers = answers.plus(HANDOUT)
    if answers.files:
        terminal.say("The plan itself is written with them: without its file it cannot be changed or shown again.")
        answers = answers.plus(SAVED)
    return answers


def asked_again(answers: Wanted, error: TitrateError) -> Wanted:
    """Ask once more for what could not be written so, after `error` was said: who to call, or names."""
    if CONTACT.key in error.places:
        return answers.with_contact()
    refused = [file for file, path in answers.files if {path, file.name}.intersection(error.places)]
    again = refused or [file for file, _ in answers.files]
    answers = answers._replace(files=tuple((file, path) for file, path in answers.files if file not in again))
    for file in again:
        answers = answers.plus(file)
    return answers


def _read_name(file: File, others: Sequence[str], text: str) -> Path:
    from titrate.storage.files import check_paths

    name = text or file.name
    if Path(name).suffix.lower() not in file.suffixes:
        wrong, todo = "{name} is no name for the {what}", f"give one that ends in {' or '.join(file.suffixes)}"
        raise BadInput("", wrong, todo, name=name, what=file.what)
    return check_paths([*others, name])[-1]


def _read_contact(text: str) -> str | None:
    contact: str | None = CONTACT.read({CONTACT.key: text}, date.min) if text else None
    return contact
