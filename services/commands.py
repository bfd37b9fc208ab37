"""What the owner of a data folder does for others: one table, name → function.

In: the office, a request as JSON, and whom to tell of progress. Out: rows as JSON objects, one by one. The same
functions serve the process that holds the folder and those that reach it over local HTTP.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from schemas import instant, wire_time
from services.errors import Unavailable
from services.imports import InputError
from services.office import Office, Rebuilding
from services.redrive import redrive
from services.requests import Request, comparisons, conditions, listed, plain, question, window
from streams.archive import Archived, archived
from streams.figures import Question
from streams.marks import PENDING, REBUILD
from streams.migrations import status as migrations
from streams.plans import adopted_text
from streams.progress import Progress, read_progress
from streams.states import STATES, states, within
from streams.verify import verify

Told = Callable[[int, int | None], None]
Rows = Iterator[dict[str, Any]]


def _submit(office: Office, request: Request, told: Told) -> Rows:
    raws = [e.encode(errors="surrogatepass") if isinstance(e, str) else _own(e) for e in listed(request, "events")]
    keep = bool(request.get("keep_recordedtime"))
    for answer in office.submit(raws, request.get("actor") or "office", keep_recordedtime=keep):
        yield {name: value for name, value in answer._asdict().items() if value or name in ("id", "status")}


def _confirm_clock(office: Office, request: Request, told: Told) -> Rows:
    office.confirm_clock()
    yield {"confirmed": wire_time(office.now())}


def _states(office: Office, request: Request, told: Told) -> Rows:
    family, source, asked = request.get("family"), str(request.get("source", "")), request.get("window")
    if family not in STATES:
        raise InputError(f"没有这类对象 / no such family {family!r}; {', '.join(STATES)}")
    if request.get("catch_up", True):
        office.catch_up()
    if isinstance(asked, dict):
        yield from within(office.warehouse, source, window(asked))
    else:
        subjects = [str(subject) for subject in listed(request, "subjects")]
        yield from states(office.warehouse, str(family), subjects, source)


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


def _plan(office: Office, request: Request, told: Told) -> Rows:
    """Every adoption and which is in force; or, where `text` is asked for, the words of the one in force."""
    office.catch_up()
    in_force = office.plans().in_force(office.now())
    if request.get("text"):
        text = adopted_text(office.warehouse, in_force.event_id) if in_force else office.first_plan
        yield {"text": text, "adopted": in_force is not None}
        return
    for row in office.answer(Question("plans")).dicts():
        mine = in_force is not None and row["event_id"] == in_force.event_id
        yield {"in_force": mine, **{name: plain(value) for name, value in row.items()}}


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
        listed(request, "repaired")
    yield from redrive(office, {**request, "where": conditions(request)}, told)
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
    adopted = office.plans().in_force(office.now())
    named = f"{office.plan.id} {office.plan.version}"
    yield {"section": "definition", "name": "plan" if adopted else "plan, not adopted", "value": named}
    yield {"section": "freshness", "name": "latest recorded", "value": plain(latest)}


def _token(office: Office, request: Request, told: Told) -> Rows:
    """`issue` gives the token once, `list` shows who has which, `end` ends one."""
    if request.get("verb") == "issue":
        name, may, days = str(request["name"]), [str(verb) for verb in listed(request, "may")], request["days"]
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
    if office.rebuilding is not None:
        try:
            office.whole(told)
            yield {"migration": REBUILD, "state": "applied", "sha256": ""}
        except Rebuilding:  # the thread that follows the log does it, or somebody who may
            yield {"migration": REBUILD, "state": PENDING, "sha256": ""}


COMMANDS: Mapping[str, Callable[[Office, Request, Told], Rows]] = {
    "submit": _submit,
    "confirm_clock": _confirm_clock,
    "states": _states,
    "query": _query,
    "doubts": _doubts,
    "plan": _plan,
    "verify": _verify,
    "rebuild": _rebuild,
    "export": _export,
    "redrive": _redrive,
    "status": _status,
    "migrate": _migrate,
    "token": _token,
}


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
