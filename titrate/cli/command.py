"""What every command does with its words before it runs: all that is wrong with them is found, and told at once.

The parser that typer has stops at the first fault. So words are looked through here before, what is wrong is set aside, and the
parser is given the rest; then each value is read by itself. A command that is reached has words without a fault of their own.
"""

from __future__ import annotations

import importlib
import sys
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperOption

from titrate.cli.values import Values, parameter_of
from titrate.errors import BadInput, nearest, raise_all

# Every command, in the order in which somebody meets them, with what it does.
COMMANDS = {
    "plan": "Make a dose plan from a start date and kidney function.",
    "screen": "Show what speaks against a start, and when to try it.",
    "kidney": "Show eGFR, creatinine clearance, band and ceiling for a creatinine, with the working.",
    "show": "Show a saved plan again, in any format.",
    "today": "Say what to take today.",
    "revise": "Change a running plan from a date on.",
    "share": "Show a code that opens a saved plan on a phone in the same network.",
    "batch": "Make the plans of a whole roster: one patient a row.",
    "evidence": "Show what the plans rest on, and look up a medicine or an illness.",
    "help": "Show what a command does and takes, with an example.",
}
HELP = ["-h", "--help"]


def loaded(name: str) -> TyperCommand:
    """Return a command by its name, imported."""
    command: TyperCommand = typer.main.get_command(importlib.import_module(f"titrate.cli.{name}").app)  # type: ignore[assignment]
    return command


def check_command(name: str) -> None:
    """Raise BadInput, with the name that may be meant, unless there is such a command."""
    if name not in COMMANDS:
        near = nearest(name.casefold(), COMMANDS)
        todo = f"did you mean {near}?" if near else _have(f"--{name}") or "see titrate --help"
        raise BadInput(f"command {name}", "there is none of that name", todo)


