"""Measures the embedded way on this machine, in one command.

In: options. Out: a table, JSON or Markdown on standard output; progress on standard error. Loads are made before what
is measured begins. What the machine was busy with otherwise shows in its load and in the yardstick.
"""

from dataclasses import asdict
from typing import Annotated

import typer

from bench.cycle import cycles
from bench.imports import imports
from bench.load import Load
from bench.machine import load_average, machine, yardstick
from bench.options import UNTIL, Events, chosen, numbers
from bench.panels import panels
from bench.report import Format, Report, progress
from bench.rounds import cycles as rounds
from bench.screen import screen
from bench.upkeep import upkeep
from bench.way import Live, Offered, bulk, live

PARTS = ("bulk", "live", "freshness", "cycle", "rounds", "imports", "panels", "upkeep", "screen")
app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def main(  # noqa: PLR0913, PLR0917  # an option of a command is an argument of its function
    events: Annotated[int, typer.Option(min=1_000, help="批量事件数 / events of the bulk run")] = 500_000,
    rates: Annotated[
        str, typer.Option(help="实时各档每秒事件数 / rates of the live runs")
    ] = "5000,10000,20000,30000,40000",
    seconds: Annotated[float, typer.Option(min=1, help="每档秒数 / seconds of each rate")] = 20.0,
    base: Annotated[
        int, typer.Option(min=0, help="实时之前已有的事件 / events there before the live runs")
    ] = 1_000_000,
    facts: Annotated[str, typer.Option(help="查询与重建时的事实数 / facts that are asked and rebuilt")] = "1e6,1e7",
    rows: Annotated[int, typer.Option(min=1_000, help="导入的行数 / rows of the imported files")] = 200_000,
    only: Annotated[str, typer.Option(help=",".join(PARTS))] = ",".join(PARTS),
    mix: Annotated[Events, typer.Option(help="批量与实时的事件 / events of the bulk and live runs")] = Events.daily,
    quick: Annotated[
        bool, typer.Option("--quick", help="小数目，只看能跑 / small numbers, to see that it runs")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="输出格式 / output format")] = Format.table,
) -> None:
    """测量本机的全程速度 / measure the whole embedded way on this machine.

    \b
    例 / examples:
      python -m bench --quick
      python -m bench --only bulk --events 1000000
      python -m bench --only live --mix incidents --rates 20000,40000 --seconds 10
      python -m bench --only cycle
      python -m bench --only imports --rows 200000
      python -m bench --only rounds --base 200000
      python -m bench --only panels --facts 1e6
      python -m bench --only upkeep --facts 1e6
      python -m bench --only screen
      python -m bench --format markdown > figures.md
    """
    wanted = chosen(only, PARTS, "--only")
    sizes, offered = numbers(facts, "--facts"), numbers(rates, "--rates")
    slow, times, strokes, changes, months = 1_000.0, 30, 20_000, 10, 14
    if quick:
        events, sizes, offered, seconds, base = 4_000, [5_000.0], [500.0], 1.0, 2_000
        slow, times, strokes, changes, months, rows = 200.0, 2, 1_000, 1, 2, 2_000
    report = Report(machine(), load_average(), yardstick(list(Load(9, strokes, UNTIL, 30.0))))
    if "bulk" in wanted:
        _bulk(report, events, mix)
    if "live" in wanted or "freshness" in wanted:
        freshness = [slow] if "freshness" in wanted else []
        _live(report, freshness + (offered if "live" in wanted else []), slow, seconds, base, mix)
    if "cycle" in wanted:
        _cycle(report, min(base, 33_000), min(times, 12))
    if "imports" in wanted:
        _imports(report, rows)
    if "rounds" in wanted:
        _rounds(report, base, {100: 3, 1_000: 2} if quick else {100: 40, 20_000: 6})
    if "panels" in wanted:
        for size in sizes:
            _panels(report, int(size), times)
    if "upkeep" in wanted:
        for size in sizes:
            _upkeep(report, int(size))
    if "screen" in wanted:
        _screen(report, changes, months)
    report.show(form, "bench")


def _bulk(report: Report, events: int, mix: Events) -> None:
    with progress(f"bulk, {events:,} events") as told:
        found = bulk(UNTIL, events, mix.mix, told)
    report.figures["bulk"] = asdict(found)
    report.add(f"submit → log, {events:,} events ({mix})", f"{found.to_log:,.0f} /s")
    report.add("submit → facts, in bulk", f"{found.to_facts:,.0f} /s", "≥ 60,000 /s")
    report.add("all marts of them afterwards", f"{found.marts_seconds:.1f} s")
    log, warehouse = (size / events for size in (found.log_bytes, found.warehouse_bytes))
    report.add("on disk, an event", f"log {log:,.0f} bytes, warehouse {warehouse:,.0f} bytes")
    report.add("resident after bulk", _gib(found.resident))


