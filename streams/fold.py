"""The fold: from the facts of an entity to the events that count, in the order in which they win.

Two rules live here and nowhere else. The first (recorded, digest) said under an id counts, later stamps and other
contents do not. Among counted events the newest that sets a field wins, by (report first, recorded, event id).

SQL files are templates. `{{events FAMILY: field, …}}` becomes a subquery with one row per entity:
`a`, every fact ever said, `e`, the counted ones in winning order, both arrays of named tuples; and `n`, the number of
facts. `{{state FAMILY: field, …}}` adds to that each field's present value, `field`, and the id of the event that set
it, `field_by`. Either may end in `WHERE condition` over the facts `f`, which keeps all facts of an entity or none.
`{{until COLUMN}}` restricts a record's own moment. `{{NAME}}` becomes a source: a mart, places or a register as it
stands now or, "as known at" T, the fold of the facts recorded until then. What a figure means is thus written once for
both. `{{rivals}}` are the ids said by more than one entity.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Family:
    """`first` is the type whose event is the report: corrections never lose to it. `kind`: what its entities are called
    among rivals, where two families are of the same entities."""

    table: str
    key: str
    first: str = ""
    kind: str = ""


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "incident": Family("incident_facts", "incident", "incident.reported"),
        # Incidents in groups, whatever a figure restricts incidents to.
        "merge": Family("incident_facts", "incident", "incident.reported", "incident"),
        "receipt": Family("receipt_facts", "receipt", "receipt.signed"),
        "action": Family("action_facts", "action", "action.recorded"),
        "registry": Family("registry_facts", "subject"),
        "roster": Family("roster_facts", "roster"),
        "zero_report": Family("zero_report_facts", "owner"),
        "alert": Family("alert_facts", "alert"),
    }
)
KNOWN = "{known:DateTime64(6, 'UTC')}"
_TABLES: Mapping[str, str] = MappingProxyType({f.table: f.table for f in FAMILIES.values()})
# Each pump's scratch tables are in a database that it names in its parameters.
OWN = "{own:Identifier}.round_"
# One subject may be the key of several families: a station has its registration and its zero reports.
_ENTITY = """(if(topic = 'registry' AND NOT startsWith(type, 'roster.'), 'registry',
                 splitByChar('.', toString(type))[1]), key)"""
# A condition may hold query parameters and, once they are written out, sources.
_FIELDS = r"(\w+): ([\w, \n]+?)(?:\s+WHERE ((?:(?!\{\{).)+?))?\}\}(?!\})"
_EVENTS = re.compile(r"\{\{events " + _FIELDS, re.DOTALL)
_STATE = re.compile(r"\{\{state " + _FIELDS, re.DOTALL)
_UNTIL = re.compile(r"\{\{until ([\w.]+)\}\}")
_SOURCE = re.compile(r"\{\{(\w+)\}\}")


def events(family: str, fields: str, where: str, rivals: bool) -> str:
    """The subquery of a family's entities: `key, a, e, n`. `where` restricts the facts; `f` is their table.

    Without `rivals` every id is said by one entity, and none loses.
    """
    f = FAMILIES[family]
    names = [name.strip() for name in fields.split(",")]
    parts = ", ".join(f"f.{name} AS {name}" for name in ("recorded", "event_id", "digest", "type", *names))
    parts += f", f.type != '{f.first}' AS late"
    said = lost = ""
    if rivals:  # planning them takes a sixth of what it takes to fold a few entities
        rival = "(SELECT mapFromArrays(groupArray(event_id), groupArray((said, losers))) FROM {{rivals}})"
        parts += f", has({rival}[f.event_id].2, ('{f.kind or family}', f.{f.key})) AS lost"
        said, lost = f" + arraySum(x -> {rival}[x].1, arrayDistinct(a.event_id))", " AND NOT x.lost"
    return f"""(SELECT {f.key}, a, length(a){said} AS n,
       arraySort(x -> (x.late, x.recorded, x.event_id),
                 arrayFilter((x, i) -> i = 1{lost}, a, arrayEnumerateUniq(a.event_id))) AS e
 FROM (SELECT f.{f.key} AS {f.key},
              arraySort(x -> (x.recorded, x.event_id, x.digest), groupUniqArray(tuple({parts}))) AS a
       FROM {{{{{f.table}}}}} AS f WHERE {where} GROUP BY f.{f.key}))"""


def state(family: str, fields: str, condition: str = "") -> str:
    """The subquery of a family's entities with the present value of each field and who set it."""
    names = [name.strip() for name in fields.split(",")]
    last = ",\n       ".join(
        f"arrayLast(x -> isNotNull(x.{f}), e) AS {f}_last, {f}_last.{f} AS {f}, {f}_last.event_id AS {f}_by"
        for f in names
    )
    key = FAMILIES[family].key
    only = f" WHERE {condition}" if condition else ""
    return f"(SELECT {key}, n, e,\n       {last}\n FROM {{{{events {family}: {fields}{only}}}}} WHERE notEmpty(e))"


