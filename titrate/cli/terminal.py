"""Talking to a person: stderr for everything said, stdout for data; no control or escape sequence ever passes through."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO, TypeVar

from titrate.errors import BadInput, OutputError, TitrateError

Value = TypeVar("Value")

CONTROL = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]"
SPELLED = str.maketrans({"─": "-", "–": "-", "’": "'", "“": '"', "”": '"', "µ": "u", "×": "x"})
LONGEST_WORD = 200
LONG_WORD = rf"\S{{{LONGEST_WORD + 1},}}"


class PipeClosed(Exception):
    """Whoever read our output has read enough."""


def open_closed_streams() -> None:
    """Give each standard stream that was closed (`2>&-`) a file: an empty one, a full one, one that nobody reads."""
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY), encoding="utf-8")
    if sys.stdout is None:  # opened to read, so that writing fails and is told as on a full disk
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")


def say(text: str) -> None:
    """Print a line to stderr, without control or direction-changing characters and with endless words cut.

    That nobody listens any more changes neither what is done nor the exit code.
    """
    if not (text.isascii() and text.replace("\n", "").isprintable()):
        text = re.sub(CONTROL, "", text)
    if any(len(word) > LONGEST_WORD for word in text.split()):
        text = re.sub(LONG_WORD, lambda word: word[0][:LONGEST_WORD] + "...", text)
    with suppress(PipeClosed, OutputError):
        _write(sys.stderr, text + "\n")


def worded(error: TitrateError) -> str:
    """Return what an error says, each fact under the name of its option."""
    from titrate.cli.options import option  # only on the way to a message

    return error.worded(option)


def show(data: bytes) -> None:
    """Write text for a person to stdout; what the terminal's encoding lacks becomes a question mark, never an error."""
    _write(sys.stdout, data.decode())


def put(data: bytes) -> None:
    """Write data to stdout, byte for byte."""
    with told_if_it_fails(sys.stdout):
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def width() -> int:
    """Return the columns to write for: the terminal's, `COLUMNS`, or 100 in a pipe."""
    return shutil.get_terminal_size(fallback=(100, 24)).columns


def color() -> bool:
    """Return whether stdout takes colour: a terminal, and nobody asked for none."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty():
        return False
    return os.name != "nt" or "WT_SESSION" in os.environ  # an old Windows console would show the codes


def can_ask() -> bool:
    """Return whether somebody sits there to answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str, read: Callable[[str], Value]) -> tuple[str, Value]:
    """Ask until the answer can be read; return it as typed and as read."""
    while True:
        _write(sys.stderr, f"{question}: ")
        try:
            typed = sys.stdin.readline()
        except KeyboardInterrupt:
            say("")  # what is said next begins on a line of its own
            raise
        if not typed:
            raise BadInput("", "the input ended before the question was answered", "nothing was written")
        try:
            return typed.strip(), read(typed.strip())
        except BadInput as error:
            say(worded(error))


def _write(stream: TextIO, text: str) -> None:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    with told_if_it_fails(stream):
        stream.write(_spelled(text, encoding).encode(encoding, "replace").decode(encoding))
        stream.flush()


def _spelled(text: str, encoding: str) -> str:
    """The text with its signs spelled in letters that every encoding has, where this one lacks them: a half must stay one."""
    if text.isascii():
        return text
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return re.sub("([0-9]*)½", lambda found: f"{found[1] or 0}.5", text).translate(SPELLED)
    return text


@contextmanager
def told_if_it_fails(stream: TextIO) -> Iterator[None]:
    """Raise PipeClosed when the reader has gone, OutputError when the disk behind the stream is full."""
    try:
        yield
    except OSError as error:
        if error.filename is not None:
            raise  # a file's error, not the stream's
        with suppress(OSError, ValueError):  # what is left in its buffer goes nowhere, without another error at the end
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if isinstance(error, BrokenPipeError):
            raise PipeClosed from None
        name = "standard output" if stream is sys.stdout else "standard error"
        files = any(word.startswith(("-o", "--output")) for word in sys.argv)
        told = "; files named with -o were written" if files else ""
        raise OutputError(f"{name}: cannot be written: {error.strerror}{told}") from None
