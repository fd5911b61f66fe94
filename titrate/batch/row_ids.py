"""The ids of a roster's rows: which can name a file on every system, and which stand in more than one row."""

from __future__ import annotations

import re
import sqlite3
from types import TracebackType
from typing import Self

from titrate.errors import OutputError

LONGEST = 64
FITTING = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?")
OURS = ("batch", "manifest", "rejected")  # the files of the batch itself
WINDOWS = re.compile(r"con|prn|aux|nul|(?:com|lpt)[0-9]")  # devices, whatever suffix follows
AT_ONCE = 4_096  # KiB of the index that stay in memory


def wrong_with(id: str) -> str:
    """Return why an id cannot name the files of a row, or nothing.

    Only ASCII letters, digits, dot, hyphen and underscore: no path, no name that two systems write differently.

    >>> wrong_with("P-0017"), wrong_with("con.1")
    ('', 'is a name that Windows keeps for itself; give another')
    """
    if not id:
        return "is empty; give each row a name of its own"
    if len(id) > LONGEST:
        return f"has {len(id)} characters; give at most {LONGEST}"
    if not FITTING.fullmatch(id):
        return "cannot name a file everywhere; use letters A-Z, digits, - and _, with a letter or digit first"
    stem = key(id).partition(".")[0]
    if WINDOWS.fullmatch(stem):
        return "is a name that Windows keeps for itself; give another"
    if stem in OURS:
        return "is a name that the batch needs for its own files; give another"
    return ""


def key(id: str) -> str:
    """Return what two ids share that would be one file where capitals do not count."""
    return id.lower()


class Repeats:
    """Which ids stand in more than one row, capitals aside.

    A set would grow with the roster. The index is SQLite's: a temporary file that it removes even when the process is
    killed, with a few megabytes of it in memory.
    """

    def __init__(self) -> None:
        self._index = sqlite3.connect("", isolation_level=None)
        for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{AT_ONCE}"):
            self._index.execute(f"PRAGMA {setting}")
        self._index.execute("CREATE TABLE seen (id TEXT PRIMARY KEY, row INTEGER) WITHOUT ROWID")
        self._index.execute("CREATE TABLE again (id TEXT PRIMARY KEY, row INTEGER) WITHOUT ROWID")
        self._index.execute("BEGIN")
        self._any = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._index.close()

    def add(self, id: str, row: int) -> None:
        """Note that the id stands in that row."""
        try:
            new = self._index.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (key(id), row)).rowcount
            if not new:
                self._any = True
                self._index.execute("INSERT OR IGNORE INTO again VALUES (?, ?)", (key(id), row))
        except sqlite3.Error as error:
            raise OutputError(
                "", "the index of ids cannot be kept: {reason}", "make room for temporary files", reason=error
            ) from None

    def rows(self, id: str) -> tuple[int, int] | None:
        """Return the first two rows that share the id, or None where it stands once."""
        if not self._any:
            return None
        both = "SELECT seen.row, again.row FROM again JOIN seen USING (id) WHERE id = ?"
        rows: tuple[int, int] | None = self._index.execute(both, (key(id),)).fetchone()
        return rows
