"""Generated dashboards: right by construction, every mistake of a list is found, every query answers on real data."""

import copy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.grafana.boards import BOARDS, Board
from dashboards.grafana.build import JSON, dashboard
from dashboards.grafana.gate import faults, rule_faults
from dashboards.grafana.macros import UnknownMacro, expanded
from dashboards.panels import STATIONS, TREND
from schemas import Plan, default_plan
from services.grafana import CONTACTS, built, rules, sql_of
from services.grafana_http import Grafana
from services.imports import InputError
from services.settings import Settings
from services.simulate import Params, history
from streams.figures import Question, answer
from streams.log import NewRecord
from streams.migrations import migrate
from streams.pump import Pump
from streams.rules import Alert
from streams.warehouse import Warehouse
from tests.memory_log import MemoryLog
from tests.wire import alert_record, event, record

pytestmark = pytest.mark.xdist_group("grafana")

SINCE, UNTIL = datetime(2026, 1, 31, 16, tzinfo=UTC), datetime(2026, 2, 28, 15, 59, 59, tzinfo=UTC)
VALUES = {"basis": "occurred", "station": "4212225101", "township": "421222100"}
NUMBERS = (int, float)
# Two stations of one name, and one that was merged into another and has rows of its own.
TWINS, GONE = ("4212225171", "4212225172"), "4212225173"


def stations() -> Iterator[JSON]:
    for code, name in (*((twin, "双名派出所") for twin in TWINS), (GONE, "旧址派出所")):
        named = {"name": name, "township": VALUES["township"], "valid_from": "2025-01-01"}
        yield event(f"station-{code}", "station.registered", code, named)
        for number in range(12):
            data: JSON = {"occurred_at": "2026-02-27T10:00:00+08:00", "station": code, "category": "romance"}
            data |= {"loss_fen": 100, "stage": "completed"}
            subject = f"case-{code}-{number}"
            yield event(f"r-{subject}", "incident.reported", subject, data, time="2026-02-27T12:00:00+08:00")
    yield event("station-gone", "station.merged", GONE, {"into": TWINS[0], "valid_from": "2026-02-20"})


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return built(default_plan()[0], Settings())


@pytest.fixture
def boards(files: dict[str, str]) -> dict[str, JSON]:
    return {name: json.loads(text) for name, text in files.items() if name.startswith("dashboards/")}


@pytest.fixture(scope="module")
def county(engine: Warehouse) -> Iterator[Warehouse]:
    """Two months of a county, with an alert and a record that never counts."""
    plan = default_plan()[0]
    warehouse = engine.sibling("grafana_county")
    migrate(warehouse)
    log = MemoryLog(lambda: int(UNTIL.timestamp()) * 1_000_000)
    log.append([record(e) for e in history(Params(seed=3, end=UNTIL, months=2, receipts_per_month=400))])
    log.append([record(e) for e in stations()])
    alerts = [
        Alert("high_incidence", VALUES["station"], date(2026, 2, 10), 10),
        *(Alert("high_incidence", place, date(2026, 2, 28), 10) for place in (VALUES["station"], *TWINS, GONE)),
        Alert("rejected_records", "incidents", date(2026, 2, 28), 1),
    ]
    log.append([alert_record(alert, plan) for alert in alerts])
    log.append([NewRecord("incidents", "jq-1", b"{")])
    Pump(log, warehouse, plan).drain()
    yield warehouse
    engine.run("DROP DATABASE `grafana_county` SYNC")


def test_nothing_is_wrong(boards: dict[str, JSON], files: dict[str, str]) -> None:
    assert faults(boards) == []
    (group,) = yaml.safe_load(files["provisioning/alerting/fanzha.yaml"])["groups"]
    assert list(rule_faults(group)) == []
    assert {board["uid"] for board in boards.values()} == {board.uid for board in BOARDS}
    assert built(default_plan()[0], Settings()) == files, "the same boards, the same bytes"


