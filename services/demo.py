"""A simulated county in a data folder: its history once, then a live trickle until it is told to stop.

In: an office whose folder holds nothing real. Out: submissions, through the same door as all others. What the history
was made from is remembered beside the data, so that an interrupted one goes on where it was: its events are said again
and answered as duplicates.
"""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import structlog

from services.imports import InputError
from services.office import Office
from services.settings import Settings
from services.simulate import Params, history, trickle
from streams.errors import TransientError
from streams.figures import Question
from streams.pump import pauses

CHUNK = 2_000
NAME = "demo.json"
_log = structlog.get_logger("fanzha.demo")


@dataclass(frozen=True, slots=True)
class Demo:
    """What the history of this folder is made from, and whether all of it is in the log."""

    params: Params
    complete: bool


def open_demo(office: Office, settings: Settings) -> Demo:
    """Raises `InputError` where the folder holds real data."""
    office.settle()
    sources = office.answer(Question("freshness"))
    simulated = sources.columns.index("simulated")
    if not all(row[simulated] for row in sources.rows):
        raise InputError(f"{settings.data} 中有真实数据，演示不能混入；请用 --data 另选目录 / name another folder")
    if office.clock_doubt:  # nothing in it is real, and it may have lain for months
        office.confirm_clock()
    remembered = _read(settings.data / NAME)
    if remembered is not None:
        return remembered
    params = Params(seed=settings.seed, end=office.now(), months=settings.demo_months)
    return Demo(params, complete=bool(sources.rows))


def bring_history(office: Office, settings: Settings, demo: Demo, told: Callable[[int], None]) -> None:
    """All of the history, through to the marts, unless it is there; `told` hears how many events."""
    if demo.complete:
        return
    _write(settings.data / NAME, demo)
    done = 0
    for chunk in _chunks(history(demo.params)):
        _submit(office, chunk, settings.actor, keep=True)
        done += len(chunk)
        told(done)
    office.settle()
    _write(settings.data / NAME, Demo(demo.params, complete=True))


def go_on(office: Office, settings: Settings, demo: Demo, stop: threading.Event) -> None:
    """The trickle, until `stop` is set. While the log is away it waits, as whoever is told 503 does."""
    if settings.demo_rate == 0:
        stop.wait()
        return
    for wait, event in trickle(demo.params, office.now(), rate=settings.demo_rate):
        if stop.wait(wait):
            return
        for pause in pauses():
            try:
                _submit(office, [event], settings.actor, keep=False)
                break
            except TransientError as error:
                _log.warning("waiting", pause=pause, error=str(error))
                if stop.wait(pause):
                    return


def _submit(office: Office, events: Iterable[dict[str, Any]], actor: str, *, keep: bool) -> None:
    raws = [json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() for event in events]
    for answer in office.submit(raws, actor, keep_recordedtime=keep):
        if answer.status not in ("accepted", "duplicate"):
            raise RuntimeError(f"the simulator said what submit refuses: {answer}")


def _chunks(events: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while chunk := list(islice(events, CHUNK)):
        yield chunk


def _read(path: Path) -> Demo | None:
    try:
        said = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    end = datetime.fromisoformat(said["end"])
    return Demo(Params(seed=said["seed"], end=end, months=said["months"]), bool(said["complete"]))


def _write(path: Path, demo: Demo) -> None:
    said = {"seed": demo.params.seed, "end": demo.params.end.isoformat(), "months": demo.params.months}
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(said | {"complete": demo.complete}), "utf-8")
    fresh.replace(path)
