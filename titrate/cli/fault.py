"""An error that nobody foresaw, told so that it can be reported: where it happened, and nothing of what was typed."""

from __future__ import annotations

import traceback
from pathlib import PurePath

from titrate.cli.terminal import say


def tell(error: Exception) -> int:
    """Say what kind of error it was and where, without its text, which may hold a patient's facts; return exit code 1."""
    say(f"titrate: a fault of its own ({type(error).__name__}); files that were written are whole")
    say("Please report it with these lines; they hold nothing of the patient:")
    for frame in traceback.extract_tb(error.__traceback__):
        say(f"  {'/'.join(PurePath(frame.filename).parts[-3:])}:{frame.lineno} in {frame.name}")
    return 1
