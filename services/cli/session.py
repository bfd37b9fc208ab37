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

from schemas import read_plan
from services.errors import Unavailable
from services.imports import Runner
from services.lock import Held
from services.office import Office
from services.reach import Told, reach
from services.runfile import read_owner
from services.settings import Settings, another_plan, plan_text
from services.wiring import open_office

INTERRUPTED = 130  # as shells have it
EVERY = 10.0  # seconds between two lines where there is no terminal


@dataclass(frozen=True, slots=True)
class Session:
    settings: Settings

    @contextmanager
    def folder(self, doing: str, *, any_plan: bool = False) -> Iterator[Runner]:
        """The runner of this data folder; `doing` names the work in the progress. `any_plan`: as for `reach`."""
        with progress(doing) as told, reach(self.settings, told, any_plan=any_plan) as run:
            yield run


@contextmanager
def owned(settings: Settings) -> Iterator[Office]:
    """The data folder itself, for those who serve it. Raises `Unavailable` with the address where it is served."""
    try:
        office = open_office(settings)
    except Held as error:
        owner = read_owner(settings.data)
        where = f"；界面已在 {owner.url} / it is served there already" if owner else ""
        raise Unavailable(f"{error}{where}") from error
    try:
        _check_plan(settings, office)
        yield office
    finally:
        office.close()


def _check_plan(settings: Settings, office: Office) -> None:
    """Raises `PlanError` where the folder counts under another plan than the file that is named."""
    in_force = office.plans().in_force(office.now())
    if settings.plan and in_force and in_force.sha256 != read_plan(plan_text(settings))[1]:
        raise another_plan(settings.plan, in_force.plan.id, in_force.plan.version)


def session_of(context: typer.Context) -> Session:
    found = context.obj
    if not isinstance(found, Session):
        raise TypeError("the callback of the application makes the session")
    return found


@contextmanager
def progress(doing: str) -> Iterator[Told]:
    """Ctrl-C within it ends the command with a word on how to go on: everything done so far is kept."""
    try:
        with _progress(doing) as told:
            yield told
    except KeyboardInterrupt:
        typer.echo(f"已停止；再运行同一命令即可继续 / {doing} stopped; the same command again goes on", err=True)
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def _progress(doing: str) -> Iterator[Told]:
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
