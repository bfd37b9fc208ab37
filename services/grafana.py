"""SQL for Grafana, and everything generated from it: dashboards, rules, provisioning.

In: the boards of dashboards/, the figures of streams/, a plan. Out: SQL in which the page's range stands where a
question of the console has its days; so both show the same numbers. What a figure means stays in its own SQL file.
"""

import re
from collections.abc import Mapping
from typing import Any

from dashboards import labels
from dashboards.grafana.ask import Ask
from dashboards.grafana.boards import BOARDS
from dashboards.grafana.build import dashboard
from dashboards.grafana.provision import Rule, files
from schemas import Plan, default_catalogue
from schemas.catalogue import Catalogue
from services.settings import Settings
from streams.figures import figures
from streams.fold import present
from streams.windows import sql_months_before

CONTACTS = ("webhook", "wecom", "dingding", "email")
_PARAMETER = re.compile(r"(?<!\$)\{(\w+):[^{}]+\}")


def built(plan: Plan, settings: Settings, contact: str = "webhook") -> dict[str, str]:
    """Every generated file, by its name."""
    boards = {
        board.uid: dashboard(board, lambda ask, basis: sql_of(ask, plan, basis), plan.time_zone) for board in BOARDS
    }
    return files(boards, rules(plan), {"kind": contact}, settings.clickhouse_database)


def sql_of(ask: Ask, plan: Plan, with_basis: bool) -> str:
    """The SQL of a panel; with a choice of basis it names the variable, else the plan's basis."""
    inner = _figure(ask, plan, with_basis)
    columns = [f"{_named(shown.sql)} AS `{shown.title}`" for shown in ask.shown]
    source = f"({inner}) AS f"
    if ask.names:
        source += f"\n{_names(plan)} ON f.{ask.names} = n.named"
        columns.insert(0, f"if(n.said = '', f.{ask.names}, n.said) AS `地点`")
    if ask.time:
        columns.insert(0, f"{ask.time} AS time")
    order = "time" if ask.time else ask.order
    tail = f"\nORDER BY {order}" if order else ""
    text = f"SELECT {', '.join(columns)}\nFROM {source}{tail}\nLIMIT {ask.limit}"
    given = _given(plan, with_basis, ask)
    return _PARAMETER.sub(lambda found: given[found[1]], text)


def rules(plan: Plan) -> list[Rule]:
    """What the rules of the plan have said of today, until ten minutes past midnight of yesterday too: what was due in
    its last minute is said after it. And late data. No variables: nobody is there to choose.

    Texts of a row are the labels by which Grafana tells alerts apart, and two rows with equal ones fail the whole rule:
    each has the code. A name stands beside it, since an annotation has nothing else to take it from.
    """
    return [
        Rule(
            "fanzha-high-incidence", "高发地区", _said(plan, "high_incidence"), 0.5, "0s", 600,
            "{{ $labels.name }} 近 7 天发案达到 {{ $values.B.Value }} 起", "critical",
        ),
        Rule(
            "fanzha-late-data", "数据迟到", "SELECT sum(facts_next - marts_next) AS value FROM progress FINAL",
            0.5, "2m", 600, "{{ $values.B.Value }} 条记录入库后未进入统计，请检查工作进程",
        ),
        Rule(
            "fanzha-rejected", "记录被拒", _said(plan, "rejected_records"), 0.5, "0s", 600,
            "主题 {{ $labels.place }} 一天内未能计数的记录达到 {{ $values.B.Value }} 条",
        ),
    ]  # fmt: skip


def _said(plan: Plan, rule: str) -> str:
    """Alerts of a rule on the days of the range, with the threshold they passed: one row for each place."""
    alerts = _figure(Ask("alerts", ()), plan, False)
    return f"""SELECT f.place AS place, if(any(n.said) = '', f.place, any(n.said)) AS name, max(f.threshold) AS value
FROM ({alerts}) AS f
{_names(plan)} ON f.place = n.named
WHERE f.rule = '{rule}'
GROUP BY place
ORDER BY place"""


def _names(plan: Plan) -> str:
    """A join that gives places their names."""
    places = _figure(Ask("place", ()), plan, False)
    return f"LEFT JOIN (SELECT code AS named, any(label) AS said FROM ({places}) GROUP BY code) AS n"


def _figure(ask: Ask, plan: Plan, with_basis: bool) -> str:
    """A figure over what is known now, its parameters written out."""
    where = " AND ".join(f"toString({column}) IN ({values})" for column, values in ask.where.items()) or "1"
    figure = figures()[ask.figure]
    by = ", ".join(ask.by or figure.default_by)
    sql = figure.sql.replace("{{where}}", where).replace("{{by}}", by).replace("{{base}}", plan.rate_base)
    given = _given(plan, with_basis, ask)
    return _PARAMETER.sub(lambda found: given[found[1]], present(sql))


def _given(plan: Plan, with_basis: bool, ask: Ask) -> Mapping[str, str]:
    zone = f"'{plan.time_zone}'"
    to = f"toDate($__toTime, {zone})"
    since = sql_months_before(to, ask.months - 1) if ask.months else f"toDate($__fromTime, {zone})"
    since = f"toStartOfYear({to})" if ask.year else since
    basis = "${basis:singlequote}" if with_basis else f"'{plan.counting_basis}'"
    at = "toDateTime64($__toTime, 6, 'UTC')"
    return {"from": since, "to": to, "day": to, "at": at, "zone": zone, "basis": basis}


def _named(sql: str) -> str:
    """`{column}` as the Chinese name of its codes."""
    return re.sub(r"\{(\w+)\}", lambda found: _labelled(found[1], default_catalogue()), sql)


def _labelled(column: str, catalogue: Catalogue) -> str:
    known: dict[str, Any] = {code: catalogue.label(code) for code in catalogue.codes}
    if column != "category":
        known = {code: labels.name(code, "zh") for code in labels.CODES}
    codes = ", ".join(f"'{code}'" for code in known)
    texts = ", ".join(f"'{label}'" for label in known.values())
    return f"transform({column}, [{codes}], [{texts}], {column})"
