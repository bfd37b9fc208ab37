"""How a command reaches the data folder: it opens the folder, runs commands of the one table, and lets go.

In: settings. Out: a runner `(command, request) → rows`, the folder's lock held as long as it is used. Raises
`Unavailable` where another process holds the folder.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from services.commands import COMMANDS
from services.imports import Runner
from services.settings import Settings
from services.wiring import open_office

Told = Callable[[int, int | None], None]


@contextmanager
def reach(settings: Settings, told: Told = lambda done, total: None) -> Iterator[Runner]:
    """`told` hears of progress: how many are done, of how many where that is known."""
    office = open_office(settings)

    def run(command: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        return COMMANDS[command](office, request, told)

    try:
        yield run
    finally:
        office.close()
