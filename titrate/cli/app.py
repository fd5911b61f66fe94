"""The `titrate` command: finds the subcommand, loads only that one, and turns every error into one line and an exit code."""

import os

# Time zones come from the tzdata package alone; nothing has to look where a system keeps its own.
os.environ["PYTHONTZPATH"] = ""

import importlib
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from titrate import __version__
from titrate.cli.terminal import (
    PipeClosed,
    in_place,
    open_closed_streams,
    say,
    say_fault,
    stopped,
    system_errors,
    worded,
)
from titrate.errors import BadInput, TitrateError

INTERRUPTED = 130  # what typer makes of Ctrl-C

COMMANDS = {
    "plan": "Make a dose plan from a start date and kidney function.",
    "kidney": "Show eGFR, creatinine clearance, band and ceiling for a creatinine, with the working.",
    "screen": "Show what speaks against a start, and when to try it.",
    "show": "Show a saved plan again, in any format.",
    "revise": "Change a running plan from a date on.",
    "today": "Say what to take today.",
    "batch": "Make the plans of a whole roster: one patient a row.",
    "evidence": "Show what the plans rest on, and look up a medicine or an illness.",
}


class LazyCommands(TyperGroup):
    """Commands that are imported when they are run; help and suggestions need only their names."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = {name: TyperCommand(name, help=text) for name, text in COMMANDS.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the command that `args` name, imported."""
        name, _, rest = super().resolve_command(ctx, args)
        module = importlib.import_module(f"titrate.cli.{name}")
        command = typer.main.get_command(module.app)
        _refuse_repeats(command.params, rest)
        return name, command, rest


def _refuse_repeats(options: Sequence[Any], words: Sequence[str]) -> None:
    """Raise BadInput where an option that takes one value is given twice: the last would win in silence."""
    given = [word.partition("=")[0] for word in words if word.startswith("--")]
    if len(set(given)) == len(given):
        return
    for option in options:
        if not (option.multiple or getattr(option, "is_flag", False)) and sum(map(given.count, option.opts)) > 1:
            raise BadInput(option.opts[0], "it is given more than once", "give it once")


app = typer.Typer(cls=LazyCommands, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"titrate {__version__}")
        raise typer.Exit


@app.callback()
def titrate(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Plan a start of oral baclofen for Raynaud's phenomenon (off-label), to take to a prescriber."""


def run(argv: Sequence[str]) -> int:
    """Run the command line `argv` and return its exit code: 0 done, 1 could not write, 2 wrong input, 3 refused."""
    open_closed_streams()
    in_place.clear()
    try:
        with system_errors():  # help and completion are printed by typer
            done = typer.main.get_command(app).main(list(argv), prog_name="titrate", standalone_mode=False)
        if done == INTERRUPTED:
            raise KeyboardInterrupt
    except TitrateError as error:
        say_fault(worded(error))
        return error.exit_code
    except typer.TyperException as error:
        return _usage(error, argv)
    except (KeyboardInterrupt, typer.Abort) as error:
        if isinstance(error.__cause__, EOFError):  # half a file, left by Python when the disk was full
            place = __file__.rpartition("cli")[0]
            say(f"titrate: a compiled module is damaged; delete every folder named __pycache__ in {place}")
            return 1
        return stopped()
    except PipeClosed:
        return 0  # whoever read our output has read enough
    except SystemExit as gone:
        if not isinstance(gone.__context__, BrokenPipeError):
            raise
        return 0  # the same, while typer printed help
    return done if isinstance(done, int) else 0


def report(error: Exception) -> int:
    """Say what kind of error it was and where, without its text, which may hold a patient's facts; return exit code 1."""
    import traceback
    from pathlib import PurePath

    if isinstance(error.__context__, KeyboardInterrupt):  # which Python turned into another error
        return stopped()
    written = "the files were written" if in_place else "files that were written are whole"
    say(f"titrate: a fault of its own ({type(error).__name__}); {written}")
    say("Please report it with these lines; they hold nothing of the patient:")
    for frame in traceback.extract_tb(error.__traceback__):
        say(f"  {'/'.join(PurePath(frame.filename).parts[-3:])}:{frame.lineno} in {frame.name}")
    return 0 if in_place else 1


def _usage(error: typer.TyperException, argv: Sequence[str]) -> int:
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        say(error.format_message())
        return 2
    command = next((word for word in argv if not word.startswith("-")), "")  # which the parser does not tell
    path = context.command_path if context else f"titrate {command}" if command in COMMANDS else "titrate"
    say(f"{path}: {error.format_message().rstrip('.')}; see {path} --help")
    return 2
