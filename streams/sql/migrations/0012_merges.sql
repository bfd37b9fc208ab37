-- What arrives live is merged row by row, all columns at once: to merge column by column, as the engine does from 11
-- columns and 131,072 rows on, takes half as much processor time again (docs/performance.md). Where a million rows or
-- more are merged, memory counts, and it is column by column as before.
ALTER TABLE incident_facts MODIFY SETTING vertical_merge_algorithm_min_rows_to_activate = 1000000;
ALTER TABLE receipt_facts MODIFY SETTING vertical_merge_algorithm_min_rows_to_activate = 1000000;
ALTER TABLE action_facts MODIFY SETTING vertical_merge_algorithm_min_rows_to_activate = 1000000;
ALTER TABLE incident_place MODIFY SETTING vertical_merge_algorithm_min_rows_to_activate = 1000000;
ALTER TABLE reach_place MODIFY SETTING vertical_merge_algorithm_min_rows_to_activate = 1000000;
ALTER TABLE incident_day MODIFY SETTING vertical_merge_algorithm_min_rows_to_activate = 1000000;
ALTER TABLE coverage MODIFY SETTING vertical_merge_algorithm_min_rows_to_activate = 1000000;
