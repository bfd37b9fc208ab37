"""Measures the embedded way on this machine, in one command.

In: options. Out: a table, JSON or Markdown on standard output; progress on standard error. Loads are made before what
is measured begins.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bench.machine import load_average, machine, peak_memory
from bench.panels import panels
from bench.way import bulk, live

UNTIL = datetime(2026, 3, 1, tzinfo=UTC)  # the load is the same on every day it is played
PARTS = ("bulk", "live", "freshness", "panels")
Told = Callable[[int, int], None]
app = typer.Typer(add_completion=False, rich_markup_mode=None)


class Format(StrEnum):
    table = "table"
    json = "json"
    markdown = "markdown"


@dataclass(slots=True)
class Report:
    """Rows of (what, figure, goal)."""

    machine: str
    busy: float
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    def add(self, what: str, figure: str, goal: str = "") -> None:
        self.rows.append((what, figure, goal))


@app.command()
def main(
    events: Annotated[int, typer.Option(min=1_000, help="事件数 / events of the bulk run")] = 200_000,
    rates: Annotated[
        str, typer.Option(help="每秒事件数，逗号分隔 / rates of the live runs")
    ] = "5000,10000,20000,40000",
    seconds: Annotated[float, typer.Option(min=1, help="每档多少秒 / seconds for each rate")] = 20.0,
    facts: Annotated[str, typer.Option(help="查询时的事实数 / facts under the queries")] = "1e6,1e7",
    only: Annotated[str, typer.Option(help="bulk,live,freshness,panels")] = ",".join(PARTS),
    quick: Annotated[
        bool, typer.Option("--quick", help="小数目，只看能跑 / small numbers, to see that it runs")
    ] = False,
    format: Annotated[Format, typer.Option("--format", help="输出格式 / output format")] = Format.table,
) -> None:
    """测量本机的全程速度 / measure the whole embedded way on this machine.

    \b
    例 / examples:
      python -m bench --quick
      python -m bench --only panels --facts 1e6
      python -m bench --format markdown > figures.md
    """
    wanted = [part.strip() for part in only.split(",")]
    unknown = set(wanted) - set(PARTS)
    if unknown:
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}; {', '.join(PARTS)}", param_hint="--only")
    sizes, offered = [int(float(n)) for n in facts.split(",")], [float(r) for r in rates.split(",")]
    base = 100_000
    if quick:
        events, sizes, offered, seconds, base = 4_000, [5_000], [500.0], 2.0, 2_000
    report = Report(machine(), load_average())
    if "bulk" in wanted:
        _bulk(report, events)
    if "live" in wanted:
        _live(report, offered, seconds, base)
    if "freshness" in wanted:
        _freshness(report, 200.0 if quick else 1_000.0, seconds, base)
    if "panels" in wanted:
        for size in sizes:
            _panels(report, size)
    report.add("resident memory, at most", f"{peak_memory() / 2**30:.2f} GiB")
    _show(report, format)


def _bulk(report: Report, events: int) -> None:
    with _progress(f"bulk, {events:,} events") as told:
        found = bulk(UNTIL, events, told)
    report.figures["bulk"] = asdict(found)
    report.add(f"submit → log, {events:,} events", f"{found.to_log:,.0f} /s")
    report.add("submit → facts, in bulk", f"{found.to_facts:,.0f} /s", "≥ 60,000 /s")
    report.add("all marts afterwards", f"{found.marts_seconds:.1f} s")


def _live(report: Report, rates: list[float], seconds: float, base: int) -> None:
    """Step by step until a rate is not kept up with."""
    best = None
    for rate in rates:
        with _progress(f"live, {rate:,.0f} events/s") as told:
            found = live(UNTIL, rate, seconds, base, told)
        report.figures.setdefault("live", []).append(asdict(found))
        told_ = f"{found.reached:,.0f} /s, lag p50 {found.p50:.2f} s, p99 {found.p99:.2f} s"
        report.add(f"live with marts, {rate:,.0f} /s offered", told_, "p99 ≤ 2 s")
        if not found.kept_up:
            break
        best = rate
    report.add("live with marts, kept up with", f"{best:,.0f} /s" if best else "—", "≥ 40,000 /s")


def _freshness(report: Report, rate: float, seconds: float, base: int) -> None:
    with _progress(f"freshness, {rate:,.0f} events/s") as told:
        found = live(UNTIL, rate, seconds, base, told)
    report.figures["freshness"] = asdict(found)
    report.add(f"accepted → visible at {rate:,.0f} /s", f"p50 {found.p50:.2f} s, p99 {found.p99:.2f} s", "p99 ≤ 2 s")


def _panels(report: Report, facts: int) -> None:
    with _progress(f"panels, {facts:,} facts") as told:
        found = panels(facts, UNTIL, told)
    report.figures.setdefault("panels", []).append(asdict(found))
    report.add(f"{facts:,} facts loaded", f"{found.load_rate:,.0f} /s; marts in {found.build_seconds:.1f} s")
    for one in found.latencies:
        goal = "≤ 1,000 ms" if one.known else "p95 ≤ 100 ms"
        report.add(f"{one.question}, {facts:,} facts", f"p50 {one.p50:.0f} ms, p95 {one.p95:.0f} ms", goal)


@contextmanager
def _progress(doing: str) -> Iterator[Told]:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _show(report: Report, form: Format) -> None:
    if form is Format.json:
        sys.stdout.write(
            json.dumps({"machine": report.machine, "busy": report.busy, **report.figures}, indent=1) + "\n"
        )
    elif form is Format.markdown:
        lines = [
            f"Machine: {report.machine}; load average before: {report.busy:.2f}.",
            "",
            "| what | measured | goal |",
        ]
        lines += ["|---|---|---|", *(f"| {what} | {figure} | {goal} |" for what, figure, goal in report.rows)]
        sys.stdout.write("\n".join(lines) + "\n")
    else:
        table = Table("what", "measured", "goal", box=None, title=f"{report.machine}; load {report.busy:.1f}")
        for row in report.rows:
            table.add_row(*row)
        Console().print(table)


if __name__ == "__main__":
    app()
