"""Each state is a URL and each URL a state; its days and those it is compared with."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import BASES, Plan
from services.console.state import LEVELS, PERIODS, State, WrongState, read_state, typed_moment, windows
from streams.windows import Window

DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))
ZONES = st.integers(-14, 14).map(lambda h: timezone(timedelta(hours=h)))
MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2100, 12, 31), timezones=ZONES)  # noqa: DTZ001


@st.composite
def states(draw: st.DrawFn) -> State:
    level, period = draw(st.sampled_from(LEVELS)), draw(st.sampled_from(list(PERIODS)))
    place = "" if level == "county" else draw(st.text(min_size=1, max_size=20))
    since, to = sorted((draw(DAYS), draw(DAYS))) if period == "days" else (None, None)
    basis = draw(st.sampled_from(["", *BASES]))
    return State(level, place, period, basis, draw(st.none() | MOMENTS), since, to)


@given(states())
def test_a_state_comes_back_from_its_url(state: State) -> None:
    assert read_state(dict(parse_qsl(urlsplit(state.url).query))) == state


@given(st.dictionaries(st.sampled_from(["level", "place", "period", "basis", "from", "to", "known"]), st.text()))
def test_any_parameters_give_a_state_or_a_reason(parameters: dict[str, str]) -> None:
    with suppress(WrongState):
        state = read_state(parameters)
        assert read_state(dict(parse_qsl(urlsplit(state.url).query))) == state


@given(states(), MOMENTS)
def test_any_state_has_days(plan: Plan, state: State, now: datetime) -> None:
    found = windows(state, plan, now)
    for window in (found.now, found.last_year, found.previous or found.now):
        assert window.since <= window.to
    assert found.last_year.to < found.now.to
    assert found.previous is None or found.previous.to < found.now.since


@pytest.mark.parametrize(
    ("typed", "known"),
    [("2026-12-01 14:30", "2026-12-01T14:30:59"), ("2026-12-01T14:30", "2026-12-01T14:30:59"),
     (" 2026-12-01 14:30:05 ", "2026-12-01T14:30:05")],
)  # fmt: skip
def test_a_moment_is_typed_as_it_is_shown(plan: Plan, typed: str, known: str) -> None:
    assert typed_moment(typed, plan.zone) == datetime.fromisoformat(f"{known}+08:00")


@pytest.mark.parametrize("typed", ["12/01/2026", "2026-13-01 10:00", "2026-12-01", "01.12.2026 14:30", "昨天"])
def test_a_moment_in_another_form_is_told_with_an_example(plan: Plan, typed: str) -> None:
    with pytest.raises(WrongState, match=r"应写作 2026-12-01 14:30 / a moment is"):
        typed_moment(typed, plan.zone)


def test_a_url_without_a_period_means_thirty_days() -> None:
    """And old addresses that name a month still mean it."""
    assert read_state({}) == State(period="30d")
    assert (State().url, State(period="month").url) == ("/", "/?period=month")
    assert read_state({"period": "month"}).period == "month"


def days(text: str) -> Window:
    since, to = text.split("/")
    return Window(date.fromisoformat(since), date.fromisoformat(to))


@pytest.mark.parametrize(
    ("state", "now", "expected", "label"),
    [
        # a month under way stands beside the same days of others
        (State(), "2026-12-01",
         ("2026-11-02/2026-12-01", "2025-11-02/2025-12-01", "2026-10-03/2026-11-01"), "去年同期"),
        (State(period="month"), "2026-03-10",
         ("2026-03-01/2026-03-10", "2025-03-01/2025-03-10", "2026-02-01/2026-02-10"), "去年同期"),
        (State(period="month"), "2026-03-30",
         ("2026-03-01/2026-03-30", "2025-03-01/2025-03-30", "2026-02-01/2026-02-28"), "去年同期"),
        (State(period="last_month"), "2024-03-10",
         ("2024-02-01/2024-02-29", "2023-02-01/2023-02-28", "2024-01-01/2024-01-31"), "去年同月"),
        (State(period="7d"), "2026-01-03",
         ("2025-12-28/2026-01-03", "2024-12-28/2025-01-03", "2025-12-21/2025-12-27"), "去年同期"),
        (State(period="year"), "2024-02-29", ("2024-01-01/2024-02-29", "2023-01-01/2023-02-28", None), "去年同期"),
        (State(period="days", since=date(2026, 2, 1), to=date(2026, 2, 28)), "2026-05-05",
         ("2026-02-01/2026-02-28", "2025-02-01/2025-02-28", "2026-01-01/2026-01-31"), "去年同月"),
        (State(period="days", since=date(2025, 2, 1), to=date(2025, 2, 28)), "2026-05-05",
         ("2025-02-01/2025-02-28", "2024-02-01/2024-02-29", "2025-01-01/2025-01-31"), "去年同月"),
    ],
)  # fmt: skip
def test_windows(plan: Plan, state: State, now: str, expected: tuple[str, str, str | None], label: str) -> None:
    found = windows(state, plan, datetime.fromisoformat(f"{now}T12:00:00+08:00"))
    assert (found.now, found.last_year) == (days(expected[0]), days(expected[1]))
    assert found.previous == (days(expected[2]) if expected[2] else None)
    assert found.last_year_label == label


def test_a_day_begins_in_the_zone_of_the_plan(plan: Plan) -> None:
    month = State(period="month")
    assert windows(month, plan, datetime(2026, 2, 28, 16, tzinfo=UTC)).now == days("2026-03-01/2026-03-01")
    assert windows(month, plan, datetime(2026, 2, 28, 15, 59, tzinfo=UTC)).now.since == date(2026, 2, 1)


@pytest.mark.parametrize(
    "parameters",
    [{"level": "moon"}, {"level": "station"}, {"place": "x"}, {"period": "week"}, {"basis": "guess"},
     {"period": "days", "from": "2026-02-30", "to": "2026-03-01"}, {"period": "days", "from": "2026-03-02"},
     {"period": "days", "from": "2026-03-02", "to": "2026-03-01"}, {"known": "2026-03-01T00:00:00"}, {"known": "soon"},
     {"period": "days", "from": "0001-01-01", "to": "2026-03-01"}],
)  # fmt: skip
def test_a_wrong_url_is_told(parameters: dict[str, str]) -> None:
    with pytest.raises(WrongState):
        read_state(parameters)
