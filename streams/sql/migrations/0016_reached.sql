-- Who was reached by which receipts, place by place; and, one row for a person or household of a community, on which
-- days. Any window as of any day is read from it; nothing here depends on a year, a plan, or who answers for a place.
DROP TABLE IF EXISTS reach_place;
DROP TABLE IF EXISTS coverage;
DROP TABLE IF EXISTS home;

-- One row for everything a receipt ever said: whom it covers, where, on which day, as which audience; and whether it
-- counts there now. In the order of references: a round finds by it what else is known of those whom it touches.
CREATE TABLE contact
(
    kind LowCardinality(String), community LowCardinality(String), ref String, receipt String, day Date,
    audience LowCardinality(String), channel LowCardinality(String), explained UInt8,
    topics Array(LowCardinality(String)), action String, first_recorded DateTime64(6, 'UTC'), slip UInt8, here UInt8,
    v UInt64
)
ENGINE = ReplacingMergeTree(v) PRIMARY KEY ref ORDER BY (ref, receipt, kind, community, day, audience)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1,
         vertical_merge_algorithm_min_rows_to_activate = 1000000;

-- `days`: of each receipt that counts the day, whether it is of a visit, and whether the receipt is counted in this row
-- (a receipt of a person and a household has two rows and is one receipt). `elsewhere`: 0 where the reference has
-- no row of another community or audience; else a number of it. Whoever has one row is distinct already, and the few
-- others are told apart by their numbers: nobody has to read a million references.
CREATE TABLE reached
(
    kind LowCardinality(String), audience LowCardinality(String), community LowCardinality(String), ref String,
    elsewhere UInt64, days Array(Tuple(day Date, visit UInt8, slip UInt8)), v UInt64
)
ENGINE = ReplacingMergeTree(v) ORDER BY (kind, audience, community, ref)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1,
         vertical_merge_algorithm_min_rows_to_activate = 1000000;

-- The new tables are empty until everything was folded once more.
INSERT INTO definition SELECT 'rebuild', 'pending', coalesce(max(seq), 0) + 1 FROM definition;
