"""Commands that look: query, doubts, export, status."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import typer

from schemas import Figure
from services.cli.output import Format, Formatted, Row, show
from services.cli.session import session_of
from services.imports import InputError, Runner
from services.moments import moment_of
from services.requests import parse_conditions, parse_position, words
from streams.comparison import labels_of
from streams.doubts import doubts as kinds
from streams.figures import figures

PLACES = frozenset({"station", "township", "community", "place"})  # columns that hold codes of places
Words = Annotated[list[str] | None, typer.Option("--where", help="条件 列=值，可重复 / column=value", metavar="K=V")]


def register(app: typer.Typer) -> None:
    for name, command in (("query", query), ("doubts", doubts), ("export", export), ("status", status)):
        app.command(name)(command)


def query(
    context: typer.Context,
    figure: Annotated[str | None, typer.Argument(help="指标；不写则列出全部 / a figure; none lists them")] = None,
    where: Words = None,
    since: Annotated[
        str | None, typer.Option("--from", help="起始日 / first day", metavar="DAY", envvar="FANZHA_QUERY_FROM")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", help="截止日 / last day", metavar="DAY")] = None,
    by: Annotated[str | None, typer.Option(help="分组的列，逗号分隔 / columns to group by")] = None,
    basis: Annotated[str | None, typer.Option(help="统计口径 occurred|reported|filed / counting basis")] = None,
    at: Annotated[str | None, typer.Option(help="滚动窗口的末端 / end of a rolling window", metavar="T")] = None,
    as_known_at: Annotated[str | None, typer.Option(help="截至当时所知 / as known at", metavar="T")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="最多几行 / rows at most", metavar="N")] = None,
    compare: Annotated[
        str | None, typer.Option(help="对比 yoy 同比、mom 环比，逗号分隔 / comparisons", metavar="yoy,mom")
    ] = None,
    format: Formatted = Format.table,
) -> None:
    """查询指标 / rows of a figure.

    \b
    例 / examples:
      fanzha query incidents --by station,month --from 2026-01-01 --to 2026-03-31
      fanzha query rates --where level=township --as-known-at 2026-04-01T00:00:00+08:00
      fanzha query rates --where level=station --from 2026-02-01 --to 2026-02-28 --compare yoy,mom
    """
    session = session_of(context)
    lang = session.settings.lang
    if figure is None:
        show(_listed(lang), ("figure", "meaning", "columns", "by"), format)
        return
    request: dict[str, Any] = {
        "figure": figure, "where": parse_conditions(where), "from": _day(since, "--from"), "to": _day(to, "--to"),
        "by": words(by), "basis": basis, "compare": words(compare),
        "at": _moment(at, "--at"), "as_known_at": _moment(as_known_at, "--as-known-at"), "limit": limit,
    }  # fmt: skip
    with session.folder(figure) as run:
        head, *rows = run("query", request)
        told = with_names(rows, run, as_known_at, lang) if format is Format.table else rows
        show(told, head["columns"], format, _labels(figures()[figure], lang))
    for note in head["notes"]:
        typer.echo(note, err=True)


def doubts(
    context: typer.Context,
    kind: Annotated[list[str] | None, typer.Option("--kind", help=" | ".join(kinds()), metavar="KIND")] = None,
    as_known_at: Annotated[str | None, typer.Option(help="截至当时所知 / as known at", metavar="T")] = None,
    format: Formatted = Format.table,
) -> None:
    """存疑：已接收而不可信的，每处一行 / what was accepted and is not believable, with what to do.

    \b
    例 / examples: fanzha doubts · fanzha doubts --kind tied --kind unknown_community
    """
    session = session_of(context)
    lang = session.settings.lang
    request = {"where": {"kind": kind} if kind else {}, "as_known_at": _moment(as_known_at, "--as-known-at")}
    with session.folder("doubts") as run:
        head, *rows = run("doubts", request)
        if format is Format.table:
            rows = [_told(row, lang) for row in rows]
        show(rows, head["columns"], format, _labels(figures()["doubts"], lang))


def _told(row: dict[str, Any], lang: str) -> dict[str, Any]:
    """A doubt in one language, for people."""
    doubt = kinds()[row["kind"]]
    meaning, remedy = (doubt.zh, doubt.do_zh) if lang == "zh" else (doubt.en, doubt.do_en)
    return {**row, "kind": f"{doubt.kind} {meaning}", "events": " ".join(row["events"]), "remedy": remedy}


def export(
    context: typer.Context,
    from_position: Annotated[list[str] | None, typer.Option(help="主题/分区=偏移，可重复 / TOPIC/PART=OFFSET")] = None,
) -> None:
    """原样导出归档（NDJSON）/ the archive verbatim with topic, partition and offset.

    \b
    例 / example: fanzha export --from-position incidents/0=100 > archive.ndjson
    """
    positions = [[topic, part, at] for (topic, part), at in map(parse_position, from_position or ())]
    with session_of(context).folder("export") as run:
        show(run("export", {"from": positions}), (), Format.ndjson)


def status(context: typer.Context, format: Formatted = Format.table) -> None:
    """位置、积压、新鲜度、行数、大小 / positions, lag, freshness, counts, sizes."""
    with session_of(context).folder("status") as run:
        show(run("status", {}), ("section", "name", "value", "facts_next", "marts_next", "lag", "bytes"), format)


def with_names(rows: Sequence[Row], run: Runner, as_known_at: str | None, lang: str) -> Sequence[Row]:
    """Places with their names beside their codes, for people: one that is gone says where it went."""
    if not rows or not PLACES & rows[0].keys():
        return rows
    request: dict[str, Any] = {"figure": "place", "where": {}, "by": [], "as_known_at": as_known_at}
    _, *found = run("query", request)
    names = {row["code"]: row["label" if lang == "zh" else "label_en"] for row in found}
    return [
        {**row, **{c: f"{row[c]} {names[row[c]]}" for c in PLACES & row.keys() if names.get(row[c], row[c]) != row[c]}}
        for row in rows
    ]


def _listed(lang: str) -> list[dict[str, Any]]:
    return [
        {
            "figure": f.name, "meaning": f.zh if lang == "zh" else f.en,
            "columns": " ".join(c.name for c in f.columns), "by": " ".join(f.by),
        }
        for f in figures().values()
    ]  # fmt: skip


def _labels(figure: Figure, lang: str) -> dict[str, str]:
    named = {c.name: (c.zh if lang == "zh" else c.en) for c in figure.columns}
    units = {c.name: c.unit for c in figure.columns if c.unit}
    named = {
        name: f"{text}（{units[name]}）" if name in units and lang == "zh" else text for name, text in named.items()
    }
    return named | labels_of(figure, lang)


def _day(text: str | None, option: str) -> str | None:
    if text is not None:
        try:
            date.fromisoformat(text)
        except ValueError as error:
            raise InputError(f"{option}: 日期应写作 2026-03-31 / a day is YYYY-MM-DD: {text!r}") from error
    return text


def _moment(text: str | None, option: str) -> str | None:
    try:
        return text if text is None else moment_of(text).isoformat()
    except ValueError as error:
        raise InputError(f"{option}: {error}") from error
