"""Migrations: applied once and in order, resumed after a crash, and refused where the database says otherwise."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from streams import migrations
from streams.errors import TerminalError
from streams.migrations import Migration, baseline, migrate, replicated, shipped, statements, status
from streams.warehouse import Params, Warehouse
from tests.golden.write import BASELINE, baseline_of
from tests.offices import Standing

OTHER = "of_somebody_else"
GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "migrations.json"


def test_statements_of_a_file() -> None:
    text = "-- head; with one;\nCREATE TABLE a (x String)\nENGINE = Memory;\n\n  -- more\nINSERT INTO a SELECT ';';\n"
    assert statements(text) == ["CREATE TABLE a (x String)\nENGINE = Memory", "INSERT INTO a SELECT ';'"]
    assert statements("SELECT 1") == ["SELECT 1"]
    assert statements("-- nothing\n") == []


def test_numbers_have_no_gaps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [m.number for m in shipped()] == list(range(1, len(shipped()) + 1))
    folder = tmp_path / "sql" / "migrations"
    folder.mkdir(parents=True)
    monkeypatch.setattr(migrations, "files", lambda _: tmp_path)
    for names in ([], ["0002_b.sql"], ["0001_a.sql", "0003_c.sql"], ["0001_a.sql", "0001_b.sql"]):
        for name in names:
            (folder / name).write_text("SELECT 1;")
        with pytest.raises(TerminalError, match=r"\["):
            shipped()
        for name in names:
            (folder / name).unlink()


def test_none_was_ever_edited() -> None:
    """Folders stand under these texts: a change is a new migration. `python -m tests.golden.write` adds a new one."""
    assert {f"{m.number:04d}_{m.name}": m.sha256 for m in shipped()} == json.loads(GOLDEN.read_text("utf-8"))


def schema(warehouse: Warehouse) -> list[tuple[str, str]]:
    rows = warehouse.query(
        """SELECT name, replaceAll(create_table_query, currentDatabase(), '') FROM system.tables
           WHERE database = currentDatabase() AND name != {other:String} ORDER BY name""",
        {"other": OTHER},
    ).rows
    return [(str(name), str(sql)) for name, sql in rows]


def rows_of(warehouse: Warehouse) -> dict[str, int]:
    rows = warehouse.query(
        """SELECT name, total_rows FROM system.tables WHERE database = currentDatabase() AND total_rows IS NOT NULL
           ORDER BY name"""
    ).rows
    return {str(name): int(rows) for name, rows in rows}


@pytest.mark.chdb
def test_status_applies_nothing(new_database: Callable[[], Warehouse]) -> None:
    warehouse = new_database()
    assert {s.state for s in status(warehouse)} == {"pending"}
    assert [name for name, _ in schema(warehouse)] == ["migration"]
    assert migrate(warehouse) == shipped()
    assert {s.state for s in status(warehouse)} == {"applied"}
    before = schema(warehouse)
    assert migrate(warehouse) == []
    assert schema(warehouse) == before
    assert len(before) > 20


@pytest.mark.chdb
def test_what_positions_speak_of_is_on_disk_before_them(warehouse: Warehouse) -> None:
    """A table added later must say so too; those of a round are in memory."""
    lasting = {name: sql for name, sql in schema(warehouse) if "MergeTree" in sql}
    for setting in ("fsync_after_insert = 1", "fsync_part_directory = 1"):
        assert {name for name, sql in lasting.items() if setting not in sql} == set()
    assert {"archive", "incident_facts", "contact", "reached", "progress"} < set(lasting)


class Failing(Standing):
    """Dies at the `at`-th statement that makes something."""

    def __init__(self, inner: Warehouse, at: int) -> None:
        super().__init__(inner)
        self.left = at

    def run(self, sql: str, params: Params | None = None) -> None:
        if sql.startswith("CREATE") and "TABLE IF NOT EXISTS migration" not in sql:
            if self.left == 0:
                raise ConnectionError("killed")
            self.left -= 1
        super().run(sql, params)


def one_by_one(warehouse: Warehouse) -> Warehouse:
    """As a folder of before: it has something in it, so each migration is done."""
    warehouse.run(f"CREATE TABLE {OTHER} (x UInt8) ENGINE = Null")
    return warehouse


@pytest.mark.chdb
def test_a_new_folder_is_as_one_that_came_all_the_way(
    warehouse: Warehouse, new_database: Callable[[], Warehouse]
) -> None:
    assert BASELINE.read_text("utf-8") == baseline_of(warehouse), "python -m tests.golden.write"
    old = one_by_one(new_database())
    assert migrate(old) == shipped()
    assert schema(warehouse) == schema(old)
    for asked in ("SELECT * FROM migration WHERE number > 0", "SELECT name, value FROM definition FINAL"):
        assert warehouse.query(f"{asked} ORDER BY ALL") == old.query(f"{asked} ORDER BY ALL")
    full = [name for name, rows in rows_of(warehouse).items() if rows]
    assert full == ["definition", "migration"]
    assert full == [name for name, rows in rows_of(old).items() if rows]


@pytest.mark.chdb
def test_a_baseline_that_is_behind_is_gone_on_from(
    new_database: Callable[[], Warehouse], monkeypatch: pytest.MonkeyPatch
) -> None:
    more = Migration(len(shipped()) + 1, "more", "ALTER TABLE archive ADD COLUMN more UInt8;\n")
    all_ = [*shipped(), more]
    monkeypatch.setattr(migrations, "shipped", lambda: all_)
    warehouse = new_database()
    assert migrate(warehouse) == all_
    assert "`more` UInt8" in dict(schema(warehouse))["archive"]
    assert {s.state for s in status(warehouse)} == {"applied"}


@pytest.mark.chdb
@pytest.mark.parametrize("come", [lambda warehouse: warehouse, one_by_one])
def test_a_crash_in_the_middle_is_made_good(
    warehouse: Warehouse, new_database: Callable[[], Warehouse], come: Callable[[Warehouse], Warehouse]
) -> None:
    """One folder that dies again and again, a few statements further each time, ends up as any other."""
    broken, deaths = come(new_database()), 0
    for at in (0, 1, 4, 9, 17, 26, 60):
        try:
            migrate(Failing(broken, at))
        except ConnectionError:
            deaths += 1
            assert "pending" in {s.state for s in status(broken)}
    assert deaths > 3
    assert {s.state for s in status(broken)} == {"applied"}
    assert schema(broken) == schema(warehouse)


@pytest.mark.chdb
class TestRefused:
    def test_an_edited_file(self, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
        """Named, and nothing else is applied; with the right text again all is well."""
        right, before = shipped(), schema(warehouse)
        more = Migration(len(right) + 1, "more", "CREATE TABLE more (x String) ENGINE = Memory;\n")
        edited = [replace(right[0], sql=right[0].sql + "-- harmless\n"), *right[1:], more]
        monkeypatch.setattr(migrations, "shipped", lambda: edited)
        for look in (status, migrate):
            with pytest.raises(TerminalError, match=f"0001_{right[0].name}"):
                look(warehouse)
        assert schema(warehouse) == before
        monkeypatch.setattr(migrations, "shipped", lambda: [*right, more])
        assert migrate(warehouse) == [more]

    def test_a_folder_of_a_newer_program(self, warehouse: Warehouse) -> None:
        warehouse.insert("migration", {"number": [99], "name": ["of_tomorrow"], "sha256": ["0" * 64]})
        for look in (status, migrate):
            with pytest.raises(TerminalError, match="0099_of_tomorrow"):
                look(warehouse)


def test_statements_for_a_cluster() -> None:
    """Every object is made everywhere, every table replicated, and what is selected stays as it is."""
    golden = GOLDEN.with_name("cluster.sql")
    said = [replicated(statement, "county") for m in shipped() for statement in m.statements]
    assert ";\n\n".join(said) + ";\n" == golden.read_text("utf-8"), "python -m tests.golden.write, then look"
    made = [s for s in said if s.startswith(("CREATE", "DROP", "ALTER"))]
    assert all(s.startswith("INSERT INTO") for s in said if s not in made)
    assert all("ON CLUSTER 'county'" in s for s in made)
    assert not any(" = ReplacingMergeTree" in s for s in said)
    begun = [replicated(statement, "county") for statement in baseline()[1]]
    assert all(re.match(r"CREATE (TABLE|MATERIALIZED VIEW) \w+ ON CLUSTER 'county'\s", s) for s in begun)
    assert not any(" = ReplacingMergeTree" in s for s in begun)
    assert replicated("INSERT INTO t SELECT 1", "c") == "INSERT INTO t SELECT 1"
