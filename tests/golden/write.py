"""Writes the golden rows anew: `python -m tests.golden.write`, then look at what `git diff` shows.

`digests.json` and `migrations.json` are of another kind: stored events and folders stand under them for ever, so they
are never written anew; what has no line yet gets one, and one that has changed is an error.
"""

import json
import sys
import tempfile
from pathlib import Path

import streams
from schemas import default_plan, parse
from services.rights import user_statements
from streams.migrations import migrate, replicated, shipped
from streams.warehouse import Warehouse
from streams.warehouse_chdb import ChdbWarehouse
from tests.golden.made import FOLDER, GOLDENS, all_made, text
from tests.schemas.samples import EVENT_NAMES, raw

BASELINE = Path(streams.__file__).parent / "sql" / "baseline.sql"
DIGESTS, MIGRATIONS = FOLDER.parent / "digests.json", FOLDER.parent / "migrations.json"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        warehouse = ChdbWarehouse(Path(folder) / "warehouse")
        BASELINE.write_text(baseline_of(warehouse), "utf-8")
        migrate(warehouse)
        values = all_made(warehouse, default_plan()[0], Path(folder))
        warehouse.close()
    for name, value in values.items():
        file = FOLDER / f"{name}.json"
        before = file.read_text("utf-8") if file.exists() else ""
        if text(value) != before:
            file.write_text(text(value), "utf-8")
            print(f"{name}: {'changed' if before else 'new'}")
    for file in FOLDER.glob("*.json"):
        if file.stem not in GOLDENS:
            file.unlink()
            print(f"{file.stem}: gone")
    said = [replicated(statement, "county") for m in shipped() for statement in m.statements]
    MIGRATIONS.with_name("cluster.sql").write_text(";\n\n".join(said) + ";\n", "utf-8")
    users = user_statements("fanzha", {"writer": "a", "reader": "b", "grafana": "c"})
    MIGRATIONS.with_name("users.sql").write_text(";\n".join(users) + ";\n", "utf-8")
    keep(DIGESTS, {name: parse(raw(name)).digest.hex() for name in EVENT_NAMES})
    keep(MIGRATIONS, {f"{m.number:04d}_{m.name}": m.sha256 for m in shipped()})


def baseline_of(engine: Warehouse) -> str:
    """What all migrations leave in a database that is empty, one statement for each table and view."""
    database = engine.sibling("baseline_made")
    database.run("CREATE TABLE not_empty (x UInt8) ENGINE = Null")  # so that they run one by one
    migrate(database)
    rows = database.query(
        """SELECT formatQuery(replaceAll(create_table_query, 'baseline_made.', '')) FROM system.tables
           WHERE database = 'baseline_made' AND name NOT IN ('migration', 'not_empty')
           ORDER BY engine = 'MaterializedView', name"""
    ).rows
    engine.run("DROP DATABASE baseline_made SYNC")
    return f"-- 0001-{len(shipped()):04d}\n" + "".join(f"\n{sql};\n" for (sql,) in rows)


def keep(file: Path, now: dict[str, str]) -> None:
    """Adds what is new. Ends where something is another than it was."""
    said = json.loads(file.read_text("utf-8")) if file.exists() else {}
    for name, digest in now.items():
        if said.setdefault(name, digest) != digest:
            sys.exit(f"{file.name}: {name} 变了 / has changed, and what is stored stands under what it was")
    file.write_text(json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
