"""The adapters of the port `streams/warehouse.py`, one line per adapter.

`engine` names a fixture of session scope that gives it, open as long as the tests run.
"""

from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class WarehouseAdapter:
    name: str
    engine: str
    marks: tuple[pytest.MarkDecorator, ...] = ()


WAREHOUSES = (
    WarehouseAdapter("chdb", "engine", (pytest.mark.chdb,)),
    WarehouseAdapter("clickhouse", "server", (pytest.mark.net,)),
)


def adapters() -> list[Any]:
    return [pytest.param(a, id=a.name, marks=a.marks) for a in WAREHOUSES]
