"""Numbers as people read them: a table of cases is the contract."""

import pytest

from dashboards.formats import Better, Unit, change, count, rate, share, shown, wan_yuan


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (31, "31"), (1_234_567, "1,234,567"), (None, "—")])
def test_count(value: int | None, text: str) -> None:
    assert count(value) == text


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "0.00"), (4_999, "0.00"), (5_000, "0.01"), (1_234_500, "1.23"), (1_235_000, "1.24"),
     (1_234_567_890_12, "123,456.79"), (-1_000_000, "-1.00"), (None, "—")],
)  # fmt: skip
def test_wan_yuan(fen: int | None, text: str) -> None:
    assert wan_yuan(fen) == text


def test_a_loss_beyond_what_floats_hold_is_exact() -> None:
    assert wan_yuan(2**53 * 1_000_000 + 1_000_000) == "9,007,199,254,740,993.00"


@pytest.mark.parametrize(("value", "text"), [(0.0, "0.00"), (1.005, "1.01"), (1234.5, "1,234.50"), (None, "—")])
def test_rate(value: float | None, text: str) -> None:
    assert rate(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.0%"), (0.262, "26.2%"), (0.00049, "0.0%"), (0.0005, "0.1%"), (1.5, "150.0%"), (None, "—")],
)
def test_share(value: float | None, text: str) -> None:
    assert share(value) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (3, "count", "3"),
        (3.0, "count", "3"),
        (1_000_000, "wan_yuan", "1.00"),
        (0.5, "rate", "0.50"),
        (0.5, "share", "50.0%"),
    ],
)
def test_a_unit_decides_the_form(value: float, unit: Unit, text: str) -> None:
    assert shown(value, unit) == text


@pytest.mark.parametrize(
    ("value", "base", "unit", "better", "told"),
    [
        (31, 42, "count", "down", ("去年同月 42", "↓26.2%", "good")),
        (42, 31, "count", "down", ("去年同月 31", "↑35.5%", "bad")),
        (42, 31, "count", "up", ("去年同月 31", "↑35.5%", "good")),
        (42, 31, "count", "neither", ("去年同月 31", "↑35.5%", "same")),
        (31, 31, "count", "down", ("去年同月 31", "→0.0%", "same")),
        (0, 0, "count", "down", ("去年同月 0", "→0", "same")),
        (2, 0, "count", "down", ("去年同月 0", "↑2", "bad")),
        (0, 5, "count", "down", ("去年同月 5", "↓100.0%", "good")),
        (3_500_000, 0, "wan_yuan", "down", ("去年同月 0.00", "↑3.50", "bad")),
        (0.61, 0.5, "share", "up", ("去年同月 50.0%", "↑22.0%", "good")),
        (5, None, "count", "down", ("去年同月 —", "", "unknown")),
        (None, 5, "count", "down", ("去年同月 5", "", "unknown")),
    ],
)
def test_change(
    value: float | None, base: float | None, unit: Unit, better: Better, told: tuple[str, str, str]
) -> None:
    found = change(value, base, unit, better, "去年同月")
    assert (found.base, found.move, found.meaning) == told
