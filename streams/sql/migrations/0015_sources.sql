-- Each fact says who said it, and when its source last changed what it says: a file is held against what its own source
-- has said before, whatever others have corrected since. The times of report and filing can be corrected. Facts of
-- records that were stored before are filled by the rebuild that this file asks for.

DROP VIEW IF EXISTS incident_view;
DROP VIEW IF EXISTS action_view;
DROP VIEW IF EXISTS receipt_view;
DROP VIEW IF EXISTS zero_report_view;
DROP VIEW IF EXISTS play_view;
DROP VIEW IF EXISTS occasion_view;
DROP VIEW IF EXISTS registry_view;
DROP VIEW IF EXISTS roster_view;
DROP VIEW IF EXISTS alert_view;
DROP TABLE IF EXISTS rare_record;

ALTER TABLE archive MODIFY COLUMN said
    Tuple(id String, source String, type String, time String, recordedtime String, sourcetime String)
    ALIAS JSONExtract(own, 'Tuple(id String, source String, type String, time String, recordedtime String, sourcetime String)');

ALTER TABLE archive ADD COLUMN IF NOT EXISTS sourcetime String DEFAULT if(ok = 1, tupleElement(said, 'sourcetime'), '');

CREATE TABLE rare_record AS archive ENGINE = Null;

ALTER TABLE incident_facts ADD COLUMN IF NOT EXISTS source LowCardinality(String),
    ADD COLUMN IF NOT EXISTS sourcetime Nullable(DateTime64(6, 'UTC'));
ALTER TABLE action_facts ADD COLUMN IF NOT EXISTS source LowCardinality(String),
    ADD COLUMN IF NOT EXISTS sourcetime Nullable(DateTime64(6, 'UTC'));
ALTER TABLE receipt_facts ADD COLUMN IF NOT EXISTS source LowCardinality(String),
    ADD COLUMN IF NOT EXISTS sourcetime Nullable(DateTime64(6, 'UTC'));
ALTER TABLE zero_report_facts ADD COLUMN IF NOT EXISTS source LowCardinality(String),
    ADD COLUMN IF NOT EXISTS sourcetime Nullable(DateTime64(6, 'UTC'));
ALTER TABLE play_facts ADD COLUMN IF NOT EXISTS source LowCardinality(String),
    ADD COLUMN IF NOT EXISTS sourcetime Nullable(DateTime64(6, 'UTC'));
ALTER TABLE occasion_facts ADD COLUMN IF NOT EXISTS source LowCardinality(String),
    ADD COLUMN IF NOT EXISTS sourcetime Nullable(DateTime64(6, 'UTC'));
ALTER TABLE registry_facts ADD COLUMN IF NOT EXISTS source LowCardinality(String),
    ADD COLUMN IF NOT EXISTS sourcetime Nullable(DateTime64(6, 'UTC'));
ALTER TABLE roster_facts ADD COLUMN IF NOT EXISTS source LowCardinality(String),
    ADD COLUMN IF NOT EXISTS sourcetime Nullable(DateTime64(6, 'UTC'));
ALTER TABLE alert_facts ADD COLUMN IF NOT EXISTS source LowCardinality(String),
    ADD COLUMN IF NOT EXISTS sourcetime Nullable(DateTime64(6, 'UTC'));

CREATE MATERIALIZED VIEW incident_view TO incident_facts AS
WITH JSONExtract(if(lifted = '', raw, lifted), 'data',
    'Tuple(occurred_at Nullable(String), station Nullable(String), residence_community Nullable(String), work_community Nullable(String), category Nullable(String), loss_fen Nullable(UInt64), frozen_fen Nullable(UInt64), returned_fen Nullable(UInt64), stage Nullable(String), into Nullable(String), withdrawn Nullable(Bool), unit Nullable(String), person_ref Nullable(String), reporter_ref Nullable(String), sex Nullable(String), age_band Nullable(String), occupation Nullable(String), contact Nullable(String), case_number Nullable(String), reported_at Nullable(String), filed_at Nullable(String))') AS d,
    type = 'incident.reported' AS is_report,
    parseDateTime64BestEffortOrNull(archive.time, 6, 'UTC') AS moment
