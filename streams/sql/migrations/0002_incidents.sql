-- One row per event with the fields it sets, NULL where it sets none. Never updated in place.
-- A report sets its communities even where it names none: '' is then what it said.
CREATE TABLE incident_facts
(
    incident String, event_id String, digest FixedString(32), recorded DateTime64(6, 'UTC'),
    type LowCardinality(String),
    occurred Nullable(DateTime64(6, 'UTC')), reported Nullable(DateTime64(6, 'UTC')),
    filed Nullable(DateTime64(6, 'UTC')),
    station LowCardinality(Nullable(String)), community LowCardinality(Nullable(String)),
    work_community LowCardinality(Nullable(String)), category LowCardinality(Nullable(String)),
    loss_fen Nullable(UInt64), frozen_fen Nullable(UInt64), returned_fen Nullable(UInt64),
    stage LowCardinality(Nullable(String)), merged_into Nullable(String), withdrawn Nullable(UInt8),
    unit LowCardinality(Nullable(String)), person_ref Nullable(String), reporter_ref Nullable(String),
    sex LowCardinality(Nullable(String)), age_band LowCardinality(Nullable(String)),
    occupation LowCardinality(Nullable(String)), contact LowCardinality(Nullable(String)),
    case_number Nullable(String)
)
ENGINE = ReplacingMergeTree ORDER BY (incident, event_id, digest, recorded)
SETTINGS index_granularity = 1024, fsync_after_insert = 1;

CREATE MATERIALIZED VIEW incident_view TO incident_facts AS
WITH JSONExtract(if(lifted = '', raw, lifted), 'data',
    'Tuple(occurred_at Nullable(String), station Nullable(String), residence_community Nullable(String), work_community Nullable(String), category Nullable(String), loss_fen Nullable(UInt64), frozen_fen Nullable(UInt64), returned_fen Nullable(UInt64), stage Nullable(String), into Nullable(String), withdrawn Nullable(Bool), unit Nullable(String), person_ref Nullable(String), reporter_ref Nullable(String), sex Nullable(String), age_band Nullable(String), occupation Nullable(String), contact Nullable(String), case_number Nullable(String))') AS d,
    type = 'incident.reported' AS is_report,
    parseDateTime64BestEffortOrNull(archive.time, 6, 'UTC') AS moment
SELECT key AS incident, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(archive.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       parseDateTime64BestEffortOrNull(d.occurred_at, 6, 'UTC') AS occurred,
       if(is_report, moment, NULL) AS reported, if(type = 'incident.case_filed', moment, NULL) AS filed,
       d.station AS station,
       if(is_report, ifNull(d.residence_community, ''), d.residence_community) AS community,
       if(is_report, ifNull(d.work_community, ''), d.work_community) AS work_community,
       d.category AS category, d.loss_fen AS loss_fen, d.frozen_fen AS frozen_fen, d.returned_fen AS returned_fen,
       d.stage AS stage, d.into AS merged_into, d.withdrawn AS withdrawn,
       d.unit AS unit, d.person_ref AS person_ref, d.reporter_ref AS reporter_ref, d.sex AS sex,
       d.age_band AS age_band, d.occupation AS occupation, d.contact AS contact, d.case_number AS case_number
FROM archive WHERE ok = 1 AND topic = 'incidents' AND type != 'zero_report.filed';

-- One row for every place and day an incident was ever said to be at; the counts are zero where it is not there now.
-- `moment` is the exact instant under this basis, so that rolling windows are right to the second.
CREATE TABLE incident_place
(
    basis LowCardinality(String), day Date, station LowCardinality(String), community LowCardinality(String),
    category LowCardinality(String), incident String,
    moment DateTime64(6, 'UTC'), incidents UInt8, attempted UInt8, dissuaded UInt8,
    loss_fen UInt64, recovered_fen UInt64, frozen_fen UInt64, v UInt64
)
ENGINE = ReplacingMergeTree(v) ORDER BY (basis, day, station, community, category, incident)
SETTINGS index_granularity = 1024;

CREATE TABLE incident_day
(
    basis LowCardinality(String), day Date, station LowCardinality(String), community LowCardinality(String),
    category LowCardinality(String),
    incidents UInt64, attempted UInt64, dissuaded UInt64,
    loss_fen UInt64, recovered_fen UInt64, frozen_fen UInt64, v UInt64
)
ENGINE = ReplacingMergeTree(v) ORDER BY (basis, day, station, community, category)
SETTINGS index_granularity = 1024;

CREATE TABLE zero_report_facts
(
    owner String, event_id String, digest FixedString(32), recorded DateTime64(6, 'UTC'), type LowCardinality(String),
    from DateTime64(6, 'UTC'), until DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree ORDER BY (owner, event_id, digest, recorded)
SETTINGS fsync_after_insert = 1;

CREATE MATERIALIZED VIEW zero_report_view TO zero_report_facts AS
WITH JSONExtract(if(lifted = '', raw, lifted), 'data', 'Tuple(`from` String, until String)') AS d
SELECT key AS owner, event_id, digest, ifNull(parseDateTime64BestEffortOrNull(archive.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded, type,
       ifNull(parseDateTime64BestEffortOrNull(d.1, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS from,
       ifNull(parseDateTime64BestEffortOrNull(d.2, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS until
FROM archive WHERE ok = 1 AND topic = 'incidents' AND type = 'zero_report.filed';
