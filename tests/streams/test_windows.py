"""Windows of days against a plain count, one day after the other; and cases that can be looked up in a calendar."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Plan
from streams import windows
from streams.warehouse import Warehouse
from streams.windows import Window, Windows

DAYS = st.dates(date(2001, 1, 1), date(2099, 12, 31))
COUNTS = st.integers(1, 800)
DAY = timedelta(days=1)


def every(window: Window) -> list[date]:
    """Each day from the first until past the last."""
    day, found = window.since, []
    while day <= window.to:
        found.append(day)
        day += DAY
    return found


def whole_months(days: list[date]) -> bool:
    return days[0].day == 1 and (days[-1] + DAY).day == 1


def same_date_last_year(day: date) -> date:
    """The last day of last year that is not later in the year."""
    found = date(day.year - 1, 12, 31)
    while (found.month, found.day) > (day.month, day.day):
        found -= DAY
    return found


def months_of(days: list[date]) -> list[str]:
    return sorted({f"{day:%Y-%m}" for day in days})


@given(DAYS, COUNTS)
def test_any_dates(since: date, count: int) -> None:
    to = since + (count - 1) * DAY
    found = windows.of_dates(since, to)
    days, last, before = every(found.now), every(found.last_year), every(found.previous or found.now)
    assert (days[0], days[-1], len(days), found.now.days) == (since, to, count, count)
    assert before[-1] + DAY == since
    if whole_months(days):
        assert whole_months(last)
        assert whole_months(before)
        assert months_of(last) == [f"{int(m[:4]) - 1}{m[4:]}" for m in months_of(days)]
        assert len(months_of(before)) == len(months_of(days)) == found.now.months
    else:
        assert found.now.months == 0
        assert (last[0], last[-1]) == (same_date_last_year(since), same_date_last_year(to))
        assert len(before) == count


@given(DAYS)
def test_to_date_ends_at_the_day(today: date) -> None:
    """And its base on the same date, however long last year's month is."""
    month, year = windows.month_to_date(today), windows.year_to_date(today)
    assert every(month.now) == [today.replace(day=1) + n * DAY for n in range(today.day)]
    assert year.now == Window(today.replace(month=1, day=1), today)
    assert year.previous is None
    for found in (month, year):
        dates = {f"{day:%m-%d}" for day in every(found.now)} ^ {f"{day:%m-%d}" for day in every(found.last_year)}
        assert dates <= {"02-29"}
        assert found.last_year.to == same_date_last_year(today)
    assert month.previous is not None
    before = every(month.previous)
    assert (before[-1] + DAY).day == 1 or len(before) == today.day
    assert len(before) <= today.day
    assert months_of(before) == months_of([today.replace(day=1) - DAY])


@given(DAYS, st.integers(1, 400))
def test_last_days_are_as_many(today: date, count: int) -> None:
    found = windows.last_days(count, today)
    assert found.previous is not None
    assert [len(every(w)) for w in (found.now, found.last_year, found.previous)] == [count] * 3
    assert (found.now.to, found.last_year.to) == (today, same_date_last_year(today))
    assert found.previous.to + DAY == found.now.since


@given(DAYS, st.integers(0, 800))
def test_from_a_day_until_now(today: date, back: int) -> None:
    found = windows.to_date(today - back * DAY, today)
    assert found.now == Window(today - back * DAY, today)
    assert found.last_year.to == same_date_last_year(today)


@given(DAYS, st.integers(1, 30))
def test_a_trend_is_every_month_once(to: date, count: int) -> None:
    pairs = windows.trend(to, count)
    days = [day for this, _ in pairs for day in every(this)]
    assert days == every(Window(days[0], to))
    assert len(months_of(days)) == len(pairs) == count
    for this, last in pairs:
        assert months_of(every(last)) == [f"{this.since.year - 1}-{this.since:%m}"]
        assert whole_months(every(last)) or this.to == to


@given(DAYS, COUNTS, st.none() | DAYS)
def test_counted_whole_in_part_or_not_at_all(since: date, count: int, beginning: date | None) -> None:
    window = Window(since, since + (count - 1) * DAY)
    seen = sum(beginning is not None and day >= beginning for day in every(window))
    assert window.counted(beginning) == ("none" if not seen else "whole" if seen == count else "part")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        # a whole month stands beside the whole month, with the days it has
        (windows.of_dates(date(2025, 2, 1), date(2025, 2, 28)),
         ("2025-02-01 – 2025-02-28", "2024-02-01 – 2024-02-29", "2025-01-01 – 2025-01-31", "去年同月")),
        (windows.month(date(2024, 2, 11)),
         ("2024-02-01 – 2024-02-29", "2023-02-01 – 2023-02-28", "2024-01-01 – 2024-01-31", "去年同月")),
        # the same days to date do not: the last of them is not over
        (windows.month_to_date(date(2025, 2, 28)),
         ("2025-02-01 – 2025-02-28", "2024-02-01 – 2024-02-28", "2025-01-01 – 2025-01-28", "去年同期")),
        (windows.month_to_date(date(2024, 2, 29)),
         ("2024-02-01 – 2024-02-29", "2023-02-01 – 2023-02-28", "2024-01-01 – 2024-01-29", "去年同月")),
        (windows.of_dates(date(2025, 1, 1), date(2025, 3, 31)),
         ("2025-01-01 – 2025-03-31", "2024-01-01 – 2024-03-31", "2024-10-01 – 2024-12-31", "去年同期")),
        (windows.last_days(7, date(2025, 3, 3)),
         ("2025-02-25 – 2025-03-03", "2024-02-26 – 2024-03-03", "2025-02-18 – 2025-02-24", "去年同期")),
        (windows.year_to_date(date(2024, 2, 29)),
         ("2024-01-01 – 2024-02-29", "2023-01-01 – 2023-02-28", "", "去年同期")),
    ],
)  # fmt: skip
def test_by_hand(found: Windows, expected: tuple[str, str, str, str]) -> None:
    texts = (found.now.text, found.last_year.text, found.previous.text if found.previous else "")
    assert (*texts, found.last_year_label) == expected


def test_a_day_begins_in_the_zone_of_the_plan(plan: Plan) -> None:
    assert windows.day_of(datetime(2026, 2, 28, 16, tzinfo=UTC), plan) == date(2026, 3, 1)
    assert windows.day_of(datetime(2026, 2, 28, 15, 59, tzinfo=UTC), plan) == date(2026, 2, 28)


def test_few_days_tell_little() -> None:
    assert [windows.last_days(n, date(2026, 3, 1)).now.telling for n in (6, 7)] == [False, True]


@pytest.mark.chdb
def test_a_board_knows_the_same_months(new_database: Callable[[], Warehouse]) -> None:
    warehouse = new_database()
    for day in (date(2024, 2, 29), date(2025, 3, 31), date(2026, 1, 1)):
        for months in (0, 1, 12, 13):
            sql = windows.sql_months_before("{day:Date}", months)
            assert warehouse.query(f"SELECT {sql}", {"day": day}).rows == [(windows.months_before(day, months),)]
