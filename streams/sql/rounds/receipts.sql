-- 5e actions touched
INSERT INTO {own:Identifier}.round_action
SELECT key FROM {own:Identifier}.round_row WHERE type IN ('action.recorded', 'action.voided')
UNION DISTINCT
SELECT key FROM conflict WHERE type IN ('action.recorded', 'action.voided') AND event_id IN (SELECT event_id FROM {own:Identifier}.round_row);
-- 5f receipts touched: their own rows, rivals, those of the actions above
INSERT INTO {own:Identifier}.round_receipt
SELECT key FROM {own:Identifier}.round_row WHERE type IN ('receipt.signed', 'receipt.voided', 'receipt.reviewed')
UNION DISTINCT
SELECT key FROM conflict WHERE type LIKE 'receipt.%' AND event_id IN (SELECT event_id FROM {own:Identifier}.round_row)
UNION DISTINCT
SELECT receipt FROM receipt_by_action WHERE action IN (SELECT key FROM {own:Identifier}.round_action);
-- 5g all actions those receipts ever named
INSERT INTO {own:Identifier}.round_action SELECT DISTINCT assumeNotNull(action) FROM receipt_facts
WHERE receipt IN (SELECT key FROM {own:Identifier}.round_receipt) AND isNotNull(action);
