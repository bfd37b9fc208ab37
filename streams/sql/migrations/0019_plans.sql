-- An adoption carries the plan itself, as text and as JSON: what figures count under is read from the log.
DROP VIEW IF EXISTS registry_view;

ALTER TABLE registry_facts ADD COLUMN IF NOT EXISTS text Nullable(String), ADD COLUMN IF NOT EXISTS plan Nullable(String),
    ADD COLUMN IF NOT EXISTS primary Nullable(Bool), ADD COLUMN IF NOT EXISTS days_off Array(Date),
    ADD COLUMN IF NOT EXISTS days_on Array(Date);

CREATE MATERIALIZED VIEW registry_view TO registry_facts AS
WITH JSONExtract(if(lifted = '', raw, lifted), 'data',
    'Tuple(valid_from String, level Nullable(String), name Nullable(String), parent Nullable(String), kind Nullable(String), township Nullable(String), station Nullable(String), into Nullable(String), pop_actual Nullable(UInt64), pop_resident Nullable(UInt64), pop_registered Nullable(UInt64), households Nullable(UInt64), version Nullable(String), sha256 Nullable(String), rows Nullable(UInt64), missing Array(String), field Nullable(String), `from` Nullable(String), until Nullable(String), text Nullable(String), primary Nullable(Bool), days_off Array(String), days_on Array(String))') AS d,
    JSONExtractRaw(if(lifted = '', raw, lifted), 'data', 'plan') AS plan_json
SELECT key AS subject, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(r.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       r.source AS source, parseDateTime64BestEffortOrNull(r.sourcetime, 6, 'UTC') AS sourcetime,
       ifNull(toDateOrNull(d.valid_from), toDate(0)) AS valid_from, d.level AS level, d.name AS name,
       d.parent AS parent, d.kind AS kind, d.township AS township, d.station AS station, d.into AS merged_into,
       d.pop_actual AS pop_actual, d.pop_resident AS pop_resident, d.pop_registered AS pop_registered,
       d.households AS households, d.version AS plan_version, d.sha256 AS sha256, d.rows AS rows, d.missing AS missing,
       d.field AS field, toDateOrNull(d.`from`) AS from, toDateOrNull(d.until) AS until,
       d.text AS text, nullIf(plan_json, '') AS plan, d.primary AS primary,
       arrayMap(x -> ifNull(toDateOrNull(x), toDate(0)), d.days_off) AS days_off, arrayMap(x -> ifNull(toDateOrNull(x), toDate(0)), d.days_on) AS days_on
FROM rare_record AS r WHERE ok = 1 AND topic = 'registry' AND type NOT IN ('roster.part_recorded', 'roster.amended');
