"""The pump of a worker in bulk, and consumers that do less: one that only reads, one that only validates.

`python -m bench.cluster.own read|validate|whole NUMBER`, settings from the environment.
"""

import asyncio
import sys
from functools import reduce
from operator import or_
from time import perf_counter, sleep
from typing import Annotated, Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import Field, TypeAdapter

from bench.cluster.job import Done
from schemas import EVENTS, PARTITIONS
from services.settings import Settings
from services.wiring import open_office, open_worker
from streams.interpreter import no_collection
from streams.pump import BATCH, silent
from streams.rounds import merge_facts

_ANY: Any = Annotated[reduce(or_, EVENTS.values()), Field(discriminator="type")]


def main(doing: str, wanted: int) -> None:
    settings = Settings()
    if doing == "whole":
        done = whole(settings)
    else:
        done = asyncio.run(consumed(settings, wanted, validating=doing == "validate"))
    done.tell()


async def consumed(settings: Settings, wanted: int, *, validating: bool) -> Done:
    """Nothing but aiokafka, and the models' own validation where it is asked for."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap, group_id=None, auto_offset_reset="earliest",
        max_partition_fetch_bytes=16 << 20, fetch_max_bytes=64 << 20,
    )  # fmt: skip
    await consumer.start()
    prefix, seen, validate = settings.kafka_prefix, 0, TypeAdapter(_ANY).validator.validate_json
    consumer.assign(
        [TopicPartition(f"{prefix}{topic}", n) for topic, parts in PARTITIONS.items() for n in range(parts)]
    )
    try:
        start = perf_counter()
        while seen < wanted:
            found = await consumer.getmany(timeout_ms=1000, max_records=BATCH)
            with no_collection():
                for records in found.values():
                    seen += len(records)
                    if validating:
                        for record in records:
                            validate(record.value)
        return Done(seen, perf_counter() - start)
    finally:
        await consumer.stop()


def whole(settings: Settings) -> Done:
    """Everything the log holds: validated, archive, facts and keys written, positions kept, the group's copy too."""
    open_office(settings).close()  # makes the tables
    pump = open_worker(settings, silent)
    try:
        while not pump.log.places():
            sleep(0.02)
        pump.reopen()
        start = perf_counter()
        number = pump.bulk()
        pump.log.acknowledge(pump.progress.facts_next)
        seconds = perf_counter() - start
        kept = int(pump.warehouse.query("SELECT count() FROM archive FINAL").rows[0][0])
        start = perf_counter()
        merge_facts(pump.warehouse)
        return Done(number, seconds, kept, perf_counter() - start)
    finally:
        pump.log.close()
        pump.warehouse.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
