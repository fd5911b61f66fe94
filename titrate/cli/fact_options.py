"""What the command line calls a fact or an action: all that a message needs of the options, and so a file of its own."""

from __future__ import annotations

from titrate.inputs.facts import PLAN, REVISION

NAMES = {fact.key: fact.option for fact in (*PLAN, *REVISION)} | {
    **{name: f"--{name}" for name in ("bind", "explain", "format", "from", "id", "jobs", "out")},
    "output": "-o",
}


def option(name: str) -> str:
    """Return the option of the command line for the name that an error has for a fact or an action."""
    return NAMES.get(name, name)