class Command(TyperCommand):
    """A command that tells all faults of its words at once, and whose help is drawn in panels."""

    def get_help_option(self, ctx: Any) -> TyperOption | None:
        """Return `-h` and `--help`, which draw the page."""
        return with_page(super().get_help_option(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of the command; raise BadInput, or BadInputs, for all that is wrong with them."""
        if ctx.resilient_parsing:  # a shell asks how an unfinished line may go on
            return super().parse_args(ctx, args)
        line = looked_through(self.name or "", self.get_params(ctx), args)
        rest = super().parse_args(ctx, line.words)
        raise_all([*line.unknown, *self._faults(ctx.params, line.faults)])
        return rest

    def _faults(self, values: Mapping[str, Any], told: Mapping[str, BadInput | None]) -> Iterator[BadInput]:
        """Yield what is wrong with each option, in the order in which facts and options are declared.

        `told`: the options of which something is known to be wrong already, and is not read.
        """
        takes: Values = self.callback.takes  # type: ignore[union-attr]
        read = [*takes.faults(self.name or "", values, told)]
        facts = [parameter_of(fact) for fact in takes.facts]
        for name in (*facts, *(option.name for option in self.params if option.name not in facts)):
            if fault := told.get(name or ""):
                yield fault
            yield from (fault for other, fault in read if other == name)


def with_page(option: TyperOption | None) -> TyperOption | None:
    """Return the option that asks for help, made to draw the page, which typer would print as it is."""
    if option is not None:
        option.callback = _draw_page
        option.help = "Show this page."
        option.opts.sort(key=len)
    return option


def _draw_page(context: Any, _option: object, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from titrate.cli import terminal
        from titrate.cli.page import page

        terminal.show(*page(context))
        raise typer.Exit


class Line(NamedTuple):
    """A command line that was looked through: the `words` that the parser can read, and what is wrong with the others.

    `unknown`: the faults of words that belong to no option. `faults`: by the option's name; None where it is told among those.
    """

    words: list[str]
    unknown: list[BadInput]
    faults: dict[str, BadInput | None]


class Single(NamedTuple):
    """Words that are no options and no value: one, or those that stand behind the `value` of the option `name`."""

    words: list[str]
    name: str = ""
    value: str = ""


def looked_through(command: str, options: Sequence[Any], words: Iterable[str], *, alone: bool = True) -> Line:
    """Return the words of a command with what is wrong with them set aside; `alone`: words that are no options may stand anywhere.

    What belongs to an unknown option is set aside with it: its value, and that it may stand for one that is missing.
    """
    named = {name: option for option in options for name in (*option.opts, *option.secondary_opts) if name[0] == "-"}
    line, rest, given = Line([], [], {}), deque(words), Counter[str]()
    single: list[Single] = []
    while rest:
        word = rest.popleft()
        if word == "--" or not (alone or word.startswith("-")):
            rest.appendleft(word)
            break
        if _is_single(word):
            single.append(Single([word]))
            continue
        name, joined, value = _parts(word, named)
        option = named.get(name)
        if option is None:
            meant = _meant(name, named)
            line.unknown.append(_unknown(command, name, meant))
            if meant:
                line.faults.setdefault(named[meant].name, None)
            if rest and not joined and not rest[0].startswith("-") and _takes_value(meant, named, options):
                rest.popleft()
            continue
        given[option.name] += 1
        if option.is_flag:
            if joined:
                line.faults.setdefault(option.name, BadInput(name, "it takes no value", f"give {name} alone"))
            line.words.append(name)
        elif not joined and (not rest or rest[0] in named):
            todo = f"give {name} {option.metavar or 'VALUE'}"
            line.faults.setdefault(option.name, BadInput(name, "no value stands after it", todo))
        else:
            value = value if joined else rest.popleft()
            line.words.extend((name, value))
            if behind := [*takewhile(_is_single, rest)]:
                single.append(Single(behind, name, value))
                rest = deque([*rest][len(behind) :])
    for option in {option.name: option for option in named.values()}.values():
        if given[option.name] > 1 and not (option.multiple or option.is_flag):
            fault = BadInput(option.opts[0], "it is given more than once", "give it once")
            line.faults.setdefault(option.name, fault)
    if not alone:
        return line._replace(words=[*line.words, *rest])
    single += [Single([word]) for word in [*rest][1:]]
    return line._replace(words=[*line.words, "--", *_arguments(command, options, single, line, named)])


def _is_single(word: str) -> bool:
    """Whether a word is no option."""
    return word == "-" or not word.startswith("-")


def _parts(word: str, named: Mapping[str, Any]) -> tuple[str, bool, str]:
    """The name in a word that begins as an option does, whether a value is joined to it, and the value."""
    if word[:2] in named and not word.startswith("--"):  # -oFILE
        return word[:2], len(word) > 2, word[2:]
    name, equals, value = word.partition("=")
    return name, bool(equals), value


def _arguments(
    command: str, options: Sequence[Any], single: Sequence[Single], line: Line, named: Mapping[str, Any]
) -> list[str]:
    """Return the words for the parser that belong to no option, with what is wrong about them put into `line`.

    Of the words behind a value the last are taken, since the first are often the rest of that value.
    """
    arguments = [option for option in options if option.param_type_name == "argument"]
    endless = any(argument.nargs < 0 for argument in arguments)
    stray = bool(line.unknown)  # to an unknown option a word may belong that stands behind it
    taken: list[str] = []
    for words, name, value in single:
        over = 0 if endless else max(len(words) + len(taken) - len(arguments), 0)
        taken += words[over:]
        if over and (name or not stray):
            line.unknown.append(_extra(command, " ".join(words[:over]), name, value))
        if over and name:
            line.faults.setdefault(named[name].name, None)
    for argument in [argument for argument in arguments if argument.required][len(taken) :]:
        missing = BadInput(argument.metavar, "it is missing", f"see titrate {command} --help")
        line.faults.setdefault(argument.name, None if line.unknown else missing)
        taken.append("-")  # for the parser, which would stop here
    return taken


def _extra(command: str, words: str, name: str, value: str) -> BadInput:
    """The fault of words that nothing takes: often the rest of a value with spaces."""
    if not name:
        return BadInput(command, "no option stands before {typed}", f"see titrate {command} --help", typed=words)
    from titrate.cli.command_line import CommandLine

    whole = CommandLine((name, f"{value} {words}".strip()), frozenset()).quoted(sys.stderr.encoding or "utf-8")
    todo = "if both are one, write {whole}" if whole else "if both are one, put them into quotation marks"
    option = str(whole).removeprefix("titrate ")
    return BadInput(name, "a second value stands behind it, {typed}", todo, typed=words, whole=option)


def _unknown(command: str, name: str, meant: str) -> BadInput:
    """The fault of an option that the command does not have: which command has it, or which option is meant."""
    program = f"titrate {command}".rstrip()
    todo = _have(name) or (f"did you mean {meant}?" if meant else f"see {program} --help")
    return BadInput(name, f"{program} has no such option", todo)


def _have(name: str) -> str:
    """Which commands have an option, in words; nothing where none does."""
    having = [command for command in COMMANDS if name in _visible(loaded(command).params)]
    if not having:
        return ""
    listed = " and ".join(filter(None, (", ".join(having[:-1]), having[-1])))
    return f"titrate {listed} {'has' if len(having) == 1 else 'have'} {name}"


def _visible(options: Iterable[Any]) -> set[str]:
    """The names of the options that the help shows."""
    return {name for option in options if not option.hidden for name in (*option.opts, *option.secondary_opts)}


def _meant(name: str, named: Mapping[str, Any]) -> str:
    """The option that a name resembles, or nothing."""
    by_name = {known.lstrip("-"): known for known in named if known in _visible([named[known]]) and known[:2] == "--"}
    return by_name.get(nearest(name.lstrip("-").casefold(), by_name), "")


def _takes_value(meant: str, named: Mapping[str, Any], options: Iterable[Any]) -> bool:
    """Whether the word after an unknown option is its value: as the option that is meant, else where no word stands alone."""
    if meant:
        return not named[meant].is_flag
    return all(option.param_type_name != "argument" for option in options)
