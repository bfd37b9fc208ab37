"""Cells that a spreadsheet would compute, and those that it would not."""

import csv
import io
from typing import Any

import pytest

from services.cells import harmless
from services.cli.output import Format, show


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", " =1", "\r=1", "\n@x", "＝1+1", "＋1",
        "－1+2", "＠x", "\ufeff=1", "\u200b=1", "\u3000=1", "\x00=1", "--5", "+a", "=",
    ],
)  # fmt: skip
def test_what_would_be_computed_is_text(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize(
    "value", ["", " ", "a=b", "东街3号-1", "-5", "+86", "-1.5", "12%", "2026-01-01", -5, 3, None, True, "'=1"]
)
def test_what_would_not_stays(value: Any) -> None:
    assert harmless(value) == value


def test_in_csv_of_figures(capsys: pytest.CaptureFixture[str]) -> None:
    """Names of columns too; JSON is for programs and stays as it is."""
    rows = [{"=place": "=HYPERLINK(1)", "n": -3, "said": {"a": 1}, "list": ["=1"]}]
    columns = ("=place", "n", "said", "list")
    show(rows, columns, Format.csv)
    assert list(csv.reader(io.StringIO(capsys.readouterr().out))) == [
        ["'=place", "n", "said", "list"], ["'=HYPERLINK(1)", "-3", '{"a":1}', '["=1"]'],
    ]  # fmt: skip
    show(rows, columns, Format.ndjson)
    assert '"=HYPERLINK(1)"' in capsys.readouterr().out
