-- What rules have told the office; one row per alert said, never updated.
CREATE TABLE alert_facts
(
    alert String, event_id String, digest FixedString(32), recorded DateTime64(6, 'UTC'), type LowCardinality(String),
    rule LowCardinality(String), place LowCardinality(Nullable(String)), day Nullable(Date), threshold UInt64
)
ENGINE = ReplacingMergeTree ORDER BY (alert, event_id, digest, recorded)
SETTINGS fsync_after_insert = 1;

CREATE MATERIALIZED VIEW alert_view TO alert_facts AS
WITH JSONExtract(if(lifted = '', raw, lifted), 'data', 'Tuple(rule String, place Nullable(String), day String, threshold UInt64)') AS d
SELECT key AS alert, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(archive.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       d.rule AS rule, d.place AS place, toDateOrNull(d.day) AS day, d.threshold AS threshold
FROM archive WHERE ok = 1 AND topic = 'alerts' AND type = 'alert.raised';
