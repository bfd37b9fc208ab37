"""Numbered SQL migrations: applied once, in order, never edited afterwards.

In: `sql/migrations/NNNN_name.sql`. Out: tables, and one row per file in `migration` with its checksum. A changed or
missing file, or an unknown newer one, is a reason not to start.

An empty database gets what the first of them leave there together, `sql/baseline.sql`: three quarters of the time of a
first start went into tables and views that a later migration changes or drops.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import Literal

from streams.errors import TerminalError
from streams.marks import DONE, REBUILD, mark
from streams.warehouse import Warehouse

_TABLE = """CREATE TABLE IF NOT EXISTS migration (number UInt32, name String, sha256 String)
            ENGINE = ReplacingMergeTree ORDER BY number
            SETTINGS fsync_after_insert = 1, fsync_part_directory = 1"""


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return sha256(self.sql.encode()).hexdigest()

    @property
    def statements(self) -> list[str]:
        return statements(self.sql)


@dataclass(frozen=True, slots=True)
class Status:
    migration: Migration
    state: Literal["applied", "pending"]


def statements(sql: str) -> list[str]:
    """The statements of a file, comments removed; a statement ends with `;` at the end of a line."""
    code = "\n".join(line for line in sql.splitlines() if not line.lstrip().startswith("--"))
    return [s.strip() for s in (code + "\n").split(";\n") if s.strip()]


def shipped() -> list[Migration]:
    """The migrations of this program. Raises `TerminalError` where there are none or numbers have gaps."""
    folder = files("streams").joinpath("sql", "migrations")
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    out = [Migration(int(f.name[:4]), f.name[5:-4], f.read_text("utf-8")) for f in found]
    if [m.number for m in out] != list(range(1, len(out) + 1)) or not out:
        raise TerminalError(f"迁移文件不全 / migrations are missing: {[m.number for m in out]}")
    return out


def status(warehouse: Warehouse) -> list[Status]:
    """Each shipped migration's state. Raises `TerminalError` where the database and this program disagree."""
    warehouse.run(_TABLE)
    rows = warehouse.query("SELECT number, name, sha256 FROM migration FINAL WHERE number > 0 ORDER BY number").rows
    applied = {int(number): (name, digest) for number, name, digest in rows}
    ours = {m.number: m for m in shipped()}
    for number, (name, digest) in applied.items():
        if number not in ours:
            raise TerminalError(f"数据由更新的版本写成 / written by a newer program: migration {number:04d}_{name}")
        if ours[number].sha256 != digest:
            raise TerminalError(f"已执行的迁移被改动 / an applied migration was edited: {number:04d}_{name}")
    return [Status(m, "applied" if m.number in applied else "pending") for m in ours.values()]


def migrate(warehouse: Warehouse, cluster: str = "") -> list[Migration]:
    """Apply what is pending; gives what was applied. `cluster` names one of ClickHouse: tables are then replicated.

    A crash between a statement and its row leaves objects behind: every statement is made repeatable here.
    """

    def run(statement: str) -> None:
        warehouse.run(replicated(statement, cluster) if cluster else statement)

    run(_TABLE)
    before = [s.migration for s in status(warehouse) if s.state == "pending"]
    pending = before[_begin(warehouse, before, run) :]
    for migration in pending:
        for statement in migration.statements:
            run(_repeatable(statement))
        _applied(warehouse, [migration])
    if before and not int(warehouse.query("SELECT count() FROM archive").rows[0][0]):
        mark(warehouse, REBUILD, DONE)  # there is nothing that stands under an older definition
    return before


def baseline() -> tuple[int, list[str]]:
    """The number of the migration up to which it stands, and its statements."""
    sql = files("streams").joinpath("sql", "baseline.sql").read_text("utf-8")
    number = re.match(r"-- 0001-(\d{4})\n", sql)
    if number is None:
        raise TerminalError(
            "baseline.sql 的第一行不对 / the first line of baseline.sql does not say what it stands for"
        )
    return int(number[1]), statements(sql)


def _begin(warehouse: Warehouse, pending: list[Migration], run: Callable[[str], None]) -> int:
    """Makes an empty database as the baseline has it; gives how many of the pending migrations are in it.

    Until it is whole, row 0 of `migration` alone says that it was begun: what a crash left is then dropped.
    """
    until, made = baseline()
    found = warehouse.query("SELECT name, engine FROM system.tables WHERE database = currentDatabase()").rows
    others = [(str(name), str(engine)) for name, engine in found if name != "migration"]
    begun = bool(warehouse.query("SELECT 1 FROM migration WHERE number = 0").rows)
    if [m.number for m in pending[:until]] != list(range(1, until + 1)) or (others and not begun):
        return 0
    for name, engine in sorted(others, key=lambda table: table[1] != "MaterializedView"):
        run(f"DROP {'VIEW' if engine == 'MaterializedView' else 'TABLE'} {name}")
    _applied(warehouse, [Migration(0, "baseline", "")])
    for statement in made:
        run(statement)
    _applied(warehouse, pending[:until])
    return until


def _applied(warehouse: Warehouse, migrations: list[Migration]) -> None:
    rows = ", ".join(f"({m.number}, '{m.name}', '{m.sha256}')" for m in migrations)
    warehouse.run(f"INSERT INTO migration SELECT row.1, row.2, row.3 FROM (SELECT arrayJoin([{rows}]) AS row)")


def _repeatable(statement: str) -> str:
    for kind in ("CREATE TABLE", "CREATE MATERIALIZED VIEW"):
        if statement.startswith(f"{kind} "):
            return statement.replace(kind, f"{kind} IF NOT EXISTS", 1)
    return statement


_OBJECT = re.compile(
    r"^(CREATE TABLE|CREATE MATERIALIZED VIEW|DROP TABLE|DROP VIEW|ALTER TABLE)( IF (?:NOT )?EXISTS)? (\w+)"
)
_ENGINE = re.compile(r"ENGINE = (\w*MergeTree)(?:\(([^)]*)\))?")


def replicated(statement: str, cluster: str) -> str:
    """A statement for all replicas of a cluster: made everywhere, its table kept the same by ClickHouse Keeper.

    A table is gone when its statement ends: what Keeper knows of it would else refuse the next one of that name.
    """

    def engine(found: re.Match[str]) -> str:
        words = ["'/clickhouse/tables/{shard}/{database}/{table}'", "'{replica}'", *([found[2]] if found[2] else [])]
        return f"ENGINE = Replicated{found[1]}({', '.join(words)})"

    named = _OBJECT.sub(rf"\1\2 \3 ON CLUSTER '{cluster}'", statement)
    return _ENGINE.sub(engine, named) + (" SYNC" if statement.startswith("DROP TABLE") else "")
