"""The panels, once, as data: what a screen shows, from which figure, and what it says beneath.

The console draws them, and generated dashboards are made from the same values. A panel names a figure and measures of
it; where the screen stands (place, period, basis, as known at) is added by whoever asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from dashboards.formats import Better, Unit

Form = Literal["tile", "table", "bars", "trend", "list"]


_NOWHERE: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Measure:
    """One number: a column of a figure, how it is written, and what a rise means.

    `where` are fixed conditions of the number, whatever panel shows it.
    """

    figure: str
    column: str
    zh: str
    en: str
    unit: Unit
    unit_zh: str
    unit_en: str
    better: Better = "neither"
    where: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NOWHERE)


@dataclass(frozen=True, slots=True)
class Panel:
    """`level`: rows of which places; empty for the place of the screen. `by`: what rows are grouped by instead.

    The first measure is the panel's own: rows are sorted by it. `counts_zh` and `counts_en` say what is counted;
    `compared` whether the first measure stands beside last year's.
    """

    id: str
    zh: str
    en: str
    form: Form
    measures: tuple[Measure, ...]
    counts_zh: str
    counts_en: str
    level: str = ""
    by: tuple[str, ...] = ()
    compared: bool = False

    @property
    def head(self) -> Measure:
        return self.measures[0]


_TOGETHER = MappingProxyType({"audience": ("",)})  # all audiences, each person and household once

INCIDENTS = Measure("rates", "incidents", "发案数", "incidents", "count", "起", "", "down")
LOSS = Measure("rates", "loss_fen", "经济损失", "loss", "wan_yuan", "万元", "CNY 10k", "down")
RATE = Measure("rates", "rate_per_10k", "万人发案数", "per 10,000", "rate", "起/万人", "", "down")
RANK = Measure("rates", "rank_per_10k", "名次", "rank", "rank", "", "")
RECOVERED = Measure("rates", "recovered_fen", "追回", "recovered", "wan_yuan", "万元", "CNY 10k", "up")
DISSUADED = Measure("rates", "dissuaded", "劝阻成功", "dissuaded", "count", "起", "", "up")
DAY = Measure("rolling", "incidents_24h", "近 24 小时", "last 24 h", "count", "起", "", "down")
WEEK = Measure("rolling", "incidents_7d", "近 7 天", "last 7 days", "count", "起", "", "down")
MONTH = Measure("rolling", "incidents_30d", "近 30 天", "last 30 days", "count", "起", "", "down")
SPLIT = Measure("incidents", "incidents", "发案数", "incidents", "count", "起", "", "down")
SPLIT_LOSS = Measure("incidents", "loss_fen", "经济损失", "loss", "wan_yuan", "万元", "CNY 10k", "down")
VISITED = Measure("coverage", "visited", "入户户数", "households visited", "count", "户", "", "up", _TOGETHER)
VISITED_SHARE = Measure("coverage", "visited_share", "入户覆盖率", "of households", "share", "", "", "up", _TOGETHER)
SLIPS = Measure("coverage", "visit_receipts", "入户回执", "receipts of visits", "count", "张", "", "up", _TOGETHER)
REACHED_PEOPLE = Measure("coverage", "people", "覆盖人数", "people", "count", "人", "", "up", _TOGETHER)
PEOPLE_SHARE = Measure("coverage", "people_share", "覆盖率·人", "of people", "share", "", "", "up", _TOGETHER)
REACHED_HOUSEHOLDS = Measure("coverage", "households", "覆盖户数", "households", "count", "户", "", "up", _TOGETHER)
REACHED_SHARE = Measure("coverage", "households_share", "覆盖率·户", "of households", "share", "", "", "up", _TOGETHER)
RECEIPTS = Measure("coverage", "receipts", "回执", "receipts", "count", "张", "", "up", _TOGETHER)

_COUNTED = "计入发案数的警情，劝阻成功、已撤、已并的不计"
_COUNTED_EN = "incidents that count; dissuaded, withdrawn and merged ones do not"
_ROLLING = "滚动窗口，精确到秒，不受所选期间影响"
_ROLLING_EN = "rolling windows to the second, whatever the period"
_RECEIPTS = "不同的人和户，不是回执张数；作废、存疑、退回及入户而未当面讲授的不计；— 为应覆盖数未知（未导入名册或人口）"
_RECEIPTS_EN = (
    "distinct people and households, not slips; voided, queried and unexplained ones do not count; "
    "— where it is unknown how many are due (no roster or population imported)"
)
_VISITED, _VISITED_EN = "；入户覆盖率从年初或所选首日起", "; households visited since 1 January or the first day chosen"
_HOMES = _COUNTED + "；按居住社区计，派出所按受理所计，两者可能不等" + _VISITED
_HOMES_EN = _COUNTED_EN + "; by community of residence, while stations count what they took" + _VISITED_EN
_TOWNS, _TOWNS_EN = _COUNTED + _VISITED, _COUNTED_EN + _VISITED_EN
_PLACES = _COUNTED + "；近 24 小时滚动计" + _VISITED
_PLACES_EN = _COUNTED_EN + "; the last 24 hours to the second" + _VISITED_EN

TILES = (
    Panel("incidents", "发案数", "Incidents", "tile", (INCIDENTS,), _COUNTED, _COUNTED_EN, compared=True),
    Panel("loss", "经济损失", "Loss", "tile", (LOSS,), _COUNTED, _COUNTED_EN, compared=True),
    Panel("rate", "万人发案数", "Incidents per 10,000", "tile", (RATE,), _COUNTED, _COUNTED_EN, compared=True),
    Panel("recovered", "追回", "Recovered", "tile", (RECOVERED,), "已返还的金额", "money returned", compared=True),
    Panel("dissuaded", "劝阻成功", "Dissuaded", "tile", (DISSUADED,), "不计入发案数", "not among the incidents",
          compared=True),
    Panel("rolling", "近 24 小时发案", "Last 24 hours", "tile", (DAY, WEEK, MONTH), _ROLLING, _ROLLING_EN),
    Panel("households", "入户覆盖率", "Households visited", "tile", (VISITED_SHARE, VISITED), _RECEIPTS,
          _RECEIPTS_EN),
    Panel("receipts", "入户回执", "Receipts of visits", "tile", (SLIPS,), "入户宣传中计数的回执", "those that count"),
)  # fmt: skip
TREND = Panel("trend", "发案数 13 个月走势", "Incidents, 13 months", "trend", (SPLIT,), _COUNTED, _COUNTED_EN,
              by=("month",))  # fmt: skip
CATEGORIES = Panel("categories", "类别", "Categories", "bars", (SPLIT, SPLIT_LOSS), _COUNTED, _COUNTED_EN,
                   by=("category",))  # fmt: skip
AUDIENCES = Panel("audiences", "宣传覆盖", "Coverage", "table",
                  (REACHED_PEOPLE, PEOPLE_SHARE, REACHED_HOUSEHOLDS, REACHED_SHARE, RECEIPTS), _RECEIPTS, _RECEIPTS_EN,
                  by=("audience",))  # fmt: skip
ALERTS = Panel("alerts", "预警", "Alerts", "list", (), "方案规定的规则在这些天发出的", "said by the rules of the plan")
STATIONS = Panel("stations", "派出所", "Stations", "table", (INCIDENTS, LOSS, RATE, RANK, DAY, VISITED_SHARE),
                 _PLACES, _PLACES_EN, level="station", compared=True)  # fmt: skip
TOWNSHIPS = Panel("townships", "乡镇", "Townships", "table", (INCIDENTS, LOSS, RATE, RANK, VISITED_SHARE), _TOWNS,
                  _TOWNS_EN, level="township", compared=True)  # fmt: skip
COMMUNITIES = Panel("communities", "社区（村）", "Communities", "table", (INCIDENTS, LOSS, RATE, VISITED_SHARE),
                    _HOMES, _HOMES_EN, level="community", compared=True)  # fmt: skip
PANELS: Mapping[str, Panel] = MappingProxyType(
    {p.id: p for p in (*TILES, TREND, CATEGORIES, AUDIENCES, STATIONS, TOWNSHIPS, COMMUNITIES)}
)
