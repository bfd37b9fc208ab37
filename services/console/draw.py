"""The panels of the desk as HTML: one fragment per panel, made from values and nothing else.

In: a `Desk`. Out: place on the page → HTML. Every number is a link to its reason and has an id of its own, so that the
browser puts a new value in its place and leaves the rest. All text is escaped here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from dashboards import labels, panels
from dashboards.panels import Measure, Panel
from services.console.asking import covering
from services.console.say import Say
from services.console.values import (
    Alerted,
    Alerts,
    Compared,
    Desk,
    Failure,
    Part,
    Point,
    Row,
    Table,
    Tile,
    Trend,
    Value,
)

TABLES = (panels.STATIONS, panels.TOWNSHIPS, panels.COMMUNITIES)


@dataclass(frozen=True, slots=True)
class Draw:
    say: Say

    def panels(self, desk: Desk) -> dict[str, str]:
        """Every panel; of the chart what stands beneath it."""
        if desk.empty:
            return {"tiles": self.empty(), "tables": "", "shares": "", "trend-note": ""}
        drawn = {id_: self.part(part, desk) for id_, part in desk.parts.items()}
        left, right = [*TABLES, panels.AUDIENCES], [panels.ALERTS, panels.CATEGORIES]
        if desk.state.level == "county":  # two tables of places are enough beneath each other
            right.append(left.pop())
        return {
            "tiles": _joined(drawn, panels.TILES),
            "tables": _joined(drawn, left),
            "shares": _joined(drawn, right),
            "trend-note": drawn["trend"],
        }

    def part(self, part: Part, desk: Desk) -> str:
        if isinstance(part, Failure):
            return self.failure(part)
        if isinstance(part, Tile):
            return self.tile(part, desk)
        if isinstance(part, Alerts):
            return self.alerts(part, desk)
        return self.table(part, desk) if isinstance(part, Table) else self.trend(part, desk)

    def tile(self, tile: Tile, desk: Desk) -> str:
        panel, head = tile.panel, tile.values[0]
        lines = [self.compared(c, f"{panel.id}-{n}") for n, c in enumerate(head.compared)]
        lines += [
            f"<p>{escape(self.t(v.measure.zh, v.measure.en))} "
            f"{self.number(v, f'tile-{panel.id}-{v.measure.column}')}{self._after(v.measure)}</p>"
            for v in tile.values[1:]
        ]
        lines += [f'<p class="note" id="{panel.id}-note">{escape(tile.note)}</p>'] if tile.note else []
        title = self._title(panel) + escape(self._unit(head.measure))
        return (
            f'<section class="panel tile" aria-describedby="{panel.id}-counts"><h2>{title}</h2>'
            f'<div class="body"><p class="big">{self.number(head, f"tile-{panel.id}")}</p>'
            f'<div class="beside">{"".join(lines)}</div></div>'
            f'<p class="hidden" id="{panel.id}-counts">{self.counts(panel, desk)}</p></section>'
        )

    def table(self, table: Table, desk: Desk) -> str:
        panel = table.panel
        heads = [self._head(m) for m in panel.measures]
        extra = self.t("同比", "year on year") if panel.compared else self.t("占比", "share")
        if panel.compared or panel.form == "bars":
            heads.insert(1, extra)
        columns = "".join(f'<th scope="col">{head}</th>' for head in heads)
        none = f'<tr><td colspan="{len(heads) + 1}" class="none">{self.t("本期没有", "none in this period")}</td></tr>'
        rows = "".join(self._row(panel, row) for row in table.rows) or none
        return (
            f'<section class="panel {panel.id}"><h2>{self._title(panel)}</h2>'
            f'<div class="wide"><table><thead><tr><th scope="col" class="name"></th>{columns}</tr></thead>'
            f'<tbody>{rows}</tbody></table></div><p class="note">{self.counts(panel, desk)}</p>'
            f"{self._footnote(table)}</section>"
        )

    def alerts(self, alerts: Alerts, desk: Desk) -> str:
        """Each with its day and place; how many more there are, and over which days."""
        items = "".join(f"<li>{self._alerted(one)}</li>" for one in alerts.rows)
        none = f'<p class="none">{self.t("本期没有预警", "no alert in this period")}</p>'
        rest = alerts.all - len(alerts.rows)
        more = f"<p>{self.t(f'另有 {rest} 条', f'{rest} more')}</p>" if rest else ""
        said = escape(self.t(alerts.panel.counts_zh, alerts.panel.counts_en))
        return (
            f'<section class="panel alerts"><h2>{self._title(alerts.panel)}</h2>'
            f"{f'<ol>{items}</ol>{more}' if items else none}"
            f'<p class="note">{said}{self.t("。", ". ")}{desk.windows.now.text}</p></section>'
        )

    def _alerted(self, one: Alerted) -> str:
        name, rule = escape(one.name), escape(labels.name(one.rule, self.say.lang))
        where = f'<a href="{escape(one.link)}" data-key="alert-{one.day}-{name}">{name}</a>' if one.link else name
        high = one.rule == "high_incidence"
        n = self.say.count(one.threshold)
        limit = self.t(f"近 7 天 ≥ {n} 起", f"≥ {n} in 7 days") if high else self.t(f"≥ {n} 条", f"≥ {n}")
        return f'<time>{one.day}</time> <span class="bad">⚠ {rule}</span> {where} {limit}'

    def trend(self, trend: Trend, desk: Desk) -> str:
        """What the chart counts, and its numbers as a table: nothing is told by pointing alone."""
        part = ""
        if trend.until:
            part = self.t(
                f"；末月及去年同月均只计到 {trend.until} 日",
                f"; the last month, and last year's, up to day {trend.until}",
            )
        heads = (self.t("月份", "month"), self.t("发案数（起）", "incidents"), self.t("去年同月", "last year"))
        columns = "".join(f'<th scope="col">{head}</th>' for head in heads)
        rows = "".join(self._month(point, trend.panel.head) for point in reversed(trend.points))
        return (
            f'<p class="note">{self.counts(trend.panel, desk)}{escape(part)}</p><details data-key="months">'
            f"<summary>{self.t('逐月数字', 'month by month')}</summary>"
            f'<div class="wide"><table><thead><tr>{columns}</tr></thead>'
            f"<tbody>{rows}</tbody></table></div></details>"
        )

    def number(self, value: Value, id_: str) -> str:
        text = escape(value.text)
        if not value.why:
            return f'<span class="v" id="{escape(id_)}">{text}</span>'
        hint = self.t("点开看由来", "why")
        return f'<a class="v" id="{escape(id_)}" href="{escape(value.why)}" aria-description="{hint}">{text}</a>'

    def compared(self, compared: Compared, id_: str) -> str:
        return f'<p class="change" id="{escape(id_)}">{self._compared(compared)}</p>'

    def failure(self, failure: Failure) -> str:
        act = self.t("刷新页面重试；仍失败请看服务日志", "reload; if it stays, see the log of the service")
        return (
            f'<section class="panel failure" role="alert"><h2>{self._title(failure.panel)}</h2>'
            f"<p>{self.t('这一项读不出来', 'this panel cannot be read')}：{escape(failure.text[:300])}</p>"
            f"<p>{act}</p></section>"
        )

    def empty(self) -> str:
        commands = (
            ("导入派出所与社区", "stations and communities", "fanzha import stations stations.csv"),
            ("", "", "fanzha import communities communities.csv"),
            ("导入人口", "populations", "fanzha import population population.csv"),
            ("导入警情", "incidents", "fanzha import incidents export.csv.gz --map map.yaml"),
            ("先看演示", "a demonstration first", "fanzha --data demo-data demo"),
        )
        items = "".join(
            f"{f'<dt>{self.t(zh, en)}</dt>' if zh else ''}<dd><code>{command}</code></dd>"
            for zh, en, command in commands
        )
        return (
            f'<section class="panel empty"><h2>{self.t("还没有数据", "No data yet")}</h2>'
            f"<p>{self.t('接下来可以：', 'What to do next:')}</p><dl>{items}</dl></section>"
        )

    def counts(self, panel: Panel, desk: Desk) -> str:
        """The sentence beneath: by which basis, what is counted, over which days."""
        said, now = escape(self.t(panel.counts_zh, panel.counts_en)), desk.windows.now
        if panel.head.figure == "coverage":
            return f'{said}<span class="days">{self.t("。", ". ")}{covering(desk.state, now).text}</span>'
        days = f'{self.t("。", ". ")}<span class="days">{now.text}</span>'
        untimed = panel.form == "trend" or panel.head.figure == "rolling"
        return f"{labels.name(desk.basis, self.say.lang)}{self.t('，', ': ')}{said}{'' if untimed else days}"

    def t(self, zh: str, en: str) -> str:
        return self.say.t(zh, en)

    def _row(self, panel: Panel, row: Row) -> str:
        name = (
            f'<a href="{escape(row.link)}" data-key="{escape(row.link)}">{escape(row.name)}</a>'
            if row.link
            else escape(row.name)
        )
        id_ = f"{panel.id}-{row.key}"
        cells = [
            f"<td>{_bar(v.part, f'{id_}-{v.measure.column}-bar')}{self.number(v, f'{id_}-{v.measure.column}')}</td>"
            for v in row.values
        ]
        if panel.compared or panel.form == "bars":
            told = "".join(self._compared(c) for c in row.values[0].compared) if panel.compared else escape(row.share)
            cells.insert(1, f'<td class="was" id="{escape(id_)}-was">{told or "—"}</td>')
        return f'<tr><th scope="row" class="name">{name}</th>{"".join(cells)}</tr>'

    def _footnote(self, table: Table) -> str:
        return f'<p class="note" id="{table.panel.id}-note">{escape(table.note)}</p>' if table.note else ""

    def _month(self, point: Point, measure: Measure) -> str:
        cells = (("this", point.this, point.why), ("last", point.last, point.why_last))
        values = [(f"m-{point.month}-{id_}", Value(measure, self.say.count(n), why)) for id_, n, why in cells]
        numbers = "".join(f"<td>{self.number(value, id_)}</td>" for id_, value in values)
        return f'<tr><th scope="row" class="name">{point.month}</th>{numbers}</tr>'

    def _compared(self, compared: Compared) -> str:
        """`去年同期 42，↓26.2%`: the base leads to its reason, the move carries its meaning."""
        change = compared.change
        base = escape(change.base)
        base = f'<a href="{escape(compared.why)}">{base}</a>' if compared.why else base
        move = f'{self.t("，", ", ")}<span class="{change.meaning}">{escape(change.move)}</span>' if change.move else ""
        return base + move

    def _title(self, panel: Panel) -> str:
        return escape(self.t(panel.zh, panel.en))

    def _after(self, measure: Measure) -> str:
        unit = self.t(measure.unit_zh, measure.unit_en)
        return f" {escape(unit)}" if unit else ""

    def _unit(self, measure: Measure) -> str:
        unit = self.t(measure.unit_zh, measure.unit_en)
        return f"{self.t('（', ' (')}{unit}{self.t('）', ')')}" if unit else ""

    def _head(self, measure: Measure) -> str:
        unit = f'<span class="unit">{escape(self._unit(measure))}</span>' if self._unit(measure) else ""
        return escape(self.t(measure.zh, measure.en)) + unit


def _joined(drawn: dict[str, str], wanted: Iterable[Panel]) -> str:
    return "".join(drawn[panel.id] for panel in wanted if panel.id in drawn)


def _bar(part: float | None, id_: str) -> str:
    return "" if part is None else f'<i class="bar" id="{escape(id_)}" style="width:{part * 100:.1f}%"></i>'
