-- 0001-0019

CREATE TABLE action_facts
(
    `action` String,
    `event_id` String,
    `digest` FixedString(32),
    `recorded` DateTime64(6, 'UTC'),
    `type` LowCardinality(String),
    `time` Nullable(DateTime64(6, 'UTC')),
    `channel` LowCardinality(Nullable(String)),
    `station` LowCardinality(Nullable(String)),
    `community` LowCardinality(Nullable(String)),
    `unit` LowCardinality(Nullable(String)),
    `duty` Nullable(String),
    `performer_kind` LowCardinality(Nullable(String)),
    `collector` Nullable(String),
    `place` Nullable(String),
    `audience_size` Nullable(UInt64),
    `reached` Nullable(UInt64),
    `topics` Array(String),
    `evidence` String,
    `reason` Nullable(String),
    `source` LowCardinality(String),
    `sourcetime` Nullable(DateTime64(6, 'UTC'))
)
ENGINE = ReplacingMergeTree
ORDER BY (action, event_id, digest, recorded)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, vertical_merge_algorithm_min_rows_to_activate = 1000000, merge_selector_base = 20;

CREATE TABLE alert_facts
(
    `alert` String,
    `event_id` String,
    `digest` FixedString(32),
    `recorded` DateTime64(6, 'UTC'),
    `type` LowCardinality(String),
    `rule` LowCardinality(String),
    `place` LowCardinality(Nullable(String)),
    `day` Nullable(Date),
    `threshold` UInt64,
    `source` LowCardinality(String),
    `sourcetime` Nullable(DateTime64(6, 'UTC'))
)
ENGINE = ReplacingMergeTree
ORDER BY (alert, event_id, digest, recorded)
SETTINGS fsync_after_insert = 1, index_granularity = 8192, fsync_part_directory = 1;

CREATE TABLE archive
(
    `topic` LowCardinality(String),
    `part` UInt32,
    `off` UInt64,
    `appended` DateTime64(6, 'UTC'),
    `ok` UInt8,
    `reason` LowCardinality(String),
    `detail` String,
    `key` String,
    `event_id` String DEFAULT if(ok = 1, tupleElement(said, 'id'), ''),
    `source` LowCardinality(String) DEFAULT if(ok = 1, tupleElement(said, 'source'), ''),
    `type` LowCardinality(String) DEFAULT if(ok = 1, tupleElement(said, 'type'), ''),
    `time` String DEFAULT if(ok = 1, tupleElement(said, 'time'), ''),
    `digest` FixedString(32) DEFAULT if(ok = 1, SHA256(substring(own, 1, ((length(own) + 1) - position(reverse(own), reverse(',"actor":"'))) - length(',"actor":"'))), toFixedString('', 32)),
    `recorded` String DEFAULT if(ok = 1, tupleElement(said, 'recordedtime'), ''),
    `raw` String CODEC(ZSTD(1)),
    `lifted` String CODEC(ZSTD(1)),
    `own` String ALIAS if(lifted = '', raw, lifted),
    `said` Tuple(
        id String,
        source String,
        type String,
        time String,
        recordedtime String,
        sourcetime String) ALIAS JSONExtract(own, 'Tuple(id String, source String, type String, time String, recordedtime String, sourcetime String)'),
    `sourcetime` String DEFAULT if(ok = 1, tupleElement(said, 'sourcetime'), '')
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, part, off)
SETTINGS fsync_after_insert = 1, index_granularity = 8192, fsync_part_directory = 1, min_bytes_for_wide_part = 134217728, merge_selector_base = 20;

