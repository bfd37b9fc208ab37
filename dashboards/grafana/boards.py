"""Which dashboards there are, and what stands where on each: data, from the same panels as the console.

A row is a height and panels with widths; a page has 24 columns. Tiles are single numbers, tables have one row a place.
"""

from dataclasses import dataclass, replace
from typing import Literal

from dashboards import labels
from dashboards import panels as p
from dashboards.grafana.ask import Ask, Shown, marked, shown
from dashboards.panels import Measure, Panel
from schemas import BASES

Kind = Literal["stat", "text", "table", "bars", "series"]
FOLDER, FOLDER_UID = "反诈宣传", "fanzha"


@dataclass(frozen=True, slots=True)
class Tile:
    """A panel on a page: its title, what it asks, how it is drawn, what it counts."""

    title: str
    kind: Kind
    ask: Ask
    note: str
    width: int


@dataclass(frozen=True, slots=True)
class Row:
    height: int
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """A choice at the top of a page. With an ask, its values are the first column and its labels the second."""

    name: str
    label: str
    ask: Ask | None = None
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Board:
    uid: str
    title: str
    rows: tuple[Row, ...]
    variables: tuple[Variable, ...] = ()
    since: str = "now/M"
    until: str = "now"
    refresh: str = "30s"
    dark: bool = False


BASIS = Variable("basis", "统计口径", choices=tuple((code, labels.name(code, "zh")) for code in BASES))


def _places(level: str) -> Ask:
    columns = (Shown("code", "code"), Shown("label", "label"))
    return Ask("place", columns, {"level": f"'{level}'"}, order="label, code")


STATION = Variable("station", "派出所", replace(_places(""), where={"type": "'station.registered'"}))
TOWNSHIP = Variable("township", "乡镇", _places("township"))


def _where(measure: Measure, level: str, place: str) -> dict[str, str]:
    """The conditions that put a number at a place."""
    fixed = {name: ", ".join(f"'{value}'" for value in values) for name, values in measure.where.items()}
    if measure.figure in ("rates", "coverage"):
        return {"level": f"'{level}'", **({"place": place} if place else {}), **fixed}
    return {**({level: place} if place else {}), **fixed}


def tile(panel: Panel, level: str = "county", place: str = "", width: int = 6) -> Tile:
    """A number at a place. Rolling windows are sums over stations; a rate says of how many it does not know."""
    head = panel.head
    column = shown(head)
    if head.unit == "rate":
        column = marked(head)
    if head.figure == "rolling":
        column = replace(column, sql=f"sum({column.sql})")
    kind: Kind = "text" if column.unit is None else "stat"
    year = head.figure == "coverage"
    ask = Ask(head.figure, (column,), _where(head, level, place), year=year)
    return Tile(panel.zh, kind, ask, panel.counts_zh + ("；自年初" if year else ""), width)


def places(panel: Panel, level: str, width: int) -> Tile:
    """One row for each place of a level, with how many of its communities have no known people: it has no rank then."""
    unknown = Shown("unknown_communities", "人口未知社区", "count")
    columns = (*(shown(m) for m in panel.measures if m.figure == "rates"), unknown)
    ask = Ask("rates", columns, {"level": f"'{level}'"}, names="place", order=f"{columns[0].sql} DESC")
    return Tile(panel.zh, "table", ask, panel.counts_zh, width)


def trend(level: str = "county", place: str = "", width: int = 12) -> Tile:
    head = p.TREND.head
    ask = Ask(
        head.figure, (shown(head),), _where(head, level, place), ("month",),
        time="toDateTime(concat(month, '-01 00:00:00'), {zone:String})", months=13,
    )  # fmt: skip
    return Tile(p.TREND.zh, "series", ask, p.TREND.counts_zh, width)


def categories(level: str = "county", place: str = "", width: int = 12) -> Tile:
    head = p.CATEGORIES.head
    columns = (Shown("{category}", "类别"), *map(shown, p.CATEGORIES.measures))
    ask = Ask(head.figure, columns, _where(head, level, place), ("category",), order="incidents DESC", limit=12)
    return Tile(p.CATEGORIES.zh, "bars", ask, p.CATEGORIES.counts_zh, width)


def covered(title: str, level: str, width: int, measures: tuple[Measure, ...], key: Shown | None = None) -> Tile:
    """Households visited in each place of a level, or coverage by audience."""
    where = {"level": f"'{level}'"} | ({} if key else {"audience": "''"})
    columns = (*((key,) if key else ()), *map(shown, measures))
    order = "households DESC" if key else "visited_share DESC"
    ask = Ask("coverage", columns, where, names="" if key else "place", order=order)
    return Tile(title, "table", ask, p.AUDIENCES.counts_zh, width)


