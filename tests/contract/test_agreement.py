"""pydantic and ClickHouse read the same: every example, values at every edge, and what both must refuse."""

import json
import random
from collections.abc import Callable

import pytest

from schemas import Invalid, parse
from streams import migrations
from streams.facts import write_rare
from streams.lift import COLUMNS, archive_columns
from streams.log import Record
from streams.migrations import migrate
from streams.warehouse import Warehouse
from tests.contract.agreement import TABLES, disagreements, good_events, in_two_forms
from tests.poison import POISON
from tests.schemas.samples import EVENT_NAMES, raw

pytestmark = pytest.mark.chdb
FAMILIES = (
    ("incidents", "incident.reported"), ("incidents", "zero_report.filed"), ("publicity", "action.recorded"),
    ("publicity", "receipt.signed"), ("publicity", "play.logged"), ("publicity", "occasion.counted"),
    ("registry", "place.registered"), ("registry", "roster.part_recorded"), ("alerts", "alert.raised"),
)  # fmt: skip


def test_every_example(warehouse: Warehouse) -> None:
    assert disagreements(warehouse, [raw(name) for name in EVENT_NAMES]) == []


def test_every_edge(warehouse: Warehouse) -> None:
    raws = in_two_forms(good_events(), random.Random(5))
    assert len(raws) > 2_000
    differing = disagreements(warehouse, raws)
    assert differing == [], f"{len(differing)}: {differing[:8]}"


def test_what_one_refuses_the_other_never_sees(warehouse: Warehouse) -> None:
    """Each poison is a rejected row with its reason at its place, and no fact; the events around it are."""
    records = [Record("incidents", 0, n, 0, "jq-1", value) for n, (_, value, _) in enumerate(POISON)]
    warehouse.insert("archive", archive_columns(records))
    rows = warehouse.query(
        "SELECT off, reason, detail, hex(raw) AS raw FROM rejected_record FINAL ORDER BY off"
    ).dicts()
    assert [row["off"] for row in rows] == list(range(len(POISON)))
    for row, (name, value, reason) in zip(rows, POISON, strict=True):
        with pytest.raises(Invalid) as told:
            parse(value)
        assert (told.value.reason, row["reason"], row["detail"]) == (reason, reason, told.value.detail), name
        assert bytes.fromhex(row["raw"]) == value
    for table, _ in TABLES.values():
        assert warehouse.query(f"SELECT count() FROM {table}").rows == [(0,)]


def test_no_poison_can_stop_the_views(warehouse: Warehouse) -> None:
    """Were one judged good by mistake, its insert must still go through, or the partition would stand still."""
    small = [value for _, value, reason in POISON if reason != "too_large"]
    given = ("event_id", "type")  # else they are read from the bytes
    rows = [
        (topic, 0, n * len(FAMILIES) + m, 0, 1, "", "", "k", value, b"", f"e{n}", kind)
        for n, value in enumerate(small)
        for m, (topic, kind) in enumerate(FAMILIES)
    ]
    warehouse.insert("archive", dict(zip((*COLUMNS, *given), zip(*rows, strict=True), strict=True)))
    write_rare(warehouse, "1")
    for table, _ in TABLES.values():
        assert warehouse.query(f"SELECT count() FROM {table}").rows == [(len(small),)]


Broken = Callable[[str], str]


def instead(*pairs: tuple[str, str]) -> Broken:
    def broken(sql: str) -> str:
        for old, new in pairs:
            sql = sql.replace(old, new)
        return sql

    return broken


# What is broken in the SQL of the lift, how, and the field that must be named.
CONTROLS: dict[str, tuple[Broken, str]] = {
    "a field is lost": (instead(("d.work_community", "NULL")), "work_community"),
    "a field is looked for under another name": (
        instead(
            ("kind Nullable(String), collector Nul", "kind Nullable(String), by Nul"),
            ("d.collector AS collector,\n    d.place", "d.by AS collector,\n    d.place"),
        ),
        "collector",
    ),
    "a number is too narrow": (instead(("d.loss_fen AS", "toUInt32(d.loss_fen) AS")), "loss_fen"),
    "times to the second": (instead(("(d.occurred_at, 6,", "(d.occurred_at, 0,")), "occurred"),
    "zero for what was not said": (instead(("d.loss_fen AS", "ifNull(d.loss_fen, 0) AS")), "loss_fen"),
    "a list is cut": (instead(("d.remove AS", "arraySlice(d.remove, 2) AS")), "removed"),
}  # fmt: skip


@pytest.mark.parametrize("control", CONTROLS)
def test_a_lift_that_loses_something_is_found(
    control: str, new_database: Callable[[], Warehouse], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, field = CONTROLS[control]
    until, right = migrations.baseline()
    wrong = [broken(statement) for statement in right]
    assert wrong != right, "this control needs another place"
    monkeypatch.setattr(migrations, "baseline", lambda: (until, wrong))
    warehouse = new_database()
    migrate(warehouse)
    values = [raw(name) for name in EVENT_NAMES]
    large = json.loads(raw("incident.reported.v1")) | {"id": "large"}
    large["data"] |= {"loss_fen": 2**32, "occurred_at": "2026-01-18T16:05:00.000001+08:00"}
    found = disagreements(warehouse, [*values, json.dumps(large).encode()])
    assert found
    assert {line.split(":")[0].split()[-1] for line in found} == {field}
