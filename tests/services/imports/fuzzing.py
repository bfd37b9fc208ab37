"""Files that nobody meant to write, from a seed: workbooks and text tables, mutated; and clean ones of any size.

As a program (`python -m`, with seed, number and folder) it imports each in its own process and prints, one JSON line a
file, how many bytes it has unpacked, the processor time it took and that of a clean file of that size; in the end the
most memory it held. Whatever is not an `InputError` ends it with a traceback.
"""

import gzip
import json
import sys
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from random import Random
from time import process_time

from services.imports import InputError, Job, import_files, propose
from services.imports.check import read_mapping
from services.imports.kinds import INCIDENTS
from services.imports.runner_memory import MemoryRunner
from tests.services.imports.workbook import Error, Formula, Moment, Sheet, Value, write_book

HEAD = ["警情编号", "发案时间", "派出所", "类别", "损失(元)", "阶段", "社区"]
MAPPING = read_mapping(
    """
id: "{警情编号}"
unregistered: register
where_not: {派出所: [合计]}
fields:
  occurred_at: {column: 发案时间, range: start}
  station: 派出所
  residence_community: 社区
  category: {column: 类别, map: {刷单返利: task_rebate}, default: other}
  loss_fen: {column: 损失(元), unit: header}
  stage: 阶段
""",
    INCIDENTS,
)
WORDS: list[Value] = [
    "", "无", "合计", "=1+1", "4.2E+17", "\u202a7", "１２", "2026-03-01 10:00", "2026/3/1 下午3:20", "115", "x" * 400,
    "#N/A", "\x0b", "a\nb", '"', "<", "𠮷", 0.0, -1.0, 1e300, 5e-324, 1e15, Moment(46000.5), Moment(-5.0), Moment(9e9),
    Error("#REF!"), Formula("A1"), Formula("A1", 5.0), Formula("A1", ""), None,
]  # fmt: skip
SCRAPS = [
    '<c r="XFD1048576"><v>1</v></c>',
    '<c r="A99999999"><v>1</v></c>', '<c r="B0"><v>1</v></c>', '<c t="s"><v>99</v></c>',
    '<c r="C9" t="s"><v>-1</v></c>', '<row r="0">', "</row>", "<row/>", '<c r="C3" s="77"><v>1e999</v></c>', "<f/>",
    '<c r="C4" t="d"><v>2026-99-99</v></c>',
    '<c r="C5" t="b"><v>7</v></c>', "<!-- -->", "<![CDATA[<c>]]>", "&#0;", "&x;",
    '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>',
    '<mergeCell ref="B2:B900"/>', '<mergeCell ref="B9:A1"/>',
    '<mergeCell ref=""/>',
    '<dimension ref="A1:XFD1048576"/>', "<sheetData>", "</worksheet>", "\x00", "\ufffe",
    '<c r="C6" t="e"><v>#N/A</v></c>' * 40, '<c r="C7"><f>1</f></c>' * 40, "<row>" * 300, '<c r="AAAA1"><v>1</v></c>',
]  # fmt: skip


def clean_row(number: int) -> list[str]:
    return [f"R{number:06}", f"2026-03-{number % 28 + 1:02} 10:00", f"S{number % 9}", "刷单返利", "1000", "既遂", "C1"]


