"""The vault: random references for people and households, and nothing that leads from them to an event.

In: an identity or an address. Out: a random reference, the same one for the same identity. What is stored is a keyed
HMAC of the normal form (the blind index) and the reference; never the identity itself. The key is its own file, and the
vault has its own database and access log. Limits: a name alone is told apart only by the community it is said in; of
several references given under older normal forms to one identity, the first that is asked for again is kept.
"""

import hmac
import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path

from services.identities import forms
from streams.errors import TerminalError, of_sqlite

_SCHEMA = """
CREATE TABLE IF NOT EXISTS reference (blind BLOB PRIMARY KEY, ref TEXT NOT NULL UNIQUE) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS access (
  at TEXT NOT NULL, actor TEXT NOT NULL, verb TEXT NOT NULL, n INTEGER NOT NULL
) STRICT;
"""
KEY_BYTES = 32
Asked = tuple[str, str, str]  # kind (id_number, phone, name or household), what was said, community it was said in
Refer = Callable[[Sequence[Asked], str], list[str]]  # and who asks


class Vault:
    """`now` gives the wire time of an access."""

    def __init__(self, folder: Path, now: Callable[[], str]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._key = _key(folder / "vault.key", exists=(folder / "vault.db").exists())
        self._path = folder / "vault.db"
        with self._guarded():
            self._db = sqlite3.connect(self._path, check_same_thread=False)
            self._path.chmod(0o600)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)

    @contextmanager
    def asking(self) -> Iterator[Refer]:
        """Asks for references that are kept at its end, all or none: a disk takes as long for one as for thousands.

        Raises `TransientError` where they cannot be kept. From the first question on others wait.
        """
        with ExitStack() as held:
            begun = False

            def refer(asked: Sequence[Asked], actor: str) -> list[str]:
                nonlocal begun
                known = [(kind, tuple(forms(kind, text, community))) for kind, text, community in asked]
                if not begun:
                    held.enter_context(self._guarded())
                    held.enter_context(self._lock)
                    held.enter_context(self._db)
                    begun = True
                refs = [self._refer(kind, texts) for kind, texts in known]
                self._db.execute("INSERT INTO access VALUES (?,?,?,?)", (self._now(), actor, "refer", len(asked)))
                return refs

            yield refer

    def refer(self, asked: Sequence[Asked], actor: str) -> list[str]:
        """One reference for each that is asked for. Raises `WrongIdentity`, and nothing is given then."""
        with self.asking() as refer:
            return refer(asked, actor)

    def close(self) -> None:
        self._db.close()

    def _guarded(self) -> AbstractContextManager[None]:
        return of_sqlite(self._path, "保险库不可用 / the vault cannot be used")

    def _refer(self, kind: str, texts: tuple[str, ...]) -> str:
        """What is found under an older form is kept under the newest from now on."""
        blinds = [hmac.digest(self._key, f"{kind}\0{text}".encode(), sha256) for text in texts]
        for blind in blinds:
            row = self._db.execute("SELECT ref FROM reference WHERE blind = ?", (blind,)).fetchone()
            if row is not None:
                if blind != blinds[0]:
                    self._db.execute("UPDATE reference SET blind = ? WHERE blind = ?", (blinds[0], blind))
                return str(row[0])
        ref = ("h-" if kind == "household" else "p-") + secrets.token_urlsafe(16)
        self._db.execute("INSERT INTO reference VALUES (?,?)", (blinds[0], ref))
        return ref


def _key(path: Path, *, exists: bool) -> bytes:
    """The vault's key, made on first use. A vault whose key is gone must not silently get another one."""
    if not exists:  # a key cut off by a crash has given no reference yet
        path.touch(mode=0o600)
        if len(path.read_bytes()) != KEY_BYTES:
            _write_for_good(path, secrets.token_bytes(KEY_BYTES))
    if not path.exists() or len(path.read_bytes()) != KEY_BYTES:
        raise TerminalError(f"保险库的密钥不见了 / the vault's key is missing: {path}. 请从备份恢复 / restore it")
    return path.read_bytes()


def _write_for_good(path: Path, content: bytes) -> None:
    """On the disk when this returns: references without their key would be lost with it."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
