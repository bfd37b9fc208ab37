"""A worker of the cluster: one member of the consumer group, under Faust, until a signal.

In: how to open its pump, who it is, what to watch. Out: marts that follow this member's partitions. SIGTERM and SIGINT
finish the batch and the round in hand; whatever else ends it is told as its reason.
"""

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from time import sleep

import faust
import structlog

from schemas import Event
from streams.app import Member, Served, Watch, make_app
from streams.errors import TransientError
from streams.pump import Pump, pauses

FAUST_ENDS_IN = 8.0  # seconds after the pump has ended
_log = structlog.get_logger("fanzha.worker")


@dataclass(frozen=True, slots=True)
class Worker:
    """`opened` makes the pump; it may raise `TransientError` as long as brokers or warehouse are not there."""

    opened: Callable[[], Pump]
    member: Member
    watch: Watch
    served: Served

    def run(self) -> None:
        """Ends by `SystemExit`, or raises what ended the pump."""
        pump = self._pump()
        with ExitStack() as stack:
            stack.callback(pump.warehouse.close)
            stack.callback(pump.log.close)
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="fanzha-worker-")))
            app = make_app(replace(self.member, ended=_leave_soon), pump, self.watch, self.served, folder)
            worker = faust.Worker(app, loglevel="WARN", quiet=True, redirect_stdouts=False)
            worker.spinner = None  # it would draw on standard output, terminal or not
            worker.execute_from_commandline()

    def _pump(self) -> Pump:
        """Waits for brokers and the warehouse: whoever starts a cluster does so in any order."""
        for pause in pauses():
            try:
                return self.opened()
            except TransientError as error:
                _log.warning("waiting", pause=pause, error=str(error))
                sleep(pause)
        raise AssertionError("the pauses never end")


def _leave_soon(well: bool) -> None:
    """Faust may wait for its group for ever. The pump has ended, positions are in the warehouse: nothing is lost."""

    def leave() -> None:
        sys.stderr.flush()
        os._exit(0 if well else 1)

    patience = Timer(FAUST_ENDS_IN, leave)
    patience.daemon = True
    patience.start()


def tell(event: Event) -> None:
    """To the log of the process: alert rules and contact points of Grafana carry it further."""
    _log.warning("alert", id=event.id, subject=event.subject, **event.data.model_dump(exclude_none=True))
