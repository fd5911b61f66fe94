"""The command line that a person is given to paste: every word that was typed and what is to be added, quoted for the shell.

Nothing here cuts, wraps or respells a word: a medicine lost from the end of a list would make the plan without it.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

import typer

from titrate.inputs.facts import PLAN, Typed

# What cmd and PowerShell both take as it is; any other word they take in double quotes, but for what they expand or end there.
WINDOWS_PLAIN = re.compile(r"[A-Za-z0-9_./\\:+=-]+")
WINDOWS_EXPANDED = re.compile('["%!$`\u201c\u201d\u201e]')


class CommandLine(NamedTuple):
    """The words of a command line, without the program; `valued` are the options that are followed by a value."""

    words: tuple[str, ...]
    valued: frozenset[str]

    def gives(self, option: str) -> bool:
        """Whether that option is given, and is not merely the value of another."""
        return option in self._options()[0]

    def plus(self, *words: str) -> CommandLine:
        """Return it with options added: at the end, or before the `--` after which nothing is an option."""
        end = self._options()[1]
        return self._replace(words=(*self.words[:end], *words, *self.words[end:]))

    def dated(self, days: Mapping[str, date | None]) -> CommandLine:
        """Return it with the dates of these options as they were understood: `tomorrow` is another day tomorrow."""
        words, places = [*self.words], self._options()[0]
        for option, day in days.items():
            if day is None or option not in places:
                continue
            at = places[option]
            if "=" in words[at]:
                words[at] = f"{option}={day}"
            else:
                words[at + 1] = str(day)
        return self._replace(words=tuple(words))

    def with_values(self, option: str, values: Iterable[str]) -> CommandLine:
        """Return it with these values for an option, each with the option before it, in place of those it has."""
        kept = [word for name, at, size in self._each() if name != option for word in self.words[at : at + size]]
        new = [word for value in values for word in with_value(option, value)]
        return self._replace(words=(*kept, *new, *self.words[self._options()[1] :]))

    def quoted(self, encoding: str, *, windows: bool = os.name == "nt") -> str | None:
        """Return one line that the shell at hand splits into exactly these words, in signs that `encoding` has.

        None where no form is right in both of Windows' shells.
        """
        quote = _for_windows if windows else _for_posix
        words = [quote(word, encoding) for word in ("titrate", *self.words)]
        return None if None in words else " ".join(map(str, words))

    def _options(self) -> tuple[dict[str, int], int]:
        """Where each option stands, and where the options end."""
        places, end = {}, 0
        for name, at, size in self._each():
            places[name], end = at, at + size
        return places, end

    def _each(self) -> Iterator[tuple[str, int, int]]:
        """Yield each option, where it stands and of how many words it is, up to the `--` after which there is none."""
        at = 0
        while at < len(self.words) and self.words[at] != "--":
            name, equals, _ = self.words[at].partition("=")
            size = 2 if name in self.valued and not equals else 1
            yield name, at, size
            at += size


def typed(app: typer.Typer) -> CommandLine:
    """Return the command line that this process was started with; `app` is that of its command."""
    words = sys.argv[2:] if sys.argv[1:2] == ["--"] else sys.argv[1:]
    options = typer.main.get_command(app).params
    valued = (name for option in options if not getattr(option, "is_flag", False) for name in option.opts)
    return CommandLine(tuple(words), frozenset(valued))


def answered(command: CommandLine, before: Typed, after: Typed) -> CommandLine:
    """Return a command line with what the answers gave for each fact in place of what was typed; what they left is as it was."""
    for fact in PLAN:
        value: Any = after.get(fact.key)
        if value == before.get(fact.key):
            continue
        if fact.kind.form is list:
            command = command.with_values(fact.option, value)
        elif fact.kind.form is bool:
            command = command.plus(fact.option if value else f"--{fact.negative}")
        else:
            command = command.plus(*with_value(fact.option, value))
    return command


def with_value(option: str, value: str) -> tuple[str, ...]:
    """Return an option and its value as words: a value that looks like an option is joined to its own."""
    return (f"{option}={value}",) if value.startswith("-") else (option, value)


def _shown(word: str, encoding: str) -> bool:
    """Whether a terminal shows the word as it is."""
    try:
        word.encode(encoding)
    except UnicodeEncodeError:
        return False
    return word.isprintable()


def _for_posix(word: str, encoding: str) -> str:
    r"""Return a word for bash, zsh and ksh: bytes that cannot be shown as octal numbers in $'...', an apostrophe there too,
    so that a shell that does not know $'...' still finds the end of it.

    >>> _for_posix("O'Neil", "ascii"), _for_posix("O’Neil", "utf-8")
    ('\'O\'"\'"\'Neil\'', "'O’Neil'")
    >>> print(_for_posix("O’Neil's", "ascii"))
    $'O\342\200\231Neil\047s'
    """
    if not _shown(word, encoding):
        signs = (
            chr(byte) if 32 <= byte < 127 and byte not in b"'\\" else f"\\{byte:03o}" for byte in os.fsencode(word)
        )
        return f"$'{''.join(signs)}'"
    quoted = shlex.quote(word)
    return f"'{quoted}'" if quoted.startswith("=") else quoted  # which zsh takes for a program's name


def _for_windows(word: str, encoding: str) -> str | None:
    if WINDOWS_PLAIN.fullmatch(word):
        return word
    if WINDOWS_EXPANDED.search(word) or not _shown(word, encoding):
        return None
    backslashes = len(word) - len(word.rstrip("\\"))  # before a quote each counts for half
    return f'"{word}{backslashes * chr(92)}"'
