"""Plans on the command line: checked with every line at fault, adopted, shown, and held against a file that differs."""

import json
from pathlib import Path

import pytest

from schemas.plan import default_text
from tests.plans import changed
from tests.services.test_cli import fanzha, rows

pytestmark = pytest.mark.chdb


def test_a_plan_is_checked_adopted_and_shown(tmp_path: Path) -> None:
    data, mine, other, wrong = tmp_path / "d", tmp_path / "mine.yaml", tmp_path / "other.yaml", tmp_path / "wrong.yaml"
    mine.write_text("# 自己的\n" + changed(version="2", counting_basis="filed"), "utf-8")
    other.write_text(changed(version="3"), "utf-8")
    wrong.write_text(default_text().replace("occurred ", "oftenest ") + "duties: []\ncolour: red\n", "utf-8")
    told = fanzha(data, "plan", "check", str(wrong), status=2).stderr
    lines = default_text().splitlines()
    basis = next(n for n, line in enumerate(lines, 1) if line.startswith("counting_basis"))
    assert f"line {basis} counting_basis" in told
    assert f"line {len(lines) + 1} duties: 本程序尚不读取此节" in told
    assert f"line {len(lines) + 2} colour: 没有这一项" in told
    assert "county-year 2" in fanzha(data, "plan", "check", str(mine)).stdout
    assert not data.exists(), "to check a file opens no folder"
    shown = fanzha(data, "plan", "show", "--text")
    assert shown.stdout == default_text()
    assert "none is adopted" in shown.stderr
    said = json.loads(fanzha(data, "plan", "adopt", str(mine), "--from", "2026-01-01").stdout)
    assert said["status"] == "accepted"
    assert "already" in fanzha(data, "plan", "adopt", str(mine)).stderr
    (row,) = rows(data, "plan", "show")
    assert (row["in_force"], row["version"], row["valid_from"], row["counting_basis"]) == (
        True, "2", "2026-01-01", "filed",
    )  # fmt: skip
    assert fanzha(data, "plan", "show", "--text").stdout == mine.read_text("utf-8"), "in its own words"
    assert fanzha(data, "--plan", str(mine), "query", "incidents").returncode == 0
    refused = fanzha(data, "--plan", str(other), "query", "incidents", status=2).stderr
    assert f"fanzha plan adopt {other}" in refused
    said = json.loads(fanzha(data, "--plan", str(other), "plan", "adopt", str(other)).stdout)
    assert said["status"] == "accepted", "what the refusal says to do is not refused in turn"
    assert fanzha(data, "--plan", str(other), "query", "incidents").returncode == 0


def test_days_are_those_of_the_folder_whatever_ships(tmp_path: Path) -> None:
    """A folder of another time zone needs no file once its plan is in the log; files are read in its zone."""
    data, mine, stations = tmp_path / "d", tmp_path / "mine.yaml", tmp_path / "stations.csv"
    mine.write_text(changed(time_zone="Asia/Urumqi"), "utf-8")
    stations.write_text("code,name,township,valid_from\ns1,一所,t1,2026-01-01\n", "utf-8")
    fanzha(data, "--plan", str(mine), "plan", "adopt", str(mine))
    assert rows(data, "query", "incidents") == []
    refused = fanzha(data, "import", "stations", str(stations), status=2).stderr
    assert "Asia/Urumqi" in refused
    assert "--plan" in refused
    said = json.loads(fanzha(data, "--plan", str(mine), "import", "stations", str(stations)).stdout)
    assert said["accepted"] == 1
