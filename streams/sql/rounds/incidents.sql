-- 5d incidents touched, by a row of theirs or by a rival under the same id
INSERT INTO {own:Identifier}.round_incident
SELECT key FROM {own:Identifier}.round_row WHERE topic = 'incidents'
UNION DISTINCT
SELECT key FROM conflict WHERE topic = 'incidents' AND event_id IN (SELECT event_id FROM {own:Identifier}.round_row);
