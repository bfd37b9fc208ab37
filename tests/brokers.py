"""One real Kafka broker for all tests of this process, started when the first asks for it.

`KAFKA_BOOTSTRAP` names another. Without Java or Maven its tests are skipped and say so; in CI that is an error.
"""

import atexit
import os
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest

from services.cluster.broker import Broker, jars
from services.errors import Unavailable
from services.settings import Settings
from streams.kafka_access import KafkaAccess
from streams.kafka_topics import create_topics

CACHE = Settings().cache.expanduser()


def fresh_topics() -> KafkaAccess:
    """Topics of its own on the shared broker."""
    access = KafkaAccess(os.environ.get("KAFKA_BOOTSTRAP") or _started().address, prefix=f"t{uuid4().hex[:8]}-")
    create_topics(access)
    return access


def new_broker(folder: Path, settings: Mapping[str, str] | None = None, format_: tuple[str, ...] = ()) -> Broker:
    """One that a test may kill. Skips where there is no Java."""
    return Broker(need_jars(), folder, settings, format_)


class ThreeBrokers:
    """One cluster of three nodes, each with a replica of everything; any may be killed and started again by its number.

    A writer is answered when two have a record.
    """

    def __init__(self, folder: Path) -> None:
        self.nodes = {number: new_broker(folder / f"node-{number}") for number in (1, 2, 3)}
        voters = ",".join(f"{number}@{node.controller}" for number, node in self.nodes.items())
        for number, node in self.nodes.items():
            node.name = self.nodes[1].name
            node.settings |= {
                "node.id": str(number), "controller.quorum.voters": voters, "offsets.topic.replication.factor": "3",
                "broker.session.timeout.ms": "3000",  # a dead one's partitions are led by others soon
            }  # fmt: skip

    @property
    def address(self) -> str:
        return ",".join(node.address for node in self.nodes.values())

    def start(self) -> None:
        """All at once: none is ready before most of them are."""
        with ThreadPoolExecutor(len(self.nodes)) as together:
            list(together.map(lambda node: node.start(), self.nodes.values()))

    def stop(self, *, kill: bool = False) -> None:
        for node in self.nodes.values():
            node.stop(kill=kill)


@cache
def _started() -> Broker:
    folder = tempfile.TemporaryDirectory(prefix="fanzha-kafka-")
    broker = new_broker(Path(folder.name))
    broker.start()
    atexit.register(folder.cleanup)
    atexit.register(broker.stop, kill=True)
    return broker


@cache
def need_jars() -> Path:
    """Where they are; skips where there is no Java."""
    try:
        return jars(CACHE)
    except Unavailable as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))