def test_a_typed_reader_loses_nothing(boards: dict[str, JSON]) -> None:
    """Keys that the foundation SDK does not know would disappear."""
    for board in boards.values():
        again = json.loads(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(copy.deepcopy(board))))
        assert list(lost(board, again)) == []


def lost(said: Any, again: Any, where: str = "") -> Iterator[str]:
    if isinstance(said, dict) and isinstance(again, dict):
        for key, value in said.items():
            yield from lost(value, again[key], f"{where}/{key}") if key in again else [f"{where}/{key}"]
    elif isinstance(said, list) and isinstance(again, list) and len(said) == len(again):
        for at, (one, other) in enumerate(zip(said, again, strict=True)):
            yield from lost(one, other, f"{where}/{at}")
    elif said != again:
        yield f"{where}: {said!r} != {again!r}"


Mistake = Callable[[JSON], object]


def _sql(board: JSON, change: Callable[[str], str], panel: int = 0) -> None:
    target = board["panels"][panel]["targets"][0]
    target["rawSql"] = change(target["rawSql"])


def _series(board: JSON) -> JSON:
    return next(panel for panel in board["panels"] if panel["type"] == "timeseries")


def _table(board: JSON) -> JSON:
    return next(panel for panel in board["panels"] if panel["type"] == "table")


MISTAKES: dict[str, Mistake] = {
    "beyond the grid": lambda b: b["panels"][3]["gridPos"].update(x=20),
    "overlap": lambda b: b["panels"][1]["gridPos"].update(x=3),
    "panel id twice": lambda b: b["panels"][1].update(id=1),
    "uid": lambda b: b.update(uid="反诈"),
    "schemaVersion": lambda b: b.update(schemaVersion=12),
    "timezone": lambda b: b.update(timezone="browser"),
    "data source": lambda b: b["panels"][0]["targets"][0].update(datasource={"type": "x", "uid": "other"}),
    "unit": lambda b: b["panels"][0]["fieldConfig"]["defaults"].update(unit="yuan"),
    "reducer": lambda b: b["panels"][0]["options"]["reduceOptions"].update(calcs=["lastest"]),
    "type": lambda b: b["panels"][0].update(type="graph"),
    "format does not suit": lambda b: b["panels"][0]["targets"][0].update(format=0),
    "format as grafanalib": lambda b: _series(b)["targets"][0].update(format="time_series"),
    "not portable": lambda b: _sql(b, lambda s: s + " AND $__dateFilter(day)"),
    "of a browser": lambda b: _sql(b, lambda s: s + " AND $__conditionalAll(x, $basis)"),
    "not declared": lambda b: _sql(b, lambda s: s + " AND station = ${station:singlequote}"),
    "in the order of time": lambda b: _series(b)["targets"][0].update(rawSql="SELECT now() AS time, 1 AS `n`"),
    "no such column": lambda b: _table(b)["fieldConfig"]["overrides"][0]["matcher"].update(options="起"),
    "no SQL": lambda b: _sql(b, lambda s: " "),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_found(name: str, boards: dict[str, JSON]) -> None:
    MISTAKES[name](boards["dashboards/fanzha-overview.json"])
    assert faults(boards)


def test_the_wall_has_no_variable(boards: dict[str, JSON]) -> None:
    wall = boards["dashboards/fanzha-wall.json"]
    wall["templating"]["list"] = boards["dashboards/fanzha-overview.json"]["templating"]["list"]
    assert any("variable" in fault for fault in faults({"fanzha-wall": wall}))


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r["data"][0]["model"].update(format=0),
        lambda r: r["data"][0]["model"].update(rawSql="SELECT ${basis} AS v"),
        lambda r: r.update(condition="D"),
        lambda r: r["data"][1]["model"].update(expression="Z"),
        lambda r: r.update(labels={"place": "{{ $labels.place }}"}),
        lambda r: r["data"][0].update(datasourceUid="other"),
    ],
)
def test_a_mistake_in_a_rule_is_found(change: Mistake, files: dict[str, str]) -> None:
    (group,) = yaml.safe_load(files["provisioning/alerting/fanzha.yaml"])["groups"]
    change(group["rules"][0])
    assert list(rule_faults(group))


