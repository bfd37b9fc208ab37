"""The panels, once, as data: what a screen shows, from which figure, and what it says beneath.

The console draws them, and generated dashboards are made from the same values. A panel names a figure and measures of
it; where the screen stands (place, period, basis, as known at) is added by whoever asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from dashboards.formats import Better, Unit

Form = Literal["tile", "table", "bars", "trend"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of a panel: a column of the figure, how it is written, and what a rise means."""

    column: str
    zh: str
    en: str
    unit: Unit
    unit_zh: str
    unit_en: str
    better: Better = "neither"


@dataclass(frozen=True, slots=True)
class Panel:
    """`level`: rows of which places; empty for the place of the screen. `by`: what rows are grouped by instead.

    `where` are fixed conditions. `counts_zh` and `counts_en` say what is counted.
    """

    id: str
    zh: str
    en: str
    figure: str
    form: Form
    measures: tuple[Measure, ...]
    counts_zh: str
    counts_en: str
    level: str = ""
    by: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


INCIDENTS = Measure("incidents", "发案数", "incidents", "count", "起", "", "down")
LOSS = Measure("loss_fen", "经济损失", "loss", "wan_yuan", "万元", "CNY 10k", "down")
RATE = Measure("rate_per_10k", "万人发案数", "incidents per 10,000", "rate", "起/万人", "", "down")
RECOVERED = Measure("recovered_fen", "追回", "recovered", "wan_yuan", "万元", "CNY 10k", "up")
DISSUADED = Measure("dissuaded", "劝阻成功", "dissuaded", "count", "起", "", "up")
LAST_DAY = Measure("incidents_24h", "近 24 小时发案", "last 24 hours", "count", "起", "", "down")
HOUSEHOLDS = Measure("households", "已覆盖户数", "households covered", "count", "户", "", "up")
HOUSEHOLDS_SHARE = Measure("households_share", "入户覆盖率", "share of households", "share", "", "", "up")
PEOPLE = Measure("people", "已覆盖人数", "people covered", "count", "人", "", "up")
PEOPLE_SHARE = Measure("people_share", "人员覆盖率", "share of people", "share", "", "", "up")
RECEIPTS = Measure("receipts", "计数回执", "receipts counted", "count", "张", "", "up")

_COUNTED = "计入发案数的警情，劝阻成功、已撤、已并的不计"
_COUNTED_EN = "incidents that count; dissuaded, withdrawn and merged ones do not"
_RECEIPTS = "本年度不同的人和户，不是回执张数；作废、存疑、退回及未当面讲授的不计"
_RECEIPTS_EN = (
    "distinct people and households of the year, not slips; voided, queried and unexplained ones do not count"
)

TILES = (
    Panel("incidents", "发案数", "Incidents", "rates", "tile", (INCIDENTS,), _COUNTED, _COUNTED_EN),
    Panel("loss", "经济损失", "Loss", "rates", "tile", (LOSS,), _COUNTED, _COUNTED_EN),
    Panel("rate", "万人发案数", "Incidents per 10,000", "rates", "tile", (RATE,), _COUNTED, _COUNTED_EN),
    Panel("recovered", "追回", "Recovered", "rates", "tile", (RECOVERED,), "已返还的金额", "money returned"),
    Panel("dissuaded", "劝阻成功", "Dissuaded", "rates", "tile", (DISSUADED,), "不计入发案数",
          "not among the incidents"),
    Panel("households", "已覆盖户数", "Households covered", "coverage", "tile", (HOUSEHOLDS,), _RECEIPTS, _RECEIPTS_EN,
          where=MappingProxyType({"audience": ("household",)})),
)  # fmt: skip
TREND = Panel("trend", "发案数 13 个月走势", "Incidents, 13 months", "incidents", "trend", (INCIDENTS,),
              _COUNTED, _COUNTED_EN, by=("month",))  # fmt: skip
CATEGORIES = Panel("categories", "类别", "Categories", "incidents", "bars", (INCIDENTS, LOSS), _COUNTED, _COUNTED_EN,
                   by=("category",))  # fmt: skip
AUDIENCES = Panel("audiences", "宣传覆盖", "Coverage", "coverage", "table",
                  (PEOPLE, PEOPLE_SHARE, HOUSEHOLDS, HOUSEHOLDS_SHARE, RECEIPTS), _RECEIPTS, _RECEIPTS_EN,
                  by=("audience",))  # fmt: skip
STATIONS = Panel("stations", "派出所", "Stations", "rates", "table", (INCIDENTS, LOSS, RATE), _COUNTED, _COUNTED_EN,
                 level="station")  # fmt: skip
TOWNSHIPS = Panel("townships", "乡镇", "Townships", "rates", "table", (INCIDENTS, LOSS, RATE), _COUNTED, _COUNTED_EN,
                  level="township")  # fmt: skip
COMMUNITIES = Panel("communities", "社区（村）", "Communities", "rates", "table", (INCIDENTS, LOSS, RATE), _COUNTED,
                    _COUNTED_EN, level="community")  # fmt: skip
ROLLING = Panel("rolling", "近 24 小时", "Last 24 hours", "rolling", "tile", (LAST_DAY,), "滚动 24 小时，精确到秒",
                "the last 24 hours, to the second")  # fmt: skip
PANELS: Mapping[str, Panel] = MappingProxyType(
    {p.id: p for p in (*TILES, ROLLING, TREND, CATEGORIES, AUDIENCES, STATIONS, TOWNSHIPS, COMMUNITIES)}
)
