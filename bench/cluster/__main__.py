"""Measures the way over a real Kafka broker on this machine, and others who do the same job, in one run.

In: options. Out: a table, JSON or Markdown. Broker, engine and contestants share this machine's cores; each contestant
is a process of its own over the same records, one after the other.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from bench.cluster.elsewhere import PEER, TOP, Sending
from bench.cluster.floor import Floor
from bench.cluster.job import Done
from bench.load import DAILY, INCIDENTS, Load, registry
from bench.machine import load_average, machine, yardstick
from bench.offering import Note
from bench.options import UNTIL, Events, chosen, numbers
from bench.report import Format, Report, Told, progress
from bench.way import Live, Offered, live_in
from schemas import TOPIC_OF, parse
from services.cluster.dev import cluster, workers
from services.errors import Unavailable
from services.office import Office
from services.settings import Settings
from services.wiring import kafka_access, make_topics, open_office
from streams.kafka_topics import create_topics
from streams.log import NewRecord
from streams.log_kafka import KafkaLog
from streams.pump import BATCH

CHUNK = 5_000
STEP = BATCH  # events come in whole batches, so that nobody waits for the end of an interval
PARTS = ("bulk", "freshness", "live", "elsewhere", "floor")
app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def main(
    events: Annotated[int, typer.Option(min=STEP, help="批量事件数 / events of the bulk runs")] = 200_000,
    rates: Annotated[str, typer.Option(help="实时各档每秒事件数 / rates of the live runs")] = "2000,4000,8000,16000",
    seconds: Annotated[float, typer.Option(min=1, help="每档秒数 / seconds of each rate")] = 20.0,
    base: Annotated[int, typer.Option(min=0, help="实时之前已有的事件 / events there before")] = 100_000,
    count: Annotated[int, typer.Option("--workers", min=1, max=9, help="工作进程数 / workers of the live runs")] = 1,
    only: Annotated[
        str,
        typer.Option(
            help=f"{','.join(PARTS)}；elsewhere：别处网关送来的记录 / live, records of other gateways；"
            "floor：只做最少的事，看本机能否跟上 / the least there is to do, reports and corrections"
        ),
    ] = ",".join(PARTS[:-1]),
    mix: Annotated[Events, typer.Option(help="实时的事件 / events of the live runs")] = Events.daily,
    form: Annotated[Format, typer.Option("--format", help="输出格式 / output format")] = Format.table,
) -> None:
    """测量经 Kafka 的全程速度，并与同类对比 / measure the way over Kafka, beside others.

    \b
    例 / examples:
      make bench-cluster
      python -m bench.cluster --only bulk --events 400000
      python -m bench.cluster --only live --mix incidents --rates 5000,10000 --format markdown
      python -m bench.cluster --only elsewhere,floor --mix incidents --base 1000000 --rates 40000 --seconds 12
    """
    wanted, offered = chosen(only, PARTS, "--only"), numbers(rates, "--rates")
    report = Report(machine(), load_average(), yardstick(list(Load(9, 20_000, UNTIL, 30.0))))
    steps = ([1_000.0] if "freshness" in wanted else []) + (offered if "live" in wanted else [])
    try:
        if "bulk" in wanted:
            _bulk(report, events - events % STEP)
        for shape in ("one process", f"{count} worker(s)"):
            if steps:
                _live(report, shape, count, Offered(UNTIL, steps, seconds, base, mix.mix))
            if "elsewhere" in wanted:
                _live(report, shape, count, Offered(UNTIL, offered, seconds, base, mix.mix), elsewhere=True)
        if "floor" in wanted:
            _floor(report, Offered(UNTIL, offered, seconds, base, INCIDENTS))
    except Unavailable as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(1) from error
    report.show(form, "bench.cluster")


def _bulk(report: Report, events: int) -> None:
    with _started() as settings:
        with progress(f"{events:,} events into Kafka") as told:
            rate = _fill(settings, events, told)
        report.add(f"events → Kafka, {events:,}, acks=all, idempotent", f"{rate:,.0f} /s")
        found: dict[str, Done] = {}
        for name, words, python, warehouse in (
            ("read", ["own", "read"], sys.executable, "chdb"),
            ("validate", ["own", "validate"], sys.executable, "chdb"),
            ("whole", ["own", "whole"], sys.executable, "chdb"),
            ("protocol", ["own", "whole"], sys.executable, "clickhouse"),
            ("faust", ["agents"], sys.executable, "chdb"),
            ("quix", ["quix"], str(PEER), "chdb"),
        ):
            if Path(python).exists():
                with progress(name):
                    found[name] = _contest(settings, name, [python, "-m", f"bench.cluster.{words[0]}", *words[1:]],
                                           events, warehouse)  # fmt: skip
    report.figures["bulk"] = {name: asdict(done) | {"rate": done.rate} for name, done in found.items()}
    _compare(report, {name: done.rate for name, done in found.items()}, found["whole"].merging)


def _compare(report: Report, rate: dict[str, float], merging: float) -> None:
    whole = rate["whole"]
    report.add("a consumer that only reads (aiokafka)", f"{rate['read']:,.0f} /s")
    report.add("a consumer that only validates", f"{rate['validate']:,.0f} /s")
    report.add("whole way, engine in process", f"{whole:,.0f} /s", "≥ 120,000 /s")
    report.add("… of the consumer that only validates", f"{whole / rate['validate']:.2f}", "≥ 0.75")
    report.add("… to merge what it left in parts", f"{merging:.1f} s")
    report.add("whole way, ClickHouse's protocol", f"{rate['protocol']:,.0f} /s")
    report.add("plain Faust agents", f"{rate['faust']:,.0f} /s")
    report.add("… whole way ÷ Faust agents", f"{whole / rate['faust']:.2f} ×", "≥ 8 ×")
    if "quix" in rate:
        report.add("Quix Streams", f"{rate['quix']:,.0f} /s")
        report.add("… whole way ÷ Quix Streams", f"{whole / rate['quix']:.2f} ×", "≥ 1.5 ×")
    else:
        report.add("Quix Streams", "not installed: make bench-cluster", "≥ 1.5 ×")


def _live(report: Report, shape: str, count: int, offered: Offered, *, elsewhere: bool = False) -> None:
    name = f"{shape}, records from elsewhere" if elsewhere else shape
    with _opened(shape, count) as (settings, office), progress(f"live, {name}") as told:
        _followed(report, name, live_in(office, offered, told, partial(Sending, settings) if elsewhere else None))


def _floor(report: Report, offered: Offered) -> None:
    """Records from elsewhere again, in one process, but as little done with them as can be."""
    with _opened("one process", 0) as (settings, office), progress("floor") as told:
        office.pump = floor = Floor(office.log, office.warehouse, office.plan, batch=BATCH)

        def offer(load: Load, size: int, pace: float, note: Note) -> Sending:
            floor.begin()
            return Sending(settings, load, size, pace, note)

        _followed(report, "the least there is to do", live_in(office, offered, told, offer))


def _followed(report: Report, name: str, steps: Iterable[Live]) -> None:
    kept: Live | None = None
    for found in steps:
        report.figures.setdefault(name, []).append(asdict(found))
        lag = f"{found.reached:,.0f} /s, p50 {found.p50:.2f} s, p99 {found.p99:.2f} s"
        report.add(f"live with marts, {name}, {found.offered:,.0f} /s", lag, "p50 ≤ 0.5 s, p99 ≤ 2 s")
        kept = found if found.kept_up else kept
    report.add(f"… kept up with, {name}", f"{kept.offered:,.0f} /s" if kept else "—", "≥ 40,000 /s")


@contextmanager
def _started() -> Iterator[Settings]:
    """A broker, the gate, topics; all gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="fanzha-bench-") as name:
        settings = Settings().model_copy(update={"data": Path(name)})
        with cluster(settings, settings.cache.expanduser(), make_topics, lambda text: None) as (made, _):
            yield made


