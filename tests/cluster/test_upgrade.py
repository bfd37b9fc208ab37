"""An upgrade that asks for a rebuild: `fanzha migrate` does it, once no worker is there to write what it swaps."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from schemas import Plan
from services.simulate import Params, history
from streams.marks import PENDING, REBUILD, mark, to_rebuild
from streams.migrations import migrate
from streams.pump import Pump
from streams.warehouse import Warehouse
from tests.cluster.parts import PATIENCE, TestCluster, verified
from tests.gates import ROOT
from tests.memory_log import MemoryLog
from tests.wire import record

pytestmark = [pytest.mark.kafka, pytest.mark.chdb]


def fanzha(cluster: TestCluster, *words: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    settings = cluster.settings.model_copy(update={"data": cluster.folder / "office", "kafka_session": 6})
    command = ["env", *settings.as_variables(), sys.executable, "-c", "from services.cli import main; main()", *words]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert run.returncode == status, run.stdout + run.stderr
    return run


@pytest.mark.slow
def test_migrate_rebuilds_once_no_worker_is_there(cluster: TestCluster, warehouse: Warehouse, plan: Plan) -> None:
    load = [record(e) for e in history(Params(seed=3, end=datetime(2026, 3, 1, tzinfo=UTC), months=1))][:800]
    cluster.worker("w1").asked("/health")
    half = len(load) // 2
    cluster.log.append(load[:half])
    cluster.settle()
    mark(cluster.warehouse, REBUILD, PENDING)  # as a migration of a newer program does
    cluster.warehouse.run("TRUNCATE TABLE incident_day")  # what its migration left to be made anew

    refused = fanzha(cluster, "migrate", status=3).stderr
    assert "工作进程仍在运行" in refused
    assert "w1" in refused
    assert to_rebuild(cluster.warehouse)

    cluster.workers.pop("w1").terminate()
    cluster.log.append(load[half:])
    assert "fanzha migrate" in fanzha(cluster, "query", "incidents", status=3).stderr
    rows = json.loads(fanzha(cluster, "migrate", "--format", "json").stdout)
    assert (rows[-1]["migration"], rows[-1]["state"]) == ("rebuild", "applied")
    assert not to_rebuild(cluster.warehouse)
    assert json.loads(fanzha(cluster, "migrate", "--format", "json").stdout)[-1]["migration"] != "rebuild"

    cluster.worker("w1").asked("/health")
    cluster.settle()
    verified(cluster, plan)
    migrate(warehouse)
    log = MemoryLog()
    log.append(load)
    Pump(log, warehouse, plan).drain()
    counted = "SELECT * EXCEPT v FROM incident_day FINAL ORDER BY ALL"  # a rebuild gives versions of its own
    assert cluster.warehouse.query(counted) == warehouse.query(counted)
