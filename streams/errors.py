"""Two kinds of failure, and no third: the adapter maps its driver's codes, the loop decides by type."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MAY_PASS = frozenset({"SQLITE_BUSY", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_LOCKED"})


class TransientError(Exception):
    """May pass by itself: retry with backoff, acknowledge nothing meanwhile."""


class TerminalError(Exception):
    """Will not pass by itself: the process ends with this reason."""


class Conflict(ValueError):
    """The same event id with other content; the one that was there stays."""


@contextmanager
def of_sqlite(path: Path, unusable: str) -> Iterator[None]:
    """Maps SQLite's errors in the file `path` to the two kinds; a terminal one says it is `unusable`."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        name = getattr(error, "sqlite_errorname", "")  # what Python's module itself raises has none
        if isinstance(error, sqlite3.OperationalError) and name in _MAY_PASS:
            raise TransientError(f"{path}: {error}") from error
        raise TerminalError(f"{unusable}: {path}: {error}") from error
