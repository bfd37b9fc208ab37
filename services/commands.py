"""What the owner of a data folder does for others: one table, name → function.

In: the office, a request as JSON, and whom to tell of progress. Out: rows as JSON objects, one by one. The same
functions serve the process that holds the folder and those that reach it over local HTTP.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from schemas import instant, wire_time
from services.errors import Unavailable
from services.imports import InputError
from services.moments import moment_of
from services.office import Office
from services.redrive import redrive
from streams.archive import Archived, archived
from streams.figures import Question
from streams.log import Partition
from streams.migrations import status as migrations
from streams.progress import Progress, read_progress
from streams.states import STATES, states
from streams.verify import verify

Request = Mapping[str, Any]
Told = Callable[[int, int | None], None]
Rows = Iterator[dict[str, Any]]


def _submit(office: Office, request: Request, told: Told) -> Rows:
    raws = [e.encode(errors="surrogatepass") if isinstance(e, str) else _own(e) for e in _list(request, "events")]
    keep = bool(request.get("keep_recordedtime"))
    for answer in office.submit(raws, request.get("actor") or "office", keep_recordedtime=keep):
        yield {name: value for name, value in answer._asdict().items() if value or name in ("id", "status")}


def _confirm_clock(office: Office, request: Request, told: Told) -> Rows:
    office.confirm_clock()
    yield {"confirmed": wire_time(office.now())}


def _states(office: Office, request: Request, told: Told) -> Rows:
    family, subjects = request.get("family"), _list(request, "subjects")
    if family not in STATES:
        raise InputError(f"没有这类对象 / no such family {family!r}; {', '.join(STATES)}")
    if request.get("catch_up", True):
        office.catch_up()
    yield from states(office.warehouse, str(family), [str(s) for s in subjects], str(request.get("source", "")))


def _query(office: Office, request: Request, told: Told) -> Rows:
    """First the columns and what limits them, then the rows, over all that was accepted before."""
    asked, against = question(request), comparisons(request)
    office.settle(lambda records: told(records, None))
    found = office.compared(asked, against)
    rows = found.rows
    yield {"columns": list(rows.columns), "notes": list(found.notes)}
    for row in rows.rows:
        yield {name: plain(value) for name, value in zip(rows.columns, row, strict=True)}


def _doubts(office: Office, request: Request, told: Told) -> Rows:
    return _query(office, {**request, "figure": "doubts"}, told)


def _verify(office: Office, request: Request, told: Told) -> Rows:
    office.settle()
    with office.pump.turn:
        facts = office.pump.facts()
        for comparison in verify(office.warehouse, office.pump.params, facts, told):
            yield {name: plain(value) for name, value in asdict(comparison).items()}


def _rebuild(office: Office, request: Request, told: Told) -> Rows:
    if not office.follows:
        raise Unavailable(
            "请先停下全部工作进程，再以 FANZHA_FOLLOW=yes 运行 fanzha rebuild / stop all workers, then rebuild"
        )
    result = office.rebuild(told, accept=bool(request.get("accept")))
    yield plain(asdict(result) | {"differing": result.differing})


def _export(office: Office, request: Request, told: Told) -> Rows:
    office.catch_up()
    try:
        positions = {(str(topic), int(part)): int(at) for topic, part, at in request.get("from", [])}
    except (ValueError, TypeError) as error:
        raise InputError(f"位置写法有误 / a position is [topic, partition, offset]: {error}") from error
    unknown = positions.keys() - office.log.ends().keys()
    if unknown:
        raise InputError(f"没有这些分区 / no such partitions: {sorted(unknown)}; {sorted(office.log.ends())}")
    total = _sum(office, "SELECT count() FROM archive")
    for done, found in enumerate(archived(office.warehouse, positions), 1):
        yield _exported(found)
        if done % 1_000 == 0:
            told(done, total)


def _redrive(office: Office, request: Request, told: Told) -> Rows:
    office.catch_up()
    if request.get("repaired") is not None:
        _list(request, "repaired")
    yield from redrive(office, {**request, "where": _conditions(request)}, told)
    office.settle()


def _status(office: Office, request: Request, told: Told) -> Rows:
    """As things stand: nothing is caught up first, so that what waits is seen waiting."""
    progress: Progress = office.pump.progress if office.follows else read_progress(office.warehouse)
    waiting = 0
    for place, end in sorted(office.log.ends().items()):
        facts, marts = (at.get(place, 0) for at in (progress.facts_next, progress.marts_next))
        lag = office.log.count(place, end) - office.log.count(place, marts)
        waiting += lag
        name = f"{place[0]}/{place[1]}"
        yield {"section": "position", "name": name, "value": end, "facts_next": facts, "marts_next": marts, "lag": lag}
    tables = office.warehouse.query(
        """SELECT name, ifNull(total_rows, 0), ifNull(total_bytes, 0) FROM system.tables
           WHERE database = currentDatabase() AND engine LIKE '%MergeTree' ORDER BY name"""
    )
    for name, rows, size in tables.rows:
        yield {"section": "table", "name": name, "value": rows, "bytes": size}
    for found in migrations(office.warehouse):
        m = found.migration
        yield {"section": "migration", "name": f"{m.number:04d}_{m.name}", "value": found.state, "sha256": m.sha256}
    rejected = _sum(office, "SELECT count() FROM rejected_record FINAL")
    latest = office.warehouse.query("SELECT maxOrNull(recorded) FROM event_index").rows[0][0]
    yield {"section": "lag", "name": "waiting", "value": waiting}
    yield {"section": "rejected", "name": "records", "value": rejected}
    yield {"section": "definition", "name": "epoch", "value": office.pump.definition.epoch}
    yield {"section": "freshness", "name": "latest recorded", "value": plain(latest)}


def _token(office: Office, request: Request, told: Told) -> Rows:
    """`issue` gives the token once, `list` shows who has which, `end` ends one."""
    if request.get("verb") == "issue":
        name, may, days = str(request["name"]), [str(verb) for verb in _list(request, "may")], request["days"]
        text, token = office.tokens.issue(name, may, office.now(), int(days))
        yield {"token": text, "id": token.id, "name": name, "may": list(token.may), "until": token.until}
    elif request.get("verb") == "end":
        ended = office.tokens.end(str(request["id"]))
        if ended is None:
            raise InputError(f"没有这个令牌：fanzha token list 列出全部 / no such token: {request['id']}")
        yield {"id": ended.id, "name": ended.name}
    else:
        for token in office.tokens:
            good = instant(token.until) > office.now()
            yield {"id": token.id, "name": token.name, "may": list(token.may), "until": token.until, "good": good}


def _migrate(office: Office, request: Request, told: Told) -> Rows:
    for found in migrations(office.warehouse):
        m = found.migration
        yield {"migration": f"{m.number:04d}_{m.name}", "state": found.state, "sha256": m.sha256}


COMMANDS: Mapping[str, Callable[[Office, Request, Told], Rows]] = {
    "submit": _submit,
    "confirm_clock": _confirm_clock,
    "states": _states,
    "query": _query,
    "doubts": _doubts,
    "verify": _verify,
    "rebuild": _rebuild,
    "export": _export,
    "redrive": _redrive,
    "status": _status,
    "migrate": _migrate,
    "token": _token,
}


def question(request: Request) -> Question:
    """A question from its JSON form. Raises `InputError`."""
    try:
        return Question(
            str(request.get("figure", "")), _conditions(request),
            _day(request.get("from")), _day(request.get("to")), tuple(request.get("by", ())), request.get("basis"),
            _moment(request.get("at")), _moment(request.get("as_known_at")), _number(request.get("limit")),
        )  # fmt: skip
    except (ValueError, TypeError) as error:
        raise InputError(f"问题写法有误 / the question cannot be read: {error}") from error


def comparisons(request: Request) -> tuple[str, ...]:
    """Which comparisons are asked for, each once."""
    return tuple(dict.fromkeys(str(what) for what in request.get("compare") or ()))


def _conditions(request: Request) -> dict[str, tuple[str, ...]]:
    where = request.get("where", {})
    values = list(where.values()) if isinstance(where, Mapping) else [where]
    if not all(isinstance(v, (list, tuple)) and all(isinstance(text, str) for text in v) for v in values):
        raise InputError(f"筛选应为 {{列: [值, …]}} / where is {{column: [values]}}: {where!r}")
    return {str(name): tuple(v) for name, v in where.items()}


def _list(request: Request, name: str) -> list[Any]:
    found = request.get(name)
    if not isinstance(found, (list, tuple)):
        raise InputError(f"请求中 {name} 应为列表 / the request needs a list: {name}")
    return list(found)


def plain(value: Any) -> Any:
    """A value as JSON has it: ISO days, wire times."""
    if isinstance(value, datetime):
        return wire_time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value.hex() if isinstance(value, bytes) else value


def _exported(found: Archived) -> dict[str, Any]:
    r = found.record
    place = {"topic": r.topic, "partition": r.partition, "offset": r.offset, "appended": r.appended, "key": r.key}
    judged = {"ok": found.ok} | ({} if found.ok else {"reason": found.reason})
    try:
        return place | judged | {"value": r.value.decode()}
    except UnicodeDecodeError:
        return place | judged | {"value_base64": b64encode(r.value).decode()}


def _own(event: Any) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")


def _sum(office: Office, sql: str) -> int:
    return int(office.warehouse.query(sql).rows[0][0])


def _number(value: Any) -> int | None:
    if value is not None and type(value) is not int:
        raise InputError(f"行数上限应为整数 / a limit is a whole number: {value!r}")
    return value


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except (ValueError, TypeError) as error:
        raise InputError(f"日期应写作 2026-01-31 / a day is YYYY-MM-DD: {text!r}") from error


def _moment(text: str | None) -> datetime | None:
    try:
        return moment_of(text) if text else None
    except (ValueError, TypeError) as error:
        raise InputError(str(error)) from error


def parse_conditions(words: Sequence[str] | None) -> dict[str, list[str]]:
    """`column=value` words; several values of one column are alternatives. Raises `InputError`."""
    found: dict[str, list[str]] = {}
    for word in words or ():
        name, sign, value = word.partition("=")
        if not (name and sign):
            raise InputError(f"筛选应写作 列=值，如 station=4212225101 / write where as column=value: {word!r}")
        found.setdefault(name, []).append(value)
    return found


def words(text: str | None) -> list[str]:
    """`a, b` as words."""
    return [word.strip() for word in (text or "").split(",") if word.strip()]


def parse_position(text: str) -> tuple[Partition, int]:
    """`incidents/0=123`: a partition and where to begin in it. Raises `InputError`."""
    place, _, at = text.partition("=")
    topic, _, part = place.partition("/")
    if not (topic and part.isdecimal() and at.isdecimal()):
        raise InputError(f"位置应写作 主题/分区=偏移，如 incidents/0=100 / a position is TOPIC/PART=OFFSET: {text!r}")
    return (topic, int(part)), int(at)
