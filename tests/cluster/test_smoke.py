"""`fanzha smoke` on a real broker and a warehouse behind its protocol: what is right, and what is not, is told."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from schemas import TOPICS
from services import smoke
from services.settings import Settings
from streams.warehouse_clickhouse import ClickhouseWarehouse
from tests.cluster.parts import TestCluster
from tests.gates import ROOT

pytestmark = [pytest.mark.kafka, pytest.mark.chdb]


def command(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    program = [
        "env",
        *settings.as_variables(),
        sys.executable,
        "-m",
        "services.cli",
        "smoke",
        "--format",
        "json",
        *words,
    ]
    return subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


def test_what_is_not_right_is_told(cluster: TestCluster, tmp_path: Path) -> None:
    settings = cluster.settings.model_copy(update={"data": tmp_path / "office"})
    well = command(settings)
    assert well.returncode == 0, well.stdout + well.stderr
    rows = {row["what"]: row for row in json.loads(well.stdout)}
    assert {f"topic {topic.name}" for topic in TOPICS} < set(rows)
    assert rows["records waiting"]["result"] == "0"
    assert "fanzha_smoke" not in {name for (name,) in cluster.warehouse.query("SELECT name FROM system.databases").rows}

    admin = KafkaAdminClient(bootstrap_servers=cluster.broker.address)
    admin.create_partitions({"alerts": 5})
    admin.delete_topics(["registry"])
    admin.close()
    ill = command(settings)
    assert ill.returncode == 1
    wrong = {row["what"]: row["result"] for row in json.loads(ill.stdout) if not row["ok"]}
    assert set(wrong) == {"topic alerts", "topic registry"}
    assert wrong["topic registry"] == "missing"
    assert "5" in wrong["topic alerts"]

    unmigrated = ClickhouseWarehouse(cluster.gate.access, "fanzha_new")
    found = {row["what"]: row for row in smoke.warehouse(unmigrated)}
    unmigrated.close()
    assert not found["migrations"]["ok"]
    assert "0001" in found["migrations"]["result"]
    assert found["insert and read"]["ok"]

    cluster.gate.stop(kill=True)
    away = command(settings)
    assert away.returncode == 3
    assert "Traceback" not in away.stderr


def test_it_is_for_a_cluster() -> None:
    said = command(Settings())
    assert said.returncode == 3
    assert "fanzha verify" in said.stderr