_NUMBERS = ("UInt", "Int", "Float", "Decimal")
_TEXTS = ("String", "LowCardinality(String", "LowCardinality(Nullable(String")


def _is(kind: str, words: tuple[str, ...]) -> bool:
    return kind.removeprefix("Nullable(").startswith(words)


@pytest.mark.chdb
@pytest.mark.parametrize("board", BOARDS, ids=[board.uid for board in BOARDS])
def test_every_query_answers(board: Board, county: Warehouse, plan: Plan) -> None:
    made = dashboard(board, lambda ask, basis: sql_of(ask, plan, basis), plan.time_zone)
    for panel in made["panels"]:
        sql = expanded(panel["targets"][0]["rawSql"], SINCE, UNTIL, VALUES)
        rows, kinds = county.query(sql).rows, [row[1] for row in county.query(f"DESCRIBE TABLE ({sql})").rows]
        assert rows, panel["title"]
        numbers, texts = ([_is(kind, words) for kind in kinds] for words in (_NUMBERS, _TEXTS))
        if panel["type"] == "stat":
            told = texts if panel["options"]["reduceOptions"]["fields"] else numbers
            assert (len(rows), told) == (1, [True]), panel["title"]
        elif panel["type"] == "timeseries":
            assert kinds[0].startswith("DateTime")
            assert all(numbers[1:])
            assert [row[0] for row in rows] == sorted({row[0] for row in rows})
        elif panel["type"] == "barchart":
            assert texts[0]
            assert all(numbers[1:])
        else:
            assert all(map(any, zip(numbers, texts, strict=True))), "a day would be shown shifted, a list not at all"
    for variable in made["templating"]["list"]:
        if variable["type"] == "query":
            found = county.query(expanded(variable["query"]["rawSql"], SINCE, UNTIL)).rows
            assert VALUES[variable["name"]] in {code for code, _ in found}
            assert all(name for _, name in found)


@pytest.mark.chdb
def test_the_same_numbers_as_the_console(county: Warehouse, plan: Plan) -> None:
    """A tile of Grafana over a range is the console's question over the same days."""
    (board,) = (b for b in BOARDS if b.uid == "fanzha-station")
    made = dashboard(board, lambda ask, basis: sql_of(ask, plan, basis), plan.time_zone)
    said = {}
    for panel in made["panels"][1:6]:
        ((said[panel["title"]],),) = county.query(expanded(panel["targets"][0]["rawSql"], SINCE, UNTIL, VALUES)).rows
    where = {"level": ("station",), "place": (VALUES["station"],)}
    (row,) = answer(county, Question("rates", where, date(2026, 2, 1), date(2026, 2, 28)), plan, UNTIL).dicts()
    assert row["incidents"] > 0
    assert list(said.values()) == [
        row["incidents"], pytest.approx(row["loss_fen"] / 1e6, abs=0.005), f"{row['rate_per_10k']:.2f}",
        pytest.approx(row["recovered_fen"] / 1e6, abs=0.005), row["dissuaded"],
    ]  # fmt: skip


@pytest.mark.chdb
def test_every_board_says_what_its_numbers_are_of(county: Warehouse, plan: Plan) -> None:
    """Simulated data and the basis that is chosen, above everything else; where nothing is chosen, the plan's."""
    for board in BOARDS:
        made = dashboard(board, lambda ask, basis: sql_of(ask, plan, basis), plan.time_zone)
        (first, *_) = sorted(made["panels"], key=lambda panel: panel["gridPos"]["y"])
        chosen = VALUES | {"basis": "filed"}
        ((text,),) = county.query(expanded(first["targets"][0]["rawSql"], SINCE, UNTIL, chosen)).rows
        basis = "按立案时间" if any(v.name == "basis" for v in board.variables) else "按发案时间"
        assert text == f"演示数据 · {basis} · 数据截至 2026-02-28 23:59"


