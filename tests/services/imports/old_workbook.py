"""A minimal writer of the old .xls (BIFF8 in a compound file): one stream of records, sheets of text and numbers."""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

Rows = Sequence[Sequence[str | float | None]]
_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def write_xls(path: Path, sheets: Mapping[str, Rows]) -> Path:
    stream = _workbook(sheets)
    stream = stream.ljust(max(4_096, -(-len(stream) // _SECTOR) * _SECTOR), b"\0")
    sectors = len(stream) // _SECTOR
    chain = [_FAT, _END, *range(3, sectors + 2), _END]
    table = struct.pack("<128I", *chain, *[_FREE] * (128 - len(chain)))
    folder = _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, 2, len(stream)) + bytes(256)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, 1, 1, 0, 4_096, _END, 0, _END, 0) + struct.pack("<109I", 0, *[_FREE] * 108)
    path.write_bytes(header + table + folder + stream)
    return path


def _workbook(sheets: Mapping[str, Rows]) -> bytes:
    bodies = [_sheet(rows) for rows in sheets.values()]
    at = len(_globals(sheets, [0] * len(bodies)))
    offsets = [at + sum(map(len, bodies[:n])) for n in range(len(bodies))]
    return _globals(sheets, offsets) + b"".join(bodies)


def _globals(names: Mapping[str, Rows], offsets: Sequence[int]) -> bytes:
    listed = (
        _record(0x85, struct.pack("<IBBBB", offset, 0, 0, len(name), 1) + name.encode("utf-16le"))
        for name, offset in zip(names, offsets, strict=True)
    )
    return _begin(5) + _record(0x42, struct.pack("<H", 1_200)) + b"".join(listed) + _record(0x0A)


def _sheet(rows: Rows) -> bytes:
    width = max(map(len, rows), default=0)
    out = _begin(0x10) + _record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            where = struct.pack("<HHH", row, column, 0)
            if isinstance(value, str):
                out += _record(0x204, where + struct.pack("<HB", len(value), 1) + value.encode("utf-16le"))
            elif value is not None:
                out += _record(0x203, where + struct.pack("<d", value))
    return out + _record(0x0A)


def _begin(kind: int) -> bytes:
    return _record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 0, 0, 0))


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    raw = f"{name}\0".encode("utf-16le")
    tree = struct.pack("<HBBIII", len(raw), kind, 1, _FREE, _FREE, child)
    return raw.ljust(64, b"\0") + tree + bytes(36) + struct.pack("<IQ", start, size)
