-- Places of incidents in the order of their slots too: a hash of the mart row they are summed into, within its day, so
-- that a round finds, merges and sums its rows by two columns instead of five.
DROP TABLE IF EXISTS incident_place;

CREATE TABLE incident_place
(
    slot FixedString(16), basis LowCardinality(String), day Date, station LowCardinality(String),
    community LowCardinality(String), category LowCardinality(String), incident String,
    moment DateTime64(6, 'UTC'), incidents UInt8, attempted UInt8, dissuaded UInt8,
    loss_fen UInt64, recovered_fen UInt64, frozen_fen UInt64, v UInt64
)
ENGINE = ReplacingMergeTree(v) PRIMARY KEY (day, slot) ORDER BY (day, slot, incident)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;

-- Rounds have to go over all records once more.
INSERT INTO progress SELECT topic, part, facts_next, 0, seq + 1 FROM progress FINAL;
