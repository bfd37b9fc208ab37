"""The port of the warehouse: a ClickHouse database, wherever it runs.

Statements use unqualified table names; parameters are ClickHouse query parameters `{name:Type}`.
Adapters raise `TransientError` or `TerminalError` and nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """A result: column names, and rows as tuples of str, int, float, date, aware datetime, bytes, list or None."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def dicts(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Warehouse(Protocol):
    database: str

    def insert(self, table: str, columns: Mapping[str, Sequence[Any]]) -> None:
        """One insert of all rows, given by column. Times are integers in microseconds since the epoch."""

    def run(self, sql: str, params: Params | None = None) -> None:
        """A statement without a result."""

    def query(self, sql: str, params: Params | None = None) -> Rows: ...

    def sibling(self, database: str) -> "Warehouse":
        """Another database of the same server or folder, created if need be."""

    def close(self) -> None: ...
