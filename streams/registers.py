"""The registers: who answers for a community, its people, names, and who stands on a roster, folded once for all.

In: facts of the registry. Out: the tables of migration 0005. All rows are written under a new version, then the mark,
then versions that nobody reads any more are dropped.
What happens if a step fails: without the mark the old version is read, and the refresh comes again; rows written twice
under one version are the same rows. Whoever saw fewer facts has the lower version and loses.
"""

from dataclasses import dataclass

from streams.fold import folded
from streams.warehouse import Params, Warehouse

_KEPT = 2  # versions: a reader that began with the one before may still be at it


@dataclass(frozen=True, slots=True)
class Register:
    name: str
    family: str
    columns: tuple[str, ...]


REGISTERS: tuple[Register, ...] = (
    Register("assignment", "registry", ("community", "valid_from", "station", "township")),
    Register(
        "population", "registry",
        ("community", "valid_from", "pop_actual", "pop_resident", "pop_registered", "households"),
    ),
    Register("place", "registry", ("code", "type", "level", "name", "parent", "kind", "valid_from", "merged_into")),
    Register(
        "roster_member", "roster",
        ("roster", "audience", "scope", "version", "ref", "household", "community", "since", "until"),
    ),
)  # fmt: skip


def refresh(warehouse: Warehouse, params: Params) -> None:
    """Write the registers whose facts have grown since they were written."""
    known, marked = _versions(warehouse, params)
    for register in REGISTERS:
        if known[register.family] > marked.get(register.name, 0):
            _write(warehouse, register, known[register.family])


def _write(warehouse: Warehouse, register: Register, version: int) -> None:
    name, columns = register.name, ", ".join(register.columns)
    warehouse.run(f"INSERT INTO {name} ({columns}, v) SELECT {columns}, {version} FROM ({folded(name)})")
    warehouse.insert("register", {"name": [name], "v": [version]})
    parts = warehouse.query(
        """SELECT DISTINCT partition FROM system.parts
           WHERE database = currentDatabase() AND table = {t:String} AND active ORDER BY toUInt64(partition) DESC""",
        {"t": name},
    ).rows
    for (old,) in parts[_KEPT:]:
        warehouse.run(f"ALTER TABLE {name} DROP PARTITION {int(old)}")


def _versions(warehouse: Warehouse, params: Params) -> tuple[dict[str, int], dict[str, int]]:
    """What is known of each family: own facts, and ids said twice, which may take one away. And the marks."""
    twice = (
        "SELECT count() FROM conflict FINAL WHERE event_id IN (SELECT event_id FROM conflict WHERE topic = 'registry')"
    )
    parts = [
        f"""SELECT '{family}' AS name, (SELECT count() FROM {family}_facts FINAL) + ({twice})
                   + {{epoch:UInt64}} * 1099511627776 AS v, 'known' AS kind"""
        for family in sorted({register.family for register in REGISTERS})
    ]
    rows = warehouse.query(" UNION ALL ".join([*parts, "SELECT name, v, 'marked' FROM register FINAL"]), params).rows
    found: dict[str, dict[str, int]] = {"known": {}, "marked": {}}
    for name, version, kind in rows:
        found[kind][name] = int(version)
    return found["known"], found["marked"]