CREATE TABLE arrival
(
    `topic` LowCardinality(String),
    `part` UInt32,
    `stretch` UInt64,
    `events` UInt64,
    `recorded` DateTime64(6, 'UTC'),
    `v` UInt64
)
ENGINE = ReplacingMergeTree(v)
ORDER BY (topic, part, stretch)
SETTINGS index_granularity = 8192, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE assignment
(
    `community` String,
    `valid_from` Date,
    `station` String,
    `township` String,
    `v` UInt64
)
ENGINE = ReplacingMergeTree
PARTITION BY v
ORDER BY (v, community, valid_from)
SETTINGS index_granularity = 8192, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE conflict
(
    `event_id` String,
    `recorded` DateTime64(6, 'UTC'),
    `digest` FixedString(32),
    `key` String,
    `type` LowCardinality(String),
    `topic` LowCardinality(String),
    `part` UInt32,
    `off` UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY (event_id, recorded, digest, key)
SETTINGS index_granularity = 8192, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE contact
(
    `kind` LowCardinality(String),
    `community` LowCardinality(String),
    `ref` String,
    `receipt` String,
    `day` Date,
    `audience` LowCardinality(String),
    `channel` LowCardinality(String),
    `explained` UInt8,
    `topics` Array(LowCardinality(String)),
    `action` String,
    `first_recorded` DateTime64(6, 'UTC'),
    `slip` UInt8,
    `here` UInt8,
    `v` UInt64
)
ENGINE = ReplacingMergeTree(v)
PRIMARY KEY ref
ORDER BY (ref, receipt, kind, community, day, audience)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, vertical_merge_algorithm_min_rows_to_activate = 1000000;

CREATE TABLE definition
(
    `name` String,
    `value` String,
    `seq` UInt64
)
ENGINE = ReplacingMergeTree(seq)
ORDER BY name
SETTINGS fsync_after_insert = 1, index_granularity = 8192, fsync_part_directory = 1;

CREATE TABLE event_index
(
    `event_id` String,
    `recorded` DateTime64(6, 'UTC'),
    `digest` FixedString(32),
    `type` LowCardinality(String),
    `key` String,
    `topic` LowCardinality(String),
    `part` UInt32,
    `off` UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY (event_id, recorded, digest, key)
SETTINGS fsync_after_insert = 1, index_granularity = 8192, fsync_part_directory = 1;

CREATE TABLE incident_day
(
    `basis` LowCardinality(String),
    `day` Date,
    `station` LowCardinality(String),
    `community` LowCardinality(String),
    `category` LowCardinality(String),
    `incidents` UInt64,
    `attempted` UInt64,
    `dissuaded` UInt64,
    `loss_fen` UInt64,
    `recovered_fen` UInt64,
    `frozen_fen` UInt64,
    `v` UInt64
)
ENGINE = ReplacingMergeTree(v)
ORDER BY (basis, day, station, community, category)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, vertical_merge_algorithm_min_rows_to_activate = 1000000;

CREATE TABLE incident_facts
(
    `incident` String,
    `event_id` String,
    `digest` FixedString(32),
    `recorded` DateTime64(6, 'UTC'),
    `type` LowCardinality(String),
    `occurred` Nullable(DateTime64(6, 'UTC')),
    `reported` Nullable(DateTime64(6, 'UTC')),
    `filed` Nullable(DateTime64(6, 'UTC')),
    `station` LowCardinality(Nullable(String)),
    `community` LowCardinality(Nullable(String)),
    `work_community` LowCardinality(Nullable(String)),
    `category` LowCardinality(Nullable(String)),
    `loss_fen` Nullable(UInt64),
    `frozen_fen` Nullable(UInt64),
    `returned_fen` Nullable(UInt64),
    `stage` LowCardinality(Nullable(String)),
    `merged_into` Nullable(String),
    `withdrawn` Nullable(UInt8),
    `unit` LowCardinality(Nullable(String)),
    `person_ref` Nullable(String),
    `reporter_ref` Nullable(String),
    `sex` LowCardinality(Nullable(String)),
    `age_band` LowCardinality(Nullable(String)),
    `occupation` LowCardinality(Nullable(String)),
    `contact` LowCardinality(Nullable(String)),
    `case_number` Nullable(String),
    `source` LowCardinality(String),
    `sourcetime` Nullable(DateTime64(6, 'UTC'))
)
ENGINE = ReplacingMergeTree
ORDER BY (incident, event_id, digest, recorded)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, vertical_merge_algorithm_min_rows_to_activate = 1000000, merge_selector_base = 20;

CREATE TABLE incident_place
(
    `slot` FixedString(16),
    `basis` LowCardinality(String),
    `day` Date,
    `station` LowCardinality(String),
    `community` LowCardinality(String),
    `category` LowCardinality(String),
    `incident` String,
    `moment` DateTime64(6, 'UTC'),
    `incidents` UInt8,
    `attempted` UInt8,
    `dissuaded` UInt8,
    `loss_fen` UInt64,
    `recovered_fen` UInt64,
    `frozen_fen` UInt64,
    `v` UInt64
)
ENGINE = ReplacingMergeTree(v)
PRIMARY KEY (day, slot)
ORDER BY (day, slot, incident)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, vertical_merge_algorithm_min_rows_to_activate = 1000000;

CREATE TABLE merge
(
    `incident` String,
    `component` String,
    `into` String,
    `holds` UInt8,
    `why` LowCardinality(String),
    `v` UInt64
)
ENGINE = ReplacingMergeTree(v)
ORDER BY incident
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192;

CREATE TABLE merge_said
(
    `incident` String,
    `into` String
)
ENGINE = ReplacingMergeTree
ORDER BY (incident, into)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192;

CREATE TABLE occasion_facts
(
    `owner` String,
    `event_id` String,
    `digest` FixedString(32),
    `recorded` DateTime64(6, 'UTC'),
    `type` LowCardinality(String),
    `kind` LowCardinality(String),
    `day` Nullable(Date),
    `occasions` UInt64,
    `given` UInt64,
    `source` LowCardinality(String),
    `sourcetime` Nullable(DateTime64(6, 'UTC'))
)
ENGINE = ReplacingMergeTree
ORDER BY (owner, event_id, digest, recorded)
SETTINGS fsync_after_insert = 1, index_granularity = 8192, fsync_part_directory = 1;

CREATE TABLE place
(
    `code` String,
    `type` LowCardinality(String),
    `level` LowCardinality(String),
    `name` String,
    `parent` String,
    `kind` String,
    `valid_from` Date,
    `merged_into` String,
    `v` UInt64
)
ENGINE = ReplacingMergeTree
PARTITION BY v
ORDER BY (v, code)
SETTINGS index_granularity = 8192, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE play_facts
(
    `screen` String,
    `event_id` String,
    `digest` FixedString(32),
    `recorded` DateTime64(6, 'UTC'),
    `type` LowCardinality(String),
    `from` DateTime64(6, 'UTC'),
    `until` DateTime64(6, 'UTC'),
    `clip` String,
    `source` LowCardinality(String),
    `sourcetime` Nullable(DateTime64(6, 'UTC'))
)
ENGINE = ReplacingMergeTree
ORDER BY (screen, event_id, digest, recorded)
SETTINGS fsync_after_insert = 1, index_granularity = 8192, fsync_part_directory = 1;

CREATE TABLE population
(
    `community` String,
    `valid_from` Date,
    `pop_actual` Nullable(UInt64),
    `pop_resident` Nullable(UInt64),
    `pop_registered` Nullable(UInt64),
    `households` Nullable(UInt64),
    `v` UInt64
)
ENGINE = ReplacingMergeTree
PARTITION BY v
ORDER BY (v, community, valid_from)
SETTINGS index_granularity = 8192, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE progress
(
    `topic` LowCardinality(String),
    `part` UInt32,
    `facts_next` UInt64,
    `marts_next` UInt64,
    `seq` UInt64
)
ENGINE = ReplacingMergeTree(seq)
ORDER BY (topic, part)
SETTINGS fsync_after_insert = 1, index_granularity = 8192, fsync_part_directory = 1;

CREATE TABLE rare_record
(
    `topic` LowCardinality(String),
    `part` UInt32,
    `off` UInt64,
    `appended` DateTime64(6, 'UTC'),
    `ok` UInt8,
    `reason` LowCardinality(String),
    `detail` String,
    `key` String,
    `event_id` String DEFAULT if(ok = 1, tupleElement(said, 'id'), ''),
    `source` LowCardinality(String) DEFAULT if(ok = 1, tupleElement(said, 'source'), ''),
    `type` LowCardinality(String) DEFAULT if(ok = 1, tupleElement(said, 'type'), ''),
    `time` String DEFAULT if(ok = 1, tupleElement(said, 'time'), ''),
    `digest` FixedString(32) DEFAULT if(ok = 1, SHA256(substring(own, 1, ((length(own) + 1) - position(reverse(own), reverse(',"actor":"'))) - length(',"actor":"'))), toFixedString('', 32)),
    `recorded` String DEFAULT if(ok = 1, tupleElement(said, 'recordedtime'), ''),
    `raw` String CODEC(ZSTD(1)),
    `lifted` String CODEC(ZSTD(1)),
    `own` String ALIAS if(lifted = '', raw, lifted),
    `said` Tuple(
        id String,
        source String,
        type String,
        time String,
        recordedtime String,
        sourcetime String) ALIAS JSONExtract(own, 'Tuple(id String, source String, type String, time String, recordedtime String, sourcetime String)'),
    `sourcetime` String DEFAULT if(ok = 1, tupleElement(said, 'sourcetime'), '')
)
ENGINE = `Null`;

CREATE TABLE reached
(
    `kind` LowCardinality(String),
    `audience` LowCardinality(String),
    `community` LowCardinality(String),
    `ref` String,
    `elsewhere` UInt64,
    `days` Array(Tuple(
        day Date,
        visit UInt8,
        slip UInt8)),
    `v` UInt64
)
ENGINE = ReplacingMergeTree(v)
ORDER BY (kind, audience, community, ref)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, vertical_merge_algorithm_min_rows_to_activate = 1000000;

CREATE TABLE receipt_by_action
(
    `action` String,
    `receipt` String
)
ENGINE = ReplacingMergeTree
ORDER BY (action, receipt)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE receipt_facts
(
    `receipt` String,
    `event_id` String,
    `digest` FixedString(32),
    `recorded` DateTime64(6, 'UTC'),
    `type` LowCardinality(String),
    `signed` Nullable(DateTime64(6, 'UTC')),
    `action` Nullable(String),
    `person_ref` Nullable(String),
    `household_ref` Nullable(String),
    `audience` LowCardinality(Nullable(String)),
    `community` LowCardinality(Nullable(String)),
    `method` LowCardinality(Nullable(String)),
    `collector` Nullable(String),
    `explained_in_person` Nullable(UInt8),
    `topics` Array(String),
    `verdict` LowCardinality(Nullable(String)),
    `reason` Nullable(String),
    `source` LowCardinality(String),
    `sourcetime` Nullable(DateTime64(6, 'UTC'))
)
ENGINE = ReplacingMergeTree
ORDER BY (receipt, event_id, digest, recorded)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, vertical_merge_algorithm_min_rows_to_activate = 1000000, merge_selector_base = 20;

CREATE TABLE register
(
    `name` LowCardinality(String),
    `v` UInt64
)
ENGINE = ReplacingMergeTree(v)
ORDER BY name
SETTINGS index_granularity = 8192, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE registry_facts
(
    `subject` String,
    `event_id` String,
    `digest` FixedString(32),
    `recorded` DateTime64(6, 'UTC'),
    `type` LowCardinality(String),
    `valid_from` Date,
    `level` LowCardinality(Nullable(String)),
    `name` Nullable(String),
    `parent` Nullable(String),
    `kind` Nullable(String),
    `township` Nullable(String),
    `station` Nullable(String),
    `merged_into` Nullable(String),
    `pop_actual` Nullable(UInt64),
    `pop_resident` Nullable(UInt64),
    `pop_registered` Nullable(UInt64),
    `households` Nullable(UInt64),
    `plan_version` Nullable(String),
    `sha256` Nullable(String),
    `source` LowCardinality(String),
    `sourcetime` Nullable(DateTime64(6, 'UTC')),
    `rows` Nullable(UInt64),
    `missing` Array(String),
    `field` LowCardinality(Nullable(String)),
    `from` Nullable(Date),
    `until` Nullable(Date),
    `text` Nullable(String),
    `plan` Nullable(String),
    `primary` Nullable(Bool),
    `days_off` Array(Date),
    `days_on` Array(Date)
)
ENGINE = ReplacingMergeTree
ORDER BY (subject, event_id, digest, recorded)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE rejected_record
(
    `topic` LowCardinality(String),
    `part` UInt32,
    `off` UInt64,
    `appended` DateTime64(6, 'UTC'),
    `reason` LowCardinality(String),
    `detail` String,
    `key` String,
    `raw` String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, part, off)
SETTINGS fsync_after_insert = 1, index_granularity = 8192, fsync_part_directory = 1;

CREATE TABLE roster_facts
(
    `roster` String,
    `event_id` String,
    `digest` FixedString(32),
    `recorded` DateTime64(6, 'UTC'),
    `type` LowCardinality(String),
    `valid_from` Date,
    `audience` Nullable(String),
    `scope` Nullable(String),
    `version` Nullable(String),
    `part` Nullable(UInt32),
    `parts` Nullable(UInt32),
    `members` Array(Tuple(
        ref String,
        household String,
        community String)),
    `removed` Array(String),
    `source` LowCardinality(String),
    `sourcetime` Nullable(DateTime64(6, 'UTC'))
)
ENGINE = ReplacingMergeTree
ORDER BY (roster, event_id, digest, recorded)
SETTINGS index_granularity = 128, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE roster_member
(
    `roster` String,
    `audience` LowCardinality(String),
    `scope` String,
    `version` String,
    `ref` String,
    `household` String,
    `community` String,
    `since` Date,
    `until` Date,
    `v` UInt64
)
ENGINE = ReplacingMergeTree
PARTITION BY v
ORDER BY (v, roster, since, ref)
SETTINGS index_granularity = 8192, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE source_seen
(
    `source` String
)
ENGINE = ReplacingMergeTree
ORDER BY source
SETTINGS index_granularity = 8192, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE zero_report_facts
(
    `owner` String,
    `event_id` String,
    `digest` FixedString(32),
    `recorded` DateTime64(6, 'UTC'),
    `type` LowCardinality(String),
    `from` DateTime64(6, 'UTC'),
    `until` DateTime64(6, 'UTC'),
    `source` LowCardinality(String),
    `sourcetime` Nullable(DateTime64(6, 'UTC'))
)
ENGINE = ReplacingMergeTree
ORDER BY (owner, event_id, digest, recorded)
SETTINGS fsync_after_insert = 1, index_granularity = 8192, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW action_view TO action_facts
(
    `action` String,
    `event_id` String,
    `digest` FixedString(32),
    `recorded` DateTime64(6, 'UTC'),
    `type` LowCardinality(String),
    `source` LowCardinality(String),
    `sourcetime` Nullable(DateTime64(6, 'UTC')),
    `time` Nullable(DateTime64(6, 'UTC')),
    `channel` Nullable(String),
    `station` Nullable(String),
    `community` Nullable(String),
    `unit` Nullable(String),
    `duty` Nullable(String),
    `performer_kind` Nullable(String),
    `collector` Nullable(String),
    `place` Nullable(String),
    `audience_size` Nullable(UInt64),
    `reached` Nullable(UInt64),
    `topics` Array(String),
    `evidence` String,
    `reason` Nullable(String)
)
AS WITH
    if(lifted = '', raw, lifted) AS text,
    JSONExtract(text, 'data', 'Tuple(channel Nullable(String), station Nullable(String), community Nullable(String), unit Nullable(String), duty Nullable(String), performer_kind Nullable(String), collector Nullable(String), place Nullable(String), audience_size Nullable(UInt64), reached Nullable(UInt64), topics Array(String), reason Nullable(String))') AS d
SELECT
    key AS action,
    event_id,
    digest,
    ifNull(parseDateTime64BestEffortOrNull(archive.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded,
    type,
    archive.source AS source,
    parseDateTime64BestEffortOrNull(archive.sourcetime, 6, 'UTC') AS sourcetime,
    if(type = 'action.recorded', parseDateTime64BestEffortOrNull(archive.time, 6, 'UTC'), NULL) AS time,
    d.channel AS channel,
    d.station AS station,
    d.community AS community,
    d.unit AS unit,
    d.duty AS duty,
    d.performer_kind AS performer_kind,
    d.collector AS collector,
    d.place AS place,
    d.audience_size AS audience_size,
    d.reached AS reached,
    d.topics AS topics,
    JSONExtractRaw(text, 'data', 'evidence') AS evidence,
    d.reason AS reason
FROM archive
WHERE (ok = 1) AND (topic = 'publicity') AND (type IN ('action.recorded', 'action.voided'));

CREATE MATERIALIZED VIEW alert_view TO alert_facts
(
    `alert` String,
    `event_id` String,
    `digest` FixedString(32),
    `recorded` DateTime64(6, 'UTC'),
    `type` LowCardinality(String),
    `source` LowCardinality(String),
    `sourcetime` Nullable(DateTime64(6, 'UTC')),
    `rule` String,
    `place` Nullable(String),
    `day` Nullable(Date),
    `threshold` UInt64
)
AS WITH
    JSONExtract(if(lifted = '', raw, lifted), 'data', 'Tuple(rule String, place Nullable(String), day String, threshold UInt64)') AS d
SELECT
    key AS alert,
    event_id,
    digest,
    ifNull(parseDateTime64BestEffortOrNull(r.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded,
    type,
    r.source AS source,
    parseDateTime64BestEffortOrNull(r.sourcetime, 6, 'UTC') AS sourcetime,
    d.rule AS rule,
    d.place AS place,
    toDateOrNull(d.day) AS day,
    d.threshold AS threshold
FROM rare_record AS r
WHERE (ok = 1) AND (topic = 'alerts') AND (type = 'alert.raised');

CREATE MATERIALIZED VIEW event_index_view TO event_index
(
    `event_id` String,
    `recorded` DateTime64(6, 'UTC'),
    `digest` FixedString(32),
    `type` LowCardinality(String),
    `key` String,
    `topic` LowCardinality(String),
    `part` UInt32,
    `off` UInt64
)
AS SELECT
    event_id,
    ifNull(parseDateTime64BestEffortOrNull(recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded,
    digest,
    type,
    key,
    topic,
    part,
    off
FROM archive
WHERE ok = 1;

CREATE MATERIALIZED VIEW incident_view TO incident_facts
(
    `incident` String,
    `event_id` String,
    `digest` FixedString(32),
    `recorded` DateTime64(6, 'UTC'),
    `type` LowCardinality(String),
    `source` LowCardinality(String),
    `sourcetime` Nullable(DateTime64(6, 'UTC')),
    `occurred` Nullable(DateTime64(6, 'UTC')),
    `reported` Nullable(DateTime64(6, 'UTC')),
    `filed` Nullable(DateTime64(6, 'UTC')),
    `station` Nullable(String),
    `community` Nullable(String),
    `work_community` Nullable(String),
    `category` Nullable(String),
    `loss_fen` Nullable(UInt64),
    `frozen_fen` Nullable(UInt64),
    `returned_fen` Nullable(UInt64),
    `stage` Nullable(String),
    `merged_into` Nullable(String),
    `withdrawn` Nullable(Bool),
    `unit` Nullable(String),
    `person_ref` Nullable(String),
    `reporter_ref` Nullable(String),
    `sex` Nullable(String),
    `age_band` Nullable(String),
    `occupation` Nullable(String),
    `contact` Nullable(String),
    `case_number` Nullable(String)
)
AS WITH
    JSONExtract(if(lifted = '', raw, lifted), 'data', 'Tuple(occurred_at Nullable(String), station Nullable(String), residence_community Nullable(String), work_community Nullable(String), category Nullable(String), loss_fen Nullable(UInt64), frozen_fen Nullable(UInt64), returned_fen Nullable(UInt64), stage Nullable(String), into Nullable(String), withdrawn Nullable(Bool), unit Nullable(String), person_ref Nullable(String), reporter_ref Nullable(String), sex Nullable(String), age_band Nullable(String), occupation Nullable(String), contact Nullable(String), case_number Nullable(String), reported_at Nullable(String), filed_at Nullable(String))') AS d,
    type = 'incident.reported' AS is_report,
    parseDateTime64BestEffortOrNull(archive.time, 6, 'UTC') AS moment
SELECT
    key AS incident,
    event_id,
    digest,
    ifNull(parseDateTime64BestEffortOrNull(archive.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded,
    type,
    archive.source AS source,
    parseDateTime64BestEffortOrNull(archive.sourcetime, 6, 'UTC') AS sourcetime,
    parseDateTime64BestEffortOrNull(d.occurred_at, 6, 'UTC') AS occurred,
    if(is_report, moment, parseDateTime64BestEffortOrNull(d.reported_at, 6, 'UTC')) AS reported,
    if(type = 'incident.case_filed', moment, parseDateTime64BestEffortOrNull(d.filed_at, 6, 'UTC')) AS filed,
    d.station AS station,
    if(is_report, ifNull(d.residence_community, ''), d.residence_community) AS community,
    if(is_report, ifNull(d.work_community, ''), d.work_community) AS work_community,
    d.category AS category,
    d.loss_fen AS loss_fen,
    d.frozen_fen AS frozen_fen,
    d.returned_fen AS returned_fen,
    d.stage AS stage,
    d.into AS merged_into,
    d.withdrawn AS withdrawn,
    d.unit AS unit,
    d.person_ref AS person_ref,
    d.reporter_ref AS reporter_ref,
    d.sex AS sex,
    d.age_band AS age_band,
    d.occupation AS occupation,
    d.contact AS contact,
    d.case_number AS case_number
FROM archive
WHERE (ok = 1) AND (topic = 'incidents') AND (type != 'zero_report.filed');

CREATE MATERIALIZED VIEW occasion_view TO occasion_facts
(
    `owner` String,
    `event_id` String,
    `digest` FixedString(32),
    `recorded` DateTime64(6, 'UTC'),
    `type` LowCardinality(String),
    `source` LowCardinality(String),
    `sourcetime` Nullable(DateTime64(6, 'UTC')),
    `kind` String,
    `day` Nullable(Date),
    `occasions` UInt64,
    `given` UInt64
)
AS WITH
    JSONExtract(if(lifted = '', raw, lifted), 'data', 'Tuple(kind String, day String, occasions UInt64, given UInt64)') AS d
SELECT
    key AS owner,
    event_id,
    digest,
    ifNull(parseDateTime64BestEffortOrNull(r.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded,
    type,
    r.source AS source,
    parseDateTime64BestEffortOrNull(r.sourcetime, 6, 'UTC') AS sourcetime,
    d.1 AS kind,
    toDateOrNull(d.2) AS day,
    d.3 AS occasions,
    d.4 AS given
FROM rare_record AS r
WHERE (ok = 1) AND (topic = 'publicity') AND (type = 'occasion.counted');

CREATE MATERIALIZED VIEW play_view TO play_facts
(
    `screen` String,
    `event_id` String,
    `digest` FixedString(32),
    `recorded` DateTime64(6, 'UTC'),
    `type` LowCardinality(String),
    `source` LowCardinality(String),
    `sourcetime` Nullable(DateTime64(6, 'UTC')),
    `from` DateTime64(6, 'UTC'),
    `until` DateTime64(6, 'UTC'),
    `clip` String
)
AS WITH
    JSONExtract(if(lifted = '', raw, lifted), 'data', 'Tuple(`from` String, until String, clip String)') AS d
SELECT
    key AS screen,
    event_id,
    digest,
    ifNull(parseDateTime64BestEffortOrNull(r.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded,
    type,
    r.source AS source,
    parseDateTime64BestEffortOrNull(r.sourcetime, 6, 'UTC') AS sourcetime,
    ifNull(parseDateTime64BestEffortOrNull(d.1, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS `from`,
    ifNull(parseDateTime64BestEffortOrNull(d.2, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS until,
    d.3 AS clip
FROM rare_record AS r
WHERE (ok = 1) AND (topic = 'publicity') AND (type = 'play.logged');

CREATE MATERIALIZED VIEW receipt_by_action_view TO receipt_by_action
(
    `action` String,
    `receipt` String
)
AS SELECT
    assumeNotNull(action) AS action,
    receipt
FROM receipt_facts
WHERE isNotNull(action);

CREATE MATERIALIZED VIEW receipt_view TO receipt_facts
(
    `receipt` String,
    `event_id` String,
    `digest` FixedString(32),
    `recorded` DateTime64(6, 'UTC'),
    `type` LowCardinality(String),
    `source` LowCardinality(String),
    `sourcetime` Nullable(DateTime64(6, 'UTC')),
    `signed` Nullable(DateTime64(6, 'UTC')),
    `action` Nullable(String),
    `person_ref` Nullable(String),
    `household_ref` Nullable(String),
    `audience` Nullable(String),
    `community` Nullable(String),
    `method` Nullable(String),
    `collector` Nullable(String),
    `explained_in_person` Nullable(Bool),
    `topics` Array(String),
    `verdict` Nullable(String),
    `reason` Nullable(String)
)
AS WITH
    JSONExtract(if(lifted = '', raw, lifted), 'data', 'Tuple(action Nullable(String), person_ref Nullable(String), household_ref Nullable(String), audience Nullable(String), community Nullable(String), method Nullable(String), collector Nullable(String), explained_in_person Nullable(Bool), topics Array(String), verdict Nullable(String), reason Nullable(String))') AS d
SELECT
    key AS receipt,
    event_id,
    digest,
    ifNull(parseDateTime64BestEffortOrNull(archive.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded,
    type,
    archive.source AS source,
    parseDateTime64BestEffortOrNull(archive.sourcetime, 6, 'UTC') AS sourcetime,
    if(type = 'receipt.signed', parseDateTime64BestEffortOrNull(archive.time, 6, 'UTC'), NULL) AS signed,
    d.action AS action,
    d.person_ref AS person_ref,
    d.household_ref AS household_ref,
    d.audience AS audience,
    d.community AS community,
    d.method AS method,
    d.collector AS collector,
    d.explained_in_person AS explained_in_person,
    d.topics AS topics,
    d.verdict AS verdict,
    d.reason AS reason
FROM archive
WHERE (ok = 1) AND (topic = 'publicity') AND (type IN ('receipt.signed', 'receipt.voided', 'receipt.reviewed'));

CREATE MATERIALIZED VIEW registry_view TO registry_facts
(
    `subject` String,
    `event_id` String,
    `digest` FixedString(32),
    `recorded` DateTime64(6, 'UTC'),
    `type` LowCardinality(String),
    `source` LowCardinality(String),
    `sourcetime` Nullable(DateTime64(6, 'UTC')),
    `valid_from` Date,
    `level` Nullable(String),
    `name` Nullable(String),
    `parent` Nullable(String),
    `kind` Nullable(String),
    `township` Nullable(String),
    `station` Nullable(String),
    `merged_into` Nullable(String),
    `pop_actual` Nullable(UInt64),
    `pop_resident` Nullable(UInt64),
    `pop_registered` Nullable(UInt64),
    `households` Nullable(UInt64),
    `plan_version` Nullable(String),
    `sha256` Nullable(String),
    `rows` Nullable(UInt64),
    `missing` Array(String),
    `field` Nullable(String),
    `from` Nullable(Date),
    `until` Nullable(Date),
    `text` Nullable(String),
    `plan` Nullable(String),
    `primary` Nullable(Bool),
    `days_off` Array(Date),
    `days_on` Array(Date)
)
AS WITH
    JSONExtract(if(lifted = '', raw, lifted), 'data', 'Tuple(valid_from String, level Nullable(String), name Nullable(String), parent Nullable(String), kind Nullable(String), township Nullable(String), station Nullable(String), into Nullable(String), pop_actual Nullable(UInt64), pop_resident Nullable(UInt64), pop_registered Nullable(UInt64), households Nullable(UInt64), version Nullable(String), sha256 Nullable(String), rows Nullable(UInt64), missing Array(String), field Nullable(String), `from` Nullable(String), until Nullable(String), text Nullable(String), primary Nullable(Bool), days_off Array(String), days_on Array(String))') AS d,
    JSONExtractRaw(if(lifted = '', raw, lifted), 'data', 'plan') AS plan_json
SELECT
    key AS subject,
    event_id,
    digest,
    ifNull(parseDateTime64BestEffortOrNull(r.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded,
    type,
    r.source AS source,
    parseDateTime64BestEffortOrNull(r.sourcetime, 6, 'UTC') AS sourcetime,
    ifNull(toDateOrNull(d.valid_from), toDate(0)) AS valid_from,
    d.level AS level,
    d.name AS name,
    d.parent AS parent,
    d.kind AS kind,
    d.township AS township,
    d.station AS station,
    d.into AS merged_into,
    d.pop_actual AS pop_actual,
    d.pop_resident AS pop_resident,
    d.pop_registered AS pop_registered,
    d.households AS households,
    d.version AS plan_version,
    d.sha256 AS sha256,
    d.rows AS rows,
    d.missing AS missing,
    d.field AS field,
    toDateOrNull(d.`from`) AS `from`,
    toDateOrNull(d.until) AS until,
    d.text AS text,
    nullIf(plan_json, '') AS plan,
    d.primary AS primary,
    arrayMap(x -> ifNull(toDateOrNull(x), toDate(0)), d.days_off) AS days_off,
    arrayMap(x -> ifNull(toDateOrNull(x), toDate(0)), d.days_on) AS days_on
FROM rare_record AS r
WHERE (ok = 1) AND (topic = 'registry') AND (type NOT IN ('roster.part_recorded', 'roster.amended'));

CREATE MATERIALIZED VIEW rejected_view TO rejected_record
(
    `topic` LowCardinality(String),
    `part` UInt32,
    `off` UInt64,
    `appended` DateTime64(6, 'UTC'),
    `reason` LowCardinality(String),
    `detail` String,
    `key` String,
    `raw` String
)
AS SELECT
    topic,
    part,
    off,
    appended,
    reason,
    detail,
    key,
    raw
FROM archive
WHERE ok = 0;

CREATE MATERIALIZED VIEW roster_view TO roster_facts
(
    `roster` String,
    `event_id` String,
    `digest` FixedString(32),
    `recorded` DateTime64(6, 'UTC'),
    `type` LowCardinality(String),
    `source` LowCardinality(String),
    `sourcetime` Nullable(DateTime64(6, 'UTC')),
    `valid_from` Date,
    `audience` Nullable(String),
    `scope` Nullable(String),
    `version` Nullable(String),
    `part` Nullable(UInt32),
    `parts` Nullable(UInt32),
    `members` Array(Tuple(
        ref String,
        household String,
        community String)),
    `removed` Array(String)
)
AS WITH
    JSONExtract(if(lifted = '', raw, lifted), 'data', 'Tuple(valid_from String, audience Nullable(String), scope Nullable(String), version Nullable(String), part Nullable(UInt32), parts Nullable(UInt32), members Array(Tuple(ref String, household String, community String)), `add` Array(Tuple(ref String, household String, community String)), `remove` Array(String))') AS d
SELECT
    key AS roster,
    event_id,
    digest,
    ifNull(parseDateTime64BestEffortOrNull(r.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded,
    type,
    r.source AS source,
    parseDateTime64BestEffortOrNull(r.sourcetime, 6, 'UTC') AS sourcetime,
    ifNull(toDateOrNull(d.valid_from), toDate(0)) AS valid_from,
    d.audience AS audience,
    d.scope AS scope,
    d.version AS version,
    d.part AS part,
    d.parts AS parts,
    arrayConcat(d.members, d.add) AS members,
    d.remove AS removed
FROM rare_record AS r
WHERE (ok = 1) AND (topic = 'registry') AND (type IN ('roster.part_recorded', 'roster.amended'));

CREATE MATERIALIZED VIEW source_seen_view TO source_seen
(
    `source` LowCardinality(String)
)
AS SELECT DISTINCT source
FROM archive
WHERE ok = 1;

CREATE MATERIALIZED VIEW zero_report_view TO zero_report_facts
(
    `owner` String,
    `event_id` String,
    `digest` FixedString(32),
    `recorded` DateTime64(6, 'UTC'),
    `type` LowCardinality(String),
    `source` LowCardinality(String),
    `sourcetime` Nullable(DateTime64(6, 'UTC')),
    `from` DateTime64(6, 'UTC'),
    `until` DateTime64(6, 'UTC')
)
AS WITH
    JSONExtract(if(lifted = '', raw, lifted), 'data', 'Tuple(`from` String, until String)') AS d
SELECT
    key AS owner,
    event_id,
    digest,
    ifNull(parseDateTime64BestEffortOrNull(r.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS recorded,
    type,
    r.source AS source,
    parseDateTime64BestEffortOrNull(r.sourcetime, 6, 'UTC') AS sourcetime,
    ifNull(parseDateTime64BestEffortOrNull(d.1, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS `from`,
    ifNull(parseDateTime64BestEffortOrNull(d.2, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS until
FROM rare_record AS r
WHERE (ok = 1) AND (topic = 'incidents') AND (type = 'zero_report.filed');
