"""Kafka in the place of the embedded log, with the engine in this process: the same records, the same marts."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from time import monotonic, sleep

import pytest
from kafka import KafkaProducer

from schemas import PARTITIONS, Plan, default_plan
from services.simulate import Params, history
from streams import log_kafka
from streams.errors import TransientError
from streams.kafka_access import Group, KafkaAccess
from streams.kafka_topics import create_topics
from streams.log import Log, NewRecord
from streams.log_kafka import KafkaLog
from streams.log_sqlite import SqliteLog
from streams.migrations import migrate
from streams.pump import Pump
from streams.warehouse import Warehouse
from tests.brokers import fresh_topics, new_broker
from tests.marthash import mart_hash
from tests.wire import event, record

pytestmark = [pytest.mark.kafka, pytest.mark.chdb]
END = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def records() -> list[NewRecord]:
    """A month of a county, retries with other stamps among it: neither log is told what it could refuse."""
    return [
        record(event) for event in history(Params(seed=11, end=END, months=1, receipts_per_month=200, duplicate=0.1))
    ]


def played(log: Log, warehouse: Warehouse, plan: Plan, records: list[NewRecord], batch: int) -> str:
    """The hash of the marts after all records, taken in batches while they arrive."""
    migrate(warehouse)
    pump = Pump(log, warehouse, plan, batch=batch)
    for start in range(0, len(records), 700):
        log.append(records[start : start + 700])
        pump.take()
    pump.drain()
    return mart_hash(warehouse)


def test_the_same_marts(records: list[NewRecord], log: SqliteLog, new_database: Callable[[], Warehouse]) -> None:
    plan, kafka = default_plan()[0], KafkaLog(fresh_topics())
    try:
        got = played(kafka, new_database(), plan, records, 333)
    finally:
        kafka.close()
    assert got == played(log, new_database(), plan, records, 20_000)


def test_no_broker_is_transient_and_named() -> None:
    log = KafkaLog(KafkaAccess("127.0.0.1:9", user="ingest", password="secret"))
    with pytest.raises(TransientError, match=r"127\.0\.0\.1:9") as told:
        log.read({}, 1)
    assert "secret" not in str(told.value)
    log.close()


def test_many_wait_for_a_broker_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in a row: eight callers are told in the time of one."""
    monkeypatch.setattr(log_kafka, "ANSWER", 2.0)
    log = KafkaLog(KafkaAccess("127.0.0.1:9"))

    def refused(_: int) -> float:
        began = monotonic()
        with pytest.raises(TransientError, match=r"127\.0\.0\.1:9"):
            log.append([record(event("e1", "incident.withdrawn", "jq-1", {"withdrawn": True}))])
        return monotonic() - began

    alone = refused(0)
    with ThreadPoolExecutor(8) as pool:
        assert max(pool.map(refused, range(8))) < 4 * alone


def test_nobody_waits_in_a_row_when_the_broker_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two callers who say it again at once: not for one batch after another, nor for one attempt after another."""
    monkeypatch.setattr(log_kafka, "ANSWER", 3.0)
    broker, gone = new_broker(tmp_path), Event()
    broker.start()
    access = KafkaAccess(broker.address)
    create_topics(access)
    log = KafkaLog(access)
    said = [record(event(f"e{n}", "incident.withdrawn", f"jq-{n}", {"withdrawn": True})) for n in range(20)]

    def longest(_: int) -> float:
        """Seconds of the slowest answer, until the broker has been away for as long as two and a half of them take."""
        waits, refused = [], 0
        while not gone.is_set():
            began = monotonic()
            try:
                log.append(said)
            except TransientError:
                refused += 1
            waits.append(monotonic() - began)
        assert refused >= 2
        return max(waits)

    with ThreadPoolExecutor(2) as pool:
        try:
            waiting = [pool.submit(longest, n) for n in range(2)]
            sleep(0.7)
            broker.stop(kill=True)
            sleep(7.5)
        finally:
            gone.set()
        assert max(one.result() for one in waiting) < 5
    log.close()


@pytest.mark.parametrize("end", [KafkaProducer.close, lambda producer: producer._sender.force_close()])
def test_a_producer_that_another_caller_ended(end: Callable[[KafkaProducer], None]) -> None:
    """Whose records were under way says them again, and the next producer keeps them."""
    log, one = KafkaLog(fresh_topics()), record(event("e1", "incident.withdrawn", "jq-1", {"withdrawn": True}))
    log.append([one])
    assert log._writer is not None
    end(log._writer.result())
    with pytest.raises(TransientError, match="the producer ended"):
        log.append([one])
    assert [kept.status for kept in log.append([one])] == ["accepted"]
    log.close()


def test_a_member_knows_the_ends_of_partitions_that_others_have() -> None:
    access, one = fresh_topics(), record(event("e1", "incident.withdrawn", "jq-1", {"withdrawn": True}))
    log = KafkaLog(access, Group(f"{access.prefix}g", "w1", 6))
    (kept,) = log.append([one])
    assert log.all_ends() == {(t, p): int((t, p) == kept[1:3]) for t, n in PARTITIONS.items() for p in range(n)}
    log.close()


def test_a_foreign_record_is_rejected_and_blocks_nothing(new_database: Callable[[], Warehouse]) -> None:
    """Whoever may write to a topic may write anything: a key that is no text, no key, no value."""
    access, good = fresh_topics(), record(event("e1", "incident.withdrawn", "jq-1", {"withdrawn": True}))
    writer = KafkaProducer(**access.options(), acks="all")
    for key, value in ((b"\xff\xfe", good.value), (None, good.value), (b"jq-1", None)):
        writer.send(f"{access.prefix}incidents", key=key, value=value, partition=0)
    writer.close()
    log, warehouse = KafkaLog(access), new_database()
    log.append([good])
    migrate(warehouse)
    Pump(log, warehouse, default_plan()[0]).drain()
    log.close()
    assert warehouse.query("SELECT off, reason FROM rejected_record FINAL ORDER BY off").rows[:2] == [
        (0, "wrong_key"), (1, "wrong_key"),
    ]  # fmt: skip
    assert warehouse.query("SELECT count() FROM rejected_record FINAL").rows == [(3,)]
    assert warehouse.query("SELECT incident FROM incident_facts FINAL").rows == [("jq-1",)]


@pytest.mark.parametrize(
    ("user", "ca_file", "protocol"),
    [("", "", "PLAINTEXT"), ("", "ca", "SSL"), ("me", "", "SASL_PLAINTEXT"), ("me", "ca", "SASL_SSL")],
)
def test_what_is_asked_for_is_what_is_spoken(user: str, ca_file: str, protocol: str) -> None:
    """A certificate authority means TLS, with a user and without one: never plain text in silence."""
    assert KafkaAccess("127.0.0.1:9", user, "word", ca_file).options()["security_protocol"] == protocol
