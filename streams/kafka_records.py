"""What aiokafka reads, as records of ours at once.

It makes an object of eleven fields of each record, and ours were made of those: half of what reading took. There is no
setting for that, so what it keeps until it is asked for is given another way to be unpacked. Limit: its names with an
underscore are used here and nowhere else; another version of it may need another file (`tests/contract/test_log.py`
fails then, because nothing that is read would be a record).
"""

from collections import OrderedDict
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer.fetcher import FetchResult, PartitionRecords

from schemas.tuples import made
from streams.log import Record


def unpack_as_records(consumer: AIOKafkaConsumer, prefix: str) -> None:
    """From now on a started `consumer` gives a `Record` for each record; `prefix` is that of its topics' names."""
    consumer._fetcher._records = _Arrived(prefix)


class _Arrived(OrderedDict[Any, Any]):
    """By partition, what has been fetched and not been read."""

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._prefix = prefix

    def __setitem__(self, place: Any, fetched: Any) -> None:
        if isinstance(fetched, FetchResult):
            records = fetched._partition_records
            records.__class__ = _Records
            records.place = (place.topic.removeprefix(self._prefix), place.partition)
        super().__setitem__(place, fetched)


class _Records(PartitionRecords):  # type: ignore[misc]  # aiokafka ships no types
    place: tuple[str, int]

    def _consumer_record(self, _: Any, record: Any) -> Record:
        """A key that is no text is not the subject of anything: such a record is rejected, and blocks nothing."""
        key = str(record.key or b"", "utf-8", "replace")
        return made(Record, (*self.place, record.offset, record.timestamp * 1000, key, record.value or b"", None))