def _live(report: Report, rates: list[float], slow: float, seconds: float, base: int, mix: Events) -> None:
    """Step by step until a rate is not kept up with; `slow` is the one whose freshness is told apart."""
    kept: Live | None = None
    with progress(f"live, {base:,} events before") as told:
        for found in live(Offered(UNTIL, rates, seconds, base, mix.mix), told):
            report.figures.setdefault("live", []).append(asdict(found))
            lag = f"p50 {found.p50:.2f} s, p99 {found.p99:.2f} s"
            if found.offered == slow:
                report.add(f"accepted → visible at {slow:,.0f} /s", lag, "p99 ≤ 2 s")
            else:
                report.add(
                    f"live with marts ({mix}), {found.offered:,.0f} /s", f"{found.reached:,.0f} /s, {lag}", "p99 ≤ 2 s"
                )
            kept = found if found.kept_up else kept
    if rates != [slow]:
        report.add("live with marts, kept up with", f"{kept.offered:,.0f} /s" if kept else "—", "≥ 40,000 /s")
    if kept:
        report.add("resident when live", _gib(kept.resident))


def _cycle(report: Report, base: int, times: int) -> None:
    with progress(f"cycles, {base:,} events before") as told:
        found = cycles(UNTIL, base, times, told)
    report.figures["cycle"] = asdict(found)
    took = f"{found.seconds * 1000:.0f} ms, {found.processor_seconds * 1000:.0f} ms of processor time"
    report.add(f"a cycle of three corrections and three receipts, {base:,} events before", took)


def _imports(report: Report, rows: int) -> None:
    with progress(f"import, {rows:,} rows") as told:
        found = imports(UNTIL, rows, told)
    report.figures["imports"] = asdict(found) | {"ratio": found.ratio, "skipped": found.skipped}
    report.add(f"import of {rows:,} rows, all new", f"{rows / found.all_new:,.0f} /s")
    report.add("… to the submission of the same events", f"{found.ratio:.2f} x", "≥ 0.3 x")
    report.add("a row that the filter skips, to a new one", f"1/{1 / max(found.skipped, 1e-6):,.0f}", "≤ 1/20")
    report.add("importer and owner in one process grew by", _gib(found.grown))


def _rounds(report: Report, base: int, sizes: dict[int, int]) -> None:
    with progress(f"rounds, {base:,} facts before") as told:
        found = rounds(base, sizes, UNTIL, told)
    report.figures["rounds"] = [asdict(one) for one in found]
    for one in found:
        took = f"{one.wall:.0f} ms, of processors {one.processor:.0f} ms"
        report.add(f"a batch of {one.records:,} and its round, {base:,} facts before", took)


def _panels(report: Report, facts: int, times: int) -> None:
    with progress(f"panels, {facts:,} facts") as told:
        found = panels(facts, times, UNTIL, told)
    report.figures.setdefault("panels", []).append(asdict(found))
    report.add(f"{facts:,} facts loaded", f"{found.load_rate:,.0f} /s; marts in {found.build_seconds:.1f} s")
    size = f"{found.warehouse_bytes / facts:,.0f} bytes a fact; {_gib(found.resident)}"
    report.add(f"warehouse on disk, resident, {facts:,} facts", size)
    for one in found.latencies:
        goal = "≤ 1,000 ms" if one.known else "p95 ≤ 100 ms"
        report.add(f"{one.question}, {facts:,} facts", f"p50 {one.p50:.0f} ms, p95 {one.p95:.0f} ms", goal)


def _upkeep(report: Report, facts: int) -> None:
    with progress(f"rebuild and verify, {facts:,} facts") as told:
        found = upkeep(facts, UNTIL, told)
    report.figures.setdefault("upkeep", []).append(asdict(found))
    rate = f"{found.records / found.rebuild_seconds:,.0f} /s, {found.rebuild_seconds:,.0f} s"
    report.add(f"rebuild, {facts:,} facts, equal", rate, "≥ 120,000 /s")
    report.add("… resident at most", _gib(found.rebuild_peak), "≤ 2 GB")
    report.add(f"verify, {facts:,} facts, nothing differing", f"{found.verify_seconds:,.0f} s")
    report.add("… resident at most", _gib(found.verify_peak))


def _screen(report: Report, times: int, months: int) -> None:
    with progress("demo and desk") as told:
        found = screen(times, months, told)
    report.figures["screen"] = asdict(found)
    report.add("fanzha demo → its address", f"{found.address:.1f} s", "≤ 20 s")
    report.add("fanzha demo → figures in a browser", f"{found.figures:.1f} s", "≤ 20 s")
    report.add("resident, with its live trickle", _gib(found.resident), "≤ 1.5 GB")
    report.add("first paint of a desk", f"{found.paint:.2f} s", "≤ 1 s")
    changed = f"p50 {found.p50:.2f} s, p95 {found.p95:.2f} s"
    report.add(f"another period or basis, {len(found.changes)} changes", changed, "≤ 0.3 s")
    report.add("a desk as known at a moment", f"{found.known:.2f} s")


def _gib(size: int) -> str:
    return f"{size / 2**30:.2f} GiB"


if __name__ == "__main__":
    app()
