"""The job on Quix Streams: its consumer, its checkpoints, a sink that stores what came since the last one.

`python -m bench.cluster.quix NUMBER`, settings from the environment. It runs in an environment of its own
(`make bench-cluster`).
"""

import os
import sys
from typing import Any

from quixstreams import Application
from quixstreams.sinks import BaseSink

from bench.cluster.job import Keeper
from schemas import PARTITIONS
from services.settings import Settings
from streams.log import Record
from streams.pump import BATCH


class Sink(BaseSink):  # type: ignore[misc]  # installed where it runs, not where types are checked
    """One insert for each checkpoint, over all partitions."""

    def __init__(self, settings: Settings, wanted: int) -> None:
        super().__init__()
        self._prefix, self._records = settings.kafka_prefix, list[Record]()
        self._keeper = Keeper(settings, wanted)

    def add(
        self, value: Any, key: Any, timestamp: int, headers: Any, topic: str, partition: int, offset: int
    ) -> None:  # as the base class has it
        self._keeper.first()
        name = topic.removeprefix(self._prefix)
        self._records.append(Record(name, partition, offset, timestamp * 1000, key.decode(), value))

    def flush(self) -> None:
        records, self._records = self._records, []
        done = self._keeper.keep(records) if records else None
        if done:
            done.tell()
            os._exit(0)  # measured: how Quix ends is not part of it


def main(wanted: int) -> None:
    settings = Settings()
    app = Application(
        settings.kafka_bootstrap, consumer_group=f"{settings.kafka_prefix}quix", auto_offset_reset="earliest",
        commit_every=BATCH, auto_create_topics=False, state_dir=settings.data / "quix", loglevel="WARNING",
        consumer_extra_config={"fetch.max.bytes": 64 << 20, "max.partition.fetch.bytes": 16 << 20},
    )  # fmt: skip
    sink = Sink(settings, wanted)
    for name in PARTITIONS:
        topic = app.topic(f"{settings.kafka_prefix}{name}", key_deserializer="bytes", value_deserializer="bytes")
        app.dataframe(topic).sink(sink)
    app.run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
