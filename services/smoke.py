"""Whether a cluster is as it must be, asked of the real things; nothing changes but a scratch database, which goes.

In: brokers, a warehouse, and where they are at hand the read-only user and Grafana. Out: one row for each thing looked
at, and whether it is right. For operators after an installation or an upgrade.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from streams.log import Partition, Positions
from streams.migrations import status
from streams.progress import read_progress
from streams.warehouse import Warehouse

Row = dict[str, Any]


def topics(found: Iterable[tuple[str, list[str]]]) -> Iterator[Row]:
    """`found`: each topic and its faults."""
    for name, faults in found:
        yield {"what": f"topic {name}", "ok": not faults, "result": "; ".join(faults)}


def warehouse(given: Warehouse) -> Iterator[Row]:
    """Its version, migrations, and whether what is written can be read."""
    ((version,),) = given.query("SELECT version()").rows
    yield {"what": "ClickHouse", "ok": True, "result": str(version)}
    pending = [f"{s.migration.number:04d}_{s.migration.name}" for s in status(given) if s.state == "pending"]
    told = f"fanzha migrate: {', '.join(pending)}" if pending else ""
    yield {"what": "migrations", "ok": not pending, "result": told}
    scratch = given.sibling(f"{given.database}_smoke")
    scratch.run("CREATE OR REPLACE TABLE word (n UInt64, said String) ENGINE = MergeTree ORDER BY n")
    scratch.insert("word", {"n": [1, 2], "said": ["反诈", "宣传"]})
    rows = scratch.query("SELECT said FROM word ORDER BY n").rows
    given.run(f"DROP DATABASE `{scratch.database}`")
    yield {"what": "insert and read", "ok": rows == [("反诈",), ("宣传",)], "result": f"{len(rows)} 行 / rows"}


def lag(ends: dict[Partition, int], given: Warehouse) -> Iterator[Row]:
    """Records that are not in the marts yet; no fault, workers may just be at it."""
    at: Positions = read_progress(given).marts_next
    waiting = sum(max(0, end - at.get(place, 0)) for place, end in ends.items())
    yield {"what": "records waiting", "ok": True, "result": str(waiting)}
