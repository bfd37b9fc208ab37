"""Cells of files that people open in a spreadsheet: none of them is a formula.

In: a value. Out: the same, or its text behind an apostrophe where a spreadsheet would compute it. Numbers stay numbers.
Half and full width signs begin formulas alike; what shows nothing before the sign does not make it harmless.
"""

import re
import unicodedata
from typing import Any

_BEGINS = frozenset("=+-@")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)*%?")


def harmless(value: Any) -> Any:
    """Text only: everything else is written as it is."""
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value
    shown = (c for c in value if not (c.isspace() or unicodedata.category(c)[0] == "C"))
    return f"'{value}" if unicodedata.normalize("NFKC", next(shown, " "))[0] in _BEGINS else value
