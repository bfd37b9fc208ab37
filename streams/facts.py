"""Facts of the families of which little is said: registers, rosters, zero reports, screens, occasions, alerts.

A view of the archive is planned with every insert, whether anything comes of it or not. So only the families of `OFTEN`
have views there; those of the others read `rare_record`, a table that keeps nothing. Here it is told what they want.
What happens if it fails: the same rows come again; a fact that was written before is the same row.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.own import OFTEN, type_of
from streams.fold import template
from streams.warehouse import Warehouse

_OFTEN = frozenset(name.encode() for name in OFTEN)


def has_rare(columns: Mapping[str, Sequence[Any]]) -> bool:
    """Whether rows of the archive, as columns, speak of such a family. The engine would take longer to say so."""
    said = zip(columns["ok"], columns["raw"], columns["lifted"], strict=True)
    types = {type_of(lifted or raw) for ok, raw, lifted in said if ok}
    return not {name.split(b".")[0] for name in types} <= _OFTEN


def write_rare(warehouse: Warehouse, where: str) -> None:
    """From the archive's rows that match `where`."""
    often = ", ".join(f"'{name}'" for name in sorted(OFTEN))
    warehouse.run(template("facts", "rare").replace("{{often}}", often).replace("{{rows}}", where))
