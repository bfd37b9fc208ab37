-- 5a the new rows, read once
INSERT INTO {own:Identifier}.round_row SELECT event_id, topic, type, key FROM archive WHERE ok = 1 AND ({{rows}});
-- 5b ids under which several contents were said: every stamp of each
INSERT INTO conflict SELECT event_id, recorded, digest, key, type, topic, part, off FROM event_index FINAL
WHERE event_id IN (SELECT event_id FROM event_index WHERE event_id IN (SELECT event_id FROM {own:Identifier}.round_row)
                   GROUP BY event_id HAVING uniqExact(digest) > 1);
-- 5c ids said by more than one entity
INSERT INTO {own:Identifier}.round_rival SELECT event_id, said, winner, losers FROM {{rivals}};
-- 5d incidents touched, by a row of theirs or by a rival under the same id
INSERT INTO {own:Identifier}.round_incident
SELECT key FROM {own:Identifier}.round_row WHERE topic = 'incidents'
UNION DISTINCT
SELECT key FROM conflict WHERE topic = 'incidents' AND event_id IN (SELECT event_id FROM {own:Identifier}.round_row);
-- 5e actions touched
INSERT INTO {own:Identifier}.round_action
SELECT key FROM {own:Identifier}.round_row WHERE type IN ('action.recorded', 'action.voided')
UNION DISTINCT
SELECT key FROM conflict WHERE type IN ('action.recorded', 'action.voided') AND event_id IN (SELECT event_id FROM {own:Identifier}.round_row);
-- 5f receipts touched: their own rows, rivals, those of the actions above, those of communities spoken of
INSERT INTO {own:Identifier}.round_receipt
SELECT key FROM {own:Identifier}.round_row WHERE type IN ('receipt.signed', 'receipt.voided', 'receipt.reviewed')
UNION DISTINCT
SELECT key FROM conflict WHERE type LIKE 'receipt.%' AND event_id IN (SELECT event_id FROM {own:Identifier}.round_row)
UNION DISTINCT
SELECT receipt FROM receipt_by_action WHERE action IN (SELECT key FROM {own:Identifier}.round_action)
UNION DISTINCT
SELECT receipt FROM receipt_facts WHERE community IN (
    SELECT key FROM {own:Identifier}.round_row WHERE topic = 'registry'
    UNION DISTINCT
    SELECT key FROM conflict WHERE topic = 'registry' AND event_id IN (SELECT event_id FROM {own:Identifier}.round_row));
-- 5g all actions those receipts ever named
INSERT INTO {own:Identifier}.round_action SELECT DISTINCT assumeNotNull(action) FROM receipt_facts
WHERE receipt IN (SELECT key FROM {own:Identifier}.round_receipt) AND isNotNull(action);
