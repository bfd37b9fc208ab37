"""Checks of generated dashboards and rules that need no Grafana: each names what is wrong and where. Pure.

What they cannot see, a real Grafana must show: `fanzha grafana smoke`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from dashboards.grafana.build import COLUMNS, JSON, SCHEMA, SOURCE
from dashboards.grafana.macros import PORTABLE, macros, variables

UNITS = frozenset({"none", "percent"})
REDUCERS = frozenset({"lastNotNull", "last", "sum", "max", "mean"})
KINDS = frozenset({"stat", "table", "barchart", "timeseries"})
_UID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_COLUMN = re.compile(r" AS `([^`]+)`")
_BARE = re.compile(r"\$__(?:timeFilter|dateFilter)\w*\(")


def faults(boards: Mapping[str, JSON], *, free: Iterable[str] = ("fanzha-wall",)) -> list[str]:
    """Everything wrong with these dashboards; `free` are those that must have no variable."""
    found = [f"{name}: {what}" for name, board in boards.items() for what in _board(board, name in set(free))]
    titles = [str(board.get("title")) for board in boards.values()]
    return found + [f"{title}: 标题重复 / title twice" for title in sorted({t for t in titles if titles.count(t) > 1})]


def rule_faults(group: JSON) -> Iterator[str]:
    """Rules are evaluated where nobody chooses: no variable, one data source, an order of refs that exists."""
    for rule in group["rules"]:
        name = rule.get("uid", "?")
        if not _UID.fullmatch(str(name)):
            yield f"{name}: uid"
        refs = {query["refId"] for query in rule["data"]}
        if rule["condition"] not in refs:
            yield f"{name}: condition {rule['condition']} 不存在 / does not exist"
        for query in rule["data"]:
            model = query["model"]
            if query["datasourceUid"] == SOURCE["uid"]:
                yield from (f"{name}: {what}" for what in _sql(model.get("rawSql", ""), model.get("format"), free=True))
                if model.get("format") != 1:
                    yield f"{name}: 规则应查表（format 1）/ a rule asks a table"
            elif query["datasourceUid"] != "__expr__":
                yield f"{name}: 未知数据源 / unknown data source {query['datasourceUid']}"
            elif model["expression"] not in refs:
                yield f"{name}: expression {model['expression']} 不存在 / does not exist"
        if "$labels" in str(rule.get("labels", "")):
            yield f"{name}: 标签中的 $labels 会变空 / becomes empty in labels"


def _board(board: JSON, free: bool) -> Iterator[str]:
    if not _UID.fullmatch(str(board.get("uid", ""))):
        yield f"uid {board.get('uid')!r}"
    if board.get("schemaVersion") != SCHEMA or "id" in board:
        yield "schemaVersion 或 id / schemaVersion or id"
    if board.get("timezone") in {None, "", "browser", "utc"}:  # days are those of the plan, whoever looks
        yield "时区 / timezone"
    declared = {v["name"] for v in board["templating"]["list"]}
    if free and declared:
        yield f"不应有变量 / must have no variable: {sorted(declared)}"
    ids = [panel["id"] for panel in board["panels"]]
    if len(set(ids)) != len(ids):
        yield "面板编号重复 / panel id twice"
    yield from _grid(board["panels"])
    for panel in board["panels"]:
        yield from (f"{panel['title']}: {what}" for what in _panel(panel, declared, free))
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            yield from (f"${variable['name']}: {what}" for what in _sql(variable["query"]["rawSql"], 1, free=True))


def _grid(panels: list[JSON]) -> Iterator[str]:
    for panel in panels:
        place = panel["gridPos"]
        if place["x"] + place["w"] > COLUMNS or min(place["w"], place["h"]) < 1:
            yield f"{panel['title']}: 超出版面 / beyond the grid"
    for one, other in combinations(panels, 2):
        a, b = one["gridPos"], other["gridPos"]
        beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        if not (beside or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]):
            yield f"{one['title']} 与 {other['title']} 重叠 / overlap"


def _panel(panel: JSON, declared: set[str], free: bool) -> Iterator[str]:
    kind, targets = panel["type"], panel["targets"]
    if kind not in KINDS:
        yield f"类型 / type {kind!r}"
    if panel.get("datasource") != SOURCE or any(t.get("datasource") != SOURCE for t in targets):
        yield "数据源 / data source"
    refs = [t.get("refId") for t in targets]
    if len(set(refs)) != len(refs):
        yield "refId 重复 / twice"
    config = panel["fieldConfig"]
    written = [config["defaults"].get("unit")]
    written += [p["value"] for o in config["overrides"] for p in o["properties"] if p["id"] == "unit"]
    if unknown := {unit for unit in written if unit not in UNITS}:
        yield f"单位 / unit {unknown}"
    if kind == "stat" and not set(panel["options"]["reduceOptions"]["calcs"]) <= REDUCERS:
        yield "汇总方式 / reducer"
    for target in targets:
        sql, series = target.get("rawSql", ""), kind == "timeseries"
        if (target.get("format"), target.get("queryType")) != ((0, "timeseries") if series else (1, "table")):
            yield "format 与类型不符 / format does not suit the type"
        yield from _sql(sql, target.get("format"), free=free)
        if missing := variables(sql) - declared:
            yield f"未声明的变量 / variable not declared: {sorted(missing)}"
        columns = set(_COLUMN.findall(sql))
        for override in config["overrides"]:
            if override["matcher"]["options"] not in columns:
                yield f"没有这一列 / no such column: {override['matcher']['options']}"


def _sql(sql: str, form: object, *, free: bool) -> Iterator[str]:
    if not sql.strip():
        yield "没有 SQL / no SQL"
    if unknown := macros(sql) - set(PORTABLE):
        yield f"不可移植的宏 / macro that is not portable: {sorted(unknown)}"
    if _BARE.search(sql) and re.search(r"\b(?:NOT|OR)\b", sql):
        yield "宏没有括号，旁边有 NOT 或 OR / a filter without brackets beside NOT or OR"
    if free and variables(sql):
        yield f"这里不能用变量 / no variable can be used here: {sorted(variables(sql))}"
    if form == 0 and not re.search(r"\bORDER BY time\b", sql):
        yield "序列须 ORDER BY time / a series is in the order of time"
