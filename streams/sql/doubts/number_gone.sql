-- zh: 全量导出中不再有的编号
-- en: numbers gone from a full export of their source
-- do_zh: 问来源：撤案则提交撤案或合并，误删则请其补回后再导入
-- do_en: ask the source: withdraw or merge the incident, or have it put back and import again
-- Told are numbers that the newest check of their day does not find, unless the source has spoken of them since. The day
-- is the one that this source gives.
WITH gone AS (
    SELECT subject AS source, x.field AS field, x.event_id AS event_id, x.recorded AS recorded, x.from AS first, x.until AS last, x.missing AS missing
    FROM {{events registry: field, from, until, missing
        WHERE f.subject IN (SELECT subject FROM registry_facts WHERE type = 'source.checked')}} ARRAY JOIN e AS x
    WHERE x.type = 'source.checked' AND isNotNull(x.field)
),
told AS (
    SELECT number, source, field, argMax(event_id, (recorded, event_id)) AS check, max(recorded) AS at
    FROM gone ARRAY JOIN missing AS number
    GROUP BY number, source, field
)
SELECT number AS subject, station AS place, concat(source, ' ', toString(day)) AS detail, [told_by, said_by] AS events
FROM (
    SELECT t.number AS number, t.source AS source, t.field AS field, t.check AS told_by, t.at AS told_at,
           arrayFilter(x -> x.source = t.source, i.e) AS own,
           arrayLast(x -> isNotNull(multiIf(t.field = 'occurred_at', x.occurred, t.field = 'reported_at', x.reported, x.filed)), own) AS dated,
           toDate(multiIf(t.field = 'occurred_at', dated.occurred, t.field = 'reported_at', dated.reported, dated.filed), {zone:String}) AS day,
           dated.event_id AS said_by, arrayMax(own.recorded) AS spoke,
           ifNull(arrayLast(x -> isNotNull(x.station), i.e).station, '') AS station,
           ifNull(arrayLast(x -> isNotNull(x.withdrawn), i.e).withdrawn, 0) AS withdrawn,
           ifNull(arrayLast(x -> isNotNull(x.merged_into), i.e).merged_into, '') AS merged
    FROM told AS t
    INNER JOIN {{events incident: source, occurred, reported, filed, station, merged_into, withdrawn
        WHERE f.incident IN (SELECT arrayJoin(missing) FROM registry_facts WHERE type = 'source.checked')}} AS i ON t.number = i.incident
) AS s
INNER JOIN gone AS g ON g.source = s.source AND g.field = s.field
WHERE day BETWEEN g.first AND g.last AND spoke < told_at AND withdrawn = 0 AND merged = ''
GROUP BY number, station, source, field, day, told_by, said_by
HAVING argMax(g.event_id, (g.recorded, g.event_id)) = told_by
