"""`titrate help`: the page that the `--help` of a command draws, by the command's name."""

from __future__ import annotations

from typing import Annotated

import typer

from titrate.cli import completion, terminal
from titrate.cli import options as opt
from titrate.cli.command import COMMANDS, check_command, loaded
from titrate.cli.page import page

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command("help", cls=opt.Command, epilog="titrate help plan")
@opt.with_facts
def help(
    context: typer.Context,
    command: Annotated[
        str | None,
        typer.Argument(
            metavar="[COMMAND]",
            help=f"One of {', '.join(COMMANDS)}. [all of them]",
            autocompletion=completion.of(lambda _: COMMANDS),
        ),
    ] = None,
) -> int:
    """Show what a command does and takes, with an example; without a command what there is."""
    root = context.parent or context
    if command is None:
        terminal.show(*page(root))
        return 0
    check_command(command)
    terminal.show(*page(type(context)(loaded(command), info_name=command, parent=root)))
    return 0
