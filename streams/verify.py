"""The full fold: every mart and place row held against a fold of all facts.

In: a warehouse whose rounds are done. Out: for each table the keys compared and those that differ, with examples.
The fold is written piece by piece into tables of its own, and both sides are compared by sums, so memory never holds
all rows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from streams import merges
from streams.fold import OWN, folded, standing
from streams.registers import REGISTERS, Register
from streams.rounds import MARTS, PIECES_OF, Mart, arrivals, pick_piece, sum_all
from streams.warehouse import Params, Warehouse

EXAMPLES = 20
BUCKETS = 4096
AT_ONCE = 500_000  # rows of a side that are looked at together


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
    yield compare(warehouse, "merge_said", f"({merges.SAID})", "0")
    yield compare(warehouse, "merge", merges.fold_all(warehouse, params))
    for done, mart in enumerate(MARTS):
        for piece in fold_into(warehouse, mart, params, pieces):
            progress(done * pieces + piece, pieces * len(MARTS))
        yield compare(warehouse, mart.places, f"verify_{mart.places}")
        yield compare(warehouse, mart.name, f"verify_{mart.name}")
        for table in (mart.places, mart.name):
            warehouse.run(f"DROP TABLE verify_{table}")
    yield compare(warehouse, "arrival", f"({arrivals('1', params)})")
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
    for piece in range(pieces):
        pick_piece(warehouse, mart, piece, pieces, params)
        sql = folded(mart.places, merges.FOLDED, **{mart.family: f"IN (SELECT key FROM {OWN}{mart.family})"})
        warehouse.run(f"INSERT INTO verify_{mart.places} {sql}", params)
        yield piece + 1
    sum_all(warehouse, mart, f"verify_{mart.places}", f"verify_{mart.name}", pieces)


def compare(warehouse: Warehouse, table: str, expected: str, version: str = "v") -> Comparison:
    """The rows of `table FINAL` against those of `expected`; `version` is how their versions are compared.

    Each side is summed up in buckets, so that memory holds buckets and not rows; rows are looked at where sums differ.
    """
    columns = ", ".join(c for c in _columns_of(warehouse, table) if c != "v")
    key = warehouse.query(
        "SELECT sorting_key FROM system.tables WHERE database = currentDatabase() AND name = {t:String}", {"t": table}
    ).rows[0][0]
    bucket = f"cityHash64({key}) % {BUCKETS}"
    sides = ((f"{table} FINAL", 1), (expected, -1))
    both = " UNION ALL ".join(f"SELECT {columns}, {version} AS v, {sign} AS side FROM {side}" for side, sign in sides)
    buckets = warehouse.query(
        f"""SELECT bucket, max(held) AS rows, count() = 2 AND uniqExact((held, total)) = 1 AS equal FROM (
                SELECT {bucket} AS bucket, count() AS held,
                       sum(reinterpretAsUInt128(sipHash128({columns}, v))) AS total
                FROM ({both}) GROUP BY bucket, side)
            GROUP BY bucket ORDER BY bucket"""
    ).rows
    compared, differing = sum(int(rows) for _, rows, equal in buckets if equal), 0
    examples: list[dict[str, Any]] = []
    for some in _together([(int(number), int(rows)) for number, rows, equal in buckets if not equal]):
        there = f"(SELECT * FROM ({both}) WHERE {bucket} IN ({', '.join(map(str, some))}))"
        compared += int(warehouse.query(f"SELECT uniqExact({key}) FROM {there}").rows[0][0])
        rows = warehouse.query(
            f"""SELECT *, if(side > 0, 'table', 'fold') AS found_in, uniqExact({key}) OVER () AS keys FROM (
                SELECT {columns}, v, sum(side) AS side FROM {there} GROUP BY ALL HAVING side != 0)
                ORDER BY {key} LIMIT {EXAMPLES}"""
        )
        differing += int(rows.rows[0][-1]) if rows.rows else 0  # workers may have put it right meanwhile
        examples += [{k: d[k] for k in d if k not in ("side", "keys")} for d in rows.dicts()]
    return Comparison(table, compared, differing, examples[:EXAMPLES])


def _together(buckets: list[tuple[int, int]]) -> Iterator[list[int]]:
    """Buckets, each with its number of rows, in groups that memory holds."""
    some: list[int] = []
    held = 0
    for bucket, rows in buckets:
        if some and held + rows > AT_ONCE:
            yield some
            some, held = [], 0
        some.append(bucket)
        held += rows
    if some:
        yield some


def _columns_of(warehouse: Warehouse, table: str) -> list[str]:
    return [str(name) for name, *_ in warehouse.query(f"DESCRIBE TABLE {table}").rows]
