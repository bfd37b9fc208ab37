"""One real Kafka broker for all tests of this process, started when the first asks for it.

`KAFKA_BOOTSTRAP` names another. Without Java or Maven its tests are skipped and say so; in CI that is an error.
"""

import atexit
import os
import tempfile
from collections.abc import Mapping
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
