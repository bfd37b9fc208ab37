"""The contract of the warehouse, one suite over every adapter: what the port promises and the project relies on."""

import itertools
import json
import math
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from streams.errors import TerminalError, TransientError
from streams.lift import COLUMNS
from streams.migrations import migrate
from streams.progress import Progress, read_progress, write_progress
from streams.rounds import prepare
from streams.warehouse import SETTINGS, Rows, Warehouse
from tests.contract.warehouses import WarehouseAdapter, adapters

ROOT = Path(__file__).resolve().parents[2]
NUMBERS = itertools.count()
TABLE = """CREATE TABLE t (k UInt64, s String, n Nullable(UInt64), x Nullable(String),
                           c LowCardinality(Nullable(String))) ENGINE = MergeTree ORDER BY k"""
TEXTS = (
    "", " ", "a'b", "''", 'a"b', "a`b", "a\\b", "\\", "\\\\'", "\\n", "\\N", "\\t", "NULL", "a\tb", "a\nb", "a\r\nb",
    "a\0b", "{x:String}", "%s %(x)s", "; DROP TABLE t; --", "[1,2]", "反诈宣传", "🙂\u2028\ufeff", "x" * 100_000,
)  # fmt: skip
EAST = timezone(timedelta(hours=8))
MOMENTS = (
    datetime(1990, 1, 1, tzinfo=UTC),
    datetime(2026, 1, 18, 12, 55, 37, 481290, tzinfo=UTC),
    datetime(2026, 1, 18, 12, 55, 37, 1, tzinfo=EAST),
    datetime(2000, 2, 29, 23, 59, 59, 999999, tzinfo=EAST),
    datetime(2099, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
)


@pytest.fixture(params=adapters())
def new(request: pytest.FixtureRequest) -> Iterator[Callable[[], Warehouse]]:
    """Gives fresh databases."""
    adapter: WarehouseAdapter = request.param
    engine: Warehouse = request.getfixturevalue(adapter.engine)
    opened: list[str] = []

    def make() -> Warehouse:
        opened.append(f"contract_{next(NUMBERS)}")
        return engine.sibling(opened[-1])

    yield make
    for name in opened:
        engine.run(f"DROP DATABASE IF EXISTS `{name}` SYNC")


@pytest.fixture
def base(new: Callable[[], Warehouse]) -> Warehouse:
    return new()


@pytest.fixture
def table(base: Warehouse) -> Warehouse:
    base.run(TABLE)
    return base


def one(warehouse: Warehouse, sql: str, **params: Any) -> Any:
    ((value,),) = warehouse.query(sql, params).rows
    return value


class TestValues:
    """What goes in comes out, as the port's `Rows` says it."""

    def test_every_kind(self, base: Warehouse) -> None:
        rows = base.query(
            """SELECT 'a' AS s, toUInt8(1) AS small, toUInt64(18446744073709551615) AS large,
                      toInt64(-9223372036854775808) AS low, 1.5 AS f, nan AS nothing, toDate('2026-01-18') AS d,
                      toDateTime64('2026-01-18 12:00:00.000001', 6, 'UTC') AS utc,
                      toDateTime64('2026-01-18 12:00:00.000001', 6, 'Asia/Shanghai') AS east,
                      toFixedString('ab', 2) AS fixed, [1, 2] AS numbers, ['a', ''] AS texts, NULL AS none,
                      toLowCardinality('q') AS low_cardinality, CAST(NULL AS Nullable(UInt64)) AS no_number,
                      CAST(NULL AS LowCardinality(Nullable(String))) AS no_text,
                      CAST(NULL AS Nullable(DateTime64(6, 'UTC'))) AS no_time, CAST(NULL AS Nullable(Date)) AS no_day"""
        )
        row = rows.dicts()[0]
        assert math.isnan(row.pop("nothing"))
        moment = datetime(2026, 1, 18, 12, 0, 0, 1, tzinfo=UTC)
        assert row == {
            "s": "a", "small": 1, "large": 2**64 - 1, "low": -(2**63), "f": 1.5, "d": date(2026, 1, 18),
            "utc": moment, "east": moment - timedelta(hours=8), "fixed": b"ab", "numbers": [1, 2], "texts": ["a", ""],
            "none": None, "low_cardinality": "q", "no_number": None, "no_text": None, "no_time": None, "no_day": None,
        }  # fmt: skip
        assert row["utc"].tzinfo is not None
        assert type(row["d"]) is date
        assert rows.columns[:3] == ("s", "small", "large")

    @pytest.mark.parametrize("moment", MOMENTS)
    def test_times_to_the_microsecond(self, base: Warehouse, moment: datetime) -> None:
        assert one(base, "SELECT {m:DateTime64(6, 'UTC')}", m=moment) == moment
        assert one(base, "SELECT toUnixTimestamp64Micro({m:DateTime64(6, 'UTC')})", m=moment) == micro(moment)
        assert one(base, "SELECT {m:DateTime64(6, 'Asia/Shanghai')}", m=moment) == moment

    def test_texts_that_are_not_utf8_are_bytes(self, base: Warehouse) -> None:
        rows = base.query("SELECT unhex(h) AS s FROM (SELECT arrayJoin(['ff00', '61', '', 'eda080']) AS h)").rows
        assert rows == [(b"\xff\x00",), ("a",), ("",), (b"\xed\xa0\x80",)]

    def test_an_empty_answer_has_its_columns(self, base: Warehouse) -> None:
        assert base.query("SELECT 1 AS a, 'x' AS b WHERE 0") == Rows(("a", "b"), [])

    def test_many_rows_in_order(self, base: Warehouse) -> None:
        rows = base.query("SELECT number AS n, toString(number) AS s FROM numbers(300000) ORDER BY n").rows
        assert rows == [(n, str(n)) for n in range(300_000)]

    def test_tuples(self, base: Warehouse) -> None:
        """By the names of their parts, or by their places."""
        assert one(base, "SELECT tuple(1 AS a, 'x' AS b)") == {"a": 1, "b": "x"}
        assert one(base, "SELECT [(toDate('2026-01-01'), 'y')]") == [{"1": date(2026, 1, 1), "2": "y"}]

    def test_named_parts_of_tuples(self, base: Warehouse) -> None:
        """The folds name the parts of their tuples: `tuple(f.a AS a).a`."""
        assert one(base, "SELECT arrayMap(x -> x.a, groupArray(tuple(number AS a, 1 AS b))) FROM numbers(3)") == [
            0,
            1,
            2,
        ]


def micro(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


class TestParameters:
    @pytest.mark.parametrize("text", TEXTS, ids=[repr(t[:12]) for t in TEXTS])
    def test_texts_travel_unchanged(self, base: Warehouse, text: str) -> None:
        assert one(base, "SELECT {s:String}", s=text) == text
        assert one(base, "SELECT {s:Array(String)}", s=[text, "z", text]) == [text, "z", text]
        assert one(base, "SELECT {s:String} = {a:Array(String)}[1]", s=text, a=(text,)) == 1

    def test_numbers_and_days(self, base: Warehouse) -> None:
        assert one(base, "SELECT {n:UInt64}", n=2**64 - 1) == 2**64 - 1
        assert one(base, "SELECT {n:Int64}", n=-(2**63)) == -(2**63)
        assert one(base, "SELECT {n:Array(UInt64)}", n=[0, 2**64 - 1]) == [0, 2**64 - 1]
        assert one(base, "SELECT {a:Array(String)}", a=[]) == []
        days = [date(1990, 1, 1), date(2024, 2, 29), date(2099, 12, 31)]
        assert [one(base, "SELECT {d:Date}", d=day) for day in days] == days
        assert one(base, "SELECT {d:Array(Date)}", d=days) == days

    def test_used_more_than_once_and_not_at_all(self, base: Warehouse) -> None:
        assert base.query("SELECT {a:String}, {a:String}", {"a": "x", "unused": "y"}).rows == [("x", "x")]

    def test_a_long_list(self, base: Warehouse) -> None:
        subjects = [f"case-{n:07d}" for n in range(50_000)]
        assert one(base, "SELECT length({s:Array(String)})", s=subjects) == len(subjects)

    def test_in_statements_without_a_result(self, table: Warehouse) -> None:
        table.run("INSERT INTO t (k, s) SELECT 1, {s:String}", {"s": "a'\\b"})
        assert one(table, "SELECT s FROM t") == "a'\\b"


class TestInserts:
    def test_nulls(self, table: Warehouse) -> None:
        table.insert("t", {"k": [1, 2, 3], "n": [None, 0, None], "x": [None, "", None], "c": ["y", None, None]})
        assert table.query("SELECT k, s, n, x, c FROM t ORDER BY k").rows == [
            (1, "", None, None, "y"), (2, "", 0, "", None), (3, "", None, None, None),
        ]  # fmt: skip

    def test_texts(self, table: Warehouse) -> None:
        table.insert("t", {"k": range(len(TEXTS)), "s": TEXTS})
        assert [s for (s,) in table.query("SELECT s FROM t ORDER BY k").rows] == list(TEXTS)

    def test_bytes_as_they_are(self, table: Warehouse) -> None:
        values = [bytes(range(256)), b"\xff\xfe", b"", "反诈".encode(), b"\0" * 7]
        table.insert("t", {"k": range(len(values)), "s": values})
        rows = table.query("SELECT hex(s) FROM t ORDER BY k").rows
        assert [bytes.fromhex(h) for (h,) in rows] == values

    def test_no_rows(self, table: Warehouse) -> None:
        table.insert("t", {"k": [], "s": [], "n": []})
        assert one(table, "SELECT count() FROM t") == 0

    def test_small_ones_do_not_wait_for_each_other(self, table: Warehouse) -> None:
        """Packets that wait for the acknowledgement of the one before come 40 ms late, each time."""
        taken = []
        for n in range(10):
            start = monotonic()
            table.insert("t", {"k": [n]})
            taken.append(monotonic() - start)
        assert min(taken) < 0.035, taken

    def test_a_load_ends(self, table: Warehouse) -> None:
        """Whatever waited for it to end is merged then, also where it ended badly."""
        for n in range(3):
            with suppress(ZeroDivisionError), table.loading():
                table.insert("t", {"k": [2 * n]})
                table.insert("t", {"k": [2 * n + 1]})
                assert one(table, "SELECT count() FROM t") == 2 * n + 2
                _ = n // (n - 1)
            table.run("OPTIMIZE TABLE t FINAL")
            parts = "SELECT active_parts FROM system.tables WHERE database = currentDatabase() AND name = 't'"
            assert one(table, parts) == 1

    def test_many_rows_and_a_large_one(self, table: Warehouse) -> None:
        table.insert("t", {"k": range(150_000), "s": [f"row {n}" for n in range(150_000)]})
        table.insert("t", {"k": [150_000], "s": ["诈" * 1_700_000]})
        assert table.query("SELECT count(), sum(k), max(length(s)) FROM t").rows == [
            (150_001, 150_000 * 150_001 // 2, 5_100_000)
        ]

    def test_the_archive_and_its_views(self, base: Warehouse) -> None:
        """Every column the pump writes, at its edges, and what the warehouse reads from the bytes of good rows."""
        migrate(base)
        far = micro(MOMENTS[-1])
        content = b'{"id":"e","source":"s","type":"incident.withdrawn","time":"t","data":{"withdrawn":true}'
        own = content + b',"actor":"a","recordedtime":"2026-01-01T00:00:00.000001Z"}'
        row = ("incidents", 2**32 - 1, 2**64 - 1, far, 0, "r", "d", "k", b"\xff\0'", own)
        good = ("incidents", 0, 0, 1, 1, "", "", "k", own, b"")
        base.insert("archive", dict(zip(COLUMNS, zip(row, good, strict=True), strict=True)))
        found = base.query(
            "SELECT topic, part, off, appended, ok, hex(raw), event_id, source, type, time, recorded, digest "
            "FROM archive ORDER BY off DESC"
        ).rows
        said = ("e", "s", "incident.withdrawn", "t", "2026-01-01T00:00:00.000001Z", sha256(content).digest())
        assert found == [
            ("incidents", 2**32 - 1, 2**64 - 1, MOMENTS[-1], 0, "FF0027", "", "", "", "", "", bytes(32)),
            ("incidents", 0, 0, datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC), 1, own.hex().upper(), *said),
        ]
        assert base.query("SELECT reason, hex(raw) FROM rejected_record").rows == [("r", "FF0027")]
        assert base.query("SELECT incident, withdrawn, digest FROM incident_facts").rows == [("k", 1, said[-1])]

    def test_progress_at_its_edges(self, base: Warehouse) -> None:
        migrate(base)
        places = {("incidents", 0): 2**54 - 1, ("registry", 0): 0}
        write_progress(base, Progress(places, {("incidents", 0): 2**53 + 1}, 7))
        assert read_progress(base) == Progress(places, {("incidents", 0): 2**53 + 1, ("registry", 0): 0}, 7)

    def test_progress_of_one_who_slept_changes_nothing(self, base: Warehouse) -> None:
        """It is true and old; only a new generation takes positions back."""
        migrate(base)
        place = ("incidents", 0)
        for generation, facts, marts, (stands, summed) in (
            (1, 100, 80, (100, 80)),
            (1, 90, 70, (100, 80)),
            (1, 100, 100, (100, 100)),
            (1, 100, 80, (100, 100)),
            (2, 40, 40, (40, 40)),
            (1, 100, 100, (40, 40)),
            (2, 41, 40, (41, 40)),
        ):
            write_progress(base, Progress({place: facts}, {place: marts}, generation))
            found = read_progress(base)
            assert (found.facts_next[place], found.marts_next[place]) == (stands, summed)


class TestErrors:
    """Transient or terminal, nothing else, and the warehouse is as good as before."""

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT * FROM no_such_table", "SELECT no_such_column FROM t", "SELEC 1", "SELECT {missing:String}",
            "SELECT throwIf(1)", "SELECT toUInt64('x')", "CREATE TABLE t (k UInt64) ENGINE = Memory",
        ],
    )  # fmt: skip
    def test_terminal(self, table: Warehouse, sql: str) -> None:
        for say in (table.query, table.run):
            with pytest.raises(TerminalError) as told:
                say(sql)
            assert str(told.value)
        assert one(table, "SELECT count() FROM t") == 0

    def test_terminal_parameter(self, table: Warehouse) -> None:
        with pytest.raises(TerminalError):
            table.query("SELECT {n:UInt64}", {"n": "not a number"})

    @pytest.mark.parametrize(
        ("name", "columns"),
        [
            ("no_such_table", {"k": [1]}),
            ("t", {"no_such_column": [1]}),
            ("t", {"k": [1, 2], "s": ["one"]}),
            ("t", {"k": [2**64], "s": ["too large"]}),
        ],
        ids=["table", "column", "uneven", "too large"],
    )
    def test_terminal_inserts_keep_nothing(self, table: Warehouse, name: str, columns: dict[str, list[Any]]) -> None:
        with pytest.raises(TerminalError):
            table.insert(name, columns)
        assert one(table, "SELECT count() FROM t") == 0
        table.insert("t", {"k": [1], "s": ["x"]})
        assert one(table, "SELECT count() FROM t") == 1

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT groupArray(repeat('x', 1000)) FROM numbers(1000000) SETTINGS max_memory_usage = 1000000",
            """SELECT sleepEachRow(0.2) FROM numbers(20)
               SETTINGS max_execution_time = 0.5, max_block_size = 1, function_sleep_max_microseconds_per_block = 0""",
        ],
        ids=["memory", "time"],
    )
    def test_transient(self, table: Warehouse, sql: str) -> None:
        for say in (table.query, table.run):
            with pytest.raises(TransientError) as told:
                say(sql)
            assert "Code:" in str(told.value)
        assert one(table, "SELECT 1") == 1

    def test_a_table_that_refuses_writes_may_come_back(self, table: Warehouse) -> None:
        """Too many parts: transient, and the same insert is good once they are merged."""
        table.run("ALTER TABLE t MODIFY SETTING parts_to_throw_insert = 1, parts_to_delay_insert = 1")
        table.run("SYSTEM STOP MERGES t")
        table.insert("t", {"k": [1], "s": ["a"]})
        with pytest.raises(TransientError):
            table.insert("t", {"k": [2], "s": ["b"]})
        table.run("SYSTEM START MERGES t")
        table.run("OPTIMIZE TABLE t FINAL")
        table.run("ALTER TABLE t RESET SETTING parts_to_throw_insert, parts_to_delay_insert")
        table.insert("t", {"k": [9], "s": ["c"]})
        assert one(table, "SELECT count() FROM t WHERE k = 9") == 1


