"""Sends records at their pace with a client in C, which takes little of the cores it shares with what is measured.

`python -m bench.cluster.send`, in the peers' environment (`make bench-cluster`), settings from the environment. In:
a pickled `Paced`, then a byte to begin. Out: a line once all records are made; then one of JSON for each chunk that
the broker has: its ends, its events, and when that was (`monotonic`, which all processes share).
"""

import gc
import json
import pickle
import sys
from collections import defaultdict
from collections.abc import Sequence
from time import monotonic
from typing import Any

from confluent_kafka import Producer

from bench.cluster.elsewhere import Paced
from schemas import TOPIC_OF, partition_of
from schemas.events import parse
from services.settings import Settings


class _Chunk:
    """Its records by partition, and what became of the last of each.

    An idempotent producer keeps the order: where the last record is kept, all before it are. To be told of each took
    more of a core than to send it.
    """

    def __init__(self, prefix: str, raws: Sequence[bytes]) -> None:
        self._records: dict[tuple[str, int], list[tuple[bytes, bytes]]] = defaultdict(list)
        for raw in raws:
            event = parse(raw).event
            topic = TOPIC_OF[event.type]
            place = f"{prefix}{topic}", partition_of(topic, event.subject)
            self._records[place].append((raw, event.subject.encode()))
        self._prefix, self._events = len(prefix), len(raws)
        self._ends: list[tuple[str, int, int]] = []

    def send(self, producer: Producer) -> None:
        for (topic, part), records in self._records.items():
            *before, (value, key) = records
            for value_, key_ in before:
                producer.produce(topic, value_, key_, part)
            producer.produce(topic, value, key, part, self._kept)

    def _kept(self, error: Any, record: Any) -> None:
        """Ends this process where one was not kept: then less would be measured than was offered."""
        if error is not None:
            raise SystemExit(str(error))
        self._ends.append((record.topic()[self._prefix :], record.partition(), record.offset() + 1))
        if len(self._ends) == len(self._records):
            _tell({"ends": self._ends, "events": self._events, "at": monotonic()})


def main() -> None:
    paced: Paced = pickle.load(sys.stdin.buffer)
    settings, raws = Settings(), list(paced.load)
    chunks = [_Chunk(settings.kafka_prefix, raws[n : n + paced.size]) for n in range(0, len(raws), paced.size)]
    producer = Producer({
        "bootstrap.servers": settings.kafka_bootstrap, "acks": "all", "enable.idempotence": True, "linger.ms": 5,
        "message.timeout.ms": 30_000, "queue.buffering.max.messages": 1_000_000,
    })  # fmt: skip
    gc.freeze()
    gc.disable()
    _tell("ready")
    sys.stdin.buffer.read(1)
    start = monotonic()
    for number, chunk in enumerate(chunks):
        while (wait := start + number * paced.pace - monotonic()) > 0:
            producer.poll(wait)
        chunk.send(producer)
    producer.flush()


def _tell(what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
