"""The bench runs from one end to the other and says what it measured: small numbers here, the same code."""

import json
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import reduce
from multiprocessing import get_context
from operator import or_
from pathlib import Path
from typing import Any

import pytest

from bench.cluster import elsewhere
from bench.cluster.floor import Floor
from bench.cluster.job import Done, Keeper
from bench.given import SPOILT, GivenLog
from bench.load import INCIDENTS, NAMED, PANELS, Load, registry
from bench.machine import yardstick
from schemas import Invalid, default_plan, parse, parse_submission
from schemas.own import read_own_event
from services.errors import Unavailable
from services.settings import Settings
from streams.lift import archive_columns
from streams.migrations import migrate
from streams.warehouse_chdb import ChdbWarehouse

TOP = Path(__file__).parents[2]
UNTIL = datetime(2026, 3, 1, tzinfo=UTC)


def bench(*words: str, module: str = "bench") -> subprocess.CompletedProcess[str]:
    """A process of its own: one engine serves one folder."""
    command = [sys.executable, "-m", module, *words]
    return subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False, timeout=900)


@pytest.mark.slow
@pytest.mark.chdb
@pytest.mark.timeout(960)  # of nine parts one after the other: it only ends a hang
def test_quick_measures_every_part() -> None:
    run = bench("--quick", "--format", "json", "--only", "bulk,live,freshness,cycle,rounds,imports,panels,upkeep")
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["bulk"]["events"] == 4_000
    assert found["bulk"]["to_log"] >= found["bulk"]["to_facts"] > 0
    assert found["bulk"]["log_bytes"] > 4_000 * 400
    assert found["live"][0]["offered"] == 200
    assert all(0 < one["p50"] <= one["p99"] for one in found["live"])
    assert found["cycle"]["cycles"] == 2
    assert min(found["cycle"]["seconds"], found["cycle"]["processor_seconds"]) > 0
    assert found["imports"]["rows"] == 2_000
    assert min(found["imports"][name] for name in ("all_new", "submitted", "filtered", "ratio")) > 0
    assert [one["records"] for one in found["rounds"]] == [100, 1_000]
    assert all(one["wall"] > 0 < one["processor"] for one in found["rounds"])
    (upkeep,) = found["upkeep"]
    assert upkeep["records"] >= 5_000
    assert min(upkeep["rebuild_seconds"], upkeep["verify_seconds"]) > 0
    assert min(upkeep["rebuild_peak"], upkeep["verify_peak"]) > 50 << 20
    (panels,) = found["panels"]
    questions = {one["question"] for one in panels["latencies"]}
    for word in (
        "station and month",
        "rates",
        "coverage",
        "rolling",
        "rejected",
        "freshness",
        "day by day",
        "as known",
    ):
        assert any(word in question for question in questions), word
    assert all(0 < one["p50"] <= one["p95"] for one in panels["latencies"])


@pytest.mark.slow
@pytest.mark.chdb
@pytest.mark.browser
def test_the_screen_is_measured_in_a_browser() -> None:
    run = bench("--quick", "--format", "json", "--only", "screen")
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)["screen"]
    assert 0 < found["address"] < found["figures"]
    assert found["paint"] > 0
    assert len(found["changes"]) >= 7, "four other periods, three bases"
    assert found["resident"] > 100_000_000


@pytest.mark.parametrize("wrong", [("--only", "bulk,nothing"), ("--facts", "many"), ("--rates", "0")])
def test_wrong_words_are_told(wrong: tuple[str, str]) -> None:
    run = bench(*wrong)
    assert run.returncode == 2
    assert wrong[0] in run.stderr
    assert not run.stdout


@pytest.mark.parametrize("wrong", [("--only", "panels"), ("--rates", "0"), ("--mix", "none"), ("--events", "9")])
def test_wrong_words_are_told_of_the_cluster_too(wrong: tuple[str, str]) -> None:
    run = bench(*wrong, module="bench.cluster")
    assert run.returncode == 2
    assert wrong[0] in run.stderr
    assert not run.stdout


@pytest.mark.slow
def test_everybody_does_the_same_job_over_a_broker() -> None:
    run = bench("--only", "bulk", "--events", "40000", "--format", "json", module="bench.cluster")
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)["bulk"]
    assert {"read", "validate", "whole", "protocol", "faust"} <= set(found) <= {*found, "quix"}
    assert all(one["events"] == 40_000 and one["rate"] > 0 for one in found.values())
    assert all(one["kept"] == 40_000 for name, one in found.items() if name not in {"read", "validate"})


@pytest.mark.slow
def test_records_from_elsewhere_are_followed_in_both_shapes() -> None:
    """Needs the peers' environment: `make bench-cluster`."""
    offered = ("--rates", "500,1000", "--base", "2000", "--seconds", "3", "--mix", "incidents")
    run = bench("--only", "elsewhere,floor", *offered, "--format", "json", module="bench.cluster")
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    for name in (
        "one process, records from elsewhere",
        "1 worker(s), records from elsewhere",
        "the least there is to do",
    ):
        steps = found[name]
        assert [one["offered"] for one in steps] == [500, 1000]
        assert all(0 < one["p50"] <= one["p99"] < 2 and one["reached"] > 400 for one in steps)


