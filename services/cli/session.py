"""What every command needs: the settings, the way to the data folder, and progress on standard error.

Progress is a bar on a terminal and a line every ten seconds elsewhere; figures never mix with it.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.imports import Runner
from services.reach import Told, reach
from services.settings import Settings

EVERY = 10.0  # seconds between two lines where there is no terminal


@dataclass(frozen=True, slots=True)
class Session:
    settings: Settings

    @contextmanager
    def folder(self, doing: str) -> Iterator[Runner]:
        """The runner of this data folder; `doing` names the work in the progress."""
        with progress(doing) as told, reach(self.settings, told) as run:
            yield run


def session_of(context: typer.Context) -> Session:
    found = context.obj
    if not isinstance(found, Session):
        raise TypeError("the callback of the application makes the session")
    return found


@contextmanager
def progress(doing: str) -> Iterator[Told]:
    if not sys.stderr.isatty():
        yield _lines(doing)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines(doing: str) -> Told:
    last = monotonic()

    def told(done: int, total: int | None) -> None:
        nonlocal last
        if monotonic() - last >= EVERY:
            last = monotonic()
            typer.echo(f"{doing}: {done}" + (f" / {total}" if total else ""), err=True)

    return told
