-- zh: 发生在知悉之后一天以上
-- en: more than a day later than it was learned of
-- do_zh: 核对年月日与设备时钟，再更正或作废
-- do_en: look at the date and at the clock of the device, then correct or void it
SELECT incident AS subject, ifNull(station, '') AS place, toString(occurred, {zone:String}) AS detail, [occurred_by] AS events
FROM {{state incident: occurred, station, withdrawn
    WHERE f.incident IN (SELECT incident FROM incident_facts WHERE occurred > recorded + INTERVAL 1 DAY)}}
WHERE occurred > occurred_last.recorded + INTERVAL 1 DAY AND ifNull(withdrawn, 0) = 0
UNION ALL
SELECT action, ifNull(community, ifNull(station, '')), toString(time, {zone:String}), [time_by]
FROM {{state action: time, station, community
    WHERE f.action IN (SELECT action FROM action_facts WHERE time > recorded + INTERVAL 1 DAY)}}
WHERE time > time_last.recorded + INTERVAL 1 DAY AND NOT has(e.type, 'action.voided')
UNION ALL
SELECT receipt, ifNull(community, ''), toString(signed, {zone:String}), [signed_by]
FROM {{state receipt: signed, community
    WHERE f.receipt IN (SELECT receipt FROM receipt_facts WHERE signed > recorded + INTERVAL 1 DAY)}}
WHERE signed > signed_last.recorded + INTERVAL 1 DAY AND NOT has(e.type, 'receipt.voided')
