"""A cluster of a test: a broker and a gate of its own, workers to kill, and the marts they must come to.

In: a folder. Out: everything started on loopback and ended with the test; whatever dies is started again on its folder.
"""

import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from schemas import Plan
from services.cluster.broker import Broker
from services.settings import Settings
from streams.kafka_access import KafkaAccess
from streams.kafka_topics import create_topics
from streams.log import NewRecord
from streams.log_kafka import KafkaLog
from streams.migrations import migrate
from streams.progress import read_progress
from streams.pump import Pump
from streams.verify import verify
from streams.warehouse import Warehouse
from streams.warehouse_clickhouse import ClickhouseWarehouse
from tests.brokers import ThreeBrokers, new_broker
from tests.gates import PASSWORD, ROOT, GateProcess
from tests.marthash import mart_hash
from tests.memory_log import MemoryLog

PATIENCE = 120.0  # seconds


class WorkerProcess:
    """One worker; `stages` are those it has announced, and `url` is where its health is."""

    def __init__(self, settings: Settings, name: str, errors: Path, arguments: tuple[str, ...] = ()) -> None:
        own = settings.model_copy(update={"instance": name, "metrics_port": 0})
        words = ["env", *own.as_variables(), sys.executable, "-m", "tests.cluster.worker", *arguments]
        self.stages: list[str] = []
        self.url = ""
        with errors.open("ab") as err:
            self.process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=err, text=True)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("ready "):
                self.url = line.split()[1]
            else:
                self.stages.append(line.strip())

    def wait_for(self, stage: str) -> None:
        """Until it announces the stage once more."""
        assert self.comes_to(stage, PATIENCE), f"never came to {stage}: {self.stages[-5:]}"

    def comes_to(self, stage: str, within: float) -> bool:
        """Whether it announces the stage once more, in so many seconds."""
        seen, end = len(self.stages), monotonic() + within
        while stage not in self.stages[seen:]:
            assert self.process.poll() is None, "the worker ended by itself"
            if monotonic() > end:
                return False
            sleep(0.002)
        return True

    def asked(self, path: str) -> str:
        """What it answers over HTTP, once it serves."""
        end = monotonic() + PATIENCE
        while not self.url:
            assert monotonic() < end, "never ready"
            sleep(0.05)
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return str(answer.read().decode())

    def kill(self) -> None:
        self.process.kill()
        self.end()

    def terminate(self) -> float:
        """SIGTERM; gives the seconds it took to end well."""
        began = monotonic()
        self.process.terminate()
        status = self.end()
        assert status == 0, f"it ended with {status}; its last stages: {self.stages[-5:]}"
        return monotonic() - began

    def pause(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def end(self) -> int:
        status = self.process.wait(60)
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


class TestCluster:
    """`log` is the submitter's; `warehouse` the reader's."""

    __test__ = False

    def __init__(
        self, folder: Path, arguments: tuple[str, ...], broker: Broker | ThreeBrokers | None, **settings: Any
    ) -> None:
        """`settings` differ from those that all tests of a cluster use; `arguments` are those of its workers."""
        self.folder, self.arguments, self.said_too = folder, arguments, settings
        self.broker = broker or new_broker(folder / "kafka")
        self.gate = GateProcess(folder / "gate")
        self.workers: dict[str, WorkerProcess] = {}
        self.ever: list[WorkerProcess] = []

    def start(self) -> None:
        self.broker.start()
        self.gate.start()
        secret = self.folder / "password"
        secret.write_text(PASSWORD, "utf-8")
        access = self.gate.access
        said = {
            "log": "kafka", "warehouse": "clickhouse", "kafka_bootstrap": self.broker.address, "kafka_session": 6,
            "clickhouse_address": access.address, "clickhouse_user": access.user, "clickhouse_password_file": secret,
            "batch": 400, "round_every": 0.1,
        }  # fmt: skip
        self.settings = Settings().model_copy(update={**said, **self.said_too})
        create_topics(KafkaAccess(self.broker.address), self.settings.kafka_replication)
        self.log = KafkaLog(KafkaAccess(self.broker.address))
        self.warehouse = ClickhouseWarehouse(access)
        migrate(self.warehouse)

    def worker(self, name: str) -> WorkerProcess:
        """The worker of that name, started anew where it is gone."""
        if name not in self.workers:
            self.workers[name] = WorkerProcess(self.settings, name, self.folder / f"{name}.err", self.arguments)
            self.ever.append(self.workers[name])
        return self.workers[name]

    def kill(self, name: str) -> None:
        self.workers.pop(name).kill()

    def settle(self) -> None:
        """Until the workers have brought everything into the marts."""
        end, ends = monotonic() + PATIENCE, self.log.ends()
        while True:
            at = read_progress(self.warehouse).marts_next
            if all(at.get(place, 0) >= last for place, last in ends.items()):
                return
            assert monotonic() < end, f"{at} of {ends}: {self.said()}"
            sleep(0.2)

    def said(self) -> str:
        """What the workers said on their standard error."""
        files = self.folder.glob("*.err")
        return "".join(f"{file.name}: {file.read_text('utf-8', errors='replace')[-1500:]}\n" for file in files)

    def stop(self) -> None:
        for name in list(self.workers):
            self.kill(name)
        self.warehouse.close()
        self.log.close()
        self.gate.stop()
        self.broker.stop(kill=True)


def check(cluster: TestCluster, load: list[NewRecord], empty: Warehouse, plan: Plan) -> None:
    """The marts are those of the embedded shape over the same records, and those of a full fold."""
    migrate(empty)
    log = MemoryLog()
    log.append(load)
    Pump(log, empty, plan).drain()
    assert mart_hash(cluster.warehouse) == mart_hash(empty)
    verified(cluster, plan)


def verified(cluster: TestCluster, plan: Plan) -> None:
    """The marts are those of a full fold of the facts."""
    other = Pump(cluster.log, cluster.warehouse, plan, own="fanzha_round_check")
    for found in verify(cluster.warehouse, other.params, other.facts(), lambda done, total: None):
        assert not found.differing, found


@contextmanager
def running(
    folder: Path, arguments: tuple[str, ...] = (), broker: Broker | ThreeBrokers | None = None, **settings: Any
) -> Iterator[TestCluster]:
    cluster = TestCluster(folder, arguments, broker, **settings)
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.stop()
