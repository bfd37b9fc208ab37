"""ClickHouse's native protocol as a server speaks it: codecs of blocks, numbers of packets, texts of parameters.

In and out: bytes. The codecs are those of clickhouse-driver, told that the other side is a server.
"""

import re
from collections.abc import Sequence
from io import BytesIO
from types import SimpleNamespace

from clickhouse_driver.context import Context
from clickhouse_driver.varint import read_varint, write_varint

# The first revision that carries parameters of queries; later ones ask for password rules and more.
REVISION = 54459
VERSION = (26, 9)
ZONE = "Asia/Shanghai"
HELLO, QUERY, DATA, CANCEL, PING = range(5)  # packets of a client
GREETING, BLOCK, EXCEPTION, PONG, END, EVENTS = 0, 1, 2, 4, 5, 14  # packets of a server
AUTHENTICATION_FAILED, _UNKNOWN = 516, 1002
INSERT = re.compile(r"(?is)\s*insert\s+into\s+(\S+)\s*\(([^)]*)\)\s*(?:format\s+\w+|values)\s*;?\s*")
ASKS = re.compile(r"(?i)\s*(select|with)\b")
_CODE = re.compile(r"Code: (\d+)")


def codec(revision: int) -> Context:
    """What the driver's block codecs ask about a server. Revision 0 is the form of files (`FORMAT Native`)."""
    made = Context()
    made.server_info = SimpleNamespace(
        used_revision=revision, timezone=ZONE, session_timezone=None,
        get_timezone=lambda: ZONE, version_tuple=lambda: (*VERSION, 0),
    )  # fmt: skip
    made.client_settings = {
        "strings_as_bytes": True, "strings_encoding": "utf-8", "use_numpy": False, "namedtuple_as_json": True,
        "input_format_null_as_default": False, "server_side_params": False, "quota_key": "",
        "opentelemetry_traceparent": None, "opentelemetry_tracestate": "",
    }  # fmt: skip
    made.settings = {}
    return made


class File(BytesIO):
    """A file in memory as the codecs read and write one."""

    def read_one(self) -> int:
        return self.read(1)[0]

    def read_strings(self, count: int, encoding: str | None = None) -> tuple[bytes, ...]:
        return tuple(self.read(read_varint(self)) for _ in range(count))

    def read_fixed_strings(self, count: int, length: int, encoding: str | None = None) -> tuple[bytes, ...]:
        return tuple(self.read(length) for _ in range(count))

    def write_strings(self, texts: Sequence[bytes | str], encoding: str | None = None) -> None:
        for text in texts:
            value = text if isinstance(text, bytes) else text.encode()
            write_varint(len(value), self)
            self.write(value)

    def write_fixed_strings(self, texts: Sequence[bytes], length: int, encoding: str | None = None) -> None:
        for text in texts:
            self.write(text.ljust(length, b"\0"))


def told(error: Exception) -> tuple[int, str]:
    code = _CODE.search(str(error))
    return (int(code[1]) if code else _UNKNOWN), str(error)


def unquoted(text: str) -> str:
    """A parameter as the engine takes it; on the wire it is a literal."""
    if not text.startswith("'"):
        return text
    return re.sub(r"\\(.)", lambda m: _ESCAPED.get(m[1], m[1]), text[1:-1], flags=re.DOTALL)


_ESCAPED = {"b": "\b", "f": "\f", "r": "\r", "n": "\n", "t": "\t", "0": "\0", "a": "\a", "v": "\v"}
