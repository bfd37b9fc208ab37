-- The last check of a source's full export of one window, named as its event names it.
SELECT x.event_id AS id, x.kind AS kind, x.sha256 AS sha256, x.rows AS rows, x.missing AS missing, x.field AS field,
       x.from AS `from`, x.until AS until
FROM {{events registry: kind, sha256, rows, missing, field, from, until}} ARRAY JOIN e AS x
WHERE x.type = 'source.checked' AND x.field = {field:String} AND x.from = {first:Date} AND x.until = {last:Date}
ORDER BY x.recorded DESC, x.event_id DESC LIMIT 1
