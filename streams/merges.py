"""Merges of incidents: which of them stand in one group, and whose merge holds.

In: facts. Out: `merge_said`, every merge ever said; `merge`, each incident of a group with what became of its merge;
and, in the scratch tables, the groups that a round or a full fold answers for. What decides is said once, in
`sql/folds/merge.sql`.
Invariant: a group is everything that merges ever said connect, so it only grows, and whoever folds one of it folds all.
A merge is in `merge_said` before groups are read: of two workers the later one sees both.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from streams.fold import OWN, folded
from streams.warehouse import Params, Warehouse

SAID = """SELECT DISTINCT incident, assumeNotNull(merged_into) AS into FROM incident_facts
          WHERE isNotNull(merged_into) AND merged_into != ''"""
_LINKED = f"SELECT key FROM {OWN}incident WHERE key IN (SELECT arrayJoin([incident, into]) FROM merge_said)"
_FOUND = f"SELECT incident FROM {OWN}component"
_MEMBERS = f"""{_FOUND} UNION ALL SELECT incident FROM merge
               WHERE component IN (SELECT component FROM merge WHERE incident IN ({_FOUND}))"""
_NEAR = f"""WITH near AS ({_MEMBERS})
            SELECT DISTINCT incident, into FROM merge_said WHERE incident IN (near) OR into IN (near)"""
_NEW = f"SELECT key FROM {OWN}row WHERE type = 'incident.merged'"
TOUCHED = f"(SELECT count() FROM ({_NEW} LIMIT 1)) + (SELECT count() FROM ({_LINKED} LIMIT 1))"
_STORED = f"INSERT INTO merge SELECT * FROM {OWN}merge"
FOLDED: Mapping[str, str] = MappingProxyType({"merge": f"{OWN}merge"})


def gather(warehouse: Warehouse, params: Params, given: Mapping[str, str]) -> None:
    """Step 5e: the groups of a round's incidents, whose members all belong to the round then; and step 6 for `merge`.

    `given` are sources that were folded before."""
    warehouse.run(f"INSERT INTO merge_said {SAID} AND incident IN ({_NEW})", params)
    _fold(warehouse, components(_links(warehouse, params)), params, given)
    warehouse.run(f"INSERT INTO {OWN}incident SELECT incident FROM {OWN}component", params)
    warehouse.run(_STORED, params)


def _links(warehouse: Warehouse, params: Params) -> list[tuple[Any, ...]]:
    """Every merge ever said within the groups of a round's incidents.

    Groups as they were folded lead to all but what has come since, and a merge does one step at a time, until nobody is
    added: mostly at once.
    """
    links: list[tuple[Any, ...]] = []
    found: set[str] = set()
    added = {key for (key,) in warehouse.query(_LINKED, params).rows}
    while added:
        keys = list(added)
        warehouse.insert(f"`{params['own']}`.round_component", {"incident": keys, "component": keys})
        links = warehouse.query(_NEAR, params).rows
        found |= added
        added = {key for link in links for key in link} - found
    return links


def store_all(warehouse: Warehouse, params: Params) -> None:
    """All groups, from all facts."""
    warehouse.run(f"INSERT INTO merge_said {SAID}")
    fold_all(warehouse, params)
    warehouse.run(_STORED, params)


def fold_all(warehouse: Warehouse, params: Params) -> str:
    """All groups, from all facts, into the scratch tables alone; gives the rows that `merge` must have."""
    _fold(warehouse, components(warehouse.query(SAID).rows), params, {})
    return f"(SELECT * FROM `{params['own']}`.round_merge)"


def _fold(warehouse: Warehouse, groups: Mapping[str, str], params: Params, given: Mapping[str, str]) -> None:
    for table in ("component", "merge"):
        warehouse.run(f"TRUNCATE TABLE {OWN}{table}", params)
    rows = {"incident": list(groups), "component": list(groups.values())}
    warehouse.insert(f"`{params['own']}`.round_component", rows)
    told = {key: source for key, source in given.items() if key not in FOLDED} | {"component": f"{OWN}component"}
    warehouse.run(f"INSERT INTO {OWN}merge {folded('merge', told)}", params)


def components(links: Iterable[tuple[Any, ...]]) -> dict[str, str]:
    """Each incident that is linked to any, itself too, with the least id that links lead to."""
    above: dict[str, str] = {}

    def top(key: str) -> str:
        while (up := above.setdefault(key, key)) != key:
            above[key] = key = above[up]  # the way is halved for whoever comes after
        return key

    for one, other in links:
        low, high = sorted((top(one), top(other)))
        above[high] = low
    return {key: top(key) for key in above}
