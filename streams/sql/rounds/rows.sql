-- 5a the new rows, read once
INSERT INTO {own:Identifier}.round_row SELECT event_id, topic, type, key FROM archive WHERE ok = 1 AND ({{rows}});
