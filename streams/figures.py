"""Figures: what each number means, read from the head of its SQL file, and the one way to ask for it.

In: a `Question`. Out: SQL over what is known now or was known at T, with its parameters; or `WrongQuestion`, naming
what can be asked. A figure's head says its labels, columns and what it asks for; its SQL says what it counts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from schemas import BASES, Column, Figure, Plan, default_catalogue
from streams.doubts import doubts, table
from streams.fold import STANDING, as_known, present, template
from streams.warehouse import Rows, Warehouse
from streams.windows import Window, day_of, year_to_date

_COLUMN = re.compile(r"(\w+) (.*?) \| (.*?)(?: \| ?(.*))?$")
_RELATION = re.compile(r"\b(?:FROM|JOIN)\s+(?:\{\{(?:events |state )?)?(\w+)")
_NAMED = re.compile(r"\b(\w+) AS \(")
_DOUBTS = "{{doubts}}"
_KINDS = {"dim": "dimension", "day": "dimension", "sum": "measure", "text": "text"}

_AT = "{at:DateTime64(6, 'UTC')}"
_DAYS = {
    "days": "day >= {from:Date} AND day <= {to:Date}",
    "moment": f"day >= toDate({_AT} - INTERVAL 30 DAY, {{zone:String}}) AND day <= toDate({_AT}, {{zone:String}})",
}


class WrongQuestion(ValueError):
    """The question cannot be answered as asked; says what is wrong and what is possible."""


@dataclass(frozen=True, slots=True)
class Question:
    """`where` keeps rows whose dimension is one of the values; `to` and `at` default to the asker's now.

    `limit` keeps the first rows in the figure's own order.
    """

    figure: str
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    since: date | None = None
    to: date | None = None
    by: tuple[str, ...] = ()
    basis: str | None = None
    at: datetime | None = None
    as_known_at: datetime | None = None
    limit: int | None = None


@cache
def figures() -> Mapping[str, Figure]:
    """All figures by name, from their files."""
    folder = files("streams").joinpath("sql", "figures")
    found = sorted(f.name for f in folder.iterdir() if f.name.endswith(".sql"))
    return {name[:-4]: read_figure(name[:-4], folder.joinpath(name).read_text("utf-8")) for name in found}


def read_figure(name: str, text: str) -> Figure:
    """A figure from its file: head lines `-- word: …`, then SQL."""
    head: dict[str, str] = {}
    columns: list[Column] = []
    for line in text.splitlines():
        if not line.startswith("-- "):
            break
        word, _, rest = line[3:].partition(":")
        if word in _KINDS:
            match = _COLUMN.fullmatch(rest.strip())
            if match is None:
                raise ValueError(f"{name}.sql: 列的写法应为 名 中文 | English | 单位: {line!r}")
            columns.append(Column(match[1], match[2], match[3].strip(" |"), _KINDS[word], (match[4] or "").strip()))
        else:
            head[word] = rest.strip()
    return Figure(
        name, head["zh"], head["en"], head.get("note", ""), tuple(columns), tuple(head.get("by", "").split()),
        frozenset(head.get("asks", "").split()), tuple(head.get("compares", "").split()), template("figures", name),
    )  # fmt: skip


def ask(question: Question, plan: Plan, now: datetime, epoch: int = 0) -> tuple[str, dict[str, Any]]:
    """The SQL that answers a question, and its parameters. Raises `WrongQuestion`."""
    figure = figures().get(question.figure)
    if figure is None:
        raise WrongQuestion(f"没有指标 {question.figure!r}；可用 / figures: {', '.join(figures())}")
    _check(question, figure)
    known = question.as_known_at
    days = window_of(question, plan, now)
    params: dict[str, Any] = {
        "zone": plan.time_zone, "epoch": epoch, "basis": question.basis or plan.counting_basis,
        "from": days.since, "to": days.to, "day": days.to, "at": question.at or known or now, "known": known or now,
        "categories": list(default_catalogue().codes),
    }  # fmt: skip
    if days.since > days.to:
        raise WrongQuestion(f"起始日 {days.since} 晚于截止日 {days.to} / --from is after --to")
    filters = []
    for i, (name, values) in enumerate(question.where.items()):
        params[f"w{i}"] = list(values)
        filters.append(f"toString({name}) IN {{w{i}:Array(String)}}")
    by = question.by or figure.default_by
    sql = figure.sql
    if _DOUBTS in sql:  # the wanted kinds alone are looked for
        sql = sql.replace(_DOUBTS, table(question.where.get("kind") or doubts()))
    sql = sql.replace("{{where}}", " AND ".join(filters) or "1").replace("{{by}}", ", ".join(by))
    sql = sql.replace("{{base}}", plan.rate_base)
    if question.limit is not None:
        params["limit"] = question.limit
        sql += "\nLIMIT {limit:UInt64}"
    return (as_known(sql, **_relevant(figure)) if known else present(sql)), params


def window_of(question: Question, plan: Plan, now: datetime) -> Window:
    """The days a question speaks of: those it names, else the year until the day of its moment."""
    to = question.to or day_of(question.at or question.as_known_at or now, plan)
    return Window(question.since or year_to_date(to).now.since, to)


def stands_on_marts(question: Question) -> bool:
    """Whether its answer moves with marts, places and registers alone, and not with facts."""
    return question.as_known_at is None and question.figure in figures() and _reads(question.figure) <= STANDING


@cache
def _reads(name: str) -> frozenset[str]:
    """The tables and sources that a figure's SQL names; a family where it folds one."""
    sql = figures()[name].sql
    return frozenset(_RELATION.findall(sql)) - frozenset(_NAMED.findall(sql))


