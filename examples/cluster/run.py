"""The plans of a roster, made by a Dask cluster: `python run.py ROSTER.csv --out DIR [--address tcp://HOST:8786]`.

Needs `pip install "baclofen-titrate[cluster]"` here and on every machine of the cluster. Without an address, two processes
of this computer are the cluster. The machines get rows and give back files: they need no common disk, and the folder is
the same, byte for byte, as with `titrate batch ROSTER.csv --out DIR`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from distributed import Client, LocalCluster

from titrate.batch.defaults import defaults
from titrate.batch.folder import Chunk, write_files
from titrate.batch.row import RowResult, Settings, plan_row
from titrate.batch.run import Order, formats_of, run_batch
from titrate.batch.workers import Done, Work, in_order
from titrate.errors import BadInput, TitrateError


def plan_chunk(settings: Settings, chunk: Chunk) -> tuple[RowResult, ...]:
    """What a machine of the cluster does: rows in, files out, nothing written there."""
    return tuple(plan_row(row, settings) for row, _ in chunk)


def by_cluster(client: Client, folder: Path) -> Work:
    """Share the rows between the machines; their files are put in place here, in the order of the roster."""

    def work(settings: Settings, chunks: Iterator[Chunk]) -> Done:
        ahead = 3 * max(1, len(client.ncores()))
        executor = client.get_executor(pure=False)
        for chunk, results in in_order(executor, partial(plan_chunk, settings), chunks, ahead):
            yield chunk, write_files(folder, results)

    return work


def main() -> int:
    """Plan the roster and say what became of the rows."""
    reader = argparse.ArgumentParser(description="Make the plans of a roster on a Dask cluster.")
    reader.add_argument("roster", type=Path)
    reader.add_argument("--out", type=Path, required=True)
    reader.add_argument("--format", default="json,ics")
    reader.add_argument("--address", help="the scheduler, such as tcp://10.0.0.1:8786")
    reader.add_argument("--id", type=UUID, help="the batch's id")
    reader.add_argument("--created", default=datetime.now(UTC).isoformat(), help="the moment of every plan")
    reader.add_argument("--resume", action="store_true")
    asked = reader.parse_args()
    try:
        order = Order(
            roster=asked.roster,
            folder=asked.out,
            formats=formats_of(asked.format),
            id=asked.id,
            resume=asked.resume,
            created=read_moment(asked.created),
            defaults=defaults(os.environ, datetime.now(UTC)),
        )
        counts = run(order, asked.address)
    except TitrateError as error:
        sys.stderr.write(f"{error.worded(option)}\n")
        return error.exit_code
    return 2 if counts.get("faulty") else 3 if counts.get("refused") else 0


def run(order: Order, address: str | None) -> Mapping[str, int]:
    """Plan the roster on the cluster at that address or on one of this computer; return how many rows ended in which way."""
    counts: Mapping[str, int] = {}
    with ExitStack() as at_the_end:
        cluster = address or at_the_end.enter_context(
            LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None)
        )
        client = at_the_end.enter_context(Client(cluster))
        for reached in run_batch(order, by_cluster(client, order.folder)):
            sys.stderr.write(f"{reached.done} of {reached.total} rows\n")
            counts = reached.counts
    return counts


def option(name: str) -> str:
    """Return the option of this program for the name that an error has for it."""
    return f"--{name}" if name in ("created", "id", "out", "resume") else name


def read_moment(typed: str) -> datetime:
    """Return the moment of every plan, to the second; BadInput for what is none."""
    try:
        return datetime.fromisoformat(typed).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        todo = "give one such as 2026-12-01T09:15:00+01:00"
        raise BadInput("created", "{typed} is no moment", todo, typed=typed) from None


if __name__ == "__main__":  # a cluster's processes import this file
    sys.exit(main())
