-- 5b ids under which several contents were said: every stamp of each
INSERT INTO conflict SELECT event_id, recorded, digest, key, type, topic, part, off FROM event_index FINAL
WHERE event_id IN (SELECT event_id FROM event_index WHERE event_id IN (SELECT event_id FROM {own:Identifier}.round_row)
                   GROUP BY event_id HAVING uniqExact(digest) > 1);
