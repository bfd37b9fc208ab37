"""The trend as ECharts options: this year in information blue, last year grey and dashed, labelled at their ends.

Lines start at zero; a month nothing is known of is a gap.
"""

from collections.abc import Callable, Sequence
from typing import Any

from dashboards.theme import FONT, Theme
from services.console.values import Trend


def trend_options(trend: Trend, theme: Theme, t: Callable[[str, str], str]) -> dict[str, Any]:
    this, last = t("近 13 个月", "13 months"), t("去年同月", "last year")
    up, down = _apart(trend)
    axis = {"axisLine": {"lineStyle": {"color": theme.line}}, "axisTick": {"show": False}}
    return {
        "animationDuration": 300,
        "textStyle": {"fontFamily": FONT, "color": theme.text},
        "grid": {"left": 34, "right": 72, "top": 26, "bottom": 24},
        "tooltip": {"trigger": "axis"},
        "aria": {"enabled": True},
        "xAxis": {"type": "category", "data": [_short(p.month) for p in trend.points], **axis,
                  "axisLabel": {"color": theme.muted}},
        "yAxis": {"type": "value", "min": 0, "minInterval": 1, "splitLine": {"lineStyle": {"color": theme.line}},
                  "axisLabel": {"color": theme.muted}},
        "series": [
            {**_line(last, [p.last for p in trend.points], theme.last_year, down), "symbol": "none",
             "lineStyle": {"type": "dashed", "color": theme.last_year, "width": 1.5}},
            *_this_year(trend, this, theme, up),
        ],
    }  # fmt: skip


def _this_year(trend: Trend, name: str, theme: Theme, shift: int) -> list[dict[str, Any]]:
    """A month under way is no month yet: a hollow point, joined by a dotted line to the month before."""
    values = [p.this for p in trend.points]
    label = {"show": True, "color": theme.text, "distance": 6, "textBorderColor": theme.panel, "textBorderWidth": 3}
    looks = {"symbol": "circle", "symbolSize": 6, "label": label, "lineStyle": {"color": theme.info, "width": 2.5}}
    whole = {**_line(name, values, theme.info, shift), **looks}
    if not trend.until:
        return [whole]
    *before, last = values
    silent = {"value": before[-1], "symbol": "none", "label": {"show": False}}
    dotted = {"color": theme.info, "width": 2, "type": "dotted"}
    return [
        {**whole, "data": [*before, None], "endLabel": {"show": False}},
        {**whole, "data": [*[None] * (len(before) - 1), silent, last], "symbol": "emptyCircle", "symbolSize": 9,
         "lineStyle": dotted},
    ]  # fmt: skip


def _line(name: str, data: Sequence[int | None], colour: str, shift: int) -> dict[str, Any]:
    end = {"show": True, "formatter": "{a}", "fontSize": 12, "color": colour, "offset": [0, shift]}
    return {"name": name, "type": "line", "data": list(data), "endLabel": end, "itemStyle": {"color": colour}}


def _apart(trend: Trend) -> tuple[int, int]:
    """How far the names at the ends are moved, in pixels, so that neither lies on the other or on the axis beneath."""
    this, last = trend.points[-1].this, trend.points[-1].last
    top = max((n for p in trend.points for n in (p.this, p.last) if n is not None), default=0)
    near = top * 0.08
    if this is None or last is None or abs(this - last) > near:
        return 0, 0
    high, low = (-20, -4) if min(this, last) <= near else (-8, 8)
    return (high, low) if this >= last else (low, high)


def _short(month: str) -> str:
    """25-12: the year in two digits."""
    return month[2:]
