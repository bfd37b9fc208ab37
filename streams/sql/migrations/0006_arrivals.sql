-- How many good records arrived in each stretch of a partition, and when the last of them was known: absolute counts
-- over the archive, written anew for the stretches of a round, so that nobody counts all records with every question.
CREATE TABLE arrival
(
    topic LowCardinality(String), part UInt32, stretch UInt64, events UInt64, recorded DateTime64(6, 'UTC'), v UInt64
)
ENGINE = ReplacingMergeTree(v) ORDER BY (topic, part, stretch);
