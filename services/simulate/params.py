"""What a simulation is told: its size, its end, its seed and the share of defects in it."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

RATES = ("late", "duplicate", "corrected", "moved", "merged", "withdrawn", "conflict")


@dataclass(frozen=True, slots=True)
class Params:
    """Impossible values are refused here, so that nothing further down has to check them.

    `months` whole calendar months end at `end` (aware); nothing is recorded after it. A larger load comes
    from more `counties`, never from other rates. `receipts_per_month` holds for one county during the
    campaign, which fills the last twelve months; before it a tenth as many are signed.

    Shares of incidents: `corrected`, `moved`, `merged`, `withdrawn` (published figures). Shares of events:
    `late` (up to 30 days more), `duplicate` (the same id and content, stamped again later) and `conflict`
    (the same id with other content; 0 by default, because the embedded log refuses it at once).
    """

    seed: int
    end: datetime
    months: int = 25
    counties: int = 1
    zone: str = "Asia/Shanghai"
    receipts_per_month: int = 3_000
    late: float = 0.05
    duplicate: float = 0.02
    corrected: float = 0.12
    moved: float = 0.02
    merged: float = 0.015
    withdrawn: float = 0.015
    conflict: float = 0.0

    def __post_init__(self) -> None:
        """Raise ValueError, naming the field, for a setting under which nothing sensible can be made."""
        if self.end.utcoffset() is None:
            raise ValueError("end: a moment with its UTC offset is needed")
        for name, least in (("seed", 0), ("months", 1), ("counties", 1), ("receipts_per_month", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name}: at least {least} is needed, not {getattr(self, name)}")
        for name in RATES:
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name}: a share from 0 to 1 is needed, not {getattr(self, name)}")
        ZoneInfo(self.zone)

    def replace(self, **changes: object) -> "Params":
        """A copy with other values, checked again."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]  # __post_init__ checks them
