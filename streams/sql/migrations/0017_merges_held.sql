-- Every merge of incidents ever said, whatever became of it: it puts both into one group, and groups are folded whole.
CREATE TABLE merge_said (incident String, into String)
ENGINE = ReplacingMergeTree ORDER BY (incident, into)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- One row for every incident of a group that anything was said of: into which it is merged now, whether that holds, and
-- why it does not. `component` names the group: the least id in it.
CREATE TABLE merge
(
    incident String, component String, into String, holds UInt8, why LowCardinality(String), v UInt64
)
ENGINE = ReplacingMergeTree(v) ORDER BY incident
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Whether an incident counts is decided otherwise from here on: everything is folded anew.
INSERT INTO definition SELECT 'rebuild', 'pending', coalesce(max(seq), 0) + 1 FROM definition;
