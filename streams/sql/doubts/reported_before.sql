-- zh: 接报早于发案
-- en: reported before it happened
-- do_zh: 核对两个时刻，用 incident.time_corrected 更正
-- do_en: look at both moments and correct the wrong one (incident.time_corrected)
SELECT incident AS subject, ifNull(station, '') AS place,
       concat(toString(reported, {zone:String}), ' < ', toString(occurred, {zone:String})) AS detail,
       arrayDistinct([reported_by, occurred_by]) AS events
FROM {{state incident: occurred, reported, station, withdrawn
    WHERE f.incident IN (SELECT incident FROM incident_facts WHERE reported < occurred
                         OR type != 'incident.reported' AND (isNotNull(reported) OR isNotNull(occurred)))}}
WHERE reported < occurred AND ifNull(withdrawn, 0) = 0
