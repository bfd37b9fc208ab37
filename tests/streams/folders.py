"""A filled warehouse for tests of verify and rebuild: a small program of events, settled, in a database of its own."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from schemas import Plan
from streams.log import NewRecord
from streams.pump import Pump
from streams.rounds import MARTS
from streams.warehouse import Params, Warehouse
from tests.memory_log import MemoryLog
from tests.offices import Standing
from tests.properties.programs import KINDS, empty, program
from tests.wire import event, records

TABLES = tuple(table for mart in MARTS for table in (mart.places, mart.name))
REGISTERED = [
    event("g1", "place.registered", "t1", {"level": "township", "name": "镇", "valid_from": "2025-01-01"}),
    event("g2", "population.recorded", "c1", {"valid_from": "2025-01-01", "pop_actual": 1_000, "households": 300}),
    event(
        "g3", "roster.part_recorded", "r1",
        {"audience": "pupil", "scope": "s", "version": "1", "valid_from": "2025-01-01", "part": 1, "parts": 1,
         "members": [{"ref": "p1", "community": "c1"}]},
    ),
]  # fmt: skip


def filled(warehouse: Warehouse, plan: Plan, seed: int = 15) -> Pump:
    """Every family of facts has rows, some records are bad, nothing waits."""
    empty(warehouse)
    events = program(Random(seed), 60)
    assert {e["type"] for e in events} > {kind for kind, *_ in KINDS[:2]}
    log = MemoryLog()
    log.append([*records(events), *records(REGISTERED), NewRecord("incidents", "k", b"{")])
    pump = Pump(log, warehouse, plan)
    pump.drain()
    return pump


class Killed(Exception):
    """The process died here."""


class Dying(Standing):
    """Dies at the `at`-th statement or insert whose text begins with `word`; so do its siblings."""

    def __init__(self, inner: Warehouse, word: str, at: int, count: list[int] | None = None) -> None:
        super().__init__(inner)
        self._word, self._at = word, at
        self._count = count if count is not None else [0]

    def _look(self, text: str) -> None:
        if text.startswith(self._word):
            self._count[0] += 1
            if self._count[0] == self._at:
                raise Killed(text)

    def run(self, sql: str, params: Params | None = None) -> None:
        self._look(sql)
        super().run(sql, params)

    def insert(self, table: str, columns: Mapping[str, Sequence[Any]]) -> None:
        self._look(f"insert {table} {next(iter(columns.values()))[:1]}")
        super().insert(table, columns)

    def sibling(self, database: str) -> "Dying":
        return Dying(self.inner.sibling(database), self._word, self._at, self._count)
