-- What the registers say, folded once for all readers: small, but dear to fold again with every question.
-- Each refresh writes all rows under a new version and then the mark; readers take the marked version only, so they
-- never see half of one. A version counts the facts it was folded from, under the definition's epoch.
CREATE TABLE register (name LowCardinality(String), v UInt64) ENGINE = ReplacingMergeTree(v) ORDER BY name;

CREATE TABLE assignment (community String, valid_from Date, station String, township String, v UInt64)
ENGINE = ReplacingMergeTree PARTITION BY v ORDER BY (v, community, valid_from);

CREATE TABLE population
(
    community String, valid_from Date, pop_actual Nullable(UInt64), pop_resident Nullable(UInt64),
    pop_registered Nullable(UInt64), households Nullable(UInt64), v UInt64
)
ENGINE = ReplacingMergeTree PARTITION BY v ORDER BY (v, community, valid_from);

CREATE TABLE place
(
    code String, type LowCardinality(String), level LowCardinality(String), name String, parent String, kind String,
    valid_from Date, merged_into String, v UInt64
)
ENGINE = ReplacingMergeTree PARTITION BY v ORDER BY (v, code);

CREATE TABLE roster_member
(
    roster String, audience LowCardinality(String), scope String, version String, ref String, household String,
    community String, since Date, until Date, v UInt64
)
ENGINE = ReplacingMergeTree PARTITION BY v ORDER BY (v, roster, since, ref);
