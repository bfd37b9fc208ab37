"""What a process asks of Python, and that it has back afterwards what it only borrowed."""

import gc
import sys
from collections.abc import Iterator

import pytest

from streams.interpreter import no_collection, tune


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    thresholds, turn = gc.get_threshold(), sys.getswitchinterval()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    sys.setswitchinterval(turn)


def test_a_process_collects_seldom_and_shares_its_lock_often() -> None:
    """Against Python's own: 700 young objects, and five milliseconds for whoever holds the lock."""
    tune()
    assert gc.get_threshold()[0] >= 100_000
    assert gc.get_freeze_count() > 10_000, "what stands by now is not walked any more"
    assert sys.getswitchinterval() == pytest.approx(0.001)
    assert gc.isenabled()


def test_nothing_is_collected_within_a_batch() -> None:
    with no_collection():
        assert not gc.isenabled()
        with no_collection():
            assert not gc.isenabled()
        assert not gc.isenabled(), "a batch within a batch ends first"
    assert gc.isenabled()
    with pytest.raises(KeyError), no_collection():
        raise KeyError
    assert gc.isenabled(), "a batch that failed gives it back too"
