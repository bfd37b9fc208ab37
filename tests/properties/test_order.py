"""Any order, split, duplication, replay and crash leaves the marts of a clean run, byte by byte."""

from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schemas import Plan
from streams.warehouse import Warehouse
from tests.properties.checker import check
from tests.properties.programs import program

pytestmark = pytest.mark.chdb

ANYWAY = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
CHOICES = st.randoms(use_true_random=False, note_method_calls=False)


@settings(max_examples=4, phases=[Phase.explicit, Phase.generate], suppress_health_check=ANYWAY)
@given(rng=CHOICES)
def test_any_order(warehouse: Warehouse, plan: Plan, rng: Random) -> None:
    check(warehouse, plan, program(rng, 45), rng, pieces=3)


@pytest.mark.slow
@settings(max_examples=400, suppress_health_check=ANYWAY)
@given(rng=CHOICES, size=st.integers(1, 60), pieces=st.integers(1, 8))
def test_any_order_for_long(warehouse: Warehouse, plan: Plan, rng: Random, size: int, pieces: int) -> None:
    check(warehouse, plan, program(rng, size), rng, pieces)
