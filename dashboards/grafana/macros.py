"""The plugin's macros, written out as the plugin does it, for tests and for checks without a Grafana.

Only macros that are the same in all 4.x versions of the plugin, and that know no calendar: days of a time zone are made
with `toDate(…, zone)` around them.
"""

import re
from collections.abc import Mapping
from datetime import datetime

PORTABLE = ("fromTime", "toTime")
_MACRO = re.compile(r"\$__(\w+)")
_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\$(?!__)(\w+)")


class UnknownMacro(ValueError):
    """SQL that only some versions or only a browser can expand."""


def macros(sql: str) -> set[str]:
    return set(_MACRO.findall(sql))


def variables(sql: str) -> set[str]:
    return {m[1] or m[3] for m in _VARIABLE.finditer(sql)}


def expanded(sql: str, since: datetime, until: datetime, values: Mapping[str, str] | None = None) -> str:
    """The SQL that reaches ClickHouse. Raises `UnknownMacro`, `KeyError` for a variable without a value."""
    bounds = {"fromTime": since, "toTime": until}

    def macro(found: re.Match[str]) -> str:
        if found[1] not in bounds:
            raise UnknownMacro(f"$__{found[1]}")
        return f"toDateTime({int(bounds[found[1]].timestamp())})"

    def variable(found: re.Match[str]) -> str:
        value = (values or {})[found[1] or found[3]]
        return "'" + value.replace("'", "\\'") + "'" if found[2] == "singlequote" else value

    return _VARIABLE.sub(variable, _MACRO.sub(macro, sql))
