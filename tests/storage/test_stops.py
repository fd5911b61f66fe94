"""What stops the program waits while files are put in place, and is heard before and after."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from titrate.storage.stops import STOPS, stops_held, stops_passed_to

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of a POSIX system")


def test_ctrl_c_in_a_block_that_holds_stops_is_heard_when_the_outermost_one_is_done() -> None:
    done = []

    def write() -> None:
        with stops_held():
            with stops_held():
                signal.raise_signal(signal.SIGINT)
                done.append("inner")
            done.append("outer")
        done.append("after")

    with pytest.raises(KeyboardInterrupt):
        write()
    assert done == ["inner", "outer"]


def test_what_the_program_ignores_or_does_by_itself_it_does_again_after_the_block() -> None:
    before = {number: signal.getsignal(number) for number in STOPS}
    with stops_held():
        assert not {signal.getsignal(number) for number in STOPS} & set(before.values())
    assert {number: signal.getsignal(number) for number in STOPS} == before


UNHEARD = """
import signal, sys, weakref
from titrate.storage.stops import hear_stops, stops_held
hear_stops()
class Thing: pass
thing = Thing()
watch = weakref.ref(thing, lambda _: signal.raise_signal(signal.SIGTERM))
del thing
print("goes on", flush=True)
with stops_held():
    print("writes")
"""


def test_a_stop_that_python_passes_on_to_nobody_is_heard_before_anything_is_written() -> None:
    ran = subprocess.run([sys.executable, "-c", UNHEARD], capture_output=True, text=True, check=False)
    assert ran.stdout == "goes on\n"
    assert ran.stderr.splitlines()[-1] == "KeyboardInterrupt"
    assert "Exception ignored" not in ran.stderr


@pytest.mark.parametrize("number", STOPS)
def test_a_stop_is_passed_on_until_the_block_is_done(number: signal.Signals) -> None:
    heard: list[str] = []
    before = signal.signal(number, signal.default_int_handler)
    try:
        with stops_passed_to(lambda: heard.append("stop")):
            signal.raise_signal(number)
            signal.raise_signal(number)
        assert heard == ["stop", "stop"]
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    finally:
        signal.signal(number, before)


def test_a_stop_that_is_to_be_ignored_is_not_passed_on() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stops_passed_to(lambda: pytest.fail("it was heard")):
            signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
