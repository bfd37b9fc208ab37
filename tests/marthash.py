"""The hash under which two warehouses count as identical: place and mart rows with their versions, and registers."""

import json
from hashlib import sha256
from typing import Any

from streams.fold import standing
from streams.registers import REGISTERS
from streams.rounds import MARTS
from streams.warehouse import Warehouse

TABLES = ("merge_said", "merge", *(table for mart in MARTS for table in (mart.places, mart.name)))


def canonical(value: Any) -> str:
    """One text for one value: sorted keys, no spaces, times and days in ISO form."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def mart_rows(warehouse: Warehouse) -> list[str]:
    """Each row as canonical JSON with its table, sorted."""
    return sorted(
        canonical({"table": table} | row)
        for table in TABLES
        for row in warehouse.query(f"SELECT * FROM {table} FINAL").dicts()
    ) + sorted(
        canonical({"register": register.name} | row)
        for register in REGISTERS
        for row in warehouse.query(standing(register.name)).dicts()
    )


def mart_hash(warehouse: Warehouse) -> str:
    return sha256("\n".join(mart_rows(warehouse)).encode()).hexdigest()
