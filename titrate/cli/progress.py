"""How far a batch is: a bar with rate and time left on a terminal, a plain line now and then in a pipe; on stderr."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from titrate.batch.run import Progress
from titrate.cli.terminal import say

EVERY = 10  # seconds between lines in a pipe

Report = Callable[[Progress], None]


@contextmanager
def shown() -> Iterator[Report]:
    """Give what is to be told after each chunk how far the batch is."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield _lines()
        return
    from rich import progress

    from titrate.export.terminal.console import console

    columns = (
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TextColumn("rows, {task.fields[rate]:.0f} a second, left"),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=console(sys.stderr)) as bar:
        task = bar.add_task("", total=None, rate=0)
        yield lambda at: bar.update(task, completed=at.done, total=at.total, rate=bar.tasks[0].speed or 0)


def _lines() -> Report:
    started = last = time.monotonic()

    def line(at: Progress) -> None:
        nonlocal started, last
        moment = time.monotonic()
        if not at.done:  # what went before, such as reading a long roster through, is no part of the rate
            started = last = moment
            return
        if moment - last < EVERY:
            return
        last, rate = moment, at.done / (moment - started)
        so_far = ", ".join(f"{number} {outcome}" for outcome, number in at.counts.items())
        say(f"{at.done} of {at.total} rows: {so_far}; {rate:.0f} rows/s, {(at.total - at.done) / rate:.0f} s left")

    return line
