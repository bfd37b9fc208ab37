"""The job as plain Faust agents: one for each topic, events taken in batches, which is the faster of its two ways.

`python -m bench.cluster.agents NUMBER`, settings from the environment. Faust commits offsets by itself, later.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import faust

from bench.cluster.job import Keeper
from schemas import PARTITIONS
from services.settings import Settings
from streams.log import Record

BATCH, WITHIN = 5_000, 0.5  # larger batches were not faster


def make(settings: Settings, wanted: int) -> faust.App:
    app = faust.App(
        f"{settings.kafka_prefix}agents", broker=f"kafka://{settings.kafka_bootstrap}",
        consumer_auto_offset_reset="earliest", topic_disable_leader=True, topic_allow_declare=False,
        store="memory://", datadir=settings.data / "faust", web_enabled=False, stream_buffer_maxsize=BATCH,
        broker_max_poll_records=BATCH,
    )  # fmt: skip
    keeper, inserting = Keeper(settings, wanted), ThreadPoolExecutor(1)
    for name in PARTITIONS:
        topic = app.topic(f"{settings.kafka_prefix}{name}", key_serializer="raw", value_serializer="raw")
        app.agent(topic, name=f"keep-{name}")(_agent(name, keeper, inserting))
    return app


def _agent(name: str, keeper: Keeper, inserting: ThreadPoolExecutor) -> Callable[[Any], Any]:
    def store(events: Sequence[Any]) -> None:
        done = keeper.keep([_record(name, event) for event in events])
        if done:
            done.tell()
            os._exit(0)  # measured: how Faust ends is not part of it

    async def keep(stream: Any) -> None:
        batches: AsyncIterable[Sequence[Any]] = stream.take_events(BATCH, within=WITHIN)
        async for events in batches:
            keeper.first()
            await asyncio.get_running_loop().run_in_executor(inserting, store, events)

    return keep


def _record(topic: str, event: Any) -> Record:
    said = event.message
    return Record(topic, said.partition, said.offset, int(said.timestamp * 1e6), said.key.decode(), said.value)


if __name__ == "__main__":
    worker = faust.Worker(make(Settings(), int(sys.argv[1])), loglevel="WARN", quiet=True, redirect_stdouts=False)
    worker.spinner = None
    worker.execute_from_commandline()