@pytest.mark.chdb
def test_a_board_without_data_says_no_date(warehouse: Warehouse, plan: Plan) -> None:
    made = dashboard(BOARDS[0], lambda ask, basis: sql_of(ask, plan, basis), plan.time_zone)
    assert warehouse.query(expanded(made["panels"][0]["targets"][0]["rawSql"], SINCE, UNTIL, VALUES)).rows == [("—",)]


def cut_short(board: dict[str, Any]) -> list[str]:
    """Panels that ask for more months than the range they are drawn over has."""
    return [
        panel["title"] for panel in board["panels"]
        if panel["type"] == "timeseries" and panel.get("timeFrom") != "now-12M/M"
    ]  # fmt: skip


def test_thirteen_months_are_seen_whatever_the_relative_range(plan: Plan) -> None:
    boards = [dashboard(board, lambda ask, basis: sql_of(ask, plan, basis), plan.time_zone) for board in BOARDS]
    assert [cut_short(board) for board in boards] == [[]] * len(boards)
    seen = next(board for board in boards if any(panel["type"] == "timeseries" for panel in board["panels"]))
    for panel in seen["panels"]:
        panel.pop("timeFrom", None)
    assert cut_short(seen) == [TREND.zh], "one that follows the page is found"


@pytest.mark.chdb
def test_unknown_people_are_told_and_not_ranked(county: Warehouse, plan: Plan) -> None:
    """Over a range that begins before any people were stated: on the tile, and on the table beside an empty rank."""
    before = datetime(2020, 1, 1, tzinfo=UTC)
    (row,) = answer(
        county, Question("rates", {"level": ("county",)}, before.date(), date(2026, 2, 28)), plan, UNTIL
    ).dicts()
    assert row["unknown_communities"] == row["communities"] > 100
    (board,) = (b for b in BOARDS if b.uid == "fanzha-overview")
    made = {
        panel["title"]: panel for panel in dashboard(board, lambda a, b: sql_of(a, plan, b), plan.time_zone)["panels"]
    }

    def asked(title: str, since: datetime) -> list[dict[str, Any]]:
        return county.query(expanded(made[title]["targets"][0]["rawSql"], since, UNTIL, VALUES)).dicts()

    ((text,),) = (row.values() for row in asked("万人发案数", before))
    assert text == f"—*（{row['communities']} 个社区人口未知）"
    for since, known in ((before, False), (SINCE, True)):
        places = [row for row in asked("派出所", since) if row["人口未知社区"] or row["名次"]]
        assert all((row["名次"] is not None) == (row["人口未知社区"] == 0) for row in places)
        assert {row["名次"] is not None for row in places} >= {known}


@pytest.mark.chdb
def test_rules_give_one_number_and_texts(county: Warehouse, plan: Plan) -> None:
    for rule in rules(plan):
        rows = county.query(expanded(rule.sql, UNTIL - timedelta(days=1), UNTIL)).dicts()
        assert all(set(row) <= {"place", "name", "value"} and isinstance(row["value"], NUMBERS) for row in rows)
        assert len({row.get("place", "") for row in rows}) == len(rows), "no label set twice"
        assert rows


@pytest.mark.chdb
def test_stations_of_one_name_and_stations_that_are_gone(county: Warehouse, plan: Plan) -> None:
    """The rule tells rows apart by code and says names; tables and choices tell them apart too."""
    names = {
        TWINS[0]: f"双名派出所（{TWINS[0]}）",
        TWINS[1]: f"双名派出所（{TWINS[1]}）",
        GONE: "旧址派出所（已并入双名派出所）",
    }
    rule = rules(plan)[0]
    rows = county.query(expanded(rule.sql, UNTIL - timedelta(minutes=10), UNTIL)).dicts()
    assert names.items() <= {row["place"]: row["name"] for row in rows}.items()
    assert "$labels.name" in rule.summary
    (board,) = (b for b in BOARDS if b.uid == "fanzha-overview")
    made = dashboard(board, lambda ask, basis: sql_of(ask, plan, basis), plan.time_zone)
    tables = {panel["title"]: panel["targets"][0]["rawSql"] for panel in made["panels"]}
    shown = [row[0] for row in county.query(expanded(tables[STATIONS.zh], SINCE, UNTIL, VALUES)).rows]
    assert len(set(shown)) == len(shown)
    assert set(names.values()) <= set(shown)


