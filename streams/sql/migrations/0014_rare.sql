-- Families of which little is said: what is known of registers, rosters, zero reports, screens, occasions and alerts.
-- Each view of the archive is planned with every insert, whether anything comes of it or not, and these six were a third
-- of the time that a small insert takes (docs/performance.md). The pump puts the records of such families, where a batch
-- has any, into a table that keeps nothing, and its views write the facts.

DROP VIEW IF EXISTS zero_report_view;
DROP VIEW IF EXISTS play_view;
DROP VIEW IF EXISTS occasion_view;
DROP VIEW IF EXISTS registry_view;
DROP VIEW IF EXISTS roster_view;
DROP VIEW IF EXISTS alert_view;

CREATE TABLE rare_record AS archive ENGINE = Null;

CREATE MATERIALIZED VIEW zero_report_view TO zero_report_facts AS
WITH JSONExtract(if(lifted = '', raw, lifted), 'data', 'Tuple(`from` String, until String)') AS d
SELECT key AS owner, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(r.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       ifNull(parseDateTime64BestEffortOrNull(d.1, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS from,
       ifNull(parseDateTime64BestEffortOrNull(d.2, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS until
FROM rare_record AS r WHERE ok = 1 AND topic = 'incidents' AND type = 'zero_report.filed';

CREATE MATERIALIZED VIEW play_view TO play_facts AS
WITH JSONExtract(if(lifted = '', raw, lifted), 'data', 'Tuple(`from` String, until String, clip String)') AS d
SELECT key AS screen, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(r.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       ifNull(parseDateTime64BestEffortOrNull(d.1, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS from,
       ifNull(parseDateTime64BestEffortOrNull(d.2, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS until, d.3 AS clip
FROM rare_record AS r WHERE ok = 1 AND topic = 'publicity' AND type = 'play.logged';

CREATE MATERIALIZED VIEW occasion_view TO occasion_facts AS
WITH JSONExtract(if(lifted = '', raw, lifted), 'data', 'Tuple(kind String, day String, occasions UInt64, given UInt64)') AS d
SELECT key AS owner, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(r.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       d.1 AS kind, toDateOrNull(d.2) AS day, d.3 AS occasions, d.4 AS given
FROM rare_record AS r WHERE ok = 1 AND topic = 'publicity' AND type = 'occasion.counted';

CREATE MATERIALIZED VIEW registry_view TO registry_facts AS
WITH JSONExtract(if(lifted = '', raw, lifted), 'data',
    'Tuple(valid_from String, level Nullable(String), name Nullable(String), parent Nullable(String), kind Nullable(String), township Nullable(String), station Nullable(String), into Nullable(String), pop_actual Nullable(UInt64), pop_resident Nullable(UInt64), pop_registered Nullable(UInt64), households Nullable(UInt64), version Nullable(String), sha256 Nullable(String))') AS d
SELECT key AS subject, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(r.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       ifNull(toDateOrNull(d.valid_from), toDate(0)) AS valid_from, d.level AS level, d.name AS name,
       d.parent AS parent, d.kind AS kind, d.township AS township, d.station AS station, d.into AS merged_into,
       d.pop_actual AS pop_actual, d.pop_resident AS pop_resident, d.pop_registered AS pop_registered,
       d.households AS households, d.version AS plan_version, d.sha256 AS plan_sha256
FROM rare_record AS r WHERE ok = 1 AND topic = 'registry' AND type NOT IN ('roster.part_recorded', 'roster.amended');

CREATE MATERIALIZED VIEW roster_view TO roster_facts AS
WITH JSONExtract(if(lifted = '', raw, lifted), 'data',
    'Tuple(valid_from String, audience Nullable(String), scope Nullable(String), version Nullable(String), part Nullable(UInt32), parts Nullable(UInt32), members Array(Tuple(ref String, household String, community String)), `add` Array(Tuple(ref String, household String, community String)), `remove` Array(String))') AS d
SELECT key AS roster, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(r.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       ifNull(toDateOrNull(d.valid_from), toDate(0)) AS valid_from, d.audience AS audience, d.scope AS scope,
       d.version AS version, d.part AS part, d.parts AS parts,
       arrayConcat(d.members, d.add) AS members, d.remove AS removed
FROM rare_record AS r WHERE ok = 1 AND topic = 'registry' AND type IN ('roster.part_recorded', 'roster.amended');

CREATE MATERIALIZED VIEW alert_view TO alert_facts AS
WITH JSONExtract(if(lifted = '', raw, lifted), 'data', 'Tuple(rule String, place Nullable(String), day String, threshold UInt64)') AS d
SELECT key AS alert, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(r.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       d.rule AS rule, d.place AS place, toDateOrNull(d.day) AS day, d.threshold AS threshold
FROM rare_record AS r WHERE ok = 1 AND topic = 'alerts' AND type = 'alert.raised';
