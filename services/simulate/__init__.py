"""A county that never was: reproducible events to try, show and load-test the whole way.

Everything here is a pure function of its arguments: the seed, the end of the history and the moment from
which live events go on are given; no clock, no environment. The source of every event starts with
`simulator`, so that screens can mark it as demonstration data.
"""

from services.simulate.county import County, counties
from services.simulate.history import history
from services.simulate.params import Params
from services.simulate.trickle import trickle

__all__ = ["County", "Params", "counties", "history", "trickle"]
