"""The rounds: from facts to places to marts.

One round, over every entity touched by the archive rows in [marts_next, facts_next); each step can be repeated:
 5 gather   those rows, what shares an id with them, their keys, the incidents in groups with theirs, and the receipts
            of their actions; and fold registers that have grown
 6 fold     places of those keys, from all facts; beside that, count the records of the stretches they stand in, and
            look for ids said with several contents: where there are any, 5 and 6 are done once more
 7 sum      every mart row of a place so touched, from all places
What happens if a step fails: nothing is acknowledged, the next round gathers the same keys and more. Why it holds:
places and versions only grow with the facts visible, and a mart row is a function of its place rows, so whoever wrote
with less in sight has the lower version and loses.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from schemas import PARTITIONS
from streams import merges
from streams.fold import FAMILIES, INCIDENT_ROW, OWN, STRETCH, folded, restricted, rivals, template
from streams.log import Partition
from streams.registers import refresh
from streams.warehouse import Params, Warehouse

PIECES_OF = 500_000  # facts folded at once when everything is built: bounds memory to about 2 GB
MERGED_BELOW = 20_000_000  # rows of a table merged when everything was built: a million incident facts take 3 s
# Step 5b for everything: in the index's own order, so that memory holds one id at a time.
_ALL_CONFLICTS = """INSERT INTO conflict
SELECT event_id, recorded, digest, key, type, topic, part, off FROM event_index FINAL
WHERE event_id IN (SELECT event_id FROM event_index GROUP BY event_id HAVING min(digest) != max(digest)
                   SETTINGS optimize_aggregation_in_order = 1)"""
_SCRATCH = r"round\\_%"


@dataclass(frozen=True, slots=True)
class Span:
    """The archive rows a round answers for: one partition, [start, end)."""

    topic: str
    part: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mart:
    """A mart, its places, the family whose facts make them, and the columns of its key.

    Places lie by `order`, at whose end the slot is a hash of that key; in SQL the key is called `{{row}}`. Where there
    is no slot, all mart rows of what is at its end are made together.
    """

    name: str
    places: str
    family: str
    key: str
    row: str
    order: tuple[str, ...]


MARTS: tuple[Mart, ...] = (
    Mart("incident_day", "incident_place", "incident", INCIDENT_ROW, "incident_row", ("day", "slot")),
    Mart("reached", "contact", "receipt", "kind, audience, community, ref", "", ("ref",)),
)
# A round's groups are few but heavy, and the engine would split them into 256 blocks, each of which pays for evaluating
# hundreds of expressions: a fold of 8,000 incidents took 240 ms, and takes 80. Of many, one block takes much memory.
FEW = 50_000
WHOLE = "SETTINGS group_by_two_level_threshold = 0, group_by_two_level_threshold_bytes = 0"
Stage = Callable[[str], None]


def spans(facts_next: Mapping[Partition, int], marts_next: Mapping[Partition, int]) -> list[Span]:
    return [
        Span(*place, marts_next.get(place, 0), end)
        for place, end in facts_next.items()
        if end > marts_next.get(place, 0)
    ]


def waiting(warehouse: Warehouse, todo: list[Span]) -> int:
    """How many archive rows a round would answer for. Offsets have gaps, so their difference does not say."""
    return int(warehouse.query(f"SELECT count() FROM archive WHERE {rows_of(todo)}").rows[0][0])


def rows_of(todo: list[Span]) -> str:
    return " OR ".join(
        f"(topic = '{s.topic}' AND part = {s.part} AND off >= {s.start} AND off < {s.end})" for s in todo
    )


def prepare(warehouse: Warehouse, params: Params) -> None:
    """The scratch tables of one worker, in memory."""
    _played(warehouse, "scratch", params)


def play_round(warehouse: Warehouse, todo: list[Span], params: Params, stage: Stage) -> None:
    """Steps 5 to 7 for the rows of `todo`.

    Small rounds mostly plan, so what does not wait for each other is asked together. Whether one of these ids is in
    conflict rarely has a consequence, and is looked for beside the folds: where it is, they are done once more, under
    higher versions.
    """
    stage("fold+places")
    warehouse.run(f"TRUNCATE ALL TABLES FROM {{own:Identifier}} LIKE '{_SCRATCH}'", params)
    _played(warehouse, "rows", params, todo)
    stretches = (f"(topic = '{s.topic}' AND part = {s.part} AND off >= {s.start - s.start % STRETCH})" for s in todo)
    arrived = f"INSERT INTO arrival {arrivals(' OR '.join(stretches), params)}"
    ((known,),) = warehouse.query("SELECT count() FROM conflict").rows
    touched, conflicts, _ = _together(
        partial(_places, warehouse, todo, params, conflicts=bool(known)),
        partial(_conflicts, warehouse, params),
        partial(warehouse.run, arrived, params),
    )
    if conflicts:
        touched = _places(warehouse, todo, params, conflicts=True)
    stage("marts")
    _together(
        *(
            partial(warehouse.run, f"INSERT INTO {mart.name} {_summed(mart)} {_blocks(keys)}", params)
            for mart, keys in touched.items()
        )
    )


def _together(*jobs: Callable[[], Any]) -> list[Any]:
    """What does not depend on each other: the engine plans a statement in one thread, and small rounds mostly plan.

    All have ended when this returns what they gave or raises what one of them raised.
    """
    with ThreadPoolExecutor(len(jobs) or 1, "fanzha-round") as threads:
        started = [threads.submit(job) for job in jobs]
    return [one.result() for one in started]


def arrivals(where: str, params: Params) -> str:
    """The rows of `arrival`, from the archive's rows that match `where`."""
    return f"""SELECT topic, part, stretch, events, recorded, events + {params["epoch"]} * 1099511627776 AS v
               FROM ({restricted(folded("arrival"), where)})"""


