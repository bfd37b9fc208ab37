"""Users of a ClickHouse server, and whether their limits hold there.

In: an administrator's warehouse, passwords. Out: users as the SQL file says, made or mended; one row for each thing
that a reader must not be able to do. Only a real server has users: the engine in process has none.
"""

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from streams.errors import TerminalError, TransientError
from streams.fold import template
from streams.migrations import statements
from streams.warehouse import SETTINGS, Warehouse

# What the read-only user of Grafana tries; every one must be refused by the server itself.
FORBIDDEN: Mapping[str, str] = {
    "insert": "INSERT INTO source_seen VALUES ('x')",
    "create": "CREATE TABLE intruder (n UInt8) ENGINE = Memory",
    "drop": "DROP TABLE archive",
    "set": "SET max_memory_usage = 0",
    "longer than 60 s": "SELECT 1 SETTINGS max_execution_time = 3600",
    "other database": "SELECT count() FROM system.query_log",
    "url": "SELECT * FROM url('http://127.0.0.1:1/', CSV, 'a String')",
    "file": "SELECT * FROM file('/etc/passwd', CSV, 'a String')",
    "remote": "SELECT * FROM remote('127.0.0.1', system.one)",
}


def user_statements(database: str, passwords: Mapping[str, str]) -> list[str]:
    """The statements that make `writer`, `reader` and `grafana`, whose passwords are given; hashed, never plain."""
    own = ", ".join(f"{name} = {value!r}" for name, value in SETTINGS.items())
    text = template("", "users").replace("{{database}}", database).replace("{{settings}}", own)
    for role, password in passwords.items():
        text = text.replace(f"{{{{{role}}}}}", sha256(password.encode()).hexdigest())
    return statements(text)


def make_users(warehouse: Warehouse, passwords: Mapping[str, str]) -> list[str]:
    """Raises `TerminalError` where the administrator may not manage users."""
    made = user_statements(warehouse.database, passwords)
    for statement in made:
        warehouse.run(statement)
    return made


def held_limits(reader: Callable[[], Warehouse]) -> Iterator[dict[str, Any]]:
    """What `reader` tried, and whether it was refused; first that it can read at all."""
    warehouse = reader()
    rows = warehouse.query("SELECT count() FROM incident_day").rows
    yield {"what": "select", "ok": True, "result": f"{rows[0][0]}"}
    for name, sql in FORBIDDEN.items():
        try:
            warehouse.run(sql)
        except (TerminalError, TransientError) as error:
            yield {"what": name, "ok": True, "result": str(error).splitlines()[0][:100]}
        else:
            yield {"what": name, "ok": False, "result": "未被拒绝 / was not refused"}
