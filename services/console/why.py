"""Why a number is what it is: its definition, its query, the entities behind it, and the events of each.

In: the URL of a number (panel, column, state) or of an entity. Out: a page. Invariant: the entities are found under the
very question the number was asked with, so they add up to it.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import quote, urlencode

from nicegui import ui

from dashboards import labels
from dashboards.formats import shown
from dashboards.panels import PANELS, Measure, Panel
from schemas import Figure
from services.console.asking import behind, question_of
from services.console.desk import Reader
from services.console.draw import Draw
from services.console.places import read_places
from services.console.state import State, Window, WrongState, read_state, windows
from services.errors import KNOWN
from streams.figures import Question, figures

Build = Callable[[Mapping[str, str]], tuple[str, str]]
LISTED = 200  # entities on one page


@dataclass(frozen=True, slots=True)
class WhyPage:
    reader: Reader
    draw: Draw

    async def number(self, parameters: Mapping[str, str]) -> None:
        await self._show(self._number, parameters)

    async def entity(self, parameters: Mapping[str, str]) -> None:
        await self._show(self._entity, parameters)

    async def _show(self, build: Build, parameters: Mapping[str, str]) -> None:
        try:
            title, body = await asyncio.to_thread(build, parameters)
        except (WrongState, *KNOWN) as error:
            title, body = self.t("看不了", "cannot be shown"), f'<p role="alert">{escape(str(error))}</p>'
        back = f'<p><a href="/">← {self.t("返回主页", "home")}</a></p>'
        ui.page_title(title)
        ui.html(f'<main class="why">{back}<h1>{escape(title)}</h1>{body}</main>', sanitize=False)

    def t(self, zh: str, en: str) -> str:
        return self.draw.t(zh, en)

    def _number(self, parameters: Mapping[str, str]) -> tuple[str, str]:
        panel, measure = _named(parameters)
        answers, now = self.reader.asker.answers, self.reader.asker.answers.now()
        state, key = read_state(parameters), parameters.get("key", "")
        window = windows(state, answers.plan, now).now
        panel = _narrowed(panel, key, self._codes(key))
        asked = question_of(panel, state, window, now)
        rows = self.reader.asker.rows(asked)
        values = [row[measure.column] for row in rows]
        total = values[0] if len(values) == 1 else (sum(values) if values else 0)
        places = read_places(self.reader.asker, window.to, self.t("全县", "the county"))
        basis = labels.name(state.basis or answers.plan.counting_basis, self.draw.lang)
        unit = self.t(measure.unit_zh, measure.unit_en)
        told = f"{self.t(measure.zh, measure.en)} {shown(total, measure.unit)} {unit}".strip()
        figure = figures()[panel.figure]
        facts = [
            (self.t("地方", "place"), places.name_of(state)),
            (self.t("期间", "period"), window.text),
            (self.t("统计口径", "counting basis"), "—" if panel.figure == "coverage" else basis),
            (
                self.t("截至当时所知", "as known at"),
                self.draw.moment(state.known) if state.known else self.t("现在", "now"),
            ),
        ]
        if key:
            facts.append((self.t("其中", "of these"), self._key_name(key)))
        body = _facts(facts) + self._definition(figure, measure, asked) + self._behind(panel, state, window, now)
        back = f'<p><a href="{escape(state.url)}">{self.t("回到这张屏", "back to this screen")}</a></p>'
        return f"{self.t('为什么是', 'Why')} {told}", back + body

    def _definition(self, figure: Figure, measure: Measure, asked: Question) -> str:
        column = next((c for c in figure.columns if c.name == measure.column), None)
        label = (column.zh if self.draw.lang == "zh" else column.en) if column else measure.column
        facts = [
            (self.t("指标", "figure"), f"{figure.name}：{self.t(figure.zh, figure.en)}"),
            (
                self.t("列", "column"),
                f"{measure.column}：{label}" + (f"（{column.unit}）" if column and column.unit else ""),
            ),
            (self.t("含义", "meaning"), figure.note or "—"),
        ]
        return (
            f'<section class="panel"><h2>{self.t("定义", "Definition")}</h2>{_facts(facts)}</section>'
            f'<section class="panel"><h2>{self.t("查询", "Query")}</h2>'
            f'<p class="note">{self.t("同一问题在命令行上：", "the same question on the command line:")}</p>'
            f"<pre>{escape(command_of(asked))}</pre><details><summary>SQL</summary><pre>{escape(figure.sql)}</pre></details>"
            "</section>"
        )

    def _behind(self, panel: Panel, state: State, window: Window, now: datetime) -> str:
        rows = self.reader.asker.rows(behind(panel, state, window, now, LISTED + 1))
        coverage = panel.figure == "coverage"
        what = self.t("回执", "receipts") if coverage else self.t("警情", "incidents")
        more = len(rows) > LISTED
        listed = rows[:LISTED]
        count = f"{LISTED}+" if more else f"{len(listed)}"
        column = "receipt" if coverage else "incident"
        events = self._events([row[column] for row in listed])
        head = (
            f"{self.t('背后的', 'Behind it: ')}{what} {count}，{self.t('事件', 'events')} {events}{'+' if more else ''}"
        )
        columns = (
            ("receipt", "ref", "audience")
            if coverage
            else ("incident", "moment", "station", "community", "category", "counted", "loss")
        )
        heads = "".join(f"<th scope='col'>{escape(self._column(c))}</th>" for c in columns)
        lines = "".join(f"<tr>{''.join(self._cell(c, row) for c in columns)}</tr>" for row in listed)
        note = (
            self.t(f"只列前 {LISTED} 条；全部可用上面的命令行查询", f"the first {LISTED}; all with the command line")
            if more
            else ""
        )
        return (
            f'<section class="panel" id="behind"><h2>{escape(head)}</h2><table><thead><tr>{heads}</tr></thead>'
            f'<tbody>{lines}</tbody></table><p class="note">{note}</p></section>'
        )

    def _events(self, keys: list[str]) -> int:
        """Events of all the listed entities; ids are counted, retries are not."""
        if not keys:
            return 0
        rows = self.reader.asker.rows(Question("history", {"key": tuple(sorted(set(keys)))}))
        return len({row["event_id"] for row in rows})

    def _cell(self, column: str, row: Mapping[str, Any]) -> str:
        if column in ("incident", "receipt"):
            return f'<td><a href="/events?key={quote(row[column])}">{escape(row[column])}</a></td>'
        if column == "moment":
            return f"<td>{self.draw.moment(row['moment'])}</td>"
        if column == "loss":
            return f'<td class="n">{shown(row["loss_fen"], "wan_yuan")}</td>'
        if column == "counted":
            return f"<td>{self.t('劝阻成功', 'dissuaded') if row['dissuaded'] else self.t('计入', 'counted')}</td>"
        text = self._key_name(row[column]) if column in ("category", "audience") else str(row[column] or "—")
        return f"<td>{escape(text)}</td>"

    def _column(self, name: str) -> str:
        zh, en = _COLUMNS[name]
        return self.t(zh, en)

    def _entity(self, parameters: Mapping[str, str]) -> tuple[str, str]:
        key = parameters.get("key", "")
        rows = self.reader.asker.rows(Question("history", {"key": (key,)}))
        if not rows:
            raise WrongState(f"key={key}：没有这个对象的事件 / no events of it")
        panels = "".join(self._event(row) for row in rows)
        command = f"fanzha query history --where key={key}"
        return (
            key,
            f'<p class="note">{len(rows)} {self.t("条事件", "events")} · <code>{escape(command)}</code></p>{panels}',
        )

    def _event(self, row: Mapping[str, Any]) -> str:
        event = json.dumps(json.loads(row["event"]), ensure_ascii=False, indent=2)
        facts = [
            (self.t("知悉时刻", "recorded"), self.draw.moment(row["recorded"])),
            (self.t("事件编号", "event id"), row["event_id"]),
            (self.t("日志位置", "position"), f"{row['topic']}/{row['part']}={row['off']}"),
        ]
        return (
            f'<section class="panel"><h2>{escape(row["type"])}</h2>{_facts(facts)}<pre>{escape(event)}</pre></section>'
        )

    def _codes(self, key: str) -> tuple[str, ...]:
        """The codes counted under a family; a code of its own otherwise."""
        catalogue = self.reader.asker.answers.catalogue
        return tuple(c for c in catalogue.codes if catalogue.family_of(c) == key) or (key,)

    def _key_name(self, key: str) -> str:
        catalogue = self.reader.asker.answers.catalogue
        return catalogue.label(key) if key in catalogue.codes else labels.name(key, self.draw.lang)


_COLUMNS = {
    "incident": ("警情", "incident"), "moment": ("时刻", "moment"), "station": ("受理派出所", "station"),
    "community": ("居住社区", "community"), "category": ("类别", "category"), "counted": ("计入", "counted"),
    "loss": ("损失（万元）", "loss, CNY 10k"), "receipt": ("回执", "receipt"), "ref": ("引用", "reference"),
    "audience": ("受众", "audience"),
}  # fmt: skip


def command_of(asked: Question) -> str:
    """A question as it is typed."""
    words = ["fanzha", "query", asked.figure]
    words += [f"--where {name}={value}" for name, values in asked.where.items() for value in values]
    if asked.by:
        words.append(f"--by {','.join(asked.by)}")
    for option, value in (("--from", asked.since), ("--to", asked.to), ("--basis", asked.basis)):
        words += [f"{option} {value}"] if value else []
    for option, moment in (("--at", asked.at), ("--as-known-at", asked.as_known_at)):
        words += [f"{option} {moment.isoformat()}"] if moment else []
    return " ".join(words)


def _named(parameters: Mapping[str, str]) -> tuple[Panel, Measure]:
    panel = PANELS.get(parameters.get("panel", ""))
    if panel is None:
        raise WrongState(f"panel={parameters.get('panel', '')}：可用 / possible: {', '.join(PANELS)}")
    for known in (panel, *PANELS.values()):
        for measure in known.measures:
            if measure.column == parameters.get("column") and known.figure == panel.figure:
                return panel, measure
    raise WrongState(f"column={parameters.get('column', '')}：{urlencode(parameters)}")


def _narrowed(panel: Panel, key: str, codes: tuple[str, ...]) -> Panel:
    """The panel for one category or audience; a whole series becomes one number."""
    if panel.figure == "coverage" and key:
        return replace(panel, where={"audience": (key,)})
    if panel.by:
        return replace(panel, where={panel.by[0]: codes} if key else {}, form="tile")
    return panel


def _facts(pairs: list[tuple[str, str]]) -> str:
    return "<dl>" + "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in pairs) + "</dl>"
