"""What stops the program from outside: Ctrl-C, SIGTERM, a terminal that is closed."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STOPS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

_unheard: list[str] = []  # stops that came where Python passes no error on, such as while it forgets an object


def hear_stops() -> None:
    """Let SIGTERM and a closed terminal raise KeyboardInterrupt as Ctrl-C does, but for those that are to be ignored."""
    for number in STOPS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
    sys.unraisablehook = _note_unheard


def ignore_stops() -> None:
    """Let nothing disturb the end of a process whose exit code stands."""
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def stops_held() -> Iterator[None]:
    """Let whatever stops the program wait until the block is done; raise KeyboardInterrupt before it for one that was unheard.

    By handlers, not by the mask of a thread: others, such as those that lay out a PDF, would hear it and pass it on.
    """
    if threading.current_thread() is not threading.main_thread():  # which hears none
        yield
        return
    if _unheard:
        _unheard.clear()
        raise KeyboardInterrupt
    heard: list[int] = []
    before = {number: signal.getsignal(number) for number in STOPS}
    try:
        for number in STOPS:
            signal.signal(number, lambda number, _frame: heard.append(number))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if heard:
            signal.raise_signal(heard[0])


@contextmanager
def stops_passed_to(stop: Callable[[], object]) -> Iterator[None]:
    """Let whatever stops the program call `stop` until the block is done, but for what is to be ignored.

    For an event loop: an error that a handler raises there may be raised where nobody passes it on.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: handler for number in STOPS if (handler := signal.getsignal(number)) is not signal.SIG_IGN}
    try:
        for number in before:
            signal.signal(number, lambda _number, _frame: stop())
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _note_unheard(error: sys.UnraisableHookArgs) -> None:
    if issubclass(error.exc_type, KeyboardInterrupt):
        _unheard.append(str(error.object))
    else:
        sys.__unraisablehook__(error)
