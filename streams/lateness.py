"""Whether figures are late: for how long marts have stood still while records wait for them.

In: ends of the log and positions of the marts, seen again and again. Out: seconds, as far as whoever looks has seen.
Late are the records of any partition, also of a worker that is gone. It is health, shown on screens, and no event.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from streams.log import Partition

LATE = 120.0  # seconds from which on it is told


@dataclass(slots=True)
class Lateness:
    """Where the marts of a partition that has more records stood, and since when on a monotonic clock."""

    still: dict[Partition, tuple[int, float]] = field(default_factory=dict)

    def seconds(self, ends: Mapping[Partition, int], marts: Mapping[Partition, int], now: float) -> float:
        for place, end in ends.items():
            at = marts.get(place, 0)
            if at >= end:
                self.still.pop(place, None)
            elif place not in self.still or self.still[place][0] != at:
                self.still[place] = at, now
        return max((now - since for _, since in self.still.values()), default=0.0)
