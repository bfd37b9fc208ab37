-- What is only read by its key or as a whole, and never as FINAL, may lie in more parts: its rows are rewritten when
-- about sixteen parts of a size stand beside each other, not six. A row of a hundred million is then rewritten three
-- times instead of five, and a burst of some seconds not at all while it lasts (docs/performance.md).
ALTER TABLE archive MODIFY SETTING merge_selector_base = 20;
ALTER TABLE incident_facts MODIFY SETTING merge_selector_base = 20;
ALTER TABLE receipt_facts MODIFY SETTING merge_selector_base = 20;
ALTER TABLE action_facts MODIFY SETTING merge_selector_base = 20;
