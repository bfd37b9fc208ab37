"""Where the owner of a data folder can be reached: `run.json` beside the data, readable by its user alone.

In: the folder. Out: process, address and token of the owner, or nothing. The file is written whole and removed at the
end; after a kill it stays behind, which harms nobody: the folder's lock is asked first, and it is free then.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

NAME = "run.json"
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # who listens everywhere is reached on this machine


@dataclass(frozen=True, slots=True)
class Owner:
    """`token` (256 random bits, hexadecimal) must come with every request of a command."""

    pid: int
    host: str
    port: int
    token: str

    @property
    def url(self) -> str:
        host = ANYWHERE.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


@contextmanager
def announced(folder: Path, owner: Owner) -> Iterator[None]:
    """The file stands as long as the block runs."""
    path, fresh = folder / NAME, folder / f"{NAME}.{owner.pid}"
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(owner), file)
    fresh.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def read_owner(folder: Path) -> Owner | None:
    try:
        said = json.loads((folder / NAME).read_text("utf-8"))
        return Owner(int(said["pid"]), str(said["host"]), int(said["port"]), str(said["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
