"""Ctrl-C is heard by what the tests start, also where the tests themselves were started in the background, which ignores it."""

import signal

signal.signal(signal.SIGINT, signal.default_int_handler)
