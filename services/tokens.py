"""Tokens of the HTTP interface: who may do what until when. Only their SHA-256 is kept.

In: a name, verbs and a term. Out: the token, once; later, whose it is. The file `tokens.json` lies beside the data,
readable by its user alone, and the owner of the folder is the only one who writes it. Two tokens of one name may be
good at the same time, so that a token can be replaced without a gap.
"""

import json
import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from schemas import instant, wire_time
from streams.errors import TerminalError

PREFIX = "fanzha_"  # what scanners for leaked secrets look for
RANDOM_BYTES = 32
ID_DIGITS = 12  # of the hash; they name a token to people


class Verb(StrEnum):
    """What a token may be good for."""

    submit = "submit"
    read = "read"


VERBS: tuple[str, ...] = tuple(Verb)


@dataclass(frozen=True, slots=True)
class Token:
    """`until` is a wire time; `sha256` of the whole token, hexadecimal."""

    name: str
    may: tuple[str, ...]
    until: str
    sha256: str

    @property
    def id(self) -> str:
        return self.sha256[:ID_DIGITS]


class Tokens:
    """Raises `TerminalError` where the file cannot be read: nobody is let in by mistake."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._known = {token.sha256: token for token in _read(path)}

    def issue(self, name: str, may: Sequence[str], now: datetime, days: int) -> tuple[str, Token]:
        """A new token, which is not kept, and what is kept of it. `now` is aware."""
        text = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
        token = Token(name, tuple(may), wire_time(now + timedelta(days=days)), _hash(text))
        with self._lock:
            self._keep(self._known | {token.sha256: token})
        return text, token

    def end(self, id_: str) -> Token | None:
        """The token that is good no longer, or nothing where there is none of that id."""
        with self._lock:
            found = next((t for t in self._known.values() if t.id == id_), None)
            if found is not None:
                self._keep({hashed: t for hashed, t in self._known.items() if t is not found})
        return found

    def of(self, text: str, now: datetime) -> Token | None:
        """Whose token this is, where it is good at `now`."""
        token = self._known.get(_hash(text))
        return token if token is not None and now < instant(token.until) else None

    def __iter__(self) -> Iterator[Token]:
        return iter(sorted(self._known.values(), key=lambda t: (t.name, t.until)))

    def _keep(self, known: dict[str, Token]) -> None:
        fresh = self._path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump([asdict(t) for t in known.values()], file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        self._known = known


def _hash(text: str) -> str:
    """Plain: 256 random bits need no slow hash, and equal hashes are found without comparing secrets."""
    return sha256(text.encode()).hexdigest()


def _read(path: Path) -> list[Token]:
    try:
        said = json.loads(path.read_text("utf-8")) if path.exists() else []
        return [Token(t["name"], tuple(t["may"]), wire_time(instant(t["until"])), t["sha256"]) for t in said]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TerminalError(f"令牌文件不可用 / the file of tokens cannot be used: {path}: {error}") from error
