"""The bench runs from one end to the other and says what it measured: small numbers here, the same code."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.given import SPOILT, GivenLog
from bench.load import PANELS, Load, registry
from bench.machine import yardstick
from schemas import Invalid, parse, parse_submission
from streams.lift import archive_row

TOP = Path(__file__).parents[2]
UNTIL = datetime(2026, 3, 1, tzinfo=UTC)


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    """A process of its own: one engine serves one folder."""
    command = [sys.executable, "-m", "bench", *words]
    return subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False, timeout=240)


@pytest.mark.chdb
def test_quick_measures_every_part() -> None:
    run = bench("--quick", "--format", "json")
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["bulk"]["events"] == 4_000
    assert found["bulk"]["to_log"] >= found["bulk"]["to_facts"] > 0
    assert found["bulk"]["log_bytes"] > 4_000 * 400
    assert found["live"][0]["offered"] == 200
    assert all(0 < one["p50"] <= one["p99"] for one in found["live"])
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


@pytest.mark.parametrize("wrong", [("--only", "bulk,nothing"), ("--facts", "many"), ("--rates", "0")])
def test_wrong_words_are_told(wrong: tuple[str, str]) -> None:
    run = bench(*wrong)
    assert run.returncode == 2
    assert wrong[0] in run.stderr
    assert not run.stdout


def test_the_load_is_the_models_own_json() -> None:
    """Otherwise the bench would measure how foreign forms are read."""
    raws = list(Load(1, 3_000, UNTIL, 30.0))
    assert raws == list(Load(1, 3_000, UNTIL, 30.0)) != list(Load(2, 3_000, UNTIL, 30.0))
    assert all(parse_submission(raw).content == raw[: raw.rindex(b',"actor":"')] for raw in raws)
    stamped = [*Load(1, 3_000, UNTIL, 30.0, PANELS, stamped=True), *registry(UNTIL)]
    assert not any(parse(raw).lifted for raw in stamped)
    assert len({parse(raw).event.id for raw in stamped}) == len(stamped)
    assert 250 < sum(map(len, raws)) / len(raws) < 540


def test_given_records_are_vouched_for_but_the_spoilt_ones() -> None:
    log = GivenLog(Load(1, 3 * SPOILT, UNTIL, 30.0, PANELS, stamped=True))
    records = log.read({}, 10 * SPOILT)
    assert [r.offset for r in records] == list(range(len(records)))
    spoilt = [r.offset for r in records if r.stamp is None]
    assert spoilt == list(range(SPOILT - 1, len(records), SPOILT))
    for r in records:
        ok = archive_row(r)[4]
        assert ok == (r.stamp is not None)
    with pytest.raises(Invalid):
        parse(records[SPOILT - 1].value)
    assert log.read({}, 1) == []
    assert set(log.ends().values()) == {0}


def test_the_yardstick_counts_events_a_second() -> None:
    slow, fast = yardstick([b"[" + b"1," * 20_000 + b"1]"] * 5), yardstick([b"1"] * 5_000)
    assert fast > 20 * slow
