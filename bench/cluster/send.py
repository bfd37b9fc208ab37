"""Sends records at their pace with a client in C, which takes little of the cores it shares with what is measured.

`python -m bench.cluster.send`, in the peers' environment (`make bench-cluster`), settings from the environment. In:
a pickled `Paced`, then a byte to begin. Out: a line once all records are made; then one of JSON for each chunk that
the broker has: its ends, its events, and when that was (`monotonic`, which all processes share).
"""

import gc
import json
import pickle
import sys
from collections.abc import Sequence
from time import monotonic
from typing import Any

from confluent_kafka import Producer

from bench.cluster.elsewhere import Paced
from schemas import TOPIC_OF, partition_of
from schemas.events import parse
from services.settings import Settings

Made = tuple[str, bytes, bytes, int]  # topic, value, key, partition


class _Chunk:
    """Its records, and what became of them."""

    def __init__(self, prefix: str, raws: Sequence[bytes]) -> None:
        self.records = [_made(prefix, raw) for raw in raws]
        self._prefix, self._left = len(prefix), len(raws)
        self._ends: dict[tuple[str, int], int] = {}

    def kept(self, error: Any, record: Any) -> None:
        """Ends this process where one was not kept: then less would be measured than was offered."""
        if error is not None:
            raise SystemExit(str(error))
        self._ends[record.topic(), record.partition()] = record.offset() + 1
        self._left -= 1
        if not self._left:
            ends = [(topic[self._prefix :], part, end) for (topic, part), end in self._ends.items()]
            _tell({"ends": ends, "events": len(self.records), "at": monotonic()})


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
        for topic, value, key, part in chunk.records:
            producer.produce(topic, value, key, part, chunk.kept)
    producer.flush()


def _made(prefix: str, raw: bytes) -> Made:
    event = parse(raw).event
    topic = TOPIC_OF[event.type]
    return f"{prefix}{topic}", raw, event.subject.encode(), partition_of(topic, event.subject)


def _tell(what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
