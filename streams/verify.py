"""The full fold: every mart and place row held against a fold of all facts.

In: a warehouse whose rounds are done. Out: for each table the keys compared and those that differ, with examples.
The fold is written piece by piece into tables of its own, so memory stays bounded.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from streams.fold import folded, standing
from streams.registers import REGISTERS, Register
from streams.rounds import MARTS, OWN, PIECES_OF, Mart, arrivals, columns_of, pick_piece, sums
from streams.warehouse import Params, Warehouse

EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Comparison:
    """`differing` counts keys; `examples` are rows that only one side has, each with the side."""

    table: str
    compared: int
    differing: int
    examples: list[dict[str, Any]]


def verify(
    warehouse: Warehouse, params: Params, facts: int, progress: Callable[[int, int], None]
) -> Iterator[Comparison]:
    """One comparison per table. Nothing is changed."""
    pieces = max(1, -(-facts // PIECES_OF))
    for done, mart in enumerate(MARTS):
        for piece in fold_into(warehouse, mart, params, pieces):
            progress(done * pieces + piece, pieces * len(MARTS))
        yield compare(warehouse, mart.places, f"verify_{mart.places}", pieces)
        yield compare(warehouse, mart.name, f"verify_{mart.name}", 1)
        for table in (mart.places, mart.name):
            warehouse.run(f"DROP TABLE verify_{table}")
    yield compare(warehouse, "arrival", f"({arrivals('1', params)})", 1)
    for register in REGISTERS:
        yield compare_register(warehouse, register, folded(register.name))


def compare_register(warehouse: Warehouse, register: Register, expected: str) -> Comparison:
    """A register as it is read against the rows of `expected`."""
    columns = ", ".join(register.columns)
    both = f"""SELECT {columns}, 1 AS side FROM ({standing(register.name)})
               UNION ALL SELECT {columns}, -1 AS side FROM ({expected})"""
    compared = warehouse.query(f"SELECT uniqExact(tuple({columns})) FROM ({both})").rows[0][0]
    rows = warehouse.query(
        f"""SELECT {columns}, if(sum(side) > 0, 'table', 'fold') AS found_in, count() OVER () AS rows FROM ({both})
            GROUP BY {columns} HAVING sum(side) != 0 ORDER BY {columns} LIMIT {EXAMPLES}"""
    )
    differing = int(rows.rows[0][-1]) if rows.rows else 0
    return Comparison(
        register.name, int(compared), differing, [{k: d[k] for k in d if k != "rows"} for d in rows.dicts()]
    )


def fold_into(warehouse: Warehouse, mart: Mart, params: Params, pieces: int) -> Iterator[int]:
    """Fold everything into `verify_…`; gives the number of pieces done after each."""
    for table in (mart.places, mart.name):
        warehouse.run(f"DROP TABLE IF EXISTS verify_{table}")
        warehouse.run(f"CREATE TABLE verify_{table} ENGINE = MergeTree ORDER BY tuple() EMPTY AS SELECT * FROM {table}")
    columns = columns_of(warehouse, mart.places)
    for piece in range(pieces):
        pick_piece(warehouse, mart, piece, pieces, params)
        sql = folded(mart.places, **{mart.family: f"IN (SELECT key FROM {OWN}{mart.family})"})
        warehouse.run(f"INSERT INTO verify_{mart.places} ({columns}) SELECT {columns} FROM ({sql})", params)
        yield piece + 1
    warehouse.run(f"INSERT INTO verify_{mart.name} {sums(mart, f'verify_{mart.places}', mart.key)}")


def compare(warehouse: Warehouse, table: str, expected: str, pieces: int, version: str = "v") -> Comparison:
    """The rows of `table FINAL` against those of `expected`; `version` is how their versions are compared."""
    columns = [c for c in columns_of(warehouse, table).split(", ") if c != "v"]
    key = warehouse.query(
        "SELECT sorting_key FROM system.tables WHERE database = currentDatabase() AND name = {t:String}", {"t": table}
    ).rows[0][0]
    compared = differing = 0
    examples: list[dict[str, Any]] = []
    for piece in range(pieces):
        where = f"cityHash64({key}) % {pieces} = {piece}"
        both = f"""SELECT {", ".join(columns)}, {version} AS v, 1 AS side FROM {table} FINAL WHERE {where}
                   UNION ALL SELECT {", ".join(columns)}, {version} AS v, -1 AS side FROM {expected} WHERE {where}"""
        counts = warehouse.query(f"SELECT uniqExact({key}) FROM ({both})").rows
        rows = warehouse.query(
            f"""SELECT *, if(side > 0, 'table', 'fold') AS found_in, uniqExact({key}) OVER () AS keys FROM (
                SELECT {", ".join(columns)}, v, sum(side) AS side FROM ({both}) GROUP BY ALL HAVING side != 0)
                ORDER BY {key} LIMIT {EXAMPLES}"""
        )
        compared += int(counts[0][0])
        if rows.rows:
            differing += int(rows.rows[0][-1])
            examples += [{k: d[k] for k in d if k not in ("side", "keys")} for d in rows.dicts()]
    return Comparison(table, compared, differing, examples[:EXAMPLES])