@contextmanager
def _opened(shape: str, count: int) -> Iterator[tuple[Settings, Office]]:
    """An office that knows the county: with the engine in its own process, or with workers behind the protocol."""
    with _started() as made:
        alone = shape == "one process"
        settings = made.model_copy(update={"warehouse": "chdb"}) if alone else made
        office = open_office(settings)
        try:
            with workers(settings, 0 if alone else count, lambda text: None):
                office.submit(registry(UNTIL), "bench", keep_recordedtime=True)
                office.confirm_clock()
                office.settle()
                yield settings, office
        finally:
            office.close()


def _fill(settings: Settings, events: int, told: Told) -> float:
    """Records of the county and of `events` in all; gives the rate."""
    county = registry(UNTIL)
    raws = [*county, *Load(1, events - len(county), UNTIL, 365.0, DAILY, stamped=True)]
    parsed = ((parse(raw).event, raw) for raw in raws)
    records = [NewRecord(TOPIC_OF[event.type], event.subject, raw) for event, raw in parsed]
    create_topics(kafka_access(settings))
    log = KafkaLog(kafka_access(settings))
    try:
        rest, done, start = iter(records), 0, perf_counter()
        while chunk := list(islice(rest, CHUNK)):
            log.append(chunk)
            done += len(chunk)
            told(done, events)
        return events / (perf_counter() - start)
    finally:
        log.close()


def _contest(settings: Settings, name: str, command: Sequence[str], events: int, warehouse: str) -> Done:
    """Raises `Unavailable` with the end of what a contestant said, where it fails or keeps less than all."""
    folder = settings.data / name
    own = settings.model_copy(
        update={"data": folder, "warehouse": warehouse, "instance": name, "clickhouse_database": f"bench_{name}"}
    )
    run = subprocess.run(
        ["env", *own.as_variables(), *command, str(events)], cwd=TOP, capture_output=True, text=True, check=False
    )
    lines = run.stdout.splitlines()
    if run.returncode or not lines:
        raise Unavailable(f"{name}: {run.stderr[-2000:]}")
    done = Done(**json.loads(lines[-1]))
    if done.events < events or (done.kept and done.kept < events):
        raise Unavailable(f"{name}: {done}, {events} expected")
    return done


if __name__ == "__main__":
    app()
