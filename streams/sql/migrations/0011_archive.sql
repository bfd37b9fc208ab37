-- What a row says beside its record, the engine reads from the event's own JSON: workers need not say it (those of the
-- version before still do, until they are replaced). The digest covers what stands before the envelope's `actor`, the
-- last field of that name: quotes inside values are escaped, so a value never looks like it.
ALTER TABLE archive ADD COLUMN IF NOT EXISTS own String ALIAS if(lifted = '', raw, lifted);

ALTER TABLE archive ADD COLUMN IF NOT EXISTS
    said Tuple(id String, source String, type String, time String, recordedtime String)
    ALIAS JSONExtract(own, 'Tuple(id String, source String, type String, time String, recordedtime String)');

ALTER TABLE archive
    MODIFY COLUMN event_id String DEFAULT if(ok = 1, tupleElement(said, 'id'), ''),
    MODIFY COLUMN source LowCardinality(String) DEFAULT if(ok = 1, tupleElement(said, 'source'), ''),
    MODIFY COLUMN type LowCardinality(String) DEFAULT if(ok = 1, tupleElement(said, 'type'), ''),
    MODIFY COLUMN time String DEFAULT if(ok = 1, tupleElement(said, 'time'), ''),
    MODIFY COLUMN recorded String DEFAULT if(ok = 1, tupleElement(said, 'recordedtime'), ''),
    MODIFY COLUMN digest FixedString(32) DEFAULT
        if(ok = 1,
           SHA256(substring(own, 1, length(own) + 1 - position(reverse(own), reverse(',"actor":"')) - length(',"actor":"'))),
           toFixedString('', 32));

-- A batch of the pump is a part in one file, not in one for each column: its insert takes an eighth less processor time
-- (docs/performance.md). Larger parts, those of merges, have a file for each column as before.
ALTER TABLE archive MODIFY SETTING min_bytes_for_wide_part = 134217728;
