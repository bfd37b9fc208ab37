"""The Faust application of a worker: it supervises the pump, looks at the rules, and serves health and measures.

In: a pump that is a member of a consumer group. Out: marts that follow the group's partitions until the worker is told
to stop; a batch and a round in hand are finished first. The pump reads, validates and stores whole batches in a thread
of its own: to pass single events through agents would be ten times slower (docs/performance.md).
The member that has the one partition of the registry is the leader: it alone looks at the rules, on a timer. Alerts
come back through the log, and an agent tells of them.
What happens if the pump ends with a reason: the service crashes, and the worker ends with that reason.
"""

import asyncio
import threading
from collections.abc import AsyncIterable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

import faust
import structlog
from aiohttp import web
from mode import CrashingSupervisor, Service
from mode.types import ServiceT
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from schemas import Event, Invalid, parse
from streams.errors import TerminalError, TransientError
from streams.kafka_access import POLL_INTERVAL, KafkaAccess
from streams.lateness import LATE
from streams.log import Partition
from streams.pump import Pump
from streams.stamps import Stamps
from streams.sweep import Sweep

LEADER: Partition = ("registry", 0)
LOOKS = 0.2  # seconds between two looks at the pump

TELLS_AGAIN = (1.0, 5.0)  # seconds until an alert that could not be told is told again
TOLD_WITHIN = 0.2  # seconds until it is said that one was told: whoever is killed before leaves it to be told anew

_log = structlog.get_logger("fanzha.worker")


@dataclass(frozen=True, slots=True)
class Member:
    """How a worker reaches the brokers, seconds until it is taken for dead, and seconds between its rounds.

    `ended` is told when the pump has ended, and Faust has not yet; and whether it ended well.
    """

    access: KafkaAccess
    session: int
    every: float
    ended: Callable[[bool], None] = lambda well: None


@dataclass(frozen=True, slots=True)
class Served:
    """Where health and measures are served; port 0 picks a free one, which `ready` is told."""

    host: str
    port: int
    ready: Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Watch:
    """The rules of the leader: how often they look (seconds), and who is told of an alert. `text` is the plan of data
    that has none yet."""

    text: str
    now: Callable[[], datetime]
    tell: Callable[[Event], None]
    every: float


class Ingest(Service):
    """The pump in a thread, watched."""

    def __init__(self, pump: Pump, every: float, ended: Callable[[bool], None]) -> None:
        super().__init__()
        self.pump, self._every, self._ended = pump, every, ended
        self._end, self._never = threading.Event(), threading.Event()
        self._failed: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="fanzha-pump")

    def _run(self) -> None:
        try:
            self.pump.live(self._end, self._never, self._every)
        except Exception as error:  # noqa: BLE001  # whatever ends it ends the worker, with its reason
            self._failed = error

    async def on_start(self) -> None:
        self._thread.start()

    @Service.task
    async def _watch(self) -> None:
        while not self.should_stop:
            if self._failed is not None:
                await self.crash(self._failed)
                return
            await self.sleep(LOOKS)

    async def on_stop(self) -> None:
        self._end.set()
        await asyncio.get_running_loop().run_in_executor(None, self._thread.join)
        self._ended(self._failed is None)


class Health(Service):
    """`/health` answers 200 or 503 with the reason; `/metrics` answers in the text form of Prometheus."""

    def __init__(self, pump: Pump, served: Served) -> None:
        super().__init__()
        self._pump, self._served = pump, served
        self._runner: web.AppRunner | None = None

    async def on_start(self) -> None:
        app = web.Application()
        app.add_routes([web.get("/health", self._health), web.get("/metrics", self._metrics)])
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._served.host, self._served.port).start()
        self._served.ready(self._runner.addresses[0][1])

    async def on_stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _health(self, _: web.Request) -> web.Response:
        found = await asyncio.get_running_loop().run_in_executor(None, measures, self._pump)
        stuck = found["lag_records"] > 0 and found["commit_age_seconds"] > LATE
        said = {"status": "stuck" if stuck else "ok", **found}
        return web.json_response(said, status=503 if stuck else 200)

    async def _metrics(self, _: web.Request) -> web.Response:
        found = await asyncio.get_running_loop().run_in_executor(None, measures, self._pump)
        return web.Response(body=exposed(found), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})