def clean_text(path: Path, size: int) -> Path:
    lines = [",".join(HEAD), *(",".join(clean_row(n)) for n in range(max(size // 75, 1)))]
    path.write_text("\n".join(lines), "utf-8")
    return path


def clean_book(path: Path, size: int) -> Path:
    """A row of seven cells is some 400 bytes of a sheet; an empty workbook some 3,000."""
    return write_book(path, {"警情": Sheet([HEAD, *(clean_row(n) for n in range(max((size - 3_000) // 400, 1)))])})


def odd_text(random: Random, path: Path) -> Path:
    lines = [",".join(HEAD), *(",".join(clean_row(n)) for n in range(random.choice((3, 40, 400))))]
    data = bytearray("\n".join(lines).encode(random.choice(("utf-8", "utf-8-sig", "gb18030", "utf-16"))))
    scraps = [
        b'"',
        b'""',
        b",",
        b",,,,,,,,",
        b"\n",
        b"\r",
        b"\0",
        b"\xff",
        b";",
        b"\t",
        b"=1+1",
        b"\n" * 500,
        b'"' * 99,
    ]
    scraps += [b"x" * (2 << 20), "合计".encode(), "㈠".encode("gb18030")]
    for _ in range(random.randrange(8)):
        at = random.randrange(len(data) + 1)
        data[at : at + random.choice((0, 0, 1, 30))] = random.choice(scraps)
    raw = bytes(data)
    if random.random() < 0.3:
        raw = gzip.compress(raw if random.random() < 0.7 else raw + b"\n" * 300_000)
        raw = broken(random, raw) if random.random() < 0.6 else raw
    path.write_bytes(raw)
    return path


def odd_book(random: Random, path: Path) -> Path:
    def table() -> list[list[Value]]:
        found: list[list[Value]] = [["某县警情表"]] * random.randrange(2)
        found += [[*HEAD]] if random.random() < 0.8 else []
        for number in range(random.choice((0, 3, 60, 300))):
            row: list[Value] = [*clean_row(number)]
            for _ in range(random.randrange(3)):
                row[random.randrange(len(row))] = random.choice(WORDS)
            found.append(row)
        return found

    def merged() -> list[str]:
        return [f"{random.choice('ABCG')}{random.randint(1, 9)}:{random.choice('ACG')}{random.randint(5, 90)}"]

    def stray() -> dict[str, Value]:
        return {
            f"{random.choice(('C', 'XFD', 'DD'))}{random.choice((30, 4000, 90_000, 1_048_576))}": random.choice(WORDS)
        }

    sheets = {
        name: Sheet(
            table(),
            hidden=random.random() < 0.2,
            merged=merged() * random.randrange(3),
            stray=stray() if random.random() < 0.2 else {},
        )
        for name in ("一", "二", "三")[: random.randint(1, 3)]
    }
    write_book(path, sheets)
    if random.random() < 0.7:
        mutate_parts(random, path)
    if random.random() < 0.2:
        path.write_bytes(broken(random, path.read_bytes()))
    return path


def mutate_parts(random: Random, path: Path) -> None:
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name).decode("utf-8") for name in book.namelist()}
    for _ in range(random.randint(1, 4)):
        name = random.choice([*parts, *(["xl/worksheets/sheet1.xml"] * 5)])
        text = parts.get(name, "")
        ends = [at for at, char in enumerate(text) if char in "<>"] or [0]
        at = random.choice(ends) + random.randrange(2)
        cut = random.choice((0, 0, 0, 1, 20, 400))
        parts[name] = text[:at] + random.choice([*SCRAPS, ""]) + text[at + cut :]
        if random.random() < 0.1:
            parts.pop(random.choice(list(parts)))
        if random.random() < 0.1:
            parts["xl/sharedStrings.xml"] = "<sst><si><t>x</t></si></sst>" + " " * random.choice((0, 9 << 20))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(name, text)


def broken(random: Random, raw: bytes) -> bytes:
    data = bytearray(raw)
    for _ in range(random.randint(1, 6)):
        data[random.randrange(len(data))] = random.randrange(256)
    return bytes(data[: random.randrange(len(data))] if random.random() < 0.3 else data)


def unpacked(path: Path) -> int:
    """The size of what a file says it holds: that is what a reader has to look through."""
    with suppress(zipfile.BadZipFile), zipfile.ZipFile(path) as book:
        return sum(part.file_size for part in book.infolist())
    size = 0
    with suppress(OSError, EOFError, zlib.error), gzip.open(path) as packed:  # one that is broken, up to there
        while part := packed.read1():
            size += len(part)
    return max(size, path.stat().st_size)


def taken(path: Path) -> float:
    """Processor seconds of an import by a mapping, of one by headings, and of a proposal."""
    began = process_time()
    for attempt in (
        lambda: import_files(Job(INCIDENTS, MAPPING), [path], MemoryRunner(), lambda problem: None),
        lambda: import_files(Job(INCIDENTS), [path], MemoryRunner(), lambda problem: None),
        lambda: propose(INCIDENTS, path),
    ):
        with suppress(InputError):
            attempt()
    return process_time() - began


def peak() -> int:
    """The most bytes of this program: what `getrusage` gives is never less than what its parent held when it began."""
    return 1024 * int(Path("/proc/self/status").read_text("ascii").split("VmHWM:")[1].split()[0])


def main(seed: int, count: int, folder: Path) -> None:
    taken(clean_text(folder / "warm.csv", 9_000))

    @cache
    def clean(is_book: bool, size: int) -> float:
        made: Callable[[Path, int], Path] = clean_book if is_book else clean_text
        return taken(made(folder / "clean.bin", size))

    for number in range(seed, seed + count):
        random = Random(number)
        is_book = random.random() < 0.5
        path = (odd_book if is_book else odd_text)(random, folder / "odd.bin")
        size = unpacked(path)
        seconds = taken(path)
        least = 1 << (min(max(size, 4_000), 2 << 20) - 1).bit_length() >> 1  # the power of two below
        print(
            json.dumps({"seed": number, "size": size, "seconds": seconds, "clean": clean(is_book, least)}), flush=True
        )
    print(json.dumps({"memory": peak()}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
