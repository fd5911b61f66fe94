"""Talking to a person: stderr for everything said, stdout for data; no control sequence but rich's own colours passes through."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar, cast

from titrate.errors import BadInput, InputEnded, OutputError, TitrateError
from titrate.wording.phrases import spelled

if TYPE_CHECKING:
    from rich.console import RenderableType

    from titrate.cli.command_line import CommandLine
    from titrate.model import Finding

Value = TypeVar("Value")

CONTROL = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]"
LONGEST_WORD = 200
LONG_WORD = rf"\S{{{LONGEST_WORD + 1},}}"


in_place: list[str] = []  # what was said of the files that this command has put in place: then its exit code is 0


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


def say_fault(text: str) -> None:
    """Say what went wrong: laid out and in colour on a terminal, else on one line, for which a script loads no rich."""
    if not sys.stderr.isatty():
        say(f"titrate: {text}")
        return
    from titrate.export.terminal.blocks import Hanging, Phrase

    show(Hanging(Phrase(text), Phrase("titrate", "stop")), aside=True)


def stopped() -> int:
    """Say that somebody stopped the command, and what became of its files; return the exit code."""
    say("titrate: stopped; the files were written" if in_place else "titrate: stopped; nothing was written")
    return 0 if in_place else 1


def say_command(command: CommandLine, *more: str) -> None:
    """Print a command to paste, with more options, to stderr: on one line, with every word of it."""
    quoted = command.plus(*more).quoted(sys.stderr.encoding or "utf-8")
    again = " ".join(("the same command again", *(("with", *more) if more else ())))
    write(f"  {quoted or again}\n", aside=True)


def worded(error: TitrateError) -> str:
    """Return what an error says, each fact under the name of its option."""
    from titrate.cli.fact_options import option  # only on the way to a message

    return error.worded(option)


def show(*blocks: RenderableType, aside: bool = False) -> None:
    """Draw blocks one below the other on stdout, or `aside` on stderr, as wide and as colourful as it is."""
    write(drawn(*blocks, aside=aside), aside=aside)


def drawn(*blocks: RenderableType, aside: bool = False) -> str:
    """Return blocks as `show` draws them; what is to stand in a terminal is drawn before any file is written."""
    from titrate.export.terminal.console import console  # rich is loaded to draw, and for nothing else

    return console(cast("TextIO", Unwritten(sys.stderr if aside else sys.stdout))).drawn(*blocks)


class Unwritten:
    """A stream to lay out for: rich writes an empty text to it, which a full disk refuses as it would any other."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write nothing."""
        return len(text)

    def flush(self) -> None:
        """Write nothing."""


def write(text: str, *, aside: bool = False) -> None:
    """Write what was drawn; what the stream's encoding lacks becomes a question mark, never an error."""
    if aside:
        with suppress(PipeClosed, OutputError):
            _write(sys.stderr, text)
    else:
        _write(sys.stdout, text)


def page(*blocks: RenderableType) -> None:
    """Draw blocks on stdout; on a terminal that they are longer than, through the pager that the environment names."""
    import shutil  # only for pages of evidence

    text = drawn(*blocks)
    if sys.stdout.isatty() and sys.stdin.isatty() and text.count("\n") >= shutil.get_terminal_size().lines:
        import pydoc

        os.environ.setdefault("LESS", "-FRX")  # colours as they are, and what was read stays on the screen
        pydoc.pager(text)
    else:
        write(text)


def draws_pictures(no_chart: bool, *, aside: bool = False) -> bool:
    """Return whether the staircase is drawn: for a person at a terminal, who did not ask to do without."""
    return not no_chart and (sys.stderr if aside else sys.stdout).isatty()


def say_findings(findings: Iterable[Finding]) -> None:
    """Say findings beside data: laid out on a terminal, else a line each, so that a script loads no rich for them."""
    if sys.stderr.isatty():
        from titrate.export.terminal.findings import everything

        show(*everything(tuple(findings)), aside=True)
        return
    from titrate.export.summary import finding_lines

    for line in finding_lines(findings):
        say(f"{line.label}: {line.text}")


def put(data: bytes) -> None:
    """Write data to stdout, byte for byte."""
    with stream_errors(sys.stdout):
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def can_ask() -> bool:
    """Return whether somebody sits there to answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def wrapped(text: str) -> str:
    """Return lines of text as wide as what is drawn on stderr at most."""
    from titrate.export.terminal.blocks import Phrase  # only where somebody is asked

    return drawn(*map(Phrase, text.splitlines()), aside=True).removesuffix("\n")


def ask(question: str, read: Callable[[str], Value], about: str = "") -> tuple[str, Value]:
    """Ask until the answer can be read; return it as typed and as read. Raises InputEnded where there is none any more.

    `about`: what is said once, before the question.
    """
    from titrate.cli.fact_options import option  # only where somebody is asked

    if about:
        say(f"\n{wrapped(about)}")
    while True:
        _write(sys.stderr, f"{question}: ")
        try:
            line = sys.stdin.readline()
        except KeyboardInterrupt:
            say("")  # what is said next begins on a line of its own
            raise
        except UnicodeDecodeError:
            say("this cannot be read as text; type it once more")
            continue
        except OSError:  # the terminal was closed
            line = ""
        if not line:
            say("")
            raise InputEnded("", "the input ended before the question was answered", "nothing was written")
        try:
            return line.strip(), read(line.strip())
        except InputEnded:
            raise
        except (BadInput, OutputError) as error:
            say(error.message(option))


def _write(stream: TextIO, text: str) -> None:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    with stream_errors(stream):
        stream.write(spelled(text, encoding).encode(encoding, "replace").decode(encoding))
        stream.flush()


@contextmanager
def stream_errors(stream: TextIO) -> Iterator[None]:
    """Raise PipeClosed when the reader has gone, OutputError when the disk behind the stream is full.

    Where files are in place already, neither: that the rest cannot be shown is said, and it goes on.
    """
    try:
        yield
    except OSError as error:
        if error.filename is not None:
            raise  # a file's error, not the stream's
        with suppress(OSError, ValueError):  # what is left in its buffer goes nowhere, without another error at the end
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        gone = isinstance(error, BrokenPipeError)
        if in_place and stream is sys.stdout:
            if not gone:
                say(f"titrate: standard output: cannot be written: {error.strerror}; the files were written")
            return
        if gone:
            raise PipeClosed from None
        name = "standard output" if stream is sys.stdout else "standard error"
        raise OutputError(name, "cannot be written: {reason}", reason=error.strerror) from None


@contextmanager
def system_errors() -> Iterator[None]:
    """Raise what `stream_errors` raises where typer or rich could not print, else OutputError, for any OSError of the block."""
    try:
        yield
    except OSError as error:
        at = error.__traceback__
        while at and at.tb_next:
            at = at.tb_next
        if at and at.tb_frame.f_globals.get("__name__", "").startswith(("typer.", "rich.")):
            with stream_errors(sys.stdout):
                raise
        place = Path(str(error.filename)) if error.filename else ""
        raise OutputError(place, "the system refuses: {reason}", reason=error.strerror) from None