def answer(warehouse: Warehouse, question: Question, plan: Plan, now: datetime) -> Rows:
    sql, params = ask(question, plan, now)
    return warehouse.query(sql, params)


def _relevant(figure: Figure) -> dict[str, str]:
    """What to fold for a figure as known at T: incidents that were ever said to be at one of its days.

    Places only grow with what is visible, so those of today hold all of those known at T.
    """
    days = next((days for asks, days in _DAYS.items() if asks in figure.asks), None)
    if days is None or "basis" not in figure.asks:
        return {}
    return {"incident": f"IN (SELECT incident FROM incident_place WHERE basis = {{basis:String}} AND {days})"}


def _check(question: Question, figure: Figure) -> None:
    def refuse(what: str, possible: object) -> None:
        raise WrongQuestion(f"指标 {figure.name}：{what}；可用 / possible: {possible}")

    for name in question.where:
        if name not in figure.by:
            refuse(f"不能按 {name!r} 筛选 / no such column to filter by", ", ".join(figure.by))
    if _DOUBTS in figure.sql and (unknown := sorted(set(question.where.get("kind", ())) - doubts().keys())):
        refuse(f"没有这类存疑 {unknown} / no such kind of doubt", ", ".join(doubts()))
    for name in question.by:
        if not figure.default_by:
            refuse("不能另行分组 / cannot be grouped", "—")
        if name not in figure.by:
            refuse(f"不能按 {name!r} 分组 / cannot group by it", ", ".join(figure.by))
    if question.basis is not None and "basis" not in figure.asks:
        refuse("没有统计口径之分 / has no counting basis", "—")
    if question.basis is not None and question.basis not in BASES:
        refuse(f"没有口径 {question.basis!r} / no such basis", ", ".join(BASES))
    if question.since is not None and "days" not in figure.asks:
        refuse("没有起止日 / has no --from", "—")
    if question.to is not None and not figure.asks & {"days", "day"}:
        refuse("没有截止日 / has no --to", "—")
    if question.limit is not None and question.limit < 1:
        refuse(f"行数上限 {question.limit} 应为正数 / a limit is at least", 1)
    if question.at is not None and "moment" not in figure.asks:
        refuse("没有 --at；可用 --as-known-at / has no --at", "--as-known-at")
