"""Marks: what stands beside the definition until somebody has dealt with it.

In: a name and its value. Out: the value said last. `rebuild` is `pending` after a migration that changes what a fold
means: facts and all that stands on them are made anew before any figure is answered. `swapping` is `1` while rebuilt
tables change places with those in use.
"""

from streams.warehouse import Warehouse

REBUILD, PENDING = "rebuild", "pending"
SWAPPING = "swapping"
DONE = "0"


def mark(warehouse: Warehouse, name: str, value: str) -> None:
    warehouse.run(
        "INSERT INTO definition SELECT {name:String}, {value:String}, coalesce(max(seq), 0) + 1 FROM definition",
        {"name": name, "value": value},
    )


def marks(warehouse: Warehouse) -> dict[str, str]:
    rows = warehouse.query("SELECT name, value FROM definition FINAL").rows
    return {str(name): str(value) for name, value in rows}


def to_rebuild(warehouse: Warehouse) -> bool:
    """Whether a rebuild is asked for, or a swap was cut off."""
    said = marks(warehouse)
    return said.get(REBUILD) == PENDING or said.get(SWAPPING) == "1"
