"""Rows compared whatever their order, and the first differences told."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.marthash import canonical

SHOWN = 4


def same(got: Iterable[dict[str, Any]], want: Iterable[dict[str, Any]]) -> None:
    """Fails with the rows that only one side has; shares and rates count to the digits that are shown."""
    left, right = Counter(map(text, got)), Counter(map(text, want))
    if left != right:
        only = [list((a - b).elements()) for a, b in ((left, right), (right, left))]
        lines = [
            f"{len(rows)} rows only of {side}:\n" + "\n".join(rows[:SHOWN])
            for side, rows in zip(("the table", "the oracle"), only, strict=True)
        ]
        pytest.fail("\n".join(lines), pytrace=False)


def text(row: dict[str, Any]) -> str:
    return canonical({name: plain(value) for name, value in row.items()})


def plain(value: Any) -> Any:
    """Truths as numbers, fractions to four digits, times in UTC."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float):
        return round(value, 4)
    return value.astimezone(UTC) if isinstance(value, datetime) else value