def rivals(known: str = "") -> str:
    """Ids said by more than one entity, rare and only possible where the log cannot keep ids unique.

    `losers` are the entities whose (recorded, digest) was not the first; `said` counts the stamps, so that a fold's
    version grows when a rival becomes known. `known` restricts what was said.
    """
    return f"""SELECT event_id, count() AS said, argMin(entity, (c.recorded, c.digest)) AS winner,
                      arrayFilter(x -> x != winner, groupUniqArray(entity)) AS losers
               FROM (SELECT *, {_ENTITY} AS entity FROM conflict FINAL {known}) AS c
               GROUP BY event_id HAVING uniqExact(entity) > 1"""


@cache
def template(folder: str, name: str) -> str:
    """The text of `sql/FOLDER/NAME.sql`, comments removed."""
    text = files("streams").joinpath("sql", folder, f"{name}.sql").read_text("utf-8")
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--")).strip()


def expand(sql: str, where: Callable[[str], str], sources: Mapping[str, str]) -> str:
    """A template with its families and sources written out; `where` gives each family's restriction.

    Where the source `rivals` is empty there are none. A table of facts is a source of its own name.
    """
    sources = {"rivals": f"({rivals()})", **_TABLES, **sources}
    while True:
        grown = _SOURCE.sub(lambda m: sources[m[1]], sql)
        grown = _STATE.sub(lambda m: state(m[1], m[2], m[3] or ""), grown)
        grown = _EVENTS.sub(lambda m: events(m[1], m[2], _both(where(m[1]), m[3]), bool(sources["rivals"])), grown)
        if grown == sql:
            return sql
        sql = grown


def _both(known: str, condition: str | None) -> str:
    return f"{known} AND ({condition})" if condition else known


STRETCH = 8192  # offsets counted together in `arrival`
INCIDENT_ROW = "basis, day, station, community, category"
_MARTS = ("merge", "incident_place", "incident_day", "contact", "reached", "arrival")
_REGISTERS = ("assignment", "population", "place", "roster_member")
_FOLDS = (*_MARTS, *_REGISTERS, "action_state", "plan")
STANDING = frozenset((*_MARTS, *_REGISTERS))  # what only rounds write


def now_sources() -> dict[str, str]:
    """Marts, places and registers as they stand."""
    marts = {name: f"(SELECT * FROM {name} FINAL)" for name in _MARTS}
    return folded_sources() | marts | {name: f"({standing(name)})" for name in _REGISTERS}


def standing(register: str, database: str = "") -> str:
    """The rows of a register under the version that is marked as whole."""
    at = f"`{database}`." if database else ""
    marked = f"(SELECT max(v) FROM {at}register WHERE name = '{register}')"
    return f"SELECT * EXCEPT v FROM {at}{register} FINAL WHERE v = {marked}"


def folded_sources() -> dict[str, str]:
    """Every mart and place as the fold of the facts alone."""
    folds = {name: f"({template('folds', name)})" for name in _FOLDS}
    rows = {"incident_row": INCIDENT_ROW, "stretch": str(STRETCH)}
    return folds | rows | {"component": f"({groups()})"}


def groups(of: str = "") -> str:
    """Incidents in groups, or those of the groups of some: what merges ever said connect.

    Groups only grow, so those of now hold all that was known at T.
    """
    some = f"WHERE component IN (SELECT component FROM merge WHERE incident {of})" if of else ""
    return f"SELECT incident, component FROM merge FINAL {some}"


def present(sql: str) -> str:
    """A figure's SQL over what is known now."""
    return restricted(expand(sql, lambda family: _of_groups(family) or "1", now_sources()), "1")


def as_known(sql: str, **keys: str) -> str:
    """A figure's SQL over what was known at the query parameter `known`; `keys` as for `folded`."""

    def where(family: str) -> str:
        known = f"f.recorded <= {KNOWN}"
        picked = _of_groups(family) or (f"f.{FAMILIES[family].key} {keys[family]}" if family in keys else "")
        return f"{known} AND {picked}" if picked else known

    sources = folded_sources() | {"rivals": f"({rivals(f'WHERE recorded <= {KNOWN}')})"}
    sources["component"] = f"({groups(keys.get('incident', ''))})"
    return _UNTIL.sub(lambda m: f"{m[1]} <= {KNOWN}", expand(sql, where, sources))


def _of_groups(family: str) -> str:
    """What restricts the facts of incidents in groups: nothing else does."""
    return "f.incident IN (SELECT incident FROM {{component}})" if family == "merge" else ""


def restricted(sql: str, where: str) -> str:
    """SQL whose records' own moments are restricted by `where` only."""
    return _UNTIL.sub(lambda _: where, sql)


def folded(name: str, given: Mapping[str, str] = MappingProxyType({}), /, **keys: str) -> str:
    """The SQL of one fold over all that is known now.

    `keys` restrict families to keys of a subquery or set; `given` are sources that were folded before.
    """

    def where(family: str) -> str:
        return _of_groups(family) or (f"f.{FAMILIES[family].key} {keys[family]}" if family in keys else "1")

    return expand(template("folds", name), where, folded_sources() | dict(given))
