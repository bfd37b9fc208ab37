"""The table of topics: every type in one topic, and the same subject in the same partition for ever."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import EVENTS, PARTITIONS, TOPIC_OF, TOPICS, partition_of
from schemas.topics import type_name
from schemas.upcast import UPCAST

TYPES = {
    "registry": (
        "place.registered station.registered station.merged unit.registered community.assigned "
        "population.recorded roster.part_recorded roster.amended source.checked plan.adopted"
    ),
    "publicity": (
        "action.recorded action.voided receipt.signed receipt.voided receipt.reviewed play.logged occasion.counted"
    ),
    "incidents": (
        "incident.reported incident.stated incident.case_filed incident.reclassified incident.loss_corrected "
        "incident.time_corrected incident.stage_corrected incident.funds_frozen incident.funds_returned "
        "incident.moved incident.merged incident.withdrawn zero_report.filed"
    ),
    "alerts": "alert.raised",
}


def test_every_type_in_exactly_one_topic() -> None:
    carried = [type_name(event) for topic in TOPICS for event in topic.events]
    assert len(carried) == len(set(carried)) == len(EVENTS) == 31
    assert {topic.name: set(map(type_name, topic.events)) for topic in TOPICS} == {
        name: set(types.split()) for name, types in TYPES.items()
    }
    assert set(TOPIC_OF) == set(EVENTS)
    assert {TOPIC_OF[kind] for kind in EVENTS} == set(PARTITIONS)


def test_only_known_types_are_lifted() -> None:
    assert {kind for kind, _ in UPCAST} <= set(EVENTS)


def test_records_are_kept_for_ever() -> None:
    assert {topic.retention_ms for topic in TOPICS} == {-1}


def test_types_of_one_subject_share_a_topic() -> None:
    """Else the events of one incident or receipt could be read out of order."""
    homes = {(kind.partition(".")[0], topic) for kind, topic in TOPIC_OF.items()}
    assert len(homes) == len({family for family, _ in homes})


@pytest.mark.parametrize(
    ("topic", "key", "partition"),
    [
        ("registry", "421222100001", 0),
        ("publicity", "slip-0004127", 2),
        ("publicity", "slip-0004128", 3),
        ("incidents", "jq-20260118-0031", 2),
        ("incidents", "警情-1", 0),
        ("incidents", "", 0),
    ],
)
def test_the_partition_of_a_key_never_changes(topic: str, key: str, partition: int) -> None:
    assert partition_of(topic, key) == partition


@given(st.sampled_from(sorted(PARTITIONS)), st.text(st.characters(exclude_categories=["Cs"]), max_size=64))
def test_a_partition_is_one_of_the_topic(topic: str, key: str) -> None:
    assert 0 <= partition_of(topic, key) < PARTITIONS[topic]


def test_keys_spread_over_the_partitions() -> None:
    counts = Counter(partition_of("incidents", f"jq-202601{n % 28:02d}-{n:04d}") for n in range(4000))
    assert len(counts) == PARTITIONS["incidents"]
    assert min(counts.values()) > 800


def test_an_unknown_topic_has_no_partitions() -> None:
    with pytest.raises(KeyError):
        partition_of("workflow", "x")