def _played(warehouse: Warehouse, name: str, params: Params, todo: list[Span] | None = None) -> None:
    """The statements of `sql/rounds/NAME.sql`."""
    text = template("rounds", name).replace("{{rows}}", rows_of(todo or [])).replace("{{rivals}}", f"({rivals()})")
    for statement in text.split(";"):
        if statement.strip():
            warehouse.run(statement, params)


def _conflicts(warehouse: Warehouse, params: Params) -> int:
    """Step 5b: how many stamps are known of these rows' ids that were said with several contents."""
    _played(warehouse, "conflicts", params)
    found = f"SELECT count() FROM conflict WHERE event_id IN (SELECT event_id FROM {OWN}row)"
    return int(warehouse.query(found, params).rows[0][0])


def _places(warehouse: Warehouse, todo: list[Span], params: Params, *, conflicts: bool) -> dict[Mart, int]:
    """Steps 5 and 6 after the rows were read: which marts are touched, with the number of keys of each.

    A conflict of these rows may take a registration away. To plan what finds nothing takes as long as to plan what
    finds much: of what no row speaks, nothing is asked, and folds without rivals do not ask for them.
    """
    concerned = set(PARTITIONS) if conflicts else {s.topic for s in todo}  # an id has no topic of its own
    jobs = [partial(_played, warehouse, "rivals", params)] if conflicts else []
    if "incidents" in concerned:
        jobs.append(partial(_played, warehouse, "incidents", params))
    if "publicity" in concerned:
        jobs.append(partial(_played, warehouse, "receipts", params))
    if "registry" in concerned:
        jobs.append(partial(refresh, warehouse, params))
    _together(*jobs)
    touched, grouped = _keys(warehouse, params)
    given = {**merges.FOLDED, "rivals": f"{OWN}rival" if conflicts else ""}
    if grouped:
        merges.gather(warehouse, params, given)
    _together(*(partial(fold_places, warehouse, mart, params, given, _blocks(keys)) for mart, keys in touched.items()))
    return touched


def _keys(warehouse: Warehouse, params: Params) -> tuple[dict[Mart, int], bool]:
    """How many keys of each mart the round touches, and whether an incident among them is in a group. To plan a fold
    takes longer than to fold a few keys: most small rounds touch one family only, and no group."""
    counts = ", ".join(f"(SELECT count() FROM {OWN}{mart.family})" for mart in MARTS)
    ((*keys, grouped),) = warehouse.query(f"SELECT {counts}, {merges.TOUCHED}", params).rows
    return {mart: number for mart, number in zip(MARTS, keys, strict=True) if number}, bool(grouped)


def _blocks(keys: int) -> str:
    return WHOLE if keys <= FEW else ""


