"""The desk as HTML: one fragment per panel, made from values and nothing else.

In: a `Desk`. Out: panel id → HTML. Every number is a link to its reason and has an id of its own, so that the browser
puts a new value in its place and leaves the rest. All text is escaped here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from dashboards import labels, panels
from dashboards.formats import Change
from dashboards.labels import Lang
from dashboards.panels import Measure, Panel
from services.console.desk import Desk, Failure, Stamp, Table, Tile, Trend, Value
from services.console.places import Places
from services.console.state import PERIODS, State


@dataclass(frozen=True, slots=True)
class Draw:
    lang: Lang
    zone: ZoneInfo

    def t(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    def panels(self, desk: Desk) -> dict[str, str]:
        """Every panel that is not a chart."""
        found = {"stamp": self.stamp(desk.stamp), "title": self.title(desk), "filters": self.filters(desk)}
        if desk.empty:
            return found | {"tiles": self.empty(), "tables": "", "shares": "", "trend-note": ""}
        parts = desk.parts
        tiles = [parts[p.id] for p in (*panels.TILES, panels.ROLLING) if p.id in parts]
        tables = [parts[p.id] for p in (panels.STATIONS, panels.TOWNSHIPS, panels.COMMUNITIES) if p.id in parts]
        drawn = {p.panel.id: self.part(p, desk) for p in (*tiles, *tables, parts["categories"], parts["audiences"])}
        return found | {
            "tiles": "".join(drawn[p.panel.id] for p in tiles),
            "tables": "".join(drawn[p.panel.id] for p in tables),
            "shares": drawn["categories"] + drawn["audiences"],
            "trend-note": self.trend_note(parts["trend"], desk),
        }

    def part(self, part: Tile | Table | Trend | Failure, desk: Desk) -> str:
        if isinstance(part, Failure):
            return self.failure(part)
        return self.tile(part) if isinstance(part, Tile) else self.table(part, desk) if isinstance(part, Table) else ""

    def tile(self, tile: Tile) -> str:
        panel, measure = tile.panel, tile.panel.measures[0]
        unit = self.t(measure.unit_zh, measure.unit_en)
        name = self.t(panel.zh, panel.en) + (f"（{unit}）" if unit else "")
        lines = "".join(self.change(c, f"{panel.id}-{n}") for n, c in enumerate(tile.value.changes))
        note = f'<p class="note" id="{panel.id}-note">{escape(tile.note)}</p>' if tile.note else ""
        return (
            f'<section class="panel tile"><h2>{escape(name)}</h2>'
            f'<p class="big">{self.number(tile.value, f"tile-{panel.id}")}</p>'
            f"{lines}{note}</section>"
        )

    def table(self, table: Table, desk: Desk) -> str:
        panel = table.panel
        heads = "".join(f'<th scope="col">{escape(self._head(m))}</th>' for m in panel.measures)
        first = "" if panel.by else f'<th scope="col" class="was">{self.t("同比", "year on year")}</th>'
        rows = "".join(
            f"<tr>{self._name(row.name, row.link)}{self._cells(panel, row.values, f'{panel.id}-{n}')}</tr>"
            for n, row in enumerate(table.rows)
        )
        body = rows or f'<tr><td colspan="9">{self.t("本期没有", "none in this period")}</td></tr>'
        return (
            f'<section class="panel {panel.id}"><h2>{escape(self.t(panel.zh, panel.en))}</h2>'
            f'<table><thead><tr><th scope="col" class="name"></th>{heads}{first}</tr></thead>'
            f"<tbody>{body}</tbody></table>"
            f'<p class="note">{escape(self.counts(panel, desk))}</p></section>'
        )

    def number(self, value: Value, id_: str) -> str:
        hint = self.t("点开看由来", "why")
        return f'<a class="v" id="{id_}" href="{escape(value.why)}" aria-description="{hint}">{escape(value.text)}</a>'

    def change(self, change: Change, id_: str) -> str:
        return f'<p class="change" id="{id_}"><span class="{change.meaning}">{escape(change.text)}</span></p>'

    def failure(self, failure: Failure) -> str:
        panel = failure.panel
        act = self.t("刷新页面重试；仍失败请看服务日志", "reload; if it stays, see the log of the service")
        return (
            f'<section class="panel failure" role="alert"><h2>{escape(self.t(panel.zh, panel.en))}</h2>'
            f"<p>{self.t('这一项读不出来', 'this panel cannot be read')}：{escape(failure.text[:300])}</p>"
            f"<p>{act}</p></section>"
        )

    def empty(self) -> str:
        commands = (
            ("导入派出所与社区", "stations and communities", "fanzha import stations stations.csv"),
            ("导入警情", "incidents", "fanzha import incidents export.csv.gz --map map.yaml"),
            ("先看演示", "a demonstration first", "fanzha --data demo-data demo"),
        )
        items = "".join(f"<li>{self.t(zh, en)}<code>{command}</code></li>" for zh, en, command in commands)
        return (
            f'<section class="panel empty"><h2>{self.t("还没有数据", "No data yet")}</h2>'
            f"<p>{self.t('接下来可以：', 'What to do next:')}</p><ul>{items}</ul></section>"
        )

    def stamp(self, stamp: Stamp) -> str:
        mark = (
            f'<strong class="demo" id="demo">{self.t("演示数据", "SIMULATED DATA")}</strong>' if stamp.simulated else ""
        )
        if stamp.recorded is None:
            return mark
        state = "stale" if stamp.stale else "fresh"
        told = self.t("数据截至", "as of") + f" {self.moment(stamp.recorded)}"
        late = self.t("已陈旧 ", "stale, ") if stamp.stale else ""
        return (
            f'{mark}<span class="stamp {state}" id="fresh" role="status">{escape(told)}'
            f" · {late}{self.age(stamp.age)}</span>"
        )

    def title(self, desk: Desk) -> str:
        return (
            f"<h1>{escape(desk.place)}</h1><p>{escape(desk.windows.now.text)} · "
            f"{escape(labels.name(desk.basis, self.lang))}{self._known(desk.state)}</p>"
        )

    def filters(self, desk: Desk) -> str:
        state = desk.state
        periods = [
            (self.t(*PERIODS[p]), state.at(period=p, since=None, to=None), p == state.period)
            for p in PERIODS
            if p != "days"
        ]
        bases = [
            (labels.name(b, self.lang), state.at(basis=b), b == desk.basis) for b in ("occurred", "reported", "filed")
        ]
        now = desk.windows.now
        known = state.known.astimezone(self.zone).strftime("%Y-%m-%dT%H:%M") if state.known else ""
        back = f'<a href="{escape(state.at(known=None).url)}">{self.t("回到现在", "back to now")}</a>' if known else ""
        return (
            f'<nav aria-label="{self.t("期间", "period")}" class="group">{_links(periods)}</nav>'
            f'<form class="group" data-form="days"><label>{self.t("自", "from")} <input type="date" name="from" '
            f'required value="{now.since}"></label><label>{self.t("至", "to")} <input type="date" name="to" required '
            f'value="{now.to}"></label><button>{self.t("查看", "show")}</button></form>'
            f'<nav aria-label="{self.t("统计口径", "counting basis")}" class="group">{_links(bases)}</nav>'
            f'<form class="group" data-form="known"><label>{self.t("截至当时所知", "as known at")} '
            f'<input type="datetime-local" name="known" value="{known}"></label>'
            f"<button>{self.t('查看', 'show')}</button>{back}</form>"
        )

    def tree(self, places: Places, state: State) -> str:
        base = state.at(level="county", place="")
        stations = "".join(
            _leaf(places.label("station", c), state.at(level="station", place=c), state) for c in places.stations
        )
        towns = "".join(self._town(places, code, state) for code in places.townships)
        is_open = " open" if state.level in ("county", "station") else ""
        return (
            f"<ul>{_leaf(places.county, base, state)}</ul>"
            f"<details{is_open}><summary>{self.t('派出所', 'Stations')}</summary><ul>{stations}</ul></details>"
            f"<p class='head'>{self.t('乡镇与社区（村）', 'Townships and communities')}</p>{towns}"
        )

    def _town(self, places: Places, code: str, state: State) -> str:
        inside = places.of_township.get(code, ())
        here = state.level == "township" and state.place == code
        is_open = " open" if here or (state.level == "community" and state.place in inside) else ""
        leaves = "".join(
            _leaf(places.label("community", c), state.at(level="community", place=c), state) for c in inside
        )
        town = _anchor(places.label("township", code), state.at(level="township", place=code), here)
        return f"<details{is_open}><summary>{town}</summary><ul>{leaves}</ul></details>"

    def trend_note(self, part: object, desk: Desk) -> str:
        if isinstance(part, Failure):
            return self.failure(part)
        if not isinstance(part, Trend):
            return ""
        why = self.t("为什么", "why")
        return f'{escape(self.counts(part.panel, desk))} · <a href="{escape(part.why)}">{why}</a>'

    def counts(self, panel: Panel, desk: Desk) -> str:
        """The sentence beneath: what is counted, by which basis, over which days."""
        days = f"{desk.windows.now.text}" if panel.form != "trend" else self.t("各月", "months")
        basis = "" if panel.figure == "coverage" else labels.name(desk.basis, self.lang) + "，"
        return f"{basis}{self.t(panel.counts_zh, panel.counts_en)}。{days}"

    def moment(self, moment: datetime) -> str:
        return moment.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")

    def age(self, seconds: float) -> str:
        """In the largest whole unit."""
        for size, zh, en in ((86400, "天前", "days ago"), (3600, "小时前", "h ago"), (60, "分钟前", "min ago")):
            if seconds >= size:
                return f"{int(seconds // size)} {self.t(zh, en)}"
        return f"{int(seconds)} {self.t('秒前', 's ago')}"

    def _known(self, state: State) -> str:
        told = f"{self.t('截至当时所知', 'as known at')} {self.moment(state.known)}" if state.known else ""
        return f' · <strong class="known">{told}</strong>' if told else ""

    def _head(self, measure: Measure) -> str:
        unit = self.t(measure.unit_zh, measure.unit_en)
        label = self.t(measure.zh, measure.en)
        return f"{label}（{unit}）" if unit else label

    def _name(self, name: str, link: str) -> str:
        inner = f'<a href="{escape(link)}">{escape(name)}</a>' if link else escape(name)
        return f'<th scope="row" class="name">{inner}</th>'

    def _cells(self, panel: Panel, values: tuple[Value, ...], id_: str) -> str:
        cells = "".join(
            f"<td>{_bar(value.part, f'{id_}-{n}-bar')}{self.number(value, f'{id_}-{n}')}</td>"
            for n, value in enumerate(values)
        )
        if panel.by:
            return cells
        told = "".join(f'<span class="{c.meaning}">{escape(c.text)}</span>' for c in values[0].changes)
        return f'{cells}<td class="was" id="{id_}-was">{told or "—"}</td>'


def _links(items: Iterable[tuple[str, State, bool]]) -> str:
    return "".join(_anchor(text, state, here) for text, state, here in items)


def _anchor(text: str, state: State, here: bool) -> str:
    mark = ' aria-current="true"' if here else ""
    return f'<a href="{escape(state.url)}"{mark}>{escape(text)}</a>'


def _leaf(text: str, target: State, state: State) -> str:
    return f"<li>{_anchor(text, target, target == state)}</li>"


def _bar(part: float | None, id_: str) -> str:
    return "" if part is None else f'<i class="bar" id="{id_}" style="width:{part * 100:.1f}%"></i>'
