"""Facts and marts anew from the archive, swapped in when equal or explained.

 1 a sibling database gets the same migrations and the next epoch
 2 every archived record is judged, lifted, stored and folded again, by the same pump
 3 both are compared: every place and mart row, and how each record was judged
 4 equal, or differing because records are judged otherwise today: the tables change places, the old ones are dropped
What happens if a step fails: before 4, the sibling is dropped at the next attempt and nothing was touched. Within 4,
the mark `swapping` stays, and opening the folder rebuilds again; both sides hold the whole archive, so nothing is lost.
"""

from collections.abc import Callable
from dataclasses import dataclass

from schemas import Plan
from streams.archive import ArchiveLog
from streams.fold import standing
from streams.marks import DONE, SWAPPING, mark, to_rebuild
from streams.migrations import migrate
from streams.pump import Definition, Pump, write_definition
from streams.registers import REGISTERS
from streams.rounds import MARTS
from streams.verify import Comparison, compare, compare_register
from streams.warehouse import Warehouse

_EPOCHLESS = "v % 1099511627776"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """`rejudged` counts records that are judged or lifted otherwise today; they explain differences."""

    records: int
    comparisons: list[Comparison]
    rejudged: int
    swapped: bool

    @property
    def differing(self) -> int:
        return sum(c.differing for c in self.comparisons)


def rebuild(pump: Pump, plan: Plan, progress: Callable[[int, int], None], *, accept: bool = False) -> Rebuilt:
    """Rebuild under the pump's turn. With `accept` a difference without an explanation is swapped in too.

    Where a migration or a swap that was cut off asks for it, what stands is no measure: nothing is compared.
    """
    with pump.turn:
        asked = to_rebuild(pump.warehouse)
        pump.bulk() if asked else pump.drain()
        total = sum(int(n) for (n,) in pump.warehouse.query("SELECT count() FROM archive FINAL").rows)
        fresh = pump.warehouse.sibling(f"{pump.warehouse.database}_rebuild")
        _empty(fresh)
        migrate(fresh)
        definition = Definition(pump.definition.zone, pump.definition.epoch + 1)
        write_definition(fresh, definition)
        other = Pump(ArchiveLog(pump.warehouse), fresh, plan, batch=pump.batch)
        records = other.bulk(lambda done: progress(done, total))
        other.build()
        if asked:
            _swap(pump, fresh)
            return Rebuilt(records, [], 0, True)
        comparisons = [
            compare(pump.warehouse, table, f"(SELECT * FROM {fresh.database}.{table} FINAL)", version)
            for table, version in (("merge_said", "0"), ("merge", _EPOCHLESS))
        ]
        comparisons += [
            compare(pump.warehouse, table, f"(SELECT * FROM {fresh.database}.{table} FINAL)", _EPOCHLESS)
            for mart in MARTS for table in (mart.places, mart.name)
        ]  # fmt: skip
        comparisons += [
            compare_register(pump.warehouse, register, standing(register.name, fresh.database))
            for register in REGISTERS
        ]
        rejudged = _rejudged(pump.warehouse, fresh)
        result = Rebuilt(records, comparisons, rejudged, False)
        if result.differing and not rejudged and not accept:
            return result
        _swap(pump, fresh)
        return Rebuilt(records, comparisons, rejudged, True)


def _swap(pump: Pump, fresh: Warehouse) -> None:
    here, there = pump.warehouse.database, fresh.database
    mark(pump.warehouse, SWAPPING, "1")
    mark(fresh, SWAPPING, "1")
    for table in _tables(pump.warehouse):
        pump.warehouse.run(f"EXCHANGE TABLES `{here}`.`{table}` AND `{there}`.`{table}`")
    mark(pump.warehouse, SWAPPING, DONE)
    _empty(fresh)
    pump.reopen()


def _empty(warehouse: Warehouse) -> None:
    warehouse.run(f"DROP DATABASE IF EXISTS `{warehouse.database}` SYNC")
    warehouse.sibling(warehouse.database)


def _tables(warehouse: Warehouse) -> list[str]:
    """The tables that hold data: not the views, not the scratch tables of rounds."""
    rows = warehouse.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' ORDER BY name"
    ).rows
    return [str(name) for (name,) in rows]


def _rejudged(old: Warehouse, fresh: Warehouse) -> int:
    rows = old.query(
        f"""SELECT count() FROM (SELECT topic, part, off, ok, lifted, digest FROM archive FINAL) AS o
            INNER JOIN (SELECT topic, part, off, ok, lifted, digest FROM {fresh.database}.archive FINAL) AS n
            ON o.topic = n.topic AND o.part = n.part AND o.off = n.off
            WHERE (o.ok, o.lifted, o.digest) != (n.ok, n.lifted, n.digest)"""
    ).rows
    return int(rows[0][0])
