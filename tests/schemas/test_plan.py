"""The minimal plan: what ships, and what a wrong plan file is told."""

import json
from datetime import date
from hashlib import sha256
from zoneinfo import ZoneInfo

import pytest

from schemas import BASES, PlanError, default_plan, read_plan
from schemas.plan import read_document, written
from tests.schemas.samples import ROOT

FILE = ROOT / "schemas" / "plans" / "county-year.yaml"
SMALL = """
id: p-1
name: 方案
time_zone: Asia/Shanghai
counting_basis: filed
attribution: residence
rate_base: pop_resident
"""


def test_the_plan_of_the_first_day() -> None:
    plan, digest = default_plan()
    assert digest == sha256(FILE.read_bytes()).hexdigest()
    assert plan.id == "county-year"
    assert plan.zone == ZoneInfo("Asia/Shanghai")
    assert plan.counting_basis == "occurred"
    assert plan.counting_basis in BASES
    assert (plan.attribution, plan.rate_base) == ("reporting_station", "pop_actual")


def test_another_plan() -> None:
    plan, digest = read_plan(SMALL)
    assert (plan.counting_basis, plan.attribution, plan.rate_base) == ("filed", "residence", "pop_resident")
    assert digest != read_plan(SMALL + "\n")[1]
    assert plan.counting_from is None
    assert read_plan(SMALL + "counting_from: 2023-01-01\n")[0].counting_from == date(2023, 1, 1)


def test_what_a_plan_says_does_not_change_with_the_program() -> None:
    """Its JSON has every default written out, and is read back as the same plan."""
    plan, _ = read_plan(SMALL + "period: {from: 2026-01-08, until: 2026-12-31}\nalerts: {incidents_7d: 4}\n")
    assert plan.document["alerts"] == {"incidents_7d": 4, "rejected": 1}
    assert plan.document["period"] == {"from": "2026-01-08", "until": "2026-12-31"}
    assert plan.document["settle_seconds"] == 60
    assert read_document(json.dumps(plan.document)) == plan
    assert read_plan(written(plan))[0] == plan


def test_every_mistake_is_told_with_its_line() -> None:
    text = "id: 方案\nperiod:\n  from: 2026-05-01\n  until: 2026-04-01\nalerts:\n  incidents_7d: 0\nranking: {}\n"
    with pytest.raises(PlanError) as caught:
        read_plan(text + "time_zone: Asia/Shanghai\ncounting_basis: filed\nattribution: work\nrate_base: pop_actual\n")
    faults = {(fault.line, fault.where) for fault in caught.value.faults}
    assert faults == {(1, "id"), (1, "name"), (2, "period"), (6, "alerts.incidents_7d"), (7, "ranking")}
    assert next(f.text for f in caught.value.faults if f.where == "ranking").startswith("本程序尚不读取此节")


def test_a_plan_is_not_longer_than_an_event_may_be() -> None:
    with pytest.raises(PlanError, match="at most 200000 bytes"):
        read_plan(SMALL + "# " + "长" * 70_000)


@pytest.mark.parametrize(
    ("old", "new", "where", "why"),
    [
        ("Asia/Shanghai", "Asia/Peking", "time_zone", "unknown time zone 'Asia/Peking'"),
        ("Asia/Shanghai", "../etc/passwd", "time_zone", "unknown time zone"),
        ("Asia/Shanghai", "8", "time_zone", "valid string"),
        ("id: p-1", "id: p-1\ncolour: red", "colour", "Extra inputs"),
        ("id: p-1", "id: p-1\ncounting_from: soon", "counting_from", "valid date"),
        ("id: p-1", "id: p-1\ncounting_from: 2023-01-01T00:00:00Z", "counting_from", "valid date"),
        ("id: p-1", "id: 1", "id", "valid string"),
        ("name: 方案\n", "", "name", "Field required"),
        ("filed", "both", "counting_basis", "'occurred', 'reported' or 'filed'"),
        ("residence", "home", "attribution", "'reporting_station', 'residence' or 'work'"),
        ("pop_resident", "households", "rate_base", "'pop_actual'"),
        ("name: 方案", "id: p-2", "line 3", "duplicate key 'id'"),
        ("name: 方案", "name: [方案", "line 4", "not YAML"),
        ("name: 方案", "\tname: 方案", "line 3", "not YAML"),
        ("name: 方案", "name: !!python/object:os.system 方案", "line 3", "not YAML"),
        ("id: p-1", "id: 2026-02-30", "my.yaml", "day is out of range"),
        ("id: p-1", "id: " + "[" * 500, "my.yaml", "nested too deeply"),
        (SMALL, "", "whole file", "valid dictionary"),
        (SMALL, "text", "whole file", "valid dictionary"),
    ],
)
def test_a_wrong_plan_is_told_where_and_why(old: str, new: str, where: str, why: str) -> None:
    assert SMALL.count(old) == 1
    with pytest.raises(PlanError) as caught:
        read_plan(SMALL.replace(old, new), "my.yaml")
    said = str(caught.value)
    assert said.startswith("my.yaml: ")
    assert where in said
    assert why in said
