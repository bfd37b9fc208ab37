-- Places of receipts in the order of one value, the slot: a hash of the coverage row they are summed into, of 128 bits,
-- so that no two rows ever share one. A round finds, merges and sums its rows by it instead of by six columns.
DROP TABLE IF EXISTS reach_place;

CREATE TABLE reach_place
(
    slot FixedString(16), period LowCardinality(String), audience LowCardinality(String), level LowCardinality(String),
    place LowCardinality(String), kind LowCardinality(String), bucket UInt16, ref String, receipt String,
    here UInt8, v UInt64
)
ENGINE = ReplacingMergeTree(v) PRIMARY KEY slot ORDER BY (slot, ref, receipt)
SETTINGS index_granularity = 1024;

-- Where each community belonged, as the fold `home` says: folded once, not with every round.
CREATE TABLE home
(
    community String, n UInt64, homes Array(Tuple(Date, String, String)), stations Array(String),
    townships Array(String), v UInt64
)
ENGINE = ReplacingMergeTree PARTITION BY v ORDER BY (v, community);

-- Rounds have to go over all records once more.
INSERT INTO progress SELECT topic, part, facts_next, 0, seq + 1 FROM progress FINAL;
