"""Why a number is what it is: its definition, its query, the entities behind it, and the events of each.

In: the URL of a number (figure, column, state) or of an entity. Out: a page. Invariant: the entities are found under
the very question the number was asked with, so they add up to it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from shlex import quote
from typing import Any
from urllib.parse import urlencode

from dashboards import labels
from dashboards.formats import shown
from dashboards.panels import PANELS, Measure
from services.console.asking import number
from services.console.behind import LISTED, Behind, find_behind
from services.console.desk import Reader
from services.console.filled import fill
from services.console.frame import Frame
from services.console.places import Places, read_places
from services.console.state import State, WrongState, read_state, today_of, windows
from streams.figures import Question, ask, figures
from streams.windows import Window

Said = Mapping[str, str]
Build = Callable[[Said], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class WhyPage:
    reader: Reader
    frame: Frame

    def number(self, parameters: Said) -> None:
        self._show(self._number, self.t("由来", "why"), parameters)

    def entity(self, parameters: Said) -> None:
        self._show(self._entity, self.t("事件", "events"), parameters)

    def _show(self, build: Build, title: str, parameters: Said) -> None:
        told = self.t("正在查找背后的事件…", "looking for the events behind it …")
        built = partial(self._built, build, parameters)
        fill(self.frame, title, told, partial(self.reader.asker.still, built))

    def _built(self, build: Build, parameters: Said) -> tuple[str, str, str]:
        stamp = self.frame.stamp(self.reader.stamp(State()))
        return stamp, *build(parameters)

    def t(self, zh: str, en: str) -> str:
        return self.frame.say.t(zh, en)

    def _number(self, parameters: Said) -> tuple[str, str]:
        state, key, page = read_state(parameters), parameters.get("key", ""), _page(parameters)
        answers = self.reader.asker.answers
        now, plan = answers.now(), answers.plan_at(state.known)
        measure = _named(parameters, self._codes(key))
        days = windows(state, plan, now).now
        asked = number(measure, state, days, now)
        rows = self.reader.asker.rows(asked)
        values = [row[measure.column] for row in rows]
        alone = measure.unit in ("rate", "rank")  # nothing adds up to it: without a row it is unknown
        total = values[0] if len(values) == 1 else None if alone else sum(values)
        places = read_places(
            self.reader.asker, self.reader.lang, today_of(state, plan, now), self.t("全县", "the county")
        )
        found = find_behind(self.reader.asker, measure, state, days, now, page)
        said = [
            (self.t("地方", "place"), places.name_of(state)),
            (self.t("期间", "period"), self._period(asked, days.text)),
        ]
        if asked.basis or measure.figure != "coverage":
            basis = labels.name(state.basis or plan.counting_basis, self.frame.say.lang)
            said.append((self.t("统计口径", "counting basis"), basis))
        known = self.frame.say.moment(state.known) if state.known else self.t("现在", "now")
        said.append((self.t("以何时所知为准", "as known at"), known))
        if key:
            said.append((self.t("其中", "of these"), self._name(key)))
        if measure.unit in ("rate", "rank") and rows:
            said += self._people(rows[0], days)
        back = f'<p><a href="{escape(state.url)}">← {self.t("回到这张屏", "back to this screen")}</a></p>'
        unit = self.t(measure.unit_zh, measure.unit_en)
        told = f"{self.t(measure.zh, measure.en)} {shown(total, measure.unit)} {unit}".strip()
        body = back + _facts(said) + self._definition(measure, asked) + self._behind(found, places, parameters)
        return self.t(f"{told}：由来", f"{told}: why"), body

    def _people(self, row: Mapping[str, Any], days: Window) -> list[tuple[str, str]]:
        """What a rate is divided by, and of how many communities the people are unknown."""
        unknown, of = row["unknown_communities"], row["communities"]
        return [
            (self.t("平均人口", "average population"), shown(row["population"], "rate")),
            (self.t("人日", "person-days"), f"{row['person_days']:,} / {days.days}"),
            (self.t("人口未知的社区", "communities without known people"), f"{unknown:,} / {of:,}"),
        ]

    def _period(self, asked: Question, days: str) -> str:
        if asked.at:
            return self.t(
                f"到 {self.frame.say.moment(asked.at)} 为止的滚动窗口", f"to {self.frame.say.moment(asked.at)}"
            )
        return Window(asked.since, asked.to).text if asked.since and asked.to else days

    def _definition(self, measure: Measure, asked: Question) -> str:
        figure, answers = figures()[measure.figure], self.reader.asker.answers
        column = next(c for c in figure.columns if c.name == measure.column)
        unit = f"（{column.unit}）" if column.unit else ""
        facts = [
            (self.t("指标", "figure"), f"{figure.name}：{self.t(figure.zh, figure.en)}"),
            (self.t("列", "column"), f"{column.name}：{self.t(column.zh, column.en)}{unit}"),
            (self.t("含义", "meaning"), figure.note or "—"),
        ]
        sql, params = ask(asked, answers.plan_at(asked.as_known_at), answers.now())
        given = [(name, str(value)) for name, value in params.items() if f"{{{name}:" in sql]
        return (
            f'<section class="panel"><h2>{self.t("定义", "Definition")}</h2>{_facts(facts)}</section>'
            f'<section class="panel"><h2>{self.t("查询", "Query")}</h2>'
            f'<p class="note">{self.t("同一问题在命令行上：", "the same question on the command line:")}</p>'
            f"<pre>{escape(command_of(asked))}</pre>"
            f"<details><summary>{self.t('算法：SQL 与参数', 'formula: SQL and its parameters')}</summary>"
            f"{_facts(given)}<pre>{escape(sql)}</pre></details></section>"
        )

    def _behind(self, found: Behind, places: Places, parameters: Said) -> str:
        what = self.t("回执", "receipts") if found.column == "receipt" else self.t("警情", "incidents")
        first, last = found.first + 1, found.first + len(found.rows)
        range_ = self.t(f"第 {first}–{last} 条", f"{first}–{last}") if found.rows else self.t("没有", "none")
        of = self.t(f"，共 {found.total:,} 条", f" of {found.total:,}") if found.total is not None else ""
        events = (
            self.t(f"，这些的事件 {found.events:,} 条", f", {found.events:,} events of these") if found.rows else ""
        )
        heads = "".join(f"<th scope='col'{_kind(c)}>{escape(self.t(*_COLUMNS[c]))}</th>" for c in found.columns)
        lines = "".join(f"<tr>{''.join(self._cell(c, row, places) for c in found.columns)}</tr>" for row in found.rows)
        table = f"<thead><tr>{heads}</tr></thead><tbody>{lines}</tbody>"
        table = f'<div class="wide"><table>{table}</table></div>' if found.rows else ""
        turns = [(found.page - 1, self.t("上一页", "previous"))] if found.page > 1 else []
        turns += [(found.page + 1, self.t(f"下 {LISTED} 条", f"next {LISTED}"))] if found.more else []
        pages = " ".join(
            f'<a href="/why?{escape(urlencode({**parameters, "page": number_}))}">{text}</a>' for number_, text in turns
        )
        head = f"{self.t('背后的', 'Behind it: ')}{what}{self.t('：', ' ')}{range_}{of}{events}"
        return (
            f'<section class="panel" id="behind"><h2>{escape(head)}</h2>{table}<p class="pages">{pages}</p></section>'
        )

    def _cell(self, column: str, row: Mapping[str, Any], places: Places) -> str:
        if column in ("incident", "receipt"):
            return f'<td><a href="/events?{urlencode({"key": row[column]})}">{escape(row[column])}</a></td>'
        if column == "moment":
            return f"<td>{self.frame.say.moment(row['moment'])}</td>"
        if column in ("loss_fen", "recovered_fen"):
            return f'<td class="n">{shown(row[column], "wan_yuan")}</td>'
        if column in ("station", "community"):
            return f"<td>{escape(places.label(column, row[column]) or '—')}</td>"
        text = self._name(row[column]) if column == "category" else str(row[column] or "—")
        return f"<td>{escape(text)}</td>"

    def _entity(self, parameters: Said) -> tuple[str, str]:
        key = parameters.get("key", "")
        rows = self.reader.asker.rows(Question("history", {"key": (key,)}))
        if not rows:
            raise WrongState(f"key={key}：没有这个对象的事件 / no events of it")
        panels = "".join(self._event(row) for row in rows)
        command = f"fanzha query history --where {quote(f'key={key}')}"
        count = len({row["event_id"] for row in rows})
        told = self.t(f"{count} 条事件，按知悉时刻", f"{count} events, as they were learned of")
        return key, f'<p class="note">{told} · <code>{escape(command)}</code></p>{panels}'

    def _event(self, row: Mapping[str, Any]) -> str:
        event = json.dumps(json.loads(row["event"]), ensure_ascii=False, indent=2)
        facts = [
            (self.t("知悉时刻", "recorded"), self.frame.say.moment(row["recorded"])),
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

    def _name(self, key: str) -> str:
        catalogue = self.reader.asker.answers.catalogue
        if key not in catalogue.codes:
            return labels.name(key, self.frame.say.lang) or "—"
        return self.t(catalogue.label(key), key.replace("_", " "))


_COLUMNS = {
    "incident": ("警情", "incident"), "moment": ("时刻", "moment"), "station": ("受理派出所", "station"),
    "community": ("居住社区", "community"), "category": ("类别", "category"),
    "loss_fen": ("损失（万元）", "loss, CNY 10k"), "recovered_fen": ("追回（万元）", "recovered, CNY 10k"),
    "receipt": ("回执", "receipt"), "ref": ("人或户的代号", "reference of the person or household"),
    "day": ("签收日", "day signed"),
}  # fmt: skip


def command_of(asked: Question) -> str:
    """A question as it is typed."""
    words = ["fanzha", "query", asked.figure]
    words += [f"--where {quote(f'{name}={value}')}" for name, values in asked.where.items() for value in values]
    if asked.by:
        words.append(f"--by {','.join(asked.by)}")
    for option, value in (("--from", asked.since), ("--to", asked.to), ("--basis", asked.basis)):
        words += [f"{option} {value}"] if value else []
    for option, moment in (("--at", asked.at), ("--as-known-at", asked.as_known_at)):
        words += [f"{option} {moment.isoformat()}"] if moment else []
    return " ".join(words)


def _named(parameters: Said, codes: tuple[str, ...]) -> Measure:
    """The number that is meant; a key narrows it to a category or an audience."""
    wanted = parameters.get("figure", ""), parameters.get("column", "")
    known = {(m.figure, m.column): m for panel in PANELS.values() for m in panel.measures}
    if wanted not in known:
        names = ", ".join(f"{figure}/{column}" for figure, column in known)
        raise WrongState(f"figure={wanted[0]} column={wanted[1]}：可用 / possible: {names}")
    if not parameters.get("key"):
        return known[wanted]
    dimension = "audience" if wanted[0] == "coverage" else "category"
    return replace(known[wanted], where={dimension: codes})


def _page(parameters: Said) -> int:
    text = parameters.get("page") or "1"
    if not text.isdecimal() or not 0 < int(text) <= 10_000:
        raise WrongState(f"page={text}：页码应为正整数 / a page is 1 or more")
    return int(text)


def _kind(column: str) -> str:
    return ' class="n"' if column.endswith("_fen") else ""


def _facts(pairs: list[tuple[str, str]]) -> str:
    return "<dl>" + "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in pairs) + "</dl>"
