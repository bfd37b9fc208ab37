-- 5a the ids of the new rows
INSERT INTO round_event SELECT event_id FROM archive WHERE ok = 1 AND ({{rows}});
-- 5b ids under which several contents were said: every stamp of each
INSERT INTO conflict SELECT event_id, recorded, digest, key, type, topic, part, off FROM event_index FINAL
WHERE event_id IN (SELECT event_id FROM event_index WHERE event_id IN (SELECT event_id FROM round_event)
                   GROUP BY event_id HAVING uniqExact(digest) > 1);
-- 5c incidents touched, by a row of theirs or by a rival under the same id
INSERT INTO round_incident
SELECT DISTINCT key FROM archive WHERE ok = 1 AND topic = 'incidents' AND ({{rows}})
UNION DISTINCT
SELECT key FROM conflict WHERE topic = 'incidents' AND event_id IN (SELECT event_id FROM round_event);
-- 5d actions touched
INSERT INTO round_action
SELECT DISTINCT key FROM archive WHERE ok = 1 AND type IN ('action.recorded', 'action.voided') AND ({{rows}})
UNION DISTINCT
SELECT key FROM conflict WHERE type IN ('action.recorded', 'action.voided') AND event_id IN (SELECT event_id FROM round_event);
-- 5e receipts touched: their own rows, rivals, those of the actions above, those of communities spoken of
INSERT INTO round_receipt
SELECT DISTINCT key FROM archive WHERE ok = 1 AND type IN ('receipt.signed', 'receipt.voided', 'receipt.reviewed') AND ({{rows}})
UNION DISTINCT
SELECT key FROM conflict WHERE type LIKE 'receipt.%' AND event_id IN (SELECT event_id FROM round_event)
UNION DISTINCT
SELECT receipt FROM receipt_by_action WHERE action IN (SELECT key FROM round_action)
UNION DISTINCT
SELECT receipt FROM receipt_facts WHERE community IN (
    SELECT key FROM archive WHERE ok = 1 AND topic = 'registry' AND ({{rows}})
    UNION DISTINCT
    SELECT key FROM conflict WHERE topic = 'registry' AND event_id IN (SELECT event_id FROM round_event));
-- 5f all actions those receipts ever named
INSERT INTO round_action SELECT DISTINCT assumeNotNull(action) FROM receipt_facts
WHERE receipt IN (SELECT key FROM round_receipt) AND isNotNull(action);
