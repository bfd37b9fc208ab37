"""The event log in Apache Kafka: the topics of the one table, acks=all, an idempotent producer.

In: records. Out: positions of the broker; the same records, in order within a partition. What the broker does not
know: which ids were said before. So every record is accepted, retries are kept, and the fold counts each id once.
What happens if appending fails half-way: some records are kept, none is acknowledged, and saying all again is harmless.
Limits: offsets may have gaps; reading is for one thread at a time.
"""

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress

from kafka import KafkaProducer
from kafka.errors import IllegalStateError, KafkaError, KafkaTimeoutError
from kafka.util import Timer

from schemas import partition_of
from schemas.own import MAX_BYTES
from streams.errors import TerminalError
from streams.interpreter import no_collection
from streams.kafka_access import Group, KafkaAccess, mapped
from streams.kafka_reader import KafkaReader
from streams.kafka_topics import BATCH_OVERHEAD
from streams.log import Appended, NewRecord, Partition, Positions, Record

ANSWER = 30.0  # seconds a broker may take to keep records
_TOGETHER = 1 << 19  # bytes of one partition in one batch; with the client's own 16 KiB it costs twice as much


def _closed(failed: KafkaProducer) -> None:
    """Where its records are not even given up in time they are aborted: else its thread would go on for ever."""
    try:
        failed.close(timeout=ANSWER)
    except KafkaError:
        failed._sender.force_close()  # nothing public ends a producer that cannot flush
        with suppress(KafkaError):
            failed.close(timeout=ANSWER)


class KafkaLog:
    """Producer and reader are made when first used: who may only read never asks to write.

    With a group it reads the partitions the group gives it; without one, all of them.
    """

    def __init__(self, access: KafkaAccess, group: Group | None = None) -> None:
        self._access, self._group = access, group
        self._lock = threading.Lock()
        self._writer: Future[KafkaProducer] | None = None
        self._reader: KafkaReader | None = None

    def append(self, records: Sequence[NewRecord]) -> list[Appended]:
        for record in records:
            if len(record.value) > MAX_BYTES:
                size = f"{len(record.value)} > {MAX_BYTES}"
                raise TerminalError(f"记录 {record.topic} {record.key} 太大 / the record is too large: {size}")
        places = [(r.topic, partition_of(r.topic, r.key)) for r in records]
        left = Timer(ANSWER * 1000)
        with mapped(self._access):
            writer = self._producer()
            sending = [(*place, record) for place, record in zip(places, records, strict=True)]
            try:
                kept = self._sent(writer.result(), sending, left)
            except IllegalStateError as ended:  # beneath us: another caller's records failed, and it was closed
                self._drop(writer)
                raise KafkaTimeoutError(f"the producer ended: {ended}") from ended
            except KafkaError:
                self._drop(writer)  # one that has failed may be good for nothing any more
                raise
        return [
            Appended("accepted", *place, offset, r.stamp.recorded if r.stamp else "")
            for place, offset, r in zip(places, kept, records, strict=True)
        ]

    def read(self, positions: Positions, limit: int) -> list[Record]:
        with mapped(self._access):
            return self._consumer().read(positions, limit)

    def places(self) -> frozenset[Partition]:
        with mapped(self._access):
            return self._consumer().places()

    def ends(self) -> dict[Partition, int]:
        with mapped(self._access):
            return self._consumer().ends()

    def all_ends(self) -> dict[Partition, int]:
        with mapped(self._access):
            return self._consumer().all_ends()

    def count(self, partition: Partition, end: int) -> int:
        """An upper bound: offsets that hold no record are counted too."""
        with mapped(self._access):
            return self._consumer().count(partition, end)

    def newest(self) -> str:
        return ""  # a broker does not read what it keeps

    def acknowledge(self, positions: Positions) -> None:
        """A copy for those who look at the group. After a rebalance it may be refused: the next one says it again."""
        if self._group is not None:
            with mapped(self._access):
                self._consumer().commit(positions)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.result().close(timeout=ANSWER)
        if self._reader is not None:
            self._reader.close()

    def _sent(self, writer: KafkaProducer, records: Sequence[tuple[str, int, NewRecord]], left: Timer) -> list[int]:
        """The offsets of records that every replica in sync has.

        One time for all of them: `flush` would wait as long for each batch in turn, those of other callers too.
        """
        prefix = self._access.prefix
        with no_collection():
            futures = [
                writer.send(f"{prefix}{topic}", key=r.key.encode(), value=r.value, partition=part)
                for topic, part, r in records
            ]
            return [future.get(left.timeout_secs).offset for future in futures]

    def _drop(self, failed: "Future[KafkaProducer]") -> None:
        """The one there is now may be another thread's newer one: that stays.

        Closing waits until what the producer holds is sent or given up, so it is left to a thread.
        """
        with self._lock:
            if self._writer is not failed:
                return
            self._writer = None
        threading.Thread(target=_closed, args=(failed.result(),), name="fanzha-kafka-close", daemon=True).start()

    def _producer(self) -> "Future[KafkaProducer]":
        """The producer there is. Who asks while it is made waits for that, and learns what came of it.

        Nobody waits for two attempts in a row. Raises what kept it from being made.
        """
        with self._lock:
            writer, wanted = self._writer, self._writer is None
            if writer is None:
                writer = self._writer = Future()
        if wanted:
            try:
                writer.set_result(self._new_producer())
            except BaseException as error:
                with self._lock:
                    self._writer = None
                writer.set_exception(error)
                raise
        writer.result()
        return writer

    def _new_producer(self) -> KafkaProducer:
        return KafkaProducer(
            **self._access.options(), **self._access.trust(), acks="all", enable_idempotence=True,
            batch_size=_TOGETHER, max_request_size=MAX_BYTES + BATCH_OVERHEAD,
            max_block_ms=int(ANSWER * 500), bootstrap_timeout_ms=int(ANSWER * 1000),
            delivery_timeout_ms=int(ANSWER * 1000), request_timeout_ms=int(ANSWER * 500),
            allow_auto_create_topics=False,
        )  # fmt: skip

    def _consumer(self) -> "KafkaReader":
        with self._lock:
            if self._reader is None:
                self._reader = KafkaReader(self._access, self._group)
            return self._reader