class TestSideBySide:
    def test_asked_while_written(self, table: Warehouse) -> None:
        """Each insert is seen whole or not at all, in the order of insertion, by whoever asks meanwhile."""
        done = threading.Event()

        def follow() -> list[int]:
            seen = [0]
            while not done.is_set():
                rows, last = table.query("SELECT count(), max(k) FROM t").rows[0]
                assert rows % 500 == 0
                assert last == (rows - 1 if rows else 0)
                seen.append(rows)
            return seen

        with ThreadPoolExecutor(2) as pool:
            askers = [pool.submit(follow) for _ in range(2)]
            try:
                for start in range(0, 20_000, 500):
                    table.insert("t", {"k": range(start, start + 500), "s": ["x"] * 500})
            finally:
                done.set()
        for asker in askers:
            assert asker.result() == sorted(asker.result())
            assert len(set(asker.result())) > 3, "nobody asked meanwhile"
        assert one(table, "SELECT uniqExact(k) FROM t") == 20_000

    def test_an_error_of_one_is_not_told_to_another(self, table: Warehouse) -> None:
        def ask(n: int) -> int:
            if n % 2:
                with pytest.raises(TerminalError, match=f"no_such_{n}"):
                    table.query(f"SELECT * FROM no_such_{n}")
                return n
            return int(one(table, "SELECT {n:UInt64}", n=n))

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(ask, range(60))) == list(range(60))

    def test_databases_are_apart(self, new: Callable[[], Warehouse]) -> None:
        """Names without a database mean one's own, also when two are asked in turn and at once."""
        pair = (new(), new())
        for n, warehouse in enumerate(pair):
            warehouse.run("CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n")
            warehouse.insert("t", {"n": [n] * (n + 1)})
        with ThreadPoolExecutor(4) as pool:
            counts = list(pool.map(lambda n: one(pair[n % 2], "SELECT count() FROM t"), range(60)))
        assert counts == [1, 2] * 30
        assert one(pair[0], f"SELECT count() FROM `{pair[1].database}`.t") == 2
        assert one(pair[0].sibling(pair[1].database), "SELECT count() FROM t") == 2
        assert pair[0].sibling("x" + pair[0].database).database == "x" + pair[0].database
        pair[0].run(f"DROP DATABASE `x{pair[0].database}` SYNC")

    def test_scratch_tables_of_rounds(self, base: Warehouse) -> None:
        """Held in memory, seen by every connection, emptied by whoever begins, and made only once."""
        migrate(base)
        prepare(base, {"own": base.database})
        base.run("INSERT INTO round_incident SELECT 'i1'")
        with ThreadPoolExecutor(3) as pool:
            assert list(pool.map(lambda _: one(base, "SELECT count() FROM round_incident"), range(9))) == [1] * 9
        prepare(base, {"own": base.database})
        base.run("TRUNCATE TABLE round_incident")
        assert one(base, "SELECT count() FROM round_incident") == 0
        engines = base.query(
            "SELECT DISTINCT engine FROM system.tables WHERE database = currentDatabase() AND name LIKE 'round_%'"
        )
        assert engines.rows == [("Memory",)]

    def test_statements_run_under_the_settings_asked_for(self, base: Warehouse) -> None:
        rows = base.query(
            "SELECT name, value FROM system.settings WHERE has({n:Array(String)}, name)", {"n": [*SETTINGS]}
        )
        assert dict(rows.rows) == {name: str(value) for name, value in SETTINGS.items()}

    def test_rows_of_one_key_in_one_insert(self, base: Warehouse) -> None:
        """They stay until parts are merged; whoever reads with FINAL sees the newest alone."""
        base.run("CREATE TABLE t (k UInt64, n UInt64) ENGINE = ReplacingMergeTree(n) ORDER BY k")
        base.insert("t", {"k": [1, 2, 1, 1], "n": [5, 1, 9, 7]})
        assert one(base, "SELECT count() FROM t") == 4
        assert base.query("SELECT k, n FROM t FINAL ORDER BY k").rows == [(1, 9), (2, 1)]
        base.run("OPTIMIZE TABLE t FINAL")
        assert base.query("SELECT k, n FROM t ORDER BY k").rows == [(1, 9), (2, 1)]

    def test_tables_change_places(self, base: Warehouse) -> None:
        """What a rebuild ends with."""
        for n, name in enumerate(("a", "b")):
            base.run(f"CREATE TABLE {name} (n UInt64) ENGINE = MergeTree ORDER BY n")
            base.insert(name, {"n": [n]})
        base.run(f"EXCHANGE TABLES `{base.database}`.`a` AND `{base.database}`.`b`")
        assert (one(base, "SELECT n FROM a"), one(base, "SELECT n FROM b")) == (1, 0)


@pytest.mark.chdb
def test_merges_in_process_give_way(engine: Warehouse) -> None:
    asked = """SELECT name, value FROM system.server_settings
               WHERE name IN ('background_pool_size', 'os_threads_nice_value_merge_mutate')"""
    assert dict(engine.query(asked).rows) == {"background_pool_size": "1", "os_threads_nice_value_merge_mutate": "10"}


@pytest.mark.chdb
def test_what_was_kept_is_there_again(tmp_path: Path) -> None:
    """The engine in process: closed while somebody asks, opened elsewhere and again. A server keeps by itself."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.contract.reopened", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {
        "refused": True,
        "elsewhere": 0,
        "rows": [["kept", "反诈 '\\\n", 2**64 - 1], ["军水", "", 1]],
        "states": ["applied"],
        "sibling": [[7]],
    }
