"""The least that keeping up can cost: what any program of this design could follow on this machine.

In: an office whose tables hold the base. Out: the pump's own reading, validating, positions and offsets, and between
them as few statements as a round can have: records kept in five columns, facts of seven fields and an index by views,
one fold of the touched incidents, sums of the touched places. It is not right: places that were left keep what they
counted, no id is looked at twice, one basis of three is counted, nothing but positions is synced. Where this is late,
so is whoever is right.
"""

from streams.ahead import Batch
from streams.fold import expand
from streams.pump import Pump
from streams.rounds import WHOLE

_FIELDS = "occurred, station, community, category, loss_fen, returned_fen, withdrawn"
_FACTS = f"incident, event_id, digest, recorded, type, {_FIELDS}"
_PLACE = """day Date, slot UInt64, station LowCardinality(String), community LowCardinality(String),
            category LowCardinality(String)"""
_TABLES = (
    """CREATE TABLE floor_archive (topic LowCardinality(String), part UInt32, off UInt64, ok UInt8, raw String)
       ENGINE = ReplacingMergeTree ORDER BY (topic, part, off)""",
    """CREATE TABLE floor_index (event_id String, topic LowCardinality(String), part UInt32, off UInt64)
       ENGINE = ReplacingMergeTree ORDER BY (event_id, topic, part, off)""",
    f"""CREATE TABLE floor_facts ENGINE = ReplacingMergeTree ORDER BY (incident, event_id, digest, recorded)
        SETTINGS index_granularity = 1024 AS SELECT {_FACTS} FROM incident_facts""",
    f"""CREATE TABLE floor_place ({_PLACE}, incident String, incidents UInt8, loss_fen UInt64, returned_fen UInt64,
        v UInt64) ENGINE = ReplacingMergeTree(v) ORDER BY (day, slot, incident) SETTINGS index_granularity = 1024""",
    f"""CREATE TABLE floor_day ({_PLACE}, incidents UInt64, loss_fen UInt64, returned_fen UInt64, v UInt64)
        ENGINE = ReplacingMergeTree(v) ORDER BY (day, slot)""",
    "CREATE TABLE floor_key (key String) ENGINE = Memory",
    "CREATE TABLE floor_folded AS floor_place ENGINE = Memory",
)
_VIEWS = (
    """CREATE MATERIALIZED VIEW floor_index_view TO floor_index AS
       SELECT JSONExtractString(raw, 'id') AS event_id, topic, part, off FROM floor_archive WHERE ok""",
    """CREATE MATERIALIZED VIEW floor_facts_view TO floor_facts AS
       WITH JSONExtract(raw, 'Tuple(id String, subject String, type String, recordedtime String,
            data Tuple(occurred_at Nullable(String), station Nullable(String), residence_community Nullable(String),
                       category Nullable(String), loss_fen Nullable(UInt64), returned_fen Nullable(UInt64),
                       withdrawn Nullable(Bool)))') AS said
       SELECT said.subject AS incident, said.id AS event_id, SHA256(raw) AS digest,
              parseDateTime64BestEffort(said.recordedtime, 6, 'UTC') AS recorded, said.type AS type,
              parseDateTime64BestEffortOrNull(said.data.occurred_at, 6, 'UTC') AS occurred,
              said.data.station AS station,
              if(type = 'incident.reported', ifNull(said.data.residence_community, ''),
                 said.data.residence_community) AS community,
              said.data.category AS category, said.data.loss_fen AS loss_fen, said.data.returned_fen AS returned_fen,
              said.data.withdrawn AS withdrawn
       FROM floor_archive WHERE ok""",
)
_LAST = "arrayLast(x -> isNotNull(x), e.{0}) AS {0}"
_FOLD = f"""
SELECT toDate(assumeNotNull(occurred), {{zone:String}}) AS day, cityHash64(day, at, home, kind) AS slot,
       assumeNotNull(station) AS at, assumeNotNull(community) AS home, assumeNotNull(category) AS kind, incident,
       NOT ifNull(withdrawn, 0) AS incidents, if(incidents, ifNull(loss_fen, 0), 0) AS loss,
       if(incidents, ifNull(returned_fen, 0), 0) AS returned, n AS v
FROM (SELECT incident, n, {", ".join(map(_LAST.format, _FIELDS.split(", ")))}
      FROM {{{{events incident: {_FIELDS}}}}})
WHERE isNotNull(occurred) AND isNotNull(station) AND isNotNull(community) AND isNotNull(category)"""
_SUMS = """SELECT day, slot, any(station), any(community), any(category), sum(incidents), sum(loss_fen),
                  sum(returned_fen), sum(v) FROM floor_place FINAL {} GROUP BY day, slot"""
_TOUCHED = "PREWHERE day IN (SELECT day FROM floor_folded) AND slot IN (SELECT slot FROM floor_folded)"
_ARCHIVED = ("topic", "part", "off", "ok", "raw")
PIECES = 4  # of the base, folded one after the other


class Floor(Pump):
    """The pump until `begin`, from then on the least. Of incidents alone."""

    _touched: set[str] | None = None

    def begin(self) -> None:
        """Tables of its own, with all that those of the pump hold."""
        with self.turn:
            if self._touched is not None:
                return
            for statement in _TABLES:
                self.warehouse.run(statement)
            self.warehouse.run("INSERT INTO floor_index SELECT event_id, topic, part, off FROM event_index")
            for piece in range(PIECES):
                self._fold("floor_place", f"cityHash64(f.incident) % {PIECES} = {piece}")
            self.warehouse.run(f"INSERT INTO floor_day {_SUMS.format('')}")
            for table in ("facts", "index", "place", "day"):
                self.warehouse.run(f"OPTIMIZE TABLE floor_{table} FINAL")
            for statement in _VIEWS:
                self.warehouse.run(statement)
            self._touched = set()

    def _keep(self, batch: Batch) -> None:
        if self._touched is None:
            super()._keep(batch)
            return
        self.warehouse.insert("floor_archive", {name: batch.columns[name] for name in _ARCHIVED})
        self._touched.update(batch.columns["key"])
        self.progress = self.progress.stored(dict(batch.ends))

    def round(self) -> bool:
        if self._touched is None:
            return super().round()
        if not self._touched:
            return False
        for table in ("key", "folded"):
            self.warehouse.run(f"TRUNCATE TABLE floor_{table}")
        self.warehouse.insert("floor_key", {"key": list(self._touched)})
        self._fold("floor_folded", "f.incident IN (SELECT key FROM floor_key)", WHOLE)
        self.warehouse.run("INSERT INTO floor_place SELECT * FROM floor_folded")
        self.warehouse.run(f"INSERT INTO floor_day {_SUMS.format(_TOUCHED)}")
        self._remember(self.progress.summed(dict(self.progress.facts_next)))
        self.log.acknowledge(self.progress.marts_next)
        self._touched.clear()
        return True

    def _fold(self, table: str, where: str, settings: str = "") -> None:
        sql = expand(_FOLD, lambda family: where, {"rivals": ""}).replace("incident_facts", "floor_facts")
        self.warehouse.run(f"INSERT INTO {table} {sql} {settings}", self.params)
