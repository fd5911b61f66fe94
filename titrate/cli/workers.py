"""Many rows at once: chunks of a roster to processes or machines, results back in the order of the rows."""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from typing import TypeVar

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")


@contextmanager
def processes(jobs: int) -> Iterator[Executor]:
    """Give that many worker processes, started afresh (`spawn`) on every system; they end with the block, or with us."""
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_begin)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def in_order(
    executor: Executor, work: Callable[[Chunk], Result], chunks: Iterable[Chunk], ahead: int
) -> Iterator[tuple[Chunk, Result]]:
    """Return each chunk with what `work` made of it, in order; at most `ahead` chunks are under way or wait to be taken."""
    under_way: deque[tuple[Chunk, Future[Result]]] = deque()
    for chunk in chunks:
        under_way.append((chunk, executor.submit(work, chunk)))
        if len(under_way) >= ahead:
            first, done = under_way.popleft()
            yield first, done.result()
    while under_way:
        first, done = under_way.popleft()
        yield first, done.result()


def usable() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _begin() -> None:
    """Leave Ctrl-C to the parent, and do not outlive it: a worker whose parent was killed would wait for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
