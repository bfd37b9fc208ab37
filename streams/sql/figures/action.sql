-- zh: 宣传的当前状态
-- en: the present state of publicity actions
-- asks:
-- dim: action 宣传 | action
-- dim: channel 渠道 | channel
-- dim: station 派出所 | station
-- dim: community 社区 | community
-- dim: unit 单位 | unit
-- dim: duty 任务 | duty
-- text: performer_kind 实施人 | performer
-- text: time 时间 | time
-- sum: audience_size 受众数 | audience size | 人
-- sum: reached 触达数 | reached | 人
-- text: voided 作废 | voided
-- text: events 事件数 | events
SELECT action, ifNull(channel, '') AS channel, ifNull(station, '') AS station, ifNull(community, '') AS community,
       ifNull(unit, '') AS unit, ifNull(duty, '') AS duty, ifNull(performer_kind, '') AS performer_kind, time,
       audience_size, reached, has(e.type, 'action.voided') AS voided, length(e) AS events
FROM {{state action: channel, station, community, unit, duty, performer_kind, time, audience_size, reached}}
WHERE {{where}}
ORDER BY action
