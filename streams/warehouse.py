"""The port of the warehouse: a ClickHouse database, wherever it runs.

Statements use unqualified table names; parameters are ClickHouse query parameters `{name:Type}`.
Adapters raise `TransientError` or `TerminalError` and nothing else.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

Params = Mapping[str, Any]
# Folds name the fields of their tuples; the views of one insert do not wait for each other; no expression is dear or
# refuses a value, so to leave out what a condition makes needless costs more than it saves: half of a fold. Rows of one
# key within one insert are left to FINAL and to merges, as those of two inserts are.
SETTINGS: Mapping[str, int | str] = MappingProxyType(
    {
        "enable_named_columns_in_function_tuple": 1,
        "parallel_view_processing": 1,
        "short_circuit_function_evaluation": "disable",
        "optimize_on_insert": 0,
    }
)
# The engine's codes for what may pass: memory limits, no space, too many parts, read-only, interrupted reads and
# writes, time-outs, a server that is shutting down or has lost its keeper.
TRANSIENT = frozenset(
    {27, 74, 75, 76, 159, 164, 202, 209, 210, 236, 241, 242, 243, 252, 279, 285, 286, 319, 394, 425, 999}
)


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

    def loading(self) -> AbstractContextManager[None]:
        """While this lasts much is inserted and little read: an engine of this process leaves parts unmerged."""

    def sibling(self, database: str) -> "Warehouse":
        """Another database of the same server or folder, created if need be."""

    def close(self) -> None: ...


def decoded(value: bytes | None) -> str | bytes | None:
    """A text of the engine; one that is not UTF-8 stays bytes."""
    try:
        return value if value is None else value.decode()
    except UnicodeDecodeError:
        return value
