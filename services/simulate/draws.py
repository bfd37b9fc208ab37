"""Seeded draws that are cheap one at a time.

A scalar call into numpy costs microseconds; a pop from a list that numpy filled costs a tenth of that. Each
stream of a simulation has draws of its own, so that another number of receipts leaves the incidents alone.
Limit: numpy promises the same stream for the same seed only within one of its versions.
"""

from base64 import urlsafe_b64encode
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from math import log
from typing import TypeVar

import numpy as np

T = TypeVar("T")
POOL = 4096
REF_BYTES = 16
REF_CHARS = 22


def cumulative(weights: Sequence[float]) -> list[float]:
    """Running shares of `weights`, the last exactly 1, for `Draws.index`."""
    total = sum(weights)
    sums = [w / total for w in accumulate(weights)]
    sums[-1] = 1.0
    return sums


class Draws:
    """A numpy generator (`rng`, for arrays and rare scalars) with pools of numbers and bytes before it."""

    __slots__ = ("_at", "_bytes", "_uniforms", "rng")

    def __init__(self, *entropy: int) -> None:
        self.rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
        self._uniforms: list[float] = []
        self._bytes = b""
        self._at = 0

    def uniform(self) -> float:
        """A number in [0, 1)."""
        if not self._uniforms:
            self._uniforms = self.rng.random(POOL).tolist()
        return self._uniforms.pop()

    def chance(self, p: float) -> bool:
        """True with probability `p`; always draws, so that a rate of 0 shifts nothing that follows."""
        return self.uniform() < p

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both possible."""
        return low + int(self.uniform() * (high - low + 1))

    def exponential(self, mean: float) -> int:
        """A whole waiting time with this mean, in its unit."""
        return int(-mean * log(1.0 - self.uniform()))

    def pick(self, items: Sequence[T]) -> T:
        """One of `items`, all alike."""
        return items[int(self.uniform() * len(items))]

    def index(self, shares: list[float]) -> int:
        """A position drawn by running `shares` (see `cumulative`)."""
        return bisect_right(shares, self.uniform())

    def some(self, items: Sequence[T], count: int) -> list[T]:
        """`count` different ones of `items`, in their order; all of them if there are fewer."""
        left = list(items)
        while len(left) > count:
            left.pop(int(self.uniform() * len(left)))
        return left

    def bytes(self, count: int) -> bytes:
        """`count` random bytes, at most one pool."""
        if self._at + count > len(self._bytes):
            self._bytes = self.rng.bytes(POOL * REF_BYTES)
            self._at = 0
        self._at += count
        return self._bytes[self._at - count : self._at]

    def ref(self, prefix: str) -> str:
        """An opaque reference as a vault gives it: prefix and 22 url-safe characters, 128 random bits."""
        return prefix + urlsafe_b64encode(self.bytes(REF_BYTES))[:REF_CHARS].decode()

    def uuid7(self, milliseconds: int) -> str:
        """A UUID of version 7: it begins with the Unix time, so that ids grow as events arrive."""
        head, tail = f"{milliseconds:012x}", self.bytes(10).hex()
        variant = "89ab"[int(tail[19], 16) & 3]
        return f"{head[:8]}-{head[8:]}-7{tail[:3]}-{variant}{tail[3:6]}-{tail[6:18]}"