def fold_places(warehouse: Warehouse, mart: Mart, params: Params, given: Mapping[str, str], settings: str) -> None:
    """Step 6 for the keys in the round's tables; `given` are sources that were folded before."""
    picked = {mart.family: f"IN (SELECT key FROM {OWN}{mart.family})", "action": f"IN (SELECT key FROM {OWN}action)"}
    warehouse.run(f"INSERT INTO {OWN}{mart.places} {folded(mart.places, given, **picked)} {settings}", params)
    warehouse.run(f"INSERT INTO {mart.places} SELECT * FROM {OWN}{mart.places}", params)


def build_all(warehouse: Warehouse, params: Params, facts: int, progress: Callable[[int, int], None]) -> None:
    """All conflicts, all places range by range of keys, then all marts: the same steps, for everything at once."""
    warehouse.run(_ALL_CONFLICTS)
    refresh(warehouse, params)
    merges.store_all(warehouse, params)
    pieces = max(1, -(-facts // PIECES_OF))
    total = pieces * len(MARTS)
    for done, mart in enumerate(MARTS):
        for piece in range(pieces):
            pick_piece(warehouse, mart, piece, pieces, params)
            sql = folded(mart.places, merges.FOLDED, **{mart.family: f"IN (SELECT key FROM {OWN}{mart.family})"})
            warehouse.run(f"INSERT INTO {mart.places} {sql}", params)
            progress(done * pieces + piece + 1, total)
        sum_all(warehouse, mart, f"{mart.places} FINAL", mart.name, pieces)
        warehouse.run(f"OPTIMIZE TABLE {mart.places} FINAL")
        warehouse.run(f"OPTIMIZE TABLE {mart.name} FINAL")
    warehouse.run(f"INSERT INTO arrival {arrivals('1', params)}")
    merge_facts(warehouse)


def merge_facts(warehouse: Warehouse) -> None:
    """What a bulk load left in many parts: else the engine merges all of it beside the first records that come live."""
    names = ", ".join(f"'{name}'" for name in ("archive", "event_index", *(f.table for f in FAMILIES.values())))
    many = f"""SELECT name FROM system.tables WHERE database = currentDatabase() AND name IN ({names})
               AND active_parts > 1 AND total_rows <= {MERGED_BELOW}"""
    tables = [name for (name,) in warehouse.query(many).rows]
    _together(*(partial(warehouse.run, f"OPTIMIZE TABLE {name} FINAL") for name in tables))


def pick_piece(warehouse: Warehouse, mart: Mart, piece: int, pieces: int, params: Params) -> None:
    """The keys of one of `pieces` ranges of a mart's entities, into the round's own table."""
    key = mart.family
    warehouse.run(f"TRUNCATE TABLE {OWN}{key}", params)
    warehouse.run(
        f"INSERT INTO {OWN}{key} SELECT DISTINCT {key} FROM {key}_facts WHERE cityHash64({key}) % {pieces} = {piece}",
        params,
    )


def _summed(mart: Mart) -> str:
    """Step 7: the rows of a mart whose places the round has touched, and those that lie with them."""
    own = f"{OWN}{mart.places}"
    # A slot is of one day: a set for each column says the same as one of tuples, and is asked in half the time.
    near = " AND ".join(f"{column} IN (SELECT {column} FROM {own})" for column in mart.order)
    touched = f"(SELECT * FROM {mart.places} FINAL PREWHERE {near})"
    if "slot" not in mart.order:
        return sums(mart, touched, mart.key)
    return f"""SELECT {mart.key}, s.* EXCEPT slot FROM ({sums(mart, touched, "slot")}) AS s
               ANY INNER JOIN (SELECT slot, {mart.key} FROM {own}) AS k ON s.slot = k.slot"""


def sum_all(warehouse: Warehouse, mart: Mart, places: str, into: str, pieces: int) -> None:
    """Step 7 for everything. Marts without slots have a row or more for everybody: memory holds a range of them."""
    ranges = (f" WHERE cityHash64({mart.order[-1]}) % {pieces} = {piece}" for piece in range(pieces))
    for some in ("",) if "slot" in mart.order else ranges:
        warehouse.run(f"INSERT INTO {into} {sums(mart, f'(SELECT * FROM {places}{some})', mart.key)}")


def sums(mart: Mart, places: str, by: str) -> str:
    """Mart rows as absolute sums of `places`."""
    text = template("folds", mart.name).replace("{{" + mart.places + "}}", places)
    return text.replace("{{" + mart.row + "}}", by)
