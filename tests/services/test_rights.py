"""Users of a ClickHouse server, as golden text: the engine in process has none. A real one tries it: `fanzha users`."""

import re
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from services.rights import FORBIDDEN, held_limits, make_users, user_statements
from streams.errors import TerminalError
from streams.warehouse import Params, Rows
from streams.warehouse_clickhouse import ClickhouseAccess

PASSWORDS = {"writer": "a", "reader": "b", "grafana": "c"}
GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "users.sql"


class Recording:
    """A warehouse that refuses what it is told to, and keeps what was asked."""

    database = "fanzha"

    def __init__(self, allows: str = "") -> None:
        self.asked: list[str] = []
        self._allows = allows

    def run(self, sql: str, params: Params | None = None) -> None:
        self.asked.append(sql)
        if sql in FORBIDDEN.values() and sql != FORBIDDEN.get(self._allows):
            raise TerminalError("Code: 497. Not enough privileges")

    def query(self, sql: str, params: Params | None = None) -> Rows:
        return Rows(("n",), [(3,)])

    def insert(self, table: str, columns: Any) -> None:
        raise AssertionError

    def loading(self) -> AbstractContextManager[None]:
        raise AssertionError

    def sibling(self, database: str) -> "Recording":
        raise AssertionError

    def close(self) -> None: ...


def test_the_statements() -> None:
    said = user_statements("fanzha", PASSWORDS)
    assert ";\n".join(said) + ";\n" == GOLDEN.read_text("utf-8"), "python -m tests.golden.write, then look"
    assert not re.search(r"\{\{|BY '[abc]'", "".join(said)), "every hole filled, no password in plain"
    warehouse = Recording()
    assert make_users(warehouse, PASSWORDS) == said == warehouse.asked


def test_who_only_reads_may_ask_for_what_the_program_sets() -> None:
    """A server refuses to change a setting for a reader, but not one that stands already as it is asked for."""
    (profile,) = (s for s in user_statements("fanzha", PASSWORDS) if s.startswith("ALTER SETTINGS PROFILE"))
    client = ClickhouseAccess("127.0.0.1:9000").settings
    assert client
    assert all(f"{name} = {value!r}" in profile for name, value in client.items())


def test_limits_are_tried_one_by_one() -> None:
    found = list(held_limits(Recording))
    assert [row["what"] for row in found] == ["select", *FORBIDDEN]
    assert all(row["ok"] for row in found)


@pytest.mark.parametrize("allowed", FORBIDDEN)
def test_what_is_not_refused_is_told(allowed: str) -> None:
    found = {row["what"]: row["ok"] for row in held_limits(lambda: Recording(allowed))}
    assert [what for what, ok in found.items() if not ok] == [allowed]
