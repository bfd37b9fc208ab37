"""Stamps: each later than the one before it, and none from a clock that nobody can believe."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from schemas import instant, wire_time
from streams.stamps import BEHIND, IDLE, Stamps, WrongClock

NOW = datetime(2026, 3, 1, 2, 0, 0, 999_998, tzinfo=UTC)


class Still:
    """A clock that moves when it is told to."""

    def __init__(self, moment: datetime = NOW) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


def test_each_is_later_than_the_one_before_though_the_clock_stands() -> None:
    stamps = Stamps(Still())
    first, second = stamps.take(3), stamps.take(2)
    assert first + second == [wire_time(NOW + timedelta(microseconds=n)) for n in range(5)]
    assert stamps.take(0) == []


def test_the_clock_goes_on_where_it_is_ahead() -> None:
    clock = Still()
    stamps = Stamps(clock)
    stamps.take(1)
    clock.moment += timedelta(seconds=1)
    assert stamps.take(1) == [wire_time(clock.moment)]


def test_later_than_the_newest_of_the_log_and_of_what_was_kept() -> None:
    newest = NOW + timedelta(minutes=5)
    stamps = Stamps(Still(), wire_time(newest))
    assert stamps.take(1) == [wire_time(newest + timedelta(microseconds=1))]
    kept = NOW + timedelta(minutes=7)
    stamps.seen(kept)
    stamps.seen(NOW)
    assert stamps.take(1) == [wire_time(kept + timedelta(microseconds=1))]


@pytest.mark.parametrize(("ahead", "good"), [(BEHIND, True), (BEHIND + timedelta(microseconds=1), False)])
def test_a_clock_that_went_back(ahead: timedelta, good: bool) -> None:
    stamps = Stamps(Still(), wire_time(NOW + ahead))
    assert (stamps.doubt == "") is good
    if good:
        assert len(stamps.take(1)) == 1
        return
    for _ in range(2):
        with pytest.raises(WrongClock, match="校准时钟"):
            stamps.take(1)
    stamps.confirm()
    with pytest.raises(WrongClock, match="behind"):
        stamps.take(1)


@pytest.mark.parametrize(("past", "good"), [(IDLE, True), (IDLE + timedelta(microseconds=1), False)])
def test_a_clock_that_jumped_is_confirmed_once(past: timedelta, good: bool) -> None:
    clock, newest = Still(NOW + past), wire_time(NOW)
    stamps = Stamps(clock, newest)
    if good:
        assert stamps.take(1) == [wire_time(NOW + past)]
        return
    with pytest.raises(WrongClock, match="confirm-clock"):
        stamps.take(1)
    assert "confirm-clock" in stamps.doubt
    kept = stamps.confirm()
    assert kept == newest
    assert stamps.doubt == ""
    assert Stamps(clock, newest, kept).take(1) == [wire_time(NOW + past)]
    assert stamps.take(1) == [wire_time(NOW + past)]
    clock.moment += past
    with pytest.raises(WrongClock, match="confirm-clock"):
        stamps.take(1), "of that stamp only"
    with pytest.raises(WrongClock):
        Stamps(clock, wire_time(NOW + past), kept).take(1)


def test_threads_never_get_one_twice() -> None:
    stamps, found = Stamps(Still()), list[str]()
    threads = [threading.Thread(target=lambda: found.extend(stamps.take(50))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == len(found) == 400
    assert max(map(instant, found)) == NOW + timedelta(microseconds=399)
