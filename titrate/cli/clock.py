"""The only clock: read once a run, `SOURCE_DATE_EPOCH` first, so that a run can be repeated to the byte."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from titrate.errors import BadInput


def now(zone: ZoneInfo) -> datetime:
    """Return this moment, to the second, in `zone`; BadInput if SOURCE_DATE_EPOCH is no number of seconds."""
    told = os.environ.get("SOURCE_DATE_EPOCH")
    if not told:
        return datetime.now(UTC).replace(microsecond=0).astimezone(zone)
    try:
        if not (told.isascii() and told.removeprefix("-").isdigit()):  # which `int` alone does not mind
            raise ValueError
        return datetime.fromtimestamp(int(told), UTC).astimezone(zone)
    except (ValueError, OverflowError, OSError):
        raise BadInput(f"SOURCE_DATE_EPOCH: {told!r} is no number of seconds since 1970; unset it or mend it") from None
