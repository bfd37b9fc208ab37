"""`fanzha dev-cluster`: an event that a program submits reaches a figure, and no process outlives a signal."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import psutil
import pytest

from tests.brokers import need_jars
from tests.schemas.samples import fresh
from tests.services.test_cli import ROOT, fanzha, rows
from tests.services.test_serve import COMMAND

pytestmark = [pytest.mark.kafka, pytest.mark.chdb, pytest.mark.net]
STARTS_IN, ENDS_IN = 120.0, 60.0


class Cluster:
    def __init__(self, folder: Path) -> None:
        need_jars()
        self.folder, self._said = folder / "d", folder / "said"
        with self._said.open("ab") as said:
            self.process = subprocess.Popen(
                [*COMMAND, "--data", str(self.folder), "dev-cluster", "--workers", "1"], cwd=ROOT,
                env=os.environ | {"FANZHA_PORT": "0"}, stdout=said, stderr=said,
            )  # fmt: skip

    def heard(self, word: str) -> str:
        end = monotonic() + STARTS_IN
        while True:
            text = self._said.read_text("utf-8")
            if line := next((line for line in text.splitlines() if word in line), ""):
                return line
            assert self.process.poll() is None, text
            assert monotonic() < end, text
            sleep(0.1)

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    found = Cluster(tmp_path)
    yield found
    for one in [*found.family(), psutil.Process(found.process.pid)] if found.process.poll() is None else []:
        one.kill()
    found.process.wait(30)


def test_an_event_reaches_a_figure_and_two_signals_leave_nobody(cluster: Cluster) -> None:
    url = cluster.heard("http://").split()[3]
    token = fanzha(cluster.folder, "token", "issue", "feed").stdout.strip()
    event = json.dumps({**fresh("incident.reported.submission"), "id": "g-1"})
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{url}/api/v1", headers=headers, trust_env=False, timeout=60) as client:
        assert client.post("/events", content=event).status_code == 201
        _until(partial(_counted, client, 1))
    assert {row["section"] for row in rows(cluster.folder, "status")} >= {"position", "lag"}
    family = cluster.family()
    assert len(family) >= 3, "broker, gate, worker"
    cluster.process.send_signal(signal.SIGTERM)
    while cluster.process.poll() is None and len(cluster.family()) == len(family):
        sleep(0.02)
    cluster.process.send_signal(signal.SIGTERM)
    cluster.process.send_signal(signal.SIGINT)
    assert cluster.process.wait(ENDS_IN) == 0
    assert _alive(family) == []


@pytest.mark.slow
def test_who_ends_by_himself_is_started_again(cluster: Cluster) -> None:
    """Worker, gate and broker killed one after the other: each is told of, and the next event is counted."""
    url = cluster.heard("http://").split()[3]
    token = fanzha(cluster.folder, "token", "issue", "feed").stdout.strip()
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{url}/api/v1", headers=headers, trust_env=False, timeout=60) as client:
        for number, (what, word) in enumerate({"worker-1": "worker", "gate": "gate", "Kafka": "kafka.Kafka"}.items()):
            (found,) = (one for one in cluster.family() if word in " ".join(one.cmdline()))
            found.kill()
            cluster.heard(f"{what} 已退出")
            said = {"id": f"g-{number}", "subject": f"case-{number}"}
            event = json.dumps({**fresh("incident.reported.submission"), **said})
            _until(partial(_accepted, client, event))
            _until(partial(_counted, client, number + 1))
    family = cluster.family()
    assert len(family) == 3, "broker, gate, worker"
    cluster.process.send_signal(signal.SIGTERM)
    assert cluster.process.wait(ENDS_IN) == 0
    assert _alive(family) == []


def test_a_signal_while_it_starts_leaves_nobody(cluster: Cluster) -> None:
    cluster.heard("Kafka")
    family = cluster.family()
    assert family
    cluster.process.send_signal(signal.SIGTERM)
    assert cluster.process.wait(ENDS_IN) == 128 + signal.SIGTERM
    assert _alive(family) == []


def _accepted(client: httpx.Client, event: str) -> bool:
    return client.post("/events", content=event).status_code in (200, 201)


def _counted(client: httpx.Client, least: int) -> bool:
    """Whether as many incidents are counted; not while nobody can say."""
    asked: dict[str, Any] = {"from": "2000-01-01", "to": "2099-12-31"}
    found = client.get("/figures/incidents", params=asked)
    return found.status_code == 200 and sum(row["incidents"] for row in found.json()["rows"]) >= least


def _until(done: Callable[[], bool]) -> None:
    end = monotonic() + ENDS_IN
    while not done():
        assert monotonic() < end
        sleep(0.2)


def _alive(family: list[psutil.Process]) -> list[str]:
    _, alive = psutil.wait_procs(family, timeout=10)
    return [str(one) for one in alive]
