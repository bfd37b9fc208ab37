"""What the published examples become: the rows of archive, facts, places and marts, and the answers of figures.

In: an empty database. Out: a JSON value for people to review for each example, with the places and marts it makes
alone; and one for all of them together. A column that is NULL is left out; bytes are hexadecimal; random references
are numbered in their order.
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from schemas import TOPIC_OF, Plan, default_catalogue
from services.submit import Submit
from services.vault import Vault
from streams.facts import write_rare
from streams.figures import Question, answer, figures
from streams.lift import archive_columns
from streams.log import NewRecord
from streams.pump import Pump
from streams.stamps import Stamps
from streams.warehouse import Params, Warehouse
from tests.conftest import NOW
from tests.marthash import TABLES
from tests.memory_log import MemoryLog
from tests.properties.programs import empty
from tests.schemas.samples import EVENT_NAMES, NAMES, SUBMISSION_NAMES, fresh, kind_of, raw

FOLDER = Path(__file__).parent / "rows"
TOGETHER = "together"
GOLDENS = (*NAMES, TOGETHER)
MOMENT = datetime.fromtimestamp(NOW / 1_000_000, UTC)
_RANDOM = re.compile(r"\b([ph])-[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])")
# Types that have a place of their own; all others move or mend what these said.
ALONE = tuple(name for name in EVENT_NAMES if kind_of(name) in ("incident.reported", "receipt.signed"))
_SINCE = datetime(2025, 1, 1, tzinfo=UTC).date()
_ASKED: dict[str, dict[str, Any]] = {
    "incidents": {"since": _SINCE},
    "rates": {"since": datetime(2026, 1, 1, tzinfo=UTC).date()},
    "alerts": {"since": _SINCE},
    "rolling": {"at": datetime(2026, 1, 20, tzinfo=UTC)},
}
Made = dict[str, Any]


def all_made(warehouse: Warehouse, plan: Plan, folder: Path) -> dict[str, Made]:
    """The golden values of `GOLDENS`, made in an empty migrated database; `folder` is a place for a vault."""
    together = _played(warehouse, plan, EVENT_NAMES)
    out = {name: _stored(warehouse, name) for name in EVENT_NAMES}
    out[TOGETHER] = together | {"figures": _figures(warehouse, plan)}
    for name in ALONE:
        out[name] |= _played(warehouse, plan, (name,))
    empty(warehouse)
    log = MemoryLog(lambda: NOW)
    _submitted(log, folder)
    warehouse.insert("archive", archive_columns(log.records()))
    write_rare(warehouse, "1")
    return out | {name: _masked(_stored(warehouse, name)) for name in SUBMISSION_NAMES}


def _played(warehouse: Warehouse, plan: Plan, names: Sequence[str]) -> Made:
    """Places and marts of some examples alone."""
    empty(warehouse)
    log = MemoryLog(lambda: NOW)
    for event, value in ((fresh(name), raw(name)) for name in names):
        log.append([NewRecord(TOPIC_OF[event["type"]], event["subject"], value)])
    Pump(log, warehouse, plan).drain()
    return _found(warehouse, TABLES)


def _submitted(log: MemoryLog, folder: Path) -> None:
    vault = Vault(folder, lambda: "2026-03-01T02:00:00.000000Z")
    submit = Submit(log, vault, default_catalogue(), "Asia/Shanghai", lambda: MOMENT, Stamps(lambda: MOMENT))
    answers = submit.submit([raw(name) for name in SUBMISSION_NAMES], "golden")
    vault.close()
    assert [answer.reason for answer in answers] == [""] * len(answers)


def _stored(warehouse: Warehouse, name: str) -> Made:
    """Archive and facts of one example; what SQL reads of its record as a JSON object."""
    told = {"id": fresh(name)["id"]}
    columns = "* EXCEPT (off, raw, lifted), hex(raw) AS raw, lifted AS event"
    (row,) = warehouse.query(f"SELECT {columns} FROM archive FINAL WHERE event_id = {{id:String}}", told).dicts()
    value = bytes.fromhex(row.pop("raw"))
    if name in EVENT_NAMES:
        assert value == raw(name), "the archive holds every record verbatim"
    row["event"] = json.loads(row["event"] or value)
    facts = warehouse.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND name LIKE '%\\_facts' ORDER BY name"
    ).rows
    return {"archive": [_plain(row)]} | _found(warehouse, [str(t) for (t,) in facts], "event_id = {id:String}", told)


def _found(warehouse: Warehouse, tables: Sequence[str], where: str = "1", params: Params | None = None) -> Made:
    """The rows of the tables that have any."""
    sql = f"FINAL WHERE {where} ORDER BY ALL"
    found = {table: warehouse.query(f"SELECT * FROM {table} {sql}", params).dicts() for table in tables}
    return {table: [_plain(row) for row in rows] for table, rows in found.items() if rows}


def _figures(warehouse: Warehouse, plan: Plan) -> Made:
    out = {}
    for name in figures():
        rows = answer(warehouse, Question(name, **_ASKED.get(name, {})), plan, MOMENT).dicts()
        out[name] = [_plain(row) for row in rows]
    return out


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(v) for name, v in value.items() if v is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, (str, int, float)) else str(value)


def _masked(rows: Made) -> Made:
    """Random references as p-1, h-2 …, and no digest, which differs with them."""
    numbers: dict[str, str] = {}

    def numbered(match: re.Match[str]) -> str:
        return numbers.setdefault(match[0], f"{match[1]}-{len(numbers) + 1}")

    for table in rows.values():
        for row in table:
            row.pop("digest", None)
    masked: Made = json.loads(_RANDOM.sub(numbered, json.dumps(rows, ensure_ascii=False)))
    return masked


def text(value: Made) -> str:
    """A golden file: a line for every value, so that a change is seen where it is."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
