-- Effective-dated statements about places, stations, units, communities and populations.
CREATE TABLE registry_facts
(
    subject String, event_id String, digest FixedString(32), recorded DateTime64(6, 'UTC'),
    type LowCardinality(String), valid_from Date,
    level LowCardinality(Nullable(String)), name Nullable(String), parent Nullable(String), kind Nullable(String),
    township Nullable(String), station Nullable(String), merged_into Nullable(String),
    pop_actual Nullable(UInt64), pop_resident Nullable(UInt64), pop_registered Nullable(UInt64),
    households Nullable(UInt64), plan_version Nullable(String), plan_sha256 Nullable(String)
)
ENGINE = ReplacingMergeTree ORDER BY (subject, event_id, digest, recorded)
SETTINGS index_granularity = 1024, fsync_after_insert = 1;

CREATE MATERIALIZED VIEW registry_view TO registry_facts AS
WITH JSONExtract(if(lifted = '', raw, lifted), 'data',
    'Tuple(valid_from String, level Nullable(String), name Nullable(String), parent Nullable(String), kind Nullable(String), township Nullable(String), station Nullable(String), into Nullable(String), pop_actual Nullable(UInt64), pop_resident Nullable(UInt64), pop_registered Nullable(UInt64), households Nullable(UInt64), version Nullable(String), sha256 Nullable(String))') AS d
SELECT key AS subject, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(archive.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       ifNull(toDateOrNull(d.valid_from), toDate(0)) AS valid_from, d.level AS level, d.name AS name,
       d.parent AS parent, d.kind AS kind, d.township AS township, d.station AS station, d.into AS merged_into,
       d.pop_actual AS pop_actual, d.pop_resident AS pop_resident, d.pop_registered AS pop_registered,
       d.households AS households, d.version AS plan_version, d.sha256 AS plan_sha256
FROM archive WHERE ok = 1 AND topic = 'registry' AND type NOT IN ('roster.part_recorded', 'roster.amended');

CREATE TABLE roster_facts
(
    roster String, event_id String, digest FixedString(32), recorded DateTime64(6, 'UTC'),
    type LowCardinality(String), valid_from Date,
    audience Nullable(String), scope Nullable(String), version Nullable(String),
    part Nullable(UInt32), parts Nullable(UInt32),
    members Array(Tuple(ref String, household String, community String)), removed Array(String)
)
ENGINE = ReplacingMergeTree ORDER BY (roster, event_id, digest, recorded)
SETTINGS index_granularity = 128, fsync_after_insert = 1;

CREATE MATERIALIZED VIEW roster_view TO roster_facts AS
WITH JSONExtract(if(lifted = '', raw, lifted), 'data',
    'Tuple(valid_from String, audience Nullable(String), scope Nullable(String), version Nullable(String), part Nullable(UInt32), parts Nullable(UInt32), members Array(Tuple(ref String, household String, community String)), `add` Array(Tuple(ref String, household String, community String)), `remove` Array(String))') AS d
SELECT key AS roster, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(archive.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       ifNull(toDateOrNull(d.valid_from), toDate(0)) AS valid_from, d.audience AS audience, d.scope AS scope,
       d.version AS version, d.part AS part, d.parts AS parts,
       arrayConcat(d.members, d.add) AS members, d.remove AS removed
FROM archive WHERE ok = 1 AND topic = 'registry' AND type IN ('roster.part_recorded', 'roster.amended');
