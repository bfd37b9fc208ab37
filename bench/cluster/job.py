"""The job that everyone measured does: read every record, validate it, keep it in the archive, which fills the facts.

In: settings from the environment and a number of records. Out: one line of JSON, what was done in how many seconds.
The clock runs from the first record that is handed over until the last one is kept: starting and joining a group are
outside of it.
"""

import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from time import perf_counter

from services.settings import Settings
from streams.interpreter import tune
from streams.lift import archive_columns
from streams.log import Record
from streams.migrations import migrate
from streams.warehouse_chdb import ChdbWarehouse


@dataclass(frozen=True, slots=True)
class Done:
    """`kept`: rows of the archive afterwards. `merging`: seconds that the engine then takes to merge its parts."""

    events: int
    seconds: float
    kept: int = 0
    merging: float = 0.0

    @property
    def rate(self) -> float:
        return self.events / self.seconds

    def tell(self) -> None:
        sys.stdout.write(json.dumps(asdict(self)) + "\n")
        sys.stdout.flush()


class Keeper:
    """An archive with its views, in process, for those who have no pump of their own; merges wait as in a load."""

    def __init__(self, settings: Settings, wanted: int) -> None:
        self._warehouse = ChdbWarehouse(settings.data / "warehouse")
        migrate(self._warehouse)
        tune()  # as our own process does
        self._wanted, self._seen = wanted, 0
        self._start = 0.0
        self._load = ExitStack()
        self._load.enter_context(self._warehouse.loading())

    def first(self) -> None:
        """The first record is here."""
        self._start = self._start or perf_counter()

    def keep(self, records: Sequence[Record]) -> Done | None:
        """Validates and stores a batch; what was done, once nothing is wanted any more."""
        self._warehouse.insert("archive", archive_columns(records))
        self._seen += len(records)
        if self._seen < self._wanted:
            return None
        seconds = perf_counter() - self._start
        self._load.close()
        kept = int(self._warehouse.query("SELECT count() FROM archive FINAL").rows[0][0])
        self._warehouse.close()
        return Done(self._seen, seconds, kept)
