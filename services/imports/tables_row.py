"""What a file is to the importers: tables of rows, each row a line number and the texts of its cells.

Invariant: a `Row` has as many cells as its table's header; whatever is not such a row is `Broken`, with the reason.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

Score = Callable[[Sequence[str]], int]  # how many of the wanted columns a row of cells names
SOUND: Mapping[int, str] = MappingProxyType({})
UNPACKED_FREE = 16 << 20
RATIO = 100  # a table packs to a tenth, one that repeats itself to a fiftieth


def unpacked_bound(packed: int) -> int:
    """How many bytes a packed file may become: what is larger was made to fill the memory."""
    return UNPACKED_FREE + RATIO * packed


@dataclass(frozen=True, slots=True)
class Row:
    """`faults`: index of a cell → why what stands there cannot be used (an error, digits a spreadsheet has lost)."""

    line: int
    cells: list[str]
    faults: Mapping[int, str] = field(default_factory=lambda: SOUND)


@dataclass(frozen=True, slots=True)
class Broken:
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Table:
    """Each pass over `rows` begins anew. `total` is an upper bound of them. `typed_cells`: a midnight comes as a
    bare day."""

    path: Path
    header: tuple[str, ...]
    header_line: int
    rows: Iterable[Row | Broken]
    total: int
    typed_cells: bool = False
    sheet: str = ""

    @property
    def name(self) -> str:
        return f"{self.path.name} [{self.sheet}]" if self.sheet else self.path.name

    @property
    def where(self) -> str:
        """File, sheet and line of the header, as errors name them."""
        return f"{self.path}{f' [{self.sheet}]' if self.sheet else ''}:{self.header_line}"


@dataclass(frozen=True, slots=True)
class Book:
    """`not_read`: sheets with content that are not among the tables. `notes`: what else a person should know."""

    tables: tuple[Table, ...]
    not_read: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
