-- Every record verbatim, bad ones with ok = 0. All other tables can be rebuilt from this one.
-- What SQL parses is `lifted`, or `raw` where that is empty: always the model's own JSON.
CREATE TABLE archive
(
    topic LowCardinality(String), part UInt32, off UInt64, appended DateTime64(6, 'UTC'),
    ok UInt8, reason LowCardinality(String), detail String,
    key String, event_id String, source LowCardinality(String), type LowCardinality(String), time String,
    digest FixedString(32), recorded String,
    raw String CODEC(ZSTD(1)), lifted String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree ORDER BY (topic, part, off)
SETTINGS fsync_after_insert = 1;

-- Where each event id was said, by whom it is told apart from another content under the same id.
CREATE TABLE event_index
(
    event_id String, recorded DateTime64(6, 'UTC'), digest FixedString(32), type LowCardinality(String), key String,
    topic LowCardinality(String), part UInt32, off UInt64
)
ENGINE = ReplacingMergeTree ORDER BY (event_id, recorded, digest, key)
SETTINGS fsync_after_insert = 1;

CREATE MATERIALIZED VIEW event_index_view TO event_index AS
SELECT event_id, ifNull(parseDateTime64BestEffortOrNull(recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded,
       digest, type, key, topic, part, off
FROM archive WHERE ok = 1;

CREATE TABLE rejected_record
(
    topic LowCardinality(String), part UInt32, off UInt64, appended DateTime64(6, 'UTC'),
    reason LowCardinality(String), detail String, key String, raw String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree ORDER BY (topic, part, off)
SETTINGS fsync_after_insert = 1;

CREATE MATERIALIZED VIEW rejected_view TO rejected_record AS
SELECT topic, part, off, appended, reason, detail, key, raw FROM archive WHERE ok = 0;

-- Who has spoken so far; screens say 演示数据 when a simulator is among them.
CREATE TABLE source_seen (source String) ENGINE = ReplacingMergeTree ORDER BY source;

CREATE MATERIALIZED VIEW source_seen_view TO source_seen AS SELECT DISTINCT source FROM archive WHERE ok = 1;

-- Ids under which more than one content was said: every stamp of each, found by the rounds.
CREATE TABLE conflict
(
    event_id String, recorded DateTime64(6, 'UTC'), digest FixedString(32), key String, type LowCardinality(String),
    topic LowCardinality(String), part UInt32, off UInt64
)
ENGINE = ReplacingMergeTree ORDER BY (event_id, recorded, digest, key);

-- Where to resume: facts_next after archive and facts are written, marts_next after a round.
CREATE TABLE progress
(
    topic LowCardinality(String), part UInt32, facts_next UInt64, marts_next UInt64, seq UInt64
)
ENGINE = ReplacingMergeTree(seq) ORDER BY (topic, part)
SETTINGS fsync_after_insert = 1;

-- Under which definition the marts stand: the plan's time zone, the epoch.
CREATE TABLE definition (name String, value String, seq UInt64)
ENGINE = ReplacingMergeTree(seq) ORDER BY name
SETTINGS fsync_after_insert = 1;
