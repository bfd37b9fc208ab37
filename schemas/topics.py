"""The one table of topics: name, partitions, retention, the types each carries. The key is the subject.

It makes the topics, decides where an event goes, and feeds AsyncAPI and the documents.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from zlib import crc32

from schemas import alerts, incidents, publicity, registry
from schemas.envelope import Event


@dataclass(frozen=True, slots=True)
class Topic:
    """`retention_ms` of -1 keeps records for ever: a late event must never be deleted before it is read."""

    name: str
    partitions: int
    description: str
    events: tuple[type[Event], ...]
    retention_ms: int = -1


TOPICS: tuple[Topic, ...] = (
    Topic(
        "registry",
        1,
        "派出所、社区、人口、花名册、方案",
        (
            registry.PlaceRegistered,
            registry.StationRegistered,
            registry.StationMerged,
            registry.UnitRegistered,
            registry.CommunityAssigned,
            registry.PopulationRecorded,
            registry.RosterPartRecorded,
            registry.RosterAmended,
            registry.SourceChecked,
            registry.PlanAdopted,
        ),
    ),
    Topic(
        "publicity",
        4,
        "宣传与回执",
        (
            publicity.ActionRecorded,
            publicity.ActionVoided,
            publicity.ReceiptSigned,
            publicity.ReceiptVoided,
            publicity.ReceiptReviewed,
            publicity.PlayLogged,
            publicity.OccasionCounted,
        ),
    ),
    Topic(
        "incidents",
        4,
        "警情及其更正",
        (
            incidents.IncidentReported,
            incidents.Stated,
            incidents.CaseFiled,
            incidents.Reclassified,
            incidents.LossCorrected,
            incidents.TimeCorrected,
            incidents.StageCorrected,
            incidents.FundsFrozen,
            incidents.FundsReturned,
            incidents.Moved,
            incidents.Merged,
            incidents.Withdrawn,
            incidents.ZeroReportFiled,
        ),
    ),
    Topic("alerts", 1, "预警（由规则得出）", (alerts.AlertRaised,)),
)


def type_name(event: type[Event]) -> str:
    """The dotted name an event class answers to."""
    (name,) = event.model_fields["type"].annotation.__args__  # type: ignore[union-attr]  # always Literal["…"]
    return str(name)


EVENTS: Mapping[str, type[Event]] = MappingProxyType({type_name(e): e for t in TOPICS for e in t.events})
TOPIC_OF: Mapping[str, str] = MappingProxyType({type_name(e): t.name for t in TOPICS for e in t.events})
VERSION_OF: Mapping[str, int] = MappingProxyType({n: e.model_fields["dataversion"].default for n, e in EVENTS.items()})
PARTITIONS: Mapping[str, int] = MappingProxyType({t.name: t.partitions for t in TOPICS})


def partition_of(topic: str, key: str) -> int:
    """The partition of a key: same subject, same partition. CRC-32, so that every process agrees."""
    return crc32(key.encode()) % PARTITIONS[topic]
