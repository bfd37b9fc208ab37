"""What a source has said of entities, and the event that said each: what an importer compares its files with.

In: a family, subjects, a source. Out: one row per subject, for dated entities per `valid_from`, as if nobody else had
spoken; values that it did not set are left out. The rules are the fold's own.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from schemas import wire_time
from streams.fold import FAMILIES, expand, template
from streams.warehouse import Warehouse

# family: the type of event that states it, and its fields in facts as importers name them
_DATED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "place": ("place.registered", ("level", "name", "parent")),
    "station": ("station.registered", ("name", "township")),
    "assignment": ("community.assigned", ("station", "township")),
    "population": ("population.recorded", ("pop_actual", "pop_resident", "pop_registered", "households")),
}
STATES = ("incident", *_DATED)


def states(warehouse: Warehouse, family: str, subjects: Sequence[str], source: str) -> Iterator[dict[str, Any]]:
    """`subject`, `valid_from` (or None), `values`, in `set_by` the id of the event that set each, `updated`: the newest
    time of its own that the source gave (or None), and `stated`: somebody has stated the entity.

    A subject that only others have stated has one row, without values.
    """
    is_incident = family == "incident"
    sql = template("states", "incident") if is_incident else _dated(*_DATED[family])
    table = FAMILIES["incident" if is_incident else "registry"]
    first = table.first if is_incident else _DATED[family][0]
    params = {"subjects": list(subjects), "source": source}
    asked = f"{table.key} IN {{subjects:Array(String)}}"
    rows = warehouse.query(expand(sql, lambda _: f"f.{asked} AND f.source = {{source:String}}", {}), params)
    by_anyone = f"SELECT DISTINCT {table.key} FROM {table.table} WHERE type = '{first}' AND {asked}"
    stated = {str(key) for (key,) in warehouse.query(by_anyone, params).rows}
    fields = [name for name in rows.columns if f"{name}_by" in rows.columns]
    spoken = set()
    for row in rows.dicts():
        said = [name for name in fields if row[name] is not None]
        spoken.add(row["subject"])
        yield {
            "subject": row["subject"],
            "valid_from": str(row["valid_from"]) or None,
            "values": {name: _wire(row[name]) for name in said},
            "set_by": {name: row[f"{name}_by"] for name in said},
            "updated": _wire(row["updated"]),
            "stated": row["subject"] in stated,
        }
    for subject in sorted(stated - spoken):
        yield {"subject": subject, "valid_from": None, "values": {}, "set_by": {}, "updated": None, "stated": True}


class Window(NamedTuple):
    """Incidents of which a source says that `field` is of these days of `zone`, the first and the last in."""

    field: str
    first: str
    last: str
    zone: str


MOMENTS = {"occurred_at": "occurred", "reported_at": "reported", "filed_at": "filed"}


def within(warehouse: Warehouse, source: str, window: Window) -> Iterator[dict[str, Any]]:
    """`subject` of each incident that the source has said is of the window and has not withdrawn; and once `checked`,
    its last check of exactly that window, or None.
    """
    params = {"source": source, **window._asdict()}
    sql = expand(
        template("states", "within").replace("{{moment}}", MOMENTS[window.field]),
        lambda _: "f.source = {source:String}",
        {},
    )
    for (subject,) in warehouse.query(sql, params).rows:
        yield {"subject": subject}
    checks = warehouse.query(expand(template("states", "checked"), lambda _: "f.subject = {source:String}", {}), params)
    yield {"checked": next(({name: _wire(value) for name, value in row.items()} for row in checks.dicts()), None)}


def _dated(type_: str, fields: tuple[str, ...]) -> str:
    """One row per day from which something was stated, each field as the newest statement about that day has it."""
    values = ", ".join(
        f"arrayLast(x -> isNotNull(x.{f}), said) AS {f}_last, {f}_last.{f} AS {f}, {f}_last.event_id AS {f}_by"
        for f in fields
    )
    return f"""SELECT subject, toString(day) AS valid_from, arrayMax(said.sourcetime) AS updated, {values}
FROM (
    SELECT subject, arrayJoin(arrayDistinct(stated.valid_from)) AS day,
           arrayFilter(x -> x.valid_from = day, stated) AS said
    FROM (SELECT subject, arrayFilter(x -> x.type = '{type_}', e) AS stated
          FROM {{{{events registry: valid_from, sourcetime, {", ".join(fields)}}}}})
)"""


def _wire(value: Any) -> Any:
    if isinstance(value, datetime):
        return wire_time(value)
    return value.isoformat() if isinstance(value, date) else value
