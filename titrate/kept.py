"""Evidence that was checked once, kept as Python keeps bytecode: beside it, and used only for the very same bytes.

Reading and checking the files is a tenth of a small command. What is kept holds the bytes that it was made from and those of
the sources they cite; if one byte differs, or anything is odd, it counts as not there. Python's own settings hold:
PYTHONDONTWRITEBYTECODE keeps nothing, PYTHONPYCACHEPREFIX says where.
"""

from __future__ import annotations

import marshal
import os
import sys
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any
from zlib import crc32

from titrate import __version__


def load(file: Path, made_from: bytes) -> Any:
    """Return what was kept for `file`, made from exactly these bytes, or None."""
    try:
        stored = _place(file).read_bytes()
    except OSError:
        return None
    if crc32(stored[4:]) != int.from_bytes(stored[:4], "big"):
        return None
    with suppress(EOFError, ValueError, TypeError):
        version, before, exact, data = marshal.loads(stored[4:])  # noqa: S302 - as trusted as the bytecode beside it
        if (version, before) == (__version__, made_from):
            return _read(data) if exact else data
    return None


def keep(file: Path, made_from: bytes, data: Any) -> None:
    """Keep `data` for `file` if Python may keep anything there; a folder that cannot be written is no error."""
    if sys.dont_write_bytecode:
        return
    place = _place(file)
    plain = _written(data)
    try:
        stored = marshal.dumps((__version__, made_from, plain != data, plain))
    except ValueError:  # what marshal does not know, such as a date: checked again each time
        return
    temporary = place.with_name(f"{place.name}.{os.getpid()}")
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(crc32(stored).to_bytes(4, "big") + stored)
            temporary.replace(place)
        except OSError:  # a full disk: what is half there goes too
            temporary.unlink(missing_ok=True)


def _written(value: Any) -> Any:
    """The same with each Decimal, which marshal does not know, as a tuple, of which TOML has none."""
    if isinstance(value, dict):
        return {key: _written(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_written(inner) for inner in value]
    return (str(value),) if isinstance(value, Decimal) else value


def _read(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _read(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_read(inner) for inner in value]
    return Decimal(value[0]) if isinstance(value, tuple) else value


def _place(file: Path) -> Path:
    folder = file.parent / "__pycache__"
    if sys.pycache_prefix:
        folder = Path(sys.pycache_prefix) / Path(*file.parent.absolute().parts[1:])
    return folder / f"{file.name}.{sys.implementation.cache_tag}"
