"""The page that every `--help` draws: what a command does, its options in panels, an example to paste."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from titrate.inputs.facts import OUTPUT_PANEL

NAMES = 29  # columns for the name of an option at most; a longer one is parted between its words
TWO_COLUMNS = 70  # from so many columns on a name and what it does stand side by side


def page(context: Any) -> Iterator[RenderableType]:
    """Yield the page of a command, or of the program: usage, what it does, options in panels, examples.

    The panels stand in the order in which the command declares their first option; `Output` comes last.
    """
    command = context.command
    usage = " ".join(("Usage:", context.command_path, *command.collect_usage_pieces(context)))
    yield Text(usage.replace("{", "").replace("}", ""), "head")  # in which typer puts what must be given
    yield ""
    for paragraph in (command.help or "").split("\n\n"):
        yield Padding(" ".join(paragraph.split()), (0, 1, 1, 1))
    if commands := getattr(command, "commands", None):
        rows = [(name, each.short_help or "") for name, each in commands.items()]
        yield Panelled("Commands", rows, max(map(len, commands)))
    panels: dict[str, list[tuple[str, str]]] = {}
    for option in command.get_params(context):
        if not option.hidden:
            panel = option.rich_help_panel or ("Arguments" if option.param_type_name == "argument" else OUTPUT_PANEL)
            panels.setdefault(panel, []).append((_name(option, context), _help(option)))
    names = min(NAMES, max(len(name) for rows in panels.values() for name, _ in rows))
    for title in sorted(panels, key=lambda title: title == OUTPUT_PANEL):
        yield Panelled(title, panels[title], names)
    examples = (command.epilog or "").splitlines()
    yield Text("Examples:" if len(examples) > 1 else "Example:", "head")
    for example in examples:
        yield Text(f"  {example}", no_wrap=True, overflow="ignore")  # one line, to be pasted


class Panelled(NamedTuple):
    """A panel with a line for each name: what it is beside it, or below it where a terminal is narrow.

    `names`: the columns of the names.
    """

    title: str
    rows: Sequence[tuple[str, str]]
    names: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the panel."""
        names = [Text(name, "fact") for name, _ in self.rows]
        content: RenderableType
        if options.max_width < TWO_COLUMNS:
            lines: list[RenderableType] = []
            for name, (_, text) in zip(names, self.rows, strict=True):
                lines += (name, Padding(text, (0, 0, 0, 2)))
            content = Group(*lines)
        else:
            content = Table.grid(padding=(0, 2, 0, 0))
            content.add_column(width=self.names)
            content.add_column()
            for name, (_, text) in zip(names, self.rows, strict=True):
                content.add_row(name, text)
        yield Panel(content, title=Text(self.title, "section"), title_align="left", border_style="note")


def _name(option: Any, context: Any) -> str:
    """The names of an option and of its value; of an argument what stands for it."""
    if option.param_type_name == "argument":
        return str(option.make_metavar(context)).strip("[]")
    value = "" if option.is_flag else f" {option.make_metavar(context)}"
    return ", ".join((*option.opts, *option.secondary_opts)) + value


def _help(option: Any) -> str:
    """What an option is, and which variable of the environment says it where it is not given."""
    variable = f" [env {option.envvar}]" if option.envvar else ""
    return f"{option.help or ''}{variable}"
