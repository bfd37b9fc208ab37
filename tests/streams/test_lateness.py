"""Late is what stands still while records wait for it; not what moves, however far behind it is."""

from streams.lateness import Lateness

PLACE, OTHER = ("publicity", 1), ("incidents", 0)


def test_figures_that_move_are_not_late() -> None:
    """What stands still counts from where it was seen to stand, until all is there."""
    late = Lateness()
    seen = [(0, 0.0, 0.0), (1, 50.0, 0.0), (1, 90.0, 40.0), (2, 99.0, 0.0), (2, 149.0, 50.0), (9, 150.0, 0.0)]
    for at, now, seconds in seen:
        assert late.seconds({PLACE: 9, OTHER: 3}, {PLACE: at, OTHER: 3}, now) == seconds


def test_the_records_of_a_worker_that_is_gone_are_late_too() -> None:
    late = Lateness()
    told = [late.seconds({PLACE: 9 + n, OTHER: 3}, {PLACE: 9 + n}, 60.0 * n) for n in range(3)]
    assert told == [0.0, 60.0, 120.0]
