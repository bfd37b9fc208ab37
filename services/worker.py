"""A worker of the cluster: one member of the consumer group, under Faust, until a signal.

In: settings. Out: marts that follow this member's partitions. SIGTERM and SIGINT finish the batch and the round in
hand; whatever else ends it is told as its reason.
"""

from collections.abc import Callable
from itertools import chain, repeat
from time import sleep

import faust
import structlog

from schemas import Event
from services.settings import Settings
from services.wiring import group, kafka_access, now, open_worker, plan_of
from streams.app import Served, Watch, make_app
from streams.errors import TransientError
from streams.pump import PAUSES, Pump, Stage, silent
from streams.rules import Limits

_log = structlog.get_logger("fanzha.worker")


def work(settings: Settings, ready: Callable[[str], None], stage: Stage = silent) -> None:
    """`ready` is told where health and measures are. Ends by `SystemExit`, or raises what ended the pump."""
    pump = _opened(settings, stage)
    try:
        served = Served(settings.host, settings.metrics_port, lambda port: ready(f"http://{settings.host}:{port}"))
        limits = Limits(settings.alert_incidents, settings.alert_late)
        watch = Watch(plan_of(settings), limits, now, _tell)
        app = make_app(kafka_access(settings), group(settings), pump, settings.round_every, served, watch)
        worker = faust.Worker(app, loglevel="WARN", quiet=True, redirect_stdouts=False, debug=False)
        worker.execute_from_commandline()
    finally:
        pump.log.close()
        pump.warehouse.close()


def _opened(settings: Settings, stage: Stage) -> Pump:
    """Waits for brokers and the warehouse: whoever starts a cluster does so in any order."""
    for pause in chain(PAUSES, repeat(PAUSES[-1])):
        try:
            return open_worker(settings, stage)
        except TransientError as error:
            _log.warning("waiting", pause=pause, error=str(error))
            sleep(pause)
    raise AssertionError("the pauses never end")


def _tell(event: Event) -> None:
    """To the log of the process: alert rules and contact points of Grafana carry it further."""
    _log.warning("alert", id=event.id, subject=event.subject, **event.data.model_dump(exclude_none=True))
