"""Boards to the JSON that Grafana reads (classic form, schema 42), with the plugin's queries in it.

In: boards, and a function that makes SQL of an ask. Out: plain dicts. Invariant: no id of a database, no clock, so the
same boards give the same bytes. Colours mean what they mean everywhere: information blue, nothing else.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from dashboards.grafana.ask import Ask, Shown
from dashboards.grafana.boards import STANDS, Board, Row, Tile, Variable
from dashboards.theme import DESK, WALL

JSON = dict[str, Any]
SqlOf = Callable[[Ask, bool], str]
SOURCE: JSON = {"type": "grafana-clickhouse-datasource", "uid": "fanzha-clickhouse"}
PLUGIN = "4.20.0"
SCHEMA = 42
COLUMNS = 24
_DECIMALS = {"count": 0, "rank": 0, "wan_yuan": 2, "rate": 2, "share": 1}


def target(sql: str, *, series: bool = False) -> JSON:
    """One query as the plugin's editor writes it; format 0 is a series, 1 a table."""
    return {
        "refId": "A", "datasource": SOURCE, "editorType": "sql", "pluginVersion": PLUGIN,
        "queryType": "timeseries" if series else "table", "format": 0 if series else 1, "rawSql": sql,
    }  # fmt: skip


def dashboard(board: Board, sql_of: SqlOf, zone: str) -> JSON:
    """`sql_of(ask, with_basis)`: whether the page has a choice of counting basis; `zone` is that of its times."""
    with_basis = any(variable.name == "basis" for variable in board.variables)
    theme = WALL if board.dark else DESK
    return {
        "uid": board.uid, "title": board.title, "tags": ["fanzha"], "timezone": zone, "weekStart": "monday",
        "schemaVersion": SCHEMA, "version": 1, "editable": False, "graphTooltip": 0, "refresh": board.refresh,
        "time": {"from": board.since, "to": board.until}, "timepicker": {}, "links": [], "annotations": {"list": []},
        "templating": {"list": [_variable(v, sql_of) for v in board.variables]},
        "panels": list(_panels((STANDS, *board.rows), lambda ask: sql_of(ask, with_basis), theme.info)),
    }  # fmt: skip


def _panels(rows: Iterable[Row], sql_of: Callable[[Ask], str], colour: str) -> Iterator[JSON]:
    top, number = 0, 0
    for row in rows:
        left = 0
        for tile in row.tiles:
            number += 1
            place = {"x": left, "y": top, "w": tile.width, "h": row.height}
            yield _panel(number, tile, place, sql_of(tile.ask), colour)
            left += tile.width
        top += row.height


def _panel(number: int, tile: Tile, place: JSON, sql: str, colour: str) -> JSON:
    kind, options = _DRAWN[tile.kind]
    return {
        "id": number, "type": kind, "title": tile.title, "description": tile.note, "gridPos": place,
        "datasource": SOURCE, "targets": [target(sql, series=tile.kind == "series")],
        "fieldConfig": {
            "defaults": {
                "color": {"mode": "fixed", "fixedColor": colour}, "noValue": "—", **_written(tile.ask.shown[-1]),
                "mappings": [], "thresholds": {"mode": "absolute", "steps": [{"value": None, "color": colour}]},
            },
            "overrides": [_override(column) for column in tile.ask.shown if column.unit and tile.kind == "table"],
        },
        "options": options, **_own_range(tile.ask.months),
    }  # fmt: skip


def _own_range(months: int) -> JSON:
    """So many months up to now, told in the panel's head: Grafana would cut a series to the page's range.

    Limit: where a page is asked for by two dates Grafana leaves this out, and the series is cut.
    """
    return {"timeFrom": f"now-{months - 1}M/M"} if months else {}


def _written(column: Shown) -> JSON:
    if column.unit is None:
        return {"unit": "none"}
    return {"unit": "percent" if column.unit == "share" else "none", "decimals": _DECIMALS[column.unit]}


def _override(column: Shown) -> JSON:
    properties = [{"id": name, "value": value} for name, value in _written(column).items()]
    return {"matcher": {"id": "byName", "options": column.title}, "properties": properties}


_LAST = {"calcs": ["lastNotNull"], "fields": "", "values": False}
_STAT = {
    "reduceOptions": _LAST, "orientation": "auto", "textMode": "value", "colorMode": "none", "graphMode": "none",
    "justifyMode": "auto",
}  # fmt: skip
_LEGEND = {"displayMode": "list", "placement": "bottom", "showLegend": False, "calcs": []}
_TOOLTIP = {"mode": "single", "sort": "none"}
_DRAWN: dict[str, tuple[str, JSON]] = {
    "stat": ("stat", _STAT),
    "text": ("stat", _STAT | {"reduceOptions": _LAST | {"fields": "/.*/"}}),  # texts are shown only where asked for
    "table": ("table", {"showHeader": True, "cellHeight": "sm"}),
    "bars": ("barchart", {
        "orientation": "horizontal", "showValue": "always", "stacking": "none", "groupWidth": 0.7, "barWidth": 0.9,
        "xTickLabelRotation": 0, "xTickLabelSpacing": 0, "legend": _LEGEND, "tooltip": _TOOLTIP,
    }),
    "series": ("timeseries", {"legend": _LEGEND, "tooltip": _TOOLTIP}),
}  # fmt: skip


def _variable(variable: Variable, sql_of: SqlOf) -> JSON:
    named: JSON = {"name": variable.name, "label": variable.label, "multi": False, "includeAll": False, "hide": 0}
    if variable.ask is None:
        values: list[JSON] = [{"text": text, "value": value, "selected": False} for value, text in variable.choices]
        values[0]["selected"] = True
        query = ",".join(f"{text} : {value}" for value, text in variable.choices)
        current = {"text": values[0]["text"], "value": values[0]["value"]}
        return {**named, "type": "custom", "query": query, "options": values, "current": current}
    query_ = {"refId": variable.name, "queryType": "sql", "rawSql": sql_of(variable.ask, False)}
    return {**named, "type": "query", "datasource": SOURCE, "query": query_, "refresh": 1, "sort": 0, "options": []}
