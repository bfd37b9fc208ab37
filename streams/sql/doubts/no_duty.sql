-- zh: 宣传没有写明任务
-- en: an action that names no duty
-- do_zh: 写明任务重报这次宣传（同一 subject、新编号），否则它不计入任何任务
-- do_en: record the action again with its duty (same subject, new id); without one it counts for none
SELECT action AS subject, ifNull(community, ifNull(station, '')) AS place, ifNull(channel, '') AS detail, [channel_by] AS events
FROM {{state action: duty, channel, station, community
    WHERE f.action IN (SELECT action FROM action_facts WHERE type = 'action.recorded' AND ifNull(duty, '') = '')}}
WHERE ifNull(duty, '') = '' AND has(e.type, 'action.recorded') AND NOT has(e.type, 'action.voided')
