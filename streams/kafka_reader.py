"""Reading from Kafka: aiokafka in an event loop of its own, so that it reads ahead while a batch is stored.

In: positions. Out: records at or after them, of all partitions or of those that a consumer group gives. Where to go on
is said by whoever reads, never by the group's own offsets. Limit: one read at a time.
"""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Collection, Coroutine
from contextlib import suppress
from itertools import chain
from operator import attrgetter
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError
from aiokafka.errors import KafkaError as ReadError

from schemas import PARTITIONS
from streams import log
from streams.kafka_access import Group, KafkaAccess
from streams.kafka_records import unpack_as_records
from streams.log import Partition, Positions, Record

ANSWER = 60.0  # seconds one question to the brokers may take
_FETCH = 4 << 20  # bytes of one partition at once; more of them leave nothing to validate while they arrive
_WAIT = 20  # milliseconds a broker waits for records; whatever else is asked on the connection waits as long
_VALUE = attrgetter("value")
_T = TypeVar("_T")


class KafkaReader:
    """aiokafka in an event loop of its own: it reads ahead while the batch before is validated and stored."""

    def __init__(self, access: KafkaAccess, group: Group | None) -> None:
        self._prefix, self._grouped = access.prefix, group is not None
        self._at: dict[TopicPartition, int] = {}  # where the consumer stands
        self._ends: dict[TopicPartition, int] = {}  # as last asked: asked again when all until there is read
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fanzha-kafka-reader", daemon=True)
        self._thread.start()
        self._all = [self._topic((topic, part)) for topic, parts in PARTITIONS.items() for part in range(parts)]
        self._turn = threading.Lock()
        try:
            self._consumer = self._do(self._open(access, group))
        except BaseException:
            self._end()
            raise

    def read(self, positions: Positions, limit: int) -> list[Record]:
        with self._turn, suppress(IllegalStateError):  # partitions were taken away under way: the next read knows
            return self._do(self._read(positions, limit)) if limit > 0 else []
        return []

    def places(self) -> frozenset[Partition]:
        return frozenset(self._place(topic) for topic in self._consumer.assignment())

    def ends(self) -> dict[Partition, int]:
        return self._ends_of(self._consumer.assignment())

    def all_ends(self) -> dict[Partition, int]:
        return self._ends_of(self._all)

    def _ends_of(self, topics: Collection[TopicPartition]) -> dict[Partition, int]:
        found = self._do(self._consumer.end_offsets(list(topics)))
        return {self._place(topic): int(end) for topic, end in found.items()}

    def count(self, partition: Partition, end: int) -> int:
        return self._do(self._count(self._topic(partition), end))

    def commit(self, positions: Positions) -> None:
        held = self._consumer.assignment()
        said = {topic: at for place, at in positions.items() if (topic := self._topic(place)) in held}
        with suppress(ReadError):
            if said:
                self._do(self._consumer.commit(said))

    def close(self) -> None:
        try:
            self._do(self._consumer.stop())
        finally:
            self._end()

    async def _open(self, access: KafkaAccess, group: Group | None) -> AIOKafkaConsumer:
        member = group.options() if group else {"group_id": None, "auto_offset_reset": "none"}
        consumer = AIOKafkaConsumer(
            **access.options(), ssl_context=access.context(), **member, enable_auto_commit=False,
            max_partition_fetch_bytes=_FETCH,
            fetch_max_bytes=4 * _FETCH,
            fetch_max_wait_ms=_WAIT,
        )  # fmt: skip
        try:
            await consumer.start()
        except BaseException:
            await consumer.stop()
            raise
        unpack_as_records(consumer, self._prefix)
        if group:
            consumer.subscribe([f"{self._prefix}{topic}" for topic in PARTITIONS], listener=_Moved(self._at))
        else:
            consumer.assign(self._all)
        return consumer

    async def _read(self, positions: Positions, limit: int) -> list[Record]:
        held = self._consumer.assignment()
        wanted = {topic: positions.get(self._place(topic), 0) for topic in self._all if topic in held}
        ready = [topic for topic, at in wanted.items() if at < self._ends.get(topic, 0)]
        if wanted and not ready:
            self._ends = await self._consumer.end_offsets(list(wanted))
            ready = [topic for topic, at in wanted.items() if at < self._ends[topic]]
        for topic in wanted if self._grouped else ready:
            if self._at.get(topic) != wanted[topic]:
                self._consumer.seek(topic, wanted[topic])
                self._at[topic] = wanted[topic]
        found: dict[TopicPartition, list[Record]] = defaultdict(list)
        if self._grouped and not ready:  # a member that never asks would be taken for dead
            found |= await self._got([], 0, limit)
        left, size = limit, 0
        while ready and left > 0 and size < log.READ_BYTES and held >= set(ready):  # one answer rarely has all of them
            got = await self._got(ready, 200, left)
            for topic, records in got.items():
                found[topic] += records
                left -= len(records)
                size += sum(map(len, map(_VALUE, records)))
            ready = [topic for topic in ready if await self._consumer.position(topic) < self._ends[topic]]
            if found and not got:
                break
            held = self._consumer.assignment()
        return list(chain.from_iterable(found.values()))

    async def _got(self, places: list[TopicPartition], wait: int, limit: int) -> dict[TopicPartition, list[Record]]:
        """What has arrived, after at most `wait` milliseconds; of all partitions where none are named."""
        found: dict[TopicPartition, list[Record]] = await self._consumer.getmany(
            *places, timeout_ms=wait, max_records=limit
        )
        self._at |= {topic: records[-1].offset + 1 for topic, records in found.items()}
        return found

    async def _count(self, place: TopicPartition, end: int) -> int:
        first, last = await asyncio.gather(
            self._consumer.beginning_offsets([place]), self._consumer.end_offsets([place])
        )
        return int(max(first[place], min(end, last[place])) - first[place])

    def _place(self, topic: TopicPartition) -> Partition:
        return topic.topic.removeprefix(self._prefix), topic.partition

    def _topic(self, place: Partition) -> TopicPartition:
        return TopicPartition(f"{self._prefix}{place[0]}", place[1])

    def _do(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(ANSWER)

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class _Moved(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """Where the consumer stood in partitions that come back is no longer so."""

    def __init__(self, at: dict[TopicPartition, int]) -> None:
        self._at = at

    def on_partitions_revoked(self, revoked: Any) -> None:
        self._at.clear()

    def on_partitions_assigned(self, assigned: Any) -> None:
        self._at.clear()
