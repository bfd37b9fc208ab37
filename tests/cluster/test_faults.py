"""Workers that sleep and wake, come and go, lose their offsets, while merges are forced and stopped: the same marts.

F3 (SIGSTOP beyond the session, SIGCONT), F4 (changing numbers of workers), F11 (the group's offsets deleted and moved),
F18 (merges) and F19 (alerts under kills) of docs/reliability.md. The short form has one of each, the long one ten.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep

import pytest
from kafka import KafkaAdminClient, TopicPartition
from kafka.structs import OffsetAndMetadata

from schemas import Plan, wire_time
from services.errors import Unavailable
from services.simulate import Params, history
from services.wiring import open_office
from streams.figures import Question, answer
from streams.log import NewRecord
from streams.plans import adoption
from streams.rules import Alert
from streams.warehouse import Warehouse
from tests.cluster.parts import PATIENCE, TestCluster, check, running
from tests.plans import limited
from tests.wire import alert_record, record, stamped

pytestmark = [pytest.mark.kafka, pytest.mark.chdb]
END = datetime(2026, 3, 1, tzinfo=UTC)
CHUNK = 150
GROUP = "fanzha-ingest"
STAGES = ("fetch", "archive+facts", "fold+places", "marts")


class Load:
    """Records that are said little by little."""

    def __init__(self, cluster: TestCluster, receipts: int) -> None:
        params = Params(seed=29, end=END, months=1, receipts_per_month=receipts, duplicate=0.1)
        self.records = [record(event) for event in history(params)]
        random.Random(29).shuffle(self.records)  # so that every chunk has something for every worker
        self._rest, self._cluster, self._rng = iter(self.records), cluster, random.Random(31)

    def more(self, chunks: int = 1) -> None:
        """Merges are forced, stopped and allowed again between chunks (F18)."""
        for _ in range(chunks):
            said = [r for _, r in zip(range(CHUNK), self._rest, strict=False)]
            assert said, "the load is too small"
            self._cluster.log.append(said)
            table = self._rng.choice(("archive", "receipt_facts", "incident_place", "contact", "reached"))
            stop = self._rng.random() < 0.5
            for order in ("SYSTEM STOP MERGES",) if stop else ("SYSTEM START MERGES", "OPTIMIZE TABLE"):
                self._cluster.warehouse.run(f"{order} {table}")

    def all(self) -> list[NewRecord]:
        self._cluster.log.append(list(self._rest))
        return self.records


def slept(cluster: TestCluster, load: Load, stage: str) -> None:
    """F3: one is stopped inside a stage until the other has all its partitions and has done its work; then it wakes."""
    one = cluster.worker("w0")
    cluster.worker("w1").asked("/health")
    load.more()
    while not one.comes_to(stage, 5):  # it was faster than we looked, or had no partition yet
        load.more()
    one.pause()
    try:
        load.more()
        cluster.settle()
    finally:
        one.go_on()
    load.more()
    cluster.settle()


def resized(cluster: TestCluster, load: Load) -> None:
    """F4: two, three, one. None of their partitions waits for thirty seconds, or `settle` would not come back."""
    for name in ("w0", "w1", "w2"):
        cluster.worker(name).asked("/health")
        load.more()
    for name in ("w0", "w2"):
        cluster.workers.pop(name).terminate()
        load.more()
        began = monotonic()
        cluster.settle()
        assert monotonic() - began < 30, f"partitions of {name} were idle"


def moved(cluster: TestCluster, load: Load) -> None:
    """F11: nobody is there, the group's offsets are set back to 0 or taken away, and somebody comes; first one, then
    the other."""
    for deleted in (False, True):
        _moved(cluster, load, deleted=deleted)


def _moved(cluster: TestCluster, load: Load, *, deleted: bool) -> None:
    for name in list(cluster.workers):
        cluster.workers.pop(name).terminate()
    load.more()
    admin = KafkaAdminClient(bootstrap_servers=cluster.broker.address)
    try:
        places = [TopicPartition(*place) for place in cluster.log.ends()]
        end = monotonic() + PATIENCE
        while True:  # until the broker has seen that the members are gone
            if deleted:
                said = set(admin.delete_groups([GROUP]).values())
            else:
                back = dict.fromkeys(places, OffsetAndMetadata(0, "", -1))
                said = {error.__name__ for error in admin.alter_group_offsets(GROUP, back).values()}
            if said in ({"OK"}, {"NoError"}):
                break
            assert monotonic() < end, said
            sleep(0.5)
    finally:
        admin.close()
    cluster.worker("w1").asked("/health")
    load.more()
    cluster.settle()


def play(cluster: TestCluster, empty: Warehouse, plan: Plan, times: int) -> None:
    load = Load(cluster, 700 + 2500 * (times - 1))
    for number in range(times):
        slept(cluster, load, STAGES[(number + 1) % len(STAGES)])
        resized(cluster, load)
        moved(cluster, load)
    said = load.all()
    cluster.settle()
    check(cluster, said, empty, plan)
    alone = cluster.settings.model_copy(update={"data": cluster.folder / "office", "follow": "yes"})
    with pytest.raises(Unavailable, match=r"工作进程仍在运行.*w1"):
        open_office(alone)


@pytest.mark.slow
def test_asleep_resized_and_moved(cluster: TestCluster, new_database: Callable[[], Warehouse], plan: Plan) -> None:
    play(cluster, new_database(), plan, 1)


@pytest.mark.slow
def test_asleep_resized_and_moved_for_long(
    cluster: TestCluster, new_database: Callable[[], Warehouse], plan: Plan
) -> None:
    play(cluster, new_database(), plan, 10)


LIMIT = 1
FAILS = 50  # telling of an alert fails once in so many times, and at a worker's first
_ID = re.compile(r"alert .*\bid=\S*?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


@pytest.fixture
def alerting(tmp_path: Path) -> Iterator[TestCluster]:
    with running(tmp_path, (str(FAILS),), alert_every=0.5) as found:
        yield found


def heard_of(cluster: TestCluster) -> Counter[str]:
    """How often each alert was told, over all workers there ever were."""
    return Counter(found for worker in cluster.ever for line in list(worker.stages) for found in _ID.findall(line))


def untold(cluster: TestCluster, plan: Plan) -> set[str]:
    """Stations that stand above the limit now, and of which no alert speaks."""
    now = datetime.now(UTC)
    rows = answer(cluster.warehouse, Question("rolling", by=("station",), at=now), plan, now).dicts()
    said = {place for (place,) in cluster.warehouse.query("SELECT place FROM alert_facts").rows}
    return {row["station"] for row in rows if row["incidents_7d"] >= LIMIT} - said


def told(cluster: TestCluster, kills: int, plan: Plan) -> None:
    """F19: the leader is killed again and again while stations pass the limit, and telling fails now and then; each
    alert is there once, none is missing, and nobody hears of one more than twice."""
    now = datetime.now(UTC)
    load = [record(e) for e in history(Params(seed=37, end=now, months=1, receipts_per_month=20))]
    said = adoption(limited(LIMIT, settle=1), now.astimezone(plan.zone).date())
    load.insert(0, stamped({**said, "actor": "office", "recordedtime": wire_time(now)}))
    size = len(load) // (kills + 1) + 1
    rng = random.Random(41)
    for start in range(0, len(load), size):
        worker = cluster.worker("w0")
        worker.asked("/health")
        cluster.log.append(load[start : start + size])
        if start + size < len(load):
            worker.wait_for("progress")
            sleep(rng.uniform(0, 2))
            cluster.kill("w0")
    cluster.settle()
    end = monotonic() + PATIENCE
    while due := untold(cluster, plan):
        assert monotonic() < end, f"never told: {due}"
        sleep(0.5)
    rows = cluster.warehouse.query("SELECT event_id, rule, place, day FROM alert_facts FINAL").rows
    assert len({row[0] for row in rows}) == len(set(rows)) >= 1, "one alert for each rule, place and day"
    while set(heard := heard_of(cluster)) != {row[0] for row in rows}:
        assert monotonic() < end, f"nobody heard of some: {heard}, {rows}"
        sleep(0.5)
    failed = sum(worker.stages.count("failed to tell") for worker in cluster.ever)
    print(f"\n{kills} kills, {len(rows)} alerts, heard: {sorted(heard.values())}, {failed} times telling failed")
    assert failed
    assert max(heard.values()) <= 2


def test_who_told_an_alert_soon_says_so(cluster: TestCluster, plan: Plan) -> None:
    """Until then the next worker would tell it again, and the one after it once more. Three alerts, each at another
    moment between two commits of Faust, which by itself lets 2.8 s pass between them."""
    cluster.worker("w0").asked("/health")
    admin = KafkaAdminClient(bootstrap_servers=cluster.broker.address)
    waits: list[float] = []
    try:
        for number in range(1, 4):
            alert = Alert("high_incidence", f"ps-{number}", END.date(), 3)
            cluster.log.append([alert_record(alert, plan)])
            end = monotonic() + PATIENCE
            while alert.id not in heard_of(cluster):
                assert monotonic() < end, f"never told: {cluster.said()}"
                sleep(0.01)
            heard = monotonic()
            while _done(admin) < number:
                assert monotonic() < end, "never said"
                sleep(0.02)
            waits.append(monotonic() - heard)
            sleep(max(0.0, 1.3 - waits[-1]))
    finally:
        admin.close()
    assert max(waits) < 2


def _done(admin: KafkaAdminClient) -> int:
    """How many alerts Faust's group has done with."""
    (said,) = admin.list_group_offsets(["fanzha-worker"]).values()
    return sum(at.offset for place, at in said.items() if place.topic == "alerts" and at.offset > 0)


def test_alerts_under_a_kill(alerting: TestCluster, plan: Plan) -> None:
    told(alerting, 1, plan)


@pytest.mark.slow
def test_alerts_under_twenty_kills(alerting: TestCluster, plan: Plan) -> None:
    told(alerting, 20, plan)