SELECT key AS incident, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(archive.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       archive.source AS source, parseDateTime64BestEffortOrNull(archive.sourcetime, 6, 'UTC') AS sourcetime,
       parseDateTime64BestEffortOrNull(d.occurred_at, 6, 'UTC') AS occurred,
       if(is_report, moment, parseDateTime64BestEffortOrNull(d.reported_at, 6, 'UTC')) AS reported,
       if(type = 'incident.case_filed', moment, parseDateTime64BestEffortOrNull(d.filed_at, 6, 'UTC')) AS filed,
       d.station AS station,
       if(is_report, ifNull(d.residence_community, ''), d.residence_community) AS community,
       if(is_report, ifNull(d.work_community, ''), d.work_community) AS work_community,
       d.category AS category, d.loss_fen AS loss_fen, d.frozen_fen AS frozen_fen, d.returned_fen AS returned_fen,
       d.stage AS stage, d.into AS merged_into, d.withdrawn AS withdrawn,
       d.unit AS unit, d.person_ref AS person_ref, d.reporter_ref AS reporter_ref, d.sex AS sex,
       d.age_band AS age_band, d.occupation AS occupation, d.contact AS contact, d.case_number AS case_number
FROM archive WHERE ok = 1 AND topic = 'incidents' AND type != 'zero_report.filed';

CREATE MATERIALIZED VIEW action_view TO action_facts AS
WITH if(lifted = '', raw, lifted) AS text,
    JSONExtract(text, 'data',
    'Tuple(channel Nullable(String), station Nullable(String), community Nullable(String), unit Nullable(String), duty Nullable(String), performer_kind Nullable(String), collector Nullable(String), place Nullable(String), audience_size Nullable(UInt64), reached Nullable(UInt64), topics Array(String), reason Nullable(String))') AS d
SELECT key AS action, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(archive.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       archive.source AS source, parseDateTime64BestEffortOrNull(archive.sourcetime, 6, 'UTC') AS sourcetime,
       if(type = 'action.recorded', parseDateTime64BestEffortOrNull(archive.time, 6, 'UTC'), NULL) AS time,
       d.channel AS channel, d.station AS station, d.community AS community, d.unit AS unit, d.duty AS duty,
       d.performer_kind AS performer_kind, d.collector AS collector, d.place AS place,
       d.audience_size AS audience_size, d.reached AS reached, d.topics AS topics,
       JSONExtractRaw(text, 'data', 'evidence') AS evidence, d.reason AS reason
FROM archive WHERE ok = 1 AND topic = 'publicity' AND type IN ('action.recorded', 'action.voided');

CREATE MATERIALIZED VIEW receipt_view TO receipt_facts AS
WITH JSONExtract(if(lifted = '', raw, lifted), 'data',
    'Tuple(action Nullable(String), person_ref Nullable(String), household_ref Nullable(String), audience Nullable(String), community Nullable(String), method Nullable(String), collector Nullable(String), explained_in_person Nullable(Bool), topics Array(String), verdict Nullable(String), reason Nullable(String))') AS d
SELECT key AS receipt, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(archive.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       archive.source AS source, parseDateTime64BestEffortOrNull(archive.sourcetime, 6, 'UTC') AS sourcetime,
       if(type = 'receipt.signed', parseDateTime64BestEffortOrNull(archive.time, 6, 'UTC'), NULL) AS signed,
       d.action AS action, d.person_ref AS person_ref, d.household_ref AS household_ref, d.audience AS audience,
       d.community AS community, d.method AS method, d.collector AS collector,
       d.explained_in_person AS explained_in_person, d.topics AS topics, d.verdict AS verdict, d.reason AS reason
FROM archive WHERE ok = 1 AND topic = 'publicity' AND type IN ('receipt.signed', 'receipt.voided', 'receipt.reviewed');

CREATE MATERIALIZED VIEW zero_report_view TO zero_report_facts AS
WITH JSONExtract(if(lifted = '', raw, lifted), 'data', 'Tuple(`from` String, until String)') AS d
SELECT key AS owner, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(r.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       r.source AS source, parseDateTime64BestEffortOrNull(r.sourcetime, 6, 'UTC') AS sourcetime,
       ifNull(parseDateTime64BestEffortOrNull(d.1, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS from,
       ifNull(parseDateTime64BestEffortOrNull(d.2, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS until
FROM rare_record AS r WHERE ok = 1 AND topic = 'incidents' AND type = 'zero_report.filed';

CREATE MATERIALIZED VIEW play_view TO play_facts AS
WITH JSONExtract(if(lifted = '', raw, lifted), 'data', 'Tuple(`from` String, until String, clip String)') AS d
SELECT key AS screen, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(r.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       r.source AS source, parseDateTime64BestEffortOrNull(r.sourcetime, 6, 'UTC') AS sourcetime,
       ifNull(parseDateTime64BestEffortOrNull(d.1, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS from,
       ifNull(parseDateTime64BestEffortOrNull(d.2, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS until, d.3 AS clip
FROM rare_record AS r WHERE ok = 1 AND topic = 'publicity' AND type = 'play.logged';

CREATE MATERIALIZED VIEW occasion_view TO occasion_facts AS
WITH JSONExtract(if(lifted = '', raw, lifted), 'data', 'Tuple(kind String, day String, occasions UInt64, given UInt64)') AS d
SELECT key AS owner, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(r.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       r.source AS source, parseDateTime64BestEffortOrNull(r.sourcetime, 6, 'UTC') AS sourcetime,
       d.1 AS kind, toDateOrNull(d.2) AS day, d.3 AS occasions, d.4 AS given
FROM rare_record AS r WHERE ok = 1 AND topic = 'publicity' AND type = 'occasion.counted';

CREATE MATERIALIZED VIEW registry_view TO registry_facts AS
WITH JSONExtract(if(lifted = '', raw, lifted), 'data',
    'Tuple(valid_from String, level Nullable(String), name Nullable(String), parent Nullable(String), kind Nullable(String), township Nullable(String), station Nullable(String), into Nullable(String), pop_actual Nullable(UInt64), pop_resident Nullable(UInt64), pop_registered Nullable(UInt64), households Nullable(UInt64), version Nullable(String), sha256 Nullable(String))') AS d
SELECT key AS subject, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(r.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       r.source AS source, parseDateTime64BestEffortOrNull(r.sourcetime, 6, 'UTC') AS sourcetime,
       ifNull(toDateOrNull(d.valid_from), toDate(0)) AS valid_from, d.level AS level, d.name AS name,
       d.parent AS parent, d.kind AS kind, d.township AS township, d.station AS station, d.into AS merged_into,
       d.pop_actual AS pop_actual, d.pop_resident AS pop_resident, d.pop_registered AS pop_registered,
       d.households AS households, d.version AS plan_version, d.sha256 AS plan_sha256
FROM rare_record AS r WHERE ok = 1 AND topic = 'registry' AND type NOT IN ('roster.part_recorded', 'roster.amended');

CREATE MATERIALIZED VIEW roster_view TO roster_facts AS
WITH JSONExtract(if(lifted = '', raw, lifted), 'data',
    'Tuple(valid_from String, audience Nullable(String), scope Nullable(String), version Nullable(String), part Nullable(UInt32), parts Nullable(UInt32), members Array(Tuple(ref String, household String, community String)), `add` Array(Tuple(ref String, household String, community String)), `remove` Array(String))') AS d
SELECT key AS roster, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(r.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       r.source AS source, parseDateTime64BestEffortOrNull(r.sourcetime, 6, 'UTC') AS sourcetime,
       ifNull(toDateOrNull(d.valid_from), toDate(0)) AS valid_from, d.audience AS audience, d.scope AS scope,
       d.version AS version, d.part AS part, d.parts AS parts,
       arrayConcat(d.members, d.add) AS members, d.remove AS removed
FROM rare_record AS r WHERE ok = 1 AND topic = 'registry' AND type IN ('roster.part_recorded', 'roster.amended');

CREATE MATERIALIZED VIEW alert_view TO alert_facts AS
WITH JSONExtract(if(lifted = '', raw, lifted), 'data', 'Tuple(rule String, place Nullable(String), day String, threshold UInt64)') AS d
SELECT key AS alert, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(r.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       r.source AS source, parseDateTime64BestEffortOrNull(r.sourcetime, 6, 'UTC') AS sourcetime,
       d.rule AS rule, d.place AS place, toDateOrNull(d.day) AS day, d.threshold AS threshold
FROM rare_record AS r WHERE ok = 1 AND topic = 'alerts' AND type = 'alert.raised';

-- Facts and all that stands on them are made anew before any figure is answered.
INSERT INTO definition SELECT 'rebuild', 'pending', coalesce(max(seq), 0) + 1 FROM definition;
