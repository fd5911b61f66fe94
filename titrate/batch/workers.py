"""Many rows at once: chunks of a roster to processes or machines, results back in the order of the rows."""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import get_context, parent_process
from pathlib import Path
from types import FrameType
from typing import TypeVar

from titrate.batch.folder import Chunk, plan_and_write
from titrate.batch.row import RowResult, Settings
from titrate.errors import OutputError

Done = Generator[tuple[Chunk, tuple[RowResult, ...]], None, None]
Work = Callable[[Settings, Iterator[Chunk]], Done]

Given = TypeVar("Given")
Result = TypeVar("Result")


def by_processes(jobs: int, folder: Path) -> Work:
    """Return how to share the work between processes of this computer, which write the files themselves."""

    def work(settings: Settings, chunks: Iterator[Chunk]) -> Done:
        write = partial(plan_and_write, folder, settings)
        if jobs == 1:
            for chunk in chunks:
                yield chunk, write(chunk)
            return
        try:
            with processes(jobs) as pool:
                yield from in_order(pool, write, chunks, ahead=3 * jobs)
        except BrokenProcessPool:
            raise OutputError("jobs", "a process ended before its work was done", "was the memory short?") from None

    return work


@contextmanager
def processes(jobs: int) -> Iterator[Executor]:
    """Give that many worker processes, started afresh (`spawn`) on every system; they end with the block, or with us."""
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_begin)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def stopped_once(tell: Callable[[], None]) -> Iterator[None]:
    """Let the first Ctrl-C tell at once that it was heard and raise KeyboardInterrupt, and let no further one disturb the end.

    A second one would break off the wait for the workers, and the process would wait for them again for ever.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler or _in_a_thread():
        yield  # somebody else decides what a Ctrl-C does
        return

    def stop(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)
        with suppress(RuntimeError):  # it came while a line was being written
            tell()
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let Ctrl-C wait until the block is done; a process that is started in it never hears one."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def in_order(
    executor: Executor, work: Callable[[Given], Result], chunks: Iterable[Given], ahead: int
) -> Generator[tuple[Given, Result], None, None]:
    """Return each chunk with what `work` makes of it, in order; at most `ahead` chunks are under way or wait to be taken."""
    under_way: deque[tuple[Given, Future[Result]]] = deque()
    for chunk in chunks:
        with undisturbed():  # it may start a process, which a Ctrl-C would end with a page of its own
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


def _in_a_thread() -> bool:
    return threading.current_thread() is not threading.main_thread()


def _begin() -> None:
    """Leave Ctrl-C to the parent, and do not outlive it: a worker whose parent was killed would wait for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
