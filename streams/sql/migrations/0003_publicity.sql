CREATE TABLE action_facts
(
    action String, event_id String, digest FixedString(32), recorded DateTime64(6, 'UTC'),
    type LowCardinality(String), time Nullable(DateTime64(6, 'UTC')),
    channel LowCardinality(Nullable(String)), station LowCardinality(Nullable(String)),
    community LowCardinality(Nullable(String)), unit LowCardinality(Nullable(String)), duty Nullable(String),
    performer_kind LowCardinality(Nullable(String)), collector Nullable(String), place Nullable(String),
    audience_size Nullable(UInt64), reached Nullable(UInt64), topics Array(String), evidence String,
    reason Nullable(String)
)
ENGINE = ReplacingMergeTree ORDER BY (action, event_id, digest, recorded)
SETTINGS index_granularity = 1024, fsync_after_insert = 1;

CREATE MATERIALIZED VIEW action_view TO action_facts AS
WITH if(lifted = '', raw, lifted) AS text,
    JSONExtract(text, 'data',
    'Tuple(channel Nullable(String), station Nullable(String), community Nullable(String), unit Nullable(String), duty Nullable(String), performer_kind Nullable(String), collector Nullable(String), place Nullable(String), audience_size Nullable(UInt64), reached Nullable(UInt64), topics Array(String), reason Nullable(String))') AS d
SELECT key AS action, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(archive.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       if(type = 'action.recorded', parseDateTime64BestEffortOrNull(archive.time, 6, 'UTC'), NULL) AS time,
       d.channel AS channel, d.station AS station, d.community AS community, d.unit AS unit, d.duty AS duty,
       d.performer_kind AS performer_kind, d.collector AS collector, d.place AS place,
       d.audience_size AS audience_size, d.reached AS reached, d.topics AS topics,
       JSONExtractRaw(text, 'data', 'evidence') AS evidence, d.reason AS reason
FROM archive WHERE ok = 1 AND topic = 'publicity' AND type IN ('action.recorded', 'action.voided');

CREATE TABLE receipt_facts
(
    receipt String, event_id String, digest FixedString(32), recorded DateTime64(6, 'UTC'),
    type LowCardinality(String), signed Nullable(DateTime64(6, 'UTC')),
    action Nullable(String), person_ref Nullable(String), household_ref Nullable(String),
    audience LowCardinality(Nullable(String)), community LowCardinality(Nullable(String)),
    method LowCardinality(Nullable(String)), collector Nullable(String), explained_in_person Nullable(UInt8),
    topics Array(String), verdict LowCardinality(Nullable(String)), reason Nullable(String)
)
ENGINE = ReplacingMergeTree ORDER BY (receipt, event_id, digest, recorded)
SETTINGS index_granularity = 1024, fsync_after_insert = 1;

CREATE MATERIALIZED VIEW receipt_view TO receipt_facts AS
WITH JSONExtract(if(lifted = '', raw, lifted), 'data',
    'Tuple(action Nullable(String), person_ref Nullable(String), household_ref Nullable(String), audience Nullable(String), community Nullable(String), method Nullable(String), collector Nullable(String), explained_in_person Nullable(Bool), topics Array(String), verdict Nullable(String), reason Nullable(String))') AS d
SELECT key AS receipt, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(archive.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       if(type = 'receipt.signed', parseDateTime64BestEffortOrNull(archive.time, 6, 'UTC'), NULL) AS signed,
       d.action AS action, d.person_ref AS person_ref, d.household_ref AS household_ref, d.audience AS audience,
       d.community AS community, d.method AS method, d.collector AS collector,
       d.explained_in_person AS explained_in_person, d.topics AS topics, d.verdict AS verdict, d.reason AS reason
FROM archive WHERE ok = 1 AND topic = 'publicity' AND type IN ('receipt.signed', 'receipt.voided', 'receipt.reviewed');

-- Which receipts an action puts into a round: recording or voiding it changes what they count for.
CREATE TABLE receipt_by_action (action String, receipt String)
ENGINE = ReplacingMergeTree ORDER BY (action, receipt)
SETTINGS index_granularity = 1024, fsync_after_insert = 1;

CREATE MATERIALIZED VIEW receipt_by_action_view TO receipt_by_action AS
SELECT assumeNotNull(action) AS action, receipt FROM receipt_facts WHERE isNotNull(action);

-- One row for every person or household at every level of every place a receipt was ever said to cover.
CREATE TABLE reach_place
(
    period LowCardinality(String), audience LowCardinality(String), level LowCardinality(String),
    place LowCardinality(String), kind LowCardinality(String), bucket UInt16, ref String, receipt String,
    here UInt8, v UInt64
)
ENGINE = ReplacingMergeTree(v) ORDER BY (period, audience, level, place, kind, bucket, ref, receipt)
SETTINGS index_granularity = 1024;

-- Distinct counts do not add up over places, so every level has its own rows; buckets bound what a round reads.
CREATE TABLE coverage
(
    period LowCardinality(String), audience LowCardinality(String), level LowCardinality(String),
    place LowCardinality(String), kind LowCardinality(String), bucket UInt16,
    covered UInt64, receipts UInt64, v UInt64
)
ENGINE = ReplacingMergeTree(v) ORDER BY (period, audience, level, place, kind, bucket)
SETTINGS index_granularity = 1024;

CREATE TABLE play_facts
(
    screen String, event_id String, digest FixedString(32), recorded DateTime64(6, 'UTC'), type LowCardinality(String),
    from DateTime64(6, 'UTC'), until DateTime64(6, 'UTC'), clip String
)
ENGINE = ReplacingMergeTree ORDER BY (screen, event_id, digest, recorded)
SETTINGS fsync_after_insert = 1;

CREATE MATERIALIZED VIEW play_view TO play_facts AS
WITH JSONExtract(if(lifted = '', raw, lifted), 'data', 'Tuple(`from` String, until String, clip String)') AS d
SELECT key AS screen, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(archive.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       ifNull(parseDateTime64BestEffortOrNull(d.1, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS from,
       ifNull(parseDateTime64BestEffortOrNull(d.2, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS until, d.3 AS clip
FROM archive WHERE ok = 1 AND topic = 'publicity' AND type = 'play.logged';

CREATE TABLE occasion_facts
(
    owner String, event_id String, digest FixedString(32), recorded DateTime64(6, 'UTC'), type LowCardinality(String),
    kind LowCardinality(String), day Nullable(Date), occasions UInt64, given UInt64
)
ENGINE = ReplacingMergeTree ORDER BY (owner, event_id, digest, recorded)
SETTINGS fsync_after_insert = 1;

CREATE MATERIALIZED VIEW occasion_view TO occasion_facts AS
WITH JSONExtract(if(lifted = '', raw, lifted), 'data', 'Tuple(kind String, day String, occasions UInt64, given UInt64)') AS d
SELECT key AS owner, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(archive.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       d.1 AS kind, toDateOrNull(d.2) AS day, d.3 AS occasions, d.4 AS given
FROM archive WHERE ok = 1 AND topic = 'publicity' AND type = 'occasion.counted';
