"""Any file is read or refused: never a traceback, never for long, never with much memory. Measured in a child."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.imports.importing import ROOT

TIMES = 20
MEMORY = 1 << 30
MOST = 900


def fuzz(folder: Path, seed: int, count: int) -> list[dict[str, float]]:
    words = [sys.executable, "-m", "tests.services.imports.fuzzing", str(seed), str(count), str(folder)]
    run = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=MOST)
    assert run.returncode == 0, f"after {run.stdout.splitlines()[-1:]}: {run.stderr[-3000:]}"
    assert "Traceback" not in run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def held(found: list[dict[str, float]], count: int) -> None:
    *files, last = found
    assert len(files) == count
    assert last["memory"] < MEMORY
    slow = [one for one in files if one["seconds"] > TIMES * one["clean"]]
    assert not slow


def test_a_few(tmp_path: Path) -> None:
    held(fuzz(tmp_path, 0, 15), 15)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [10_000, 20_000, 30_000, 40_000])
def test_many(tmp_path: Path, seed: int) -> None:
    held(fuzz(tmp_path, seed, 1_000), 1_000)


@pytest.mark.parametrize(
    "found",
    [
        [{"seconds": 2.1, "clean": 0.1}, {"memory": 1.0}],
        [{"seconds": 0.1, "clean": 0.1}, {"memory": float(MEMORY)}],
        [{"memory": 1.0}],
    ],
)
def test_the_limits_are_limits(found: list[dict[str, float]]) -> None:
    with pytest.raises(AssertionError):
        held(found, 1)