def measures(pump: Pump) -> dict[str, float]:
    """What people watch, by name. Lag is in records of the partitions this worker has; -1 where nobody answers."""
    counts, progress = pump.counts, pump.progress
    try:
        lag = _lag(pump.log.ends(), progress.marts_next)
        rejected = int(pump.warehouse.query("SELECT count() FROM rejected_record").rows[0][0])
    except TransientError:
        lag = rejected = -1
    return {
        "lag_records": lag,
        "rejected_records": rejected,
        "partitions": len(pump.log.places()),
        "batches": counts.batches,
        "records": counts.records,
        "rounds": counts.rounds,
        "failures": counts.failures,
        "insert_seconds": counts.insert_seconds,
        "round_seconds": counts.round_seconds,
        "commit_age_seconds": monotonic() - counts.committed,
    }


def exposed(found: Mapping[str, float]) -> bytes:
    """The measures in the text form of Prometheus, each as `fanzha_worker_NAME`."""
    registry = CollectorRegistry()
    for name, value in found.items():
        Gauge(f"fanzha_worker_{name}", name.replace("_", " "), registry=registry).set(value)
    return generate_latest(registry)


def _lag(ends: Mapping[Partition, int], at: Mapping[Partition, int]) -> int:
    return sum(max(0, end - at.get(place, 0)) for place, end in ends.items())


def make_app(member: Member, pump: Pump, watch: Watch, served: Served, folder: Path) -> faust.App:
    """The application of a member. Positions are in the warehouse; Faust makes `folder`, and keeps nothing in it."""
    access, session = member.access, member.session
    app = _App(
        f"{access.prefix}fanzha-worker",
        broker=[f"kafka://{host}" for host in access.bootstrap.split(",")],
        broker_credentials=_credentials(access),
        broker_session_timeout=session, broker_heartbeat_interval=session / 10, broker_rebalance_timeout=session,
        broker_max_poll_interval=POLL_INTERVAL, consumer_auto_offset_reset="earliest",
        broker_commit_interval=TOLD_WITHIN, topic_disable_leader=True, topic_allow_declare=False,
        store="memory://", datadir=folder, web_enabled=False, agent_supervisor=CrashingSupervisor, producer_acks=-1,
    )  # fmt: skip
    app.own = [Health(pump, served), Ingest(pump, member.every, member.ended)]
    sweep = Sweep(pump.log, pump.warehouse, watch.text, watch.now, Stamps(watch.now), pump.log.append)
    app.timer(interval=watch.every)(lambda _: _look(pump, sweep))
    topic = app.topic(f"{access.prefix}alerts", key_serializer="raw", value_serializer="raw")
    app.agent(topic, concurrency=1, name="tell")(teller(watch.tell))
    return app


class _App(faust.App):
    """Its own services do not wait until Faust's group is there, as those of `app.service` do; they end first."""

    own: Sequence[Service] = ()

    def on_init_dependencies(self) -> Iterable[ServiceT]:
        return [*super().on_init_dependencies(), *self.own]


def leads(pump: Pump) -> bool:
    return LEADER in pump.log.places()


async def _look(pump: Pump, sweep: Sweep) -> None:
    """On the leader: say what the rules have to tell. What fails comes again with the next look."""
    if leads(pump):
        try:
            await asyncio.get_running_loop().run_in_executor(None, sweep.look)
        except (TransientError, TerminalError) as error:
            _log.warning("rules could not look", error=str(error))


def teller(tell: Callable[[Event], None], pauses: Sequence[float] = TELLS_AGAIN) -> Callable[[Any], Any]:
    """An agent that tells of each alert, once in the life of a worker: two leaders may have said it.

    Faust takes an event as done where an agent raises: nothing leaves it. Who cannot be told is told again after each
    of `pauses` (seconds), and then given up, in the log, so that the alerts after it are heard.
    """
    told: set[str] = set()

    async def told_once(event: Event) -> None:
        for pause in (*pauses, None):
            try:
                tell(event)
            except Exception as error:  # noqa: BLE001  # one bad alert must not lose those after it
                _log.warning("an alert could not be told", id=event.id, again_in=pause, error=str(error))
                if pause is not None:
                    await asyncio.sleep(pause)
            else:
                told.add(event.id)
                return

    async def agent(stream: AsyncIterable[bytes]) -> None:
        async for value in stream:
            try:
                event = parse(value).event
            except Invalid as bad:
                _log.warning("not an alert", error=str(bad))
                continue
            if event.id not in told:
                await told_once(event)

    return agent


def _credentials(access: KafkaAccess) -> Any:
    """As Faust takes them; the same four ways as `KafkaAccess.options`."""
    trusted = access.context()
    if access.user:
        return faust.SASLCredentials(
            username=access.user, password=access.password, mechanism="SCRAM-SHA-512", ssl_context=trusted
        )
    return faust.SSLCredentials(trusted) if trusted else None