def test_macros_that_only_some_know_are_refused() -> None:
    with pytest.raises(UnknownMacro):
        expanded("SELECT $__timeGroup(t, 5m)", SINCE, UNTIL)
    assert expanded("${a:singlequote}", SINCE, UNTIL, {"a": "x'y"}) == "'x\\'y'"


@pytest.mark.parametrize("kind", CONTACTS)
def test_contact_points(kind: str) -> None:
    alerting = yaml.safe_load(built(default_plan()[0], Settings(), kind)["provisioning/alerting/fanzha.yaml"])
    (point,) = alerting["contactPoints"]
    (receiver,) = point["receivers"]
    assert receiver["type"] == kind
    assert "$FANZHA_ALERT_TO" in receiver["settings"].values(), "no secret in a file"
    assert alerting["policies"][0]["receiver"] == point["name"]


class Stub(BaseHTTPRequestHandler):
    """Grafana's HTTP API as far as it is used; what was asked is kept."""

    asked: ClassVar[list[tuple[str, str, Any]]]

    def _answer(self) -> None:
        size = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(size)) if size else None
        self.asked.append((self.command, self.path, body))
        status, said = self._said(body)
        text = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = _answer  # the names that the server calls

    def _said(self, body: Any) -> tuple[int, Any]:
        if self.headers["authorization"] != "Bearer good":
            return 401, {"message": "invalid API key"}
        if self.path == "/api/folders":
            return 412, {"message": "a folder with the same name already exists"}
        if self.path == "/api/dashboards/db":
            return 200, {"status": "success", "version": 3, "url": f"/d/{body['dashboard']['uid']}"}
        if self.path == "/api/ds/query":
            return 200, {"results": {"A": {"frames": [{"data": {"values": [[1, 2], [3, 4]]}}]}}}
        return 200, {"database": "ok", "version": "12.1.0", "status": "OK", "message": "Data source is working"}

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def stub() -> Iterator[tuple[str, list[tuple[str, str, Any]]]]:
    class Recording(Stub):
        asked: ClassVar[list[tuple[str, str, Any]]] = []

    server = ThreadingHTTPServer(("127.0.0.1", 0), Recording)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", Recording.asked
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.net
def test_push_is_recorded(stub: tuple[str, list[tuple[str, str, Any]]], files: dict[str, str]) -> None:
    url, asked = stub
    rows = list(Grafana(url, "good").push(files))
    assert [row["result"] for row in rows] == ["exists", *(f"success v3 /d/{board.uid}" for board in BOARDS)]
    assert [(method, path) for method, path, _ in asked] == [
        ("POST", "/api/folders"), *[("POST", "/api/dashboards/db")] * len(BOARDS)
    ]  # fmt: skip
    assert all(body["folderUid"] == "fanzha" and body["overwrite"] and "id" not in body["dashboard"]
               for _, path, body in asked if path.endswith("/db"))  # fmt: skip


@pytest.mark.net
def test_smoke_asks_every_panel(stub: tuple[str, list[tuple[str, str, Any]]], files: dict[str, str]) -> None:
    url, asked = stub
    rows = list(Grafana(url, "good").smoke(files))
    assert all(row["ok"] for row in rows)
    assert len(rows) == 2 + sum(1 + sum(len(row.tiles) for row in board.rows) for board in BOARDS)
    queries = [body for _, path, body in asked if path == "/api/ds/query"]
    assert queries
    assert all("${" not in body["queries"][0]["rawSql"] for body in queries)


@pytest.mark.net
def test_a_wrong_token_and_a_wrong_address_are_told(stub: tuple[str, Any], files: dict[str, str]) -> None:
    with pytest.raises(InputError, match="Unauthorized"):
        list(Grafana(stub[0], "bad").push(files))
    with pytest.raises(InputError, match="http://"):
        Grafana("grafana:3000", "good")