def test_without_the_peers_the_bench_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(elsewhere, "PEER", tmp_path / "python")
    with pytest.raises(Unavailable, match="make bench-cluster"):
        elsewhere.Sending(Settings(), Load(1, 10, UNTIL, 1.0), 10, 1.0, lambda ends, events, since: None)


def kept(folder: Path) -> list[Done | None]:
    """In a process of its own: this one may have an engine over another folder."""
    records = GivenLog(Load(1, 3_000, UNTIL, 30.0, stamped=True)).read({}, 2_500)
    unknown = [record._replace(stamp=None) for record in records]
    keeper = Keeper(Settings(data=folder), 2_500)
    keeper.first()
    return [keeper.keep(unknown[:1_000]), keeper.keep(unknown[1_000:])]


@pytest.mark.chdb
def test_a_keeper_keeps_all_and_says_when_it_is_done(tmp_path: Path) -> None:
    """What peers store with: validated records in the archive, bad ones too."""
    with ProcessPoolExecutor(1, get_context("spawn")) as own:
        first, done = own.submit(kept, tmp_path).result()
    assert first is None
    assert done is not None
    assert (done.events, done.kept) == (2_500, 2_500)
    assert done.rate > 0


def test_the_load_is_the_models_own_json() -> None:
    """Otherwise the bench would measure how foreign forms are read."""
    raws = list(Load(1, 3_000, UNTIL, 30.0))
    assert raws == list(Load(1, 3_000, UNTIL, 30.0)) != list(Load(2, 3_000, UNTIL, 30.0))
    assert all(parse_submission(raw).content == raw[: raw.rindex(b',"actor":"')] for raw in raws)
    events = list(Load(1, 3_000, UNTIL, 30.0, PANELS, stamped=True))
    assert all(map(read_own_event, events))  # as nearly all is that submit stamps, whatever the step between them
    stamped = [*events, *registry(UNTIL)]
    assert not any(parse(raw).lifted for raw in stamped)
    assert len({parse(raw).event.id for raw in stamped}) == len(stamped)
    assert 250 < sum(map(len, raws)) / len(raws) < 540


def test_a_load_may_name_people() -> None:
    """By telephone number, those who sign receipts and nobody else."""
    said = map(parse_submission, Load(1, 3_000, UNTIL, 30.0, NAMED))
    assert {s.said.type for s in said if s.has_identity} == {"receipt.signed"}


def test_given_records_are_vouched_for_but_the_spoilt_ones() -> None:
    log = GivenLog(Load(1, 3 * SPOILT, UNTIL, 30.0, PANELS, stamped=True))
    records = log.read({}, 10 * SPOILT)
    assert [r.offset for r in records] == list(range(len(records)))
    spoilt = [r.offset for r in records if r.stamp is None]
    assert spoilt == list(range(SPOILT - 1, len(records), SPOILT))
    assert archive_columns(records)["ok"] == [int(r.stamp is not None) for r in records]
    with pytest.raises(Invalid):
        parse(records[SPOILT - 1].value)
    assert log.read({}, 1) == []
    assert set(log.ends().values()) == {0}


def test_the_yardstick_counts_events_a_second() -> None:
    slow, fast = yardstick([b"[" + b"1," * 20_000 + b"1]"] * 5), yardstick([b"1"] * 5_000)
    assert fast > 20 * slow


def floored(folder: Path) -> tuple[object, ...]:
    """Of facts from before the floor began and of later ones: what it counts where incidents are now, the same by plain
    Python; its marts, and the sums of its places."""
    load = Load(1, 6_000, UNTIL, 30.0, INCIDENTS, stamped=True)
    warehouse = ChdbWarehouse(folder)
    migrate(warehouse)
    floor = Floor(GivenLog(load), warehouse, default_plan()[0], batch=2_000)
    for batch in range(10):
        taken = floor.take()
        assert floor.round() is (taken > 0)
        if batch == 0:
            floor.begin()
    sums = "SELECT sum(incidents), sum(loss_fen), sum(v) FROM"
    (counted,) = warehouse.query(f"{sums} (SELECT * FROM floor_place ORDER BY v DESC LIMIT 1 BY incident)").rows
    marts, places = (warehouse.query(f"{sums} floor_{table} FINAL").rows for table in ("day", "place"))
    warehouse.close()
    incidents: dict[str, list[dict[str, Any]]] = {}
    records = (
        r.value for r in GivenLog(load).read({}, 99_999) if r.topic == "incidents" and not r.value.endswith(b'"')
    )
    for said in sorted(map(json.loads, records), key=lambda e: (e["type"] != "incident.reported", e["recordedtime"])):
        incidents.setdefault(said["subject"], []).append(said["data"])
    known = {key: said for key, said in incidents.items() if "occurred_at" in said[0]}
    still = [data for data in (reduce(or_, said) for said in known.values()) if "withdrawn" not in data]
    facts = sum(map(len, known.values()))
    return counted, (len(still), sum(data["loss_fen"] for data in still), facts), marts, places


@pytest.mark.chdb
def test_the_floor_counts_what_it_is_given(tmp_path: Path) -> None:
    with ProcessPoolExecutor(1, get_context("spawn")) as own:
        counted, said, marts, places = own.submit(floored, tmp_path).result()
    assert counted == said
    assert marts == places
