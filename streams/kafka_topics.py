"""The topics of the one table at the brokers: made, held against the table; and who is in a group.

In: access of an administrator, or of one who may describe. Out: what became of each topic, what is wrong with it.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from schemas import TOPICS
from schemas.own import MAX_BYTES
from schemas.topics import Topic
from streams.kafka_access import KafkaAccess, mapped

BATCH_OVERHEAD = 65_536  # bytes a broker's batch may add to one record


def create_topics(access: KafkaAccess, replication: int = 1) -> dict[str, str]:
    """Topics of the table that are not there yet, with our own times and retention; what became of each."""
    with mapped(access), closing(_admin(access)) as admin:
        there = set(admin.list_topics())
        wanted = {
            f"{access.prefix}{t.name}": {
                "num_partitions": t.partitions,
                "replication_factor": replication,
                "configs": _configs(t) | {"min.insync.replicas": str(min(2, replication))},
            }
            for t in TOPICS
            if f"{access.prefix}{t.name}" not in there
        }
        if wanted:
            admin.create_topics(wanted, wait_for_metadata=True)
    return {t.name: "exists" if f"{access.prefix}{t.name}" in there else "created" for t in TOPICS}


def wrong_topics(access: KafkaAccess) -> Iterator[tuple[str, list[str]]]:
    """Each topic of the table, and in what it is not as the table has it."""
    names = {f"{access.prefix}{t.name}": t for t in TOPICS}
    with mapped(access), closing(_admin(access)) as admin:
        parts = {t["name"]: len(t["partitions"]) for t in admin.describe_topics() if t["name"] in names}
        asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in parts]
        held = admin.describe_configs(asked, config_filter="all")["topic"] if asked else {}
    for name, topic in names.items():
        yield topic.name, _faults(topic, parts[name], held[name]) if name in parts else ["missing"]


def members(access: KafkaAccess, group: str) -> list[str]:
    """Who the brokers take for members of a group just now, by name."""
    with mapped(access), closing(_admin(access)) as admin:
        found = admin.describe_groups([group])[group]["members"]
    return sorted(str(one["group_instance_id"] or one["member_id"]) for one in found)


def _configs(topic: Topic) -> dict[str, str]:
    return {
        "message.timestamp.type": "LogAppendTime",
        "cleanup.policy": "delete",
        "max.message.bytes": str(MAX_BYTES + BATCH_OVERHEAD),
        "retention.ms": str(topic.retention_ms),
    }


def _faults(topic: Topic, partitions: int, held: Mapping[str, Any]) -> list[str]:
    found = [] if partitions == topic.partitions else [f"partitions {partitions}, not {topic.partitions}"]
    values = {name: str(value["value"] if isinstance(value, Mapping) else value) for name, value in held.items()}
    return found + [f"{n} {values.get(n)}, not {v}" for n, v in _configs(topic).items() if values.get(n) != v]


def _admin(access: KafkaAccess) -> KafkaAdminClient:
    return KafkaAdminClient(**access.options(), **access.trust())