def listed(
    title: str, figure: str, columns: tuple[Shown, ...], width: int, note: str, order: str = "", names: str = ""
) -> Tile:
    return Tile(title, "table", Ask(figure, columns, names=names, order=order, limit=200), note, width)


_HEAD = (Row(4, tuple(tile(panel) for panel in p.TILES[:4])), Row(4, tuple(tile(panel) for panel in p.TILES[4:])))
_OF_HOUSEHOLDS = (p.VISITED, p.VISITED_SHARE, p.SLIPS)
_AUDIENCE = Shown("if(audience = '', '全部受众', {audience})", "受众")
_STATION = "${station:singlequote}"
_ALERTS = listed(
    "预警", "alerts",
    (Shown("toString(day)", "日期"), Shown("{rule}", "规则"), Shown("threshold", "阈值", "count")),
    12, "同一规则、地点、日子只有一条", "day DESC", "place",
)  # fmt: skip

_BASES = ", ".join(f"'{code}'" for code in BASES), ", ".join(f"'{labels.name(code, 'zh')}'" for code in BASES)
# At the top of every board: what its numbers are of.
STANDS = Row(2, (Tile(
    "数据与统计口径", "text",
    Ask("freshness", (Shown(
        "if(count() = 0, '—', concat(if(max(simulated), '演示数据 · ', ''), "
        f"transform({{basis:String}}, [{_BASES[0]}], [{_BASES[1]}], ''), "
        "' · 数据截至 ', formatDateTime(max(recorded), '%Y-%m-%d %H:%i', {zone:String})))", "数据",
    ),)),
    "演示数据是模拟的；统计口径由方案规定，有选项的页面可以另选", 24,
),))  # fmt: skip

BOARDS: tuple[Board, ...] = (
    Board("fanzha-overview", "领导总览", (
        *_HEAD,
        Row(9, (trend(), categories())),
        Row(12, (places(p.STATIONS, "station", 12), places(p.TOWNSHIPS, "township", 12))),
    ), (BASIS,)),
    Board("fanzha-station", "派出所", (
        Row(4, tuple(tile(panel, "station", _STATION) for panel in p.TILES[:4])),
        Row(4, tuple(tile(panel, "station", _STATION) for panel in p.TILES[4:])),
        Row(9, (trend("station", _STATION), categories("station", _STATION))),
    ), (BASIS, STATION)),
    Board("fanzha-places", "乡镇社区", (
        Row(4, tuple(tile(panel, "township", "${township:singlequote}") for panel in p.TILES[:4])),
        Row(9, (trend("township", "${township:singlequote}"), categories("township", "${township:singlequote}"))),
        Row(14, (places(p.TOWNSHIPS, "township", 12), places(p.COMMUNITIES, "community", 12))),
    ), (BASIS, TOWNSHIP)),
    Board("fanzha-coverage", "宣传覆盖", (
        Row(8, (covered("各类受众", "county", 24, p.AUDIENCES.measures, _AUDIENCE),)),
        Row(12, (covered("派出所入户覆盖", "station", 12, _OF_HOUSEHOLDS),
                 covered("乡镇入户覆盖", "township", 12, _OF_HOUSEHOLDS))),
        Row(14, (covered("社区（村）入户覆盖", "community", 24, _OF_HOUSEHOLDS),)),
    ), since="now/y"),
    Board("fanzha-operations", "运行", (
        Row(8, (
            listed("各主题的新鲜度", "freshness", (
                Shown("topic", "主题"), Shown("events", "记录数", "count"), Shown("toString(recorded)", "最近知悉"),
                Shown("waiting", "待统计", "count"),
            ), 12, "recorded 是最近一条的知悉时刻；waiting 是已入库、尚未进入统计的位置数"),
            _ALERTS,
        )),
        Row(12, (listed("未能计数的记录", "rejected", (
            Shown("topic", "主题"), Shown("part", "分区", "count"), Shown("off", "位置", "count"),
            Shown("reason", "原因"), Shown("detail", "说明"), Shown("toString(appended)", "入库时刻"),
        ), 24, "坏记录，及同一编号下的另一内容", "appended DESC"),)),
    ), refresh="10s"),
    Board("fanzha-wall", "大屏", (
        *_HEAD,
        Row(9, (trend(), categories())),
        Row(10, (places(p.STATIONS, "station", 12), _ALERTS)),
    ), refresh="5s", dark=True),
)  # fmt: skip
