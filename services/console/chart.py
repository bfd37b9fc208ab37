"""The trend as ECharts options: this year in information blue, last year grey and dashed, labelled at their ends.

Bars and lines start at zero; a month nothing is known of is a gap.
"""

from collections.abc import Callable
from typing import Any

from dashboards.theme import FONT, Theme
from services.console.desk import Trend


def trend_options(trend: Trend, theme: Theme, t: Callable[[str, str], str]) -> dict[str, Any]:
    this, last = t("近 13 个月", "this"), t("去年同月", "last year")
    axis = {"axisLine": {"lineStyle": {"color": theme.line}}, "axisTick": {"show": False}}
    return {
        "animationDuration": 300,
        "textStyle": {"fontFamily": FONT, "color": theme.text},
        "grid": {"left": 34, "right": 66, "top": 16, "bottom": 24},
        "tooltip": {"trigger": "axis"},
        "aria": {"enabled": True},
        "xAxis": {"type": "category", "data": [_short(m) for m in trend.months], **axis,
                  "axisLabel": {"color": theme.muted}},
        "yAxis": {"type": "value", "min": 0, "minInterval": 1, "splitLine": {"lineStyle": {"color": theme.line}},
                  "axisLabel": {"color": theme.muted}},
        "series": [
            {**_line(last, trend.last, theme.last_year), "symbol": "none",
             "lineStyle": {"type": "dashed", "color": theme.last_year, "width": 1.5}},
            {**_line(this, trend.this, theme.info), "symbolSize": 6, "label": {"show": True, "color": theme.text},
             "lineStyle": {"color": theme.info, "width": 2.5}},
        ],
    }  # fmt: skip


def _line(name: str, data: tuple[int | None, ...], colour: str) -> dict[str, Any]:
    end = {"show": True, "formatter": "{a}", "fontSize": 12, "color": colour}
    return {"name": name, "type": "line", "data": list(data), "endLabel": end, "itemStyle": {"color": colour}}


def _short(month: str) -> str:
    """25-12: the year in two digits."""
    return month[2:]
