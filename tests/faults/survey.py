"""A log and a warehouse looked at as they stand: what two runs must agree on, what a run must not have lost.

In: a log and a warehouse nobody moves. Out: one `Survey`. Nothing is read from the log into the warehouse, and no
round is played: what is wrong stays wrong and is seen.
"""

from dataclasses import dataclass

from schemas import Plan
from streams.log import Log, Partition
from streams.pump import read_definition
from streams.rounds import prepare
from streams.verify import verify
from streams.warehouse import Warehouse
from tests.marthash import mart_hash
from tests.wire import held

_FACTS = """SELECT name FROM system.tables WHERE database = currentDatabase()
            AND (name LIKE '%\\_facts' OR name = 'receipt_by_action') ORDER BY name"""
_PLACED = ("archive", "event_index", "rejected_record")
Digest = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Survey:
    """`marts` is the hash of all place and mart rows; `facts` and `placed` have count and hash of each table before
    them, `placed` of those whose rows name a position of the log.

    `missing`: positions of the log that the archive lacks; `strange`: those only the archive has. `ids`: event ids
    the index knows. `differing` of `compared` keys are not what a full fold of the facts says.
    """

    marts: str
    facts: dict[str, Digest]
    placed: dict[str, Digest]
    records: int
    missing: int
    strange: int
    ids: int
    compared: int
    differing: int

    @property
    def anywhere(self) -> tuple[str, dict[str, Digest]]:
        """What must be identical in whatever order the records came."""
        return self.marts, self.facts

    @property
    def same(self) -> tuple[str, dict[str, Digest], dict[str, Digest]]:
        """What must be identical over the same log."""
        return self.marts, self.facts, self.placed

    @property
    def whole(self) -> bool:
        return not (self.missing or self.strange or self.differing)


def survey(log: Log, warehouse: Warehouse, plan: Plan) -> Survey:
    said = {((r.topic, r.partition), r.offset) for r in held(log, {}, 10_000)}
    archived = _archived(warehouse)
    params = {**read_definition(warehouse, plan).params, "own": warehouse.database}
    prepare(warehouse, params)
    compared = list(verify(warehouse, params, 1, lambda done, total: None))
    return Survey(
        marts=mart_hash(warehouse),
        facts={str(name): _digest(warehouse, str(name)) for (name,) in warehouse.query(_FACTS).rows},
        placed={name: _digest(warehouse, name) for name in _PLACED},
        records=len(said),
        missing=len(said - archived),
        strange=len(archived - said),
        ids=int(warehouse.query("SELECT uniqExact(event_id) FROM event_index").rows[0][0]),
        compared=sum(c.compared for c in compared),
        differing=sum(c.differing for c in compared),
    )


def _archived(warehouse: Warehouse) -> set[tuple[Partition, int]]:
    rows = warehouse.query("SELECT topic, part, off FROM archive FINAL").rows
    return {((topic, part), off) for topic, part, off in rows}


def _digest(warehouse: Warehouse, table: str) -> Digest:
    count, total = warehouse.query(f"SELECT count(), sum(cityHash64(formatRow('TSV', *))) FROM {table} FINAL").rows[0]
    return int(count), int(total)
