"""The `titrate` command: finds the subcommand, loads only that one, and turns every error into one line and an exit code."""

import os

# Time zones come from the tzdata package alone; nothing has to look where a system keeps its own.
os.environ["PYTHONTZPATH"] = ""

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from titrate import __version__
from titrate.cli.command import COMMANDS, HELP, check_command, loaded, looked_through, with_page
from titrate.cli.completion import ASKS
from titrate.cli.terminal import (
    PipeClosed,
    in_place,
    open_closed_streams,
    say,
    say_fault,
    show,
    stopped,
    system_errors,
    worded,
)
from titrate.errors import TitrateError, raise_all

INTERRUPTED = 130  # what typer makes of Ctrl-C


class LazyCommands(TyperGroup):
    """Commands that are imported when they are run; help and suggestions need only their names."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = {name: TyperCommand(name, short_help=text) for name, text in COMMANDS.items()}

    def get_help_option(self, ctx: Any) -> TyperOption | None:
        """Return `-h` and `--help`, which draw the page."""
        return with_page(super().get_help_option(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words before the command's name; BadInput for an option that only commands have."""
        if not args and not ctx.resilient_parsing:
            from titrate.cli.page import page

            show(*page(ctx), aside=True)
            raise typer.Exit(2)
        if not ctx.resilient_parsing:
            line = looked_through("", self.get_params(ctx), args, alone=False)
            raise_all([*line.unknown, *filter(None, line.faults.values())])
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the command that `args` name, imported; none where a shell asks about one that there is not."""
        name = args[0]
        if name in COMMANDS:
            return name, loaded(name), args[1:]
        if not ctx.resilient_parsing:
            check_command(name)
        return None, None, args[1:]


app = typer.Typer(
    cls=LazyCommands,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": HELP},
    epilog="titrate plan --start tomorrow --egfr 85 --age 44",
)


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
        for fault in error.faults:
            say_fault(worded(fault))
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
    except (KeyError, ValueError):
        if ASKS not in os.environ:
            raise
        say("titrate: a shell that asks for completion says with COMP_WORDS and COMP_CWORD what was typed")
        return 1
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
    """Say what the parser found wrong with words that were looked through, where it finds any; return exit code 2."""
    command = next((word for word in argv if word in COMMANDS), "")
    path = f"titrate {command}".rstrip()
    say(f"{path}: {error.format_message().rstrip('.')}; see {path} --help")
    return 2
